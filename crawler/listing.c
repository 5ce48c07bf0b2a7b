/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/listing.h"

#include <stdlib.h>

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool holds(char *const *list, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++) {
                if (g_str_equal(list[i], text))
                        return true;
        }
        return false;
}

static void join(size_t *n, char ***list, char *const *more, size_t n_more, Arena *arena)
{
        size_t n_all = 0;
        char **all = NULL;
        for (size_t i = 0; i < *n; i++)
                arena_push(arena, &n_all, &all, (*list)[i]);
        for (size_t i = 0; i < n_more; i++) {
                if (!holds(all, n_all, more[i]))
                        arena_push(arena, &n_all, &all, more[i]);
        }
        if (n_all)
                qsort(all, n_all, sizeof *all, by_text);
        *n = n_all;
        *list = all;
}

#define TAKE(to, from, field)                                                                                \
        do {                                                                                                 \
                (to)->n_##field = (from)->n_##field;                                                         \
                (to)->field = (from)->field;                                                                 \
        } while (0)

static void lists_of_apk(ListedApk *merged, const ListedApk *before, const ListedApk *now)
{
        const ListedApk *permissions = now && now->n_permissions ? now : before;
        const ListedApk *signers = now && now->n_signers ? now : before;
        if (permissions)
                TAKE(merged, permissions, permissions);
        if (signers)
                TAKE(merged, signers, signers);
}

/* Bytes of two records of a kind, one behind the other, are the record in which what comes later wins (Protocol Buffers,
 * "Last One Wins"); only lists would hold both. */
Listing *listing_merge(Span before, const Listing *now, Arena *arena, GError **error)
{
        const Listing *old = record_listing(arena, before, error);
        if (!old)
                return NULL;
        g_autoptr(GBytes) packed = record_pack(now);
        Span later = record_span(packed);
        g_autoptr(GByteArray) both = g_byte_array_new();
        g_byte_array_append(both, before.data, (guint)before.len);
        g_byte_array_append(both, later.data, (guint)later.len);
        Listing *merged = record_listing(arena, span_of(both->data, both->len), error);
        if (!merged)
                return NULL;
        TAKE(merged, now->n_labels ? now : old, labels);
        TAKE(merged, now->n_anti_features ? now : old, anti_features);
        TAKE(merged, now->n_data_labels ? now : old, data_labels);
        TAKE(merged, old, categories);
        join(&merged->n_categories, &merged->categories, now->categories, now->n_categories, arena);
        if (merged->apk)
                lists_of_apk(merged->apk, old->apk, now->apk);
        return merged;
}
