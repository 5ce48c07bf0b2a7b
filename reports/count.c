/* SPDX-License-Identifier: GPL-3.0-or-later */
/* count.c - the walk behind sweeptally_count: every fact number gets a slot, every app adds one to the slots of its vector, and at the
 * end the slots become named and sorted counts. */
#include "reports/named.h"

#include "core/factid.h"

typedef struct {
        int64_t apps;   /* analysed apps with this fact */
        double weight;  /* of these */
        uint32_t group; /* 1 + the level, company or type it belongs to; 0: not looked up or none */
        bool looked_up;
} Slot;

/* A group of facts (a protection level, a company) of which an app counts once however many of them it has. */
typedef struct {
        char *name;
        int64_t apps, last_app;
        double weight;
} Group;

typedef struct {
        gint64 pair; /* type << 32 | fact number of a not-advised verdict */
        int64_t apps;
        double weight;
} Pair;

typedef struct {
        GPtrArray *list;   /* Group */
        GHashTable *index; /* name -> 1 + position */
} Groups;

typedef struct {
        Tally *tally;
        NamedAt at; /* which sweep */
        const ReportWords *words;
        FactNames *names;
        AppSplit *split;
        GArray *slots; /* Slot by fact number */
        Groups levels, companies, types;
        GHashTable *pairs;     /* Pair by itself */
        GHashTable *artifacts; /* SHA-256 seen -> in how many copies */
        GArray *ids;           /* of the vector at hand */
        int64_t app_number;
        double weight;      /* of the app at hand */
        double least, most; /* weight of any analysed app; least 0: one has no known probability */
} Count;

/* ---- groups and slots ---------------------------------------------------------------------------------------- */

static void group_free(void *data)
{
        Group *g = data;
        g_free(g->name);
        g_free(g);
}

static void groups_open(Groups *groups)
{
        groups->list = g_ptr_array_new_with_free_func(group_free);
        groups->index = g_hash_table_new(g_str_hash, g_str_equal);
}

static void groups_close(Groups *groups)
{
        g_hash_table_unref(groups->index);
        g_ptr_array_unref(groups->list);
}

static uint32_t groups_number(Groups *groups, const char *name)
{
        uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(groups->index, name));
        if (number)
                return number;
        Group *g = g_new0(Group, 1);
        g->name = g_strdup(name);
        g_ptr_array_add(groups->list, g);
        g_hash_table_insert(groups->index, g->name, GUINT_TO_POINTER(groups->list->len));
        return groups->list->len;
}

static Group *groups_at(const Groups *groups, uint32_t number)
{
        return groups->list->pdata[number - 1];
}

static void group_sees(Group *group, const Count *c) /* the app at hand, once */
{
        if (group->last_app == c->app_number)
                return;
        group->last_app = c->app_number;
        group->apps++;
        group->weight += c->weight;
}

static Slot *slot_at(Count *c, uint32_t number, FactName name)
{
        if (number >= c->slots->len)
                g_array_set_size(c->slots, MAX(number + 1, store_fact_count(c->at.store) + 1));
        Slot *slot = &g_array_index(c->slots, Slot, number);
        if (slot->looked_up)
                return slot;
        slot->looked_up = true;
        if (name.kind == FACT_PERMISSION)
                slot->group = groups_number(&c->levels, words_protection(c->words, name.what));
        if (name.kind == FACT_SDK) {
                const SdkWords *sdk = words_sdk(c->words, name.what);
                slot->group = sdk && sdk->company ? groups_number(&c->companies, sdk->company) : 0;
        }
        if (name.kind == FACT_APP_TYPE)
                slot->group = groups_number(&c->types, name.what);
        return slot;
}

/* ---- one app ------------------------------------------------------------------------------------------------- */

static bool unpack(Count *c, Span vector, GError **error)
{
        g_array_set_size(c->ids, 0);
        return vector_decode(vector, c->ids) ||
               fault(error, FAULT_MALFORMED, "the vector's bytes are damaged");
}

/* SDKs of apps whose code was not there to be read are left out: what a manifest tells of them is a part. */
static bool count_facts(Count *c, Span vector, bool has_code, GError **error)
{
        if (!unpack(c, vector, error))
                return false;
        bool sdk = false, stranger = false;
        for (guint i = 0; i < c->ids->len; i++) {
                uint32_t number = g_array_index(c->ids, guint32, i);
                FactName name = factnames_get(c->names, number, error);
                if (name.kind == FACT_UNKNOWN)
                        return false;
                if (name.kind == FACT_SDK && !has_code)
                        continue;
                Slot *slot = slot_at(c, number, name);
                slot->apps++;
                slot->weight += c->weight;
                sdk |= name.kind == FACT_SDK;
                stranger |= name.kind == FACT_SDK && !slot->group;
                if (name.kind == FACT_PERMISSION)
                        group_sees(groups_at(&c->levels, slot->group), c);
                else if (name.kind == FACT_SDK && slot->group)
                        group_sees(groups_at(&c->companies, slot->group), c);
        }
        c->tally->with_sdk += sdk;
        c->tally->sdk_weight += sdk ? c->weight : 0;
        c->tally->sdk_without_company += stranger;
        return true;
}

