/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdkset_build.h - an SdkSet out of a few texts, by way of a folder that is gone afterwards. */
#ifndef TESTS_SUPPORT_SDKSET_BUILD_H
#define TESTS_SUPPORT_SDKSET_BUILD_H

#include "analyzer/tables/sdkset.h"

#include <glib/gstdio.h>

/* The files under sdks/ that a set is made of; NULL: one that holds nothing but what it must. */
typedef struct {
        const char *sdks, *provenance, *companies, *places, *files, *strings, *settings, *namespaces,
                *refused;
        const char
                *user; /* one file of the user's own, sdks/user.jsonl of another home; NULL: no such home */
} SdkTexts;

static inline bool sdkset_write(const char *home, const char *const (*files)[2], size_t n, GError **error)
{
        g_autofree char *folder = g_build_filename(home, "sdks", NULL);
        bool written = g_mkdir(folder, 0700) == 0;
        for (size_t i = 0; i < n; i++) {
                g_autofree char *path = g_build_filename(folder, files[i][0], NULL);
                written = written && g_file_set_contents(path, files[i][1], -1, error);
        }
        return written;
}

static inline void sdkset_remove(const char *home, const char *const (*files)[2], size_t n)
{
        g_autofree char *folder = g_build_filename(home, "sdks", NULL);
        for (size_t i = 0; i < n; i++) {
                g_autofree char *path = g_build_filename(folder, files[i][0], NULL);
                g_unlink(path);
        }
        g_rmdir(folder);
        g_rmdir(home);
}

static inline SdkSet *sdkset_of_texts(const SdkTexts *texts, GError **error)
{
        const char *const files[][2] = {
                {"sdks.jsonl", texts->sdks ? texts->sdks : ""},
                {"provenance.jsonl", texts->provenance ? texts->provenance : ""},
                {"companies.jsonl", texts->companies ? texts->companies : ""},
                {"shared_places.tsv", texts->places ? texts->places : "place\twhy\n"},
                {"files.tsv", texts->files ? texts->files : "pattern\tsdk\tversion\tsource\n"},
                {"strings.tsv", texts->strings ? texts->strings : "prefix\tsdk\tsource\n"},
                {"settings.tsv", texts->settings ? texts->settings : "key\tsdk\tmeaning\tsource\n"},
                {"namespaces.tsv", texts->namespaces ? texts->namespaces : "host\twhy\tsource\n"},
                {"refused.tsv", texts->refused ? texts->refused : "kind\ttext\twhy\tsource\n"},
        };
        const char *const own[][2] = {{"user.jsonl", texts->user}};
        g_autofree char *home = g_dir_make_tmp("sdkset-XXXXXX", error);
        g_autofree char *user = home && texts->user ? g_dir_make_tmp("sdkset-user-XXXXXX", error) : NULL;
        if (!home || (texts->user && !user))
                return NULL;
        SdkSet *set = NULL;
        if (sdkset_write(home, files, G_N_ELEMENTS(files), error) &&
            (!user || sdkset_write(user, own, 1, error)))
                set = sdkset_load(home, user, error);
        sdkset_remove(home, files, G_N_ELEMENTS(files));
        if (user)
                sdkset_remove(user, own, 1);
        return set;
}

static inline SdkSet *sdkset_of(const char *sdks, const char *provenance, GError **error)
{
        return sdkset_of_texts(&(SdkTexts){.sdks = sdks, .provenance = provenance}, error);
}

#endif
