/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/hosts.h"

#include "core/clock.h"
#include "crawler/hosts_inside.h"
#include "crawler/robots.h"

enum { REDIRECTS_MAX = 10 };

typedef struct {
        Host *host; /* the one it is asked of now */
        Host *home; /* the one it came for */
        Arena *arena;
        FetchWish wish; /* in the arena */
        Begun begun;
        bool stay;
        int redirects;
        uint64_t wire_bytes; /* of earlier hops */
        AskDone done;
        void *context;
} Ask;

static void hosts_turn(void *context);

int64_t hosts_now(const Hosts *hosts)
{
        return hosts->wall_ms + clock_mono_ms() - hosts->mono_ms;
}

/* ---- asks ------------------------------------------------------------------------------------------------------------ */

static void ask_free(void *data)
{
        Ask *ask = data;
        ask->home->away -= ask->host != ask->home;
        arena_free(ask->arena);
        g_free(ask);
}

static const char *const *copy_lines(Arena *arena, const char *const *lines)
{
        size_t n = lines ? g_strv_length((char **)lines) : 0;
        const char **copy = arena_array(arena, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
                copy[i] = arena_str(arena, lines[i]);
        return lines ? copy : NULL;
}

static Ask *ask_new(Host *host, const FetchWish *wish, AskDone done, void *context)
{
        Ask *ask = g_new0(Ask, 1);
        Arena *arena = ask->arena = arena_new();
        ask->host = ask->home = host;
        ask->done = done;
        ask->context = context;
        ask->stay = wish->stay;
        ask->wish = *wish;
        ask->wish.stay = true;
        ask->wish.url = arena_str(arena, wish->url);
        ask->wish.etag = arena_str(arena, wish->etag);
        ask->wish.last_modified = arena_str(arena, wish->last_modified);
        ask->wish.part_path = arena_str(arena, wish->part_path);
        ask->wish.sha256 = arena_str(arena, wish->sha256);
        ask->wish.body = arena_str(arena, wish->body);
        ask->wish.headers = copy_lines(arena, wish->headers);
        ask->wish.secret = arena_str(arena, wish->secret);
        ask->wish.if_range = arena_str(arena, wish->if_range);
        return ask;
}

static void queue_at(Host *host, Ask *ask)
{
        Hosts *hosts = host->hosts;
        g_queue_push_tail(&host->asks, ask);
        if (!host->active)
                g_ptr_array_add(hosts->active, host);
        host->active = true;
        timer_start(hosts->wake, 0);
}

static void end_ask(Ask *ask, AskEnd end)
{
        const char *trouble = ask->host->trouble ? ask->host->trouble : "it could not be read";
        g_autofree char *detail = NULL;
        switch (end) {
        case ASK_ROBOTS: detail = g_strdup_printf("robots.txt does not allow %s", ask->wish.url); break;
        case ASK_ROBOTS_UNREACHABLE:
                detail = g_strdup_printf("no robots.txt, so nothing else is asked for: %s", trouble);
                break;
        case ASK_GIVEN_UP: detail = g_strdup_printf("the host is given up: %s", trouble); break;
        default: detail = g_strdup("stopped"); break;
        }
        FetchReply reply = {
                .detail = detail, .fd = -1, .retry_after_ms = -1, .total = -1, .wire_bytes = ask->wire_bytes};
        ask->done(end, &reply, 0, ask->context);
        ask_free(ask);
}

/* ---- redirects ---------------------------------------------------------------------------------------------------------- */

/* What was said to one host is not for another. */
static void drop_secrets(Ask *ask)
{
        const char **kept = (const char **)ask->wish.headers;
        size_t n = 0;
        ask->wish.secret = NULL;
        for (const char *const *line = ask->wish.headers; line && *line; line++) {
                if (g_ascii_strncasecmp(*line, "authorization:", 14) != 0 &&
                    g_ascii_strncasecmp(*line, "cookie:", 7) != 0)
                        kept[n++] = *line;
        }
        if (kept)
                kept[n] = NULL;
}

/* True: the ask waits at the host that the redirect names. */
static bool follow(Ask *ask, const FetchReply *reply)
{
        Hosts *hosts = ask->host->hosts;
        g_autofree char *name = market_host_of(reply->location);
        if (!name || ask->redirects >= REDIRECTS_MAX)
                return false;
        if (!g_str_equal(name, ask->host->name))
                drop_secrets(ask);
        if (reply->status != 307 && reply->status != 308) /* RFC 9110, 15.4 */
                ask->wish.body = NULL;
        ask->redirects++;
        ask->wire_bytes += reply->wire_bytes;
        ask->wish.url = arena_str(ask->arena, reply->location);
        ask->home->away -= ask->host != ask->home;
        ask->host = host_find(hosts, ask->home->market, name);
        ask->home->away += ask->host != ask->home;
        queue_at(ask->host, ask);
        return true;
}

static bool is_redirect(const FetchReply *reply)
{
        return reply->end == FETCH_OK && reply->status >= 300 && reply->status < 400 && reply->location;
}

static void deliver(Ask *ask, const FetchReply *reply, int64_t again_at_ms)
{
        FetchReply whole = *reply;
        g_autofree char *detail = NULL;
        whole.wire_bytes += ask->wire_bytes;
        if (is_redirect(reply) && !ask->stay) {
                detail =
                        g_strdup_printf("redirected %s: %s",
                                        ask->redirects >= REDIRECTS_MAX ? "more than 10 times"
                                                                        : "to what is neither http nor https",
                                        reply->location);
                whole.end = FETCH_REDIRECTS;
                whole.detail = detail;
        }
        ask->done(ASK_DONE, &whole, again_at_ms, ask->context);
        ask_free(ask);
}

static void fetched(const FetchReply *reply, void *context)
{
        Ask *ask = context;
        Hosts *hosts = ask->host->hosts;
        int64_t again = host_end(ask->host, &ask->begun, reply);
        g_hash_table_remove(hosts->flying, ask);
        timer_start(hosts->wake, 0);
        if (ask->redirects > 0 && ask->host != ask->home)
                conduct_redirected(ask->host->conduct);
        if (is_redirect(reply) && !ask->stay && follow(ask, reply))
                return;
        deliver(ask, reply, again ? again - hosts_now(hosts) + clock_now_ms() : 0);
}

/* ---- turns ------------------------------------------------------------------------------------------------------------- */

static int64_t expected_bytes(const FetchWish *wish)
{
        if (wish->range_to > wish->range_from)
                return (int64_t)(wish->range_to - wish->range_from);
        return MAX(wish->size, 0);
}

static int64_t lower_speed(int64_t a, int64_t b)
{
        return a > 0 && b > 0 ? MIN(a, b) : MAX(a, b);
}

static void start(Host *host, Ask *ask, int64_t now_ms)
{
        Hosts *hosts = host->hosts;
        host_begin(host, now_ms, expected_bytes(&ask->wish), &ask->begun);
        FetchWish wish = ask->wish;
        wish.speed = lower_speed(wish.speed, bandwidth_speed(&hosts->bandwidth, &host->manners->bandwidth));
        g_hash_table_insert(hosts->flying, ask, (void *)ask_free);
        fetch_start(hosts->options.fetcher, &wish, fetched, ask);
}

/* Does the first ask end without a request? */
static bool refuse(Host *host)
{
        Ask *ask = g_queue_peek_head(&host->asks);
        AskEnd end = ASK_DONE;
        if (host_is_given_up(host))
                end = ASK_GIVEN_UP;
        else if (host->known == ROBOTS_UNREACHABLE)
                end = host->is_down ? ASK_GIVEN_UP : ASK_ROBOTS_UNREACHABLE;
        else if (host->known == ROBOTS_KNOWN && host->market->robots && !host->hosts->options.offline &&
                 !robots_allow(host->robots, ask->wish.url))
                end = ASK_ROBOTS;
        if (end == ASK_DONE)
                return false;
        if (end == ASK_ROBOTS) {
                conduct_refused(host->conduct);
                keep_later(host);
        }
        end_ask(g_queue_pop_head(&host->asks), end);
        return true;
}

/* Starts what may start; says when to look again. */
static int64_t serve(Host *host, int64_t now_ms)
{
        host_look_robots(host, now_ms);
        while (host->asks.length) {
                if (host->known == ROBOTS_ASKED)
                        return INT64_MAX;
                if (refuse(host))
                        continue;
                int64_t wait_ms = host_wait(host, now_ms, NULL);
                if (wait_ms != 0)
                        return wait_ms < 0 ? INT64_MAX : now_ms + wait_ms;
                if (host->known == ROBOTS_UNKNOWN) {
                        host_ask_robots(host);
                        return INT64_MAX;
                }
                start(host, g_queue_pop_head(&host->asks), now_ms);
        }
        return INT64_MAX;
}

/* Between a request's beginning and its first byte the loop has to turn. Where that took long (a slow disk, a busy machine), it counts
 * from now on: the host must not see it together with the next one. */
static void look_who_left(void *context)
{
        Hosts *hosts = context;
        int64_t now = hosts_now(hosts);
        for (guint i = hosts->leaving->len; i > 0; i--) {
                Host *host = g_ptr_array_index(hosts->leaving, i - 1);
                int64_t since_ms = now - host->begun_ms;
                if (since_ms < LEAVES_MS) {
                        timer_start_sooner(hosts->leave, LEAVES_MS - since_ms);
                        continue;
                }
                host->leaving = false;
                g_ptr_array_remove_index_fast(hosts->leaving, i - 1);
                if (since_ms <= HELD_UP_MS)
                        continue;
                pace_left_late(host->pace, now);
                if (host->place)
                        pace_left_late(host->place, now);
        }
}

/* Each turn begins with another host, since what hosts share (an address, bandwidth) goes to who comes first. */
static void hosts_turn(void *context)
{
        Hosts *hosts = context;
        if (hosts->leaving->len) /* the timers may both be late */
                look_who_left(hosts);
        int64_t now = hosts_now(hosts), next = INT64_MAX;
        guint n = hosts->active->len; /* more may come while asks end */
        for (guint i = 0; i < n; i++)
                next = MIN(next, serve(g_ptr_array_index(hosts->active, (hosts->turn + i) % n), now));
        for (guint i = hosts->active->len; i > 0; i--) {
                Host *host = g_ptr_array_index(hosts->active, i - 1);
                host->active = host->asks.length > 0;
                if (!host->active)
                        g_ptr_array_remove_index_fast(hosts->active, i - 1);
        }
        hosts->turn++;
        hosts->options.room(hosts->options.context);
        if (next != INT64_MAX)
                timer_start_sooner(hosts->wake, MAX(next - now, 1));
}

void hosts_ask(Hosts *hosts, const Market *market, const FetchWish *wish, AskDone done, void *context)
{
        g_autofree char *name = market_host_of(wish->url);
        g_assert(name); /* market_load and market_join let only http(s) URLs through */
        Host *host = host_find(hosts, market, name);
        queue_at(host, ask_new(host, wish, done, context));
}

void hosts_cancel_waiting(Hosts *hosts)
{
        for (guint i = 0; i < hosts->active->len; i++) {
                Host *host = g_ptr_array_index(hosts->active, i);
                for (Ask *ask; (ask = g_queue_pop_head(&host->asks));)
                        end_ask(ask, ASK_CANCELLED);
        }
}

/* ---- what others see ------------------------------------------------------------------------------------------------------ */

const Market *hosts_market(const Hosts *hosts, const char *name)
{
        const Host *host = g_hash_table_lookup(hosts->by_name, name);
        return host ? host->market : NULL;
}

uint64_t hosts_requests(const Hosts *hosts)
{
        return hosts->requests;
}

static int free_connections(const Pace *pace)
{
        return pace_connections(pace) - pace_in_flight(pace);
}

int hosts_room(Hosts *hosts, const Market *market, const char *name, int64_t now_ms, int64_t *at_ms)
{
        enum { AHEAD = 1 }; /* requests queued beyond the free connections, so that a host never idles */
        Host *host = host_find(hosts, market, name);
        int64_t now = hosts_now(hosts);
        *at_ms = INT64_MAX;
        host_look_robots(host, now);
        if (host_is_given_up(host) ||
            (host->known == ROBOTS_UNREACHABLE && host->robots_rounds >= ROBOTS_ROUNDS))
                return (int)market->connections; /* their errands end at once, with the reason */
        int64_t wait_ms = host_wait(host, now, NULL);
        if (host->known == ROBOTS_UNREACHABLE)
                wait_ms = MAX(wait_ms, host->robots_again_ms - now);
        if (wait_ms > LONG_WAIT_MS) {
                *at_ms = now_ms + wait_ms;
                return 0;
        }
        if (breaker_is_open(host->manners->breaker) && !hosts->options.offline)
                return wait_ms < 0 || host->asks.length + host->away > 0 ? 0 : 1; /* the one that tries */
        int room = free_connections(host->pace);
        if (host->place)
                room = MIN(room, free_connections(host->place));
        return MAX(room + AHEAD - (int)host->asks.length - (int)host->away, 0);
}

void hosts_each(Hosts *hosts, void (*each)(const HostView *view, void *context), void *context)
{
        GHashTableIter all;
        int64_t now = hosts_now(hosts), wall = clock_now_ms();
        g_hash_table_iter_init(&all, hosts->by_name);
        for (void *value; g_hash_table_iter_next(&all, NULL, &value);) {
                Host *host = value;
                HostView view = {.name = host->name,
                                 .market = host->market,
                                 .in_flight = pace_in_flight(host->pace),
                                 .limit = pace_connections(host->pace),
                                 .waiting = host->asks.length};
                int64_t wait_ms = host_wait(host, now, &view.reason);
                if (host->known == ROBOTS_ASKED || host->known == ROBOTS_UNREACHABLE) {
                        view.reason = "robots";
                        wait_ms = host->known == ROBOTS_ASKED ? -1 : host->robots_again_ms - now;
                }
                view.until_ms = wait_ms > 0 ? wall + wait_ms : 0;
                each(&view, context);
        }
}

/* ---- its life ------------------------------------------------------------------------------------------------------------- */

static void pace_unref(void *pace)
{
        pace_free(pace);
}

Hosts *hosts_new(const HostsOptions *options)
{
        Hosts *hosts = g_new0(Hosts, 1);
        hosts->options = *options;
        hosts->user_agent = g_strdup(options->user_agent);
        hosts->wall_ms = clock_now_ms();
        hosts->mono_ms = clock_mono_ms();
        hosts->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, host_free);
        hosts->by_market = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, manners_free);
        hosts->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pace_unref);
        hosts->active = g_ptr_array_new();
        hosts->changed = g_ptr_array_new();
        hosts->leaving = g_ptr_array_new();
        hosts->flying = g_hash_table_new(NULL, NULL);
        hosts->wake = timer_new(options->loop, hosts_turn, hosts);
        hosts->leave = timer_new(options->loop, look_who_left, hosts);
        bandwidth_init(&hosts->bandwidth, options->offline ? 0 : options->bandwidth, hosts->wall_ms);
        return hosts;
}

void hosts_free(Hosts *hosts)
{
        if (!hosts)
                return;
        timer_free(hosts->wake);
        timer_free(hosts->leave);
        GHashTableIter each;
        g_hash_table_iter_init(&each, hosts->flying);
        for (void *what, *free_it; g_hash_table_iter_next(&each, &what, &free_it);)
                ((GDestroyNotify)free_it)(what);
        for (guint i = 0; i < hosts->active->len; i++) {
                Host *host = g_ptr_array_index(hosts->active, i);
                for (Ask *ask; (ask = g_queue_pop_head(&host->asks));)
                        ask_free(ask);
        }
        g_hash_table_unref(hosts->flying);
        g_ptr_array_unref(hosts->active);
        g_ptr_array_unref(hosts->changed);
        g_ptr_array_unref(hosts->leaving);
        g_hash_table_unref(hosts->by_name);
        g_hash_table_unref(hosts->by_market);
        g_hash_table_unref(hosts->by_address);
        g_free(hosts->user_agent);
        g_free(hosts);
}
