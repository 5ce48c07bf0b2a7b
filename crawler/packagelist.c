/* SPDX-License-Identifier: GPL-3.0-or-later */
/* packagelist.c - apps named one by one: in a file, or by the judgement of an earlier sweep. */
#include "crawler/draw.h"

enum { LIST_BYTES = 256 << 20, NAME_BYTES = 255 };

struct PackageList {
        GHashTable *names; /* "package" and "market/package" */
};

static PackageList *list_new(void)
{
        PackageList *list = g_new0(PackageList, 1);
        list->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        return list;
}

void package_list_free(PackageList *list)
{
        if (!list)
                return;
        g_hash_table_unref(list->names);
        g_free(list);
}

/* ---- from a file --------------------------------------------------------------------------------------------------- */

static bool is_name(const char *from, const char *to)
{
        if (to - from < 1 || to - from > NAME_BYTES)
                return false;
        for (; from < to; from++) {
                if (!g_ascii_isalnum(*from) && *from != '.' && *from != '_' && *from != '-')
                        return false;
        }
        return true;
}

static bool is_entry(const char *text)
{
        const char *end = text + strlen(text), *slash = strchr(text, '/');
        return slash ? is_name(text, slash) && is_name(slash + 1, end) : is_name(text, end);
}

static bool add_line(PackageList *list, char *line, const char *path, unsigned number, GError **error)
{
        char *comment = strchr(line, '#');
        if (comment)
                *comment = '\0';
        g_strstrip(line);
        if (!*line)
                return true;
        if (!is_entry(line)) {
                g_autofree char *seen = g_strescape(line, NULL);
                return fault(error, FAULT_MALFORMED,
                             "%s:%u: \"%.80s\" is no package name; a line holds \"package\" or "
                             "\"market/package\" of letters, digits, '.', '_' and '-'",
                             path, number, seen);
        }
        g_hash_table_add(list->names, g_strdup(line));
        return true;
}

static bool add_lines(PackageList *list, char *text, const char *path, GError **error)
{
        if (g_str_has_prefix(text, "\xef\xbb\xbf")) /* a byte order mark, as spreadsheets leave it */
                text += 3;
        unsigned number = 0;
        while (text) {
                char *line = text, *end = strchr(text, '\n');
                if (end)
                        *end = '\0';
                text = end ? end + 1 : NULL;
                if (!add_line(list, line, path, ++number, error))
                        return false;
        }
        return true;
}

PackageList *package_list_load(const char *path, GError **error)
{
        g_autofree char *text = NULL;
        g_autoptr(GError) cause = NULL;
        gsize len = 0;
        if (!g_file_get_contents(path, &text, &len, &cause)) {
                fault(error, FAULT_USAGE, "list of packages: %s", cause->message);
                return NULL;
        }
        if (len > LIST_BYTES || strlen(text) != len) {
                fault(error, FAULT_MALFORMED, "%s: a text of at most %d bytes is read as a list of packages",
                      path, LIST_BYTES);
                return NULL;
        }
        PackageList *list = list_new();
        bool ok = add_lines(list, text, path, error);
        if (ok && !package_list_size(list))
                ok = fault(error, FAULT_MALFORMED, "%s names no package", path);
        if (ok)
                return list;
        package_list_free(list);
        return NULL;
}

/* ---- from an earlier sweep ------------------------------------------------------------------------------------------ */

static bool is_named(const Findings *findings)
{
        for (size_t i = 0; i < findings->n_findings; i++) {
                if (g_str_equal(findings->findings[i]->verdict, "not-advised"))
                        return true;
        }
        return false;
}

static bool add_named(PackageList *list, Store *store, const Sweep *sweep, const char *rule_set,
                      GError **error)
{
        StoreWalk *walk =
                store_walk(store, STORE_FINDINGS, &(StoreKey){.sweep = sweep->id, .layer = rule_set});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Findings *findings = record_findings(arena, value, error);
                ok = findings != NULL;
                if (!ok)
                        g_prefix_error(error, "findings of %s, %s: ", key.market, key.package);
                else if (is_named(findings))
                        g_hash_table_add(list->names, g_strdup(key.package));
        }
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

PackageList *package_list_of_sweep(Store *store, const char *sweep, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Sweep *record = store_sweep_named(store, sweep, arena, error);
        if (!record)
                return NULL;
        if (!record->n_rule_sets) {
                fault(error, FAULT_USAGE,
                      "sweep \"%s\" was not judged, so it names no app to follow; run `overreach judge %s`",
                      record->name, record->name);
                return NULL;
        }
        const char *rule_set = record->rule_sets[record->n_rule_sets - 1];
        PackageList *list = list_new();
        bool ok = add_named(list, store, record, rule_set, error);
        if (ok && !package_list_size(list))
                ok = fault(error, FAULT_NOT_FOUND,
                           "sweep \"%s\" named no app under %s: there is nothing to follow", record->name,
                           rule_set);
        if (ok)
                return list;
        g_prefix_error(error, "to follow: ");
        package_list_free(list);
        return NULL;
}

/* ---- asking it ------------------------------------------------------------------------------------------------------ */

bool package_list_has(const PackageList *list, const char *market, const char *package)
{
        if (g_hash_table_contains(list->names, package))
                return true;
        g_autofree char *both = g_strconcat(market, "/", package, NULL);
        return g_hash_table_contains(list->names, both);
}

size_t package_list_size(const PackageList *list)
{
        return g_hash_table_size(list->names);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

void package_list_each(const PackageList *list, const char *market,
                       void (*each)(const char *package, void *context), void *context)
{
        g_autoptr(GPtrArray) packages = g_ptr_array_new();
        size_t n = strlen(market);
        GHashTableIter names;
        g_hash_table_iter_init(&names, list->names);
        for (void *name; g_hash_table_iter_next(&names, &name, NULL);) {
                const char *entry = name;
                if (!strchr(entry, '/'))
                        g_ptr_array_add(packages, name);
                else if (strncmp(entry, market, n) == 0 && entry[n] == '/' &&
                         !g_hash_table_contains(list->names, entry + n + 1))
                        g_ptr_array_add(packages, (char *)name + n + 1);
        }
        g_ptr_array_sort(packages, by_text);
        for (guint i = 0; i < packages->len; i++)
                each(packages->pdata[i], context);
}
