/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passes/sdks.c - which SDKs an app holds, each with what was seen of it, by names alone: no instruction is read. How pieces
 * of evidence weigh stands in found.h; hosts in the code are pass hosts's. */
#include "analyzer/apk/dex.h"
#include "analyzer/apk/zip.h"
#include "analyzer/pass.h"
#include "analyzer/passes/found.h"

enum {
        TEXT_LIMIT = 4096,   /* bytes of a file that tells a version or names services */
        VERSIONS_LIMIT = 64, /* such files read in one app */
        SERVICES_LIMIT = 64,
        CONSTANTS_LIMIT = 16, /* strings of one kind looked at in one dex file */
        RANK_RULE = 1 << 20,  /* versions told by Maven's own files: behind all that files.tsv names */
        RANK_CONSTANT = 1 << 21
};

typedef struct {
        Apk *apk;
        const SdkSet *sdks;
        Found *found;
        unsigned versions, services; /* files read so far */
} Search;

/* ---- code */

/* "Lcom/x/Y;" as "com.x.Y". */
static const char *class_text(Arena *arena, Span descriptor)
{
        if (descriptor.len > 2 && descriptor.data[0] == 'L' && descriptor.data[descriptor.len - 1] == ';')
                descriptor = span_part(descriptor, 1, descriptor.len - 2);
        char *text = dex_utf8(arena, descriptor);
        g_strdelimit(text, "/", '.');
        return text;
}

static void search_classes(Search *search, const Dex *dex)
{
        const SdkAnchor *last = NULL; /* neighbours in a dex file mostly share their owner */
        for (uint32_t i = 0; i < dex->n_classes; i++) {
                if (dex_class_flags(dex, i) & DEX_SYNTHETIC)
                        continue;
                Span name = dex_class(dex, i);
                const SdkAnchor *anchor = owners_anchor(search->apk->owners, name);
                if (!anchor)
                        continue;
                if (anchor->segment)
                        found_see(search->found, anchor->sdk, FOUND_CODE,
                                  class_text(search->apk->arena, name), 1);
                else if (anchor != last)
                        found_see(search->found, anchor->sdk, FOUND_CODE, anchor->text, found_points(anchor));
                last = anchor;
                found_class(search->found, anchor->sdk);
        }
}

