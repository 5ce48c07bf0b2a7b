/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_inside.h - between fault_server.c (connections, requests) and fault_replies.c (what is answered). */
#ifndef TESTS_FAULT_INSIDE_H
#define TESTS_FAULT_INSIDE_H

#include "support/fault_server.h"

#include <stdint.h>

typedef struct {
        FaultServer *server;
        int fd;
        char *target; /* as asked */
        char *head;   /* whole request head */
        char *range, *if_range, *if_none_match, *if_modified_since, *user_agent,
                *accept_encoding; /* NULL: not sent */
        bool close;               /* the connection is over after this answer */
        int status;               /* what was answered, for the log */
        uint64_t sent;            /* body bytes */
        int64_t came_us;          /* when the request was read */
} Exchange;

void fault_answer(Exchange *x, const char *folder);

/* False once the client is gone or the server is stopping. */
bool fault_send(Exchange *x, const void *data, size_t len);
bool fault_sendf(Exchange *x, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool fault_pause(Exchange *x, int ms);
void fault_count(Exchange *x,
                 size_t len); /* body bytes, before they go out: who has them all finds them counted */
void fault_send_chunk(Exchange *x, const char *bytes, gsize len);
/* A chunked answer: `start`, then `piece` until the client has had enough. encoding: a header line or "". */
void fault_send_endless(Exchange *x, const char *encoding, const char *start, gsize start_len,
                        const char *piece, gsize len);
GString *fault_gzip(const char *bytes, gsize len);
/* Faults that need no file (fault_odd.c): false when it is another one. */
bool fault_odd(Exchange *x, const char *name, const char *argument);
unsigned fault_seen_before(Exchange *x); /* how often this target was asked for before this time */

#endif
