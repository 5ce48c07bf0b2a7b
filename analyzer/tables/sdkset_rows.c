/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of sdks.jsonl, of users' files and of provenance.jsonl. */
#include "analyzer/tables/sdkset_parts.h"

static const char *const name_keys[SDK_NAME_KINDS] = {"components", "metadata", "actions", "natives"};

/* ---- anchors */

/* The texts of a list behind those of `first` (may be NULL), each once. */
static const char *const *join_lists(SdkSet *set, const char *const *first, const Json *list)
{
        size_t had = first ? g_strv_length((char **)first) : 0, n = json_len(list), at = 0;
        const char **joined = arena_array(set->arena, const char *, had + n + 1);
        for (; at < had; at++)
                joined[at] = first[at];
        for (size_t i = 0; i < n; i++) {
                const char *text = json_text(json_at(list, i));
                if (text && !g_strv_contains(joined, text))
                        joined[at++] = arena_str(set->arena, text);
        }
        return joined;
}

static SdkAnchor *new_anchor(SdkSet *set, const Sdk *sdk, const char *text)
{
        SdkAnchor *anchor = arena_new0(set->arena, SdkAnchor);
        anchor->sdk = sdk;
        anchor->text = arena_str(set->arena, text);
        return anchor;
}

/* Behind the anchors that claim the same text already; one SDK stands there once. */
static void add_to_chain(SdkSet *set, GHashTable *table, const Sdk *sdk, const char *text)
{
        SdkAnchor *last = g_hash_table_lookup(table, text);
        if (!last) {
                SdkAnchor *anchor = new_anchor(set, sdk, text);
                g_hash_table_insert(table, (char *)anchor->text, anchor);
                return;
        }
        while (last->sdk != sdk && last->next)
                last = (SdkAnchor *)last->next;
        if (last->sdk != sdk)
                last->next = new_anchor(set, sdk, text);
}

static void add_name(SdkReading *in, SdkNames *names, const Sdk *sdk, const char *text)
{
        if (strchr(text, '*'))
                globs_add(names->globs, text, new_anchor(in->set, sdk, text));
        else if (!in->user || !g_hash_table_contains(names->exact, text))
                add_to_chain(in->set, names->exact, sdk, text);
}

static bool add_code(SdkReading *in, const Sdk *sdk, const char *text, bool segment, GError **error)
{
        SdkSet *set = in->set;
        GHashTable *table = segment ? set->segments : set->prefixes;
        SdkAnchor *anchor = new_anchor(set, sdk, text);
        anchor->segment = segment;
        anchor->confirmed = in->user ? 1 : 0;
        Span *key = arena_new0(set->arena, Span);
        *key = span_str(anchor->text);
        if (key->len == 0 || strpbrk(text, segment ? "./; " : "/; "))
                return datafile_fault(in->file, error, "\"%s\" of %s is no code prefix", text, sdk->id);
        const SdkAnchor *there = g_hash_table_lookup(table, key);
        if (there && in->user)
                return true;
        if (there)
                return datafile_fault(in->file, error, "\"%s\" belongs to %s and to %s", text, there->sdk->id,
                                      sdk->id);
        g_hash_table_insert(table, key, anchor);
        if (segment) {
                set->begins[key->data[0]] = true;
                return true;
        }
        Span *parent = arena_new0(set->arena, Span);
        const char *dot = strrchr(anchor->text, '.');
        *parent = span_of(anchor->text, dot ? (size_t)(dot - anchor->text) : 0);
        g_hash_table_add(set->parents, parent);
        g_ptr_array_add(set->sorted, anchor);
        set->longest = MAX(set->longest, key->len);
        return true;
}

/* Every text of row[key]; an entry that is none is told. */
static bool next_text(const SdkReading *in, const Sdk *sdk, const Json *row, const char *key, size_t *i,
                      const char **text, GError **error)
{
        const Json *list = json_get(row, key);
        if (*i >= json_len(list))
                return false;
        *text = json_text(json_at(list, (*i)++));
        return (*text && **text) || datafile_fault(in->file, error, "empty entry in %s of %s", key, sdk->id);
}

