/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the replies of a JSON or HTML market mean for the sweep: canaries let it be listed, categories become pages, pages
 * become listings and further pages, details complete a listing. Each reply's rows, the errands it makes and the end of its own
 * errand are one batch. */
#include "crawler/page.h"

#include "core/log.h"
#include "crawler/listed.h"
#include "crawler/listing.h"
#include "crawler/taken.h"

#include <string.h>

enum { PAGES_MAX = 100000 /* of one category */ };

/* ---- errands and their end ------------------------------------------------------------------------------------ */

static Errand *page_errand(const Page *page, const char *verb, const char *category, unsigned number,
                           const char *cursor)
{
        const Errand *from = page->errand;
        Errand *e = record_new(page->arena, Errand, errand__init);
        e->sweep = from->sweep;
        e->kind = ERRAND__KIND__PAGE;
        e->market = from->market;
        e->host = from->host;
        e->base_url = from->base_url;
        e->again = from->again;
        e->verb = arena_str(page->arena, verb);
        e->category = arena_str(page->arena, category);
        e->cursor = arena_str(page->arena, cursor);
        e->has_page = true;
        e->page = number;
        e->has_due_ms = true;
        e->id = arena_printf(page->arena, "%s/%s/%s%s%s/%u", verb, from->market,
                             from->again ? from->again : "", from->again ? "/" : "", category ? category : "",
                             number);
        return e;
}

/* The errand is done. Where it was the last one that lists its market, the draw follows in the same batch. */
static void done(Page *page, StoreBatch *take_batch, GPtrArray *next)
{
        Run *run = page->run;
        const char *market = page->market->name;
        g_autoptr(GError) error = NULL;
        int more = -(int)listed_is_listing(page->errand);
        for (guint i = 0; i < next->len; i++)
                more += listed_is_listing(next->pdata[i]);
        bool last = listed_is_listing(page->errand) && (int)listed_left(run, market) + more <= 0;
        if (last && !listed_is_paused(run, market))
                g_ptr_array_add(next,
                                listed_draw_errand(run, page->market, page->errand->again, page->arena));
        if (store_complete(run->store, page->errand, take_batch, (const Errand *const *)next->pdata,
                           next->len, &error))
                listed_more(run, market, more);
        else
                run_break(run, g_steal_pointer(&error));
        run_gathered(run);
        page_end(page);
}

static void broken(Page *page, StoreBatch *batch, GError *take_error)
{
        store_batch_free(batch);
        run_break(page->run, take_error);
        page_end(page);
}

/* ---- listing --------------------------------------------------------------------------------------------------- */

/* A market that cannot list is asked for the apps of --list or --follow. */
static bool frame_of_list(Page *page, StoreBatch *batch, GError **error);

void page_begin_listing(Page *page)
{
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(page->run->store);
        const Market *market = page->market;
        for (size_t i = 0; i < market->n_category_list; i++) /* the file states them: nothing to ask */
                g_ptr_array_add(next, page_errand(page, "list", market->category_list[i].key, 0, NULL));
        if (market->n_category_list == 0 && (market->can & MARKET_CATEGORIES))
                g_ptr_array_add(next, page_errand(page, "categories", NULL, 0, NULL));
        else if (market->n_category_list == 0 && (market->can & MARKET_LIST))
                g_ptr_array_add(next, page_errand(page, "list", NULL, 0, NULL));
        else if (!(market->can & MARKET_LIST) && !frame_of_list(page, batch, &error)) {
                broken(page, batch, g_steal_pointer(&error));
                return;
        }
        done(page, batch, next);
}

typedef struct {
        Page *page;
        StoreBatch *batch;
        GError **error;
        bool ok;
} Named;

static void frame_of_package(const char *package, void *context)
{
        Named *named = context;
        Listing listing = LISTING__INIT;
        listing.market = named->page->market->name;
        listing.package = (char *)package;
        Run *run = named->page->run;
        named->ok = named->ok && listed_put(run, named->batch, &listing, NULL, run->unflushed, named->error);
}

