/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/replay_body.h"

#include "crawler/gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        PIECE = 4 << 20, /* packed into a gzip member of its own, so that a large body takes no more memory */
        DEFLATE_RATIO = 1040 /* no deflate stream unpacks to more than 1,032 times its size */
};

/* Within the folder; what errors of reading name, so that they are the same wherever the folder lies. */
static char *body_name(const char *sha256)
{
        return g_strdup_printf("bodies/%.2s/%s", sha256, sha256);
}

static char *body_path(const char *folder, const char *sha256)
{
        g_autofree char *name = body_name(sha256);
        return g_build_filename(folder, name, NULL);
}

/* ---- keeping */

static bool write_all(int fd, Span bytes)
{
        while (bytes.len) {
                ssize_t n = write(fd, bytes.data, bytes.len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                bytes = span_from(bytes, (size_t)n);
        }
        return true;
}

/* The next piece of the source from `at` on; empty at its end. */
static bool next_piece(const BodySource *source, uint64_t at, uint8_t *buffer, Span *out, GError **error)
{
        if (source->fd < 0) {
                *out = span_from(source->bytes, (size_t)at);
                *out = span_part(*out, 0, MIN(out->len, (size_t)PIECE));
                return true;
        }
        size_t have = 0;
        while (have < PIECE) {
                ssize_t n = pread(source->fd, buffer + have, PIECE - have, (off_t)(at + have));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "reading the body");
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        *out = span_of(buffer, have);
        return true;
}

static bool write_piece(int fd, Span piece, bool plain, const char *path, GError **error)
{
        g_autoptr(Arena) arena = plain ? NULL : arena_new();
        Span bytes = plain ? piece : gzip_pack(piece, arena);
        return write_all(fd, bytes) || fault_errno(error, FAULT_IO, errno, "writing %s", path);
}

static bool write_body(int fd, const BodySource *source, const char *path, uint64_t *size, GError **error)
{
        g_autofree uint8_t *buffer = source->fd >= 0 ? g_malloc(PIECE) : NULL;
        bool plain = false;
        Span piece = {NULL, 0};
        *size = 0;
        do {
                if (!next_piece(source, *size, buffer, &piece, error))
                        return false;
                if (*size == 0)
                        plain = span_starts(piece, span_str("PK"));
                if (piece.len && !write_piece(fd, piece, plain, path, error))
                        return false;
                *size += piece.len;
        } while (piece.len == PIECE);
        return true;
}

static bool is_kept(const char *path, int64_t since_ms)
{
        struct stat info;
        if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
                return false;
        return (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000 >= since_ms;
}

static bool size_of(const BodySource *source, uint64_t *size, GError **error)
{
        struct stat info;
        *size = source->bytes.len;
        if (source->fd < 0)
                return true;
        if (fstat(source->fd, &info) != 0)
                return fault_errno(error, FAULT_IO, errno, "the body's file");
        *size = (uint64_t)info.st_size;
        return true;
}

bool body_keep(const char *folder, BodySource source, const char *sha256, int64_t since_ms, uint64_t *size,
               GError **error)
{
        g_autofree char *path = body_path(folder, sha256);
        if (is_kept(path, since_ms))
                return size_of(&source, size, error);
        g_autofree char *where = g_path_get_dirname(path);
        g_autofree char *beside = g_build_filename(folder, "bodies", ".new", NULL);
        if (g_mkdir_with_parents(where, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", where);
        int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return fault_errno(error, FAULT_IO, errno, "%s", beside);
        bool ok = write_body(fd, &source, path, size, error);
        (void)close(fd);
        if (ok && g_rename(beside, path) != 0)
                ok = fault_errno(error, FAULT_IO, errno, "%s", path);
        if (!ok)
                (void)g_unlink(beside);
        return ok;
}

/* ---- reading */

typedef struct {
        uint8_t *at, *end;
} Room;

static bool take_piece(Span piece, void *context)
{
        Room *room = context;
        if (piece.len > (size_t)(room->end - room->at))
                return false;
        memcpy(room->at, piece.data, piece.len);
        room->at += piece.len;
        return true;
}

static int open_body(const char *path, uint64_t size, GError **error)
{
        struct stat info;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) {
                fault_errno(error, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO, errno, "cannot be opened");
                return -1;
        }
        if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
            size / DEFLATE_RATIO <= (uint64_t)info.st_size && size < G_MAXSSIZE)
                return fd;
        fault(error, FAULT_MALFORMED, "cannot hold %" G_GUINT64_FORMAT " bytes", size);
        (void)close(fd);
        return -1;
}

static bool read_all(int fd, const char *sha256, uint64_t size, Arena *arena, Span *out, GError **error)
{
        uint8_t *bytes = arena_bytes(arena, (size_t)size + 1);
        Room room = {bytes, bytes + size};
        char seen[SHA256_HEX_SIZE];
        if (!gzip_read(fd, size, take_piece, &room, error))
                return false;
        *out = span_of(bytes, (size_t)(room.at - bytes));
        digest_sha256_hex(*out, seen);
        return (out->len == size && g_str_equal(seen, sha256)) ||
               fault(error, FAULT_MALFORMED, "does not hold what its name says");
}

bool body_read(const char *folder, const char *sha256, uint64_t size, Arena *arena, Span *out, GError **error)
{
        g_autofree char *path = body_path(folder, sha256);
        g_autofree char *name = body_name(sha256);
        int fd = open_body(path, size, error);
        bool ok = fd >= 0 && read_all(fd, sha256, size, arena, out, error);
        if (fd >= 0)
                (void)close(fd);
        if (!ok)
                g_prefix_error(error, "%s of the recording: ", name);
        return ok;
}
