/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explaining.h - the facts of one app in sentences and columns, for people. */
#ifndef CLI_EXPLAINING_H
#define CLI_EXPLAINING_H

#include "core/record.h"

/* The whole text, ending in a newline, fit for a terminal; `full`: every row, else the first few of each section and how many
 * more there are. g_free it. */
char *explain_text(const Facts *facts, const char *path, bool full);

#endif
