/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/hosts_inside.h"

#include "core/clock.h"
#include "core/log.h"

#include <string.h>

/* ---- what hosts share: their market, their address ----------------------------------------------------------------- */

void manners_free(void *data)
{
        Manners *manners = data;
        breaker_free(manners->breaker);
        g_free(manners->row);
        g_free(manners);
}

static Manners *manners_find(Hosts *hosts, const Market *market)
{
        Manners *manners = g_hash_table_lookup(hosts->by_market, market->name);
        if (manners)
                return manners;
        g_autoptr(Arena) arena = arena_new();
        int64_t now = hosts_now(hosts), backoff_ms = hosts->options.base_backoff_ms;
        manners = g_new0(Manners, 1);
        manners->hosts = hosts;
        manners->market = market;
        manners->row = g_strconcat("market/", market->name, NULL);
        manners->together = (market->url && *market->url) || (market->list_url && *market->list_url);
        BreakerRule rule = {.rest_ms = MAX(backoff_ms, 0) * REST_BACKOFFS};
        const HostState *kept = hosts->options.offline ? NULL : kept_state(hosts, manners->row, arena);
        manners->breaker = breaker_new(rule, kept, now);
        manners->troubled = kept && (kept->has_failures || kept->has_breaker_trips);
        bandwidth_init(&manners->bandwidth, hosts->options.offline ? 0 : market->bandwidth, now);
        g_hash_table_insert(hosts->by_market, market->name, manners);
        return manners;
}

static PaceRule rule_of(const Host *host)
{
        if (host->hosts->options.offline)
                return (PaceRule){.requests_per_second = 1e9, .connections = OFFLINE_AT_ONCE};
        return (PaceRule){.requests_per_second = host->market->requests_per_second,
                          .connections = (int)host->market->connections,
                          .base_backoff_ms = host->hosts->options.base_backoff_ms};
}

/* Two names of one machine are one machine. On this machine itself each port is a server of its own: that is where tests let many
 * servers stand for many machines. */
static char *place_name(const Host *host, const char *address)
{
        bool here = g_str_has_prefix(address, "127.") || g_str_equal(address, "::1");
        const char *port = strrchr(host->name, ':');
        bool stated = port && port[1] != '/';
        return here ? g_strconcat(address, stated ? port : "", NULL) : g_strdup(address);
}

/* `state`: the host was asked there in an earlier run, so the bucket of the address begins empty as its own does. */
static void settle_at(Host *host, const char *address, const HostState *state, int64_t now_ms)
{
        Hosts *hosts = host->hosts;
        g_autofree char *name = place_name(host, address);
        HostState used = HOST_STATE__INIT;
        if (state) {
                used.has_tokens_at_ms = state->has_tokens_at_ms;
                used.tokens_at_ms = state->tokens_at_ms;
        }
        host->place = g_hash_table_lookup(hosts->by_address, name);
        if (!host->place) {
                host->place = pace_new(name, rule_of(host), state ? &used : NULL, now_ms, 0);
                g_hash_table_insert(hosts->by_address, g_strdup(name), host->place);
        }
        pace_tighten(host->place, rule_of(host), now_ms);
        g_free(host->address);
        host->address = g_strdup(address);
}

/* NULL: not known, or another host's behind a redirect. */
static const char *address_of(const Host *host, const FetchReply *reply)
{
        g_autofree char *name = reply->url ? market_host_of(reply->url) : NULL;
        bool its = name && g_str_equal(name, host->name);
        return its && reply->address && *reply->address ? reply->address : NULL;
}

/* A reply came from there; the request that it answers has not been counted there yet. */
static void note_address(Host *host, const char *address, int64_t now_ms)
{
        if (!address || (host->address && g_str_equal(host->address, address)))
                return;
        settle_at(host, address, NULL, now_ms);
        pace_charge(host->place, now_ms);
        host->changed = true;
}

/* ---- one host ------------------------------------------------------------------------------------------------------- */

void host_free(void *data)
{
        Host *host = data;
        pace_free(host->pace);
        conduct_free(host->conduct);
        arena_free(host->robots_arena);
        g_free(host->address);
        g_free(host->trouble);
        g_free(host->name);
        g_free(host);
}

