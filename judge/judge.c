/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One verdict per declared permission. Rank: a mark in Annex D (advice: not to ask for it) stands over our own reading that
 * the permission could open data which the Provisions call necessary; that stands over a listed scenario. Every text that
 * speaks is kept as a basis, the deciding one first. */
#include "judge/judge.h"

#include "judge/rules.h"

#include <string.h>

typedef struct {
        const RuleSet *rules;
        const RuleType *type; /* NULL: none could be assigned */
        Arena *arena;
        Finding *finding;
} Case;

static void cite(Case *c, const RuleBasis *basis)
{
        Basis *b = record_new(c->arena, Basis, basis__init);
        b->row = (char *)basis->row;
        b->document = (char *)basis->document;
        b->clause = (char *)basis->clause;
        b->strength = (char *)basis->strength;
        arena_push(c->arena, &c->finding->n_bases, &c->finding->bases, b);
}

static bool cited(const Case *c, const RuleBasis *basis)
{
        for (size_t i = 0; i < c->finding->n_bases; i++) {
                if (g_str_equal(c->finding->bases[i]->row, basis->row))
                        return true;
        }
        return false;
}

/* Takes the verdict when none was reached yet; the basis is kept in any case. */
static void decide(Case *c, const char *verdict, const RuleBasis *basis)
{
        if (!basis || cited(c, basis))
                return;
        cite(c, basis);
        if (!c->finding->verdict)
                c->finding->verdict = (char *)verdict;
}

/* Precise location that is necessary covers the coarse one, which is less. */
static const RuleBasis *necessary(const GHashTable *data, const char *data_type)
{
        const RuleBasis *basis = g_hash_table_lookup((GHashTable *)data, data_type);
        if (!basis && g_str_equal(data_type, "location_coarse"))
                basis = g_hash_table_lookup((GHashTable *)data, "location_precise");
        return basis;
}

static void by_data(Case *c, const RulePermission *p, const GHashTable *data, const char *verdict)
{
        for (size_t i = 0; p->data_types[i]; i++) {
                const char *id = p->data_types[i];
                g_autofree char *entered = g_strdup_printf("%s\t%s", id, c->finding->permission);
                if (!g_hash_table_contains(c->rules->entered, entered))
                        decide(c, verdict, necessary(data, id));
        }
}

static void consult(Case *c, const RulePermission *p)
{
        const RuleType *type = c->type;
        const char *name = c->finding->permission;
        if (g_hash_table_contains(type->marked, name))
                decide(c, "not-advised", &type->column);
        if (p)
                by_data(c, p, type->necessary, "needed");
        decide(c, "scenario", g_hash_table_lookup(type->scenario_permissions, name));
        /* A group's scenario says nothing of its background member: that has clauses of its own. */
        if (p && p->group && !g_str_equal(name, "android.permission.ACCESS_BACKGROUND_LOCATION"))
                decide(c, "scenario", g_hash_table_lookup(type->scenario_groups, p->group));
        if (p)
                by_data(c, p, type->older, "scenario");
}

static const char *why_undecided(const Case *c)
{
        if (!c->type)
                return "no-type";
        if (!g_hash_table_contains(c->rules->in_annex, c->finding->permission))
                return "not-in-tables";
        return c->type->has_column ? "unmarked" : "no-column";
}

static Finding *judge_permission(const RuleSet *rules, const RuleType *type, const char *name, Arena *arena)
{
        const RulePermission *p = g_hash_table_lookup(rules->permissions, name);
        Case c = {rules, type, arena, record_new(arena, Finding, finding__init)};
        c.finding->permission = arena_str(arena, name);
        c.finding->protection = (char *)(p ? p->protection : "unknown");
        for (size_t i = 0; p && p->data_types[i]; i++)
                arena_push(arena, &c.finding->n_data_types, &c.finding->data_types, p->data_types[i]);
        if (type)
                consult(&c, p);
        if (!c.finding->verdict) {
                c.finding->verdict = (char *)"undecided";
                c.finding->why = (char *)why_undecided(&c);
        }
        return c.finding;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

Findings *judge_app(const RuleSet *rules, const char *scheme, const Listing *listing, const Facts *facts,
                    Arena *arena)
{
        AppType type = judge_app_type(rules, scheme, listing, facts, arena);
        Findings *all = record_new(arena, Findings, findings__init);
        all->rule_set = (char *)rules->id;
        all->app_type = (char *)type.key;
        all->type_how = (char *)type.how;
        all->type_confidence = (char *)type.confidence;
        for (const char *const *other = type.alternatives; *other; other++)
                arena_push(arena, &all->n_type_alternatives, &all->type_alternatives, *other);
        const char **names = arena_array(arena, const char *, facts->n_permissions + 1);
        for (size_t i = 0; i < facts->n_permissions; i++)
                names[i] = facts->permissions[i]->name;
        qsort(names, facts->n_permissions, sizeof *names, by_name);
        const RuleType *found = type.key ? g_hash_table_lookup(rules->types, type.key) : NULL;
        for (size_t i = 0; i < facts->n_permissions; i++) {
                if (i && g_str_equal(names[i], names[i - 1]))
                        continue;
                arena_push(arena, &all->n_findings, &all->findings,
                           judge_permission(rules, found, names[i], arena));
        }
        return all;
}
