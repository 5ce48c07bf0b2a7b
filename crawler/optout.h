/* SPDX-License-Identifier: GPL-3.0-or-later */
/* optout.h - apps whose operators asked to be left alone: never fetched, counted as opted out. */
#ifndef CRAWLER_OPTOUT_H
#define CRAWLER_OPTOUT_H

#include "core/error.h"

typedef struct OptOut OptOut;

/* A line is "package" or "market/package"; '#' starts a comment. path NULL: an empty list. */
OptOut *optout_load(const char *path, GError **error);
void optout_free(OptOut *list); /* NULL is fine */
bool optout_has(const OptOut *list, const char *market, const char *package);

#endif
