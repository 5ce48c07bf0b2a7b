/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks a sweep's observations through the judge: facts and listing in, findings and their vectors out. */
#include "cli/cli.h"

#include "core/factid.h"

#include <string.h>

enum { APPS_A_BATCH = 500 };

typedef struct {
        Store *store;
        const Sweep *sweep;
        RuleSet *rules;
        StoreBatch *batch;
        GHashTable *packages; /* an app in several markets counts once: package -> over in any of them */
} Bench;

static const char *scheme_of(const Sweep *sweep, const char *market)
{
        g_autofree char *key = g_strconcat("categories.", market, NULL);
        for (size_t i = 0; i < sweep->n_settings; i++) {
                if (g_str_equal(sweep->settings[i]->key, key))
                        return sweep->settings[i]->value;
        }
        return "";
}

static void add_id(const char *id, void *context)
{
        g_ptr_array_add(context, g_strdup(id));
}

static void put_findings(Bench *b, const StoreKey *key, const Findings *findings)
{
        g_autoptr(GBytes) packed = record_pack(findings);
        store_put(b->batch, STORE_FINDINGS, key, record_span(packed));
        g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
        factid_of_findings(findings, add_id, ids);
        store_put_vector(b->batch, key, ids);
        bool over = false;
        for (size_t i = 0; i < findings->n_findings; i++)
                over = over || g_str_equal(findings->findings[i]->verdict, "not-advised");
        over = over || GPOINTER_TO_INT(g_hash_table_lookup(b->packages, key->package));
        g_hash_table_insert(b->packages, g_strdup(key->package), GINT_TO_POINTER(over));
}

static bool judge_one(Bench *b, const StoreKey *seen_key, Span value, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Observation *seen = record_observation(arena, value, error);
        if (!seen)
                return false;
        if (!g_str_equal(seen->outcome, "analysed"))
                return true; /* no facts, no finding: it is in the table of apps that were not read */
        StoreKey artifact = {.artifact = seen->artifact, .passes = b->sweep->passes};
        g_autoptr(GBytes) facts = store_get(b->store, STORE_ARTIFACTS, &artifact, error);
        g_autoptr(GBytes) listed =
                facts ? store_listing(b->store, seen_key->market, seen_key->package, b->sweep->id, error)
                      : NULL;
        if (!facts || !listed)
                return fault(error, FAULT_DISK,
                             "%s in %s: its facts or listing are missing; run overreach verify",
                             seen_key->package, seen_key->market);
        const Facts *f = record_facts(arena, record_span(facts), error);
        const Listing *l = f ? record_listing(arena, record_span(listed), error) : NULL;
        if (!l)
                return false;
        const Findings *found = judge_app(b->rules, scheme_of(b->sweep, seen_key->market), l, f, arena);
        StoreKey key = *seen_key;
        key.layer = ruleset_id(b->rules);
        put_findings(b, &key, found);
        return true;
}

static bool judge_all(Bench *b, GError **error)
{
        StoreWalk *walk = store_walk(b->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = b->sweep->id});
        StoreKey key;
        bool ok = true;
        unsigned n = 0;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                ok = judge_one(b, &key, value, error);
                if (ok && ++n % APPS_A_BATCH == 0) {
                        ok = store_commit(b->store, g_steal_pointer(&b->batch), error);
                        b->batch = store_batch_new(b->store);
                }
        }
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

/* The sweep record names the rule sets that judged it, the newest one last. */
static void note_rule_set(StoreBatch *batch, Arena *arena, const Sweep *sweep, const char *id)
{
        Sweep noted = *sweep;
        noted.state = (char *)(g_str_equal(sweep->state, "collected") ? "done" : sweep->state);
        noted.n_rule_sets = 0;
        noted.rule_sets = NULL;
        for (size_t i = 0; i < sweep->n_rule_sets; i++) {
                if (!g_str_equal(sweep->rule_sets[i], id))
                        arena_push(arena, &noted.n_rule_sets, &noted.rule_sets, sweep->rule_sets[i]);
        }
        arena_push(arena, &noted.n_rule_sets, &noted.rule_sets, id);
        g_autoptr(GBytes) packed = record_pack(&noted);
        store_put(batch, STORE_SWEEPS, &(StoreKey){.sweep = sweep->id}, record_span(packed));
}

bool cli_judge_sweep(Store *store, const Sweep *sweep, JudgeTotals *totals, GError **error)
{
        g_autofree char *home = datafile_home(error);
        g_autoptr(RuleSet) rules = home ? ruleset_load(home, error) : NULL;
        if (!rules)
                return false;
        memset(totals, 0, sizeof *totals);
        g_strlcpy(totals->rule_set, ruleset_id(rules), sizeof totals->rule_set);
        g_autoptr(GHashTable) packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Bench b = {store, sweep, rules, store_batch_new(store), packages};
        if (!judge_all(&b, error)) {
                store_batch_free(b.batch);
                return false;
        }
        totals->apps = g_hash_table_size(packages);
        GHashTableIter each;
        g_hash_table_iter_init(&each, packages);
        for (void *over; g_hash_table_iter_next(&each, NULL, &over);)
                totals->over += GPOINTER_TO_INT(over) != 0;
        g_autoptr(Arena) arena = arena_new();
        note_rule_set(b.batch, arena, sweep, totals->rule_set);
        return store_commit(store, b.batch, error);
}
