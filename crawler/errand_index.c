/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One market's index: entry.jar, then a diff or the whole index (or index-v1.jar), verified and parsed in workers; its
 * listings, and the draw that follows. */
#include "crawler/run.h"

#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "crawler/kept.h"
#include "crawler/listed.h"
#include "crawler/memfile.h"
#include "crawler/tasks.h"

#include <unistd.h>

enum {
        ENTRY_BYTES = 1 << 20,
        V1_BYTES = 256 << 20,
        INDEX_BYTES = 1 << 30,
        LISTINGS_A_BATCH = 500,
        STALE_DAYS = 14 /* entry.json's maxAge where it states none */
};

typedef struct {
        Run *run;
        Arena *arena;
        Errand *errand;
        const Market *market;
        MarketState *old, *new; /* what was accepted before; what will be */
        const char *base;       /* the mirror in use; in the arena */
        IndexEntry *entry;      /* verified */
        const IndexFile *file;  /* being fetched */
        bool v1, by_diff, unchanged;
        GByteArray *document; /* v1: the JSON out of the jar; else the index, or the merged document */
        IndexSummary *summary;
        GPtrArray *listings; /* GBytes of packed Listing */
        MarketResult *result;
} Job;

static void ask_entry(Job *job);
static void ask_index(Job *job);

static void job_free(void *data)
{
        Job *job = data;
        g_byte_array_unref(job->document);
        g_ptr_array_unref(job->listings);
        arena_free(job->arena);
        g_free(job);
}

static void job_end(Job *job)
{
        run_job_ended(job->run, job);
}

/* The market cannot be listed in this sweep; the others go on. */
static void market_failed(Job *job, const char *reason, const char *detail)
{
        listed_failed(job->run, job->errand, reason, detail);
        job_end(job);
}

static void failed_by(Job *job, const GError *error)
{
        const char *reason = fault_is(error, FAULT_SIGNATURE)  ? "signature"
                             : fault_is(error, FAULT_ROLLBACK) ? "rollback"
                             : fault_is(error, FAULT_LIMIT)    ? "limit"
                                                               : "malformed";
        market_failed(job, reason, error->message);
}

static void try_again(Job *job, const char *reason, const char *detail, int64_t at_ms, unsigned tries)
{
        if (job->errand->attempts + 1 >= tries) {
                market_failed(job, reason, detail);
                return;
        }
        log_event(LOG_WARN, "index_retry", "market", job->market->name, "why", reason, "detail", detail,
                  NULL);
        run_retry(job->run, job->market, job->arena, job->errand, reason, at_ms);
        job_end(job);
}

/* This host will not give it, now or later; each other mirror is asked once. */
static void try_elsewhere(Job *job, const char *reason, const char *detail)
{
        g_autoptr(GPtrArray) bases = run_bases(job->run, job->market);
        try_again(job, reason, detail, clock_now_ms(), MIN(bases->len, run_max_attempts(job->run)));
}

/* True: reply holds the body. Else the job has been ended or put off. */
static bool came(Job *job, AskEnd ask, const FetchReply *reply, int64_t again_at_ms)
{
        switch (ask) {
        case ASK_ROBOTS: try_elsewhere(job, "robots", reply->detail); return false;
        case ASK_ROBOTS_UNREACHABLE: try_elsewhere(job, "robots-unreachable", reply->detail); return false;
        case ASK_GIVEN_UP: try_elsewhere(job, "host-unreachable", reply->detail); return false;
        case ASK_CANCELLED: job_end(job); return false;
        case ASK_DONE: break;
        }
        if (reply->end == FETCH_OK || reply->end == FETCH_UNCHANGED)
                return true;
        if (reply->end == FETCH_CANCELLED)
                job_end(job);
        else if (fetch_end_retryable(reply->end) || reply->end == FETCH_DIGEST || reply->end == FETCH_SIZE)
                try_again(job, fetch_end_name(reply->end), reply->detail,
                          MAX(again_at_ms, clock_now_ms() + 500), run_max_attempts(job->run));
        else
                try_elsewhere(job, fetch_end_name(reply->end), reply->detail);
        return false;
}

/* ---- the kept copy of the last index ------------------------------------------------------------------------------ */

static bool load_kept(Job *job)
{
        GByteArray *kept = job->old ? kept_load(job->run, job->market->name, job->old->index_sha256) : NULL;
        if (!kept)
                return false;
        g_byte_array_unref(job->document);
        job->document = kept;
        return true;
}

static bool keep_document(Job *job, GError **error)
{
        char hex[SHA256_HEX_SIZE];
        if (!kept_save(job->run, job->market->name, job->document, hex, error))
                return false;
        job->new->index_sha256 = arena_str(job->arena, hex);
        return true;
}

