/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/db.h"

#include "store/torn.h"

#include <fcntl.h>
#include <rocksdb/c.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        BLOCK_CACHE_BYTES = 32 << 20,
        WRITE_BUFFER_BYTES = 32 << 20,
        ALL_WRITE_BUFFERS_BYTES = 64 << 20,
        LOG_OF_WRITES_BYTES = 128 << 20,
        OPEN_FILES = 512,
        READ_AHEAD_BYTES = 2 << 20,
        COPY_BATCH_ROWS = 4096,
        OPEN_TRIES = 40,
        OPEN_WAIT_MS = 25,
        LATER = 3,        /* families of is_later */
        NO_INFO_LINES = 5 /* rocksdb::HEADER_LEVEL; lines of the lower levels are dropped */
};

static const char *const family_names[DB_FAMILIES] = {
        "listings", "artifacts", "observations", "vectors", "findings", "hosts",   "sweeps",
        "meta",     "counters",  "frames",       "conduct", "policies", "errands",
};

/* Came with schema 2: an older database that is only read does not have them, and they read as empty. */
static bool is_later(size_t family)
{
        return family == DB_FRAMES || family == DB_CONDUCT || family == DB_POLICIES;
}

struct Db {
        rocksdb_t *rocks;
        rocksdb_options_t *options, *counter_options;
        rocksdb_readoptions_t *point;
        rocksdb_writeoptions_t *synced;
        rocksdb_column_family_handle_t *unused; /* RocksDB insists on a family "default" */
        rocksdb_column_family_handle_t *families[DB_FAMILIES];
        bool there[DB_FAMILIES]; /* on disk when it was opened */
        char *directory;
        bool writes;
};

/* ---- errors -------------------------------------------------------------------------------------------- */

/* Turns RocksDB's message into ours and frees it. */
static bool db_fault(GError **error, const char *directory, const char *doing, char *message)
{
        static const char *const full[] = {"No space left on device", "Disk quota exceeded",
                                           "File too large"};
        const char *story = "RocksDB says";
        for (size_t i = 0; i < G_N_ELEMENTS(full); i++)
                if (strstr(message, full[i]))
                        story = "the disk is full; make room and run the same command again. RocksDB says";
        if (strstr(message, "Corruption") || strstr(message, "checksum mismatch"))
                story = "the database is damaged; restore a backup, or move the named file away to look at "
                        "it. "
                        "RocksDB says";
        fault(error, FAULT_DISK, "%s: %s: %s: %s", directory, doing, story, message);
        rocksdb_free(message);
        return false;
}

/* Who holds the lock. Never asked when it is this process itself: closing any descriptor of a file gives up
 * all POSIX locks that the process has on it. */
static bool busy_fault(GError **error, const char *directory, char *message)
{
        bool is_us = strstr(message, "current process") != NULL;
        rocksdb_free(message);
        if (is_us)
                return fault(error, FAULT_BUSY, "this process has %s open for writing already", directory);
        g_autofree char *path = g_build_filename(directory, "LOCK", NULL);
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR | O_CLOEXEC);
        bool known = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0;
        if (fd >= 0)
                close(fd);
        if (known)
                return fault(error, FAULT_BUSY,
                             "another overreach is writing %s (process %d): wait for it or stop it first",
                             directory, (int)lock.l_pid);
        return fault(error, FAULT_BUSY, "another overreach is writing %s: wait for it or stop it first",
                     directory);
}

/* ---- options ------------------------------------------------------------------------------------------- */

static rocksdb_block_based_table_options_t *table_options(rocksdb_cache_t *cache)
{
        rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
        rocksdb_block_based_options_set_block_cache(table, cache);
        rocksdb_block_based_options_set_block_size(table, 16 << 10);
        rocksdb_block_based_options_set_format_version(table, 5);
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10));
        return table;
}

