/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_body.h - the bodies of a recording: FOLDER/bodies/ab/abcd..., named by the SHA-256 of what they hold. A file is gzip (of one
 * member or several) unless what it holds begins with "PK": archives are kept as they are. A name is there whole or not at all as
 * far as a kill goes; after a power cut a file may be short, which reading finds out by the digest. */
#ifndef CRAWLER_REPLAY_BODY_H
#define CRAWLER_REPLAY_BODY_H

#include "core/arena.h"
#include "core/digest.h"
#include "core/error.h"

typedef struct { /* bytes in memory, or behind a descriptor (read by pread from 0) when fd >= 0 */
        Span bytes;
        int fd;
} BodySource;

/* Writes what is not there yet since since_ms (wall clock): what an earlier process left may be damaged and is written again. One
 * writer a folder at a time. `size` gets the bytes the body has. The caller vouches for the digest. */
bool body_keep(const char *folder, BodySource source, const char *sha256, int64_t since_ms, uint64_t *size,
               GError **error);

/* In `arena`. FAULT_NOT_FOUND; FAULT_MALFORMED: is not `size` bytes with this digest. */
bool body_read(const char *folder, const char *sha256, uint64_t size, Arena *arena, Span *out,
               GError **error);

#endif
