/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads the rule data: which texts rank over which is in docs/rules.md. */
#include "judge/rules.h"

#include "core/datafile.h"
#include "core/digest.h"

#include <string.h>

enum { VERSION = 1 };

#define PROVISIONS "国信办秘字〔2021〕14号" /* necessary personal information of 39 app types */

typedef bool (*RowFn)(RuleSet *rules, DataFile *file, const Json *row, GError **error);

int rules_confidence(const char *word)
{
        static const char *const words[] = {"", "low", "medium", "high"};
        for (int i = 1; word && i < 4; i++) {
                if (g_str_equal(word, words[i]))
                        return i;
        }
        return 0;
}

static GHashTable *table(void)
{
        return g_hash_table_new(g_str_hash, g_str_equal);
}

static const char *keep(RuleSet *rules, const char *s)
{
        return arena_str(rules->arena, s);
}

/* The file ended: by a mistake in it (taken), or well, and then it counts for the rule set's id. */
static bool read_whole(RuleSet *rules, const char *name, const DataFile *file, GError *take_cause,
                       GError **error)
{
        if (take_cause) {
                g_propagate_error(error, take_cause);
                return false;
        }
        Setting *s = record_new(rules->arena, Setting, setting__init);
        s->key = arena_str(rules->arena, name);
        s->value = arena_str(rules->arena, datafile_digest(file));
        arena_push(rules->arena, &rules->n_files, &rules->files, s);
        return true;
}

