/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakes/fake_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 64 * 1024, BODY_MAX = 1 << 20, EVENTS = 256, SLICE_US = 100000 };

typedef struct {
        const char *market;
        const FakeRoute *routes;
        int fd;
        uint64_t asked;
} Door;

typedef struct {
        const Door *door;
        int fd;
        GString *in;
        FakeOut out;
        gsize sent;           /* of everything that `out` holds */
        int64_t wake_us;      /* nothing is sent before */
        bool answering, deaf; /* deaf: waits for room to write */
} Conn;

struct FakeServer {
        FakeServerOptions options;
        int epoll;
        GPtrArray *doors;     /* Door * */
        GHashTable *conns;    /* Conn *, all */
        GHashTable *sleepers; /* Conn * that wait for wake_us */
        GHashTable *seen;     /* "market target" -> times; kept only where there are faults */
        GPtrArray *gone;      /* Conn * to be freed after this turn */
        FILE *log;
};

static int64_t now_us(void)
{
        return g_get_monotonic_time();
}

/* ---- connections ----------------------------------------------------------------------------------------- */

static void conn_free(Conn *conn)
{
        (void)close(conn->fd);
        fake_out_clear(&conn->out);
        g_string_free(conn->out.bytes, TRUE);
        g_string_free(conn->in, TRUE);
        g_free(conn);
}

