/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/store_words.h"

#include "core/digest.h"
#include "store/blobs.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

/* ---- words */

typedef struct {
        char *folder;
        Store *store;
        char path[4096]; /* of the file that put() wrote last */
        char sha256[SHA256_HEX_SIZE];
} World;

static int open_world(void **state)
{
        World *w = g_new0(World, 1);
        w->folder = new_folder();
        w->store = must_open(w->folder, STORE_CREATE);
        *state = w;
        return 0;
}

static int close_world(void **state)
{
        World *w = *state;
        store_close(w->store);
        remove_folder(w->folder);
        g_free(w);
        return 0;
}

static Blobs *must_open_blobs(const World *w, uint64_t budget)
{
        g_autoptr(GError) error = NULL;
        Blobs *blobs = blobs_open(w->store, budget, &error);
        must_succeed(blobs != NULL, error);
        return blobs;
}

/* A downloaded file of `size` letters. */
static void put(World *w, char letter, size_t size)
{
        g_autofree char *text = g_strnfill(size, letter);
        (void)g_snprintf(w->path, sizeof w->path, "%s/download", w->folder);
        digest_sha256_hex(span_str(text), w->sha256);
        assert_true(g_file_set_contents(w->path, text, (gssize)size, NULL));
}

static void keep(World *w, Blobs *blobs, char letter, size_t size)
{
        g_autoptr(GError) error = NULL;
        put(w, letter, size);
        must_succeed(blobs_keep(blobs, w->path, w->sha256, &error), error);
}

static bool holds(Blobs *blobs, char letter, size_t size)
{
        char digest[SHA256_HEX_SIZE], seen[SHA256_HEX_SIZE];
        g_autofree char *text = g_strnfill(size, letter);
        digest_sha256_hex(span_str(text), digest);
        int fd = blobs_get(blobs, digest);
        if (fd < 0)
                return false;
        assert_true(digest_fd_hex(fd, seen, NULL));
        close(fd);
        assert_string_equal(seen, digest);
        return true;
}

static char *file_of(const World *w, const char *sha256)
{
        return g_strdup_printf("%s/blobs/%.2s/%s.apk", w->folder, sha256, sha256);
}

static void set_used(const World *w, const char *sha256, time_t at)
{
        g_autofree char *path = file_of(w, sha256);
        struct timespec times[2] = {{at, 0}, {at, 0}};
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void join(const char *sha256, uint64_t bytes, void *text)
{
        g_string_append_printf(text, "%.4s:%u ", sha256, (unsigned)bytes);
}

/* ---- tests */

static void a_kept_file_is_moved_and_found_again_after_a_restart(void **state)
{
        World *w = *state;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        keep(w, blobs, 'a', 100);
        assert_int_equal(access(w->path, F_OK), -1);
        assert_true(holds(blobs, 'a', 100));
        assert_int_equal(blobs_bytes(blobs), 100);
        g_autoptr(Blobs) later = must_open_blobs(w, 1000);
        assert_int_equal(blobs_count(later), 1);
        assert_int_equal(blobs_bytes(later), 100);
        assert_true(holds(later, 'a', 100));
        assert_false(holds(later, 'b', 100));
}

static void the_same_bytes_are_kept_once(void **state)
{
        World *w = *state;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        keep(w, blobs, 'a', 100);
        keep(w, blobs, 'a', 100);
        assert_int_equal(blobs_count(blobs), 1);
        assert_int_equal(blobs_bytes(blobs), 100);
}

static void the_least_recently_used_go_when_the_budget_is_full(void **state)
{
        World *w = *state;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 300);
        keep(w, blobs, 'a', 100);
        keep(w, blobs, 'b', 100);
        keep(w, blobs, 'c', 100);
        assert_true(holds(blobs, 'a', 100)); /* used: now `b` is the oldest */
        keep(w, blobs, 'd', 150);
        assert_true(holds(blobs, 'a', 100));
        assert_false(holds(blobs, 'b', 100));
        assert_false(holds(blobs, 'c', 100));
        assert_true(holds(blobs, 'd', 150));
        assert_int_equal(blobs_bytes(blobs), 250);
}

