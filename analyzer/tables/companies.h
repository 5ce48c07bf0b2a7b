/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companies.h - which company an application id or an SDK's vendor belongs to, by the root that owns it, and which places
 * in package names strangers share: data/sdks/companies.jsonl and shared_places.tsv. Read-only once loaded. */
#ifndef ANALYZER_TABLES_COMPANIES_H
#define ANALYZER_TABLES_COMPANIES_H

#include "core/digest.h"
#include "core/error.h"
#include "core/span.h"

typedef struct Companies Companies;

/* Reads `data_home`/sdks/companies.jsonl and shared_places.tsv and adds their digests to `sha`. NULL on failure, naming
 * file and line. */
Companies *companies_load(const char *data_home, Sha256 *sha, GError **error);
void companies_free(Companies *companies); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Companies, companies_free)

/* The root owner of a company by its id ("acfun" gives "kuaishou"): NULL when the id is unknown. Equal roots are equal
 * pointers; they live as long as the table. */
const char *companies_root(const Companies *companies, const char *id);

/* The root owner of the app with this application id: the longest of the companies' prefixes that ends at '.' or at its
 * end and is no place that strangers share. NULL: nobody's that we know. Anybody may choose an id, so this tells what an app says of itself. */
const char *companies_root_of_app(const Companies *companies, const char *application_id);

/* The application id prefix that equals this package or lies under it, of a company that does not belong to `root` (NULL:
 * of any company); the first by text, NULL: none. */
const char *companies_app_under(const Companies *companies, Span package, const char *root);

/* Whether these first labels of a package ("com.github", "uk.co") are a place where strangers live side by side: a code
 * host, a builder kit, a country's second level. */
bool companies_share_place(const Companies *companies, Span labels);

#endif
