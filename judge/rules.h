/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.h - a loaded rule set, as the files of this room share it: ruleset.c fills it, category.c and judge.c read it.
 * Strings live in the arena. */
#ifndef JUDGE_RULES_H
#define JUDGE_RULES_H

#include "judge/judge.h"

typedef struct {
        const char *row, *document, *clause, *strength;
} RuleBasis;

typedef struct {
        const char *key, *name_zh, *name_en;
        int order;                   /* as in categories.jsonl: the Provisions' numbers */
        bool has_column;             /* Annex D speaks of this type */
        RuleBasis column;            /* its row of category_permissions.jsonl */
        GHashTable *marked;          /* permissions marked in its column */
        GHashTable *necessary;       /* data type -> RuleBasis *, Provisions of 2021 */
        GHashTable *older;           /* data type -> RuleBasis *, TC260-PG-20191A of 2019 */
        GHashTable *scenario_groups; /* permission group -> RuleBasis *, T/TAF 067 Annex A */
        GHashTable
                *scenario_permissions; /* permission -> RuleBasis *, clauses that name types; T/TAF 077.2 */
        GPtrArray *words;              /* RuleWord * */
} RuleType;

typedef struct {
        const char *word; /* lower case */
        bool whole;       /* only between word boundaries (Latin script) */
} RuleWord;

typedef struct {
        const char *protection, *group; /* group: TC260's, NULL: none */
        const char *const *data_types;  /* NULL-terminated */
} RulePermission;

typedef struct {
        RuleType *type;
        const char *confidence;
        const char *const *alternatives; /* keys, NULL-terminated */
        int order;
} RuleCategory;

struct RuleSet {
        Arena *arena;
        char id[64];
        GHashTable *types;       /* key -> RuleType * */
        GPtrArray *type_order;   /* RuleType *, the Provisions' order */
        GHashTable *permissions; /* name -> RulePermission * */
        GHashTable *categories;  /* "scheme\tcategory" -> RuleCategory * */
        GHashTable *in_annex;    /* permissions that Annex D has a row for */
        GHashTable *entered;     /* "data_type\tpermission": the user types it in */
        Setting **files;
        size_t n_files;
};

/* "high" 3, "medium" 2, "low" 1, else 0. */
int rules_confidence(const char *word);

#endif
