/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/parts.h"

#include "core/cursor.h"
#include "core/json.h"

static bool ends_with(Span name, const char *end)
{
        size_t n = strlen(end);
        return name.len > n && g_ascii_strncasecmp((const char *)name.data + name.len - n, end, n) == 0;
}

static bool starts_with(Span name, const char *start)
{
        return span_starts(name, span_str(start));
}

/* The name as it is shown: a hostile one may be 64 KiB long. */
static const char *shown(Arena *arena, Span name)
{
        return arena_utf8(arena, span_part(name, 0, MIN(name.len, (size_t)PARTS_NAME_LIMIT)));
}

static PartRef *add(Parts *parts, Arena *arena, PartRef ref, GError **error)
{
        if (parts->n == PARTS_LIMIT) {
                fault(error, FAULT_LIMIT, "more than %d parts", PARTS_LIMIT);
                return NULL;
        }
        PartRef *kept = arena_new0(arena, PartRef);
        *kept = ref;
        arena_push(arena, &parts->n, &parts->list, kept);
        return kept;
}

/* ---- bundles */

/* "base/manifest/AndroidManifest.xml": the module's name, else the empty span. */
static Span module_of(Span name)
{
        static const char tail[] = "/manifest/AndroidManifest.xml";
        size_t n = sizeof tail - 1;
        if (name.len <= n || !span_eq_str(span_from(name, name.len - n), tail))
                return span_of(NULL, 0);
        Span module = span_part(name, 0, name.len - n);
        return memchr(module.data, '/', module.len) ? span_of(NULL, 0) : module;
}

static bool find_modules(Parts *parts, Zip *zip, Arena *arena, GError **error)
{
        for (size_t i = 0; i < zip_count(zip); i++) {
                Span module = module_of(zip_at(zip, i)->name);
                if (!module.len)
                        continue;
                if (parts->n == PARTS_MODULES_LIMIT)
                        return fault(error, FAULT_LIMIT, "more than %d modules", PARTS_MODULES_LIMIT);
                bool base = span_eq_str(module, "base");
                PartRef ref = {.name = arena_utf8(arena, module), .rank = base ? RANK_NAMED : RANK_ANY};
                if (module.len > PARTS_NAME_LIMIT)
                        return fault(error, FAULT_LIMIT, "a module's name of %zu bytes", module.len);
                if (!add(parts, arena, ref, error))
                        return false;
        }
        return true;
}

static Span module_name(Span name, const void *context)
{
        static const char *const roots[] = {"manifest/", "dex/", "root/"};
        Span module = span_str(context);
        if (!span_starts(name, module) || name.len <= module.len || name.data[module.len] != '/')
                return span_of(NULL, 0);
        Span rest = span_from(name, module.len + 1);
        for (size_t i = 0; i < G_N_ELEMENTS(roots); i++) {
                if (starts_with(rest, roots[i]))
                        return span_from(rest, strlen(roots[i]));
        }
        return rest;
}

Zip *parts_module(Zip *bundle, const char *module, Arena *arena)
{
        return zip_view(bundle, module_name, module, arena);
}

/* ---- what manifest.json and info.json say */

static Json *read_json(Parts *parts, Zip *zip, const char *name, Arena *arena)
{
        const ZipEntry *e = zip_find(zip, name);
        g_autoptr(GError) error = NULL;
        Span text;
        if (!e)
                return NULL;
        Json *json =
                zip_read(zip, e, PARTS_JSON_LIMIT, arena, &text, &error) ? json_parse(text, &error) : NULL;
        if (!json) {
                const char *said = arena_printf(arena, "%s: %s", name, error->message);
                oddity_note(&parts->odd, arena, "container-manifest-unreadable", false, span_str(said));
        }
        return json;
}

static PartRef *find_part(const Parts *parts, Span name)
{
        for (size_t i = 0; i < parts->n; i++) {
                const ZipEntry *e = parts->list[i]->entry;
                if (e && span_eq(e->name, name))
                        return parts->list[i];
        }
        return NULL;
}

