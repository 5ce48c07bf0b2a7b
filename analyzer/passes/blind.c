/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blind.c - what a reader of manifest and dex files cannot see of an app. One record per code: what is hidden, by the words
 * of record.proto (code: bytecode that belongs to the app; native: machine code; web: scripts; content: no body of code, but
 * what some of it does), and up to 20 pieces of evidence.
 *
 * From data/blind/signs.tsv
 *   packer            a known packer's SDK, entry class or payload                       code
 *   dex-unread        dex files beside those Android loads                               code; known payloads: content
 *   dex-missing       code promised and not there                                        code
 *   dynamic-loading   the app's own or nobody's code makes class loaders                 code; known SDKs' code: content
 *   hotfix, plugin-framework                                                             code
 *   flutter, unity, dotnet, native-engine                                                native
 *   native-elsewhere  libraries that do not lie under lib/                               native
 *   react-native, web-shell, script-engine                                               web
 *   webview-bridge    objects handed to the scripts of pages                             web; by known SDKs alone: content
 *   reflection        methods called by name, in the app's own or nobody's code          content
 * By rules that need no list
 *   components-undefined   over half of the declared component classes, and three at least, or the Application class, are in
 *                     no dex file: packed, or code that comes from elsewhere             code
 *   dex-tiny          fewer than 40 classes beside a payload four times their size and over 512 KiB, which is no media,
 *                     text or library: weak by itself                                    content
 *   native-code       libraries that no known SDK claims                                 native
 *   native-code-sdk   libraries of known SDKs                                            content
 *   split-missing     Android would ask for splits that are not here                     by their types, else code and native
 *   code-broken       class data or code that leads outside its file                     code
 *   not-fetched       only a part of the file was there (pass.h): the dex files       code
 *                     or, of what is no dex file, the content                            content
 *
 * An SDK that loads code of its own, a library of an SDK and reflection hide something in nearly every app: that weakens
 * what is said of these SDKs, not the sentence that the rest of the code does not do a thing (core/blind.h). */
#include "analyzer/apk/manifest.h"
#include "analyzer/apk/payload.h"
#include "analyzer/apk/zip.h"
#include "analyzer/code/code.h"
#include "analyzer/pass.h"
#include "analyzer/tables/signset.h"

enum { EVIDENCE = 20, FEW_CLASSES = 40, PAYLOAD = 512 * 1024, PAYLOAD_FACTOR = 4, UNDEFINED = 3 };

typedef struct {
        Apk *apk;
        Facts *facts;
        Arena *arena;
        const SignSet *signs;
        GHashTable *records; /* code -> Blind */
        GHashTable *seen;    /* "code kind value" */
} Work;

/* ---- records */

static Blind *say(Work *work, const char *code, const char *detail)
{
        Blind *record = g_hash_table_lookup(work->records, code);
        if (record)
                return record;
        record = record_new(work->arena, Blind, blind__init);
        record->code = arena_str(work->arena, code);
        record->detail = arena_str(work->arena, detail);
        g_hash_table_insert(work->records, record->code, record);
        arena_push(work->arena, &work->facts->n_blind, &work->facts->blind, record);
        return record;
}

static void hide(Work *work, Blind *record, const char *what)
{
        for (size_t i = 0; i < record->n_hides; i++) {
                if (g_str_equal(record->hides[i], what))
                        return;
        }
        arena_push(work->arena, &record->n_hides, &record->hides, arena_str(work->arena, what));
}

static void show(Work *work, Blind *record, const char *kind, const char *value)
{
        if (record->n_evidence == EVIDENCE ||
            !g_hash_table_add(work->seen, arena_printf(work->arena, "%s %s %s", record->code, kind, value)))
                return;
        Evidence *evidence = record_new(work->arena, Evidence, evidence__init);
        evidence->kind = arena_str(work->arena, kind);
        evidence->value = arena_str(work->arena, value);
        arena_push(work->arena, &record->n_evidence, &record->evidence, evidence);
}

static void say_sign(Work *work, const Sign *sign, const char *kind, const char *value)
{
        Blind *record = say(work, sign->code, sign->detail);
        for (size_t i = 0; sign->hides[i]; i++)
                hide(work, record, sign->hides[i]);
        show(work, record, kind, value);
}

