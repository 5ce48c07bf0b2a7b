/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ordinary work, and what becomes of a task that misbehaves. */
#include "unit/worker_seen.h"

/* ---- Ordinary work */

static void a_task_gets_its_argument_and_its_file_from_the_start(void **state)
{
        int fd = file_with("bytes of an apk", 0); /* its position is behind the last byte */
        g_autoptr(Seen) seen = try_task("echo", "options", fd);
        assert_ends(seen, WORKER_OK, "");
        assert_string_equal(seen->types->str, "ab");
        assert_string_equal(seen->bytes->str, "options bytes of an apk");
        assert_string_equal(seen->detail, "");
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 15); /* and stays where the caller left it */
        close(fd);
}

static void a_task_gets_two_descriptors_in_order(void **state)
{
        g_autoptr(WorkerPool) pool = pool_with(1, NULL, 0);
        g_autoptr(Seen) seen = seen_new();
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "second", 6), 6);
        close(ends[1]);
        int fds[2] = {file_with("first", 0), ends[0]};
        worker_submit(pool, "echo", span_str("x"), fds, 2, (WorkerCalls){on_frame, on_end, seen});
        close(fds[0]); /* the pool has its own */
        close(fds[1]);
        worker_pool_wait(pool);
        assert_ends(seen, WORKER_OK, "");
        assert_string_equal(seen->bytes->str, "x first second");
}

static void frames_come_in_order_and_whole(void **state)
{
        g_autoptr(Seen) seen = try_task("count", "20000", -1);
        assert_ends(seen, WORKER_OK, "");
        g_auto(GStrv) numbers = g_strsplit(seen->bytes->str, " ", -1);
        assert_int_equal(g_strv_length(numbers), 20000);
        for (int i = 0; i < 20000; i++)
                assert_int_equal(strtol(numbers[i], NULL, 10), i);
}

static void an_argument_of_a_mebibyte_arrives(void **state)
{
        g_autofree char *big = g_strnfill(TASK_ARGUMENT_MAX, 'a');
        g_autoptr(Seen) seen = try_task("echo", big, -1);
        assert_ends(seen, WORKER_OK, "");
        assert_int_equal(seen->n_bytes, TASK_ARGUMENT_MAX);
}

static void tables_are_loaded_once_and_shared_by_tasks_of_one_loader(void **state)
{
        g_autoptr(Seen) one = try_task("tables", "", -1);
        g_autoptr(Seen) other = try_task("tables-too", "", -1);
        assert_string_equal(one->bytes->str, "loaded once");
        assert_string_equal(other->bytes->str, "loaded once");
}

static void two_hosts_share_a_thousand_small_tasks(void **state)
{
        enum { N = 1000 };
        g_autoptr(WorkerPool) pool = pool_with(2, NULL, 0);
        assert_int_equal(worker_hosts(pool), 2);
        Seen *seen[N];
        int fd = file_with("bytes", 0);
        gint64 start_us = g_get_monotonic_time();
        for (int i = 0; i < N; i++)
                submit(pool, "tell-host", "", fd, seen[i] = seen_new());
        assert_int_equal(worker_queued(pool), N);
        worker_pool_wait(pool);
        double ms = (double)(g_get_monotonic_time() - start_us) / 1000.0;
        g_autoptr(GHashTable) hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (int i = 0; i < N; i++) {
                assert_int_equal(seen[i]->n_ends, 1);
                assert_ends(seen[i], WORKER_OK, "");
                assert_int_equal(seen[i]->n_frames, 5);
                g_hash_table_add(hosts, g_strdup(strrchr(seen[i]->bytes->str, ' ')));
                seen_free(seen[i]);
        }
        assert_int_equal(g_hash_table_size(hosts), 2);
        assert_int_equal(worker_queued(pool), 0);
        print_message("%d small tasks on 2 hosts: %.2f ms a task\n", N, ms / N);
        close(fd);
}

/* ---- Misbehaviour of a task is the end of that task alone */

static void a_wild_pointer_is_a_crash_with_its_name(void **state)
{
        g_autoptr(Seen) seen = try_task("wild-pointer", "", -1);
        assert_ends(seen, WORKER_CRASH, "SEGV");
        assert_int_equal(seen->fault, FAULT_WORKER);
}

static void an_abort_is_a_crash_with_short_and_harmless_last_words(void **state)
{
        g_autoptr(Seen) seen = try_task("abort", "", -1);
        assert_ends(seen, WORKER_CRASH, "SIGABRT: ");
        assert_non_null(strstr(seen->detail, "the reader met a state"));
        assert_true(strlen(seen->detail) < 3300);
}

