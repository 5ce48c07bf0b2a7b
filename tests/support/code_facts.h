/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_facts.h - an app in words for the passes that read code: what its manifest said is put down as facts, its code comes
 * from dex_words.h, all tables are the shipped ones.
 *
 *     FactsWorld *w = *state;
 *     facts_permission(w, "android.permission.CAMERA");
 *     facts_code(w, d);
 *     facts_run(w, &pass_use);                                                                                    */
#ifndef TESTS_SUPPORT_CODE_FACTS_H
#define TESTS_SUPPORT_CODE_FACTS_H

#include "support/code_world.h"

#include "analyzer/apk/manifest.h"
#include "analyzer/pass.h"
#include "analyzer/tables/permset.h"

typedef struct {
        CodeWorld code; /* first: code_world_begin and the others take this for one */
        PermSet *permissions;
        Manifest manifest;
        Facts *facts;
        int api_level;
} FactsWorld;

static inline int facts_open(void **state)
{
        g_autoptr(GError) error = NULL;
        void *code;
        FactsWorld *w = g_new0(FactsWorld, 1);
        code_world_open(&code);
        w->code = *(CodeWorld *)code;
        g_free(code);
        w->permissions = permset_load(TEST_DATA_DIR, &error);
        must_succeed(w->permissions != NULL, error);
        *state = w;
        return 0;
}

static inline int facts_close(void **state)
{
        FactsWorld *w = *state;
        permset_free(w->permissions);
        return code_world_close(state);
}

static inline int facts_begin(void **state)
{
        FactsWorld *w = *state;
        code_world_begin(state);
        w->code.code = NULL;
        w->manifest = (Manifest){.package = "org.meadow.app"};
        w->facts = record_new(w->code.arena, Facts, facts__init);
        w->facts->package = arena_str(w->code.arena, w->manifest.package);
        w->facts->has_target_sdk = true;
        w->facts->target_sdk = 34;
        w->api_level = 34;
        return 0;
}

static inline Permission *facts_permission(FactsWorld *w, const char *name)
{
        Permission *p = record_new(w->code.arena, Permission, permission__init);
        p->name = arena_str(w->code.arena, name);
        arena_push(w->code.arena, &w->facts->n_permissions, &w->facts->permissions, p);
        return p;
}

static inline Component *facts_component(FactsWorld *w, Component__Kind kind, const char *name)
{
        Component *c = record_new(w->code.arena, Component, component__init);
        c->kind = kind;
        c->name = arena_str(w->code.arena, name);
        arena_push(w->code.arena, &w->facts->n_components, &w->facts->components, c);
        return c;
}

static inline void facts_action(FactsWorld *w, Component *c, const char *action)
{
        arena_push(w->code.arena, &c->n_actions, &c->actions, arena_str(w->code.arena, action));
}

static inline void facts_meta(FactsWorld *w, const char *component, const char *name, const char *value)
{
        MetaData *m = record_new(w->code.arena, MetaData, meta_data__init);
        m->component = arena_str(w->code.arena, component);
        m->name = arena_str(w->code.arena, name);
        m->value = arena_str(w->code.arena, value);
        arena_push(w->code.arena, &w->facts->n_meta_data, &w->facts->meta_data, m);
}

static inline void facts_blind(FactsWorld *w, const char *code, const char *hides)
{
        Blind *b = record_new(w->code.arena, Blind, blind__init);
        b->code = arena_str(w->code.arena, code);
        arena_push(w->code.arena, &b->n_hides, &b->hides, arena_str(w->code.arena, hides));
        arena_push(w->code.arena, &w->facts->n_blind, &w->facts->blind, b);
}

static inline void facts_code(FactsWorld *w, DexWords *take)
{
        code_world(&w->code, take, NULL);
}

static inline void facts_run(FactsWorld *w, const Pass *pass)
{
        g_autoptr(GError) error = NULL;
        const Tables tables = {.sdks = w->code.sdks, .apis = w->code.apis, .permissions = w->permissions};
        if (!w->code.code)
                facts_code(w, dex_words());
        Apk apk = {.manifest = &w->manifest,
                   .owners = code_owners(w->code.code),
                   .code = w->code.code,
                   .api_level = w->api_level,
                   .facts = w->facts,
                   .arena = w->code.arena,
                   .tables = &tables};
        must_succeed(pass->run(&apk, &error), error);
}

#endif
