/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libchecker.c - LibChecker's rules, as the repository's tree or as the compiled rules.db.
 *
 * The tree has a folder a kind (native-libs, services-libs ...). A file is a rule: its name without ".json" is the library or
 * the class, older ones whole ("com.x.Service.json"), newer ones as folders ("com/x/Service.json"); its label is the
 * SDK's name, older files hold it at the top, newer ones a language ("data": [{"locale", "data": {"label"}}]). Files under
 * "regex" only describe rules whose patterns the tree does not hold. The database holds the patterns, as Java regexes:
 * those that '*' can say are taken. */
#include "analyzer/import/import.h"
#include "analyzer/import/rulesdb.h"

#include <string.h>
#include <sys/stat.h>

enum { RULE_LIMIT = 256 << 10, DEPTH = 24 };

typedef struct {
        char *label, *text;
        PlanKind kind;
        size_t order;
} Rule;

typedef struct {
        Plan *plan;
        GArray *rules; /* of Rule */
        bool full;
} Reading;

static void rule_clear(gpointer data)
{
        Rule *rule = data;
        g_free(rule->label);
        g_free(rule->text);
}

static void add_rule(Reading *in, const char *label, PlanKind kind, const char *text)
{
        if (in->rules->len >= IMPORT_RULES_LIMIT) {
                in->full = true;
                return;
        }
        Rule rule = {g_strdup(label), g_strdup(text), kind, in->rules->len};
        g_array_append_val(in->rules, rule);
}

/* ---- the tree */

static const struct {
        const char *folder;
        PlanKind kind;
} folders[] = {
        {"native-libs", PLAN_NATIVE},        {"services-libs", PLAN_COMPONENT},
        {"activities-libs", PLAN_COMPONENT}, {"receivers-libs", PLAN_COMPONENT},
        {"providers-libs", PLAN_COMPONENT},  {"actions-libs", PLAN_ACTION},
};

static const char *label_of(const Json *rule)
{
        const char *label = json_str(rule, "label"), *first = NULL;
        const Json *list = json_get(rule, "data");
        for (size_t i = 0; !label && i < json_len(list); i++) {
                const Json *item = json_at(list, i);
                const char *here = json_str(json_get(item, "data"), "label");
                if (here && g_strcmp0(json_str(item, "locale"), "en") == 0)
                        return here;
                first = first ? first : here;
        }
        return label ? label : first;
}

static void read_rule(Reading *in, const char *path, const char *name, PlanKind kind)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Json) rule = import_json(path, RULE_LIMIT, &error);
        const char *label = rule ? label_of(rule) : NULL;
        if (label && *label)
                add_rule(in, label, kind, name);
        else
                plan_refuse(in->plan, "libchecker", name,
                            rule ? "a rule without a label" : "no JSON can be read");
}

static int by_name(gconstpointer a, gconstpointer b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `inside`: the names of the folders since the kind's, joined by dots, "" at first. Links are not followed. */
static void read_folder(Reading *in, const char *path, const char *inside, PlanKind kind, int depth)
{
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; dir && (name = g_dir_read_name(dir));)
                g_ptr_array_add(names, g_strdup(name));
        g_ptr_array_sort(names, by_name);
        for (guint i = 0; i < names->len && !in->full; i++) {
                const char *name = g_ptr_array_index(names, i);
                g_autofree char *below = g_build_filename(path, name, NULL);
                g_autofree char *whole = g_strconcat(inside, *inside ? "." : "", name, NULL);
                struct stat s;
                if (lstat(below, &s) != 0)
                        continue;
                if (S_ISDIR(s.st_mode) && depth < DEPTH)
                        read_folder(in, below, whole, kind, depth + 1);
                if (!S_ISREG(s.st_mode) || !g_str_has_suffix(whole, ".json"))
                        continue;
                whole[strlen(whole) - strlen(".json")] = '\0';
                if (g_str_has_prefix(whole, "regex."))
                        plan_refuse(in->plan, "libchecker", whole,
                                    "its pattern is not in the tree; rules.db holds it");
                else
                        read_rule(in, below, whole, kind);
        }
}

static bool read_tree(Reading *in, const char *path, GError **error)
{
        bool any = false;
        for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
                g_autofree char *folder = g_build_filename(path, folders[i].folder, NULL);
                if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
                        continue;
                any = true;
                read_folder(in, folder, "", folders[i].kind, 0);
        }
        return any || fault(error, FAULT_MALFORMED,
                            "%s: no folder native-libs, services-libs ... as LibChecker-Rules has", path);
}

/* ---- the database */