static void an_exit_without_an_end_is_a_crash(void **state)
{
        g_autoptr(Seen) seen = try_task("exit", "", -1);
        assert_ends(seen, WORKER_CRASH, "exit status 7");
}

static void a_hanging_task_is_ended_at_its_wall_limit(void **state)
{
        gint64 start_us = g_get_monotonic_time();
        g_autoptr(Seen) seen = try_task("hang", "", -1);
        assert_ends(seen, WORKER_WALL, "200 ms");
        assert_true(g_get_monotonic_time() - start_us < 5000000);
        assert_int_equal(seen->n_frames, 1); /* what came before is the caller's */
}

static void a_busy_loop_is_ended_at_its_cpu_limit(void **state)
{
        g_autoptr(Seen) seen = try_task("spin", "", -1);
        assert_ends(seen, WORKER_CPU, "1 s");
}

static void an_allocation_that_glib_can_not_serve_is_the_memory_limit(void **state)
{
        if (SANITIZED)
                skip();
        static const char *const steps[] = {"1073741824", "1000000", "100", "16"};
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                g_autoptr(Seen) seen = try_task("eat-glib", steps[i], -1);
                assert_ends(seen, WORKER_MEMORY, "failed to allocate");
        }
}

static void a_mapping_that_the_kernel_refuses_is_the_memory_limit(void **state)
{
        if (SANITIZED)
                skip();
        g_autoptr(Seen) seen = try_task("eat-maps", "", -1);
        assert_ends(seen, WORKER_MEMORY, "map 16777216 bytes");
}

static void the_input_file_may_be_mapped_whole_beside_the_memory_limit(void **state)
{
        int fd = file_with("", 512 << 20);
        g_autoptr(Seen) seen = try_task("map-whole", "1", fd);
        assert_ends(seen, WORKER_OK, "");
        assert_string_equal(seen->bytes->str, "536870912");
        close(fd);
}

static void truncate_it(void *context, Span frame)
{
        Seen *seen = context;
        assert_int_equal(ftruncate(seen->file, 0), 0);
}

static void a_file_truncated_under_its_mapping_is_a_crash_named_sigbus(void **state)
{
        g_autoptr(WorkerPool) pool = pool_with(1, NULL, 0);
        g_autoptr(Seen) seen = seen_new();
        seen->file = file_with("", 1 << 20);
        seen->on_frame = truncate_it;
        submit(pool, "map-whole", "500", seen->file, seen);
        worker_pool_wait(pool);
        assert_ends(seen, WORKER_CRASH, SANITIZED ? "BUS" : "SIGBUS");
        close(seen->file);
}

static void an_answer_over_its_limit_is_cut_off_even_if_the_task_does_not_mind(void **state)
{
        g_autoptr(Seen) seen = try_task("pour", "17", -1);
        assert_ends(seen, WORKER_OUTPUT, "over 4194304 bytes");
        assert_int_equal(seen->n_bytes, 4 << 20);
        g_autoptr(Seen) fits = try_task("pour", "16", -1);
        assert_ends(fits, WORKER_OK, "");
}

static void a_child_that_goes_round_its_output_limit_is_ended(void **state)
{
        g_autoptr(Seen) seen = try_task("raw-flood", "", -1);
        assert_ends(seen, WORKER_OUTPUT, "over 4194304 bytes");
        assert_true(seen->n_bytes <= 4 << 20);
}

static void a_malformed_frame_ends_its_task(void **state)
{
        static const char *const garbage[] = {
                "\xff\xff\xff\xff\x05\x01\xff\xff", /* over-long */
                "\x01\x01\x01\x01\x63\x01\x01\x01", /* no such kind */
                "no frame at all, just words of a printf",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(garbage); i++) {
                g_autoptr(Seen) seen = try_task("raw", garbage[i], -1);
                assert_ends(seen, WORKER_OUTPUT, "frame");
                assert_int_equal(seen->n_frames, 0);
        }
}

static void a_child_can_not_speak_for_its_host(void **state)
{
        /* kinds: 2 ready, 3 gave up, 4 begun, 6 end (with marks no task ends with, and without an error byte) */
        static const uint8_t frames[][8] = {{0, 0, 0, 0, 2},    {0, 0, 0, 0, 3}, {0, 0, 0, 0, 4},
                                            {0, 0, 0, 0, 5, 0}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 6, 7},
                                            {0, 0, 0, 0, 6, 2}};
        for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
                g_autoptr(WorkerPool) pool = pool_with(1, NULL, 0);
                g_autoptr(Seen) seen = seen_new();
                worker_submit(pool, "raw", span_of(frames[i], 8), NULL, 0,
                              (WorkerCalls){on_frame, on_end, seen});
                worker_pool_wait(pool);
                assert_ends(seen, WORKER_OUTPUT, "no task writes");
        }
}

