/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/heldapps.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1 << 12, NAMES_MAX = 100000000, TEXT_MAX = 4096 };

typedef struct {
        HeldApp app; /* first: g_hash_table keys point at its number */
        guint at;    /* in the heap */
} Entry;

struct HeldApps {
        unsigned sample, most;
        GHashTable *by_number; /* &entry->app.number -> Entry */
        GPtrArray *heap;       /* Entry, the greatest number on top; unordered without a sample */
        uint64_t *slots;       /* numbers of all packages, open addressing; 0: free */
        size_t n_slots, seen;
};

static void entry_free(void *data)
{
        Entry *entry = data;
        g_free((char *)entry->app.package);
        g_free((uint8_t *)entry->app.date.data);
        g_free((uint8_t *)entry->app.added.data);
        g_free((uint8_t *)entry->app.origins.data);
        g_free(entry);
}

HeldApps *held_new(unsigned sample, unsigned most)
{
        HeldApps *held = g_new0(HeldApps, 1);
        held->sample = MIN(sample, most);
        held->most = most;
        held->by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
        held->heap = g_ptr_array_new_with_free_func(entry_free);
        held->n_slots = FIRST_SLOTS;
        held->slots = g_new0(uint64_t, held->n_slots);
        return held;
}

void held_free(HeldApps *held)
{
        if (!held)
                return;
        g_hash_table_unref(held->by_number);
        g_ptr_array_unref(held->heap);
        g_free(held->slots);
        g_free(held);
}

/* ---- which packages there are ---------------------------------------------------------------------------------- */

/* Numbers are bits of a SHA-256, so they spread by themselves. True: it was not there. */
static bool put_number(uint64_t *slots, size_t n_slots, uint64_t number)
{
        uint64_t key = number ? number : 1; /* 0 marks a free slot */
        size_t at = key & (n_slots - 1);
        while (slots[at] && slots[at] != key)
                at = (at + 1) & (n_slots - 1);
        bool is_new = slots[at] == 0;
        slots[at] = key;
        return is_new;
}

static void grow(HeldApps *held)
{
        size_t n = held->n_slots * 2;
        uint64_t *slots = g_new0(uint64_t, n);
        for (size_t i = 0; i < held->n_slots; i++) {
                if (held->slots[i])
                        put_number(slots, n, held->slots[i]);
        }
        g_free(held->slots);
        held->slots = slots;
        held->n_slots = n;
}

static void count_name(HeldApps *held, uint64_t number)
{
        if (held->seen >= held->n_slots / 4 * 3)
                grow(held);
        held->seen += put_number(held->slots, held->n_slots, number);
}

uint64_t held_seen(const HeldApps *held)
{
        return held->seen;
}

/* ---- the heap -------------------------------------------------------------------------------------------------- */

static Entry *entry_at(const HeldApps *held, guint at)
{
        return g_ptr_array_index(held->heap, at);
}

static void swap(HeldApps *held, guint a, guint b)
{
        Entry *x = entry_at(held, a), *y = entry_at(held, b);
        held->heap->pdata[a] = y;
        held->heap->pdata[b] = x;
        x->at = b;
        y->at = a;
}

static void sift_up(HeldApps *held, guint at)
{
        for (guint up; at && entry_at(held, up = (at - 1) / 2)->app.number < entry_at(held, at)->app.number;
             at = up)
                swap(held, at, up);
}

static void sift_down(HeldApps *held)
{
        for (guint at = 0, down; (down = 2 * at + 1) < held->heap->len; at = down) {
                if (down + 1 < held->heap->len &&
                    entry_at(held, down + 1)->app.number > entry_at(held, down)->app.number)
                        down++;
                if (entry_at(held, down)->app.number <= entry_at(held, at)->app.number)
                        return;
                swap(held, at, down);
        }
}

static void drop_greatest(HeldApps *held)
{
        Entry *top = entry_at(held, 0);
        g_hash_table_remove(held->by_number, &top->app.number);
        g_ptr_array_remove_index_fast(held->heap, 0); /* the last one takes its place */
        if (held->heap->len) {
                entry_at(held, 0)->at = 0;
                sift_down(held);
        }
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void take_text(Span *kept, Span text)
{
        g_free((uint8_t *)kept->data);
        size_t n = MIN(text.len, (size_t)TEXT_MAX);
        *kept = n ? span_of(g_memdup2(text.data, n), n) : (Span){NULL, 0};
}

static void take_row(HeldApp *app, const HeldApp *row)
{
        memcpy(app->sha256, row->sha256, sizeof app->sha256);
        memcpy(app->md5, row->md5, sizeof app->md5);
        app->has_md5 = row->has_md5;
        app->size = row->size;
        app->version_code = row->version_code;
        take_text(&app->date, row->date);
        take_text(&app->added, row->added);
        take_text(&app->origins, row->origins);
}

static bool is_newer(const HeldApp *row, const HeldApp *than)
{
        if (row->version_code != than->version_code)
                return row->version_code > than->version_code;
        int dates = span_cmp(row->date, than->date);
        return dates ? dates > 0 : memcmp(row->sha256, than->sha256, sizeof row->sha256) < 0;
}

static void add(HeldApps *held, const HeldApp *row)
{
        Entry *entry = g_new0(Entry, 1);
        entry->app.number = row->number;
        entry->app.package = g_strdup(row->package);
        entry->app.versions = 1;
        take_row(&entry->app, row);
        entry->at = held->heap->len;
        g_ptr_array_add(held->heap, entry);
        g_hash_table_insert(held->by_number, &entry->app.number, entry);
        if (held->sample)
                sift_up(held, entry->at);
}

/* A package that falls out never comes back: the greatest number that is held only gets smaller. So whoever is
 * held at the end has been since its first row. */
HeldEnd held_see(HeldApps *held, const HeldApp *row)
{
        if (held->seen >= NAMES_MAX)
                return HELD_TOO_MANY_NAMES;
        count_name(held, row->number);
        bool full = held->heap->len >= (held->sample ? held->sample : held->most);
        if (full && held->sample && row->number > entry_at(held, 0)->app.number)
                return HELD_OK;
        Entry *known = g_hash_table_lookup(held->by_number, &row->number);
        if (known) {
                known->app.versions++;
                if (is_newer(row, &known->app))
                        take_row(&known->app, row);
                return HELD_OK;
        }
        if (full && !held->sample)
                return HELD_TOO_MANY;
        add(held, row);
        if (full)
                drop_greatest(held);
        return HELD_OK;
}

static int by_package(const void *a, const void *b)
{
        return strcmp((*(Entry *const *)a)->app.package, (*(Entry *const *)b)->app.package);
}

void held_each(HeldApps *held, bool (*each)(const HeldApp *app, void *context), void *context)
{
        g_autofree Entry **sorted = g_new(Entry *, held->heap->len + 1);
        for (guint i = 0; i < held->heap->len; i++)
                sorted[i] = entry_at(held, i);
        qsort(sorted, held->heap->len, sizeof(void *), by_package);
        bool more = true;
        for (guint i = 0; more && i < held->heap->len; i++)
                more = each(&sorted[i]->app, context);
}
