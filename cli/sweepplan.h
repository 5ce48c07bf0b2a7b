/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweepplan.h - what the options and operands of `overreach sweep` ask for. */
#ifndef CLI_SWEEPPLAN_H
#define CLI_SWEEPPLAN_H

#include "cli/cli.h"

#include "analyzer/analyzer.h"
#include "crawler/crawler.h"
#include "judge/judge.h"

typedef struct {
        GPtrArray *markets;
        RuleSet *rules;
        Analyzer *analyzer;
        GArray *digests; /* CrawlDigest */
        CrawlSettings settings;
        bool judge, verify_named, keep_named;
        const char *metadata; /* where the closing record goes, too; NULL: nowhere else */
} Plan;

extern const GOptionEntry sweepplan_options[];

/* Reads options, market files, tables and rules. `plan` is zeroed. */
bool sweepplan_make(Plan *plan, int argc, char **argv, GError **error);
void plan_clear(Plan *plan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

#endif
