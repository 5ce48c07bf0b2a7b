/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/store_words.h"

#include "core/factid.h"

typedef struct {
        char *folder, *uri;
        Store *store;
} Room;

static int enter(void **state)
{
        Room *room = g_new0(Room, 1);
        room->folder = new_folder();
        room->uri = g_build_filename(room->folder, "parents", "made", "study", NULL);
        room->store = must_open(room->uri, STORE_CREATE);
        *state = room;
        return 0;
}

static int leave(void **state)
{
        Room *room = *state;
        store_close(room->store);
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

static void put_seen(StoreBatch *batch, uint32_t sweep, const char *market, const char *package)
{
        StoreKey key = {.sweep = sweep, .market = market, .package = package};
        store_put(batch, STORE_OBSERVATIONS, &key, span_str(package));
}

static char *walked(Store *store, StoreTable table, StoreKey prefix)
{
        g_autoptr(GError) error = NULL;
        GString *all = g_string_new(NULL);
        StoreWalk *walk = store_walk(store, table, &prefix);
        Span value;
        for (StoreKey key; store_walk_next(walk, &key, &value);)
                g_string_append_printf(all, "%u/%s/%s=%.*s ", key.sweep, key.market, key.package,
                                       (int)value.len, (const char *)value.data);
        must_succeed(store_walk_end(walk, &error), error);
        return g_string_free(all, FALSE);
}

static void commit(Store *store, StoreBatch *batch)
{
        g_autoptr(GError) error = NULL;
        must_succeed(store_commit(store, batch, &error), error);
}

static void walks_go_by_sweep_then_market_then_package(void **state)
{
        Room *room = *state;
        StoreBatch *batch = store_batch_new(room->store);
        put_seen(batch, 300, "a", "x");
        put_seen(batch, 2, "m", "a.b.c");
        put_seen(batch, 2, "m", "a.b");
        put_seen(batch, 2, "m", "a");
        put_seen(batch, 2, "m2", "a");
        put_seen(batch, 1, "z", "z");
        commit(room->store, batch);
        g_autofree char *all = walked(room->store, STORE_OBSERVATIONS, (StoreKey){0});
        assert_string_equal(all, "1/z/z=z 2/m/a=a 2/m/a.b=a.b 2/m/a.b.c=a.b.c 2/m2/a=a 300/a/x=x ");
        g_autofree char *market =
                walked(room->store, STORE_OBSERVATIONS, (StoreKey){.sweep = 2, .market = "m"});
        assert_string_equal(market, "2/m/a=a 2/m/a.b=a.b 2/m/a.b.c=a.b.c ");
        g_autofree char *package = walked(room->store, STORE_OBSERVATIONS,
                                          (StoreKey){.sweep = 2, .market = "m", .package = "a.b"});
        assert_string_equal(package, "2/m/a.b=a.b ");
        g_autofree char *none = walked(room->store, STORE_OBSERVATIONS, (StoreKey){.sweep = 3});
        assert_string_equal(none, "");
}

static void a_walk_sees_the_state_at_its_opening(void **state)
{
        Room *room = *state;
        StoreBatch *batch = store_batch_new(room->store);
        put_seen(batch, 1, "m", "a");
        put_seen(batch, 1, "m", "b");
        commit(room->store, batch);
        StoreWalk *walk = store_walk(room->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = 1});
        batch = store_batch_new(room->store);
        store_delete(batch, STORE_OBSERVATIONS, &(StoreKey){.sweep = 1, .market = "m", .package = "b"});
        put_seen(batch, 1, "m", "c");
        commit(room->store, batch);
        StoreKey key;
        Span value;
        assert_true(store_walk_next(walk, &key, &value));
        assert_true(store_walk_next(walk, &key, &value));
        assert_string_equal(key.package, "b");
        assert_false(store_walk_next(walk, &key, &value));
        assert_true(store_walk_end(walk, NULL));
        g_autofree char *now = walked(room->store, STORE_OBSERVATIONS, (StoreKey){.sweep = 1});
        assert_string_equal(now, "1/m/a=a 1/m/c=c ");
}

