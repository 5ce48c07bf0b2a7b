/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reply: a line "MARKET VERB PACKAGE", then the body. Whatever the bytes, what comes out keeps the promises of reply.h and,
 * read as a privacy policy, those of html.h. */
#include "core/datafile.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/html.h"
#include "crawler/markets/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_BYTES = 1 << 16 };

/* The shipped markets, loaded once: a thousand times slower than what is tested. */
static Market *market_named(const char *name)
{
        static GHashTable *markets;
        if (!markets) {
                g_autoptr(GError) error = NULL;
                g_autofree char *home = datafile_home(&error);
                g_auto(GStrv) names = home ? market_names(home, &error) : NULL;
                if (!names)
                        g_error("%s", error->message);
                markets = g_hash_table_new(g_str_hash, g_str_equal);
                for (char **one = names; *one; one++)
                        g_hash_table_insert(markets, g_strdup(*one), market_load(home, *one, NULL));
        }
        return g_hash_table_lookup(markets, name);
}

static void check_listing(const Listing *listing)
{
        if (!fdroid_is_package(listing->package))
                g_error("no package name: %s", listing->package);
        g_autoptr(GBytes) packed = record_pack(listing);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        if (!record_listing(arena, record_span(packed), &error))
                g_error("a listing that cannot be read again: %s", error->message);
        g_autoptr(Json) json = record_json(&listing->base, false);
        g_autofree char *text = json_print(json, false);
        if (!g_utf8_validate(text, -1, NULL))
                g_error("a listing that is no UTF-8");
        const char *const urls[] = {listing->privacy_url, listing->web, listing->developer_web,
                                    listing->apk ? listing->apk->url : NULL};
        for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
                g_autofree char *host = market_host_of(urls[i]);
                if (urls[i] && !host && !g_str_has_prefix(urls[i], "http"))
                        g_error("no URL of a web page: %s", urls[i]);
        }
}

static void check_reply(const Reply *reply, Listing **listings, size_t n)
{
        static const char *const outcomes[] = {"ok",     "empty",         "gone",        "refused",
                                               "region", "throttled",     "token-stale", "blocked",
                                               "paid",   "shape-changed", "malformed",   NULL};
        if (!g_strv_contains(outcomes, reply->outcome))
                g_error("outcome \"%s\"", reply->outcome);
        bool answer = g_str_equal(reply->outcome, "ok") || g_str_equal(reply->outcome, "empty");
        if (n > REPLY_ITEMS || (n > 0 && !answer))
                g_error("%zu listings with %s", n, reply->outcome);
        if (reply->detail && !g_utf8_validate(reply->detail, -1, NULL))
                g_error("a detail that is no UTF-8");
        for (size_t i = 0; i < n; i++)
                check_listing(listings[i]);
}

static void check_text(Span body)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        const char *text, *title, *language;
        if (!html_text(body, NULL, TEXT_BYTES, arena, &text, &title, &language, &error))
                return;
        if (strlen(text) > TEXT_BYTES || !g_utf8_validate(text, -1, NULL))
                g_error("what people read is no text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *end = size ? memchr(data, '\n', MIN(size, (size_t)200)) : NULL;
        if (!end)
                return 0;
        g_autofree char *line = g_strndup((const char *)data, (gsize)(end - data));
        g_auto(GStrv) words = g_strsplit(line, " ", 3);
        Market *market = g_strv_length(words) == 3 ? market_named(words[0]) : NULL;
        if (!market || !g_utf8_validate(line, -1, NULL))
                return 0;
        Span body = span_from(span_of(data, size), (size_t)(end - data) + 1);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        ReplyTask task = REPLY_TASK__INIT;
        task.market = market->name;
        task.file = market->text;
        task.verb = words[1];
        task.package = words[2];
        task.url = "https://m.example/a/b";
        Listing **listings = NULL;
        size_t n = 0;
        Reply *reply = reply_read(market, &task, body, arena, &listings, &n, &error);
        if ((reply == NULL) != (error != NULL))
                g_error("a failure without an error, or an error without a failure");
        if (reply)
                check_reply(reply, listings, n);
        check_text(body);
        return 0;
}
