/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.h - the bench: facts and listing against a rule set give findings. Pure: no clock, no database, no network. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "core/record.h"

typedef struct RuleSet RuleSet; /* read-only once loaded; any thread may ask */

/* Reads data/categories, data/permissions and data/rules below data_home. */
RuleSet *ruleset_load(const char *data_home, GError **error);
void ruleset_free(RuleSet *rules); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RuleSet, ruleset_free)

/* "necessity.1-<first 12 hex of the digest of all rule data>": other data, other id; findings are kept per id. */
const char *ruleset_id(const RuleSet *rules);

/* Digests of the data files behind the id, as (file below data_home, SHA-256) pairs; borrowed. */
size_t ruleset_files(const RuleSet *rules, const Setting *const **files);

typedef struct {
        const char *key; /* one of the 39 types ("map_navigation"), NULL: none could be assigned */
        const char *name_zh, *name_en;
        const char *how;        /* "category:<market's category>", "keyword:<word>" or "none"; in the arena */
        const char *confidence; /* high medium low */
        const char *const *alternatives; /* NULL-terminated type keys, most likely first; in the arena */
} AppType;

/* The app type of a listing: the market's categories by data/categories/store_categories.tsv (rows of `scheme`, the market
 * file's `categories:` word), then keywords in the label; the better confidence wins. facts may be NULL. */
AppType judge_app_type(const RuleSet *rules, const char *scheme, const Listing *listing, const Facts *facts,
                       Arena *arena);

/* One finding per distinct declared permission (android: the manifest's own list), each with its bases. An app without type
 * gets `undecided` throughout. */
Findings *judge_app(const RuleSet *rules, const char *scheme, const Listing *listing, const Facts *facts,
                    Arena *arena);

#endif
