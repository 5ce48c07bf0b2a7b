/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/fdroid.h"

#include "core/digest.h"
#include "crawler/market.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/jarsign.h"

/* ---- entry.jar and index-v1.jar
 * --------------------------------------------------------------------------------- */

static IndexFile *file_of(const Json *value, Arena *arena, GError **error)
{
        const char *name = json_str(value, "name"), *sha256 = json_str(value, "sha256");
        int64_t size = json_int(value, "size", 0);
        bool named = name && *name && strnlen(name, FDROID_NAME_BYTES + 1) <= FDROID_NAME_BYTES;
        if (!named || !hex_is_sha256(sha256) || size <= 0) {
                fault(error, FAULT_MALFORMED, "states no name, SHA-256 and size");
                return NULL;
        }
        if ((uint64_t)size > FDROID_DOCUMENT_BYTES) {
                fault(error, FAULT_LIMIT, "of %" G_GINT64_FORMAT " bytes, at most %zu are read", size,
                      FDROID_DOCUMENT_BYTES);
                return NULL;
        }
        IndexFile *file = record_new(arena, IndexFile, index_file__init);
        file->name = arena_str(arena, name);
        file->sha256 = arena_str(arena, sha256);
        file->size = size;
        return file;
}

static int compare_diffs(const void *a, const void *b)
{
        int64_t x = (*(IndexFile *const *)a)->from_timestamp_ms,
                y = (*(IndexFile *const *)b)->from_timestamp_ms;
        return (x > y) - (x < y);
}

static void read_diffs(const Json *diffs, Arena *arena, IndexEntry *entry)
{
        for (JsonEach e = json_each(diffs); json_next(&e) && entry->n_diffs < FDROID_DIFFS;) {
                guint64 from;
                if (!g_ascii_string_to_unsigned(e.key, 10, 1, G_MAXINT64, &from, NULL))
                        continue;
                IndexFile *file = file_of(e.value, arena, NULL);
                if (!file)
                        continue;
                file->has_from_timestamp_ms = true;
                file->from_timestamp_ms = (int64_t)from;
                arena_push(arena, &entry->n_diffs, &entry->diffs, file);
        }
        if (entry->n_diffs)
                qsort(entry->diffs, entry->n_diffs, sizeof(void *), compare_diffs);
}

static bool set_times(IndexEntry *entry, const Json *timestamp, const Json *max_age, GError **error)
{
        entry->timestamp_ms = json_number(timestamp, 0);
        int64_t days = json_number(max_age, 0);
        entry->has_max_age_days = days > 0 && days < INT32_MAX;
        entry->max_age_days = entry->has_max_age_days ? days : 0;
        return entry->timestamp_ms > 0 || fault(error, FAULT_MALFORMED, "states no timestamp");
}

static bool read_entry_json(Span document, Arena *arena, IndexEntry *entry, GError **error)
{
        g_autoptr(Json) root = json_parse(document, error);
        if (!root || !set_times(entry, json_get(root, "timestamp"), json_get(root, "maxAge"), error))
                return false;
        entry->index = file_of(json_get(root, "index"), arena, error);
        if (!entry->index) {
                g_prefix_error(error, "index ");
                return false;
        }
        read_diffs(json_get(root, "diffs"), arena, entry);
        return true;
}

static bool read_index_v1(Span document, Arena *arena, IndexEntry *entry, GError **error)
{
        g_autoptr(Json) root = json_parse(document, error);
        const Json *repo = json_get(root, "repo");
        if (!root || !set_times(entry, json_get(repo, "timestamp"), json_get(repo, "maxage"), error))
                return false;
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(document, hex);
        entry->index = record_new(arena, IndexFile, index_file__init);
        entry->index->name = arena_str(arena, "index-v1.json");
        entry->index->sha256 = arena_str(arena, hex);
        entry->index->size = (int64_t)document.len;
        return true;
}

