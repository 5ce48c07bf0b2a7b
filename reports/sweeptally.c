/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/sweeptally.h"

const char *const verdict_names[VERDICTS] = {"needed", "scenario", "not-advised", "undecided"};
const char *const tier_names[TIERS] = {"manifest", "dex", "whole"};

void weights_add(Weights *weights, double weight)
{
        weights->sum += weight;
        weights->squares += weight * weight;
}

static void fact_count_free(void *data)
{
        FactCount *c = data;
        g_free(c->name);
        g_free(c);
}

static void level_free(void *data)
{
        LevelCount *c = data;
        g_free(c->name);
        g_free(c);
}

static void company_free(void *data)
{
        CompanyCount *c = data;
        g_free(c->company);
        g_ptr_array_unref(c->sdks);
        g_free(c);
}

static void type_free(void *data)
{
        TypeCount *c = data;
        g_free(c->type);
        g_free(c);
}

static void type_permission_free(void *data)
{
        TypePermission *c = data;
        g_free(c->type);
        g_free(c->permission);
        g_free(c);
}

static void over_free(void *data)
{
        OverApp *a = data;
        char *const texts[] = {a->package, a->label, a->developer,  a->market, a->version,
                               a->type,    a->how,   a->confidence, a->tier};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                g_free(texts[i]);
        g_ptr_array_unref(a->permissions);
        g_free(a);
}

static void unread_free(void *data)
{
        UnreadApp *a = data;
        char *const texts[] = {a->package, a->label, a->market, a->version, a->outcome, a->detail};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                g_free(texts[i]);
        g_free(a);
}

static void lookalike_free(void *data)
{
        LookAlike *a = data;
        g_free(a->package);
        g_ptr_array_unref(a->signers);
        g_ptr_array_unref(a->markets);
        g_ptr_array_unref(a->versions);
        g_ptr_array_unref(a->labels);
        g_free(a);
}

Tally *sweeptally_new(void)
{
        Tally *t = g_new0(Tally, 1);
        t->permissions = g_ptr_array_new_with_free_func(fact_count_free);
        t->sdks = g_ptr_array_new_with_free_func(fact_count_free);
        t->levels = g_ptr_array_new_with_free_func(level_free);
        t->companies = g_ptr_array_new_with_free_func(company_free);
        t->types = g_ptr_array_new_with_free_func(type_free);
        t->type_permissions = g_ptr_array_new_with_free_func(type_permission_free);
        t->over_apps = g_ptr_array_new_with_free_func(over_free);
        t->unread = g_ptr_array_new_with_free_func(unread_free);
        t->lookalikes = g_ptr_array_new_with_free_func(lookalike_free);
        t->markets = g_ptr_array_new_with_free_func(market_count_free);
        return t;
}

void sweeptally_free(Tally *t)
{
        if (!t)
                return;
        GPtrArray *const lists[] = {t->permissions,      t->sdks,      t->levels, t->companies,  t->types,
                                    t->type_permissions, t->over_apps, t->unread, t->lookalikes, t->markets};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                g_ptr_array_unref(lists[i]);
        g_free(t);
}

static FactCount *add_name(GPtrArray *to, const char *name, int64_t apps)
{
        FactCount *c = g_new0(FactCount, 1);
        *c = (FactCount){.name = g_strdup(name), .apps = apps};
        g_ptr_array_add(to, c);
        return c;
}

FactCount *sweeptally_add_permission(Tally *tally, const char *name, int64_t apps)
{
        return add_name(tally->permissions, name, apps);
}

FactCount *sweeptally_add_sdk(Tally *tally, const char *id, int64_t apps)
{
        return add_name(tally->sdks, id, apps);
}

LevelCount *sweeptally_add_level(Tally *tally, const char *name)
{
        LevelCount *c = g_new0(LevelCount, 1);
        c->name = g_strdup(name);
        g_ptr_array_add(tally->levels, c);
        return c;
}

CompanyCount *sweeptally_add_company(Tally *tally, const char *company)
{
        CompanyCount *c = g_new0(CompanyCount, 1);
        c->company = g_strdup(company);
        c->sdks = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(tally->companies, c);
        return c;
}

TypeCount *sweeptally_add_type(Tally *tally, const char *type, bool has_column)
{
        TypeCount *c = g_new0(TypeCount, 1);
        c->type = g_strdup(type);
        c->has_column = has_column;
        g_ptr_array_add(tally->types, c);
        return c;
}

TypePermission *sweeptally_add_type_permission(Tally *tally, const char *type, const char *permission)
{
        TypePermission *c = g_new0(TypePermission, 1);
        c->type = g_strdup(type);
        c->permission = g_strdup(permission);
        g_ptr_array_add(tally->type_permissions, c);
        return c;
}

OverApp *sweeptally_add_over(Tally *tally, const char *package)
{
        OverApp *a = g_new0(OverApp, 1);
        a->package = g_strdup(package);
        a->permissions = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(tally->over_apps, a);
        return a;
}

UnreadApp *sweeptally_add_unread(Tally *tally, const char *package)
{
        UnreadApp *a = g_new0(UnreadApp, 1);
        a->package = g_strdup(package);
        g_ptr_array_add(tally->unread, a);
        return a;
}

LookAlike *sweeptally_add_lookalike(Tally *tally, const char *package)
{
        LookAlike *a = g_new0(LookAlike, 1);
        a->package = g_strdup(package);
        GPtrArray **const lists[] = {&a->signers, &a->markets, &a->versions, &a->labels};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                *lists[i] = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(tally->lookalikes, a);
        return a;
}

MarketCount *sweeptally_add_market(Tally *tally, const char *market)
{
        MarketCount *m = market_count_new(market);
        g_ptr_array_add(tally->markets, m);
        return m;
}
