/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AndroZoo: a compressed list of digests for anybody, files for who has a key, what Google Play said of an app. */
#include "fakes/fakes.h"

#include <string.h>
#include <zlib.h>

static void add_row(const Fakes *fakes, uint64_t i, bool added, GString *out)
{
        static const char *const origins[] = {"play.google.com", "anzhi", "play.google.com|appchina",
                                              "fdroid", "mi.com"};
        FakeApp app;
        fake_app(fakes, i, &app);
        g_autofree char *sha256 = g_ascii_strup(app.sha256, -1);
        g_autofree char *md5 = g_ascii_strup(app.md5, -1);
        const FakeApk *apk = fakes->apks->len ? g_ptr_array_index(fakes->apks, i % fakes->apks->len) : NULL;
        g_autofree char *sha1 =
                g_ascii_strup(apk ? apk->sha1 : "0000000000000000000000000000000000000000", -1);
        g_string_append_printf(out, "%s,%s,%s,1980-01-01 00:00:00,%zu,\"%s\",%u,%s,%s,%zu,%s%s%s\n", sha256,
                               sha1, md5, app.size, app.package, app.code, i % 7 ? "0" : "",
                               i % 7 ? app.updated : "", app.size / 2, origins[i % G_N_ELEMENTS(origins)],
                               added ? "," : "", added ? app.updated : "");
}

static void squeeze(z_stream *z, const GString *in, int flush, GString *out)
{
        char buffer[16384];
        z->next_in = (Bytef *)in->str;
        z->avail_in = (uInt)in->len;
        do {
                z->next_out = (Bytef *)buffer;
                z->avail_out = sizeof buffer;
                (void)deflate(z, flush);
                g_string_append_len(out, buffer, (gssize)(sizeof buffer - z->avail_out));
        } while (z->avail_out == 0);
}

static GString *make_list(const Fakes *fakes, uint64_t apps, bool added, bool misshapen)
{
        GString *out = g_string_new(NULL), *rows = g_string_new(NULL);
        z_stream z = {0};
        g_assert(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
        g_string_append_printf(rows, "%s%s\n",
                               misshapen ? "hash,sha1,md5,dex_date,bytes,name,vercode,vt_detection,vt_scan_"
                                           "date,dex_size,markets"
                                         : "sha256,sha1,md5,dex_date,apk_size,pkg_name,vercode,vt_detection,"
                                           "vt_scan_date,dex_size,markets",
                               added ? ",added" : "");
        for (uint64_t i = 0; i < apps; i++) {
                add_row(fakes, i, added, rows);
                if (rows->len < 1 << 18)
                        continue;
                squeeze(&z, rows, Z_NO_FLUSH, out);
                g_string_truncate(rows, 0);
        }
        squeeze(&z, rows, Z_FINISH, out);
        (void)deflateEnd(&z);
        g_string_free(rows, TRUE);
        return out;
}

static void list(const FakeAsk *ask, FakeReply *reply)
{
        Fakes *fakes = ask->fakes;
        bool added = strstr(ask->path, "with-added-date") != NULL;
        GString **csv = added ? &fakes->csv_added : &fakes->csv;
        reply->type = "application/gzip";
        if (ask->misshapen || ask->empty) {
                GString *other = make_list(fakes, ask->empty ? 0 : fakes->apps, added, ask->misshapen);
                reply->file_len = other->len;
                reply->file = reply->own = g_string_free(other, FALSE);
                return;
        }
        if (!*csv)
                *csv = make_list(fakes, fakes->apps, added, false);
        reply->file = (*csv)->str;
        reply->file_len = (*csv)->len;
}

/* The app whose file has this digest. */
static bool by_digest(const Fakes *fakes, const char *sha256, uint64_t *i)
{
        uint64_t most = fakes->apks->len ? MIN(fakes->apps, fakes->apks->len) : fakes->apps;
        FakeApp app;
        for (*i = 0; *i < most; (*i)++) {
                fake_app(fakes, *i, &app);
                if (g_ascii_strcasecmp(app.sha256, sha256) == 0)
                        return true;
        }
        return false;
}

static bool has_key(const FakeAsk *ask, FakeReply *reply)
{
        g_autofree char *key = fake_arg(ask, "apikey");
        if (key && strcmp(key, ask->fakes->key) == 0)
                return true;
        fake_page(reply, 400, "text/plain", "Error: invalid apikey provided\n");
        return false;
}

static void download(const FakeAsk *ask, FakeReply *reply)
{
        g_autofree char *sha256 = fake_arg(ask, "sha256");
        uint64_t i;
        if (!has_key(ask, reply))
                return;
        if (!sha256 || !by_digest(ask->fakes, sha256, &i)) {
                fake_page(reply, 404, "text/plain", "Error: no such file\n");
                return;
        }
        reply->type = "application/octet-stream";
        g_string_append_printf(reply->head, "Content-Disposition: attachment; filename=%s.apk\r\n", sha256);
        reply->file = fake_apk(ask->fakes, i, &reply->file_len, &reply->own);
}

static void metadata(const FakeAsk *ask, FakeReply *reply)
{
        FakeApp app;
        g_autofree char *package = g_strdup(ask->path + strlen("/api/get_gp_metadata/"));
        package[strcspn(package, "/")] = 0;
        if (!has_key(ask, reply))
                return;
        if (!fake_app_by_package(ask->fakes, package, &app) || ask->empty) {
                fake_page(reply, 404, "application/json", "{}");
                return;
        }
        reply->type = "application/json";
        g_string_append_printf(
                reply->body,
                "[{\"docid\":\"%s\",\"title\":\"%s\",\"creator\":\"%s\",\"details\":{\"appDetails\":{"
                "\"developerName\":\"%s\","
                "\"uploadDate\":\"Jan 1, "
                "2026\",\"versionCode\":%u,\"versionString\":\"%s\",\"numDownloads\":\"%" G_GUINT64_FORMAT
                "+\"}},\"relatedLinks\":{\"privacyPolicyUrl\":\"",
                app.package, app.name, app.developer, app.developer, app.code, app.version, app.downloads);
        fake_policy_url(ask->fakes, &app, reply->body);
        g_string_append(reply->body, "\"},\"azMetadataDate\":\"2026-01-02\"}]");
}

const FakeRoute fake_androzoo[] = {
        {"androzoo", "GET", "/static/lists/latest", "list", list},
        {"androzoo", "GET", "/api/download", "apk", download},
        {"androzoo", "GET", "/api/get_gp_metadata/", "detail", metadata},
        {NULL},
};
