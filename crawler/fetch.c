/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/fetch.h"

#include "core/arena.h"
#include "core/clock.h"
#include "crawler/ending.h"
#include "crawler/guard.h"
#include "crawler/loop.h"
#include "crawler/part.h"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>

enum {
        REDIRECTS_MAX = 10,
        PIECE_FILE =
                512 * 1024, /* curl's read buffer: doubles the throughput of large bodies against 16 KiB */
        PIECE_PACKED =
                16 *
                1024,  /* small, since curl counts a chunk's bytes only after handing them over unpacked */
        IDLE_MAX = 64, /* easy handles kept for the next fetch */
        WASTE_MAX = 64 * 1024, /* of an error page that is read to keep the connection */
        WIRE_EXTRA = 1 << 20,  /* wire bytes may pass max_bytes by an eighth and this much */
};

struct Fetcher {
        CURLM *multi;
        Loop *loop;
        FetchOptions options;
        char *user_agent, *ca_file;
        GQueue running;  /* of Fetch: their easy handle is in the multi handle */
        GQueue ended;    /* of Fetch: `done` is called on the next turn */
        GPtrArray *idle; /* reset easy handles; connections, TLS sessions, DNS answers stay in `multi` */
        uint64_t bytes;
};

typedef struct {
        Fetcher *owner;
        Arena *arena;
        GList link;
        FetchWish wish; /* its strings are in the arena */
        FetchDone done;
        void *context;
        CURL *easy;
        struct curl_slist *headers;
        Intake *intake;
        Head head;
        FetchEnd end;
        bool ended;     /* `end` stands: what curl says later is the echo of our stopping it */
        bool connected; /* a request was sent */
        bool wasted;    /* an error page was cut short: the status says it all */
        bool restarted; /* asked once more from 0 */
        char refused[INET6_ADDRSTRLEN]; /* address that the guard did not let through */
        uint64_t wire, wire_body;       /* all that came; of the present body */
        uint64_t waste;
        char *detail, *url;
        char said[CURL_ERROR_SIZE];
} Fetch;

/* ---- how it ended */

static void end_with(Fetch *fetch, FetchEnd end, char *take_detail) /* the first one stands */
{
        if (!fetch->ended) {
                fetch->end = end;
                fetch->detail = g_steal_pointer(&take_detail);
        }
        fetch->ended = true;
        g_free(take_detail);
}

/* The address as it stands now, without user and password. */
static char *url_of(const Fetch *fetch)
{
        const char *now = NULL;
        char *clean = NULL, *copy = NULL;
        if (!fetch->easy || curl_easy_getinfo(fetch->easy, CURLINFO_EFFECTIVE_URL, &now) != CURLE_OK ||
            !now || !now[0])
                now = fetch->wish.url;
        CURLU *url = curl_url();
        if (url && curl_url_set(url, CURLUPART_URL, now, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
                curl_url_set(url, CURLUPART_USER, NULL, 0);
                curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
                curl_url_set(url, CURLUPART_OPTIONS, NULL, 0);
                if (curl_url_get(url, CURLUPART_URL, &clean, 0) == CURLUE_OK)
                        copy = g_strdup(clean);
        }
        curl_free(clean);
        curl_url_cleanup(url);
        return copy ? copy : g_strdup("(an unreadable URL)");
}

/* Stops a running transfer from inside one of its callbacks; false, which aborts. */
static bool give_up(Fetch *fetch, FetchEnd end, const char *why)
{
        g_autofree char *url = url_of(fetch);
        end_with(fetch, end, g_strdup_printf("%s: %s", why, url));
        return false;
}

static FetchEnd end_of_code(const Fetch *fetch, CURLcode code)
{
        bool redirected = fetch->head.status >= 300 && fetch->head.status < 400;
        switch (code) {
        case CURLE_TOO_MANY_REDIRECTS: return FETCH_REDIRECTS;
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT: return redirected ? FETCH_REDIRECTS : FETCH_PROTOCOL;
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_WRITE_ERROR: /* not ours, or it would stand already: the decoder's */
        case CURLE_RANGE_ERROR:
        case CURLE_OUT_OF_MEMORY: /* this curl's word for a header line over 100 KB */ return FETCH_PROTOCOL;
        case CURLE_FILESIZE_EXCEEDED: return FETCH_TOO_LARGE; /* Content-Length past 2^63 */
        default: return FETCH_CONNECT;
        }
}

static FetchEnd judge(Fetch *fetch, CURLcode code, char **detail)
{
        bool conditional = fetch->wish.etag || fetch->wish.last_modified;
        Ending ending = {fetch->url,  fetch->said,      &fetch->head,    fetch->intake,
                         conditional, fetch->connected, fetch->wire_body};
        switch (code) {
        case CURLE_OK: return ending_whole(&ending, detail);
        case CURLE_OPERATION_TIMEDOUT: return ending_late(&ending, detail);
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM: return ending_cut(&ending, detail);
        default: break;
        }
        if (fetch->refused[0] && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
                *detail = g_strdup_printf("%s is not a public address: %s", fetch->refused, fetch->url);
                return FETCH_FORBIDDEN;
        }
        const char *said = fetch->said[0] ? fetch->said : curl_easy_strerror(code);
        *detail = g_strdup_printf("%s: %s", said, fetch->url);
        return end_of_code(fetch, code);
}

/* ---- curl's callbacks */

static void count_wire(Fetch *fetch)
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
        return end == FETCH_OK || give_up(fetch, end, why);
}

