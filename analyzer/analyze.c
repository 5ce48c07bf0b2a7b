/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/analyzer.h"

#include "analyzer/apk/container.h"
#include "analyzer/appfacts.h"
#include "analyzer/code/code.h"
#include "analyzer/pass.h"
#include "analyzer/tables/permset.h"
#include "analyzer/tables/signset.h"

#include "core/datafile.h"
#include "core/digest.h"

#include <sys/stat.h>

enum {
        READERS_VERSION = 2
}; /* raise it when the readers under apk/ may give other facts of the same bytes */

struct Analyzer {
        SdkSet *sdks;
        ApiSet *apis;
        PermSet *permissions;
        SignSet *signs;
        Tables tables;
        char *passes;
};

static const Pass *const all_passes[] = {
#define PASS(name) &pass_##name,
#include "analyzer/passes.def"
#undef PASS
};

static const char *const pass_names[] = {
#define PASS(name) #name,
#include "analyzer/passes.def"
#undef PASS
        NULL};

const char *const *analyzer_pass_names(void)
{
        return pass_names;
}

/* ---- options */

static int level_of(const AnalyzerOptions *options)
{
        return options && options->api_level ? options->api_level : ANALYZER_API_LEVEL;
}

static Depth depth_of(const AnalyzerOptions *options)
{
        if (!options || !options->tier)
                return DEPTH_WHOLE;
        return g_str_equal(options->tier, "dex") ? DEPTH_DEX : DEPTH_MANIFEST;
}

/* Named, or needed by one that is; no two passes need each other. */
static bool is_wanted(const Pass *pass, const AnalyzerOptions *options)
{
        if (pass->of_code && depth_of(options) == DEPTH_MANIFEST)
                return false;
        if (!options || !options->only || g_strv_contains(options->only, pass->name))
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(all_passes); i++) {
                const Pass *other = all_passes[i];
                if (other->needs && g_strv_contains(other->needs, pass->name) && is_wanted(other, options))
                        return true;
        }
        return false;
}

static char *describe_passes(const Tables *tables, const AnalyzerOptions *options)
{
        GString *out = g_string_new(NULL);
        g_string_printf(out, "readers.%d", READERS_VERSION);
        for (size_t i = 0; i < G_N_ELEMENTS(all_passes); i++) {
                const Pass *pass = all_passes[i];
                if (!is_wanted(pass, options))
                        continue;
                g_string_append_printf(out, " %s.%u", pass->name, pass->version);
                if (pass->by_level)
                        g_string_append_printf(out, "@%d", level_of(options));
                if (pass->digest)
                        g_string_append_printf(out, "/%.16s", pass->digest(tables));
        }
        if (options && options->verify)
                g_string_append(out, " verify");
        if (options && options->tier)
                g_string_append_printf(out, " tier:%s", options->tier);
        return g_string_free(out, FALSE);
}

/* ---- tables */

static bool load_tables(Analyzer *a, const char *data_home, const char *user_home, GError **error)
{
        a->sdks = sdkset_load(data_home, user_home, error);
        a->apis = a->sdks ? apiset_load(data_home, error) : NULL;
        a->permissions = a->apis ? permset_load(data_home, error) : NULL;
        a->signs = a->permissions ? signset_load(data_home, error) : NULL;
        a->tables =
                (Tables){.sdks = a->sdks, .apis = a->apis, .permissions = a->permissions, .signs = a->signs};
        return a->signs != NULL;
}

Analyzer *analyzer_new(const char *data_home, const char *user_home, GError **error)
{
        Analyzer *a = g_new0(Analyzer, 1);
        if (!load_tables(a, data_home, user_home, error)) {
                analyzer_free(a);
                return NULL;
        }
        a->passes = describe_passes(&a->tables, NULL);
        return a;
}

void analyzer_free(Analyzer *a)
{
        if (!a)
                return;
        sdkset_free(a->sdks);
        apiset_free(a->apis);
        permset_free(a->permissions);
        signset_free(a->signs);
        g_free(a->passes);
        g_free(a);
}

const char *analyzer_passes(const Analyzer *a)
{
        return a->passes;
}

/* ---- one app */

