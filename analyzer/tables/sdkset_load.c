/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/sdkset_parts.h"

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

/* ---- files.tsv, strings.tsv, settings.tsv */

/* The next row; its second field is an SDK's id. */
static bool next_tsv(const SdkReading *in, const char *const *columns, const char **fields, const Sdk **sdk,
                     GError **error)
{
        if (!datafile_next_tsv(in->file, columns, fields, error))
                return false;
        *sdk = sdkset_find(in->set, fields[1]);
        return *sdk || datafile_fault(in->file, error, "no SDK has the id %s", fields[1]);
}

static bool read_files(SdkReading *in, GError **error)
{
        static const char *const columns[] = {"pattern", "sdk", "version", "source", NULL};
        const char *fields[4];
        const Sdk *sdk;
        GError *broken = NULL;
        for (unsigned rank = 0; next_tsv(in, columns, fields, &sdk, &broken); rank++) {
                SdkFile *file = arena_new0(in->set->arena, SdkFile);
                *file = (SdkFile){.sdk = sdk, .pattern = arena_str(in->set->arena, fields[0]), .rank = rank};
                file->confirmed = !g_str_equal(fields[3], "own");
                if (g_str_has_prefix(fields[2], "key:")) {
                        file->version = SDK_FILE_PROPERTY;
                        file->property = arena_str(in->set->arena, fields[2] + 4);
                } else if (g_str_equal(fields[2], "line")) {
                        file->version = SDK_FILE_LINE;
                } else if (!g_str_equal(fields[2], "-")) {
                        return datafile_fault(in->file, error, "version is line, key:NAME or -, not \"%s\"",
                                              fields[2]);
                }
                globs_add(in->set->files, file->pattern, file);
        }
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool read_strings(SdkReading *in, GError **error)
{
        static const char *const columns[] = {"prefix", "sdk", "source", NULL};
        const char *fields[3];
        const Sdk *sdk;
        GError *broken = NULL;
        while (next_tsv(in, columns, fields, &sdk, &broken)) {
                SdkConstant *constant = arena_new0(in->set->arena, SdkConstant);
                *constant = (SdkConstant){.sdk = sdk, .prefix = arena_str(in->set->arena, fields[0])};
                g_ptr_array_add(in->set->constants, constant);
        }
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool read_settings(SdkReading *in, GError **error)
{
        static const char *const columns[] = {"key", "sdk", "meaning", "source", NULL};
        g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
        const char *fields[4];
        const Sdk *sdk;
        GError *broken = NULL;
        while (next_tsv(in, columns, fields, &sdk, &broken)) {
                SdkSwitch *key = arena_new0(in->set->arena, SdkSwitch),
                          *last = g_hash_table_lookup(keys, fields[0]);
                *key = (SdkSwitch){.sdk = sdk, .meaning = arena_str(in->set->arena, fields[2])};
                g_hash_table_insert(keys, (char *)fields[0], key);
                if (last)
                        last->next = key;
                else
                        globs_add(in->set->switches, fields[0], key);
        }
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool read_namespaces(SdkReading *in, GError **error)
{
        static const char *const columns[] = {"host", "why", "source", NULL};
        const char *fields[3];
        GError *broken = NULL;
        while (datafile_next_tsv(in->file, columns, fields, &broken))
                globs_add(in->set->identifiers, fields[0], in->set);
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool read_refused(SdkReading *in, GError **error)
{
        static const char *const columns[] = {"kind", "text", "why", "source", NULL};
        const char *fields[4];
        GError *broken = NULL;
        while (datafile_next_tsv(in->file, columns, fields, &broken))
                g_hash_table_insert(in->set->refused,
                                    arena_printf(in->set->arena, "%s\t%s", fields[0], fields[1]),
                                    arena_str(in->set->arena, fields[2]));
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

/* ---- the whole */

static bool load_file(SdkSet *set, const char *folder, const char *name,
                      bool (*read)(SdkReading *, GError **), Sha256 *sha, GError **error)
{
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        if (!file || !read(&(SdkReading){.set = set, .file = file}, error))
                return false;
        if (sha)
                sha256_update(sha, span_str(datafile_digest(file)));
        return true;
}

static bool load_shipped(SdkSet *set, const char *data_home, Sha256 *sha, GError **error)
{
        static const struct {
                const char *name;
                bool (*read)(SdkReading *, GError **);
        } files[] = {
                {"sdks.jsonl", sdkset_read_rows}, {"provenance.jsonl", sdkset_read_provenance},
                {"files.tsv", read_files},        {"strings.tsv", read_strings},
                {"settings.tsv", read_settings},  {"namespaces.tsv", read_namespaces},
        };
        g_autofree char *folder = g_build_filename(data_home, "sdks", NULL);
        set->companies = companies_load(data_home, sha, error);
        if (!set->companies)
                return false;
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
                if (!load_file(set, folder, files[i].name, files[i].read, sha, error))
                        return false;
        return load_file(set, folder, "refused.tsv", read_refused, NULL, error); /* no fact depends on it */
}

static int by_text(gconstpointer a, gconstpointer b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool load_user(SdkSet *set, const char *user_home, Sha256 *sha, GError **error)
{
        g_autofree char *folder = g_build_filename(user_home, "sdks", NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; dir && (name = g_dir_read_name(dir));)
                if (g_str_has_suffix(name, ".jsonl"))
                        g_ptr_array_add(names, g_strdup(name));
        g_ptr_array_sort(names, by_text);
        for (guint i = 0; i < names->len; i++)
                if (!load_file(set, folder, g_ptr_array_index(names, i), sdkset_read_user_rows, sha, error))
                        return false;
        return true;
}

static int by_id(gconstpointer a, gconstpointer b)
{
        const Sdk *const *x = a, *const *y = b;
        return strcmp((*x)->id, (*y)->id);
}

static int by_prefix(gconstpointer a, gconstpointer b)
{
        const SdkAnchor *const *x = a, *const *y = b;
        return strcmp((*x)->text, (*y)->text);
}

static SdkSet *new_set(void)
{
        SdkSet *set = g_new0(SdkSet, 1);
        set->arena = arena_new();
        set->sdks = g_ptr_array_new();
        set->ids = g_hash_table_new(g_str_hash, g_str_equal);
        set->prefixes = g_hash_table_new(name_hash, name_equal);
        set->parents = g_hash_table_new(name_hash, name_equal);
        set->segments = g_hash_table_new(name_hash, name_equal);
        set->sorted = g_ptr_array_new();
        for (size_t k = 0; k < SDK_NAME_KINDS; k++) {
                set->names[k].exact = g_hash_table_new(g_str_hash, g_str_equal);
                set->names[k].globs = globs_new(set->arena);
        }
        set->hosts = g_hash_table_new(g_str_hash, g_str_equal);
        set->identifiers = globs_new(set->arena);
        set->files = globs_new(set->arena);
        set->switches = globs_new(set->arena);
        set->constants = g_ptr_array_new();
        set->refused = g_hash_table_new(g_str_hash, g_str_equal);
        return set;
}

SdkSet *sdkset_load(const char *data_home, const char *user_home, GError **error)
{
        g_autoptr(SdkSet) set = new_set();
        g_autoptr(Sha256) sha = sha256_new();
        if (!load_shipped(set, data_home, sha, error) ||
            (user_home && !load_user(set, user_home, sha, error)))
                return NULL;
        g_ptr_array_sort(set->sdks, by_id);
        g_ptr_array_sort(set->sorted, by_prefix);
        for (guint i = 0; i < set->sdks->len; i++)
                ((Sdk *)g_ptr_array_index(set->sdks, i))->index = i;
        sha256_hex(sha, set->digest);
        return g_steal_pointer(&set);
}

void sdkset_free(SdkSet *set)
{
        if (!set)
                return;
        GHashTable *const tables[] = {set->ids,      set->prefixes, set->parents,
                                      set->segments, set->hosts,    set->refused};
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
                g_hash_table_unref(tables[i]);
        for (size_t k = 0; k < SDK_NAME_KINDS; k++)
                g_hash_table_unref(set->names[k].exact);
        companies_free(set->companies);
        g_ptr_array_unref(set->sdks);
        g_ptr_array_unref(set->sorted);
        g_ptr_array_unref(set->constants);
        arena_free(set->arena);
        g_free(set);
}
