/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdio.h>

static int run(int argc, char **argv, GError **error)
{
        if (argc != 1) {
                fault(error, FAULT_USAGE, "name the folder to make");
                return -1;
        }
        g_autoptr(Store) store = cli_open_store(STORE_WRITE, error);
        if (!store || !store_backup(store, argv[0], error))
                return -1;
        g_autoptr(Store) copy = store_open(argv[0], STORE_READ, error);
        if (!copy) {
                g_prefix_error(error, "the copy was made but does not open: ");
                return -1;
        }
        if (cli_common.json) {
                g_autoptr(Json) json = json_map();
                json_set_str(json, "backup", store_directory(copy));
                cli_print_json(json);
        } else if (!cli_common.quiet) {
                printf("%s: a copy that opens by itself\n", argv[0]);
        }
        return EXIT_OK;
}

const Verb verb_backup = {
        .name = "backup",
        .summary = "Make a consistent copy of the database that opens by itself",
        .operands = "DIR",
        .description =
                "DIR must not exist. The copy is opened once to see that it does. On the same file system it "
                "shares table files with the original (hard links, they are never "
                "changed): against a failing disk, copy DIR to another one.",
        .example = "  overreach backup /srv/backup/overreach-2026-11-21",
        .run = run};
