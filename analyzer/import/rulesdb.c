/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/import/rulesdb.h"

#include <sqlite3.h>

enum { VALUE_LIMIT = 4096, SQL_LIMIT = 4096, STEPS_AT_ONCE = 10000, STEPS = 5000 };

static int count_steps(void *left)
{
        return --*(unsigned *)left == 0; /* not 0: stop */
}

/* A schema may hold what runs when a table is read: nothing of the kind is wanted. */
static void harden(sqlite3 *db, unsigned *steps)
{
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
        sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, SQL_LIMIT);
        sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_progress_handler(db, STEPS_AT_ONCE, count_steps, steps);
}

static bool open_db(const char *path, sqlite3 **db, GError **error)
{
        g_autofree char *escaped = g_uri_escape_string(path, "/", TRUE);
        g_autofree char *uri = g_strdup_printf("file:%s?immutable=1", escaped);
        int result = sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
        bool absent = result != SQLITE_OK && !g_file_test(path, G_FILE_TEST_EXISTS);
        return result == SQLITE_OK ||
               fault(error, absent ? FAULT_NOT_FOUND : FAULT_IO, "%s: %s", path, sqlite3_errstr(result));
}

static const char *text_at(sqlite3_stmt *rows, int column)
{
        const char *text = (const char *)sqlite3_column_text(rows, column);
        bool usable = text && strlen(text) <= VALUE_LIMIT && g_utf8_validate(text, -1, NULL);
        return usable ? text : "";
}

static bool read_rows(sqlite3 *db, const char *path, unsigned limit, void (*each)(const RulesdbRow *, void *),
                      void *context, GError **error)
{
        sqlite3_stmt *rows = NULL;
        int result = sqlite3_prepare_v2(
                db, "SELECT name, label, type, isRegexRule FROM rules_table ORDER BY rowid", -1, &rows, NULL);
        unsigned n = 0;
        while (result == SQLITE_OK || result == SQLITE_ROW) {
                result = sqlite3_step(rows);
                if (result != SQLITE_ROW || n++ >= limit)
                        break;
                RulesdbRow row = {.name = text_at(rows, 0),
                                  .label = text_at(rows, 1),
                                  .type = sqlite3_column_int(rows, 2),
                                  .regex = sqlite3_column_int(rows, 3) != 0};
                each(&row, context);
        }
        g_autofree char *said = g_strdup(sqlite3_errmsg(db));
        sqlite3_finalize(rows);
        if (n > limit)
                return fault(error, FAULT_LIMIT, "%s: over %u rules", path, limit);
        return result == SQLITE_DONE ||
               fault(error, FAULT_MALFORMED, "%s: no table of rules can be read: %s", path, said);
}

bool rulesdb_read(const char *path, unsigned limit, void (*each)(const RulesdbRow *row, void *context),
                  void *context, GError **error)
{
        sqlite3 *db = NULL;
        unsigned steps = STEPS;
        bool read = open_db(path, &db, error);
        if (read) {
                harden(db, &steps);
                read = read_rows(db, path, limit, each, context, error);
        }
        sqlite3_close(db);
        return read;
}
