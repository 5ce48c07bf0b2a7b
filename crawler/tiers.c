/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/tiers.h"

#include "core/record.h"
#include "crawler/head.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
        FRAME_RANGES = 1,
        ROUNDS = 16,            /* answers of the planner, the last one included */
        REQUESTS = 64,          /* of one APK */
        PIECE = 64 << 20,       /* bytes of one request: it is held in memory */
        PROBE = 64,             /* bytes of the request that asks for nothing but the size */
        PIECES_LIMIT = 4 * 1024 /* extents held: as many as an argument has room for */
};

typedef struct {
        uint64_t from, to;
} Piece;

typedef struct {
        Tiers *tiers;
        const Market *market;
        char *url, *secret, *tier;
        bool loopback;
        int64_t size; /* -1: not known yet */
        TierDone done;
        void *context;
        int fd;
        GArray *held;    /* of Piece, sorted, apart */
        GQueue wanted;   /* of Piece *, in order */
        char *validator; /* of the file that the pieces are of; NULL: the server states none */
        bool answered;   /* the planner has */
        char *whole;     /* what it says against ranges */
        bool restarted;
        unsigned rounds, requests;
        uint64_t wire_bytes;
} Job;

struct Tiers {
        Hosts *hosts;
        WorkerPool *pool;
        GHashTable *jobs;
};

static void job_free(void *data)
{
        Job *job = data;
        g_free(job->url);
        g_free(job->secret);
        g_free(job->tier);
        g_free(job->validator);
        g_free(job->whole);
        g_array_unref(job->held);
        g_queue_clear_full(&job->wanted, g_free);
        if (job->fd >= 0)
                close(job->fd);
        g_free(job);
}

Tiers *tiers_new(Hosts *hosts, WorkerPool *pool)
{
        Tiers *tiers = g_new0(Tiers, 1);
        *tiers = (Tiers){hosts, pool, g_hash_table_new_full(NULL, NULL, job_free, NULL)};
        return tiers;
}

void tiers_free(Tiers *tiers)
{
        if (!tiers)
                return;
        g_hash_table_unref(tiers->jobs);
        g_free(tiers);
}

/* ---- the end */

static void finish(Job *job, TierReply *reply)
{
        reply->fd = reply->end == TIER_PART ? job->fd : -1;
        reply->size = job->size;
        reply->wire_bytes = job->wire_bytes;
        reply->requests = job->requests;
        job->done(reply, job->context);
        g_hash_table_remove(job->tiers->jobs, job);
}

static void end_whole(Job *job, const char *why)
{
        TierReply reply = {.end = TIER_WHOLE, .detail = why};
        finish(job, &reply);
}

static void end_failed(Job *job, AskEnd ask, const FetchReply *failed, int64_t again_at_ms)
{
        TierReply reply = {.end = TIER_FAILED,
                           .detail = failed->detail,
                           .ask = ask,
                           .reply = failed,
                           .again_at_ms = again_at_ms};
        finish(job, &reply);
}

static Extent **extents_of(const Job *job, Arena *arena)
{
        Extent **list = arena_array(arena, Extent *, job->held->len);
        for (guint i = 0; i < job->held->len; i++) {
                list[i] = record_new(arena, Extent, extent__init);
                list[i]->from = g_array_index(job->held, Piece, i).from;
                list[i]->to = g_array_index(job->held, Piece, i).to;
        }
        return list;
}

static void end_part(Job *job)
{
        g_autoptr(Arena) arena = arena_new();
        Extent **extents = extents_of(job, arena);
        TierReply reply = {.end = TIER_PART,
                           .detail = "",
                           .extents = (const Extent *const *)extents,
                           .n_extents = job->held->len};
        finish(job, &reply);
}

/* ---- pieces */

static int by_place(const void *a, const void *b)
{
        const Piece *x = a, *y = b;
        return (x->from > y->from) - (x->from < y->from);
}

