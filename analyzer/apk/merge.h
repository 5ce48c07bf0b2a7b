/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge.h - one manifest of the base's and its splits', as Android's package parser makes it: of a split nothing but what
 * stands in <application> counts (AOSP, ParsingPackageUtils.parseSplitApk). */
#ifndef ANALYZER_APK_MERGE_H
#define ANALYZER_APK_MERGE_H

#include "analyzer/apk/app.h"

/* app->manifest: the base's, then components and meta-data of the features that it does not state itself. Notes
 * split-permission-ignored for permissions that only a split states, and does merge_check_splits. */
void merge_manifests(App *app);

/* Notes split-required with the split types that the base or a feature demands and no part brings. */
void merge_check_splits(App *app);

#endif
