/* SPDX-License-Identifier: GPL-3.0-or-later */
/* part.h - a download on disk that may have been cut short: the bytes at `path`, their running SHA-256, and beside them
 * "<path>.meta", which says whose bytes they are. Knows nothing of HTTP transfers; one transfer writes one part.
 *
 * When are bytes on disk worth going on from? The sidecar must name the same URL with a validator (the request then says
 * If-Range), or demand the same digest (whatever is wrong shows at the end). Without a digest nothing checks the bytes that
 * a power failure may have left half-written, so then the sidecar must also be of this boot of the machine. */
#ifndef CRAWLER_PART_H
#define CRAWLER_PART_H

#include "core/digest.h"

typedef struct Part Part;

typedef struct {
        const char *url;
        const char *sha256; /* demanded; NULL: none */
        int64_t size;       /* demanded; -1: none */
        bool resume;        /* false: begin at 0 whatever is there */
} PartWish;

/* Opens or makes the file. Bytes worth going on from are hashed; anything else is removed. */
Part *part_open(const char *path, const PartWish *wish, GError **error);
void part_close(Part *part); /* an empty file is removed; NULL is fine */

uint64_t part_len(const Part *part); /* bytes held so far */
const char *
part_validator(const Part *part); /* for If-Range; NULL: the digest alone vouches, or nothing is held */

/* Bytes are gathered and go to the file in larger pieces. FAULT_DISK or FAULT_IO when they do not. */
bool part_write(Part *part, Span bytes, GError **error);
bool part_restart(Part *part, GError **error); /* back to 0; the sidecar goes */

/* Writes the sidecar (atomically): from now on a later part_open may go on. `validator` as of head_validator(), NULL when
 * the reply has none: without a demanded digest there is then nothing to vouch with, and nothing is written. */
bool part_vouch(Part *part, const char *validator, GError **error);

/* All bytes to the file, its digest to `hex`; the descriptor then stands at 0. Not fsynced: who reads it does so now, and
 * what a power failure damages the next part_open finds out. */
bool part_finish(Part *part, char hex[SHA256_HEX_SIZE], GError **error);
bool part_flush(Part *part, GError **error);
int part_fd(const Part *part);

void part_remove(const char *path); /* the file and its sidecar */

#endif
