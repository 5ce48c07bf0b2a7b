/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan.h - what a list of SDKs that somebody else keeps would add to ours. Readers of such lists (import.h) say what theirs
 * holds, piece by piece; the plan says of each whether it is new, known, or not to be had and why, and writes what is new
 * as rows that sdkset_load() reads on top of the shipped ones.
 *
 * Not taken: what is no Java name; prefixes of three bytes or fewer; what data/sdks/refused.tsv names; prefixes that belong
 * to another SDK here, or that would cover another SDK's prefixes or a company's apps; names and hosts that another SDK has. */
#ifndef ANALYZER_IMPORT_PLAN_H
#define ANALYZER_IMPORT_PLAN_H

#include "analyzer/tables/sdkset.h"

#include "core/json.h"

enum { PLAN_TEXT_LIMIT = 512, PLAN_SDKS_LIMIT = 20000 };

typedef struct Plan Plan;
typedef struct PlanSdk PlanSdk; /* one SDK of the list: one of ours, or a new one */

typedef enum {
        PLAN_CODE,
        PLAN_SEGMENT,
        PLAN_COMPONENT,
        PLAN_METADATA,
        PLAN_ACTION,
        PLAN_NATIVE,
        PLAN_HOST,
        PLAN_KINDS
} PlanKind;
const char *plan_kind_name(PlanKind kind); /* the key in our rows: "code", "segments" ... */

/* `source` names the list ("exodus"); the set, borrowed, says what is there already. */
Plan *plan_new(const SdkSet *set, const char *source);
void plan_free(Plan *plan); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* What we have: by id; the SDK this very prefix belongs to; the one that lists this name. NULL: none, or several. */
const Sdk *plan_ours(const Plan *plan, const char *id);
const Sdk *plan_prefix_owner(const Plan *plan, const char *prefix);
const Sdk *plan_name_owner(const Plan *plan, PlanKind kind, const char *name);

/* The SDK that an entry of the list means. `key` names the entry within the list ("exodus:119", "libchecker") and becomes
 * its source; ours is the one that states this very source, else the one `anchor` belongs to (may be NULL), else the one of
 * the same name. NULL: a name that cannot be used, or over PLAN_SDKS_LIMIT; told as not taken. */
PlanSdk *plan_sdk(Plan *plan, const char *key, const char *name, const Sdk *anchor);
bool plan_is_new(const PlanSdk *sdk);
void plan_category(PlanSdk *sdk, const char *category);       /* one of ours; only new SDKs keep it */
void plan_website(Plan *plan, PlanSdk *sdk, const char *url); /* the same; http and https only */

/* One piece. `text` is what the list says, for kinds with '*' already so. True: new. */
bool plan_add(Plan *plan, PlanSdk *sdk, PlanKind kind, const char *text);

/* What a reader could not make sense of; `where` may be NULL. */
void plan_refuse(Plan *plan, const char *where, const char *text, const char *why);

typedef struct {
        const char *where; /* "exodus:119 Umeng"; "" when the list's entry has no name */
        const char *text, *why;
} PlanRefusal;

typedef struct {
        unsigned sdks, new_sdks; /* that something is added to; of these, not ours before */
        unsigned added[PLAN_KINDS];
        unsigned known; /* pieces that are there already */
        size_t n_refused;
        const PlanRefusal *const *refused; /* in the list's order */
} PlanTotals;
PlanTotals plan_totals(const Plan *plan);

/* The SDKs something is added to, as rows of ours, sorted by id. json_free it. */
Json *plan_rows(const Plan *plan);

/* Writes the rows to `folder`/sdks/<source>.jsonl (folders are made, the file is replaced whole) and `notice` beside it as
 * <source>.NOTICE. Without anything to add, an older file goes. */
bool plan_write(const Plan *plan, const char *folder, const char *notice, GError **error);

#endif
