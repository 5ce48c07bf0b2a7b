/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/fault_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 64 * 1024 };

struct FaultServer {
        int fd;
        char *folder, *url;
        FILE *log;
        pthread_t acceptor;
        bool accepting;
        pthread_mutex_t lock; /* of all below; pthread's, since thread sanitizers see through it */
        pthread_cond_t idle;
        GHashTable *seen; /* target -> times */
        char *last;
        unsigned requests, connections, threads;
        guint64 sent;
        gint stopping; /* atomic */
};

bool fault_send(Exchange *x, const void *data, size_t len)
{
        const char *at = data;
        while (len > 0) {
                struct pollfd wait = {.fd = x->fd, .events = POLLOUT};
                if (g_atomic_int_get(&x->server->stopping))
                        return false;
                if (poll(&wait, 1, 50) <= 0)
                        continue;
                ssize_t n = send(x->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        continue;
                if (n <= 0)
                        return false;
                at += n;
                len -= (size_t)n;
        }
        return true;
}

bool fault_sendf(Exchange *x, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *text = g_strdup_vprintf(format, args);
        va_end(args);
        return fault_send(x, text, strlen(text));
}

void fault_count(Exchange *x, size_t len)
{
        x->sent += len;
        pthread_mutex_lock(&x->server->lock);
        x->server->sent += len;
        pthread_mutex_unlock(&x->server->lock);
}

/* Waits, but not past the end of client or server. */
bool fault_pause(Exchange *x, int ms)
{
        for (int left = ms; left > 0; left -= 20) {
                struct pollfd gone = {.fd = x->fd, .events = POLLRDHUP};
                if (g_atomic_int_get(&x->server->stopping) || poll(&gone, 1, MIN(left, 20)) > 0)
                        return false;
        }
        return true;
}

unsigned fault_seen_before(Exchange *x)
{
        return fault_server_requests(x->server, x->target) - 1;
}

/* Is the head there, and the body it announces? */
static bool is_whole(const GString *request)
{
        const char *end = strstr(request->str, "\r\n\r\n");
        if (!end)
                return false;
        const char *length = strcasestr(request->str, "\r\nContent-Length:");
        size_t body = length && length < end ? (size_t)g_ascii_strtoull(length + 17, NULL, 10) : 0;
        return request->len >= (size_t)(end + 4 - request->str) + body;
}

/* Reads a request, body and all; NULL: the client is gone. */
static char *read_head(FaultServer *server, int fd)
{
        g_autoptr(GString) head = g_string_new(NULL);
        while (!is_whole(head) && head->len < HEAD_MAX) {
                struct pollfd wait = {.fd = fd, .events = POLLIN};
                char byte[512];
                if (g_atomic_int_get(&server->stopping))
                        return NULL;
                if (poll(&wait, 1, 50) <= 0)
                        continue;
                ssize_t n = recv(fd, byte, sizeof byte, 0);
                if (n <= 0)
                        return NULL;
                g_string_append_len(head, byte, n);
        }
        return g_strdup(head->str);
}

static char *field(const char *head, const char *name)
{
        g_auto(GStrv) lines = g_strsplit(head, "\r\n", -1);
        size_t len = strlen(name);
        for (char **line = lines; *line; line++)
                if (g_ascii_strncasecmp(*line, name, len) == 0 && (*line)[len] == ':')
                        return g_strdup(g_strstrip(*line + len + 1));
        return NULL;
}

static void note_request(Exchange *x)
{
        FaultServer *server = x->server;
        pthread_mutex_lock(&server->lock);
        unsigned times = GPOINTER_TO_UINT(g_hash_table_lookup(server->seen, x->target));
        g_hash_table_insert(server->seen, g_strdup(x->target), GUINT_TO_POINTER(times + 1));
        g_free(server->last);
        server->last = g_strdup(x->head);
        server->requests++;
        pthread_mutex_unlock(&server->lock);
}

static void note_answer(Exchange *x)
{
        FaultServer *server = x->server;
        pthread_mutex_lock(&server->lock);
        if (server->log) {
                const char *condition = x->if_range ? x->if_range : x->if_none_match;
                fprintf(server->log, "GET\t%s\t%d\t%s\t%s\t%s\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\n",
                        x->target, x->status, x->range ? x->range : "-", condition ? condition : "-",
                        x->user_agent ? x->user_agent : "-", x->sent, x->came_us / 1000);
                fflush(server->log);
        }
        pthread_mutex_unlock(&server->lock);
}

static bool exchange(FaultServer *server, int fd)
{
        Exchange x = {.server = server, .fd = fd, .head = read_head(server, fd)};
        if (!x.head)
                return false;
        g_auto(GStrv) words = g_strsplit_set(x.head, " \r", 3);
        x.target = g_strdup(words[0] && words[1] ? words[1] : "/");
        x.range = field(x.head, "Range");
        x.if_range = field(x.head, "If-Range");
        x.if_none_match = field(x.head, "If-None-Match");
        x.if_modified_since = field(x.head, "If-Modified-Since");
        x.user_agent = field(x.head, "User-Agent");
        x.accept_encoding = field(x.head, "Accept-Encoding");
        x.came_us = g_get_real_time();
        note_request(&x);
        fault_answer(&x, server->folder);
        note_answer(&x);
        char *all[] = {x.head,       x.target,         x.range,
                       x.if_range,   x.if_none_match,  x.if_modified_since,
                       x.user_agent, x.accept_encoding};
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                g_free(all[i]);
        return !x.close;
}

typedef struct {
        FaultServer *server;
        int fd;
} Connection;

static void *serve(void *context)
{
        Connection *connection = context;
        FaultServer *server = connection->server;
        while (exchange(server, connection->fd))
                ;
        (void)shutdown(connection->fd, SHUT_WR);
        (void)close(connection->fd);
        g_free(connection);
        pthread_mutex_lock(&server->lock);
        server->threads--;
        pthread_cond_signal(&server->idle);
        pthread_mutex_unlock(&server->lock);
        return NULL;
}

static void *accept_all(void *context)
{
        FaultServer *server = context;
        while (!g_atomic_int_get(&server->stopping)) {
                struct pollfd wait = {.fd = server->fd, .events = POLLIN};
                int one = 1, fd = poll(&wait, 1, 50) > 0 ? accept(server->fd, NULL, NULL) : -1;
                if (fd < 0)
                        continue;
                (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                pthread_t thread;
                Connection *connection = g_new0(Connection, 1);
                *connection = (Connection){server, fd};
                pthread_mutex_lock(&server->lock);
                server->threads++;
                server->connections++;
                pthread_mutex_unlock(&server->lock);
                if (pthread_create(&thread, NULL, serve, connection) != 0)
                        g_error("pthread_create: %s", g_strerror(errno));
                (void)pthread_detach(thread);
        }
        return NULL;
}

static bool open_port(FaultServer *server, int port, GError **error)
{
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        socklen_t len = sizeof at;
        int one = 1;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&at, sizeof at) != 0 ||
            listen(server->fd, 128) != 0 || getsockname(server->fd, (struct sockaddr *)&at, &len) != 0) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot listen: %s", g_strerror(errno));
                return false;
        }
        server->url = g_strdup_printf("http://127.0.0.1:%d", ntohs(at.sin_port));
        return true;
}