static rocksdb_options_t *new_options(DbMode mode, const rocksdb_block_based_table_options_t *table)
{
        bool writes = mode == DB_WRITE || mode == DB_CREATE;
        rocksdb_options_t *o = rocksdb_options_create();
        rocksdb_options_set_create_if_missing(o, mode == DB_CREATE);
        rocksdb_options_set_create_missing_column_families(o, writes);
        rocksdb_options_set_paranoid_checks(o, 1);
        /* A torn last record is what a kill leaves. A writer refuses damage before it, lest it go on without
         * rows it acknowledged; a reader beside a writer may catch a log half-way and stops at the last whole
         * state. */
        rocksdb_options_set_wal_recovery_mode(o, writes ? rocksdb_tolerate_corrupted_tail_records_recovery
                                                        : rocksdb_point_in_time_recovery);
        rocksdb_options_set_write_buffer_size(o, WRITE_BUFFER_BYTES);
        rocksdb_options_set_db_write_buffer_size(o, ALL_WRITE_BUFFERS_BYTES);
        rocksdb_options_set_max_total_wal_size(o, LOG_OF_WRITES_BYTES);
        /* A reader opens every file at once, so that what the writer deletes later stays readable. */
        rocksdb_options_set_max_open_files(o, writes ? OPEN_FILES : -1);
        rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
        rocksdb_options_set_compression(o, rocksdb_lz4_compression);
        rocksdb_options_set_bottommost_compression(o, rocksdb_zstd_compression);
        /* The info log stays empty: Debian's RocksDB aborts the process when that log meets a full disk twice
         * (an assertion in WritableFileWriter). Without rolling (size 0, the default) every line passes the
         * level. */
        rocksdb_options_set_info_log_level(o, NO_INFO_LINES);
        rocksdb_options_set_keep_log_file_num(o, 1);
        rocksdb_options_set_stats_dump_period_sec(o, 0);
        rocksdb_options_set_stats_persist_period_sec(o, 0);
        rocksdb_options_set_block_based_table_factory(o, (rocksdb_block_based_table_options_t *)table);
        return o;
}

static void set_options(Db *db, DbMode mode)
{
        rocksdb_cache_t *cache = rocksdb_cache_create_lru(BLOCK_CACHE_BYTES);
        rocksdb_block_based_table_options_t *table = table_options(cache);
        db->options = new_options(mode, table);
        db->counter_options = new_options(mode, table);
        rocksdb_options_set_uint64add_merge_operator(db->counter_options);
        rocksdb_block_based_options_destroy(table);
        rocksdb_cache_destroy(cache); /* the options keep it */
        db->point = rocksdb_readoptions_create();
        db->synced = rocksdb_writeoptions_create();
        rocksdb_writeoptions_set_sync(db->synced, 1);
}

/* ---- open ---------------------------------------------------------------------------------------------- */

