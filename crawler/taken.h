/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taken.h - what becomes of an app that is in the sample: which errand comes next, or which observation ends it. */
#ifndef CRAWLER_TAKEN_H
#define CRAWLER_TAKEN_H

#include "crawler/run.h"

/* The first step of an app that was just drawn: its detail page where the market has one, else taken_listed. Errands go to `next`
 * and live in `arena`, rows into the batch. */
void taken_drawn(Run *run, StoreBatch *batch, const Market *market, const Listing *listing, const Draw *draw,
                 Arena *arena, GPtrArray *next);

/* The step behind that, the listing being as complete as it gets: its APK as the tier says, or an observation that says why
 * not; what the developer declares; its privacy policy. */
void taken_listed(Run *run, StoreBatch *batch, const Market *market, const Listing *listing, const Draw *draw,
                  Arena *arena, GPtrArray *next);

/* An errand of the whole APK of an app whose facts are of a part. */
Errand *taken_whole_errand(Run *run, const Market *market, const Listing *listing, const Draw *draw,
                           Arena *arena);

/* An errand of one request of a JSON or HTML market about this app: verb detail or labels. */
Errand *taken_page_errand(const Run *run, const Market *market, const Listing *listing, const char *verb,
                          const Draw *draw, Arena *arena);

#endif
