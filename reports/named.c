/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/named.h"

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

bool named_listing(NamedAt at, const App *app, char **label, char **developer, GError **error)
{
        *label = g_strdup(app->newest->observation->label);
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) bytes =
                store_listing(at.store, app->newest->market, app->package, at.sweep->id, &cause);
        if (cause) {
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
        }
        if (!bytes)
                return true;
        g_autoptr(Arena) arena = arena_new();
        const Listing *listing = record_listing(arena, record_span(bytes), error);
        if (!listing)
                return false;
        if (!*label)
                *label = g_strdup(listing->label);
        if (developer)
                *developer = g_strdup(listing->developer);
        return true;
}

bool named_findings(NamedAt at, const App *app, OverApp *over, GError **error)
{
        const StoreKey key = {.sweep = at.sweep->id,
                              .layer = at.rule_set,
                              .market = app->newest->market,
                              .package = app->package};
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) bytes = store_get(at.store, STORE_FINDINGS, &key, &cause);
        if (cause) {
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
        }
        if (!bytes)
                return true;
        g_autoptr(Arena) arena = arena_new();
        const Findings *findings = record_findings(arena, record_span(bytes), error);
        if (!findings)
                return false;
        over->how = g_strdup(findings->type_how);
        over->confidence = g_strdup(findings->type_confidence);
        return true;
}

bool named_unread(NamedAt at, Tally *tally, const App *app, GError **error)
{
        const Observation *o = app->newest->observation;
        UnreadApp *unread = sweeptally_add_unread(tally, app->package);
        unread->market = g_strdup(app->newest->market);
        unread->version = observation_version(o);
        unread->outcome = g_strdup(o->outcome);
        unread->detail = g_strdup(o->detail);
        return named_listing(at, app, &unread->label, NULL, error);
}

static void add_once(GPtrArray *list, char *take_text)
{
        for (guint i = 0; i < list->len && take_text; i++) {
                if (g_str_equal(list->pdata[i], take_text))
                        g_clear_pointer(&take_text, g_free);
        }
        if (!take_text)
                return;
        g_ptr_array_add(list, take_text);
        g_ptr_array_sort(list, by_text);
}

bool named_lookalike(NamedAt at, Tally *tally, const Identity *identity, GError **error)
{
        LookAlike *a = sweeptally_add_lookalike(tally, identity->app.package);
        for (size_t i = 0; i < identity->n_signers; i++)
                g_ptr_array_add(a->signers, g_strdup(identity->signers[i]));
        for (size_t i = 0; i < identity->app.n_copies; i++) {
                const Copy *copy = &identity->app.copies[i];
                App one = {identity->app.package, copy, 1, copy};
                char *label = NULL;
                bool ok = named_listing(at, &one, &label, NULL, error);
                add_once(a->labels, label);
                add_once(a->markets, g_strdup(copy->market));
                add_once(a->versions, observation_version(copy->observation));
                if (!ok)
                        return false;
        }
        return true;
}