static size_t on_header(char *line, size_t one, size_t len, void *context)
{
        Fetch *fetch = context;
        bool was_complete = fetch->head.complete;
        fetch->wire += len * one;
        fetch->owner->bytes += len * one;
        if (!head_line(&fetch->head, span_of(line, len * one)))
                return give_up(fetch, FETCH_PROTOCOL, "headers are over 256 KiB");
        if (fetch->head.complete && !was_complete && !open_body(fetch))
                return 0;
        return len;
}

static size_t on_body(char *data, size_t one, size_t len, void *context)
{
        Fetch *fetch = context;
        g_autofree char *why = NULL;
        Span bytes = span_of(data, len * one);
        count_wire(fetch);
        if (!intake_is_open(fetch->intake)) {
                fetch->waste += bytes.len;
                fetch->wasted = fetch->waste > WASTE_MAX;
                return fetch->wasted ? 0 : len;
        }
        FetchEnd end = intake_take(fetch->intake, bytes, fetch->wire_body, PIECE_PACKED, &why);
        return end == FETCH_OK || give_up(fetch, end, why) ? len : 0;
}

/* Sees what on_body does not: bodies of redirects, and compressed bytes that unpack to nothing. */
static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
        Fetch *fetch = context;
        (void)total, (void)now, (void)up_total, (void)up_now;
        count_wire(fetch);
        uint64_t extra = fetch->wish.max_bytes / 8 + WIRE_EXTRA;
        if (fetch->wire_body < extra || fetch->wire_body - extra <= fetch->wish.max_bytes)
                return 0;
        return !give_up(fetch, FETCH_TOO_LARGE, "more came over the wire than the limit and an eighth");
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
        Fetch *fetch = context;
        (void)purpose;
        if (fetch->wish.loopback || guard_is_public(&to->addr, (socklen_t)to->addrlen))
                return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
        if (getnameinfo(&to->addr, (socklen_t)to->addrlen, fetch->refused, sizeof fetch->refused, NULL, 0,
                        NI_NUMERICHOST) != 0)
                g_strlcpy(fetch->refused, "that", sizeof fetch->refused);
        return CURL_SOCKET_BAD;
}

/* Before each request, also on a connection that is used again: one opened for a loopback market is not for others. */
static int on_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
        Fetch *fetch = context;
        (void)local_ip, (void)port, (void)local_port;
        bool allowed = fetch->wish.loopback || guard_text_is_public(ip);
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
        if (held > 0) {
                g_autofree char *range = g_strdup_printf("bytes=%" G_GUINT64_FORMAT "-", held);
                add_header(fetch, "Range", range);
                if (intake_validator(fetch->intake))
                        add_header(fetch, "If-Range", intake_validator(fetch->intake));
        }
        curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
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

static CURL *take_easy(Fetcher *fetcher)
{
        if (fetcher->idle->len)
                return g_ptr_array_steal_index_fast(fetcher->idle, fetcher->idle->len - 1);
        return curl_easy_init();
}

static void give_back_easy(Fetcher *fetcher, CURL *easy)
{
        if (!easy)
                return;
        curl_easy_reset(easy);
        if (fetcher->idle->len < IDLE_MAX)
                g_ptr_array_add(fetcher->idle, easy);
        else
                curl_easy_cleanup(easy);
}

static void end_soon(Fetch *fetch)
{
        g_queue_push_tail_link(&fetch->owner->ended, &fetch->link);
        loop_soon(fetch->owner->loop);
}

