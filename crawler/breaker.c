/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/breaker.h"

struct Breaker {
        BreakerRule rule;
        unsigned row;     /* failures in a row while closed */
        unsigned trips;   /* rests in a row; 0: closed */
        int64_t until_ms; /* of the rest */
        int64_t seen_ms;  /* the newest time that was passed in */
        bool trying;
};

/* A clock that was set back takes the rest along, so that it stays as long as it was. */
static void look(Breaker *breaker, int64_t now_ms)
{
        if (now_ms < breaker->seen_ms)
                breaker->until_ms -= breaker->seen_ms - now_ms;
        breaker->seen_ms = now_ms;
}

bool breaker_is_open(const Breaker *breaker)
{
        return breaker->trips > 0;
}

bool breaker_gave_up(const Breaker *breaker)
{
        return breaker->trips >= breaker->rule.patience;
}

unsigned breaker_trips(const Breaker *breaker)
{
        return breaker->trips;
}

int64_t breaker_wait(Breaker *breaker, int64_t now_ms)
{
        look(breaker, now_ms);
        if (!breaker_is_open(breaker))
                return 0;
        return breaker->trying ? -1 : CLAMP(breaker->until_ms - now_ms, 0, breaker->rule.max_rest_ms);
}

void breaker_begin(Breaker *breaker, int64_t now_ms)
{
        look(breaker, now_ms);
        breaker->trying = breaker_is_open(breaker);
}

void breaker_success(Breaker *breaker, int64_t now_ms)
{
        look(breaker, now_ms);
        if (breaker_is_open(breaker) && !breaker->trying)
                return;
        breaker->row = breaker->trips = 0;
        breaker->trying = false;
}

static void open_again(Breaker *breaker, int64_t now_ms)
{
        int64_t rest_ms = breaker->rule.rest_ms;
        for (unsigned i = 0; i < breaker->trips && rest_ms < breaker->rule.max_rest_ms; i++)
                rest_ms *= 2;
        breaker->until_ms = now_ms + MIN(rest_ms, breaker->rule.max_rest_ms);
        breaker->trips++;
        breaker->trying = false;
}

bool breaker_failure(Breaker *breaker, int64_t now_ms)
{
        look(breaker, now_ms);
        bool open = breaker_is_open(breaker);
        if (open && !breaker->trying)
                return false;
        if (!open && ++breaker->row < breaker->rule.failures)
                return false;
        open_again(breaker, now_ms);
        return true;
}

void breaker_cancel(Breaker *breaker)
{
        breaker->trying = false;
}

Breaker *breaker_new(BreakerRule rule, const HostState *state, int64_t now_ms)
{
        Breaker *breaker = g_new0(Breaker, 1);
        breaker->rule = rule;
        breaker->rule.failures = rule.failures ? rule.failures : 10;
        breaker->rule.rest_ms = rule.rest_ms > 0 ? rule.rest_ms : 30000;
        breaker->rule.max_rest_ms = rule.max_rest_ms > 0 ? rule.max_rest_ms : 900000;
        breaker->rule.patience = rule.patience ? rule.patience : 8;
        breaker->seen_ms = now_ms;
        if (state) {
                breaker->row = MIN(state->failures, breaker->rule.failures - 1);
                breaker->trips = MIN(state->breaker_trips, breaker->rule.patience - 1);
                breaker->until_ms = breaker->trips ? state->breaker_until_ms : 0;
        }
        return breaker;
}

void breaker_free(Breaker *breaker)
{
        g_free(breaker);
}

void breaker_state(const Breaker *breaker, HostState *state)
{
        state->has_failures = breaker->row > 0;
        state->failures = breaker->row;
        state->has_breaker_trips = state->has_breaker_until_ms = breaker_is_open(breaker);
        state->breaker_trips = breaker->trips;
        state->breaker_until_ms = breaker->until_ms;
        state->has_not_before_ms = breaker_is_open(breaker);
        state->not_before_ms = breaker->until_ms;
        state->reason = breaker_is_open(breaker) ? (char *)"breaker" : NULL;
}