/* Every row that fits. `except`: what rows may except, NULL: nothing. */
static void match(Work *work, SignKind kind, Span text, const char *except, const char *evidence,
                  const char *value)
{
        const Sign *sign = signset_find(work->signs, SIGNS_BLIND, kind, text);
        for (; sign; sign = sign->next) {
                if (!except || !g_strv_contains(sign->except, except))
                        say_sign(work, sign, evidence, value);
        }
}

/* ---- signs: SDKs, calls, anomalies, classes, entries */

static void look_at_sdks(Work *work)
{
        const Facts *facts = work->facts;
        for (size_t i = 0; i < facts->n_sdks; i++) {
                const SdkHit *hit = facts->sdks[i];
                if (g_str_equal(hit->confidence, "low"))
                        continue;
                match(work, SIGN_SDK, span_str(hit->id), NULL, "sdk", hit->id);
                const Sdk *sdk = sdkset_find(work->apk->tables->sdks, hit->id);
                for (size_t k = 0; sdk && sdk->categories[k]; k++)
                        match(work, SIGN_CATEGORY, span_str(sdk->categories[k]), NULL, "sdk", hit->id);
        }
}

static void look_at_calls(Work *work)
{
        for (size_t i = 0; i < work->facts->n_calls; i++) {
                const Call *call = work->facts->calls[i];
                const char *sdk = g_str_has_prefix(call->owner, "sdk:") ? call->owner + strlen("sdk:") : NULL;
                if (g_str_equal(call->grade, "declared"))
                        continue;
                const char *value = arena_printf(work->arena, "%s %s", call->owner, call->what);
                match(work, sdk ? SIGN_SDK_CALL : SIGN_CALL, span_str(call->what), sdk, "call", value);
        }
}

/* The details of anomalies name files, "base.apk!assets/a.dex, assets/b.dex": each counts for itself. */
static void look_at_anomaly(Work *work, const Anomaly *a, const char *name)
{
        const char *bang = strchr(name, '!');
        const Sign *known =
                signset_find(work->signs, SIGNS_BLIND, SIGN_KNOWN_ENTRY, span_str(bang ? bang + 1 : name));
        if (known)
                say_sign(work, known, "entry", name);
        else
                match(work, SIGN_ANOMALY, span_str(a->code), NULL, "entry", name);
}

static void look_at_anomalies(Work *work)
{
        for (size_t i = 0; i < work->facts->n_anomalies; i++) {
                const Anomaly *a = work->facts->anomalies[i];
                g_auto(GStrv) names = g_strsplit(a->detail ? a->detail : "", ", ", -1);
                if (!names[0])
                        match(work, SIGN_ANOMALY, span_str(a->code), NULL, "anomaly", a->code);
                for (char **name = names; *name; name++)
                        look_at_anomaly(work, a, *name);
        }
}

static bool defines(Work *work, const char *name)
{
        g_autofree char *descriptor = g_strdup_printf("L%s;", name);
        g_strdelimit(descriptor, ".", '/');
        return classes_find(code_classes(work->apk->code), span_str(descriptor)) != CLASS_NONE;
}

static void look_at_classes(Work *work)
{
        const Sign *const *signs;
        size_t n = signset_list(work->signs, SIGNS_BLIND, SIGN_CLASS, &signs);
        for (size_t i = 0; i < n; i++) {
                if (defines(work, signs[i]->pattern))
                        say_sign(work, signs[i], "class", signs[i]->pattern);
        }
}

static void look_at_entries(Work *work)
{
        for (size_t z = 0; z < work->apk->n_zips; z++) {
                const Zip *zip = work->apk->zips[z];
                for (size_t i = 0; i < zip_count(zip); i++) {
                        Span name = zip_at(zip, i)->name;
                        if (signset_find(work->signs, SIGNS_BLIND, SIGN_ENTRY, name))
                                match(work, SIGN_ENTRY, name, NULL, "entry", arena_utf8(work->arena, name));
                }
        }
}

/* ---- libraries */

static bool is_sdks(const Work *work, const char *name)
{
        const SdkAnchor *anchor = sdkset_name(work->apk->tables->sdks, SDK_NATIVE, name);
        return anchor && !owners_is_own(work->apk->owners, anchor->sdk);
}

