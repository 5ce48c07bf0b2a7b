/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/pace.h"

#include <math.h>

enum {
        RECOVERY = 50,          /* successes that bring a rate of nothing back to the rule's */
        SLOWEST_MS = 60 * 1000, /* between requests, of a host that only said "too much" */
};

struct Pace {
        char *host;
        PaceRule rule;
        bool has_delay; /* slowed down by robots.txt: no bursts */
        double slowed;  /* requests per second; 0: the rule's */
        double tokens;  /* at filled_ms; may be less than none */
        int64_t filled_ms;
        double begun_tokens; /* that were left when the newest request began, at begun_ms */
        int64_t begun_ms;
        int64_t seen_ms; /* the newest time that was passed in */
        int64_t not_before_ms;
        const char *reason; /* of not_before_ms */
        bool was_asked;
        uint32_t failures; /* in a row */
        uint32_t requests;
        int in_flight;
        uint64_t dice;
};

/* ---- the bucket ------------------------------------------------------------------------------------------------ */

double pace_limit(const Pace *pace)
{
        return pace->rule.requests_per_second;
}

double pace_rate(const Pace *pace)
{
        return pace->slowed > 0 ? MIN(pace->slowed, pace_limit(pace)) : pace_limit(pace);
}

int pace_burst(const Pace *pace)
{
        return pace->has_delay ? 1 : pace->rule.connections;
}

static int depth(const Pace *pace)
{
        return pace->slowed > 0 ? 1 : pace_burst(pace);
}

int pace_connections(const Pace *pace)
{
        return pace->rule.connections;
}

int pace_in_flight(const Pace *pace)
{
        return pace->in_flight;
}

static double tokens_at(const Pace *pace, int64_t now_ms)
{
        double gone_ms = (double)MAX(0, now_ms - pace->filled_ms);
        return MIN(depth(pace), pace->tokens + gone_ms * pace_rate(pace) / 1000);
}

/* A clock that was set back takes what is remembered along: waits stay as long as they were, and nothing is given twice. */
static void look(Pace *pace, int64_t now_ms)
{
        if (now_ms < pace->seen_ms) {
                int64_t back_ms = pace->seen_ms - now_ms;
                pace->filled_ms -= back_ms;
                pace->begun_ms -= back_ms;
                pace->not_before_ms = MAX(0, pace->not_before_ms - back_ms);
        }
        pace->seen_ms = now_ms;
}

static void settle(Pace *pace, int64_t now_ms)
{
        look(pace, now_ms);
        pace->tokens = tokens_at(pace, now_ms);
        pace->filled_ms = MAX(pace->filled_ms, now_ms);
}

static int64_t rest_ms(const Pace *pace, int64_t now_ms)
{
        return CLAMP(pace->not_before_ms - now_ms, 0, PACE_REST_MAX_MS);
}

int64_t pace_wait(Pace *pace, int64_t now_ms)
{
        look(pace, now_ms);
        if (pace->in_flight >= pace->rule.connections)
                return -1;
        double token_ms = (1 - tokens_at(pace, now_ms)) * 1000 / pace_rate(pace);
        token_ms += (double)MAX(0, pace->filled_ms - now_ms); /* while it rests nothing fills */
        token_ms = MIN(token_ms, (double)PACE_REST_MAX_MS);
        return MAX(rest_ms(pace, now_ms), (int64_t)ceil(token_ms - 1e-6)); /* less: the rounding of sums */
}

const char *pace_reason(Pace *pace, int64_t now_ms, int64_t *until_ms)
{
        int64_t wait_ms = pace_wait(pace, now_ms);
        *until_ms = wait_ms > 0 ? now_ms + wait_ms : 0;
        if (wait_ms < 0)
                return "connections";
        if (wait_ms == 0)
                return NULL;
        /* After a rest a token may have to fill yet: it is the rest that is waited for. */
        return rest_ms(pace, now_ms) > 0 && pace->reason ? pace->reason : "rate";
}

void pace_charge(Pace *pace, int64_t now_ms)
{
        settle(pace, now_ms);
        pace->tokens -= 1;
        pace->begun_tokens = pace->tokens;
        pace->begun_ms = now_ms;
        pace->was_asked = true;
        pace->requests++;
}

