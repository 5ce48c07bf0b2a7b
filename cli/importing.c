/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/importing.h"

#include "analyzer/import/import.h"
#include "analyzer/tables/sdkcheck.h"
#include "cli/cli.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 40 }; /* refused pieces a terminal is told; --json tells all */

static void say(FILE *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(FILE *out, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *text = g_strdup_vprintf(format, args);
        va_end(args);
        g_autofree char *shown = text_terminal(text);
        fprintf(out, "%s\n", shown);
}

/* ---- what a plan says */

static void print_added(const PlanTotals *totals)
{
        g_autoptr(GString) kinds = g_string_new(NULL);
        for (PlanKind kind = 0; kind < PLAN_KINDS; kind++)
                if (totals->added[kind])
                        g_string_append_printf(kinds, "%s%s %u", kinds->len ? ", " : "", plan_kind_name(kind),
                                               totals->added[kind]);
        if (!kinds->len)
                puts("taken: nothing, there is nothing new in it");
        else
                say(stdout, "taken: %s; in %u SDKs, %u of them new", kinds->str, totals->sdks,
                    totals->new_sdks);
        say(stdout, "there already: %u", totals->known);
}

static void print_refused(const PlanTotals *totals)
{
        if (totals->n_refused)
                say(stdout, "not taken: %zu", totals->n_refused);
        for (size_t i = 0; i < MIN(totals->n_refused, SHOWN); i++)
                say(stdout, "  %s: %s: %s", totals->refused[i]->where, totals->refused[i]->text,
                    totals->refused[i]->why);
        if (totals->n_refused > SHOWN)
                say(stdout, "  and %zu more; --json tells them all", totals->n_refused - SHOWN);
}

static Json *plan_json(const Plan *plan, const PlanTotals *totals)
{
        Json *map = json_map();
        Json *added = json_set(map, "taken", json_map());
        for (PlanKind kind = 0; kind < PLAN_KINDS; kind++)
                json_set_int(added, plan_kind_name(kind), totals->added[kind]);
        json_set_int(map, "sdks", totals->sdks);
        json_set_int(map, "new_sdks", totals->new_sdks);
        json_set_int(map, "known", totals->known);
        json_set(map, "rows", plan_rows(plan));
        Json *refused = json_set(map, "not_taken", json_list());
        for (size_t i = 0; i < totals->n_refused; i++) {
                Json *item = json_add(refused, json_map());
                json_set_str(item, "where", totals->refused[i]->where);
                json_set_str(item, "text", totals->refused[i]->text);
                json_set_str(item, "why", totals->refused[i]->why);
        }
        return map;
}

/* ---- import */

static const ImportList *list_named(const char *name)
{
        for (const ImportList *list = import_lists; list->name; list++)
                if (g_str_equal(list->name, name))
                        return list;
        return NULL;
}

char *sdks_list_names(void)
{
        GString *names = g_string_new(NULL);
        for (const ImportList *list = import_lists; list->name; list++)
                g_string_append_printf(names, "%s%s", names->len ? ", " : "", list->name);
        return g_string_free(names, FALSE);
}

static bool user_folder(const char *out, char **folder, GError **error)
{
        *folder = out ? g_strdup(out) : datafile_user_home();
        return *folder || fault(error, FAULT_USAGE, "OVERREACH_USER_DATA is empty: name a folder with --out");
}

int sdks_import(const char *home, const char *list_name, const char *path, const char *out, GError **error)
{
        const ImportList *list = list_named(list_name);
        g_autofree char *names = sdks_list_names(), *folder = NULL;
        if (!list) {
                fault(error, FAULT_USAGE, "no list is called \"%s\"; there are: %s", list_name, names);
                return -1;
        }
        g_autoptr(SdkSet) set = user_folder(out, &folder, error) ? sdkset_load(home, NULL, error) : NULL;
        g_autoptr(Plan) plan = set ? plan_new(set, list->name) : NULL;
        if (!plan || !list->read(plan, path, error) || !plan_write(plan, folder, list->licence, error))
                return -1;
        PlanTotals totals = plan_totals(plan);
        if (cli_common.json) {
                g_autoptr(Json) json = plan_json(plan, &totals);
                cli_print_json(json);
                return EXIT_OK;
        }
        print_added(&totals);
        print_refused(&totals);
        g_autofree char *file = g_strdup_printf("%s/sdks/%s.jsonl", folder, list->name);
        if (totals.sdks)
                say(stdout, "written: %s%s", file, out ? "" : ", read by every analysis from now on");
        return EXIT_OK;
}

/* ---- check */

static void print_report(const SdkReport *report, Json *json)
{
        if (!json) {
                for (guint i = 0; i < report->notes->len; i++) {
                        const SdkNote *note = g_ptr_array_index(report->notes, i);
                        say(note->fault ? stderr : stdout, "%s: %s%s", note->about,
                            note->fault ? "" : "note: ", note->text);
                }
                say(stdout,
                    "%zu SDKs, %zu code prefixes, %zu of them from memory alone; %zu names and %zu hosts are "
                    "claimed by several",
                    report->sdks, report->prefixes, report->unconfirmed, report->shared_names,
                    report->shared_hosts);
                return;
        }
        json_set_int(json, "sdks", (int64_t)report->sdks);
        json_set_int(json, "prefixes", (int64_t)report->prefixes);
        json_set_int(json, "unconfirmed", (int64_t)report->unconfirmed);
        json_set_int(json, "shared_names", (int64_t)report->shared_names);
        json_set_int(json, "shared_hosts", (int64_t)report->shared_hosts);
        Json *notes = json_set(json, "notes", json_list());
        for (guint i = 0; i < report->notes->len; i++) {
                const SdkNote *note = g_ptr_array_index(report->notes, i);
                Json *item = json_add(notes, json_map());
                json_set_bool(item, "fault", note->fault);
                json_set_str(item, "about", note->about);
                json_set_str(item, "text", note->text);
        }
}

/* One file of rows: -1 broken, else how many pieces of it count for nothing. */
static int check_file(const SdkSet *set, const char *path, Json *json, GError **error)
{
        g_autoptr(Plan) plan = plan_new(set, "check");
        if (!import_rows(plan, path, error))
                return -1;
        PlanTotals totals = plan_totals(plan);
        if (json) {
                json_set(json, path, plan_json(plan, &totals));
        } else {
                say(stdout, "%s:", path);
                print_added(&totals);
                print_refused(&totals);
        }
        return (int)MIN(totals.n_refused, 1u);
}

static int by_text(gconstpointer a, gconstpointer b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool check_user_files(const SdkSet *set, Json *json, GError **error)
{
        g_autofree char *user = datafile_user_home();
        g_autofree char *folder = user ? g_build_filename(user, "sdks", NULL) : NULL;
        g_autoptr(GDir) dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
        g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; dir && (name = g_dir_read_name(dir));)
                if (g_str_has_suffix(name, ".jsonl"))
                        g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
        g_ptr_array_sort(paths, by_text);
        for (guint i = 0; i < paths->len; i++)
                if (check_file(set, g_ptr_array_index(paths, i), json, error) < 0)
                        return false;
        return true;
}

int sdks_check(const char *home, const char *path, GError **error)
{
        g_autoptr(SdkSet) set = sdkset_load(home, NULL, error);
        g_autoptr(Json) json = cli_common.json ? json_map() : NULL;
        if (!set)
                return -1;
        bool bad = false;
        if (path) {
                int refused = check_file(set, path, json, error);
                if (refused < 0)
                        return -1;
                bad = refused > 0;
        } else {
                g_autoptr(SdkReport) report = sdkcheck(set);
                print_report(report, json);
                bad = report->notes->len && ((SdkNote *)g_ptr_array_index(report->notes, 0))->fault;
                if (!check_user_files(set, json, error))
                        return -1;
        }
        if (json)
                cli_print_json(json);
        return bad ? EXIT_USAGE : EXIT_OK;
}