IndexEntry *fdroid_jar(FdroidJar kind, Span jar, const char *fingerprint, Span certificate, Arena *arena,
                       Span *document, GError **error)
{
        bool v1 = kind == FDROID_INDEX_V1;
        JarRule rule = {.jar = v1 ? "index-v1.jar" : "entry.jar",
                        .entry = v1 ? "index-v1.json" : "entry.json",
                        .jar_bytes = v1 ? FDROID_INDEX_JAR_BYTES : FDROID_ENTRY_JAR_BYTES,
                        .entry_bytes = v1 ? FDROID_DOCUMENT_BYTES : FDROID_ENTRY_JAR_BYTES,
                        .sha1 = v1,
                        .fingerprint = fingerprint,
                        .certificate = certificate};
        JarContent content;
        if (!jarsign_read(jar, &rule, arena, &content, error))
                return NULL;
        IndexEntry *entry = record_new(arena, IndexEntry, index_entry__init);
        entry->certificate =
                (ProtobufCBinaryData){content.certificate.len, (uint8_t *)content.certificate.data};
        if (!(v1 ? read_index_v1 : read_entry_json)(content.entry, arena, entry, error)) {
                g_prefix_error(error, "%s: %s: ", rule.jar, rule.entry);
                return NULL;
        }
        if (document)
                *document = v1 ? content.entry : (Span){NULL, 0};
        return entry;
}

/* ---- the merge patch
 * -------------------------------------------------------------------------------------------- */

/* Keys under which the client's database files apps and versions: no patch may speak of them. */
static const char *row_key_in(const Json *patch)
{
        static const char *const keys[] = {"packageName", "repoId", "versionId"};
        for (JsonEach e = json_each(patch); json_next(&e);) {
                for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
                        if (g_str_equal(e.key, keys[i]))
                                return keys[i];
                }
        }
        return NULL;
}

static bool patch_is_allowed(const Json *patch, GError **error)
{
        if (!json_is_map(patch))
                return fault(error, FAULT_MALFORMED, "is no JSON object");
        const char *key = row_key_in(json_get(patch, "repo"));
        for (JsonEach app = json_each(json_get(patch, "packages")); !key && json_next(&app);) {
                key = row_key_in(json_get(app.value, "metadata"));
                for (JsonEach v = json_each(json_get(app.value, "versions")); !key && json_next(&v);)
                        key = row_key_in(v.value);
        }
        return !key || fault(error, FAULT_MALFORMED, "changes the primary key %s", key);
}

static bool apply(Json *root, Span patch, const FdroidCalls *calls, char digest[SHA256_HEX_SIZE],
                  GError **error)
{
        g_autoptr(Json) tree = json_parse(patch, error);
        if (!tree || !patch_is_allowed(tree, error)) {
                g_prefix_error(error, "diff: ");
                return false;
        }
        json_merge(root, tree);
        g_autofree char *text = json_print(root, false);
        digest_sha256_hex(span_str(text), digest);
        if (calls->merged)
                calls->merged(span_str(text), calls->context);
        return true;
}

/* ---- listings
 * --------------------------------------------------------------------------------------------------- */

typedef struct {
        const char *package;
        const Json *value;
} Package;

typedef struct {
        FdroidJar format;
        const char *market;
        const FdroidCalls *calls;
        Arena *arena;
        GHashTable *about; /* v1: package -> entry of apps */
        GHashTable *skipped, *skipped_versions;
        IndexSummary *summary;
} Reading;

static int compare_packages(gconstpointer a, gconstpointer b)
{
        return strcmp(((const Package *)a)->package, ((const Package *)b)->package);
}

static GArray *sorted_packages(const Json *packages)
{
        GArray *sorted =
                g_array_sized_new(FALSE, FALSE, sizeof(Package), (guint)MIN(json_size(packages), 1u << 20));
        for (JsonEach e = json_each(packages); json_next(&e);) {
                Package package = {e.key, e.value};
                g_array_append_val(sorted, package);
        }
        g_array_sort(sorted, compare_packages);
        return sorted;
}

static bool read_package(Reading *reading, const Package *package)
{
        g_autoptr(Arena) arena = arena_new();
        FdroidApp app = {.arena = arena,
                         .listing = record_new(arena, Listing, listing__init),
                         .skipped_versions = reading->skipped_versions,
                         .lasting = reading->arena};
        app.listing->market = arena_str(arena, reading->market);
        app.listing->package = arena_str(arena, package->package);
        const char *reason = !fdroid_is_package(package->package) ? "package-name"
                             : reading->format == FDROID_ENTRY_V2
                                     ? fdroid_v2_app(&app, package->value)
                                     : fdroid_v1_app(&app, package->value,
                                                     g_hash_table_lookup(reading->about, package->package));
        if (reason) {
                fdroid_skip(reading->skipped, reading->arena, reason, package->package);
                return true;
        }
        fdroid_finish(&app);
        reading->summary->packages++;
        return reading->calls->listing(app.listing, reading->calls->context);
}

