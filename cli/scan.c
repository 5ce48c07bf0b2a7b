/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan: facts of files on disk, one JSON object a line, in the order of the arguments; no database. */
#include "cli/cli.h"

#include "cli/reading.h"
#include "core/text.h"
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static ReadingOptions reading;
static struct {
        gboolean classes, pretty;
} opt;

static const GOptionEntry entries[] = {READING_OPTIONS(reading),
                                       {"pretty", 'p', 0, G_OPTION_ARG_NONE, &opt.pretty,
                                        "Indent the objects (default on a terminal)", NULL},
                                       {"classes", 0, 0, G_OPTION_ARG_NONE, &opt.classes,
                                        "Print the classes of one app instead, a descriptor a line", NULL},
                                       {NULL}};

static char *as_json(const Facts *facts, const char *path)
{
        g_autoptr(Json) json = record_facts_json(facts, path);
        return json_print(json, opt.pretty);
}

/* ---- --classes: for the differential tests */

static void classes_came(uint8_t type, Span frame, void *context)
{
        (void)type, (void)context;
        g_autofree char *text = g_strndup((const char *)frame.data, frame.len);
        g_auto(GStrv) names = g_strsplit(text, "\n", -1);
        for (char **name = names; *name && name[1]; name++) { /* the last is what follows the last newline */
                g_autofree char *shown = text_terminal(*name);
                puts(shown);
        }
}

static void classes_ended(WorkerEnd end, Fault code, const char *detail, void *context)
{
        GError **why = context;
        if (end != WORKER_OK)
                fault(why, code, "%s%s%s", end == WORKER_FAILED ? "" : worker_end_name(end),
                      end == WORKER_FAILED ? "" : ": ", detail);
}

static int print_classes(const char *path, GError **error)
{
        g_autoptr(WorkerPool) pool = worker_pool_new(NULL, &(WorkerOptions){.hosts = 1}, error);
        if (!pool)
                return -1;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
                fault_errno(error, FAULT_USAGE, errno, "%s", path);
                return -1;
        }
        GError *why = NULL;
        worker_submit(pool, "classes", span_str(""), &fd, 1,
                      (WorkerCalls){classes_came, classes_ended, &why});
        worker_pool_wait(pool);
        close(fd);
        if (!why)
                return EXIT_OK;
        g_propagate_error(error, why);
        return -1;
}

static int run(int argc, char **argv, GError **error)
{
        if (opt.classes && argc != 1) {
                fault(error, FAULT_USAGE, "--classes reads one app at a time");
                return -1;
        }
        if (opt.classes)
                return print_classes(argv[0], error);
        opt.pretty = opt.pretty || isatty(STDOUT_FILENO);
        return reading_run("scan", argc, argv, &reading, as_json, error);
}

const Verb verb_scan = {
        .name = "scan",
        .summary = "Print what app files hold, one JSON object each; needs no database",
        .operands = "FILE|DIR...",
        .description =
                "Below a DIR every *.apk, *.xapk, *.apkm, *.apks, *.aab and *.dex is read; a FILE is what "
                "its bytes\n"
                "say, whatever its name. Keys: path, sha256, outcome, package, version_code, version_name,\n"
                "label, min_sdk, target_sdk, permissions, components, signers, sdks, anomalies, calls, "
                "permission_use,\n"
                "startup, hosts, posture, blind, containers, and more behind them (docs/analysis.md).\n"
                "outcome is \"analysed\" or \"unanalysable:<reason>\"; any of the latter is exit code 3.",
        .example = "  overreach scan app.apk | jq '.permissions[].name'",
        .options = entries,
        .no_store = true,
        .workers = true,
        .run = run};
