/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakes/fakes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* SplitMix64 (Steele, Lea, Flood 2014): one number for each (seed, i, what). */
static uint64_t roll(uint64_t seed, uint64_t i, uint64_t what)
{
        uint64_t z = seed + (i * 16 + what + 1) * 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
}

static const char *const first_words[] = {"Blue", "云", "Tiny", "快", "Open", "小", "Night", "Super"};
static const char *const second_words[] = {"Map",   "记账", "Reader", "相机",
                                           "Radio", "天气", "Bank",   "Puzzle"};
static const char *const category_names[] = {"影音视听", "实用工具", "聊天社交", "图书阅读", "学习教育",
                                             "摄影摄像", "旅行交通", "体育运动", "购物",     "生活",
                                             "新闻",     "理财",     "居家",     "医疗健康", "效率办公"};
static const char *const permissions[] = {
        "android.permission.INTERNET",        "android.permission.ACCESS_NETWORK_STATE",
        "android.permission.CAMERA",          "android.permission.READ_CONTACTS",
        "android.permission.RECORD_AUDIO",    "android.permission.ACCESS_FINE_LOCATION",
        "android.permission.READ_PHONE_STATE"};

const char *const *fake_permissions(uint64_t i, unsigned *n)
{
        *n = 1 + (unsigned)(i % G_N_ELEMENTS(permissions));
        return permissions;
}

const char *fake_category_name(unsigned category)
{
        return category_names[category % G_N_ELEMENTS(category_names)];
}

static const FakeApk *apk_of(const Fakes *fakes, uint64_t i)
{
        return fakes->apks->len ? g_ptr_array_index(fakes->apks, i % fakes->apks->len) : NULL;
}

/* The smallest archive (an end of central directory with a comment), different for each app. */
enum { TINY_SIZE = 22 + 40 };
static void tiny_apk(uint64_t i, char out[TINY_SIZE + 1])
{
        memset(out, 0, TINY_SIZE);
        memcpy(out, (const char[]){'P', 'K', 5, 6}, 4);
        out[20] = TINY_SIZE - 22;
        (void)snprintf(out + 22, TINY_SIZE - 22 + 1, "no app, number %-25" G_GUINT64_FORMAT, i);
}

const char *fake_apk(const Fakes *fakes, uint64_t i, gsize *len, char **own)
{
        const FakeApk *apk = apk_of(fakes, i);
        *own = NULL;
        *len = apk ? apk->len : TINY_SIZE;
        if (apk)
                return apk->bytes;
        *own = g_malloc(TINY_SIZE + 1);
        tiny_apk(i, *own);
        return *own;
}

static void digest(GChecksumType type, const char *bytes, gsize len, char *out, gsize size)
{
        g_autofree char *hex = g_compute_checksum_for_data(type, (const guchar *)bytes, len);
        g_strlcpy(out, hex, size);
}

static void digests(const Fakes *fakes, FakeApp *app)
{
        const FakeApk *apk = apk_of(fakes, app->i);
        char tiny[TINY_SIZE + 1];
        app->size = apk ? apk->len : TINY_SIZE;
        if (apk) {
                g_strlcpy(app->md5, apk->md5, sizeof app->md5);
                g_strlcpy(app->sha256, apk->sha256, sizeof app->sha256);
                return;
        }
        tiny_apk(app->i, tiny);
        digest(G_CHECKSUM_MD5, tiny, TINY_SIZE, app->md5, sizeof app->md5);
        digest(G_CHECKSUM_SHA256, tiny, TINY_SIZE, app->sha256, sizeof app->sha256);
}

static void when(uint64_t ago_s, char out[24])
{
        time_t at = (time_t)(1785542400 - ago_s); /* before 2026-08-01 */
        struct tm tm;
        gmtime_r(&at, &tm);
        (void)strftime(out, 24, "%Y-%m-%d %H:%M:%S", &tm);
}

/* An APK says its own package once: the apps beyond the folder's files have invented names. */
static const FakeApk *named_apk(const Fakes *fakes, uint64_t i)
{
        const FakeApk *apk = i < fakes->apks->len ? apk_of(fakes, i) : NULL;
        return apk && apk->package ? apk : NULL;
}

