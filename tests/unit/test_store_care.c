/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may open the store, what is found when it is damaged, and copies. */
#include "unit/store_words.h"

#include "store/inside.h"

#include <sys/stat.h>

enum { APPS = 3000 };

static int enter(void **state)
{
        *state = new_folder();
        return 0;
}

static int leave(void **state)
{
        remove_folder(*state);
        return 0;
}

static void fill(const char *folder, unsigned apps)
{
        g_autoptr(GError) error = NULL;
        Store *store = must_open(folder, STORE_CREATE);
        put_sweep(store, 1, "first");
        StoreBatch *batch = store_batch_new(store);
        for (unsigned i = 0; i < apps; i++) {
                g_autofree char *package = g_strdup_printf("org.example.app%u", i);
                g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, package, -1);
                put_app(batch, 1, package, digest);
        }
        must_succeed(store_commit(store, batch, &error), error);
        Errand a = errand_named(1, "a", 0), b = errand_named(1, "b", 0), c = errand_named(1, "c", 9);
        const Errand *all[] = {&a, &b, &c};
        must_succeed(store_enqueue(store, all, 3, NULL, &error), error);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) two = must_lease(store, 1, "me", 5, 2, arena);
        must_succeed(store_complete(store, two->pdata[0], NULL, NULL, 0, &error), error);
        must_flush(store);
        store_close(store);
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static void assert_refused(const char *uri, StoreMode mode, Fault code, const char *says)
{
        g_autoptr(GError) error = NULL;
        Store *store = store_open(uri, mode, &error);
        assert_null(store);
        if (!fault_is(error, code) || !strstr(error->message, says))
                fail_msg("fault %d: %s", error->code, error->message);
}

static void what_is_not_there_is_not_found(void **state)
{
        const char *folder = *state;
        g_autofree char *absent = g_build_filename(folder, "absent", NULL);
        assert_refused(absent, STORE_READ, FAULT_NOT_FOUND, absent);
        assert_refused(absent, STORE_WRITE, FAULT_NOT_FOUND, absent);
        assert_false(g_file_test(absent, G_FILE_TEST_EXISTS));
        assert_refused("postgresql://host/db", STORE_CREATE, FAULT_UNSUPPORTED, "rocksdb:DIR");
        assert_refused("rocksdb:", STORE_CREATE, FAULT_USAGE, "no folder");
        g_autofree char *file = g_build_filename(folder, "file", NULL);
        g_autofree char *below = g_build_filename(file, "below", NULL);
        assert_true(g_file_set_contents(file, "x", 1, NULL));
        assert_refused(below, STORE_CREATE, FAULT_IO, "making the folder");
}

static void set_schema(const char *folder, const char *number)
{
        Store *store = must_open(folder, STORE_WRITE);
        KeyBytes key;
        key_spell_schema(&key);
        db_batch_put(store->gathered, store->db, DB_META, key_span(&key), span_str(number));
        must_flush(store);
        store_close(store);
}

static void a_newer_schema_is_refused_with_both_numbers(void **state)
{
        fill(*state, 1);
        set_schema(*state, "7");
        for (StoreMode mode = STORE_READ; mode <= STORE_CREATE; mode++)
                assert_refused(*state, mode, FAULT_SCHEMA,
                               "(schema 7; this program reads up to 2): use the newer program");
}

static void a_schema_that_is_no_number_is_damage(void **state)
{
        fill(*state, 1);
        set_schema(*state, "new");
        assert_refused(*state, STORE_READ, FAULT_DISK, "damaged");
}

/* A child holds the store open for writing until its stdin closes. */
static int hold(const char *folder)
{
        Store *store = must_open(folder, STORE_WRITE);
        char c;
        if (write(STDOUT_FILENO, "r", 1) != 1 || read(STDIN_FILENO, &c, 1) < 0)
                return 1;
        store_close(store);
        return 0;
}

