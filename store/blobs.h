/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blobs.h - APKs kept after their analysis, named by their SHA-256, within a budget: store_directory()/blobs/ab/abcd....apk. A file is
 * there whole or not at all (written beside, synced, renamed); the oldest unnamed ones go when the budget is full. */
#ifndef STORE_BLOBS_H
#define STORE_BLOBS_H

#include "store/store.h"

typedef struct Blobs Blobs;

/* Reads what is there. `budget` in bytes. */
Blobs *blobs_open(const Store *store, uint64_t budget, GError **error);
void blobs_close(Blobs *blobs); /* NULL is fine */
/* Takes the file at `path` (same file system or not; it is gone afterwards where it could be renamed, and may stay else) whose bytes
 * have this digest (the caller has hashed them). Evicts the least recently used to stay within the budget; a file larger than the
 * budget is not kept (true, and told in the log). FAULT_DISK: no room on the disk. */
bool blobs_keep(Blobs *blobs, const char *path, const char *sha256, GError **error);
/* A descriptor for reading, or -1: not there. Counts as used. Its bytes are the caller's to verify. */
int blobs_get(Blobs *blobs, const char *sha256);
bool blobs_drop(Blobs *blobs, const char *sha256, GError **error);
uint64_t blobs_bytes(const Blobs *blobs);
size_t blobs_count(const Blobs *blobs);
void blobs_each(const Blobs *blobs, void (*each)(const char *sha256, uint64_t bytes, void *context),
                void *context);

#endif
