/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blobs.h - APKs kept after their analysis, named by their SHA-256, within a budget: store_directory()/blobs/ab/abcd....apk. A file is
 * there whole or not at all (written beside, synced, renamed, its folder synced); the least recently used ones go when the budget is
 * full. Files of other names that lie there are left alone and not counted. Not part of a backup. */
#ifndef STORE_BLOBS_H
#define STORE_BLOBS_H

#include "store/store.h"

typedef struct Blobs Blobs;

/* Reads what is there (about 150 bytes of memory a file). With a store open for writing it also removes what a kill left half-written,
 * and what is over the budget, least recently used first, which is told in the log. `budget` in bytes. */
Blobs *blobs_open(const Store *store, uint64_t budget, GError **error);
void blobs_close(Blobs *blobs); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Blobs, blobs_close)

/* Takes the file at `path` (same file system or not; it is gone afterwards where it could be renamed, and stays else) whose bytes
 * have this digest (the caller has hashed them). Durable on return, so it takes as long as the disk does to write the file down.
 * Evicts the least recently used to stay within the budget; a file larger than the budget is not kept (true, and told in the log).
 * FAULT_DISK: no room on the disk, nothing half-kept; FAULT_BUG: no digest, or a store open for reading. */
bool blobs_keep(Blobs *blobs, const char *path, const char *sha256, GError **error);
/* A descriptor for reading, to be closed by the caller, or -1: not there. Counts as used. Its bytes are the caller's to verify. */
int blobs_get(Blobs *blobs, const char *sha256);
bool blobs_drop(Blobs *blobs, const char *sha256, GError **error); /* true, too, when it is not there */
uint64_t blobs_bytes(const Blobs *blobs);
size_t blobs_count(const Blobs *blobs);
/* Least recently used first; `each` may not keep, get or drop. */
void blobs_each(const Blobs *blobs, void (*each)(const char *sha256, uint64_t bytes, void *context),
                void *context);

#endif
