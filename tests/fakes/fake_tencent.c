/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tencent MyApp: lists by POST, pages that carry their data as JSON in a script, a page that names the APK. */
#include "fakes/fakes.h"

#include <stdlib.h>
#include <string.h>

/* The number in "...<key>":{"repInt":[N]}", or `otherwise`. */
static uint64_t rep_int(const char *body, const char *key, uint64_t otherwise)
{
        g_autofree char *quoted = g_strdup_printf("\"%s\"", key);
        for (const char *at = body; (at = strstr(at, quoted)); at++) {
                const char *colon = at + strlen(quoted);
                const char *value = strstr(colon, "\"repInt\"");
                const char *bracket = value && value - colon < 12 ? strchr(value, '[') : NULL;
                if (bracket)
                        return g_ascii_strtoull(bracket + 1, NULL, 10);
        }
        return otherwise;
}

/* The text in "cate_alias":{"repStr":["all"]}; NULL: all. */
static char *category_of(const char *body)
{
        const char *at = strstr(body, "\"cate_alias\"");
        const char *bracket = at ? strchr(at, '[') : NULL;
        const char *quote = bracket ? strchr(bracket, '"') : NULL;
        return quote ? g_strndup(quote + 1, strcspn(quote + 1, "\"")) : NULL;
}

static void add_item(const FakeApp *app, GString *out)
{
        g_string_append_printf(out, "{\"pkg_name\":\"%s\",\"name\":\"", app->package);
        fake_json_text(out, app->name);
        g_string_append_printf(
                out,
                "\",\"app_id\":\"%" G_GUINT64_FORMAT
                "\",\"icon\":\"https://pp.example/i\",\"developer\":\"%s\","
                "\"operator\":\"%s\",\"cate_name\":\"%s\",\"cate_name_new\":\"%s\",\"tags\":\"a,b\","
                "\"version_name\":\"%s\","
                "\"update_time\":\"%.10s\",\"average_rating\":\"%u.%u\",\"apk_size\":\"%zu\",\"md_5\":\"%s\","
                "\"editor_intro\":\"\",\"description\":\"没有这个应用\",\"snap_shots\":\"\",\"ios_url\":"
                "\"\"}",
                50000000 + app->i, app->developer, app->developer, fake_category_name(app->category),
                fake_category_name(app->category), app->version, app->updated, app->rating / 10,
                app->rating % 10, app->size, app->md5);
}

static void list(const FakeAsk *ask, FakeReply *reply)
{
        const Fakes *fakes = ask->fakes;
        uint64_t limit = MIN(rep_int(ask->body, "limit", 24), 100), offset = rep_int(ask->body, "offset", 0);
        g_autofree char *alias = category_of(ask->body);
        bool all = !alias || strcmp(alias, "all") == 0;
        unsigned category =
                all ? 0 : (unsigned)g_ascii_strtoull(alias + strcspn(alias, "0123456789"), NULL, 10) - 1;
        uint64_t total = ask->empty ? 0 : all ? fakes->apps : fake_apps_in(fakes, category);
        reply->type = "application/json;charset=utf-8";
        g_string_append(
                reply->body,
                "{\"ret\":0,\"msg\":\"\",\"data\":{\"components\":[{\"cardId\":\"YYB_HOME_APP_LIBRARY_LIST\","
                "\"data\":{\"name\":\"list\",\"itemData\":[");
        for (uint64_t j = offset; j < MIN(offset + limit, total); j++) {
                FakeApp app;
                fake_app(fakes, all ? j : category + j * fakes->categories, &app);
                if (j > offset)
                        g_string_append_c(reply->body, ',');
                add_item(&app, reply->body);
        }
        g_string_append(reply->body, "]}}]}}");
}

