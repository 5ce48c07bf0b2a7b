/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A market is listed: draws its sample, queues the first errand of each app taken, and writes down how many there are. */
#include "crawler/listed.h"
#include "crawler/taken.h"

#include "core/log.h"

enum { APPS_A_BATCH = 500 };

typedef struct {
        Run *run;
        Arena *arena; /* the errand's */
        Errand *errand;
} Job;

typedef struct {
        Run *run;
        const Market *market;
        Arena *arena; /* of the present batch */
        StoreBatch *batch;
        GPtrArray *next;
        unsigned in_batch;
        GError *error;
} Taking;

static void job_free(void *data)
{
        Job *job = data;
        arena_free(job->arena);
        g_free(job);
}

/* Rows first, then errands: killed between the two, the draw is done again and writes the same rows. */
static bool write_down(Taking *t)
{
        if (!store_commit(t->run->store, g_steal_pointer(&t->batch), &t->error) ||
            !store_enqueue(t->run->store, (const Errand *const *)t->next->pdata, t->next->len, NULL,
                           &t->error))
                return false;
        g_ptr_array_set_size(t->next, 0);
        arena_free(t->arena);
        t->arena = arena_new();
        t->batch = store_batch_new(t->run->store);
        t->in_batch = 0;
        return true;
}

static bool take(const char *package, const Frame *frame, void *context)
{
        Taking *t = context;
        Run *run = t->run;
        g_autoptr(GBytes) kept =
                store_listing(run->store, t->market->name, package, run->sweep->id, &t->error);
        if (t->error)
                return false;
        const Listing *listing = kept ? record_listing(t->arena, record_span(kept), &t->error) : NULL;
        if (t->error)
                return false;
        if (!listing) { /* named by a list, of a market that cannot list */
                Listing *named = record_new(t->arena, Listing, listing__init);
                named->market = t->market->name;
                named->package = arena_str(t->arena, package);
                listing = named;
        }
        Draw *draw = NULL;
        if (frame->draw) { /* the row is borrowed for this call */
                g_autoptr(GBytes) packed = record_pack(frame->draw);
                draw = RECORD_UNPACK(t->arena, Draw, &draw__descriptor, record_span(packed), NULL);
        }
        taken_drawn(run, t->batch, t->market, listing, draw, t->arena, t->next);
        return ++t->in_batch < APPS_A_BATCH || write_down(t);
}

static void note_count(Run *run, const Errand *errand, const DrawCount *count)
{
        MarketResult *result = listed_result(run, errand->market);
        bool open = g_str_equal(result->outcome, "open");
        result->outcome = (char *)(open ? "listed" : result->outcome);
        result->has_listed = result->has_selected = result->has_duplicates = true;
        result->listed = (uint32_t)MIN(count->listed, UINT32_MAX);
        result->selected = (uint32_t)MIN(count->taken, UINT32_MAX);
        result->duplicates = (uint32_t)MIN(count->duplicates, UINT32_MAX);
        g_autofree char *listed = g_strdup_printf("%" G_GUINT64_FORMAT, count->listed);
        g_autofree char *taken = g_strdup_printf("%" G_GUINT64_FORMAT, count->taken);
        log_event(LOG_INFO, "market_drawn", "market", errand->market, "listed", listed, "taken", taken, NULL);
}

static bool draw(Job *job, DrawCount *count, GError **error)
{
        Run *run = job->run;
        Taking t = {.run = run, .market = run_market(run, job->errand->market)};
        t.arena = arena_new();
        t.batch = store_batch_new(run->store);
        t.next = g_ptr_array_new();
        bool ok = draw_market(run->store, run->sweep->id, job->errand->market, &run->draw, take, &t, count,
                              error);
        if (t.error) { /* it also stopped the walk: the first cause counts */
                g_clear_error(error);
                g_propagate_error(error, g_steal_pointer(&t.error));
                ok = false;
        }
        if (ok && !write_down(&t)) {
                g_propagate_error(error, g_steal_pointer(&t.error));
                ok = false;
        }
        store_batch_free(t.batch);
        g_ptr_array_unref(t.next);
        arena_free(t.arena);
        return ok;
}

void errand_draw_start(Run *run, Arena *take_arena, Errand *errand)
{
        g_autoptr(GError) error = NULL;
        Job *job = g_new0(Job, 1);
        *job = (Job){run, take_arena, errand};
        run_job_began(run, job, job_free);
        DrawCount count = {0};
        bool ok = store_flush(run->store, &error) && draw(job, &count, &error);
        if (ok) {
                note_count(run, errand, &count);
                StoreBatch *batch = store_batch_new(run->store);
                run_put_sweep(run, batch);
                ok = store_complete(run->store, errand, batch, NULL, 0, &error) &&
                     store_flush(run->store, &error);
        }
        if (!ok)
                run_break(run, g_steal_pointer(&error));
        run_job_ended(run, job);
}
