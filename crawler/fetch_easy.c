/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch_easy.c - what curl is told of one transfer, and what it calls back. */
#include "crawler/fetch_inside.h"

#include "crawler/guard.h"

#include <netdb.h>

enum {
        REDIRECTS_MAX = 10,
        PIECE_FILE =
                512 * 1024, /* curl's read buffer: doubles the throughput of large bodies against 16 KiB */
        PIECE_PACKED =
                16 *
                1024, /* small, since curl counts a chunk's bytes only after handing them over unpacked */
        WASTE_MAX = 64 * 1024, /* of an error page that is read to keep the connection */
        DAY_S = 86400,         /* no transfer takes longer, however little it may take a second */
        WIRE_EXTRA = 1 << 20,  /* wire bytes may pass max_bytes by an eighth and this much */
};

/* ---- curl's callbacks */

void fetch_count_wire(Fetch *fetch)
{
        curl_off_t now = 0;
        if (curl_easy_getinfo(fetch->easy, CURLINFO_SIZE_DOWNLOAD_T, &now) != CURLE_OK || now < 0)
                return;
        uint64_t seen = (uint64_t)now, more = seen >= fetch->wire_body ? seen - fetch->wire_body : seen;
        fetch->wire_body = seen;
        fetch->wire += more;
        fetch->owner->bytes += more;
}

/* 1xx and redirects are not the reply we wait for. */
static bool open_body(Fetch *fetch)
{
        g_autofree char *why = NULL;
        bool redirect = fetch->head.status >= 300 && fetch->head.status < 400 && fetch->head.location;
        if (fetch->head.status < 200 || redirect)
                return true;
        FetchEnd end = intake_open(fetch->intake, &fetch->head, &why);
        return end == FETCH_OK || fetch_give_up(fetch, end, why);
}

static size_t on_header(char *line, size_t one, size_t len, void *context)
{
        Fetch *fetch = context;
        bool was_complete = fetch->head.complete;
        fetch->wire += len * one;
        fetch->owner->bytes += len * one;
        if (!head_line(&fetch->head, span_of(line, len * one)))
                return fetch_give_up(fetch, FETCH_PROTOCOL, "headers are over 256 KiB");
        if (fetch->head.complete && !was_complete && !open_body(fetch))
                return 0;
        return len;
}

static size_t on_body(char *data, size_t one, size_t len, void *context)
{
        Fetch *fetch = context;
        g_autofree char *why = NULL;
        Span bytes = span_of(data, len * one);
        fetch_count_wire(fetch);
        if (!intake_is_open(fetch->intake)) {
                fetch->waste += bytes.len;
                fetch->wasted = fetch->waste > WASTE_MAX;
                return fetch->wasted ? 0 : len;
        }
        FetchEnd end = intake_take(fetch->intake, bytes, fetch->wire_body, PIECE_PACKED, &why);
        return end == FETCH_OK || fetch_give_up(fetch, end, why) ? len : 0;
}

/* Sees what on_body does not: bodies of redirects, and compressed bytes that unpack to nothing. */
static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
        Fetch *fetch = context;
        (void)total, (void)now, (void)up_total, (void)up_now;
        fetch_count_wire(fetch);
        uint64_t extra = fetch->wish.max_bytes / 8 + WIRE_EXTRA;
        if (fetch->wire_body < extra || fetch->wire_body - extra <= fetch->wish.max_bytes)
                return 0;
        return !fetch_give_up(fetch, FETCH_TOO_LARGE, "more came over the wire than the limit and an eighth");
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
        Fetch *fetch = context;
        (void)purpose;
        socklen_t len = (socklen_t)to->addrlen;
        if (guard_is_public(&to->addr, len) || (fetch->wish.loopback && guard_is_loopback(&to->addr, len)))
                return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
        if (getnameinfo(&to->addr, len, fetch->refused, sizeof fetch->refused, NULL, 0, NI_NUMERICHOST) != 0)
                g_strlcpy(fetch->refused, "that", sizeof fetch->refused);
        return CURL_SOCKET_BAD;
}

/* Before each request, also on a connection that is used again: one opened for a loopback market is not for others. */
static int on_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
        Fetch *fetch = context;
        (void)local_ip, (void)port, (void)local_port;
        bool allowed = guard_text_is_public(ip) || (fetch->wish.loopback && guard_text_is_loopback(ip));
        fetch->connected = true;
        g_strlcpy(fetch->refused, allowed ? "" : ip, sizeof fetch->refused);
        return allowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* ---- one transfer */

