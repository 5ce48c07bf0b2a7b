/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tier_read.h - a file read as a tier reads it, without a network: the ranges that the planner asks for are copied into a sparse
 * file, in rounds. */
#ifndef TESTS_TIER_READ_H
#define TESTS_TIER_READ_H

#include "analyzer/analyzer.h"
#include "analyzer/extents.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TIER_ROUNDS = 16 };

typedef struct {
        Arena *arena;
        const char *tier;
        int from, to; /* the file, the sparse one */
        uint64_t size;
        Held held;
        unsigned requests;
        uint64_t bytes;
        const char *whole;
} TierRead;

static inline int tier_by_place(const void *a, const void *b)
{
        const Extent *x = *(Extent *const *)a, *y = *(Extent *const *)b;
        return (x->from > y->from) - (x->from < y->from);
}

/* One more extent: sorted, and made one with its neighbours. */
static inline void tier_hold(TierRead *f, Extent *extent)
{
        Extent **list = arena_array(f->arena, Extent *, f->held.n + 1);
        for (size_t i = 0; i < f->held.n; i++)
                list[i] = f->held.list[i];
        list[f->held.n] = extent;
        qsort(list, f->held.n + 1, sizeof *list, tier_by_place);
        size_t n = 1;
        for (size_t i = 1; i <= f->held.n; i++) {
                if (list[i]->from <= list[n - 1]->to)
                        list[n - 1]->to = MAX(list[n - 1]->to, list[i]->to);
                else
                        list[n++] = list[i];
        }
        f->held = (Held){n, list};
}

static inline void tier_copy(TierRead *f, const Extent *wanted)
{
        size_t len = (size_t)(wanted->to - wanted->from);
        g_autofree char *bytes = g_malloc(len);
        if (pread(f->from, bytes, len, (off_t)wanted->from) != (ssize_t)len ||
            pwrite(f->to, bytes, len, (off_t)wanted->from) != (ssize_t)len)
                g_error("copy: %s", g_strerror(errno));
        Extent *extent = record_new(f->arena, Extent, extent__init);
        extent->from = wanted->from;
        extent->to = wanted->to;
        tier_hold(f, extent);
        f->requests++;
        f->bytes += len;
}

static inline void tier_fetch(TierRead *f)
{
        for (unsigned round = 0; round < TIER_ROUNDS; round++) {
                const Ranges *next = extents_wanted(f->to, f->tier, f->size, &f->held, f->arena);
                f->whole = next->whole;
                if (next->whole || next->enough)
                        return;
                for (size_t i = 0; i < next->n_wanted; i++)
                        tier_copy(f, next->wanted[i]);
        }
        f->whole = "too many rounds";
}

/* The tier's facts of what was copied; of tier "whole", the file's own. */
static inline Facts *tier_facts(const Analyzer *analyzer, const TierRead *f)
{
        AnalyzerOptions options = {.tier = f->tier, .extents = f->held.list, .n_extents = f->held.n};
        bool whole = g_str_equal(f->tier, "whole");
        return analyzer_apk(analyzer, whole ? f->from : f->to, whole ? NULL : &options, f->arena);
}

#endif