static void look_at_natives(Work *work)
{
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
        unsigned own = 0, sdks = 0;
        for (size_t i = 0; i < work->facts->n_natives; i++) {
                const char *name = work->facts->natives[i]->name;
                if (!g_hash_table_add(names, (char *)name) ||
                    signset_find(work->signs, SIGNS_BLIND, SIGN_QUIET_NATIVE, span_str(name)))
                        continue;
                if (signset_find(work->signs, SIGNS_BLIND, SIGN_NATIVE, span_str(name))) {
                        match(work, SIGN_NATIVE, span_str(name), NULL, "native", name);
                        continue;
                }
                bool known = is_sdks(work, name);
                Blind *record = known ? say(work, "native-code-sdk", NULL) : say(work, "native-code", NULL);
                hide(work, record, known ? "content" : "native");
                show(work, record, "native", name);
                *(known ? &sdks : &own) += 1;
        }
        if (own)
                say(work, "native-code", NULL)->detail =
                        arena_printf(work->arena, "%u libraries that no known SDK claims", own);
        if (sdks)
                say(work, "native-code-sdk", NULL)->detail =
                        arena_printf(work->arena, "%u libraries of known SDKs", sdks);
}

/* ---- what the manifest names and the dex files do not define */

static bool is_platforms(const char *name)
{
        return g_str_has_prefix(name, "android.") && !g_str_has_prefix(name, "android.support.") &&
               !g_str_has_prefix(name, "android.arch.");
}

static void look_at_components(Work *work)
{
        const Facts *facts = work->facts;
        const Manifest *m = work->apk->manifest;
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GPtrArray) missing = g_ptr_array_new();
        for (size_t i = 0; i < facts->n_components; i++) {
                const Component *c = facts->components[i];
                if (c->kind != COMPONENT__KIND__ALIAS && !is_platforms(c->name) &&
                    g_hash_table_add(names, c->name) && !defines(work, c->name))
                        g_ptr_array_add(missing, c->name);
        }
        const char *application = m->application.name;
        bool headless = application && !is_platforms(application) && !defines(work, application);
        guint declared = g_hash_table_size(names);
        if (!headless && (missing->len < UNDEFINED || missing->len * 2 <= declared))
                return;
        Blind *record =
                say(work, "components-undefined",
                    arena_printf(work->arena, "%u of %u declared component classes%s are in no dex file",
                                 missing->len, declared, headless ? ", and the Application class," : ""));
        hide(work, record, "code");
        if (headless)
                show(work, record, "application", application);
        for (guint i = 0; i < missing->len; i++)
                show(work, record, "component", g_ptr_array_index(missing, i));
}

/* ---- little code and much else */

static bool is_payload(const Work *work, const ZipEntry *entry, uint64_t dex_size)
{
        return entry->size > PAYLOAD && entry->size > PAYLOAD_FACTOR * dex_size &&
               (span_starts(entry->name, span_str("assets/")) ||
                span_starts(entry->name, span_str("res/raw/"))) &&
               !signset_find(work->signs, SIGNS_BLIND, SIGN_QUIET_ENTRY, entry->name);
}

static void look_at_sizes(Work *work)
{
        uint64_t classes = 0, size = 0;
        for (size_t i = 0; i < work->apk->n_dex; i++) {
                classes += work->apk->dex[i]->n_classes;
                size += work->apk->dex[i]->size;
        }
        if (!classes || classes >= FEW_CLASSES)
                return;
        for (size_t z = 0; z < work->apk->n_zips; z++) {
                const Zip *zip = work->apk->zips[z];
                for (size_t i = 0; i < zip_count(zip); i++) {
                        if (!is_payload(work, zip_at(zip, i), size))
                                continue;
                        Blind *record =
                                say(work, "dex-tiny",
                                    arena_printf(work->arena,
                                                 "%" G_GUINT64_FORMAT " classes beside a large payload",
                                                 classes));
                        hide(work, record, "content");
                        show(work, record, "entry", arena_utf8(work->arena, zip_at(zip, i)->name));
                }
        }
}

/* ---- parts that are not here */

