/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fetching a part of a file, against a server that gives ranges as the test says. The planner is a stand-in: the end of the file
 * first, then two places, then enough. */
#include "unit/hosts_world.h"

#include "crawler/tiers.h"

#include <string.h>
#include <sys/stat.h>

enum { SIZE = 10000 };

/* ---- the server: a file of a pattern, by ranges */

typedef struct {
        const char *etag;       /* its beginning; NULL: none */
        bool dated;             /* Last-Modified, other ones for other versions */
        bool ignores;           /* 200 and the whole file */
        bool cuts;              /* says a total that is a byte less */
        int status;             /* instead of anything else, from request `from` on; 0: none */
        int changes_at;         /* from this request on the file is another one; 0: never */
        bool changes_each_time; /* at every request it is another one */
        int from;
} Manner;

typedef struct {
        int fd, port;
        Manner manner;
        GThread *thread;
        gint stopping, requests, conditional; /* requests; those with If-Range */
} Server;

static char pattern(int version, uint64_t at)
{
        return (char)('a' + (at * 7 + at / 26 + (uint64_t)version * 3) % 26);
}

static void say(int fd, const char *head, const char *body, size_t len)
{
        g_autofree char *all = g_malloc(strlen(head) + len);
        memcpy(all, head, strlen(head));
        if (len)
                memcpy(all + strlen(head), body, len);
        (void)!send(fd, all, strlen(head) + len, MSG_NOSIGNAL);
}

static void serve(Server *s, int fd, const char *request)
{
        const Manner *m = &s->manner;
        if (g_str_has_prefix(request, "GET /robots.txt")) {
                say(fd, "HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", NULL, 0);
                return;
        }
        int n = g_atomic_int_add(&s->requests, 1) + 1;
        int version = m->changes_each_time ? n : m->changes_at && n >= m->changes_at;
        g_autofree char *etag = m->etag ? g_strdup_printf("%s%d\"", m->etag, version) : NULL;
        g_autofree char *date =
                m->dated ? g_strdup_printf("Sun, 0%d Nov 2026 00:00:00 GMT", version + 1) : NULL;
        g_autofree char *line = etag   ? g_strdup_printf("ETag: %s\r\n", etag)
                                : date ? g_strdup_printf("Last-Modified: %s\r\n", date)
                                       : g_strdup("");
        const char *is = etag ? etag : date;
        const char *asked = strstr(request, "Range: bytes="), *condition = strstr(request, "If-Range: ");
        uint64_t from = 0, last = 0, size = m->cuts ? SIZE - 1 : SIZE;
        if (condition)
                g_atomic_int_inc(&s->conditional);
        if (m->status && n >= m->from) {
                g_autofree char *head = g_strdup_printf(
                        "HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", m->status);
                say(fd, head, NULL, 0);
                return;
        }
        bool other = condition && !(is && g_str_has_prefix(condition + strlen("If-Range: "), is));
        bool part = asked && !m->ignores && !other &&
                    sscanf(asked, "Range: bytes=%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, &from, &last) == 2;
        last = part ? MIN(last, size - 1) : size - 1;
        g_autofree char *body = g_malloc(size);
        for (uint64_t at = from; at <= last; at++)
                body[at - from] = pattern(version, at);
        g_autofree char *range = part ? g_strdup_printf("Content-Range: bytes %" G_GUINT64_FORMAT
                                                        "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "\r\n",
                                                        from, last, size)
                                      : g_strdup("");
        g_autofree char *head = g_strdup_printf("HTTP/1.1 %d x\r\n%s%sContent-Length: %" G_GUINT64_FORMAT
                                                "\r\nConnection: close\r\n\r\n",
                                                part ? 206 : 200, line, range, last - from + 1);
        say(fd, head, body, last - from + 1);
}

static void *server_main(void *data)
{
        Server *s = data;
        while (!g_atomic_int_get(&s->stopping)) {
                struct pollfd wait = {.fd = s->fd, .events = POLLIN};
                char head[4096] = "";
                size_t len = 0;
                if (poll(&wait, 1, 20) <= 0)
                        continue;
                int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
                while (fd >= 0 && len < sizeof head - 1 && !strstr(head, "\r\n\r\n")) {
                        ssize_t n = recv(fd, head + len, sizeof head - 1 - len, 0);
                        if (n <= 0)
                                break;
                        head[len += (size_t)n] = '\0';
                }
                if (strstr(head, "\r\n\r\n"))
                        serve(s, fd, head);
                if (fd >= 0) {
                        shutdown(fd, SHUT_WR);
                        close(fd);
                }
        }
        return NULL;
}

static Server *server_new(Manner manner)
{
        Server *s = g_new0(Server, 1);
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof to;
        s->manner = manner;
        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(s->fd, (struct sockaddr *)&to, sizeof to), 0);
        assert_int_equal(listen(s->fd, 16), 0);
        assert_int_equal(getsockname(s->fd, (struct sockaddr *)&to, &len), 0);
        s->port = ntohs(to.sin_port);
        s->thread = g_thread_new("ranges", server_main, s);
        return s;
}