static bool frame_of_list(Page *page, StoreBatch *batch, GError **error)
{
        Named named = {page, batch, error, true};
        MarketResult *result = listed_result(page->run, page->market->name);
        if (page->run->list)
                package_list_each(page->run->list, page->market->name, frame_of_package, &named);
        else
                result->detail =
                        (char *)"this market cannot list its apps: name those to look up with --list";
        return named.ok;
}

static bool reply_is_about(const Page *page, const char *package)
{
        for (guint i = 0; i < page->listings->len; i++) {
                const Listing *listing =
                        record_listing(page->arena, record_span(page->listings->pdata[i]), NULL);
                if (listing && g_str_equal(listing->package, package))
                        return true;
        }
        return false;
}

/* The canary answered, or is not there: the next one, or the verdict. */
static void next_canary(Page *page)
{
        char **canaries = page->market->canaries;
        if (canaries[++page->canary]) {
                page->package = canaries[page->canary];
                page_ask(page);
                return;
        }
        if (page->sound > 0) {
                page_begin_listing(page);
                return;
        }
        g_autofree char *all = g_strjoinv(" ", canaries);
        g_autofree char *detail = g_strdup_printf(
                "none of the apps that are certainly there was found (%s): the market's pages changed, or "
                "it does not serve this region",
                all);
        listed_paused(page->run, page->errand, "shape-changed", detail);
        page_end(page);
}

static void canary_answered(Page *page)
{
        bool ok = g_str_equal(page->reply->outcome, "ok");
        if (ok && !reply_is_about(page, page->package)) {
                page_market_odd(page, "shape-changed",
                                "the page of a known app tells of another one, or of none");
                return;
        }
        page->sound += ok;
        next_canary(page);
}

static void categories_answered(Page *page)
{
        const Reply *reply = page->reply;
        if (reply->n_categories == 0) {
                page_market_odd(page, "shape-changed", "the list of categories is empty");
                return;
        }
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        for (size_t i = 0; i < reply->n_categories; i++)
                g_ptr_array_add(next, page_errand(page, "list", reply->categories[i]->key, 0, NULL));
        done(page, NULL, next);
}

/* Something of the market's list is not there: told with its result, and the sweep goes on. */
static void note(Page *page, StoreBatch *batch, const char *what)
{
        Run *run = page->run;
        MarketResult *result = listed_result(run, page->market->name);
        const char *before = result->detail ? result->detail : "";
        if (strlen(before) < 1000 && !strstr(before, what))
                result->detail = arena_printf(run->arena, "%s%s%s", before, *before ? "; " : "", what);
        run_put_sweep(run, batch);
}

static void list_answered(Page *page)
{
        Run *run = page->run;
        const Errand *errand = page->errand;
        const Reply *reply = page->reply;
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(run->store);
        for (guint i = 0; i < page->listings->len; i++) {
                const Listing *listing =
                        record_listing(page->arena, record_span(page->listings->pdata[i]), &error);
                if (!listing || !listed_put(run, batch, listing, errand->category, run->unflushed, &error)) {
                        broken(page, batch, g_steal_pointer(&error));
                        return;
                }
        }
        bool same = reply->next && g_strcmp0(reply->next, errand->cursor) == 0;
        if (reply->next && (same || errand->page >= PAGES_MAX)) {
                g_autofree char *what = g_strdup_printf("category %s: page %u leads %s",
                                                        errand->category ? errand->category : "-",
                                                        errand->page, same ? "to itself" : "on without end");
                note(page, batch, what);
        } else if (reply->next) {
                g_ptr_array_add(next,
                                page_errand(page, "list", errand->category, errand->page + 1, reply->next));
        }
        if (errand->page == 0 && page->listings->len == 0) {
                g_autofree char *what =
                        g_strdup_printf("category %s is empty", errand->category ? errand->category : "-");
                note(page, batch, what);
        }
        done(page, batch, next);
}

/* ---- one app --------------------------------------------------------------------------------------------------- */

