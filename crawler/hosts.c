/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/hosts.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/memfile.h"
#include "crawler/pace.h"
#include "crawler/robots.h"
#include "crawler/tasks.h"
#include "crawler/timer.h"

#include <unistd.h>

enum {
        GIVE_UP_AFTER =
                10, /* failures in a row, throttling not counted: the host is left alone in this run */
        ROBOTS_ATTEMPTS = 3, /* before an unreachable robots.txt is taken as "disallow all" */
        LEASE_AHEAD = 1      /* requests queued beyond the free connections, so that a host never idles */
};

typedef enum { ROBOTS_UNKNOWN, ROBOTS_ASKED, ROBOTS_KNOWN, ROBOTS_UNREACHABLE } RobotsKnown;

typedef struct {
        Hosts *hosts;
        char *name; /* scheme://host:port */
        const Market *market;
        Pace *pace;
        RobotsKnown known;
        Arena *robots_arena;
        Robots *robots;
        int robots_attempts;
        int failures;  /* in a row, throttling not counted */
        char *trouble; /* what the last failure looked like */
        bool is_down;  /* robots.txt could not be had because nothing answers at all */
        GQueue asks;   /* Ask *, waiting */
} Host;

typedef struct {
        Host *host;
        char *url, *etag, *last_modified, *part_path, *sha256;
        FetchWish wish; /* points at the copies above */
        AskDone done;
        void *context;
} Ask;

struct Hosts {
        HostsOptions options;
        GHashTable *by_name; /* char * -> Host * */
        Timer *wake;
        GHashTable *flying; /* Ask *, given to the fetcher */
        uint64_t requests;
};

static void hosts_turn(void *context);

static void ask_free(Ask *ask)
{
        g_free(ask->url);
        g_free(ask->etag);
        g_free(ask->last_modified);
        g_free(ask->part_path);
        g_free(ask->sha256);
        g_free(ask);
}

static Ask *ask_new(Host *host, const FetchWish *wish, AskDone done, void *context)
{
        Ask *ask = g_new0(Ask, 1);
        ask->host = host;
        ask->done = done;
        ask->context = context;
        ask->wish = *wish;
        ask->wish.url = ask->url = g_strdup(wish->url);
        ask->wish.etag = ask->etag = g_strdup(wish->etag);
        ask->wish.last_modified = ask->last_modified = g_strdup(wish->last_modified);
        ask->wish.part_path = ask->part_path = g_strdup(wish->part_path);
        ask->wish.sha256 = ask->sha256 = g_strdup(wish->sha256);
        return ask;
}

static void host_free(void *data)
{
        Host *host = data;
        for (Ask *ask; (ask = g_queue_pop_head(&host->asks));)
                ask_free(ask);
        pace_free(host->pace);
        arena_free(host->robots_arena);
        g_free(host->trouble);
        g_free(host->name);
        g_free(host);
}

Hosts *hosts_new(const HostsOptions *options)
{
        Hosts *hosts = g_new0(Hosts, 1);
        hosts->options = *options;
        hosts->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, host_free);
        hosts->flying = g_hash_table_new(NULL, NULL);
        hosts->wake = timer_new(options->loop, hosts_turn, hosts);
        return hosts;
}

void hosts_free(Hosts *hosts)
{
        if (!hosts)
                return;
        timer_free(hosts->wake);
        GHashTableIter each;
        g_hash_table_iter_init(&each, hosts->flying);
        for (void *ask; g_hash_table_iter_next(&each, &ask, NULL);)
                ask_free(ask);
        g_hash_table_unref(hosts->flying);
        g_hash_table_unref(hosts->by_name);
        g_free(hosts);
}

/* ---- what the store remembers of a host -------------------------------------------------------------------- */

