/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdkset_build.h - an SdkSet out of two texts, by way of a folder that is gone afterwards. */
#ifndef TESTS_SUPPORT_SDKSET_BUILD_H
#define TESTS_SUPPORT_SDKSET_BUILD_H

#include "analyzer/tables/sdkset.h"

#include <glib/gstdio.h>

static inline SdkSet *sdkset_of(const char *sdks, const char *provenance, GError **error)
{
        g_autofree char *home = g_dir_make_tmp("sdkset-XXXXXX", error);
        if (!home)
                return NULL;
        g_autofree char *folder = g_build_filename(home, "sdks", NULL);
        g_autofree char *first = g_build_filename(folder, "sdks.jsonl", NULL);
        g_autofree char *second = g_build_filename(folder, "provenance.jsonl", NULL);
        SdkSet *set = NULL;
        if (g_mkdir(folder, 0700) == 0 && g_file_set_contents(first, sdks, -1, error) &&
            g_file_set_contents(second, provenance, -1, error))
                set = sdkset_load(home, error);
        g_unlink(first);
        g_unlink(second);
        g_rmdir(folder);
        g_rmdir(home);
        return set;
}

#endif
