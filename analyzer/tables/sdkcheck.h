/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdkcheck.h - what is doubtful in the table of SDKs, beyond what sdkset_load() refuses outright. */
#ifndef ANALYZER_TABLES_SDKCHECK_H
#define ANALYZER_TABLES_SDKCHECK_H

#include "analyzer/tables/sdkset.h"

typedef struct {
        bool fault; /* wrong; else only worth a look */
        char *about, *text;
} SdkNote;

typedef struct {
        GPtrArray *notes; /* of SdkNote: faults first, then by what they are about */
        size_t sdks, prefixes;
        size_t unconfirmed;  /* prefixes from memory alone */
        size_t shared_names; /* names that several SDKs claim */
        size_t shared_hosts;
} SdkReport;

/* Looks at a set that was loaded without a user's files. */
SdkReport *sdkcheck(const SdkSet *set);
void sdkcheck_free(SdkReport *report); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SdkReport, sdkcheck_free)

#endif
