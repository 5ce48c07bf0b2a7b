/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power_record - loaded before a program (LD_PRELOAD), writes down in which order it changes files and when it syncs them,
 * so that scripts/torture-power can rebuild what a power failure might have left. Beside that, and alone of it when only
 * the log is named, every batch the program hands to RocksDB and whether it was told that the batch is written: an
 * acknowledged-log outside the database, which scripts/torture-kill holds against the database after every kill.
 *
 *   POWER_LOG=FILE     where to write; appended to, one write() a record, so that a killed program leaves whole records
 *   POWER_ROOT=DIR     the folder whose files count: absolute, without links in it, empty when the recording begins
 *
 * A call and its record happen under one lock: the log's order is the order of the effects. What is not modelled (a file
 * mapped to be written, say) is recorded as OP_STRANGE, and the reader refuses the log. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILES = 1 << 16, PATHS = 2 * PATH_MAX, PIECES = 6 };

/* What happened; scripts/torture-power reads these letters. */
typedef enum {
        OP_ROOT = 'R',     /* path, ino: the folder, first of a process */
        OP_CREATE = 'C',   /* path, ino */
        OP_FOLDER = 'D',   /* path, ino */
        OP_WRITE = 'W',    /* ino, a: offset, data */
        OP_LENGTH = 'T',   /* ino, a: new size */
        OP_RENAME = 'N',   /* path to path2, ino */
        OP_LINK = 'L',     /* path to path2, ino */
        OP_UNLINK = 'U',   /* path, ino; of a folder, too */
        OP_SYNC = 'S',     /* ino: of a folder, too */
        OP_SYNC_ALL = 'Y', /* */
        OP_SAID = 'M',     /* data written to stdout */
        OP_BATCH = 'B',    /* data: a batch of rows as RocksDB will write it */
        OP_WRITTEN = 'A',  /* the program was told that it is */
        OP_STRANGE = '!'   /* path: what was done */
} Op;

typedef struct __attribute__((packed)) {
        uint32_t size; /* of the whole record */
        uint8_t op;
        uint64_t ino, a;
        uint16_t path_size, path2_size;
        uint32_t data_size;
} Record;

typedef struct {
        Op op;
        uint64_t ino, a;
        const char *path, *path2;
        const void *data;
        size_t data_size;
} Event;

