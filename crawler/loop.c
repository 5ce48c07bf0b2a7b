/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/loop.h"

#include <glib.h>
#include <uv.h>

struct Loop {
        uv_loop_t *uv;
        LoopCalls calls;
        uv_timer_t timer, soon;
        GHashTable *polls; /* fd -> Poll, kept while the loop lives */
        unsigned open;     /* handles libuv still holds */
};

typedef struct {
        uv_poll_t handle; /* first: libuv hands it back */
        int fd, wanted;   /* UV_READABLE | UV_WRITABLE; 0: not watched */
} Poll;

static void on_timer(uv_timer_t *handle)
{
        Loop *loop = handle->data;
        loop->calls.timer(loop->calls.context);
}

static void on_soon(uv_timer_t *handle)
{
        Loop *loop = handle->data;
        loop->calls.soon(loop->calls.context);
}

/* A socket that broke (a reset, most often) has libuv stop watching it. The client shall find that out by reading, as it
 * then can tell a kept-alive connection that the server closed meanwhile, and ask again, from a broken answer. */
static void on_poll(uv_poll_t *handle, int status, int events)
{
        Poll *poll = (Poll *)handle;
        Loop *loop = handle->data;
        if (status < 0 && poll->wanted)
                uv_poll_start(handle, poll->wanted, on_poll);
        unsigned seen = status < 0 ? LOOP_READ | LOOP_WRITE : 0;
        seen |= events & UV_READABLE ? LOOP_READ : 0;
        seen |= events & UV_WRITABLE ? LOOP_WRITE : 0;
        loop->calls.socket(poll->fd, seen, loop->calls.context);
}

Loop *loop_new(uv_loop_t *uv, LoopCalls calls)
{
        Loop *loop = g_new0(Loop, 1);
        loop->uv = uv;
        loop->calls = calls;
        loop->polls = g_hash_table_new(NULL, NULL);
        uv_timer_init(uv, &loop->timer);
        uv_timer_init(uv, &loop->soon);
        loop->timer.data = loop->soon.data = loop;
        loop->open = 2;
        return loop;
}

static void let_go(Loop *loop)
{
        if (--loop->open == 0)
                g_free(loop);
}

static void on_timer_closed(uv_handle_t *handle)
{
        let_go(handle->data);
}

static void on_poll_closed(uv_handle_t *handle)
{
        Loop *loop = handle->data;
        g_free(handle);
        let_go(loop);
}

void loop_free(Loop *loop)
{
        if (!loop)
                return;
        GHashTableIter each;
        gpointer poll;
        g_hash_table_iter_init(&each, loop->polls);
        while (g_hash_table_iter_next(&each, NULL, &poll))
                uv_close(poll, on_poll_closed);
        g_hash_table_unref(loop->polls);
        uv_close((uv_handle_t *)&loop->timer, on_timer_closed);
        uv_close((uv_handle_t *)&loop->soon, on_timer_closed);
}

void loop_timer(Loop *loop, long delay_ms)
{
        if (delay_ms < 0)
                uv_timer_stop(&loop->timer);
        else
                uv_timer_start(&loop->timer, on_timer, (uint64_t)delay_ms, 0);
}

void loop_soon(Loop *loop)
{
        if (!uv_is_active((uv_handle_t *)&loop->soon))
                uv_timer_start(&loop->soon, on_soon, 0, 0);
}

static Poll *poll_of(Loop *loop, int fd)
{
        Poll *poll = g_hash_table_lookup(loop->polls, GINT_TO_POINTER(fd));
        if (poll)
                return poll;
        poll = g_new0(Poll, 1);
        if (uv_poll_init(loop->uv, &poll->handle, fd) != 0) {
                g_free(poll);
                return NULL;
        }
        poll->fd = fd;
        poll->handle.data = loop;
        g_hash_table_insert(loop->polls, GINT_TO_POINTER(fd), poll);
        loop->open++;
        return poll;
}

bool loop_watch(Loop *loop, int fd, unsigned events)
{
        Poll *poll = poll_of(loop, fd);
        if (!poll)
                return false;
        poll->wanted = (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0);
        return uv_poll_start(&poll->handle, poll->wanted, on_poll) == 0;
}

void loop_unwatch(Loop *loop, int fd)
{
        Poll *poll = g_hash_table_lookup(loop->polls, GINT_TO_POINTER(fd));
        if (!poll)
                return;
        poll->wanted = 0;
        uv_poll_stop(&poll->handle);
}
