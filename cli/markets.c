/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "cli/trying.h"
#include "core/text.h"

#include <stdio.h>

static TryOptions try_options;

Market *cli_market(const char *home, const char *name_or_path, GError **error)
{
        GError *cause = NULL;
        Market *market = market_load(home, name_or_path, &cause);
        if (market)
                return market;
        fault(error, FAULT_USAGE, "%s", cause->message);
        g_error_free(cause);
        return NULL;
}

/* The capabilities that a market has, or the others. g_free. */
static char *can_words(const Market *m, bool has)
{
        g_autoptr(GString) words = g_string_new(NULL);
        for (int i = 0; i < MARKET_CANS; i++) {
                if (((m->can >> i) & 1U) == (has ? 1U : 0U))
                        g_string_append_printf(words, "%s%s", words->len ? " " : "",
                                               market_can_name((MarketCan)(1U << i)));
        }
        return g_string_free(g_steal_pointer(&words), FALSE);
}

static void add_words(Json *item, const char *key, const char *words)
{
        Json *list = json_set(item, key, json_list());
        g_auto(GStrv) parts = g_strsplit(words, " ", -1);
        for (char **part = parts; *part && **part; part++)
                json_add_str(list, *part);
}

static void add_strings(Json *item, const char *key, char **strings)
{
        Json *list = json_set(item, key, json_list());
        for (char **one = strings; one && *one; one++)
                json_add_str(list, *one);
}

static void describe(const Market *m, Json *item)
{
        g_autofree char *can = can_words(m, true), *cannot = can_words(m, false);
        json_set_str(item, "name", m->name);
        json_set_str(item, "title", m->title);
        json_set_str(item, "kind", m->kind);
        json_set_str(item, "url", m->url);
        json_set_str(item, "fingerprint", m->fingerprint);
        json_set_str(item, "categories", m->categories);
        json_set_double(item, "requests_per_second", m->requests_per_second);
        json_set_int(item, "connections", m->connections);
        json_set_bool(item, "loopback", m->loopback);
        json_set_bool(item, "robots", m->robots);
        add_strings(item, "mirrors", m->mirrors);
        json_set_str(item, "note", m->note);
        add_words(item, "can", can);
        add_words(item, "cannot", cannot);
        add_strings(item, "canaries", m->canaries);
        json_set_int(item, "bandwidth", m->bandwidth);
        json_set_str(item, "robots_reason", m->robots_reason);
        json_set_str(item, "list_url", m->list_url);
        json_set_str(item, "key_file", m->key_file);
        json_set_str(item, "folder", m->folder);
}

static void print_market(const Market *m, Json *list)
{
        if (list) {
                describe(m, json_add(list, json_map()));
                return;
        }
        g_autofree char *can = can_words(m, true), *cannot = can_words(m, false);
        printf("%-18s %-7s %s\n", m->name, m->kind, *m->url ? m->url : m->folder);
        printf("%-18s can %s%s%s\n", "", *can ? can : "nothing", *cannot ? "; cannot " : "", cannot);
}

static int list_markets(const char *home, GError **error)
{
        g_auto(GStrv) names = market_names(home, error);
        if (!names)
                return -1;
        g_autoptr(Json) list = cli_common.json ? json_list() : NULL;
        for (char **name = names; *name; name++) {
                g_autoptr(Market) market = cli_market(home, *name, error);
                if (!market)
                        return -1;
                print_market(market, list);
        }
        if (list)
                cli_print_json(list);
        return EXIT_OK;
}