static GHashTable *about_by_package(const Json *apps)
{
        GHashTable *about = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < json_len(apps); i++) {
                const char *package = json_str(json_at(apps, i), "packageName");
                if (package)
                        g_hash_table_insert(about, (gpointer)package, (gpointer)json_at(apps, i));
        }
        return about;
}

static void read_mirrors(const Json *mirrors, Arena *arena, IndexSummary *summary)
{
        for (size_t i = 0; i < json_len(mirrors) && summary->n_mirrors < FDROID_MIRRORS; i++) {
                const Json *mirror = json_at(mirrors, i);
                g_autofree char *base =
                        market_base_of(json_is_string(mirror) ? json_text(mirror) : json_str(mirror, "url"));
                g_autofree char *host = market_host_of(base);
                if (base && host && !strstr(host, ".onion"))
                        fdroid_add_name(arena, &summary->n_mirrors, &summary->mirrors, base);
        }
}

static int compare_skipped(const void *a, const void *b)
{
        return strcmp((*(Skipped *const *)a)->reason, (*(Skipped *const *)b)->reason);
}

static void list_skipped(GHashTable *table, Arena *arena, size_t *n, Skipped ***list)
{
        GHashTableIter iter;
        gpointer skipped;
        g_hash_table_iter_init(&iter, table);
        while (g_hash_table_iter_next(&iter, NULL, &skipped))
                arena_push(arena, n, list, skipped);
        if (*n)
                qsort(*list, *n, sizeof(void *), compare_skipped);
}

static bool read_packages(Reading *reading, const Json *root, GError **error)
{
        const Json *packages = json_get(root, "packages");
        if (packages && !json_is_map(packages))
                return fault(error, FAULT_MALFORMED, "packages is no JSON object");
        g_autoptr(GArray) sorted = sorted_packages(packages);
        for (guint i = 0; i < sorted->len; i++) {
                if (!read_package(reading, &g_array_index(sorted, Package, i)))
                        return fault(error, FAULT_INTERRUPTED, "stopped after %u listings",
                                     reading->summary->packages);
        }
        return true;
}

static bool read_index(Reading *reading, const Json *root, GError **error)
{
        IndexSummary *summary = reading->summary;
        const Json *repo = json_get(root, "repo");
        summary->timestamp_ms = json_int(repo, "timestamp", 0);
        summary->has_timestamp_ms = true;
        if (summary->timestamp_ms <= 0)
                return fault(error, FAULT_MALFORMED, "the index states no repo.timestamp");
        read_mirrors(json_get(repo, "mirrors"), reading->arena, summary);
        reading->about = about_by_package(json_get(root, "apps"));
        reading->skipped = g_hash_table_new(g_str_hash, g_str_equal);
        reading->skipped_versions = g_hash_table_new(g_str_hash, g_str_equal);
        bool ok = read_packages(reading, root, error);
        list_skipped(reading->skipped, reading->arena, &summary->n_skipped, &summary->skipped);
        list_skipped(reading->skipped_versions, reading->arena, &summary->n_skipped_versions,
                     &summary->skipped_versions);
        g_hash_table_unref(reading->about);
        g_hash_table_unref(reading->skipped);
        g_hash_table_unref(reading->skipped_versions);
        return ok;
}

IndexSummary *fdroid_index(FdroidJar format, const char *market, Span document, Span patch,
                           const FdroidCalls *calls, Arena *arena, GError **error)
{
        if (patch.len && format != FDROID_ENTRY_V2) {
                fault(error, FAULT_UNSUPPORTED, "index-v1 has no diffs");
                return NULL;
        }
        g_autoptr(Json) root = json_parse(document, error);
        if (!root)
                return NULL;
        if (!json_is_map(root)) {
                fault(error, FAULT_MALFORMED, "the index is no JSON object");
                return NULL;
        }
        char digest[SHA256_HEX_SIZE];
        if (!patch.len)
                digest_sha256_hex(document, digest);
        else if (!apply(root, patch, calls, digest, error))
                return NULL;
        Reading reading = {.format = format, .market = market, .calls = calls, .arena = arena};
        reading.summary = record_new(arena, IndexSummary, index_summary__init);
        reading.summary->document_sha256 = arena_str(arena, digest);
        return read_index(&reading, root, error) ? reading.summary : NULL;
}
