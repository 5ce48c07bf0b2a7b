/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip.h - gzip streams (RFC 1952) of any length through a small buffer: zlib's home. */
#ifndef CRAWLER_GZIP_H
#define CRAWLER_GZIP_H

#include "core/arena.h"
#include "core/error.h"

/* The bytes behind a descriptor, inflated when they begin like gzip (also several members one after the other, and
 * zeros behind the last), else as they are. Read by pread from byte 0; the descriptor's position does not move.
 * `each` gets piece after piece, at most 256 KiB, and ends the reading by returning false (which is no error).
 * More than max_bytes inflated is FAULT_LIMIT, damage and a cut stream FAULT_MALFORMED. */
bool gzip_read(int fd, uint64_t max_bytes, bool (*each)(Span piece, void *context), void *context,
               GError **error);

/* A whole piece packed (equal bytes give equal bytes), and unpacked again (FAULT_LIMIT above max_bytes, and above
 * 2 GiB whatever it says). In `arena`. */
Span gzip_pack(Span bytes, Arena *arena);
bool gzip_unpack(Span packed, uint64_t max_bytes, Arena *arena, Span *out, GError **error);

#endif
