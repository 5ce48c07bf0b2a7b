/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/hosts_inside.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/memfile.h"
#include "crawler/robots.h"
#include "crawler/tasks.h"

#include <unistd.h>

typedef struct {
        Host *host;
        Begun begun;
} RobotsAsk;

/* ---- rules ---------------------------------------------------------------------------------------------------------- */

static void tell_conduct(Host *host)
{
        const Robots *robots = host->robots;
        bool none = !robots || (robots->n_rules == 0 && !robots->disallow_all && !robots->has_crawl_delay_ms);
        g_autofree char *over =
                host->market->robots ? NULL
                                     : g_strconcat("overridden: ",
                                                   host->market->robots_reason ? host->market->robots_reason
                                                                               : "no reason is stated",
                                                   NULL);
        conduct_robots(host->conduct, over                                ? over
                                      : host->known == ROBOTS_UNREACHABLE ? "unreachable"
                                      : none                              ? "none"
                                                                          : "obeyed");
}

static void take_rules(Host *host, Span packed)
{
        g_autoptr(GError) error = NULL;
        Arena *arena = arena_new();
        Robots *robots = record_robots(arena, packed, &error);
        if (!robots)
                log_event(LOG_ERROR, "robots_record", "host", host->name, "error", error->message, NULL);
        arena_free(host->robots_arena);
        host->robots_arena = arena;
        host->robots = robots;
        host->known = robots ? ROBOTS_KNOWN : ROBOTS_UNREACHABLE;
        if (robots && robots->crawl_delay_ms > 0) {
                pace_slow_down(host->pace, 1000.0 / robots->crawl_delay_ms, hosts_now(host->hosts));
                conduct_limit(host->conduct, pace_limit(host->pace), pace_burst(host->pace),
                              pace_connections(host->pace));
        }
}

static bool is_fresh(const Robots *robots)
{
        int64_t age_ms = clock_now_ms() - robots->fetched_ms;
        return age_ms >= 0 && age_ms < ROBOTS_AGE_MS;
}

void host_recall_robots(Host *host, const HostState *state)
{
        if (!host->market->robots || host->hosts->options.offline) {
                host->known = ROBOTS_KNOWN;
                tell_conduct(host);
                return;
        }
        if (!state || !state->robots)
                return;
        g_autoptr(GBytes) packed = record_pack(state->robots);
        take_rules(host, record_span(packed));
        if (host->robots && !is_fresh(host->robots)) /* still good while a newer one cannot be had */
                host->known = ROBOTS_UNKNOWN;
        tell_conduct(host);
}

void host_look_robots(Host *host, int64_t now_ms)
{
        bool needed = host->market->robots && !host->hosts->options.offline;
        if (host->known == ROBOTS_KNOWN && needed && host->robots && !is_fresh(host->robots)) {
                host->known = ROBOTS_UNKNOWN;
                host->robots_attempts = 0;
        }
        if (host->known == ROBOTS_UNREACHABLE && host->robots_rounds < ROBOTS_ROUNDS &&
            now_ms >= host->robots_again_ms) {
                host->known = ROBOTS_UNKNOWN;
                host->robots_attempts = 0;
        }
}

/* ---- a reply is read ---------------------------------------------------------------------------------------------------- */

static void settled(Host *host)
{
        if (host->known == ROBOTS_ASKED)
                host->known = ROBOTS_UNREACHABLE;
        if (host->robots) {
                host->robots->has_fetched_ms = true;
                host->robots->fetched_ms = clock_now_ms();
        }
        tell_conduct(host);
        host->changed = true;
        keep_later(host);
        timer_start(host->hosts->wake, 0);
}

static void rules_frame(uint8_t type, Span frame, void *context)
{
        if (type == CRAWLER_FRAME_RECORD)
                take_rules(context, frame);
}

/* RFC 9309, 2.3.1: what cannot be parsed sets no rule, but a reader that died is no answer. */
static void parsed(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Host *host = context;
        (void)code;
        if (end != WORKER_OK)
                log_event(LOG_WARN, "robots_unreadable", "host", host->name, "end", worker_end_name(end),
                          "detail", detail, NULL);
        settled(host);
}

