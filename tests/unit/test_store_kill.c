/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process that completes errands is killed at moments of chance. What it said was acknowledged must be
 * there and whole, and nothing may be there by half. */
#include "unit/store_words.h"

#include "core/clock.h"

#include <poll.h>
#include <signal.h>

enum { FRONTIER = 200, KILLS = 10, COMPLETIONS = 10000, GATHER = 100, ROUNDS = 8, LOOKS = 3 };

/* Completes errands for ever. Each brings one app and finds one errand, so that FRONTIER of them are always
 * open. */
static int crawl(const char *directory)
{
        g_autofree char *owner = g_strdup_printf("crawl-%d", (int)getpid());
        Store *store = must_open(directory, STORE_WRITE);
        must_succeed(store_reclaim(store, 1, owner, 0, NULL, NULL), NULL);
        g_autoptr(GRand) chance = g_rand_new_with_seed((guint32)getpid());
        for (;;) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GPtrArray) some =
                        must_lease(store, 1, owner, 1, (size_t)g_rand_int_range(chance, 1, 40), arena);
                g_autoptr(GString) acknowledged = g_string_new(NULL);
                for (guint i = 0; i < some->len; i++) {
                        const Errand *errand = some->pdata[i];
                        StoreBatch *results = store_batch_new(store);
                        put_app(results, 1, errand->id, errand->id);
                        Errand next = errand_named(1, arena_printf(arena, "%s+", errand->id), 0);
                        const Errand *nexts[] = {&next};
                        if (strlen(errand->id) > 60) /* starts over under a short name */
                                next.id = arena_printf(arena, "%d-%u", (int)getpid(), g_rand_int(chance));
                        must_succeed(store_complete(store, errand, results, nexts, 1, NULL), NULL);
                        g_string_append_printf(acknowledged, "%s\n", errand->id);
                        if (g_rand_int_range(chance, 0, 8) && i + 1 < some->len)
                                continue;
                        must_flush(store);
                        if (write(STDOUT_FILENO, acknowledged->str, acknowledged->len) !=
                            (ssize_t)acknowledged->len)
                                return 1;
                        g_string_truncate(acknowledged, 0);
                }
        }
}

static void fill_frontier(const char *directory)
{
        Store *store = must_open(directory, STORE_CREATE);
        for (unsigned i = 0; i < FRONTIER; i++) {
                g_autofree char *id = g_strdup_printf("%u", i);
                Errand errand = errand_named(1, id, 0);
                must_enqueue(store, &errand);
        }
        store_close(store);
}

static void must_hold(Store *store, GHashTable *acknowledged)
{
        GHashTableIter each;
        void *id;
        g_hash_table_iter_init(&each, acknowledged);
        while (g_hash_table_iter_next(&each, &id, NULL)) {
                StoreKey key = {.sweep = 1, .layer = "facts", .market = "f-droid", .package = id};
                if (!store_has(store, STORE_OBSERVATIONS, &key) || !store_has(store, STORE_VECTORS, &key))
                        fail_msg("errand %s was acknowledged and its result is lost", (char *)id);
                StoreKey artifact = {.artifact = id, .passes = "all:1"};
                assert_true(store_has(store, STORE_ARTIFACTS, &artifact));
                Errand again = errand_named(1, id, 0);
                const Errand *one[] = {&again};
                size_t added;
                must_succeed(store_enqueue(store, one, 1, &added, NULL), NULL);
                assert_int_equal(added, 0);
        }
}

static size_t rows_of(Store *store, StoreTable table)
{
        size_t n = 0;
        StoreWalk *walk = store_walk(store, table, &(StoreKey){0});
        Span value;
        for (StoreKey key; store_walk_next(walk, &key, &value);)
                n++;
        assert_true(store_walk_end(walk, NULL));
        return n;
}

/* Every result has its ended errand and the other way round, and the frontier is as large as it always was.
 */
static void must_balance(Store *store)
{
        ErrandCounts counts = must_count(store, 1);
        assert_int_equal(counts.waiting + counts.leased, FRONTIER);
        assert_int_equal(rows_of(store, STORE_OBSERVATIONS), counts.done);
        assert_int_equal(rows_of(store, STORE_VECTORS), counts.done);
        assert_int_equal(counter(store, 1, "apps"), counts.done);
        must_be_whole(store);
}