void pace_begin(Pace *pace, int64_t now_ms)
{
        pace_charge(pace, now_ms);
        pace->in_flight++;
}

void pace_left_late(Pace *pace, int64_t now_ms)
{
        settle(pace, now_ms);
        if (!pace->was_asked || pace->begun_ms >= now_ms)
                return;
        pace->tokens = MIN(pace->tokens, pace->begun_tokens);
        pace->begun_ms = now_ms;
}

/* After the limit became stricter: as if it had been so when the newest request began. */
static void fit_in(Pace *pace, int burst_before, int64_t now_ms)
{
        double gone_ms = (double)MAX(0, now_ms - pace->begun_ms);
        pace->begun_tokens -= burst_before - pace_burst(pace);
        pace->tokens = MIN(pace->tokens, depth(pace));
        if (pace->was_asked)
                pace->tokens = MIN(pace->tokens, pace->begun_tokens + gone_ms * pace_limit(pace) / 1000);
}

void pace_slow_down(Pace *pace, double requests_per_second, int64_t now_ms)
{
        if (!(requests_per_second > 0) || requests_per_second >= pace_limit(pace))
                return;
        settle(pace, now_ms);
        int before = pace_burst(pace);
        pace->rule.requests_per_second = requests_per_second;
        pace->has_delay = true;
        fit_in(pace, before, now_ms);
}

void pace_tighten(Pace *pace, PaceRule rule, int64_t now_ms)
{
        settle(pace, now_ms);
        int before = pace_burst(pace);
        double limit = pace_limit(pace);
        if (rule.requests_per_second > 0)
                pace->rule.requests_per_second = MIN(limit, rule.requests_per_second);
        if (rule.connections > 0)
                pace->rule.connections = MIN(pace->rule.connections, rule.connections);
        if (pace_limit(pace) < limit || pace_burst(pace) < before)
                fit_in(pace, before, now_ms);
}

/* ---- how requests end --------------------------------------------------------------------------------------------- */

static void leave(Pace *pace)
{
        g_assert(pace->in_flight > 0);
        pace->in_flight--;
}

void pace_cancel(Pace *pace)
{
        leave(pace);
}

void pace_success(Pace *pace, int64_t now_ms)
{
        leave(pace);
        settle(pace, now_ms);
        if (now_ms < pace->not_before_ms)
                return; /* an answer to an older request says nothing about a host that asked for rest */
        pace->failures = 0;
        if (pace->slowed > 0)
                pace->slowed += pace_limit(pace) / RECOVERY;
        if (pace->slowed >= pace_limit(pace))
                pace->slowed = 0;
}

static double roll(Pace *pace) /* 0 <= x < 1: splitmix64 (Steele, Lea, Flood 2014) */
{
        uint64_t z = pace->dice += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 53);
}

static int64_t backoff_ms(Pace *pace)
{
        int64_t most = pace->rule.base_backoff_ms;
        for (uint32_t i = 1; i < pace->failures && most < pace->rule.max_backoff_ms; i++)
                most *= 2;
        return (int64_t)(roll(pace) * (double)MIN(most, pace->rule.max_backoff_ms));
}

/* What fills up while it rests is no licence for a burst. */
static void hold_back(Pace *pace)
{
        if (pace->not_before_ms <= pace->filled_ms)
                return;
        pace->tokens = MIN(1, tokens_at(pace, pace->not_before_ms));
        pace->filled_ms = pace->not_before_ms;
}

static void rest_until(Pace *pace, int64_t until_ms, const char *reason)
{
        if (until_ms <= pace->not_before_ms)
                return;
        pace->not_before_ms = until_ms;
        pace->reason = reason;
        hold_back(pace);
}

/* True: it is the first failure of a new trouble. */
static bool fail(Pace *pace, int64_t now_ms, int64_t retry_after_ms)
{
        leave(pace);
        settle(pace, now_ms);
        bool fresh = pace->failures == 0 || now_ms >= pace->not_before_ms;
        if (fresh) {
                if (pace->failures < G_MAXUINT32)
                        pace->failures++;
                rest_until(pace, now_ms + backoff_ms(pace), "back-off");
        }
        if (retry_after_ms >= 0)
                rest_until(pace, now_ms + MIN(retry_after_ms, (int64_t)PACE_REST_MAX_MS), "retry-after");
        return fresh;
}