/* One more piece; those that touch or overlap become one. */
static void hold(Job *job, Piece piece)
{
        guint n = 0;
        g_array_append_val(job->held, piece);
        g_array_sort(job->held, by_place);
        Piece *list = (Piece *)(void *)job->held->data;
        for (guint i = 1; i < job->held->len; i++) {
                if (list[i].from <= list[n].to)
                        list[n].to = MAX(list[n].to, list[i].to);
                else
                        list[++n] = list[i];
        }
        g_array_set_size(job->held, n + 1);
}

static bool keep(Job *job, Piece piece, Span bytes)
{
        for (size_t at = 0; at < bytes.len;) {
                ssize_t n = pwrite(job->fd, bytes.data + at, bytes.len - at, (off_t)(piece.from + at));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                at += (size_t)n;
        }
        hold(job, piece);
        return true;
}

/* A sparse file of the whole one's size, with nothing in it. */
static bool open_file(Job *job)
{
        if (job->fd >= 0)
                close(job->fd);
        job->fd = memfd_create("apk-part", MFD_CLOEXEC);
        return job->fd >= 0 && ftruncate(job->fd, job->size) == 0;
}

/* ---- asking */

static void ask_planner(Job *job);
static void ask_next(Job *job);

static void begin(Job *job, int64_t size)
{
        job->size = size;
        g_array_set_size(job->held, 0);
        g_queue_clear_full(&job->wanted, g_free);
        g_clear_pointer(&job->validator, g_free);
        job->rounds = 0;
        if (open_file(job))
                ask_planner(job);
        else
                end_whole(job, "no memory file could be made");
}

/* The file is another one than before. */
static void begin_anew(Job *job, const FetchReply *reply)
{
        if (job->restarted) {
                end_whole(job, "the file changed while it was fetched, twice");
                return;
        }
        job->restarted = true;
        begin(job, reply->total > 0 ? reply->total : job->size);
}

/* States another validator of the same kind; a reply under If-Range need not repeat it. */
static bool says_another(const Job *job, const FetchReply *reply)
{
        const char *now = job->validator[0] == '"' ? reply->etag : reply->last_modified;
        return now && !g_str_equal(now, job->validator);
}

static bool is_another(const Job *job, const FetchReply *reply)
{
        if (!job->held->len)
                return false;
        bool other_size = reply->total > 0 && reply->total != job->size;
        bool refused = job->validator && reply->end == FETCH_RANGE;
        return other_size || refused ||
               (job->validator && reply->end == FETCH_OK && says_another(job, reply));
}

static void got_piece(Job *job, const FetchReply *reply)
{
        g_autofree Piece *piece = g_queue_pop_head(&job->wanted);
        if (!job->held->len)
                job->validator = g_strdup(head_validator(reply->etag, reply->last_modified));
        if (reply->body.len != piece->to - piece->from)
                end_whole(job, "a range came shorter than the file is said to be");
        else if (!keep(job, *piece, reply->body))
                end_whole(job, "the memory file could not be written");
        else
                ask_next(job);
}

/* Of the first answer, before anything is held. */
static void got_other_size(Job *job, int64_t total)
{
        g_autofree char *why = g_strdup_printf("the server's file has %" G_GINT64_FORMAT
                                               " bytes, the market says %" G_GINT64_FORMAT,
                                               total, job->size);
        end_whole(job, why);
}

static void range_came(AskEnd end, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Job *job = context;
        job->wire_bytes += end == ASK_DONE ? reply->wire_bytes : 0;
        if (end == ASK_DONE && is_another(job, reply))
                begin_anew(job, reply);
        else if (end == ASK_DONE && reply->end == FETCH_RANGE)
                end_whole(job, reply->detail && *reply->detail ? reply->detail : "the server ignores ranges");
        else if (end != ASK_DONE || reply->end != FETCH_OK)
                end_failed(job, end, reply, again_at_ms);
        else if (reply->total > 0 && reply->total != job->size)
                got_other_size(job, reply->total);
        else
                got_piece(job, reply);
}

static void size_came(AskEnd end, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Job *job = context;
        job->wire_bytes += end == ASK_DONE ? reply->wire_bytes : 0;
        if (end != ASK_DONE || (reply->end != FETCH_OK && reply->end != FETCH_RANGE))
                end_failed(job, end, reply, again_at_ms);
        else if (reply->end == FETCH_RANGE || reply->total <= 0)
                end_whole(job, "the server ignores ranges, or does not tell the size");
        else
                begin(job, reply->total);
}