static void hide_by_type(Work *work, Blind *record, const char *type)
{
        const char *word = strstr(type, "__");
        word = word ? word + 2 : type;
        if (g_str_equal(word, "abi"))
                hide(work, record, "native");
        else if (g_str_equal(word, "density") || g_str_equal(word, "language") ||
                 g_str_equal(word, "texture"))
                hide(work, record, "content");
        else
                hide(work, record, "code");
}

static void look_at_splits(Work *work)
{
        const Anomaly *a = NULL;
        for (size_t i = 0; i < work->facts->n_anomalies && !a; i++) {
                if (g_str_equal(work->facts->anomalies[i]->code, "split-required"))
                        a = work->facts->anomalies[i];
        }
        if (!a)
                return;
        Blind *record = say(work, "split-missing", "Android asks for splits that are not here");
        g_auto(GStrv) types = g_strsplit(a->detail ? a->detail : "", ",", -1);
        for (char **type = types; *type; type++) {
                if (*g_strstrip(*type)) {
                        hide_by_type(work, record, *type);
                        show(work, record, "split", *type);
                }
        }
        if (!record->n_hides) {
                hide(work, record, "code");
                hide(work, record, "native");
        }
}

static void look_at_code(Work *work)
{
        unsigned broken = work->apk->n_dex ? code_broken(work->apk->code) : 0;
        if (broken)
                hide(work,
                     say(work, "code-broken",
                         arena_printf(work->arena, "class data or code of %u places leads outside its file",
                                      broken)),
                     "code");
}

static void look_at_dex(Work *work)
{
        look_at_classes(work);
        look_at_components(work);
        look_at_sizes(work);
        look_at_code(work);
}

/* ---- a part of the file */

/* The files that are looked into where all is there, and are not here. */
static unsigned count_unseen(const Work *work)
{
        unsigned n = 0;
        for (size_t z = 0; z < work->apk->n_zips; z++) {
                const Zip *zip = work->apk->zips[z];
                for (size_t i = 0; i < zip_count(zip); i++)
                        n += payload_may_hide(zip_at(zip, i)->name) && !zip_is_here(zip, zip_at(zip, i));
        }
        return n;
}

static void look_at_depth(Work *work)
{
        const Apk *apk = work->apk;
        bool code = apk->depth == DEPTH_MANIFEST;
        if (apk->depth == DEPTH_WHOLE)
                return;
        Blind *record =
                say(work, "not-fetched",
                    arena_printf(work->arena, "%s%u files of assets/, res/raw/ and lib/ were not looked into",
                                 code ? "the dex files were not fetched, and " : "", count_unseen(work)));
        if (code)
                hide(work, record, "code");
        hide(work, record, "content");
        if (apk->manifest->unfetched_texts)
                show(work, record, "entry", "resources.arsc");
}

/* ---- the pass */

static int by_code(const void *a, const void *b)
{
        return strcmp((*(Blind *const *)a)->code, (*(Blind *const *)b)->code);
}

static bool run(Apk *apk, GError **error)
{
        (void)error;
        Facts *facts = apk->facts;
        g_autoptr(GHashTable) records = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        Work work = {.apk = apk,
                     .facts = facts,
                     .arena = apk->arena,
                     .signs = apk->tables->signs,
                     .records = records,
                     .seen = seen};
        look_at_sdks(&work);
        look_at_calls(&work);
        look_at_anomalies(&work);
        if (apk->depth != DEPTH_MANIFEST)
                look_at_dex(&work);
        look_at_entries(&work);
        look_at_natives(&work);
        look_at_splits(&work);
        look_at_depth(&work);
        if (facts->n_blind)
                qsort(facts->blind, facts->n_blind, sizeof(Blind *), by_code);
        return true;
}

static const char *digest(const Tables *tables)
{
        return signset_digest(tables->signs);
}

const Pass pass_blind = {
        .name = "blind",
        .needs = (const char *const[]){"sdks", "calls", NULL},
        .version = 1,
        .meaning = "What cannot be seen: packed, dynamically loaded or missing code, scripts and machine "
                   "code of frameworks, "
                   "libraries, bridges to web pages.",
        .run = run,
        .digest = digest,
};
