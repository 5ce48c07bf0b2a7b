/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One APK: its bytes (apk_source.c) analysed in a worker, or known by their digest, and recorded in one batch with the end of the
 * errand. */
#include "crawler/apk.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"

enum { FRAME_FACTS = 1 };

static void apk_free(void *data)
{
        Apk *apk = data;
        g_free(apk->part);
        arena_free(apk->arena);
        g_free(apk);
}

static void apk_end(Apk *apk)
{
        Run *run = apk->run;
        const ListedApk *stated = apk->errand->apk;
        g_autofree char *sha256 = apk->claims && stated ? g_strdup(stated->sha256) : NULL;
        run_job_ended(run, apk);
        if (sha256)
                errand_apk_same_bytes(run, sha256);
}

void apk_unfetched(Apk *apk, const char *reason, const char *detail)
{
        progress_failure(apk->run->progress, reason);
        run_unfetched(apk->run, apk->errand, reason, detail);
        fetch_forget(apk->part);
        apk_end(apk);
}

/* ---- recording ------------------------------------------------------------------------------------------------- */

static bool is_part(const Facts *facts)
{
        return g_str_has_prefix(facts->sha256, "part:");
}

/* The market gave another app than it lists. An app on this machine is listed by its file's name, where nothing better is stated. */
static bool is_another_app(const Apk *apk, char **detail)
{
        const char *inside = apk->facts->package;
        bool read = g_str_equal(apk->facts->outcome,
                                "analysed"); /* else it is counted as unread, whose ever it is */
        if (!read || apk->market->protocol == MARKET_CORPUS || !inside ||
            g_str_equal(inside, apk->errand->package))
                return false;
        *detail = arena_printf(apk->arena, "the file is %s", inside);
        return true;
}

static void put_facts(Apk *apk, StoreBatch *batch, bool known)
{
        Run *run = apk->run;
        if (!known) {
                g_autoptr(GBytes) facts = record_pack(apk->facts);
                StoreKey key = {.artifact = apk->facts->sha256, .passes = run->settings->passes};
                store_put(batch, STORE_ARTIFACTS, &key, record_span(facts));
                store_count(batch, run->sweep->id, "wire-bytes", apk->wire_bytes);
        }
        store_count(batch, run->sweep->id, known ? "artifacts-known" : "artifacts-fetched", 1);
}

static void put_seen(Apk *apk, StoreBatch *batch)
{
        const Facts *facts = apk->facts;
        Observation seen = OBSERVATION__INIT;
        bool other = is_another_app(apk, &seen.detail);
        seen.outcome = (char *)(other ? "unfetched:wrong-package" : facts->outcome);
        seen.detail = other ? seen.detail : facts->detail;
        seen.tier = (char *)(facts->tier ? facts->tier : "whole");
        seen.artifact = facts->sha256;
        seen.has_wire_bytes = seen.has_requests = true;
        seen.wire_bytes = (int64_t)apk->wire_bytes;
        seen.requests = apk->requests;
        run_put_observation(apk->run, batch, apk->errand, &seen, other ? NULL : facts);
        if (g_str_equal(seen.outcome, "analysed"))
                return;
        progress_failure(apk->run->progress, seen.outcome);
        log_event(LOG_INFO, "not_analysed", "app", apk->errand->package, "market", apk->errand->market,
                  "outcome", seen.outcome, "detail", seen.detail, NULL);
}

static void keep_facts(Apk *apk, bool known)
{
        Run *run = apk->run;
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(run->store);
        put_facts(apk, batch, known);
        put_seen(apk, batch);
        if (is_part(apk->facts) && apk->errand->apk && apk->errand->apk->sha256)
                g_hash_table_insert(run->part_of, g_strdup(apk->errand->apk->sha256),
                                    g_strdup(apk->facts->sha256));
        if (!store_complete(run->store, apk->errand, batch, NULL, 0, &error)) {
                run_break(run, g_steal_pointer(&error));
        } else {
                if (apk->in_part)
                        run_part_done(run, g_steal_pointer(&apk->part), apk->sha256);
                run_gathered(run);
        }
        apk_end(apk);
}

static bool same_forever(const Facts *facts) /* an outcome of the bytes, not of a busy machine */
{
        return !g_str_has_prefix(facts->outcome, "unanalysable:worker-");
}

/* Facts of bytes we have had before, whatever market they came from. */
static bool known_facts(Apk *apk, const char *artifact)
{
        StoreKey key = {.artifact = artifact, .passes = apk->run->settings->passes};
        g_autoptr(GBytes) kept = store_get(apk->run->store, STORE_ARTIFACTS, &key, NULL);
        apk->facts = kept ? record_facts(apk->arena, record_span(kept), NULL) : NULL;
        if (apk->facts && same_forever(apk->facts))
                return true;
        apk->facts = NULL;
        return false;
}

bool apk_is_known(Apk *apk)
{
        const char *sha256 = apk->errand->apk ? apk->errand->apk->sha256 : NULL;
        if (!sha256)
                return false;
        bool whole = g_str_equal(apk->tier, "whole");
        const char *part = whole ? NULL : g_hash_table_lookup(apk->run->part_of, sha256);
        if (!known_facts(apk, sha256) && !(part && known_facts(apk, part)))
                return false;
        keep_facts(apk, true);
        return true;
}

