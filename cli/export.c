/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>

static gboolean canonical;
static char *output;

static const GOptionEntry entries[] = {
        {"canonical", 'c', 0, G_OPTION_ARG_NONE, &canonical,
         "Leave out times, attempt counts and run ids, and nothing else", NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Write to FILE instead of stdout", "FILE"},
        {NULL}};

static int run(int argc, char **argv, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Store) store = cli_open_store(STORE_READ, error);
        Sweep *sweep = store ? cli_sweep(store, argc, argv, arena, error) : NULL;
        if (!sweep)
                return -1;
        FILE *out = output ? fopen(output, "we") : stdout;
        if (!out) {
                fault_errno(error, FAULT_IO, errno, "%s", output);
                return -1;
        }
        bool ok = report_export(store, sweep->id, canonical, out, error);
        if (output && fclose(out) != 0 && ok)
                ok = fault_errno(error, FAULT_IO, errno, "%s", output);
        return ok ? EXIT_OK : -1;
}

const Verb verb_export = {
        .name = "export",
        .summary = "Write everything a sweep knows as JSON Lines",
        .operands = "[SWEEP]",
        .description =
                "One object a line: the sweep, its listings, observations, facts, fact ids and findings, in "
                "key\n"
                "order. With --canonical two sweeps of the same markets by the same program and data are\n"
                "equal byte for byte, however often either was interrupted.",
        .example = "  overreach export --canonical latest | sha256sum",
        .options = entries,
        .run = run};