static bool is_config_id(const char *id)
{
        return id && (g_str_has_prefix(id, "config.") || strstr(id, ".config."));
}

/* One of split_apks: {"file": ..., "id": "base"}. */
static bool take_split(Parts *parts, Zip *zip, const Json *split, Arena *arena, GError **error)
{
        const char *file = json_str(split, "file"), *id = json_str(split, "id");
        if (!file)
                return true;
        PartRef *part = find_part(parts, span_str(file));
        if (!part) {
                const ZipEntry *e = zip_find(zip, file);
                PartRef ref = {
                        .name = shown(arena, span_str(file)), .entry = e, .lost = !e, .rank = RANK_ANY};
                part = add(parts, arena, ref, error);
                if (!part)
                        return false;
                if (!e)
                        oddity_note(&parts->odd, arena, "part-missing", false, span_str(part->name));
        }
        part->config = is_config_id(id);
        if (id && g_str_equal(id, "base"))
                part->rank = MIN(part->rank, RANK_STATED);
        return true;
}

static bool take_manifest_json(Parts *parts, Zip *zip, const Json *json, Arena *arena, GError **error)
{
        const Json *splits = json_get(json, "split_apks"), *expansions = json_get(json, "expansions");
        parts->package = arena_str(arena, json_str(json, "package_name"));
        for (size_t i = 0; i < json_len(splits); i++) {
                if (!take_split(parts, zip, json_at(splits, i), arena, error))
                        return false;
        }
        for (size_t i = 0; i < json_len(expansions); i++) {
                const char *file = json_str(json_at(expansions, i), "file");
                if (file && !zip_find(zip, file))
                        oddity_note(&parts->odd, arena, "part-missing", false, span_str(file));
        }
        if (!parts->package)
                return true;
        g_autofree char *usual = g_strconcat(parts->package, ".apk", NULL);
        PartRef *part = find_part(parts, span_str(usual));
        if (part)
                part->rank = MIN(part->rank, RANK_USUAL);
        return true;
}

/* ---- sets of APKs */

static bool is_obb(Span name)
{
        return starts_with(name, "Android/obb/") || ends_with(name, ".obb");
}

static PartRank rank_of(Span name)
{
        if (span_eq_str(name, "universal.apk") || span_eq_str(name, "splits/base-master.apk"))
                return RANK_NAMED;
        return span_eq_str(name, "base.apk") ? RANK_USUAL : RANK_ANY;
}

static bool find_apks(Parts *parts, Zip *zip, Arena *arena, GError **error)
{
        for (size_t i = 0; i < zip_count(zip); i++) {
                const ZipEntry *e = zip_at(zip, i);
                bool obb = is_obb(e->name);
                if (!obb && !ends_with(e->name, ".apk"))
                        continue;
                PartRef ref = {
                        .name = shown(arena, e->name), .entry = e, .obb = obb, .rank = rank_of(e->name)};
                if (!add(parts, arena, ref, error))
                        return false;
        }
        return true;
}

/* One standalone APK stands for all: they are the same app for other devices. */
static PartRef *choose_standalone(const Parts *parts)
{
        PartRef *best = NULL;
        for (size_t i = 0; i < parts->n; i++) {
                PartRef *part = parts->list[i];
                if (part->obb || !g_str_has_prefix(part->name, "standalones/"))
                        continue;
                bool wide = strstr(part->name, "arm64") != NULL;
                if (!best || (wide && !strstr(best->name, "arm64")))
                        best = part;
        }
        return best;
}

static void skip_all_but(Parts *parts, const PartRef *kept, const char *folder, const char *why)
{
        for (size_t i = 0; i < parts->n; i++) {
                PartRef *part = parts->list[i];
                if (part != kept && !part->obb && !part->skipped && g_str_has_prefix(part->name, folder))
                        part->skipped = why;
        }
}