static void a_second_writer_is_told_who_the_first_is(void **state)
{
        fill(*state, 3);
        Child child = start_child("hold", *state);
        char ready;
        assert_int_equal(read(child.from, &ready, 1), 1);
        g_autofree char *who = g_strdup_printf("another overreach is writing %s/db (process %d)",
                                               (char *)*state, (int)child.pid);
        assert_refused(*state, STORE_WRITE, FAULT_BUSY, who);
        assert_refused(*state, STORE_CREATE, FAULT_BUSY, who);
        Store *reader = must_open(*state, STORE_READ); /* reading goes on beside it */
        assert_true(store_has(reader, STORE_SWEEPS, &(StoreKey){.sweep = 1}));
        must_be_whole(reader);
        store_close(reader);
        assert_refused(*state, STORE_WRITE, FAULT_BUSY, who); /* the look at the lock did not break it */
        assert_int_equal(end_child(&child), 0);
        Store *writer = must_open(*state, STORE_WRITE);
        assert_refused(*state, STORE_WRITE, FAULT_BUSY, "this process has");
        Child other = start_child("hold", *state);
        assert_int_not_equal(end_child(&other), 0); /* and ours still keeps others out */
        store_close(writer);
}

static void a_reader_writes_nothing(void **state)
{
        fill(*state, 3);
        g_autoptr(GError) error = NULL;
        Store *reader = must_open(*state, STORE_READ);
        StoreBatch *batch = store_batch_new(reader);
        store_put(batch, STORE_HOSTS, &(StoreKey){.name = "h"}, span_str("x"));
        assert_false(store_commit(reader, batch, &error));
        assert_true(fault_is(error, FAULT_BUG));
        g_clear_error(&error);
        Errand a = errand_named(1, "new", 0);
        const Errand *one[] = {&a};
        assert_false(store_enqueue(reader, one, 1, NULL, &error));
        assert_true(fault_is(error, FAULT_BUG));
        must_flush(reader);
        assert_counts(reader, 1, 1, 1, 1, 0);
        store_close(reader);
}

/* ---- damage -------------------------------------------------------------------------------------------- */

/* The largest file of the database with this ending, as a path; g_free it. */
static char *largest(const char *folder, const char *ending)
{
        g_autofree char *path = g_build_filename(folder, "db", NULL);
        g_autoptr(GDir) db = g_dir_open(path, 0, NULL);
        char *best = NULL;
        off_t size = -1;
        for (const char *name; (name = g_dir_read_name(db));) {
                char *file = g_build_filename(path, name, NULL);
                struct stat st;
                if (g_str_has_suffix(name, ending) && stat(file, &st) == 0 && st.st_size > size) {
                        size = st.st_size;
                        g_free(best);
                        best = file;
                } else {
                        g_free(file);
                }
        }
        assert_non_null(best);
        return best;
}

static void flip(const char *path, double where)
{
        int fd = open(path, O_RDWR | O_CLOEXEC);
        struct stat st = {0};
        assert_true(fd >= 0 && fstat(fd, &st) == 0);
        off_t at = (off_t)((double)st.st_size * where);
        uint8_t bytes[16];
        assert_int_equal(pread(fd, bytes, sizeof bytes, at), sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] ^= 0x5a;
        assert_int_equal(pwrite(fd, bytes, sizeof bytes, at), sizeof bytes);
        close(fd);
}

static void a_flipped_byte_in_a_table_file_is_found_and_named(void **state)
{
        fill(*state, APPS);
        store_close(must_open(*state, STORE_WRITE)); /* what lay in the log goes into table files */
        g_autofree char *path = largest(*state, ".sst");
        g_autofree char *name = g_path_get_basename(path);
        flip(path, 0.3);
        Store *store = must_open(*state, STORE_READ);
        g_autoptr(GPtrArray) lines = problems_of(store);
        assert_true(lines->len > 0);
        bool named = false;
        for (guint i = 0; i < lines->len; i++)
                named |= strstr(lines->pdata[i], name) && strstr(lines->pdata[i], "damaged");
        if (!named)
                fail_msg("%s is not named, but: %s", name, (char *)lines->pdata[0]);
        store_close(store);
}

