/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/replay_line.h"

#include "core/digest.h"
#include "core/json.h"

enum { DETAIL_MAX = 2000 /* bytes; a detail is one sentence and a URL */ };

/* ---- requests */

/* Without "user:password@", and valid UTF-8, as the line will have it. */
static const char *public_url(const char *url, Arena *arena)
{
        if (!g_utf8_validate(url, -1, NULL)) /* a redirect's */
                url = arena_utf8(arena, span_str(url));
        const char *host = strstr(url, "://");
        if (!host)
                return url;
        host += 3;
        const char *end = host + strcspn(host, "/?#"), *at = end;
        while (at > host && *at != '@')
                at--;
        if (at == host)
                return url;
        return arena_printf(arena, "%.*s%s", (int)(host - url), url, at + 1);
}

ReplayAsk replay_ask(const FetchWish *wish, Arena *arena)
{
        ReplayAsk ask = {.method = wish->body ? "POST" : "GET",
                         .url = public_url(wish->url, arena),
                         .from = wish->range_from,
                         .to = wish->range_to,
                         .conditional = wish->etag || wish->last_modified,
                         .stay = wish->stay};
        if (wish->body) {
                char *sent = arena_bytes(arena, SHA256_HEX_SIZE);
                digest_sha256_hex(span_str(wish->body), sent);
                ask.sent = sent;
        }
        return ask;
}

void replay_ask_key(const ReplayAsk *ask, uint8_t key[REPLAY_KEY])
{
        uint8_t digest[SHA256_SIZE];
        g_autofree char *text = g_strdup_printf(
                "%s %s\n%s\n%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "\n%d%d", ask->method, ask->url,
                ask->sent ? ask->sent : "", ask->from, ask->to, ask->conditional, ask->stay);
        digest_sha256(span_str(text), digest);
        memcpy(key, digest, REPLAY_KEY);
}

/* ---- writing */

static void set_text(Json *json, const char *key, const char *value)
{
        if (value)
                json_set_str(json, key, value);
}

static void set_number(Json *json, const char *key, int64_t value, int64_t none)
{
        if (value != none)
                json_set_int(json, key, value);
}

static void set_detail(Json *json, const char *detail)
{
        if (!detail)
                return;
        g_autofree char *valid = g_utf8_make_valid(detail, (gssize)strnlen(detail, DETAIL_MAX));
        json_set_str(json, "detail", valid);
}

char *replay_line_text(const ReplayLine *line)
{
        g_autoptr(Json) json = json_map();
        json_set_int(json, "at_ms", line->at_ms);
        json_set_str(json, "method", line->ask.method);
        json_set_str(json, "url", line->ask.url);
        set_text(json, "sent", line->ask.sent);
        set_number(json, "from", (int64_t)line->ask.from, 0);
        set_number(json, "to", (int64_t)line->ask.to, 0);
        if (line->ask.conditional)
                json_set_bool(json, "conditional", true);
        if (line->ask.stay)
                json_set_bool(json, "stay", true);
        json_set_str(json, "end", fetch_end_name(line->end));
        set_number(json, "status", line->status, 0);
        set_detail(json, line->detail);
        if (g_strcmp0(line->url, line->ask.url) != 0)
                set_text(json, "reply_url", line->url);
        set_text(json, "etag", line->etag);
        set_text(json, "last_modified", line->last_modified);
        set_text(json, "content_type", line->content_type);
        set_text(json, "location", line->location);
        set_number(json, "retry_after_ms", line->retry_after_ms, -1);
        set_number(json, "total", line->total, -1);
        set_text(json, "sha256", line->sha256);
        if (line->sha256)
                json_set_int(json, "size", (int64_t)line->size);
        g_autofree char *text = json_print(json, false);
        return g_strconcat(text, "\n", NULL);
}

/* ---- reading */

static bool end_named(const char *name, FetchEnd *out)
{
        for (int end = FETCH_OK; end <= FETCH_CANCELLED; end++) {
                if (g_strcmp0(name, fetch_end_name((FetchEnd)end)) == 0) {
                        *out = (FetchEnd)end;
                        return true;
                }
        }
        return false;
}

static bool read_ask(const Json *json, Arena *arena, ReplayAsk *ask, GError **error)
{
        ask->method = arena_str(arena, json_str(json, "method"));
        ask->url = arena_str(arena, json_str(json, "url"));
        ask->sent = arena_str(arena, json_str(json, "sent"));
        int64_t from = json_int(json, "from", 0), to = json_int(json, "to", 0);
        ask->conditional = json_flag(json, "conditional", false);
        ask->stay = json_flag(json, "stay", false);
        if (!ask->method || !ask->url)
                return fault(error, FAULT_MALFORMED, "no \"method\" or no \"url\"");
        if (from < 0 || to < 0)
                return fault(error, FAULT_MALFORMED, "\"from\" or \"to\" is negative");
        ask->from = (uint64_t)from;
        ask->to = (uint64_t)to;
        return true;
}

bool replay_line_read(Span text, Arena *arena, ReplayLine *out, GError **error)
{
        *out = (ReplayLine){0};
        if (!text.len ||
            !g_utf8_validate((const char *)text.data, (gssize)text.len, NULL)) /* nor overlong forms */
                return fault(error, FAULT_MALFORMED, "is no UTF-8 text");
        g_autoptr(Json) json = json_parse(text, error);
        if (!json || !read_ask(json, arena, &out->ask, error))
                return false;
        if (!end_named(json_str(json, "end"), &out->end))
                return fault(error, FAULT_MALFORMED, "\"end\" is none that is known");
        const char *sha256 = json_str(json, "sha256");
        int64_t size = json_int(json, "size", 0);
        if ((sha256 && !hex_is_sha256(sha256)) || size < 0)
                return fault(error, FAULT_MALFORMED, "\"sha256\" or \"size\" cannot be");
        out->at_ms = json_int(json, "at_ms", 0);
        out->status = (long)CLAMP(json_int(json, "status", 0), 0, 999);
        out->detail = arena_str(arena, json_str(json, "detail"));
        out->url = arena_str(arena, json_str(json, "reply_url"));
        out->url = out->url ? out->url : out->ask.url;
        out->etag = arena_str(arena, json_str(json, "etag"));
        out->last_modified = arena_str(arena, json_str(json, "last_modified"));
        out->content_type = arena_str(arena, json_str(json, "content_type"));
        out->location = arena_str(arena, json_str(json, "location"));
        out->retry_after_ms = MAX(json_int(json, "retry_after_ms", -1), -1);
        out->total = MAX(json_int(json, "total", -1), -1);
        out->sha256 = arena_str(arena, sha256);
        out->size = (uint64_t)size;
        return true;
}
