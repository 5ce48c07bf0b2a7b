/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/appfacts.h"

#include "analyzer/apk/payload.h"
#include "analyzer/apk/signer.h"
#include "analyzer/apk/sigverify.h"

/* ---- manifest */

void appfacts_manifest(Facts *facts, const Manifest *m, Arena *arena)
{
        facts->package = arena_str(arena, m->package);
        facts->has_version_code = m->has_version_code;
        facts->version_code = m->version_code;
        facts->version_name = arena_str(arena, m->version_name);
        facts->label = arena_str(arena, m->label);
        facts->n_labels = m->n_labels;
        facts->labels = m->labels;
        facts->has_min_sdk = !m->min_codename;
        facts->min_sdk = m->min_codename ? 0 : m->min_sdk;
        facts->min_sdk_codename = arena_str(arena, m->min_codename);
        facts->has_target_sdk = !m->target_codename;
        facts->target_sdk = m->target_codename ? 0 : m->target_sdk;
        facts->target_sdk_codename = arena_str(arena, m->target_codename);
        facts->n_permissions = m->n_permissions;
        facts->permissions = m->permissions;
        facts->n_declared_permissions = m->n_declared;
        facts->declared_permissions = m->declared;
        facts->n_components = m->n_components;
        facts->components = m->components;
        facts->n_meta_data = m->n_meta_data;
        facts->meta_data = m->meta_data;
        facts->shared_user_id = arena_str(arena, m->shared_user_id);
        facts->has_debuggable = true;
        facts->debuggable = m->debuggable;
}

/* ---- natives */

/* "lib/<abi>/<name>.so" */
static bool is_native(Span path, Span *abi, Span *name)
{
        if (!span_starts(path, span_str("lib/")) || !span_eq_str(span_from(path, path.len - 3), ".so"))
                return false;
        Span rest = span_from(path, 4);
        const uint8_t *slash = memchr(rest.data, '/', rest.len);
        if (!slash || slash == rest.data)
                return false;
        *abi = span_of(rest.data, (size_t)(slash - rest.data));
        *name = span_from(rest, abi->len + 1);
        return name->len > 3 && !memchr(name->data, '/', name->len);
}

void appfacts_natives(Facts *facts, const App *app)
{
        g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
        Arena *arena = app->arena;
        for (size_t k = 0; k < app->n_apks; k++) {
                const Zip *zip = app->apks[k]->load.zip;
                for (size_t i = 0; i < zip_count(zip); i++) {
                        Span path = zip_at(zip, i)->name, abi, name;
                        if (path.len < 3 || !is_native(path, &abi, &name) ||
                            !g_hash_table_add(known, arena_utf8(arena, path)))
                                continue;
                        Native *native = record_new(arena, Native, native__init);
                        native->abi = arena_utf8(arena, abi);
                        native->name = arena_utf8(arena, name);
                        arena_push(arena, &facts->n_natives, &facts->natives, native);
                }
        }
}

/* ---- signers */

static bool has_signer(const Facts *facts, const Signer *wanted)
{
        for (size_t i = 0; i < facts->n_signers; i++) {
                const Signer *s = facts->signers[i];
                if (g_str_equal(s->scheme, facts->signers[0]->scheme) &&
                    g_str_equal(s->sha256, wanted->sha256))
                        return true;
        }
        return false;
}

/* Every signer of a's best scheme is one of b's. */
static bool covers(const Facts *b, const Facts *a)
{
        for (size_t i = 0; i < a->n_signers; i++) {
                const Signer *s = a->signers[i];
                if (g_str_equal(s->scheme, a->signers[0]->scheme) && !has_signer(b, s))
                        return false;
        }
        return true;
}

/* A split's manifest need not state the API levels: it is installed with the base and by the base's. */
static void take_levels(Facts *part, const Facts *base)
{
        part->has_min_sdk = base->has_min_sdk;
        part->min_sdk = base->min_sdk;
        part->min_sdk_codename = base->min_sdk_codename;
        part->has_target_sdk = base->has_target_sdk;
        part->target_sdk = base->target_sdk;
        part->target_sdk_codename = base->target_sdk_codename;
}

static void compare_part(const Facts *base, App *app, const AppApk *apk, bool verify)
{
        Facts *part = record_new(app->arena, Facts, facts__init);
        const Manifest *m = &apk->load.manifest;
        signer_read(apk->load.zip, app->arena, part);
        if (!covers(part, base) || !covers(base, part))
                oddity_note(&app->file.odd, app->arena, "part-signer-differs", true,
                            span_str(apk->part->name));
        appfacts_manifest(part, m, app->arena);
        take_levels(part, base);
        if (verify && !sigverify(apk->load.zip, app->arena, part))
                oddity_note(&app->file.odd, app->arena, "part-not-verified", false,
                            span_str(apk->part->name));
}

