/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/store_words.h"

#include "core/clock.h"
#include "crawler/live.h"
#include "crawler/metrics.h"
#include "crawler/metrics_serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <uv.h>

/* ---- words: a run of two markets that asks nobody */

enum { DEADLINE_S = 20, CLIENTS = METRICS_CLIENTS_MAX };

typedef struct {
        char *folder;
        Market markets[2];
        Market *list[2];
        CrawlSettings settings;
        CrawlResult result;
        Sweep sweep;
        Run run;
} World;

static Market market_at(const char *name, const char *url)
{
        return (Market){.name = (char *)name,
                        .kind = "fdroid",
                        .url = (char *)url,
                        .loopback = true,
                        .requests_per_second = 1,
                        .connections = 2};
}

static void room(void *context)
{
        (void)context;
}

static void broken(GError *take_error, void *context)
{
        (void)context;
        fail_msg("%s", take_error->message);
}

static void open_parts(Run *run)
{
        g_autoptr(GError) error = NULL;
        run->loop = timer_loop_new();
        run->fetcher = fetcher_new(run->loop, &(FetchOptions){.user_agent = "overreach/test"}, &error);
        must_succeed(run->fetcher != NULL, error);
        run->pool = worker_pool_new(run->loop, &(WorkerOptions){.hosts = 2}, &error);
        must_succeed(run->pool != NULL, error);
        run->hosts = hosts_new(&(HostsOptions){.loop = run->loop,
                                               .store = run->store,
                                               .fetcher = run->fetcher,
                                               .pool = run->pool,
                                               .sweep = 1,
                                               .room = room,
                                               .broken = broken,
                                               .context = run});
}

static int open_world(void **state)
{
        World *w = g_new0(World, 1);
        w->folder = new_folder();
        w->markets[0] = market_at("one", "http://127.0.0.1:1/one");
        w->markets[1] = market_at("two", "http://127.0.0.2:1/two");
        w->list[0] = &w->markets[0];
        w->list[1] = &w->markets[1];
        w->settings = (CrawlSettings){.markets = w->list, .n_markets = 2, .min_free = 1000000000};
        sweep__init(&w->sweep);
        w->sweep.id = 1;
        w->sweep.name = "spring";
        w->run = (Run){.store = must_open(w->folder, STORE_CREATE),
                       .settings = &w->settings,
                       .result = &w->result,
                       .sweep = &w->sweep,
                       .owner = "me"};
        open_parts(&w->run);
        *state = w;
        return 0;
}

static int close_world(void **state)
{
        World *w = *state;
        fetcher_free(w->run.fetcher);
        hosts_free(w->run.hosts);
        worker_pool_free(w->run.pool);
        timer_loop_free(w->run.loop);
        store_close(w->run.store);
        remove_folder(w->folder);
        g_free(w);
        return 0;
}

static Metrics *must_start(World *w, const char *address, const char *samples)
{
        g_autoptr(GError) error = NULL;
        Metrics *metrics = metrics_new(&w->run, address, samples, &error);
        must_succeed(metrics != NULL, error);
        return metrics;
}

static void turn(World *w)
{
        (void)uv_run(w->run.loop, UV_RUN_NOWAIT);
}

/* An errand that waits for this host. */
static void add_errand(World *w, const char *id, const char *market, const char *host)
{
        Errand errand = errand_named(1, id, 0);
        errand.market = (char *)market;
        errand.host = (char *)host;
        assert_int_equal(must_enqueue(w->run.store, &errand), 1);
}

static void put_host(World *w, const char *host, int64_t until_ms, const char *reason)
{
        g_autoptr(GError) error = NULL;
        HostState state = HOST_STATE__INIT;
        state.host = (char *)host;
        state.has_not_before_ms = true;
        state.not_before_ms = until_ms;
        state.reason = (char *)reason;
        StoreBatch *batch = store_batch_new(w->run.store);
        put_message(batch, STORE_HOSTS, &(StoreKey){.name = host}, &state.base);
        must_succeed(store_commit(w->run.store, batch, &error), error);
}

