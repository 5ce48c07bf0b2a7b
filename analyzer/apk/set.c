/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/set.h"

#include "analyzer/apk/merge.h"
#include "core/digest.h"

static void note(App *app, const char *code, bool rejects, const char *where)
{
        oddity_note(&app->file.odd, app->arena, code, rejects, span_str(where));
}

/* ---- the parts and their bytes */

static AppPart *add_part(App *app, const PartRef *ref)
{
        AppPart *part = record_new(app->arena, AppPart, app_part__init);
        part->name = arena_str(app->arena, ref->name);
        part->kind = (char *)(ref->obb ? "obb" : "other");
        part->has_size = ref->entry != NULL;
        part->size = ref->entry ? ref->entry->size : 0;
        arena_push(app->arena, &app->n_parts, &app->parts, part);
        return part;
}

static void fail(App *app, AppPart *part, const char *why, GError *take_error)
{
        part->detail = arena_printf(app->arena, "not read: %.300s", take_error->message);
        part->detail = arena_utf8(app->arena, span_str(part->detail));
        if (app->fault) {
                g_error_free(take_error);
                return;
        }
        app->why = arena_printf(app->arena, "part-%s", why);
        app->fault = take_error;
        g_prefix_error(&app->fault, "%s: ", part->name);
}

void set_fail(App *app, const AppApk *apk, const char *why, GError *take_error)
{
        fail(app, apk->part, why, take_error);
}

static AppApk *new_apk(App *app, AppPart *part, const PartRef *ref)
{
        AppApk *apk = arena_new0(app->arena, AppApk);
        apk->load = (Load){.arena = app->arena, .place = arena_printf(app->arena, "%s!", part->name)};
        apk->part = part;
        apk->rank = ref->rank;
        apk->role = ROLE_OTHER;
        return apk;
}

/* In place where it is stored, as long as the parts are no more than the file: else they overlap. What states that it is
 * too big to be inflated is not even begun. */
static bool read_apk(App *app, const ZipEntry *e, Span *bytes, GError **error)
{
        size_t whole = zip_bytes(app->file.zip).len;
        if (e->method == 8 && e->size > APP_INFLATED_LIMIT)
                return fault(error, FAULT_LIMIT, "%u bytes are more than %d", e->size, APP_INFLATED_LIMIT);
        if (e->method == 8)
                return zip_read(app->file.zip, e, APP_INFLATED_LIMIT, app->arena, bytes, error);
        app->in_place += e->size;
        if (app->in_place > whole)
                return fault(error, FAULT_LIMIT,
                             "parts that are stored overlap: they are more than the file's %zu bytes", whole);
        return zip_in_place(app->file.zip, e, bytes, error);
}

static void open_apk(App *app, AppPart *part, const PartRef *ref)
{
        Span bytes = {NULL, 0};
        GError *error = NULL;
        const char *why;
        if (!read_apk(app, ref->entry, &bytes, &error)) {
                fail(app, part, fault_is(error, FAULT_LIMIT) ? "too-big" : "unreadable", error);
                return;
        }
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(bytes, hex);
        part->sha256 = arena_str(app->arena, hex);
        part->size = (int64_t)bytes.len;
        AppApk *apk = new_apk(app, part, ref);
        if (!load_bytes(&apk->load, bytes, &why, &error)) {
                fail(app, part, why, error);
                return;
        }
        zip_share_limit(apk->load.zip, app->file.zip);
        arena_push(app->arena, &app->n_apks, &app->apks, apk);
}

static void open_module(App *app, AppPart *part, const PartRef *ref)
{
        AppApk *apk = new_apk(app, part, ref);
        apk->load.zip = parts_module(app->file.zip, ref->name, app->arena);
        apk->load.bundle = true;
        apk->load.place = arena_printf(app->arena, "%s/dex/", ref->name);
        arena_push(app->arena, &app->n_apks, &app->apks, apk);
}

static void open_part(App *app, const PartRef *ref)
{
        AppPart *part = add_part(app, ref);
        bool standalone = g_str_has_prefix(ref->name, "standalones/");
        if (ref->skipped) {
                part->kind = (char *)(standalone ? "standalone" : "other");
                part->detail = arena_str(app->arena, ref->skipped);
        } else if (ref->lost && ref->config) {
                part->kind = (char *)"config";
                part->detail = (char *)"not there, though manifest.json lists it";
        } else if (ref->lost) {
                GError *error = NULL;
                fault(&error, FAULT_MALFORMED, "manifest.json lists it, and the archive does not hold it");
                fail(app, part, "missing", error);
        } else if (ref->entry && !ref->obb) {
                open_apk(app, part, ref);
        } else if (!ref->entry) {
                open_module(app, part, ref);
        }
}

bool set_list(App *app, const Parts *parts, const char **why, GError **error)
{
        for (size_t i = 0; i < parts->n; i++)
                open_part(app, parts->list[i]);
        if (app->n_apks || app->fault)
                return true;
        *why = "no-base";
        return fault(error, FAULT_MALFORMED, "none of %zu parts is an APK or a module that could be read",
                     parts->n);
}

/* ---- roles */

static const char *package_of(const AppApk *apk)
{
        return apk->load.manifest.package;
}

/* Could be the base: of a bundle's modules the one of that name, else what states no split. */
static bool is_candidate(const AppApk *apk)
{
        return apk->load.bundle ? g_str_equal(apk->part->name, "base") : !apk->load.manifest.split;
}

/* What no other part of the app may have: the split's name, "" for the base. */
static const char *split_of(const AppApk *apk)
{
        const char *split = apk->load.manifest.split;
        return apk->load.bundle ? apk->part->name : split ? split : "";
}