typedef struct {
        const Analyzer *analyzer;
        const AnalyzerOptions *options; /* NULL: the defaults */
        App app;
        Facts *facts;
        const char *why; /* outcome when something fails */
} Run;

/* Code that the manifest promises and the archive does not hold, and the other way round. */
static void compare_code(Run *r)
{
        Load *base = &r->app.apks[0]->load;
        const Manifest *m = &base->manifest;
        if (m->split && r->app.form == APP_APK)
                oddity_note(&base->odd, base->arena, "split-apk", false, span_str(m->split));
        if (m->has_code && !base->numbered)
                oddity_note(&base->odd, base->arena, "dex-missing", !m->split, span_str("classes.dex"));
}

/* The class that the first launcher activity opens. */
static const char *launcher_of(const Manifest *m)
{
        for (size_t i = 0; i < m->n_components; i++) {
                const Component *c = m->components[i];
                bool alias = c->kind == COMPONENT__KIND__ALIAS;
                if (c->launcher && (alias || c->kind == COMPONENT__KIND__ACTIVITY))
                        return alias ? c->target : c->name;
        }
        return NULL;
}

static bool run_passes(Run *r, GError **error)
{
        App *app = &r->app;
        const Tables *tables = &r->analyzer->tables;
        const Manifest *m = &app->manifest;
        OwnerApp who = {m->package, m->application.name, launcher_of(m)};
        Zip **zips = arena_array(app->arena, Zip *, app->n_apks);
        for (size_t i = 0; i < app->n_apks; i++)
                zips[i] = app->apks[i]->load.zip;
        Apk apk = {.zips = zips,
                   .n_zips = app->n_apks,
                   .bundle = app->n_apks && app->apks[0]->load.bundle,
                   .manifest = m,
                   .dex = (const Dex *const *)app->dex,
                   .n_dex = app->n_dex,
                   .dex_file = app->dex_file,
                   .owners = owners_new(tables->sdks, &who, app->arena),
                   .api_level = level_of(r->options),
                   .depth = depth_of(r->options),
                   .facts = r->facts,
                   .arena = app->arena,
                   .tables = tables};
        apk.code = code_new(apk.dex, apk.n_dex, tables->apis, apk.owners, app->arena);
        for (size_t i = 0; i < G_N_ELEMENTS(all_passes); i++) {
                GError *inner = NULL;
                if (!is_wanted(all_passes[i], r->options) || all_passes[i]->run(&apk, &inner))
                        continue;
                r->why = fault_is(inner, FAULT_LIMIT) ? "pass-limit" : "pass-failed";
                g_propagate_prefixed_error(error, inner, "%s: ", all_passes[i]->name);
                return false;
        }
        return true;
}

static void ask_others(App *app)
{
        if (app->form == APP_SET)
                container_second_opinion(app->file.zip, &app->file.odd, app->arena);
        for (size_t i = 0; i < app->n_apks; i++) {
                Load *load = &app->apks[i]->load;
                if (!load->bundle)
                        container_second_opinion(load->zip, &load->odd, app->arena);
        }
}

/* Whether everything was here that was asked for so far, and that the tier has of the rest. */
static bool all_here(Run *r, GError **error)
{
        const App *app = &r->app;
        Zip *zip = app->file.zip;
        const char *path = app->manifest.application.network_config;
        const ZipEntry *config = path ? zip_find(zip, path) : NULL;
        bool hole = zip_missed(zip) || (config && !zip_is_here(zip, config));
        if (!hole)
                return true;
        r->why = "not-fetched";
        g_clear_error(error);
        return fault(error, FAULT_NOT_FOUND, "%s was not fetched",
                     zip_missed(zip) ? "some of what the tier needs" : path);
}

static bool read_manifest(Run *r, GError **error)
{
        App *app = &r->app;
        bool read = app_manifest(app, &r->why, error);
        ask_others(app);
        appfacts_natives(r->facts, app);
        if (app->manifest.package)
                appfacts_manifest(r->facts, &app->manifest, app->arena);
        if (read || app->form == APP_APK)
                appfacts_signers(r->facts, app, r->options && r->options->verify);
        return read;
}

