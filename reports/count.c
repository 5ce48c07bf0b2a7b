/* SPDX-License-Identifier: GPL-3.0-or-later */
/* count.c - the walk behind sweeptally_count: every fact number gets a slot, every app adds one to the slots of its vector, and at the
 * end the slots become named and sorted counts. */
#include "reports/factnames.h"
#include "reports/sweeptally.h"
#include "reports/sweepwalk.h"

#include "core/factid.h"

typedef struct {
        int64_t apps;   /* analysed apps with this fact */
        uint32_t group; /* 1 + the level, company or type it belongs to; 0: not looked up or none */
        bool looked_up;
} Slot;

/* A group of facts (a protection level, a company) of which an app counts once however many of them it has. */
typedef struct {
        char *name;
        int64_t apps, last_app;
} Group;

typedef struct {
        GPtrArray *list;   /* Group */
        GHashTable *index; /* name -> 1 + position */
} Groups;

typedef struct {
        Tally *tally;
        Store *store;
        const Sweep *sweep;
        const char *rule_set;
        const ReportWords *words;
        FactNames *names;
        GArray *slots; /* Slot by fact number */
        Groups levels, companies, types;
        GHashTable *pairs;     /* (type, fact number of a not-advised verdict) -> apps */
        GHashTable *artifacts; /* SHA-256 seen */
        GArray *ids;           /* of the vector at hand */
        int64_t app_number;
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

static bool group_sees(Group *group, int64_t app_number) /* true the first time an app is seen in it */
{
        if (group->last_app == app_number)
                return false;
        group->last_app = app_number;
        group->apps++;
        return true;
}

static Slot *slot_at(Count *c, uint32_t number, FactName name)
{
        if (number >= c->slots->len)
                g_array_set_size(c->slots, MAX(number + 1, store_fact_count(c->store) + 1));
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

static bool count_facts(Count *c, Span vector, GError **error)
{
        if (!unpack(c, vector, error))
                return false;
        bool sdk = false, stranger = false;
        for (guint i = 0; i < c->ids->len; i++) {
                uint32_t number = g_array_index(c->ids, guint32, i);
                FactName name = factnames_get(c->names, number, error);
                if (name.kind == FACT_UNKNOWN)
                        return false;
                Slot *slot = slot_at(c, number, name);
                slot->apps++;
                sdk |= name.kind == FACT_SDK;
                stranger |= name.kind == FACT_SDK && !slot->group;
                if (name.kind == FACT_PERMISSION)
                        group_sees(groups_at(&c->levels, slot->group), c->app_number);
                else if (name.kind == FACT_SDK && slot->group)
                        group_sees(groups_at(&c->companies, slot->group), c->app_number);
        }
        c->tally->with_sdk += sdk;
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

static bool name_findings(Count *c, const App *app, OverApp *over, GError **error)
{
        const StoreKey key = {.sweep = c->sweep->id,
                              .layer = c->rule_set,
                              .market = app->newest->market,
                              .package = app->package};
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) bytes = store_get(c->store, STORE_FINDINGS, &key, &cause);
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

/* What the market says of the app: label where the observation has none, and the developer's name. */
static bool read_listing(const Count *c, const App *app, char **label, char **developer, GError **error)
{
        *label = g_strdup(app->newest->observation->label);
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) bytes =
                store_listing(c->store, app->newest->market, app->package, c->sweep->id, &cause);
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

static bool name_over_app(Count *c, const App *app, const TypeCount *type, GError **error)
{
        OverApp *over = sweeptally_add_over(c->tally, app->package);
        over->market = g_strdup(app->newest->market);
        over->version = observation_version(app->newest->observation);
        over->type = g_strdup(type->type);
        for (guint i = 0; i < c->ids->len; i++) {
                FactName name = factnames_get(c->names, g_array_index(c->ids, guint32, i), NULL);
                if (name.kind == FACT_NOT_ADVISED)
                        g_ptr_array_add(over->permissions, g_strdup(name.what));
        }
        g_ptr_array_sort(over->permissions, by_text);
        return read_listing(c, app, &over->label, &over->developer, error) &&
               name_findings(c, app, over, error);
}

static void count_pairs(Count *c, uint32_t type)
{
        for (guint i = 0; i < c->ids->len; i++) {
                uint32_t number = g_array_index(c->ids, guint32, i);
                if (factnames_get(c->names, number, NULL).kind != FACT_NOT_ADVISED)
                        continue;
                gint64 pair = (gint64)type << 32 | number;
                gint64 *apps = g_hash_table_lookup(c->pairs, &pair);
                if (!apps) {
                        apps = g_new0(gint64, 2); /* the pair, its apps */
                        apps[0] = pair;
                        g_hash_table_insert(c->pairs, apps, apps);
                }
                apps[1]++;
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
        t->judged++;
        t->typed += typed;
        t->with_column += type->has_column || over;
        t->over += over;
        type->apps++;
        type->over += over;
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

static bool count_unread(Count *c, const App *app, GError **error)
{
        const Observation *o = app->newest->observation;
        UnreadApp *unread = sweeptally_add_unread(c->tally, app->package);
        unread->market = g_strdup(app->newest->market);
        unread->version = observation_version(o);
        unread->outcome = g_strdup(o->outcome);
        unread->detail = g_strdup(o->detail);
        return read_listing(c, app, &unread->label, NULL, error);
}

static MarketCount *market_of(const Tally *tally, const char *name)
{
        for (guint i = 0; i < tally->markets->len; i++) {
                MarketCount *market = tally->markets->pdata[i];
                if (g_str_equal(market->market, name))
                        return market;
        }
        g_assert_not_reached(); /* the walk goes by the same list of markets */
}

static void count_copy(Count *c, const Copy *copy)
{
        MarketCount *market = market_of(c->tally, copy->market);
        const Observation *o = copy->observation;
        c->tally->listings++;
        market->seen++;
        market->fetched += !observation_is(o, "unfetched");
        if (observation_is(o, "analysed"))
                market->analysed++;
        else
                market_add_loss(market, o->outcome);
        if (o->artifact && !g_hash_table_contains(c->artifacts, o->artifact))
                g_hash_table_add(c->artifacts, g_strdup(o->artifact));
}

static bool count_app(Count *c, const App *app, GError **error)
{
        Tally *t = c->tally;
        c->app_number = ++t->apps;
        for (size_t i = 0; i < app->n_copies; i++)
                count_copy(c, &app->copies[i]);
        const Copy *newest = app->newest;
        if (!observation_is(newest->observation, "analysed")) {
                if (observation_is(newest->observation, "unfetched"))
                        t->unfetched++;
                else
                        t->unanalysable++;
                return count_unread(c, app, error);
        }
        t->analysed++;
        return count_facts(c, newest->facts, error) &&
               (!newest->findings.len || count_findings(c, app, error));
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
                sweeptally_add_level(c->tally, g->name)->apps = g->apps;
                if (g_str_equal(g->name, "dangerous"))
                        c->tally->with_dangerous = g->apps;
        }
        for (guint i = 0; i < c->companies.list->len; i++) {
                const Group *g = c->companies.list->pdata[i];
                sweeptally_add_company(c->tally, g->name)->apps = g->apps;
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
                        sweeptally_add_permission(t, name.what, slot->apps);
                        ((LevelCount *)t->levels->pdata[slot->group - 1])->names++;
                } else if (name.kind == FACT_SDK) {
                        sweeptally_add_sdk(t, name.what, slot->apps);
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
                const gint64 *apps = value;
                const TypeCount *type = c->tally->types->pdata[(apps[0] >> 32) - 1];
                FactName name = factnames_get(c->names, (uint32_t)(apps[0] & G_MAXUINT32), NULL);
                TypePermission *pair = sweeptally_add_type_permission(c->tally, type->type, name.what);
                pair->apps = apps[1];
                pair->of = type->apps;
        }
}

static void name_all(Count *c)
{
        Tally *t = c->tally;
        t->artifacts = g_hash_table_size(c->artifacts);
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

static void count_markets(Tally *tally, const Sweep *sweep)
{
        g_autoptr(GPtrArray) names = sweep_markets(sweep);
        for (guint i = 0; i < names->len; i++) {
                MarketCount *m = sweeptally_add_market(tally, names->pdata[i]);
                for (size_t k = 0; k < sweep->n_results; k++) {
                        const MarketResult *r = sweep->results[k];
                        if (!g_str_equal(r->market, m->market))
                                continue;
                        g_free(m->outcome);
                        g_free(m->detail);
                        m->outcome = g_strdup(r->outcome);
                        m->detail = g_strdup(r->detail);
                        m->listed = r->has_listed ? (int64_t)r->listed : -1;
                        m->selected = r->has_selected ? (int64_t)r->selected : -1;
                }
        }
}

static bool walk_all(Count *c, GError **error)
{
        g_autoptr(SweepWalk) walk = sweepwalk_open(c->store, c->sweep, c->rule_set);
        GError *cause = NULL;
        for (const App *app; sweepwalk_next(walk, &app, &cause);) {
                if (count_app(c, app, &cause))
                        continue;
                g_prefix_error(&cause, "%s: %s: ", app->newest->market, app->package);
                break;
        }
        if (cause)
                g_propagate_prefixed_error(error, cause, "sweep %s: ", c->sweep->name);
        return !cause;
}

Tally *sweeptally_count(Store *store, const Sweep *sweep, const char *rule_set, const ReportWords *words,
                        GError **error)
{
        Count c = {.tally = sweeptally_new(),
                   .store = store,
                   .sweep = sweep,
                   .rule_set = rule_set,
                   .words = words};
        c.names = factnames_new(store);
        c.slots = g_array_new(FALSE, TRUE, sizeof(Slot));
        groups_open(&c.levels);
        groups_open(&c.companies);
        groups_open(&c.types);
        c.pairs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        c.artifacts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        c.ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        count_markets(c.tally, sweep);
        bool ok = walk_all(&c, error);
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
        factnames_free(c.names);
        return c.tally;
}
