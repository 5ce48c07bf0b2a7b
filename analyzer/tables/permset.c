/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/permset.h"

#include "core/arena.h"
#include "core/datafile.h"
#include "core/digest.h"

struct PermSet {
        Arena *arena;      /* everything, the set itself too */
        GHashTable *infos; /* name -> PermInfo */
        GArray *splits;    /* of PermSplit */
        char digest[SHA256_HEX_SIZE];
};

static bool add_info(PermSet *set, const DataFile *file, const Json *row, GError **error)
{
        const char *name = json_str(row, "name"), *protection = json_str(row, "protection");
        const char *source = json_str(row, "source");
        if (!name || !*name || !protection || !source)
                return datafile_fault(file, error,
                                      "a permission needs \"name\", \"protection\" and \"source\"");
        if (g_hash_table_contains(set->infos, name))
                return datafile_fault(file, error, "%s stands twice", name);
        PermInfo *info = arena_new0(set->arena, PermInfo);
        info->name = arena_str(set->arena, name);
        info->protection = arena_str(set->arena, protection);
        info->special = json_str(row, "special") != NULL;
        info->recalled = strstr(source, "recalled") != NULL;
        info->since = (int)CLAMP(json_int(row, "since", 0), 0, G_MAXINT);
        g_hash_table_insert(set->infos, (char *)info->name, info);
        return true;
}

static bool read_infos(PermSet *set, DataFile *file, GError **error)
{
        const Json *row = NULL;
        GError *broken = NULL;
        while (datafile_next_json(file, &row, &broken))
                if (!add_info(set, file, row, error))
                        return false;
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool read_level(const DataFile *file, const char *text, int *level, GError **error)
{
        guint64 value = 0;
        if (!g_ascii_string_to_unsigned(text, 10, 0, 10000, &value, NULL))
                return datafile_fault(file, error, "\"%s\" is no API level", text);
        *level = (int)value;
        return true;
}

static bool add_split(PermSet *set, const DataFile *file, const char *const *row, GError **error)
{
        PermSplit split = {.recalled = g_str_has_prefix(row[4], "recalled")};
        if (!read_level(file, row[2], &split.below_target, error) ||
            !read_level(file, row[3], &split.from_level, error))
                return false;
        split.declared = arena_str(set->arena, row[0]);
        if (!*row[0] || !*row[4])
                return datafile_fault(file, error, "a split needs the declared permission and a basis");
        g_auto(GStrv) implied = g_strsplit(row[1], ",", -1);
        for (char **name = implied; *name; name++) {
                if (!g_hash_table_contains(set->infos, *name))
                        return datafile_fault(file, error, "\"%s\" is not in permissions.jsonl", *name);
                split.implied = arena_str(set->arena, *name);
                g_array_append_val(set->splits, split);
        }
        return implied[0] || datafile_fault(file, error, "%s implies nothing", row[0]);
}

static bool read_splits(PermSet *set, DataFile *file, GError **error)
{
        static const char *const columns[] = {"declared",   "implied", "below_target",
                                              "from_level", "basis",   NULL};
        const char *row[G_N_ELEMENTS(columns)];
        GError *broken = NULL;
        while (datafile_next_tsv(file, columns, row, &broken))
                if (!add_split(set, file, row, error))
                        return false;
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool load_file(PermSet *set, const char *data_home, const char *name,
                      bool (*read)(PermSet *, DataFile *, GError **), Sha256 *sha, GError **error)
{
        g_autofree char *path = g_build_filename(data_home, "permissions", name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        if (!file || !read(set, file, error))
                return false;
        sha256_update(sha, span_str(datafile_digest(file)));
        return true;
}

static bool load_files(PermSet *set, const char *data_home, GError **error)
{
        g_autoptr(Sha256) sha = sha256_new();
        if (!load_file(set, data_home, "permissions.jsonl", read_infos, sha, error) ||
            !load_file(set, data_home, "split_permissions.tsv", read_splits, sha, error))
                return false;
        sha256_hex(sha, set->digest);
        return true;
}

PermSet *permset_load(const char *data_home, GError **error)
{
        Arena *arena = arena_new();
        g_autoptr(PermSet) set = arena_new0(arena, PermSet);
        set->arena = arena;
        set->infos = g_hash_table_new(g_str_hash, g_str_equal);
        set->splits = g_array_new(FALSE, FALSE, sizeof(PermSplit));
        return load_files(set, data_home, error) ? g_steal_pointer(&set) : NULL;
}

void permset_free(PermSet *set)
{
        if (!set)
                return;
        g_hash_table_unref(set->infos);
        g_array_unref(set->splits);
        arena_free(set->arena);
}

const char *permset_digest(const PermSet *set)
{
        return set->digest;
}

const PermInfo *permset_find(const PermSet *set, const char *name)
{
        return g_hash_table_lookup(set->infos, name);
}

size_t permset_splits(const PermSet *set, const PermSplit **splits)
{
        *splits = (const PermSplit *)set->splits->data;
        return set->splits->len;
}
