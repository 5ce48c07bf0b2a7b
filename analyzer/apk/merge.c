/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/merge.h"

static char *key_of(const char *a, const char *b)
{
        return g_strdup_printf("%s\n%s", a ? a : "", b);
}

static void merge_components(App *app, const Manifest *from, GHashTable *known)
{
        Manifest *m = &app->manifest;
        for (size_t i = 0; i < from->n_components; i++) {
                Component *c = from->components[i];
                if (g_hash_table_add(known, key_of(record_kind_name(c->kind), c->name)) && from != m)
                        arena_push(app->arena, &m->n_components, &m->components, c);
        }
}

static void merge_meta_data(App *app, const Manifest *from, GHashTable *known)
{
        Manifest *m = &app->manifest;
        for (size_t i = 0; i < from->n_meta_data; i++) {
                MetaData *data = from->meta_data[i];
                if (g_hash_table_add(known, key_of(data->component, data->name)) && from != m)
                        arena_push(app->arena, &m->n_meta_data, &m->meta_data, data);
        }
}

static void note_permissions(App *app, const AppApk *apk, GHashTable *known)
{
        const Manifest *from = &apk->load.manifest;
        for (size_t i = 0; i < from->n_permissions; i++) {
                const char *name = from->permissions[i]->name;
                if (g_hash_table_contains(known, name))
                        continue;
                const char *where = arena_printf(app->arena, "%s in %s", name, apk->part->name);
                oddity_note(&app->file.odd, app->arena, "split-permission-ignored", false, span_str(where));
        }
}

void merge_manifests(App *app)
{
        g_autoptr(GHashTable) components = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) meta_data = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) permissions = g_hash_table_new(g_str_hash, g_str_equal);
        app->manifest = app->apks[0]->load.manifest;
        app->manifest.odd = (Oddities){0}; /* each part keeps its own */
        merge_components(app, &app->manifest, components);
        merge_meta_data(app, &app->manifest, meta_data);
        for (size_t i = 0; i < app->manifest.n_permissions; i++)
                g_hash_table_add(permissions, app->manifest.permissions[i]->name);
        for (size_t i = 1; i < app->n_apks; i++) {
                const AppApk *apk = app->apks[i];
                note_permissions(app, apk, permissions);
                if (apk->role != ROLE_FEATURE)
                        continue;
                merge_components(app, &apk->load.manifest, components);
                merge_meta_data(app, &apk->load.manifest, meta_data);
        }
        merge_check_splits(app);
}

/* ---- splits that Android would ask for */

static void add_types(GHashTable *types, const char *list)
{
        g_auto(GStrv) names = g_strsplit(list ? list : "", ",", -1);
        for (char **name = names; *name; name++) {
                g_strstrip(*name);
                if (**name)
                        g_hash_table_add(types, g_strdup(*name));
        }
}

void merge_check_splits(App *app)
{
        const Manifest *base = &app->apks[0]->load.manifest;
        g_autoptr(GHashTable) brought = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (size_t i = 0; i < app->n_apks; i++) {
                add_types(brought, app->apks[i]->load.manifest.split_types);
                add_types(wanted, app->apks[i]->load.manifest.required_types);
        }
        g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(wanted), (GCompareFunc)strcmp);
        g_autoptr(GString) missing = g_string_new(NULL);
        for (const GList *name = names; name; name = name->next) {
                if (!g_hash_table_contains(brought, name->data))
                        g_string_append_printf(missing, "%s%s", missing->len ? ", " : "",
                                               (const char *)name->data);
        }
        bool alone = base->split_required && app->n_apks == 1;
        if (missing->len || alone)
                oddity_note(&app->file.odd, app->arena, "split-required", true, span_str(missing->str));
}
