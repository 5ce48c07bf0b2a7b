/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.h - the one place that asks for the time, so that a test can stop it. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);        /* wall clock, milliseconds since 1970 UTC: for records */
int64_t clock_mono_ms(void);       /* monotonic milliseconds: for intervals inside one process */
void clock_freeze(int64_t now_ms); /* tests: both clocks stand at now_ms until clock_thaw() */
void clock_thaw(void);
char *clock_text(int64_t ms); /* "2026-11-21T20:04:05Z"; g_free it */

#endif
