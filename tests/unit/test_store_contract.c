/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every backend of the store promises about errands. $OVERREACH_TEST_STORE names the store to ask;
 * without it a fresh one in a temporary folder is asked. Each test works in a sweep of its own. */
#include "unit/store_words.h"

typedef struct {
        Store *store;
        Arena *arena;
        char *uri;
        char *folder; /* NULL: not ours to remove */
        uint32_t sweep;
} Room;

static int enter(void **state)
{
        Room *room = g_new0(Room, 1);
        const char *uri = g_getenv("OVERREACH_TEST_STORE");
        room->folder = uri ? NULL : new_folder();
        room->uri = uri ? g_strdup(uri) : g_strdup_printf("rocksdb:%s/study", room->folder);
        room->store = must_open(room->uri, STORE_CREATE);
        room->arena = arena_new();
        room->sweep = store_next_sweep(room->store);
        put_sweep(room->store, room->sweep, "contract");
        *state = room;
        return 0;
}

static int leave(void **state)
{
        Room *room = *state;
        store_close(room->store);
        arena_free(room->arena);
        if (room->folder)
                remove_folder(room->folder);
        g_free(room->uri);
        g_free(room);
        return 0;
}

static void reopen(Room *room)
{
        store_close(room->store);
        room->store = must_open(room->uri, STORE_WRITE);
}

static void queue(Room *room, const char *id, int64_t due_ms)
{
        Errand errand = errand_named(room->sweep, id, due_ms);
        assert_int_equal(must_enqueue(room->store, &errand), 1);
}

static Errand *lease_one(Room *room, const char *owner, int64_t now_ms)
{
        g_autoptr(GPtrArray) out = must_lease(room->store, room->sweep, owner, now_ms, 1, room->arena);
        return out->len ? out->pdata[0] : NULL;
}

static void an_errand_is_queued_once(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        Errand a = errand_named(room->sweep, "apk/a", 0), b = errand_named(room->sweep, "apk/b", 0);
        const Errand *twice[] = {&a, &b, &a};
        size_t added;
        must_succeed(store_enqueue(room->store, twice, 3, &added, &error), error);
        assert_int_equal(added, 2);
        assert_int_equal(must_enqueue(room->store, &a), 0);
        Errand *leased = lease_one(room, "me", 5);
        assert_int_equal(must_enqueue(room->store, &a), 0); /* leased */
        must_succeed(store_complete(room->store, leased, NULL, NULL, 0, &error), error);
        assert_int_equal(must_enqueue(room->store, &a), 0); /* done, but only gathered */
        leased = lease_one(room, "me", 5);
        assert_string_equal(leased->id, "apk/b");
        must_succeed(store_fail(room->store, leased, "gone", -1, NULL, &error), error);
        must_flush(room->store);
        assert_int_equal(must_enqueue(room->store, &b), 0); /* dead */
        reopen(room);
        assert_int_equal(must_enqueue(room->store, &a), 0);
        assert_int_equal(must_enqueue(room->store, &b), 0);
        Errand other = errand_named(room->sweep + 1000, "apk/a", 0);
        assert_int_equal(must_enqueue(room->store, &other), 1); /* another sweep is another errand */
}

static void leases_come_oldest_first_and_only_when_due(void **state)
{
        Room *room = *state;
        queue(room, "c", 30);
        queue(room, "a", 10);
        queue(room, "late", 1000);
        queue(room, "b", 20);
        g_autoptr(GPtrArray) none = must_lease(room->store, room->sweep, "me", 9, 10, room->arena);
        assert_int_equal(none->len, 0);
        g_autoptr(GPtrArray) two = must_lease(room->store, room->sweep, "me", 500, 2, room->arena);
        assert_int_equal(two->len, 2);
        assert_string_equal(((Errand *)two->pdata[0])->id, "a");
        assert_string_equal(((Errand *)two->pdata[1])->id, "b");
        assert_string_equal(((Errand *)two->pdata[0])->owner, "me");
        assert_int_equal(((Errand *)two->pdata[0])->lease_until_ms, 1500);
        queue(room, "earlier", 5); /* earlier than all that was passed already */
        g_autoptr(GPtrArray) rest = must_lease(room->store, room->sweep, "me", 500, 10, room->arena);
        assert_int_equal(rest->len, 2);
        assert_string_equal(((Errand *)rest->pdata[0])->id, "earlier");
        assert_string_equal(((Errand *)rest->pdata[1])->id, "c");
        assert_counts(room->store, room->sweep, 1, 4, 0, 0);
        must_flush(room->store);
        reopen(room);
        assert_counts(room->store, room->sweep, 1, 4, 0, 0);
}

