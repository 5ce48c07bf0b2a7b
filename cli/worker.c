/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hidden verb that worker hosts are started with, and the tasks they know. */
#include "cli/cli.h"

#include "analyzer/analyzer.h"
#include "crawler/crawler.h"
#include "worker/worker.h"

enum { FRAME_FACTS = 1 };

static void *open_analyzer(GError **error)
{
        g_autofree char *home = datafile_home(error);
        return home ? analyzer_new(home, error) : NULL;
}

static void close_analyzer(void *tables)
{
        analyzer_free(tables);
}

static bool run_apk(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        if (in->n_fds < 1)
                return fault(error, FAULT_BUG, "no APK was handed over");
        Facts *facts = analyzer_apk(in->tables, in->fd[0], arena);
        g_autoptr(GBytes) packed = record_pack(facts);
        return task_emit(out, FRAME_FACTS, record_span(packed), error);
}

static const Task task_apk = {.name = "apk", .open = open_analyzer, .close = close_analyzer, .run = run_apk};

static int run(int argc, char **argv, GError **error)
{
        (void)argc, (void)argv, (void)error;
        const Task tasks[] = {
                task_apk, crawler_task_jar, crawler_task_index, crawler_task_robots, {.name = NULL}};
        return worker_host_main(tasks);
}

const Verb verb_worker = {.name = "worker",
                          .summary = "Serve tasks to the process that started this one",
                          .operands = "",
                          .description = "Started by overreach itself, never by hand.",
                          .example = "  (none)",
                          .hidden = true,
                          .run = run};