static void start_next_page(GString *out)
{
        g_string_append(out, "<!DOCTYPE html><html lang=\"zh\"><head><meta "
                             "charSet=\"utf-8\"/><title>应用宝</title></head><body><div "
                             "id=\"__next\"></div><script id=\"__NEXT_DATA__\" type=\"application/json\" "
                             "crossorigin=\"anonymous\">"
                             "{\"props\":{\"pageProps\":{\"context\":{\"YYBAppInfo\":{\"pkg_name\":\"com."
                             "tencent.android.qqdownloader\","
                             "\"name\":\"应用宝\",\"version_name\":\"9\"}},\"dynamicCardResponse\":{\"ret\":"
                             "0,\"data\":{\"components\":[");
}

static void end_next_page(GString *out)
{
        g_string_append(out, "]}}}},\"page\":\"/appdetail/[pkgname]\",\"query\":{},\"buildId\":\"x\"}</"
                             "script></body></html>");
}

static void detail(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        const char *package = ask->path + strlen("/appdetail/");
        GString *out = reply->body;
        bool there = fake_app_by_package(ask->fakes, package, &app) && !ask->empty;
        reply->status = there || ask->empty ? 200 : 404;
        reply->type = "text/html; charset=utf-8";
        start_next_page(out);
        if (there) {
                g_string_append(out, "{\"cardId\":\"yyb_game_detail_basic_info_card\",\"data\":{\"name\":"
                                     "\"GameDetail\",\"itemData\":[");
                add_item(&app, out);
                g_string_append(out, "]}}");
        }
        end_next_page(out);
}

static void front(const FakeAsk *ask, FakeReply *reply)
{
        GString *out = reply->body;
        reply->type = "text/html; charset=utf-8";
        g_string_append(reply->head,
                        "Set-Cookie: YYB_HOME_UUID=0b9c2f2e-1d11-4a5e-9e6b-5a7f0c1d2e3f; path=/\r\n");
        start_next_page(out);
        g_string_append(out, "{\"cardId\":\"YYB_HOME_APP_LIBRARY_TAB\",\"data\":{\"itemData\":[");
        for (unsigned i = 0; i < ask->fakes->categories && !ask->empty; i++)
                g_string_append_printf(out, "%s{\"cate_alias\":\"cate%u\",\"cate_name\":\"%s\"}",
                                       i ? "," : "", i + 1, fake_category_name(i));
        g_string_append(out, "]}}");
        end_next_page(out);
}

static void simple(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        g_autofree char *package = fake_arg(ask, "pkgname");
        GString *out = reply->body;
        reply->type = "text/html; charset=utf-8";
        if (!fake_app_by_package(ask->fakes, package, &app) || ask->empty) {
                g_string_append(out, "<html><head><script>\nwindow.systemData={\"appDetail\":{}};\n</"
                                     "script></head></html>\n");
                return;
        }
        g_string_append_printf(
                out,
                "<!DOCTYPE "
                "html>\n<html><head><title>%s</"
                "title>\n<script>\nwindow.systemData={\"appDetail\":{\"versionName\":\"%s\",\"apkUrl64\":"
                "\"\",\"apkUrl\":\"",
                app.name, app.version);
        if (!app.paid)
                g_string_append_printf(out, "%s/tencent/%" G_GUINT64_FORMAT "/%s.apk?fsname=%s_%s.apk",
                                       fake_base(ask->fakes, "cdn"), app.i, app.md5, app.package,
                                       app.version);
        g_string_append_printf(out,
                               "\",\"appName\":\"%s\",\"author\":\"%s\",\"pkgName\":\"%s\"}};\n</script></"
                               "head><body></body></html>\n",
                               app.name, app.developer, app.package);
}

const FakeRoute fake_tencent[] = {
        {"tencent", "POST", "/v2/dc_pcyyb_official", "list", list},
        {"tencent", "POST", "/v2/dynamicard_yybhome", "list", list},
        {"tencent", "GET", "/appdetail/", "detail", detail},
        {"tencent", "GET", "/o/simple.jsp", "resolve", simple},
        {"tencent", "GET", "/app", "categories", front},
        {NULL},
};
