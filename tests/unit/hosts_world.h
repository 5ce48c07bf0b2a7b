/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts_world.h - small servers on this machine that say exactly what a test scripted, a store, and Hosts over them, for tests of
 * crawler/hosts.h. A server takes one request a connection and closes it. */
#ifndef TESTS_HOSTS_WORLD_H
#define TESTS_HOSTS_WORLD_H

#include "unit/unit.h"

#include "core/clock.h"
#include "crawler/crawler.h"
#include "crawler/hosts.h"
#include "crawler/timer.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
        const char *path; /* begins so; the last line that fits counts */
        const char *
                reply; /* "200 <body>", "302 <URL>", "429 <Retry-After>", "503 -" (none), "drop", "garbage" */
        int delay_ms;
} Line;

typedef struct {
        int64_t at_ms;
        char *path, *head;
} Request;

typedef struct {
        int fd, port;
        char *url; /* "http://127.0.0.1:4711" */
        const Line *lines;
        size_t n_lines;
        GThread *thread;
        GMutex lock;
        GPtrArray *requests; /* Request * */
        gint stopping;
} Little;

static inline void request_free(void *data)
{
        Request *request = data;
        g_free(request->path);
        g_free(request->head);
        g_free(request);
}

static inline char *little_answer(const Line *line)
{
        const char *reply = line ? line->reply : "404 -";
        int status = atoi(reply);
        const char *rest = strchr(reply, ' ') ? strchr(reply, ' ') + 1 : "";
        if (g_str_equal(reply, "garbage"))
                return g_strdup("this is no HTTP\r\n\r\n");
        if (status >= 300 && status < 400)
                return g_strdup_printf(
                        "HTTP/1.1 %d x\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                        status, rest);
        bool wait = (status == 429 || status == 503) && *rest != '-';
        g_autofree char *header = wait ? g_strdup_printf("Retry-After: %s\r\n", rest) : g_strdup("");
        const char *body = wait ? "" : rest;
        return g_strdup_printf("HTTP/1.1 %d x\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                               status, header, strlen(body), body);
}

static inline void little_serve(Little *server, int fd)
{
        char head[8192] = "";
        size_t len = 0;
        while (len < sizeof head - 1 && !strstr(head, "\r\n\r\n")) {
                ssize_t n = recv(fd, head + len, sizeof head - 1 - len, 0);
                if (n <= 0)
                        return;
                len += (size_t)n;
                head[len] = '\0';
        }
        char path[1024] = "";
        (void)sscanf(head, "%*s %1023s", path);
        Request *request = g_new0(Request, 1);
        request->at_ms = g_get_real_time() / 1000;
        request->path = g_strdup(path);
        request->head = g_strdup(head);
        const Line *line = NULL;
        g_mutex_lock(&server->lock);
        g_ptr_array_add(server->requests, request);
        for (size_t i = 0; i < server->n_lines; i++)
                line = g_str_has_prefix(path, server->lines[i].path) ? &server->lines[i] : line;
        g_mutex_unlock(&server->lock);
        if (line && line->delay_ms)
                g_usleep((gulong)line->delay_ms * 1000);
        if (line && g_str_equal(line->reply, "drop"))
                return;
        g_autofree char *answer = little_answer(line);
        (void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
}

static inline void *little_main(void *data)
{
        Little *server = data;
        while (!g_atomic_int_get(&server->stopping)) {
                struct pollfd wait = {.fd = server->fd, .events = POLLIN};
                if (poll(&wait, 1, 20) <= 0)
                        continue;
                int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
                if (fd < 0)
                        continue;
                little_serve(server, fd);
                shutdown(fd, SHUT_WR);
                close(fd);
        }
        return NULL;
}

static inline Little *little_at(const char *address, const Line *lines, size_t n)
{
        Little *server = g_new0(Little, 1);
        struct sockaddr_in to = {.sin_family = AF_INET};
        socklen_t len = sizeof to;
        assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
        server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(server->fd, (struct sockaddr *)&to, sizeof to), 0);
        assert_int_equal(listen(server->fd, 64), 0);
        assert_int_equal(getsockname(server->fd, (struct sockaddr *)&to, &len), 0);
        server->port = ntohs(to.sin_port);
        server->url = g_strdup_printf("http://%s:%d", address, server->port);
        server->lines = lines;
        server->n_lines = n;
        server->requests = g_ptr_array_new_with_free_func(request_free);
        g_mutex_init(&server->lock);
        server->thread = g_thread_new("little", little_main, server);
        return server;
}
#define LITTLE(address, ...)                                                                                 \
        little_at(address, (const Line[]){__VA_ARGS__}, sizeof((const Line[]){__VA_ARGS__}) / sizeof(Line))

static inline void little_says(Little *server, const Line *lines,
                               size_t n) /* from now on; `lines` stay the caller's */
{
        g_mutex_lock(&server->lock);
        server->lines = lines;
        server->n_lines = n;
        g_mutex_unlock(&server->lock);
}

static inline void little_stop(Little *server)
{
        g_atomic_int_set(&server->stopping, 1);
        g_thread_join(server->thread);
        close(server->fd);
        g_ptr_array_unref(server->requests);
        g_mutex_clear(&server->lock);
        g_free(server->url);
        g_free(server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Little, little_stop)

static inline unsigned little_asked(Little *server, const char *path) /* NULL: all */
{
        unsigned n = 0;
        g_mutex_lock(&server->lock);
        for (guint i = 0; i < server->requests->len; i++) {
                const Request *request = g_ptr_array_index(server->requests, i);
                n += !path || g_str_equal(request->path, path);
        }
        g_mutex_unlock(&server->lock);
        return n;
}

/* ---- hosts over a store -------------------------------------------------------------------------------------------- */

typedef struct {
        char *folder;
        Store *store;
        uv_loop_t *loop;
        Fetcher *fetcher;
        WorkerPool *pool;
        Hosts *hosts;
        HostsOptions options;
        unsigned left; /* asks not ended */
} World;

typedef struct {
        World *w;
        AskEnd ask;
        FetchEnd end;
        char *detail, *body, *url;
        int64_t again_at_ms;
        uint64_t wire_bytes;
        int times;
} Got;

static inline void got_clear(Got *got)
{
        g_free(got->detail);
        g_free(got->body);
        g_free(got->url);
        *got = (Got){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Got, got_clear)

static inline void no_room(void *context)
{
        (void)context;
}

static inline void store_broke(GError *take_error, void *context)
{
        (void)context;
        fail_msg("%s", take_error->message);
}

/* A run begins; nothing of the one before is left but the store. */
static inline void world_start(World *w, HostsOptions options)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        char *argv[] = {self, (char *)"worker", NULL};
        w->store = store_open(w->folder, STORE_CREATE, &error);
        must_succeed(w->store != NULL, error);
        w->loop = timer_loop_new();
        w->fetcher = fetcher_new(w->loop, &(FetchOptions){.user_agent = "overreach/test", .connect_ms = 3000},
                                 &error);
        must_succeed(w->fetcher != NULL, error);
        w->pool = worker_pool_new(w->loop, &(WorkerOptions){.hosts = 1, .host_argv = argv}, &error);
        must_succeed(w->pool != NULL, error);
        options.loop = w->loop;
        options.store = w->store;
        options.fetcher = w->fetcher;
        options.pool = w->pool;
        options.room = no_room;
        options.broken = store_broke;
        options.context = w;
        w->options = options;
        w->hosts = hosts_new(&options);
        w->left = 0;
}

/* As a kill would: nothing is flushed. */
static inline void world_kill(World *w)
{
        worker_pool_free(w->pool);
        fetcher_free(w->fetcher);
        hosts_free(w->hosts);
        timer_loop_free(w->loop);
        store_close(w->store);
}

static inline void world_flush(World *w)
{
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(w->store);
        hosts_put_conduct(w->hosts, batch);
        must_succeed(store_commit(w->store, batch, &error), error);
}

static inline World *world_new(HostsOptions options)
{
        World *w = g_new0(World, 1);
        g_autoptr(GError) error = NULL;
        w->folder = g_dir_make_tmp("hosts-XXXXXX", &error);
        assert_non_null(w->folder);
        world_start(w, options);
        return w;
}

static inline int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
        (void)info, (void)type, (void)ftw;
        return remove(path);
}

static inline void world_end(World *w)
{
        world_kill(w);
        assert_int_equal(nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
        g_free(w->folder);
        g_free(w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_end)

static inline void ask_ended(AskEnd end, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Got *got = context;
        World *w = got->w;
        int times = got->times + 1;
        got_clear(got);
        *got = (Got){.w = w,
                     .ask = end,
                     .end = reply->end,
                     .detail = g_strdup(reply->detail),
                     .body = g_strndup((const char *)reply->body.data, reply->body.len),
                     .url = g_strdup(reply->url),
                     .again_at_ms = again_at_ms,
                     .wire_bytes = reply->wire_bytes,
                     .times = times};
        if (--w->left == 0)
                timer_loop_stop(w->loop);
}

static inline void begin(World *w, const Market *market, const char *base, const char *path, Got *got)
{
        g_autofree char *url = g_strconcat(base, path, NULL);
        got->w = w;
        w->left++;
        hosts_ask(w->hosts, market,
                  &(FetchWish){.url = url, .max_bytes = 1 << 20, .size = -1, .loopback = true}, ask_ended,
                  got);
        assert_int_equal(got->times, 0);
}

static inline void wait_all(World *w)
{
        if (w->left)
                timer_loop_run(w->loop);
}

static inline Got ask(World *w, const Market *market, const char *base, const char *path)
{
        Got got = {0};
        begin(w, market, base, path, &got);
        wait_all(w);
        assert_int_equal(got.times, 1);
        return got;
}

static inline void expect_fetch(const Got *got, FetchEnd end)
{
        if (got->ask != ASK_DONE || got->end != end)
                fail_msg("ask ended %d, fetch %s where %s is expected: %s", got->ask,
                         fetch_end_name(got->end), fetch_end_name(end), got->detail);
}

static inline void expect_ask(const Got *got, AskEnd end)
{
        if (got->ask != end)
                fail_msg("ask ended %d (fetch %s) where %d is expected: %s", got->ask,
                         fetch_end_name(got->end), end, got->detail);
}

typedef struct {
        const char *name;
        char *reason;
        int64_t until_ms;
        bool found;
} Looking;

static inline void look_at(const HostView *view, void *context)
{
        Looking *looking = context;
        if (!g_str_equal(view->name, looking->name))
                return;
        looking->found = true;
        looking->reason = g_strdup(view->reason ? view->reason : "nothing");
        looking->until_ms = view->until_ms;
}

static inline char *reason_of(World *w, const char *host) /* g_free it */
{
        Looking looking = {.name = host};
        hosts_each(w->hosts, look_at, &looking);
        assert_true(looking.found);
        return looking.reason;
}

static inline Conduct *conduct_of(World *w, const char *host, Arena *arena)
{
        StoreKey key = {.sweep = w->options.sweep, .name = host};
        g_autoptr(GBytes) kept = store_get(w->store, STORE_CONDUCT, &key, NULL);
        assert_non_null(kept);
        return record_conduct(arena, record_span(kept), NULL);
}

/* main() of a test's program: it is the workers' program, too. */
static inline int hosts_main(int argc, char **argv, int (*tests)(void))
{
        static const Task *const robots[] = {&crawler_task_robots};
        Task all[2] = {*robots[0], {0}};
        return argc > 1 && g_str_equal(argv[1], "worker") ? worker_host_main(all) : tests();
}

#endif
