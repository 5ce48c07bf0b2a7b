/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power_driver - a crawl without a network, for scripts/torture-power, and a look at every row of a database.
 *
 *   power_driver work FOLDER ERRANDS SEED [STOP]   makes the sweep "power" with so many errands, or goes on with it: leases some,
 *                                           completes them, flushes now and then. Prints "ID" lines: what the flush that
 *                                           has just returned acknowledged, in one write. With STOP it ends after so many
 *                                           completions, the last ones not flushed and the database not closed.
 *   power_driver rows FOLDER [write]        prints a line a row: number of the family, key, SHA-256 of the value, the
 *                                           latter two in hex. "write": opened by a writer, which repairs what a power
 *                                           failure left. Prints nothing and ends with 2 where no database is.
 *
 * What an errand brings depends on its id alone, so that a sweep ends with the same rows however often it was cut. */
#include "store/inside.h"

#include "core/clock.h"
#include "core/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST   "https://power.invalid:443"
#define MARKET "power"
#define PASSES "all:1"

enum { SWEEP = 1, LEASE_MS = 60000, AT_ONCE = 12, BULK_EVERY = 8, BULK_BYTES = 150000, NOT_THERE = 2 };

typedef struct {
        Store *store;
        GRand *chance;
        GString *said; /* completed since the last flush */
        char *owner;
        unsigned left; /* completions until it stops */
} Work;

static void must(bool ok, GError *error)
{
        if (ok)
                return;
        fprintf(stderr, "power_driver: %s\n", error ? error->message : "no reason given");
        exit(1);
}

static void put(StoreBatch *batch, StoreTable table, const StoreKey *key, const ProtobufCMessage *message)
{
        g_autoptr(GBytes) packed = record_pack_message(message);
        store_put(batch, table, key, record_span(packed));
}

/* ---- work ---------------------------------------------------------------------------------------------- */

static void put_sweep(Store *store, const char *state)
{
        g_autoptr(GError) error = NULL;
        Sweep sweep = SWEEP__INIT;
        sweep.id = SWEEP;
        sweep.name = (char *)"power";
        sweep.state = (char *)state;
        sweep.passes = (char *)PASSES;
        StoreBatch *batch = store_batch_new(store);
        put(batch, STORE_SWEEPS, &(StoreKey){.sweep = SWEEP}, &sweep.base);
        must(store_commit(store, batch, &error), error);
}

static Errand errand_of(const char *id)
{
        Errand errand = ERRAND__INIT;
        errand.sweep = SWEEP;
        errand.id = (char *)id;
        errand.kind = ERRAND__KIND__APK;
        errand.market = (char *)MARKET;
        errand.package = (char *)id;
        errand.host = (char *)HOST;
        errand.has_due_ms = true;
        return errand;
}

static void put_facts(StoreBatch *batch, const char *id, const char *sha256)
{
        Facts facts = FACTS__INIT;
        bool bulky = g_str_hash(id) % BULK_EVERY ==
                     0; /* of more than one block of RocksDB's log, and of one write */
        g_autofree char *detail = g_strnfill(bulky ? g_str_hash(id) % BULK_BYTES : 16, 'd');
        facts.sha256 = (char *)sha256;
        facts.outcome = (char *)"analysed";
        facts.package = (char *)id;
        facts.passes = (char *)PASSES;
        facts.detail = detail;
        put(batch, STORE_ARTIFACTS, &(StoreKey){.artifact = sha256, .passes = PASSES}, &facts.base);
}

static StoreBatch *results_of(Store *store, const char *id)
{
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(store);
        StoreKey key = {.sweep = SWEEP, .layer = "facts", .market = MARKET, .package = id};
        char sha256[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(id), sha256);
        Listing listing = LISTING__INIT;
        listing.market = (char *)MARKET;
        listing.package = (char *)id;
        must(store_put_listing(batch, SWEEP, &listing, &error), error);
        put_facts(batch, id, sha256);
        Observation seen = OBSERVATION__INIT;
        seen.outcome = (char *)"analysed";
        seen.artifact = sha256;
        put(batch, STORE_OBSERVATIONS, &key, &seen.base);
        g_autofree char *signer = g_strconcat("signer:", sha256, NULL);
        g_autoptr(GPtrArray) ids = g_ptr_array_new();
        g_ptr_array_add(ids, (char *)"permission:android.permission.CAMERA");
        g_ptr_array_add(ids, signer);
        store_put_vector(batch, &key, ids);
        store_count(batch, SWEEP, "apps", 1);
        return batch;
}