static void drop_older(Job *job)
{
        if (job->old && g_strcmp0(job->old->index_sha256, job->new->index_sha256) != 0)
                kept_drop(job->run, job->market->name, job->old->index_sha256);
}

/* ---- listings become rows and errands ----------------------------------------------------------------------------- */

/* Rows and frames; which apps are taken, the draw says that follows. */
static bool put_listings(Job *job, GError **error)
{
        Run *run = job->run;
        guint n = job->listings->len;
        StoreBatch *batch = store_batch_new(run->store);
        for (guint i = 0; i < n; i++) {
                g_autoptr(Arena) arena = arena_new();
                const Listing *listing =
                        record_listing(arena, record_span(g_ptr_array_index(job->listings, i)), error);
                if (!listing || !listed_put(run, batch, listing, NULL, NULL, error)) {
                        store_batch_free(batch);
                        return false;
                }
                if ((i + 1) % LISTINGS_A_BATCH == 0) {
                        if (!store_commit(run->store, batch, error))
                                return false;
                        batch = store_batch_new(run->store);
                }
        }
        return store_commit(run->store, batch, error);
}

static void note_result(Job *job)
{
        MarketResult *result = job->result;
        result->outcome = (char *)"listed";
        result->has_index_timestamp_ms = true;
        result->index_timestamp_ms = job->new->index_timestamp_ms;
        result->has_listed = true;
        result->listed = job->listings->len;
        result->detail = skipped_text(job->run->arena, job->summary);
        result->how = (char *)(job->unchanged ? "unchanged"
                               : job->v1      ? "v1"
                               : job->by_diff ? "diff"
                                              : "full");
        log_event(LOG_INFO, "market_listed", "market", job->market->name, "how", result->how, NULL);
}

static bool put_market(Job *job, StoreBatch *batch, GError **error)
{
        MarketState *now = job->new;
        if (!keep_document(job, error))
                return false;
        now->n_mirrors = job->summary->n_mirrors;
        now->mirrors = job->summary->mirrors;
        now->format = (char *)(job->v1 ? "v1" : "v2");
        g_autoptr(GBytes) packed = record_pack(now);
        g_autofree char *name = g_strconcat("market/", job->market->name, NULL);
        store_put(batch, STORE_META, &(StoreKey){.name = name}, record_span(packed));
        return true;
}

static void record_index(Job *job)
{
        Run *run = job->run;
        g_autoptr(GError) error = NULL;
        if (!put_listings(job, &error)) {
                run_break(run, g_steal_pointer(&error));
                job_end(job);
                return;
        }
        note_result(job);
        StoreBatch *batch = store_batch_new(run->store);
        bool ok = put_market(job, batch, &error);
        if (ok) {
                const Errand *draw = listed_draw_errand(run, job->market, job->errand->again, job->arena);
                run_put_sweep(run, batch);
                ok = store_complete(run->store, job->errand, batch, &draw, 1, &error) &&
                     store_flush(run->store, &error);
        } else {
                store_batch_free(batch);
        }
        if (!ok)
                run_break(run, g_steal_pointer(&error));
        else
                drop_older(job);
        listed_more(run, job->market->name, -1);
        job_end(job);
}

/* ---- parsing in a worker ------------------------------------------------------------------------------------------- */

static void index_frame(uint8_t type, Span frame, void *context)
{
        Job *job = context;
        if (type == CRAWLER_FRAME_RECORD) {
                g_ptr_array_add(job->listings, g_bytes_new(frame.data, frame.len));
        } else if (type == CRAWLER_FRAME_DOCUMENT) {
                if (job->by_diff) /* the first piece of the merged document replaces the old one */
                        g_byte_array_set_size(job->document, 0);
                job->by_diff = false;
                g_byte_array_append(job->document, frame.data, (guint)frame.len);
        } else if (type == CRAWLER_FRAME_SUMMARY) {
                job->summary = record_summary(job->arena, frame, NULL);
        }
}

static void indexed_by_diff(WorkerEnd end, Fault code, const char *detail, void *context);

static void indexed(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Job *job = context;
        (void)code;
        if (end == WORKER_OK && job->summary) {
                record_index(job);
                return;
        }
        const char *name = job->v1 ? "index-v1.json" : job->unchanged ? "the kept index" : job->file->name;
        g_autofree char *said = g_strdup_printf("%s: %s", name, detail);
        market_failed(job, end == WORKER_FAILED ? "malformed" : worker_end_name(end), said);
}