static void never(AskEnd end, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        (void)reply, (void)again_at_ms, (void)context;
        fail_msg("a host was asked that was to be left alone, or gave up: %d", end);
}

/* A request that must wait, since its host was told so. */
static void ask_resting(World *w, size_t market, const char *reason)
{
        g_autofree char *host = market_host_of(w->markets[market].url);
        put_host(w, host, clock_now_ms() + 3600000, reason);
        FetchWish wish = {.url = w->markets[market].url, .max_bytes = 1000, .size = -1, .loopback = true};
        hosts_ask(w->run.hosts, &w->markets[market], &wish, never, NULL);
        turn(w);
}

static const Blocker *blocker_of(World *w, Arena *arena, const char *market)
{
        size_t n;
        Blocker **all;
        metrics_blockers(&w->run, arena, &n, &all);
        assert_int_equal(n, 2);
        for (size_t i = 0; i < n; i++) {
                if (g_str_equal(all[i]->market, market))
                        return all[i];
        }
        fail_msg("no blocker of %s", market);
        return NULL;
}

#define assert_reason(w, market, expected)                                                                   \
        do {                                                                                                 \
                g_autoptr(Arena) arena_ = arena_new();                                                       \
                assert_string_equal(blocker_of((w), arena_, (market))->reason, (expected));                  \
        } while (0)

/* ---- what blocks a market */

static void a_market_without_errands_has_nothing_that_waits(void **state)
{
        World *w = *state;
        assert_reason(w, "one", "nothing");
        assert_reason(w, "two", "nothing");
}

static void a_host_that_was_never_asked_blocks_nothing(void **state)
{
        World *w = *state;
        g_autoptr(Arena) arena = arena_new();
        add_errand(w, "a", "two", "http://127.0.0.2:1");
        add_errand(w, "b", "two", "http://127.0.0.2:1");
        const Blocker *two = blocker_of(w, arena, "two");
        assert_string_equal(two->reason, "free");
        assert_int_equal(two->waiting, 2);
        assert_reason(w, "one", "nothing");
}

static void what_is_no_market_s_has_a_row_of_its_own_while_it_waits(void **state)
{
        World *w = *state;
        g_autoptr(Arena) arena = arena_new();
        size_t n;
        Blocker **all;
        w->settings.policies = true;
        add_errand(w, "policy/a", "one", "https://privacy.example:443");
        add_errand(w, "policy/b", "two", "https://terms.example:443");
        metrics_blockers(&w->run, arena, &n, &all);
        assert_int_equal(n, 3);
        assert_string_equal(all[2]->market, "web");
        assert_string_equal(all[2]->reason, "free");
        assert_int_equal(all[2]->waiting, 2);
        assert_string_equal(all[0]->reason, "nothing");
}

static void a_market_alone_has_its_files_wherever_they_lie(void **state)
{
        World *w = *state;
        g_autoptr(Arena) arena = arena_new();
        size_t n;
        Blocker **all;
        w->settings.n_markets = 1;
        add_errand(w, "apk/one/a", "one", "https://cdn.example:443");
        metrics_blockers(&w->run, arena, &n, &all);
        assert_int_equal(n, 1);
        assert_string_equal(all[0]->reason, "free");
        assert_int_equal(all[0]->waiting, 1);
}

static void a_host_that_said_wait_blocks_its_market_alone(void **state)
{
        World *w = *state;
        g_autoptr(Arena) arena = arena_new();
        ask_resting(w, 0, "retry-after");
        add_errand(w, "a", "one", "http://127.0.0.1:1");
        add_errand(w, "b", "two", "http://127.0.0.2:1");
        const Blocker *one = blocker_of(w, arena, "one");
        assert_string_equal(one->reason, "retry-after");
        assert_string_equal(one->host, "http://127.0.0.1:1");
        assert_true(one->until_ms > clock_now_ms() + 3500000);
        assert_int_equal(one->waiting, 2); /* the one that was asked for, and the errand in the store */
        assert_reason(w, "two", "free");
}

