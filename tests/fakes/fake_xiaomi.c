/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Xiaomi GetApps on the web: a page of categories, lists in JSON (at most 2,000 apps a category), pages of one app each. */
#include "fakes/fakes.h"

#include <string.h>

enum { CAP = 2000, PAGE = 30, FIRST_ID = 400000 };

/* Pages say which letters they are written in; --gbk: as many Chinese pages were. */
static void as_page(const FakeAsk *ask, FakeReply *reply)
{
        gsize len;
        reply->type = ask->fakes->gbk ? "text/html; charset=GBK" : "text/html; charset=utf-8";
        if (!ask->fakes->gbk)
                return;
        g_autofree char *text =
                g_convert(reply->body->str, (gssize)reply->body->len, "GBK", "UTF-8", NULL, &len, NULL);
        g_assert(text);
        g_string_truncate(reply->body, 0);
        g_string_append_len(reply->body, text, (gssize)len);
}

static void start_page(const FakeAsk *ask, const char *title, GString *out)
{
        g_string_append_printf(
                out,
                "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"%s\">\n<title>%s</title>\n</head>\n<body>\n"
                "<div class=\"nav\"><a href=\"/\">首页</a></div>\n",
                ask->fakes->gbk ? "gbk" : "utf-8", title);
}

static void categories(const FakeAsk *ask, FakeReply *reply)
{
        if (strcmp(ask->path, "/") != 0) {
                fake_page(reply, 404, "text/html", "<html><title>404</title></html>");
                return;
        }
        start_page(ask, "小米应用商店", reply->body);
        g_string_append(reply->body, "<div class=\"sidebar-mod\"><ul class=\"category-list\">\n");
        for (unsigned i = 0; i < ask->fakes->categories && !ask->empty; i++)
                g_string_append_printf(reply->body,
                                       "<li><a class=\"current-1\" href=\"/category/%u\">%s</a></li>\n",
                                       i + 1, fake_category_name(i));
        g_string_append(reply->body, "</ul></div>\n</body>\n</html>\n");
        as_page(ask, reply);
}

static void list(const FakeAsk *ask, FakeReply *reply)
{
        unsigned category = (unsigned)fake_number(ask, "categoryId", 0, 1000) - 1;
        uint64_t page = fake_number(ask, "page", 0, 100000), size = fake_number(ask, "pageSize", PAGE, 100);
        uint64_t count = ask->empty ? 0 : MIN(fake_apps_in(ask->fakes, category), CAP);
        GString *out = reply->body;
        reply->type = "application/json;charset=UTF-8";
        g_string_append_printf(out, "{\"count\":%" G_GUINT64_FORMAT ",\"data\":[", count);
        for (uint64_t j = page * size; j < MIN((page + 1) * size, count); j++) {
                FakeApp app;
                (void)fake_app_in(ask->fakes, category, j, &app);
                g_string_append_printf(out, "%s{\"appId\":%" G_GUINT64_FORMAT ",\"displayName\":\"",
                                       j % size ? "," : "", FIRST_ID + app.i);
                fake_json_text(out, app.name);
                g_string_append_printf(out,
                                       "\",\"packageName\":\"%s\",\"level1CategoryName\":\"%s\",\"icon\":"
                                       "\"http://f1.example/%s\"}",
                                       app.package, fake_category_name(category), app.package);
        }
        g_string_append(out, "]}");
}

static void row(GString *out, const char *label, const char *value)
{
        g_string_append_printf(out,
                               "<div class=\"float-left\"><div style=\"float:left;\">%s</div><div "
                               "style=\"float:right;\">%s</div></div>\n",
                               label, value);
}

static void permissions(const FakeApp *app, GString *out)
{
        unsigned n;
        const char *const *names = fake_permissions(app->i, &n);
        g_string_append(out, "<div class=\"float-left\"><div style=\"float:left;\">应用权限</div><ul "
                             "class=\"second-ul\">");
        for (unsigned i = 0; i < n; i++)
                g_string_append_printf(out, "<li>%s</li>", names[i]);
        g_string_append(out, "</ul></div>\n");
}

static void no_such_app(const FakeAsk *ask, FakeReply *reply)
{
        start_page(ask, "手机游戏应用商店_小米应用商店", reply->body);
        g_string_append(reply->body, "<div class=\"main\"><p>应用不存在</p></div>\n</body>\n</html>\n");
        as_page(ask, reply);
}

static void detail(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        GString *out = reply->body;
        g_autofree char *package = fake_arg(ask, "id");
        if (!fake_app_by_package(ask->fakes, package, &app) || ask->empty) {
                no_such_app(ask, reply);
                return;
        }
        g_autofree char *title = g_strdup_printf("%s-小米应用商店", app.name);
        g_autofree char *size = g_strdup_printf("%.2f MB", (double)app.size / 1048576);
        g_autofree char *date = g_strndup(app.updated, 10);
        start_page(ask, title, out);
        g_string_append_printf(out,
                               "<div class=\"app-intro cf\"><img class=\"yellow-flower\" "
                               "src=\"http://f1.example/i\"><div class="
                               "\"app-info\"><div class=\"intro-titles\"><p>%s</p><h3>%s</h3><p "
                               "class=\"special-font action\">"
                               "<b>分类：</b>%s<span style=\"margin-left: 20px\">|</span></p><div "
                               "class=\"star1-empty\"><div class="
                               "\"star1-hover star1-%u\"></div></div><span class=\"app-intro-comment\">( "
                               "%u次评分 )</span></div>\n",
                               app.developer, app.name, fake_category_name(app.category), app.rating / 5,
                               app.votes);
        if (app.paid)
                g_string_append(out, "<div class=\"app-info-down\"><a href=\"javascript:void(0)\" "
                                     "class=\"download\">直接下载</a></div></div></div>\n");
        else
                g_string_append_printf(out,
                                       "<div class=\"app-info-down\"><a href=\"/download/%" G_GUINT64_FORMAT
                                       "\" class=\"download\">直接下载</a></div></div></div>\n",
                                       FIRST_ID + app.i);
        g_string_append_printf(
                out, "<div class=\"bigimg-scroll-title\"><h4>%s</h4></div><div class=\"cf\">\n", app.name);
        row(out, "开发者", app.developer);
        row(out, "软件大小", size);
        row(out, "版本号", app.version);
        row(out, "更新日期", date);
        row(out, "包名", app.package);
        permissions(&app, out);
        g_string_append(out, "<div class=\"float-left\"><a target=\"_blank\" href=\"");
        fake_policy_url(ask->fakes, &app, out);
        g_string_append(out, "\">隐私政策</a></div>\n</div>\n</body>\n</html>\n");
        as_page(ask, reply);
}

static void download(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        guint64 id = g_ascii_strtoull(ask->path + strlen("/download/"), NULL, 10);
        if (id < FIRST_ID || id - FIRST_ID >= ask->fakes->apps) {
                fake_page(reply, 404, "text/html", "<html><title>404</title></html>");
                return;
        }
        fake_app(ask->fakes, id - FIRST_ID, &app);
        g_autoptr(GString) to = g_string_new(NULL);
        fake_apk_url(ask->fakes, "xiaomi", &app, to);
        fake_redirect(reply, to->str);
}

const FakeRoute fake_xiaomi[] = {
        {"xiaomi", "GET", "/categotyAllListApi", "list", list},
        {"xiaomi", "GET", "/details", "detail", detail},
        {"xiaomi", "GET", "/download/", "resolve", download},
        {"xiaomi", "GET", "/", "categories", categories},
        {NULL},
};