void fake_app(const Fakes *fakes, uint64_t i, FakeApp *out)
{
        uint64_t seed = fakes->seed;
        const FakeApk *apk = named_apk(fakes, i);
        *out = (FakeApp){.i = i, .category = (unsigned)(i % fakes->categories)};
        if (apk)
                g_strlcpy(out->package, apk->package, sizeof out->package);
        else
                (void)snprintf(out->package, sizeof out->package, "org.fake.a%07" G_GUINT64_FORMAT, i);
        out->code = apk && apk->code ? apk->code : 1 + (unsigned)(roll(seed, i, 0) % 900);
        if (apk && apk->version)
                g_strlcpy(out->version, apk->version, sizeof out->version);
        else
                (void)snprintf(out->version, sizeof out->version, "%u.%u", out->code / 100, out->code % 100);
        (void)snprintf(out->name, sizeof out->name, "%s %s %" G_GUINT64_FORMAT,
                       first_words[roll(seed, i, 1) % 8], second_words[roll(seed, i, 2) % 8], i);
        (void)snprintf(out->developer, sizeof out->developer, "Studio %" G_GUINT64_FORMAT,
                       roll(seed, i, 3) % 997);
        out->downloads =
                1 + roll(seed, i, 4) % (uint64_t[]){100, 10000, 1000000, 100000000}[roll(seed, i, 5) % 4];
        out->rating = 10 + (unsigned)(roll(seed, i, 6) % 41);
        out->votes = (unsigned)(out->downloads / 7 % 100000);
        when(roll(seed, i, 7) % (4 * 365 * 86400), out->updated);
        out->hidden = fakes->hidden && i % fakes->hidden == fakes->hidden - 1;
        out->paid = fakes->paid && i % fakes->paid == fakes->paid - 1;
        digests(fakes, out);
}

bool fake_app_by_package(const Fakes *fakes, const char *package, FakeApp *out)
{
        gpointer known = package ? g_hash_table_lookup(fakes->by_package, package) : NULL;
        guint64 i = 0;
        if (known)
                i = GPOINTER_TO_SIZE(known) - 1;
        else if (!package || strlen(package) < 17 || !g_str_has_prefix(package, "org.fake.a") ||
                 !g_ascii_string_to_unsigned(package + 10, 10, 0, G_MAXUINT64, &i, NULL))
                return false;
        if (i >= fakes->apps)
                return false;
        fake_app(fakes, i, out);
        return strcmp(out->package, package) == 0;
}

bool fake_app_in(const Fakes *fakes, unsigned category, uint64_t j, FakeApp *out)
{
        if (j >= fake_apps_in(fakes, category))
                return false;
        fake_app(fakes, category + j * (uint64_t)fakes->categories, out);
        return true;
}

uint64_t fake_apps_in(const Fakes *fakes, unsigned category)
{
        if (category >= fakes->categories || category >= fakes->apps)
                return 0;
        return (fakes->apps - category - 1) / fakes->categories + 1;
}

const char *fake_base(const Fakes *fakes, const char *market)
{
        const char *base = g_hash_table_lookup(fakes->bases, market);
        g_assert(base);
        return base;
}

void fake_apk_url(const Fakes *fakes, const char *market, const FakeApp *app, GString *out)
{
        g_string_append_printf(out, "%s/%s/%" G_GUINT64_FORMAT "/%s.apk", fake_base(fakes, "cdn"), market,
                               app->i, app->package);
}

void fake_policy_url(const Fakes *fakes, const FakeApp *app, GString *out)
{
        g_string_append_printf(out, "%s/privacy/%s", fake_base(fakes, "policy"), app->package);
}

/* ---- files ------------------------------------------------------------------------------------------------- */

static FakeApk *apk_load(const char *folder, const char *name, GError **error)
{
        FakeApk *apk = g_new0(FakeApk, 1);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (!g_file_get_contents(path, &apk->bytes, &apk->len, error)) {
                g_free(apk);
                return NULL;
        }
        const guchar *bytes = (const guchar *)apk->bytes;
        apk->md5 = g_compute_checksum_for_data(G_CHECKSUM_MD5, bytes, apk->len);
        apk->sha1 = g_compute_checksum_for_data(G_CHECKSUM_SHA1, bytes, apk->len);
        apk->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, apk->len);
        return apk;
}

/* file, package, version code, version name: what the APKs themselves say. */
static GHashTable *read_packages(const char *folder)
{
        GHashTable *packages =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
        g_autofree char *path = g_build_filename(folder, "packages.tsv", NULL);
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
                return packages;
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
                char **cells = g_strsplit(*line, "\t", 4);
                if (g_strv_length(cells) >= 3)
                        g_hash_table_replace(packages, g_strdup(cells[0]), cells);
                else
                        g_strfreev(cells);
        }
        return packages;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

bool fake_apks_load(Fakes *fakes, const char *folder, GError **error)
{
        g_autoptr(GHashTable) packages = read_packages(folder);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
        if (!dir)
                return false;
        for (const char *name; (name = g_dir_read_name(dir));)
                if (g_str_has_suffix(name, ".apk"))
                        g_ptr_array_add(names, g_strdup(name));
        g_ptr_array_sort(names, by_name);
        for (guint i = 0; i < names->len; i++) {
                char **cells = g_hash_table_lookup(packages, names->pdata[i]);
                FakeApk *apk = apk_load(folder, names->pdata[i], error);
                if (!apk)
                        return false;
                g_ptr_array_add(fakes->apks, apk);
                if (!cells)
                        continue;
                apk->package = g_strdup(cells[1]);
                apk->code = (unsigned)g_ascii_strtoull(cells[2], NULL, 10);
                apk->version = g_strdup(cells[3]);
                g_hash_table_insert(fakes->by_package, apk->package, GSIZE_TO_POINTER((gsize)i + 1));
        }
        return true;
}