static void keep_state(Host *host)
{
        Hosts *hosts = host->hosts;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        HostState *state = pace_state(host->pace, arena);
        state->robots = host->robots;
        g_autoptr(GBytes) bytes = record_pack(state);
        StoreBatch *batch = store_batch_new(hosts->options.store);
        store_put(batch, STORE_HOSTS, &(StoreKey){.name = host->name}, record_span(bytes));
        if (!store_commit(hosts->options.store, batch, &error))
                hosts->options.broken(g_steal_pointer(&error), hosts->options.context);
}

static void take_robots(Host *host, Span packed)
{
        g_autoptr(GError) error = NULL;
        arena_free(host->robots_arena);
        host->robots_arena = arena_new();
        host->robots = record_robots(host->robots_arena, packed, &error);
        if (!host->robots)
                log_event(LOG_ERROR, "robots_record", "host", host->name, "error", error->message, NULL);
        host->known = host->robots ? ROBOTS_KNOWN : ROBOTS_UNREACHABLE;
        if (host->robots && host->robots->crawl_delay_ms > 0)
                pace_slow_down(host->pace, 1000.0 / host->robots->crawl_delay_ms);
}

static Host *host_find(Hosts *hosts, const Market *market, const char *name)
{
        Host *host = g_hash_table_lookup(hosts->by_name, name);
        if (host)
                return host;
        host = g_new0(Host, 1);
        host->hosts = hosts;
        host->name = g_strdup(name);
        host->market = market;
        g_queue_init(&host->asks);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GBytes) kept =
                store_get(hosts->options.store, STORE_HOSTS, &(StoreKey){.name = name}, NULL);
        HostState *state = NULL;
        if (kept) {
                state = record_host(arena, record_span(kept), NULL);
        }
        PaceRule rule = {market->requests_per_second, (int)market->connections,
                         hosts->options.base_backoff_ms, 0};
        host->pace = pace_new(name, rule, state, hosts->options.seed ^ g_str_hash(name));
        if (!market->robots)
                host->known = ROBOTS_KNOWN;
        if (market->robots && state && state->robots &&
            clock_now_ms() - state->robots->fetched_ms < ROBOTS_AGE_MS) {
                g_autoptr(GBytes) packed = record_pack(state->robots);
                take_robots(host, record_span(packed));
        }
        g_hash_table_insert(hosts->by_name, host->name, host);
        return host;
}

/* ---- robots.txt ---------------------------------------------------------------------------------------------- */

static void robots_frame(uint8_t type, Span frame, void *context)
{
        if (type == CRAWLER_FRAME_RECORD)
                take_robots(context, frame);
}

static void robots_settled(Host *host)
{
        if (host->known == ROBOTS_ASKED)
                host->known = ROBOTS_UNREACHABLE;
        if (host->robots) {
                host->robots->has_fetched_ms = true;
                host->robots->fetched_ms = clock_now_ms();
        }
        keep_state(host);
        timer_start(host->hosts->wake, 0);
}

static void robots_parsed(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Host *host = context;
        (void)code;
        if (end !=
            WORKER_OK) /* RFC 9309 2.3.1: what cannot be parsed sets no rule, but a reader that died is no answer */
                log_event(LOG_WARN, "robots_unreadable", "host", host->name, "end", worker_end_name(end),
                          "detail", detail, NULL);
        robots_settled(host);
}

static void no_rules(Host *host)
{
        Robots none = ROBOTS__INIT;
        g_autoptr(GBytes) packed = record_pack(&none);
        take_robots(host, record_span(packed));
        robots_settled(host);
}

static void parse_robots(Host *host, Span body)
{
        RobotsTask task = ROBOTS_TASK__INIT;
        task.product = (char *)"overreach";
        g_autoptr(GBytes) argument = record_pack(&task);
        g_autoptr(GError) error = NULL;
        int fd = memfile_new("robots", body, &error);
        if (fd < 0) {
                log_event(LOG_ERROR, "robots", "host", host->name, "error", error->message, NULL);
                robots_settled(host);
                return;
        }
        worker_submit(host->hosts->options.pool, "robots", record_span(argument), &fd, 1,
                      (WorkerCalls){robots_frame, robots_parsed, host});
        close(fd);
}

