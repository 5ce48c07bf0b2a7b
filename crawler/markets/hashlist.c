/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/hashlist.h"

#include "core/digest.h"
#include "crawler/gzip.h"
#include "crawler/markets/csv.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/heldapps.h"
#include "crawler/markets/leftout.h"
#include "crawler/markets/values.h"
#include "crawler/sample.h"

#include <stdlib.h>

enum { DAY = 10, TIME = 19, SIZE_MAX_BITS = 40, HEADER_SHOWN = 120 };

/* ---- columns and reasons --------------------------------------------------------------------------------------- */

typedef struct {
        int sha256, md5, size, package, vercode, date, added, markets;
        size_t n;
} Columns;

typedef enum { SHAPE, NAME, DIGEST, SIZE, NO_DATE, OTHER_MARKET, OTHER_DATE, OTHER_SIZE, REASONS } Reason;
static const char *const reasons[REASONS] = {"row-shape", "package-name", "file-digest", "file-size",
                                             "no-date",   "other-market", "other-date",  "other-size"};

typedef struct {
        const HashlistRule *rule;
        Arena *arena;
        Columns columns;
        HeldApps *held;
        LeftOut left[REASONS];
        GError *error; /* what stopped the reading */
} Reading;

static bool stop(Reading *reading, Fault code, const char *text)
{
        fault(&reading->error, code, "%s", text);
        return false;
}

static bool needs(Reading *reading, const CsvRow *header, const char *name, int *column)
{
        *column = csv_column(header, name);
        if (*column >= 0)
                return true;
        g_autoptr(GString) seen = g_string_new(NULL);
        for (size_t i = 0; i < header->n && seen->len < HEADER_SHOWN; i++)
                g_string_append_printf(seen, "%s%.*s", i ? "," : "",
                                       (int)MIN(header->fields[i].len, HEADER_SHOWN),
                                       header->fields[i].len ? (const char *)header->fields[i].data : "");
        g_autofree char *valid = g_utf8_make_valid(seen->str, (gssize)seen->len);
        return fault(&reading->error, FAULT_MALFORMED,
                     "the list has no column \"%s\": its first line is \"%s\"", name, valid);
}

static bool take_header(Reading *reading, const CsvRow *row)
{
        const HashlistRule *rule = reading->rule;
        Columns *c = &reading->columns;
        if (row->trouble)
                return stop(reading, FAULT_MALFORMED, "the list's first line is no header");
        c->n = row->n;
        c->md5 = csv_column(row, "md5");
        c->vercode = csv_column(row, "vercode");
        c->added = csv_column(row, "added");
        const char *date = rule->date ? rule->date : "vt_scan_date";
        bool by_date = rule->from || rule->to;
        c->date = csv_column(row, date);
        c->markets = csv_column(row, "markets");
        return needs(reading, row, "sha256", &c->sha256) && needs(reading, row, "pkg_name", &c->package) &&
               needs(reading, row, "apk_size", &c->size) &&
               (!by_date || needs(reading, row, date, &c->date)) &&
               (!rule->only_markets || needs(reading, row, "markets", &c->markets));
}

/* ---- filters --------------------------------------------------------------------------------------------------- */

static Span next_origin(Span *rest)
{
        const uint8_t *bar = rest->len ? memchr(rest->data, '|', rest->len) : NULL;
        size_t n = bar ? (size_t)(bar - rest->data) : rest->len;
        Span one = span_part(*rest, 0, n);
        *rest = bar ? span_from(*rest, n + 1) : (Span){NULL, 0};
        return one;
}

static bool of_market(const HashlistRule *rule, Span markets)
{
        while (markets.len) {
                Span one = next_origin(&markets);
                for (const char *const *m = rule->only_markets; *m; m++) {
                        if (span_eq_str(one, *m))
                                return true;
                }
        }
        return false;
}

