/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One check of a privacy policy's page: fetched with the manners of a guest, read in a worker, and written beside
 * what was known of it. A page that is not there waits in the frontier for its second check. */
#include "crawler/policy.h"

#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "crawler/memfile.h"
#include "crawler/tasks.h"

#include <unistd.h>

enum { PAGE_BYTES = 16 << 20, GAP_MS = 600000, LATER_MS = 30000 };

typedef struct {
        Run *run;
        Arena *arena; /* holds the errand too */
        Errand *errand;
        PolicyCheck *check; /* being made */
        PolicyText *text;   /* NULL: none came */
} Job;

static void job_free(void *data)
{
        Job *job = data;
        arena_free(job->arena);
        g_free(job);
}

static void job_end(Job *job)
{
        run_job_ended(job->run, job);
}

static void job_break(Job *job, GError *take_error)
{
        run_break(job->run, take_error);
        job_end(job);
}

/* ---- writing down ---------------------------------------------------------------------------------------------- */

/* What is known of the page; an earlier check of this run may still be gathered, and the row is read as flushed. */
static bool read_known(Job *job, const char *key, Policy **known, GError **error)
{
        GError *cause = NULL;
        if (job->errand->attempts > 0 && !store_flush(job->run->store, error))
                return false;
        g_autoptr(GBytes) kept = store_get(job->run->store, STORE_POLICIES, &(StoreKey){.name = key}, &cause);
        *known = kept ? record_policy(job->arena, record_span(kept), &cause) : NULL;
        if (cause)
                g_propagate_prefixed_error(error, cause, "policy %s: ", job->errand->url);
        return !cause;
}

static void name_package(Job *job, Policy *now)
{
        char *who = arena_printf(job->arena, "%s/%s", job->errand->market, job->errand->package);
        char **packages = arena_array(job->arena, char *, now->n_packages + 1);
        size_t n = 0;
        bool there = job->errand->package == NULL;
        for (size_t i = 0; i < now->n_packages; i++) {
                there = there || g_str_equal(now->packages[i], who);
                arena_push(job->arena, &n, &packages, now->packages[i]);
        }
        if (!there && n < POLICY_PACKAGES)
                arena_push(job->arena, &n, &packages, who);
        now->n_packages = n;
        now->packages = packages;
}

/* The words of the newest check that brought any stay; a page that fails later does not lose them. */
static void take_text(Job *job, Policy *now)
{
        if (!job->text || !g_str_equal(job->check->outcome, "fetched"))
                return;
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(job->text->text), hex);
        now->text = job->text->text;
        now->text_sha256 = arena_str(job->arena, hex);
        now->title = job->text->title;
        now->language = job->text->language;
}

static int64_t gap_of(const Run *run)
{
        return run->settings->policy_gap_ms > 0 ? run->settings->policy_gap_ms : GAP_MS;
}

static bool write_down(Job *job, int64_t not_before_ms, GError **error)
{
        Run *run = job->run;
        Policy *known = NULL;
        g_autofree char *key = policy_key(job->errand->url);
        if (!read_known(job, key, &known, error))
                return false;
        Policy *now = policy_with(known, job->errand->url, job->check, gap_of(run), job->arena);
        name_package(job, now);
        take_text(job, now);
        g_autoptr(GBytes) packed = record_pack(now);
        StoreBatch *batch = store_batch_new(run->store);
        store_put(batch, STORE_POLICIES, &(StoreKey){.name = key}, record_span(packed));
        log_event(LOG_INFO, "policy", "url", job->errand->url, "state", now->state, "outcome",
                  job->check->outcome, "detail", job->check->detail, NULL);
        if (!g_str_equal(now->state, "unconfirmed"))
                return store_complete(run->store, job->errand, batch, NULL, 0, error);
        int64_t again = MAX(policy_again_at(now, gap_of(run)), not_before_ms);
        return store_fail(run->store, job->errand, job->check->outcome, again, batch, error);
}

static void checked(Job *job, const char *outcome, const char *detail, int64_t not_before_ms)
{
        g_autoptr(GError) error = NULL;
        PolicyCheck *check = job->check;
        check->at_ms = clock_now_ms();
        check->outcome = arena_str(job->arena, outcome);
        check->detail = detail && *detail ? arena_utf8(job->arena, span_str(detail)) : NULL;
        check->has_sweep = true;
        check->sweep = job->run->sweep->id;
        if (!write_down(job, not_before_ms, &error)) {
                job_break(job, g_steal_pointer(&error));
                return;
        }
        run_gathered(job->run);
        job_end(job);
}