static AppApk *choose_base(App *app)
{
        AppApk *best = NULL;
        for (size_t i = 0; i < app->n_apks; i++) {
                AppApk *apk = app->apks[i];
                if (!is_candidate(apk))
                        continue;
                if (app->claimed && g_str_equal(package_of(apk), app->claimed))
                        apk->rank = MIN(apk->rank, RANK_STATED);
                if (!best || apk->rank < best->rank)
                        best = apk;
        }
        return best;
}

/* Another app's base, where nothing but the order of the entries says which of the two is meant. */
static const AppApk *find_rival(const App *app, const AppApk *base)
{
        for (size_t i = 0; base->rank == RANK_ANY && i < app->n_apks; i++) {
                const AppApk *apk = app->apks[i];
                if (is_candidate(apk) && !g_str_equal(package_of(apk), package_of(base)))
                        return apk;
        }
        return NULL;
}

static bool is_configuration(const Manifest *m)
{
        return !m->feature_split &&
               (m->config_for || g_str_has_prefix(m->split, "config.") || strstr(m->split, ".config."));
}

/* Why a part is not of this app, in words for its row; NULL: it is. */
static const char *refuse(App *app, const AppApk *apk, const AppApk *base, GHashTable *seen)
{
        const char *split = split_of(apk), *first = g_hash_table_lookup(seen, split);
        if (!g_str_equal(package_of(apk), package_of(base))) {
                note(app, "part-package-differs", true, apk->part->name);
                if (apk->load.bundle) /* no rule of Android's yet: bundletool has its own */
                        return NULL;
                return arena_printf(app->arena, "not read: of the package %s, not %s", package_of(apk),
                                    package_of(base));
        }
        if (!first) {
                g_hash_table_insert(seen, (char *)split, apk->part->name);
                return NULL;
        }
        /* bundletool packs variants for newer Android versions beside each other: base-master_2.apk */
        if (!g_str_has_prefix(apk->part->name, "splits/"))
                note(app, "part-duplicate", true, apk->part->name);
        return *split ? arena_printf(app->arena, "not read: %s is the split %s, too", first, split)
                      : arena_printf(app->arena, "not read: %s is the base", first);
}

static void give_role(App *app, AppApk *apk, const AppApk *base, GHashTable *seen)
{
        static const char *const kinds[] = {"base", "feature", "config", "other"};
        const Manifest *m = &apk->load.manifest;
        const char *why = apk == base ? NULL : refuse(app, apk, base, seen);
        bool config = !apk->load.bundle && m->split && is_configuration(m);
        apk->role = why ? ROLE_OTHER : apk == base ? ROLE_BASE : config ? ROLE_CONFIG : ROLE_FEATURE;
        apk->part->kind = (char *)kinds[apk->role];
        bool stated = m->has_version_code || !apk->load.bundle; /* modules may leave it to the base */
        if (why)
                apk->part->detail = (char *)why;
        else if (stated && m->version_code != base->load.manifest.version_code)
                note(app, "part-version-differs", true, apk->part->name);
}

static void give_roles(App *app, AppApk *base)
{
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_insert(seen, (char *)split_of(base), base->part->name);
        for (size_t i = 0; i < app->n_apks; i++)
                give_role(app, app->apks[i], base, seen);
}

/* By role, in the container's order within each; those of other apps go. */
static void sort_by_role(App *app)
{
        size_t n = 0;
        AppApk **sorted = arena_array(app->arena, AppApk *, app->n_apks);
        for (int role = ROLE_BASE; role < ROLE_OTHER; role++) {
                for (size_t i = 0; i < app->n_apks; i++) {
                        if ((int)app->apks[i]->role == role)
                                sorted[n++] = app->apks[i];
                }
        }
        for (size_t i = 0; i < app->n_apks; i++) {
                if (app->apks[i]->role == ROLE_OTHER)
                        load_close(&app->apks[i]->load);
        }
        app->apks = sorted;
        app->n_apks = n;
}

/* ---- putting them together */

/* Reads all manifests; parts whose manifest cannot be read are no parts any more. */
static void read_manifests(App *app)
{
        size_t n = 0;
        for (size_t i = 0; i < app->n_apks; i++) {
                AppApk *apk = app->apks[i];
                GError *error = NULL;
                const char *why;
                if (load_manifest(&apk->load, &why, &error)) {
                        app->apks[n++] = apk;
                        continue;
                }
                fail(app, apk->part, why, error);
                load_close(&apk->load);
        }
        app->n_apks = n;
}

static bool no_base(App *app, const char **why, GError **error)
{
        if (app->fault) { /* the part that could not be read may be the one */
                *why = app->why;
                g_propagate_error(error, g_steal_pointer(&app->fault));
                return false;
        }
        const AppApk *first = app->apks[0];
        app->manifest = first->load.manifest;
        *why = "no-base";
        return fault(error, FAULT_MALFORMED, "none of %zu APKs is a base: %s is the split %s of %s",
                     app->n_apks, first->part->name, split_of(first), package_of(first));
}

bool set_assemble(App *app, const char **why, GError **error)
{
        read_manifests(app);
        AppApk *base = choose_base(app);
        if (!base)
                return no_base(app, why, error);
        const AppApk *rival = find_rival(app, base);
        give_roles(app, base);
        sort_by_role(app);
        merge_manifests(app);
        if (!rival)
                return true;
        *why = "several-apps";
        return fault(error, FAULT_UNSUPPORTED, "%s is %s and %s is %s: an archive of several apps",
                     base->part->name, package_of(base), rival->part->name, package_of(rival));
}
