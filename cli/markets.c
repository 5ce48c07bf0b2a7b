/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "core/text.h"

#include <stdio.h>

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

static void print_market(const Market *m, Json *list)
{
        if (!list) {
                printf("%-18s %-7s %s\n", m->name, m->kind, m->url);
                return;
        }
        Json *item = json_add(list, json_map());
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
        Json *mirrors = json_set(item, "mirrors", json_list());
        for (char **mirror = m->mirrors; mirror && *mirror; mirror++)
                json_add_str(mirrors, *mirror);
        json_set_str(item, "note", m->note);
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
        fault(error, FAULT_USAGE, "list, show MARKET... and check FILE... are known");
        return -1;
}

const Verb verb_markets = {.name = "markets",
                           .summary = "List the markets there are, show one, or check a market file",
                           .operands = "[list | show MARKET... | check FILE...]",
                           .description = "A market is a YAML file: its kind, address, pinned fingerprint "
                                          "and manners. CONTRIBUTING.md\n"
                                          "shows how to write one.",
                           .example = "  overreach markets check my-market.yaml",
                           .no_store = true,
                           .run = run};