static void launch(Fetch *fetch)
{
        Fetcher *fetcher = fetch->owner;
        if (!fetch->easy)
                fetch->easy = take_easy(fetcher);
        if (!fetch->easy)
                g_error("curl_easy_init: no memory");
        head_clear(&fetch->head);
        fetch->wire_body = fetch->waste = 0;
        fetch->said[0] = '\0';
        curl_easy_setopt(fetch->easy, CURLOPT_URL, fetch->wish.url);
        curl_easy_setopt(fetch->easy, CURLOPT_USERAGENT, fetcher->user_agent);
        curl_easy_setopt(fetch->easy, CURLOPT_BUFFERSIZE,
                         fetch->wish.compressed ? (long)PIECE_PACKED : (long)PIECE_FILE);
        if (fetch->wish.compressed)
                curl_easy_setopt(fetch->easy, CURLOPT_ACCEPT_ENCODING, "");
        if (fetcher->ca_file)
                curl_easy_setopt(fetch->easy, CURLOPT_CAINFO, fetcher->ca_file);
        set_limits(fetch->easy, &fetcher->options);
        set_callbacks(fetch);
        set_headers(fetch);
        CURLMcode code = curl_multi_add_handle(fetcher->multi, fetch->easy);
        if (code == CURLM_OK) {
                g_queue_push_tail_link(&fetcher->running, &fetch->link);
                return;
        }
        fetch->url = url_of(fetch);
        end_with(fetch, FETCH_PROTOCOL, g_strdup_printf("%s: %s", curl_multi_strerror(code), fetch->url));
        end_soon(fetch);
}

static void fetch_free(Fetch *fetch)
{
        head_clear(&fetch->head);
        curl_slist_free_all(fetch->headers);
        arena_free(fetch->arena);
        g_free(fetch->detail);
        g_free(fetch->url);
        g_free(fetch);
}

static void deliver(Fetch *fetch)
{
        bool ok = fetch->end == FETCH_OK;
        FetchReply reply = {
                .end = fetch->end,
                .status = fetch->head.status,
                .detail = fetch->detail,
                .fd = ok ? intake_fd(fetch->intake) : -1,
                .sha256 = ok ? intake_sha256(fetch->intake) : NULL,
                .etag = fetch->head.etag,
                .last_modified = fetch->head.last_modified,
                .retry_after_ms = head_retry_after_ms(fetch->head.retry_after, clock_now_ms()),
                .wire_bytes = fetch->wire,
                .resumed = fetch->intake && intake_resumed(fetch->intake),
                .url = fetch->url ? fetch->url : fetch->wish.url,
        };
        if (ok) {
                reply.body = intake_body(fetch->intake);
        } else { /* whoever is told of a failure finds the part settled */
                intake_close(fetch->intake, fetch->end);
                fetch->intake = NULL;
        }
        give_back_easy(fetch->owner, fetch->easy);
        fetch->easy = NULL;
        fetch->done(&reply, fetch->context);
        intake_close(fetch->intake, fetch->end);
        fetch_free(fetch);
}

/* The held bytes did not fit the reply: once more, from 0. */
static bool start_over(Fetch *fetch)
{
        g_autofree char *why = NULL;
        if (!intake_must_restart(fetch->intake) || fetch->restarted)
                return false;
        fetch->restarted = true;
        fetch->ended = false;
        g_clear_pointer(&fetch->detail, g_free);
        if (!intake_restart(fetch->intake, &why)) {
                end_with(fetch, FETCH_DISK, g_steal_pointer(&why));
                return false;
        }
        g_clear_pointer(&fetch->url, g_free);
        launch(fetch);
        return true;
}

static void conclude(Fetch *fetch, CURLcode code)
{
        count_wire(fetch);
        fetch->url = url_of(fetch);
        curl_multi_remove_handle(fetch->owner->multi, fetch->easy);
        g_queue_unlink(&fetch->owner->running, &fetch->link);
        if (start_over(fetch))
                return;
        char *detail = NULL;
        FetchEnd end = fetch->ended ? fetch->end : judge(fetch, fetch->wasted ? CURLE_OK : code, &detail);
        end_with(fetch, end, detail);
        deliver(fetch);
}

/* ---- curl's multi interface on the loop */

static void act(Fetcher *fetcher, curl_socket_t fd, int seen)
{
        int left = 0;
        curl_multi_socket_action(fetcher->multi, fd, seen, &left);
        for (CURLMsg *message; (message = curl_multi_info_read(fetcher->multi, &left));) {
                void *fetch = NULL;
                if (message->msg == CURLMSG_DONE &&
                    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch) == CURLE_OK)
                        conclude(fetch, message->data.result);
        }
}

static void on_socket_ready(int fd, unsigned events, void *context)
{
        act(context, fd,
            (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(void *context)
{
        act(context, CURL_SOCKET_TIMEOUT, 0);
}

static void on_soon(void *context)
{
        Fetcher *fetcher = context;
        for (guint n = fetcher->ended.length; n > 0; n--) /* what ends meanwhile waits for the next turn */
                deliver(g_queue_pop_head_link(&fetcher->ended)->data);
}

static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
        Fetcher *fetcher = context;
        (void)easy, (void)socket_context;
        if (what == CURL_POLL_REMOVE) {
                loop_unwatch(fetcher->loop, fd);
                return 0;
        }
        unsigned events = (what != CURL_POLL_OUT ? LOOP_READ : 0) | (what != CURL_POLL_IN ? LOOP_WRITE : 0);
        return loop_watch(fetcher->loop, fd, events) ? 0 : -1;
}

static int on_timer_wanted(CURLM *multi, long delay_ms, void *context)
{
        Fetcher *fetcher = context;
        (void)multi;
        loop_timer(fetcher->loop, delay_ms);
        return 0;
}

static void set_multi(Fetcher *fetcher)
{
        CURLM *multi = fetcher->multi;
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher);
        curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
        curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, fetcher->options.per_host);
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 256L);
}