static void server_stop(Server *s)
{
        g_atomic_int_set(&s->stopping, 1);
        g_thread_join(s->thread);
        close(s->fd);
        g_free(s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_stop)

/* ---- the planner's stand-in, in the worker */

static bool has(const RangesTask *task, uint64_t from, uint64_t to)
{
        for (size_t i = 0; i < task->n_extents; i++) {
                if (task->extents[i]->from <= from && to <= task->extents[i]->to)
                        return true;
        }
        return false;
}

static bool plan(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const RangesTask *task =
                RECORD_UNPACK(arena, RangesTask, &ranges_task__descriptor, in->argument, error);
        struct stat st;
        Ranges ranges = RANGES__INIT;
        Extent tail = EXTENT__INIT, one = EXTENT__INIT, two = EXTENT__INIT, *list[2];
        tail.from = SIZE - 1000;
        tail.to = SIZE;
        one.from = 100;
        one.to = 300;
        two.from = 5000;
        two.to = 5500;
        ranges.wanted = list;
        if (!task || in->n_fds != 1 || fstat(in->fd[0], &st) != 0 || st.st_size != task->size)
                return fault(error, FAULT_BUG, "no file of that size");
        if (g_str_equal(task->tier, "crash"))
                abort();
        if (g_str_equal(task->tier, "whole")) {
                ranges.whole = (char *)"it would not pay";
        } else if (g_str_equal(task->tier, "wild")) {
                two.from = two.to;
                list[ranges.n_wanted++] = &two;
        } else if (!has(task, tail.from, tail.to)) {
                list[ranges.n_wanted++] = &tail;
        } else if (!has(task, one.from, one.to)) {
                list[ranges.n_wanted++] = &one;
                list[ranges.n_wanted++] = &two;
        }
        g_autoptr(GBytes) packed = record_pack(&ranges);
        return task_emit(out, 1, record_span(packed), error);
}

/* ---- one fetch */

typedef struct {
        World *w;
        int times;
        TierEnd end;
        AskEnd ask;
        FetchEnd fetch;
        char *detail, *extents;
        int64_t size;
        unsigned requests;
        uint64_t wire_bytes;
        int version; /* of the file that all its bytes are of; -1: of none */
        bool empty_elsewhere;
} Fetched;

static void fetched_clear(Fetched *f)
{
        g_free(f->detail);
        g_free(f->extents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fetched, fetched_clear)

static bool is_version(const TierReply *reply, const char *bytes, int version)
{
        for (size_t i = 0; i < reply->n_extents; i++) {
                for (uint64_t at = reply->extents[i]->from; at < reply->extents[i]->to; at++) {
                        if (bytes[at] != pattern(version, at))
                                return false;
                }
        }
        return true;
}

static void look_into(Fetched *f, const TierReply *reply)
{
        char bytes[SIZE];
        GString *text = g_string_new(NULL);
        assert_int_equal(pread(reply->fd, bytes, SIZE, 0), SIZE);
        for (size_t i = 0; i < reply->n_extents; i++)
                g_string_append_printf(text, "%s%d-%d", i ? " " : "", (int)reply->extents[i]->from,
                                       (int)reply->extents[i]->to);
        f->extents = g_string_free(text, FALSE);
        f->version = -1;
        for (int v = 9; v >= 0; v--)
                f->version = is_version(reply, bytes, v) ? v : f->version;
        f->empty_elsewhere = bytes[0] == 0 && bytes[4000] == 0 && bytes[8000] == 0;
}

static void came(const TierReply *reply, void *context)
{
        Fetched *f = context;
        f->times++;
        f->end = reply->end;
        f->detail = g_strdup(reply->detail);
        f->size = reply->size;
        f->requests = reply->requests;
        f->wire_bytes = reply->wire_bytes;
        if (reply->end == TIER_PART)
                look_into(f, reply);
        if (reply->end == TIER_FAILED) {
                f->ask = reply->ask;
                f->fetch = reply->reply->end;
        }
        timer_loop_stop(f->w->loop);
}

static const HostsOptions swift = {.sweep = 7, .base_backoff_ms = 1, .seed = 3};
static const Market market = {.name = (char *)"m",
                              .loopback = true,
                              .requests_per_second = 1000,
                              .connections = 4,
                              .url = (char *)"http://127.0.0.1"};

static Fetched fetch_as(Server *server, const char *tier, int64_t size)
{
        g_autoptr(World) w = world_new(swift);
        g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/x.apk", server->port);
        Fetched f = {.w = w};
        Tiers *tiers = tiers_new(w->hosts, w->pool);
        tiers_start(tiers, &market, &(TierWish){.url = url, .tier = tier, .size = size, .loopback = true},
                    came, &f);
        assert_int_equal(f.times, 0);
        timer_loop_run(w->loop);
        assert_int_equal(f.times, 1);
        tiers_free(tiers);
        return f;
}

static void expect_whole(const Fetched *f, const char *why)
{
        assert_int_equal(f->end, TIER_WHOLE);
        if (!strstr(f->detail, why))
                fail_msg("\"%s\" where \"%s\" is expected", f->detail, why);
}

static void pieces_come_by_absolute_ranges_and_are_of_one_file(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v"});
        g_auto(Fetched) f = fetch_as(server, "manifest", SIZE);
        assert_int_equal(f.end, TIER_PART);
        assert_string_equal(f.extents, "100-300 5000-5500 9000-10000");
        assert_int_equal(f.version, 0);
        assert_true(f.empty_elsewhere);
        assert_int_equal(f.requests, 3);
        assert_int_equal(server->requests, 3);
        assert_int_equal(server->conditional, 2); /* all but the first are under If-Range */
        assert_true(f.wire_bytes > 1700 && f.wire_bytes < 3000);
        assert_int_equal(f.size, SIZE);
}

static void a_size_that_is_not_known_costs_one_more_request(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v"});
        g_auto(Fetched) f = fetch_as(server, "manifest", -1);
        assert_int_equal(f.end, TIER_PART);
        assert_string_equal(f.extents, "100-300 5000-5500 9000-10000"); /* the same as with it */
        assert_int_equal(f.requests, 4);
        assert_int_equal(f.size, SIZE);
}

static void without_a_strong_validator_nothing_is_promised_and_nothing_asked(void **state)
{
        g_autoptr(Server) weak = server_new((Manner){.etag = "W/\"v"});
        g_auto(Fetched) f = fetch_as(weak, "manifest", SIZE);
        assert_int_equal(f.end, TIER_PART);
        assert_int_equal(weak->conditional, 0);
        g_autoptr(Server) none = server_new((Manner){0});
        g_auto(Fetched) g = fetch_as(none, "manifest", SIZE);
        assert_int_equal(g.end, TIER_PART);
        assert_int_equal(none->conditional, 0);
}

static void a_server_that_ignores_ranges_means_the_whole_file(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v", .ignores = true});
        g_auto(Fetched) f = fetch_as(server, "manifest", SIZE);
        expect_whole(&f, "HTTP 200 where a range was asked for");
        assert_int_equal(f.requests, 1);
        g_auto(Fetched) g = fetch_as(server, "manifest", -1);
        expect_whole(&g, "ignores ranges");
}

static void a_size_that_is_not_the_stated_one_means_the_whole_file(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v", .cuts = true});
        g_auto(Fetched) f = fetch_as(server, "manifest", SIZE);
        expect_whole(&f, "the market says");
}

static void a_file_that_changes_midway_is_begun_anew_once(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v", .changes_at = 2});
        g_auto(Fetched) f = fetch_as(server, "manifest", SIZE);
        assert_int_equal(f.end, TIER_PART);
        assert_int_equal(f.version, 1); /* nothing of the first one is left in it */
        assert_string_equal(f.extents, "100-300 5000-5500 9000-10000");
        assert_int_equal(f.requests, 5);
}

static void a_date_serves_where_there_is_no_tag(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.dated = true, .changes_at = 3});
        g_auto(Fetched) f = fetch_as(server, "manifest", SIZE);
        assert_int_equal(f.end, TIER_PART);
        assert_int_equal(f.version, 1);
        assert_true(server->conditional > 2);
}