/* Every second errand of the first ones finds another. */
static bool finds_more(const char *id)
{
        return !strchr(id, '+') && g_str_hash(id) % 2 == 0;
}

static void flush(Work *work)
{
        g_autoptr(GError) error = NULL;
        must(store_flush(work->store, &error), error);
        if (work->said->len &&
            write(STDOUT_FILENO, work->said->str, work->said->len) != (ssize_t)work->said->len)
                exit(1);
        g_string_truncate(work->said, 0);
}

static void complete(Work *work, const Errand *errand)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *more = g_strconcat(errand->id, "+", NULL);
        Errand next = errand_of(more);
        const Errand *nexts[] = {&next};
        must(store_complete(work->store, errand, results_of(work->store, errand->id), nexts,
                            finds_more(errand->id) ? 1 : 0, &error),
             error);
        g_string_append_printf(work->said, "%s\n", errand->id);
        if (--work->left == 0)
                _exit(0);
        if (g_rand_int_range(work->chance, 0, 4) == 0)
                flush(work);
}

static size_t lease_and_complete(Work *work)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) some = g_ptr_array_new();
        g_autoptr(GError) error = NULL;
        size_t most = (size_t)g_rand_int_range(work->chance, 1, AT_ONCE);
        must(store_lease(work->store, SWEEP, HOST, work->owner, clock_now_ms(), LEASE_MS, most, arena, some,
                         &error),
             error);
        for (guint i = 0; i < some->len; i++)
                complete(work, g_ptr_array_index(some, i));
        return some->len;
}

static void begin(Store *store, unsigned n, const char *owner)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        if (!store_sweep_named(store, "power", arena, NULL))
                put_sweep(store, "open");
        must(store_reclaim(store, SWEEP, owner, clock_now_ms(), NULL, &error), error);
        for (unsigned i = 0; i < n; i++) {
                g_autofree char *id = g_strdup_printf("app.%04u", i);
                Errand errand = errand_of(id);
                const Errand *one[] = {&errand};
                must(store_enqueue(store, one, 1, NULL, &error), error);
        }
}

static int work_on(const char *folder, unsigned n, unsigned seed, unsigned stop)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *owner = g_strdup_printf("power-%u", seed);
        Work work = {.owner = owner,
                     .left = stop,
                     .said = g_string_new(NULL),
                     .chance = g_rand_new_with_seed(seed)};
        work.store = store_open(folder, STORE_CREATE, &error);
        must(work.store != NULL, error);
        begin(work.store, n, owner);
        while (lease_and_complete(&work))
                ;
        flush(&work);
        put_sweep(work.store, "done");
        store_close(work.store);
        g_rand_free(work.chance);
        g_string_free(work.said, TRUE);
        return 0;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static void print_row(DbFamily family, Span key, Span value)
{
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(value, hex);
        printf("%d ", (int)family + 1);
        for (size_t i = 0; i < key.len; i++)
                printf("%02x", key.data[i]);
        printf(" %s\n", hex);
}

static int print_rows(const char *folder, StoreMode mode)
{
        GError *error = NULL;
        g_autoptr(Store) store = store_open(folder, mode, &error);
        if (!store && fault_is(error, FAULT_NOT_FOUND))
                return g_error_free(error), NOT_THERE;
        must(store != NULL, error);
        for (DbFamily family = 0; family < DB_FAMILIES; family++) {
                DbIter *iter = db_iter(store->db, family, (Span){NULL, 0}, NULL, DB_SCAN);
                for (Span key, value; db_iter_next(iter, &key, &value);)
                        print_row(family, key, value);
                must(db_iter_end(iter, &error), error);
        }
        return 0;
}

int main(int argc, char **argv)
{
        const char *verb = argc > 2 ? argv[1] : "";
        if (g_str_equal(verb, "work") && argc >= 5)
                return work_on(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10),
                               argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 0);
        if (g_str_equal(verb, "rows"))
                return print_rows(argv[2], argc > 3 ? STORE_WRITE : STORE_READ);
        fputs("usage: power_driver work FOLDER ERRANDS SEED [STOP] | rows FOLDER [write]\n", stderr);
        return 2;
}
