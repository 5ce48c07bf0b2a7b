/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A power failure leaves the last record of RocksDB's logs in part. (scripts/torture-power tries many more states.) */
#include "unit/store_words.h"

#include "store/torn.h"

enum { LARGE = 100000, TORN = 30000 };

static void put_bytes(Store *store, const char *name, size_t size)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = g_strnfill(size, 'b');
        StoreBatch *batch = store_batch_new(store);
        store_put(batch, STORE_META, &(StoreKey){.name = name}, span_of(bytes, size));
        must_succeed(store_commit(store, batch, &error), error);
}

/* A database with a small, a large and, when wanted, another small record in its log of writes. */
static char *new_database(bool with_last)
{
        char *folder = new_folder();
        g_autoptr(Store) store = must_open(folder, STORE_CREATE);
        put_bytes(store, "first", 10);
        put_bytes(store, "large", LARGE);
        if (with_last)
                put_bytes(store, "last", 10);
        return folder;
}

/* The one file of the database with this start or end of its name that is not empty. */
static char *log_of(const char *folder, const char *start, const char *end)
{
        g_autofree char *directory = g_build_filename(folder, "db", NULL);
        g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
        char *found = NULL;
        for (const char *name; (name = g_dir_read_name(files));) {
                if (!g_str_has_prefix(name, start) || !g_str_has_suffix(name, end))
                        continue;
                assert_null(found);
                found = g_build_filename(directory, name, NULL);
        }
        assert_non_null(found);
        return found;
}

static off_t size_of(const char *path)
{
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        return st.st_size;
}

static void overwrite(const char *path, off_t at, const void *bytes, size_t size)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, size, at), size);
        close(fd);
}

static bool has(Store *store, const char *name)
{
        return store_has(store, STORE_META, &(StoreKey){.name = name});
}

static void a_torn_last_record_is_cut_off_and_the_rest_is_there(void **state)
{
        char *folder = new_database(false);
        g_autofree char *log = log_of(folder, "", ".log");
        g_autofree char *zeros = g_malloc0(TORN);
        overwrite(log, size_of(log) - TORN, zeros, TORN);
        g_autoptr(Store) store = must_open(folder, STORE_WRITE);
        assert_true(has(store, "first"));
        assert_false(has(store, "large"));
        must_be_whole(store);
        g_clear_pointer(&store, store_close);
        remove_folder(folder);
}

static void a_hole_in_the_last_record_tears_it_too(void **state)
{
        char *folder = new_database(false);
        g_autofree char *log = log_of(folder, "", ".log");
        g_autofree char *zeros = g_malloc0(TORN);
        overwrite(log, size_of(log) - 2 * (off_t)TORN, zeros, TORN);
        g_autoptr(Store) store = must_open(folder, STORE_WRITE);
        assert_true(has(store, "first"));
        assert_false(has(store, "large"));
        g_clear_pointer(&store, store_close);
        remove_folder(folder);
}

static void a_bad_record_before_a_whole_one_is_damage_and_stays(void **state)
{
        g_autoptr(GError) error = NULL;
        char *folder = new_database(true);
        g_autofree char *log = log_of(folder, "", ".log");
        off_t before = size_of(log);
        overwrite(log, before / 2, "x", 1);
        assert_null(store_open(folder, STORE_WRITE, &error));
        assert_true(fault_is(error, FAULT_DISK));
        assert_int_equal(size_of(log), before);
        remove_folder(folder);
}

static void a_torn_last_record_of_the_list_of_files_is_cut_off(void **state)
{
        static const uint8_t torn[107] = {1, 2, 3, 4, 100, 0, 1}; /* a header, whose 100 bytes are zeros */
        char *folder = new_database(true);
        g_autofree char *manifest = log_of(folder, "MANIFEST-", "");
        overwrite(manifest, size_of(manifest), torn, sizeof torn);
        g_autoptr(Store) store = must_open(folder, STORE_WRITE);
        assert_true(has(store, "first") && has(store, "large") && has(store, "last"));
        g_clear_pointer(&store, store_close);
        remove_folder(folder);
}

static void a_whole_log_is_left_as_it_is(void **state)
{
        g_autoptr(GError) error = NULL;
        char *folder = new_database(true);
        g_autofree char *log = log_of(folder, "", ".log");
        g_autofree char *directory = g_build_filename(folder, "db", NULL);
        off_t before = size_of(log);
        bool mended = true;
        must_succeed(torn_mend(directory, &mended, &error), error);
        assert_false(mended);
        assert_int_equal(size_of(log), before);
        remove_folder(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_torn_last_record_is_cut_off_and_the_rest_is_there),
                cmocka_unit_test(a_hole_in_the_last_record_tears_it_too),
                cmocka_unit_test(a_bad_record_before_a_whole_one_is_damage_and_stays),
                cmocka_unit_test(a_torn_last_record_of_the_list_of_files_is_cut_off),
                cmocka_unit_test(a_whole_log_is_left_as_it_is),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