static void unfetched(Job *job, const char *reason, const char *detail, int64_t not_before_ms)
{
        g_autofree char *outcome = g_strconcat("unfetched:", reason, NULL);
        checked(job, outcome, detail, not_before_ms);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static void text_came(uint8_t type, Span frame, void *context)
{
        Job *job = context;
        if (type == CRAWLER_FRAME_RECORD)
                job->text = RECORD_UNPACK(job->arena, PolicyText, &policy_text__descriptor, frame, NULL);
}

static void text_ended(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Job *job = context;
        (void)code;
        if (end == WORKER_OK && job->text) {
                bool text = g_strcmp0(job->text->outcome, "text") == 0;
                checked(job, text ? "fetched" : job->text->outcome ? job->text->outcome : "no-text", NULL, 0);
                return;
        }
        g_autofree char *outcome = g_strconcat("unreadable:", worker_end_name(end), NULL);
        checked(job, outcome, detail, 0);
}

static void read_page(Job *job, Span page)
{
        g_autoptr(GError) error = NULL;
        PolicyTask task = POLICY_TASK__INIT;
        task.content_type = job->check->content_type;
        task.url = job->check->url;
        g_autoptr(GBytes) argument = record_pack(&task);
        int fd = memfile_new("policy", page, &error);
        if (fd < 0) {
                job_break(job, g_steal_pointer(&error));
                return;
        }
        worker_submit(job->run->pool, "policy", record_span(argument), &fd, 1,
                      (WorkerCalls){text_came, text_ended, job});
        close(fd);
}

/* ---- fetching -------------------------------------------------------------------------------------------------- */

static char *outside_text(Job *job, const char *text)
{
        return text && *text ? arena_utf8(job->arena, span_str(text)) : NULL;
}

static void note_reply(Job *job, const FetchReply *reply)
{
        PolicyCheck *check = job->check;
        check->has_status = reply->status > 0;
        check->status = check->has_status ? (uint32_t)reply->status : 0;
        check->content_type = outside_text(job, reply->content_type);
        check->url = outside_text(job, reply->url);
        if (reply->end != FETCH_OK)
                return;
        check->sha256 = arena_str(job->arena, reply->sha256);
        check->has_size = true;
        check->size = (int64_t)reply->body.len;
}

/* Told to come back: that is neither an answer nor a failure of the page. */
static void wait_for_room(Job *job, const FetchReply *reply, int64_t again_at_ms)
{
        g_autoptr(GError) error = NULL;
        const char *name = fetch_end_name(reply->end);
        if (job->errand->attempts + 1 >= run_max_attempts(job->run)) {
                unfetched(job, name, reply->detail, 0);
                return;
        }
        int64_t at = MAX(again_at_ms, clock_now_ms() + LATER_MS);
        if (!store_fail(job->run->store, job->errand, name, at, NULL, &error)) {
                job_break(job, g_steal_pointer(&error));
                return;
        }
        run_gathered(job->run);
        job_end(job);
}

static void page_came(AskEnd ask, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Job *job = context;
        switch (ask) {
        case ASK_ROBOTS: unfetched(job, "robots", reply->detail, 0); return;
        case ASK_ROBOTS_UNREACHABLE: unfetched(job, "robots-unreachable", reply->detail, 0); return;
        case ASK_GIVEN_UP: unfetched(job, "host-unreachable", reply->detail, 0); return;
        case ASK_CANCELLED: job_end(job); return; /* its lease is returned when the sweep is resumed */
        case ASK_DONE: break;
        }
        if (reply->end == FETCH_CANCELLED) {
                job_end(job);
                return;
        }
        note_reply(job, reply);
        if (reply->end == FETCH_OK)
                read_page(job, reply->body);
        else if (reply->end == FETCH_THROTTLED)
                wait_for_room(job, reply, again_at_ms);
        else
                unfetched(job, fetch_end_name(reply->end), reply->detail, again_at_ms);
}

void errand_policy_start(Run *run, Arena *take_arena, Errand *errand)
{
        Job *job = g_new0(Job, 1);
        *job = (Job){.run = run, .arena = take_arena, .errand = errand};
        job->check = record_new(take_arena, PolicyCheck, policy_check__init);
        run_job_began(run, job, job_free);
        bool here = run_market(run, errand->market)->loopback && market_is_here(errand->url);
        FetchWish wish = {.url = errand->url,
                          .max_bytes = PAGE_BYTES,
                          .size = -1,
                          .compressed = true,
                          .loopback = here};
        hosts_ask(run->hosts, policy_manners(here), &wish, page_came, job);
}
