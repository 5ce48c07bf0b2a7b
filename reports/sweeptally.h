/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweeptally.h - the counts of one sweep that all questions need, filled by one walk over its vectors. No record of facts is unpacked:
 * observations give version and outcome, listings and findings are read only for the apps a table names.
 *
 * The unit is the app: a package name and its signer (appsplit.h). An app in several markets counts once, by the copy that
 * sweepwalk.h calls newest; only coverage counts each market's copy. Plain data, so that a test can fill one by hand.
 *
 * Beside each number of apps stands the sum of their weights, 1 / probability of being drawn (Horvitz and Thompson, 1952, J. Am.
 * Stat. Assoc. 47:663), for sweeps whose strata were drawn with different probabilities. An app drawn from several markets has
 * the greatest of their probabilities: it has the same permanent random number in all of them. */
#ifndef REPORTS_SWEEPTALLY_H
#define REPORTS_SWEEPTALLY_H

#include "reports/coverage.h"
#include "reports/words.h"

enum { VERDICT_NEEDED, VERDICT_SCENARIO, VERDICT_NOT_ADVISED, VERDICT_UNDECIDED, VERDICTS };
extern const char *const verdict_names[VERDICTS]; /* "needed" ... as in the records */

enum { TIER_MANIFEST, TIER_DEX, TIER_WHOLE, TIERS };
extern const char *const tier_names[TIERS]; /* how much of a file was read */

typedef struct {
        double sum, squares;
} Weights;
void weights_add(Weights *weights, double weight);

typedef struct {
        char *name;
        int64_t apps;
        double weight;
} FactCount;

typedef struct {
        char *name;    /* protection level */
        int64_t names; /* distinct permissions of it that any app declares */
        int64_t apps;  /* apps that declare one of them or more */
        double weight;
} LevelCount;

typedef struct {
        char *company;
        GPtrArray *sdks; /* ids of its SDKs that were seen, sorted (char *) */
        int64_t apps;
        double weight;
} CompanyCount;

typedef struct {
        char *type;               /* key of an app type, "none" for apps without */
        bool has_column;          /* Annex D has a column for it */
        int64_t apps, over;       /* over: with one permission or more that is not advised for the type */
        int64_t cells, undecided; /* app x permission, and those without a verdict */
        Weights weights;          /* of its apps */
        double over_weight;
} TypeCount;

typedef struct {
        char *type, *permission;
        int64_t apps, of; /* apps of the type that declare it, and all apps of the type */
        double weight;
        Weights weights; /* of all apps of the type */
} TypePermission;

typedef struct {
        char *package, *label, *developer, *market, *version, *type, *how, *confidence, *tier;
        GPtrArray *permissions; /* not advised, sorted (char *) */
} OverApp;

typedef struct {
        char *package, *label, *market, *version, *outcome, *detail;
} UnreadApp;

typedef struct {
        char *package;
        GPtrArray *signers, *markets, *versions, *labels; /* of its copies, each once, sorted (char *) */
} LookAlike;                                              /* one of several apps that share a package name */

typedef struct {
        int64_t apps, packages;   /* packages: names; fewer than apps where signers differ */
        int64_t listings;         /* market x package with an observation */
        int64_t artifacts;        /* different files */
        int64_t artifacts_shared; /* those of them that several markets gave */
        int64_t artifacts_known;  /* files that were not fetched because their digest was known */
        int64_t analysed, unanalysable, unfetched, listing_only;
        int64_t tiers[TIERS];  /* of the analysed */
        int64_t with_code;     /* analysed by a tier that reads code */
        int64_t judged, typed; /* of the analysed; of the judged */
        int64_t with_column,
                over; /* typed apps that can be compared with Annex D; those with a permission not advised */
        int64_t cells[VERDICTS], cell_apps[VERDICTS];
        int64_t undecided_no_type; /* cells of apps without a type */
        int64_t with_dangerous, with_sdk, sdk_without_company;
        bool weighted; /* probabilities of being drawn differ, and are known of every analysed app */
        Weights analysed_weights, code_weights, judged_weights, column_weights;
        double dangerous_weight, sdk_weight, typed_weight, column_weight, over_weight;
        GPtrArray *permissions, *sdks; /* FactCount */
        GPtrArray *levels;             /* LevelCount */
        GPtrArray *companies;          /* CompanyCount */
        GPtrArray *types;              /* TypeCount */
        GPtrArray *type_permissions;   /* TypePermission, those not advised */
        GPtrArray *over_apps;          /* OverApp, by package */
        GPtrArray *unread;             /* UnreadApp, by package */
        GPtrArray *lookalikes;         /* LookAlike, by package */
        int64_t lookalike_packages;
        GPtrArray *markets; /* MarketCount, by name */
} Tally;

Tally *sweeptally_new(void);
void sweeptally_free(Tally *tally); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tally, sweeptally_free)

/* New entries to fill; they belong to the tally. */
FactCount *sweeptally_add_permission(Tally *tally, const char *name, int64_t apps);
FactCount *sweeptally_add_sdk(Tally *tally, const char *id, int64_t apps);
LevelCount *sweeptally_add_level(Tally *tally, const char *name);
CompanyCount *sweeptally_add_company(Tally *tally, const char *company);
TypeCount *sweeptally_add_type(Tally *tally, const char *type, bool has_column);
TypePermission *sweeptally_add_type_permission(Tally *tally, const char *type, const char *permission);
OverApp *sweeptally_add_over(Tally *tally, const char *package);
UnreadApp *sweeptally_add_unread(Tally *tally, const char *package);
LookAlike *sweeptally_add_lookalike(Tally *tally, const char *package);
MarketCount *sweeptally_add_market(Tally *tally, const char *market);

/* The walk. rule_set NULL: the sweep was not judged. Everything in the result is sorted, so equal sweeps give equal tallies. */
Tally *sweeptally_count(Store *store, const Sweep *sweep, const char *rule_set, const ReportWords *words,
                        GError **error);

#endif
