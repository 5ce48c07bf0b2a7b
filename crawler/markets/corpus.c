/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/corpus.h"

#include "core/digest.h"
#include "crawler/gzip.h"
#include "crawler/markets/csv.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/leftout.h"

#include <stdlib.h>

enum { PATH_BYTES = 4096, STEM_BYTES = 200, SUFFIX_DIGITS = 12, HEADER_SHOWN = 120 };

typedef struct {
        char *path, *package, *category, *sha256; /* in the arena; NULL: not stated */
        int64_t version_code, size;               /* -1: not stated */
        bool by_file;                             /* named by its file */
} App;

typedef enum { SHAPE, NAME, FILE_NAME, NOT_APP, DIGEST, OTHER_MARKET, OLDER, REASONS } Reason;
static const char *const reasons[REASONS] = {"row-shape",   "package-name", "file-name",    "not-app",
                                             "file-digest", "other-market", "older-version"};

typedef struct {
        const char *const *only_markets;
        Arena *arena;
        struct {
                int path, package, version_code, market, category, sha256, size;
        } column;
        bool have_header;
        GPtrArray *apps; /* App, in the arena */
        LeftOut left[REASONS];
        GError *error;
} Reading;

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static bool take_header(Reading *reading, const CsvRow *row)
{
        reading->column.path = csv_column(row, "path");
        reading->column.package = csv_column(row, "package");
        reading->column.version_code = csv_column(row, "version_code");
        reading->column.market = csv_column(row, "market");
        reading->column.category = csv_column(row, "category");
        reading->column.sha256 = csv_column(row, "sha256");
        reading->column.size = csv_column(row, "size");
        reading->have_header = true;
        if (!row->trouble && reading->column.path >= 0 &&
            (!reading->only_markets || reading->column.market >= 0))
                return true;
        Span first = csv_field(row, 0);
        g_autofree char *seen = g_utf8_make_valid(first.len ? (const char *)first.data : "",
                                                  (gssize)MIN(first.len, HEADER_SHOWN));
        return fault(&reading->error, FAULT_MALFORMED,
                     "the list of files has no column \"%s\" (its first line begins with \"%s\"); known: "
                     "path package "
                     "version_code market category sha256 size",
                     reading->column.path < 0 ? "path" : "market", seen);
}

bool corpus_is_app(const char *path)
{
        static const char *const ends[] = {".apk", ".xapk", ".apkm", ".apks", ".aab", ".dex"};
        size_t len = strlen(path);
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
                size_t n = strlen(ends[i]);
                if (len > n && path[len - n - 1] != '/' && g_ascii_strcasecmp(path + len - n, ends[i]) == 0)
                        return true;
        }
        return false;
}

/* Relative, and nowhere but down. */
static bool is_inside(const char *path)
{
        if (!path || *path == '/' || strlen(path) > PATH_BYTES)
                return false;
        g_auto(GStrv) parts = g_strsplit(path, "/", -1);
        for (char **part = parts; *part; part++) {
                if (!**part || g_str_equal(*part, ".") || g_str_equal(*part, ".."))
                        return false;
        }
        return true;
}

/* "a/Some App (2).apk": "Some_App_2". */
static char *name_of_file(Arena *arena, const char *path)
{
        g_autofree char *base = g_path_get_basename(path);
        *strrchr(base, '.') = '\0'; /* an app's file has one */
        g_autoptr(GString) name = g_string_new(NULL);
        for (const char *p = base; *p && name->len < STEM_BYTES; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                bool plain =
                        c < 0x80 ? g_ascii_isalnum((char)c) || strchr("_.-", (char)c) : g_unichar_isalnum(c);
                if (plain)
                        g_string_append_unichar(name, c);
                else if (name->len && name->str[name->len - 1] != '_')
                        g_string_append_c(name, '_');
        }
        while (name->len && strchr("_.", name->str[name->len - 1]))
                g_string_truncate(name, name->len - 1);
        while (name->len && name->str[0] == '.')
                g_string_erase(name, 0, 1);
        return arena_str(arena, name->len ? name->str : "app");
}