static void an_ended_lease_and_a_gone_owner_give_their_errands_back(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "mine-live", 0);
        queue(room, "mine-slow", 1);
        queue(room, "theirs", 2);
        Errand *live = lease_one(room, "me", 100);
        assert_string_equal(lease_one(room, "me", 100)->id, "mine-slow");
        assert_string_equal(lease_one(room, "them", 100)->id, "theirs");
        assert_null(lease_one(room, "anyone", 100)); /* leased errands are given to nobody else */
        must_succeed(store_extend(room->store, live, 9000, &error), error);
        size_t returned;
        must_succeed(store_reclaim(room->store, room->sweep, "me", 1101, &returned, &error), error);
        assert_int_equal(returned, 2);
        assert_counts(room->store, room->sweep, 2, 1, 0, 0);
        Errand *again = lease_one(room, "me", 1101);
        assert_string_equal(again->id, "mine-slow");
        assert_int_equal(again->attempts, 0);
        must_succeed(store_reclaim(room->store, room->sweep, "next process", 1101, &returned, &error), error);
        assert_int_equal(returned, 2);
        assert_counts(room->store, room->sweep, 3, 0, 0, 0);
        assert_false(store_extend(room->store, live, 99999, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND)); /* nobody holds it any more */
}

static void an_extended_lease_lasts(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        Errand *a = lease_one(room, "me", 100);
        must_succeed(store_extend(room->store, a, 5000, &error), error);
        size_t returned;
        must_succeed(store_reclaim(room->store, room->sweep, "me", 4999, &returned, &error), error);
        assert_int_equal(returned, 0);
        must_succeed(store_reclaim(room->store, room->sweep, "me", 5001, &returned, &error), error);
        assert_int_equal(returned, 1);
}

static void completing_is_one_unit(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "index", 0);
        Errand *index = lease_one(room, "me", 1);
        StoreBatch *results = store_batch_new(room->store);
        put_app(results, room->sweep, "a.b", "aa");
        Errand first = errand_named(room->sweep, "apk/1", 0), second = errand_named(room->sweep, "apk/2", 0);
        const Errand *next[] = {&first, &second, &first, index};
        must_succeed(store_complete(room->store, index, results, next, 4, &error), error);
        StoreKey key = {.sweep = room->sweep, .market = "f-droid", .package = "a.b"};
        assert_false(store_has(room->store, STORE_OBSERVATIONS, &key)); /* not acknowledged yet */
        assert_int_equal(store_gathered(room->store), 1);
        must_flush(room->store);
        assert_int_equal(store_gathered(room->store), 0);
        assert_true(store_has(room->store, STORE_OBSERVATIONS, &key));
        assert_int_equal(counter(room->store, room->sweep, "apps"), 1);
        assert_counts(room->store, room->sweep, 2, 0, 1, 0);
        reopen(room);
        assert_true(store_has(room->store, STORE_OBSERVATIONS, &key));
        assert_counts(room->store, room->sweep, 2, 0, 1, 0);
}

static void what_was_not_flushed_is_done_again_after_a_stop(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        Errand *a = lease_one(room, "me", 1);
        StoreBatch *results = store_batch_new(room->store);
        put_app(results, room->sweep, "a.b", "aa");
        must_succeed(store_complete(room->store, a, results, NULL, 0, &error), error);
        reopen(room); /* without a flush: the lease is as if it had never been */
        assert_counts(room->store, room->sweep, 1, 0, 0, 0);
        assert_int_equal(counter(room->store, room->sweep, "apps"), 0);
        StoreKey key = {.sweep = room->sweep, .market = "f-droid", .package = "a.b"};
        assert_false(store_has(room->store, STORE_OBSERVATIONS, &key));
}

