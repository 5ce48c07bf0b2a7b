/* SPDX-License-Identifier: GPL-3.0-or-later */
/* named.h - the apps that a table names one by one: what is read from listings and findings for these alone, so that a walk over
 * a million apps unpacks few records. */
#ifndef REPORTS_NAMED_H
#define REPORTS_NAMED_H

#include "reports/appsplit.h"
#include "reports/sweeptally.h"

typedef struct {
        Store *store;
        const Sweep *sweep;
        const char *rule_set; /* NULL: not judged */
} NamedAt;

/* What the market says of the app's newest copy: label where the observation has none, and the developer's name (NULL: not
 * wanted). To g_free; NULL: not known. */
bool named_listing(NamedAt at, const App *app, char **label, char **developer, GError **error);

bool named_findings(NamedAt at, const App *app, OverApp *over,
                    GError **error);                                         /* how its type was assigned */
bool named_unread(NamedAt at, Tally *tally, const App *app, GError **error); /* one UnreadApp more */
bool named_lookalike(NamedAt at, Tally *tally, const Identity *identity,
                     GError **error); /* one LookAlike more */

#endif