static bool is_day(Span text)
{
        static const char shape[] = "dddd-dd-dd";
        if (text.len < DAY)
                return false;
        for (size_t i = 0; i < DAY; i++) {
                if (shape[i] == 'd' ? !g_ascii_isdigit(text.data[i]) : text.data[i] != '-')
                        return false;
        }
        return true;
}

/* Days in this form compare as text. REASONS: it is inside. */
static Reason outside_date(const HashlistRule *rule, Span date)
{
        if (!rule->from && !rule->to)
                return REASONS;
        if (!is_day(date))
                return NO_DATE;
        bool early = rule->from && memcmp(date.data, rule->from, DAY) < 0;
        bool late = rule->to && memcmp(date.data, rule->to, DAY) > 0;
        return early || late ? OTHER_DATE : REASONS;
}

static Reason outside(const Reading *reading, const CsvRow *row, int64_t size)
{
        const HashlistRule *rule = reading->rule;
        if (row->n != reading->columns.n)
                return SHAPE;
        if (rule->only_markets && !of_market(rule, csv_field(row, reading->columns.markets)))
                return OTHER_MARKET;
        if (size <= 0 || size >> SIZE_MAX_BITS)
                return SIZE;
        if ((rule->size_min > 0 && size < rule->size_min) || (rule->size_max > 0 && size > rule->size_max))
                return OTHER_SIZE;
        return outside_date(rule, csv_field(row, reading->columns.date));
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

/* The field as a name that Android may install under, NUL-terminated in `name`. */
static bool read_package(Span field, char name[FDROID_NAME_BYTES + 1])
{
        if (field.len == 0 || field.len > FDROID_NAME_BYTES || memchr(field.data, 0, field.len) ||
            !g_utf8_validate((const char *)field.data, (gssize)field.len, NULL))
                return false;
        memcpy(name, field.data, field.len);
        name[field.len] = '\0';
        return fdroid_is_package(name);
}

static bool read_hex(Span field, uint8_t *out, size_t size)
{
        char text[2 * SHA256_SIZE + 1];
        if (field.len != 2 * size || memchr(field.data, 0, field.len))
                return false;
        memcpy(text, field.data, field.len);
        text[field.len] = '\0';
        return hex_decode(text, out, size);
}

static void leave_out(Reading *reading, const CsvRow *row, Reason reason)
{
        Span name = csv_field(row, reading->columns.package);
        g_autofree char *line = name.len ? NULL : g_strdup_printf("line %" G_GUINT64_FORMAT, row->line);
        leftout_count(&reading->left[reason], row->trouble ? row->lines : 1, line ? span_str(line) : name,
                      reading->arena);
}

static bool hold(Reading *reading, const HeldApp *app)
{
        HeldEnd end = held_see(reading->held, app);
        if (end == HELD_TOO_MANY)
                return stop(
                        reading, FAULT_LIMIT,
                        "more than 2,000,000 packages pass the market file's filters: narrow them "
                        "(only_markets, "
                        "from, to, size_min, size_max), take a --sample, or name the packages with --list");
        return end == HELD_OK ||
               stop(reading, FAULT_LIMIT, "the list names more packages than can be told apart here");
}

static bool take_row(Reading *reading, const CsvRow *row)
{
        const Columns *c = &reading->columns;
        char package[FDROID_NAME_BYTES + 1];
        HeldApp app = {.package = package, .size = row->trouble ? -1 : csv_number(row, c->size)};
        Reason reason = row->trouble ? SHAPE : outside(reading, row, app.size);
        if (reason == REASONS && !read_package(csv_field(row, c->package), package))
                reason = NAME;
        if (reason == REASONS && !read_hex(csv_field(row, c->sha256), app.sha256, sizeof app.sha256))
                reason = DIGEST;
        if (reason != REASONS) {
                leave_out(reading, row, reason);
                return true;
        }
        if (reading->rule->packages && !g_hash_table_contains(reading->rule->packages, package))
                return true;
        app.number = sample_number(reading->rule->seed, package);
        app.has_md5 = read_hex(csv_field(row, c->md5), app.md5, sizeof app.md5);
        app.version_code = csv_number(row, c->vercode);
        app.date = csv_field(row, c->date);
        app.added = csv_field(row, c->added);
        app.origins = csv_field(row, c->markets);
        return hold(reading, &app);
}

static bool row_came(const CsvRow *row, void *context)
{
        Reading *reading = context;
        return reading->columns.n ? take_row(reading, row) : take_header(reading, row);
}

static bool piece_came(Span piece, void *context)
{
        return csv_feed(context, piece);
}

/* ---- listings -------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_origins(Arena *arena, Listing *listing, Span origins)
{
        while (origins.len && listing->n_categories < HASHLIST_ORIGINS) {
                Span one = next_origin(&origins);
                char *name = one.len ? fdroid_name(arena, arena_utf8(arena, one)) : NULL;
                fdroid_add_name(arena, &listing->n_categories, &listing->categories, name);
        }
        if (listing->n_categories)
                qsort(listing->categories, listing->n_categories, sizeof(char *), by_text);
}

static char *hex_of(Arena *arena, const uint8_t *bytes, size_t size)
{
        char *hex = arena_alloc(arena, 2 * size + 1);
        hex_encode(span_of(bytes, size), hex);
        return hex;
}

static Listing *listing_of(const HeldApp *app, const char *market, Arena *arena)
{
        Listing *listing = record_new(arena, Listing, listing__init);
        ListedApk *apk = record_new(arena, ListedApk, listed_apk__init);
        listing->market = (char *)market;
        listing->package = (char *)app->package;
        listing->has_versions_total = true;
        listing->versions_total = app->versions;
        listing->apk = apk;
        add_origins(arena, listing, app->origins);
        apk->sha256 = hex_of(arena, app->sha256, sizeof app->sha256);
        apk->md5 = app->has_md5 ? hex_of(arena, app->md5, sizeof app->md5) : NULL;
        apk->has_size = true;
        apk->size = app->size;
        apk->has_version_code = app->version_code >= 0;
        apk->version_code = apk->has_version_code ? app->version_code : 0;
        if (app->added.len) {
                const char *added =
                        arena_utf8(arena, span_part(app->added, 0, MIN(app->added.len, (size_t)TIME)));
                apk->has_added_ms = value_time(added, &apk->added_ms);
        }
        return listing;
}

typedef struct {
        const HashlistRule *rule;
        HashlistListing listing;
        void *context;
} Telling;

static bool tell(const HeldApp *app, void *context)
{
        const Telling *t = context;
        if (t->rule->shards && sample_shard(app->package, t->rule->shards) != t->rule->shard)
                return true;
        g_autoptr(Arena) arena = arena_new();
        return t->listing(listing_of(app, t->rule->market, arena), t->context);
}

/* ---- the whole list -------------------------------------------------------------------------------------------- */

static bool read_rows(Reading *reading, int fd, GError **error)
{
        g_autoptr(Csv) csv = csv_new(row_came, reading);
        bool ok = gzip_read(fd, HASHLIST_BYTES, piece_came, csv, error);
        if (ok && !reading->error)
                (void)csv_end(csv);
        if (ok && !reading->error && reading->columns.n == 0)
                stop(reading, FAULT_MALFORMED, "the list is empty");
        if (ok && reading->error)
                g_propagate_error(error, g_steal_pointer(&reading->error));
        else
                g_clear_error(&reading->error);
        return ok && (!error || !*error);
}

static IndexSummary *sum_up(Reading *reading)
{
        IndexSummary *summary = record_new(reading->arena, IndexSummary, index_summary__init);
        LeftOut *left[REASONS];
        for (int i = 0; i < REASONS; i++)
                left[i] = &reading->left[i];
        summary->packages = (uint32_t)MIN(held_seen(reading->held), UINT32_MAX);
        leftout_list(left, REASONS, reading->arena, &summary->n_skipped_versions, &summary->skipped_versions);
        return summary;
}

IndexSummary *hashlist_read(int fd, const HashlistRule *rule, HashlistListing listing, void *context,
                            Arena *arena, GError **error)
{
        Reading reading = {.rule = rule, .arena = arena};
        GError *cause = NULL;
        if (rule->sample > HASHLIST_HELD) {
                fault(error, FAULT_LIMIT, "a sample of %u packages: at most %d are taken in one run",
                      rule->sample, HASHLIST_HELD);
                return NULL;
        }
        for (int i = 0; i < REASONS; i++)
                reading.left[i].reason = reasons[i];
        reading.held = held_new(rule->sample, HASHLIST_HELD);
        IndexSummary *summary = NULL;
        if (read_rows(&reading, fd, &cause)) {
                Telling telling = {rule, listing, context};
                held_each(reading.held, tell, &telling);
                summary = sum_up(&reading);
        }
        held_free(reading.held);
        if (cause)
                g_propagate_error(error, cause);
        return summary;
}

/* ---- market files ---------------------------------------------------------------------------------------------- */

/* The template with a digest in it; *n says how often it stands there. */
static char *fill_in(const char *template, const char *sha256, guint *n)
{
        g_autofree char *upper = g_ascii_strup(sha256, -1);
        GString *url = g_string_new(template);
        *n = g_string_replace(url, "{sha256}", sha256, 0) + g_string_replace(url, "{SHA256}", upper, 0);
        return g_string_free(url, FALSE);
}

static bool check_template(const Market *market, GError **error)
{
        static const char any[] = "0000000000000000000000000000000000000000000000000000000000000000";
        guint n = 0;
        g_autofree char *url = market->apk_url ? fill_in(market->apk_url, any, &n) : NULL;
        g_autofree char *host = market_host_of(url), *base = market_host_of(market->url);
        if (!host || n == 0 || g_strcmp0(host, base) != 0)
                return fault(error, FAULT_MALFORMED,
                             "apk_url: kind hashes needs the URL of an app on the host of url, with {sha256} "
                             "or {SHA256} in it");
        if ((strstr(url, "{key}") != NULL) != (market->key_file != NULL))
                return fault(error, FAULT_MALFORMED,
                             "apk_url: {key} stands in it where there is a key_file, and only there");
        return true;
}

static bool is_calendar_day(const char *text)
{
        if (strlen(text) != DAY || !is_day(span_str(text)))
                return false;
        g_autoptr(GDateTime) day = g_date_time_new_utc(atoi(text), atoi(text + 5), atoi(text + 8), 0, 0, 0);
        return day != NULL;
}

bool hashlist_check(const Market *market, GError **error)
{
        const char *days[] = {market->from, market->to};
        for (size_t i = 0; i < G_N_ELEMENTS(days); i++) {
                if (days[i] && !is_calendar_day(days[i]))
                        return fault(error, FAULT_MALFORMED, "%s: \"%s\" is no day like 2023-01-31",
                                     i ? "to" : "from", days[i]);
        }
        if (market->from && market->to && strcmp(market->from, market->to) > 0)
                return fault(error, FAULT_MALFORMED, "to: lies before from");
        static const char *const columns[] = {"vt_scan_date", "added", "dex_date", NULL};
        if (market->date && !g_strv_contains(columns, market->date))
                return fault(error, FAULT_MALFORMED,
                             "date: \"%s\" is none of vt_scan_date, added and dex_date", market->date);
        if (market->size_min < 0 || market->size_max < 0 ||
            (market->size_max > 0 && market->size_max < market->size_min))
                return fault(error, FAULT_MALFORMED,
                             "size_min, size_max: bytes, the first not above the second");
        return check_template(market, error);
}

char *hashlist_url(const Market *market, const ListedApk *apk, GError **error)
{
        if (!apk->sha256 || !hex_is_sha256(apk->sha256)) {
                fault(error, FAULT_MALFORMED, "the list gives no SHA-256 of it");
                return NULL;
        }
        guint n;
        return fill_in(market->apk_url, apk->sha256, &n);
}
