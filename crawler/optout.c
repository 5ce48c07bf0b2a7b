/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/optout.h"

#include <string.h>

struct OptOut {
        GHashTable *names;
};

OptOut *optout_load(const char *path, GError **error)
{
        g_autofree char *text = NULL;
        g_autoptr(GError) cause = NULL;
        if (path && !g_file_get_contents(path, &text, NULL, &cause)) {
                fault(error, FAULT_USAGE, "opt-out list: %s", cause->message);
                return NULL;
        }
        OptOut *list = g_new0(OptOut, 1);
        list->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
        for (char **line = lines; *line; line++) {
                char *comment = strchr(*line, '#');
                if (comment)
                        *comment = '\0';
                g_strstrip(*line);
                if (**line)
                        g_hash_table_add(list->names, g_strdup(*line));
        }
        return list;
}

void optout_free(OptOut *list)
{
        if (!list)
                return;
        g_hash_table_unref(list->names);
        g_free(list);
}

bool optout_has(const OptOut *list, const char *market, const char *package)
{
        g_autofree char *both = g_strconcat(market, "/", package, NULL);
        return g_hash_table_contains(list->names, package) || g_hash_table_contains(list->names, both);
}
