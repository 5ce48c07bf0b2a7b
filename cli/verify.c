/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdio.h>

static void tell(const char *line, void *context)
{
        (void)context;
        fprintf(stderr, "%s\n", line);
}

static int run(int argc, char **argv, GError **error)
{
        static const char *const names[STORE_TABLES] = {"listings", "artifacts", "observations", "vectors",
                                                        "findings", "hosts",     "sweeps",       "meta",
                                                        "counters", "frames",    "conduct",      "policies"};
        (void)argv;
        if (argc) {
                fault(error, FAULT_USAGE, "no operand is wanted; --store names the database");
                return -1;
        }
        g_autoptr(Store) store = cli_open_store(STORE_READ, error);
        StoreCheck check = {0};
        if (!store || !store_verify(store, &check, tell, NULL, error))
                return -1;
        if (cli_common.json) {
                g_autoptr(Json) json = json_map();
                Json *rows = json_set(json, "rows", json_map());
                for (int i = 0; i < STORE_TABLES; i++)
                        json_set_int(rows, names[i], (int64_t)check.rows[i]);
                json_set_int(rows, "errands", (int64_t)check.errands);
                json_set_int(json, "problems", (int64_t)check.problems);
                cli_print_json(json);
        } else {
                for (int i = 0; i < STORE_TABLES; i++)
                        printf("%-13s %10" G_GUINT64_FORMAT " rows\n", names[i], check.rows[i]);
                printf("%-13s %10" G_GUINT64_FORMAT " rows\n", "errands", check.errands);
                printf("%s: %" G_GUINT64_FORMAT " problem%s\n", store_directory(store), check.problems,
                       check.problems == 1 ? "" : "s");
        }
        return check.problems ? EXIT_DATABASE : EXIT_OK;
}

const Verb verb_verify = {.name = "verify",
                          .summary = "Read the whole database again and check it",
                          .operands = "",
                          .description = "Reads every block with its checksum, unpacks every record, and "
                                         "follows every reference. Each\n"
                                         "problem is one line on stderr; any problem is exit code 5.",
                          .example = "  overreach verify --store survey/",
                          .run = run};