static void conn_end(FakeServer *server, Conn *conn)
{
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        if (!g_hash_table_remove(server->conns, conn))
                return;
        g_hash_table_remove(server->sleepers, conn);
        if (conn->out.reset)
                (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        (void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
        g_ptr_array_add(server->gone, conn);
}

static void watch(FakeServer *server, Conn *conn, bool write)
{
        struct epoll_event event = {.events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0), .data.ptr = conn};
        if (conn->deaf == write)
                return;
        conn->deaf = write;
        (void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, conn->fd, &event);
}

static void sleep_until(FakeServer *server, Conn *conn, int64_t at_us)
{
        conn->wake_us = at_us;
        g_hash_table_add(server->sleepers, conn);
}

/* The bytes that come at position `at` of what is sent; 0: there are none. */
static gsize next_bytes(const FakeOut *out, gsize at, const char **bytes)
{
        if (at < out->bytes->len) {
                *bytes = out->bytes->str + at;
                return out->bytes->len - at;
        }
        at -= out->bytes->len;
        if (at < out->file_len) {
                *bytes = out->file + at;
                return out->file_len - at;
        }
        if (!out->piece)
                return 0;
        at = (at - out->file_len) % out->piece->len;
        *bytes = out->piece->str + at;
        return out->piece->len - at;
}

typedef enum { SENT_ALL, SENT_SOME, SENT_NEVER } Sent;

static Sent send_some(FakeServer *server, Conn *conn)
{
        const FakeOut *out = &conn->out;
        gsize left = out->rate ? MAX(1, out->rate / 10) : 1 << 20; /* a turn: others want theirs, too */
        while (left > 0) {
                const char *bytes = NULL;
                gsize n = next_bytes(out, conn->sent, &bytes);
                if (n == 0)
                        return SENT_ALL;
                n = MIN(n, left);
                if (out->stop_at && conn->sent + n > out->stop_at)
                        n = out->stop_at - MIN(conn->sent, out->stop_at);
                if (n == 0)
                        return SENT_NEVER;
                ssize_t got = send(conn->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
                        watch(server, conn, true);
                        return SENT_SOME;
                }
                if (got <= 0) {
                        conn_end(server, conn);
                        return SENT_NEVER;
                }
                conn->sent += (gsize)got;
                left -= (gsize)got;
        }
        if (out->rate)
                sleep_until(server, conn,
                            now_us() + (out->rate < 10 ? 1000000 / (int64_t)out->rate : SLICE_US));
        else
                watch(server, conn, true);
        return SENT_SOME;
}

/* ---- requests ------------------------------------------------------------------------------------------------ */

static const FakeRoute *route_of(const Door *door, const char *method, const char *path, const char *query)
{
        for (const FakeRoute *route = door->routes; route->market; route++)
                if (strcmp(route->method, method) == 0 && g_str_has_prefix(path, route->prefix) &&
                    (strcmp(route->market, "*") == 0 || strcmp(route->market, door->market) == 0) &&
                    (!route->with || (query && strstr(query, route->with))))
                        return route;
        return NULL;
}

/* Files lie at one address for all markets; whose they are stands first in the path. */
static const char *market_of(const Door *door, const char *path, char buffer[32])
{
        const char *end = strchr(path + 1, '/');
        if (strcmp(door->market, "cdn") != 0 || !end)
                return door->market;
        (void)g_strlcpy(buffer, path + 1, MIN(32, (gsize)(end - path)));
        return buffer;
}

static unsigned times_seen(FakeServer *server, const char *market, const char *target)
{
        if (!fake_faults_any(server->options.faults))
                return 0;
        g_autofree char *key = g_strconcat(market, " ", target, NULL);
        unsigned times = GPOINTER_TO_UINT(g_hash_table_lookup(server->seen, key));
        g_hash_table_insert(server->seen, g_steal_pointer(&key), GUINT_TO_POINTER(times + 1));
        return times;
}

static void note(FakeServer *server, const FakeAsk *ask, const char *target, const FakeFault *fault,
                 int status)
{
        if (!server->log)
                return;
        g_autofree char *host = fake_header(ask->head, "Host");
        g_autofree char *agent = fake_header(ask->head, "User-Agent");
        g_autofree char *range = fake_header(ask->head, "Range");
        fprintf(server->log, "%" G_GINT64_FORMAT "\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n",
                g_get_real_time() / 1000, ask->market, host ? host : "-", ask->method, target, ask->verb,
                status, fault->name ? fault->name : "-", range ? range : "-", agent ? agent : "-");
}

static void answer(FakeServer *server, Conn *conn, char *head, const char *body)
{
        Door *door = (Door *)conn->door;
        char buffer[32];
        g_auto(GStrv) words = g_strsplit_set(head, " \r", 3);
        const char *method = words[0], *target = words[0] && words[1] ? words[1] : "/";
        g_autofree char *path = g_strndup(target, strcspn(target, "?"));
        const char *query = strchr(target, '?');
        const FakeRoute *route = route_of(door, method, path, query);
        FakeAsk ask = {
                .fakes = server->options.fakes, .market = market_of(door, path, buffer), .verb = "unknown"};
        ask.verb = route ? route->verb : "unknown";
        ask.method = method;
        ask.path = path;
        ask.query = query ? query + 1 : NULL;
        ask.head = head;
        ask.body = body;
        ask.seen = times_seen(server, ask.market, target);
        FakeFault fault = {0};
        if (!fake_faults_pick(server->options.faults, ask.market, ask.verb, target, ask.seen, door->asked++,
                              &fault))
                fault = (FakeFault){0};
        fake_answer(&ask, route, &fault, &conn->out);
        note(server, &ask, target, &fault, conn->out.status);
        conn->answering = true;
        conn->sent = 0;
        if (server->options.latency_ms)
                sleep_until(server, conn, now_us() + server->options.latency_ms * INT64_C(1000));
}

/* A whole request, with its body, is there: answers it. */
static bool take_request(FakeServer *server, Conn *conn)
{
        char *end = strstr(conn->in->str, "\r\n\r\n");
        if (!end) {
                if (conn->in->len > HEAD_MAX)
                        conn_end(server, conn);
                return false;
        }
        gsize head_len = (gsize)(end - conn->in->str) + 4;
        g_autofree char *head = g_strndup(conn->in->str, head_len);
        g_autofree char *length = fake_header(head, "Content-Length");
        gsize body_len = length ? g_ascii_strtoull(length, NULL, 10) : 0;
        if (body_len > BODY_MAX) {
                conn_end(server, conn);
                return false;
        }
        if (conn->in->len < head_len + body_len)
                return false;
        g_autofree char *body = g_strndup(conn->in->str + head_len, body_len);
        g_string_erase(conn->in, 0, (gssize)(head_len + body_len));
        answer(server, conn, head, body);
        return true;
}

/* Sends what is to be sent, and answers what was asked meanwhile. */
static void serve(FakeServer *server, Conn *conn)
{
        while (g_hash_table_contains(server->conns, conn)) {
                if (!conn->answering && !take_request(server, conn))
                        return;
                if (g_hash_table_contains(server->sleepers, conn))
                        return;
                if (send_some(server, conn) != SENT_ALL)
                        return;
                bool close = conn->out.close;
                if (close) {
                        conn_end(server, conn);
                        return;
                }
                watch(server, conn, false);
                fake_out_clear(&conn->out);
                conn->answering = false;
        }
}

static void readable(FakeServer *server, Conn *conn)
{
        char bytes[16384];
        ssize_t n = recv(conn->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                conn_end(server, conn);
                return;
        }
        g_string_append_len(conn->in, bytes, n);
}

static void let_in(FakeServer *server, const Door *door)
{
        int one = 1, fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
                return;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Conn *conn = g_new0(Conn, 1);
        *conn = (Conn){
                .door = door, .fd = fd, .in = g_string_new(NULL), .out.bytes = g_string_sized_new(16384)};
        g_hash_table_add(server->conns, conn);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
        (void)epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

FakeServer *fake_server_new(const FakeServerOptions *options, GError **error)
{
        FakeServer *server = g_new0(FakeServer, 1);
        server->options = *options;
        server->epoll = epoll_create1(EPOLL_CLOEXEC);
        server->doors = g_ptr_array_new();
        server->conns = g_hash_table_new(NULL, NULL);
        server->sleepers = g_hash_table_new(NULL, NULL);
        server->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        server->gone = g_ptr_array_new();
        server->log = options->log_path ? fopen(options->log_path, "ae") : NULL;
        if (options->log_path && !server->log) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", options->log_path,
                            g_strerror(errno));
                fake_server_free(server);
                return NULL;
        }
        return server;
}