static void a_low_disk_and_full_workers_block_whoever_has_errands(void **state)
{
        World *w = *state;
        add_errand(w, "a", "one", "http://127.0.0.1:1");
        w->run.disk_low = true;
        assert_reason(w, "one", "disk");
        assert_reason(w, "two", "nothing");
        w->run.disk_low = false;
        w->run.state = RUN_DRAINING;
        assert_reason(w, "one", "stopping");
}

static void a_paused_market_says_why(void **state)
{
        World *w = *state;
        g_autoptr(Arena) arena = arena_new();
        MarketResult paused = MARKET_RESULT__INIT, *results[] = {&paused};
        paused.market = "one";
        paused.outcome = "paused:shape-changed";
        paused.detail = "no \"apps\"";
        w->run.sweep->n_results = 1;
        w->run.sweep->results = results;
        add_errand(w, "a", "one", "http://127.0.0.1:1");
        const Blocker *one = blocker_of(w, arena, "one");
        assert_string_equal(one->reason, "paused");
        assert_string_equal(one->detail, "no \"apps\"");
        w->run.sweep->n_results = 0;
        w->run.sweep->results = NULL;
}

/* ---- a client */

static int dial(unsigned port)
{
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        return fd;
}

static void say(int fd, const char *text)
{
        assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes until the other side closes. */
static char *hear(uv_loop_t *loop, int fd)
{
        GString *all = g_string_new(NULL);
        char piece[4096];
        gint64 deadline = g_get_monotonic_time() + (gint64)DEADLINE_S * G_USEC_PER_SEC;
        for (;;) {
                (void)uv_run(loop, UV_RUN_NOWAIT);
                ssize_t n = recv(fd, piece, sizeof piece, 0);
                if (n == 0 || (n < 0 && errno == ECONNRESET))
                        return g_string_free(all, FALSE);
                if (n > 0)
                        g_string_append_len(all, piece, n);
                else if (g_get_monotonic_time() > deadline)
                        fail_msg("nothing came");
                else
                        g_usleep(500);
        }
}

static char *talk(uv_loop_t *loop, unsigned port, const char *request)
{
        int fd = dial(port);
        say(fd, request);
        char *reply = hear(loop, fd);
        close(fd);
        return reply;
}

/* ---- the server alone */

typedef struct {
        uv_loop_t *loop;
        MetricsServe *serve;
        Timer *sweep; /* something that keeps the loop running, as a sweep does */
        unsigned port;
} Served;

static char *a_page(void *context)
{
        (void)context;
        return g_strdup("page 1\n");
}

static int open_served(void **state)
{
        g_autoptr(GError) error = NULL;
        Served *s = g_new0(Served, 1);
        s->loop = timer_loop_new();
        s->sweep = timer_new(s->loop, room, NULL);
        timer_start(s->sweep, INT64_C(1000) * DEADLINE_S);
        s->serve = metrics_serve_new(s->loop, "127.0.0.1:0", a_page, NULL, &error);
        must_succeed(s->serve != NULL, error);
        s->port = metrics_serve_port(s->serve);
        assert_true(s->port > 0);
        *state = s;
        return 0;
}

static int close_served(void **state)
{
        Served *s = *state;
        metrics_serve_free(s->serve);
        timer_free(s->sweep);
        timer_loop_free(s->loop);
        g_free(s);
        return 0;
}

static void the_page_is_had_by_a_plain_get(void **state)
{
        Served *s = *state;
        g_autofree char *reply =
                talk(s->loop, s->port, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9464\r\n\r\n");
        assert_true(g_str_has_prefix(reply, "HTTP/1.1 200 OK\r\n"));
        assert_non_null(strstr(reply, "Content-Type: text/plain; version=0.0.4"));
        assert_non_null(strstr(reply, "Content-Length: 7\r\n"));
        assert_true(g_str_has_suffix(reply, "\r\n\r\npage 1\n"));
}

static void a_request_may_come_in_pieces(void **state)
{
        Served *s = *state;
        static const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        int fd = dial(s->port);
        for (size_t i = 0; i < strlen(request); i++) {
                const char one[] = {request[i], '\0'};
                say(fd, one);
                (void)uv_run(s->loop, UV_RUN_NOWAIT);
        }
        g_autofree char *reply = hear(s->loop, fd);
        close(fd);
        assert_true(g_str_has_prefix(reply, "HTTP/1.1 200 OK\r\n"));
}

static void everything_else_is_refused(void **state)
{
        static const struct {
                const char *request, *status;
        } cases[] = {
                {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 404 "},
                {"GET /metrics/../etc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 404 "},
                {"POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 405 "},
                {"GET /metrics HTTP/1.1\r\nHost: rebound.example:9464\r\n\r\n", "HTTP/1.1 403 "},
                {"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.example\r\n\r\n", "HTTP/1.1 403 "},
                {"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: x.example\r\n\r\n", "HTTP/1.1 403 "},
                {"GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 403 "},
                {"GET /metrics\r\n\r\n", "HTTP/1.1 400 "},
                {"\r\n\r\n", "HTTP/1.1 400 "},
                {"\x16\x03\x01 TLS?\r\n\r\n", "HTTP/1.1 400 "},
        };
        Served *s = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *reply = talk(s->loop, s->port, cases[i].request);
                if (!g_str_has_prefix(reply, cases[i].status))
                        fail_msg("case %zu: %.40s", i, reply);
        }
}

static void an_endless_request_is_cut_off(void **state)
{
        Served *s = *state;
        g_autofree char *endless = g_strnfill(METRICS_REQUEST_MAX, 'x');
        g_autofree char *reply = talk(s->loop, s->port, endless);
        assert_true(g_str_has_prefix(reply, "HTTP/1.1 431 "));
}

static void slow_clients_keep_nobody_waiting_and_are_bounded(void **state)
{
        Served *s = *state;
        int slow[CLIENTS];
        for (int i = 0; i < CLIENTS - 1; i++) {
                slow[i] = dial(s->port);
                say(slow[i], "GET /metr");
        }
        g_autofree char *reply = talk(s->loop, s->port, "GET /metrics HTTP/1.0\r\nHost: [::1]:80\r\n\r\n");
        assert_true(g_str_has_prefix(reply, "HTTP/1.1 200 OK\r\n"));
        while (metrics_serve_clients(s->serve) > CLIENTS - 1) /* until the one that was answered is gone */
                (void)uv_run(s->loop, UV_RUN_NOWAIT);
        slow[CLIENTS - 1] = dial(s->port);
        while (metrics_serve_clients(s->serve) < CLIENTS)
                (void)uv_run(s->loop, UV_RUN_NOWAIT);
        int over = dial(s->port);
        g_autofree char *none = hear(s->loop, over); /* closed at once */
        assert_string_equal(none, "");
        assert_int_equal(metrics_serve_clients(s->serve), CLIENTS);
        close(over);
        for (int i = 0; i < CLIENTS; i++)
                close(slow[i]);
}

static void only_loopback_addresses_are_listened_on(void **state)
{
        static const char *const bad[] = {
                "0.0.0.0:0", "[::]:0",      "192.168.1.1:0",   "10.0.0.1:80", "example.org:0",
                "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", ":9464",       "[::ffff:7f00:1",
                "",          "1271:0"};
        uv_loop_t *loop = timer_loop_new();
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                assert_null(metrics_serve_new(loop, bad[i], a_page, NULL, &error));
                if (!fault_is(error, FAULT_USAGE))
                        fail_msg("%s: %s", bad[i], error->message);
        }
        timer_loop_free(loop);
}

static void an_address_in_use_is_told(void **state)
{
        Served *s = *state;
        g_autoptr(GError) error = NULL;
        g_autofree char *address = g_strdup_printf("127.0.0.1:%u", s->port);
        assert_null(metrics_serve_new(s->loop, address, a_page, NULL, &error));
        assert_true(fault_is(error, FAULT_IO));
        assert_non_null(strstr(error->message, address));
}

/* ---- the page */

/* One line of the text format: a comment, or NAME[{LABEL="VALUE",...}] NUMBER. Gives the family's name. */
static char *family_of(const char *line)
{
        static GRegex *form;
        GMatchInfo *found = NULL;
        if (!form)
                form = g_regex_new("^([a-zA-Z_:][a-zA-Z0-9_:]*)"
                                   "(\\{[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\\n]|\\\\[\\\\\"n])*\""
                                   "(,[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\\n]|\\\\[\\\\\"n])*\")*\\})?"
                                   " -?[0-9.e+]+$",
                                   0, 0, NULL);
        if (!g_regex_match(form, line, 0, &found))
                fail_msg("no sample: %s", line);
        char *name = g_match_info_fetch(found, 1);
        g_match_info_free(found);
        return name;
}

/* Every family has HELP, TYPE and then its samples in one piece; no sample is there twice. */
static void check_page(const char *page)
{
        g_autoptr(GHashTable) families = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) samples = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autofree char *now = g_strdup("");
        g_autofree char *helped = NULL;
        assert_true(g_str_has_suffix(page, "\n"));
        g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
        for (guint i = 0; i + 1 < g_strv_length(lines); i++) {
                g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);
                if (g_str_has_prefix(lines[i], "# HELP ")) {
                        g_free(helped);
                        helped = g_strdup(words[2]);
                        assert_true(strlen(words[3]) > 5);
                } else if (g_str_has_prefix(lines[i], "# TYPE ")) {
                        assert_string_equal(words[2], helped);
                        bool counter = g_str_equal(words[3], "counter");
                        assert_true(counter || g_str_equal(words[3], "gauge"));
                        assert_int_equal(counter, g_str_has_suffix(words[2], "_total"));
                        g_free(now);
                        now = g_strdup(words[2]);
                        if (!g_hash_table_add(families, g_strdup(now)))
                                fail_msg("%s is there twice", now);
                } else {
                        g_autofree char *name = family_of(lines[i]);
                        assert_string_equal(name, now);
                        char *last = strrchr(lines[i], ' ');
                        if (!g_hash_table_add(samples, g_strndup(lines[i], (gsize)(last - lines[i]))))
                                fail_msg("twice: %s", lines[i]);
                }
        }
        assert_true(g_hash_table_size(families) >= 15);
}