static void ask_range(Job *job, uint64_t from, uint64_t to, AskDone done)
{
        FetchWish wish = {.url = job->url,
                          .secret = job->secret,
                          .max_bytes = to - from,
                          .size = -1,
                          .loopback = job->loopback,
                          .range_from = from,
                          .range_to = to,
                          .if_range = job->validator};
        job->requests++;
        hosts_ask(job->tiers->hosts, job->market, &wish, done, job);
}

static void ask_next(Job *job)
{
        const Piece *next = g_queue_peek_head(&job->wanted);
        if (!next)
                ask_planner(job);
        else if (job->requests >= REQUESTS)
                end_whole(job, "too many requests");
        else
                ask_range(job, next->from, next->to, range_came);
}

/* ---- the planner */

static void add_wanted(Job *job, const Extent *e)
{
        for (uint64_t from = e->from; from < e->to; from += PIECE) {
                Piece *piece = g_new(Piece, 1);
                *piece = (Piece){from, MIN(e->to, from + PIECE)};
                g_queue_push_tail(&job->wanted, piece);
        }
}

static bool is_sound(const Job *job, const Ranges *ranges)
{
        uint64_t last = 0;
        for (size_t i = 0; i < ranges->n_wanted; i++) {
                const Extent *e = ranges->wanted[i];
                if (e->from < last || e->from >= e->to || e->to > (uint64_t)job->size)
                        return false;
                last = e->to;
        }
        return ranges->n_wanted <= REQUESTS;
}

static void ranges_came(uint8_t type, Span frame, void *context)
{
        Job *job = context;
        g_autoptr(Arena) arena = arena_new();
        const Ranges *ranges = type == FRAME_RANGES ? record_ranges(arena, frame, NULL) : NULL;
        if (!ranges || job->answered || !is_sound(job, ranges))
                return;
        job->answered = true;
        job->whole = g_strdup(ranges->whole);
        for (size_t i = 0; i < ranges->n_wanted && !job->whole; i++)
                add_wanted(job, ranges->wanted[i]);
}

static void planner_ended(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Job *job = context;
        (void)code;
        g_autofree char *why = job->whole ? g_strdup(job->whole) : NULL;
        if (end != WORKER_OK || !job->answered)
                why = g_strdup_printf("its ranges cannot be told: %s%s%s", worker_end_name(end),
                                      *detail ? ": " : "", detail);
        if (why)
                end_whole(job, why);
        else if (g_queue_is_empty(&job->wanted))
                end_part(job);
        else
                ask_next(job);
}

static void ask_planner(Job *job)
{
        if (++job->rounds > ROUNDS || job->held->len > PIECES_LIMIT) {
                end_whole(job, "too many rounds");
                return;
        }
        g_autoptr(Arena) arena = arena_new();
        RangesTask task = RANGES_TASK__INIT;
        task.tier = job->tier;
        task.size = job->size;
        task.extents = extents_of(job, arena);
        task.n_extents = job->held->len;
        job->answered = false;
        g_autoptr(GBytes) argument = record_pack(&task);
        worker_submit(job->tiers->pool, "ranges", record_span(argument), &job->fd, 1,
                      (WorkerCalls){ranges_came, planner_ended, job});
}

void tiers_start(Tiers *tiers, const Market *market, const TierWish *wish, TierDone done, void *context)
{
        Job *job = g_new0(Job, 1);
        *job = (Job){.tiers = tiers,
                     .market = market,
                     .url = g_strdup(wish->url),
                     .secret = g_strdup(wish->secret),
                     .tier = g_strdup(wish->tier),
                     .loopback = wish->loopback,
                     .size = wish->size,
                     .done = done,
                     .context = context,
                     .fd = -1,
                     .held = g_array_new(FALSE, FALSE, sizeof(Piece))};
        g_queue_init(&job->wanted);
        g_hash_table_add(tiers->jobs, job);
        if (job->size > 0)
                begin(job, job->size);
        else
                ask_range(job, 0, PROBE, size_came);
}
