/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker task that reads a source which is no market's page: a hash list, or a corpus's manifest. */
#include "crawler/crawler.h"

#include "crawler/gzip.h"
#include "crawler/markets/corpus.h"
#include "crawler/markets/hashlist.h"
#include "crawler/sample.h"
#include "crawler/tasks.h"

enum { NAMES_BYTES = 256 << 20 };

typedef struct {
        TaskOutput *out;
        GError *error; /* what stopped the frames; NULL: nothing */
} Frames;

static bool emit_record(Frames *frames, uint8_t type, const ProtobufCMessage *record)
{
        g_autoptr(GBytes) bytes = record_pack_message(record);
        return task_emit(frames->out, type, record_span(bytes), &frames->error);
}

static bool listing_read(const Listing *listing, void *context)
{
        return emit_record(context, CRAWLER_FRAME_RECORD, &listing->base);
}

static bool gather(Span piece, void *context)
{
        g_string_append_len(context, (const char *)piece.data, (gssize)piece.len);
        return true;
}

/* The set of names that descriptor 1 holds, one a line. */
static GHashTable *read_names(int fd, GError **error)
{
        g_autoptr(GString) text = g_string_new(NULL);
        if (!gzip_read(fd, NAMES_BYTES, gather, text, error)) {
                g_prefix_error(error, "the list of packages: ");
                return NULL;
        }
        GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (char *line = text->str, *end; *line; line = end + (*end == '\n')) {
                end = line + strcspn(line, "\n");
                if (end > line)
                        g_hash_table_add(names, g_strndup(line, (gsize)(end - line)));
        }
        return names;
}

static IndexSummary *read_hashes(const TaskInput *in, const SourceTask *task, const Market *market,
                                 Frames *frames, Arena *arena, GError **error)
{
        g_autoptr(GHashTable) names = NULL;
        if (in->n_fds > 1 && !(names = read_names(in->fd[1], error)))
                return NULL;
        HashlistRule rule = {.market = task->market,
                             .only_markets = (const char *const *)market->only_markets,
                             .date = market->date,
                             .from = market->from,
                             .to = market->to,
                             .size_min = market->size_min,
                             .size_max = market->size_max,
                             .packages = names,
                             .sample = task->sample,
                             .seed = task->seed,
                             .shard = task->shard,
                             .shards = task->shards};
        return hashlist_read(in->fd[0], &rule, listing_read, frames, arena, error);
}

static bool run_source(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        SourceTask *task = RECORD_UNPACK(arena, SourceTask, &source_task__descriptor, in->argument, error);
        g_autoptr(Market) market = task ? market_parse(task->market, task->file, error) : NULL;
        if (!market)
                return false;
        Frames frames = {.out = out};
        IndexSummary *summary =
                market->protocol == MARKET_HASHES
                        ? read_hashes(in, task, market, &frames, arena, error)
                        : corpus_read(in->fd[0], task->market, (const char *const *)market->only_markets,
                                      listing_read, &frames, arena, error);
        bool ok = summary && !frames.error && emit_record(&frames, CRAWLER_FRAME_SUMMARY, &summary->base);
        if (frames.error) { /* it also stopped the reading: the first cause counts */
                g_clear_error(error);
                g_propagate_error(error, frames.error);
        }
        return ok;
}

/* Loads what the digest library loads on first use. */
static void *warm_up(GError **error)
{
        (void)error;
        static const char loaded = 1;
        (void)sample_number(0, "");
        return (void *)&loaded;
}

/* A million rows of AndroZoo's list (95 MB packed) take 2.7 s of one core; the list has 25 million and more. */
const Task crawler_task_source = {
        .name = "source",
        .limits = {.memory_bytes = (size_t)3 << 30,
                   .cpu_s = 3600,
                   .wall_ms = 3600 * 1000,
                   .output_bytes = (size_t)2 << 30},
        .open = warm_up,
        .run = run_source,
};
