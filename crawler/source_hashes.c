/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash list is gigabytes and changes every night: it is asked for conditionally, goes on where it was cut off,
 * stays for the next sweep, and within one sweep it is the same list whatever happens, since the sample is drawn
 * from it. */
#include "crawler/source.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/memfile.h"
#include "crawler/taken.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_BYTES ((uint64_t)16 << 30)
enum { WAIT_MS = 1000 };

static char *list_path(const SourceJob *job, const char *end)
{
        g_autofree char *name = g_strconcat(job->market->name, end, NULL);
        return run_file(job->run, "parts", name);
}

static char *kept_list(const SourceJob *job)
{
        return list_path(job, ".list");
}

/* ---- what is known of the kept list ---------------------------------------------------------------------------- */

static bool load_state(SourceJob *job, GError **error)
{
        GError *cause = NULL;
        g_autofree char *name = g_strconcat("market/", job->market->name, NULL);
        g_autoptr(GBytes) kept = store_get(job->run->store, STORE_META, &(StoreKey){.name = name}, &cause);
        job->state = kept ? record_market(job->arena, record_span(kept), &cause) : NULL;
        if (!kept && !cause) {
                job->state = record_new(job->arena, MarketState, market_state__init);
                job->state->market = job->market->name;
        }
        if (cause)
                g_propagate_error(error, cause);
        return !cause;
}

static bool save_state(SourceJob *job, GError **error)
{
        Run *run = job->run;
        g_autofree char *name = g_strconcat("market/", job->market->name, NULL);
        g_autoptr(GBytes) packed = record_pack(job->state);
        StoreBatch *batch = store_batch_new(run->store);
        store_put(batch, STORE_META, &(StoreKey){.name = name}, record_span(packed));
        return store_commit(run->store, batch, error);
}

/* The kept list is there, and as long as it was. What else may have happened to it, gzip's checksum finds out. */
static bool have_list(const SourceJob *job)
{
        struct stat st;
        g_autofree char *path = kept_list(job);
        return job->state->has_list_bytes && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
               st.st_size == job->state->list_bytes;
}