static char *field_in(Reading *reading, const CsvRow *row, int column)
{
        g_autofree char *text = csv_text(row, column);
        return arena_str(reading->arena, text);
}

static bool of_market(const Reading *reading, const CsvRow *row)
{
        if (!reading->only_markets)
                return true;
        g_autofree char *market = csv_text(row, reading->column.market);
        return market && g_strv_contains(reading->only_markets, market);
}

/* Why no listing is made of the row; REASONS: one is. */
static Reason read_app(Reading *reading, const CsvRow *row, App *app)
{
        if (row->trouble)
                return SHAPE;
        if (!of_market(reading, row))
                return OTHER_MARKET;
        app->path = field_in(reading, row, reading->column.path);
        if (!is_inside(app->path))
                return FILE_NAME;
        if (!corpus_is_app(app->path))
                return NOT_APP;
        app->by_file = csv_field(row, reading->column.package).len == 0;
        app->package = app->by_file ? name_of_file(reading->arena, app->path)
                                    : field_in(reading, row, reading->column.package);
        if (!app->package || !fdroid_is_package(app->package))
                return NAME;
        g_autofree char *digest = csv_text(row, reading->column.sha256);
        g_autofree char *lower = digest ? g_ascii_strdown(digest, -1) : NULL;
        if (csv_field(row, reading->column.sha256).len > 0 && (!lower || !hex_is_sha256(lower)))
                return DIGEST;
        app->sha256 = arena_str(reading->arena, lower);
        app->version_code = csv_number(row, reading->column.version_code);
        app->size = csv_number(row, reading->column.size);
        app->category = field_in(reading, row, reading->column.category);
        if (!app->category)
                app->category = field_in(reading, row, reading->column.market);
        return REASONS;
}

static bool row_came(const CsvRow *row, void *context)
{
        Reading *reading = context;
        if (!reading->have_header)
                return take_header(reading, row);
        if (reading->apps->len >= CORPUS_FILES)
                return fault(&reading->error, FAULT_LIMIT, "more than %d files are listed", CORPUS_FILES);
        App *app = arena_new0(reading->arena, App);
        Reason reason = read_app(reading, row, app);
        if (reason == REASONS) {
                g_ptr_array_add(reading->apps, app);
                return true;
        }
        Span name = csv_field(row, reading->column.path);
        g_autofree char *line = name.len ? NULL : g_strdup_printf("line %" G_GUINT64_FORMAT, row->line);
        leftout_count(&reading->left[reason], row->trouble ? row->lines : 1, line ? span_str(line) : name,
                      reading->arena);
        return true;
}

static bool piece_came(Span piece, void *context)
{
        return csv_feed(context, piece);
}

static bool read_rows(Reading *reading, int fd, GError **error)
{
        g_autoptr(Csv) csv = csv_new(row_came, reading);
        bool ok = gzip_read(fd, CORPUS_CSV_BYTES, piece_came, csv, error);
        if (ok && !reading->error)
                (void)csv_end(csv);
        if (ok && !reading->error && !reading->have_header)
                fault(&reading->error, FAULT_MALFORMED, "the list of files is empty");
        if (ok && reading->error) {
                g_propagate_error(error, g_steal_pointer(&reading->error));
                ok = false;
        }
        g_clear_error(&reading->error);
        return ok;
}

/* ---- one name, one app ----------------------------------------------------------------------------------------- */

/* By name; of one name the newest first, then the first path. */
static int by_name(const void *a, const void *b)
{
        const App *x = *(App *const *)a, *y = *(App *const *)b;
        int names = strcmp(x->package, y->package);
        if (names)
                return names;
        int versions = (x->version_code < y->version_code) - (x->version_code > y->version_code);
        return versions ? versions : strcmp(x->path, y->path);
}

