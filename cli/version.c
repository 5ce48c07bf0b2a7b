/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "analyzer/analyzer.h"

#include <stdio.h>

static int run(int argc, char **argv, GError **error)
{
        if (argc) {
                fault(error, FAULT_USAGE, "no operand is wanted, \"%s\" was given", argv[0]);
                return -1;
        }
        g_autofree char *home = datafile_home(error);
        g_autofree char *user = datafile_user_home();
        g_autoptr(Analyzer) analyzer = home ? analyzer_new(home, user, error) : NULL;
        g_autoptr(RuleSet) rules = analyzer ? ruleset_load(home, error) : NULL;
        if (!rules)
                return -1;
        if (cli_common.json) {
                g_autoptr(Json) json = json_map();
                json_set_str(json, "version", OVERREACH_VERSION);
                json_set_str(json, "passes", analyzer_passes(analyzer));
                json_set_str(json, "rule_set", ruleset_id(rules));
                json_set_str(json, "data", home);
                cli_print_json(json);
        } else {
                printf("overreach %s\npasses    %s\nrule set  %s\ndata      %s\n", OVERREACH_VERSION,
                       analyzer_passes(analyzer), ruleset_id(rules), home);
        }
        return EXIT_OK;
}

const Verb verb_version = {
        .name = "version",
        .summary = "Print the versions that results depend on",
        .operands = "",
        .description = "Program, analysis passes with the digests of their data, rule set, data folder.",
        .example = "  overreach version --json",
        .no_store = true,
        .run = run};
