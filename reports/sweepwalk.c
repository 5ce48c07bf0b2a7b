/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/sweepwalk.h"

#include "reports/lane.h"

typedef struct {
        const char *market;
        Lane observations, facts, findings;
} Street;

struct SweepWalk {
        GPtrArray *markets;
        Street *streets;
        Arena *arena; /* of the app that was handed out last */
        App app;
};

/* ---- the walk ------------------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *sweep_markets(const Sweep *sweep)
{
        g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
        GPtrArray *markets = g_ptr_array_new();
        for (size_t i = 0; i < sweep->n_markets; i++) {
                if (g_hash_table_add(known, sweep->markets[i]))
                        g_ptr_array_add(markets, sweep->markets[i]);
        }
        for (size_t i = 0; i < sweep->n_results; i++) {
                if (g_hash_table_add(known, sweep->results[i]->market))
                        g_ptr_array_add(markets, sweep->results[i]->market);
        }
        g_ptr_array_sort(markets, by_text);
        return markets;
}

Sweep *sweep_read(Store *store, uint32_t id, Arena *arena, GError **error)
{
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) bytes = store_get(store, STORE_SWEEPS, &(StoreKey){.sweep = id}, &cause);
        if (!bytes && cause)
                g_propagate_error(error, g_steal_pointer(&cause));
        else if (!bytes)
                fault(error, FAULT_NOT_FOUND,
                      "sweep %u is not in the store; `overreach status` lists what is", id);
        if (!bytes)
                return NULL;
        return record_sweep(arena, record_span(bytes), error);
}

SweepWalk *sweepwalk_open(Store *store, const Sweep *sweep, const char *rule_set)
{
        SweepWalk *walk = g_new0(SweepWalk, 1);
        walk->markets = sweep_markets(sweep);
        walk->streets = g_new0(Street, walk->markets->len);
        for (guint i = 0; i < walk->markets->len; i++) {
                Street *s = &walk->streets[i];
                s->market = walk->markets->pdata[i];
                StoreKey key = {.sweep = sweep->id, .layer = "facts", .market = s->market};
                lane_open(&s->observations, store, STORE_OBSERVATIONS, &key);
                lane_open(&s->facts, store, STORE_VECTORS, &key);
                key.layer = rule_set;
                if (rule_set)
                        lane_open(&s->findings, store, STORE_VECTORS, &key);
        }
        return walk;
}

void sweepwalk_close(SweepWalk *walk)
{
        if (!walk)
                return;
        for (guint i = 0; i < walk->markets->len; i++) {
                lane_close(&walk->streets[i].observations);
                lane_close(&walk->streets[i].facts);
                lane_close(&walk->streets[i].findings);
        }
        arena_free(walk->arena);
        g_free(walk->streets);
        g_ptr_array_unref(walk->markets);
        g_free(walk);
}

bool observation_is(const Observation *observation, const char *outcome)
{
        size_t n = strlen(outcome);
        return strncmp(observation->outcome, outcome, n) == 0 &&
               (!observation->outcome[n] || observation->outcome[n] == ':');
}

const char *observation_tier(const Observation *observation)
{
        return observation->tier ? observation->tier : "whole";
}

bool observation_has_code(const Observation *observation)
{
        const char *tier = observation_tier(observation);
        return g_str_equal(tier, "whole") || g_str_equal(tier, "dex");
}

char *observation_version(const Observation *o)
{
        if (!o->has_version_code)
                return g_strdup(o->version_name);
        return o->version_name
                       ? g_strdup_printf("%s (%" G_GINT64_FORMAT ")", o->version_name, o->version_code)
                       : g_strdup_printf("(%" G_GINT64_FORMAT ")", o->version_code);
}

static int standing_of(const Observation *o)
{
        return observation_is(o, "analysed") ? 2 : observation_is(o, "unanalysable") ? 1 : 0;
}

static bool is_newer(const Copy *a, const Copy *b)
{
        int x = standing_of(a->observation), y = standing_of(b->observation);
        return x != y ? x > y : a->observation->version_code > b->observation->version_code;
}

const Copy *app_newest(const App *app)
{
        const Copy *newest = &app->copies[0];
        for (size_t i = 1; i < app->n_copies; i++) {
                if (is_newer(&app->copies[i], newest))
                        newest = &app->copies[i];
        }
        return newest;
}

/* Steps all lanes off the app that was handed out last (at first: onto their first rows). */
static bool step_off(SweepWalk *walk, GError **error)
{
        for (guint i = 0; i < walk->markets->len; i++) {
                Street *s = &walk->streets[i];
                if (!walk->arena) {
                        if (!lane_step(&s->observations, s->market, error) ||
                            !lane_step(&s->facts, s->market, error) ||
                            !lane_step(&s->findings, s->market, error))
                                return false;
                } else if (s->observations.standing &&
                           g_str_equal(s->observations.package->str, walk->app.package)) {
                        if (!lane_step(&s->observations, s->market, error))
                                return false;
                }
        }
        return true;
}

static const char *next_package(const SweepWalk *walk)
{
        const char *least = NULL;
        for (guint i = 0; i < walk->markets->len; i++) {
                const Lane *lane = &walk->streets[i].observations;
                if (lane->standing && (!least || strcmp(lane->package->str, least) < 0))
                        least = lane->package->str;
        }
        return least;
}

static bool read_copy(SweepWalk *walk, Street *s, Copy *copy, GError **error)
{
        copy->market = s->market;
        copy->observation = record_observation(walk->arena, s->observations.value, error);
        if (copy->observation && lane_reach(&s->facts, s->market, walk->app.package, &copy->facts, error) &&
            lane_reach(&s->findings, s->market, walk->app.package, &copy->findings, error))
                return true;
        g_prefix_error(error, "%s: %s: ", s->market, walk->app.package);
        return false;
}

bool sweepwalk_next(SweepWalk *walk, const App **app, GError **error)
{
        if (!step_off(walk, error))
                return false;
        const char *package = next_package(walk);
        if (!package)
                return false;
        Arena *last = walk->arena;
        walk->arena = arena_new();
        walk->app = (App){.package = arena_str(walk->arena, package)};
        arena_free(last);
        Copy *copies = arena_array(walk->arena, Copy, walk->markets->len);
        for (guint i = 0; i < walk->markets->len; i++) {
                Street *s = &walk->streets[i];
                if (!s->observations.standing ||
                    !g_str_equal(s->observations.package->str, walk->app.package))
                        continue;
                Copy *copy = &copies[walk->app.n_copies++];
                if (!read_copy(walk, s, copy, error))
                        return false;
        }
        walk->app.copies = copies;
        walk->app.newest = app_newest(&walk->app);
        *app = &walk->app;
        return true;
}
