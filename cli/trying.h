/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trying.h - reads a saved reply of a market as a sweep would, and prints what was read: `overreach markets try`. */
#ifndef CLI_TRYING_H
#define CLI_TRYING_H

#include "cli/cli.h"

typedef struct {
        char *reply; /* file with the body; needed */
        char *verb, *package, *id, *category, *cursor, *content_type, *location;
        int page, status; /* status 0: 200 */
} TryOptions;

/* An exit code: EXIT_PARTIAL when the outcome is neither "ok" nor "empty". -1: *error. */
int try_market(const char *home, const char *name_or_path, const TryOptions *options, GError **error);

#endif