void appfacts_signers(Facts *facts, App *app, bool verify)
{
        bool bundle = app->n_apks && app->apks[0]->load.bundle;
        if (!app->n_apks)
                return;
        Zip *zip = bundle ? app->file.zip : app->apks[0]->load.zip; /* a bundle is signed as one jar */
        signer_read(zip, app->arena, facts);
        if (verify)
                (bundle ? sigverify_bundle : sigverify)(zip, app->arena, facts);
        for (size_t i = 1; !bundle && i < app->n_apks; i++)
                compare_part(facts, app, app->apks[i], verify);
}

/* ---- anomalies */

typedef struct {
        Facts *facts;
        Arena *arena;
        const char *place; /* in front of every detail; NULL: none */
        GString *rejected; /* codes; NULL: Android does not read this */
} Notes;

static Anomaly *find_anomaly(const Facts *facts, const char *code)
{
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                if (g_str_equal(facts->anomalies[i]->code, code))
                        return facts->anomalies[i];
        }
        return NULL;
}

static void add_anomaly(Facts *facts, Arena *arena, const char *code, const char *detail)
{
        if (find_anomaly(facts, code))
                return;
        Anomaly *a = record_new(arena, Anomaly, anomaly__init);
        a->code = arena_str(arena, code);
        a->detail = arena_str(arena, detail);
        arena_push(arena, &facts->n_anomalies, &facts->anomalies, a);
}

static void add_rejected(GString *rejected, const char *code)
{
        g_auto(GStrv) known = g_strsplit(rejected->str, ", ", -1);
        if (!g_strv_contains((const char *const *)known, code))
                g_string_append_printf(rejected, "%s%s", rejected->len ? ", " : "", code);
}

static void add_oddities(const Notes *notes, const Oddities *odd)
{
        for (size_t i = 0; i < odd->n; i++) {
                const Oddity *o = odd->list[i];
                const char *detail = o->detail;
                if (o->count > 1)
                        detail = arena_printf(notes->arena, "%s%s%u times", detail ? detail : "",
                                              detail ? ", " : "", o->count);
                if (notes->place)
                        detail = arena_printf(notes->arena, "%s%s%s", notes->place, detail ? ": " : "",
                                              detail ? detail : "");
                add_anomaly(notes->facts, notes->arena, o->code, detail);
                if (o->rejects && notes->rejected)
                        add_rejected(notes->rejected, o->code);
        }
}

/* Modules may do without <application>: bundletool adds one. */
static void forget_missing_application(Oddities *odd)
{
        size_t n = 0;
        for (size_t i = 0; i < odd->n; i++) {
                if (!g_str_equal(odd->list[i]->code, "manifest-no-application"))
                        odd->list[n++] = odd->list[i];
        }
        odd->n = n;
}

static void add_apk(const Notes *all, AppApk *apk)
{
        Notes notes = *all;
        notes.place = apk->part ? apk->part->name : NULL;
        if (apk->load.bundle && apk->role != ROLE_BASE)
                forget_missing_application(&apk->load.manifest.odd);
        add_oddities(&notes, zip_oddities(apk->load.zip));
        add_oddities(&notes, &apk->load.odd);
        add_oddities(&notes, &apk->load.manifest.odd);
}

static void add_payloads(Facts *facts, App *app)
{
        Payloads payloads = {0};
        for (size_t i = 0; i < app->n_apks; i++) {
                const Load *load = &app->apks[i]->load;
                const char *place = load->bundle ? NULL : load->place; /* entries of modules have their own */
                payload_find(&payloads, load->zip, place, load->numbered, app->arena);
        }
        if (app->form == APP_SET) {
                g_autoptr(Zip) rest = app_rest(app);
                payload_find(&payloads, rest, NULL, 0, app->arena);
        }
        const char *gap = payload_text(&payloads.gap, app->arena);
        const char *elsewhere = payload_text(&payloads.elsewhere, app->arena);
        if (gap)
                add_anomaly(facts, app->arena, "dex-after-gap", gap);
        if (elsewhere)
                add_anomaly(facts, app->arena, "dex-elsewhere", elsewhere);
}

void appfacts_anomalies(Facts *facts, App *app)
{
        static const char *const refused[] = {"unsigned", "signature-stripped"}; /* the signers' */
        g_autoptr(GString) rejected = g_string_new(NULL);
        Notes notes = {.facts = facts, .arena = app->arena, .rejected = rejected};
        bool bundle = app->n_apks && app->apks[0]->load.bundle;
        for (size_t i = 0; !bundle && i < G_N_ELEMENTS(refused); i++) {
                if (find_anomaly(facts, refused[i]))
                        add_rejected(rejected, refused[i]);
        }
        for (size_t i = 0; i < app->n_apks; i++)
                add_apk(&notes, app->apks[i]);
        add_oddities(&notes, &app->file.odd);
        if (app->form == APP_SET) {
                Notes container = {.facts = facts, .arena = app->arena, .place = "the container"};
                add_oddities(&container, zip_oddities(app->file.zip));
        }
        if (!app->payloads_told)
                add_payloads(facts, app);
        app->payloads_told = true;
        if (!rejected->len)
                return;
        Anomaly *told = find_anomaly(facts, "android-would-reject");
        if (told)
                told->detail = arena_str(app->arena, rejected->str);
        else
                add_anomaly(facts, app->arena, "android-would-reject", rejected->str);
}