static void recall(Host *host, HostState *state, int64_t now_ms)
{
        if (state && !host->market->robots) /* nor its crawl-delay */
                state->robots = NULL;
        host->kept = state != NULL;
        host->troubled = state && state->has_failures;
        host->kept_ms = now_ms;
        host->pace = pace_new(host->name, rule_of(host), state, now_ms,
                              host->hosts->options.seed ^ g_str_hash(host->name));
        if (state && state->address)
                settle_at(host, state->address, state, now_ms);
        if (state && state->reason && g_str_equal(state->reason, "retry-after"))
                conduct_rest(host->conduct, state->not_before_ms);
        host_recall_robots(host, state);
}

/* A host that two markets use is asked as the stricter one says. */
static void share(Host *host, const Market *market)
{
        if (host->market == market || host->hosts->options.offline)
                return;
        pace_tighten(host->pace,
                     (PaceRule){.requests_per_second = market->requests_per_second,
                                .connections = (int)market->connections},
                     hosts_now(host->hosts));
        conduct_limit(host->conduct, pace_limit(host->pace), pace_burst(host->pace),
                      pace_connections(host->pace));
}

Host *host_find(Hosts *hosts, const Market *market, const char *name)
{
        Host *host = g_hash_table_lookup(hosts->by_name, name);
        if (host) {
                share(host, market);
                return host;
        }
        g_autoptr(Arena) arena = arena_new();
        bool offline = hosts->options.offline;
        host = g_new0(Host, 1);
        host->hosts = hosts;
        host->name = g_strdup(name);
        host->market = market;
        host->manners = manners_find(hosts, market);
        g_queue_init(&host->asks);
        host->conduct = conduct_new(name, market->name, hosts->user_agent,
                                    offline ? NULL : kept_conduct(hosts, name, arena));
        recall(host, offline ? NULL : kept_state(hosts, name, arena), hosts_now(hosts));
        conduct_limit(host->conduct, pace_limit(host->pace), pace_burst(host->pace),
                      pace_connections(host->pace));
        g_hash_table_insert(hosts->by_name, host->name, host);
        return host;
}

bool host_is_given_up(const Host *host)
{
        const Breaker *breaker = host->manners->breaker;
        return breaker_gave_up(breaker) || (host->failures >= GIVE_UP_AFTER && !breaker_is_open(breaker));
}

static const char *pace_word(Pace *pace, int64_t now_ms)
{
        int64_t until;
        return pace_reason(pace, now_ms, &until);
}

int64_t host_wait(Host *host, int64_t now_ms, const char **reason)
{
        Hosts *hosts = host->hosts;
        int64_t bytes_ms = MAX(bandwidth_wait(&hosts->bandwidth, now_ms),
                               bandwidth_wait(&host->manners->bandwidth, now_ms));
        const struct {
                int64_t wait_ms;
                const char *word;
        } all[] = {{hosts->options.offline ? 0 : breaker_wait(host->manners->breaker, now_ms), "breaker"},
                   {pace_wait(host->pace, now_ms), pace_word(host->pace, now_ms)},
                   {host->place ? pace_wait(host->place, now_ms) : 0,
                    host->place ? pace_word(host->place, now_ms) : NULL},
                   {bytes_ms, "bandwidth"}};
        int64_t longest = 0;
        const char *word = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(all) && longest >= 0; i++) {
                if (all[i].wait_ms >= 0 && all[i].wait_ms <= longest)
                        continue;
                longest = all[i].wait_ms;
                word = all[i].word;
        }
        if (reason)
                *reason = word;
        return longest;
}

/* ---- requests begin and end ---------------------------------------------------------------------------------------------- */

void host_begin(Host *host, int64_t now_ms, int64_t bytes, Begun *begun)
{
        Hosts *hosts = host->hosts;
        *begun = (Begun){.place = host->place, .reserved = MAX(bytes, 0)};
        pace_begin(host->pace, now_ms);
        if (host->place)
                pace_begin(host->place, now_ms);
        breaker_begin(host->manners->breaker, now_ms);
        bandwidth_take(&hosts->bandwidth, begun->reserved, now_ms);
        bandwidth_take(&host->manners->bandwidth, begun->reserved, now_ms);
        conduct_begin(host->conduct, now_ms, pace_in_flight(host->pace));
        hosts->requests++;
        host->begun_ms = now_ms;
        if (!host->leaving)
                g_ptr_array_add(hosts->leaving, host);
        host->leaving = true;
        timer_start_sooner(hosts->leave, LEAVES_MS);
        if (host->kept)
                keep_later(host);
        else /* a restart has to know that this host was asked */
                keep_now(host);
}

