/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

static ReportOptions options;
static char *rule_set, *fail_on;

static const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options.format, "text (default), json, csv or html",
         "FORMAT"},
        {"lang", 'l', 0, G_OPTION_ARG_STRING, &options.lang, "Language of headings: en (default) or zh",
         "LANG"},
        {"table", 't', 0, G_OPTION_ARG_STRING, &options.table, "Only this table", "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "Write to FILE instead of stdout", "FILE"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &options.folder, "Write every table in every form into DIR",
         "DIR"},
        {"rules", 0, 0, G_OPTION_ARG_STRING, &rule_set, "Findings of this rule set (default: the newest)",
         "ID"},
        {"fail-on", 0, 0, G_OPTION_ARG_STRING, &fail_on,
         "End with exit code 1 when an app asks for a permission not advised for its type (\"over\")",
         "over"},
        {NULL}};

/* An app stands in this table when it asks for a permission not advised for its type. */
static bool has_over_collection(const GPtrArray *tables)
{
        for (guint i = 0; i < tables->len; i++) {
                const Table *table = g_ptr_array_index(tables, i);
                if (g_str_equal(table->key, "over_collection_apps"))
                        return table->rows->len > 0;
        }
        return false;
}

static int run(int argc, char **argv, GError **error)
{
        if (fail_on && !g_str_equal(fail_on, "over")) {
                fault(error, FAULT_USAGE, "--fail-on %s: \"over\" is known", fail_on);
                return -1;
        }
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *home = datafile_home(error);
        g_autoptr(ReportWords) words = home ? report_words_load(home, error) : NULL;
        g_autoptr(Store) store = words ? cli_open_store(STORE_READ, error) : NULL;
        Sweep *sweep = store ? cli_sweep(store, argc, argv, arena, error) : NULL;
        g_autoptr(GPtrArray) tables = sweep ? report_tables(store, sweep->id, rule_set, words, error) : NULL;
        g_autofree char *judged_by =
                tables && !rule_set ? report_rule_set(store, sweep->id, error) : g_strdup(rule_set);
        if (!tables)
                return -1;
        ReportHead head = {.title = "report.title",
                           .lang = options.lang ? options.lang : "en",
                           .sweep = sweep,
                           .rule_set = judged_by};
        if (!cli_write_report(tables, &head, words, &options, error))
                return -1;
        return fail_on && has_over_collection(tables) ? EXIT_FINDINGS : EXIT_OK;
}

const Verb verb_report = {
        .name = "report",
        .summary = "Print the tables of a sweep, or write them all into a folder",
        .operands = "[SWEEP]",
        .description =
                "Tables: overview, over-collection by app type, verdicts, permissions, SDKs, companies,\n"
                "look-alikes (one package name, several signers), coverage per market and category, the "
                "strata\n"
                "of a sample, and the apps that could not be read. Every share comes with its numerator, "
                "its\n"
                "denominator and a 95 % Wilson interval; where apps were drawn with different "
                "probabilities,\n"
                "an estimate for all listed apps stands beside it. SWEEP is a name, a number, or \"latest\"\n"
                "(the default).",
        .example = "  overreach report --table over_collection_apps\n"
                   "  overreach report 2026-11-21 --out report/ --fail-on over",
        .options = entries,
        .run = run};
