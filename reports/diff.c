/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff.c - two sweeps read side by side in order of package name. An app (appsplit.h) is compared by its newest copy in each
 * (sweepwalk.h), and only where both copies were analysed, SDKs only where both were read with their code: what was not read is
 * neither gained nor lost. Fact numbers mean the same in all sweeps of a store, so sets of them are compared as they are. */
#include "reports/reports.h"

#include "reports/appsplit.h"
#include "reports/question.h"
#include "reports/rulesets.h"

#include "core/factid.h"

/* ---- the tables ------------------------------------------------------------------------------------------------ */

enum { SUM_MEASURE, SUM_NUMBER, SUM_SHARE };
static const Column summary_columns[] = {
        {"measure", CELL_TEXT, "measure"}, {"number", CELL_COUNT, NULL}, {"share", CELL_SHARE, NULL}};

enum {
        APP_PACKAGE,
        APP_LABEL,
        APP_MARKET,
        APP_FROM,
        APP_TO,
        APP_SIGNER,
        APP_PERMS_FROM,
        APP_PERMS_TO,
        APP_GAINED,
        APP_LOST,
        APP_SDKS_FROM,
        APP_SDKS_TO,
        APP_SDKS_GAINED,
        APP_SDKS_LOST
};
static const Column app_columns[] = {{"package", CELL_TEXT, NULL},
                                     {"label", CELL_TEXT, NULL},
                                     {"market", CELL_TEXT, NULL},
                                     {"version_before", CELL_TEXT, NULL},
                                     {"version_after", CELL_TEXT, NULL},
                                     {"signer_changed", CELL_TEXT, "signer"},
                                     {"permissions_before", CELL_COUNT, NULL},
                                     {"permissions_after", CELL_COUNT, NULL},
                                     {"permissions_gained", CELL_LIST, NULL},
                                     {"permissions_lost", CELL_LIST, NULL},
                                     {"sdks_before", CELL_COUNT, NULL},
                                     {"sdks_after", CELL_COUNT, NULL},
                                     {"sdks_gained", CELL_LIST, "sdk"},
                                     {"sdks_lost", CELL_LIST, "sdk"}};

enum { FIND_PACKAGE, FIND_LABEL, FIND_TYPE_FROM, FIND_TYPE_TO, FIND_NEW, FIND_GONE };
static const Column finding_columns[] = {
        {"package", CELL_TEXT, NULL},           {"label", CELL_TEXT, NULL},
        {"app_type_before", CELL_TEXT, "type"}, {"app_type_after", CELL_TEXT, "type"},
        {"not_advised_new", CELL_LIST, NULL},   {"not_advised_gone", CELL_LIST, NULL}};

enum {
        PRESENCE_PACKAGE,
        PRESENCE_LABEL,
        PRESENCE_CHANGE,
        PRESENCE_MARKET,
        PRESENCE_VERSION,
        PRESENCE_OUTCOME
};
static const Column presence_columns[] = {{"package", CELL_TEXT, NULL},    {"label", CELL_TEXT, NULL},
                                          {"change", CELL_TEXT, "change"}, {"market", CELL_TEXT, NULL},
                                          {"version", CELL_TEXT, NULL},    {"outcome", CELL_TEXT, NULL}};

enum { SUMMARY, APPS, FINDINGS, PRESENCE, DIFF_TABLES };
static const Question tables_of_diff[DIFF_TABLES] = {
        {"diff_summary", summary_columns, G_N_ELEMENTS(summary_columns), NULL},
        {"diff_apps", app_columns, G_N_ELEMENTS(app_columns), NULL},
        {"diff_findings", finding_columns, G_N_ELEMENTS(finding_columns), NULL},
        {"diff_presence", presence_columns, G_N_ELEMENTS(presence_columns), NULL}};
const Question *const diff_questions[] = {&tables_of_diff[0], &tables_of_diff[1], &tables_of_diff[2],
                                          &tables_of_diff[3], NULL};

/* ---- one app ----------------------------------------------------------------------------------------------------- */

typedef struct {
        GArray *all, *permissions, *sdks, *signers, *not_advised; /* ascending fact numbers; all: scratch */
        const char *type;
} FactSet;