#define assert_line(page, line)                                                                              \
        do {                                                                                                 \
                if (!strstr((page), "\n" line "\n"))                                                         \
                        fail_msg("no line \"%s\" in\n%s", line, (page));                                     \
        } while (0)

static unsigned free_port(void)
{
        struct sockaddr_in at = {.sin_family = AF_INET};
        socklen_t len = sizeof at;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
        close(fd);
        return ntohs(at.sin_port);
}

static void the_page_is_text_that_prometheus_reads(void **state)
{
        World *w = *state;
        unsigned port = free_port();
        g_autofree char *address = g_strdup_printf("127.0.0.1:%u", port);
        add_errand(w, "a", "one", "http://127.0.0.1:1");
        add_errand(w, "b", "two", "http://127.0.0.2:1");
        ask_resting(w, 0, "retry-after");
        w->run.returned = 7;
        Metrics *metrics = must_start(w, address, NULL);
        metrics_outcome(metrics, "one", "analysed");
        metrics_outcome(metrics, "one", "analysed");
        metrics_outcome(metrics, "two", "odd \"one\"\\\nline");
        metrics_flushed(metrics);
        turn(w);
        g_autofree char *reply =
                talk(w->run.loop, port, "GET /metrics HTTP/1.1\r\nHost: localhost:9464\r\n\r\n");
        metrics_free(metrics);
        const char *page = strstr(reply, "\r\n\r\n");
        assert_non_null(page);
        check_page(page + 4);
        assert_line(page, "overreach_errands{state=\"waiting\"} 2");
        assert_line(page, "overreach_outcomes_total{market=\"one\",outcome=\"analysed\"} 2");
        assert_line(page,
                    "overreach_outcomes_total{market=\"two\",outcome=\"odd \\\"one\\\"\\\\\\nline\"} 1");
        assert_line(page, "overreach_leases_returned_total 7");
        assert_line(page, "overreach_store_flushes_total 1");
        assert_line(page, "overreach_workers 2");
        assert_line(page, "overreach_market_blocked{market=\"one\",reason=\"retry-after\"} 1");
        assert_line(page, "overreach_market_blocked{market=\"two\",reason=\"free\"} 1");
        assert_line(page, "overreach_hosts_waiting 1");
        assert_non_null(
                strstr(page, "\noverreach_host_wait_seconds{host=\"http://127.0.0.1:1\",market=\"one\","));
}

