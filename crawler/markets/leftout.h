/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leftout.h - counts what a source holds and no listing is made of, by reason, with the first few names. */
#ifndef CRAWLER_MARKETS_LEFTOUT_H
#define CRAWLER_MARKETS_LEFTOUT_H

#include "core/record.h"

enum { LEFTOUT_SAMPLES = 3, LEFTOUT_NAME = 120 /* bytes */ };

typedef struct {
        const char *reason; /* a constant */
        uint64_t count;
        size_t n;
        char *samples[LEFTOUT_SAMPLES]; /* in the arena */
} LeftOut;

/* `name` is kept while there is room; bytes of any kind. */
void leftout_count(LeftOut *left, uint64_t by, Span name, Arena *arena);
/* Those that were counted, sorted by reason, as the summary holds them. */
void leftout_list(LeftOut *const *left, size_t n_left, Arena *arena, size_t *n, Skipped ***list);

#endif
