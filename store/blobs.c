/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/blobs.h"

#include "core/digest.h"
#include "core/log.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX    ".apk"
#define HALF_MADE ".new-" /* begins the name of a file that is being written */

enum { COPY_BYTES = 1 << 20, NAME_LEN = 64 + sizeof SUFFIX - 1 };

typedef struct {
        uint8_t digest[SHA256_SIZE]; /* first: what the table hashes */
        uint64_t bytes;
        int64_t used_ns; /* when it was last used: the file's mtime; only to order what is found at opening */
        GList link;      /* in Blobs.by_use */
} Blob;

struct Blobs {
        char *folder;
        bool writable;
        uint64_t budget, bytes;
        GHashTable *by_digest; /* Blob -> itself */
        GQueue by_use;         /* of Blob, least recently used first */
};

/* ---- names */

static unsigned hash_digest(const void *digest)
{
        unsigned hash;
        memcpy(&hash, digest, sizeof hash);
        return hash;
}

static gboolean equal_digests(const void *one, const void *other)
{
        return memcmp(one, other, SHA256_SIZE) == 0;
}

static char *path_of(const Blobs *blobs, const char *sha256)
{
        return g_strdup_printf("%s/%.2s/%s" SUFFIX, blobs->folder, sha256, sha256);
}

static Blob *find(const Blobs *blobs, const char *sha256)
{
        uint8_t digest[SHA256_SIZE];
        if (!hex_is_sha256(sha256) || !hex_decode(sha256, digest, sizeof digest))
                return NULL;
        return g_hash_table_lookup(blobs->by_digest, digest);
}

/* ---- what is there */

static void add(Blobs *blobs, const char *sha256, uint64_t bytes, int64_t used_ns)
{
        Blob *blob = g_new0(Blob, 1);
        (void)hex_decode(sha256, blob->digest, sizeof blob->digest);
        blob->bytes = bytes;
        blob->used_ns = used_ns;
        blob->link.data = blob;
        g_queue_push_tail_link(&blobs->by_use, &blob->link);
        g_hash_table_add(blobs->by_digest, blob);
        blobs->bytes += bytes;
}

static void forget(Blobs *blobs, Blob *blob)
{
        blobs->bytes -= blob->bytes;
        g_queue_unlink(&blobs->by_use, &blob->link);
        g_hash_table_remove(blobs->by_digest, blob);
}

static bool is_blob_name(const char *folder, const char *name)
{
        g_autofree char *digest = g_strndup(name, 64);
        return strlen(name) == NAME_LEN && g_str_has_suffix(name, SUFFIX) && hex_is_sha256(digest) &&
               g_str_has_prefix(name, folder);
}

static void look_at(Blobs *blobs, const char *folder, const char *name)
{
        struct stat info;
        g_autofree char *path = g_build_filename(blobs->folder, folder, name, NULL);
        if (g_str_has_prefix(name, HALF_MADE) && blobs->writable)
                (void)g_unlink(path);
        if (!is_blob_name(folder, name) || lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
                return;
        g_autofree char *digest = g_strndup(name, 64);
        add(blobs, digest, (uint64_t)info.st_size,
            (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec);
}

static int by_time(const void *one, const void *other, void *unused)
{
        const Blob *a = one, *b = other;
        (void)unused;
        return (a->used_ns > b->used_ns) - (a->used_ns < b->used_ns);
}

static bool read_folder(Blobs *blobs, GError **error)
{
        if (blobs->writable && g_mkdir_with_parents(blobs->folder, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "making the folder %s", blobs->folder);
        for (unsigned i = 0; i < 256; i++) {
                const char name[] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15], '\0'};
                g_autofree char *path = g_build_filename(blobs->folder, name, NULL);
                g_autoptr(GDir) folder = g_dir_open(path, 0, NULL); /* most are not there */
                for (const char *file; folder && (file = g_dir_read_name(folder));)
                        look_at(blobs, name, file);
        }
        g_queue_sort(&blobs->by_use, by_time, NULL);
        return true;
}

/* ---- room */

static bool remove_blob(Blobs *blobs, Blob *blob, GError **error)
{
        char digest[SHA256_HEX_SIZE];
        hex_encode(span_of(blob->digest, SHA256_SIZE), digest);
        g_autofree char *path = path_of(blobs, digest);
        if (g_unlink(path) != 0 && errno != ENOENT)
                return fault_errno(error, FAULT_IO, errno, "removing %s", path);
        forget(blobs, blob);
        return true;
}

static bool make_room(Blobs *blobs, uint64_t wanted, size_t *evicted, GError **error)
{
        *evicted = 0;
        while (blobs->by_use.length && blobs->bytes > blobs->budget - wanted) {
                if (!remove_blob(blobs, blobs->by_use.head->data, error))
                        return false;
                ++*evicted;
        }
        return true;
}

Blobs *blobs_open(const Store *store, uint64_t budget, GError **error)
{
        Blobs *blobs = g_new0(Blobs, 1);
        size_t evicted = 0;
        blobs->folder = g_build_filename(store->directory, "blobs", NULL);
        blobs->writable = store->writable;
        blobs->budget = budget;
        blobs->by_digest = g_hash_table_new_full(hash_digest, equal_digests, NULL, g_free);
        g_queue_init(&blobs->by_use);
        if (!read_folder(blobs, error) || (blobs->writable && !make_room(blobs, 0, &evicted, error))) {
                blobs_close(blobs);
                return NULL;
        }
        if (evicted) {
                g_autofree char *many = g_strdup_printf("%zu", evicted);
                log_event(LOG_WARN, "blobs_over_budget", "folder", blobs->folder, "removed", many, NULL);
        }
        return blobs;
}

void blobs_close(Blobs *blobs)
{
        if (!blobs)
                return;
        g_hash_table_unref(blobs->by_digest);
        g_free(blobs->folder);
        g_free(blobs);
}

/* ---- keeping */

static bool sync_folder(const char *path, GError **error)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool ok = fd >= 0 && fsync(fd) == 0;
        int why = errno;
        if (fd >= 0)
                (void)close(fd);
        return ok || fault_errno(error, FAULT_IO, why, "syncing %s", path);
}

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

