/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aptoide's web services, version 7: arguments as ?k=v&k=v or as /k=v/k=v. */
#include "fakes/fakes.h"

#include <string.h>

enum { LIMIT = 25, LIMIT_MAX = 100 };

static char *argument(const FakeAsk *ask, const char *name)
{
        g_autofree char *form = g_strdup(ask->path);
        char *value = fake_arg(ask, name);
        if (value)
                return value;
        g_strdelimit(form, "/", '&');
        return fake_form_arg(form, name);
}

static uint64_t number(const FakeAsk *ask, const char *name, uint64_t otherwise)
{
        g_autofree char *text = argument(ask, name);
        return text && g_ascii_isdigit(*text) ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static void add_file(const FakeAsk *ask, const FakeApp *app, GString *out)
{
        g_string_append_printf(out,
                               "\"file\":{\"vername\":\"%s\",\"vercode\":%u,\"md5sum\":\"%s\",\"path\":\"",
                               app->version, app->code, app->md5);
        fake_apk_url(ask->fakes, "aptoide", app, out);
        g_string_append(out, "\",\"path_alt\":\"");
        fake_apk_url(ask->fakes, "aptoide", app, out);
        g_string_append_printf(out, "\",\"filesize\":%zu,\"malware\":{\"rank\":\"%s\"}", app->size,
                               app->i % 41 ? "TRUSTED" : "WARNING");
}

static void add_head(const FakeApp *app, GString *out)
{
        g_string_append_printf(out, "{\"id\":%" G_GUINT64_FORMAT ",\"name\":\"", app->i + 1000);
        fake_json_text(out, app->name);
        g_string_append_printf(
                out,
                "\",\"package\":\"%s\",\"uname\":\"app-%" G_GUINT64_FORMAT
                "\",\"size\":%zu,\"icon\":\"https://cdn.example/%" G_GUINT64_FORMAT
                ".png\",\"added\":\"2020-01-01 00:00:00\",\"modified\":\"%s\",\"updated\":\"%s\","
                "\"uptype\":\"regular\",\"store\":{\"id\":15,\"name\":\"apps\"},",
                app->package, app->i, app->size, app->i, app->updated, app->updated);
}

static void add_stats(const FakeApp *app, GString *out)
{
        g_string_append_printf(
                out,
                "\"stats\":{\"downloads\":%" G_GUINT64_FORMAT ",\"pdownloads\":%" G_GUINT64_FORMAT
                ",\"rating\":{\"avg\":%u.%u,\"total\":%u}},\"obb\":null,\"aab\":null",
                app->downloads, app->downloads * 3, app->rating / 10, app->rating % 10, app->votes);
}

/* The group asked for, by number or name; false: there is no such group. */
static bool group_of(const FakeAsk *ask, bool *all, unsigned *group)
{
        g_autofree char *id = argument(ask, "group_id");
        g_autofree char *name = argument(ask, "group_name");
        *all = !id && !name;
        *group = 0;
        if (id)
                *group = (unsigned)g_ascii_strtoull(id, NULL, 10) - 1;
        else if (name && g_str_has_prefix(name, "group-"))
                *group = (unsigned)g_ascii_strtoull(name + 6, NULL, 10) - 1;
        return *all || *group < ask->fakes->categories;
}

static void list(const FakeAsk *ask, FakeReply *reply)
{
        const Fakes *fakes = ask->fakes;
        uint64_t offset = number(ask, "offset", 0), limit = MIN(number(ask, "limit", LIMIT), LIMIT_MAX);
        unsigned group, count = 0, hidden = 0;
        bool all, known = group_of(ask, &all, &group);
        uint64_t total = ask->empty || !known ? 0 : all ? fakes->apps : fake_apps_in(fakes, group);
        GString *out = reply->body, *items = g_string_sized_new(16384);
        reply->type = "application/json; charset=utf-8";
        for (uint64_t j = offset; j < MIN(offset + limit, total); j++) {
                FakeApp app;
                fake_app(fakes, all ? j : group + j * fakes->categories, &app);
                if (app.hidden) {
                        hidden++;
                        continue;
                }
                if (count++)
                        g_string_append_c(items, ',');
                add_head(&app, items);
                add_file(ask, &app, items);
                g_string_append(items, "},");
                add_stats(&app, items);
                g_string_append_c(items, '}');
        }
        g_string_append_printf(
                out,
                "{\"info\":{\"status\":\"OK\",\"time\":{\"seconds\":0.01,\"human\":\"10 milliseconds\"}},"
                "\"datalist\":{\"total\":%" G_GUINT64_FORMAT ",\"count\":%u,\"offset\":%" G_GUINT64_FORMAT
                ",\"limit\":%" G_GUINT64_FORMAT ",\"next\":%" G_GUINT64_FORMAT
                ",\"hidden\":%u,\"loaded\":true,\"list\":[",
                total, count, offset, limit, MIN(offset + limit, total), hidden);
        g_string_append_len(out, items->str, (gssize)items->len);
        g_string_append(out, "]}}");
        g_string_free(items, TRUE);
}

static void fail(FakeReply *reply, const char *code, const char *why)
{
        reply->status = 404;
        reply->type = "application/json; charset=utf-8";
        g_string_append_printf(
                reply->body,
                "{\"info\":{\"status\":\"FAIL\",\"time\":{\"seconds\":0.01}},\"errors\":[{\"code\":\"%s\","
                "\"description\":\"%s\"}]}",
                code, why);
}

static bool wanted(const FakeAsk *ask, FakeApp *app)
{
        g_autofree char *package = argument(ask, "package_name");
        uint64_t id = number(ask, "app_id", 0);
        if (package)
                return fake_app_by_package(ask->fakes, package, app);
        if (id < 1000 || id - 1000 >= ask->fakes->apps)
                return false;
        fake_app(ask->fakes, id - 1000, app);
        return true;
}

static void add_groups(const FakeAsk *ask, unsigned from, unsigned to, GString *out)
{
        g_string_append_printf(
                out, "\"groups\":{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":%u,\"list\":[",
                to - from);
        for (unsigned group = from; group < to; group++)
                g_string_append_printf(
                        out,
                        "%s{\"id\":%u,\"name\":\"group-%u\",\"title\":\"%s\",\"parent\":{\"id\":0,\"name\":"
                        "\"applications\"},\"stats\":{\"groups\":0,\"items\":%" G_GUINT64_FORMAT "}}",
                        group > from ? "," : "", group + 1, group + 1, fake_category_name(group),
                        fake_apps_in(ask->fakes, group));
        g_string_append(out, "]}}");
}

static void add_permissions(const FakeApp *app, GString *out)
{
        unsigned n;
        const char *const *names = fake_permissions(app->i, &n);
        g_string_append(out, "\"used_permissions\":[");
        for (unsigned i = 0; i < n; i++)
                g_string_append_printf(out, "%s\"%s\"", i ? "," : "", names[i]);
        g_string_append(out, "]");
}

static void detail(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        GString *out = reply->body;
        if (!wanted(ask, &app) || ask->empty) {
                fail(reply, "APP-1", "App not found");
                return;
        }
        reply->type = "application/json; charset=utf-8";
        g_string_append(out, "{\"info\":{\"status\":\"OK\",\"time\":{\"seconds\":0.01}},\"nodes\":{\"meta\":{"
                             "\"info\":{\"status\":"
                             "\"OK\"},\"data\":");
        add_head(&app, out);
        g_string_append_printf(out,
                               "\"age\":{\"name\":\"pegi3\",\"title\":\"PEGI "
                               "3\",\"pegi\":\"3\",\"rating\":3},\"developer\":{"
                               "\"name\":\"%s\",\"website\":\"https://"
                               "dev.example\",\"email\":\"a@dev.example\",\"privacy\":\"",
                               app.developer);
        fake_policy_url(ask->fakes, &app, out);
        g_string_append(out, "\"},");
        add_file(ask, &app, out);
        g_string_append(
                out,
                ",\"signature\":{\"sha1\":\"AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD\","
                "\"owner\":\"CN=Dev\"},\"hardware\":{\"sdk\":21,\"screen\":\"small\",\"gles\":0,\"cpus\":[],"
                "\"densities\":[]},\"flags\":{\"votes\":[]},\"used_features\":[],\"tags\":[],");
        add_permissions(&app, out);
        g_string_append(
                out,
                "},\"media\":{\"keywords\":[],\"description\":\"An app that does not exist.\",\"news\":\"\","
                "\"screenshots\":[]},\"urls\":{\"w\":\"https://www.example\",\"m\":\"https://m.example\"},");
        add_stats(&app, out);
        g_string_append_printf(
                out,
                "}},\"versions\":{\"info\":{\"status\":\"OK\"},\"list\":[{\"id\":%" G_GUINT64_FORMAT "}]},",
                app.i + 1000);
        add_groups(ask, app.category, app.category + 1, out);
        g_string_append(out, "}}");
}

static void store(const FakeAsk *ask, FakeReply *reply)
{
        reply->type = "application/json; charset=utf-8";
        g_string_append_printf(
                reply->body,
                "{\"info\":{\"status\":\"OK\",\"time\":{\"seconds\":0.01}},\"nodes\":{\"meta\":{\"info\":{"
                "\"status\":"
                "\"OK\"},\"data\":{\"id\":15,\"name\":\"apps\",\"stats\":{\"apps\":%" G_GUINT64_FORMAT "}}},",
                ask->fakes->apps);
        add_groups(ask, 0, ask->empty ? 0 : ask->fakes->categories, reply->body);
        g_string_append(reply->body, "}}");
}

const FakeRoute fake_aptoide[] = {
        {"aptoide", "GET", "/api/7/listApps", "list", list},
        {"aptoide", "GET", "/api/7/apps/get", "list", list},
        {"aptoide", "GET", "/api/7/getAppMeta", "detail", detail},
        {"aptoide", "GET", "/api/7/getApp", "detail", detail},
        {"aptoide", "GET", "/api/7/getStore", "categories", store},
        {NULL},
};
