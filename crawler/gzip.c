/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/gzip.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

enum {
        READ_BYTES = 64 << 10,
        PIECE_BYTES = 256 << 10,
        FEED_BYTES = 1 << 20,
        LEVEL = 6,
        GZIP_BITS = 15 + 16 /* zlib's word for: a gzip header, window of 32 KiB */
};

static bool begins_like_gzip(Span bytes)
{
        return bytes.len >= 2 && bytes.data[0] == 0x1f && bytes.data[1] == 0x8b;
}

/* ---- inflating whatever number of members, piece by piece ------------------------------------------------------ */

typedef struct {
        z_stream z;
        uint64_t consumed, left, limit; /* bytes taken in; bytes that may still come out, of at most */
        bool (*each)(Span piece, void *context);
        void *context;
        bool in_member, had_member, padding, stopped;
        uint8_t *out;
} Inflater;

static bool inflater_open(Inflater *f, uint64_t max_bytes, bool (*each)(Span, void *), void *context,
                          GError **error)
{
        *f = (Inflater){.left = max_bytes, .limit = max_bytes, .each = each, .context = context};
        int code = inflateInit2(&f->z, GZIP_BITS);
        if (code == Z_MEM_ERROR)
                return fault_errno(error, FAULT_WORKER, ENOMEM, "gzip");
        if (code != Z_OK)
                return fault(error, FAULT_BUG, "gzip: zlib does not start (%d)", code);
        f->out = g_malloc(PIECE_BYTES);
        return true;
}

static void inflater_close(Inflater *f)
{
        inflateEnd(&f->z);
        g_free(f->out);
}

static bool hand_out(Inflater *f, size_t n, GError **error)
{
        if (n > f->left)
                return fault(error, FAULT_LIMIT,
                             "gzip: more than %" G_GUINT64_FORMAT " bytes come out, the limit", f->limit);
        f->left -= n;
        if (n > 0 && !f->each(span_of(f->out, n), f->context))
                f->stopped = true;
        return true;
}

static bool damaged(const Inflater *f, Span in, const char *what, GError **error)
{
        return fault(error, FAULT_MALFORMED, "gzip: %s at byte %" G_GUINT64_FORMAT, what,
                     f->consumed + (in.len - f->z.avail_in));
}

/* Between members: the next one begins, or zeros fill up a block (as tape archives have them, and gzip lets pass). */
static bool begin_member(Inflater *f, Span in, GError **error)
{
        if (f->had_member && *f->z.next_in == 0) {
                f->padding = true;
                f->z.next_in++;
                f->z.avail_in--;
                return true;
        }
        if (f->padding)
                return damaged(f, in, "bytes behind the zeros at the end", error);
        inflateReset(&f->z);
        f->in_member = f->had_member = true;
        return true;
}

static bool inflate_piece(Inflater *f, Span in, GError **error)
{
        f->z.next_out = f->out;
        f->z.avail_out = PIECE_BYTES;
        int code = inflate(&f->z, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR)
                return fault_errno(error, FAULT_WORKER, ENOMEM, "gzip");
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
                return damaged(f, in, f->z.msg ? f->z.msg : "needs a dictionary", error);
        f->in_member = code != Z_STREAM_END;
        return hand_out(f, PIECE_BYTES - f->z.avail_out, error);
}

/* `in` holds at most FEED_BYTES. */
static bool feed(Inflater *f, Span in, GError **error)
{
        f->z.next_in = (Bytef *)in.data;
        f->z.avail_in = (uInt)in.len;
        f->z.avail_out = 1;
        /* A full output buffer may hide more to come even when all input is taken. */
        while (!f->stopped && (f->z.avail_in > 0 || (f->in_member && f->z.avail_out == 0))) {
                bool ok = f->in_member ? inflate_piece(f, in, error) : begin_member(f, in, error);
                if (!ok)
                        return false;
        }
        f->consumed += in.len - f->z.avail_in;
        return true;
}

static bool finish(const Inflater *f, GError **error)
{
        if (f->stopped || !f->in_member)
                return true;
        return fault(error, FAULT_MALFORMED, "gzip: cut off after %" G_GUINT64_FORMAT " bytes", f->consumed);
}

/* ---- reading a descriptor -------------------------------------------------------------------------------------- */