static void a_result_that_cannot_be_stored_leaves_the_errand_open(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        g_autofree char *endless = g_strnfill(4097, 'x');
        queue(room, "a", 0);
        Errand *a = lease_one(room, "me", 1);
        StoreBatch *results = store_batch_new(room->store);
        store_put(results, STORE_HOSTS, &(StoreKey){.name = "kept-out"}, span_str("x"));
        store_put(results, STORE_HOSTS, &(StoreKey){.name = endless}, span_str("x"));
        assert_false(store_complete(room->store, a, results, NULL, 0, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        g_clear_error(&error);
        Errand next = errand_named(room->sweep, endless, 0);
        const Errand *nexts[] = {&next};
        assert_false(store_complete(room->store, a, NULL, nexts, 1, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_int_equal(store_gathered(room->store), 0);
        must_flush(room->store);
        assert_false(store_has(room->store, STORE_HOSTS, &(StoreKey){.name = "kept-out"}));
        assert_counts(room->store, room->sweep, 0, 1, 0, 0);
}

static void a_completion_in_memory_counts_for_leases_and_queueing(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        Errand *a = lease_one(room, "me", 1);
        Errand b = errand_named(room->sweep, "b", 0);
        const Errand *next[] = {&b};
        must_succeed(store_complete(room->store, a, NULL, next, 1, &error), error);
        assert_int_equal(store_gathered(room->store), 1);
        assert_counts(room->store, room->sweep, 1, 0, 1, 0);
        assert_int_equal(must_enqueue(room->store, &b), 0);
        Errand *found = lease_one(room, "me", 1); /* found by a completion that is still only gathered */
        assert_string_equal(found->id, "b");
        must_succeed(store_complete(room->store, found, NULL, NULL, 0, &error), error);
        assert_null(lease_one(room, "me", INT64_MAX / 2));
        assert_false(store_complete(room->store, found, NULL, NULL, 0, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        assert_counts(room->store, room->sweep, 0, 0, 2, 0);
}

static void an_ended_errand_stores_nothing_more(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        Errand *a = lease_one(room, "me", 1);
        must_succeed(store_complete(room->store, a, NULL, NULL, 0, &error), error);
        must_flush(room->store);
        StoreBatch *late = store_batch_new(room->store);
        store_count(late, room->sweep, "late", 1);
        assert_false(store_complete(room->store, a, late, NULL, 0, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        g_clear_error(&error);
        assert_false(store_fail(room->store, a, "late", 5, NULL, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        must_flush(room->store);
        assert_int_equal(counter(room->store, room->sweep, "late"), 0);
}

static void another_owners_lease_is_respected(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        Errand mine = *lease_one(room, "me", 1);
        mine.owner = "somebody else";
        assert_false(store_complete(room->store, &mine, NULL, NULL, 0, &error));
        assert_true(fault_is(error, FAULT_BUSY));
        g_clear_error(&error);
        assert_false(store_extend(room->store, &mine, 5, &error));
        assert_true(fault_is(error, FAULT_BUSY));
        assert_counts(room->store, room->sweep, 0, 1, 0, 0);
}

static void a_failed_errand_waits_for_its_time_and_remembers_why(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        for (int64_t attempt = 1; attempt <= 3; attempt++) {
                Errand *a = lease_one(room, "me", attempt * 100);
                assert_non_null(a);
                assert_int_equal(a->attempts, attempt - 1);
                must_succeed(store_fail(room->store, a, "503 \xff", attempt * 100 + 100, NULL, &error),
                             error);
                assert_null(lease_one(room, "me", attempt * 100 + 99));
                if (attempt == 2)
                        must_flush(room->store);
        }
        must_flush(room->store);
        reopen(room);
        Errand *a = lease_one(room, "me", 400);
        assert_int_equal(a->attempts, 3);
        assert_string_equal(a->last_error, "503 \xef\xbf\xbd");
        assert_int_equal(a->due_ms, 400);
        StoreBatch *results = store_batch_new(room->store);
        store_count(results, room->sweep, "unfetched", 1);
        must_succeed(store_fail(room->store, a, "gave up", -1, results, &error), error);
        must_flush(room->store);
        reopen(room);
        assert_counts(room->store, room->sweep, 0, 0, 0, 1);
        assert_int_equal(counter(room->store, room->sweep, "unfetched"), 1);
        assert_null(lease_one(room, "me", 99999));
}

static void a_failed_errand_may_wait_for_another_mirror(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "a", 0);
        Errand *a = lease_one(room, "me", 100);
        Errand moved = *a;
        moved.host = (char *)"https://mirror.example.org";
        moved.base_url = (char *)"https://mirror.example.org/repo";
        must_succeed(store_fail(room->store, &moved, "no-connection", 200, NULL, &error), error);
        must_flush(room->store);
        reopen(room);
        assert_null(lease_one(room, "me", 300)); /* not at the first host */
        g_autoptr(GPtrArray) out = g_ptr_array_new();
        must_succeed(store_lease(room->store, room->sweep, moved.host, "me", 300, 100, 1, room->arena, out,
                                 &error),
                     error);
        assert_int_equal(out->len, 1);
        a = out->pdata[0];
        assert_string_equal(a->base_url, moved.base_url);
        assert_int_equal(a->attempts, 1);
}

static void hosts_with_work_are_named_with_the_earliest_time(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        Errand a = errand_named(room->sweep, "a", 70), b = errand_named(room->sweep, "b", 50),
               c = errand_named(room->sweep, "c", 60), far = errand_named(room->sweep + 1000, "far", 1);
        a.host = "https://a:1";
        b.host = "https://a:12"; /* begins like the other one */
        c.host = "https://a:12";
        const Errand *all[] = {&a, &b, &c, &far};
        must_succeed(store_enqueue(room->store, all, 4, NULL, &error), error);
        g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(g_free);
        int64_t due;
        must_succeed(store_waiting_hosts(room->store, room->sweep, hosts, &due, &error), error);
        assert_int_equal(hosts->len, 2);
        assert_string_equal(hosts->pdata[0], "https://a:1");
        assert_string_equal(hosts->pdata[1], "https://a:12");
        assert_int_equal(due, 50);
        g_autoptr(GPtrArray) out = g_ptr_array_new();
        must_succeed(store_lease(room->store, room->sweep, "https://a:1", "me", 100, 10, 9, room->arena, out,
                                 &error),
                     error);
        assert_int_equal(out->len, 1);
        must_succeed(store_lease(room->store, room->sweep, "https://a:12", "me", 50, 10, 9, room->arena, out,
                                 &error),
                     error);
        assert_int_equal(out->len, 2);
        g_ptr_array_set_size(hosts, 0);
        must_succeed(store_waiting_hosts(room->store, room->sweep, hosts, &due, &error), error);
        assert_int_equal(hosts->len, 1);
        assert_int_equal(due, 60);
        must_succeed(store_fail(room->store, out->pdata[0], "again", 20, NULL, &error), error);
        g_ptr_array_set_size(hosts, 0);
        must_succeed(store_waiting_hosts(room->store, room->sweep, hosts, &due, &error), error);
        assert_int_equal(hosts->len, 2);
        assert_int_equal(due, 20);
        g_ptr_array_set_size(hosts, 0);
        must_succeed(store_waiting_hosts(room->store, room->sweep + 500, hosts, &due, &error), error);
        assert_int_equal(hosts->len, 0);
        assert_true(due == INT64_MAX);
}

static void note_id(const Errand *errand, void *ids)
{
        g_string_append_printf(ids, "%s%s ", errand->id, errand->owner ? "!" : "");
}

static void open_errands_are_told_by_id(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        queue(room, "b", 3);
        queue(room, "a", 9);
        queue(room, "c", 1);
        Errand *c = lease_one(room, "me", 5);
        lease_one(room, "me", 5);
        must_succeed(store_complete(room->store, c, NULL, NULL, 0, &error), error);
        g_autoptr(GString) ids = g_string_new(NULL);
        must_succeed(store_each_errand(room->store, room->sweep, note_id, ids, &error), error);
        assert_string_equal(ids->str, "a b! ");
}

static void many_errands_are_all_leased_once(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        enum { MANY = 5000 };
        g_autofree const Errand **all = g_new(const Errand *, MANY);
        for (unsigned i = 0; i < MANY; i++) {
                Errand *errand = arena_new0(room->arena, Errand);
                *errand = errand_named(room->sweep, arena_printf(room->arena, "apk/%u", i), i % 7);
                all[i] = errand;
        }
        size_t added;
        must_succeed(store_enqueue(room->store, all, MANY, &added, &error), error);
        assert_int_equal(added, MANY);
        for (;;) {
                g_autoptr(GPtrArray) some = must_lease(room->store, room->sweep, "me", 100, 333, room->arena);
                if (!some->len)
                        break;
                for (guint i = 0; i < some->len; i++) {
                        Errand *errand = some->pdata[i];
                        assert_true(g_hash_table_add(seen, errand->id));
                        must_succeed(store_complete(room->store, errand, NULL, NULL, 0, &error), error);
                }
        }
        must_flush(room->store);
        assert_int_equal(g_hash_table_size(seen), MANY);
        assert_counts(room->store, room->sweep, 0, 0, MANY, 0);
        must_be_whole(room->store);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)
        const struct CMUnitTest tests[] = {
                T(an_errand_is_queued_once),
                T(leases_come_oldest_first_and_only_when_due),
                T(an_ended_lease_and_a_gone_owner_give_their_errands_back),
                T(an_extended_lease_lasts),
                T(completing_is_one_unit),
                T(what_was_not_flushed_is_done_again_after_a_stop),
                T(a_result_that_cannot_be_stored_leaves_the_errand_open),
                T(a_completion_in_memory_counts_for_leases_and_queueing),
                T(an_ended_errand_stores_nothing_more),
                T(another_owners_lease_is_respected),
                T(a_failed_errand_waits_for_its_time_and_remembers_why),
                T(a_failed_errand_may_wait_for_another_mirror),
                T(hosts_with_work_are_named_with_the_earliest_time),
                T(open_errands_are_told_by_id),
                T(many_errands_are_all_leased_once),
        };
#undef T
        return cmocka_run_group_tests(tests, NULL, NULL);
}
