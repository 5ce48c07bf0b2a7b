/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input: a byte for the tier, the file's size and the length of its front (4 bytes each, little-endian), then front and end of the
 * file; between them lies nothing of interest. What the planner asks for is handed over until it has enough: it must come to an
 * end, never ask for what is here, and never look at what is not. */
#include "../support/tier_read.h"

#include "core/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAST = EXTENTS_LEAST - 1, MOST = 1 << 20 };

static int file_with(uint64_t size, Span front, Span end, int noise)
{
        int fd = memfd_create("fuzz", MFD_CLOEXEC);
        g_autofree uint8_t *bytes = g_malloc(size);
        memset(bytes, noise, size);
        if (front.len)
                memcpy(bytes, front.data, front.len);
        if (end.len)
                memcpy(bytes + size - end.len, end.data, end.len);
        if (pwrite(fd, bytes, size, 0) != (ssize_t)size)
                abort();
        return fd;
}

static void check(const TierRead *f, const Ranges *r)
{
        uint64_t last = 0;
        for (size_t i = 0; i < r->n_wanted; i++) {
                const Extent *e = r->wanted[i];
                if (e->from >= e->to || e->to > f->size || (i && e->from <= last) ||
                    held_has(&f->held, e->from, e->from + 1) || held_has(&f->held, e->to - 1, e->to))
                        abort();
                last = e->to;
        }
        if (!r->whole && !r->enough && !r->n_wanted)
                abort();
}

/* In `other` there is noise wherever nothing was fetched: the same is asked for. */
static const Ranges *plan(const TierRead *f, int other)
{
        const Ranges *one = extents_wanted(f->from, f->tier, f->size, &f->held, f->arena);
        const Ranges *two = extents_wanted(other, f->tier, f->size, &f->held, f->arena);
        g_autoptr(GBytes) a = record_pack(one), b = record_pack(two);
        if (!g_bytes_equal(a, b))
                abort();
        check(f, one);
        return one;
}

static void hold(TierRead *f, int other, const Extent *wanted)
{
        size_t len = (size_t)(wanted->to - wanted->from);
        g_autofree uint8_t *bytes = g_malloc(len);
        Extent *extent = record_new(f->arena, Extent, extent__init);
        if (pread(f->from, bytes, len, (off_t)wanted->from) != (ssize_t)len ||
            pwrite(other, bytes, len, (off_t)wanted->from) != (ssize_t)len)
                abort();
        extent->from = wanted->from;
        extent->to = wanted->to;
        tier_hold(f, extent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Cursor c = cursor_over(span_of(data, size));
        bool code = cursor_u8(&c) & 1;
        uint32_t stated = cursor_u32(&c), split = cursor_u32(&c);
        Span rest = cursor_take(&c, MIN(cursor_left(&c), (size_t)LEAST));
        if (!c.ok)
                return 0;
        g_autoptr(Arena) arena = arena_new();
        Span front = span_part(rest, 0, MIN(split, rest.len)), end = span_from(rest, front.len);
        TierRead f = {.arena = arena, .tier = code ? "dex" : "manifest", .size = CLAMP(stated, LEAST, MOST)};
        f.from = file_with(f.size, front, end, 'P');
        int other = file_with(f.size, (Span){NULL, 0}, (Span){NULL, 0}, 0xa5);
        for (unsigned round = 0; round < TIER_ROUNDS; round++) {
                const Ranges *next = plan(&f, other);
                if (next->whole || next->enough)
                        break;
                for (size_t i = 0; i < next->n_wanted; i++)
                        hold(&f, other, next->wanted[i]);
        }
        close(f.from);
        close(other);
        return 0;
}