static bool read_rows(RuleSet *rules, const char *home, const char *name, RowFn take, GError **error)
{
        g_autofree char *path = g_build_filename(home, name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        g_autoptr(GError) cause = NULL;
        if (!file)
                return false;
        const Json *row;
        while (datafile_next_json(file, &row, &cause)) {
                if (!take(rules, file, row, error))
                        return false;
        }
        return read_whole(rules, name, file, g_steal_pointer(&cause), error);
}

static const char *const *keep_list(RuleSet *rules, const Json *list)
{
        size_t n = json_len(list);
        const char **copy = arena_array(rules->arena, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
                copy[i] = keep(rules, json_text(json_at(list, i)));
        return copy;
}

/* ---- categories.jsonl: the 39 types -------------------------------------------------------------------------------- */

static bool take_type(RuleSet *rules, DataFile *file, const Json *row, GError **error)
{
        const char *key = json_str(row, "key");
        if (!key || !json_str(row, "name_zh") || !json_str(row, "name_en"))
                return datafile_fault(file, error, "an app type has key, name_zh and name_en");
        RuleType *type = arena_new0(rules->arena, RuleType);
        type->key = keep(rules, key);
        type->name_zh = keep(rules, json_str(row, "name_zh"));
        type->name_en = keep(rules, json_str(row, "name_en"));
        type->order = (int)rules->type_order->len;
        type->marked = table();
        type->necessary = table();
        type->older = table();
        type->scenario_groups = table();
        type->scenario_permissions = table();
        type->words = g_ptr_array_new();
        g_hash_table_insert(rules->types, (void *)type->key, type);
        g_ptr_array_add(rules->type_order, type);
        return true;
}

static RuleType *type_of(const RuleSet *rules, const char *key)
{
        return key ? g_hash_table_lookup(rules->types, key) : NULL;
}

/* ---- permissions.jsonl ------------------------------------------------------------------------------------------------ */

static bool take_permission(RuleSet *rules, DataFile *file, const Json *row, GError **error)
{
        const char *name = json_str(row, "name");
        if (!name)
                return datafile_fault(file, error, "a permission has a name");
        RulePermission *p = arena_new0(rules->arena, RulePermission);
        p->protection = keep(rules, json_str(row, "protection"));
        p->group = keep(rules, json_str(row, "tc260_group"));
        p->data_types = keep_list(rules, json_get(row, "data_types"));
        g_hash_table_insert(rules->permissions, (void *)keep(rules, name), p);
        return true;
}

/* ---- category_permissions.jsonl: rows of the texts --------------------------------------------------------------------- */

static RuleBasis *basis_of(RuleSet *rules, const Json *row, const char *strength)
{
        RuleBasis *basis = arena_new0(rules->arena, RuleBasis);
        basis->row = keep(rules, json_str(row, "row_id"));
        basis->document = keep(rules, json_str(row, "doc"));
        basis->clause = keep(rules, json_str(row, "clause"));
        basis->strength = strength;
        return basis;
}

/* A row names its types as one key, as "a|b", as a list, or not at all. */
static GPtrArray *types_of_row(const RuleSet *rules, const Json *row)
{
        GPtrArray *types = g_ptr_array_new();
        const Json *keys = json_get(row, "category_key");
        const Json *allowed = json_get(row, "allowed_category_keys");
        const Json *list = json_is_list(keys) ? keys : allowed;
        for (size_t i = 0; i < json_len(list); i++) {
                RuleType *type = type_of(rules, json_text(json_at(list, i)));
                if (type)
                        g_ptr_array_add(types, type);
        }
        g_auto(GStrv) parts = g_strsplit(json_text(keys) ? json_text(keys) : "", "|", -1);
        for (char **part = parts; *part; part++) {
                if (type_of(rules, *part))
                        g_ptr_array_add(types, type_of(rules, *part));
        }
        return types;
}

static void put_first(GHashTable *into, const char *key,
                      RuleBasis *basis) /* the first row of a text counts */
{
        if (key && !g_hash_table_contains(into, key))
                g_hash_table_insert(into, (void *)key, basis);
}

static void take_necessary(RuleSet *rules, RuleType *type, const Json *row)
{
        bool provisions = strstr(json_str(row, "doc"), PROVISIONS) != NULL;
        RuleBasis *basis = basis_of(rules, row, provisions ? "primary" : "superseded");
        const Json *ids = json_get(row, "data_types");
        for (size_t i = 0; i < json_len(ids); i++)
                put_first(provisions ? type->necessary : type->older, keep(rules, json_text(json_at(ids, i))),
                          basis);
        const Json *items = json_get(row, "data_items"); /* 20191A names a data type per item */
        for (size_t i = 0; i < json_len(items); i++)
                put_first(provisions ? type->necessary : type->older,
                          keep(rules, json_str(json_at(items, i), "data_type")), basis);
}

static void take_location_use(RuleSet *rules, RuleType *type, const Json *row)
{
        RuleBasis *basis = basis_of(rules, row, "informative");
        const char *background = json_str(row, "background_frequency");
        put_first(type->scenario_permissions, "android.permission.ACCESS_COARSE_LOCATION", basis);
        if (json_flag(row, "precise_needed", false))
                put_first(type->scenario_permissions, "android.permission.ACCESS_FINE_LOCATION", basis);
        if (background && !g_str_has_prefix(background, "none"))
                put_first(type->scenario_permissions, "android.permission.ACCESS_BACKGROUND_LOCATION", basis);
}

static void take_clause(RuleSet *rules, RuleType *type, const Json *row)
{
        RuleBasis *basis = basis_of(rules, row, "primary");
        const Json *names = json_get(row, "permissions");
        for (size_t i = 0; i < json_len(names); i++)
                put_first(type->scenario_permissions, keep(rules, json_text(json_at(names, i))), basis);
}

static bool take_row(RuleSet *rules, DataFile *file, const Json *row, GError **error)
{
        const char *kind = json_str(row, "kind");
        if (!kind || !json_str(row, "row_id") || !json_str(row, "doc"))
                return datafile_fault(file, error, "a row has kind, row_id and doc");
        g_autoptr(GPtrArray) types = types_of_row(rules, row);
        for (guint i = 0; i < types->len; i++) {
                RuleType *type = g_ptr_array_index(types, i);
                if (g_str_equal(kind, "annexD_negative_list")) {
                        type->has_column = true;
                        type->column = *basis_of(rules, row, "primary");
                } else if (g_str_equal(kind, "necessary_data")) {
                        take_necessary(rules, type, row);
                } else if (g_str_equal(kind, "relevant_scenario")) {
                        const char *strength = json_str(row, "mapping") ? "own-judgement" : "informative";
                        put_first(type->scenario_groups, keep(rules, json_str(row, "permission_group")),
                                  basis_of(rules, row, strength));
                } else if (g_str_equal(kind, "location_use")) {
                        take_location_use(rules, type, row);
                } else if (g_str_equal(kind, "permission_clause")) {
                        take_clause(rules, type, row);
                }
        }
        return true;
}

/* ---- TSV tables -------------------------------------------------------------------------------------------------------- */

typedef bool (*FieldsFn)(RuleSet *rules, DataFile *file, const char *const *columns, const char **fields,
                         GError **error);

static bool read_tsv(RuleSet *rules, const char *home, const char *name, const char *const *columns,
                     FieldsFn take, GError **error)
{
        g_autofree char *path = g_build_filename(home, name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        g_autoptr(GError) cause = NULL;
        const char *fields[64];
        if (!file)
                return false;
        while (datafile_next_tsv(file, columns, fields, &cause)) {
                if (!take(rules, file, columns, fields, error))
                        return false;
        }
        return read_whole(rules, name, file, g_steal_pointer(&cause), error);
}

/* columns[0] is "permission", the others are type keys. */
static bool take_marks(RuleSet *rules, DataFile *file, const char *const *columns, const char **fields,
                       GError **error)
{
        const char *permission = keep(rules, fields[0]);
        g_hash_table_add(rules->in_annex, (void *)permission);
        for (int i = 1; columns[i]; i++) {
                if (!g_str_equal(fields[i], "x") && !g_str_equal(fields[i], "."))
                        return datafile_fault(file, error, "column %s: \"%s\", x or . is expected",
                                              columns[i], fields[i]);
                if (*fields[i] == 'x')
                        g_hash_table_add(type_of(rules, columns[i])->marked, (void *)permission);
        }
        return true;
}

static bool read_annex(RuleSet *rules, const char *home, GError **error)
{
        const char *columns[64] = {"permission"};
        int n = 1;
        for (guint i = 0; i < rules->type_order->len && n < 62; i++) {
                const RuleType *type = g_ptr_array_index(rules->type_order, i);
                if (type->has_column)
                        columns[n++] = type->key;
        }
        return read_tsv(rules, home, "rules/annexD_matrix.tsv", columns, take_marks, error);
}

static bool take_category(RuleSet *rules, DataFile *file, const char *const *columns, const char **fields,
                          GError **error)
{
        (void)columns;
        RuleType *type = type_of(rules, fields[2]);
        if (g_str_equal(fields[2], "none"))
                return true; /* no type fits: known, and left without one */
        if (!type || !rules_confidence(fields[4]))
                return datafile_fault(file, error, "type \"%s\" with confidence \"%s\"", fields[2],
                                      fields[4]);
        RuleCategory *c = arena_new0(rules->arena, RuleCategory);
        c->type = type;
        bool recalled = strstr(fields[5], "recalled") != NULL; /* weighs less */
        c->confidence = recalled ? "low" : keep(rules, fields[4]);
        c->order = (int)datafile_line(file);
        g_auto(GStrv) parts = g_strsplit(fields[3], ",", -1);
        const char **others = arena_array(rules->arena, const char *, g_strv_length(parts) + 1);
        for (guint i = 0, n = 0; parts[i]; i++) {
                RuleType *other = type_of(rules, g_strstrip(parts[i]));
                if (other)
                        others[n++] = other->key;
        }
        c->alternatives = others;
        char *key = arena_printf(rules->arena, "%s\t%s", fields[0], fields[1]);
        if (!g_hash_table_contains(rules->categories, key))
                g_hash_table_insert(rules->categories, key, c);
        return true;
}

static void add_words(RuleSet *rules, RuleType *type, const char *list, bool whole)
{
        g_auto(GStrv) words = g_strsplit(list, ",", -1);
        for (char **word = words; *word; word++) {
                g_autofree char *lower = g_utf8_strdown(g_strstrip(*word), -1);
                if (!*lower)
                        continue;
                RuleWord *w = arena_new0(rules->arena, RuleWord);
                w->word = keep(rules, lower);
                w->whole = whole;
                g_ptr_array_add(type->words, w);
        }
}

static bool take_keywords(RuleSet *rules, DataFile *file, const char *const *columns, const char **fields,
                          GError **error)
{
        (void)columns;
        RuleType *type = type_of(rules, fields[0]);
        if (!type)
                return datafile_fault(file, error, "\"%s\" is no app type", fields[0]);
        add_words(rules, type, fields[1], false);
        add_words(rules, type, fields[2], true);
        return true;
}

static bool take_entered(RuleSet *rules, DataFile *file, const char *const *columns, const char **fields,
                         GError **error)
{
        (void)columns, (void)file, (void)error;
        g_hash_table_add(rules->entered, arena_printf(rules->arena, "%s\t%s", fields[0], fields[1]));
        return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------------- */

static void make_id(RuleSet *rules)
{
        g_autoptr(Sha256) sha = sha256_new();
        for (size_t i = 0; i < rules->n_files; i++) {
                sha256_update(sha, span_str(rules->files[i]->key));
                sha256_update(sha, span_str(rules->files[i]->value));
        }
        char hex[SHA256_HEX_SIZE];
        sha256_hex(sha, hex);
        g_snprintf(rules->id, sizeof rules->id, "necessity.%d-%.12s", VERSION, hex);
}

static bool load(RuleSet *rules, const char *home, GError **error)
{
        static const char *const category[] = {"store",      "store_category", "type_key", "alternatives",
                                               "confidence", "source",         NULL};
        static const char *const keywords[] = {"type_key", "keywords_zh", "keywords_en", NULL};
        static const char *const entered[] = {"data_type", "permission", NULL};
        return read_rows(rules, home, "categories/categories.jsonl", take_type, error) &&
               read_rows(rules, home, "permissions/permissions.jsonl", take_permission, error) &&
               read_rows(rules, home, "rules/category_permissions.jsonl", take_row, error) &&
               read_annex(rules, home, error) &&
               read_tsv(rules, home, "categories/store_categories.tsv", category, take_category, error) &&
               read_tsv(rules, home, "categories/category_keywords.tsv", keywords, take_keywords, error) &&
               read_tsv(rules, home, "rules/entered_data.tsv", entered, take_entered, error);
}

RuleSet *ruleset_load(const char *data_home, GError **error)
{
        RuleSet *rules = g_new0(RuleSet, 1);
        rules->arena = arena_new();
        rules->types = table();
        rules->type_order = g_ptr_array_new();
        rules->permissions = table();
        rules->categories = table();
        rules->in_annex = table();
        rules->entered = table();
        if (!load(rules, data_home, error)) {
                ruleset_free(rules);
                return NULL;
        }
        make_id(rules);
        return rules;
}

static void free_type(RuleType *type)
{
        g_hash_table_unref(type->marked);
        g_hash_table_unref(type->necessary);
        g_hash_table_unref(type->older);
        g_hash_table_unref(type->scenario_groups);
        g_hash_table_unref(type->scenario_permissions);
        g_ptr_array_unref(type->words);
}

void ruleset_free(RuleSet *rules)
{
        if (!rules)
                return;
        for (guint i = 0; i < rules->type_order->len; i++)
                free_type(g_ptr_array_index(rules->type_order, i));
        g_ptr_array_unref(rules->type_order);
        g_hash_table_unref(rules->types);
        g_hash_table_unref(rules->permissions);
        g_hash_table_unref(rules->categories);
        g_hash_table_unref(rules->in_annex);
        g_hash_table_unref(rules->entered);
        arena_free(rules->arena);
        g_free(rules);
}

const char *ruleset_id(const RuleSet *rules)
{
        return rules->id;
}

size_t ruleset_files(const RuleSet *rules, const Setting *const **files)
{
        *files = (const Setting *const *)rules->files;
        return rules->n_files;
}
