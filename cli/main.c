/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "cli/help.h"
#include "core/log.h"
#include "core/text.h"
#include "worker/worker.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERB(name) extern const Verb verb_##name;
#include "cli/verbs.def"
#undef VERB

#define VERB(name) &verb_##name,
const Verb *const cli_verbs[] = {
#include "cli/verbs.def"
        NULL};
#undef VERB

CliCommon cli_common;

const GOptionEntry cli_common_options[] = {
        {"store", 's', 0, G_OPTION_ARG_FILENAME, &cli_common.store,
         "Database folder (default: $OVERREACH_STORE, else ./overreach-store)", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &cli_common.json, "Print the result as JSON", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &cli_common.quiet, "No progress and no warnings on stderr",
         NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &cli_common.verbose, "Tell every event on stderr", NULL},
        {"require-sandbox", 0, 0, G_OPTION_ARG_NONE, &cli_common.require_sandbox,
         "Do nothing where Landlock or seccomp is missing (`overreach status --sandbox` tells)", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &cli_common.help, "Print this", NULL},
        {NULL}};

Store *cli_open_store(StoreMode mode, GError **error)
{
        const char *named = g_getenv("OVERREACH_STORE");
        return store_open(cli_common.store  ? cli_common.store
                          : named && *named ? named
                                            : "overreach-store",
                          mode, error);
}

Sweep *cli_sweep(Store *store, int argc, char **argv, Arena *arena, GError **error)
{
        if (argc > 1) {
                fault(error, FAULT_USAGE, "one sweep is wanted, %d were given", argc);
                return NULL;
        }
        return store_sweep_named(store, argc ? argv[0] : "latest", arena, error);
}

void cli_print_json(const Json *value)
{
        g_autofree char *text = json_print(value, true);
        puts(text);
}

const Verb *cli_verb(const char *name)
{
        for (int i = 0; cli_verbs[i]; i++) {
                if (g_str_equal(cli_verbs[i]->name, name))
                        return cli_verbs[i];
        }
        return NULL;
}

static int unknown_verb(const char *word)
{
        g_autofree char *shown = text_terminal(word);
        fprintf(stderr, "overreach: \"%s\" is not a verb.", shown);
        help_suggest_verb(word, stderr);
        fputs(" See overreach --help.\n", stderr);
        return EXIT_USAGE;
}

static int fail(const Verb *verb, const GError *error)
{
        g_autofree char *shown = text_terminal(error->message);
        fprintf(stderr, "overreach %s: %s", verb->name, shown);
        bool unknown = g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION);
        const char *option = unknown ? strstr(error->message, "--") : NULL;
        if (option) {
                fputc('.', stderr);
                help_suggest_option(verb, option + 2, stderr);
        }
        fputc('\n', stderr);
        if (fault_is(error, FAULT_USAGE) || error->domain == G_OPTION_ERROR)
                fprintf(stderr, "See overreach %s --help.\n", verb->name);
        return fault_exit_code(error);
}

static bool hold_sandbox(const Verb *verb, GError **error)
{
        if (!cli_common.require_sandbox)
                return true;
        if (!verb->workers)
                return fault(error, FAULT_USAGE, "--require-sandbox: this verb starts no workers");
        return worker_sandbox_require(error) || (g_prefix_error(error, "--require-sandbox: "), false);
}

static int run_verb(const Verb *verb, int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GOptionContext) context = g_option_context_new(NULL);
        g_option_context_set_help_enabled(context, FALSE);
        if (verb->options)
                g_option_context_add_main_entries(context, verb->options, NULL);
        g_option_context_add_main_entries(context, cli_common_options, NULL);
        g_autofree char *name = g_strdup_printf("overreach %s", verb->name);
        g_set_prgname(name);
        argv[0] = name;
        if (!g_option_context_parse(context, &argc, &argv, &error))
                return fail(verb, error);
        if (cli_common.help) {
                help_print_verb(verb, stdout);
                return EXIT_OK;
        }
        log_set_level(cli_common.quiet ? LOG_ERROR : cli_common.verbose ? LOG_INFO : LOG_WARN);
        if (!hold_sandbox(verb, &error))
                return fail(verb, error);
        int first = argc > 1 && g_str_equal(argv[1], "--") ? 2 : 1;
        int code = verb->run(argc - first, argv + first, &error);
        if (code < 0)
                code = fail(verb, error);
        if (fflush(stdout) != 0 || ferror(stdout)) {
                perror("overreach: writing the result");
                code = EXIT_DATABASE;
        }
        return code;
}

int main(int argc, char **argv)
{
        setlocale(LC_CTYPE, "");
        if (argc < 2) {
                help_print_verbs(stderr);
                return EXIT_USAGE;
        }
        if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
                help_print_verbs(stdout);
                return EXIT_OK;
        }
        const Verb *verb = cli_verb(g_str_equal(argv[1], "--version") ? "version" : argv[1]);
        return verb ? run_verb(verb, argc - 1, argv + 1) : unknown_verb(argv[1]);
}