static void parse(Host *host, Span body)
{
        RobotsTask task = ROBOTS_TASK__INIT;
        task.product = (char *)"overreach";
        g_autoptr(GBytes) argument = record_pack(&task);
        g_autoptr(GError) error = NULL;
        int fd = memfile_new("robots", body, &error);
        if (fd < 0) {
                log_event(LOG_ERROR, "robots", "host", host->name, "error", error->message, NULL);
                settled(host);
                return;
        }
        worker_submit(host->hosts->options.pool, "robots", record_span(argument), &fd, 1,
                      (WorkerCalls){rules_frame, parsed, host});
        close(fd);
}

static void no_rules(Host *host)
{
        Robots none = ROBOTS__INIT;
        g_autoptr(GBytes) packed = record_pack(&none);
        take_rules(host, record_span(packed));
        settled(host);
}

/* RFC 9309, 2.4: while none can be had, an older copy may be used; without one, nothing may be asked for (2.3.1.4). */
static void unreachable(Host *host, const FetchReply *reply)
{
        bool last = ++host->robots_attempts >= ROBOTS_ATTEMPTS || !fetch_end_retryable(reply->end);
        const char *then = !last          ? "retry"
                           : host->robots ? "the older copy holds"
                                          : "nothing else is asked of this host (RFC 9309, 2.3.1.4)";
        log_event(LOG_WARN, "robots_unreachable", "host", host->name, "detail", reply->detail, "then", then,
                  NULL);
        int64_t backoff_ms = host->hosts->options.base_backoff_ms;
        host->known = last ? ROBOTS_UNREACHABLE : ROBOTS_UNKNOWN;
        host->is_down = reply->end == FETCH_CONNECT;
        if (last) {
                host->robots_rounds++;
                host->robots_again_ms =
                        hosts_now(host->hosts) + (backoff_ms > 0 ? backoff_ms : 1000) * REST_BACKOFFS;
        }
        if (last && host->robots) {
                host->known = ROBOTS_KNOWN;
                host->robots->fetched_ms = clock_now_ms() - ROBOTS_AGE_MS / 2;
        }
        tell_conduct(host);
        timer_start(host->hosts->wake, 0);
}

/* Redirects of robots.txt are followed by the fetcher; the host they led to is charged for it where we know that one. */
static void charge_target(Host *host, const FetchReply *reply)
{
        g_autofree char *name = reply->url ? market_host_of(reply->url) : NULL;
        Host *other = name ? g_hash_table_lookup(host->hosts->by_name, name) : NULL;
        if (!other || other == host)
                return;
        int64_t now = hosts_now(host->hosts);
        pace_charge(other->pace, now);
        conduct_begin(other->conduct, now, pace_in_flight(other->pace));
        conduct_redirected(other->conduct);
        keep_later(other);
}

static void came(const FetchReply *reply, void *context)
{
        RobotsAsk *ask = context;
        Host *host = ask->host;
        (void)host_end(host, &ask->begun, reply);
        g_hash_table_remove(host->hosts->flying, ask);
        g_free(ask);
        charge_target(host, reply);
        switch (reply->end) {
        case FETCH_OK: parse(host, reply->body); return;
        case FETCH_GONE:
        case FETCH_REFUSED: /* RFC 9309, 2.3.1.3: unavailable, anything may be fetched */
        case FETCH_REDIRECTS: no_rules(host); return;
        case FETCH_FORBIDDEN: /* nothing was asked; the requests themselves will be refused by that name */
                host->known = ROBOTS_KNOWN;
                settled(host);
                return;
        case FETCH_CANCELLED: host->known = ROBOTS_UNKNOWN; return;
        default: unreachable(host, reply); return;
        }
}

void host_ask_robots(Host *host)
{
        Hosts *hosts = host->hosts;
        g_autofree char *url = g_strconcat(host->name, "/robots.txt", NULL);
        FetchWish wish = {.url = url,
                          .max_bytes =
                                  8 * (uint64_t)ROBOTS_LIMIT, /* the parser reads the first ROBOTS_LIMIT */
                          .size = -1,
                          .compressed = true,
                          .loopback = host->market->loopback,
                          .speed = bandwidth_speed(&hosts->bandwidth, &host->manners->bandwidth)};
        RobotsAsk *ask = g_new0(RobotsAsk, 1);
        ask->host = host;
        host->known = ROBOTS_ASKED;
        host_begin(host, hosts_now(hosts), 0, &ask->begun);
        g_hash_table_insert(hosts->flying, ask, (void *)g_free);
        fetch_start(hosts->options.fetcher, &wish, came, ask);
}
