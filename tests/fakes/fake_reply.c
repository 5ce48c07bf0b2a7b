/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakes/fake_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_out_clear(FakeOut *out)
{
        if (out->bytes)
                g_string_truncate(out->bytes, 0);
        if (out->piece)
                g_string_free(out->piece, TRUE);
        g_free(out->own);
        *out = (FakeOut){.bytes = out->bytes};
}

/* ---- what the markets' pages are made with ----------------------------------------------------------------- */

void fake_page(FakeReply *reply, int status, const char *type, const char *text)
{
        reply->status = status;
        reply->type = type;
        g_string_assign(reply->body, text);
}

void fake_redirect(FakeReply *reply, const char *to)
{
        reply->status = 302;
        g_string_append_printf(reply->head, "Location: %s\r\n", to);
}

void fake_json_text(GString *out, const char *text)
{
        for (const char *c = text; *c; c++) {
                if (*c == '"' || *c == '\\')
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *c);
        }
}

char *fake_form_arg(const char *query, const char *name)
{
        size_t len = strlen(name);
        for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
                if (strncmp(at, name, len) != 0 || at[len] != '=')
                        continue;
                g_autofree char *raw = g_strndup(at + len + 1, strcspn(at + len + 1, "&"));
                g_strdelimit(raw, "+", ' ');
                return g_uri_unescape_string(raw, NULL);
        }
        return NULL;
}

char *fake_arg(const FakeAsk *ask, const char *name)
{
        return fake_form_arg(ask->query, name);
}

uint64_t fake_number(const FakeAsk *ask, const char *name, uint64_t otherwise, uint64_t most)
{
        g_autofree char *text = fake_arg(ask, name);
        return text && g_ascii_isdigit(*text) ? MIN(g_ascii_strtoull(text, NULL, 10), most) : otherwise;
}

char *fake_header(const char *head, const char *name)
{
        size_t len = strlen(name);
        for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
                line += 2;
                if (g_ascii_strncasecmp(line, name, len) == 0 && line[len] == ':')
                        return g_strstrip(g_strndup(line + len + 1, strcspn(line + len + 1, "\r")));
        }
        return NULL;
}

/* ---- faults of the answer itself ------------------------------------------------------------------------------- */

static void replace_all(GString *text, const char *old, const char *new)
{
        g_autofree char *before = g_strndup(text->str, text->len);
        g_auto(GStrv) parts = g_strsplit(before, old, -1);
        g_autofree char *after = g_strjoinv(new, parts);
        g_string_assign(text, after);
}

/* Other words, as a stylesheet compiler makes them. */
static void rename_classes(GString *body)
{
        static const char start[] = "class=\"";
        for (char *at = body->str; (at = strstr(at, start));)
                for (at += sizeof start - 1; *at && *at != '"'; at++)
                        if (g_ascii_islower(*at))
                                *at = (char)('a' + (*at - 'a' + 13) % 26);
}

/* As a redesign does it: the same data under other names. */
static void rename_keys(GString *body)
{
        rename_classes(body);
        replace_all(body, "\":", "New\":");
        replace_all(body, " id=\"", " id=\"v2-");
        replace_all(body, "href=\"/", "data-to=\"/v2/");
        replace_all(body, "'ds:", "'dv:");
        replace_all(body, "window.systemData", "window.pageData");
}

static bool named(const FakeFault *fault, const char *name)
{
        return fault->name && strcmp(fault->name, name) == 0;
}

typedef struct {
        const char *bytes;
        gsize len, from, to; /* of them */
        bool partial, none;  /* 206; 416 */
        char etag[40];
} Body;

static void find_range(const FakeAsk *ask, const FakeFault *fault, Body *body)
{
        g_autofree char *range = fake_header(ask->head, "Range");
        g_autofree char *condition = fake_header(ask->head, "If-Range");
        unsigned long long first = 0, last = 0;
        body->to = body->len;
        if (!range || named(fault, "range-ignored") || (condition && strcmp(condition, body->etag) != 0))
                return;
        bool end = g_str_has_prefix(range, "bytes=-"); /* the last so many */
        int n = sscanf(range, end ? "bytes=-%llu" : "bytes=%llu-%llu", end ? &last : &first, &last);
        if (end)
                first = last < body->len ? body->len - last : 0;
        if (n < 1)
                return;
        body->none = first >= body->len || named(fault, "range-416");
        body->partial = !body->none;
        if (body->none)
                return;
        body->from = first;
        if (!end && n == 2 && last < body->len)
                body->to = MAX(last + 1, first);
        if (named(fault, "range-wrong") && body->from + 1 < body->to)
                body->from++;
}

static void set_etag(const FakeAsk *ask, const FakeFault *fault, Body *body)
{
        uint64_t sum = body->len; /* of every 997th byte: cheap, and another file has another one */
        for (gsize i = 0; i < body->len; i += 997)
                sum = (sum ^ (guchar)body->bytes[i]) * 0x100000001b3;
        unsigned turn = named(fault, "etag-changes") ? ask->seen + 1 : 0;
        (void)snprintf(body->etag, sizeof body->etag, "\"%016" G_GINT64_MODIFIER "x-%u\"", sum, turn);
}

