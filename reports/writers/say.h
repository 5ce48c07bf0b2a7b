/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.h - how a report speaks, whatever it is written in: the finding in one sentence, names for ids, percentages. */
#ifndef REPORTS_WRITERS_SAY_H
#define REPORTS_WRITERS_SAY_H

#include "reports/words.h"

typedef struct {
        const ReportHead *head;
        const ReportWords *words;
        const char *lang; /* "en" or "zh" */
} Speech;

Speech speech_of(const ReportHead *head, const ReportWords *words);

/* The report's title as a finding, out of its first table ("3 of 9 apps ask for ..."); where the tables hold none, what
 * head->title says. g_free it, like all char * here. */
char *say_headline(const Speech *speech, const GPtrArray *tables);

char *say_title(const Speech *speech); /* "Change between sweeps a and b", "Report on sweep b" */
char *say_period(const Sweep *sweep);  /* "2026-11-21T20:04:05Z", NULL: unknown */
const char *say_table(const Speech *speech, const Table *table);
const char *say_column(const Speech *speech, const Column *column);
const char *say_item(const Speech *speech, const Column *column, const char *id); /* the name, else the id */
GPtrArray *say_notes(const Speech *speech, const Table *table); /* char *: the fixed footnote, then others */
char *say_percent(double share);                                /* "33.3 %" */
char *say_interval(const Cell *share);                          /* "12.1-64.6 %" */

#endif
