/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk fills up under a running store. Two ways: a limit on the size of files, and a small tmpfs in a
 * user namespace (skipped where the machine allows none). */
#include "unit/store_words.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

enum { SOME = 50, PAYLOAD = 20000, CANNOT = 77, FILE_LIMIT = 2 << 20 };

static void put_payload(StoreBatch *batch, GRand *chance, const char *package)
{
        static uint8_t payload[PAYLOAD]; /* of chance, so that no compression makes room */
        for (size_t i = 0; i < sizeof payload; i++)
                payload[i] = (uint8_t)g_rand_int(chance);
        put_app(batch, 1, package, package);
        store_put(batch, STORE_META, &(StoreKey){.name = package}, span_of(payload, sizeof payload));
}

/* Completes errands until a flush fails and gives the number of those acknowledged. */
static unsigned fill_disk(Store *store, GRand *chance, GError **error)
{
        unsigned acknowledged = 0, named = 0;
        for (;;) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GPtrArray) some = g_ptr_array_new();
                if (!store_lease(store, 1, HOST, "me", 1, 1000, SOME, arena, some, error))
                        return acknowledged;
                for (guint i = 0; i < some->len; i++) {
                        g_autofree char *package = g_strdup_printf("app%u", named++);
                        StoreBatch *results = store_batch_new(store);
                        put_payload(results, chance, package);
                        Errand next = errand_named(1, package, 0);
                        const Errand *nexts[] = {&next};
                        must_succeed(store_complete(store, some->pdata[i], results, nexts, 1, NULL), NULL);
                }
                if (!store_flush(store, error))
                        return acknowledged;
                acknowledged += some->len;
        }
}

/* After the first refusal: the same one again and again, nothing acknowledged, reading goes on. */
static void must_refuse_and_read(Store *store, unsigned acknowledged, const GError *first)
{
        g_autoptr(GError) error = NULL;
        assert_true(fault_is(first, FAULT_DISK));
        assert_non_null(strstr(first->message, "the disk is full; make room and run the same command again"));
        assert_false(store_flush(store, &error));
        assert_string_equal(error->message, first->message);
        g_clear_error(&error);
        StoreBatch *batch = store_batch_new(store);
        store_count(batch, 1, "apps", 1);
        assert_false(store_commit(store, batch, &error));
        assert_string_equal(error->message, first->message);
        g_clear_error(&error);
        Errand late = errand_named(1, "late", 0);
        const Errand *one[] = {&late};
        assert_false(store_enqueue(store, one, 1, NULL, &error));
        assert_string_equal(error->message, first->message);
        assert_int_equal(counter(store, 1, "apps"), acknowledged);
}

static void must_have_all(const char *folder, unsigned acknowledged)
{
        g_autoptr(GError) error = NULL;
        Store *store = must_open(folder, STORE_WRITE);
        ErrandCounts counts = must_count(store, 1);
        assert_int_equal(counts.done, acknowledged);
        assert_int_equal(counts.waiting + counts.leased, SOME);
        assert_int_equal(counter(store, 1, "apps"), acknowledged);
        must_be_whole(store);
        must_succeed(store_reclaim(store, 1, "next", 1, NULL, &error), error);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) some = must_lease(store, 1, "next", 1, 1, arena);
        must_succeed(store_complete(store, some->pdata[0], NULL, NULL, 0, &error), error);
        must_succeed(store_flush(store, &error), error);
        store_close(store);
}

static unsigned run_full(const char *folder)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GRand) chance = g_rand_new_with_seed(7);
        Store *store = must_open(folder, STORE_CREATE);
        for (unsigned i = 0; i < SOME; i++) {
                g_autofree char *id = g_strdup_printf("first%u", i);
                Errand errand = errand_named(1, id, 0);
                must_enqueue(store, &errand);
        }
        unsigned acknowledged = fill_disk(store, chance, &error);
        must_refuse_and_read(store, acknowledged, error);
        store_close(store);
        return acknowledged;
}

/* ---- the children, where limits and mounts stay theirs ------------------------------------------------- */

static bool write_proc(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
        if (fd >= 0)
                close(fd);
        return ok;
}

static bool enter_namespace(void)
{
        g_autofree char *users = g_strdup_printf("0 %d 1", (int)getuid());
        g_autofree char *groups = g_strdup_printf("0 %d 1", (int)getgid());
        return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_proc("/proc/self/setgroups", "deny") &&
               write_proc("/proc/self/uid_map", users) && write_proc("/proc/self/gid_map", groups);
}

/* Not one byte left. */
static void eat_the_rest(const char *folder)
{
        g_autofree char *path = g_build_filename(folder, "filler", NULL);
        static const char page[4096] = {1};
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        while (write(fd, page, sizeof page) > 0)
                ;
        close(fd);
}

/* Opening may need room, too. */
static void must_open_or_say_why(const char *folder)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = store_open(folder, STORE_WRITE, &error);
        assert_true(store || (fault_is(error, FAULT_DISK) && strstr(error->message, "the disk is full")));
        fprintf(stderr, "opened while full: %s\n", store ? "works" : error->message);
        g_autoptr(Store) reader = store ? NULL : must_open(folder, STORE_READ);
        assert_int_equal(must_count(store ? store : reader, 1).dead, 0);
}

static int fill_tmpfs(const char *folder)
{
        if (!enter_namespace() || mount("tmpfs", folder, "tmpfs", 0, "size=8m") != 0)
                return CANNOT;
        unsigned acknowledged = run_full(folder);
        eat_the_rest(folder);
        must_open_or_say_why(folder);
        if (mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=64m") != 0)
                return CANNOT;
        must_have_all(folder, acknowledged);
        fprintf(stderr, "a tmpfs of 8 MiB: %u acknowledged, all there after making room\n", acknowledged);
        return acknowledged > 0 ? 0 : 1;
}

static int fill_limit(const char *folder)
{
        struct rlimit limit = {FILE_LIMIT, FILE_LIMIT};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
                return CANNOT;
        unsigned acknowledged = run_full(folder);
        g_autofree char *number = g_strdup_printf("%u", acknowledged);
        return write(STDOUT_FILENO, number, strlen(number)) > 0 && acknowledged > 0 ? 0 : 1;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void a_file_that_cannot_grow_stops_the_store_and_loses_nothing(void **state)
{
        (void)state;
        char *folder = new_folder();
        Child child = start_child("limit", folder);
        g_autofree char *number = hear_child(&child);
        assert_int_equal(end_child(&child), 0);
        must_have_all(folder, (unsigned)strtoul(number, NULL, 10));
        remove_folder(folder);
}

static void a_full_disk_stops_the_store_and_loses_nothing(void **state)
{
        (void)state;
        char *folder = new_folder();
        Child child = start_child("tmpfs", folder);
        int status = end_child(&child);
        remove_folder(folder);
        if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
                skip();
        assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
        if (argc == 4 && g_str_equal(argv[1], "child"))
                return g_str_equal(argv[2], "tmpfs") ? fill_tmpfs(argv[3]) : fill_limit(argv[3]);
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file_that_cannot_grow_stops_the_store_and_loses_nothing),
                cmocka_unit_test(a_full_disk_stops_the_store_and_loses_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
