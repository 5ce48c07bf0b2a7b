/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Huawei AppGallery on the web: an anonymous token, categories by the id of a tab, a tree of layouts for one app. */
#include "fakes/fakes.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 25, FIRST_ID = 100000000 };

/* The ids of tabs that public clients of 2021 name; another one is no tab. */
static const char *const tabs[] = {"33ef450cbac34770a477cfa78db4cf8c", "8e62cf6d238c4abdb892b400ff072f43",
                                   "79bd417da03d470287c0c7c2ef8f2c96", "84471de6a7524d4a9242903fbc9bbe8b",
                                   "65696386add14dda8b7ee8a20be03aad", "07e66002a01c442990ed5630aa460d48",
                                   "c946b166e7c34dcab8a8960bf6979dd3", "50151113bc4143d0aa7013843ff0ef32",
                                   "ce87048699a64f5db8a90bca7bcf68fd", "e3beb74372c44ee899709a038eabfc70",
                                   "4d5e752fde6c4b33869058a69565171e", "24305799357048a4a9585f4f4c05dc1e",
                                   "2d2b18f338244b9db71d1ec30b257f1e", "7e04648230ca4bbaa836fa8c027517ba",
                                   "a29745005a8942b797d3d5ddf6bb1b48", "d6566ca265754426b36cc6a12fa1e2cd",
                                   "44b299f655c743af9582c5c9dfabfdd5", "5e4425e03ae44a87a5293dc2d9ebcfde",
                                   "3ae307aff6c541818f3f9c242f18fd85", "3e28c821504e473c9f4990d78d235837",
                                   "ee252e5e36524275b17d5bbee7ab08a5", "43285bc8c9344cd2b973165ef8fc9aee"};

static void token(const FakeAsk *ask, FakeReply *reply)
{
        Fakes *fakes = ask->fakes;
        g_autofree char *identity = fake_header(ask->head, "Identity-Id");
        if (!identity) {
                fake_page(reply, 403, "application/json", "{\"rtnCode\":1001,\"rtnDesc\":\"no identity\"}");
                return;
        }
        char *made = g_strdup_printf("eyJhbGciOi.%u.%s", ++fakes->tokens_made, identity);
        reply->type = "application/json;charset=utf-8";
        g_string_append_printf(reply->body, "\"%s\"", made);
        g_hash_table_insert(fakes->tokens, made, GUINT_TO_POINTER(0));
}

/* "<token>_<milliseconds>" of a token that was given to this identity and is good still. */
static bool fresh(const FakeAsk *ask)
{
        g_autofree char *identity = fake_header(ask->head, "Identity-Id");
        g_autofree char *code = fake_header(ask->head, "Interface-Code");
        char *at = code ? strrchr(code, '_') : NULL;
        if (!at || !identity || ask->stale)
                return false;
        *at = 0;
        gpointer key, served;
        if (!g_str_has_suffix(code, identity) ||
            !g_hash_table_lookup_extended(ask->fakes->tokens, code, &key, &served))
                return false;
        unsigned times = GPOINTER_TO_UINT(served);
        g_hash_table_replace(ask->fakes->tokens, g_strdup(code), GUINT_TO_POINTER(times + 1));
        return !ask->fakes->token_requests || times < ask->fakes->token_requests;
}

static void add_item(const FakeApp *app, bool first, GString *out)
{
        g_string_append_printf(
                out, "%s{\"ID\":\"i%" G_GUINT64_FORMAT "\",\"appid\":\"C%" G_GUINT64_FORMAT "\",\"name\":\"",
                first ? "" : ",", app->i, FIRST_ID + app->i);
        fake_json_text(out, app->name);
        g_string_append_printf(
                out,
                "\",\"package\":\"%s\",\"kindName\":\"%s\",\"tagName\":\"%s\",\"size\":\"%zu\",\"sizeDesc\":"
                "\"%.1f MB\","
                "\"appVersionName\":\"%s\",\"versionCode\":\"%u\",\"downCountDesc\":\"%" G_GUINT64_FORMAT
                " 万次安装\",\"memo\":\"\",\"icon\":\"https://i.example/x\",\"downurl\":\"\"}",
                app->package, fake_category_name(app->category), fake_category_name(app->category), app->size,
                (double)app->size / 1048576, app->version, app->code, app->downloads / 10000 + 1);
}

static void tab(const FakeAsk *ask, const char *uri, FakeReply *reply)
{
        uint64_t page = fake_number(ask, "reqPageNum", 1, 100000),
                 size = fake_number(ask, "maxResults", PAGE, 100), shown = 0;
        unsigned category = 0;
        while (category < G_N_ELEMENTS(tabs) && strcmp(tabs[category], uri) != 0)
                category++;
        uint64_t all = ask->empty ? 0 : fake_apps_in(ask->fakes, category), from = (MAX(page, 1) - 1) * size;
        GString *out = reply->body, *items = g_string_new(NULL);
        for (uint64_t j = from; j < MIN(from + size, all); j++) {
                FakeApp app;
                (void)fake_app_in(ask->fakes, category, j, &app);
                add_item(&app, shown++ == 0, items);
        }
        g_string_append_printf(
                out, "{\"rtnCode\":0,\"hasNextPage\":%d,\"count\":%" G_GUINT64_FORMAT ",\"layoutData\":[",
                from + size < all, shown);
        if (shown)
                g_string_append_printf(
                        out, "{\"layoutName\":\"safeappcard\",\"layoutId\":1,\"dataList\":[%s]}", items->str);
        g_string_append(out, "]}");
        g_string_free(items, TRUE);
}

