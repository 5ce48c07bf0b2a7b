/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/sdkset.h"

#include "core/arena.h"
#include "core/datafile.h"
#include "core/digest.h"

/* Anchors of one kind: exact names by hash, the few with '*' one after the other. */
typedef struct {
        GHashTable *exact;   /* text -> SdkAnchor */
        GPtrArray *patterns; /* of Pattern */
} Names;

typedef struct {
        const SdkAnchor *anchor;
        GPatternSpec *spec;
} Pattern;

struct SdkSet {
        Arena *arena; /* every string, Sdk and SdkAnchor */
        GPtrArray *sdks;
        GHashTable *prefixes; /* Span in dotted form -> SdkAnchor */
        GHashTable *segments; /* Span -> SdkAnchor */
        size_t longest;       /* bytes of the longest prefix */
        bool begins[256];     /* first bytes of segments: most class names ask for none */
        Names names[SDK_NAME_KINDS];
        char digest[SHA256_HEX_SIZE];
};

/* Hash and equality of names in which '/' counts as '.', so that descriptors and Java names meet. */
static inline char plain(uint8_t byte)
{
        return byte == '/' ? '.' : (char)byte;
}

static guint name_hash(gconstpointer key)
{
        const Span *s = key;
        guint hash = 2166136261u;
        for (size_t i = 0; i < s->len; i++)
                hash = (hash ^ (uint8_t)plain(s->data[i])) * 16777619u;
        return hash;
}

static gboolean name_equal(gconstpointer a, gconstpointer b)
{
        const Span *x = a, *y = b;
        if (x->len != y->len)
                return FALSE;
        for (size_t i = 0; i < x->len; i++)
                if (plain(x->data[i]) != plain(y->data[i]))
                        return FALSE;
        return TRUE;
}

static void names_clear(Names *names)
{
        g_clear_pointer(&names->exact, g_hash_table_unref);
        g_clear_pointer(&names->patterns, g_ptr_array_unref);
}

static void pattern_free(gpointer data)
{
        Pattern *pattern = data;
        g_pattern_spec_free(pattern->spec);
        g_free(pattern);
}

/* ---- loading */

static const char *const *copy_list(SdkSet *set, const Json *list)
{
        size_t n = json_len(list);
        const char **copy = arena_array(set->arena, const char *, n + 1);
        for (size_t i = 0, at = 0; i < n; i++) {
                const char *text = json_text(json_at(list, i));
                if (text)
                        copy[at++] = arena_str(set->arena, text);
        }
        return copy;
}

static SdkAnchor *new_anchor(SdkSet *set, const Sdk *sdk, const char *text)
{
        SdkAnchor *anchor = arena_new0(set->arena, SdkAnchor);
        anchor->sdk = sdk;
        anchor->text = arena_str(set->arena, text);
        return anchor;
}

static void add_name(SdkSet *set, Names *names, const Sdk *sdk, const char *text)
{
        if (strchr(text, '*')) {
                Pattern *pattern = g_new0(Pattern, 1);
                pattern->anchor = new_anchor(set, sdk, text);
                pattern->spec = g_pattern_spec_new(text);
                g_ptr_array_add(names->patterns, pattern);
                return;
        }
        SdkAnchor *last = g_hash_table_lookup(names->exact, text);
        SdkAnchor *anchor = new_anchor(set, sdk, text);
        if (!last) {
                g_hash_table_insert(names->exact, (char *)anchor->text, anchor);
                return;
        }
        while (last->next)
                last = (SdkAnchor *)last->next;
        last->next = anchor;
}

static bool add_code(SdkSet *set, const DataFile *file, const Sdk *sdk, const char *text, bool segment,
                     GError **error)
{
        GHashTable *table = segment ? set->segments : set->prefixes;
        SdkAnchor *anchor = new_anchor(set, sdk, text);
        anchor->segment = segment;
        Span *key = arena_new0(set->arena, Span);
        *key = span_str(anchor->text);
        if (key->len == 0 || strpbrk(text, segment ? "./; " : "/; "))
                return datafile_fault(file, error, "\"%s\" of %s is no code prefix", text, sdk->id);
        const SdkAnchor *there = g_hash_table_lookup(table, key);
        if (there)
                return datafile_fault(file, error, "\"%s\" belongs to %s and to %s", text, there->sdk->id,
                                      sdk->id);
        g_hash_table_insert(table, key, anchor);
        if (segment)
                set->begins[key->data[0]] = true;
        else
                set->longest = MAX(set->longest, key->len);
        return true;
}

