/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asking.h - one request of a JSON or HTML market, from its file's template to what a worker read in the reply. Brings the token
 * that some markets want before anything else, and a new one where it went stale. */
#ifndef CRAWLER_ASKING_H
#define CRAWLER_ASKING_H

#include "crawler/run.h"

typedef enum {
        ASKING_READ,   /* a reply was read: reply and listings; its outcome may be anything but token-stale */
        ASKING_FAILED, /* no reply to read: reason and detail; may pass: from again_at_ms on */
        ASKING_CANCELLED /* stopped by the user */
} AskingEnd;

typedef struct {
        AskingEnd end;
        const Reply *reply;
        const GPtrArray *listings; /* GBytes of packed Listing */
        const char *reason, *detail;
        bool may_pass;
        int64_t again_at_ms;
        uint64_t wire_bytes;
} AskingResult; /* borrowed for the call */
typedef void (*AskingDone)(const AskingResult *result, void *context);

typedef struct {
        const char *verb; /* categories list detail resolve labels */
        const char *package, *store_id, *category, *cursor;
        unsigned page;
} AskingWhat;

/* Everything is copied. `done` is called once, later; never after the run has ended. */
void asking_start(Run *run, const Market *market, const AskingWhat *what, AskingDone done, void *context);
void asking_free(void *data); /* for what is left when a run breaks off */

#endif