void fake_server_free(FakeServer *server)
{
        g_autoptr(GList) all = g_hash_table_get_keys(server->conns);
        for (GList *each = all; each; each = each->next)
                conn_free(each->data);
        for (guint i = 0; i < server->doors->len; i++) {
                Door *door = server->doors->pdata[i];
                (void)close(door->fd);
                g_free(door);
        }
        g_ptr_array_unref(server->doors);
        g_ptr_array_unref(server->gone);
        g_hash_table_unref(server->conns);
        g_hash_table_unref(server->sleepers);
        g_hash_table_unref(server->seen);
        if (server->log)
                (void)fclose(server->log);
        (void)close(server->epoll);
        g_free(server);
}

bool fake_server_listen(FakeServer *server, const char *market, const char *address, int port,
                        const FakeRoute *routes, GError **error)
{
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        socklen_t len = sizeof at;
        int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
            bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 512) != 0 ||
            getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: cannot listen at %s:%d: %s",
                            market, address, port, g_strerror(errno));
                (void)close(fd);
                return false;
        }
        Door *door = g_new0(Door, 1);
        *door = (Door){.market = market, .routes = routes, .fd = fd};
        g_ptr_array_add(server->doors, door);
        g_hash_table_insert(server->options.fakes->bases, g_strdup(market),
                            g_strdup_printf("http://%s:%d", address, ntohs(at.sin_port)));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = door};
        return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Those whose time has come go on; says how long the others may sleep (milliseconds, -1: nobody does). */
static int wake(FakeServer *server)
{
        int64_t now = now_us(), next = INT64_MAX;
        g_autoptr(GPtrArray) due = g_ptr_array_new();
        GHashTableIter each;
        g_hash_table_iter_init(&each, server->sleepers);
        for (gpointer conn; g_hash_table_iter_next(&each, &conn, NULL);) {
                if (((Conn *)conn)->wake_us <= now)
                        g_ptr_array_add(due, conn);
                else
                        next = MIN(next, ((Conn *)conn)->wake_us);
        }
        for (guint i = 0; i < due->len; i++) {
                g_hash_table_remove(server->sleepers, due->pdata[i]);
                serve(server, due->pdata[i]);
        }
        if (due->len)
                return 0;
        return next == INT64_MAX ? -1 : (int)((next - now + 999) / 1000);
}

static void turn(FakeServer *server, const struct epoll_event *event)
{
        for (guint i = 0; i < server->doors->len; i++)
                if (event->data.ptr == server->doors->pdata[i]) {
                        let_in(server, event->data.ptr);
                        return;
                }
        Conn *conn = event->data.ptr;
        if (!g_hash_table_contains(server->conns, conn))
                return;
        if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                readable(server, conn);
        serve(server, conn);
}

static void bury(FakeServer *server)
{
        for (guint i = 0; i < server->gone->len; i++)
                conn_free(server->gone->pdata[i]);
        g_ptr_array_set_size(server->gone, 0);
}

bool fake_server_run(FakeServer *server, GError **error)
{
        sigset_t signals;
        (void)sigemptyset(&signals);
        (void)sigaddset(&signals, SIGTERM);
        (void)sigaddset(&signals, SIGINT);
        (void)sigprocmask(SIG_BLOCK, &signals, NULL);
        int ending = signalfd(-1, &signals, SFD_CLOEXEC);
        struct epoll_event told = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
        (void)epoll_ctl(server->epoll, EPOLL_CTL_ADD, ending, &told);
        for (bool go = true; go;) {
                int wait = wake(server);
                bury(server);
                int n = epoll_wait(server->epoll, events, EVENTS, 0);
                if (n == 0 && wait != 0) { /* idle: others may read the log */
                        if (server->log)
                                (void)fflush(server->log);
                        n = epoll_wait(server->epoll, events, EVENTS, wait);
                }
                if (n < 0 && errno != EINTR) {
                        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "epoll: %s", g_strerror(errno));
                        return false;
                }
                for (int i = 0; i < n; i++) {
                        if (events[i].data.ptr)
                                turn(server, &events[i]);
                        else
                                go = false;
                }
        }
        (void)close(ending);
        return true;
}
