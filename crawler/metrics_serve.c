/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/metrics_serve.h"

#include <netinet/in.h>
#include <string.h>
#include <uv.h>

enum { BACKLOG = 64, CLIENT_MS = 10000 };

struct MetricsServe {
        uv_tcp_t listener;
        char *(*page)(void *context);
        void *context;
        GQueue clients; /* of Client */
        unsigned open;  /* handles that are not closed yet; the last one frees it */
};

typedef struct {
        MetricsServe *serve;
        uv_tcp_t tcp;
        uv_timer_t patience;
        uv_write_t write;
        GList link;
        GString *reply;
        unsigned open;
        bool closing, answered;
        size_t len;
        char request[METRICS_REQUEST_MAX + 1];
} Client;

/* ---- ends */

static void serve_closed(MetricsServe *serve)
{
        if (--serve->open == 0)
                g_free(serve);
}

static void client_closed(uv_handle_t *handle)
{
        Client *client = handle->data;
        if (--client->open > 0)
                return;
        if (client->reply)
                g_string_free(client->reply, TRUE);
        serve_closed(client->serve);
        g_free(client);
}

static void client_close(Client *client)
{
        if (client->closing)
                return;
        client->closing = true;
        g_queue_unlink(&client->serve->clients, &client->link);
        uv_close((uv_handle_t *)&client->tcp, client_closed);
        uv_close((uv_handle_t *)&client->patience, client_closed);
}

static void out_of_patience(uv_timer_t *timer)
{
        client_close(timer->data);
}

/* ---- one request */

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
        Client *client = handle->data;
        (void)wanted;
        if (client->answered) /* what is sent behind a request goes nowhere, but the end is to be seen */
                *buffer = uv_buf_init(client->request, METRICS_REQUEST_MAX);
        else
                *buffer = uv_buf_init(client->request + client->len,
                                      (unsigned)(METRICS_REQUEST_MAX - client->len));
}

/* Written: no more is sent; the client closes when it has read everything, else its time runs out. */
static void half_closed(uv_shutdown_t *shutdown, int status)
{
        (void)status;
        g_free(shutdown);
}

static void written(uv_write_t *write, int status)
{
        Client *client = write->data;
        if (client->closing)
                return;
        uv_shutdown_t *shutdown = g_new0(uv_shutdown_t, 1);
        if (status == 0 && uv_shutdown(shutdown, (uv_stream_t *)&client->tcp, half_closed) == 0)
                return;
        g_free(shutdown);
        client_close(client);
}

static void answer(Client *client, const char *status, const char *more, const char *body)
{
        client->answered = true;
        client->reply = g_string_new(NULL);
        g_string_printf(
                client->reply,
                "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                "Content-Length: %zu\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                "Connection: close\r\n%s\r\n%s",
                status, strlen(body), more, body);
        uv_buf_t bytes = uv_buf_init(client->reply->str, (unsigned)client->reply->len);
        client->write.data = client;
        if (uv_write(&client->write, (uv_stream_t *)&client->tcp, &bytes, 1, written) != 0)
                client_close(client);
}

/* The value of the one Host line; NULL: none, or several. */
static char *host_of(const char *head)
{
        char *host = NULL;
        unsigned found = 0;
        g_auto(GStrv) lines = g_strsplit(head, "\r\n", -1);
        for (char **line = lines + (lines[0] != NULL); *line; line++) {
                if (g_ascii_strncasecmp(*line, "host:", 5) != 0)
                        continue;
                g_free(host);
                host = g_strstrip(g_strdup(*line + 5));
                found++;
        }
        if (found > 1)
                g_clear_pointer(&host, g_free);
        return host;
}

static bool is_loopback_name(const char *host)
{
        struct in_addr four;
        const char *end = strrchr(host, ':');
        if (g_str_has_prefix(host, "[::1]"))
                return host[5] == '\0' || host[5] == ':';
        g_autofree char *name = end ? g_strndup(host, (gsize)(end - host)) : g_strdup(host);
        return g_ascii_strcasecmp(name, "localhost") == 0 ||
               (uv_inet_pton(AF_INET, name, &four) == 0 && ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET);
}

static void answer_request(Client *client)
{
        g_auto(GStrv) words = g_strsplit_set(client->request, " \r", 4);
        g_autofree char *host = host_of(client->request);
        if (g_strv_length(words) < 3 || !g_str_has_prefix(words[2], "HTTP/1.")) {
                answer(client, "400 Bad Request", "", "not HTTP/1\n");
        } else if (!host || !is_loopback_name(host)) {
                answer(client, "403 Forbidden", "", "this is for programs on this machine\n");
        } else if (!g_str_equal(words[0], "GET")) {
                answer(client, "405 Method Not Allowed", "Allow: GET\r\n", "GET only\n");
        } else if (!g_str_equal(words[1], "/metrics")) {
                answer(client, "404 Not Found", "", "there is /metrics only\n");
        } else {
                g_autofree char *page = client->serve->page(client->serve->context);
                answer(client, "200 OK", "", page);
        }
}