bool db_exists(const char *directory)
{
        g_autofree char *path = g_build_filename(directory, "CURRENT", NULL);
        return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Damage may be a record that a power failure tore, which a writer may cut off. */
static bool is_mended(const Db *db, const char *message)
{
        bool mended = false;
        return db->writes && message && strstr(message, "Corruption") &&
               torn_mend(db->directory, &mended, NULL) && mended;
}

/* A newer program may have families that ours does not know; RocksDB would only say that not all were opened.
 */
static bool knows_all_families(Db *db, GError **error)
{
        char *message = NULL;
        size_t n = 0;
        char **names = rocksdb_list_column_families(db->options, db->directory, &n, &message);
        if (is_mended(db, message)) {
                g_clear_pointer(&message, rocksdb_free);
                rocksdb_list_column_families_destroy(names, n);
                names = rocksdb_list_column_families(db->options, db->directory, &n, &message);
        }
        if (message) {
                rocksdb_list_column_families_destroy(names, n);
                return db_fault(error, db->directory, "reading the list of families", message);
        }
        const char *strange = NULL;
        size_t early = 0;
        for (size_t i = 0; i < n && !strange; i++) {
                size_t k = 0;
                while (k < DB_FAMILIES && !g_str_equal(names[i], family_names[k]))
                        k++;
                if (k < DB_FAMILIES) {
                        db->there[k] = true;
                        early += !is_later(k);
                } else if (!g_str_equal(names[i], "default")) {
                        strange = names[i];
                }
        }
        if (strange)
                fault(error, FAULT_SCHEMA, "%s holds the table \"%s\", which this program does not know",
                      db->directory, strange);
        /* Tables lack when the first run was killed while it made them; the next writer makes them. */
        bool finished = db->writes || strange || early == DB_FAMILIES - LATER;
        if (!finished)
                fault(error, FAULT_NOT_FOUND, "there is no finished overreach database at %s", db->directory);
        rocksdb_list_column_families_destroy(names, n);
        return !strange && finished;
}

static char *open_families(Db *db, DbMode mode)
{
        const char *names[DB_FAMILIES + 1] = {"default"};
        const rocksdb_options_t *options[DB_FAMILIES + 1] = {db->options};
        rocksdb_column_family_handle_t *handles[DB_FAMILIES + 1] = {NULL};
        DbFamily opened[DB_FAMILIES + 1];
        int n = 1;
        for (DbFamily f = 0; f < DB_FAMILIES; f++) {
                if ((mode == DB_READ_SCHEMA && f != DB_META) || (mode == DB_READ && !db->there[f]))
                        continue;
                names[n] = family_names[f];
                options[n] = f == DB_COUNTERS ? db->counter_options : db->options;
                opened[n++] = f;
        }
        char *message = NULL;
        if (mode == DB_READ || mode == DB_READ_SCHEMA)
                db->rocks = rocksdb_open_for_read_only_column_families(db->options, db->directory, n, names,
                                                                       options, handles, 0, &message);
        else
                db->rocks = rocksdb_open_column_families(db->options, db->directory, n, names, options,
                                                         handles, &message);
        if (message)
                return message;
        db->unused = handles[0];
        for (int i = 1; i < n; i++)
                db->families[opened[i]] = handles[i];
        return NULL;
}

static bool is_locked(const char *message)
{
        return strstr(message, "lock hold by current process") || strstr(message, "While lock file");
}

static void close_rocks(Db *db)
{
        for (DbFamily f = 0; f < DB_FAMILIES; f++)
                g_clear_pointer(&db->families[f], rocksdb_column_family_handle_destroy);
        g_clear_pointer(&db->unused, rocksdb_column_family_handle_destroy);
        g_clear_pointer(&db->rocks, rocksdb_close);
}

/* Which list of files is in force and how long it is: it grows before the writer deletes a file. g_free it.
 */
static char *manifest_state(const char *directory)
{
        g_autofree char *current = g_build_filename(directory, "CURRENT", NULL);
        g_autofree char *name = NULL;
        if (!g_file_get_contents(current, &name, NULL, NULL))
                return g_strdup("none");
        g_autofree char *path = g_build_filename(directory, g_strchomp(name), NULL);
        struct stat st;
        return g_strdup_printf("%s %lld", name, stat(path, &st) == 0 ? (long long)st.st_size : -1LL);
}

/* Beside a writer, a reader may read the list of files, and a log it names may be gone (its rows being in a
 * table now) before it is read: RocksDB then gives a view without those rows and no error. So a view counts
 * only when the list was the same before and after, and otherwise the reader looks again. */
static bool open_rocks(Db *db, DbMode mode, GError **error)
{
        for (int left = OPEN_TRIES; left > 0; left--) {
                g_autofree char *before = manifest_state(db->directory);
                char *message = open_families(db, mode);
                g_autofree char *after = manifest_state(db->directory);
                bool settled = db->writes || g_str_equal(before, after);
                if (!message && settled)
                        return true;
                if (message && is_locked(message))
                        return busy_fault(error, db->directory, message);
                if (message && settled && !is_mended(db, message))
                        return db_fault(error, db->directory, "opening the database", message);
                rocksdb_free(message);
                close_rocks(db);
                g_usleep(OPEN_WAIT_MS * G_TIME_SPAN_MILLISECOND);
        }
        return fault(error, FAULT_BUSY, "%s changes faster than it can be opened for reading: try again",
                     db->directory);
}

Db *db_open(const char *directory, DbMode mode, GError **error)
{
        bool exists = db_exists(directory);
        if (!exists && mode != DB_CREATE) {
                fault(error, FAULT_NOT_FOUND,
                      "there is no overreach database at %s: `overreach sweep` makes one, --store names "
                      "another",
                      directory);
                return NULL;
        }
        Db *db = g_new0(Db, 1);
        db->directory = g_strdup(directory);
        db->writes = mode == DB_WRITE || mode == DB_CREATE;
        set_options(db, mode);
        bool known = !exists || mode == DB_READ_SCHEMA || knows_all_families(db, error);
        if (known && open_rocks(db, mode, error))
                return db;
        db_close(db);
        return NULL;
}

void db_close(Db *db)
{
        if (!db)
                return;
        close_rocks(db);
        rocksdb_options_destroy(db->options);
        rocksdb_options_destroy(db->counter_options);
        rocksdb_readoptions_destroy(db->point);
        rocksdb_writeoptions_destroy(db->synced);
        g_free(db->directory);
        g_free(db);
}

/* ---- batches ------------------------------------------------------------------------------------------- */

/* RocksDB's batch with an index: it can be read through before it is written. */
static rocksdb_writebatch_wi_t *wi(const DbBatch *batch)
{
        return (rocksdb_writebatch_wi_t *)batch;
}

DbBatch *db_batch_new(void)
{
        return (DbBatch *)rocksdb_writebatch_wi_create(0, 1);
}

void db_batch_free(DbBatch *batch)
{
        if (batch)
                rocksdb_writebatch_wi_destroy(wi(batch));
}

void db_batch_put(DbBatch *batch, const Db *db, DbFamily family, Span key, Span value)
{
        rocksdb_writebatch_wi_put_cf(wi(batch), db->families[family], (const char *)key.data, key.len,
                                     value.len ? (const char *)value.data : "", value.len);
}

void db_batch_delete(DbBatch *batch, const Db *db, DbFamily family, Span key)
{
        rocksdb_writebatch_wi_delete_cf(wi(batch), db->families[family], (const char *)key.data, key.len);
}

void db_batch_add(DbBatch *batch, const Db *db, DbFamily family, Span key, uint64_t add)
{
        uint64_t little = GUINT64_TO_LE(add);
        rocksdb_writebatch_wi_merge_cf(wi(batch), db->families[family], (const char *)key.data, key.len,
                                       (const char *)&little, sizeof little);
}

size_t db_batch_len(const DbBatch *batch)
{
        return (size_t)rocksdb_writebatch_wi_count(wi(batch));
}

bool db_write(Db *db, DbBatch *batch, GError **error)
{
        char *message = NULL;
        rocksdb_write_writebatch_wi(db->rocks, db->synced, wi(batch), &message);
        if (message)
                return db_fault(error, db->directory, "writing", message);
        rocksdb_writebatch_wi_clear(wi(batch));
        return true;
}

/* ---- reads --------------------------------------------------------------------------------------------- */

/* RocksDB's own family stands, always empty, for one that an older database lacks. */
static rocksdb_column_family_handle_t *family_of(const Db *db, DbFamily family)
{
        return db->families[family] ? db->families[family] : db->unused;
}

GBytes *db_get(Db *db, DbFamily family, Span key, const DbBatch *over, GError **error)
{
        char *message = NULL;
        size_t len = 0;
        const char *k = (const char *)key.data;
        char *value = over ? rocksdb_writebatch_wi_get_from_batch_and_db_cf(wi(over), db->rocks, db->point,
                                                                            family_of(db, family), k, key.len,
                                                                            &len, &message)
                           : rocksdb_get_cf(db->rocks, db->point, family_of(db, family), k, key.len, &len,
                                            &message);
        if (message) {
                db_fault(error, db->directory, family_names[family], message);
                return NULL;
        }
        return value ? g_bytes_new_with_free_func(value, len, rocksdb_free, value) : NULL;
}

struct DbIter {
        Db *db;
        DbFamily family;
        rocksdb_iterator_t *rocks;
        rocksdb_readoptions_t *options;
        GByteArray *prefix;
        GByteArray *after; /* the first key past the prefix; RocksDB borrows it */
        bool placed;       /* somewhere already */
        bool fresh;        /* on a row that was not handed out yet */
};

static GByteArray *copy_span(Span s)
{
        GByteArray *bytes = g_byte_array_sized_new((guint)s.len + 1);
        return s.len ? g_byte_array_append(bytes, s.data, (guint)s.len) : bytes;
}

/* The smallest key greater than every key with this prefix; empty: there is none. */
static GByteArray *key_after(Span prefix)
{
        while (prefix.len && prefix.data[prefix.len - 1] == 0xff)
                prefix.len--;
        GByteArray *bytes = copy_span(prefix);
        if (bytes->len)
                bytes->data[bytes->len - 1]++;
        return bytes;
}

DbIter *db_iter(Db *db, DbFamily family, Span prefix, const DbBatch *over, DbIterFlags flags)
{
        DbIter *iter = g_new0(DbIter, 1);
        iter->db = db;
        iter->family = family;
        iter->prefix = copy_span(prefix);
        iter->after = key_after(prefix);
        iter->options = rocksdb_readoptions_create();
        rocksdb_readoptions_set_verify_checksums(iter->options, 1);
        if (iter->after->len)
                rocksdb_readoptions_set_iterate_upper_bound(iter->options, (const char *)iter->after->data,
                                                            iter->after->len);
        if (flags & DB_SCAN) {
                rocksdb_readoptions_set_fill_cache(iter->options, 0);
                rocksdb_readoptions_set_readahead_size(iter->options, READ_AHEAD_BYTES);
        }
        rocksdb_iterator_t *base =
                rocksdb_create_iterator_cf(db->rocks, iter->options, family_of(db, family));
        iter->rocks = over ? rocksdb_writebatch_wi_create_iterator_with_base_cf(wi(over), base,
                                                                                db->families[family])
                           : base;
        return iter;
}

void db_iter_seek(DbIter *iter, Span key)
{
        rocksdb_iter_seek(iter->rocks, (const char *)key.data, key.len);
        iter->placed = iter->fresh = true;
}

static Span iter_key(const DbIter *iter)
{
        size_t len;
        const char *key = rocksdb_iter_key(iter->rocks, &len);
        return span_of(key, len);
}

static Span iter_value(const DbIter *iter)
{
        size_t len;
        const char *value = rocksdb_iter_value(iter->rocks, &len);
        return span_of(value, len);
}

static Span iter_prefix(const DbIter *iter)
{
        return span_of(iter->prefix->data, iter->prefix->len);
}

bool db_iter_next(DbIter *iter, Span *key, Span *value)
{
        if (!iter->placed)
                db_iter_seek(iter, iter_prefix(iter));
        else if (!iter->fresh && rocksdb_iter_valid(iter->rocks))
                rocksdb_iter_next(iter->rocks);
        iter->fresh = false;
        if (!rocksdb_iter_valid(iter->rocks))
                return false;
        *key = iter_key(iter);
        *value = iter_value(iter);
        return span_starts(*key, iter_prefix(iter));
}

bool db_iter_end(DbIter *iter, GError **error)
{
        char *message = NULL;
        rocksdb_iter_get_error(iter->rocks, &message);
        if (message)
                db_fault(error, iter->db->directory, family_names[iter->family], message);
        rocksdb_iter_destroy(iter->rocks);
        rocksdb_readoptions_destroy(iter->options);
        g_byte_array_unref(iter->prefix);
        g_byte_array_unref(iter->after);
        g_free(iter);
        return !message;
}

bool db_floor(Db *db, DbFamily family, Span prefix, Span upto, const DbBatch *over, GBytes **key,
              GBytes **value, GError **error)
{
        DbIter *iter = db_iter(db, family, prefix, over, 0);
        rocksdb_iter_seek_for_prev(iter->rocks, (const char *)upto.data, upto.len);
        bool found = rocksdb_iter_valid(iter->rocks) && span_starts(iter_key(iter), prefix);
        if (found) {
                Span k = iter_key(iter), v = iter_value(iter);
                *key = g_bytes_new(k.data, k.len);
                *value = g_bytes_new(v.data, v.len);
        }
        if (db_iter_end(iter, error))
                return found;
        if (found) {
                g_bytes_unref(*key);
                g_bytes_unref(*value);
        }
        return false;
}

/* ---- copies -------------------------------------------------------------------------------------------- */

static bool copy_checkpoint(Db *db, const char *directory, GError **error)
{
        char *message = NULL;
        rocksdb_checkpoint_t *checkpoint = rocksdb_checkpoint_object_create(db->rocks, &message);
        if (!message) {
                rocksdb_checkpoint_create(checkpoint, directory, 0, &message);
                rocksdb_checkpoint_object_destroy(checkpoint);
        }
        return !message || db_fault(error, directory, "making a checkpoint", message);
}

static bool copy_family(Db *from, Db *to, DbFamily family, DbBatch *batch, GError **error)
{
        DbIter *iter = db_iter(from, family, (Span){NULL, 0}, NULL, DB_SCAN);
        bool ok = true;
        for (Span key, value; ok && db_iter_next(iter, &key, &value);) {
                db_batch_put(batch, to, family, key, value);
                if (db_batch_len(batch) >= COPY_BATCH_ROWS)
                        ok = db_write(to, batch, error);
        }
        return db_iter_end(iter, ok ? error : NULL) && ok && db_write(to, batch, error);
}

/* RocksDB makes no checkpoint of a database that is open for reading only, so its rows are copied. */
static bool copy_rows(Db *from, const char *directory, GError **error)
{
        g_autoptr(Db) to = db_open(directory, DB_CREATE, error);
        if (!to)
                return false;
        DbBatch *batch = db_batch_new();
        bool ok = true;
        for (DbFamily f = 0; ok && f < DB_FAMILIES; f++)
                ok = copy_family(from, to, f, batch, error);
        db_batch_free(batch);
        return ok;
}

bool db_copy(Db *db, const char *directory, GError **error)
{
        return db->writes ? copy_checkpoint(db, directory, error) : copy_rows(db, directory, error);
}