static void note_trouble(Host *host, const FetchReply *reply)
{
        g_free(host->trouble);
        host->trouble = g_strdup(reply->detail);
}

static void robots_came(const FetchReply *reply, void *context)
{
        Host *host = context;
        int64_t now = clock_now_ms();
        switch (reply->end) {
        case FETCH_OK:
                pace_success(host->pace, now);
                parse_robots(host, reply->body);
                return;
        case FETCH_GONE:
        case FETCH_REFUSED: /* RFC 9309, 2.3.1.3: unavailable, anything may be fetched */
        case FETCH_REDIRECTS:
                pace_success(host->pace, now);
                no_rules(host);
                return;
        case FETCH_FORBIDDEN: /* nothing was asked; the requests themselves will be refused by that name */
                pace_success(host->pace, now);
                host->known = ROBOTS_KNOWN;
                robots_settled(host);
                return;
        case FETCH_CANCELLED:
                pace_cancel(host->pace);
                host->known = ROBOTS_UNKNOWN;
                return;
        default: break;
        }
        pace_failure(host->pace, now, reply->retry_after_ms);
        bool last = ++host->robots_attempts >= ROBOTS_ATTEMPTS || !fetch_end_retryable(reply->end);
        log_event(LOG_WARN, "robots_unreachable", "host", host->name, "detail", reply->detail, "then",
                  last ? "nothing else is asked of this host (RFC 9309, 2.3.1.4)" : "retry", NULL);
        host->known = last ? ROBOTS_UNREACHABLE : ROBOTS_UNKNOWN;
        host->is_down = reply->end == FETCH_CONNECT;
        note_trouble(host, reply);
        keep_state(host);
        timer_start(host->hosts->wake, 0);
}

static void ask_robots(Host *host)
{
        g_autofree char *url = g_strconcat(host->name, "/robots.txt", NULL);
        FetchWish wish = {.url = url,
                          .max_bytes =
                                  8 * (uint64_t)ROBOTS_LIMIT, /* the parser reads the first ROBOTS_LIMIT */
                          .size = -1,
                          .compressed = true,
                          .loopback = host->market->loopback};
        host->known = ROBOTS_ASKED;
        pace_begin(host->pace, clock_now_ms());
        host->hosts->requests++;
        fetch_start(host->hosts->options.fetcher, &wish, robots_came, host);
}

/* ---- requests ------------------------------------------------------------------------------------------------ */

/* A failure of the host, not of one file: another size or digest than the index states came from a host that answers. */
static bool is_trouble(FetchEnd end)
{
        return fetch_end_retryable(end) && end != FETCH_SIZE && end != FETCH_DIGEST;
}

static void fetched(const FetchReply *reply, void *context)
{
        Ask *ask = context;
        Host *host = ask->host;
        Hosts *hosts = host->hosts;
        int64_t now = clock_now_ms(), again = 0;
        g_hash_table_remove(hosts->flying, ask);
        if (reply->end == FETCH_CANCELLED || reply->end == FETCH_DISK) {
                pace_cancel(host->pace);
        } else if (is_trouble(reply->end)) {
                again = pace_failure(host->pace, now, reply->retry_after_ms);
                host->failures = reply->end == FETCH_THROTTLED ? host->failures : host->failures + 1;
                note_trouble(host, reply);
                keep_state(host);
        } else {
                pace_success(host->pace, now);
                host->failures = 0;
        }
        ask->done(ASK_DONE, reply, again, ask->context);
        ask_free(ask);
        timer_start(hosts->wake, 0);
}

static void end_ask(Ask *ask, AskEnd end)
{
        const char *trouble = ask->host->trouble ? ask->host->trouble : "it could not be read";
        g_autofree char *detail = NULL;
        switch (end) {
        case ASK_ROBOTS: detail = g_strdup_printf("robots.txt does not allow %s", ask->url); break;
        case ASK_ROBOTS_UNREACHABLE:
                detail = g_strdup_printf("no robots.txt, so nothing else is asked for: %s", trouble);
                break;
        case ASK_GIVEN_UP: detail = g_strdup_printf("the host is given up: %s", trouble); break;
        default: detail = g_strdup("stopped"); break;
        }
        ask->done(end, &(FetchReply){.detail = detail, .fd = -1, .retry_after_ms = -1}, 0, ask->context);
        ask_free(ask);
}