/* patch_len 0: none. */
static void parse_index(Job *job, Span patch)
{
        g_autoptr(GError) error = NULL;
        IndexTask task = INDEX_TASK__INIT;
        task.has_v1 = true;
        task.v1 = job->v1;
        task.market = job->market->name;
        g_autoptr(GBytes) argument = record_pack(&task);
        int fds[2] = {memfile_new("index", span_of(job->document->data, job->document->len), &error), -1};
        int n = 1;
        if (fds[0] >= 0 && patch.len)
                fds[n++] = memfile_new("index diff", patch, &error);
        if (error)
                failed_by(job, error);
        else
                worker_submit(job->run->pool, "index", record_span(argument), fds, n,
                              (WorkerCalls){index_frame, patch.len ? indexed_by_diff : indexed, job});
        for (int i = 0; i < n; i++) {
                if (fds[i] >= 0)
                        close(fds[i]);
        }
}

/* A diff that does not fit costs one more request, not the market. */
static void indexed_by_diff(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Job *job = context;
        bool merged = !job->by_diff; /* pieces of the merged document came */
        if (end == WORKER_OK && job->summary && merged) {
                job->by_diff = true;
                indexed(end, code, detail, job);
                return;
        }
        log_event(LOG_WARN, "diff_refused", "market", job->market->name, "detail", detail, NULL);
        g_ptr_array_set_size(job->listings, 0);
        job->summary = NULL;
        job->by_diff = false;
        job->file = job->entry->index;
        ask_index(job);
}

static void index_came(AskEnd ask, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Job *job = context;
        if (job->by_diff && ask == ASK_DONE && reply->end != FETCH_OK && reply->end != FETCH_CANCELLED) {
                log_event(LOG_WARN, "diff_missing", "market", job->market->name, "detail", reply->detail,
                          NULL);
                job->by_diff = false;
                job->file = job->entry->index;
                ask_index(job);
                return;
        }
        if (!came(job, ask, reply, again_at_ms))
                return;
        if (job->by_diff) {
                parse_index(job, reply->body);
                return;
        }
        g_byte_array_set_size(job->document, 0);
        g_byte_array_append(job->document, reply->body.data, (guint)reply->body.len);
        parse_index(job, span_str(""));
}

static void ask_index(Job *job)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *url = market_join(job->base, job->file->name, &error);
        if (!url || job->file->size <= 0 || job->file->size > INDEX_BYTES) {
                if (!error)
                        fault(&error, FAULT_LIMIT, "%s: %" G_GINT64_FORMAT " bytes stated, 1 to %d are read",
                              job->file->name, job->file->size, INDEX_BYTES);
                failed_by(job, error);
                return;
        }
        FetchWish wish = {.url = url,
                          .max_bytes = (uint64_t)job->file->size,
                          .size = job->file->size,
                          .sha256 = job->file->sha256,
                          .compressed = true,
                          .loopback = job->market->loopback};
        hosts_ask(job->run->hosts, job->market, &wish, index_came, job);
}

/* ---- the signed pointer --------------------------------------------------------------------------------------------- */

static void warn_if_stale(Job *job)
{
        int64_t days = job->entry->has_max_age_days ? job->entry->max_age_days : STALE_DAYS;
        int64_t age = (clock_now_ms() - job->entry->timestamp_ms) / 86400000;
        if (age <= days)
                return;
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, age);
        log_event(LOG_WARN, "index_is_old", "market", job->market->name, "days", text, "hint",
                  "the mirror may be frozen", NULL);
}

static bool refuse_rollback(Job *job, GError **error)
{
        if (!job->old || job->entry->timestamp_ms >= job->old->index_timestamp_ms)
                return true;
        g_autofree char *seen = clock_text(job->entry->timestamp_ms);
        g_autofree char *had = clock_text(job->old->index_timestamp_ms);
        return fault(error, FAULT_ROLLBACK,
                     "the index is of %s, older than the one accepted before (%s): a stale or hostile mirror",
                     seen, had);
}

static void take_kept(Job *job)
{
        job->unchanged = true;
        job->new->index_timestamp_ms = job->old->index_timestamp_ms;
        job->new->certificate = job->old->certificate;
        job->new->has_certificate = job->old->has_certificate;
        parse_index(job, span_str(""));
}

