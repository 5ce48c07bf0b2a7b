/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/draw.h"

#include "crawler/sample.h"

#include <stdlib.h>

enum {
        ROWS_A_BATCH = 2000,
        CATEGORIES = 64 /* of one app; a market that states more has the first of them kept */
};

#define OTHER "category:other"

/* ---- frame rows as listings come ------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_category(const Frame *frame, const char *category)
{
        for (size_t i = 0; i < frame->n_categories; i++) {
                if (g_str_equal(frame->categories[i], category))
                        return true;
        }
        return false;
}

static void add_category(Frame *frame, const char *category, Arena *arena)
{
        if (category && *category && !has_category(frame, category))
                arena_push(arena, &frame->n_categories, &frame->categories, arena_str(arena, category));
}

/* Pages may come in any order, before a kill and after it: what is kept of them must not depend on it. */
static void merge(Frame *frame, const Listing *listing, const char *category, Arena *arena)
{
        char **known = NULL; /* a list that arena_push can grow */
        size_t n = 0;
        for (size_t i = 0; i < frame->n_categories; i++)
                arena_push(arena, &n, &known, frame->categories[i]);
        frame->categories = known;
        add_category(frame, category, arena);
        for (size_t i = 0; i < listing->n_categories; i++)
                add_category(frame, listing->categories[i], arena);
        if (frame->n_categories)
                qsort(frame->categories, frame->n_categories, sizeof *frame->categories, by_text);
        frame->n_categories = MIN(frame->n_categories, CATEGORIES);
        if (listing->has_downloads && (!frame->has_downloads || listing->downloads > frame->downloads)) {
                frame->has_downloads = true;
                frame->downloads = listing->downloads;
        }
        if (listing->label && (!frame->label || strcmp(listing->label, frame->label) < 0))
                frame->label = listing->label;
}

GHashTable *draw_unflushed_new(void)
{
        return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
}

bool draw_listed(Store *store, StoreBatch *batch, uint32_t sweep, const Listing *listing,
                 const char *category, GHashTable *unflushed, bool *known, GError **error)
{
        const StoreKey key = {.sweep = sweep, .market = listing->market, .package = listing->package};
        g_autofree char *name = g_strconcat(listing->market, "/", listing->package, NULL);
        g_autoptr(Arena) arena = arena_new();
        GError *cause = NULL;
        GBytes *kept = unflushed ? g_hash_table_lookup(unflushed, name) : NULL;
        g_autoptr(GBytes) before = kept ? g_bytes_ref(kept) : store_get(store, STORE_FRAMES, &key, &cause);
        Frame *frame = before ? record_frame(arena, record_span(before), &cause)
                              : record_new(arena, Frame, frame__init);
        if (cause) {
                g_propagate_prefixed_error(error, cause, "frame of %s: ", name);
                return false;
        }
        merge(frame, listing, category, arena);
        frame->has_seen = true;
        frame->seen = before && unflushed ? frame->seen + 1 : MAX(frame->seen, 1);
        if (known)
                *known = before && unflushed;
        GBytes *now = record_pack(frame);
        store_put(batch, STORE_FRAMES, &key, record_span(now));
        if (unflushed)
                g_hash_table_replace(unflushed, g_steal_pointer(&name), now);
        else
                g_bytes_unref(now);
        return true;
}

/* ---- strata ---------------------------------------------------------------------------------------------------- */

bool draw_by_named(const char *text, DrawBy *by)
{
        static const char *const names[] = {"market", "category", "downloads"};
        for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
                if (g_strcmp0(text, names[i]) == 0) {
                        *by = (DrawBy)i;
                        return true;
                }
        }
        return false;
}

static char *band(uint64_t downloads, Arena *arena)
{
        if (downloads < 1000)
                return arena_str(arena, downloads ? "downloads:1-999" : "downloads:0");
        uint64_t low = 1000;
        while (downloads / 10 >= low)
                low *= 10;
        return arena_printf(arena, "downloads:%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, low,
                            low > UINT64_MAX / 10 ? UINT64_MAX : low * 10 - 1);
}

char *draw_stratum(DrawBy by, const Frame *frame, Arena *arena)
{
        switch (by) {
        case DRAW_BY_MARKET: break;
        case DRAW_BY_CATEGORY:
                return frame->n_categories ? arena_printf(arena, "category:%s", frame->categories[0])
                                           : arena_str(arena, "category:unknown");
        case DRAW_BY_DOWNLOADS:
                return frame->has_downloads ? band(frame->downloads, arena)
                                            : arena_str(arena, "downloads:unknown");
        }
        return arena_str(arena, "market");
}

