/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Google Play's pages: what they say stands in arrays inside of AF_initDataCallback calls, found by position alone. */
#include "fakes/fakes.h"

#include <string.h>

enum { SLOTS = 160 };

/* An array of JSON values by position; what was not set is null. */
typedef struct {
        char *at[SLOTS];
} Slots;

static void set(Slots *slots, unsigned i, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void set(Slots *slots, unsigned i, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_free(slots->at[i]);
        slots->at[i] = g_strdup_vprintf(format, args);
        va_end(args);
}

static void add_slots(Slots *slots, GString *out)
{
        for (unsigned i = 0; i < SLOTS; i++) {
                g_string_append_printf(out, "%c%s", i ? ',' : '[', slots->at[i] ? slots->at[i] : "null");
                g_free(slots->at[i]);
        }
        g_string_append_c(out, ']');
}

static void no_app(FakeReply *reply)
{
        fake_page(reply, 404, "text/html; charset=utf-8",
                  "<!doctype html><html><head><title>Not Found</title></head><body><div "
                  "id=\"error-section\">We're sorry, the "
                  "requested URL was not found on this server.</div></body></html>\n");
}

static void start(GString *out, const FakeApp *app)
{
        g_string_append_printf(
                out,
                "<!doctype html><html lang=\"en\"><head><title>%s - Apps on Google Play</title></head><body>"
                "<script class=\"ds:0\" nonce=\"x\">AF_initDataCallback({key: 'ds:0', hash: '1', "
                "data:[null,\"x\"], "
                "sideChannel: {}});</script>",
                app->name);
}

static void detail(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        Slots s = {0};
        g_autofree char *package = fake_arg(ask, "id");
        if (!fake_app_by_package(ask->fakes, package, &app) || ask->empty) {
                no_app(reply);
                return;
        }
        g_autoptr(GString) policy = g_string_new(NULL);
        fake_policy_url(ask->fakes, &app, policy);
        set(&s, 0, "[\"%s\"]", app.name);
        set(&s, 9, "[\"Everyone\"]");
        set(&s, 10, "[\"Jan 1, 2020\"]");
        set(&s, 13, "[\"%" G_GUINT64_FORMAT "+\",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]", app.downloads,
            app.downloads, app.downloads + 3);
        set(&s, 48, "%s", app.i % 2 ? "[\"Contains ads\"]" : "null");
        set(&s, 51, "[[\"%u.%u\",%u.%u],null,[\"%u\",%u]]", app.rating / 10, app.rating % 10, app.rating / 10,
            app.rating % 10, app.votes, app.votes);
        set(&s, 57, "[[[[[null,[[%d]]]]]]]", app.paid ? 990000 : 0);
        set(&s, 68, "[\"%s\",[null,null,null,null,[null,null,\"/store/apps/developer?id=x\"]]]",
            app.developer);
        set(&s, 69,
            "[[null,null,null,null,null,[null,null,\"https://"
            "dev.example\"]],[\"a@dev.example\"],null,null,[\"%s Ltd\"]]",
            app.developer);
        set(&s, 79, "[[[\"Tools\",null,\"TOOLS\"]]]");
        set(&s, 99, "[[null,null,null,null,null,[null,null,\"%s\"]]]", policy->str);
        set(&s, 140, "[[[\"%s\"]],[[[33]],[[[21,\"5.0\"]]]]]", app.version);
        set(&s, 145, "[[\"Aug 1, 2026\",[1785542400,0]]]");
        reply->type = "text/html; charset=utf-8";
        start(reply->body, &app);
        g_string_append(reply->body, "<script class=\"ds:5\" nonce=\"x\">AF_initDataCallback({key: 'ds:5', "
                                     "hash: '2', data:[null,[null,null,");
        add_slots(&s, reply->body);
        g_string_append(reply->body, "]], sideChannel: {}});</script></body></html>\n");
}

static const char shared[] = "[[[null,\"Location\"],null,null,null,[[\"Approximate "
                             "location\",true,\"Advertising or marketing\"]]]]";
static const char collected[] =
        "[[[null,\"Personal info\"],null,null,null,[[\"Name\",false,\"Account management\"],[\"Email "
        "address\",true,"
        "\"App functionality, Analytics\"]]],[[null,\"Location\"],null,null,null,[[\"Precise "
        "location\",false,\"Analytics\"]]]]";

static void safety(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        g_autofree char *package = fake_arg(ask, "id");
        if (!fake_app_by_package(ask->fakes, package, &app)) {
                no_app(reply);
                return;
        }
        g_autoptr(GString) policy = g_string_new(NULL), inner = g_string_new(NULL);
        fake_policy_url(ask->fakes, &app, policy);
        bool none = ask->empty || app.i % 5 == 4; /* some developers declare nothing */
        g_autofree char *declared =
                g_strdup_printf("[null,null,null,null,[[%s],[%s]],null,null,null,null,[null,null,[[null,"
                                "\"Data is encrypted in transit\",[null,"
                                "\"Your data is transferred over a secure connection\"]]]]]",
                                none ? "null" : shared, none ? "null" : collected);
        Slots in = {0}, s = {0};
        set(&in, 100, "[[null,null,null,null,null,[null,null,\"%s\"]]]", policy->str);
        set(&in, 138, "%s", declared);
        add_slots(&in, inner);
        set(&s, 1, "%s",
            inner->str); /* the page has been seen with the data one level deeper, and one place earlier */
        set(&s, 99, "[[null,null,null,null,null,[null,null,\"%s\"]]]", policy->str);
        set(&s, 100, "[[null,null,null,null,null,[null,null,\"%s\"]]]", policy->str);
        set(&s, 137, "%s", declared);
        set(&s, 138, "%s", declared);
        reply->type = "text/html; charset=utf-8";
        start(reply->body, &app);
        g_string_append(reply->body, "<script class=\"ds:3\" nonce=\"x\">AF_initDataCallback({key: 'ds:3', "
                                     "hash: '2', data:[null,[null,null,");
        add_slots(&s, reply->body);
        g_string_append(reply->body, "]], sideChannel: {}});</script></body></html>\n");
}

const FakeRoute fake_play[] = {
        {"google-play", "GET", "/store/apps/datasafety", "labels", safety},
        {"google-play", "GET", "/store/apps/details", "detail", detail},
        {NULL},
};
