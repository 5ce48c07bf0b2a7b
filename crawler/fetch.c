/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch.c - the life of a transfer, and curl's multi interface on the loop. */
#include "crawler/fetch.h"

#include "core/clock.h"
#include "crawler/fetch_inside.h"
#include "crawler/part.h"
#include "crawler/replay.h"

enum { IDLE_MAX = 64 /* easy handles kept for the next fetch */ };

/* ---- how it ended */

void fetch_end_with(Fetch *fetch, FetchEnd end, char *take_detail) /* the first one stands */
{
        if (!fetch->ended) {
                fetch->end = end;
                fetch->detail = g_steal_pointer(&take_detail);
        }
        fetch->ended = true;
        g_free(take_detail);
}

char *fetch_without_secret(const Fetch *fetch, const char *text)
{
        if (!text)
                return NULL;
        GString *clean = g_string_new(text);
        if (fetch->wish.secret)
                g_string_replace(clean, fetch->wish.secret, "{key}", 0);
        return g_string_free(clean, FALSE);
}

/* The address as it stands now. */
char *fetch_url_of(const Fetch *fetch)
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
        g_autofree char *told = copy;
        return told ? fetch_without_secret(fetch, told) : g_strdup("(an unreadable URL)");
}

/* Stops a running transfer from inside one of its callbacks; false, which aborts. */
bool fetch_give_up(Fetch *fetch, FetchEnd end, const char *why)
{
        g_autofree char *url = fetch_url_of(fetch);
        fetch_end_with(fetch, end, g_strdup_printf("%s: %s", why, url));
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
        if (code == CURLE_OK && fetch->wish.stay && fetch->location) {
                *detail = g_strdup_printf("HTTP %d from %s", fetch->head.status, fetch->url);
                return FETCH_OK;
        }
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
        g_autofree char *said =
                fetch_without_secret(fetch, fetch->said[0] ? fetch->said : curl_easy_strerror(code));
        *detail = g_strdup_printf("%s: %s", said, fetch->url);
        return end_of_code(fetch, code);
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
        fetch_set_up(fetch);
        CURLMcode code = curl_multi_add_handle(fetcher->multi, fetch->easy);
        if (code == CURLM_OK) {
                g_queue_push_tail_link(&fetcher->running, &fetch->link);
                return;
        }
        fetch->url = fetch_url_of(fetch);
        fetch_end_with(fetch, FETCH_PROTOCOL,
                       g_strdup_printf("%s: %s", curl_multi_strerror(code), fetch->url));
        end_soon(fetch);
}

static void fetch_free(Fetch *fetch)
{
        head_clear(&fetch->head);
        curl_slist_free_all(fetch->headers);
        arena_free(fetch->arena);
        g_free(fetch->detail);
        g_free(fetch->url);
        g_free(fetch->content_type);
        g_free(fetch->location);
        g_free(fetch->address);
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
                .content_type = fetch->content_type,
                .location = fetch->location,
                .address = fetch->address,
                .total = fetch->intake ? intake_total(fetch->intake) : -1,
        };
        if (ok) {
                reply.body = intake_body(fetch->intake);
        } else { /* whoever is told of a failure finds the part settled */
                intake_close(fetch->intake, fetch->end);
                fetch->intake = NULL;
        }
        give_back_easy(fetch->owner, fetch->easy);
        fetch->easy = NULL;
        struct Replay *replay = fetch->owner->options.replay;
        if (replay && replay_mode(replay) == REPLAY_KEEP && fetch->end != FETCH_CANCELLED)
                replay_keep(replay, &fetch->wish, &reply);
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
                fetch_end_with(fetch, FETCH_DISK, g_steal_pointer(&why));
                return false;
        }
        g_clear_pointer(&fetch->url, g_free);
        launch(fetch);
        return true;
}

/* What curl knows of the reply and forgets with the handle. */
static void note_reply(Fetch *fetch)
{
        const char *type = NULL, *to = NULL, *ip = NULL;
        curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &type);
        curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &to);
        curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_IP, &ip);
        g_free(fetch->content_type);
        g_free(fetch->location);
        g_free(fetch->address);
        fetch->content_type = g_strdup(type);
        fetch->location = fetch_without_secret(fetch, to);
        fetch->address = ip && *ip ? g_strdup(ip) : NULL;
        fetch->url = fetch_url_of(fetch);
}

