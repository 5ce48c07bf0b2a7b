/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/pace.h"

#include <math.h>

struct Pace {
        char *host;
        PaceRule rule;
        double depth;      /* tokens the bucket holds at most */
        double tokens;     /* at filled_ms */
        int64_t filled_ms; /* INT64_MIN: never asked, the bucket is full */
        int64_t not_before_ms;
        uint32_t failures; /* in a row */
        uint32_t requests;
        int in_flight;
        GRand *dice;
};

Pace *pace_new(const char *host, PaceRule rule, const HostState *state, uint64_t seed)
{
        Pace *pace = g_new0(Pace, 1);
        pace->host = g_strdup(host);
        pace->rule = rule;
        if (!(pace->rule.requests_per_second > 0))
                pace->rule.requests_per_second = 1;
        pace->rule.connections = MAX(1, rule.connections);
        pace->rule.base_backoff_ms = rule.base_backoff_ms > 0 ? rule.base_backoff_ms : 1000;
        pace->rule.max_backoff_ms = rule.max_backoff_ms > 0 ? rule.max_backoff_ms : 600000;
        pace->depth = pace->rule.connections;
        pace->tokens = pace->depth;
        pace->filled_ms = INT64_MIN;
        guint32 seeds[] = {(guint32)seed, (guint32)(seed >> 32), g_str_hash(host)};
        pace->dice = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));
        if (state) {
                pace->not_before_ms = state->has_not_before_ms ? state->not_before_ms : 0;
                pace->failures = state->has_failures ? state->failures : 0;
                pace->requests = state->has_requests ? state->requests : 0;
        }
        return pace;
}

void pace_free(Pace *pace)
{
        if (!pace)
                return;
        g_rand_free(pace->dice);
        g_free(pace->host);
        g_free(pace);
}

/* A clock that was set back neither takes tokens away nor makes new ones. */
static double tokens_at(const Pace *pace, int64_t now_ms)
{
        if (pace->filled_ms == INT64_MIN)
                return pace->depth;
        double gone_ms = (double)MAX(0, now_ms - pace->filled_ms);
        return MIN(pace->depth, pace->tokens + gone_ms * pace->rule.requests_per_second / 1000);
}

int64_t pace_wait(const Pace *pace, int64_t now_ms)
{
        if (pace->in_flight >= pace->rule.connections)
                return -1;
        /* The clock may have been set back since not_before was written down: no host rests for more than the cap. */
        int64_t rest_ms = CLAMP(pace->not_before_ms - now_ms, 0, PACE_REST_MAX_MS);
        double token_ms = (1 - tokens_at(pace, now_ms)) * 1000 / pace->rule.requests_per_second;
        return MAX(rest_ms, (int64_t)ceil(token_ms - 1e-6)); /* less: the rounding of what was added up */
}

void pace_begin(Pace *pace, int64_t now_ms)
{
        pace->tokens = MAX(0, tokens_at(pace, now_ms) - 1);
        pace->filled_ms = now_ms;
        pace->in_flight++;
        pace->requests++;
}

static void leave(Pace *pace)
{
        g_assert(pace->in_flight > 0);
        pace->in_flight--;
}

void pace_success(Pace *pace, int64_t now_ms)
{
        leave(pace);
        if (now_ms >= pace->not_before_ms)
                pace->failures =
                        0; /* an answer to an older request says nothing about a host that asked for rest */
}

static int64_t backoff_ms(Pace *pace)
{
        int64_t most = pace->rule.base_backoff_ms;
        for (uint32_t i = 1; i < pace->failures && most < pace->rule.max_backoff_ms; i++)
                most *= 2;
        most = MIN(most, pace->rule.max_backoff_ms);
        return (int64_t)(g_rand_double(pace->dice) * (double)most);
}

int64_t pace_failure(Pace *pace, int64_t now_ms, int64_t retry_after_ms)
{
        leave(pace);
        int64_t rest_ms = MIN(retry_after_ms, (int64_t)PACE_REST_MAX_MS);
        if (pace->failures == 0 || now_ms >= pace->not_before_ms) {
                if (pace->failures < G_MAXUINT32)
                        pace->failures++;
                rest_ms = MAX(rest_ms, backoff_ms(pace));
        }
        pace->not_before_ms = MAX(pace->not_before_ms, now_ms + MAX(0, rest_ms));
        return pace->not_before_ms;
}

void pace_cancel(Pace *pace)
{
        leave(pace);
}

int pace_in_flight(const Pace *pace)
{
        return pace->in_flight;
}

void pace_slow_down(Pace *pace, double requests_per_second)
{
        if (!(requests_per_second > 0) || requests_per_second >= pace->rule.requests_per_second)
                return;
        pace->rule.requests_per_second = requests_per_second;
        pace->depth = 1;
        pace->tokens = MIN(pace->tokens, 1);
}

HostState *pace_state(const Pace *pace, Arena *arena)
{
        HostState *state = record_new(arena, HostState, host_state__init);
        state->host = arena_str(arena, pace->host);
        state->has_not_before_ms = pace->not_before_ms > 0;
        state->not_before_ms = pace->not_before_ms;
        state->has_failures = pace->failures > 0;
        state->failures = pace->failures;
        state->has_requests = true;
        state->requests = pace->requests;
        return state;
}