typedef struct {
        int64_t before, after, in_both, only_before, only_after, compared, updated, gained, gained_dangerous,
                lost, with_code, sdk_gained, sdk_lost, signer, rotated, judged, findings_new, findings_gone;
} Summary;

/* An app in one of the sweeps; its identity NULL: not there. */
typedef struct {
        AppSplit *split;
        const Identity *list;
        size_t n;
} Side;

typedef struct {
        FactNames *names;
        const ReportWords *words;
        FactSet old, new;
        Side before, after;
        Summary sum;
        Table *tables[DIFF_TABLES];
} Diff;

static void factset_open(FactSet *set)
{
        GArray **const lists[] = {&set->all, &set->permissions, &set->sdks, &set->signers, &set->not_advised};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                *lists[i] = g_array_new(FALSE, FALSE, sizeof(guint32));
}

static void factset_close(FactSet *set)
{
        GArray *const lists[] = {set->all, set->permissions, set->sdks, set->signers, set->not_advised};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                g_array_unref(lists[i]);
}

static GArray *list_for(FactSet *set, FactKind kind)
{
        switch (kind) {
        case FACT_PERMISSION: return set->permissions;
        case FACT_SDK: return set->sdks;
        case FACT_SIGNER: return set->signers;
        case FACT_NOT_ADVISED: return set->not_advised;
        default: return NULL;
        }
}

static bool add_vector(Diff *d, FactSet *set, Span vector, GError **error)
{
        g_array_set_size(set->all, 0);
        if (!vector_decode(vector, set->all))
                return fault(error, FAULT_MALFORMED, "the vector's bytes are damaged");
        for (guint i = 0; i < set->all->len; i++) {
                guint32 number = g_array_index(set->all, guint32, i);
                FactName name = factnames_get(d->names, number, error);
                if (name.kind == FACT_UNKNOWN)
                        return false;
                GArray *list = list_for(set, name.kind);
                if (list)
                        g_array_append_val(list, number);
                if (name.kind == FACT_APP_TYPE)
                        set->type = name.what;
        }
        return true;
}

