/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/analyzer.h"

#include "analyzer/apk/container.h"
#include "analyzer/apk/load.h"
#include "analyzer/apk/signer.h"
#include "analyzer/pass.h"
#include "analyzer/tables/sdkset.h"

#include "core/digest.h"

#include <sys/stat.h>

enum {
        READERS_VERSION = 1
}; /* raise it when the readers under apk/ may give other facts of the same bytes */

struct Analyzer {
        SdkSet *sdks;
        Tables tables;
        char *passes;
};

static const Pass *const all_passes[] = {
#define PASS(name) &pass_##name,
#include "analyzer/passes.def"
#undef PASS
};

static char *describe_passes(const Tables *tables)
{
        GString *out = g_string_new(NULL);
        g_string_printf(out, "readers.%d", READERS_VERSION);
        for (size_t i = 0; i < G_N_ELEMENTS(all_passes); i++) {
                g_string_append_printf(out, " %s.%u", all_passes[i]->name, all_passes[i]->version);
                if (all_passes[i]->digest)
                        g_string_append_printf(out, "/%.16s", all_passes[i]->digest(tables));
        }
        return g_string_free(out, FALSE);
}

Analyzer *analyzer_new(const char *data_home, GError **error)
{
        g_autoptr(SdkSet) sdks = sdkset_load(data_home, error);
        if (!sdks)
                return NULL;
        Analyzer *a = g_new0(Analyzer, 1);
        a->sdks = g_steal_pointer(&sdks);
        a->tables = (Tables){.sdks = a->sdks};
        a->passes = describe_passes(&a->tables);
        return a;
}

void analyzer_free(Analyzer *a)
{
        if (!a)
                return;
        sdkset_free(a->sdks);
        g_free(a->passes);
        g_free(a);
}

const char *analyzer_passes(const Analyzer *a)
{
        return a->passes;
}

/* ---- anomalies
 * ------------------------------------------------------------------------------------------------ */

static void add_anomaly(Facts *facts, Arena *arena, const char *code, const char *detail)
{
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                if (g_str_equal(facts->anomalies[i]->code, code))
                        return;
        }
        Anomaly *a = record_new(arena, Anomaly, anomaly__init);
        a->code = arena_str(arena, code);
        a->detail = arena_str(arena, detail);
        arena_push(arena, &facts->n_anomalies, &facts->anomalies, a);
}

static void add_oddities(Facts *facts, Arena *arena, const Oddities *odd, GString *rejected)
{
        for (size_t i = 0; i < odd->n; i++) {
                const Oddity *o = odd->list[i];
                const char *detail = o->detail;
                if (o->count > 1)
                        detail = arena_printf(arena, "%s%s%u times", detail ? detail : "", detail ? ", " : "",
                                              o->count);
                add_anomaly(facts, arena, o->code, detail);
                if (o->rejects)
                        g_string_append_printf(rejected, "%s%s", rejected->len ? ", " : "", o->code);
        }
}

static void add_anomalies(Facts *facts, const Load *load)
{
        GString *rejected = g_string_new(NULL);
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                if (g_str_equal(facts->anomalies[i]->code, "unsigned"))
                        g_string_append(rejected, "unsigned");
        }
        if (load->zip)
                add_oddities(facts, load->arena, zip_oddities(load->zip), rejected);
        add_oddities(facts, load->arena, &load->odd, rejected);
        add_oddities(facts, load->arena, &load->manifest.odd, rejected);
        if (rejected->len)
                add_anomaly(facts, load->arena, "android-would-reject", rejected->str);
        g_string_free(rejected, TRUE);
}

/* ---- facts
 * ---------------------------------------------------------------------------------------------------- */

static void take_manifest(Facts *facts, const Manifest *m, Arena *arena)
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

