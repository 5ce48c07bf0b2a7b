/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loop.h - what fetch.c needs of a libuv loop: sockets to be watched, one timer, and "soon". The crawler's home of libuv;
 * knows nothing of curl. */
#ifndef CRAWLER_LOOP_H
#define CRAWLER_LOOP_H

#include <stdbool.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct Loop Loop;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef struct {
        void (*socket)(int fd, unsigned events,
                       void *context); /* LOOP_* that came true; both when the socket broke:
                                                                   reading it tells how */
        void (*timer)(void *context);
        void (*soon)(void *context);
        void *context;
} LoopCalls;

Loop *loop_new(uv_loop_t *uv, LoopCalls calls);
void loop_free(Loop *loop); /* stops everything; memory goes when `uv` turns once more. NULL is fine */

/* Calls `timer` once in delay_ms: 0 on the next turn (never from inside this call), < 0 takes it back. */
void loop_timer(Loop *loop, long delay_ms);
void loop_soon(Loop *loop); /* calls `soon` on the next turn, once however often it was asked */

/* Watches an open socket for LOOP_READ and LOOP_WRITE, replacing what was asked of the same fd before. False: libuv will
 * not watch it. Unwatch before the fd is closed. A poll handle stays with its number and serves the next socket of that
 * number, since libuv lets go of one only a turn later: keep-alive clients watch and unwatch for every request. */
bool loop_watch(Loop *loop, int fd, unsigned events);
void loop_unwatch(Loop *loop, int fd);

#endif