static bool add_anchors(SdkSet *set, const DataFile *file, const Sdk *sdk, const Json *row, GError **error)
{
        static const char *const name_keys[SDK_NAME_KINDS] = {"components", "metadata", "actions", "natives"};
        static const char *const code_keys[] = {"code", "segments"};
        for (size_t k = 0; k < G_N_ELEMENTS(code_keys); k++) {
                const Json *list = json_get(row, code_keys[k]);
                for (size_t i = 0; i < json_len(list); i++) {
                        const char *text = json_text(json_at(list, i));
                        if (!add_code(set, file, sdk, text ? text : "", k == 1, error))
                                return false;
                }
        }
        for (size_t k = 0; k < SDK_NAME_KINDS; k++) {
                const Json *list = json_get(row, name_keys[k]);
                for (size_t i = 0; i < json_len(list); i++) {
                        const char *text = json_text(json_at(list, i));
                        if (!text || !*text)
                                return datafile_fault(file, error, "empty entry in %s of %s", name_keys[k],
                                                      sdk->id);
                        add_name(set, &set->names[k], sdk, text);
                }
        }
        return true;
}

static bool add_sdk(SdkSet *set, const DataFile *file, const Json *row, GError **error)
{
        const char *id = json_str(row, "id"), *name = json_str(row, "name");
        if (!id || !name)
                return datafile_fault(file, error, "an SDK needs \"id\" and \"name\"");
        Sdk *sdk = arena_new0(set->arena, Sdk);
        sdk->id = arena_str(set->arena, id);
        sdk->name = arena_str(set->arena, name);
        sdk->company = arena_str(set->arena, json_str(row, "vendor"));
        sdk->categories = copy_list(set, json_get(row, "categories"));
        sdk->sources = copy_list(set, json_get(row, "sources"));
        g_ptr_array_add(set->sdks, sdk);
        return add_anchors(set, file, sdk, row, error);
}

static int by_id(gconstpointer a, gconstpointer b)
{
        const Sdk *const *x = a, *const *y = b;
        return strcmp((*x)->id, (*y)->id);
}

static bool read_sdks(SdkSet *set, DataFile *file, GError **error)
{
        const Json *row = NULL;
        GError *broken = NULL;
        while (datafile_next_json(file, &row, &broken))
                if (!add_sdk(set, file, row, error))
                        return false;
        if (broken) {
                g_propagate_error(error, broken);
                return false;
        }
        g_ptr_array_sort(set->sdks, by_id);
        for (size_t i = 0; i < set->sdks->len; i++) {
                Sdk *sdk = g_ptr_array_index(set->sdks, i);
                sdk->index = (unsigned)i;
                if (i > 0 && strcmp(sdkset_at(set, i - 1)->id, sdk->id) == 0)
                        return datafile_fault(file, error, "two SDKs named %s", sdk->id);
        }
        return set->sdks->len > 0 || datafile_fault(file, error, "no SDK in it");
}

/* The kinds of places in "sources" and "seen" other than our own list, each once: "app:x" and "app:y" are one
 * kind. */
static unsigned count_kinds(const Json *row)
{
        enum { KINDS = 32 };
        Span kinds[KINDS];
        unsigned n = 0;
        for (unsigned k = 0; k < 2; k++) {
                const Json *list = json_get(row, k ? "seen" : "sources");
                for (size_t i = 0; i < json_len(list) && n < KINDS; i++) {
                        const char *text = json_text(json_at(list, i));
                        Span kind = text ? span_of(text, strcspn(text, ":")) : (Span){NULL, 0};
                        bool known = kind.len == 0 || span_eq_str(kind, "own");
                        for (unsigned j = 0; j < n && !known; j++)
                                known = span_eq(kinds[j], kind);
                        if (!known)
                                kinds[n++] = kind;
                }
        }
        return n;
}