typedef struct {
        uint64_t number;
        bool mine; /* of this sweep's shard */
} Drawn;

typedef struct {
        char *name;
        uint64_t listed, taken;
        uint64_t threshold; /* numbers up to it are drawn */
        GArray *smallest;   /* Drawn: the n smallest numbers so far, the greatest on top (a heap) */
} Stratum;

typedef struct {
        Store *store;
        uint32_t sweep;
        const char *market;
        const DrawRule *rule;
        GHashTable *strata; /* name -> Stratum */
        DrawCount *count;
        StoreBatch *batch;
        Arena *arena; /* of the rows of the batch */
        guint rows;
        GPtrArray *packages, *frames; /* taken, of the batch: char *, Frame * in the arena */
        DrawTake take;
        void *context;
        bool refused; /* `take` wants no more */
} Drawing;

static void stratum_free(void *data)
{
        Stratum *stratum = data;
        g_array_unref(stratum->smallest);
        g_free(stratum->name);
        g_free(stratum);
}

/* Where the app belongs; the second walk finds the strata that the first one made. */
static Stratum *stratum_of(Drawing *d, const Frame *frame)
{
        const char *name = draw_stratum(d->rule->by, frame, d->arena);
        Stratum *stratum = g_hash_table_lookup(d->strata, name);
        if (!stratum && g_hash_table_size(d->strata) >= DRAW_STRATA) {
                name = OTHER;
                stratum = g_hash_table_lookup(d->strata, name);
        }
        if (stratum)
                return stratum;
        stratum = g_new0(Stratum, 1);
        stratum->name = g_strdup(name);
        stratum->smallest = g_array_new(FALSE, FALSE, sizeof(Drawn));
        g_hash_table_insert(d->strata, stratum->name, stratum);
        return stratum;
}

static void sift_up(GArray *heap, guint at)
{
        Drawn *h = (Drawn *)(void *)heap->data;
        for (guint up; at && h[up = (at - 1) / 2].number < h[at].number; at = up) {
                Drawn swap = h[at];
                h[at] = h[up];
                h[up] = swap;
        }
}

static void sift_down(GArray *heap)
{
        Drawn *h = (Drawn *)(void *)heap->data;
        for (guint at = 0, down; (down = 2 * at + 1) < heap->len; at = down) {
                if (down + 1 < heap->len && h[down + 1].number > h[down].number)
                        down++;
                if (h[down].number <= h[at].number)
                        return;
                Drawn swap = h[at];
                h[at] = h[down];
                h[down] = swap;
        }
}

static void stratum_see(Stratum *stratum, unsigned n, Drawn app)
{
        GArray *heap = stratum->smallest;
        if (heap->len < n) {
                g_array_append_val(heap, app);
                sift_up(heap, heap->len - 1);
        } else if (app.number < g_array_index(heap, Drawn, 0).number) {
                g_array_index(heap, Drawn, 0) = app;
                sift_down(heap);
        }
}

static bool is_mine(const DrawRule *rule, const char *package)
{
        return !rule->shards || sample_shard(package, rule->shards) == rule->shard;
}

static bool in_frame(const Drawing *d, const char *package)
{
        return !d->rule->list || package_list_has(d->rule->list, d->market, package);
}

/* ---- the first walk: how many apps each stratum has, and how far its numbers reach -------------------------------- */

static void measure(Drawing *d, const char *package, const Frame *frame)
{
        d->count->listed++;
        d->count->duplicates += frame->seen > 1 ? frame->seen - 1 : 0;
        if (!in_frame(d, package))
                return;
        Stratum *stratum = stratum_of(d, frame);
        bool mine = is_mine(d->rule, package);
        stratum->listed++;
        if (d->rule->n)
                stratum_see(stratum, d->rule->n, (Drawn){sample_number(d->rule->seed, package), mine});
        else
                stratum->taken += mine;
}

static void settle(void *name, void *value, void *context)
{
        (void)name;
        Stratum *stratum = value;
        const DrawRule *rule = context;
        const GArray *heap = stratum->smallest;
        bool all = !rule->n || stratum->listed <= rule->n;
        stratum->threshold = all ? UINT64_MAX : g_array_index(heap, Drawn, 0).number;
        for (guint i = 0; i < heap->len; i++)
                stratum->taken += g_array_index(heap, Drawn, i).mine;
        g_array_set_size(stratum->smallest, 0);
}