/* What is known of the app so far, and what the reply adds. NULL: the reply tells of no such app. */
static Listing *completed(Page *page, GError **error)
{
        Run *run = page->run;
        const char *package = page->errand->package;
        const Listing *now = NULL;
        for (guint i = 0; i < page->listings->len && !now; i++) {
                const Listing *one =
                        record_listing(page->arena, record_span(page->listings->pdata[i]), error);
                if (!one)
                        return NULL;
                now = g_str_equal(one->package, package) ? one : NULL;
        }
        if (!now)
                return NULL;
        GError *cause = NULL;
        g_autofree char *name = g_strconcat(page->market->name, "/", package, NULL);
        GBytes *fresh = g_hash_table_lookup(run->fresh, name);
        g_autoptr(GBytes) kept =
                fresh ? g_bytes_ref(fresh)
                      : store_listing(run->store, page->market->name, package, run->sweep->id, &cause);
        if (cause) {
                g_propagate_error(error, cause);
                return NULL;
        }
        return kept ? listing_merge(record_span(kept), now, page->arena, error) : (Listing *)now;
}

static bool put_listing(Run *run, StoreBatch *batch, const Listing *listing, GError **error)
{
        g_hash_table_insert(run->fresh, g_strconcat(listing->market, "/", listing->package, NULL),
                            record_pack(listing));
        return store_put_listing(batch, run->sweep->id, listing, error);
}

static void app_answered(Page *page)
{
        Run *run = page->run;
        g_autoptr(GError) error = NULL;
        Listing *listing = completed(page, &error);
        StoreBatch *batch = store_batch_new(run->store);
        if (error || (listing && !put_listing(run, batch, listing, &error))) {
                broken(page, batch, g_steal_pointer(&error));
                return;
        }
        if (!listing) {
                store_batch_free(batch);
                page_lost(page, "gone", "the market's page tells of no such app");
                return;
        }
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        if (g_str_equal(page->errand->verb, "detail"))
                taken_listed(run, batch, page->market, listing, page->errand->draw, page->arena, next);
        done(page, batch, next);
}

void page_answered(Page *page)
{
        const char *verb = page->errand->verb;
        if (g_str_equal(verb, "canary"))
                canary_answered(page);
        else if (g_str_equal(verb, "categories"))
                categories_answered(page);
        else if (g_str_equal(verb, "list"))
                list_answered(page);
        else
                app_answered(page);
}

/* ---- what will not be had --------------------------------------------------------------------------------------- */

void page_lost(Page *page, const char *reason, const char *detail)
{
        Run *run = page->run;
        const Errand *errand = page->errand;
        const char *verb = errand->verb;
        bool about_app =
                g_str_equal(reason, "gone") || g_str_equal(reason, "region") || g_str_equal(reason, "paid");
        if (g_str_equal(verb, "canary") && about_app) {
                next_canary(page);
        } else if (g_str_equal(verb, "canary") || g_str_equal(verb, "categories")) {
                listed_failed(run, errand, reason, detail);
                page_end(page);
        } else if (g_str_equal(verb, "list")) {
                g_autoptr(GPtrArray) next = g_ptr_array_new();
                g_autofree char *what =
                        g_strdup_printf("category %s: page %u and those behind it are lost (%s)",
                                        errand->category ? errand->category : "-", errand->page, reason);
                StoreBatch *batch = store_batch_new(run->store);
                log_event(LOG_WARN, "page_lost", "market", errand->market, "page", errand->id, "reason",
                          reason, "detail", detail, NULL);
                note(page, batch, what);
                done(page, batch, next);
        } else if (g_str_equal(verb, "detail")) {
                run_unfetched(run, errand, reason, detail);
                page_end(page);
        } else { /* what its developer declares is one fact less, not the app */
                g_autoptr(GPtrArray) next = g_ptr_array_new();
                log_event(LOG_INFO, "labels_lost", "app", errand->package, "market", errand->market, "reason",
                          reason, "detail", detail, NULL);
                StoreBatch *batch = store_batch_new(run->store);
                g_autofree char *name = g_strconcat("labels-lost:", reason, NULL);
                store_count(batch, run->sweep->id, name, 1);
                done(page, batch, next);
        }
}

void page_skipped(Page *page)
{
        Run *run = page->run;
        const MarketResult *result = listed_result(run, page->market->name);
        const char *reason = strchr(result->outcome, ':') + 1;
        if (g_str_equal(page->errand->verb, "detail")) {
                run_unfetched(run, page->errand, reason, "its market is paused");
                page_end(page);
                return;
        }
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        done(page, NULL, next);
}
