/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/clock.h"

#include <glib.h>
#include <time.h>

static int64_t frozen_ms = -1;

static int64_t read_ms(clockid_t which)
{
        struct timespec t;
        clock_gettime(which, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
        return frozen_ms >= 0 ? frozen_ms : read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
        return frozen_ms >= 0 ? frozen_ms : read_ms(CLOCK_MONOTONIC);
}

void clock_freeze(int64_t now_ms)
{
        frozen_ms = now_ms;
}

void clock_thaw(void)
{
        frozen_ms = -1;
}

char *clock_text(int64_t ms)
{
        g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(ms / 1000);
        return t ? g_date_time_format(t, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("?");
}