static void a_file_that_fills_the_budget_is_kept_and_a_larger_one_is_not(void **state)
{
        World *w = *state;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 300);
        keep(w, blobs, 'a', 100);
        keep(w, blobs, 'b', 301);
        assert_int_equal(access(w->path, F_OK), 0); /* left where it was */
        assert_true(holds(blobs, 'a', 100));
        keep(w, blobs, 'c', 300);
        assert_false(holds(blobs, 'a', 100));
        assert_true(holds(blobs, 'c', 300));
}

static void use_is_remembered_across_a_restart_and_a_smaller_budget_evicts(void **state)
{
        World *w = *state;
        char first[SHA256_HEX_SIZE];
        {
                g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
                for (int i = 0; i < 3; i++) {
                        char letter = "abc"[i];
                        keep(w, blobs, letter, 100);
                        if (letter == 'a')
                                g_strlcpy(first, w->sha256, sizeof first);
                        set_used(w, w->sha256, 1000000 + letter);
                }
                assert_true(holds(blobs, 'a', 100)); /* its time is now */
        }
        g_autoptr(Blobs) blobs = must_open_blobs(w, 250);
        assert_int_equal(blobs_count(blobs), 2);
        assert_false(holds(blobs, 'b', 100));
        g_autoptr(GString) order = g_string_new(NULL);
        blobs_each(blobs, join, order);
        g_autofree char *last = g_strdup_printf("%.4s:100 ", first);
        assert_true(g_str_has_suffix(order->str, last));
}

static void what_a_kill_left_half_written_is_removed_and_strangers_are_left_alone(void **state)
{
        World *w = *state;
        {
                g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
                keep(w, blobs, 'a', 100);
        }
        g_autofree char *half = g_strdup_printf("%s/blobs/%.2s/.new-%s.apk", w->folder, w->sha256, w->sha256);
        g_autofree char *stranger = g_strdup_printf("%s/blobs/%.2s/notes.txt", w->folder, w->sha256);
        g_autofree char *misplaced = g_strdup_printf(
                "%s/blobs/%.2s/0000000000000000000000000000000000000000000000000000000000000000.apk",
                w->folder, w->sha256);
        const char *const files[] = {half, stranger, misplaced};
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
                assert_true(g_file_set_contents(files[i], "PK", -1, NULL));
        Store *reading = must_open(w->folder, STORE_READ);
        Blobs *seen = blobs_open(reading, 1, NULL); /* evicts nothing, removes nothing */
        assert_int_equal(blobs_count(seen), 1);
        assert_int_equal(access(half, F_OK), 0);
        blobs_close(seen);
        store_close(reading);
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        assert_int_equal(access(half, F_OK), -1);
        assert_int_equal(access(stranger, F_OK), 0);
        assert_int_equal(access(misplaced, F_OK), 0);
        assert_int_equal(blobs_count(blobs), 1);
        assert_int_equal(blobs_bytes(blobs), 100);
}

static void a_name_that_is_no_digest_reaches_no_file(void **state)
{
        static const char *const names[] = {
                "",
                "..",
                "../../../../etc/passwd",
                "ABCDEF0000000000000000000000000000000000000000000000000000000000",
                "/bcdef0000000000000000000000000000000000000000000000000000000000",
                "abcdef00000000000000000000000000000000000000000000000000000000000"};
        World *w = *state;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        put(w, 'a', 10);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autoptr(GError) error = NULL;
                assert_false(blobs_keep(blobs, w->path, names[i], &error));
                assert_true(fault_is(error, FAULT_BUG));
                assert_int_equal(blobs_get(blobs, names[i]), -1);
                assert_true(blobs_drop(blobs, names[i], NULL));
        }
        assert_int_equal(access(w->path, F_OK), 0);
        assert_int_equal(blobs_count(blobs), 0);
}

