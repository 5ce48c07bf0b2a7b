/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer.h - one-shot timers and signals on the uv loop, freed safely, for code that should not know libuv. */
#ifndef CRAWLER_TIMER_H
#define CRAWLER_TIMER_H

#include "core/span.h"

typedef struct uv_loop_s uv_loop_t;
typedef struct Timer Timer;

Timer *timer_new(uv_loop_t *loop, void (*fire)(void *context), void *context);
void timer_start(Timer *timer, int64_t delay_ms); /* replaces what was set; <= 0: next turn of the loop */
void timer_start_sooner(Timer *timer, int64_t delay_ms); /* only when that is earlier than what is set */
void timer_free(Timer *timer);                           /* NULL is fine; never fires again */

typedef struct Signal Signal;
Signal *signal_new(uv_loop_t *loop, int number, void (*came)(void *context), void *context);
void signal_free(Signal *signal); /* NULL is fine; the default action is back */

/* A fresh loop, and its end: handles that are closing are run to their close. */
uv_loop_t *timer_loop_new(void);
void timer_loop_run(uv_loop_t *loop); /* until timer_loop_stop */
void timer_loop_stop(uv_loop_t *loop);
void timer_loop_free(uv_loop_t *loop);

#endif
