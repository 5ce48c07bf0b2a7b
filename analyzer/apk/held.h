/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held.h - which bytes of a file are here, when only parts of it were fetched. The file itself is sparse: what is not here
 * would read as zeros, so whoever reads asks first. */
#ifndef ANALYZER_APK_HELD_H
#define ANALYZER_APK_HELD_H

#include "core/record.h"

typedef struct {
        size_t n;
        Extent *const *list; /* sorted, apart: a gap between any two */
} Held;

/* Whether the list is sorted, apart, without empty ones, and within a file of `size` bytes. */
bool held_is_sound(const Held *held, uint64_t size);

/* All of [from, to); nothing at all is always there. `held` NULL: the whole file is here. */
bool held_has(const Held *held, uint64_t from, uint64_t to);

/* The first byte of the extent that `at` - 1 lies in: how far back one can read from there. `at` when that is not here. */
uint64_t held_back_to(const Held *held, uint64_t at);

uint64_t held_bytes(const Held *held); /* in all */

/* Identity of a partial file: "part:" and SHA-256 over `size`, then of each extent its two positions and its bytes, numbers as
 * 8 bytes little-endian. Central directory and signing block are always among them. In `arena`; FAULT_IO. */
char *held_identity(const Held *held, int fd, uint64_t size, Arena *arena, GError **error);

#endif