/* Kills the child some time after its first word and notes every whole line it said. */
static void kill_some_time(Child *child, unsigned wait_ms, GHashTable *acknowledged)
{
        char first;
        assert_int_equal(read(child->from, &first, 1), 1);
        g_usleep(wait_ms * 1000UL);
        kill(child->pid, SIGKILL);
        g_autofree char *rest = hear_child(child);
        int status = end_child(child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        g_autofree char *said = g_strdup_printf("%c%s", first, rest);
        char *line = said;
        for (char *end; (end = strchr(line, '\n')); line = end + 1)
                g_hash_table_add(acknowledged, g_strndup(line, (gsize)(end - line)));
}

static void nothing_acknowledged_is_lost_by_kills(void **state)
{
        (void)state;
        char *folder = new_folder();
        guint32 seed = (guint32)g_get_real_time();
        g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
        g_autoptr(GHashTable) acknowledged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        fill_frontier(folder);
        for (int i = 0; i < KILLS; i++) {
                Child child = start_child("crawl", folder);
                kill_some_time(&child, (unsigned)g_rand_int_range(chance, 0, 250), acknowledged);
                Store *store = must_open(folder, STORE_WRITE);
                must_hold(store, acknowledged);
                must_balance(store);
                store_close(store);
        }
        print_message("%d kills (seed %u): %u acknowledged, 0 lost\n", KILLS, seed,
                      g_hash_table_size(acknowledged));
        assert_true(g_hash_table_size(acknowledged) > KILLS);
        remove_folder(folder);
}

/* A writer that starts moves what lay in its log into table files and deletes the log: readers race with that. */
static void a_reader_beside_a_writer_sees_whole_states_only(void **state)
{
        (void)state;
        char *folder = new_folder();
        g_autoptr(GHashTable) acknowledged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        fill_frontier(folder);
        uint64_t before = 0;
        for (int round = 0; round < ROUNDS; round++) {
                Child child = start_child("crawl", folder);
                fcntl(child.from, F_SETPIPE_SZ, 1 << 20);
                struct pollfd said = {.fd = child.from, .events = POLLIN};
                for (int more = LOOKS; more > 0; more -= poll(&said, 1, 0) == 1) {
                        Store *store = must_open(folder, STORE_READ);
                        ErrandCounts counts = must_count(store, 1);
                        assert_int_equal(counts.waiting + counts.leased, FRONTIER);
                        assert_int_equal(counter(store, 1, "apps"), counts.done);
                        assert_true(counts.done >= before);
                        before = counts.done;
                        if (more == 1)
                                must_balance(store);
                        store_close(store);
                }
                kill_some_time(&child, 0, acknowledged);
        }
        remove_folder(folder);
}

static void ten_thousand_completions_take_this_long(void **state)
{
        (void)state;
        char *folder = new_folder();
        fill_frontier(folder);
        Store *store = must_open(folder, STORE_WRITE);
        unsigned done = 0;
        int64_t started = clock_mono_ms();
        while (done < COMPLETIONS) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GPtrArray) some = must_lease(store, 1, "me", 1, GATHER, arena);
                for (guint i = 0; i < some->len; i++, done++) {
                        StoreBatch *results = store_batch_new(store);
                        g_autofree char *package = g_strdup_printf("org.example.app%u", done);
                        put_app(results, 1, package, package);
                        Errand next = errand_named(1, package, 0);
                        const Errand *nexts[] = {&next};
                        must_succeed(store_complete(store, some->pdata[i], results, nexts, 1, NULL), NULL);
                }
                must_flush(store);
        }
        int64_t took = MAX(clock_mono_ms() - started, 1);
        print_message(
                "%u completions, %d a sync, each with its lease, 6 rows and a new errand: %.0f a second\n",
                done, GATHER, done * 1000.0 / (double)took);
        must_balance(store);
        store_close(store);
        remove_folder(folder);
}

int main(int argc, char **argv)
{
        if (argc == 4 && g_str_equal(argv[1], "child"))
                return crawl(argv[3]);
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_acknowledged_is_lost_by_kills),
                cmocka_unit_test(a_reader_beside_a_writer_sees_whole_states_only),
                cmocka_unit_test(ten_thousand_completions_take_this_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
