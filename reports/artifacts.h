/* SPDX-License-Identifier: GPL-3.0-or-later */
/* artifacts.h - the facts of an artifact that a sweep names. */
#ifndef REPORTS_ARTIFACTS_H
#define REPORTS_ARTIFACTS_H

#include "store/store.h"

/* The packed Facts under these passes (NULL: any); where there are none, those of the last passes that are there. *found (NULL:
 * not wanted) gets the passes they are under, to g_free. FAULT_NOT_FOUND: none at all. Free with g_bytes_unref. */
GBytes *artifact_facts(Store *store, const char *artifact, const char *passes, char **found, GError **error);

#endif