FaultServer *fault_server_start(const char *folder, int port, const char *log_path, GError **error)
{
        FaultServer *server = g_new0(FaultServer, 1);
        pthread_mutex_init(&server->lock, NULL);
        pthread_cond_init(&server->idle, NULL);
        server->folder = g_strdup(folder);
        server->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        server->log = log_path ? fopen(log_path, "ae") : NULL;
        if ((log_path && !server->log) || !open_port(server, port, error)) {
                if (error && !*error)
                        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", log_path,
                                    g_strerror(errno));
                fault_server_stop(server);
                return NULL;
        }
        server->accepting = pthread_create(&server->acceptor, NULL, accept_all, server) == 0;
        return server;
}

void fault_server_stop(FaultServer *server)
{
        if (!server)
                return;
        g_atomic_int_set(&server->stopping, 1);
        if (server->accepting)
                (void)pthread_join(server->acceptor, NULL);
        pthread_mutex_lock(&server->lock);
        while (server->threads > 0)
                pthread_cond_wait(&server->idle, &server->lock);
        pthread_mutex_unlock(&server->lock);
        if (server->fd >= 0)
                (void)close(server->fd);
        if (server->log)
                (void)fclose(server->log);
        g_hash_table_unref(server->seen);
        pthread_mutex_destroy(&server->lock);
        pthread_cond_destroy(&server->idle);
        g_free(server->folder);
        g_free(server->url);
        g_free(server->last);
        g_free(server);
}

const char *fault_server_url(const FaultServer *server)
{
        return server->url;
}

unsigned fault_server_requests(FaultServer *server, const char *target)
{
        pthread_mutex_lock(&server->lock);
        unsigned n = target ? GPOINTER_TO_UINT(g_hash_table_lookup(server->seen, target)) : server->requests;
        pthread_mutex_unlock(&server->lock);
        return n;
}

unsigned fault_server_connections(FaultServer *server)
{
        pthread_mutex_lock(&server->lock);
        unsigned n = server->connections;
        pthread_mutex_unlock(&server->lock);
        return n;
}

guint64 fault_server_sent(FaultServer *server)
{
        pthread_mutex_lock(&server->lock);
        guint64 n = server->sent;
        pthread_mutex_unlock(&server->lock);
        return n;
}

char *fault_server_last(FaultServer *server)
{
        pthread_mutex_lock(&server->lock);
        char *copy = g_strdup(server->last);
        pthread_mutex_unlock(&server->lock);
        return copy;
}

void fault_server_forget(FaultServer *server)
{
        pthread_mutex_lock(&server->lock);
        g_hash_table_remove_all(server->seen);
        server->requests = server->connections = 0;
        server->sent = 0;
        pthread_mutex_unlock(&server->lock);
}
