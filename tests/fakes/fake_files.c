/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the markets' pages point to: files at an address of their own ("cdn": /MARKET/NUMBER/any-name.apk) and privacy
 * policies ("policy"). robots.txt is everywhere. */
#include "fakes/fakes.h"

#include <string.h>

static void file(const FakeAsk *ask, FakeReply *reply)
{
        const char *number = strchr(ask->path + 1, '/');
        guint64 i = number ? g_ascii_strtoull(number + 1, NULL, 10) : G_MAXUINT64;
        if (i >= ask->fakes->apps || !g_str_has_suffix(ask->path, ".apk")) {
                fake_page(reply, 404, "text/plain", "no such file\n");
                return;
        }
        reply->type = "application/vnd.android.package-archive";
        reply->file = fake_apk(ask->fakes, i, &reply->file_len, &reply->own);
}

static void policy(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        if (!fake_app_by_package(ask->fakes, ask->path + strlen("/privacy/"), &app)) {
                fake_page(reply, 404, "text/html; charset=utf-8",
                          "<html><title>Not found</title><body>404</body></html>\n");
                return;
        }
        reply->type = "text/html; charset=utf-8";
        g_string_append_printf(reply->body,
                               "<!DOCTYPE html><html lang=\"%s\"><head><title>%s: 隐私政策 Privacy "
                               "policy</title><style>p{margin:0}</style>"
                               "<script>var x=\"not for "
                               "people\";</script></head><body><nav>Home</nav><h1>Privacy policy</h1>\n<p>%s "
                               "collects your location and your contacts &amp; shares them with "
                               "nobody.</p>\n<p>本政策最近更新：%.10s</p>"
                               "</body></html>\n",
                               app.i % 2 ? "zh" : "en", app.name, app.developer, app.updated);
        if (ask->empty)
                g_string_truncate(reply->body, 0);
}

static void robots(const FakeAsk *ask, FakeReply *reply)
{
        (void)ask;
        fake_page(reply, 200, "text/plain", "User-agent: *\nDisallow: /private/\n");
}

const FakeRoute fake_files[] = {
        {"*", "GET", "/robots.txt", "robots", robots},
        {"policy", "GET", "/privacy/", "policy", policy},
        {"cdn", "GET", "/", "apk", file},
        {NULL},
};