static void a_flipped_byte_inside_the_log_is_not_passed_over(void **state)
{
        fill(*state, 50);
        g_autofree char *path = largest(*state, ".log");
        flip(path, 0.3);
        assert_refused(*state, STORE_WRITE, FAULT_DISK, "damaged");
}

static void a_torn_last_record_of_the_log_is_what_a_kill_leaves(void **state)
{
        fill(*state, 50);
        g_autofree char *path = largest(*state, ".log");
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, st.st_size - 3), 0);
        Store *store = must_open(*state, STORE_WRITE);
        assert_counts(store, 1, 3, 0, 0, 0); /* all but the last flush: the leases and the completion */
        must_be_whole(store);
        store_close(store);
}

/* ---- references ---------------------------------------------------------------------------------------- */

static void delete_row(Store *store, DbFamily family, const KeyBytes *key)
{
        g_autoptr(GBytes) row = db_get(store->db, family, key_span(key), NULL, NULL);
        assert_non_null(row);
        db_batch_delete(store->gathered, store->db, family, key_span(key));
        must_flush(store);
}

static void assert_told(const char *folder, const char *what)
{
        Store *store = must_open(folder, STORE_READ);
        g_autoptr(GPtrArray) lines = problems_of(store);
        bool told = false;
        for (guint i = 0; i < lines->len; i++)
                told |= strstr(lines->pdata[i], what) != NULL;
        if (!told)
                fail_msg("%u problems, none says \"%s\"; the first: %s", lines->len, what,
                         lines->len ? (char *)lines->pdata[0] : "");
        store_close(store);
}

static void verify_tells_of_rows_that_point_nowhere(void **state)
{
        fill(*state, 3);
        Store *store = must_open(*state, STORE_WRITE);
        KeyBytes key;
        g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "org.example.app0", -1);
        assert_true(
                key_spell(STORE_ARTIFACTS, &(StoreKey){.artifact = digest, .passes = "all:1"}, &key, NULL));
        delete_row(store, DB_ARTIFACTS, &key);
        StoreKey app1 = {.sweep = 1, .market = "f-droid", .package = "org.example.app1"};
        assert_true(key_spell(STORE_LISTINGS, &app1, &key, NULL));
        delete_row(store, DB_LISTINGS, &key);
        app1.package = "org.example.app2";
        assert_true(key_spell(STORE_OBSERVATIONS, &app1, &key, NULL));
        delete_row(store, DB_OBSERVATIONS, &key);
        key_spell_fact(2, &key);
        delete_row(store, DB_META, &key);
        assert_true(key_spell_errand(&(ErrandKey){ERRAND_WAITING, 1, HOST, 9, "c"}, &key, NULL));
        delete_row(store, DB_ERRANDS, &key);
        assert_true(key_spell_errand(&(ErrandKey){.row = ERRAND_OPEN, .sweep = 1, .id = "b"}, &key, NULL));
        delete_row(store, DB_ERRANDS, &key);
        StoreBatch *batch = store_batch_new(store);
        store_put(batch, STORE_SWEEPS, &(StoreKey){.sweep = 4}, span_str("\xff\xff no record"));
        assert_true(store_commit(store, batch, NULL));
        store_close(store);
        assert_told(*state, "org.example.app0: its artifact");
        assert_told(*state, "observations of sweep 1, f-droid, org.example.app1: there is no listing");
        assert_told(*state, "vectors of sweep 1, facts, f-droid, org.example.app2: there is no observation");
        assert_told(*state, "fact id 2 has no text");
        assert_told(*state, "c of sweep 1 is in no index");
        assert_told(*state, "an index names b of sweep 1");
        assert_told(*state, "sweeps of sweep 4: its record cannot be read");
}

static void verify_counts_what_it_read(void **state)
{
        fill(*state, 5);
        Store *store = must_open(*state, STORE_READ);
        StoreCheck check;
        assert_true(store_verify(store, &check, NULL, NULL, NULL));
        assert_int_equal(check.problems, 0);
        assert_int_equal(check.rows[STORE_OBSERVATIONS], 5);
        assert_int_equal(check.rows[STORE_VECTORS], 5);
        assert_int_equal(check.rows[STORE_LISTINGS], 5);
        assert_int_equal(check.rows[STORE_ARTIFACTS], 5);
        assert_int_equal(check.rows[STORE_SWEEPS], 1);
        assert_int_equal(check.rows[STORE_COUNTERS], 1);
        assert_int_equal(check.rows[STORE_META], 0);
        assert_int_equal(check.errands, 3);
        store_close(store);
}

