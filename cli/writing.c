/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables to where and in what form the options say. */
#include "cli/cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static bool write_file(const char *path, const char *text, GError **error)
{
        g_autoptr(GError) cause = NULL;
        if (g_file_set_contents(path, text, -1, &cause))
                return true;
        return fault(error, FAULT_IO, "%s", cause->message);
}

static bool write_in(const char *folder, const char *name, char *take_text, GError **error)
{
        g_autofree char *text = take_text;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        return write_file(path, text, error);
}

static bool write_folder(const GPtrArray *tables, const ReportHead *head, const ReportWords *words,
                         const char *folder, GError **error)
{
        g_autofree char *csv = g_build_filename(folder, "tables", NULL);
        if (g_mkdir_with_parents(csv, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", csv);
        static const char *const langs[] = {"en", "zh"};
        for (size_t i = 0; i < G_N_ELEMENTS(langs); i++) {
                ReportHead in = *head;
                in.lang = langs[i];
                g_autofree char *html = g_strdup_printf("report.%s.html", langs[i]);
                g_autofree char *text = g_strdup_printf("report.%s.txt", langs[i]);
                if (!write_in(folder, html, report_html(tables, &in, words), error) ||
                    !write_in(folder, text, report_text(tables, &in, words), error))
                        return false;
        }
        for (guint i = 0; i < tables->len; i++) {
                const Table *table = g_ptr_array_index(tables, i);
                g_autofree char *name = g_strconcat(table->key, ".csv", NULL);
                if (!write_in(csv, name, report_csv(table), error))
                        return false;
        }
        ReportHead in = *head;
        in.lang = "en";
        return write_in(folder, "report.json", report_json(tables, &in, words), error);
}

/* Only the table asked for, or all of them; NULL: there is none of that name. */
static GPtrArray *chosen(const GPtrArray *tables, const char *key, GError **error)
{
        GPtrArray *some = g_ptr_array_new();
        g_autoptr(GString) names = g_string_new(NULL);
        for (guint i = 0; i < tables->len; i++) {
                Table *table = g_ptr_array_index(tables, i);
                g_string_append_printf(names, "%s%s", i ? ", " : "", table->key);
                if (!key || g_str_equal(key, table->key))
                        g_ptr_array_add(some, table);
        }
        if (some->len)
                return some;
        g_ptr_array_unref(some);
        fault(error, FAULT_USAGE, "there is no table \"%s\"; there are %s", key ? key : "", names->str);
        return NULL;
}

static char *as_text(const GPtrArray *tables, const ReportHead *head, const ReportWords *words,
                     const char *format, GError **error)
{
        if (g_str_equal(format, "text"))
                return report_text(tables, head, words);
        if (g_str_equal(format, "json"))
                return report_json(tables, head, words);
        if (g_str_equal(format, "html"))
                return report_html(tables, head, words);
        if (g_str_equal(format, "csv") && tables->len == 1)
                return report_csv(g_ptr_array_index(tables, 0));
        if (g_str_equal(format, "csv"))
                fault(error, FAULT_USAGE,
                      "a CSV file holds one table: choose one with --table, or write all with --out DIR");
        else
                fault(error, FAULT_USAGE, "--format %s: text, json, csv and html are known", format);
        return NULL;
}

bool cli_write_report(const GPtrArray *tables, const ReportHead *head, const ReportWords *words,
                      const ReportOptions *options, GError **error)
{
        if (!g_str_equal(head->lang, "en") && !g_str_equal(head->lang, "zh"))
                return fault(error, FAULT_USAGE, "--lang %s: en and zh are known", head->lang);
        if (options->folder)
                return write_folder(tables, head, words, options->folder, error);
        g_autoptr(GPtrArray) some = chosen(tables, options->table, error);
        const char *format = cli_common.json ? "json" : options->format ? options->format : "text";
        g_autofree char *text = some ? as_text(some, head, words, format, error) : NULL;
        if (!text)
                return false;
        if (options->output)
                return write_file(options->output, text, error);
        fputs(text, stdout);
        return true;
}
