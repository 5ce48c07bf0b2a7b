/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fill.h - a Listing out of what a request's fields find at one item of a reply. Everything is capped and checked; what is
 * not plausible is left out and counted, so that reply.h can tell a changed page from an app without a rating. */
#ifndef CRAWLER_MARKETS_FILL_H
#define CRAWLER_MARKETS_FILL_H

#include "core/record.h"
#include "crawler/market_spec.h"

enum { FILL_NAMES = 300, FILL_LABELS = 2000 };

typedef struct {
        const Market *market;
        const MarketRequestSpec *request;
        const ReplyTask *task;
        Tree *tree;
        PathVars vars;
        Arena *arena;
        size_t seen[FIELDS], odd[FIELDS]; /* items that had a field; that had one which is not plausible */
} Filler;

/* NULL: the item has no package name that Android could install (counted in seen and odd as any field). An app that was
 * asked for by its package needs no field for it. */
Listing *fill_listing(Filler *f, TreeNode item);

/* What the developer declares, of the request's `labels`, into the listing. */
void fill_labels(Filler *f, Listing *out);

/* One field's text; NULL: absent. Counted. */
const char *fill_text(Filler *f, MarketField field, TreeNode item);
/* A URL of a reply, made whole by the URL that answered; NULL: no http(s) URL, or over 2,048 bytes. */
char *fill_url(const Filler *f, const char *text);

#endif