static bool is_throttled(const FetchReply *reply)
{
        return reply->end == FETCH_THROTTLED || (reply->end == FETCH_SERVER && reply->status == 503);
}

/* A cut or garbled body came from a host that answers. */
static bool is_outage(const FetchReply *reply)
{
        return reply->end == FETCH_THROTTLED || reply->end == FETCH_SERVER || reply->end == FETCH_CONNECT ||
               reply->end == FETCH_STALLED;
}

static void note_market(Host *host, const FetchReply *reply, int64_t now_ms, bool *tripped)
{
        Manners *manners = host->manners;
        bool was_open = breaker_is_open(manners->breaker);
        *tripped = false;
        if (!manners->together)
                return;
        *tripped = is_outage(reply) && breaker_failure(manners->breaker, now_ms);
        manners->changed = manners->changed || is_outage(reply) || manners->troubled;
        manners->troubled = is_outage(reply);
        if (!is_outage(reply))
                breaker_success(manners->breaker, now_ms);
        if (was_open && !breaker_is_open(manners->breaker))
                log_event(LOG_WARN, "market_answers_again", "market", manners->market->name, NULL);
        if (!*tripped)
                return;
        conduct_tripped(host->conduct);
        g_autofree char *rest =
                g_strdup_printf("%" G_GINT64_FORMAT, (breaker_wait(manners->breaker, now_ms) + 999) / 1000);
        log_event(LOG_WARN, "market_rests", "market", manners->market->name, "seconds", rest, "why",
                  reply->detail, "then",
                  breaker_gave_up(manners->breaker) ? "given up in this run" : "one request tries again",
                  NULL);
}

static int64_t host_failed(Host *host, const FetchReply *reply, int64_t now_ms)
{
        bool throttled = is_throttled(reply);
        int64_t again = throttled ? pace_throttled(host->pace, now_ms, reply->retry_after_ms)
                                  : pace_failure(host->pace, now_ms, reply->retry_after_ms);
        host->failures += !throttled;
        g_free(host->trouble);
        host->trouble = g_strdup(reply->detail);
        host->changed = host->troubled = true;
        return again;
}

static bool is_unmade(const FetchReply *reply)
{
        return reply->end == FETCH_FORBIDDEN || (reply->end == FETCH_OK && reply->status == 0);
}

static void note_conduct(Host *host, const FetchReply *reply, bool failed, int64_t now_ms)
{
        conduct_end(host->conduct, &(ConductEnd){.now_ms = now_ms,
                                                 .wire_bytes = reply->wire_bytes,
                                                 .throttled = is_throttled(reply),
                                                 .failed = failed,
                                                 .unmade = is_unmade(reply),
                                                 .wait_ms = failed ? reply->retry_after_ms : -1,
                                                 .address = address_of(host, reply)});
}

int64_t host_end(Host *host, const Begun *begun, const FetchReply *reply)
{
        Hosts *hosts = host->hosts;
        int64_t now = hosts_now(hosts), again = 0, more = (int64_t)reply->wire_bytes - begun->reserved;
        bool ours = reply->end == FETCH_CANCELLED || reply->end == FETCH_DISK || is_unmade(reply) ||
                    hosts->options.offline;
        bool failed = !ours && fetch_end_retryable(reply->end), tripped = false;
        if (begun->place)
                pace_cancel(begun->place);
        bandwidth_take(&hosts->bandwidth, more, now);
        bandwidth_take(&host->manners->bandwidth, more, now);
        if (ours) {
                pace_cancel(host->pace);
                breaker_cancel(host->manners->breaker);
        } else {
                note_market(host, reply, now, &tripped);
                note_address(host, address_of(host, reply), now);
        }
        if (failed) {
                again = host_failed(host, reply, now);
        } else if (!ours) {
                host->changed =
                        host->changed || host->troubled || pace_rate(host->pace) < pace_limit(host->pace);
                host->troubled = false;
                pace_success(host->pace, now);
                host->failures = 0;
        }
        note_conduct(host, reply, failed, now);
        keep_later(host);
        if (tripped || (failed && reply->retry_after_ms > 0))
                keep_now(host);
        return again;
}