/* ---- samples */

static char *contents(const char *path)
{
        char *text = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        return text;
}

static void samples_are_lines_of_as_many_fields_as_the_header_has(void **state)
{
        World *w = *state;
        g_autofree char *path = g_build_filename(w->folder, "samples.csv", NULL);
        Metrics *metrics = must_start(w, NULL, path);
        turn(w);
        metrics_free(metrics);
        metrics = must_start(w, NULL, path); /* a second run adds to it */
        metrics_free(metrics);
        g_autofree char *text = contents(path);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        assert_int_equal(g_strv_length(lines), 5); /* header, look, end, end, nothing */
        assert_true(g_str_has_prefix(lines[0], "time,at_ms,elapsed_ms,errands_waiting,"));
        assert_string_equal(lines[4], "");
        g_auto(GStrv) names = g_strsplit(lines[0], ",", -1);
        for (int i = 1; i < 4; i++) {
                g_auto(GStrv) fields = g_strsplit(lines[i], ",", -1);
                assert_int_equal(g_strv_length(fields), g_strv_length(names));
        }
}

static void a_torn_sample_ends_where_the_next_run_begins(void **state)
{
        World *w = *state;
        g_autofree char *path = g_build_filename(w->folder, "samples.csv", NULL);
        metrics_free(must_start(w, NULL, path));
        g_autofree char *before = contents(path);
        g_autofree char *torn = g_strconcat(before, "2026-11-22T03:3", NULL);
        assert_true(g_file_set_contents(path, torn, -1, NULL));
        metrics_free(must_start(w, NULL, path));
        g_autofree char *after = contents(path);
        assert_non_null(strstr(after, "2026-11-22T03:3\n2"));
}