int64_t pace_failure(Pace *pace, int64_t now_ms, int64_t retry_after_ms)
{
        (void)fail(pace, now_ms, retry_after_ms);
        return MAX(pace->not_before_ms, now_ms);
}

int64_t pace_throttled(Pace *pace, int64_t now_ms, int64_t retry_after_ms)
{
        if (fail(pace, now_ms, retry_after_ms) && retry_after_ms < 0) {
                double slowest = MIN(pace_limit(pace), 1000.0 / SLOWEST_MS);
                pace->slowed = MAX(pace_rate(pace) / 2, slowest);
                pace->tokens = MIN(pace->tokens, 1);
        }
        return MAX(pace->not_before_ms, now_ms);
}

/* ---- its life -------------------------------------------------------------------------------------------------------- */

static const char *reason_of(const HostState *state)
{
        return state->reason && g_str_equal(state->reason, "retry-after") ? "retry-after" : "back-off";
}

static void take_over(Pace *pace, const HostState *state, int64_t now_ms)
{
        pace->not_before_ms = state->has_not_before_ms ? state->not_before_ms : 0;
        pace->reason = reason_of(state);
        pace->failures = state->failures;
        pace->requests = state->requests;
        if (state->robots && state->robots->crawl_delay_ms > 0)
                pace_slow_down(pace, 1000.0 / state->robots->crawl_delay_ms, now_ms);
        if (state->has_rate && state->rate > 0 && state->rate < pace_limit(pace))
                pace->slowed = state->rate;
        if (!state->has_tokens_at_ms)
                return;
        pace->was_asked = true;
        pace->seen_ms = state->tokens_at_ms;
        look(pace, now_ms);
        if (now_ms - state->tokens_at_ms > PACE_REST_MAX_MS)
                return;
        pace->tokens = isfinite(state->tokens) ? CLAMP(state->tokens, -1000, 0) : 0;
        pace->filled_ms = pace->begun_ms = now_ms;
        pace->begun_tokens = pace->tokens;
        hold_back(pace);
}

Pace *pace_new(const char *host, PaceRule rule, const HostState *state, int64_t now_ms, uint64_t seed)
{
        Pace *pace = g_new0(Pace, 1);
        pace->host = g_strdup(host);
        pace->rule = rule;
        if (!(pace->rule.requests_per_second > 0))
                pace->rule.requests_per_second = 1;
        pace->rule.connections = MAX(1, rule.connections);
        pace->rule.base_backoff_ms = rule.base_backoff_ms > 0 ? rule.base_backoff_ms : 1000;
        pace->rule.max_backoff_ms = rule.max_backoff_ms > 0 ? rule.max_backoff_ms : 600000;
        pace->dice = seed ^ (uint64_t)g_str_hash(host) << 32;
        pace->reason = "back-off";
        pace->seen_ms = pace->filled_ms = now_ms;
        pace->tokens = pace->rule.connections;
        if (state)
                take_over(pace, state, now_ms);
        return pace;
}

void pace_free(Pace *pace)
{
        if (!pace)
                return;
        g_free(pace->host);
        g_free(pace);
}

HostState *pace_state(const Pace *pace, Arena *arena)
{
        HostState *state = record_new(arena, HostState, host_state__init);
        state->host = arena_str(arena, pace->host);
        state->has_not_before_ms = pace->not_before_ms > 0;
        state->not_before_ms = pace->not_before_ms;
        if (pace->not_before_ms > 0)
                state->reason = (char *)pace->reason;
        state->has_failures = pace->failures > 0;
        state->failures = pace->failures;
        state->has_requests = true;
        state->requests = pace->requests;
        state->has_rate = pace->slowed > 0;
        state->rate = pace->slowed;
        state->has_tokens = state->has_tokens_at_ms = pace->was_asked;
        state->tokens = tokens_at(pace, pace->seen_ms);
        state->tokens_at_ms = pace->seen_ms;
        return state;
}
