/* SPDX-License-Identifier: GPL-3.0-or-later */
/* set.h - the parts of a container put together to one app; app.c alone asks. */
#ifndef ANALYZER_APK_SET_H
#define ANALYZER_APK_SET_H

#include "analyzer/apk/app.h"

/* Opens every part that is to be read and lists them all in app->parts. A part that cannot be opened is kept for
 * app_check. False with no-base when there is none to try. */
bool set_list(App *app, const Parts *parts, const char **why, GError **error);

/* Reads the parts' manifests, gives each its role, and merges. Reasons: app_manifest. */
bool set_assemble(App *app, const char **why, GError **error);

/* Keeps the first failure for app_check, under "part-" and the reason; the part's record says what it was. */
void set_fail(App *app, const AppApk *apk, const char *why, GError *take_error);

#endif