static void a_file_of_other_columns_is_not_written_to(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(w->folder, "mine.csv", NULL);
        assert_true(g_file_set_contents(path, "a,b,c\n1,2,3\n", -1, NULL));
        assert_null(metrics_new(&w->run, NULL, path, &error));
        assert_true(fault_is(error, FAULT_USAGE));
        g_autofree char *text = contents(path);
        assert_string_equal(text, "a,b,c\n1,2,3\n");
}

static void metrics_at_a_public_address_are_refused(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        assert_null(metrics_new(&w->run, "0.0.0.0:0", NULL, &error));
        assert_true(fault_is(error, FAULT_USAGE));
}

/* ---- the Live record */

static Live *must_read_live(World *w, Arena *arena, int64_t now_ms)
{
        g_autoptr(GError) error = NULL;
        Live *live = live_read(w->run.store, 1, now_ms, arena, &error);
        must_succeed(error == NULL, error);
        return live;
}

static void a_running_sweep_has_a_live_record_and_one_that_ended_has_none(void **state)
{
        World *w = *state;
        g_autoptr(Arena) arena = arena_new();
        assert_null(must_read_live(w, arena, clock_now_ms()));
        add_errand(w, "a", "one", "http://127.0.0.1:1");
        Metrics *metrics = must_start(w, NULL, NULL);
        turn(w);
        const Live *live = must_read_live(w, arena, clock_now_ms());
        assert_non_null(live);
        assert_int_equal(live->process, getpid());
        assert_int_equal(live->n_blockers, 2);
        assert_string_equal(live->blockers[0]->reason, "free");
        assert_int_equal(live->blockers[0]->waiting, 1);
        assert_true(live->disk_free > 0);
        assert_int_equal(live->min_free, 1000000000);
        assert_null(must_read_live(w, arena, clock_now_ms() + INT64_C(2) * LIVE_FRESH_MS)); /* stale */
        metrics_free(metrics);
        assert_null(must_read_live(w, arena, clock_now_ms()));
        must_be_whole(w->run.store);
}

