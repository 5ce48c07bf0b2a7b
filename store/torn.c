/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/torn.h"

#include "core/span.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 32768, HEADER = 7, FULL = 1, FIRST = 2, MIDDLE = 3, LAST = 4 };

/* ---- checksums: CRC-32C (RFC 3720, B.4), masked as RocksDB stores it (util/crc32c.h) ---------------------- */

static uint32_t crc32c(uint32_t crc, Span bytes)
{
        crc = ~crc;
        for (size_t i = 0; i < bytes.len; i++) {
                crc ^= bytes.data[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
        }
        return ~crc;
}

static uint32_t masked(uint32_t crc)
{
        return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

/* ---- records ----------------------------------------------------------------------------------------------- */

/* Type of the whole physical record at `at`, its size in *size; 0: there is none. */
static int record_at(Span log, size_t at, size_t *size)
{
        size_t room = MIN(log.len, (at / BLOCK + 1) * BLOCK) - at;
        if (room < HEADER)
                return 0;
        const uint8_t *h = log.data + at;
        size_t len = (size_t)h[4] | (size_t)h[5] << 8;
        uint32_t stored = h[0] | (uint32_t)h[1] << 8 | (uint32_t)h[2] << 16 | (uint32_t)h[3] << 24;
        if (h[6] < FULL || h[6] > LAST || HEADER + len > room)
                return 0;
        *size = HEADER + len;
        return masked(crc32c(0, span_part(log, at + 6, 1 + len))) == stored ? h[6] : 0;
}

typedef struct {
        bool any;   /* at least one whole record is in it */
        bool bad;   /* then bytes follow that are none, and of which no later record can be told */
        size_t cut; /* where the record with the bad bytes began */
} Tail;

/* Does a whole record begin anywhere from `at` on? Lengths cannot be trusted here, so every byte is tried. */
static bool begins_behind(Span log, size_t at)
{
        for (size_t size; at + HEADER <= log.len; at++) {
                uint8_t type = log.data[at + 6];
                if ((type == FULL || type == FIRST) && record_at(log, at, &size))
                        return true;
        }
        return false;
}

/* Goes through the whole records. False: a bad one is followed by a whole one, which is damage. */
static bool look_at_tail(Span log, Tail *tail)
{
        size_t at = 0, begun = 0, size = 0;
        bool inside = false; /* between FIRST and LAST */
        *tail = (Tail){0};
        while (at < log.len) {
                size_t left = BLOCK - at % BLOCK;
                if (left < HEADER) { /* filled up with zeros */
                        at += left;
                        continue;
                }
                int type = record_at(log, at, &size);
                if (!inside)
                        begun = at;
                if (!type || inside != (type == MIDDLE || type == LAST))
                        break;
                inside = type == FIRST || type == MIDDLE;
                tail->any = true;
                at += size;
        }
        tail->bad = at < log.len;
        tail->cut = begun;
        return !tail->bad || !begins_behind(log, at + 1);
}

/* ---- files ------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Paths of the logs, by number: of one length, so by name. */
static GPtrArray *logs_of(const char *directory, bool manifests)
{
        GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GDir) folder = g_dir_open(directory, 0, NULL);
        for (const char *name; folder && (name = g_dir_read_name(folder));) {
                if (manifests ? g_str_has_prefix(name, "MANIFEST-") : g_str_has_suffix(name, ".log"))
                        g_ptr_array_add(paths, g_build_filename(directory, name, NULL));
        }
        g_ptr_array_sort(paths, by_name);
        return paths;
}

static bool cut(const char *path, size_t size, GError **error)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool ok = fd >= 0 && ftruncate(fd, (off_t)size) == 0 && fsync(fd) == 0;
        if (!ok)
                fault_errno(error, FAULT_IO, errno, "%s: cutting off its torn last record", path);
        if (fd >= 0)
                (void)close(fd);
        return ok;
}

/* From the newest log to the oldest: the first that holds a whole record is the one whose end may be torn. */
static bool mend_kind(const char *directory, bool manifests, bool *mended, GError **error)
{
        g_autoptr(GPtrArray) paths = logs_of(directory, manifests);
        bool later = false;
        for (guint i = paths->len; i-- > 0 && !later;) {
                const char *path = g_ptr_array_index(paths, i);
                g_autoptr(GError) cause = NULL;
                g_autofree char *bytes = NULL;
                gsize len = 0;
                Tail tail;
                if (!g_file_get_contents(path, &bytes, &len, &cause))
                        return fault(error, FAULT_IO, "%s", cause->message);
                if (!look_at_tail(span_of(bytes, len), &tail))
                        return true;
                if (tail.bad && !cut(path, tail.cut, error))
                        return false;
                *mended = *mended || tail.bad;
                later = tail.any;
        }
        return true;
}

/* RocksDB's own lock, so that no log is cut that somebody has just begun to write. -1: another has it. */
static int take_lock(const char *directory)
{
        g_autofree char *path = g_build_filename(directory, "LOCK", NULL);
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 || fcntl(fd, F_SETLK, &whole) == 0)
                return fd;
        (void)close(fd);
        return -1;
}

bool torn_mend(const char *directory, bool *mended, GError **error)
{
        *mended = false;
        int lock = take_lock(directory);
        if (lock < 0)
                return true;
        bool ok = mend_kind(directory, false, mended, error) && mend_kind(directory, true, mended, error);
        (void)close(lock);
        return ok;
}
