/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/passes/effective.h"

#include "analyzer/code/textset.h"
#include "analyzer/tables/permset.h"

enum { NEVER_FOR_LOCATION = 0x10000, RUNTIME_LEVEL = 23, ROUNDS = 4 };

typedef struct {
        Apk *apk;
        TextSet *have; /* names */
} Finder;

static void add(Finder *finder, const char *name, const char *origin, const char *from, const char *note)
{
        Apk *apk = finder->apk;
        bool fresh;
        textset_add(finder->have, span_str(name), &fresh);
        if (!fresh)
                return;
        EffectivePermission *p = record_new(apk->arena, EffectivePermission, effective_permission__init);
        p->name = arena_str(apk->arena, name);
        p->origin = arena_str(apk->arena, origin);
        p->from = arena_str(apk->arena, from);
        p->note = arena_str(apk->arena, note);
        arena_push(apk->arena, &apk->facts->n_effective, &apk->facts->effective, p);
}

static bool applies(const Permission *p, int level)
{
        return !(p->has_max_sdk && p->max_sdk < level) && !(p->has_min_sdk && p->min_sdk > level) &&
               !(p->sdk23 && level < RUNTIME_LEVEL);
}

static const char *note_of(const Permission *p)
{
        if (p->flags & NEVER_FOR_LOCATION)
                return "never-for-location";
        return p->required_feature ? "with-feature" : p->required_not_feature ? "without-feature" : NULL;
}

/* One permission may bring another that brings a third; the platform's lists are three deep at most. */
static void add_split(Finder *finder)
{
        const Apk *apk = finder->apk;
        const PermSplit *splits;
        size_t n = permset_splits(apk->tables->permissions, &splits);
        const Facts *facts = apk->facts;
        for (unsigned round = 0; round < ROUNDS; round++) {
                size_t before = facts->n_effective;
                for (size_t i = 0; i < n; i++) {
                        const PermSplit *s = &splits[i];
                        bool old = !s->below_target ||
                                   (facts->has_target_sdk && facts->target_sdk < s->below_target);
                        if (!old || apk->api_level < s->from_level)
                                continue;
                        if (g_str_equal(s->declared, PERMSET_ANY))
                                add(finder, s->implied, "implied", "target", NULL);
                        else if (textset_find(finder->have, span_str(s->declared)) != TEXTSET_NONE)
                                add(finder, s->implied, "split", s->declared, NULL);
                }
                if (facts->n_effective == before)
                        return;
        }
}

static int by_name(const void *a, const void *b)
{
        return strcmp((*(EffectivePermission *const *)a)->name, (*(EffectivePermission *const *)b)->name);
}

void effective_find(Apk *apk)
{
        Facts *facts = apk->facts;
        Finder finder = {apk, textset_new(apk->arena)};
        facts->has_effective_level = true;
        facts->effective_level = apk->api_level;
        for (size_t i = 0; i < facts->n_permissions; i++) {
                Permission *p = facts->permissions[i];
                if (applies(p, apk->api_level))
                        add(&finder, p->name, "declared", NULL, note_of(p));
        }
        add_split(&finder);
        if (facts->n_effective)
                qsort(facts->effective, facts->n_effective, sizeof(EffectivePermission *), by_name);
}

bool effective_has(const Facts *facts, const char *permission)
{
        EffectivePermission key = {.name = (char *)permission}, *wanted = &key;
        return facts->n_effective &&
               bsearch(&wanted, facts->effective, facts->n_effective, sizeof(EffectivePermission *), by_name);
}
