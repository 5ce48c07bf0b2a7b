/* SPDX-License-Identifier: GPL-3.0-or-later */
/* appsplit.h - which copies of a package are one app: the same package name under the same signer. Another signer makes another
 * app, a look-alike. Copies are joined when they have a signer in common, or when the key rotation that one file states (proof
 * of rotation, APK Signature Scheme v3) leads from a signer of the one to a signer of the other; what a file states is not
 * verified here (`overreach scan --verify` does). A copy without a known signer (not fetched, not analysable) counts with the
 * package's main app, the one of the copy that sweepwalk.h calls newest. */
#ifndef REPORTS_APPSPLIT_H
#define REPORTS_APPSPLIT_H

#include "reports/factnames.h"
#include "reports/sweepwalk.h"

typedef struct {
        App app;              /* of this identity's copies only, the newest among them chosen anew */
        const char **signers; /* SHA-256 of its certificates, sorted by name; borrowed from the store */
        size_t n_signers;     /* 0: none of its copies was read */
} Identity;

typedef struct AppSplit AppSplit;
/* `passes` of the sweep the apps are of: under which its facts are. All borrowed. */
AppSplit *appsplit_new(Store *store, FactNames *names, const char *passes);
void appsplit_free(AppSplit *split); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AppSplit, appsplit_free)

/* The identities of an app of the walk, the main one first, the others by their first market; at least one. Borrowed until the
 * next call, and as long as the walk's app. NULL: error. */
const Identity *appsplit_of(AppSplit *split, const App *app, size_t *n, GError **error);

bool appsplit_share_signer(const Identity *a, const Identity *b);

/* Does the key rotation that either file states lead from a signer of the one to a signer of the other? Copies without facts
 * state none. */
bool appsplit_rotated(AppSplit *split, const Identity *a, AppSplit *other, const Identity *b, bool *rotated,
                      GError **error);

#endif
