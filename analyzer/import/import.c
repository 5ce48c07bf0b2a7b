/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/import/import.h"

#include "core/datafile.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

const ImportList import_lists[] = {
        {"exodus", "what https://reports.exodus-privacy.eu.org/api/trackers answers",
         "Contains information from εxodus (Exodus Privacy), made available under the Open Database License "
         "(ODbL).\n"
         "https://exodus-privacy.eu.org/\n\n"
         "exodus.jsonl is a database derived from it and may be passed on only under the Open Database "
         "License 1.0,\n"
         "http://opendatacommons.org/licenses/odbl/1.0/ ; rights in individual contents are licensed under "
         "the Database\n"
         "Contents License, http://opendatacommons.org/licenses/dbcl/1.0/ . No descriptions were copied.\n",
         import_exodus},
        {"libchecker", "a checkout of LibChecker-Rules, or rules.db of LibChecker-Rules-Bundle",
         "libchecker.jsonl holds facts from LibChecker-Rules, https://github.com/LibChecker/LibChecker-Rules "
         ",\n"
         "Apache License 2.0. No descriptions were copied.\n",
         import_libchecker},
        {"izzyondroid", "libsmali.jsonl of IzzyOnDroid's library definitions",
         "izzyondroid.jsonl holds facts from IzzyOnDroid's library definitions,\n"
         "https://gitlab.com/IzzyOnDroid/repo . Their licence was not verified by this project: this file is "
         "for your own\n"
         "use until you asked. Parts of them came from Exodus Privacy (ODbL 1.0). No descriptions were "
         "copied.\n",
         import_izzyondroid},
        {NULL, NULL, NULL, NULL}};

Json *import_json(const char *path, size_t limit, GError **error)
{
        g_autofree char *text = NULL;
        gsize len = 0;
        g_autoptr(GError) cause = NULL;
        GStatBuf s;
        if (g_stat(path, &s) == 0 && (!S_ISREG(s.st_mode) || (size_t)s.st_size > limit)) {
                fault(error, FAULT_LIMIT, "%s: no file, or over %zu bytes", path, limit);
                return NULL;
        }
        if (!g_file_get_contents(path, &text, &len, &cause)) {
                bool absent = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT);
                fault(error, absent ? FAULT_NOT_FOUND : FAULT_IO, "%s", cause->message);
                return NULL;
        }
        Json *root = len <= limit ? json_parse(span_of(text, len), error) : NULL;
        if (!root)
                g_prefix_error(error, "%s: ", path);
        return root;
}

static void add_list(Plan *plan, PlanSdk *sdk, PlanKind kind, const Json *row)
{
        const Json *list = json_get(row, plan_kind_name(kind));
        for (size_t i = 0; i < json_len(list); i++) {
                const char *text = json_text(json_at(list, i));
                plan_add(plan, sdk, kind, text ? text : "");
        }
}

bool import_rows(Plan *plan, const char *path, GError **error)
{
        g_autoptr(DataFile) file = datafile_open(path, error);
        const Json *row = NULL;
        GError *broken = NULL;
        while (file && datafile_next_json(file, &row, &broken)) {
                g_autofree char *where = g_strdup_printf("line %u", datafile_line(file));
                const char *id = json_str(row, "id"), *name = json_str(row, "name");
                const Sdk *ours = id ? plan_ours(plan, id) : NULL;
                PlanSdk *sdk = id && (ours || name) ? plan_sdk(plan, where, name ? name : id, ours) : NULL;
                if (!id || (!ours && !name))
                        plan_refuse(plan, where, id ? id : "", "an SDK needs \"id\", and a new one \"name\"");
                for (PlanKind kind = 0; sdk && kind < PLAN_KINDS; kind++)
                        add_list(plan, sdk, kind, row);
        }
        if (broken)
                g_propagate_error(error, broken);
        return file && !broken;
}
