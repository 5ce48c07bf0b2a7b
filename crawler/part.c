/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/part.h"

#include "core/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, SIDECAR_LIMIT = 64 * 1024 };

struct Part {
        char *path, *meta_path;
        char *url, *sha256;
        char *validator;
        int fd;
        uint64_t on_disk; /* bytes in the file; those in `piece` follow */
        GByteArray *piece;
        Sha256 *digest; /* of the bytes on disk */
        bool finished;  /* complete as it is, even when empty */
};

static char *meta_path_of(const char *path)
{
        return g_strconcat(path, ".meta", NULL);
}

/* Changes with every boot; empty where the kernel does not say, which then never equals a sidecar's. */
static char *boot_id(void)
{
        char *id = NULL;
        if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
                return g_strdup("");
        return g_strstrip(id);
}

static Json *read_sidecar(const char *meta_path)
{
        struct stat info;
        g_autofree char *text = NULL;
        gsize len = 0;
        if (stat(meta_path, &info) != 0 || info.st_size > SIDECAR_LIMIT ||
            !g_file_get_contents(meta_path, &text, &len, NULL))
                return NULL;
        return json_parse(span_of(text, len), NULL);
}

/* Whether the sidecar vouches for what is there, and with which validator to ask for the rest. */
static bool vouched(Part *part, int64_t size, int64_t held)
{
        g_autoptr(Json) meta = read_sidecar(part->meta_path);
        if (!meta || held <= 0 || (size >= 0 && held > size))
                return false;
        const char *validator = json_str(meta, "validator");
        bool same_url = g_strcmp0(json_str(meta, "url"), part->url) == 0;
        bool same_digest = part->sha256 && g_strcmp0(json_str(meta, "sha256"), part->sha256) == 0;
        if (same_url && validator)
                part->validator = g_strdup(validator);
        g_autofree char *boot = boot_id();
        bool same_boot = boot[0] && g_strcmp0(json_str(meta, "boot"), boot) == 0;
        return same_digest || (part->validator && (part->sha256 || same_boot));
}

static bool hash_held(Part *part, uint64_t held, GError **error)
{
        while (part->on_disk < held) {
                g_byte_array_set_size(part->piece, PIECE);
                ssize_t n = pread(part->fd, part->piece->data, PIECE, (off_t)part->on_disk);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return fault_errno(error, FAULT_IO, n < 0 ? errno : EIO,
                                           "%s: reading at %" G_GUINT64_FORMAT, part->path, part->on_disk);
                sha256_update(part->digest, span_of(part->piece->data, (size_t)n));
                part->on_disk += (uint64_t)n;
        }
        g_byte_array_set_size(part->piece, 0);
        return true;
}

static bool begin(Part *part, const PartWish *wish, GError **error)
{
        struct stat info;
        part->fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
        if (part->fd < 0)
                return fault_errno(error, FAULT_IO, errno, "%s: cannot be opened", part->path);
        if (fstat(part->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
                (void)close(part->fd);
                part->fd = -1; /* not ours: part_close would remove it */
                return fault(error, FAULT_IO, "%s: is no plain file", part->path);
        }
        if (wish->resume && vouched(part, wish->size, info.st_size))
                return hash_held(part, (uint64_t)info.st_size, error);
        return part_restart(part, error);
}

Part *part_open(const char *path, const PartWish *wish, GError **error)
{
        Part *part = g_new0(Part, 1);
        part->path = g_strdup(path);
        part->meta_path = meta_path_of(path);
        part->url = g_strdup(wish->url);
        part->sha256 = g_strdup(wish->sha256);
        part->piece = g_byte_array_new();
        part->digest = sha256_new();
        if (begin(part, wish, error))
                return part;
        part_close(part);
        return NULL;
}

void part_close(Part *part)
{
        if (!part)
                return;
        if (part->fd >= 0) {
                if (part->on_disk == 0 && !part->finished)
                        part_remove(part->path);
                (void)close(part->fd);
        }
        g_byte_array_free(part->piece, TRUE);
        sha256_free(part->digest);
        g_free(part->path);
        g_free(part->meta_path);
        g_free(part->url);
        g_free(part->sha256);
        g_free(part->validator);
        g_free(part);
}

uint64_t part_len(const Part *part)
{
        return part->on_disk + part->piece->len;
}

const char *part_validator(const Part *part)
{
        return part->validator;
}

int part_fd(const Part *part)
{
        return part->fd;
}

/* What could not be written stays in the piece's place on disk unhashed: on_disk counts only what was taken whole. */
bool part_flush(Part *part, GError **error)
{
        Span left = span_of(part->piece->data, part->piece->len);
        while (left.len) {
                ssize_t n = pwrite(part->fd, left.data, left.len, (off_t)part->on_disk);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) {
                        int seen = errno;
                        g_byte_array_remove_range(part->piece, 0, part->piece->len - (guint)left.len);
                        return fault_errno(error, FAULT_IO, seen, "%s: writing at %" G_GUINT64_FORMAT,
                                           part->path, part->on_disk);
                }
                sha256_update(part->digest, span_part(left, 0, (size_t)n));
                part->on_disk += (uint64_t)n;
                left = span_from(left, (size_t)n);
        }
        g_byte_array_set_size(part->piece, 0);
        return true;
}

bool part_write(Part *part, Span bytes, GError **error)
{
        while (bytes.len) {
                size_t n = MIN(bytes.len, (size_t)PIECE - part->piece->len);
                g_byte_array_append(part->piece, bytes.data, (guint)n);
                bytes = span_from(bytes, n);
                if (part->piece->len == PIECE && !part_flush(part, error))
                        return false;
        }
        return true;
}

bool part_restart(Part *part, GError **error)
{
        (void)unlink(part->meta_path);
        g_clear_pointer(&part->validator, g_free);
        g_byte_array_set_size(part->piece, 0);
        sha256_reset(part->digest);
        part->on_disk = 0;
        part->finished = false;
        return ftruncate(part->fd, 0) == 0 ||
               fault_errno(error, FAULT_IO, errno, "%s: cannot be emptied", part->path);
}

bool part_vouch(Part *part, const char *validator, GError **error)
{
        if (!validator && !part->sha256)
                return true;
        g_autofree char *boot = boot_id();
        g_autoptr(Json) meta = json_map();
        json_set_str(meta, "url", part->url);
        if (validator)
                json_set_str(meta, "validator", validator);
        if (part->sha256)
                json_set_str(meta, "sha256", part->sha256);
        json_set_str(meta, "boot", boot);
        g_autofree char *text = json_print(meta, false);
        g_autoptr(GError) why = NULL;
        if (g_file_set_contents(part->meta_path, text, -1, &why))
                return true;
        bool full = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
        return fault(error, full ? FAULT_DISK : FAULT_IO, "%s", why->message);
}

bool part_finish(Part *part, char hex[SHA256_HEX_SIZE], GError **error)
{
        if (!part_flush(part, error))
                return false;
        sha256_hex(part->digest, hex);
        part->finished = true;
        return lseek(part->fd, 0, SEEK_SET) == 0 || fault_errno(error, FAULT_IO, errno, "%s", part->path);
}

void part_remove(const char *path)
{
        g_autofree char *meta_path = meta_path_of(path);
        (void)unlink(meta_path);
        (void)unlink(path);
}