/* Fills the buffer as far as the file goes. */
static bool read_some(int fd, uint64_t at, uint8_t *buffer, Span *out, GError **error)
{
        size_t have = 0;
        while (have < READ_BYTES) {
                ssize_t n = pread(fd, buffer + have, READ_BYTES - have, (off_t)(at + have));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "reading at byte %" G_GUINT64_FORMAT,
                                           at + have);
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        *out = span_of(buffer, have);
        return true;
}

static bool pass_plain(int fd, Span piece, uint8_t *buffer, Inflater *f, GError **error)
{
        for (uint64_t at = 0; piece.len > 0; at += piece.len) {
                if (at > 0 && !read_some(fd, at, buffer, &piece, error))
                        return false;
                if (piece.len > f->left)
                        return fault(error, FAULT_LIMIT, "more than %" G_GUINT64_FORMAT " bytes, the limit",
                                     f->limit);
                f->left -= piece.len;
                if (piece.len > 0 && !f->each(piece, f->context))
                        break;
        }
        return true;
}

static bool pass_inflated(int fd, Span piece, uint8_t *buffer, Inflater *f, GError **error)
{
        for (uint64_t at = 0; piece.len > 0 && !f->stopped; at += piece.len) {
                if (at > 0 && !read_some(fd, at, buffer, &piece, error))
                        return false;
                if (!feed(f, piece, error))
                        return false;
        }
        return finish(f, error);
}

bool gzip_read(int fd, uint64_t max_bytes, bool (*each)(Span piece, void *context), void *context,
               GError **error)
{
        g_autofree uint8_t *buffer = g_malloc(READ_BYTES);
        Span first = {NULL, 0};
        Inflater f;
        if (!read_some(fd, 0, buffer, &first, error) || !inflater_open(&f, max_bytes, each, context, error))
                return false;
        bool ok = begins_like_gzip(first) ? pass_inflated(fd, first, buffer, &f, error)
                                          : pass_plain(fd, first, buffer, &f, error);
        inflater_close(&f);
        return ok;
}

/* ---- whole pieces ---------------------------------------------------------------------------------------------- */

Span gzip_pack(Span bytes, Arena *arena)
{
        z_stream z = {0};
        int code = deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY);
        if (code != Z_OK)
                g_error("gzip: zlib does not start (%d)",
                        code); /* no memory: stop, as every allocation does */
        /* deflateBound takes 32 bits on some systems; its own formula for the worst case is linear. */
        size_t room = bytes.len + bytes.len / 1000 + 4096, have = 0, at = 0;
        uint8_t *out = arena_bytes(arena, room);
        do {
                if (z.avail_in == 0 && at < bytes.len) {
                        size_t n = MIN(bytes.len - at, (size_t)FEED_BYTES);
                        z.next_in = (Bytef *)(bytes.data + at);
                        z.avail_in = (uInt)n;
                        at += n;
                }
                size_t free_bytes = MIN(room - have, (size_t)FEED_BYTES);
                z.next_out = out + have;
                z.avail_out = (uInt)free_bytes;
                code = deflate(&z, at == bytes.len ? Z_FINISH : Z_NO_FLUSH);
                have += free_bytes - z.avail_out;
        } while (code == Z_OK);
        g_assert(code == Z_STREAM_END); /* anything else: the room was reckoned too small */
        deflateEnd(&z);
        return span_of(out, have);
}

static bool gather(Span piece, void *context)
{
        g_byte_array_append(context, piece.data, (guint)piece.len);
        return true;
}

static void drop_bytes(void *data)
{
        g_byte_array_unref(data);
}

bool gzip_unpack(Span packed, uint64_t max_bytes, Arena *arena, Span *out, GError **error)
{
        if (!begins_like_gzip(packed))
                return fault(error, FAULT_MALFORMED, "gzip: does not begin with 1f 8b");
        GByteArray *bytes = g_byte_array_new();
        arena_on_free(arena, drop_bytes, bytes);
        Inflater f;
        if (!inflater_open(&f, MIN(max_bytes, (uint64_t)G_MAXUINT / 2), gather, bytes, error))
                return false;
        bool ok = true;
        for (size_t at = 0; ok && at < packed.len; at += FEED_BYTES)
                ok = feed(&f, span_part(packed, at, MIN(packed.len - at, (size_t)FEED_BYTES)), error);
        ok = ok && finish(&f, error);
        inflater_close(&f);
        *out = ok ? span_of(bytes->data, bytes->len) : (Span){NULL, 0};
        return ok;
}