static void a_walk_with_an_endless_prefix_ends_with_the_reason(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        g_autofree char *endless = g_strnfill(5000, 'x');
        StoreWalk *walk =
                store_walk(room->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = 1, .market = endless});
        StoreKey key;
        Span value;
        assert_false(store_walk_next(walk, &key, &value));
        assert_false(store_walk_end(walk, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
}

static void names_in_meta_stand_apart_from_fact_ids(void **state)
{
        Room *room = *state;
        StoreBatch *batch = store_batch_new(room->store);
        put_app(batch, 1, "a.b", "aa");
        store_put(batch, STORE_META, &(StoreKey){.name = "market/m"}, span_str("M"));
        store_put(batch, STORE_META, &(StoreKey){.name = "empty"}, (Span){NULL, 0});
        commit(room->store, batch);
        StoreWalk *walk = store_walk(room->store, STORE_META, &(StoreKey){0});
        StoreKey key;
        Span value;
        assert_true(store_walk_next(walk, &key, &value));
        assert_string_equal(key.name, "empty");
        assert_int_equal(value.len, 0);
        assert_true(store_walk_next(walk, &key, &value));
        assert_string_equal(key.name, "market/m");
        assert_false(store_walk_next(walk, &key, &value));
        assert_true(store_walk_end(walk, NULL));
        assert_true(store_has(room->store, STORE_META, &(StoreKey){.name = "empty"}));
        g_autoptr(GError) error = NULL;
        assert_null(store_get(room->store, STORE_META, &(StoreKey){.name = "absent"}, &error));
        assert_null(error);
}

static void put_listed(Store *store, uint32_t sweep, const char *package, const char *label)
{
        g_autoptr(GError) error = NULL;
        Listing listing;
        listing__init(&listing);
        listing.market = "m";
        listing.package = (char *)package;
        listing.label = (char *)label;
        StoreBatch *batch = store_batch_new(store);
        must_succeed(store_put_listing(batch, sweep, &listing, &error), error);
        commit(store, batch);
}

static void assert_listed(Store *store, uint32_t sweep, const char *package, const char *label)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GBytes) row = store_listing(store, "m", package, sweep, &error);
        must_succeed(!error, error);
        if (!label) {
                assert_null(row);
                return;
        }
        assert_non_null(row);
        gsize len;
        const void *data = g_bytes_get_data(row, &len);
        const Listing *listing = record_listing(arena, span_of(data, len), &error);
        must_succeed(listing != NULL, error);
        assert_string_equal(listing->label, label);
}

static unsigned versions(Store *store, const char *package)
{
        unsigned n = 0;
        StoreWalk *walk = store_walk(store, STORE_LISTINGS, &(StoreKey){.market = "m", .package = package});
        Span value;
        for (StoreKey key; store_walk_next(walk, &key, &value);)
                n++;
        assert_true(store_walk_end(walk, NULL));
        return n;
}

static void a_listing_is_written_only_when_it_changed(void **state)
{
        Room *room = *state;
        put_listed(room->store, 1, "a.b", "Torch");
        put_listed(room->store, 1, "a.b.c", "Other");
        put_listed(room->store, 2, "a.b", "Torch");
        put_listed(room->store, 4, "a.b", "Lamp");
        put_listed(room->store, 4, "a.b", "Lamp");
        put_listed(room->store, 6, "a.b", "Torch");
        assert_int_equal(versions(room->store, "a.b"), 3);
        assert_listed(room->store, 1, "a.b", "Torch");
        assert_listed(room->store, 3, "a.b", "Torch");
        assert_listed(room->store, 4, "a.b", "Lamp");
        assert_listed(room->store, 5, "a.b", "Lamp");
        assert_listed(room->store, 900, "a.b", "Torch");
        assert_listed(room->store, 900, "a.b.c", "Other");
        put_listed(room->store, 3, "late", "Late");
        assert_listed(room->store, 2, "late", NULL);
        assert_listed(room->store, 9, "a", NULL);
}

static void a_resumed_older_sweep_leaves_what_a_newer_one_saw(void **state)
{
        Room *room = *state;
        for (uint32_t sweep = 1; sweep <= 3; sweep++)
                put_sweep(room->store, sweep, "s");
        put_listed(room->store, 1, "a.b", "Torch");
        put_listed(room->store, 3, "a.b", "Torch"); /* unchanged, so not written */
        put_listed(room->store, 2, "a.b", "Lamp");  /* resumed */
        assert_listed(room->store, 1, "a.b", "Torch");
        assert_listed(room->store, 2, "a.b", "Lamp");
        assert_listed(room->store, 3, "a.b", "Torch");
        assert_listed(room->store, 4, "a.b", "Torch");
}

/* The texts of a vector, sorted. */
static char *vector_texts(Store *store, StoreKey key)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) row = store_get(store, STORE_VECTORS, &key, &error);
        assert_non_null(row);
        gsize len;
        const void *data = g_bytes_get_data(row, &len);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        assert_true(vector_decode(span_of(data, len), ids));
        GString *texts = g_string_new(NULL);
        for (guint i = 0; i < ids->len; i++)
                g_string_append_printf(texts, "%s ", store_fact(store, g_array_index(ids, guint32, i)));
        return g_string_free(texts, FALSE);
}

