/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweeptally.h - the counts of one sweep that all questions need, filled by one walk over its vectors. No record of facts is unpacked:
 * observations give version and outcome, listings and findings are read only for the apps a table names.
 *
 * The unit is the app, a package name. An app in several markets counts once, by the copy that sweepwalk.h calls newest; only
 * coverage counts each market's copy. Plain data, so that a test can fill one by hand. */
#ifndef REPORTS_SWEEPTALLY_H
#define REPORTS_SWEEPTALLY_H

#include "reports/words.h"

enum { VERDICT_NEEDED, VERDICT_SCENARIO, VERDICT_NOT_ADVISED, VERDICT_UNDECIDED, VERDICTS };
extern const char *const verdict_names[VERDICTS]; /* "needed" ... as in the records */

typedef struct {
        char *name;
        int64_t apps;
} NameCount;

typedef struct {
        char *name;    /* protection level */
        int64_t names; /* distinct permissions of it that any app declares */
        int64_t apps;  /* apps that declare one of them or more */
} LevelCount;

typedef struct {
        char *company;
        GPtrArray *sdks; /* ids of its SDKs that were seen, sorted (char *) */
        int64_t apps;
} CompanyCount;

typedef struct {
        char *type;               /* key of an app type, "none" for apps without */
        bool has_column;          /* Annex D has a column for it */
        int64_t apps, over;       /* over: with one permission or more that is not advised for the type */
        int64_t cells, undecided; /* app x permission, and those without a verdict */
} TypeCount;

typedef struct {
        char *type, *permission;
        int64_t apps, of; /* apps of the type that declare it, and all apps of the type */
} TypePermission;

typedef struct {
        char *package, *label, *developer, *market, *version, *type, *how, *confidence;
        GPtrArray *permissions; /* not advised, sorted (char *) */
} OverApp;

typedef struct {
        char *package, *label, *market, *version, *outcome, *detail;
} UnreadApp;

typedef struct {
        char *market, *outcome, *detail; /* how its index went; outcome NULL: no word of it */
        int64_t listed, selected;        /* -1: unknown */
        int64_t seen, fetched, analysed; /* observations; with an APK in hand; read to the end */
        GPtrArray *losses;               /* NameCount by outcome, sorted by name */
} MarketCount;

typedef struct {
        int64_t apps, listings, artifacts; /* listings: market x package with an observation */
        int64_t analysed, unanalysable, unfetched;
        int64_t judged, typed; /* of the analysed; of the judged */
        int64_t with_column,
                over; /* typed apps that can be compared with Annex D; those with a permission not advised */
        int64_t cells[VERDICTS], cell_apps[VERDICTS];
        int64_t undecided_no_type; /* cells of apps without a type */
        int64_t with_dangerous, with_sdk, sdk_without_company;
        GPtrArray *permissions, *sdks; /* NameCount */
        GPtrArray *levels;             /* LevelCount */
        GPtrArray *companies;          /* CompanyCount */
        GPtrArray *types;              /* TypeCount */
        GPtrArray *type_permissions;   /* TypePermission, those not advised */
        GPtrArray *over_apps;          /* OverApp, by package */
        GPtrArray *unread;             /* UnreadApp, by package */
        GPtrArray *markets;            /* MarketCount, by name */
} Tally;

Tally *sweeptally_new(void);
void sweeptally_free(Tally *tally); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tally, sweeptally_free)

/* New entries to fill; they belong to the tally. */
NameCount *sweeptally_add_permission(Tally *tally, const char *name, int64_t apps);
NameCount *sweeptally_add_sdk(Tally *tally, const char *id, int64_t apps);
LevelCount *sweeptally_add_level(Tally *tally, const char *name);
CompanyCount *sweeptally_add_company(Tally *tally, const char *company);
TypeCount *sweeptally_add_type(Tally *tally, const char *type, bool has_column);
TypePermission *sweeptally_add_type_permission(Tally *tally, const char *type, const char *permission);
OverApp *sweeptally_add_over(Tally *tally, const char *package);
UnreadApp *sweeptally_add_unread(Tally *tally, const char *package);
MarketCount *sweeptally_add_market(Tally *tally, const char *market);
void market_add_loss(MarketCount *market, const char *outcome); /* one more */

/* The walk. rule_set NULL: the sweep was not judged. Everything in the result is sorted, so equal sweeps give equal tallies. */
Tally *sweeptally_count(Store *store, const Sweep *sweep, const char *rule_set, const ReportWords *words,
                        GError **error);

#endif