static bool factset_read(Diff *d, FactSet *set, const Copy *copy, GError **error)
{
        GArray *const lists[] = {set->permissions, set->sdks, set->signers, set->not_advised};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                g_array_set_size(lists[i], 0);
        set->type = NULL;
        return add_vector(d, set, copy->facts, error) && add_vector(d, set, copy->findings, error);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of what is in `a` and not in `b`, sorted; NULL: nothing. */
static GPtrArray *names_only_in(Diff *d, const GArray *a, const GArray *b)
{
        GPtrArray *names = NULL;
        for (guint i = 0, k = 0; i < a->len; i++) {
                guint32 number = g_array_index(a, guint32, i);
                while (k < b->len && g_array_index(b, guint32, k) < number)
                        k++;
                if (k < b->len && g_array_index(b, guint32, k) == number)
                        continue;
                if (!names)
                        names = g_ptr_array_new();
                g_ptr_array_add(names, (char *)factnames_get(d->names, number, NULL).what);
        }
        if (names)
                g_ptr_array_sort(names, by_text);
        return names;
}

static bool same_numbers(const GArray *a, const GArray *b)
{
        return a->len == b->len && (!a->len || memcmp(a->data, b->data, a->len * sizeof(guint32)) == 0);
}

static bool any_dangerous(const Diff *d, const GPtrArray *permissions)
{
        for (guint i = 0; permissions && i < permissions->len; i++) {
                if (g_str_equal(words_protection(d->words, permissions->pdata[i]), "dangerous"))
                        return true;
        }
        return false;
}

static const char *label_of(const App *before, const App *after)
{
        const char *label = after ? after->newest->observation->label : NULL;
        return label || !before ? label : before->newest->observation->label;
}

static void take_cell(Cell *cell, GPtrArray *names)
{
        *cell = cell_list_of(names);
        if (names)
                g_ptr_array_unref(names);
}

static void take_version(Cell *cell, const App *app)
{
        g_autofree char *version = observation_version(app->newest->observation);
        *cell = cell_text(version);
}

static Cell market_cell(const App *before, const App *after)
{
        const char *from = before->newest->market, *to = after->newest->market;
        if (g_str_equal(from, to))
                return cell_text(to);
        g_autofree char *both = g_strdup_printf("%s \xe2\x86\x92 %s", from, to);
        return cell_text(both);
}

static bool is_updated(const Observation *a, const Observation *b)
{
        return a->version_code != b->version_code || g_strcmp0(a->version_name, b->version_name) != 0;
}

static void compare_sdks(Diff *d, Cell *gained, Cell *lost, bool *changed)
{
        GPtrArray *more = names_only_in(d, d->new.sdks, d->old.sdks);
        GPtrArray *less = names_only_in(d, d->old.sdks, d->new.sdks);
        d->sum.with_code++;
        d->sum.sdk_gained += more != NULL;
        d->sum.sdk_lost += less != NULL;
        *changed |= more || less;
        take_cell(gained, more);
        take_cell(lost, less);
}

static void cell_clear(Cell *cell)
{
        g_free(cell->text);
        g_strfreev(cell->items);
}

/* signer: "no", "rotated" or "yes" */
static void compare_facts(Diff *d, const App *before, const App *after, const char *signer)
{
        GPtrArray *gained = names_only_in(d, d->new.permissions, d->old.permissions);
        GPtrArray *lost = names_only_in(d, d->old.permissions, d->new.permissions);
        const Observation *old = before->newest->observation, *new = after->newest->observation;
        bool updated = is_updated(old, new),
             has_code = observation_has_code(old) && observation_has_code(new);
        bool changed = updated || gained || lost || !g_str_equal(signer, "no");
        Cell sdks[2] = {{0}};
        Summary *s = &d->sum;
        s->updated += updated;
        s->gained += gained != NULL;
        s->gained_dangerous += any_dangerous(d, gained);
        s->lost += lost != NULL;
        s->signer += g_str_equal(signer, "yes");
        s->rotated += g_str_equal(signer, "rotated");
        if (has_code)
                compare_sdks(d, &sdks[0], &sdks[1], &changed);
        if (!changed) {
                cell_clear(&sdks[0]);
                cell_clear(&sdks[1]);
                return;
        }
        Cell *row = table_row(d->tables[APPS]);
        row[APP_PACKAGE] = cell_text(after->package);
        row[APP_LABEL] = cell_text(label_of(before, after));
        row[APP_MARKET] = market_cell(before, after);
        take_version(&row[APP_FROM], before);
        take_version(&row[APP_TO], after);
        row[APP_SIGNER] = cell_text(signer);
        row[APP_PERMS_FROM] = cell_count(d->old.permissions->len);
        row[APP_PERMS_TO] = cell_count(d->new.permissions->len);
        take_cell(&row[APP_GAINED], gained);
        take_cell(&row[APP_LOST], lost);
        if (!has_code)
                return;
        row[APP_SDKS_FROM] = cell_count(d->old.sdks->len);
        row[APP_SDKS_TO] = cell_count(d->new.sdks->len);
        row[APP_SDKS_GAINED] = sdks[0];
        row[APP_SDKS_LOST] = sdks[1];
}

static void compare_findings(Diff *d, const App *before, const App *after)
{
        GPtrArray *new = names_only_in(d, d->new.not_advised, d->old.not_advised);
        GPtrArray *gone = names_only_in(d, d->old.not_advised, d->new.not_advised);
        d->sum.judged++;
        d->sum.findings_new += new != NULL;
        d->sum.findings_gone += gone != NULL;
        if (!new && !gone)
                return;
        Cell *row = table_row(d->tables[FINDINGS]);
        row[FIND_PACKAGE] = cell_text(after->package);
        row[FIND_LABEL] = cell_text(label_of(before, after));
        row[FIND_TYPE_FROM] = cell_text(d->old.type);
        row[FIND_TYPE_TO] = cell_text(d->new.type);
        take_cell(&row[FIND_NEW], new);
        take_cell(&row[FIND_GONE], gone);
}

static void note_presence(Diff *d, const App *app, const char *change)
{
        Cell *row = table_row(d->tables[PRESENCE]);
        row[PRESENCE_PACKAGE] = cell_text(app->package);
        row[PRESENCE_LABEL] = cell_text(app->newest->observation->label);
        row[PRESENCE_CHANGE] = cell_text(change);
        row[PRESENCE_MARKET] = cell_text(app->newest->market);
        take_version(&row[PRESENCE_VERSION], app);
        row[PRESENCE_OUTCOME] = cell_text(app->newest->observation->outcome);
}

/* NULL: error */
static const char *signer_change(Diff *d, const Identity *before, const Identity *after, GError **error)
{
        bool rotated = false;
        if (same_numbers(d->old.signers, d->new.signers))
                return "no";
        if (!appsplit_rotated(d->before.split, before, d->after.split, after, &rotated, error))
                return NULL;
        return rotated ? "rotated" : "yes";
}

static bool compare_app(Diff *d, const Identity *was, const Identity *is, GError **error)
{
        d->sum.before += was != NULL;
        d->sum.after += is != NULL;
        if (!was || !is) {
                d->sum.only_before += was != NULL;
                d->sum.only_after += is != NULL;
                note_presence(d, was ? &was->app : &is->app, was ? "disappeared" : "appeared");
                return true;
        }
        d->sum.in_both++;
        const App *before = &was->app, *after = &is->app;
        if (!observation_is(before->newest->observation, "analysed") ||
            !observation_is(after->newest->observation, "analysed"))
                return true;
        d->sum.compared++;
        const char *signer = NULL;
        if (!factset_read(d, &d->old, before->newest, error) ||
            !factset_read(d, &d->new, after->newest, error) || !(signer = signer_change(d, was, is, error))) {
                g_prefix_error(error, "%s: ", after->package);
                return false;
        }
        compare_facts(d, before, after, signer);
        if (before->newest->findings.len && after->newest->findings.len)
                compare_findings(d, before, after);
        return true;
}

/* ---- which app of a package is which -------------------------------------------------------------------------------- */

static bool side_read(Side *side, const App *app, GError **error)
{
        size_t n = 0;
        side->list = app ? appsplit_of(side->split, app, &n, error) : NULL;
        side->n = side->list ? n : 0;
        return !app || side->list;
}

enum { BY_SIGNER, BY_ROTATION, BY_PLACE, WAYS };

static bool is_same(Diff *d, int way, const Identity *was, const Identity *is, bool *yes, GError **error)
{
        if (way == BY_ROTATION)
                return appsplit_rotated(d->before.split, was, d->after.split, is, yes, error);
        *yes = way == BY_PLACE || appsplit_share_signer(was, is);
        return true;
}

/* Apps of a package are paired by a signer in common, then by a stated rotation. What is left is paired by its place: a single
 * app under another signer is one whose signer changed. */
static bool compare_package(Diff *d, const App *before, const App *after, GError **error)
{
        if (!side_read(&d->before, before, error) || !side_read(&d->after, after, error))
                return false;
        g_autoptr(Arena) arena = arena_new();
        bool *done_before = arena_array(arena, bool, d->before.n + 1);
        bool *done_after = arena_array(arena, bool, d->after.n + 1);
        for (int way = 0; way < WAYS; way++) {
                for (size_t i = 0; i < d->before.n; i++) {
                        for (size_t k = 0; k < d->after.n && !done_before[i]; k++) {
                                const Identity *was = &d->before.list[i], *is = &d->after.list[k];
                                bool yes = false;
                                if (done_after[k])
                                        continue;
                                if (!is_same(d, way, was, is, &yes, error) ||
                                    (yes && !compare_app(d, was, is, error)))
                                        return false;
                                done_before[i] = done_after[k] = yes;
                        }
                }
        }
        bool ok = true;
        for (size_t i = 0; i < d->before.n && ok; i++)
                ok = done_before[i] || compare_app(d, &d->before.list[i], NULL, error);
        for (size_t k = 0; k < d->after.n && ok; k++)
                ok = done_after[k] || compare_app(d, NULL, &d->after.list[k], error);
        return ok;
}

/* ---- the merge ----------------------------------------------------------------------------------------------------- */

static bool merge(Diff *d, SweepWalk *before, SweepWalk *after, GError **error)
{
        GError *cause = NULL;
        const App *a = NULL, *b = NULL;
        bool step_a = true, step_b = true;
        do {
                if (step_a && !sweepwalk_next(before, &a, &cause))
                        a = NULL;
                if (!cause && step_b && !sweepwalk_next(after, &b, &cause))
                        b = NULL;
                if (cause || (!a && !b))
                        break;
                int order = !a ? 1 : !b ? -1 : strcmp(a->package, b->package);
                step_a = order <= 0;
                step_b = order >= 0;
                (void)compare_package(d, step_a ? a : NULL, step_b ? b : NULL, &cause);
        } while (!cause);
        if (cause)
                g_propagate_error(error, cause);
        return !cause;
}

static void add_measure(Table *table, const char *measure, int64_t n, int64_t of)
{
        Cell *row = table_row(table);
        row[SUM_MEASURE] = cell_text(measure);
        row[SUM_NUMBER] = cell_count(n);
        row[SUM_SHARE] = cell_share(n, of);
}

static void fill_summary(Diff *d, const char *rule_set)
{
        const Summary *s = &d->sum;
        Table *t = d->tables[SUMMARY];
        add_measure(t, "apps_before", s->before, 0);
        add_measure(t, "apps_after", s->after, 0);
        add_measure(t, "in_both", s->in_both, 0);
        add_measure(t, "only_before", s->only_before, s->before);
        add_measure(t, "only_after", s->only_after, s->after);
        add_measure(t, "compared", s->compared, s->in_both);
        add_measure(t, "updated", s->updated, s->compared);
        add_measure(t, "gained_permission", s->gained, s->compared);
        add_measure(t, "gained_dangerous", s->gained_dangerous, s->compared);
        add_measure(t, "lost_permission", s->lost, s->compared);
        add_measure(t, "gained_sdk", s->sdk_gained, s->with_code);
        add_measure(t, "lost_sdk", s->sdk_lost, s->with_code);
        add_measure(t, "signer_changed", s->signer, s->compared);
        add_measure(t, "signer_rotated", s->rotated, s->compared);
        add_measure(t, "judged_both", s->judged, s->compared);
        add_measure(t, "findings_new", s->findings_new, s->judged);
        add_measure(t, "findings_gone", s->findings_gone, s->judged);
        int64_t same = s->compared - d->tables[APPS]->rows->len;
        if (same)
                table_note(d->tables[APPS], "note.unchanged_apps", same, s->compared, NULL);
        if (s->with_code < s->compared)
                table_note(d->tables[APPS], "note.sdks_not_compared", s->compared - s->with_code, s->compared,
                           NULL);
        if (rule_set)
                table_note(d->tables[FINDINGS], "note.judged_by", 0, 0, rule_set);
        else
                table_note(d->tables[FINDINGS], "note.no_common_rule_set", 0, 0, NULL);
}

static bool run(Diff *d, Store *store, const Sweep *before, const Sweep *after, GError **error)
{
        g_autofree char *rule_set = NULL;
        if (!rulesets_common(store, before, after, &rule_set, error))
                return false;
        g_autoptr(SweepWalk) old = sweepwalk_open(store, before, rule_set);
        g_autoptr(SweepWalk) new = sweepwalk_open(store, after, rule_set);
        if (!merge(d, old, new, error)) {
                g_prefix_error(error, "sweeps %s and %s: ", before->name, after->name);
                return false;
        }
        fill_summary(d, rule_set);
        return true;
}

static void free_table(void *table)
{
        table_free(table);
}

GPtrArray *report_diff(Store *store, uint32_t before, uint32_t after, const ReportWords *words,
                       GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Sweep *old = sweep_read(store, before, arena, error);
        const Sweep *new = old ? sweep_read(store, after, arena, error) : NULL;
        if (!old || !new)
                return NULL;
        GPtrArray *tables = g_ptr_array_new_with_free_func(free_table);
        Diff d = {.names = factnames_new(store), .words = words};
        d.before.split = appsplit_new(store, d.names, old->passes);
        d.after.split = appsplit_new(store, d.names, new->passes);
        factset_open(&d.old);
        factset_open(&d.new);
        for (int i = 0; i < DIFF_TABLES; i++) {
                d.tables[i] = table_new(tables_of_diff[i].key, tables_of_diff[i].columns,
                                        tables_of_diff[i].n_columns);
                g_ptr_array_add(tables, d.tables[i]);
        }
        bool ok = run(&d, store, old, new, error);
        factset_close(&d.new);
        factset_close(&d.old);
        appsplit_free(d.after.split);
        appsplit_free(d.before.split);
        factnames_free(d.names);
        if (ok)
                return tables;
        g_ptr_array_unref(tables);
        return NULL;
}
