/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/timer.h"

#include <glib.h>
#include <uv.h>

struct Timer {
        uv_timer_t handle; /* first: the close callback frees by its address */
        void (*fire)(void *);
        void *context;
};

struct Signal {
        uv_signal_t handle; /* first */
        void (*came)(void *);
        void *context;
};

static void free_handle(uv_handle_t *handle)
{
        g_free(handle);
}

static void fired(uv_timer_t *handle)
{
        Timer *timer = (Timer *)handle;
        timer->fire(timer->context);
}

Timer *timer_new(uv_loop_t *loop, void (*fire)(void *context), void *context)
{
        Timer *timer = g_new0(Timer, 1);
        uv_timer_init(loop, &timer->handle);
        timer->fire = fire;
        timer->context = context;
        return timer;
}

void timer_start(Timer *timer, int64_t delay_ms)
{
        uv_update_time(timer->handle.loop);
        uv_timer_start(&timer->handle, fired, delay_ms > 0 ? (uint64_t)delay_ms : 0, 0);
}

void timer_start_sooner(Timer *timer, int64_t delay_ms)
{
        bool set = uv_is_active((uv_handle_t *)&timer->handle);
        if (!set || uv_timer_get_due_in(&timer->handle) > (uint64_t)MAX(delay_ms, 0))
                timer_start(timer, delay_ms);
}

void timer_free(Timer *timer)
{
        if (timer)
                uv_close((uv_handle_t *)&timer->handle, free_handle);
}

static void signalled(uv_signal_t *handle, int number)
{
        Signal *s = (Signal *)handle;
        (void)number;
        s->came(s->context);
}

Signal *signal_new(uv_loop_t *loop, int number, void (*came)(void *context), void *context)
{
        Signal *s = g_new0(Signal, 1);
        uv_signal_init(loop, &s->handle);
        s->came = came;
        s->context = context;
        uv_signal_start(&s->handle, signalled, number);
        uv_unref((uv_handle_t *)&s->handle);
        return s;
}

void signal_free(Signal *signal)
{
        if (signal)
                uv_close((uv_handle_t *)&signal->handle, free_handle);
}

uv_loop_t *timer_loop_new(void)
{
        uv_loop_t *loop = g_new0(uv_loop_t, 1);
        if (uv_loop_init(loop) != 0)
                g_error("libuv gives no loop");
        return loop;
}

void timer_loop_run(uv_loop_t *loop)
{
        uv_run(loop, UV_RUN_DEFAULT);
}

void timer_loop_stop(uv_loop_t *loop)
{
        uv_stop(loop);
}

void timer_loop_free(uv_loop_t *loop)
{
        if (!loop)
                return;
        uv_run(loop, UV_RUN_DEFAULT); /* close callbacks */
        if (uv_loop_close(loop) != 0)
                g_warning("a handle was left open on the loop");
        g_free(loop);
}
