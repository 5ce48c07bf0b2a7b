/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/coverage.h"

#include "reports/lane.h"
#include "reports/sweepwalk.h"

const char *const left_names[LEFTS] = {"sample", "shard", "list"};

/* ---- counts -------------------------------------------------------------------------------------------------------- */

int64_t listed_taken(const Listed *listed)
{
        int64_t taken = listed->listed;
        for (int i = 0; i < LEFTS; i++)
                taken -= listed->left[i];
        return taken;
}

int64_t listed_sum(const Listed *listed)
{
        int64_t sum = listed->listing_only + listed->unfetched + listed->unanalysable + listed->analysed +
                      listed->pending;
        for (int i = 0; i < LEFTS; i++)
                sum += listed->left[i];
        return sum;
}

static void name_count_free(void *data)
{
        NameCount *c = data;
        g_free(c->name);
        g_free(c);
}

static void listed_open(Listed *listed)
{
        listed->losses = g_ptr_array_new_with_free_func(name_count_free);
}

static void category_free(void *data)
{
        CategoryCount *c = data;
        g_free(c->category);
        g_ptr_array_unref(c->count.losses);
        g_free(c);
}

static void stratum_free(void *data)
{
        StratumCount *s = data;
        g_free(s->stratum);
        g_free(s);
}

MarketCount *market_count_new(const char *market)
{
        MarketCount *m = g_new0(MarketCount, 1);
        m->market = g_strdup(market);
        m->stated_listed = m->stated_taken = -1;
        m->categories = g_ptr_array_new_with_free_func(category_free);
        m->strata = g_ptr_array_new_with_free_func(stratum_free);
        listed_open(&m->count);
        return m;
}

void market_count_free(void *market)
{
        MarketCount *m = market;
        g_free(m->market);
        g_free(m->outcome);
        g_free(m->detail);
        g_strfreev(m->cannot);
        g_ptr_array_unref(m->categories);
        g_ptr_array_unref(m->strata);
        g_ptr_array_unref(m->count.losses);
        g_free(m);
}

CategoryCount *market_add_category(MarketCount *market, const char *category)
{
        CategoryCount *c = g_new0(CategoryCount, 1);
        c->category = g_strdup(category);
        listed_open(&c->count);
        g_ptr_array_add(market->categories, c);
        return c;
}

StratumCount *market_add_stratum(MarketCount *market, const char *stratum)
{
        StratumCount *s = g_new0(StratumCount, 1);
        s->stratum = g_strdup(stratum);
        g_ptr_array_add(market->strata, s);
        return s;
}

static int by_first_text(const void *a, const void *b) /* every count starts with its name */
{
        return strcmp(**(char **const *)a, **(char **const *)b);
}

void listed_add_loss(Listed *listed, const char *outcome)
{
        for (guint i = 0; i < listed->losses->len; i++) {
                NameCount *known = listed->losses->pdata[i];
                if (g_str_equal(known->name, outcome)) {
                        known->apps++;
                        return;
                }
        }
        NameCount *loss = g_new0(NameCount, 1);
        *loss = (NameCount){g_strdup(outcome), 1};
        g_ptr_array_add(listed->losses, loss);
        g_ptr_array_sort(listed->losses, by_first_text);
}

/* ---- the walk ------------------------------------------------------------------------------------------------------ */

typedef struct {
        MarketCount *market;
        GHashTable *categories, *strata; /* name -> its count */
        Lane frames, observations;
} Walk;

static CategoryCount *category_of(Walk *w, const char *name)
{
        CategoryCount *c = g_hash_table_lookup(w->categories, name);
        if (!c && g_hash_table_size(w->categories) >= COVERAGE_GROUPS - 1) {
                name = "other";
                c = g_hash_table_lookup(w->categories, name);
        }
        if (!c) {
                c = market_add_category(w->market, name);
                g_hash_table_insert(w->categories, c->category, c);
        }
        return c;
}

static StratumCount *stratum_of(Walk *w, const Draw *draw)
{
        StratumCount *s = g_hash_table_lookup(w->strata, draw->stratum);
        if (s)
                return s;
        if (g_hash_table_size(w->strata) >= COVERAGE_GROUPS)
                return NULL;
        s = market_add_stratum(w->market, draw->stratum);
        s->listed = (int64_t)draw->listed;
        s->taken = (int64_t)draw->taken;
        g_hash_table_insert(w->strata, s->stratum, s);
        return s;
}