/* ---- the second walk: draw ----------------------------------------------------------------------------------------- */

static Draw *draw_of(Drawing *d, const Stratum *stratum)
{
        Draw *draw = record_new(d->arena, Draw, draw__init);
        draw->stratum = arena_str(d->arena, stratum->name);
        draw->listed = stratum->listed;
        draw->taken = stratum->taken;
        draw->has_probability = true;
        draw->probability = (double)stratum->taken / (double)stratum->listed;
        return draw;
}

/* Why the app is not taken; NULL: it is. */
static const char *left_by(const Drawing *d, const char *package, const Stratum *stratum)
{
        if (!stratum)
                return "list";
        if (d->rule->n && sample_number(d->rule->seed, package) > stratum->threshold)
                return "sample";
        return is_mine(d->rule, package) ? NULL : "shard";
}

static void decide(Drawing *d, const char *package, Frame *frame)
{
        const Stratum *stratum = in_frame(d, package) ? stratum_of(d, frame) : NULL;
        frame->left = (char *)left_by(d, package, stratum);
        frame->has_taken = true;
        frame->taken = !frame->left;
        frame->draw = stratum ? draw_of(d, stratum) : NULL;
        if (!frame->taken)
                return;
        d->count->taken++;
        g_ptr_array_add(d->packages, arena_str(d->arena, package));
        g_ptr_array_add(d->frames, frame);
}

static void put_if_new(Drawing *d, const StoreKey *key, const Frame *frame, Span before)
{
        g_autoptr(GBytes) now = record_pack(frame);
        if (!span_eq(record_span(now), before))
                store_put(d->batch, STORE_FRAMES, key, record_span(now));
}

/* Commits the rows at hand, then tells of those taken. */
static bool hand_over(Drawing *d, GError **error)
{
        StoreBatch *batch = d->batch;
        d->batch = store_batch_new(d->store);
        bool ok = store_commit(d->store, batch, error);
        for (guint i = 0; ok && i < d->packages->len; i++) {
                ok = d->take(d->packages->pdata[i], d->frames->pdata[i], d->context);
                d->refused = !ok;
        }
        g_ptr_array_set_size(d->packages, 0);
        g_ptr_array_set_size(d->frames, 0);
        return ok;
}

/* ---- walking ------------------------------------------------------------------------------------------------------- */

static bool next_batch(Drawing *d, bool deciding, GError **error)
{
        if (deciding && !hand_over(d, error))
                return false;
        arena_free(d->arena);
        d->arena = arena_new();
        d->rows = 0;
        return true;
}

static bool walk_frames(Drawing *d, bool deciding, GError **error)
{
        StoreWalk *walk =
                store_walk(d->store, STORE_FRAMES, &(StoreKey){.sweep = d->sweep, .market = d->market});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                Frame *frame = record_frame(d->arena, value, error);
                if (!frame) {
                        g_prefix_error(error, "%s: ", key.package);
                        ok = false;
                        break;
                }
                if (deciding) {
                        decide(d, key.package, frame);
                        put_if_new(d, &key, frame, value);
                } else {
                        measure(d, key.package, frame);
                }
                if (++d->rows == ROWS_A_BATCH)
                        ok = next_batch(d, deciding, error);
        }
        return store_walk_end(walk, ok ? error : NULL) && ok && next_batch(d, deciding, error);
}

bool draw_market(Store *store, uint32_t sweep, const char *market, const DrawRule *rule, DrawTake take,
                 void *context, DrawCount *count, GError **error)
{
        Drawing d = {.store = store,
                     .sweep = sweep,
                     .market = market,
                     .rule = rule,
                     .count = count,
                     .take = take,
                     .context = context};
        *count = (DrawCount){0};
        d.strata = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, stratum_free);
        d.batch = store_batch_new(store);
        d.arena = arena_new();
        d.packages = g_ptr_array_new();
        d.frames = g_ptr_array_new();
        GError *cause = NULL;
        bool ok = walk_frames(&d, false, &cause);
        if (ok) {
                g_hash_table_foreach(d.strata, settle, (void *)rule);
                ok = walk_frames(&d, true, &cause);
        }
        if (cause)
                g_propagate_prefixed_error(error, cause, "drawing the sample of %s: ", market);
        g_ptr_array_unref(d.frames);
        g_ptr_array_unref(d.packages);
        arena_free(d.arena);
        store_batch_free(d.batch);
        g_hash_table_unref(d.strata);
        return ok;
}
