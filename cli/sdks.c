/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdks: what is known of SDKs, shipped and added by the user. */
#include "cli/cli.h"
#include "cli/importing.h"

#include "analyzer/tables/sdkset.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

static struct {
        char *category, *out;
} opt;

static const GOptionEntry entries[] = {{"category", 0, 0, G_OPTION_ARG_STRING, &opt.category,
                                        "list: only SDKs of this category (analytics, push ...)", "NAME"},
                                       {"out", 0, 0, G_OPTION_ARG_FILENAME, &opt.out,
                                        "import: write to DIR/sdks instead of the user's data folder", "DIR"},
                                       {NULL}};

/* ---- list */

static bool has_category(const Sdk *sdk)
{
        return !opt.category || g_strv_contains(sdk->categories, opt.category);
}

static void list_row(const Sdk *sdk, Json *list)
{
        g_autofree char *categories = g_strjoinv(",", (char **)sdk->categories);
        if (!list) {
                g_autofree char *line = g_strdup_printf(
                        "%-28s %-28s %s%s%s%s", sdk->id, categories, sdk->name, sdk->company ? " (" : "",
                        sdk->company ? sdk->company : "", sdk->company ? ")" : "");
                g_autofree char *shown = text_terminal(line);
                puts(shown);
                return;
        }
        Json *item = json_add(list, json_map());
        json_set_str(item, "id", sdk->id);
        json_set_str(item, "name", sdk->name);
        json_set_str(item, "company", sdk->company);
        json_set_str(item, "root_company", sdk->root);
        Json *all = json_set(item, "categories", json_list());
        for (const char *const *one = sdk->categories; *one; one++)
                json_add_str(all, *one);
        Json *sources = json_set(item, "sources", json_list());
        for (const char *const *one = sdk->sources; *one; one++)
                json_add_str(sources, *one);
}

static int list_sdks(const SdkSet *set, GError **error)
{
        g_autoptr(Json) list = cli_common.json ? json_list() : NULL;
        size_t shown = 0;
        for (size_t i = 0; i < sdkset_len(set); i++) {
                if (!has_category(sdkset_at(set, i)))
                        continue;
                list_row(sdkset_at(set, i), list);
                shown++;
        }
        if (opt.category && !shown) {
                fault(error, FAULT_USAGE, "no SDK has the category \"%s\"", opt.category);
                return -1;
        }
        if (list)
                cli_print_json(list);
        return EXIT_OK;
}

/* ---- show */

typedef struct {
        const SdkSet *set;
        const Sdk *sdk;
        Json *all; /* what the files say of it; NULL: it is printed for people */
} Page;

static void say(const char *label, const char *text)
{
        g_autofree char *line = g_strdup_printf("  %-12s %s", label, text);
        g_autofree char *shown = text_terminal(line);
        puts(shown);
}

/* A list a line each, the label in front of the first. */
static void say_list(const char *label, const Json *list, const Page *page)
{
        for (size_t i = 0; i < json_len(list); i++) {
                const char *text = json_text(json_at(list, i));
                const SdkAnchor *anchor = page && text ? sdkset_code(page->set, span_str(text)) : NULL;
                bool ours = anchor && anchor->sdk == page->sdk && g_str_equal(anchor->text, text);
                g_autofree char *more =
                        ours ? g_strdup_printf("%s  (%s)", text,
                                               anchor->confirmed ? "met elsewhere, too" : "from memory")
                             : NULL;
                say(i ? "" : label, more ? more : text ? text : "");
        }
}

static void say_sources(const Json *row)
{
        const Json *list = json_get(row, "sources");
        for (size_t i = 0; i < json_len(list); i++) {
                const char *source = json_text(json_at(list, i));
                bool exodus = source && g_str_has_prefix(source, "exodus:");
                g_autofree char *more =
                        exodus ? g_strdup_printf("%s  https://reports.exodus-privacy.eu.org/trackers/%s/",
                                                 source, source + strlen("exodus:"))
                               : NULL;
                say(i ? "" : "sources", more ? more : source ? source : "");
        }
}

static bool is_declared(const Json *row)
{
        const Json *list = json_get(row, "sources");
        for (size_t i = 0; i < json_len(list); i++)
                if (g_str_has_prefix(json_text(json_at(list, i)) ? json_text(json_at(list, i)) : "",
                                     "declared:"))
                        return true;
        return false;
}