static void a_file_that_goes_on_changing_is_fetched_whole(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v", .changes_each_time = true});
        g_auto(Fetched) f = fetch_as(server, "manifest", SIZE);
        expect_whole(&f, "twice");
}

static void a_request_that_fails_is_told_as_it_was(void **state)
{
        g_autoptr(Server) gone = server_new((Manner){.status = 404, .from = 1});
        g_auto(Fetched) f = fetch_as(gone, "manifest", SIZE);
        assert_int_equal(f.end, TIER_FAILED);
        assert_int_equal(f.ask, ASK_DONE);
        assert_int_equal(f.fetch, FETCH_GONE);
        g_autoptr(Server) breaks = server_new((Manner){.etag = "\"v", .status = 500, .from = 3});
        g_auto(Fetched) g = fetch_as(breaks, "manifest", SIZE);
        assert_int_equal(g.end, TIER_FAILED);
        assert_int_equal(g.fetch, FETCH_SERVER);
        assert_int_equal(g.requests, 3);
        assert_true(g.wire_bytes > 0);
}

static void what_the_planner_says_against_ranges_costs_no_request(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v"});
        g_auto(Fetched) f = fetch_as(server, "whole", SIZE);
        expect_whole(&f, "it would not pay");
        g_auto(Fetched) g = fetch_as(server, "crash", SIZE);
        expect_whole(&g, "cannot be told: crash");
        g_auto(Fetched) h = fetch_as(server, "wild", SIZE);
        expect_whole(&h, "cannot be told");
        assert_int_equal(server->requests, 0);
}