static void set_defaults(FetchOptions *o)
{
        o->connect_ms = o->connect_ms > 0 ? o->connect_ms : 10000;
        o->low_speed_bytes = o->low_speed_bytes > 0 ? o->low_speed_bytes : 1024;
        o->low_speed_s = o->low_speed_s > 0 ? o->low_speed_s : 30;
        o->total_s = o->total_s > 0 ? o->total_s : 1800;
        o->per_host = o->per_host > 0 ? o->per_host : 16;
}

Fetcher *fetcher_new(uv_loop_t *loop, const FetchOptions *options, GError **error)
{
        CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
        CURLM *multi = code == CURLE_OK ? curl_multi_init() : NULL;
        if (!multi) {
                fault(error, FAULT_BUG, "libcurl cannot be started: %s", curl_easy_strerror(code));
                return NULL;
        }
        Fetcher *fetcher = g_new0(Fetcher, 1);
        fetcher->multi = multi;
        fetcher->options = *options;
        set_defaults(&fetcher->options);
        fetcher->user_agent = g_strdup(options->user_agent);
        fetcher->ca_file = g_strdup(options->ca_file);
        fetcher->idle = g_ptr_array_new();
        fetcher->loop = loop_new(loop, (LoopCalls){on_socket_ready, on_timer, on_soon, fetcher});
        set_multi(fetcher);
        return fetcher;
}

static void stop(Fetch *fetch)
{
        fetch->url = url_of(fetch);
        curl_multi_remove_handle(fetch->owner->multi, fetch->easy);
        g_queue_unlink(&fetch->owner->running, &fetch->link);
        end_with(fetch, FETCH_CANCELLED, g_strdup_printf("stopped: %s", fetch->url));
}

void fetch_cancel_all(Fetcher *fetcher)
{
        for (GList *link; (link = fetcher->running.head);) {
                Fetch *fetch = link->data;
                stop(fetch);
                end_soon(fetch);
        }
}

static void discard(Fetch *fetch)
{
        intake_close(fetch->intake, fetch->end);
        curl_easy_cleanup(fetch->easy);
        fetch_free(fetch);
}

void fetcher_free(Fetcher *fetcher)
{
        if (!fetcher)
                return;
        fetch_cancel_all(fetcher);
        for (GList *link; (link = g_queue_pop_head_link(&fetcher->ended));)
                discard(link->data);
        for (guint i = 0; i < fetcher->idle->len; i++)
                curl_easy_cleanup(fetcher->idle->pdata[i]);
        g_ptr_array_free(fetcher->idle, TRUE);
        curl_multi_cleanup(fetcher->multi);
        loop_free(fetcher->loop);
        g_free(fetcher->user_agent);
        g_free(fetcher->ca_file);
        g_free(fetcher);
        curl_global_cleanup();
}

void fetch_start(Fetcher *fetcher, const FetchWish *wish, FetchDone done, void *context)
{
        Fetch *fetch = g_new0(Fetch, 1);
        g_autofree char *why = NULL;
        fetch->owner = fetcher;
        fetch->arena = arena_new();
        fetch->link.data = fetch;
        fetch->wish = *wish;
        fetch->wish.url = arena_str(fetch->arena, wish->url);
        fetch->wish.etag = arena_str(fetch->arena, wish->etag);
        fetch->wish.last_modified = arena_str(fetch->arena, wish->last_modified);
        fetch->wish.part_path = arena_str(fetch->arena, wish->part_path);
        fetch->wish.sha256 = arena_str(fetch->arena, wish->sha256);
        fetch->done = done;
        fetch->context = context;
        fetch->intake = intake_new(wish, &why);
        if (fetch->intake && !intake_is_whole(fetch->intake)) {
                launch(fetch);
                return;
        }
        fetch->url = url_of(fetch);
        if (fetch->intake)
                end_with(fetch, FETCH_OK, g_strdup_printf("was whole already: %s", fetch->url));
        else
                end_with(fetch, FETCH_DISK, g_steal_pointer(&why));
        end_soon(fetch);
}

size_t fetch_running(const Fetcher *fetcher)
{
        return fetcher->running.length + fetcher->ended.length;
}

uint64_t fetch_bytes(const Fetcher *fetcher)
{
        return fetcher->bytes;
}

void fetch_forget(const char *part_path)
{
        part_remove(part_path);
}
