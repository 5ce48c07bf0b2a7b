/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reports.h - the reading room's door: one walk over a sweep fills every table, every writer prints every table. Reads the
 * store, never writes it. */
#ifndef REPORTS_REPORTS_H
#define REPORTS_REPORTS_H

#include "reports/table.h"
#include "store/store.h"

/* What a report needs to know that is not in the store: names of types, permissions and SDKs. Filled by cli from data/. */
typedef struct ReportWords ReportWords;
ReportWords *report_words_load(const char *data_home, GError **error);
void report_words_free(ReportWords *words); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReportWords, report_words_free)

/* All tables of one sweep. rule_set NULL: the newest one the sweep was judged by. Free with g_ptr_array_unref (Table *). */
GPtrArray *report_tables(Store *store, uint32_t sweep, const char *rule_set, const ReportWords *words, GError **error);

/* Change between two sweeps: what each app gained and lost, and a summary. */
GPtrArray *report_diff(Store *store, uint32_t before, uint32_t after, const ReportWords *words, GError **error);

typedef struct {
        const char *title;  /* key in data/i18n/words.tsv, e.g. "report.title" */
        const char *lang;   /* "en" or "zh" */
        const Sweep *sweep; /* shown at the head; may be NULL */
        const Sweep *before; /* diff: the earlier sweep */
        const char *rule_set;
} ReportHead;

/* Writers: the whole report as one document, g_free it. Names of columns and headings are printed in head->lang, cells as they are. */
char *report_text(const GPtrArray *tables, const ReportHead *head, const ReportWords *words);
char *report_json(const GPtrArray *tables, const ReportHead *head, const ReportWords *words);
char *report_html(const GPtrArray *tables, const ReportHead *head, const ReportWords *words); /* self-contained, no script */
char *report_csv(const Table *table);                                                         /* one table a file */

/* Everything of a sweep as JSON Lines: listings, observations, facts, vectors, findings in key order. canonical leaves
 * out times, attempts and run ids and nothing else. */
bool report_export(Store *store, uint32_t sweep, bool canonical, FILE *out, GError **error);

#endif
