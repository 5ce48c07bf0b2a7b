/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One APK: fetched (or known by its digest), analysed in a worker, recorded in one batch with the end of its errand. */
#include "crawler/run.h"

#include "core/clock.h"
#include "core/factid.h"
#include "core/log.h"
#include "core/text.h"

enum { FRAME_FACTS = 1, MISMATCH_TRIES = 2 };

typedef struct {
        Run *run;
        Arena *arena; /* holds the errand too */
        Errand *errand;
        const Market *market;
        char *part;   /* g_free */
        char *sha256; /* of the bytes that came; in the arena */
        uint64_t wire_bytes;
        Facts *facts;
        bool claims; /* holds the digest in run->fetching */
} Job;

static void take_bytes(Job *job);

static void job_free(void *data)
{
        Job *job = data;
        g_free(job->part);
        arena_free(job->arena);
        g_free(job);
}

static void job_end(Job *job)
{
        Run *run = job->run;
        g_autofree char *sha256 = job->claims ? g_strdup(job->errand->apk->sha256) : NULL;
        run_job_ended(run, job);
        if (sha256)
                errand_apk_same_bytes(run, sha256);
}

static void unfetched(Job *job, const char *reason, const char *detail)
{
        progress_failure(job->run->progress, reason);
        run_unfetched(job->run, job->errand, reason, detail);
        fetch_forget(job->part);
        job_end(job);
}

/* ---- recording ------------------------------------------------------------------------------------------------- */

static void keep_facts(Job *job, bool known)
{
        Run *run = job->run;
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(run->store);
        if (!known) {
                g_autoptr(GBytes) facts = record_pack(job->facts);
                StoreKey key = {.artifact = job->facts->sha256, .passes = run->settings->passes};
                store_put(batch, STORE_ARTIFACTS, &key, record_span(facts));
                store_count(batch, run->sweep->id, "wire-bytes", job->wire_bytes);
        }
        store_count(batch, run->sweep->id, known ? "artifacts-known" : "artifacts-fetched", 1);
        Observation seen = OBSERVATION__INIT;
        seen.outcome = job->facts->outcome;
        seen.detail = job->facts->detail;
        seen.tier = (char *)"whole";
        seen.artifact = job->facts->sha256;
        seen.has_wire_bytes = true;
        seen.wire_bytes = (int64_t)job->wire_bytes;
        run_put_observation(run, batch, job->errand, &seen, job->facts);
        if (!store_complete(run->store, job->errand, batch, NULL, 0, &error)) {
                run_break(run, g_steal_pointer(&error));
        } else {
                bool read = g_str_equal(job->facts->outcome, "analysed");
                if (!read) {
                        progress_failure(run->progress, job->facts->outcome);
                        log_event(LOG_INFO, "unanalysable", "app", job->errand->package, "market",
                                  job->errand->market, "outcome", job->facts->outcome, "detail",
                                  job->facts->detail, NULL);
                }
                g_ptr_array_add(run->done_parts, g_steal_pointer(&job->part));
                run_gathered(run);
        }
        job_end(job);
}

static bool same_forever(const Facts *facts) /* an outcome of the bytes, not of a busy machine */
{
        return !g_str_has_prefix(facts->outcome, "unanalysable:worker-");
}

/* Facts of bytes we have had before, whatever market they came from. */
static bool known_facts(Job *job, const char *sha256)
{
        StoreKey key = {.artifact = sha256, .passes = job->run->settings->passes};
        g_autoptr(GBytes) kept = store_get(job->run->store, STORE_ARTIFACTS, &key, NULL);
        job->facts = kept ? record_facts(job->arena, record_span(kept), NULL) : NULL;
        if (job->facts && same_forever(job->facts))
                return true;
        job->facts = NULL;
        return false;
}

/* ---- analysing ------------------------------------------------------------------------------------------------- */

static void facts_came(uint8_t type, Span frame, void *context)
{
        Job *job = context;
        if (type == FRAME_FACTS)
                job->facts = RECORD_UNPACK(job->arena, Facts, &facts__descriptor, frame, NULL);
}

/* Facts for bytes whose reader did not come back with any. */
static Facts *facts_of_end(Job *job, WorkerEnd end, const char *detail)
{
        Facts *facts = record_new(job->arena, Facts, facts__init);
        facts->sha256 = job->sha256;
        facts->outcome = arena_printf(job->arena, "unanalysable:worker-%s", worker_end_name(end));
        facts->detail = arena_str(job->arena, detail);
        facts->passes = arena_str(job->arena, job->run->settings->passes);
        return facts;
}

static void analysed(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Job *job = context;
        (void)code;
        if (end == WORKER_OK && job->facts && g_str_equal(job->facts->sha256, job->sha256)) {
                keep_facts(job, false);
                return;
        }
        if (end == WORKER_OK) /* it answered, but not with facts of these bytes: trust nothing of it */
                end = WORKER_CRASH, detail = "the answer is not about these bytes";
        job->facts = facts_of_end(job, end, detail);
        keep_facts(job, false);
}

static void analyse(Job *job, int fd)
{
        job->facts = NULL;
        worker_submit(job->run->pool, "apk", span_str(""), &fd, 1, (WorkerCalls){facts_came, analysed, job});
}

