/* SPDX-License-Identifier: GPL-3.0-or-later */
/* izzyondroid.c - libsmali.jsonl: a library a line, {"id", "path", "name", "type", "perms", "url"}; path is a prefix of smali
 * paths ("/com/foo"), several lines may name one library. */
#include "analyzer/import/import.h"

#include "core/datafile.h"

static const struct {
        const char *theirs, *ours;
} types[] = {
        {"Utility", "utility"},
        {"UI Component", "ui"},
        {"Mobile Analytics", "analytics"},
        {"Advertisement", "advertising"},
        {"Development Aid", "utility"},
        {"Development Framework", "framework"},
        {"Map", "map"},
        {"Payment", "payment"},
        {"Social Network", "social"},
        {"App Market", "other"},
        {"Game Engine", "framework"},
        {"Digital Identity", "login"},
};

static void add_line(Plan *plan, const char *where, const Json *row)
{
        const char *path = json_str(row, "path"), *name = json_str(row, "name"),
                   *type = json_str(row, "type");
        if (!path)
                path = json_str(row, "id");
        if (!path || !name) {
                plan_refuse(plan, where, name ? name : "", "a line needs \"path\" and \"name\"");
                return;
        }
        g_autofree char *prefix = g_strdup(path + strspn(path, "/"));
        g_strdelimit(prefix, "/", '.');
        g_strchomp(prefix);
        for (size_t len = strlen(prefix); len && (prefix[len - 1] == '.' || prefix[len - 1] == ';'); len--)
                prefix[len - 1] = '\0';
        PlanSdk *sdk = plan_sdk(plan, "izzyondroid", name, plan_prefix_owner(plan, prefix));
        if (!sdk)
                return;
        for (size_t k = 0; type && k < G_N_ELEMENTS(types); k++)
                if (g_str_equal(type, types[k].theirs))
                        plan_category(sdk, types[k].ours);
        plan_website(plan, sdk, json_str(row, "url"));
        plan_add(plan, sdk, PLAN_CODE, prefix);
}

bool import_izzyondroid(Plan *plan, const char *path, GError **error)
{
        g_autoptr(DataFile) file = datafile_open(path, error);
        const Json *row = NULL;
        GError *broken = NULL;
        while (file && datafile_next_json(file, &row, &broken)) {
                g_autofree char *where = g_strdup_printf("line %u", datafile_line(file));
                add_line(plan, where, row);
        }
        if (broken)
                g_propagate_error(error, broken);
        return file && !broken;
}
