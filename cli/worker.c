/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hidden verb that worker hosts are started with, and the tasks they know. */
#include "cli/cli.h"

#include "analyzer/analyzer.h"
#include "analyzer/extents.h"
#include "crawler/crawler.h"
#include "worker/worker.h"

enum { FRAME_FACTS = 1, FRAME_CLASSES = 1, FRAME_RANGES = 1, CLASSES_A_FRAME = 64 << 10 };

static void *open_analyzer(GError **error)
{
        g_autofree char *home = datafile_home(error);
        g_autofree char *user = datafile_user_home();
        return home ? analyzer_new(home, user, error) : NULL;
}

static void close_analyzer(void *tables)
{
        analyzer_free(tables);
}

/* Of which a part of the file is enough. */
static bool is_tier(const char *name)
{
        return g_str_equal(name, "manifest") || g_str_equal(name, "dex");
}

/* NULL without an error: nothing was asked for, so the defaults hold. */
static const AnalyzerOptions *read_options(Span argument, Arena *arena, GError **error)
{
        const ApkTask *task =
                argument.len ? RECORD_UNPACK(arena, ApkTask, &apk_task__descriptor, argument, error) : NULL;
        if (!task)
                return NULL;
        if (task->tier && !is_tier(task->tier)) {
                fault(error, FAULT_BUG, "there is no tier %s", task->tier);
                return NULL;
        }
        AnalyzerOptions *options = arena_new0(arena, AnalyzerOptions);
        char **only = arena_array(arena, char *, task->n_only + 1);
        for (size_t i = 0; i < task->n_only; i++)
                only[i] = task->only[i];
        *options = (AnalyzerOptions){.verify = task->verify,
                                     .api_level = task->api_level,
                                     .only = task->n_only ? (const char *const *)only : NULL,
                                     .tier = task->tier,
                                     .extents = task->extents,
                                     .n_extents = task->n_extents};
        return options;
}

static bool run_apk(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        if (in->n_fds < 1)
                return fault(error, FAULT_BUG, "no APK was handed over");
        const AnalyzerOptions *options = read_options(in->argument, arena, error);
        if (in->argument.len && !options)
                return false;
        Facts *facts = analyzer_apk(in->tables, in->fd[0], options, arena);
        g_autoptr(GBytes) packed = record_pack(facts);
        return task_emit(out, FRAME_FACTS, record_span(packed), error);
}

static const Task task_apk = {.name = "apk", .open = open_analyzer, .close = close_analyzer, .run = run_apk};

/* One frame: packed Ranges (crawler/tiers.c asks). */
static bool run_ranges(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const RangesTask *task =
                RECORD_UNPACK(arena, RangesTask, &ranges_task__descriptor, in->argument, error);
        if (!task)
                return false;
        if (in->n_fds < 1 || task->size <= 0 || !is_tier(task->tier))
                return fault(error, FAULT_BUG, "no file, no size, or no such tier as %s", task->tier);
        Held held = {task->n_extents, task->extents};
        Ranges *ranges = extents_wanted(in->fd[0], task->tier, (uint64_t)task->size, &held, arena);
        g_autoptr(GBytes) packed = record_pack(ranges);
        return task_emit(out, FRAME_RANGES, record_span(packed), error);
}

static const Task task_ranges = {.name = "ranges", .run = run_ranges};

/* Frames of class descriptors, each with a newline behind it. */
typedef struct {
        TaskOutput *out;
        GString *lines;
        GError *error;
} Classes;

static void send_classes(Classes *classes)
{
        if (classes->lines->len && !classes->error)
                task_emit(classes->out, FRAME_CLASSES, span_of(classes->lines->str, classes->lines->len),
                          &classes->error);
        g_string_truncate(classes->lines, 0);
}

static void add_class(Span descriptor, void *context)
{
        Classes *classes = context;
        g_string_append_len(classes->lines, (const char *)descriptor.data, (gssize)descriptor.len);
        g_string_append_c(classes->lines, '\n');
        if (classes->lines->len >= CLASSES_A_FRAME)
                send_classes(classes);
}

static bool run_classes(const TaskInput *in, TaskOutput *out, GError **error)
{
        Classes classes = {.out = out, .lines = g_string_new(NULL)};
        bool ok = analyzer_classes(in->fd[0], add_class, &classes, error);
        send_classes(&classes);
        g_string_free(classes.lines, TRUE);
        if (ok && classes.error) {
                g_propagate_error(error, classes.error);
                return false;
        }
        g_clear_error(&classes.error);
        return ok;
}

static const Task task_classes = {
        .name = "classes", .limits = {.output_bytes = (size_t)256 << 20}, .run = run_classes};

static int run(int argc, char **argv, GError **error)
{
        (void)argc, (void)argv, (void)error;
        const Task tasks[] = {task_apk,           task_ranges,         task_classes,
                              crawler_task_jar,   crawler_task_index,  crawler_task_robots,
                              crawler_task_reply, crawler_task_source, crawler_task_policy,
                              {.name = NULL}};
        return worker_host_main(tasks);
}

const Verb verb_worker = {.name = "worker",
                          .summary = "Serve tasks to the process that started this one",
                          .operands = "",
                          .description = "Started by overreach itself, never by hand.",
                          .example = "  (none)",
                          .hidden = true,
                          .run = run};