static struct {
        bool on;
        int log;
        char root[PATH_MAX]; /* empty: batches alone */
        size_t root_size;
        dev_t device;
        uint64_t files[FILES]; /* inodes below the root that have a name */
        pthread_mutex_t lock;
} recorder = {.log = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

/* The C library's own function of a name; the cast goes by way of a union, as POSIX promises what ISO C does not. */
#define REAL(name)                                                                                           \
        ({                                                                                                   \
                static union {                                                                               \
                        void *object;                                                                        \
                        __typeof__(&(name)) function;                                                        \
                } real_;                                                                                     \
                if (!real_.object)                                                                           \
                        real_.object = dlsym(RTLD_NEXT, #name);                                              \
                real_.function;                                                                              \
        })

/* ---- the log ------------------------------------------------------------------------------------------- */

static void give_up(const char *why)
{
        dprintf(STDERR_FILENO, "power_record: %s: %s\n", why, strerror(errno));
        _exit(125);
}

static void record(Event event)
{
        size_t path_size = event.path ? strlen(event.path) : 0,
               path2_size = event.path2 ? strlen(event.path2) : 0;
        Record head = {.op = (uint8_t)event.op,
                       .ino = event.ino,
                       .a = event.a,
                       .path_size = (uint16_t)path_size,
                       .path2_size = (uint16_t)path2_size,
                       .data_size = (uint32_t)event.data_size};
        head.size = (uint32_t)(sizeof head + path_size + path2_size + event.data_size);
        struct iovec pieces[PIECES] = {{&head, sizeof head},
                                       {(void *)event.path, path_size},
                                       {(void *)event.path2, path2_size},
                                       {(void *)event.data, event.data_size}};
        int kept = errno;
        if (REAL(writev)(recorder.log, pieces, 4) != (ssize_t)head.size)
                give_up("the log cannot be written");
        errno = kept;
}

static void lock(void)
{
        pthread_mutex_lock(&recorder.lock);
}

static void unlock(void)
{
        int kept = errno;
        pthread_mutex_unlock(&recorder.lock);
        errno = kept;
}

/* ---- which files count --------------------------------------------------------------------------------- */

static uint64_t *slot_of(uint64_t ino)
{
        size_t at = (size_t)(ino * 0x9E3779B97F4A7C15u >> 48) % FILES;
        for (size_t n = 0; n < FILES; n++, at = (at + 1) % FILES) {
                if (recorder.files[at] == ino || recorder.files[at] == 0)
                        return &recorder.files[at];
        }
        errno = ENFILE;
        give_up("more files than the recorder takes");
        return NULL;
}

static bool is_ours(uint64_t ino)
{
        return ino && *slot_of(ino) == ino;
}

/* Open addressing: what stood behind the gap is put in again. */
static void forget(uint64_t ino)
{
        uint64_t *slot = slot_of(ino);
        if (*slot != ino)
                return;
        *slot = 0;
        for (size_t at = (size_t)(slot - recorder.files + 1) % FILES; recorder.files[at];
             at = (at + 1) % FILES) {
                uint64_t moved = recorder.files[at];
                recorder.files[at] = 0;
                *slot_of(moved) = moved;
        }
}

/* The path made absolute into `full`; false: not below the root. */
static bool below_root(const char *path, char full[PATHS])
{
        if (!recorder.on || !recorder.root_size || !path)
                return false;
        int n;
        if (path[0] == '/') {
                n = snprintf(full, PATHS, "%s", path);
        } else {
                char here[PATH_MAX];
                if (!getcwd(here, sizeof here))
                        return false;
                n = snprintf(full, PATHS, "%s/%s", here, path);
        }
        return n > 0 && n < PATHS && strncmp(full, recorder.root, recorder.root_size) == 0 &&
               (full[recorder.root_size] == '/' || full[recorder.root_size] == '\0');
}

/* The inode behind a descriptor when it is one of ours; 0: it is not. Takes the lock when it is. */
static uint64_t ours_locked(int fd)
{
        struct stat info;
        int kept = errno;
        bool candidate = recorder.on && recorder.root_size && fstat(fd, &info) == 0 &&
                         (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) && info.st_dev == recorder.device;
        errno = kept;
        if (!candidate)
                return 0;
        lock();
        if (is_ours(info.st_ino))
                return info.st_ino;
        unlock();
        return 0;
}

static uint64_t ino_of(const char *path)
{
        struct stat info;
        int kept = errno;
        uint64_t ino = lstat(path, &info) == 0 ? info.st_ino : 0;
        errno = kept;
        return ino;
}

static void strange(const char *what)
{
        record((Event){.op = OP_STRANGE, .path = what});
}

static void strange_path(const char *what, const char *path)
{
        char full[PATHS];
        if (below_root(path, full))
                strange(what);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static void created(Op op, const char *full)
{
        uint64_t ino = ino_of(full);
        if (!ino)
                return;
        *slot_of(ino) = ino;
        record((Event){.op = op, .ino = ino, .path = full});
}

typedef int (*Open)(const char *path, int flags, ...);

static int open_recorded(Open really, const char *path, int flags, mode_t mode)
{
        char full[PATHS];
        if (!below_root(path, full))
                return really(path, flags, mode);
        lock();
        uint64_t before = ino_of(full);
        int fd = really(path, flags, mode);
        if (fd >= 0 && (flags & O_TMPFILE) == O_TMPFILE)
                strange("O_TMPFILE");
        else if (fd >= 0 && !before)
                created(OP_CREATE, full);
        else if (fd >= 0 && (flags & O_TRUNC))
                record((Event){.op = OP_LENGTH, .ino = before});
        unlock();
        return fd;
}

static mode_t mode_of(int flags, va_list more)
{
        return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? va_arg(more, mode_t) : 0;
}

#define OPENER(name)                                                                                         \
        int name(const char *path, int flags, ...)                                                           \
        {                                                                                                    \
                va_list more;                                                                                \
                va_start(more, flags);                                                                       \
                mode_t mode = mode_of(flags, more);                                                          \
                va_end(more);                                                                                \
                return open_recorded(REAL(name), path, flags, mode);                                         \
        }
OPENER(open)
OPENER(open64)
#define STREAM_OPENER(name)                                                                                  \
        FILE *name(const char *path, const char *mode)                                                       \
        {                                                                                                    \
                char full[PATHS];                                                                            \
                if (!below_root(path, full))                                                                 \
                        return REAL(name)(path, mode);                                                       \
                lock();                                                                                      \
                uint64_t before = ino_of(full);                                                              \
                FILE *file = REAL(name)(path, mode); /* what goes through it is not seen: LOG alone does */  \
                if (file && !before)                                                                         \
                        created(OP_CREATE, full);                                                            \
                unlock();                                                                                    \
                return file;                                                                                 \
        }
STREAM_OPENER(fopen)
STREAM_OPENER(fopen64)

int creat(const char *path, mode_t mode)
{
        return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
        return open64(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
        va_list more;
        va_start(more, flags);
        mode_t mode = mode_of(flags, more);
        va_end(more);
        if (recorder.on && (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)))
                strange_path("openat to write", path);
        return REAL(openat)(folder, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
        char full[PATHS];
        if (!below_root(path, full))
                return REAL(mkdir)(path, mode);
        lock();
        int code = REAL(mkdir)(path, mode);
        if (code == 0)
                created(OP_FOLDER, full);
        unlock();
        return code;
}

int rename(const char *from, const char *to)
{
        char old[PATHS], new[PATHS];
        bool out = !below_root(from, old), in = below_root(to, new);
        if (out && !in)
                return REAL(rename)(from, to);
        lock();
        uint64_t ino = ino_of(from), over = in ? ino_of(to) : 0;
        int code = REAL(rename)(from, to);
        if (code == 0 && (out || !in))
                strange("rename into or out of the folder");
        else if (code == 0 && over && over != ino)
                forget(over);
        if (code == 0)
                record((Event){.op = OP_RENAME, .ino = ino, .path = old, .path2 = new});
        unlock();
        return code;
}

int link(const char *from, const char *to)
{
        char old[PATHS], new[PATHS];
        bool out = !below_root(from, old), in = below_root(to, new);
        if (out && !in)
                return REAL(link)(from, to);
        lock();
        int code = REAL(link)(from, to);
        if (code == 0)
                record((Event){.op = OP_LINK, .ino = ino_of(from), .path = old, .path2 = new});
        unlock();
        return code;
}

static int removed(int (*really)(const char *), const char *path)
{
        char full[PATHS];
        struct stat info;
        if (!below_root(path, full))
                return really(path);
        lock();
        bool there = lstat(full, &info) == 0;
        int code = really(path);
        if (code == 0 && there) {
                record((Event){.op = OP_UNLINK, .ino = info.st_ino, .path = full});
                if (info.st_nlink <= 1 || S_ISDIR(info.st_mode))
                        forget(info.st_ino);
        }
        unlock();
        return code;
}

int unlink(const char *path)
{
        return removed(REAL(unlink), path);
}

int rmdir(const char *path)
{
        return removed(REAL(rmdir), path);
}

int remove(const char *path)
{
        return removed(REAL(remove), path);
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

ssize_t write(int fd, const void *data, size_t size)
{
        if (recorder.on && fd == STDOUT_FILENO) {
                lock();
                ssize_t n = REAL(write)(fd, data, size);
                if (n > 0)
                        record((Event){.op = OP_SAID, .data = data, .data_size = (size_t)n});
                unlock();
                return n;
        }
        uint64_t ino = ours_locked(fd);
        if (!ino)
                return REAL(write)(fd, data, size);
        ssize_t n = REAL(write)(fd, data, size);
        off_t after = n > 0 ? lseek(fd, 0, SEEK_CUR) : 0;
        if (n > 0)
                record((Event){.op = OP_WRITE,
                               .ino = ino,
                               .a = (uint64_t)(after - n),
                               .data = data,
                               .data_size = (size_t)n});
        unlock();
        return n;
}

#define PLACED_WRITE(name)                                                                                   \
        ssize_t name(int fd, const void *data, size_t size, off_t at)                                        \
        {                                                                                                    \
                uint64_t ino = ours_locked(fd);                                                              \
                ssize_t n = REAL(name)(fd, data, size, at);                                                  \
                if (ino && n > 0)                                                                            \
                        record((Event){.op = OP_WRITE,                                                       \
                                       .ino = ino,                                                           \
                                       .a = (uint64_t)at,                                                    \
                                       .data = data,                                                         \
                                       .data_size = (size_t)n});                                             \
                if (ino)                                                                                     \
                        unlock();                                                                            \
                return n;                                                                                    \
        }
PLACED_WRITE(pwrite)
PLACED_WRITE(pwrite64)

/* Calls that write in a way nobody here uses: told, so that the log is not taken for whole. */
#define STRANGE_WRITE(name, type, parameters, arguments)                                                     \
        type name parameters                                                                                 \
        {                                                                                                    \
                uint64_t ino = ours_locked(fd);                                                              \
                if (ino) {                                                                                   \
                        strange(#name);                                                                      \
                        unlock();                                                                            \
                }                                                                                            \
                return REAL(name) arguments;                                                                 \
        }
STRANGE_WRITE(writev, ssize_t, (int fd, const struct iovec *pieces, int n), (fd, pieces, n))
STRANGE_WRITE(pwritev, ssize_t, (int fd, const struct iovec *pieces, int n, off_t at), (fd, pieces, n, at))
STRANGE_WRITE(pwritev2, ssize_t, (int fd, const struct iovec *pieces, int n, off_t at, int flags),
              (fd, pieces, n, at, flags))
STRANGE_WRITE(copy_file_range, ssize_t, (int in, off_t *from, int fd, off_t *to, size_t size, unsigned flags),
              (in, from, fd, to, size, flags))

static int resized(int code, uint64_t ino, off_t size)
{
        if (ino && code == 0)
                record((Event){.op = OP_LENGTH, .ino = ino, .a = (uint64_t)size});
        if (ino)
                unlock();
        return code;
}

int ftruncate(int fd, off_t size)
{
        uint64_t ino = ours_locked(fd);
        return resized(REAL(ftruncate)(fd, size), ino, size);
}

int ftruncate64(int fd, off_t size)
{
        uint64_t ino = ours_locked(fd);
        return resized(REAL(ftruncate64)(fd, size), ino, size);
}

/* Space set aside is not data; where the call may change the size, the size afterwards counts. */
static int allocated(int code, int fd, uint64_t ino)
{
        struct stat info;
        if (ino && code == 0 && fstat(fd, &info) == 0)
                record((Event){.op = OP_LENGTH, .ino = ino, .a = (uint64_t)info.st_size});
        if (ino)
                unlock();
        return code;
}

#define ALLOCATOR(name)                                                                                      \
        int name(int fd, int mode, off_t at, off_t size)                                                     \
        {                                                                                                    \
                uint64_t ino = mode & FALLOC_FL_KEEP_SIZE ? 0 : ours_locked(fd);                             \
                return allocated(REAL(name)(fd, mode, at, size), fd, ino);                                   \
        }
ALLOCATOR(fallocate)
ALLOCATOR(fallocate64)

int posix_fallocate(int fd, off_t at, off_t size)
{
        uint64_t ino = ours_locked(fd);
        return allocated(REAL(posix_fallocate)(fd, at, size), fd, ino);
}

#define MAPPER(name)                                                                                         \
        void *name(void *address, size_t size, int protection, int flags, int fd, off_t at)                  \
        {                                                                                                    \
                if (fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED)) {                          \
                        uint64_t ino = ours_locked(fd);                                                      \
                        if (ino) {                                                                           \
                                strange("a file mapped to be written");                                      \
                                unlock();                                                                    \
                        }                                                                                    \
                }                                                                                            \
                return REAL(name)(address, size, protection, flags, fd, at);                                 \
        }
MAPPER(mmap)
MAPPER(mmap64)

/* ---- syncs: what they promise holds from their return on ------------------------------------------------- */

static int synced(int (*really)(int), int fd)
{
        uint64_t ino = ours_locked(fd);
        int code = really(fd);
        if (ino && code == 0)
                record((Event){.op = OP_SYNC, .ino = ino});
        if (ino)
                unlock();
        return code;
}

int fsync(int fd)
{
        return synced(REAL(fsync), fd);
}

int fdatasync(int fd)
{
        return synced(REAL(fdatasync), fd);
}

int syncfs(int fd)
{
        int code = REAL(syncfs)(fd);
        if (recorder.on && code == 0)
                record((Event){.op = OP_SYNC_ALL});
        return code;
}

/* No thread ends between a call and its record. */
void _exit(int code)
{
        if (recorder.on)
                lock();
        REAL(_exit)(code);
        __builtin_unreachable();
}

/* ---- batches ------------------------------------------------------------------------------------------- */

/* RocksDB's C functions; its header is db.c's alone. */
const char *rocksdb_writebatch_wi_data(void *batch, size_t *size);
void rocksdb_write_writebatch_wi(void *db, const void *options, void *batch, char **message);

void rocksdb_write_writebatch_wi(void *db, const void *options, void *batch, char **message)
{
        if (recorder.on) {
                size_t size = 0;
                const char *data = REAL(rocksdb_writebatch_wi_data)(batch, &size);
                lock();
                record((Event){.op = OP_BATCH, .data = data, .data_size = size});
                unlock();
        }
        REAL(rocksdb_write_writebatch_wi)(db, options, batch, message);
        if (!recorder.on || *message)
                return;
        lock();
        record((Event){.op = OP_WRITTEN});
        unlock();
}

/* ---- start --------------------------------------------------------------------------------------------- */

/* A later process of the same recording: what is there was recorded by an earlier one. */
static int know_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
        (void)path, (void)kind, (void)at;
        *slot_of(info->st_ino) = info->st_ino;
        return 0;
}

__attribute__((constructor)) static void begin(void)
{
        const char *log = getenv("POWER_LOG"), *root = getenv("POWER_ROOT");
        struct stat info;
        if (!log)
                return;
        unsetenv("LD_PRELOAD"); /* what the program starts is not recorded */
        unsetenv("POWER_LOG");
        recorder.log = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (recorder.log < 0)
                give_up(log);
        if (root) {
                if (stat(root, &info) != 0 || strlen(root) >= sizeof recorder.root)
                        give_up(root);
                recorder.device = info.st_dev;
                recorder.root_size = (size_t)snprintf(recorder.root, sizeof recorder.root, "%s", root);
                nftw(root, know_entry, 16, FTW_PHYS);
                record((Event){.op = OP_ROOT, .ino = info.st_ino, .path = root});
        }
        recorder.on = true;
}