static void put_ids(StoreBatch *batch, const char *package, const char *const *texts)
{
        g_autoptr(GPtrArray) ids = g_ptr_array_new();
        for (; *texts; texts++)
                g_ptr_array_add(ids, (char *)*texts);
        StoreKey key = {.sweep = 1, .layer = "facts", .market = "m", .package = package};
        store_put_vector(batch, &key, ids);
}

static void fact_ids_keep_their_numbers_across_openings(void **state)
{
        Room *room = *state;
        StoreKey a = {.sweep = 1, .layer = "facts", .market = "m", .package = "a"}, b = a, empty = a;
        b.package = "b";
        empty.package = "empty";
        StoreBatch *batch = store_batch_new(room->store);
        put_ids(batch, "a", (const char *[]){"sdk:x", "permission:p", "sdk:x", NULL});
        put_ids(batch, "empty", (const char *[]){NULL});
        commit(room->store, batch);
        assert_int_equal(store_fact_count(room->store), 2);
        reopen(room);
        assert_int_equal(store_fact_count(room->store), 2);
        batch = store_batch_new(room->store);
        put_ids(batch, "b", (const char *[]){"permission:p", "new", NULL});
        commit(room->store, batch);
        reopen(room);
        assert_int_equal(store_fact_count(room->store), 3);
        g_autofree char *texts_a = vector_texts(room->store, a), *texts_b = vector_texts(room->store, b),
                        *texts_empty = vector_texts(room->store, empty);
        assert_string_equal(texts_a, "sdk:x permission:p ");
        assert_string_equal(texts_b, "permission:p new ");
        assert_string_equal(texts_empty, "");
        assert_null(store_fact(room->store, 0));
        assert_null(store_fact(room->store, 4));
}

static void a_number_given_out_in_a_dropped_batch_still_has_its_text(void **state)
{
        Room *room = *state;
        StoreBatch *dropped = store_batch_new(room->store), *kept = store_batch_new(room->store);
        put_ids(dropped, "never", (const char *[]){"first", NULL});
        put_ids(kept, "a", (const char *[]){"first", "second", NULL});
        store_batch_free(dropped);
        commit(room->store, kept);
        reopen(room);
        StoreKey a = {.sweep = 1, .layer = "facts", .market = "m", .package = "a"};
        g_autofree char *texts = vector_texts(room->store, a);
        assert_string_equal(texts, "first second ");
}

static void counters_add_up(void **state)
{
        Room *room = *state;
        for (int i = 0; i < 3; i++) {
                StoreBatch *batch = store_batch_new(room->store);
                store_count(batch, 7, "bytes", UINT64_C(5000000000));
                store_count(batch, 7, "bytes", 1);
                commit(room->store, batch);
        }
        assert_true(counter(room->store, 7, "bytes") == UINT64_C(15000000003));
        reopen(room);
        assert_true(counter(room->store, 7, "bytes") == UINT64_C(15000000003));
        assert_int_equal(counter(room->store, 7, "other"), 0);
        assert_int_equal(store_number(span_str("four")), 0);
}

static void sweeps_are_found_by_number_by_name_and_latest(void **state)
{
        Room *room = *state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        assert_int_equal(store_next_sweep(room->store), 1);
        assert_null(store_sweep_named(room->store, "latest", arena, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        g_clear_error(&error);
        put_sweep(room->store, 1, "spring");
        put_sweep(room->store, 2, "autumn");
        put_sweep(room->store, 3, "spring");
        assert_int_equal(store_next_sweep(room->store), 4);
        assert_int_equal(store_sweep_named(room->store, "latest", arena, &error)->id, 3);
        assert_int_equal(store_sweep_named(room->store, "2", arena, &error)->id, 2);
        assert_int_equal(store_sweep_named(room->store, "spring", arena, &error)->id, 3);
        assert_null(store_sweep_named(room->store, "winter", arena, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        assert_non_null(strstr(error->message, "1 (spring), 2 (autumn), 3 (spring)"));
        g_clear_error(&error);
        assert_null(store_sweep_named(room->store, "9", arena, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)
        const struct CMUnitTest tests[] = {
                T(walks_go_by_sweep_then_market_then_package),
                T(a_walk_sees_the_state_at_its_opening),
                T(a_walk_with_an_endless_prefix_ends_with_the_reason),
                T(names_in_meta_stand_apart_from_fact_ids),
                T(a_listing_is_written_only_when_it_changed),
                T(a_resumed_older_sweep_leaves_what_a_newer_one_saw),
                T(fact_ids_keep_their_numbers_across_openings),
                T(a_number_given_out_in_a_dropped_batch_still_has_its_text),
                T(counters_add_up),
                T(sweeps_are_found_by_number_by_name_and_latest),
        };
#undef T
        return cmocka_run_group_tests(tests, NULL, NULL);
}