static void a_child_that_hangs_up_and_goes_on_is_ended(void **state)
{
        g_autoptr(Seen) seen = try_task("hang-up", "", -1);
        assert_ends(seen, WORKER_CRASH, "closed its answers");
}

static void a_task_that_fails_tells_why_with_its_code(void **state)
{
        g_autoptr(Seen) seen = try_task("fail", "4000 strings at 0x70 \033[2J end past the file", -1);
        assert_ends(seen, WORKER_FAILED, "dex 3: 4000 strings at 0x70");
        assert_int_equal(seen->fault, FAULT_MALFORMED);
        g_autoptr(Seen) silent = try_task("fail", "", -1);
        assert_ends(silent, WORKER_FAILED, "gave no error");
        assert_int_equal(silent->fault, FAULT_BUG);
}

static void what_can_not_be_submitted_ends_with_its_reason(void **state)
{
        g_autoptr(Seen) unknown = try_task("no-such-task", "", -1);
        assert_ends(unknown, WORKER_FAILED, "no-such-task");
        assert_int_equal(unknown->fault, FAULT_NOT_FOUND);
        g_autofree char *big = g_strnfill(TASK_ARGUMENT_MAX + 1, 'a');
        g_autoptr(Seen) long_one = try_task("echo", big, -1);
        assert_ends(long_one, WORKER_FAILED, "1048577 bytes");
        assert_int_equal(long_one->fault, FAULT_LIMIT);
        g_autoptr(Seen) bad_fd = try_task("echo", "", 1000);
        assert_ends(bad_fd, WORKER_FAILED, "descriptor 1000");
}

static void the_pool_goes_on_among_crashes(void **state)
{
        enum { N = 200 };
        static const char *const bad[] = {"abort", "exit", "fail", "raw"};
        g_autoptr(WorkerPool) pool = pool_with(2, NULL, 0);
        Seen *seen[N];
        for (int i = 0; i < N; i++)
                submit(pool, i % 5 ? "echo" : bad[i / 5 % 4], "not a frame", -1, seen[i] = seen_new());
        worker_pool_wait(pool);
        for (int i = 0; i < N; i++) {
                assert_int_equal(seen[i]->n_ends, 1);
                if (i % 5)
                        assert_ends(seen[i], WORKER_OK, "");
                else
                        assert_int_not_equal(seen[i]->end, WORKER_OK);
                assert_int_not_equal(seen[i]->end, WORKER_LOST);
                seen_free(seen[i]);
        }
}

int main(int argc, char **argv)
{
        if (argc > 1 && strcmp(argv[1], "worker") == 0)
                return be_host(argc > 2 ? argv[2] : NULL);
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_task_gets_its_argument_and_its_file_from_the_start),
                cmocka_unit_test(a_task_gets_two_descriptors_in_order),
                cmocka_unit_test(frames_come_in_order_and_whole),
                cmocka_unit_test(an_argument_of_a_mebibyte_arrives),
                cmocka_unit_test(tables_are_loaded_once_and_shared_by_tasks_of_one_loader),
                cmocka_unit_test(two_hosts_share_a_thousand_small_tasks),
                cmocka_unit_test(a_wild_pointer_is_a_crash_with_its_name),
                cmocka_unit_test(an_abort_is_a_crash_with_short_and_harmless_last_words),
                cmocka_unit_test(an_exit_without_an_end_is_a_crash),
                cmocka_unit_test(a_hanging_task_is_ended_at_its_wall_limit),
                cmocka_unit_test(a_busy_loop_is_ended_at_its_cpu_limit),
                cmocka_unit_test(an_allocation_that_glib_can_not_serve_is_the_memory_limit),
                cmocka_unit_test(a_mapping_that_the_kernel_refuses_is_the_memory_limit),
                cmocka_unit_test(the_input_file_may_be_mapped_whole_beside_the_memory_limit),
                cmocka_unit_test(a_file_truncated_under_its_mapping_is_a_crash_named_sigbus),
                cmocka_unit_test(an_answer_over_its_limit_is_cut_off_even_if_the_task_does_not_mind),
                cmocka_unit_test(a_child_that_goes_round_its_output_limit_is_ended),
                cmocka_unit_test(a_malformed_frame_ends_its_task),
                cmocka_unit_test(a_child_can_not_speak_for_its_host),
                cmocka_unit_test(a_child_that_hangs_up_and_goes_on_is_ended),
                cmocka_unit_test(a_task_that_fails_tells_why_with_its_code),
                cmocka_unit_test(what_can_not_be_submitted_ends_with_its_reason),
                cmocka_unit_test(the_pool_goes_on_among_crashes),
        };
        return cmocka_run_group_tests_name("worker pool", tests, NULL, NULL);
}