/* The outcome counts where there is one; else whether the app was drawn. */
static void add_app(Listed *to, const Frame *frame, const Observation *seen)
{
        to->listed++;
        to->duplicates += frame && frame->seen > 1 ? frame->seen - 1 : 0;
        if (seen && observation_is(seen, "analysed")) {
                to->analysed++;
        } else if (seen && observation_is(seen, "listed")) {
                to->listing_only++;
        } else if (seen) {
                *(observation_is(seen, "unfetched") ? &to->unfetched : &to->unanalysable) += 1;
                listed_add_loss(to, seen->outcome);
        } else if (frame && frame->has_taken && !frame->taken) {
                int why = LEFT_SAMPLE;
                for (int i = 0; i < LEFTS; i++)
                        why = g_strcmp0(frame->left, left_names[i]) == 0 ? i : why;
                to->left[why]++;
        } else {
                to->pending++;
        }
}

static void count_app(Walk *w, const Frame *frame, const Observation *seen)
{
        add_app(&w->market->count, frame, seen);
        add_app(&category_of(w, frame && frame->n_categories ? frame->categories[0] : "")->count, frame,
                seen);
        const Draw *draw = frame && frame->draw ? frame->draw : seen ? seen->draw : NULL;
        StratumCount *stratum = draw ? stratum_of(w, draw) : NULL;
        if (stratum)
                stratum->analysed += seen && observation_is(seen, "analysed");
}

/* The app that comes next in either lane; steps over it. */
static bool next_app(Walk *w, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const char *market = w->market->market;
        int order = !w->frames.standing ? 1
                    : !w->observations.standing
                            ? -1
                            : strcmp(w->frames.package->str, w->observations.package->str);
        const Frame *frame = order <= 0 ? record_frame(arena, w->frames.value, error) : NULL;
        const Observation *seen = order >= 0 && (order > 0 || frame)
                                          ? record_observation(arena, w->observations.value, error)
                                          : NULL;
        if ((order <= 0 && !frame) || (order >= 0 && !seen)) {
                g_prefix_error(error, "%s: %s: ", market,
                               (order <= 0 ? &w->frames : &w->observations)->package->str);
                return false;
        }
        count_app(w, frame, seen);
        return (order > 0 || lane_step(&w->frames, market, error)) &&
               (order < 0 || lane_step(&w->observations, market, error));
}

static void read_result(MarketCount *market, const MarketResult *result)
{
        g_free(market->outcome);
        g_free(market->detail);
        g_strfreev(market->cannot);
        market->outcome = g_strdup(result->outcome);
        market->detail = g_strdup(result->detail);
        market->stated_listed = result->has_listed ? (int64_t)result->listed : -1;
        market->stated_taken = result->has_selected ? (int64_t)result->selected : -1;
        market->cannot = g_new0(char *, result->n_cannot + 1);
        for (size_t i = 0; i < result->n_cannot; i++)
                market->cannot[i] = g_strdup(result->cannot[i]);
}

/* Which of the two made a part of the apps: a sweep that draws no sample leaves only what is of other shards. */
static int left_by(const Sweep *sweep)
{
        for (size_t i = 0; i < sweep->n_settings; i++) {
                const Setting *s = sweep->settings[i];
                if (g_str_equal(s->key, "sample"))
                        return g_str_equal(s->value, "0") ? LEFT_SHARD : LEFT_SAMPLE;
        }
        return LEFT_SAMPLE;
}

static void add_stated(Walk *w, const Sweep *sweep)
{
        const Listed *rows = &w->market->count;
        int64_t more = w->market->stated_listed - rows->listed;
        if (more <= 0)
                return;
        int64_t pending = CLAMP(w->market->stated_taken - listed_taken(rows), 0, more);
        Listed *const both[] = {&w->market->count, &category_of(w, "")->count};
        for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
                both[i]->listed += more;
                both[i]->pending += pending;
                both[i]->left[left_by(sweep)] += more - pending;
        }
}

bool coverage_count(MarketCount *market, Store *store, const Sweep *sweep, GError **error)
{
        Walk w = {.market = market,
                  .categories = g_hash_table_new(g_str_hash, g_str_equal),
                  .strata = g_hash_table_new(g_str_hash, g_str_equal)};
        const StoreKey key = {.sweep = sweep->id, .market = market->market};
        for (size_t i = 0; i < sweep->n_results; i++) {
                if (g_str_equal(sweep->results[i]->market, market->market))
                        read_result(market, sweep->results[i]);
        }
        lane_open(&w.frames, store, STORE_FRAMES, &key);
        lane_open(&w.observations, store, STORE_OBSERVATIONS, &key);
        bool ok = lane_step(&w.frames, market->market, error) &&
                  lane_step(&w.observations, market->market, error);
        while (ok && (w.frames.standing || w.observations.standing))
                ok = next_app(&w, error);
        if (ok)
                add_stated(&w, sweep);
        lane_close(&w.frames);
        lane_close(&w.observations);
        g_hash_table_unref(w.categories);
        g_hash_table_unref(w.strata);
        g_ptr_array_sort(market->categories, by_first_text);
        g_ptr_array_sort(market->strata, by_first_text);
        return ok;
}