static void add_header(Fetch *fetch, const char *name, const char *value)
{
        g_autofree char *line = g_strdup_printf("%s: %s", name, value);
        if (!strpbrk(line, "\r\n"))
                fetch->headers = curl_slist_append(fetch->headers, line);
}

static void set_headers(Fetch *fetch)
{
        uint64_t held = intake_held(fetch->intake);
        curl_slist_free_all(fetch->headers);
        fetch->headers = NULL;
        if (!fetch->wish.compressed) /* without it any encoding would be acceptable: RFC 9110, 12.5.3 */
                add_header(fetch, "Accept-Encoding", "identity");
        if (fetch->wish.etag)
                add_header(fetch, "If-None-Match", fetch->wish.etag);
        if (fetch->wish.last_modified)
                add_header(fetch, "If-Modified-Since", fetch->wish.last_modified);
        if (fetch->wish.range_to > 0) {
                g_autofree char *range = g_strdup_printf("bytes=%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT,
                                                         fetch->wish.range_from, fetch->wish.range_to - 1);
                add_header(fetch, "Range", range);
                if (fetch->wish.if_range)
                        add_header(fetch, "If-Range", fetch->wish.if_range);
        } else if (held > 0) {
                g_autofree char *range = g_strdup_printf("bytes=%" G_GUINT64_FORMAT "-", held);
                add_header(fetch, "Range", range);
                if (intake_validator(fetch->intake))
                        add_header(fetch, "If-Range", intake_validator(fetch->intake));
        }
        for (const char *const *line = fetch->wish.headers; line && *line; line++)
                if (!strpbrk(*line, "\r\n"))
                        fetch->headers = curl_slist_append(fetch->headers, *line);
        if (fetch->wish.body) /* no waiting for "100 Continue" */
                fetch->headers = curl_slist_append(fetch->headers, "Expect:");
        curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
}

/* The secret is on the wire only: whatever tells of the URL goes through fetch_url_of. */
static void set_target(Fetch *fetch)
{
        const FetchWish *wish = &fetch->wish;
        g_autoptr(GString) url = g_string_new(wish->url);
        if (wish->secret)
                g_string_replace(url, "{key}", wish->secret, 0);
        curl_easy_setopt(fetch->easy, CURLOPT_URL, url->str);
        if (!wish->body)
                return;
        curl_easy_setopt(fetch->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(wish->body));
        curl_easy_setopt(fetch->easy, CURLOPT_POSTFIELDS, wish->body);
}

static void set_limits(CURL *easy, const FetchOptions *o)
{
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, o->connect_ms);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, o->low_speed_bytes);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, o->low_speed_s);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, o->total_s);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a slow name server at the end */
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
}

static void set_callbacks(Fetch *fetch)
{
        CURL *easy = fetch->easy;
        curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->said);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, fetch);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
}

void fetch_set_up(Fetch *fetch)
{
        const Fetcher *fetcher = fetch->owner;
        CURL *easy = fetch->easy;
        set_target(fetch);
        curl_easy_setopt(easy, CURLOPT_USERAGENT, fetcher->user_agent);
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
                         fetch->wish.compressed ? (long)PIECE_PACKED : (long)PIECE_FILE);
        if (fetch->wish.compressed)
                curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
        if (fetcher->ca_file)
                curl_easy_setopt(easy, CURLOPT_CAINFO, fetcher->ca_file);
        set_limits(easy, &fetcher->options);
        if (fetch->wish.stay)
                curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        if (fetch->wish.speed > 0) {
                uint64_t longest = fetch->wish.max_bytes / (uint64_t)fetch->wish.speed;
                curl_easy_setopt(
                        easy, CURLOPT_TIMEOUT,
                        MAX(fetcher->options.total_s,
                            (long)MIN(
                                    longest * 2,
                                    (uint64_t)
                                            DAY_S))); /* a market that allows less than the least speed is not stalled by it */
                curl_easy_setopt(easy, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)fetch->wish.speed);
                curl_easy_setopt(
                        easy, CURLOPT_LOW_SPEED_LIMIT,
                        MIN(fetcher->options.low_speed_bytes, (long)MIN(fetch->wish.speed / 2, LONG_MAX)));
        }
        set_callbacks(fetch);
        set_headers(fetch);
}
