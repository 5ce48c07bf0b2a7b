/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain: what scan finds, in sentences and columns. */
#include "cli/cli.h"

#include "cli/explaining.h"
#include "cli/reading.h"

static ReadingOptions reading;
static gboolean full;

static const GOptionEntry entries[] = {
        READING_OPTIONS(reading),
        {"full", 0, 0, G_OPTION_ARG_NONE, &full, "Every row, not the first few of each section", NULL},
        {NULL}};

static char *as_text(const Facts *facts, const char *path)
{
        return explain_text(facts, path, full);
}

static int run(int argc, char **argv, GError **error)
{
        return reading_run("explain", argc, argv, &reading, as_text, error);
}

const Verb verb_explain = {.name = "explain",
                           .summary = "Tell what app files can do and whose code does it, for people",
                           .operands = "FILE|DIR...",
                           .description = "The same facts as scan prints, as text: personal data the code "
                                          "can take and whose code that is,\n"
                                          "what is reachable from start-up with no consent check found on "
                                          "the path, whose code uses the\n"
                                          "permissions, SDKs, hosts, settings, and what could not be seen. "
                                          "What a row means and how it is\n"
                                          "found is in docs/analysis.md.",
                           .example = "  overreach explain app.apk",
                           .options = entries,
                           .no_store = true,
                           .workers = true,
                           .run = run};
