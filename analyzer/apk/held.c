/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/held.h"

#include "core/digest.h"

#include <errno.h>
#include <unistd.h>

enum { PIECE = 1 << 14 };

bool held_is_sound(const Held *held, uint64_t size)
{
        for (size_t i = 0; i < held->n; i++) {
                const Extent *e = held->list[i];
                if (e->from >= e->to || e->to > size || (i && e->from <= held->list[i - 1]->to))
                        return false;
        }
        return true;
}

/* The extent that holds the byte at `at`, NULL: none does. */
static const Extent *extent_of(const Held *held, uint64_t at)
{
        size_t low = 0, high = held->n; /* the first that begins behind `at` */
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (held->list[middle]->from <= at)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low && at < held->list[low - 1]->to ? held->list[low - 1] : NULL;
}

bool held_has(const Held *held, uint64_t from, uint64_t to)
{
        if (!held || from >= to)
                return true;
        const Extent *e = extent_of(held, from);
        return e && to <= e->to;
}

uint64_t held_back_to(const Held *held, uint64_t at)
{
        const Extent *e = at ? extent_of(held, at - 1) : NULL;
        return e ? e->from : at;
}

uint64_t held_bytes(const Held *held)
{
        uint64_t n = 0;
        for (size_t i = 0; i < held->n; i++)
                n += held->list[i]->to - held->list[i]->from;
        return n;
}

static void add_number(Sha256 *sha, uint64_t n)
{
        uint8_t bytes[8];
        for (unsigned i = 0; i < sizeof bytes; i++)
                bytes[i] = (uint8_t)(n >> 8 * i);
        sha256_update(sha, span_of(bytes, sizeof bytes));
}

static bool add_extent(Sha256 *sha, int fd, const Extent *e, GError **error)
{
        uint8_t piece[PIECE];
        add_number(sha, e->from);
        add_number(sha, e->to);
        for (uint64_t at = e->from; at < e->to;) {
                ssize_t n = pread(fd, piece, MIN((uint64_t)PIECE, e->to - at), (off_t)at);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return fault_errno(error, FAULT_IO, n ? errno : EIO,
                                           "byte %" G_GUINT64_FORMAT " cannot be read", at);
                sha256_update(sha, span_of(piece, (size_t)n));
                at += (uint64_t)n;
        }
        return true;
}

char *held_identity(const Held *held, int fd, uint64_t size, Arena *arena, GError **error)
{
        g_autoptr(Sha256) sha = sha256_new();
        char hex[SHA256_HEX_SIZE];
        add_number(sha, size);
        for (size_t i = 0; i < held->n; i++) {
                if (!add_extent(sha, fd, held->list[i], error))
                        return NULL;
        }
        sha256_hex(sha, hex);
        return arena_printf(arena, "part:%s", hex);
}