typedef struct {
        uint32_t type; /* 1 + position in types; 0: none could be assigned */
        int64_t cells[VERDICTS];
} Verdicts;

static bool read_verdicts(Count *c, Verdicts *v, GError **error)
{
        for (guint i = 0; i < c->ids->len; i++) {
                uint32_t number = g_array_index(c->ids, guint32, i);
                FactName name = factnames_get(c->names, number, error);
                if (name.kind == FACT_UNKNOWN)
                        return false;
                if (name.kind >= FACT_NEEDED && name.kind <= FACT_UNDECIDED)
                        v->cells[name.kind - FACT_NEEDED]++;
                else if (name.kind == FACT_APP_TYPE)
                        v->type = slot_at(c, number, name)->group;
        }
        if (!v->type)
                v->type = groups_number(&c->types, "none");
        return true;
}

static TypeCount *type_count(Count *c, uint32_t type)
{
        while (c->tally->types->len < c->types.list->len) {
                const Group *g = c->types.list->pdata[c->tally->types->len];
                sweeptally_add_type(c->tally, g->name, words_type_has_column(c->words, g->name));
        }
        return c->tally->types->pdata[type - 1];
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool name_over_app(Count *c, const App *app, const TypeCount *type, GError **error)
{
        OverApp *over = sweeptally_add_over(c->tally, app->package);
        over->market = g_strdup(app->newest->market);
        over->version = observation_version(app->newest->observation);
        over->type = g_strdup(type->type);
        over->tier = g_strdup(observation_tier(app->newest->observation));
        for (guint i = 0; i < c->ids->len; i++) {
                FactName name = factnames_get(c->names, g_array_index(c->ids, guint32, i), NULL);
                if (name.kind == FACT_NOT_ADVISED)
                        g_ptr_array_add(over->permissions, g_strdup(name.what));
        }
        g_ptr_array_sort(over->permissions, by_text);
        return named_listing(c->at, app, &over->label, &over->developer, error) &&
               named_findings(c->at, app, over, error);
}

static void count_pairs(Count *c, uint32_t type)
{
        for (guint i = 0; i < c->ids->len; i++) {
                uint32_t number = g_array_index(c->ids, guint32, i);
                if (factnames_get(c->names, number, NULL).kind != FACT_NOT_ADVISED)
                        continue;
                gint64 key = (gint64)type << 32 | number;
                Pair *pair = g_hash_table_lookup(c->pairs, &key);
                if (!pair) {
                        pair = g_new0(Pair, 1);
                        pair->pair = key;
                        g_hash_table_insert(c->pairs, &pair->pair, pair);
                }
                pair->apps++;
                pair->weight += c->weight;
        }
}

static bool count_findings(Count *c, const App *app, GError **error)
{
        Verdicts v = {0};
        Tally *t = c->tally;
        if (!unpack(c, app->newest->findings, error) || !read_verdicts(c, &v, error))
                return false;
        TypeCount *type = type_count(c, v.type);
        bool typed = !g_str_equal(type->type, "none"), over = v.cells[VERDICT_NOT_ADVISED] > 0;
        bool comparable = type->has_column || over;
        t->judged++;
        t->typed += typed;
        t->with_column += comparable;
        t->over += over;
        type->apps++;
        type->over += over;
        weights_add(&t->judged_weights, c->weight);
        weights_add(&type->weights, c->weight);
        if (comparable)
                weights_add(&t->column_weights, c->weight);
        t->typed_weight += typed ? c->weight : 0;
        t->column_weight += comparable ? c->weight : 0;
        t->over_weight += over ? c->weight : 0;
        type->over_weight += over ? c->weight : 0;
        type->undecided += v.cells[VERDICT_UNDECIDED];
        t->undecided_no_type += typed ? 0 : v.cells[VERDICT_UNDECIDED];
        for (int i = 0; i < VERDICTS; i++) {
                type->cells += v.cells[i];
                t->cells[i] += v.cells[i];
                t->cell_apps[i] += v.cells[i] > 0;
        }
        count_pairs(c, v.type);
        return !over || name_over_app(c, app, type, error);
}

static void count_copy(Count *c, const Copy *copy)
{
        const char *artifact = copy->observation->artifact;
        c->tally->listings++;
        if (!artifact)
                return;
        guint copies = GPOINTER_TO_UINT(g_hash_table_lookup(c->artifacts, artifact));
        c->tally->artifacts_shared += copies == 1;
        g_hash_table_replace(c->artifacts, g_strdup(artifact), GUINT_TO_POINTER(copies + 1));
}

/* 1 / probability; 0: not known. A greater probability in another market is the one that counts (sweeptally.h). */
static double weight_of(const App *app)
{
        double probability = 0;
        for (size_t i = 0; i < app->n_copies; i++) {
                const Draw *draw = app->copies[i].observation->draw;
                if (draw && draw->has_probability && draw->probability > probability &&
                    draw->probability <= 1)
                        probability = draw->probability;
        }
        return probability > 0 ? 1 / probability : 0;
}

static void weigh(Count *c, const App *app, bool has_code)
{
        double weight = weight_of(app);
        c->weight = weight > 0 ? weight : 1;
        c->least = c->tally->analysed == 1 ? weight : MIN(c->least, weight);
        c->most = MAX(c->most, weight);
        weights_add(&c->tally->analysed_weights, c->weight);
        if (has_code)
                weights_add(&c->tally->code_weights, c->weight);
}

static int tier_of(const Observation *observation)
{
        const char *tier = observation_tier(observation);
        for (int i = 0; i < TIERS; i++) {
                if (g_str_equal(tier, tier_names[i]))
                        return i;
        }
        return TIER_MANIFEST; /* of a newer program: least is claimed */
}

static bool count_app(Count *c, const App *app, GError **error)
{
        Tally *t = c->tally;
        c->app_number = ++t->apps;
        const Copy *newest = app->newest;
        const Observation *seen = newest->observation;
        if (!observation_is(seen, "analysed")) {
                if (observation_is(seen, "listed")) {
                        t->listing_only++;
                        return true;
                }
                if (observation_is(seen, "unfetched"))
                        t->unfetched++;
                else
                        t->unanalysable++;
                return named_unread(c->at, c->tally, app, error);
        }
        bool has_code = observation_has_code(seen);
        t->analysed++;
        t->with_code += has_code;
        t->tiers[tier_of(seen)]++;
        weigh(c, app, has_code);
        return count_facts(c, newest->facts, has_code, error) &&
               (!newest->findings.len || count_findings(c, app, error));
}

/* ---- packages that several apps share -------------------------------------------------------------------------------- */

static bool count_package(Count *c, const App *app, GError **error)
{
        size_t n;
        const Identity *identities = appsplit_of(c->split, app, &n, error);
        if (!identities)
                return false;
        c->tally->packages++;
        c->tally->lookalike_packages += n > 1;
        for (size_t i = 0; i < app->n_copies; i++)
                count_copy(c, &app->copies[i]);
        for (size_t i = 0; i < n; i++) {
                if (!count_app(c, &identities[i].app, error) ||
                    (n > 1 && !named_lookalike(c->at, c->tally, &identities[i], error)))
                        return false;
        }
        return true;
}

/* ---- from slots to names --------------------------------------------------------------------------------------- */

static int by_first_text(const void *a, const void *b) /* every count starts with its name */
{
        return strcmp(**(char **const *)a, **(char **const *)b);
}

static int by_type_and_permission(const void *a, const void *b)
{
        const TypePermission *x = *(TypePermission *const *)a, *y = *(TypePermission *const *)b;
        int c = strcmp(x->type, y->type);
        return c ? c : strcmp(x->permission, y->permission);
}

static void name_groups(Count *c)
{
        for (guint i = 0; i < c->levels.list->len; i++) {
                const Group *g = c->levels.list->pdata[i];
                LevelCount *level = sweeptally_add_level(c->tally, g->name);
                level->apps = g->apps;
                level->weight = g->weight;
                if (!g_str_equal(g->name, "dangerous"))
                        continue;
                c->tally->with_dangerous = g->apps;
                c->tally->dangerous_weight = g->weight;
        }
        for (guint i = 0; i < c->companies.list->len; i++) {
                const Group *g = c->companies.list->pdata[i];
                CompanyCount *company = sweeptally_add_company(c->tally, g->name);
                company->apps = g->apps;
                company->weight = g->weight;
        }
}

static void name_slots(Count *c)
{
        Tally *t = c->tally;
        for (guint number = 0; number < c->slots->len; number++) {
                const Slot *slot = &g_array_index(c->slots, Slot, number);
                if (!slot->apps)
                        continue;
                FactName name = factnames_get(c->names, number, NULL);
                if (name.kind == FACT_PERMISSION) {
                        sweeptally_add_permission(t, name.what, slot->apps)->weight = slot->weight;
                        ((LevelCount *)t->levels->pdata[slot->group - 1])->names++;
                } else if (name.kind == FACT_SDK) {
                        sweeptally_add_sdk(t, name.what, slot->apps)->weight = slot->weight;
                        if (slot->group)
                                g_ptr_array_add(((CompanyCount *)t->companies->pdata[slot->group - 1])->sdks,
                                                g_strdup(name.what));
                }
        }
}

static void name_pairs(Count *c)
{
        GHashTableIter each;
        g_hash_table_iter_init(&each, c->pairs);
        for (void *value; g_hash_table_iter_next(&each, NULL, &value);) {
                const Pair *seen = value;
                const TypeCount *type = c->tally->types->pdata[(seen->pair >> 32) - 1];
                FactName name = factnames_get(c->names, (uint32_t)(seen->pair & G_MAXUINT32), NULL);
                TypePermission *pair = sweeptally_add_type_permission(c->tally, type->type, name.what);
                pair->apps = seen->apps;
                pair->of = type->apps;
                pair->weight = seen->weight;
                pair->weights = type->weights;
        }
}

static void name_all(Count *c)
{
        Tally *t = c->tally;
        t->artifacts = g_hash_table_size(c->artifacts);
        t->weighted = c->least > 0 && c->most > c->least * (1 + 1e-9);
        name_groups(c);
        name_slots(c);
        name_pairs(c);
        for (guint i = 0; i < t->companies->len; i++)
                g_ptr_array_sort(((CompanyCount *)t->companies->pdata[i])->sdks, by_text);
        GPtrArray *const lists[] = {t->permissions, t->sdks, t->levels, t->companies, t->types};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                g_ptr_array_sort(lists[i], by_first_text);
        g_ptr_array_sort(t->type_permissions, by_type_and_permission);
}

/* ---- the sweep ------------------------------------------------------------------------------------------------- */

static bool count_markets(Tally *tally, Store *store, const Sweep *sweep, GError **error)
{
        g_autoptr(GPtrArray) names = sweep_markets(sweep);
        bool ok = true;
        for (guint i = 0; ok && i < names->len; i++) {
                MarketCount *m = sweeptally_add_market(tally, names->pdata[i]);
                ok = coverage_count(m, store, sweep, error);
        }
        return ok;
}

static bool read_counters(Tally *tally, Store *store, const Sweep *sweep, GError **error)
{
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) known = store_get(
                store, STORE_COUNTERS, &(StoreKey){.sweep = sweep->id, .name = "artifacts-known"}, &cause);
        if (cause) {
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
        }
        tally->artifacts_known = known ? (int64_t)store_number(record_span(known)) : 0;
        return true;
}