static void freeing_drops_what_is_going_on(void **state)
{
        g_autoptr(Server) server = server_new((Manner){.etag = "\"v"});
        g_autoptr(World) w = world_new(swift);
        g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/x.apk", server->port);
        Fetched f = {.w = w};
        Tiers *tiers = tiers_new(w->hosts, w->pool);
        tiers_start(tiers, &market, &(TierWish){.url = url, .tier = "manifest", .size = -1, .loopback = true},
                    came, &f);
        worker_pool_free(g_steal_pointer(&w->pool));
        fetcher_free(g_steal_pointer(&w->fetcher));
        tiers_free(tiers);
        assert_int_equal(f.times, 0);
}

static int all(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pieces_come_by_absolute_ranges_and_are_of_one_file),
                cmocka_unit_test(a_size_that_is_not_known_costs_one_more_request),
                cmocka_unit_test(without_a_strong_validator_nothing_is_promised_and_nothing_asked),
                cmocka_unit_test(a_server_that_ignores_ranges_means_the_whole_file),
                cmocka_unit_test(a_size_that_is_not_the_stated_one_means_the_whole_file),
                cmocka_unit_test(a_file_that_changes_midway_is_begun_anew_once),
                cmocka_unit_test(a_date_serves_where_there_is_no_tag),
                cmocka_unit_test(a_file_that_goes_on_changing_is_fetched_whole),
                cmocka_unit_test(a_request_that_fails_is_told_as_it_was),
                cmocka_unit_test(what_the_planner_says_against_ranges_costs_no_request),
                cmocka_unit_test(freeing_drops_what_is_going_on),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
        const Task tasks[] = {{.name = "ranges", .run = plan}, crawler_task_robots, {.name = NULL}};
        return argc > 1 && g_str_equal(argv[1], "worker") ? worker_host_main(tasks) : all();
}
