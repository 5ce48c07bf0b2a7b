/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rulesets.h - which rule sets judged a sweep. */
#ifndef REPORTS_RULESETS_H
#define REPORTS_RULESETS_H

#include "store/store.h"

/* Ids, oldest first: Sweep.rule_sets, or, where a sweep's record names none, the layers found among its vectors (in
 * byte order, for these have no age). Array of char *, free with g_ptr_array_unref; NULL on error. */
GPtrArray *rulesets_of(Store *store, const Sweep *sweep, GError **error);

/* The last of them; *id NULL: never judged. g_free it. False on error. */
bool rulesets_newest(Store *store, const Sweep *sweep, char **id, GError **error);

/* The newest one of `after` that judged `before` too; *id NULL: none did. */
bool rulesets_common(Store *store, const Sweep *before, const Sweep *after, char **id, GError **error);

#endif