static void the_record_of_a_process_that_is_gone_is_not_believed(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        pid_t gone = fork();
        if (gone == 0)
                _exit(0);
        assert_int_equal(waitpid(gone, NULL, 0), gone);
        Live live = LIVE__INIT;
        live.sweep = 1;
        live.at_ms = clock_now_ms();
        live.has_process = true;
        live.process = (uint32_t)gone;
        StoreBatch *batch = store_batch_new(w->run.store);
        put_message(batch, STORE_META, &(StoreKey){.name = "live/1"}, &live.base);
        must_succeed(store_commit(w->run.store, batch, &error), error);
        assert_null(must_read_live(w, arena, clock_now_ms()));
}

static void the_closing_numbers_name_markets_outcomes_and_waits(void **state)
{
        World *w = *state;
        add_errand(w, "a", "one", "http://127.0.0.1:1");
        clock_freeze(1000000);
        Metrics *metrics = must_start(w, NULL, NULL);
        metrics_outcome(metrics, "one", "unfetched:gone");
        clock_freeze(1004500);
        turn(w);
        g_autoptr(Json) json = metrics_closing(metrics);
        metrics_free(metrics);
        clock_thaw();
        assert_true(json_real(json, "seconds", 0) == 4.5);
        assert_int_equal(json_int(json_path(json, "outcomes", "one", NULL), "unfetched:gone", 0), 1);
        assert_true(json_real(json_path(json, "blocked_seconds", "one", NULL), "free", 0) == 4.5);
        assert_true(json_real(json_path(json, "blocked_seconds", "two", NULL), "nothing", 0) == 4.5);
}

/* ---- words for people */

#define NOON INT64_C(1795348991000) /* 2026-11-22T12:03:11Z */