static bool forget_list(SourceJob *job, GError **error)
{
        g_autofree char *path = kept_list(job);
        g_unlink(path);
        job->state->etag = job->state->last_modified = NULL;
        job->state->has_list_bytes = job->state->has_list_sweep = false;
        return save_state(job, error);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static void add_name(const char *package, void *context)
{
        g_string_append(context, package);
        g_string_append_c(context, '\n');
}

/* The sweep's list of packages as a descriptor; -1 without an error: it has none. */
static int names_fd(const SourceJob *job, GError **error)
{
        const PackageList *list = job->run->draw.list;
        if (!list)
                return -1;
        g_autoptr(GString) names = g_string_new(NULL);
        package_list_each(list, job->market->name, add_name, names);
        return memfile_new("packages", span_of(names->str, names->len), error);
}

static void read_list(SourceJob *job)
{
        GError *error = NULL;
        g_autofree char *path = kept_list(job);
        int fds[2] = {open(path, O_RDONLY | O_CLOEXEC), -1};
        if (fds[0] < 0)
                fault_errno(&error, FAULT_IO, errno, "%s", path);
        else
                fds[1] = names_fd(job, &error);
        if (error)
                source_break(job, error);
        else
                source_parse(job, fds, fds[1] >= 0 ? 2 : 1);
        for (int i = 0; i < 2; i++) {
                if (fds[i] >= 0)
                        close(fds[i]);
        }
}

/* ---- fetching -------------------------------------------------------------------------------------------------- */

static void ask_list(SourceJob *job);

static void try_again(SourceJob *job, const char *reason, const char *detail, int64_t at_ms)
{
        g_autoptr(GError) error = NULL;
        if (job->errand->attempts + 1 >= run_max_attempts(job->run)) {
                source_failed(job, reason, detail);
                return;
        }
        g_autofree char *why = g_strdup_printf("%s: %s", reason, detail);
        log_event(LOG_WARN, "list_retry", "market", job->market->name, "why", reason, "detail", detail, NULL);
        if (!store_fail(job->run->store, job->errand, why, MAX(at_ms, clock_now_ms() + WAIT_MS), NULL,
                        &error)) {
                source_break(job, g_steal_pointer(&error));
                return;
        }
        run_gathered(job->run);
        source_end(job);
}

/* True: the list is there, new or as it was. Else the job has been ended or put off. */
static bool came(SourceJob *job, AskEnd ask, const FetchReply *reply, int64_t again_at_ms)
{
        switch (ask) {
        case ASK_ROBOTS: source_failed(job, "robots", reply->detail); return false;
        case ASK_ROBOTS_UNREACHABLE: source_failed(job, "robots-unreachable", reply->detail); return false;
        case ASK_GIVEN_UP: source_failed(job, "host-unreachable", reply->detail); return false;
        case ASK_CANCELLED: source_end(job); return false;
        case ASK_DONE: break;
        }
        const char *name = fetch_end_name(reply->end);
        switch (reply->end) {
        case FETCH_OK:
        case FETCH_UNCHANGED: return true;
        case FETCH_CANCELLED: source_end(job); return false;
        case FETCH_DISK: {
                GError *full = NULL;
                fault(&full, FAULT_DISK,
                      "%s. Make room and run the same command again; what is recorded is kept",
                      reply->detail);
                source_break(job, full);
                return false;
        }
        default: break;
        }
        if (fetch_end_retryable(reply->end))
                try_again(job, name, reply->detail, again_at_ms);
        else
                source_failed(job, name, reply->detail);
        return false;
}

static bool keep_list(SourceJob *job, const FetchReply *reply, const char *part, GError **error)
{
        struct stat st;
        g_autofree char *path = kept_list(job);
        if (fstat(reply->fd, &st) != 0 || g_rename(part, path) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        fetch_forget(part); /* what stood beside it */
        job->state->etag = arena_str(job->arena, reply->etag);
        job->state->last_modified = arena_str(job->arena, reply->last_modified);
        job->state->has_list_bytes = true;
        job->state->list_bytes = st.st_size;
        return true;
}

static void list_came(AskEnd ask, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        SourceJob *job = context;
        g_autoptr(GError) error = NULL;
        if (!came(job, ask, reply, again_at_ms))
                return;
        g_autofree char *part = list_path(job, ".list.part");
        job->how = reply->end == FETCH_OK ? "full" : "unchanged";
        job->state->has_list_sweep = true;
        job->state->list_sweep = job->run->sweep->id;
        if ((reply->end == FETCH_OK && !keep_list(job, reply, part, &error)) || !save_state(job, &error))
                source_break(job, g_steal_pointer(&error));
        else
                read_list(job);
}

static void ask_list(SourceJob *job)
{
        bool have = have_list(job);
        g_autofree char *part = list_path(job, ".list.part");
        FetchWish wish = {.url = job->market->list_url,
                          .etag = have ? job->state->etag : NULL,
                          .last_modified = have ? job->state->last_modified : NULL,
                          .part_path = part,
                          .max_bytes = LIST_BYTES,
                          .size = -1,
                          .loopback = job->market->loopback};
        hosts_ask(job->run->hosts, job->market, &wish, list_came, job);
}

void source_list_hashes(SourceJob *job)
{
        g_autoptr(GError) error = NULL;
        if (job->run->draw.by != DRAW_BY_MARKET)
                log_event(LOG_WARN, "drawn_by_market", "market", job->market->name, "hint",
                          "a hash list states neither categories nor downloads: its sample is drawn from the "
                          "whole list",
                          NULL);
        bool needs_key = !g_str_equal(job->run->tier, "listing"); /* told before gigabytes are fetched */
        if ((needs_key && !run_secret(job->run, job->market, &error)) || !load_state(job, &error)) {
                source_break(job, g_steal_pointer(&error));
        } else if (job->state->has_list_sweep && job->state->list_sweep == job->run->sweep->id &&
                   have_list(job)) {
                job->how = "kept"; /* fetched by an earlier run of this sweep */
                read_list(job);
        } else {
                ask_list(job);
        }
}

void source_unread(SourceJob *job, const char *reason, const char *detail)
{
        g_autoptr(GError) error = NULL;
        if (job->market->protocol != MARKET_HASHES) {
                source_failed(job, reason, detail);
                return;
        }
        bool limit = g_str_equal(reason, "limit"); /* what was asked for, not the file, is at fault */
        if (!limit && !forget_list(job, &error)) {
                source_break(job, g_steal_pointer(&error));
                return;
        }
        if (limit || job->asked_anew || g_str_equal(job->how, "full")) {
                source_failed(job, reason, detail);
                return;
        }
        log_event(LOG_WARN, "kept_list_unread", "market", job->market->name, "detail", detail, NULL);
        job->asked_anew = true;
        ask_list(job);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static Draw *draw_of(const SourceJob *job, Arena *arena)
{
        Draw *draw = record_new(arena, Draw, draw__init);
        draw->stratum = (char *)"market";
        draw->listed = job->summary->packages;
        draw->taken = spool_count(job->spool);
        draw->has_probability = draw->listed > 0;
        draw->probability = draw->listed ? (double)draw->taken / (double)draw->listed : 0;
        return draw;
}

bool source_put_drawn(SourceJob *job, StoreBatch *batch, const Listing *listing, Arena *arena,
                      GPtrArray *next, GError **error)
{
        Run *run = job->run;
        Draw *draw = draw_of(job, arena);
        Frame frame = FRAME__INIT;
        frame.n_categories = listing->n_categories;
        frame.categories = listing->categories;
        frame.has_seen = frame.has_taken = frame.taken = true;
        frame.seen = 1;
        frame.draw = draw;
        g_autoptr(GBytes) packed = record_pack(&frame);
        StoreKey key = {.sweep = run->sweep->id, .market = listing->market, .package = listing->package};
        store_put(batch, STORE_FRAMES, &key, record_span(packed));
        if (!store_put_listing(batch, run->sweep->id, listing, error))
                return false;
        taken_drawn(run, batch, job->market, listing, draw, arena, next);
        return true;
}
