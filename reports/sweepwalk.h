/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweepwalk.h - one pass over a sweep, app by app. The markets' observations and vectors lie in the store one market after the
 * other, each by package; the walk reads all markets side by side and merges them, so that an app in many markets comes once, with
 * all its copies, and memory stays flat. */
#ifndef REPORTS_SWEEPWALK_H
#define REPORTS_SWEEPWALK_H

#include "store/store.h"

typedef struct {
        const char *market;
        const Observation *observation;
        Span facts;    /* packed vector; len 0: none */
        Span findings; /* packed vector of the walk's rule set; len 0: not judged */
} Copy;

typedef struct {
        const char *package;
        const Copy *copies; /* by market name */
        size_t n_copies;
        const Copy *
                newest; /* the copy that stands for the app: analysed before unanalysable before unfetched, then the highest
                             * version code, then the first market by name */
} App;

typedef struct SweepWalk SweepWalk;

/* rule_set NULL: no findings are read. The sweep's record is borrowed. */
SweepWalk *sweepwalk_open(Store *store, const Sweep *sweep, const char *rule_set);
void sweepwalk_close(SweepWalk *walk); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SweepWalk, sweepwalk_close)

/* The next app in order of package name; all of it is borrowed until the next call. False at the end and on error. */
bool sweepwalk_next(SweepWalk *walk, const App **app, GError **error);

const Copy *app_newest(const App *app); /* of its copies, by the order above */

/* "analysed", "unfetched": with or without a reason */
bool observation_is(const Observation *observation, const char *outcome);
bool observation_has_code(
        const Observation *observation); /* tier dex or whole: its code was there to be read */
const char *observation_tier(const Observation *observation); /* "whole" where none is stated */
char *observation_version(const Observation *observation);    /* "1.2 (12)", NULL: unknown; g_free it */

/* Markets of a sweep: what it names and what it has results of, sorted, each once; free the array only. */
GPtrArray *sweep_markets(const Sweep *sweep);

/* Sweep `id` out of the store; FAULT_NOT_FOUND. */
Sweep *sweep_read(Store *store, uint32_t id, Arena *arena, GError **error);

#endif
