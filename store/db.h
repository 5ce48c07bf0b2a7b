/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db.h - RocksDB's C API as this room wants it: errors as GError, families by number, prefix iterators,
 * batches that can be read through before they are written. Knows nothing of keys or records. Only db.c
 * includes <rocksdb/c.h>.
 *
 * Errors: FAULT_NOT_FOUND no database there; FAULT_BUSY another writer (with its process id where it can be
 * had); FAULT_SCHEMA holds families this program does not know; FAULT_DISK full, unreadable or damaged, with
 * the file's name. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "core/error.h"
#include "core/span.h"

typedef enum {
        DB_LISTINGS,
        DB_ARTIFACTS,
        DB_OBSERVATIONS,
        DB_VECTORS,
        DB_FINDINGS,
        DB_HOSTS,
        DB_SWEEPS,
        DB_META,
        DB_COUNTERS, /* 64-bit little-endian numbers, added up by RocksDB */
        DB_FRAMES,
        DB_CONDUCT,
        DB_POLICIES,
        DB_ERRANDS,
        DB_FAMILIES
} DbFamily;

typedef struct Db Db;

typedef enum {
        DB_READ,        /* a view frozen at the opening; beside a writer too */
        DB_READ_SCHEMA, /* as DB_READ, but only DB_META is there: for a database with families we do not know
                         */
        DB_WRITE,
        DB_CREATE /* DB_WRITE, made when it is not there; the parent folder must be */
} DbMode;

Db *db_open(const char *directory, DbMode mode, GError **error);
void db_close(Db *db); /* iterators must be ended before; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_close)
bool db_exists(const char *directory);

/* ---- batches: written whole or not at all. Later operations on a key win over earlier ones. */
typedef struct DbBatch DbBatch;

DbBatch *db_batch_new(void);
void db_batch_free(DbBatch *batch); /* NULL is fine */
void db_batch_put(DbBatch *batch, const Db *db, DbFamily family, Span key, Span value);
void db_batch_delete(DbBatch *batch, const Db *db, DbFamily family, Span key);
void db_batch_add(DbBatch *batch, const Db *db, DbFamily family, Span key, uint64_t add); /* DB_COUNTERS */
size_t db_batch_len(const DbBatch *batch);

/* Durable when true is returned (synced log); the batch is empty then. On failure it stays as it was. */
bool db_write(Db *db, DbBatch *batch, GError **error);

/* ---- reads. `over`: sees that batch's puts and deletes as if they were written; NULL: what is written. */
/* NULL without error: absent */
GBytes *db_get(Db *db, DbFamily family, Span key, const DbBatch *over, GError **error);

/* The row with the greatest key under `prefix` that is <= upto. False without error: none. Free both. */
bool db_floor(Db *db, DbFamily family, Span prefix, Span upto, const DbBatch *over, GBytes **key,
              GBytes **value, GError **error);

typedef enum {
        DB_SCAN = 1 /* a long walk: reads ahead and leaves the cache as it is */
} DbIterFlags;

/* Rows under a prefix in key order, as of this call. Key and value are borrowed until the next call on the
 * iterator. */
typedef struct DbIter DbIter;
DbIter *db_iter(Db *db, DbFamily family, Span prefix, const DbBatch *over, DbIterFlags flags);
void db_iter_seek(DbIter *iter, Span key); /* the next row is the first with a key >= this */
bool db_iter_next(DbIter *iter, Span *key, Span *value);
bool db_iter_end(DbIter *iter, GError **error); /* frees it; false: it stopped on something unreadable */

/* ---- copies. `directory` must not exist; its parent must. */
bool db_copy(Db *db, const char *directory, GError **error);

#endif