static bool copy_bytes(int from, int to, const char *path, GError **error)
{
        g_autofree uint8_t *piece = g_malloc(COPY_BYTES);
        for (off_t at = 0;;) {
                ssize_t n = pread(from, piece, COPY_BYTES, at);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "reading what becomes %s", path);
                if (n == 0)
                        return true;
                if (!write_all(to, span_of(piece, (size_t)n)))
                        return fault_errno(error, FAULT_IO, errno, "writing %s", path);
                at += n;
        }
}

/* From another file system: a copy beside its place, synced, renamed. */
static bool copy_in(int from, const char *folder, const char *path, GError **error)
{
        g_autofree char *name = g_path_get_basename(path);
        g_autofree char *beside = g_strconcat(folder, "/" HALF_MADE, name, NULL);
        int to = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (to < 0)
                return fault_errno(error, FAULT_IO, errno, "making %s", beside);
        bool ok = copy_bytes(from, to, path, error);
        if (ok && fsync(to) != 0)
                ok = fault_errno(error, FAULT_IO, errno, "syncing %s", path);
        (void)close(to);
        if (ok && g_rename(beside, path) != 0)
                ok = fault_errno(error, FAULT_IO, errno, "renaming to %s", path);
        if (!ok)
                (void)g_unlink(beside);
        return ok;
}

static bool move_in(int from, const char *from_path, const char *folder, const char *path, GError **error)
{
        if (fsync(from) != 0)
                return fault_errno(error, FAULT_IO, errno, "syncing %s", from_path);
        if (g_rename(from_path, path) == 0)
                return true;
        if (errno != EXDEV)
                return fault_errno(error, FAULT_IO, errno, "renaming %s to %s", from_path, path);
        return copy_in(from, folder, path, error);
}

static bool take(Blobs *blobs, int from, const char *from_path, const char *sha256, GError **error)
{
        g_autofree char *path = path_of(blobs, sha256);
        g_autofree char *folder = g_path_get_dirname(path);
        bool fresh = g_mkdir(folder, 0755) == 0;
        if (!fresh && errno != EEXIST)
                return fault_errno(error, FAULT_IO, errno, "making the folder %s", folder);
        return move_in(from, from_path, folder, path, error) && sync_folder(folder, error) &&
               (!fresh || sync_folder(blobs->folder, error));
}

static bool keep_open_file(Blobs *blobs, int from, const char *path, const char *sha256, GError **error)
{
        struct stat info;
        size_t evicted;
        if (fstat(from, &info) != 0 || !S_ISREG(info.st_mode))
                return fault(error, FAULT_IO, "%s: is no plain file", path);
        uint64_t bytes = (uint64_t)info.st_size;
        if (bytes > blobs->budget) {
                log_event(LOG_INFO, "blob_over_budget", "sha256", sha256, NULL);
                return true;
        }
        if (!make_room(blobs, bytes, &evicted, error) || !take(blobs, from, path, sha256, error))
                return false;
        add(blobs, sha256, bytes, 0);
        return true;
}

/* Now the most recently used; the file's time says so to a later opening. */
static void touch(Blobs *blobs, Blob *blob, int fd)
{
        g_queue_unlink(&blobs->by_use, &blob->link);
        g_queue_push_tail_link(&blobs->by_use, &blob->link);
        if (blobs->writable)
                (void)futimens(fd, NULL);
}

bool blobs_keep(Blobs *blobs, const char *path, const char *sha256, GError **error)
{
        if (!hex_is_sha256(sha256))
                return fault(error, FAULT_BUG, "a blob is named by a SHA-256 in lower-case hex, not \"%s\"",
                             sha256 ? sha256 : "");
        if (!blobs->writable)
                return fault(error, FAULT_BUG, "%s: open for reading", blobs->folder);
        int held = blobs_get(blobs, sha256);
        if (held >= 0) {
                (void)close(held);
                return true;
        }
        int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (from < 0)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        bool ok = keep_open_file(blobs, from, path, sha256, error);
        (void)close(from);
        return ok;
}

int blobs_get(Blobs *blobs, const char *sha256)
{
        Blob *blob = find(blobs, sha256);
        if (!blob)
                return -1;
        g_autofree char *path = path_of(blobs, sha256);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) {
                if (errno == ENOENT) /* somebody cleaned up */
                        forget(blobs, blob);
                return -1;
        }
        touch(blobs, blob, fd);
        return fd;
}

bool blobs_drop(Blobs *blobs, const char *sha256, GError **error)
{
        Blob *blob = find(blobs, sha256);
        if (blob && !blobs->writable)
                return fault(error, FAULT_BUG, "%s: open for reading", blobs->folder);
        return !blob || remove_blob(blobs, blob, error);
}

uint64_t blobs_bytes(const Blobs *blobs)
{
        return blobs->bytes;
}

size_t blobs_count(const Blobs *blobs)
{
        return blobs->by_use.length;
}

void blobs_each(const Blobs *blobs, void (*each)(const char *sha256, uint64_t bytes, void *context),
                void *context)
{
        for (const GList *link = blobs->by_use.head; link; link = link->next) {
                const Blob *blob = link->data;
                char digest[SHA256_HEX_SIZE];
                hex_encode(span_of(blob->digest, SHA256_SIZE), digest);
                each(digest, blob->bytes, context);
        }
}
