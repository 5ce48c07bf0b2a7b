/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backup.c - a copy under another name, renamed when it is whole: a backup that is there is complete. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 256 << 10, FOLDERS_DEEP = 16 };

static bool sync_path(const char *path, GError **error)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        bool ok = fd >= 0 && fsync(fd) == 0;
        int why = errno;
        if (fd >= 0)
                close(fd);
        return ok || fault_errno(error, FAULT_IO, why, "syncing %s", path);
}

static bool copy_bytes(int from, int to, const char *path, GError **error)
{
        g_autofree uint8_t *buffer = g_malloc(COPY_BYTES);
        ssize_t n;
        while ((n = TEMP_FAILURE_RETRY(read(from, buffer, COPY_BYTES))) > 0) {
                for (ssize_t at = 0, wrote; at < n; at += wrote) {
                        wrote = TEMP_FAILURE_RETRY(write(to, buffer + at, (size_t)(n - at)));
                        if (wrote < 0)
                                return fault_errno(error, FAULT_IO, errno, "writing %s", path);
                }
        }
        if (n < 0)
                return fault_errno(error, FAULT_IO, errno, "reading what is copied to %s", path);
        return fsync(to) == 0 || fault_errno(error, FAULT_IO, errno, "syncing %s", path);
}

static bool copy_file(const char *from_path, const char *to_path, GError **error)
{
        int from = open(from_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (from < 0)
                return fault_errno(error, FAULT_IO, errno, "opening %s", from_path);
        int to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        bool ok = to >= 0 ? copy_bytes(from, to, to_path, error)
                          : fault_errno(error, FAULT_IO, errno, "making %s", to_path);
        close(from);
        if (to >= 0)
                close(to);
        return ok;
}

/* Plain files and folders; whatever else lies there was not put there by us. */
static bool copy_folder(const char *from, const char *to, unsigned deep, GError **error)
{
        if (deep > FOLDERS_DEEP)
                return fault(error, FAULT_LIMIT, "%s: folders nested over %d deep", from, FOLDERS_DEEP);
        if (g_mkdir(to, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "making the folder %s", to);
        g_autoptr(GDir) folder = g_dir_open(from, 0, error);
        if (!folder)
                return false;
        bool ok = true;
        for (const char *name; ok && (name = g_dir_read_name(folder));) {
                g_autofree char *inner = g_build_filename(from, name, NULL);
                g_autofree char *outer = g_build_filename(to, name, NULL);
                struct stat st;
                if (lstat(inner, &st) != 0)
                        ok = fault_errno(error, FAULT_IO, errno, "looking at %s", inner);
                else if (S_ISDIR(st.st_mode))
                        ok = copy_folder(inner, outer, deep + 1, error);
                else if (S_ISREG(st.st_mode))
                        ok = copy_file(inner, outer, error);
        }
        return ok && sync_path(to, error);
}

static void remove_folder(const char *path)
{
        g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
        for (const char *name; folder && (name = g_dir_read_name(folder));) {
                g_autofree char *inner = g_build_filename(path, name, NULL);
                struct stat st;
                if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
                        remove_folder(inner);
                else
                        g_unlink(inner);
        }
        g_rmdir(path);
}

static bool fill(Store *store, const char *directory, GError **error)
{
        g_autofree char *db = g_build_filename(directory, "db", NULL);
        g_autofree char *from = g_build_filename(store->directory, "files", NULL);
        g_autofree char *to = g_build_filename(directory, "files", NULL);
        if (!db_copy(store->db, db, error))
                return false;
        if (g_file_test(from, G_FILE_TEST_IS_DIR) && !copy_folder(from, to, 0, error))
                return false;
        return sync_path(directory, error);
}

bool store_backup(Store *store, const char *directory, GError **error)
{
        g_autofree char *path = g_canonicalize_filename(directory, NULL);
        g_autofree char *parent = g_path_get_dirname(path);
        g_autofree char *part = g_strdup_printf("%s.part-%d", path, (int)getpid());
        if (g_file_test(path, G_FILE_TEST_EXISTS))
                return fault(error, FAULT_USAGE, "%s exists already: a backup goes into a folder of its own",
                             path);
        if (g_mkdir_with_parents(parent, 0755) != 0 || g_mkdir(part, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "making the folder %s", part);
        bool ok = fill(store, part, error);
        if (ok && g_rename(part, path) != 0)
                ok = fault_errno(error, FAULT_IO, errno, "renaming %s to %s", part, path);
        if (!ok)
                remove_folder(part);
        else
                ok = sync_path(parent, error);
        if (!ok)
                g_prefix_error(error, "backup of %s: ", store->directory);
        return ok;
}
