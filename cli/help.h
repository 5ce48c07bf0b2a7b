/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help.h - what the option tables say, as help text and as man pages. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

#include <stdio.h>

#define HELP_EXIT_CODES                                                                                      \
        "Exit codes: 0 ok, 1 findings at or above --fail-on, 2 usage, 3 some inputs\n"                       \
        "could not be read, 4 network or market, 5 database or disk, 6 interrupted\n"                        \
        "(the same command resumes)."

const Verb *cli_verb(const char *name);        /* NULL: no such verb */
GOptionContext *cli_context(const Verb *verb); /* free with g_option_context_free */
void help_print_verbs(FILE *out);
void help_print_man(const Verb *verb, FILE *out); /* verb NULL: overreach(1) itself */

#endif