static void file_head(const Body *body, GString *head)
{
        g_string_append_printf(head, "ETag: %s\r\nAccept-Ranges: bytes\r\n", body->etag);
        if (body->partial)
                g_string_append_printf(head, "Content-Range: bytes %zu-%zu/%zu\r\n", body->from, body->to - 1,
                                       body->len);
        if (body->none)
                g_string_append_printf(head, "Content-Range: bytes */%zu\r\n", body->len);
}

static void length_head(const FakeFault *fault, gsize len, GString *head)
{
        gsize by = fault->argument ? g_ascii_strtoull(fault->argument, NULL, 10) : 0;
        if (named(fault, "chunked") || named(fault, "chunk-error"))
                g_string_append(head, "Transfer-Encoding: chunked\r\n");
        else if (named(fault, "long-length"))
                g_string_append_printf(head, "Content-Length: %zu\r\n", len + by);
        else if (named(fault, "short-length"))
                g_string_append_printf(head, "Content-Length: %zu\r\n", len - MIN(by, len));
        else
                g_string_append_printf(head, "Content-Length: %zu\r\n", len);
}

static void add_chunks(FakeOut *out, const FakeFault *fault, const char *bytes, gsize len)
{
        for (gsize at = 0; at < len; at += 1000) {
                gsize n = MIN(1000, len - at);
                g_string_append_printf(out->bytes, "%zx\r\n", n);
                g_string_append_len(out->bytes, bytes + at, (gssize)n);
                g_string_append(out->bytes, "\r\n");
                if (named(fault, "chunk-error") && at >= len / 2)
                        break;
        }
        g_string_append(out->bytes, named(fault, "chunk-error") ? "zebra\r\n" : "0\r\n\r\n");
        out->close |= named(fault, "chunk-error");
}

/* Where and how the sending of it goes wrong. */
static void bend(const FakeFault *fault, gsize head_len, FakeOut *out)
{
        gsize n = fault->argument ? g_ascii_strtoull(fault->argument, NULL, 10) : 0;
        if (named(fault, "stall"))
                out->stop_at = head_len + n;
        if (named(fault, "slow"))
                out->rate = MAX(n, 1);
        if (named(fault, "slow-loris"))
                out->rate = 2;
        if (named(fault, "cut") || named(fault, "reset")) {
                gsize all = head_len + n;
                if (out->bytes->len > all)
                        g_string_truncate(out->bytes, all);
                out->file_len = MIN(out->file_len, all - MIN(all, out->bytes->len));
                out->close = true;
                out->reset = named(fault, "reset");
        }
        out->close |= named(fault, "long-length") || named(fault, "short-length");
}

static void send_body(const FakeFault *fault, const Body *body, bool borrowed, FakeOut *out)
{
        gsize len = body->none ? 0 : body->to - body->from, head_len = out->bytes->len;
        if (named(fault, "chunked") || named(fault, "chunk-error")) {
                add_chunks(out, fault, body->bytes + body->from, len);
        } else if (borrowed) {
                out->file = body->bytes + body->from;
                out->file_len = len;
        } else {
                g_string_append_len(out->bytes, body->bytes + body->from, (gssize)len);
        }
        bend(fault, head_len, out);
}

/* The market's answer as bytes. */
static void render(const FakeAsk *ask, const FakeFault *fault, FakeReply *reply, FakeOut *out)
{
        Body body = {.bytes = reply->file ? reply->file : reply->body->str,
                     .len = reply->file ? reply->file_len : reply->body->len};
        if (named(fault, "wrong-digest") && body.len) {
                char *other = g_memdup2(body.bytes, body.len);
                other[body.len / 2] = (char)(other[body.len / 2] ^ 1);
                g_free(reply->own);
                body.bytes = reply->own = other;
                reply->file = other;
        }
        body.to = body.len;
        if (reply->file) {
                set_etag(ask, fault, &body);
                find_range(ask, fault, &body);
                file_head(&body, reply->head);
        }
        out->status = body.none ? 416 : body.partial ? 206 : reply->status;
        g_string_append_printf(out->bytes, "HTTP/1.1 %d OK\r\n%s%s%s", out->status,
                               reply->type ? "Content-Type: " : "", reply->type ? reply->type : "",
                               reply->type ? "\r\n" : "");
        g_string_append_len(out->bytes, reply->head->str, (gssize)reply->head->len);
        length_head(fault, body.none ? 0 : body.to - body.from, out->bytes);
        g_string_append(out->bytes, "\r\n");
        send_body(fault, &body, reply->file != NULL, out);
        out->own = g_steal_pointer(&reply->own);
}

void fake_answer(const FakeAsk *ask, const FakeRoute *route, const FakeFault *fault, FakeOut *out)
{
        if (fault->name && fake_misdeed(ask, fault, out))
                return;
        FakeReply reply = {.status = 200, .head = g_string_new(NULL), .body = g_string_sized_new(16384)};
        FakeAsk asked = *ask;
        asked.misshapen = named(fault, "shape");
        asked.empty = named(fault, "empty");
        asked.stale = named(fault, "token-stale");
        if (route)
                route->answer(&asked, &reply);
        else
                fake_page(&reply, 404, "text/plain", "no such page\n");
        if (asked.misshapen && !reply.file)
                rename_keys(reply.body);
        render(&asked, fault, &reply, out);
        g_string_free(reply.head, TRUE);
        g_string_free(reply.body, TRUE);
        g_free(reply.own);
}
