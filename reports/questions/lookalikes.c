/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which apps go by one package name and are not the same app, since their signers differ? */
#include "reports/question.h"

enum { SHORT = 16 }; /* digits of a digest, as people compare them */

enum { PACKAGE, SIGNERS, MARKETS, VERSIONS, LABELS };
static const Column columns[] = {{"package", CELL_TEXT, NULL},
                                 {"signers", CELL_LIST, NULL},
                                 {"markets", CELL_LIST, NULL},
                                 {"versions", CELL_LIST, NULL},
                                 {"labels", CELL_LIST, NULL}};

static Cell short_digests(const GPtrArray *digests)
{
        g_autoptr(GPtrArray) some = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < digests->len; i++)
                g_ptr_array_add(some, g_strndup(digests->pdata[i], SHORT));
        return cell_list_of(some);
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->lookalikes->len; i++) {
                const LookAlike *a = t->lookalikes->pdata[i];
                Cell *row = table_row(table);
                row[PACKAGE] = cell_text(a->package);
                row[SIGNERS] = short_digests(a->signers);
                row[MARKETS] = cell_list_of(a->markets);
                row[VERSIONS] = cell_list_of(a->versions);
                row[LABELS] = cell_list_of(a->labels);
        }
}

const Question question_lookalikes = {"lookalikes", columns, G_N_ELEMENTS(columns), fill, false, false};
