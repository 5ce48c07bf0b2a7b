/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/leftout.h"

#include "core/text.h"

#include <stdlib.h>

void leftout_count(LeftOut *left, uint64_t by, Span name, Arena *arena)
{
        left->count += by;
        if (left->n == LEFTOUT_SAMPLES || name.len == 0)
                return;
        const char *valid = arena_utf8(arena, span_part(name, 0, MIN(name.len, (size_t)LEFTOUT_NAME)));
        g_autofree char *plain = text_terminal(valid);
        for (size_t i = 0; i < left->n; i++) {
                if (g_str_equal(left->samples[i], plain))
                        return;
        }
        left->samples[left->n++] = arena_str(arena, plain);
}

static int by_reason(const void *a, const void *b)
{
        return strcmp((*(Skipped *const *)a)->reason, (*(Skipped *const *)b)->reason);
}

void leftout_list(LeftOut *const *left, size_t n_left, Arena *arena, size_t *n, Skipped ***list)
{
        for (size_t i = 0; i < n_left; i++) {
                if (left[i]->count == 0)
                        continue;
                Skipped *skipped = record_new(arena, Skipped, skipped__init);
                skipped->reason = arena_str(arena, left[i]->reason);
                skipped->count = (uint32_t)MIN(left[i]->count, UINT32_MAX);
                for (size_t k = 0; k < left[i]->n; k++)
                        arena_push(arena, &skipped->n_samples, &skipped->samples, left[i]->samples[k]);
                arena_push(arena, n, list, skipped);
        }
        if (*n)
                qsort(*list, *n, sizeof(void *), by_reason);
}
