/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identity.h - the same package under another signer, among the files that one command reads. No fact of a
 * file, so it is told beside the facts: two apps with one package name cannot both be its developer's, unless
 * keys were rotated, which the newer file proves by its history. */
#ifndef CLI_IDENTITY_H
#define CLI_IDENTITY_H

#include "core/record.h"

typedef struct Identities Identities;

Identities *identities_new(void);
void identities_free(Identities *identities); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Identities, identities_free)

/* Files without a package or a signer are nobody's. */
void identities_add(Identities *identities, const char *path, const Facts *facts);

/* One line for each package that has several signers, sorted by package, fit for a terminal and without an
 * end of line; g_ptr_array_unref it. A certificate stands for another one when it is in the other's rotation
 * history. */
GPtrArray *identities_told(const Identities *identities);

#endif
