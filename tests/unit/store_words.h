/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_words.h - what the store's tests say often: a folder that goes away, an errand, a result, another
 * process. */
#ifndef TESTS_STORE_WORDS_H
#define TESTS_STORE_WORDS_H

#include "unit/unit.h"

#include "store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOST "https://f-droid.org:443"

/* ---- folders */
static inline char *new_folder(void)
{
        char *path = g_dir_make_tmp("overreach-store-XXXXXX", NULL);
        assert_non_null(path);
        return path;
}

static inline int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
        (void)st, (void)kind, (void)at;
        return remove(path);
}

static inline void remove_folder(char *take_path)
{
        nftw(take_path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        g_free(take_path);
}

static inline Store *must_open(const char *uri, StoreMode mode)
{
        g_autoptr(GError) error = NULL;
        Store *store = store_open(uri, mode, &error);
        must_succeed(store != NULL, error);
        return store;
}

static inline void must_flush(Store *store)
{
        g_autoptr(GError) error = NULL;
        must_succeed(store_flush(store, &error), error);
}

/* ---- errands */
static inline Errand errand_named(uint32_t sweep, const char *id, int64_t due_ms)
{
        Errand errand;
        errand__init(&errand);
        errand.sweep = sweep;
        errand.id = (char *)id;
        errand.kind = ERRAND__KIND__APK;
        errand.market = "f-droid";
        errand.host = HOST;
        errand.has_due_ms = true;
        errand.due_ms = due_ms;
        return errand;
}

static inline size_t must_enqueue(Store *store, const Errand *errand)
{
        g_autoptr(GError) error = NULL;
        size_t added;
        must_succeed(store_enqueue(store, &errand, 1, &added, &error), error);
        return added;
}

static inline GPtrArray *must_lease(Store *store, uint32_t sweep, const char *owner, int64_t now_ms,
                                    size_t max, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        GPtrArray *out = g_ptr_array_new();
        must_succeed(store_lease(store, sweep, HOST, owner, now_ms, 1000, max, arena, out, &error), error);
        return out;
}

static inline ErrandCounts must_count(Store *store, uint32_t sweep)
{
        g_autoptr(GError) error = NULL;
        ErrandCounts counts;
        must_succeed(store_errand_counts(store, sweep, &counts, &error), error);
        return counts;
}

#define assert_counts(store, sweep, w, l, d, x)                                                              \
        do {                                                                                                 \
                ErrandCounts c_ = must_count((store), (sweep));                                              \
                assert_int_equal(c_.waiting, (w));                                                           \
                assert_int_equal(c_.leased, (l));                                                            \
                assert_int_equal(c_.done, (d));                                                              \
                assert_int_equal(c_.dead, (x));                                                              \
        } while (0)

/* ---- rows */
static inline void put_message(StoreBatch *batch, StoreTable table, const StoreKey *key,
                               const ProtobufCMessage *message)
{
        g_autoptr(GBytes) packed = record_pack_message(message);
        gsize len;
        const void *data = g_bytes_get_data(packed, &len);
        store_put(batch, table, key, span_of(data, len));
}

/* All that one app brings home: listing, facts, observation, vector, and a mark on a counter. */
static inline void put_app(StoreBatch *batch, uint32_t sweep, const char *package, const char *sha256)
{
        g_autoptr(GError) error = NULL;
        Listing listing;
        listing__init(&listing);
        listing.market = "f-droid";
        listing.package = (char *)package;
        must_succeed(store_put_listing(batch, sweep, &listing, &error), error);
        Facts facts;
        facts__init(&facts);
        facts.sha256 = (char *)sha256;
        facts.outcome = "analysed";
        facts.package = (char *)package;
        put_message(batch, STORE_ARTIFACTS, &(StoreKey){.artifact = sha256, .passes = "all:1"}, &facts.base);
        Observation seen;
        observation__init(&seen);
        seen.outcome = "analysed";
        seen.artifact = (char *)sha256;
        StoreKey key = {.sweep = sweep, .layer = "facts", .market = "f-droid", .package = package};
        put_message(batch, STORE_OBSERVATIONS, &key, &seen.base);
        g_autofree char *signer = g_strdup_printf("signer:%s", sha256);
        g_autoptr(GPtrArray) ids = g_ptr_array_new();
        g_ptr_array_add(ids, "permission:android.permission.CAMERA");
        g_ptr_array_add(ids, signer);
        store_put_vector(batch, &key, ids);
        store_count(batch, sweep, "apps", 1);
}

static inline void put_sweep(Store *store, uint32_t number, const char *name)
{
        g_autoptr(GError) error = NULL;
        Sweep sweep;
        sweep__init(&sweep);
        sweep.id = number;
        sweep.name = (char *)name;
        sweep.state = "open";
        StoreBatch *batch = store_batch_new(store);
        put_message(batch, STORE_SWEEPS, &(StoreKey){.sweep = number}, &sweep.base);
        must_succeed(store_commit(store, batch, &error), error);
}

static inline uint64_t counter(Store *store, uint32_t sweep, const char *name)
{
        g_autoptr(GBytes) row =
                store_get(store, STORE_COUNTERS, &(StoreKey){.sweep = sweep, .name = name}, NULL);
        gsize len = 0;
        const void *data = row ? g_bytes_get_data(row, &len) : NULL;
        return store_number(span_of(data, len));
}

static inline void note_problem(const char *line, void *lines)
{
        g_ptr_array_add(lines, g_strdup(line));
}

/* Lines that verify tells. */
static inline GPtrArray *problems_of(Store *store)
{
        g_autoptr(GError) error = NULL;
        StoreCheck check;
        GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
        must_succeed(store_verify(store, &check, note_problem, lines, &error), error);
        assert_int_equal(check.problems, lines->len);
        return lines;
}

static inline void must_be_whole(Store *store)
{
        GPtrArray *lines = problems_of(store);
        if (lines->len)
                fail_msg("%u problems, the first: %s", lines->len, (char *)lines->pdata[0]);
        g_ptr_array_unref(lines);
}

/* ---- another process: this program again as `child NAME DIR`; its stdin and stdout are pipes. (RocksDB's
 * threads do not survive a plain fork.) */
typedef struct {
        pid_t pid;
        int to, from;
} Child;

static inline Child start_child(const char *name, const char *directory)
{
        Child child = {-1, -1, -1};
        int in[2], out[2];
        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        child.pid = fork();
        assert_true(child.pid >= 0);
        if (child.pid == 0) {
                dup2(in[0], STDIN_FILENO);
                dup2(out[1], STDOUT_FILENO);
                execl("/proc/self/exe", "test", "child", name, directory, NULL);
                _exit(127);
        }
        close(in[0]);
        close(out[1]);
        child.to = in[1];
        child.from = out[0];
        return child;
}

/* Everything the child prints until it closes its output; g_free it. */
static inline char *hear_child(const Child *child)
{
        GString *said = g_string_new(NULL);
        char piece[4096];
        ssize_t n;
        while ((n = read(child->from, piece, sizeof piece)) > 0)
                g_string_append_len(said, piece, n);
        return g_string_free(said, FALSE);
}

static inline int end_child(Child *child)
{
        int status = -1;
        close(child->to);
        close(child->from);
        assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
        return status;
}

#endif
