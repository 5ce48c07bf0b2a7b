/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main process's side of a corpus: names and sizes of files, and descriptors of them; no byte of a file is
 * looked at. */
#include "crawler/markets/corpus.h"

#include "crawler/markets/csv.h"
#include "crawler/memfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MAX = 20 * CORPUS_FILES }; /* of folders, looked at */

typedef struct {
        char *path; /* below the root */
        int64_t size;
} File;

typedef struct {
        GPtrArray *files; /* File */
        uint64_t links, entries;
} Walk;

static bool is_csv(const char *path)
{
        struct stat st;
        return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *corpus_root(const Market *market)
{
        return is_csv(market->folder) ? g_path_get_dirname(market->folder) : g_strdup(market->folder);
}

/* ---- walking --------------------------------------------------------------------------------------------------- */

static void file_free(void *data)
{
        File *file = data;
        g_free(file->path);
        g_free(file);
}

static bool walk_folder(Walk *walk, int take_fd, const char *path, unsigned depth, GError **error);

static bool walk_into(Walk *walk, int folder, const char *name, const char *path, unsigned depth,
                      GError **error)
{
        if (depth >= CORPUS_DEPTH)
                return fault(error, FAULT_LIMIT, "%s: folders are nested deeper than %d", path, CORPUS_DEPTH);
        int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        return walk_folder(walk, fd, path, depth + 1, error);
}

static bool take_entry(Walk *walk, int folder, const char *name, const char *above, unsigned depth,
                       GError **error)
{
        struct stat st;
        g_autofree char *path = *above ? g_strconcat(above, "/", name, NULL) : g_strdup(name);
        if (++walk->entries > ENTRIES_MAX)
                return fault(error, FAULT_LIMIT, "more than %d names stand in the folder", ENTRIES_MAX);
        if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) /* gone meanwhile */
                return errno == ENOENT || fault_errno(error, FAULT_IO, errno, "%s", path);
        if (S_ISDIR(st.st_mode))
                return walk_into(walk, folder, name, path, depth, error);
        walk->links += S_ISLNK(st.st_mode);
        if (!S_ISREG(st.st_mode) || !corpus_is_app(name))
                return true;
        if (walk->files->len >= CORPUS_FILES)
                return fault(error, FAULT_LIMIT, "more than %d apps are in the folder: split it",
                             CORPUS_FILES);
        File *file = g_new0(File, 1);
        file->path = g_steal_pointer(&path);
        file->size = st.st_size;
        g_ptr_array_add(walk->files, file);
        return true;
}

static bool walk_folder(Walk *walk, int take_fd, const char *path, unsigned depth, GError **error)
{
        DIR *folder = fdopendir(take_fd);
        if (!folder) {
                close(take_fd);
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        }
        bool ok = true;
        errno = 0;
        for (struct dirent *entry; ok && (entry = readdir(folder)); errno = 0) {
                if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
                        ok = take_entry(walk, dirfd(folder), entry->d_name, path, depth, error);
        }
        if (ok && errno)
                ok = fault_errno(error, FAULT_IO, errno, "%s", path);
        closedir(folder);
        return ok;
}

static int by_path(const void *a, const void *b)
{
        return strcmp((*(File *const *)a)->path, (*(File *const *)b)->path);
}

static int list_folder(const Market *market, uint64_t *links, GError **error)
{
        Walk walk = {.files = g_ptr_array_new_with_free_func(file_free)};
        int fd = open(market->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), manifest = -1;
        if (fd < 0)
                fault_errno(error, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO, errno, "%s", market->folder);
        else if (walk_folder(&walk, fd, "", 0, error)) {
                if (walk.files->len)
                        qsort(walk.files->pdata, walk.files->len, sizeof(void *), by_path);
                GString *csv = g_string_new("path,size\n");
                for (guint i = 0; i < walk.files->len; i++) {
                        const File *file = g_ptr_array_index(walk.files, i);
                        csv_append(csv, file->path);
                        g_string_append_printf(csv, ",%" G_GINT64_FORMAT "\n", file->size);
                }
                manifest = memfile_new("corpus", span_of(csv->str, csv->len), error);
                g_string_free(csv, TRUE);
        }
        if (links)
                *links = walk.links;
        g_ptr_array_unref(walk.files);
        return manifest;
}

int corpus_manifest(const Market *market, uint64_t *links, GError **error)
{
        if (links)
                *links = 0;
        if (!is_csv(market->folder))
                return list_folder(market, links, error);
        int fd = open(market->folder, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                fault_errno(error, FAULT_IO, errno, "%s", market->folder);
        return fd;
}

/* ---- one file -------------------------------------------------------------------------------------------------- */

static int open_refused(int saw, const char *path, GError **error)
{
        if (saw == ELOOP)
                fault(error, FAULT_MALFORMED, "%s: leads through a symbolic link, which is not followed",
                      path);
        else if (saw == EINVAL)
                fault(error, FAULT_MALFORMED, "%s: leaves the folder", path);
        else
                fault_errno(error, saw == ENOENT || saw == ENOTDIR ? FAULT_NOT_FOUND : FAULT_IO, saw, "%s",
                            path);
        return -1;
}

/* ENOTDIR is also what O_DIRECTORY says of a link. */
static int link_or(int saw, int folder, const char *name)
{
        struct stat st;
        bool link =
                saw == ENOTDIR && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
        return link ? ELOOP : saw;
}

/* Step by step down from the root, so that no link that somebody puts there meanwhile is followed. */
static int open_below(int take_root, const char *path, GError **error)
{
        g_auto(GStrv) parts = g_strsplit(path, "/", -1);
        int fd = take_root;
        for (char **part = parts; *part; part++) {
                bool inside = **part && !g_str_equal(*part, ".") && !g_str_equal(*part, "..");
                int flags =
                        O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (part[1] ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY);
                int next = inside ? openat(fd, *part, flags) : -1;
                int saw = inside ? link_or(errno, fd, *part) : EINVAL;
                close(fd);
                if (next < 0)
                        return open_refused(saw, path, error);
                fd = next;
        }
        return fd;
}

int corpus_open(const Market *market, const ListedApk *apk, GError **error)
{
        const char *path = apk->path ? apk->path : "";
        g_autofree char *root = corpus_root(market);
        int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                return open_refused(errno, root, error);
        int fd = open_below(folder, path, error);
        struct stat st;
        if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
                return fd;
        close(fd);
        fault(error, FAULT_MALFORMED, "%s: is no regular file", path);
        return -1;
}