static void part(GString *out, const char *name, const char *object)
{
        g_string_append_printf(out, "%s{\"layoutName\":\"%s\",\"dataList\":[%s]}",
                               g_str_has_suffix(out->str, "[") ? "" : ",", name, object);
}

static void app_page(const FakeAsk *ask, const char *uri, FakeReply *reply)
{
        FakeApp app;
        guint64 id = g_ascii_strtoull(uri + strlen("app|C"), NULL, 10);
        GString *out = reply->body;
        if (id < FIRST_ID || id - FIRST_ID >= ask->fakes->apps || ask->empty) {
                g_string_append(out, "{\"rtnCode\":0,\"hasNextPage\":0,\"count\":0,\"layoutData\":[]}");
                return;
        }
        fake_app(ask->fakes, id - FIRST_ID, &app);
        g_autoptr(GString) policy = g_string_new(NULL);
        fake_policy_url(ask->fakes, &app, policy);
        g_autofree char *head = g_strdup_printf(
                "{\"name\":\"%s\",\"appid\":\"C%" G_GUINT64_FORMAT
                "\",\"starDesc\":\"%u.%u\",\"gradeCount\":\"%u\",\"intro\":\"没有这个应用\","
                "\"tagName\":\"%s\"}",
                app.name, id, app.rating / 10, app.rating % 10, app.votes, fake_category_name(app.category));
        g_autofree char *version = g_strdup_printf(
                "{\"package\":\"%s\",\"versionName\":\"%s\",\"versionCode\":\"%u\",\"targetSDK\":\"33\"}",
                app.package, app.version, app.code);
        g_autofree char *maker = g_strdup_printf(
                "{\"developer\":\"%s\",\"releaseDate\":\"%.10s\",\"size\":\"%zu\",\"version\":\"%s\"}",
                app.developer, app.updated, app.size, app.version);
        g_autofree char *conceal =
                g_strdup_printf("{\"conceal\":{\"title\":\"隐私政策\",\"text\":\"%s\"}}", policy->str);
        g_string_append(out, "{\"rtnCode\":0,\"hasNextPage\":0,\"count\":1,\"layoutData\":[");
        part(out, "detailhiddencard", head);
        part(out, "detailsafecard", version);
        part(out, "screenshotcard", "{\"images\":[]}");
        part(out, "detailinfocard", maker);
        part(out, "privacycard", conceal);
        part(out, "sameDeveloper",
             "{\"list\":[{\"package\":\"org.fake.other\",\"versionName\":\"9\",\"appid\":\"C1\"}]}");
        g_string_append(out, "]}");
}

static void query(const FakeAsk *ask, FakeReply *reply)
{
        g_autofree char *uri = fake_arg(ask, "uri");
        reply->type = "application/json;charset=utf-8";
        if (!fresh(ask))
                g_string_append(reply->body, "{\"rtnCode\":1002,\"rtnDesc\":\"interface code invalid\"}");
        else if (uri && g_str_has_prefix(uri, "app|C"))
                app_page(ask, uri, reply);
        else
                tab(ask, uri ? uri : "", reply);
}

static void download(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        guint64 id = g_ascii_strtoull(ask->path + strlen("/appdl/C"), NULL, 10);
        if (id < FIRST_ID || id - FIRST_ID >= ask->fakes->apps) {
                fake_page(reply, 404, "text/html", "<html><title>404</title></html>");
                return;
        }
        fake_app(ask->fakes, id - FIRST_ID, &app);
        g_autofree char *to = g_strdup_printf("%s/huawei/%" G_GUINT64_FORMAT
                                              "/dl/appdl/application/apk/ab/%s/%s.2601010000.apk?maple=0",
                                              fake_base(ask->fakes, "cdn"), app.i, app.md5, app.package);
        fake_redirect(reply, to);
}

/* What a query is about stands in its uri: a tab, or an app. */
const FakeRoute fake_huawei[] = {
        {"huawei", "POST", "/edge/webedge/getInterfaceCode", "token", token},
        {"huawei", "POST", "/webedge/getInterfaceCode", "token", token},
        {"huawei", "GET", "/edge/uowap/index", "detail", query, "uri=app%7C"},
        {"huawei", "GET", "/edge/uowap/index", "detail", query, "uri=app|"},
        {"huawei", "GET", "/edge/uowap/index", "list", query},
        {"huawei", "GET", "/uowap/index", "list", query},
        {"huawei", "GET", "/appdl/C", "resolve", download},
        {NULL},
};