/* ---- fetching ---------------------------------------------------------------------------------------------------- */

/* Again later, at another mirror where there is one; the last try's reason is the app's outcome. */
static void try_again(Job *job, const char *reason, const char *detail, int64_t at_ms, unsigned tries)
{
        if (job->errand->attempts + 1 >= tries) {
                unfetched(job, reason, detail);
                return;
        }
        g_autofree char *why = g_strdup_printf("%s: %s", reason, detail);
        run_retry(job->run, job->market, job->arena, job->errand, why, at_ms);
        job_end(job);
}

static unsigned mirrors(const Job *job)
{
        g_autoptr(GPtrArray) bases = run_bases(job->run, job->market);
        return bases->len;
}

/* This host will not give it, now or later; another mirror may. */
static void try_elsewhere(Job *job, const char *reason, const char *detail, unsigned tries)
{
        try_again(job, reason, detail, clock_now_ms(), mirrors(job) > 1 ? tries : 1);
}

static void put_back(Job *job) /* stopped by the user: it waits as before, no attempt counted */
{
        job_end(job); /* its lease is returned when the sweep is resumed */
}

static void fetched(AskEnd ask, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Job *job = context;
        unsigned tries = run_max_attempts(job->run);
        switch (ask) {
        case ASK_ROBOTS: try_elsewhere(job, "robots", reply->detail, tries); return;
        case ASK_ROBOTS_UNREACHABLE: try_elsewhere(job, "robots-unreachable", reply->detail, tries); return;
        case ASK_GIVEN_UP: try_elsewhere(job, "host-unreachable", reply->detail, tries); return;
        case ASK_CANCELLED: put_back(job); return;
        case ASK_DONE: break;
        }
        job->wire_bytes += reply->wire_bytes;
        const char *name = fetch_end_name(reply->end);
        switch (reply->end) {
        case FETCH_OK:
                job->sha256 = arena_str(job->arena, reply->sha256);
                if (known_facts(job, job->sha256))
                        keep_facts(job, true);
                else
                        analyse(job, reply->fd);
                return;
        case FETCH_CANCELLED: put_back(job); return;
        case FETCH_DISK: {
                GError *full = NULL;
                fault(&full, FAULT_DISK,
                      "%s. Make room and run the same command again; what is recorded is kept",
                      reply->detail);
                run_break(job->run, full);
                put_back(job);
                return;
        }
        case FETCH_DIGEST:
        case FETCH_SIZE: try_again(job, name, reply->detail, clock_now_ms() + 1000, MISMATCH_TRIES); return;
        default: break;
        }
        if (fetch_end_retryable(reply->end))
                try_again(job, name, reply->detail, again_at_ms, tries);
        else
                try_elsewhere(job, name, reply->detail, mirrors(job));
}

static void take_bytes(Job *job)
{
        Run *run = job->run;
        const Errand *errand = job->errand;
        const ListedApk *apk = errand->apk;
        if (apk->sha256 && known_facts(job, apk->sha256)) {
                keep_facts(job, true);
                return;
        }
        g_autoptr(GError) error = NULL;
        g_autofree char *url = market_join(errand->base_url, apk->path, &error);
        if (!url) {
                unfetched(job, "bad-path", error->message);
                return;
        }
        FetchWish wish = {.url = url,
                          .part_path = job->part,
                          .max_bytes = apk->size > 0 ? (uint64_t)apk->size : (uint64_t)4 << 30,
                          .size = apk->size > 0 ? apk->size : -1,
                          .sha256 = apk->sha256,
                          .loopback = job->market->loopback};
        hosts_ask(run->hosts, job->market, &wish, fetched, job);
}

void errand_apk_start(Run *run, Arena *take_arena, Errand *errand)
{
        Job *job = g_new0(Job, 1);
        job->run = run;
        job->arena = take_arena;
        job->errand = errand;
        job->market = run_market(run, errand->market);
        run_job_began(run, job, job_free);
        g_autofree char *name = text_file_name(errand->id);
        g_autofree char *file = g_strdup_printf("%u-%s", errand->sweep, name);
        job->part = run_file(run, "parts", file);
        if (!errand->apk->sha256) {
                take_bytes(job);
                return;
        }
        GPtrArray *others = g_hash_table_lookup(run->fetching, errand->apk->sha256);
        if (others) { /* the same bytes are on their way for another market */
                g_ptr_array_add(others, job);
                return;
        }
        g_hash_table_insert(run->fetching, g_strdup(errand->apk->sha256), g_ptr_array_new());
        job->claims = true;
        take_bytes(job);
}

void errand_apk_same_bytes(Run *run, const char *sha256)
{
        GPtrArray *others = g_hash_table_lookup(run->fetching, sha256);
        if (!others)
                return;
        if (others->len == 0) {
                g_hash_table_remove(run->fetching, sha256);
                return;
        }
        Job *next = g_ptr_array_steal_index(others, 0);
        next->claims = true;
        g_autoptr(GError) error = NULL;
        if (run->state != RUN_GOING)
                put_back(next);
        else if (store_flush(run->store, &error)) /* so that the artifact is seen */
                take_bytes(next);
        else {
                put_back(next);
                run_break(run, g_steal_pointer(&error));
        }
}
