/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pass_world.h - an app in words, laid out for one pass with the shipped tables:
 *
 *     World *w = *state;
 *     AxmlBuild *x = world_manifest(w, 34);           <manifest> with its package and target, open
 *     ...
 *     world_read(w, 1);                               closes what is open and reads it
 *     world_run(w, &pass_posture);                                                                          */
#ifndef TESTS_SUPPORT_PASS_WORLD_H
#define TESTS_SUPPORT_PASS_WORLD_H

#include "support/arsc_build.h"
#include "support/dex_build.h"

#include "analyzer/apk/manifest.h"
#include "analyzer/apk/zip.h"
#include "analyzer/code/code.h"
#include "analyzer/pass.h"
#include "analyzer/tables/permset.h"
#include "analyzer/tables/signset.h"

#include <stdio.h>

typedef struct {
        Tables tables; /* of the group */
        Arena *arena;
        AxmlBuild *x;
        Manifest manifest;
        Facts *facts;
        const Arsc *arsc;
        bool bundle;      /* as Apk.bundle */
        GArray *parts;    /* ZipPart */
        GPtrArray *bytes; /* GByteArray, kept until the end */
        GPtrArray *dex;   /* Dex */
} World;

static inline int world_open_tables(void **state)
{
        g_autoptr(GError) error = NULL;
        World *w = g_new0(World, 1);
        w->tables.sdks = sdkset_load(TEST_DATA_DIR, NULL, &error);
        w->tables.apis = w->tables.sdks ? apiset_load(TEST_DATA_DIR, &error) : NULL;
        w->tables.permissions = w->tables.apis ? permset_load(TEST_DATA_DIR, &error) : NULL;
        w->tables.signs = w->tables.permissions ? signset_load(TEST_DATA_DIR, &error) : NULL;
        if (error)
                fprintf(stderr, "%s\n", error->message);
        *state = w;
        return w->tables.signs ? 0 : -1;
}

static inline int world_close_tables(void **state)
{
        World *w = *state;
        sdkset_free((SdkSet *)w->tables.sdks);
        apiset_free((ApiSet *)w->tables.apis);
        permset_free((PermSet *)w->tables.permissions);
        signset_free((SignSet *)w->tables.signs);
        g_free(w);
        return 0;
}

static inline int world_begin(void **state)
{
        World *w = *state;
        *w = (World){.tables = w->tables};
        w->arena = arena_new();
        w->facts = record_new(w->arena, Facts, facts__init);
        w->parts = g_array_new(FALSE, TRUE, sizeof(ZipPart));
        w->bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
        w->dex = g_ptr_array_new();
        return 0;
}

static inline int world_end(void **state)
{
        World *w = *state;
        arena_free(w->arena);
        g_array_unref(w->parts);
        g_ptr_array_unref(w->bytes);
        g_ptr_array_unref(w->dex);
        return 0;
}

/* ---- the manifest */

static inline AxmlBuild *world_manifest(World *w, int target)
{
        w->x = axml_begin();
        axml_open_tag(w->x, "manifest");
        axml_plain(w->x, "package", "com.example.app");
        axml_open_tag(w->x, "uses-sdk");
        axml_number(w->x, ATTR_MIN_SDK_VERSION, 21);
        axml_number(w->x, ATTR_TARGET_SDK_VERSION, target);
        axml_close_tags(w->x, 1);
        return w->x;
}

static inline void world_tag(World *w, const char *tag, const char *name) /* stays open */
{
        axml_open_tag(w->x, tag);
        axml_text(w->x, ATTR_NAME, name);
}

static inline void world_named(World *w, const char *tag, const char *name)
{
        world_tag(w, tag, name);
        axml_close_tags(w->x, 1);
}

/* An exported component, still open: attributes with greater ids may follow. */
static inline void world_exported(World *w, const char *tag, const char *name)
{
        world_tag(w, tag, name);
        axml_truth(w->x, ATTR_EXPORTED, true);
}

static inline void world_read(World *w, int open)
{
        g_autoptr(GError) error = NULL;
        axml_close_tags(w->x, open);
        GByteArray *bytes = axml_end(w->x, (AxmlTricks){0});
        g_ptr_array_add(w->bytes, bytes);
        must_succeed(manifest_read(&w->manifest, span_of_bytes(bytes), false, w->arsc, w->arena, &error),
                     error);
        Facts *facts = w->facts;
        facts->package = arena_str(w->arena, w->manifest.package);
        facts->n_permissions = w->manifest.n_permissions;
        facts->permissions = w->manifest.permissions;
        facts->n_components = w->manifest.n_components;
        facts->components = w->manifest.components;
}

