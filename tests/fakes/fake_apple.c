/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple's lookup of apps by number or bundle id, and privacy labels by a token that stands in any app's page. */
#include "fakes/fakes.h"

#include <string.h>

enum { FIRST_ID = 600000000 };

static void add(const FakeApp *app, bool first, GString *out)
{
        g_string_append_printf(
                out,
                "%s{\"wrapperType\":\"software\",\"kind\":\"software\",\"trackId\":%" G_GUINT64_FORMAT
                ",\"bundleId\":\"%s\",\"trackName\":\"",
                first ? "" : ",", FIRST_ID + app->i, app->package);
        fake_json_text(out, app->name);
        g_string_append_printf(
                out,
                "\",\"artistId\":%u,\"artistName\":\"%s\",\"sellerName\":\"%s "
                "Ltd\",\"sellerUrl\":\"https://dev.example\","
                "\"primaryGenreName\":\"Utilities\",\"primaryGenreId\":6002,\"genres\":[\"Utilities\"],"
                "\"genreIds\":[\"6002\"],"
                "\"version\":\"%s\",\"currentVersionReleaseDate\":\"2026-01-01T00:00:00Z\",\"releaseDate\":"
                "\"2020-01-01T00:00:00Z\",\"fileSizeBytes\":\"%zu\",\"minimumOsVersion\":\"15.0\","
                "\"averageUserRating\":%u.%u,"
                "\"userRatingCount\":%u,\"contentAdvisoryRating\":\"4+\",\"price\":0.0,\"trackViewUrl\":"
                "\"https://apps.example/id%" G_GUINT64_FORMAT "\"}",
                app->code, app->developer, app->developer, app->version, app->size, app->rating / 10,
                app->rating % 10, app->votes, FIRST_ID + app->i);
}

static bool find(const FakeAsk *ask, const char *word, bool bundle, FakeApp *app)
{
        guint64 id;
        if (bundle)
                return fake_app_by_package(ask->fakes, word, app);
        if (!g_ascii_string_to_unsigned(word, 10, FIRST_ID, G_MAXUINT64, &id, NULL) ||
            id - FIRST_ID >= ask->fakes->apps)
                return false;
        fake_app(ask->fakes, id - FIRST_ID, app);
        return true;
}

static void lookup(const FakeAsk *ask, FakeReply *reply)
{
        g_autofree char *bundles = fake_arg(ask, "bundleId");
        g_autofree char *ids = fake_arg(ask, "id");
        g_auto(GStrv) words = g_strsplit(bundles ? bundles : ids ? ids : "", ",", 201);
        g_autoptr(GString) items = g_string_new(NULL);
        unsigned count = 0;
        FakeApp app;
        for (char **word = words; *word && !ask->empty; word++)
                if (find(ask, *word, bundles != NULL, &app))
                        add(&app, count++ == 0, items);
        reply->type = "text/javascript; charset=utf-8";
        g_string_append_printf(reply->body, "\n\n\n{\n \"resultCount\":%u,\n \"results\": [\n%s]\n}\n\n\n",
                               count, items->str);
}

static void page(const FakeAsk *ask, FakeReply *reply)
{
        reply->type = "text/html; charset=utf-8";
        g_string_append_printf(reply->body,
                               "<html><head><meta name=\"config\" "
                               "content=\"%%7B%%22MEDIA_API%%22%%3A%%7B%%22token%%22%%3A%%22eyJ0.%s"
                               "%%22%%7D%%7D\"></head><body></body></html>\n",
                               ask->empty ? "" : "anybody");
}

static void labels(const FakeAsk *ask, FakeReply *reply)
{
        g_autofree char *token = fake_header(ask->head, "Authorization");
        if (!token || ask->stale || !strstr(token, "Bearer eyJ0.")) {
                fake_page(reply, 401, "application/json", "{\"errors\":[{\"status\":\"401\"}]}");
                return;
        }
        reply->type = "application/json";
        g_string_append(reply->body, "{\"data\":[{\"type\":\"apps\",\"attributes\":{\"privacyDetails\":{"
                                     "\"managePrivacyChoicesUrl\":null,\"privacyTypes\":["
                                     "{\"privacyType\":\"Data Used to Track "
                                     "You\",\"identifier\":\"DATA_USED_TO_TRACK_YOU\",\"description\":\"\","
                                     "\"dataCategories\":[{\"dataCategory\":\"Identifiers\",\"identifier\":"
                                     "\"IDENTIFIERS\",\"dataTypes\":[\"Device ID\"]}],"
                                     "\"purposes\":[]},{\"privacyType\":\"Data Linked to "
                                     "You\",\"identifier\":\"DATA_LINKED_TO_YOU\",\"description\":\"\","
                                     "\"dataCategories\":[],\"purposes\":[{\"purpose\":\"Analytics\","
                                     "\"identifier\":\"ANALYTICS\",\"dataCategories\":["
                                     "{\"dataCategory\":\"Location\",\"identifier\":\"LOCATION\","
                                     "\"dataTypes\":[\"Coarse Location\"]}]}]}]}}}]}");
}

const FakeRoute fake_apple[] = {
        {"apple", "GET", "/lookup", "detail", lookup},
        {"apple", "GET", "/us/app/id", "token", page},
        {"apple", "GET", "/v1/catalog/us/apps/", "labels", labels},
        {NULL},
};