static const char *const spans[] = {".*",     ".+",     "\\d+", "\\d*", "\\w+",  "\\w*",
                                    "[0-9]+", "[0-9]*", "(.*)", "(.+)", "(\\d+)"};

static size_t span_length(const char *at)
{
        size_t longest = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(spans); i++)
                if (g_str_has_prefix(at, spans[i]))
                        longest = MAX(longest, strlen(spans[i]));
        return longest;
}

/* A Java regex as a pattern with '*'; NULL when that cannot say it. A lone dot is taken for itself, which is narrower. */
static char *pattern_of(const char *regex)
{
        GString *out = g_string_new(NULL);
        const char *at = regex + (*regex == '^');
        while (*at && !(at[0] == '$' && !at[1])) {
                size_t span = span_length(at);
                if (span) {
                        if (!out->len || out->str[out->len - 1] != '*')
                                g_string_append_c(out, '*');
                        at += span;
                        continue;
                }
                if (at[0] == '\\' && at[1] && strchr(".-_$+", at[1]))
                        at++;
                else if (strchr("\\()[]{}|?+*^$", *at))
                        break;
                g_string_append_c(out, *at++);
        }
        bool done = !*at || (at[0] == '$' && !at[1]);
        return g_string_free(out, !done);
}

static void take_row(const RulesdbRow *row, void *context)
{
        Reading *in = context;
        static const struct {
                PlanKind kind;
                const char *why; /* what is no anchor here */
        } types[] = {
                {PLAN_NATIVE, NULL},
                {PLAN_COMPONENT, NULL},
                {PLAN_COMPONENT, NULL},
                {PLAN_COMPONENT, NULL},
                {PLAN_COMPONENT, NULL},
                {PLAN_CODE, NULL},
                {PLAN_KINDS, "static libraries are no anchors here"},
                {PLAN_KINDS, "permissions are no anchors here"},
                {PLAN_METADATA, NULL},
                {PLAN_ACTION, NULL},
        };
        bool known = row->type >= 0 && (size_t)row->type < G_N_ELEMENTS(types);
        if (!known || types[row->type].why) {
                plan_refuse(in->plan, row->label, row->name,
                            known ? types[row->type].why : "a kind of rule that is not known");
                return;
        }
        PlanKind kind = types[row->type].kind;
        g_autofree char *pattern = row->regex && kind != PLAN_CODE ? pattern_of(row->name) : NULL;
        if (row->regex && !pattern)
                plan_refuse(in->plan, row->label, row->name, "a pattern that \"*\" cannot say");
        else
                add_rule(in, row->label, kind, pattern ? pattern : row->name);
}

/* ---- both */

static int by_label(gconstpointer a, gconstpointer b)
{
        const Rule *x = a, *y = b;
        int order = strcmp(x->label, y->label);
        return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* Whose the rules of one label are by those we have already, when these agree. */
static const Sdk *owner_of(const Plan *plan, const Rule *rules, size_t n)
{
        const Sdk *owner = NULL;
        for (size_t i = 0; i < n; i++) {
                const Sdk *one = rules[i].kind == PLAN_CODE
                                         ? plan_prefix_owner(plan, rules[i].text)
                                         : plan_name_owner(plan, rules[i].kind, rules[i].text);
                if (one && owner && one != owner)
                        return NULL;
                owner = one ? one : owner;
        }
        return owner;
}

static void add_all(const Reading *in)
{
        const Rule *rules = (const Rule *)(const void *)in->rules->data;
        for (size_t from = 0, to; from < in->rules->len; from = to) {
                for (to = from; to < in->rules->len && g_str_equal(rules[to].label, rules[from].label);)
                        to++;
                const Sdk *owner = owner_of(in->plan, rules + from, to - from);
                PlanSdk *sdk = plan_sdk(in->plan, "libchecker", rules[from].label, owner);
                for (size_t i = from; sdk && i < to; i++)
                        plan_add(in->plan, sdk, rules[i].kind, rules[i].text);
        }
}

bool import_libchecker(Plan *plan, const char *path, GError **error)
{
        g_autoptr(GArray) rules = g_array_new(FALSE, FALSE, sizeof(Rule));
        g_array_set_clear_func(rules, rule_clear);
        Reading in = {.plan = plan, .rules = rules};
        bool tree = g_file_test(path, G_FILE_TEST_IS_DIR);
        bool read = tree ? read_tree(&in, path, error)
                         : rulesdb_read(path, IMPORT_RULES_LIMIT, take_row, &in, error);
        if (!read)
                return false;
        if (in.full)
                return fault(error, FAULT_LIMIT, "%s: over %d rules", path, IMPORT_RULES_LIMIT);
        g_array_sort(rules, by_label);
        add_all(&in);
        return true;
}
