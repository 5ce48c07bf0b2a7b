/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the files of data/apis; its README says what their columns mean. */
#include "analyzer/tables/apiset_parts.h"

static bool add_permission(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        const char *descriptor = *row[2] ? row[2] : NULL;
        if (!api_check_member(file, row[0], row[1], error))
                return false;
        if (!*row[3] && !*row[4])
                return datafile_fault(file, error, "%s->%s needs no permission", row[0], row[1]);
        ApiMember *member = api_member_for(set, row[0], row[1], descriptor, descriptor && *descriptor != '(');
        api_add_needs(set, &member->need, api_split(set, row[3], '|'), true);
        api_add_needs(set, &member->need, api_split(set, row[4], '|'), false);
        return true;
}

static bool add_provider(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        if (!g_str_has_prefix(row[0], "content://") || g_str_has_suffix(row[0], "/") || !*row[1])
                return datafile_fault(file, error, "\"%s\" is no content URI with a permission", row[0]);
        api_add_needs(set, &api_constant_for(set, API_URI, row[0], false)->need, api_split(set, row[1], '|'),
                      false);
        return true;
}

static bool add_intent(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        if (!*row[0] || (!*row[1] && !*row[2]))
                return datafile_fault(file, error, "\"%s\" needs no permission", row[0]);
        ApiConstant *constant = api_constant_for(set, API_INTENT, row[0], false);
        api_add_needs(set, &constant->need, api_split(set, row[1], '|'), true);
        api_add_needs(set, &constant->need, api_split(set, row[2], '|'), false);
        return true;
}

static bool add_sink(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        unsigned sinks = 0;
        if (!api_check_member(file, row[0], row[1], error) ||
            !api_read_sinks(set, file, row[2], &sinks, error))
                return false;
        if (!sinks)
                return datafile_fault(file, error, "%s->%s is no sink", row[0], row[1]);
        api_member_for(set, row[0], row[1], NULL, false)->sinks |= sinks;
        return true;
}

static bool add_uri_field(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        if (!api_check_member(file, row[0], row[1], error))
                return false;
        const ApiConstant *uri = api_uri(set, span_str(row[2]));
        if (!uri)
                return datafile_fault(file, error, "nothing is known of %s", row[2]);
        ApiMember *member = api_member_for(set, row[0], row[1], "Landroid/net/Uri;", true);
        if (!member->api)
                member->api = uri->api;
        api_need_add_all(set->arena, &member->need, uri->need);
        return true;
}

static bool add_parents(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        if (!api_check_class(file, row[0], error))
                return false;
        ApiClass *c = api_class_for(set, row[0]);
        if (c->n_parents > 0)
                return datafile_fault(file, error, "%s stands twice", row[0]);
        for (int column = 1; column <= 2; column++)
                for (const char *const *name = api_split(set, row[column], ','); *name; name++) {
                        if (!api_check_class(file, *name, error))
                                return false;
                        if (!api_parent_add(c, api_class_for(set, *name)))
                                return datafile_fault(file, error, "%s inherits from more than %d", row[0],
                                                      API_PARENTS);
                }
        return true;
}

typedef struct {
        const char *name;
        const char *const *columns;
        bool (*add)(ApiSet *, const DataFile *, const char *const *row, GError **);
} Table;

static const Table tables[API_FILES] = {
        {"apis.tsv", api_columns, api_add_row},
        {"permissions.tsv",
         (const char *const[]){"class", "member", "descriptor", "annotated", "observed", NULL},
         add_permission},
        {"providers.tsv", (const char *const[]){"uri", "permission", NULL}, add_provider},
        {"intents.tsv", (const char *const[]){"action", "annotated", "observed", NULL}, add_intent},
        {"sinks.tsv", (const char *const[]){"class", "member", "sink", NULL}, add_sink},
        {"uri_fields.tsv", (const char *const[]){"class", "field", "uri", NULL}, add_uri_field},
        {"platform_classes.tsv", (const char *const[]){"class", "super", "interfaces", NULL}, add_parents},
};

static bool load_table(ApiSet *set, const char *data_home, const Table *table, Sha256 *sha, GError **error)
{
        g_autofree char *path = g_build_filename(data_home, "apis", table->name, NULL);
        DataFile *file = datafile_open(path, error);
        if (!file)
                return false;
        set->files[set->n_files++] = file;
        sha256_update(sha, span_str(datafile_digest(file)));
        const char *row[API_COLUMNS];
        GError *broken = NULL;
        while (datafile_next_tsv(file, table->columns, row, &broken))
                if (!table->add(set, file, row, error))
                        return false;
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool load_tables(ApiSet *set, const char *data_home, GError **error)
{
        g_autoptr(Sha256) sha = sha256_new();
        for (size_t i = 0; i < API_FILES; i++) {
                if (tables[i].add == add_uri_field)
                        api_constants_finish(set);
                if (!load_table(set, data_home, &tables[i], sha, error))
                        return false;
        }
        const ApiClass *circle = api_members_finish(set);
        if (circle)
                return fault(error, FAULT_MALFORMED,
                             "%s/apis/platform_classes.tsv: %.*s inherits from itself", data_home,
                             (int)circle->name.len, (const char *)circle->name.data);
        sha256_hex(sha, set->digest);
        return true;
}

ApiSet *apiset_load(const char *data_home, GError **error)
{
        enum { CLASSES = 2000, GROUPS = 4000, CONSTANTS = 500, ACTIONS = 100 };
        g_autoptr(ApiSet) set = g_new0(ApiSet, 1);
        set->arena = arena_new();
        set->apis = g_ptr_array_new();
        set->all_classes = g_ptr_array_new();
        set->permissions = g_hash_table_new(g_str_hash, g_str_equal);
        nametable_init(&set->classes, CLASSES);
        nametable_init(&set->groups, GROUPS);
        nametable_init(&set->constants, CONSTANTS);
        nametable_init(&set->actions, ACTIONS);
        return load_tables(set, data_home, error) ? g_steal_pointer(&set) : NULL;
}

void apiset_free(ApiSet *set)
{
        if (!set)
                return;
        for (size_t i = 0; i < set->n_files; i++)
                datafile_close(set->files[i]);
        nametable_clear(&set->classes);
        nametable_clear(&set->groups);
        nametable_clear(&set->constants);
        nametable_clear(&set->actions);
        g_ptr_array_unref(set->apis);
        g_ptr_array_unref(set->all_classes);
        g_hash_table_unref(set->permissions);
        arena_free(set->arena);
        g_free(set);
}

const char *apiset_digest(const ApiSet *set)
{
        return set->digest;
}

size_t apiset_len(const ApiSet *set)
{
        return set->apis->len;
}

const Api *apiset_at(const ApiSet *set, size_t i)
{
        return g_ptr_array_index(set->apis, i);
}

bool apiset_credits(const ApiSet *set, const char *permission)
{
        return g_hash_table_contains(set->permissions, permission);
}
