/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/conduct.h"

struct HostConduct {
        Arena *arena;    /* of the strings */
        Conduct *record; /* its gaps and addresses are those below */
        uint64_t gaps[CONDUCT_GAPS];
        char *addresses[CONDUCT_ADDRESSES];
        bool changed;
};

static void take_over(HostConduct *conduct, const Conduct *before)
{
        Conduct *record = conduct->record;
        ProtobufCMessage base = record->base;
        char *host = record->host, *market = record->market;
        *record = *before; /* the numbers; what it points at is replaced */
        record->base = base;
        record->base.n_unknown_fields = 0;
        record->base.unknown_fields = NULL;
        record->host = host;
        record->market = market;
        record->robots = arena_str(conduct->arena, before->robots);
        record->user_agent = arena_str(conduct->arena, before->user_agent);
        record->gaps = conduct->gaps;
        record->n_gaps = MIN(before->n_gaps, (size_t)CONDUCT_GAPS);
        for (size_t i = 0; i < record->n_gaps; i++)
                conduct->gaps[i] = before->gaps[i];
        record->addresses = conduct->addresses;
        record->n_addresses = MIN(before->n_addresses, (size_t)CONDUCT_ADDRESSES);
        for (size_t i = 0; i < record->n_addresses; i++)
                conduct->addresses[i] = arena_str(conduct->arena, before->addresses[i]);
}

HostConduct *conduct_new(const char *host, const char *market, const char *user_agent, const Conduct *before)
{
        HostConduct *conduct = g_new0(HostConduct, 1);
        conduct->arena = arena_new();
        conduct->record = record_new(conduct->arena, Conduct, conduct__init);
        conduct->record->host = arena_str(conduct->arena, host);
        conduct->record->market = arena_str(conduct->arena, market);
        conduct->record->gaps = conduct->gaps;
        conduct->record->addresses = conduct->addresses;
        if (before)
                take_over(conduct, before);
        if (user_agent)
                conduct->record->user_agent = arena_str(conduct->arena, user_agent);
        return conduct;
}

void conduct_free(HostConduct *conduct)
{
        if (!conduct)
                return;
        arena_free(conduct->arena);
        g_free(conduct);
}

void conduct_limit(HostConduct *conduct, double requests_per_second, int burst, int connections)
{
        Conduct *c = conduct->record;
        c->has_limit = c->has_burst_limit = c->has_connections = true;
        c->limit = requests_per_second;
        c->burst_limit = (uint32_t)burst;
        c->connections = (uint32_t)connections;
}

static void note_gap(HostConduct *conduct, int64_t gap_ms)
{
        Conduct *c = conduct->record;
        size_t place = gap_ms > 1 ? MIN(g_bit_storage((gulong)gap_ms) - 1, CONDUCT_GAPS - 1) : 0;
        conduct->gaps[place]++;
        c->n_gaps = MAX(c->n_gaps, place + 1);
        c->shortest_gap_ms = c->has_shortest_gap_ms ? MIN(c->shortest_gap_ms, gap_ms) : gap_ms;
        c->has_shortest_gap_ms = true;
}

void conduct_begin(HostConduct *conduct, int64_t now_ms, int in_flight)
{
        Conduct *c = conduct->record;
        int64_t gap_ms = c->requests ? MAX(0, now_ms - c->last_ms) : 0;
        if (c->requests)
                note_gap(conduct, gap_ms);
        c->level = MAX(0, c->level - c->limit * (double)gap_ms / 1000) + 1;
        c->burst = MAX(c->burst, c->level);
        c->excess = MAX(c->excess, c->level - c->burst_limit);
        c->has_level = c->has_burst = c->has_excess = c->has_requests = c->has_last_ms = true;
        c->first_ms = c->has_first_ms ? c->first_ms : now_ms;
        c->has_first_ms = c->has_most_at_once = true;
        c->last_ms = now_ms;
        c->requests++;
        c->most_at_once = MAX(c->most_at_once, (uint32_t)MAX(in_flight, 0));
        if (now_ms < c->wait_until_ms) {
                c->has_early = true;
                c->early++;
        }
        conduct->changed = true;
}

void conduct_redirected(HostConduct *conduct)
{
        conduct->record->has_redirected = true;
        conduct->record->redirected++;
        conduct->changed = true;
}

static void note_address(HostConduct *conduct, const char *address)
{
        Conduct *c = conduct->record;
        for (size_t i = 0; i < c->n_addresses; i++) {
                if (g_str_equal(c->addresses[i], address))
                        return;
        }
        if (c->n_addresses < CONDUCT_ADDRESSES)
                conduct->addresses[c->n_addresses++] = arena_str(conduct->arena, address);
}

void conduct_rest(HostConduct *conduct, int64_t until_ms)
{
        Conduct *c = conduct->record;
        c->has_wait_until_ms = true;
        c->wait_until_ms = MAX(c->wait_until_ms, until_ms);
}

void conduct_end(HostConduct *conduct, const ConductEnd *end)
{
        Conduct *c = conduct->record;
        c->has_wire_bytes = true;
        c->wire_bytes += end->wire_bytes;
        c->has_throttled = c->has_throttled || end->throttled;
        c->throttled += end->throttled;
        c->has_failures = c->has_failures || end->failed;
        c->failures += end->failed;
        c->has_unmade = c->has_unmade || end->unmade;
        c->unmade += end->unmade;
        if (end->wait_ms >= 0) {
                c->has_retry_afters = c->has_longest_wait_ms = true;
                c->retry_afters++;
                c->longest_wait_ms = MAX(c->longest_wait_ms, end->wait_ms);
                conduct_rest(conduct, end->now_ms + end->wait_ms);
        }
        if (end->address && end->address[0])
                note_address(conduct, end->address);
        conduct->changed = true;
}

void conduct_robots(HostConduct *conduct, const char *how)
{
        if (conduct->record->robots && g_str_equal(conduct->record->robots, how))
                return;
        conduct->record->robots = arena_str(conduct->arena, how);
        conduct->changed = conduct->changed || conduct->record->requests > 0;
}

void conduct_refused(HostConduct *conduct)
{
        conduct->record->has_robots_refused = true;
        conduct->record->robots_refused++;
        conduct->changed = true;
}

void conduct_tripped(HostConduct *conduct)
{
        conduct->record->has_breaker_trips = true;
        conduct->record->breaker_trips++;
        conduct->changed = true;
}

bool conduct_changed(const HostConduct *conduct)
{
        return conduct->changed;
}

GBytes *conduct_pack(HostConduct *conduct)
{
        conduct->changed = false;
        return record_pack(conduct->record);
}