static void sort_apps(Reading *reading)
{
        if (reading->apps->len)
                qsort(reading->apps->pdata, reading->apps->len, sizeof(void *), by_name);
}

static App *app_at(const Reading *reading, guint i)
{
        return g_ptr_array_index(reading->apps, i);
}

static bool same_name(const Reading *reading, guint a, guint b)
{
        return b < reading->apps->len &&
               g_str_equal(app_at(reading, a)->package, app_at(reading, b)->package);
}

/* Files named alike are told apart by their paths. Each of them is renamed, so that the names do not depend on an
 * order. */
static void tell_apart(Reading *reading)
{
        for (guint i = 0, end; i < reading->apps->len; i = end) {
                for (end = i + 1; same_name(reading, i, end);)
                        end++;
                for (guint k = i; end - i > 1 && k < end; k++) {
                        App *app = app_at(reading, k);
                        char hex[SHA256_HEX_SIZE];
                        digest_sha256_hex(span_str(app->path), hex);
                        hex[SUFFIX_DIGITS] = '\0';
                        if (app->by_file)
                                app->package = arena_printf(reading->arena, "%s-%s", app->package, hex);
                }
        }
        sort_apps(reading);
}

static Listing *listing_of(const App *app, const char *market, unsigned versions, Arena *arena)
{
        Listing *listing = record_new(arena, Listing, listing__init);
        ListedApk *apk = record_new(arena, ListedApk, listed_apk__init);
        listing->market = (char *)market;
        listing->package = app->package;
        listing->has_versions_total = true;
        listing->versions_total = versions;
        listing->apk = apk;
        g_auto(GStrv) categories = g_strsplit(app->category ? app->category : "", "|", FDROID_LIST);
        for (char **c = categories; *c; c++)
                fdroid_add_name(arena, &listing->n_categories, &listing->categories,
                                fdroid_name(arena, g_strstrip(*c)));
        apk->path = app->path;
        apk->sha256 = app->sha256;
        apk->has_size = app->size > 0;
        apk->size = MAX(app->size, 0);
        apk->has_version_code = app->version_code >= 0;
        apk->version_code = MAX(app->version_code, 0);
        return listing;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint32_t tell(Reading *reading, const char *market, CorpusListing call, void *context)
{
        uint32_t told = 0;
        bool more = true;
        for (guint i = 0, end; more && i < reading->apps->len; i = end) {
                for (end = i + 1; same_name(reading, i, end); end++)
                        leftout_count(&reading->left[OLDER], 1, span_str(app_at(reading, end)->path),
                                      reading->arena);
                g_autoptr(Arena) arena = arena_new();
                Listing *listing = listing_of(app_at(reading, i), market, end - i, arena);
                if (listing->n_categories)
                        qsort(listing->categories, listing->n_categories, sizeof(char *), by_text);
                more = call(listing, context);
                told++;
        }
        return told;
}

IndexSummary *corpus_read(int fd, const char *market, const char *const *only_markets, CorpusListing call,
                          void *context, Arena *arena, GError **error)
{
        Reading reading = {.only_markets = only_markets, .arena = arena, .apps = g_ptr_array_new()};
        LeftOut *left[REASONS];
        for (int i = 0; i < REASONS; i++) {
                reading.left[i].reason = reasons[i];
                left[i] = &reading.left[i];
        }
        IndexSummary *summary = NULL;
        if (read_rows(&reading, fd, error)) {
                sort_apps(&reading);
                tell_apart(&reading);
                summary = record_new(arena, IndexSummary, index_summary__init);
                summary->packages = tell(&reading, market, call, context);
                leftout_list(left, OLDER, arena, &summary->n_skipped, &summary->skipped);
                leftout_list(left + OLDER, 1, arena, &summary->n_skipped_versions,
                             &summary->skipped_versions);
        }
        g_ptr_array_unref(reading.apps);
        return summary;
}
