/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ending.h - what the end of a transfer means: which FetchEnd, and the sentence that tells a person. Knows HTTP, not curl. */
#ifndef CRAWLER_ENDING_H
#define CRAWLER_ENDING_H

#include "crawler/intake.h"

typedef struct {
        const char *url;  /* as it may be shown */
        const char *said; /* the transport's own words, may be empty */
        const Head *head;
        Intake *intake;
        bool conditional; /* the request named a copy we have */
        bool connected;   /* the request was sent */
        uint64_t wire_body;
} Ending;

/* Each sets *detail (g_free). */
FetchEnd ending_whole(const Ending *ending, char **detail); /* the transport saw nothing wrong */
FetchEnd ending_cut(const Ending *ending, char **detail);   /* the connection broke */
FetchEnd ending_late(const Ending *ending, char **detail);  /* a time limit passed */

#endif
