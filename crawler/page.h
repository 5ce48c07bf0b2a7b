/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.h - one request of a JSON or HTML market, between errand_page.c (asks, and asks again) and
 * page_verbs.c (what a reply means for the sweep). */
#ifndef CRAWLER_PAGE_H
#define CRAWLER_PAGE_H

#include "crawler/run.h"

typedef struct {
        Run *run;
        Arena *arena; /* holds the errand too */
        Errand *errand;
        const Market *market;
        const char *package;       /* asked for; NULL: none */
        const GPtrArray *listings; /* GBytes of the reply's listings; while it is answered */
        const Reply *reply;
        size_t canary;  /* which of the market's canaries is asked for */
        unsigned sound; /* canaries that answered as they should */
} Page;

/* ---- errand_page.c */
void page_ask(Page *page); /* the request of page->errand, for page->package */
/* Again from at_ms on, or `lost` with the reason when it was tried often enough. Ends the job. */
void page_try_again(Page *page, const char *reason, const char *detail, int64_t at_ms, unsigned tries);
void page_end(Page *page); /* the job is over; its errand has been dealt with */

/* ---- page_verbs.c: each ends the job, or asks again */
void page_begin_listing(Page *page); /* the canaries are sound, or there are none */
void page_answered(Page *page);      /* the reply is "ok" or "empty" */
void page_lost(Page *page, const char *reason, const char *detail); /* it will not be had in this sweep */
void page_market_odd(Page *page, const char *reason,
                     const char *detail); /* replies are not what the market's file says */
void page_skipped(Page *page);            /* its market is paused: nothing is asked */

#endif