static void conclude(Fetch *fetch, CURLcode code)
{
        fetch_count_wire(fetch);
        note_reply(fetch);
        curl_multi_remove_handle(fetch->owner->multi, fetch->easy);
        g_queue_unlink(&fetch->owner->running, &fetch->link);
        if (start_over(fetch))
                return;
        char *detail = NULL;
        FetchEnd end = fetch->ended ? fetch->end : judge(fetch, fetch->wasted ? CURLE_OK : code, &detail);
        fetch_end_with(fetch, end, detail);
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
        fetch->url = fetch_url_of(fetch);
        curl_multi_remove_handle(fetch->owner->multi, fetch->easy);
        g_queue_unlink(&fetch->owner->running, &fetch->link);
        fetch_end_with(fetch, FETCH_CANCELLED, g_strdup_printf("stopped: %s", fetch->url));
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

/* ---- replies out of a recording */

/* The kept body goes the way of one from the network, so that caps, sizes and digests are looked at as then. */
static FetchEnd take_kept(Fetch *fetch, const ReplayReply *kept, char **why)
{
        if (fetch->wish.stay && kept->location)
                return FETCH_OK;
        bool range = fetch->wish.range_to > 0;
        g_autofree char *content_range =
                range ? g_strdup_printf("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GINT64_FORMAT,
                                        fetch->wish.range_from, fetch->wish.range_from + kept->body.len - 1,
                                        kept->total)
                      : NULL;
        Head head = {.status = range ? 206 : 200,
                     .length = (int64_t)kept->body.len,
                     .etag = (char *)kept->etag,
                     .last_modified = (char *)kept->last_modified,
                     .content_range = content_range};
        if (!range && intake_held(fetch->intake) > 0 && !intake_restart(fetch->intake, why))
                return FETCH_DISK;
        FetchEnd end = intake_open(fetch->intake, &head, why);
        if (end == FETCH_OK)
                end = intake_take(fetch->intake, kept->body, kept->body.len, kept->body.len, why);
        return end == FETCH_OK ? intake_finish(fetch->intake, kept->body.len, why) : end;
}

static void answer_from_recording(Fetch *fetch)
{
        ReplayReply kept = {.retry_after_ms = -1, .total = -1};
        g_autofree char *why = NULL;
        replay_answer(fetch->owner->options.replay, &fetch->wish, fetch->arena, &kept);
        fetch->url = g_strdup(kept.url ? kept.url : fetch->wish.url);
        fetch->head.status = (int)kept.status;
        fetch->head.etag = g_strdup(kept.etag);
        fetch->head.last_modified = g_strdup(kept.last_modified);
        fetch->head.retry_after =
                kept.retry_after_ms >= 0
                        ? g_strdup_printf("%" G_GINT64_FORMAT, (kept.retry_after_ms + 999) / 1000)
                        : NULL;
        fetch->content_type = g_strdup(kept.content_type);
        fetch->location = g_strdup(kept.location);
        FetchEnd end = kept.end == FETCH_OK ? take_kept(fetch, &kept, &why) : kept.end;
        fetch_end_with(fetch, end, why ? g_strdup_printf("%s: %s", why, fetch->url) : g_strdup(kept.detail));
        end_soon(fetch);
}

static const char *const *copy_lines(Arena *arena, const char *const *lines)
{
        size_t n = lines ? g_strv_length((char **)lines) : 0;
        const char **copy = arena_array(arena, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
                copy[i] = arena_str(arena, lines[i]);
        return copy;
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
        fetch->wish.body = arena_str(fetch->arena, wish->body);
        fetch->wish.headers = copy_lines(fetch->arena, wish->headers);
        fetch->wish.secret = wish->secret && *wish->secret ? arena_str(fetch->arena, wish->secret) : NULL;
        fetch->wish.if_range = arena_str(fetch->arena, wish->if_range);
        fetch->done = done;
        fetch->context = context;
        fetch->intake = intake_new(wish, &why);
        if (fetch->intake && !intake_is_whole(fetch->intake)) {
                if (fetcher->options.replay && replay_mode(fetcher->options.replay) == REPLAY_ANSWER)
                        answer_from_recording(fetch);
                else
                        launch(fetch);
                return;
        }
        fetch->url = fetch_url_of(fetch);
        if (fetch->intake)
                fetch_end_with(fetch, FETCH_OK, g_strdup_printf("was whole already: %s", fetch->url));
        else
                fetch_end_with(fetch, FETCH_DISK, g_steal_pointer(&why));
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