static bool walk_all(Count *c, GError **error)
{
        g_autoptr(SweepWalk) walk = sweepwalk_open(c->at.store, c->at.sweep, c->at.rule_set);
        GError *cause = NULL;
        for (const App *app; sweepwalk_next(walk, &app, &cause);) {
                if (count_package(c, app, &cause))
                        continue;
                g_prefix_error(&cause, "%s: %s: ", app->newest->market, app->package);
                break;
        }
        if (cause)
                g_propagate_prefixed_error(error, cause, "sweep %s: ", c->at.sweep->name);
        return !cause;
}

Tally *sweeptally_count(Store *store, const Sweep *sweep, const char *rule_set, const ReportWords *words,
                        GError **error)
{
        Count c = {.tally = sweeptally_new(), .at = {store, sweep, rule_set}, .words = words};
        c.names = factnames_new(store);
        c.split = appsplit_new(store, c.names, sweep->passes);
        c.slots = g_array_new(FALSE, TRUE, sizeof(Slot));
        groups_open(&c.levels);
        groups_open(&c.companies);
        groups_open(&c.types);
        c.pairs = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
        c.artifacts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        c.ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        bool ok = count_markets(c.tally, store, sweep, error) &&
                  read_counters(c.tally, store, sweep, error) && walk_all(&c, error);
        if (ok)
                name_all(&c);
        else
                g_clear_pointer(&c.tally, sweeptally_free);
        g_array_unref(c.ids);
        g_hash_table_unref(c.artifacts);
        g_hash_table_unref(c.pairs);
        groups_close(&c.types);
        groups_close(&c.companies);
        groups_close(&c.levels);
        g_array_unref(c.slots);
        appsplit_free(c.split);
        factnames_free(c.names);
        return c.tally;
}