static void a_link_in_the_place_of_a_file_is_not_followed(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        put(w, 'a', 10);
        g_autofree char *link = g_strconcat(w->path, ".link", NULL);
        assert_int_equal(symlink(w->path, link), 0);
        assert_false(blobs_keep(blobs, link, w->sha256, &error));
        keep(w, blobs, 'a', 10);
        g_autofree char *file = file_of(w, w->sha256);
        assert_int_equal(g_unlink(file), 0);
        assert_int_equal(symlink("/etc/hostname", file), 0);
        assert_int_equal(blobs_get(blobs, w->sha256), -1);
        g_autoptr(Blobs) later = must_open_blobs(w, 1000);
        assert_int_equal(blobs_count(later), 0);
}

static void a_file_that_somebody_removed_is_forgotten_and_can_be_kept_again(void **state)
{
        World *w = *state;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        keep(w, blobs, 'a', 100);
        g_autofree char *file = file_of(w, w->sha256);
        assert_int_equal(g_unlink(file), 0);
        assert_false(holds(blobs, 'a', 100));
        assert_int_equal(blobs_bytes(blobs), 0);
        keep(w, blobs, 'a', 100);
        assert_true(holds(blobs, 'a', 100));
}

static void a_dropped_file_is_gone_and_frees_its_bytes(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 1000);
        keep(w, blobs, 'a', 100);
        must_succeed(blobs_drop(blobs, w->sha256, &error), error);
        must_succeed(blobs_drop(blobs, w->sha256, &error), error);
        assert_int_equal(blobs_bytes(blobs), 0);
        assert_false(holds(blobs, 'a', 100));
}

static void a_file_of_another_file_system_is_copied(void **state)
{
        World *w = *state;
        struct stat here, there;
        if (stat("/dev/shm", &there) != 0 || access("/dev/shm", W_OK) != 0 || stat(w->folder, &here) != 0 ||
            here.st_dev == there.st_dev)
                skip();
        g_autofree char *path = g_strdup("/dev/shm/overreach-blob-XXXXXX");
        int fd = g_mkstemp(path);
        assert_true(fd >= 0);
        g_autofree char *text = g_strnfill(3 << 20, 'z');
        assert_int_equal(write(fd, text, 3 << 20), 3 << 20);
        close(fd);
        char digest[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(text), digest);
        g_autoptr(GError) error = NULL;
        g_autoptr(Blobs) blobs = must_open_blobs(w, 4 << 20);
        bool ok = blobs_keep(blobs, path, digest, &error);
        (void)g_unlink(path);
        must_succeed(ok, error);
        assert_true(holds(blobs, 'z', 3 << 20));
}

static void what_is_open_for_reading_takes_nothing(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        Store *reading = must_open(w->folder, STORE_READ);
        g_autoptr(Blobs) blobs = blobs_open(reading, 1000, &error);
        must_succeed(blobs != NULL, error);
        put(w, 'a', 10);
        assert_false(blobs_keep(blobs, w->path, w->sha256, &error));
        assert_int_equal(access(w->path, F_OK), 0);
        store_close(reading);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(a_kept_file_is_moved_and_found_again_after_a_restart),
                IN_WORLD(the_same_bytes_are_kept_once),
                IN_WORLD(the_least_recently_used_go_when_the_budget_is_full),
                IN_WORLD(a_file_that_fills_the_budget_is_kept_and_a_larger_one_is_not),
                IN_WORLD(use_is_remembered_across_a_restart_and_a_smaller_budget_evicts),
                IN_WORLD(what_a_kill_left_half_written_is_removed_and_strangers_are_left_alone),
                IN_WORLD(a_name_that_is_no_digest_reaches_no_file),
                IN_WORLD(a_link_in_the_place_of_a_file_is_not_followed),
                IN_WORLD(a_file_that_somebody_removed_is_forgotten_and_can_be_kept_again),
                IN_WORLD(a_dropped_file_is_gone_and_frees_its_bytes),
                IN_WORLD(a_file_of_another_file_system_is_copied),
                IN_WORLD(what_is_open_for_reading_takes_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