/* Every file is read, so that all mistakes are told at once. */
static int check_markets(const char *home, int argc, char **argv)
{
        int bad = 0;
        g_autoptr(Json) list = cli_common.json ? json_list() : NULL;
        for (int i = 0; i < argc; i++) {
                g_autoptr(GError) problem = NULL;
                g_autoptr(Market) market = cli_market(home, argv[i], &problem);
                g_autofree char *said = problem ? text_terminal(problem->message) : NULL;
                if (list) {
                        Json *item = json_add(list, json_map());
                        json_set_str(item, "file", argv[i]);
                        json_set_str(item, "problem", said);
                } else if (market) {
                        printf("%s: ok, market \"%s\"\n", market->path, market->name);
                } else {
                        fprintf(stderr, "%s\n", said);
                }
                bad += market == NULL;
        }
        if (list)
                cli_print_json(list);
        return bad ? EXIT_USAGE : EXIT_OK;
}

static int show_markets(const char *home, int argc, char **argv, GError **error)
{
        g_autoptr(Json) list = json_list();
        for (int i = 0; i < argc; i++) {
                g_autoptr(Market) market = cli_market(home, argv[i], error);
                if (!market)
                        return -1;
                print_market(market, list);
        }
        cli_print_json(list);
        return EXIT_OK;
}

static int run(int argc, char **argv, GError **error)
{
        g_autofree char *home = datafile_home(error);
        const char *what = argc ? argv[0] : "list";
        if (!home)
                return -1;
        if (g_str_equal(what, "list") && argc <= 1)
                return list_markets(home, error);
        if (g_str_equal(what, "check") && argc > 1)
                return check_markets(home, argc - 1, argv + 1);
        if (g_str_equal(what, "show") && argc > 1)
                return show_markets(home, argc - 1, argv + 1, error);
        if (g_str_equal(what, "try") && argc == 2)
                return try_market(home, argv[1], &try_options, error);
        fault(error, FAULT_USAGE,
              "list, show MARKET..., check FILE... and try MARKET --reply FILE are known");
        return -1;
}

static const GOptionEntry options[] = {
        {"reply", 0, 0, G_OPTION_ARG_FILENAME, &try_options.reply, "the saved body of a reply", "FILE"},
        {"verb", 0, 0, G_OPTION_ARG_STRING, &try_options.verb,
         "what was asked: categories list detail resolve labels token (list, or detail with --package)",
         "VERB"},
        {"package", 0, 0, G_OPTION_ARG_STRING, &try_options.package, "the app that was asked for", "NAME"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &try_options.id, "the market's own id of it", "ID"},
        {"category", 0, 0, G_OPTION_ARG_STRING, &try_options.category, "the category that was asked for",
         "KEY"},
        {"cursor", 0, 0, G_OPTION_ARG_STRING, &try_options.cursor, "where the page begins", "TEXT"},
        {"page", 0, 0, G_OPTION_ARG_INT, &try_options.page, "number of the page, from 0", "N"},
        {"status", 0, 0, G_OPTION_ARG_INT, &try_options.status, "the reply's status (200)", "N"},
        {"content-type", 0, 0, G_OPTION_ARG_STRING, &try_options.content_type, "the reply's Content-Type",
         "TYPE"},
        {"location", 0, 0, G_OPTION_ARG_STRING, &try_options.location, "where a redirect leads", "URL"},
        {NULL}};

const Verb verb_markets = {
        .name = "markets",
        .summary = "List the markets there are, show or check one, or try how it reads a reply",
        .operands = "[list | show | check | try] [MARKET...]",
        .description = "A market is a YAML file: its kind, address and manners, and for kinds json and "
                       "html how each\n"
                       "request is made and its reply is read. docs/markets.md explains the file, "
                       "CONTRIBUTING.md shows how\n"
                       "to write one. \"list\" says what each market can and cannot do. \"try\" reads "
                       "the saved body of a\n"
                       "reply as a sweep would, in a worker, and prints its listings and how it was "
                       "understood; it ends\n"
                       "with 3 when that is neither \"ok\" nor \"empty\".",
        .example = "  overreach markets check my-market.yaml\n"
                   "  overreach markets try my-market.yaml --reply page.json --verb list",
        .options = options,
        .no_store = true,
        .workers = true,
        .run = run};