/* lib/<abi>/<name>.so, by the names of the entries alone. */
static void take_natives(Facts *facts, const Zip *zip, Arena *arena)
{
        for (size_t i = 0; i < zip_count(zip); i++) {
                Span name = zip_at(zip, i)->name;
                if (!span_starts(name, span_str("lib/")) || name.len < 3 ||
                    !span_eq_str(span_from(name, name.len - 3), ".so"))
                        continue;
                Span rest = span_from(name, 4);
                const uint8_t *slash = memchr(rest.data, '/', rest.len);
                if (!slash || slash == rest.data)
                        continue;
                Span abi = span_of(rest.data, (size_t)(slash - rest.data)),
                     file = span_from(rest, abi.len + 1);
                if (file.len <= 3 || memchr(file.data, '/', file.len))
                        continue;
                Native *native = record_new(arena, Native, native__init);
                native->abi = arena_utf8(arena, abi);
                native->name = arena_utf8(arena, file);
                arena_push(arena, &facts->n_natives, &facts->natives, native);
        }
}

/* Code that the manifest promises and the archive does not hold, and the other way round. */
static void compare_code(Load *load)
{
        const Manifest *m = &load->manifest;
        if (m->split)
                oddity_note(&load->odd, load->arena, "split-apk", false, span_str(m->split));
        if (m->has_code && !load->n_files)
                oddity_note(&load->odd, load->arena, "dex-missing", !m->split, span_str("classes.dex"));
}

static bool run_passes(const Analyzer *analyzer, Load *load, Facts *facts, const char **why, GError **error)
{
        Apk apk = {.zip = load->zip,
                   .manifest = &load->manifest,
                   .dex = (const Dex *const *)load->dex,
                   .n_dex = load->n_dex,
                   .facts = facts,
                   .arena = load->arena,
                   .tables = &analyzer->tables};
        for (size_t i = 0; i < G_N_ELEMENTS(all_passes); i++) {
                GError *inner = NULL;
                if (all_passes[i]->run(&apk, &inner))
                        continue;
                *why = fault_is(inner, FAULT_LIMIT) ? "pass-limit" : "pass-failed";
                g_propagate_prefixed_error(error, inner, "%s: ", all_passes[i]->name);
                return false;
        }
        return true;
}

static bool read_apk(const Analyzer *analyzer, Load *load, int fd, Facts *facts, const char **why,
                     GError **error)
{
        if (!load_zip(load, fd, why, error))
                return false;
        container_second_opinion(load->zip, &load->odd, load->arena);
        take_natives(facts, load->zip, load->arena);
        signer_read(load->zip, load->arena, facts);
        if (!load_manifest(load, why, error))
                return false;
        take_manifest(facts, &load->manifest, load->arena);
        bool code = load_dex(load, why, error);
        facts->n_dex = load->n_files;
        facts->dex = load->files;
        if (!code || !load_check(load, why, error))
                return false;
        compare_code(load);
        return run_passes(analyzer, load, facts, why, error);
}

Facts *analyzer_apk(const Analyzer *analyzer, int fd, Arena *arena)
{
        Facts *facts = record_new(arena, Facts, facts__init);
        g_autoptr(GError) error = NULL;
        const char *why = "unreadable";
        char hex[SHA256_HEX_SIZE] = "";
        struct stat st;
        Load load = {.arena = arena};
        bool done = digest_fd_hex(fd, hex, &error) && read_apk(analyzer, &load, fd, facts, &why, &error);
        facts->sha256 = arena_str(arena, hex);
        facts->has_size = fstat(fd, &st) == 0;
        facts->size = facts->has_size ? st.st_size : 0;
        facts->outcome = done ? arena_str(arena, "analysed") : arena_printf(arena, "unanalysable:%s", why);
        facts->detail = error ? arena_utf8(arena, span_str(error->message)) : NULL;
        facts->passes = arena_str(arena, analyzer->passes);
        add_anomalies(facts, &load);
        load_close(&load);
        return facts;
}

bool analyzer_classes(int fd, void (*each)(Span descriptor, void *context), void *context, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        Load load = {.arena = arena};
        const char *why;
        bool read = load_zip(&load, fd, &why, error) && load_dex(&load, &why, error);
        for (size_t i = 0; read && i < load.n_dex; i++) {
                for (uint32_t k = 0; k < load.dex[i]->n_classes; k++)
                        each(dex_class(load.dex[i], k), context);
        }
        load_close(&load);
        return read;
}