static bool read_code(Run *r, GError **error)
{
        App *app = &r->app;
        if (depth_of(r->options) == DEPTH_MANIFEST) {
                load_count_dex(&app->apks[0]->load);
                return app_check(app, &r->why, error);
        }
        bool code = app_code(app, &r->why, error);
        r->facts->n_dex = app->n_files;
        r->facts->dex = app->files;
        return code && app_check(app, &r->why, error);
}

static bool read_app(Run *r, int fd, GError **error)
{
        App *app = &r->app;
        r->why = "unreadable";
        bool open = app_open(app, fd, &r->why, error);
        r->facts->container = arena_str(app->arena, app->kind);
        bool read = open && read_manifest(r, error) && read_code(r, error);
        if (app->held && app->file.zip && !all_here(r, error))
                return false;
        if (!read)
                return false;
        if (app->n_apks)
                compare_code(r);
        appfacts_anomalies(r->facts, app); /* passes look at them */
        return run_passes(r, error);
}

/* Who the artifact is: a file by its digest, a part of one by what is here of it. */
static bool identify(Run *r, int fd, GError **error)
{
        App *app = &r->app;
        struct stat st;
        char hex[SHA256_HEX_SIZE] = "";
        r->facts->has_size = fstat(fd, &st) == 0;
        r->facts->size = r->facts->has_size ? st.st_size : 0;
        if (!app->held) {
                bool whole = digest_fd_hex(fd, hex, error);
                r->facts->sha256 = arena_str(app->arena, hex);
                return whole;
        }
        r->facts->tier = arena_str(app->arena, r->options->tier);
        r->facts->sha256 = (char *)"part:";
        r->why = "not-fetched";
        if (!held_is_sound(app->held, (uint64_t)r->facts->size))
                return fault(error, FAULT_MALFORMED, "the extents are not in order, or past the file");
        r->facts->has_fetched = true;
        r->facts->fetched = held_bytes(app->held);
        char *identity = held_identity(app->held, fd, (uint64_t)r->facts->size, app->arena, error);
        if (!identity)
                return false;
        r->facts->sha256 = identity;
        return !r->options->verify ||
               fault(error, FAULT_UNSUPPORTED, "whether signatures hold is told of whole files only");
}

Facts *analyzer_apk(const Analyzer *analyzer, int fd, const AnalyzerOptions *options, Arena *arena)
{
        Facts *facts = record_new(arena, Facts, facts__init);
        Run r = {.analyzer = analyzer,
                 .options = options,
                 .facts = facts,
                 .why = "unreadable",
                 .app.arena = arena};
        Held held = {0};
        if (options && options->tier) {
                held = (Held){options->n_extents, options->extents};
                r.app.held = &held;
        }
        g_autoptr(GError) error = NULL;
        bool done = identify(&r, fd, &error) && read_app(&r, fd, &error);
        g_autofree char *passes = options ? describe_passes(&analyzer->tables, options) : NULL;
        facts->outcome = done ? arena_str(arena, "analysed") : arena_printf(arena, "unanalysable:%s", r.why);
        facts->detail = error ? arena_utf8(arena, span_str(error->message)) : NULL;
        facts->passes = arena_str(arena, passes ? passes : analyzer->passes);
        facts->n_containers = r.app.n_parts;
        facts->containers = r.app.parts;
        appfacts_anomalies(facts, &r.app);
        app_close(&r.app);
        return facts;
}

/* Classes are wanted of an archive of dex files without a manifest, too. */
static bool read_classes(App *app, int fd, GError **error)
{
        const char *why;
        return app_open(app, fd, &why, error) && (app->form != APP_SET || app_manifest(app, &why, error)) &&
               app_code(app, &why, error) && (app->form != APP_SET || app_check(app, &why, error));
}

bool analyzer_classes(int fd, void (*each)(Span descriptor, void *context), void *context, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        App app = {.arena = arena};
        bool read = read_classes(&app, fd, error);
        for (size_t i = 0; read && i < app.n_dex; i++) {
                for (uint32_t k = 0; k < app.dex[i]->n_classes; k++)
                        each(dex_class(app.dex[i], k), context);
        }
        app_close(&app);
        return read;
}
