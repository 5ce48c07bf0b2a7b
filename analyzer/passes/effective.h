/* SPDX-License-Identifier: GPL-3.0-or-later */
/* effective.h - which permissions a device of one API level takes an app to request: stated limits applied, what the
 * platform adds included (AOSP ParsingPackageUtils: convertCompatPermissions, convertSplitPermissions). */
#ifndef ANALYZER_PASSES_EFFECTIVE_H
#define ANALYZER_PASSES_EFFECTIVE_H

#include "analyzer/pass.h"

/* Fills facts->effective (sorted by name) and effective_level. */
void effective_find(Apk *apk);

/* Is the permission among them? After effective_find. */
bool effective_has(const Facts *facts, const char *permission);

#endif
