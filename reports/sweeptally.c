/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/sweeptally.h"

const char *const verdict_names[VERDICTS] = {"needed", "scenario", "not-advised", "undecided"};

static void name_count_free(void *data)
{
        NameCount *c = data;
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
        char *const texts[] = {a->package, a->label, a->developer, a->market,
                               a->version, a->type,  a->how,       a->confidence};
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

static void market_free(void *data)
{
        MarketCount *m = data;
        g_free(m->market);
        g_free(m->outcome);
        g_free(m->detail);
        g_ptr_array_unref(m->losses);
        g_free(m);
}

Tally *sweeptally_new(void)
{
        Tally *t = g_new0(Tally, 1);
        t->permissions = g_ptr_array_new_with_free_func(name_count_free);
        t->sdks = g_ptr_array_new_with_free_func(name_count_free);
        t->levels = g_ptr_array_new_with_free_func(level_free);
        t->companies = g_ptr_array_new_with_free_func(company_free);
        t->types = g_ptr_array_new_with_free_func(type_free);
        t->type_permissions = g_ptr_array_new_with_free_func(type_permission_free);
        t->over_apps = g_ptr_array_new_with_free_func(over_free);
        t->unread = g_ptr_array_new_with_free_func(unread_free);
        t->markets = g_ptr_array_new_with_free_func(market_free);
        return t;
}

void sweeptally_free(Tally *t)
{
        if (!t)
                return;
        GPtrArray *const lists[] = {t->permissions,      t->sdks,      t->levels, t->companies, t->types,
                                    t->type_permissions, t->over_apps, t->unread, t->markets};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                g_ptr_array_unref(lists[i]);
        g_free(t);
}

static NameCount *add_name(GPtrArray *to, const char *name, int64_t apps)
{
        NameCount *c = g_new0(NameCount, 1);
        *c = (NameCount){g_strdup(name), apps};
        g_ptr_array_add(to, c);
        return c;
}

NameCount *sweeptally_add_permission(Tally *tally, const char *name, int64_t apps)
{
        return add_name(tally->permissions, name, apps);
}

NameCount *sweeptally_add_sdk(Tally *tally, const char *id, int64_t apps)
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

MarketCount *sweeptally_add_market(Tally *tally, const char *market)
{
        MarketCount *m = g_new0(MarketCount, 1);
        m->market = g_strdup(market);
        m->listed = m->selected = -1;
        m->losses = g_ptr_array_new_with_free_func(name_count_free);
        g_ptr_array_add(tally->markets, m);
        return m;
}

static int by_name(const void *a, const void *b)
{
        return strcmp((*(NameCount *const *)a)->name, (*(NameCount *const *)b)->name);
}

void market_add_loss(MarketCount *market, const char *outcome)
{
        for (guint i = 0; i < market->losses->len; i++) {
                NameCount *known = market->losses->pdata[i];
                if (g_str_equal(known->name, outcome)) {
                        known->apps++;
                        return;
                }
        }
        add_name(market->losses, outcome, 1);
        g_ptr_array_sort(market->losses, by_name);
}