static bool read_provenance(SdkSet *set, DataFile *file, GError **error)
{
        const Json *row = NULL;
        GError *broken = NULL;
        while (datafile_next_json(file, &row, &broken)) {
                const char *prefix = json_str(row, "prefix");
                Span key = span_str(prefix);
                SdkAnchor *anchor = prefix ? g_hash_table_lookup(set->prefixes, &key) : NULL;
                if (!anchor)
                        return datafile_fault(file, error, "prefix \"%s\" is in no row of sdks.jsonl",
                                              prefix ? prefix : "");
                anchor->confirmed = count_kinds(row);
        }
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool load_file(SdkSet *set, const char *data_home, const char *name,
                      bool (*read)(SdkSet *, DataFile *, GError **), Sha256 *sha, GError **error)
{
        g_autofree char *path = g_build_filename(data_home, "sdks", name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        if (!file || !read(set, file, error))
                return false;
        sha256_update(sha, span_str(datafile_digest(file)));
        return true;
}

SdkSet *sdkset_load(const char *data_home, GError **error)
{
        g_autoptr(SdkSet) set = g_new0(SdkSet, 1);
        g_autoptr(Sha256) sha = sha256_new();
        set->arena = arena_new();
        set->sdks = g_ptr_array_new();
        set->prefixes = g_hash_table_new(name_hash, name_equal);
        set->segments = g_hash_table_new(name_hash, name_equal);
        for (size_t k = 0; k < SDK_NAME_KINDS; k++) {
                set->names[k].exact = g_hash_table_new(g_str_hash, g_str_equal);
                set->names[k].patterns = g_ptr_array_new_with_free_func(pattern_free);
        }
        if (!load_file(set, data_home, "sdks.jsonl", read_sdks, sha, error) ||
            !load_file(set, data_home, "provenance.jsonl", read_provenance, sha, error))
                return NULL;
        sha256_hex(sha, set->digest);
        return g_steal_pointer(&set);
}

void sdkset_free(SdkSet *set)
{
        if (!set)
                return;
        for (size_t k = 0; k < SDK_NAME_KINDS; k++)
                names_clear(&set->names[k]);
        g_hash_table_unref(set->prefixes);
        g_hash_table_unref(set->segments);
        g_ptr_array_unref(set->sdks);
        arena_free(set->arena);
        g_free(set);
}

/* ---- look-up */

const char *sdkset_digest(const SdkSet *set)
{
        return set->digest;
}

size_t sdkset_len(const SdkSet *set)
{
        return set->sdks->len;
}

const Sdk *sdkset_at(const SdkSet *set, size_t i)
{
        return g_ptr_array_index(set->sdks, i);
}

bool sdk_has_source(const Sdk *sdk, const char *source)
{
        return g_strv_contains(sdk->sources, source);
}

/* A class name cut at its boundaries, one step a cut: `front` is all up to the cut, `piece` what lies behind
 * the last. */
typedef struct {
        Span name, front, piece;
        size_t at;
} Cuts;

static Cuts cuts_of(Span name)
{
        if (name.len > 2 && name.data[0] == 'L' && name.data[name.len - 1] == ';')
                name = span_part(name, 1, name.len - 2);
        return (Cuts){.name = name};
}

static bool cuts_next(Cuts *cuts)
{
        if (cuts->at > cuts->name.len || cuts->name.len == 0)
                return false;
        size_t start = cuts->at, end = start;
        for (; end < cuts->name.len; end++) {
                uint8_t byte = cuts->name.data[end];
                if (byte == '/' || byte == '.' || byte == '$' || byte == ';')
                        break;
        }
        cuts->front = span_part(cuts->name, 0, end);
        cuts->piece = span_part(cuts->name, start, end - start);
        cuts->at = end + 1;
        return true;
}

static const SdkAnchor *segment_at(const SdkSet *set, const Cuts *cuts)
{
        if (cuts->piece.len == 0 || !set->begins[cuts->piece.data[0]])
                return NULL;
        return g_hash_table_lookup(set->segments, &cuts->piece);
}

static const SdkAnchor *prefix_at(const SdkSet *set, const Cuts *cuts)
{
        return cuts->front.len <= set->longest ? g_hash_table_lookup(set->prefixes, &cuts->front) : NULL;
}

const SdkAnchor *sdkset_code(const SdkSet *set, Span class_name)
{
        const SdkAnchor *prefix = NULL, *segment = NULL;
        for (Cuts cuts = cuts_of(class_name); cuts_next(&cuts);) {
                const SdkAnchor *longer = prefix_at(set, &cuts);
                if (longer)
                        prefix = longer;
                if (!segment)
                        segment = segment_at(set, &cuts);
        }
        return prefix ? prefix : segment;
}

const SdkAnchor *sdkset_name(const SdkSet *set, SdkNameKind kind, const char *name)
{
        const Names *names = &set->names[kind];
        const SdkAnchor *anchor = g_hash_table_lookup(names->exact, name);
        if (anchor)
                return anchor;
        for (size_t i = 0; i < names->patterns->len; i++) {
                const Pattern *pattern = g_ptr_array_index(names->patterns, i);
                if (g_pattern_spec_match_string(pattern->spec, name))
                        return pattern->anchor;
        }
        return NULL;
}

bool sdkset_is_own(const SdkSet *set, const Sdk *sdk, const char *application_id)
{
        for (Cuts cuts = cuts_of(span_str(application_id)); cuts_next(&cuts);) {
                const SdkAnchor *prefix = prefix_at(set, &cuts), *segment = segment_at(set, &cuts);
                if ((prefix && prefix->sdk == sdk) || (segment && segment->sdk == sdk))
                        return true;
        }
        return false;
}
