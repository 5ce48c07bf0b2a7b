/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reports.h - the reading room's door: one walk over a sweep fills every table, every writer prints every table. Reads the
 * store, never writes it. */
#ifndef REPORTS_REPORTS_H
#define REPORTS_REPORTS_H

#include "reports/table.h"
#include "store/store.h"

/* What a report needs to know that is not in the store: its own words in English and Chinese (data/i18n/words.tsv) and the
 * names of types, permissions, SDKs and companies. Read-only once loaded. */
typedef struct ReportWords ReportWords;
ReportWords *report_words_load(const char *data_home, GError **error);
void report_words_free(ReportWords *words); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReportWords, report_words_free)

/* All tables of one sweep, in the order of questions.def. rule_set NULL: the newest one the sweep was judged by (the last of
 * Sweep.rule_sets; a sweep that was never judged gets tables without verdicts). Free with g_ptr_array_unref (Table *). */
GPtrArray *report_tables(Store *store, uint32_t sweep, const char *rule_set, const ReportWords *words,
                         GError **error);

/* The rule set that report_tables(rule_set NULL) takes; NULL: never judged. g_free it. */
char *report_rule_set(Store *store, uint32_t sweep, GError **error);

/* Change between two sweeps: a summary, what each app gained and lost, who came and went, findings new and gone under the newest
 * rule set that judged both. */
GPtrArray *report_diff(Store *store, uint32_t before, uint32_t after, const ReportWords *words,
                       GError **error);

typedef struct {
        const char *title;   /* key in words.tsv: "report.title", "diff.title" */
        const char *lang;    /* "en" or "zh"; anything else reads as "en" */
        const Sweep *sweep;  /* shown at the head; may be NULL */
        const Sweep *before; /* diff: the earlier sweep */
        const char *rule_set;
} ReportHead;

/* Writers: the whole report as one document, g_free it. Headings and names are printed in head->lang. The same tables and head
 * give the same bytes. */
char *report_text(const GPtrArray *tables, const ReportHead *head, const ReportWords *words);
/* {sweep..., tables: []} */
char *report_json(const GPtrArray *tables, const ReportHead *head, const ReportWords *words);
/* self-contained, no script */
char *report_html(const GPtrArray *tables, const ReportHead *head, const ReportWords *words);
/* one table a file: ids, no names; opens in a spreadsheet without running anything */
char *report_csv(const Table *table);

/* Everything of a sweep as JSON Lines, table after table (sweep, listings, frames, artifacts, observations, vectors, findings),
 * each in key order: {"table":..., key parts..., "record":...}. Artifacts are those the sweep's observations name, each once; listings
 * are those of the sweep's markets as the sweep left them; findings are of all rule sets present. canonical leaves out times,
 * attempts and run ids and nothing else, so that two runs of the same sweep give the same bytes. */
bool report_export(Store *store, uint32_t sweep, bool canonical, FILE *out, GError **error);

#endif