/* What bundletool packs beside each other is the same app several times over. */
static void choose_among_forms(Parts *parts)
{
        PartRef *universal = find_part(parts, span_str("universal.apk"));
        bool splits = false;
        for (size_t i = 0; i < parts->n; i++)
                splits = splits || g_str_has_prefix(parts->list[i]->name, "splits/");
        skip_all_but(parts, NULL, "instant/", "not read: the app as an instant app");
        if (universal) {
                skip_all_but(parts, universal, "", "not read: universal.apk holds the whole app");
        } else if (splits) {
                skip_all_but(parts, NULL, "standalones/", "not read: the same app as in splits/");
        } else {
                PartRef *one = choose_standalone(parts);
                skip_all_but(parts, one, "standalones/", "not read: the same app for another device");
        }
}

/* Whoever made it, by what lies beside the APKs. */
static const char *kind_of_set(const Parts *parts, Zip *zip, const Json *manifest, const Json *info)
{
        if (json_get(manifest, "xapk_version") || json_get(manifest, "split_apks") ||
            json_str(manifest, "package_name"))
                return "xapk";
        if (json_get(info, "apkm_version"))
                return "apkm";
        bool bundletool = zip_find(zip, "toc.pb") || find_part(parts, span_str("universal.apk"));
        for (size_t i = 0; i < parts->n && !bundletool; i++)
                bundletool = g_str_has_prefix(parts->list[i]->name, "splits/") ||
                             g_str_has_prefix(parts->list[i]->name, "standalones/");
        bool sai = zip_find(zip, "meta.sai_v1.json") || zip_find(zip, "meta.sai_v2.json");
        return bundletool || sai ? "apks" : "split-set";
}

static size_t count_apks(const Parts *parts)
{
        size_t n = 0;
        for (size_t i = 0; i < parts->n; i++)
                n += !parts->list[i]->obb;
        return n;
}

bool parts_find(Parts *parts, Zip *zip, Arena *arena, GError **error)
{
        *parts = (Parts){0};
        if (zip_find(zip, "AndroidManifest.xml") || zip_find(zip, "classes.dex")) {
                parts->kind = zip_find(zip, "AndroidManifest.xml") ? "apk" : NULL;
                return true;
        }
        if (!find_modules(parts, zip, arena, error))
                return false;
        if (parts->n || zip_find(zip, "BundleConfig.pb")) {
                parts->kind = "aab";
                return true;
        }
        if (!find_apks(parts, zip, arena, error))
                return false;
        g_autoptr(Json) manifest = read_json(parts, zip, "manifest.json", arena);
        g_autoptr(Json) info = read_json(parts, zip, "info.json", arena);
        if (!take_manifest_json(parts, zip, manifest, arena, error))
                return false;
        if (!count_apks(parts)) {
                parts->n = 0; /* an archive of something else */
                return true;
        }
        choose_among_forms(parts);
        parts->kind = kind_of_set(parts, zip, manifest, info);
        return true;
}

/* ---- what no archive is
 * Layout: github.com/souramoo/unapkm; byte 0 is any, then the algorithm, operations and memory limit, chunk size, salt. */
bool parts_encrypted_apkm(Span head)
{
        enum { HEADER = 66, MEMORY_MAX = 0x20000000, CHUNK_MAX = 1 << 28, OPERATIONS_MAX = 64 };
        Cursor c = cursor_at(head, 1);
        uint8_t algorithm = cursor_u8(&c);
        uint64_t operations = cursor_u64(&c), memory = cursor_u64(&c), chunk = cursor_u64(&c);
        return head.len >= HEADER && algorithm >= 1 && algorithm <= 2 && operations >= 1 &&
               operations <= OPERATIONS_MAX && memory >= 8192 && memory <= MEMORY_MAX && chunk >= 1 &&
               chunk <= CHUNK_MAX;
}
