/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sigcheck.h - how the check of one signature scheme ended: shared by those that check (blockverify.h,
 * jarverify.h) and the one that draws the sum (sigverify.h). */
#ifndef ANALYZER_APK_SIGCHECK_H
#define ANALYZER_APK_SIGCHECK_H

#include "core/arena.h"

enum { SIGCHECK_SIGNERS = 10, SIGCHECK_DIGEST = 65 /* as hex, with its end */ };

typedef struct {
        Arena *arena;
        const char *scheme; /* "v3" */
        bool present;
        const char *result; /* as in sigverify.h; NULL: nothing failed */
        const char *detail;
        size_t n_signers; /* whose certificates count, once it holds */
        char signers[SIGCHECK_SIGNERS][SIGCHECK_DIGEST];
        char oldest
                [SIGCHECK_DIGEST]; /* the first certificate of the longest rotation history, "" without one */
} SigCheck;

/* The first failure is the one that is told. Returns false, so that `return sigcheck_fails(...)` reads as one
 * step. */
bool sigcheck_fails(SigCheck *check, const char *result, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
