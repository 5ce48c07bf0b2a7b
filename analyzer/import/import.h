/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import.h - readers of the lists of SDKs that others keep, from a user's own download. Data preparation, not analysis: what
 * they find goes into a Plan. Files are hostile: every count and length is capped, and what was not taken is told. Which
 * entries mean what, with the formats' sources, stands at each reader. Descriptions are never copied. */
#ifndef ANALYZER_IMPORT_IMPORT_H
#define ANALYZER_IMPORT_IMPORT_H

#include "analyzer/import/plan.h"

enum { IMPORT_FILE_LIMIT = 32 << 20, IMPORT_RULES_LIMIT = 200000 };

typedef struct {
        const char *
                name; /* "exodus": of the list, of the file that is written, and of the source its rows state */
        const char *what;    /* what FILE is, for help */
        const char *licence; /* goes beside the rows that are written */
        bool (*read)(Plan *plan, const char *path, GError **error);
} ImportList;

extern const ImportList import_lists[]; /* a NULL name ends it */

bool import_exodus(Plan *plan, const char *path, GError **error);
bool import_libchecker(Plan *plan, const char *path, GError **error); /* a folder, or rules.db */
bool import_izzyondroid(Plan *plan, const char *path, GError **error);

/* A JSON file of `limit` bytes at most; json_free it. */
Json *import_json(const char *path, size_t limit, GError **error);

/* Rows as plan_write() and users write them: for checking a file before it is used. */
bool import_rows(Plan *plan, const char *path, GError **error);

#endif
