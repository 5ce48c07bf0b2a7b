/* SPDX-License-Identifier: GPL-3.0-or-later */
/* importing.h - the parts of "sdks" that change or check tables: other people's lists, and a user's own files. */
#ifndef CLI_IMPORTING_H
#define CLI_IMPORTING_H

#include "core/error.h"

/* Reads another project's list, writes what is new to `out` (NULL: the user's data folder) and prints what was taken, what
 * was known and what was not taken. An exit code, or -1 with *error set. */
int sdks_import(const char *home, const char *list, const char *path, const char *out, GError **error);

/* Checks the shipped tables and the user's files on top of them, or only `path`: a file of rows. */
int sdks_check(const char *home, const char *path, GError **error);

char *sdks_list_names(void); /* "exodus, libchecker, izzyondroid"; g_free it */

#endif