/* ---- files */

static inline void world_entry(World *w, const char *name, Span content)
{
        ZipPart part = {.name = name, .content = content};
        g_array_append_val(w->parts, part);
}

static inline void world_bytes(World *w, const char *name, GByteArray *take)
{
        g_ptr_array_add(w->bytes, take);
        world_entry(w, name, span_of_bytes(take));
}

static inline void world_dex(World *w, const char *const *types)
{
        g_autoptr(GError) error = NULL;
        GByteArray *bytes = dex_build(35, types);
        Dex *dex = arena_new0(w->arena, Dex);
        g_ptr_array_add(w->bytes, bytes);
        must_succeed(dex_open(dex, span_of_bytes(bytes), 0, &error), error);
        g_ptr_array_add(w->dex, dex);
}

static inline void world_native(World *w, const char *abi, const char *name)
{
        Native *native = record_new(w->arena, Native, native__init);
        native->abi = arena_str(w->arena, abi);
        native->name = arena_str(w->arena, name);
        arena_push(w->arena, &w->facts->n_natives, &w->facts->natives, native);
}

/* ---- what earlier passes said */

static inline void world_call(World *w, const char *what, const char *data_type, const char *owner,
                              const char *class_name, const char *method)
{
        Call *call = record_new(w->arena, Call, call__init);
        call->kind = arena_str(w->arena, "method");
        call->what = arena_str(w->arena, what);
        call->data_type = arena_str(w->arena, data_type);
        call->owner = arena_str(w->arena, owner);
        call->grade = arena_str(w->arena, "direct");
        Caller *caller = record_new(w->arena, Caller, caller__init);
        caller->class_name = arena_str(w->arena, class_name);
        caller->method = arena_str(w->arena, method);
        arena_push(w->arena, &call->n_callers, &call->callers, caller);
        arena_push(w->arena, &w->facts->n_calls, &w->facts->calls, call);
}

static inline void world_sdk(World *w, const char *id, const char *confidence)
{
        SdkHit *hit = record_new(w->arena, SdkHit, sdk_hit__init);
        hit->id = arena_str(w->arena, id);
        hit->confidence = arena_str(w->arena, confidence);
        arena_push(w->arena, &w->facts->n_sdks, &w->facts->sdks, hit);
}

static inline void world_anomaly(World *w, const char *code, const char *detail)
{
        Anomaly *anomaly = record_new(w->arena, Anomaly, anomaly__init);
        anomaly->code = arena_str(w->arena, code);
        anomaly->detail = arena_str(w->arena, detail);
        arena_push(w->arena, &w->facts->n_anomalies, &w->facts->anomalies, anomaly);
}

static inline void world_signer(World *w, const char *scheme)
{
        Signer *signer = record_new(w->arena, Signer, signer__init);
        signer->scheme = arena_str(w->arena, scheme);
        signer->sha256 = arena_str(w->arena, "00");
        arena_push(w->arena, &w->facts->n_signers, &w->facts->signers, signer);
}

/* ---- */

static inline void world_run(World *w, const Pass *pass)
{
        g_autoptr(GError) error = NULL;
        Zip *zip = NULL;
        if (w->parts->len) {
                GByteArray *bytes = zip_build((const ZipPart *)w->parts->data, w->parts->len, (ZipTricks){0});
                g_ptr_array_add(w->bytes, bytes);
                zip = zip_over(span_of_bytes(bytes), w->arena, &error);
                must_succeed(zip != NULL, error);
        }
        OwnerApp who = {.package = w->manifest.package, .application = w->manifest.application.name};
        Apk apk = {.zips = &zip,
                   .n_zips = zip != NULL,
                   .bundle = w->bundle,
                   .manifest = &w->manifest,
                   .dex = (const Dex *const *)w->dex->pdata,
                   .n_dex = w->dex->len,
                   .owners = owners_new(w->tables.sdks, &who, w->arena),
                   .facts = w->facts,
                   .arena = w->arena,
                   .tables = &w->tables};
        apk.code = code_new(apk.dex, apk.n_dex, w->tables.apis, apk.owners, w->arena);
        must_succeed(pass->run(&apk, &error), error);
}

#endif