/* ---- analysing ------------------------------------------------------------------------------------------------- */

static void facts_came(uint8_t type, Span frame, void *context)
{
        Apk *apk = context;
        if (type == FRAME_FACTS)
                apk->facts = RECORD_UNPACK(apk->arena, Facts, &facts__descriptor, frame, NULL);
}

/* Facts for bytes whose reader did not come back with any. */
static Facts *facts_of_end(Apk *apk, WorkerEnd end, const char *detail)
{
        Facts *facts = record_new(apk->arena, Facts, facts__init);
        facts->sha256 = apk->sha256;
        facts->outcome = arena_printf(apk->arena, "unanalysable:worker-%s", worker_end_name(end));
        facts->detail = arena_str(apk->arena, detail);
        facts->passes = arena_str(apk->arena, apk->run->settings->passes);
        return facts;
}

static void analysed(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Apk *apk = context;
        (void)code;
        bool about = apk->facts &&
                     (apk->sha256 ? g_str_equal(apk->facts->sha256, apk->sha256) : is_part(apk->facts));
        if (end == WORKER_OK && about) {
                keep_facts(apk, false);
                return;
        }
        if (end == WORKER_OK) /* it answered, but not with facts of these bytes: trust nothing of it */
                end = WORKER_CRASH, detail = "the answer is not about these bytes";
        if (!apk->sha256) { /* a part has no name but the one its reader makes */
                g_autofree char *reason = g_strdup_printf("worker-%s", worker_end_name(end));
                apk_unfetched(apk, reason, detail);
                return;
        }
        apk->facts = facts_of_end(apk, end, detail);
        keep_facts(apk, false);
}

void apk_came_whole(Apk *apk, int fd, const char *sha256)
{
        apk->sha256 = arena_str(apk->arena, sha256);
        if (known_facts(apk, apk->sha256)) {
                keep_facts(apk, true);
                return;
        }
        apk->facts = NULL;
        worker_submit(apk->run->pool, "apk", span_str(""), &fd, 1, (WorkerCalls){facts_came, analysed, apk});
}

void apk_came_in_part(Apk *apk, int fd, const Extent *const *extents, size_t n, const char *tier)
{
        ApkTask task = APK_TASK__INIT;
        task.tier = (char *)tier;
        task.n_extents = n;
        task.extents = (Extent **)extents;
        g_autoptr(GBytes) argument = record_pack(&task);
        apk->facts = NULL;
        apk->sha256 = NULL;
        worker_submit(apk->run->pool, "apk", record_span(argument), &fd, 1,
                      (WorkerCalls){facts_came, analysed, apk});
}

/* ---- trying again ---------------------------------------------------------------------------------------------- */

void apk_try_again(Apk *apk, const char *reason, const char *detail, int64_t at_ms, unsigned tries)
{
        if (apk->errand->attempts + 1 >= tries) {
                apk_unfetched(apk, reason, detail);
                return;
        }
        g_autofree char *why = g_strdup_printf("%s: %s", reason, detail);
        run_retry(apk->run, apk->market, apk->arena, apk->errand, why, at_ms);
        apk_end(apk);
}

void apk_try_elsewhere(Apk *apk, const char *reason, const char *detail, unsigned tries)
{
        g_autoptr(GPtrArray) bases = run_bases(apk->run, apk->market);
        apk_try_again(apk, reason, detail, clock_now_ms(), bases->len > 1 ? tries : 1);
}

void apk_put_back(Apk *apk)
{
        apk_end(apk); /* its lease is returned when the sweep is resumed */
}

/* ---- starting -------------------------------------------------------------------------------------------------- */

void errand_apk_start(Run *run, Arena *take_arena, Errand *errand)
{
        Apk *apk = g_new0(Apk, 1);
        apk->run = run;
        apk->arena = take_arena;
        apk->errand = errand;
        apk->market = run_market(run, errand->market);
        apk->tier = errand->tier ? errand->tier : run->tier;
        run_job_began(run, apk, apk_free);
        g_autofree char *name = text_file_name(errand->id);
        g_autofree char *file = g_strdup_printf("%u-%s", errand->sweep, name);
        apk->part = run_file(run, "parts", file);
        const char *sha256 = errand->apk ? errand->apk->sha256 : NULL;
        if (!sha256) {
                apk_take_bytes(apk);
                return;
        }
        GPtrArray *others = g_hash_table_lookup(run->fetching, sha256);
        if (others) { /* the same bytes are on their way for another market */
                g_ptr_array_add(others, apk);
                return;
        }
        g_hash_table_insert(run->fetching, g_strdup(sha256), g_ptr_array_new());
        apk->claims = true;
        apk_take_bytes(apk);
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
        Apk *next = g_ptr_array_steal_index(others, 0);
        next->claims = true;
        g_autoptr(GError) error = NULL;
        if (run->state != RUN_GOING)
                apk_put_back(next);
        else if (store_flush(run->store, &error)) /* so that the artifact is seen */
                apk_take_bytes(next);
        else {
                apk_put_back(next);
                run_break(run, g_steal_pointer(&error));
        }
}
