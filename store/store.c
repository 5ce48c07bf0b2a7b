/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { SCHEMA = 2 }; /* 2: frames, conduct, policies */

G_STATIC_ASSERT((int)DB_LISTINGS == (int)STORE_LISTINGS && (int)DB_ARTIFACTS == (int)STORE_ARTIFACTS &&
                (int)DB_OBSERVATIONS == (int)STORE_OBSERVATIONS && (int)DB_VECTORS == (int)STORE_VECTORS &&
                (int)DB_FINDINGS == (int)STORE_FINDINGS && (int)DB_HOSTS == (int)STORE_HOSTS &&
                (int)DB_SWEEPS == (int)STORE_SWEEPS && (int)DB_META == (int)STORE_META &&
                (int)DB_COUNTERS == (int)STORE_COUNTERS && (int)DB_FRAMES == (int)STORE_FRAMES &&
                (int)DB_CONDUCT == (int)STORE_CONDUCT && (int)DB_POLICIES == (int)STORE_POLICIES &&
                (int)DB_ERRANDS == (int)STORE_TABLES);

/* ---- open ---------------------------------------------------------------------------------------------- */

/* "rocksdb:DIR" or DIR. */
static char *directory_of(const char *uri, GError **error)
{
        const char *directory = g_str_has_prefix(uri, "rocksdb:") ? uri + strlen("rocksdb:") : uri;
        if (strstr(directory, "://")) {
                fault(error, FAULT_UNSUPPORTED,
                      "%s: this program keeps its database in a folder: rocksdb:DIR", uri);
                return NULL;
        }
        if (!directory[0]) {
                fault(error, FAULT_USAGE, "\"%s\" names no folder for the database", uri);
                return NULL;
        }
        return g_canonicalize_filename(directory, NULL);
}

static bool schema_fault(const Store *store, const char *found, GError **error)
{
        return fault(
                error, FAULT_SCHEMA,
                "%s was written by a newer overreach (schema %s; this program reads up to %d): use the newer "
                "program, or give another folder",
                store->directory, found, SCHEMA);
}

static bool write_schema(Store *store, GError **error)
{
        KeyBytes key;
        key_spell_schema(&key);
        g_autofree char *text = g_strdup_printf("%d", SCHEMA);
        db_batch_put(store->gathered, store->db, DB_META, key_span(&key), span_str(text));
        return store_flush(store, error);
}

static bool check_schema(Store *store, StoreMode mode, GError **error)
{
        KeyBytes key;
        key_spell_schema(&key);
        GError *why = NULL;
        g_autoptr(GBytes) row = db_get(store->db, DB_META, key_span(&key), NULL, &why);
        if (why) {
                g_propagate_error(error, why);
                return false;
        }
        if (!row && mode == STORE_CREATE)
                return write_schema(store, error);
        if (!row)
                return fault(error, FAULT_NOT_FOUND, "there is no finished overreach database at %s",
                             store->directory);
        Span text = record_span(row);
        g_autofree char *found = g_strndup((const char *)text.data, MIN(text.len, 20));
        guint64 number;
        if (!g_ascii_string_to_unsigned(found, 10, 1, G_MAXINT, &number, NULL))
                return fault(error, FAULT_DISK, "%s: the database is damaged: its schema is \"%s\"",
                             store->directory, found);
        if (number > SCHEMA)
                return schema_fault(store, found, error);
        return mode == STORE_READ || number == SCHEMA ||
               write_schema(store, error); /* its new tables are made */
}

/* A database with tables we do not know: say which schema it has instead of which table is strange. */
static bool explain_strange(Store *store, const char *path, GError *take_strange, GError **error)
{
        store->db = db_open(path, DB_READ_SCHEMA, NULL);
        GError *newer = NULL;
        if (store->db && !check_schema(store, STORE_READ, &newer) && fault_is(newer, FAULT_SCHEMA)) {
                g_error_free(take_strange);
                g_propagate_error(error, newer);
                return false;
        }
        g_clear_error(&newer);
        g_propagate_error(error, take_strange);
        return false;
}

/* A folder's name is durable when the folder above it was synced: without that a power failure may take the database away
 * whole, whatever was synced inside. Folders that we may not read were not made by us. */
static bool sync_folders(const char *directory, GError **error)
{
        for (g_autofree char *path = g_strdup(directory); !g_str_equal(path, "/");) {
                int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                bool failed = fd >= 0 && fsync(fd) != 0 && errno == EIO;
                if (fd >= 0)
                        (void)close(fd);
                if (failed)
                        return fault_errno(error, FAULT_IO, EIO, "syncing the folder %s", path);
                char *above = g_path_get_dirname(path);
                g_free(path);
                path = above;
        }
        return true;
}

static bool open_db(Store *store, StoreMode mode, GError **error)
{
        static const DbMode modes[] = {
                [STORE_READ] = DB_READ, [STORE_WRITE] = DB_WRITE, [STORE_CREATE] = DB_CREATE};
        if (mode == STORE_CREATE && g_mkdir_with_parents(store->directory, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "making the folder %s", store->directory);
        g_autofree char *path = g_build_filename(store->directory, "db", NULL);
        GError *why = NULL;
        store->db = db_open(path, modes[mode], &why);
        if (store->db)
                return mode != STORE_CREATE || sync_folders(store->directory, error);
        if (fault_is(why, FAULT_SCHEMA))
                return explain_strange(store, path, why, error);
        g_propagate_error(error, why);
        return false;
}

static void free_tally(void *tally)
{
        tally_free(tally);
}

Store *store_open(const char *uri, StoreMode mode, GError **error)
{
        char *directory = directory_of(uri, error);
        if (!directory)
                return NULL;
        Store *store = g_new0(Store, 1);
        store->directory = directory;
        store->writable = mode != STORE_READ;
        store->tallies = g_hash_table_new_full(NULL, NULL, NULL, free_tally);
        store->fact_texts = g_ptr_array_new_with_free_func(g_free);
        store->fact_numbers = g_hash_table_new(g_str_hash, g_str_equal);
        if (store->writable)
                store->gathered = db_batch_new();
        if (open_db(store, mode, error) && check_schema(store, mode, error) && facts_load(store, error))
                return store;
        store_close(store);
        return NULL;
}

void store_close(Store *store)
{
        if (!store)
                return;
        db_batch_free(store->gathered);
        db_close(store->db);
        facts_free(store);
        g_hash_table_unref(store->tallies);
        g_clear_error(&store->failed);
        g_free(store->directory);
        g_free(store);
}

const char *store_directory(const Store *store)
{
        return store->directory;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

GBytes *store_get(Store *store, StoreTable table, const StoreKey *key, GError **error)
{
        KeyBytes bytes;
        return key_spell(table, key, &bytes, error)
                       ? db_get(store->db, (DbFamily)table, key_span(&bytes), NULL, error)
                       : NULL;
}

bool store_has(Store *store, StoreTable table, const StoreKey *key)
{
        g_autoptr(GBytes) row = store_get(store, table, key, NULL);
        return row != NULL;
}

uint64_t store_number(Span counter)
{
        uint64_t little = 0;
        if (counter.len == sizeof little)
                memcpy(&little, counter.data, sizeof little);
        return GUINT64_FROM_LE(little);
}
