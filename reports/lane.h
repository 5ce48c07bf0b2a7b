/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lane.h - one table of one market, read row by row in order of package name, so that several can be walked side by side. */
#ifndef REPORTS_LANE_H
#define REPORTS_LANE_H

#include "store/store.h"

typedef struct {
        StoreWalk *walk; /* NULL: at the end */
        GString *package;
        Span value;    /* of the row it stands at; borrowed until the next step */
        bool standing; /* at a row */
} Lane;

/* In front of the first row; close it in any case. A zeroed Lane is one without rows. */
void lane_open(Lane *lane, Store *store, StoreTable table, const StoreKey *prefix);
void lane_close(Lane *lane);

/* Steps to the next row; `standing` tells whether there is one. `market` is for the error's words. */
bool lane_step(Lane *lane, const char *market, GError **error);

/* Steps until the lane stands at `package` or behind it; the value there, or nothing. */
bool lane_reach(Lane *lane, const char *market, const char *package, Span *value, GError **error);

#endif