static void say_row(const Page *page, const Json *row)
{
        static const char *const lists[][2] = {{"components", "components"}, {"metadata", "meta-data"},
                                               {"actions", "actions"},       {"natives", "natives"},
                                               {"hosts", "hosts"},           {"permissions", "permissions"}};
        if (json_str(row, "website"))
                say("website", json_str(row, "website"));
        if (json_str(row, "country"))
                say("country", json_str(row, "country"));
        say_sources(row);
        say_list("code", json_get(row, "code"), page);
        say_list("segments", json_get(row, "segments"), NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                say_list(lists[i][1], json_get(row, lists[i][0]), NULL);
        if (json_len(json_get(row, "collects"))) {
                say_list("collects", json_get(row, "collects"), NULL);
                say("", is_declared(row) ? "(as a declaration says that was read)"
                                         : "(from general knowledge, not verified)");
        }
}

/* Rows of a .jsonl file that are this SDK's. False: the file is broken. */
static bool show_file(const Page *page, const char *path, GError **error)
{
        g_autoptr(DataFile) file = datafile_open(path, error);
        const Json *row = NULL;
        GError *broken = NULL;
        while (file && datafile_next_json(file, &row, &broken)) {
                if (g_strcmp0(json_str(row, "id"), page->sdk->id) != 0)
                        continue;
                if (!page->all) {
                        say_row(page, row);
                        continue;
                }
                g_autofree char *text = json_print(row, false);
                json_add(page->all, json_parse(span_str(text), NULL));
        }
        if (broken)
                g_propagate_error(error, broken);
        return file && !broken;
}

/* Rows of a .tsv file whose second column is this SDK: the first column, and the third where there is one to tell. */
static bool show_tsv(const Page *page, const char *home, const char *name, const char *label,
                     const char *const *columns, GError **error)
{
        g_autofree char *path = g_build_filename(home, "sdks", name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        const char *fields[4] = {0};
        GError *broken = NULL;
        bool any = false;
        while (file && datafile_next_tsv(file, columns, fields, &broken)) {
                if (!g_str_equal(fields[1], page->sdk->id))
                        continue;
                bool more = columns[2] && !g_str_equal(fields[2], "-");
                g_autofree char *text = g_strdup_printf("%s%s%s%s", fields[0], more ? "  (" : "",
                                                        more ? fields[2] : "", more ? ")" : "");
                if (!page->all) {
                        say(any ? "" : label, text);
                } else {
                        Json *item = json_add(page->all, json_map());
                        json_set_str(item, label, fields[0]);
                        for (size_t i = 1; columns[i]; i++)
                                json_set_str(item, columns[i], fields[i]);
                }
                any = true;
        }
        if (broken)
                g_propagate_error(error, broken);
        return file && !broken;
}

static bool show_shipped(const Page *page, const char *home, GError **error)
{
        static const char *const files[] = {"pattern", "sdk", "version", NULL},
                                 *const strings[] = {"prefix", "sdk", NULL},
                                 *const settings[] = {"key", "sdk", "meaning", NULL};
        g_autofree char *path = g_build_filename(home, "sdks", "sdks.jsonl", NULL);
        return show_file(page, path, error) && show_tsv(page, home, "files.tsv", "files", files, error) &&
               show_tsv(page, home, "strings.tsv", "strings", strings, error) &&
               show_tsv(page, home, "settings.tsv", "settings", settings, error);
}

static bool show_user(const Page *page, const char *user, GError **error)
{
        g_autofree char *folder = user ? g_build_filename(user, "sdks", NULL) : NULL;
        g_autoptr(GDir) dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
                g_autofree char *path = g_build_filename(folder, name, NULL);
                if (g_str_has_suffix(name, ".jsonl") && !show_file(page, path, error))
                        return false;
        }
        return true;
}

static int show_sdk(const SdkSet *set, const char *id, const char *home, const char *user, GError **error)
{
        g_autoptr(Json) list = cli_common.json ? json_list() : NULL;
        Page page = {set, sdkset_find(set, id), list};
        if (!page.sdk) {
                fault(error, FAULT_USAGE, "no SDK has the id \"%s\"; \"overreach sdks list\" tells all", id);
                return -1;
        }
        if (!list) {
                g_autofree char *title = g_strdup_printf("%s  %s%s%s", page.sdk->id, page.sdk->name,
                                                         page.sdk->name_zh ? "  " : "",
                                                         page.sdk->name_zh ? page.sdk->name_zh : "");
                g_autofree char *shown = text_terminal(title);
                g_autofree char *categories = g_strjoinv(", ", (char **)page.sdk->categories);
                puts(shown);
                say("categories", categories);
                if (page.sdk->company)
                        say("company", page.sdk->company);
                if (page.sdk->root)
                        say("owned by", page.sdk->root);
        }
        if (!show_shipped(&page, home, error) || !show_user(&page, user, error))
                return -1;
        if (list)
                cli_print_json(list);
        return EXIT_OK;
}

/* ---- the verb */

static int run(int argc, char **argv, GError **error)
{
        g_autofree char *home = datafile_home(error), *user = datafile_user_home();
        const char *what = argc ? argv[0] : "list";
        if (!home)
                return -1;
        if (g_str_equal(what, "import") && argc == 3)
                return sdks_import(home, argv[1], argv[2], opt.out, error);
        if (g_str_equal(what, "check") && argc <= 2)
                return sdks_check(home, argc == 2 ? argv[1] : NULL, error);
        bool list = g_str_equal(what, "list") && argc <= 1, show = g_str_equal(what, "show") && argc == 2;
        if (!list && !show) {
                g_autofree char *names = sdks_list_names();
                fault(error, FAULT_USAGE,
                      "list, show ID, import LIST FILE and check [FILE] are known; LIST is one of %s", names);
                return -1;
        }
        g_autoptr(SdkSet) set = sdkset_load(home, user, error);
        if (!set)
                return -1;
        return list ? list_sdks(set, error) : show_sdk(set, argv[1], home, user, error);
}

const Verb verb_sdks = {
        .name = "sdks",
        .summary = "List the SDKs there are, show one, take over other lists, check tables",
        .operands = "list|show ID|import LIST FILE|check [FILE]",
        .description =
                "What is known of SDKs is data/sdks, and on top of it the files in sdks/ of the user's data "
                "folder "
                "($OVERREACH_USER_DATA, else ~/.local/share/overreach): rows of the same form that add to an "
                "SDK by "
                "its id, or new ones. import writes such a file out of a list you downloaded: exodus (the "
                "answer of "
                "its trackers API), libchecker (a checkout of LibChecker-Rules, or rules.db), izzyondroid "
                "(libsmali.jsonl). It says what was new, what was known, and what was not taken and why. "
                "Facts that "
                "depend on such files carry another pass digest.",
        .example = "  overreach sdks show umeng-analytics\n  overreach sdks import exodus trackers.json",
        .options = entries,
        .no_store = true,
        .run = run};
