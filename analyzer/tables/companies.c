/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/companies.h"

#include "core/arena.h"
#include "core/datafile.h"

struct Companies {
        Arena *arena;         /* every string and key */
        GHashTable *roots;    /* company id -> its root's id; a root is its own */
        GHashTable *prefixes; /* Span of an application id's front, without a last dot -> root */
        GHashTable *places;   /* Span; "*.co" holds for every first label of two bytes */
};

static guint span_hash(gconstpointer key)
{
        const Span *s = key;
        guint hash = 2166136261u;
        for (size_t i = 0; i < s->len; i++)
                hash = (hash ^ s->data[i]) * 16777619u;
        return hash;
}

static gboolean span_same(gconstpointer a, gconstpointer b)
{
        return span_eq(*(const Span *)a, *(const Span *)b);
}

static Span *key_of(Companies *companies, const char *text, size_t len)
{
        Span *key = arena_new0(companies->arena, Span);
        *key = span_of(arena_strn(companies->arena, text, len), len);
        return key;
}

/* One pointer for each root, whichever company names it first. */
static const char *same_root(Companies *companies, const char *root)
{
        const char *there = g_hash_table_lookup(companies->roots, root);
        if (there)
                return there;
        const char *copy = arena_str(companies->arena, root);
        g_hash_table_insert(companies->roots, (char *)copy, (char *)copy);
        return copy;
}

static bool add_company(Companies *companies, const DataFile *file, const Json *row, GHashTable *seen,
                        GError **error)
{
        const char *id = json_str(row, "id"), *root = json_str(row, "root");
        if (!id || !root)
                return datafile_fault(file, error, "a company needs \"id\" and \"root\"");
        if (!g_hash_table_add(seen, g_strdup(id)))
                return datafile_fault(file, error, "two companies named %s", id);
        const char *owner = same_root(companies, root);
        const char *there = g_hash_table_lookup(companies->roots, id);
        if (there && there != owner)
                return datafile_fault(file, error, "%s is the root of others and has the root %s itself", id,
                                      owner);
        if (!there)
                g_hash_table_insert(companies->roots, arena_str(companies->arena, id), (char *)owner);
        const Json *list = json_get(row, "packages");
        for (size_t i = 0; i < json_len(list); i++) {
                const char *text = json_text(json_at(list, i));
                size_t len = text ? strlen(text) : 0;
                Span *key = key_of(companies, text ? text : "", len - (len && text[len - 1] == '.'));
                if (!key->len)
                        return datafile_fault(file, error, "empty entry in packages of %s", id);
                const char *other = g_hash_table_lookup(companies->prefixes, key);
                if (other && other != owner)
                        return datafile_fault(file, error, "\"%s\" belongs to %s and to %s", text, other,
                                              owner);
                g_hash_table_insert(companies->prefixes, key, (char *)owner);
        }
        return true;
}

static bool read_companies(Companies *companies, DataFile *file, GError **error)
{
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const Json *row = NULL;
        GError *broken = NULL;
        while (datafile_next_json(file, &row, &broken))
                if (!add_company(companies, file, row, seen, error))
                        return false;
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool read_places(Companies *companies, DataFile *file, GError **error)
{
        static const char *const columns[] = {"place", "why", NULL};
        const char *fields[2];
        GError *broken = NULL;
        while (datafile_next_tsv(file, columns, fields, &broken))
                g_hash_table_add(companies->places, key_of(companies, fields[0], strlen(fields[0])));
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool load_file(Companies *companies, const char *data_home, const char *name,
                      bool (*read)(Companies *, DataFile *, GError **), Sha256 *sha, GError **error)
{
        g_autofree char *path = g_build_filename(data_home, "sdks", name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        if (!file || !read(companies, file, error))
                return false;
        sha256_update(sha, span_str(datafile_digest(file)));
        return true;
}

Companies *companies_load(const char *data_home, Sha256 *sha, GError **error)
{
        Companies *companies = g_new0(Companies, 1);
        companies->arena = arena_new();
        companies->roots = g_hash_table_new(g_str_hash, g_str_equal);
        companies->prefixes = g_hash_table_new(span_hash, span_same);
        companies->places = g_hash_table_new(span_hash, span_same);
        if (load_file(companies, data_home, "companies.jsonl", read_companies, sha, error) &&
            load_file(companies, data_home, "shared_places.tsv", read_places, sha, error))
                return companies;
        companies_free(companies);
        return NULL;
}

void companies_free(Companies *companies)
{
        if (!companies)
                return;
        g_hash_table_unref(companies->roots);
        g_hash_table_unref(companies->prefixes);
        g_hash_table_unref(companies->places);
        arena_free(companies->arena);
        g_free(companies);
}

const char *companies_root(const Companies *companies, const char *id)
{
        return id ? g_hash_table_lookup(companies->roots, id) : NULL;
}

const char *companies_root_of_app(const Companies *companies, const char *application_id)
{
        Span id = span_str(application_id);
        const char *root = NULL;
        for (size_t at = 1; at <= id.len; at++) {
                if (at < id.len && id.data[at] != '.')
                        continue;
                Span front = span_part(id, 0, at);
                const char *longer = g_hash_table_lookup(companies->prefixes, &front);
                if (longer && !companies_share_place(companies, front))
                        root = longer;
        }
        return root;
}

const char *companies_app_under(const Companies *companies, Span package, const char *root)
{
        GHashTableIter each;
        gpointer key, owner;
        const char *found = NULL;
        for (g_hash_table_iter_init(&each, companies->prefixes);
             g_hash_table_iter_next(&each, &key, &owner);) {
                const Span *prefix = key;
                bool under = span_starts(*prefix, package) &&
                             (prefix->len == package.len || prefix->data[package.len] == '.');
                const char *text = (const char *)prefix->data;
                if (under && owner != root && (!found || strcmp(text, found) < 0))
                        found = text;
        }
        return found;
}

bool companies_share_place(const Companies *companies, Span labels)
{
        if (g_hash_table_contains(companies->places, &labels))
                return true;
        if (labels.len < 4 || labels.len > 12 || labels.data[2] != '.')
                return false;
        char any[12] = "*"; /* "uk.co" as "*.co" */
        memcpy(any + 1, labels.data + 2, labels.len - 2);
        Span pattern = span_of(any, labels.len - 1);
        return g_hash_table_contains(companies->places, &pattern);
}