static void came(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
        Client *client = stream->data;
        (void)buffer;
        if (n < 0) {
                client_close(client);
                return;
        }
        if (client->answered)
                return;
        client->len += (size_t)n;
        client->request[client->len] = '\0';
        if (strlen(client->request) < client->len)
                answer(client, "400 Bad Request", "", "a zero byte\n");
        else if (strstr(client->request, "\r\n\r\n"))
                answer_request(client);
        else if (client->len == METRICS_REQUEST_MAX)
                answer(client, "431 Request Header Fields Too Large", "", "at most 8 KiB\n");
}

/* ---- connections */

static void connected(uv_stream_t *listener, int status)
{
        MetricsServe *serve = listener->data;
        if (status != 0)
                return;
        Client *client = g_new0(Client, 1);
        client->serve = serve;
        client->link.data = client;
        client->open = 2;
        serve->open++;
        uv_tcp_init(listener->loop, &client->tcp);
        uv_timer_init(listener->loop, &client->patience);
        client->tcp.data = client->patience.data = client;
        uv_unref((uv_handle_t *)&client->tcp);
        uv_unref((uv_handle_t *)&client->patience);
        g_queue_push_tail_link(&serve->clients, &client->link);
        bool taken = uv_accept(listener, (uv_stream_t *)&client->tcp) == 0;
        if (!taken || serve->clients.length > METRICS_CLIENTS_MAX ||
            uv_read_start((uv_stream_t *)&client->tcp, give_room, came) != 0)
                client_close(client);
        else
                uv_timer_start(&client->patience, out_of_patience, CLIENT_MS, 0);
}

/* "127.0.0.1:9464" or "[::1]:9464", loopback only. */
static bool read_address(const char *text, struct sockaddr_storage *out, GError **error)
{
        const char *colon = strrchr(text, ':');
        guint64 port = 0;
        bool ok = colon && g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL);
        size_t len = ok ? (size_t)(colon - text) : 0;
        bool six = len > 2 && text[0] == '[' && text[len - 1] == ']';
        g_autofree char *name = six ? g_strndup(text + 1, len - 2) : g_strndup(text, len);
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
        if (six)
                ok = ok && uv_ip6_addr(name, (int)port, v6) == 0 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        else
                ok = ok && uv_ip4_addr(name, (int)port, v4) == 0 &&
                     ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        return ok || fault(error, FAULT_USAGE,
                           "%s: metrics are told on this machine only: 127.0.0.1:PORT or [::1]:PORT", text);
}

static void listener_closed(uv_handle_t *handle)
{
        serve_closed(handle->data);
}

MetricsServe *metrics_serve_new(uv_loop_t *loop, const char *address, char *(*page)(void *context),
                                void *context, GError **error)
{
        struct sockaddr_storage to = {0};
        if (!read_address(address, &to, error))
                return NULL;
        MetricsServe *serve = g_new0(MetricsServe, 1);
        serve->page = page;
        serve->context = context;
        serve->open = 1;
        g_queue_init(&serve->clients);
        uv_tcp_init(loop, &serve->listener);
        serve->listener.data = serve;
        int code = uv_tcp_bind(&serve->listener, (const struct sockaddr *)&to, 0);
        if (code == 0)
                code = uv_listen((uv_stream_t *)&serve->listener, BACKLOG, connected);
        uv_unref((uv_handle_t *)&serve->listener);
        if (code == 0)
                return serve;
        fault(error, FAULT_IO, "metrics at %s: %s", address, uv_strerror(code));
        metrics_serve_free(serve);
        return NULL;
}

void metrics_serve_free(MetricsServe *serve)
{
        if (!serve)
                return;
        while (serve->clients.length)
                client_close(serve->clients.head->data);
        uv_close((uv_handle_t *)&serve->listener, listener_closed);
}

unsigned metrics_serve_port(const MetricsServe *serve)
{
        struct sockaddr_storage at = {0};
        int len = sizeof at;
        if (uv_tcp_getsockname(&serve->listener, (struct sockaddr *)&at, &len) != 0)
                return 0;
        return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                              : ((struct sockaddr_in *)&at)->sin_port);
}

size_t metrics_serve_clients(const MetricsServe *serve)
{
        return serve->clients.length;
}
