/* SPDX-License-Identifier: GPL-3.0-or-later */
/* factnames.h - what the numbers in a vector stand for, looked up in the store once each, so that a walk over a million vectors
 * compares numbers and never text. */
#ifndef REPORTS_FACTNAMES_H
#define REPORTS_FACTNAMES_H

#include "store/store.h"

typedef enum {
        FACT_UNKNOWN, /* not looked up yet; never returned */
        FACT_OTHER,   /* nothing that reports count */
        FACT_PERMISSION,
        FACT_SDK,
        FACT_SIGNER,
        FACT_APP_TYPE,
        FACT_NEEDED, /* verdicts: `what` is the permission */
        FACT_SCENARIO,
        FACT_NOT_ADVISED,
        FACT_UNDECIDED,
        FACT_KINDS
} FactKind;

typedef struct {
        FactKind kind;
        const char *what; /* "android.permission.CAMERA", "umeng"; lives as long as the store is open */
} FactName;

typedef struct FactNames FactNames;
FactNames *factnames_new(Store *store);
void factnames_free(FactNames *names); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FactNames, factnames_free)

/* By value: the table behind it grows. FAULT_MALFORMED when the store does not know the number (then .kind is FACT_UNKNOWN). */
FactName factnames_get(FactNames *names, uint32_t number, GError **error);

FactName factname_of(const char *id); /* of a fact id's text; `what` points into it */

#endif
