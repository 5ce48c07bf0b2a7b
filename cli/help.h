/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help.h - what the option tables say, as help text of 80 columns and as man pages. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

#include <stdio.h>

const Verb *cli_verb(const char *name);         /* NULL: no such verb */
extern const GOptionEntry cli_common_options[]; /* those of every verb */
void help_print_verbs(FILE *out);
void help_print_verb(const Verb *verb, FILE *out);
void help_print_man(const Verb *verb, FILE *out); /* verb NULL: overreach(1) itself */
/* " Did you mean ...?" for a word that is close to one or more of them; nothing is close: nothing. */
void help_suggest_verb(const char *word, FILE *out);
void help_suggest_option(const Verb *verb, const char *word, FILE *out);

#endif
