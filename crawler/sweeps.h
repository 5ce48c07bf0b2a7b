/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweeps.h - which sweep a call is about: a new one, or the one that was cut off. What must be equal for a resume is
 * written down in the sweep record before anything is fetched. */
#ifndef CRAWLER_SWEEPS_H
#define CRAWLER_SWEEPS_H

#include "crawler/run.h"

/* Fills run->sweep (new or found) and result->sweep, name, resumed; sets result->finished when the named sweep is complete
 * already. A new one is durable on return, with one index errand per market. FAULT_USAGE: a sweep of that name was made
 * with other settings. */
bool sweep_begin(Run *run, GError **error);

#endif