/* Starts what may start; says when to look again. */
static int64_t serve(Host *host, int64_t now)
{
        while (host->asks.length) {
                if (host->failures >= GIVE_UP_AFTER || host->known == ROBOTS_UNREACHABLE) {
                        bool robots = host->known == ROBOTS_UNREACHABLE && !host->is_down;
                        AskEnd end = robots ? ASK_ROBOTS_UNREACHABLE : ASK_GIVEN_UP;
                        end_ask(g_queue_pop_head(&host->asks), end);
                        continue;
                }
                if (host->known == ROBOTS_ASKED)
                        return INT64_MAX;
                int64_t wait = pace_wait(host->pace, now);
                if (wait != 0)
                        return wait < 0 ? INT64_MAX : now + wait;
                if (host->known == ROBOTS_UNKNOWN) {
                        ask_robots(host);
                        return INT64_MAX;
                }
                Ask *ask = g_queue_pop_head(&host->asks);
                if (host->market->robots && !robots_allow(host->robots, ask->url)) {
                        end_ask(ask, ASK_ROBOTS);
                        continue;
                }
                pace_begin(host->pace, now);
                host->hosts->requests++;
                g_hash_table_add(host->hosts->flying, ask);
                fetch_start(host->hosts->options.fetcher, &ask->wish, fetched, ask);
        }
        return INT64_MAX;
}

static void hosts_turn(void *context)
{
        Hosts *hosts = context;
        int64_t now = clock_now_ms(), next = INT64_MAX;
        g_autoptr(GList) all = g_hash_table_get_values(hosts->by_name); /* end_ask may add hosts */
        for (GList *l = all; l; l = l->next)
                next = MIN(next, serve(l->data, now));
        hosts->options.room(hosts->options.context);
        if (next != INT64_MAX)
                timer_start_sooner(hosts->wake, MAX(next - now, 1));
}

void hosts_ask(Hosts *hosts, const Market *market, const FetchWish *wish, AskDone done, void *context)
{
        g_autofree char *name = market_host_of(wish->url);
        g_assert(name); /* market_load and market_join let only http(s) URLs through */
        Host *host = host_find(hosts, market, name);
        g_queue_push_tail(&host->asks, ask_new(host, wish, done, context));
        timer_start(hosts->wake, 0);
}

const Market *hosts_market(const Hosts *hosts, const char *name)
{
        const Host *host = g_hash_table_lookup(hosts->by_name, name);
        return host ? host->market : NULL;
}

int hosts_room(Hosts *hosts, const Market *market, const char *name, int64_t now_ms, int64_t *at_ms)
{
        Host *host = host_find(hosts, market, name);
        *at_ms = INT64_MAX;
        if (host->failures >= GIVE_UP_AFTER || host->known == ROBOTS_UNREACHABLE)
                return (int)market->connections; /* their errands end at once, with the reason */
        int64_t wait = pace_wait(host->pace, now_ms);
        int room =
                (int)market->connections + LEASE_AHEAD - pace_in_flight(host->pace) - (int)host->asks.length;
        if (wait > 2000) { /* told to wait: leave the errands in the store */
                *at_ms = now_ms + wait;
                return 0;
        }
        return MAX(room, 0);
}

void hosts_cancel_waiting(Hosts *hosts)
{
        g_autoptr(GList) all = g_hash_table_get_values(hosts->by_name);
        for (GList *l = all; l; l = l->next) {
                Host *host = l->data;
                for (Ask *ask; (ask = g_queue_pop_head(&host->asks));) {
                        end_ask(ask, ASK_CANCELLED);
                }
        }
}

uint64_t hosts_requests(const Hosts *hosts)
{
        return hosts->requests;
}