/* ---- copies -------------------------------------------------------------------------------------------- */

static bool is_crawlers(DbFamily family) /* which this world has no rows in */
{
        return family == DB_FRAMES || family == DB_CONDUCT || family == DB_POLICIES;
}

static void assert_same_rows(Store *a, Store *b)
{
        for (DbFamily family = 0; family < DB_FAMILIES; family++) {
                DbIter *x = db_iter(a->db, family, (Span){NULL, 0}, NULL, 0),
                       *y = db_iter(b->db, family, (Span){NULL, 0}, NULL, 0);
                size_t n = 0;
                Span key, value, other_key, other_value;
                for (; db_iter_next(x, &key, &value); n++) {
                        assert_true(db_iter_next(y, &other_key, &other_value));
                        assert_true(span_eq(key, other_key) && span_eq(value, other_value));
                }
                assert_false(db_iter_next(y, &other_key, &other_value));
                assert_true(db_iter_end(x, NULL) && db_iter_end(y, NULL));
                assert_true(n > 0 || family == DB_FINDINGS || family == DB_HOSTS || is_crawlers(family));
        }
}

static void a_backup_opens_by_itself_and_is_equal(void **state)
{
        const char *folder = *state;
        g_autofree char *study = g_build_filename(folder, "study", NULL);
        g_autofree char *deep = g_build_filename(study, "files", "deep", NULL);
        g_autofree char *parts = g_build_filename(study, "parts", NULL);
        g_autofree char *index = g_build_filename(deep, "index.json", NULL);
        fill(study, APPS);
        assert_int_equal(g_mkdir_with_parents(deep, 0755), 0);
        assert_int_equal(g_mkdir_with_parents(parts, 0755), 0);
        assert_true(g_file_set_contents(index, "{}", 2, NULL));
        for (StoreMode mode = STORE_READ; mode <= STORE_WRITE; mode++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *copy = g_strdup_printf("%s/new/copy%d", folder, mode);
                g_autofree char *copied = g_build_filename(copy, "files", "deep", "index.json", NULL);
                g_autofree char *no_parts = g_build_filename(copy, "parts", NULL);
                Store *store = must_open(study, mode);
                must_succeed(store_backup(store, copy, &error), error);
                Store *other = must_open(copy, STORE_WRITE);
                assert_same_rows(store, other);
                must_be_whole(other);
                assert_counts(other, 1, 1, 1, 1, 0);
                store_close(other);
                assert_true(g_file_test(copied, G_FILE_TEST_IS_REGULAR));
                assert_false(g_file_test(no_parts, G_FILE_TEST_EXISTS));
                assert_false(store_backup(store, copy, &error));
                assert_true(fault_is(error, FAULT_USAGE));
                store_close(store);
        }
}

int main(int argc, char **argv)
{
        if (argc == 4 && g_str_equal(argv[1], "child"))
                return hold(argv[3]);
#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)
        const struct CMUnitTest tests[] = {
                T(what_is_not_there_is_not_found),
                T(a_newer_schema_is_refused_with_both_numbers),
                T(a_schema_that_is_no_number_is_damage),
                T(a_second_writer_is_told_who_the_first_is),
                T(a_reader_writes_nothing),
                T(a_flipped_byte_in_a_table_file_is_found_and_named),
                T(a_flipped_byte_inside_the_log_is_not_passed_over),
                T(a_torn_last_record_of_the_log_is_what_a_kill_leaves),
                T(verify_tells_of_rows_that_point_nowhere),
                T(verify_counts_what_it_read),
                T(a_backup_opens_by_itself_and_is_equal),
        };
#undef T
        return cmocka_run_group_tests(tests, NULL, NULL);
}
