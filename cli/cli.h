/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli.h - the street door: one file a verb, wiring only. A verb is a row in verbs.def; its option table gives flags, --help and
 * man page. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "core/datafile.h"
#include "core/error.h"
#include "crawler/market.h"
#include "judge/judge.h"
#include "reports/reports.h"
#include "store/store.h"

/* Exit codes, the same for every verb and printed by --help and the man page. */
enum {
        EXIT_OK = 0,
        EXIT_FINDINGS = 1, /* at or above --fail-on */
        EXIT_USAGE = 2,
        EXIT_PARTIAL = 3,    /* some inputs could not be read; the rest is there */
        EXIT_NETWORK = 4,    /* no market could be listed */
        EXIT_DATABASE = 5,   /* database or disk */
        EXIT_INTERRUPTED = 6 /* stopped; the same command resumes */
};

typedef struct {
        const char *name;
        const char *summary;         /* one line, for the list of verbs */
        const char *operands;        /* "MARKET..." */
        const char *description;     /* paragraphs under the usage line */
        const char *example;         /* command lines, one a row, each indented by two blanks */
        const GOptionEntry *options; /* ends with { NULL } */
        bool hidden;
        bool no_store; /* needs no database */
        bool workers;  /* starts worker processes: takes --require-sandbox */
        /* argv holds the operands only; returns an exit code, or -1 with *error set. */
        int (*run)(int argc, char **argv, GError **error);
} Verb;

extern const Verb *const cli_verbs[]; /* NULL ends */

/* ---- options that every verb has ----------------------------------------------------------------------------------- */
typedef struct {
        char *store; /* --store, else $OVERREACH_STORE, else ./overreach-store */
        gboolean json, help;
        gboolean quiet, verbose;
        gboolean require_sandbox; /* verbs with workers: held before run() */
} CliCommon;
extern CliCommon cli_common; /* filled before run() */

Store *cli_open_store(StoreMode mode, GError **error);
/* The one sweep operand: a name, a number or "latest" (argc 0 means latest). */
Sweep *cli_sweep(Store *store, int argc, char **argv, Arena *arena, GError **error);
void cli_print_json(const Json *value); /* to stdout, indented */

/* market_load; what is wrong with a market file is the user's to mend (FAULT_USAGE). */
Market *cli_market(const char *home, const char *name_or_path, GError **error);

/* ---- shared steps (judging.c, keeping.c, writing.c) ------------------------------------------------------------------------------ */

/* Judges a sweep by the rules that are installed, writes findings and their vectors, and tells how many apps were judged
 * and how many have at least one permission not advised for their type. */
typedef struct {
        uint64_t apps, over;
        char rule_set[64];
} JudgeTotals;
bool cli_judge_sweep(Store *store, const Sweep *sweep, JudgeTotals *totals, GError **error);

/* Of the APKs that were kept, those of apps the sweep's newest judgement names stay; the others of this sweep go. */
bool cli_keep_named(Store *store, const char *sweep, GError **error);

/* Outcome -> how many apps of the sweep ended so (GUINT_TO_POINTER); free with g_hash_table_unref. NULL: error. */
GHashTable *cli_count_outcomes(Store *store, uint32_t sweep, GError **error);
Json *cli_outcomes_json(GHashTable *counts);
void cli_print_losses(GHashTable *counts); /* "  lost: digest-mismatch 1, gone 2", a line or nothing */

/* Tables as --format says, to --output or stdout. */
typedef struct {
        char *format; /* text json csv html */
        char *output;
        char *lang;
        char *table;  /* only this one */
        char *folder; /* everything, every format */
} ReportOptions;
bool cli_write_report(const GPtrArray *tables, const ReportHead *head, const ReportWords *words,
                      const ReportOptions *options, GError **error);

#endif
