/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An errand of one request of a JSON or HTML market: when to ask again, and when a market's replies are too odd to go on. */
#include "crawler/page.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/asking.h"
#include "crawler/listed.h"

enum {
        ODD_TRIES = 2, /* a shape that is seen twice is no accident */
        ODD_WAIT_MS = 5000,
        ODD_IN_A_ROW = 5,
        THROTTLED_MS = 10000, /* told so in a page instead of a status; doubles with each try */
        THROTTLED_MAX_MS = 3600000
};

static void page_free(void *data)
{
        Page *page = data;
        arena_free(page->arena);
        g_free(page);
}

void page_end(Page *page)
{
        run_job_ended(page->run, page);
}

void page_try_again(Page *page, const char *reason, const char *detail, int64_t at_ms, unsigned tries)
{
        if (page->errand->attempts + 1 >= tries) {
                page_lost(page, reason, detail);
                return;
        }
        g_autofree char *why = g_strdup_printf("%s: %s", reason, detail);
        run_retry(page->run, page->market, page->arena, page->errand, why, at_ms);
        page_end(page);
}

static void told_to_wait(Page *page, const char *reason, const char *detail)
{
        unsigned doublings = MIN(page->errand->attempts, 6);
        int64_t wait = MIN((int64_t)THROTTLED_MS << doublings, (int64_t)THROTTLED_MAX_MS);
        page_try_again(page, reason, detail, clock_now_ms() + wait, run_max_attempts(page->run));
}

static bool is_any(const char *word, const char *a, const char *b)
{
        return g_str_equal(word, a) || g_str_equal(word, b);
}

static void sort_out(Page *page, const AskingResult *result)
{
        const char *reason = result->reason;
        if (is_any(reason, "ok", "empty")) {
                g_hash_table_remove(page->run->odd, page->market->name);
                page_answered(page);
        } else if (is_any(reason, "throttled", "blocked") && result->end == ASKING_READ) {
                told_to_wait(page, reason, result->detail);
        } else if (is_any(reason, "shape-changed", "malformed") || g_str_has_suffix(reason, "-limit") ||
                   g_str_equal(reason, "crash")) {
                page_market_odd(page, reason, result->detail);
        } else if (result->end == ASKING_FAILED && result->may_pass) {
                page_try_again(page, reason, result->detail, result->again_at_ms,
                               run_max_attempts(page->run));
        } else {
                page_lost(page, reason, result->detail);
        }
}

static void answered(const AskingResult *result, void *context)
{
        Page *page = context;
        if (result->end == ASKING_CANCELLED) {
                page_end(page); /* its lease is returned when the sweep is resumed */
                return;
        }
        page->reply = result->reply;
        page->listings = result->listings;
        sort_out(page, result);
}

void page_ask(Page *page)
{
        const Errand *errand = page->errand;
        bool canary = g_str_equal(errand->verb, "canary");
        AskingWhat what = {.verb = canary ? "detail" : errand->verb,
                           .package = page->package,
                           .store_id = errand->store_id,
                           .category = errand->category,
                           .cursor = errand->cursor,
                           .page = errand->page};
        asking_start(page->run, page->market, &what, answered, page);
}

/* One page may be odd; a canary, or several pages in a row, mean that the market is. */
static bool market_is_odd(Page *page)
{
        GHashTable *odd = page->run->odd;
        const char *market = page->market->name, *verb = page->errand->verb;
        guint in_a_row = GPOINTER_TO_UINT(g_hash_table_lookup(odd, market)) + 1;
        g_hash_table_insert(odd, g_strdup(market), GUINT_TO_POINTER(in_a_row));
        return in_a_row >= ODD_IN_A_ROW || g_str_equal(verb, "canary") || g_str_equal(verb, "categories");
}

void page_market_odd(Page *page, const char *reason, const char *detail)
{
        const Errand *errand = page->errand;
        if (errand->attempts + 1 < ODD_TRIES) {
                page_try_again(page, reason, detail, clock_now_ms() + ODD_WAIT_MS, ODD_TRIES);
                return;
        }
        if (!market_is_odd(page)) {
                page_lost(page, reason, detail);
                return;
        }
        g_autofree char *what = g_strdup_printf("%s%s%s: %s", errand->verb, page->package ? " of " : "",
                                                page->package ? page->package : "", detail);
        listed_paused(page->run, errand, reason, what);
        page_end(page);
}

void errand_page_start(Run *run, Arena *take_arena, Errand *errand)
{
        Page *page = g_new0(Page, 1);
        page->run = run;
        page->arena = take_arena;
        page->errand = errand;
        page->market = run_market(run, errand->market);
        run_job_began(run, page, page_free);
        bool canary = g_str_equal(errand->verb, "canary");
        page->package = canary ? page->market->canaries[0] : errand->package;
        if (listed_is_paused(run, errand->market))
                page_skipped(page);
        else if (g_str_equal(errand->verb, "list") && !(page->market->can & MARKET_LIST))
                page_begin_listing(page);
        else
                page_ask(page);
}