static void entry_verified(Job *job)
{
        g_autoptr(GError) error = NULL;
        if (!refuse_rollback(job, &error)) {
                failed_by(job, error);
                return;
        }
        warn_if_stale(job);
        job->new->has_index_timestamp_ms = job->new->has_certificate = true;
        job->new->index_timestamp_ms = job->entry->timestamp_ms;
        job->new->certificate = job->entry->certificate;
        if (job->v1) { /* the document came inside the jar */
                parse_index(job, span_str(""));
                return;
        }
        bool have = job->old && g_strcmp0(job->old->format, "v2") == 0 && load_kept(job);
        if (have && job->entry->timestamp_ms == job->old->index_timestamp_ms) {
                take_kept(job);
                return;
        }
        job->file = job->entry->index;
        for (size_t i = 0; have && i < job->entry->n_diffs; i++) {
                if (job->entry->diffs[i]->from_timestamp_ms == job->old->index_timestamp_ms) {
                        job->file = job->entry->diffs[i];
                        job->by_diff = true;
                }
        }
        if (!job->file)
                market_failed(job, "malformed", "entry.json names no index");
        else
                ask_index(job);
}

static void entry_frame(uint8_t type, Span frame, void *context)
{
        Job *job = context;
        if (type == CRAWLER_FRAME_RECORD)
                job->entry = record_entry(job->arena, frame, NULL);
        else if (type == CRAWLER_FRAME_DOCUMENT)
                g_byte_array_append(job->document, frame.data, (guint)frame.len);
}

static void entry_checked(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Job *job = context;
        g_autoptr(GError) error = NULL;
        if (end == WORKER_OK && job->entry) {
                entry_verified(job);
        } else if (end == WORKER_FAILED) {
                fault(&error, code, "%s", detail);
                failed_by(job, error);
        } else {
                market_failed(job, worker_end_name(end), detail);
        }
}

static void entry_came(AskEnd ask, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Job *job = context;
        g_autoptr(GError) error = NULL;
        if (ask == ASK_DONE && reply->end == FETCH_GONE && !job->v1) {
                job->v1 = true; /* no entry.jar: an older repository */
                ask_entry(job);
                return;
        }
        if (ask == ASK_DONE && reply->end == FETCH_GONE) {
                g_autofree char *detail = g_strdup_printf("neither entry.jar nor index-v1.jar is at %s (%s): "
                                                          "look at its url in the market file",
                                                          job->base, reply->detail);
                try_elsewhere(job, fetch_end_name(reply->end), detail);
                return;
        }
        if (!came(job, ask, reply, again_at_ms))
                return;
        if (reply->end == FETCH_UNCHANGED) {
                job->new->etag = job->old->etag;
                job->new->last_modified = job->old->last_modified;
                job->new->has_index_timestamp_ms = true;
                take_kept(job);
                return;
        }
        job->new->etag = arena_str(job->arena, reply->etag);
        job->new->last_modified = arena_str(job->arena, reply->last_modified);
        g_byte_array_set_size(job->document, 0);
        JarTask task = JAR_TASK__INIT;
        task.has_v1 = true;
        task.v1 = job->v1;
        task.fingerprint = job->market->fingerprint;
        if (job->old && job->old->has_certificate) {
                task.has_certificate = true;
                task.certificate = job->old->certificate;
        }
        g_autoptr(GBytes) argument = record_pack(&task);
        int fd = memfile_new("jar", reply->body, &error);
        if (fd < 0) {
                failed_by(job, error);
                return;
        }
        worker_submit(job->run->pool, "jar", record_span(argument), &fd, 1,
                      (WorkerCalls){entry_frame, entry_checked, job});
        close(fd);
}

static void ask_entry(Job *job)
{
        g_autofree char *url = g_strconcat(job->base, job->v1 ? "/index-v1.jar" : "/entry.jar", NULL);
        bool same_kind =
                job->old && g_strcmp0(job->old->format, job->v1 ? "v1" : "v2") == 0 && load_kept(job);
        FetchWish wish = {.url = url,
                          .etag = same_kind ? job->old->etag : NULL,
                          .last_modified = same_kind ? job->old->last_modified : NULL,
                          .max_bytes = job->v1 ? V1_BYTES : ENTRY_BYTES,
                          .size = -1,
                          .loopback = job->market->loopback};
        hosts_ask(job->run->hosts, job->market, &wish, entry_came, job);
}

void errand_index_start(Run *run, Arena *take_arena, Errand *errand)
{
        Job *job = g_new0(Job, 1);
        job->run = run;
        job->arena = take_arena;
        job->errand = errand;
        job->market = run_market(run, errand->market);
        run_job_began(run, job, job_free);
        job->base = errand->base_url;
        job->document = g_byte_array_new();
        job->listings = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        job->result = listed_result(run, errand->market);
        job->new = record_new(job->arena, MarketState, market_state__init);
        job->new->market = job->market->name;
        g_autofree char *name = g_strconcat("market/", errand->market, NULL);
        g_autoptr(GBytes) kept = store_get(run->store, STORE_META, &(StoreKey){.name = name}, NULL);
        if (kept)
                job->old = record_market(job->arena, record_span(kept), NULL);
        ask_entry(job);
}