static bool add_anchors(SdkReading *in, const Sdk *sdk, const Json *row, GError **error)
{
        const char *text;
        GError *broken = NULL;
        for (size_t i = 0; !broken && next_text(in, sdk, row, "code", &i, &text, &broken);)
                add_code(in, sdk, text, false, &broken);
        for (size_t i = 0; !broken && next_text(in, sdk, row, "segments", &i, &text, &broken);)
                add_code(in, sdk, text, true, &broken);
        for (size_t k = 0; k < SDK_NAME_KINDS; k++)
                for (size_t i = 0; !broken && next_text(in, sdk, row, name_keys[k], &i, &text, &broken);)
                        add_name(in, &in->set->names[k], sdk, text);
        for (size_t i = 0; !broken && next_text(in, sdk, row, "hosts", &i, &text, &broken);)
                if (!in->user || !g_hash_table_contains(in->set->hosts, text))
                        add_to_chain(in->set, in->set->hosts, sdk, text);
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

/* ---- rows of sdks.jsonl and of users' files */

static Sdk *new_sdk(SdkReading *in, const char *id, const Json *row, GError **error)
{
        SdkSet *set = in->set;
        const char *name = json_str(row, "name"), *vendor = json_str(row, "vendor_id");
        const char *root = companies_root(set->companies, vendor);
        if (!name)
                datafile_fault(in->file, error, "an SDK needs \"id\" and \"name\"");
        else if (set->sdks->len >= SDKSET_LIMIT)
                datafile_fault(in->file, error, "over %d SDKs", SDKSET_LIMIT);
        else if (vendor && !root)
                datafile_fault(in->file, error, "%s: no company has the id %s", id, vendor);
        if (!name || set->sdks->len >= SDKSET_LIMIT || (vendor && !root))
                return NULL;
        Sdk *sdk = arena_new0(set->arena, Sdk);
        sdk->id = arena_str(set->arena, id);
        sdk->owner = arena_printf(set->arena, "sdk:%s", id);
        sdk->name = arena_str(set->arena, name);
        sdk->name_zh = arena_str(set->arena, json_str(row, "name_zh"));
        sdk->company = arena_str(set->arena, json_str(row, "vendor"));
        sdk->root = root;
        sdk->categories = join_lists(set, NULL, json_get(row, "categories"));
        sdk->sources = join_lists(set, NULL, json_get(row, "sources"));
        g_ptr_array_add(set->sdks, sdk);
        g_hash_table_insert(set->ids, (char *)sdk->id, sdk);
        return sdk;
}

static bool add_row(SdkReading *in, const Json *row, GError **error)
{
        const char *id = json_str(row, "id");
        if (!id)
                return datafile_fault(in->file, error, "an SDK needs \"id\" and \"name\"");
        Sdk *sdk = g_hash_table_lookup(in->set->ids, id);
        if (sdk && !in->user)
                return datafile_fault(in->file, error, "two SDKs named %s", id);
        if (sdk)
                sdk->sources = join_lists(in->set, sdk->sources, json_get(row, "sources"));
        else
                sdk = new_sdk(in, id, row, error);
        return sdk && add_anchors(in, sdk, row, error);
}

/* Calls `add` for every row. */
static bool each_row(SdkReading *in, bool (*add)(SdkReading *, const Json *, GError **), GError **error)
{
        const Json *row = NULL;
        GError *broken = NULL;
        while (!broken && datafile_next_json(in->file, &row, &broken))
                add(in, row, &broken);
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

bool sdkset_read_rows(SdkReading *in, GError **error)
{
        if (!each_row(in, add_row, error))
                return false;
        return in->set->sdks->len > 0 || datafile_fault(in->file, error, "no SDK in it");
}

bool sdkset_read_user_rows(SdkReading *in, GError **error)
{
        in->user = true;
        return each_row(in, add_row, error);
}

/* ---- provenance.jsonl */

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

static bool add_provenance(SdkReading *in, const Json *row, GError **error)
{
        const char *prefix = json_str(row, "prefix");
        Span key = span_str(prefix);
        SdkAnchor *anchor = prefix ? g_hash_table_lookup(in->set->prefixes, &key) : NULL;
        if (!anchor)
                return datafile_fault(in->file, error, "prefix \"%s\" is in no row of sdks.jsonl",
                                      prefix ? prefix : "");
        anchor->confirmed = count_kinds(row);
        return true;
}

bool sdkset_read_provenance(SdkReading *in, GError **error)
{
        return each_row(in, add_provenance, error);
}