static void each_blocker_has_its_sentence(void **state)
{
        static const struct {
                const char *reason;
                int64_t until_ms;
                uint64_t waiting;
                const char *detail, *text;
        } cases[] = {
                {"retry-after", NOON, 34, NULL,
                 "back-off until 12:03:11Z (Retry-After), 34 waiting, 2 in flight"},
                {"back-off", NOON + INT64_C(24) * 3600000, 0, NULL,
                 "back-off until 2026-11-23T12:03:11Z (it failed), 2 in flight"},
                {"breaker", NOON, 0, NULL,
                 "back-off until 12:03:11Z (too many failures in a row), 2 in flight"},
                {"robots", NOON, 0, NULL,
                 "back-off until 12:03:11Z (robots.txt could not be had), 2 in flight"},
                {"robots", 0, 0, NULL, "its host's robots.txt is being asked for, 2 in flight"},
                {"rate", NOON - 59600, 1, NULL,
                 "the pace of its host: next request in 0.4 s, 1 waiting, 2 in flight"},
                {"connections", 0, 5, NULL, "in flight 2/2, 5 waiting"},
                {"bandwidth", 0, 0, NULL, "bandwidth, 2 in flight"},
                {"disk", 0, 0, NULL, "disk: 800.0 MB free, 1.0 GB must stay, 2 in flight"},
                {"workers", 0, 0, NULL, "workers: 8 queued, 2 in flight"},
                {"paused", 0, 9, "shape-changed: no \"apps\"",
                 "paused: shape-changed: no \"apps\", 9 waiting, 2 in flight"},
                {"nothing", 0, 0, NULL, "no errand waits, 2 in flight"},
                {"free", 0, 0, NULL, "nothing, requests go out, 2 in flight"},
                {"paused", 0, 0, "\033[2Jgone", "paused: \357\277\275[2Jgone, 2 in flight"},
        };
        Live live = LIVE__INIT;
        live.workers_queued = 8;
        live.disk_free = 800000000;
        live.min_free = 1000000000;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Blocker b = BLOCKER__INIT;
                b.market = "one";
                b.reason = (char *)cases[i].reason;
                b.until_ms = cases[i].until_ms;
                b.waiting = cases[i].waiting;
                b.detail = (char *)cases[i].detail;
                b.in_flight = b.limit = 2;
                g_autofree char *text = live_blocker_text(&b, &live, NOON - 60000);
                assert_string_equal(text, cases[i].text);
        }
}

static void a_resting_host_says_until_when_and_why(void **state)
{
        HostState host = HOST_STATE__INIT;
        host.host = "http://127.0.0.1:1";
        host.not_before_ms = NOON;
        host.reason = "retry-after";
        g_autofree char *told = live_host_text(&host, NOON - 1000);
        assert_string_equal(told, "back-off until 12:03:11Z (Retry-After)");
        host.breaker_until_ms = NOON + 60000;
        g_autofree char *broken_off = live_host_text(&host, NOON - 1000);
        assert_string_equal(broken_off, "back-off until 12:04:11Z (too many failures in a row)");
        assert_null(live_host_text(&host, NOON + 60000));
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
#define SERVED(test)   cmocka_unit_test_setup_teardown(test, open_served, close_served)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(a_market_without_errands_has_nothing_that_waits),
                IN_WORLD(a_host_that_was_never_asked_blocks_nothing),
                IN_WORLD(what_is_no_market_s_has_a_row_of_its_own_while_it_waits),
                IN_WORLD(a_market_alone_has_its_files_wherever_they_lie),
                IN_WORLD(a_host_that_said_wait_blocks_its_market_alone),
                IN_WORLD(a_low_disk_and_full_workers_block_whoever_has_errands),
                IN_WORLD(a_paused_market_says_why),
                SERVED(the_page_is_had_by_a_plain_get),
                SERVED(a_request_may_come_in_pieces),
                SERVED(everything_else_is_refused),
                SERVED(an_endless_request_is_cut_off),
                SERVED(slow_clients_keep_nobody_waiting_and_are_bounded),
                SERVED(an_address_in_use_is_told),
                cmocka_unit_test(only_loopback_addresses_are_listened_on),
                IN_WORLD(the_page_is_text_that_prometheus_reads),
                IN_WORLD(samples_are_lines_of_as_many_fields_as_the_header_has),
                IN_WORLD(a_torn_sample_ends_where_the_next_run_begins),
                IN_WORLD(a_file_of_other_columns_is_not_written_to),
                IN_WORLD(metrics_at_a_public_address_are_refused),
                IN_WORLD(a_running_sweep_has_a_live_record_and_one_that_ended_has_none),
                IN_WORLD(the_record_of_a_process_that_is_gone_is_not_believed),
                IN_WORLD(the_closing_numbers_name_markets_outcomes_and_waits),
                cmocka_unit_test(each_blocker_has_its_sentence),
                cmocka_unit_test(a_resting_host_says_until_when_and_why),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
