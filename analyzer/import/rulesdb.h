/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rulesdb.h - rules.db of LibChecker-Rules-Bundle: an SQLite file with the table rules_table(name, label, type,
 * isRegexRule ...). */
#ifndef ANALYZER_IMPORT_RULESDB_H
#define ANALYZER_IMPORT_RULESDB_H

#include "core/error.h"

typedef struct {
        const char *name, *label; /* valid UTF-8, while the call lasts */
        int type; /* 0 native 1 service 2 activity 3 receiver 4 provider 5 dex 6 static 7 permission 8 metadata 9 action */
        bool regex; /* name is a Java regex */
} RulesdbRow;

/* Calls `each` for every row, in the order of the table. The file is opened read-only, never changed, and the look is
 * given up when it takes too long. False with error, naming the path. */
bool rulesdb_read(const char *path, unsigned limit, void (*each)(const RulesdbRow *row, void *context),
                  void *context, GError **error);

#endif
