/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.h - what reports say, in English and Chinese, and what things are called. Everything returned is borrowed from the
 * words. */
#ifndef REPORTS_WORDS_H
#define REPORTS_WORDS_H

#include "reports/reports.h"

/* The text of a key in words.tsv; NULL: there is none. */
const char *words_find(const ReportWords *words, const char *key, const char *lang);
/* the key itself when there is none */
const char *words_say(const ReportWords *words, const char *key, const char *lang);
/* "room.key" */
const char *words_say_part(const ReportWords *words, const char *room, const char *key, const char *lang);

/* A sentence with {n}, {of} and {text} filled in, numbers with thousands separators; "<key>.one" is taken for n = 1 where it
 * exists. g_free it. */
char *words_fill(const ReportWords *words, const char *key, const char *lang, int64_t n, int64_t of,
                 const char *text);

/* What a thing is called: names "type", "sdk", "company" come from the data files, any other ("verdict", "protection" ...) from
 * words.tsv as "<names>.<id>". NULL: it has no name but its id. */
const char *words_name(const ReportWords *words, const char *names, const char *id, const char *lang);

/* "unlisted": not in permissions.jsonl */
const char *words_protection(const ReportWords *words, const char *permission);
bool words_type_has_column(const ReportWords *words, const char *type); /* has Annex D a column for it? */

typedef struct {
        char *id, *name, *name_zh;
        char *company;     /* id of the company at the root of its vendor; NULL: unknown */
        char **categories; /* NULL-terminated, sorted */
} SdkWords;

typedef struct {
        char *id, *name, *name_zh;
        char *root;    /* id of the company at the top; its own id when it stands alone */
        char *country; /* ISO 3166 alpha-2 or NULL */
} CompanyWords;

const SdkWords *words_sdk(const ReportWords *words, const char *id);         /* NULL: unknown */
const CompanyWords *words_company(const ReportWords *words, const char *id); /* NULL: unknown */

#endif
