/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/tasks.h"

#include "crawler/crawler.h"
#include "crawler/markets/fdroid.h"
#include "crawler/markets/jarsign.h"
#include "crawler/robots.h"
#include "crawler/taskio.h"

static bool emit_document(TaskOutput *out, Span document, GError **error)
{
        for (size_t at = 0; at < document.len; at += CRAWLER_PIECE_BYTES) {
                Span piece = span_part(document, at, MIN(document.len - at, (size_t)CRAWLER_PIECE_BYTES));
                if (!task_emit(out, CRAWLER_FRAME_DOCUMENT, piece, error))
                        return false;
        }
        return true;
}

static void *nothing_to_load(GError **error)
{
        (void)error;
        static const char loaded = 1;
        return (void *)&loaded;
}

/* ---- jar
 * -------------------------------------------------------------------------------------------------------- */

static void *warm_up(GError **error)
{
        jarsign_warm_up();
        return nothing_to_load(error);
}

static bool run_jar(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        JarTask *task = RECORD_UNPACK(arena, JarTask, &jar_task__descriptor, in->argument, error);
        Span jar = {NULL, 0}, document = {NULL, 0};
        if (!task)
                return false;
        if (!task_read_whole(in->fd[0], task->v1 ? FDROID_INDEX_JAR_BYTES : FDROID_ENTRY_JAR_BYTES, arena,
                             &jar, error)) {
                g_prefix_error(error, "%s: ", task->v1 ? "index-v1.jar" : "entry.jar");
                return false;
        }
        IndexEntry *entry =
                fdroid_jar(task->v1 ? FDROID_INDEX_V1 : FDROID_ENTRY_V2, jar, task->fingerprint,
                           span_of(task->certificate.data, task->certificate.len), arena, &document, error);
        return entry && emit_document(out, document, error) &&
               task_emit_record(out, CRAWLER_FRAME_RECORD, &entry->base, error);
}

/* An index-v1.jar holds the whole index, so the limits are the index task's. */
const Task crawler_task_jar = {
        .name = "jar",
        .limits = {.memory_bytes = (size_t)3 << 30,
                   .cpu_s = 120,
                   .wall_ms = 180000,
                   .output_bytes = (size_t)2 << 30},
        .open = warm_up,
        .run = run_jar,
};

/* ---- index
 * ------------------------------------------------------------------------------------------------------ */

typedef struct {
        TaskOutput *out;
        GError *error; /* what stopped the frames; NULL: nothing */
} Frames;

static void emit_merged(Span document, void *context)
{
        Frames *frames = context;
        (void)emit_document(frames->out, document, &frames->error);
}

static bool emit_listing(const Listing *listing, void *context)
{
        Frames *frames = context;
        return !frames->error &&
               task_emit_record(frames->out, CRAWLER_FRAME_RECORD, &listing->base, &frames->error);
}

static bool run_index(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        IndexTask *task = RECORD_UNPACK(arena, IndexTask, &index_task__descriptor, in->argument, error);
        Span document = {NULL, 0}, patch = {NULL, 0};
        if (!task || !task_read_whole(in->fd[0], FDROID_DOCUMENT_BYTES, arena, &document, error) ||
            (in->n_fds > 1 && !task_read_whole(in->fd[1], FDROID_DOCUMENT_BYTES, arena, &patch, error)))
                return false;
        if (in->n_fds > 1 && patch.len == 0)
                return fault(error, FAULT_MALFORMED, "diff: is empty");
        Frames frames = {.out = out};
        FdroidCalls calls = {.merged = emit_merged, .listing = emit_listing, .context = &frames};
        IndexSummary *summary = fdroid_index(task->v1 ? FDROID_INDEX_V1 : FDROID_ENTRY_V2, task->market,
                                             document, patch, &calls, arena, error);
        if (frames.error) { /* it also stopped the reading: the first cause counts */
                g_clear_error(error);
                g_propagate_error(error, frames.error);
                return false;
        }
        return summary && task_emit_record(out, CRAWLER_FRAME_SUMMARY, &summary->base, error);
}

const Task crawler_task_index = {
        .name = "index",
        .limits = {.memory_bytes = (size_t)3 << 30,
                   .cpu_s = 120,
                   .wall_ms = 180000,
                   .output_bytes = (size_t)2 << 30},
        .open = nothing_to_load,
        .run = run_index,
};

/* ---- robots
 * ----------------------------------------------------------------------------------------------------- */

static bool run_robots(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        RobotsTask *task = RECORD_UNPACK(arena, RobotsTask, &robots_task__descriptor, in->argument, error);
        Span text = {NULL, 0};
        if (!task || !task_read_whole(in->fd[0], (size_t)16 << 20, arena, &text, error))
                return false;
        Robots *robots = robots_parse(text, task->product, arena);
        return task_emit_record(out, CRAWLER_FRAME_RECORD, &robots->base, error);
}

const Task crawler_task_robots = {
        .name = "robots",
        .limits = {.memory_bytes = (size_t)256 << 20,
                   .cpu_s = 5,
                   .wall_ms = 10000,
                   .output_bytes = (size_t)4 << 20},
        .open = nothing_to_load,
        .run = run_robots,
};