/* The first string that is not below `prefix`. Strings of a dex file are sorted. */
static uint32_t first_string(const Dex *dex, Span prefix)
{
        uint32_t low = 0, high = dex->n_strings;
        while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (span_cmp(dex_string(dex, middle), prefix) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void search_strings(Search *search, const Dex *dex)
{
        const SdkConstant *const *list;
        size_t n = sdkset_constants(search->sdks, &list);
        for (size_t k = 0; k < n; k++) {
                Span prefix = span_str(list[k]->prefix);
                uint32_t at = first_string(dex, prefix), end = at + MIN(dex->n_strings - at, CONSTANTS_LIMIT);
                for (; at < end; at++) {
                        Span text = dex_string(dex, at);
                        if (!span_starts(text, prefix))
                                break;
                        const char *value =
                                arena_utf8(search->apk->arena, span_part(text, 0, MIN(text.len, 128u)));
                        if (found_version(search->found, list[k]->sdk, RANK_CONSTANT,
                                          span_from(text, prefix.len), value))
                                found_see(search->found, list[k]->sdk, FOUND_CONSTANT, value, 1);
                }
        }
}

/* ---- manifest */

static void search_name(Search *search, SdkNameKind where, FoundKind kind, const char *name, unsigned points)
{
        const SdkAnchor *first = sdkset_name(search->sdks, where, name);
        for (const SdkAnchor *anchor = first; anchor; anchor = anchor->next)
                found_see(search->found, anchor->sdk, kind, name, first->next ? 1 : points);
}

/* A class that the manifest names. */
static void search_class(Search *search, FoundKind kind, const char *class_name, const char *value)
{
        const SdkAnchor *anchor = sdkset_code(search->sdks, span_str(class_name));
        if (anchor)
                found_see(search->found, anchor->sdk, kind, value, MIN(found_points(anchor), 2u));
}

static void search_components(Search *search)
{
        const Facts *facts = search->apk->facts;
        for (size_t i = 0; i < facts->n_components; i++) {
                const Component *component = facts->components[i];
                search_name(search, SDK_COMPONENT, FOUND_COMPONENT, component->name, 2);
                if (component->kind != COMPONENT__KIND__ALIAS)
                        search_class(search, FOUND_COMPONENT, component->name, component->name);
                for (size_t j = 0; j < component->n_actions; j++)
                        search_name(search, SDK_ACTION, FOUND_ACTION, component->actions[j], 1);
        }
}

/* Firebase finds its registrars by keys "com.google.firebase.components:<class>", androidx.startup its initializers by keys
 * that are class names with the value "androidx.startup". */
static void search_key(Search *search, const MetaData *key)
{
        static const char registrar[] = "com.google.firebase.components:";
        search_name(search, SDK_METADATA, FOUND_METADATA, key->name, 1);
        if (g_str_has_prefix(key->name, registrar))
                search_class(search, FOUND_METADATA, key->name + strlen(registrar), key->name);
        else if (key->value && g_str_equal(key->value, "androidx.startup"))
                search_class(search, FOUND_METADATA, key->name, key->name);
        for (const SdkSwitch *it = sdkset_switch(search->sdks, key->name); it; it = it->next)
                found_setting(search->found, it->sdk, key, it->meaning);
}

static void search_natives(Search *search)
{
        const Facts *facts = search->apk->facts;
        for (size_t i = 0; i < facts->n_natives; i++) {
                const char *name = facts->natives[i]->name;
                const SdkAnchor *anchor = sdkset_name(search->sdks, SDK_NATIVE, name);
                bool confirmed = anchor && sdk_has_source(anchor->sdk, "libchecker");
                search_name(search, SDK_NATIVE, FOUND_NATIVE, name, confirmed ? 2 : 1);
        }
}

/* ---- files in the archive */

static Span trimmed(Span text)
{
        while (text.len && g_ascii_isspace(text.data[text.len - 1]))
                text.len--;
        while (text.len && g_ascii_isspace(text.data[0]))
                text = span_from(text, 1);
        return text;
}

/* Cuts the first line off `rest`. */
static bool next_line(Span *rest, Span *line)
{
        if (rest->len == 0)
                return false;
        const uint8_t *end = memchr(rest->data, '\n', rest->len);
        size_t len = end ? (size_t)(end - rest->data) : rest->len;
        *line = trimmed(span_part(*rest, 0, len));
        *rest = span_from(*rest, MIN(len + 1, rest->len));
        return true;
}

/* What stands behind `key` in a Java properties file; its first line without a key. The empty span: nothing. */
static Span value_in(Span text, const char *key)
{
        Span wanted = span_str(key);
        for (Span line; next_line(&text, &line);) {
                if (!key)
                        return line;
                if (!span_starts(line, wanted))
                        continue;
                Span rest = trimmed(span_from(line, wanted.len));
                if (rest.len && rest.data[0] == '=')
                        return trimmed(span_from(rest, 1));
        }
        return (Span){NULL, 0};
}

static bool read_text(Search *search, Zip *zip, const ZipEntry *entry, Span *text)
{
        return entry->size <= TEXT_LIMIT && zip_read(zip, entry, TEXT_LIMIT, search->apk->arena, text, NULL);
}

static void read_version(Search *search, const Sdk *sdk, unsigned rank, Zip *zip, const ZipEntry *entry,
                         const char *key)
{
        Span text;
        if (search->versions++ >= VERSIONS_LIMIT || !read_text(search, zip, entry, &text))
                return;
        found_version(search->found, sdk, rank, value_in(text, key),
                      arena_utf8(search->apk->arena, entry->name));
}

static void search_listed(Search *search, const SdkFile *file, Zip *zip, const ZipEntry *entry)
{
        found_see_bytes(search->found, file->sdk, FOUND_FILE, entry->name, file->confirmed ? 2 : 1);
        if (file->version != SDK_FILE_SILENT)
                read_version(search, file->sdk, file->rank, zip, entry, file->property);
}

/* A file named after a Maven group. It speaks for the whole SDK's version when the SDK's prefix is the group itself: one of
 * many libraries of a family does not. */
static void search_group(Search *search, Span group, Zip *zip, const ZipEntry *entry, const char *key)
{
        const SdkAnchor *anchor = sdkset_code(search->sdks, group);
        if (!anchor || anchor->segment)
                return;
        found_see_bytes(search->found, anchor->sdk, FOUND_FILE, entry->name, MIN(found_points(anchor), 2u));
        if (span_eq_str(group, anchor->text))
                read_version(search, anchor->sdk, RANK_RULE, zip, entry, key);
}

/* META-INF/services/<interface>: the classes that implement it, a line each. */
static void search_services(Search *search, Zip *zip, const ZipEntry *entry)
{
        Span text, line;
        if (search->services++ >= SERVICES_LIMIT || !read_text(search, zip, entry, &text))
                return;
        while (next_line(&text, &line)) {
                const SdkAnchor *anchor = sdkset_code(search->sdks, line);
                if (anchor && !anchor->segment)
                        found_see_bytes(search->found, anchor->sdk, FOUND_FILE, entry->name, 1);
        }
}

static Span up_to(Span text, char mark)
{
        const uint8_t *end = text.len ? memchr(text.data, mark, text.len) : NULL;
        return end ? span_part(text, 0, (size_t)(end - text.data)) : text;
}

static bool ends_in(Span text, const char *suffix)
{
        size_t len = strlen(suffix);
        return text.len >= len && span_eq_str(span_from(text, text.len - len), suffix);
}

static void search_meta_inf(Search *search, Zip *zip, const ZipEntry *entry)
{
        Span rest = span_from(entry->name, strlen("META-INF/"));
        Span maven = span_str("maven/"), services = span_str("services/");
        if (span_starts(rest, services))
                search_services(search, zip, entry);
        else if (span_starts(rest, maven) && ends_in(rest, "/pom.properties"))
                search_group(search, up_to(span_from(rest, maven.len), '/'), zip, entry, "version");
        else if (ends_in(rest, ".version") && !memchr(rest.data, '/', rest.len))
                search_group(search, up_to(rest, '_'), zip, entry, NULL);
}

static void search_archive(Search *search, Zip *zip)
{
        for (size_t i = 0; i < zip_count(zip); i++) {
                const ZipEntry *entry = zip_at(zip, i);
                const SdkFile *file = sdkset_file(search->sdks, entry->name);
                if (file)
                        search_listed(search, file, zip, entry);
                else if (span_starts(entry->name, span_str("META-INF/")))
                        search_meta_inf(search, zip, entry);
        }
}

/* ---- all of it */

static bool run(Apk *apk, GError **error)
{
        (void)error;
        Search search = {.apk = apk, .sdks = apk->tables->sdks};
        const Facts *facts = apk->facts;
        search.found = apk->found = found_new(search.sdks, apk->owners, apk->arena);
        for (size_t i = 0; i < apk->n_dex; i++) {
                search_classes(&search, apk->dex[i]);
                search_strings(&search, apk->dex[i]);
        }
        search_components(&search);
        search_natives(&search);
        for (size_t i = 0; i < facts->n_meta_data; i++)
                search_key(&search, facts->meta_data[i]);
        for (size_t i = 0; i < apk->n_zips; i++)
                search_archive(&search, apk->zips[i]);
        found_write(search.found, apk->facts);
        return true;
}

static const char *digest(const Tables *tables)
{
        return sdkset_digest(tables->sdks);
}

const Pass pass_sdks = {
        .name = "sdks",
        .version = 2,
        .meaning =
                "Third-party SDKs by defined classes, components, meta-data keys, native libraries, intent "
                "actions, "
                "files in the archive and strings that name a client and its version, each with its "
                "evidence, a "
                "confidence from how many of them agree, its version and the settings the manifest gives it.",
        .run = run,
        .digest = digest,
};
