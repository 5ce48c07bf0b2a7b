/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

static ReportOptions options;

static const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &options.format, "text (default), json, csv or html",
         "FORMAT"},
        {"lang", 'l', 0, G_OPTION_ARG_STRING, &options.lang, "Language of headings: en (default) or zh",
         "LANG"},
        {"table", 't', 0, G_OPTION_ARG_STRING, &options.table, "Only this table", "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "Write to FILE instead of stdout", "FILE"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &options.folder, "Write every table in every form into DIR",
         "DIR"},
        {NULL}};

static int run(int argc, char **argv, GError **error)
{
        if (argc != 2) {
                fault(error, FAULT_USAGE, "two sweeps are wanted, the earlier one first");
                return -1;
        }
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *home = datafile_home(error);
        g_autoptr(ReportWords) words = home ? report_words_load(home, error) : NULL;
        g_autoptr(Store) store = words ? cli_open_store(STORE_READ, error) : NULL;
        Sweep *before = store ? cli_sweep(store, 1, argv, arena, error) : NULL;
        Sweep *after = before ? cli_sweep(store, 1, argv + 1, arena, error) : NULL;
        g_autoptr(GPtrArray) tables = after ? report_diff(store, before->id, after->id, words, error) : NULL;
        if (!tables)
                return -1;
        ReportHead head = {.title = "diff.title",
                           .lang = options.lang ? options.lang : "en",
                           .sweep = after,
                           .before = before};
        return cli_write_report(tables, &head, words, &options, error) ? EXIT_OK : -1;
}

const Verb verb_diff = {.name = "diff",
                        .summary = "Tell what changed between two sweeps",
                        .operands = "BEFORE AFTER",
                        .description = "Permissions and SDKs that apps gained and lost, apps that came and "
                                       "went. An app is a package name and its "
                                       "signer; in each sweep its newest version over all markets counts. "
                                       "A signing key that was rotated, as the file states, is told apart "
                                       "from a changed signer.",
                        .example = "  overreach diff 2026-08-21 2026-11-21",
                        .options = entries,
                        .run = run};
