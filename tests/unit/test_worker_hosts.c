/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts that die, readers that are slow, pools that end, and what a child can reach. */
#include "unit/worker_seen.h"

#include <sys/wait.h>
#include <uv.h>

/* ---- Hosts that die */

static void kill_its_host(void *context, Span frame)
{
        Seen *seen = context;
        g_autofree char *text = g_strndup((const char *)frame.data, frame.len);
        long pid = strtol(text, NULL, 10);
        if (pid == seen->last_pid || seen->kills_left == 0)
                return;
        seen->last_pid = pid;
        seen->kills_left--;
        assert_int_equal(kill((pid_t)pid, seen->file ? seen->file : SIGKILL), 0);
}

static Seen *try_killing(int times, int signal_number, int grace_ms)
{
        g_autoptr(WorkerPool) pool = pool_with(1, NULL, grace_ms);
        Seen *seen = seen_new();
        seen->on_frame = kill_its_host;
        seen->kills_left = times;
        seen->file = signal_number;
        submit(pool, "tell-host-quick", "slowly", -1, seen);
        worker_pool_wait(pool);
        assert_int_equal(seen->n_ends, 1);
        return seen;
}

static void a_task_whose_host_is_killed_is_tried_again_and_repeats_no_frame(void **state)
{
        g_autoptr(Seen) seen = try_killing(1, SIGKILL, 0);
        assert_ends(seen, WORKER_OK, "");
        assert_string_equal(seen->types->str, "abcde");
}

static void a_task_whose_hosts_are_killed_twice_is_lost(void **state)
{
        g_autoptr(Seen) seen = try_killing(2, SIGKILL, 0);
        assert_ends(seen, WORKER_LOST, "SIGKILL");
        assert_non_null(strstr(seen->detail, "like the one before"));
        assert_int_equal(seen->fault, FAULT_WORKER);
}

static void a_host_that_falls_silent_is_replaced(void **state)
{
        gint64 start_us = g_get_monotonic_time();
        g_autoptr(Seen) seen = try_killing(1, SIGSTOP, 100);
        assert_ends(seen, WORKER_OK, "");
        g_autoptr(Seen) lost = try_killing(2, SIGSTOP, 100);
        assert_ends(lost, WORKER_LOST, "silent");
        assert_true(g_get_monotonic_time() - start_us < 30000000);
}

static void an_idle_host_that_dies_is_replaced_unnoticed(void **state)
{
        g_autoptr(WorkerPool) pool = pool_with(1, NULL, 0);
        for (int i = 0; i < 5; i++) {
                g_autoptr(Seen) seen = seen_new();
                submit(pool, "tell-host", "", -1, seen);
                worker_pool_wait(pool);
                assert_ends(seen, WORKER_OK, "");
                kill((pid_t)strtol(seen->bytes->str, NULL, 10), SIGKILL);
                if (i % 2)
                        g_usleep(
                                20000); /* sometimes the pool hears of it before it writes, sometimes after */
        }
}

static void assert_all_lost(WorkerPool *pool, const char *detail_part)
{
        Seen *seen[20];
        for (size_t i = 0; i < G_N_ELEMENTS(seen); i++)
                submit(pool, "echo", "x", -1, seen[i] = seen_new());
        worker_pool_wait(pool);
        for (size_t i = 0; i < G_N_ELEMENTS(seen); i++) {
                assert_int_equal(seen[i]->n_ends, 1);
                assert_ends(seen[i], WORKER_LOST, detail_part);
                seen_free(seen[i]);
        }
}

static void hosts_that_can_not_start_lose_their_tasks_with_the_reason(void **state)
{
        g_autoptr(WorkerPool) refusing = pool_with(2, "refuse", 0);
        assert_all_lost(refusing, "no sdks.jsonl in");
        g_autoptr(WorkerPool) crashing = pool_with(2, "crash", 0);
        assert_all_lost(crashing, "SIGKILL");
        char *argv[] = {(char *)"/no/such/program", NULL};
        WorkerOptions options = {.hosts = 2, .host_argv = argv};
        g_autoptr(WorkerPool) absent = worker_pool_new(NULL, &options, NULL);
        assert_all_lost(absent, "/no/such/program");
}

/* ---- Back-pressure and ends */

static void sleep_a_little(void *context, Span frame)
{
        g_usleep(40000);
}

static void a_slow_reader_does_not_use_up_the_wall_time_of_the_task(void **state)
{
        g_autoptr(WorkerPool) pool = pool_with(1, NULL, 0);
        g_autoptr(Seen) seen = seen_new();
        seen->on_frame = sleep_a_little;
        gint64 start_us = g_get_monotonic_time();
        submit(pool, "pour-slow", "40", -1, seen); /* 10 MiB at 6 MiB/s, wall limit 0.4 s */
        worker_pool_wait(pool);
        assert_ends(seen, WORKER_OK, "");
        assert_int_equal(seen->n_frames, 40);
        assert_true(g_get_monotonic_time() - start_us > 1500000);
}

static void await_death(pid_t pid)
{
        char path[64];
        g_snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        for (int i = 0; i < 500; i++) {
                g_autofree char *stat = NULL;
                if (!g_file_get_contents(path, &stat, NULL, NULL) || strstr(stat, ") Z "))
                        return;
                g_usleep(10000);
        }
        fail_msg("process %d outlives its pool", (int)pid);
}

static void remember_pid(void *context, Span frame)
{
        Seen *seen = context;
        g_autofree char *text = g_strndup((const char *)frame.data, frame.len);
        seen->last_pid = strtol(text, NULL, 10);
}

static WorkerPool *pool_on(uv_loop_t *loop, int hosts)
{
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        char *argv[] = {self, (char *)"worker", NULL};
        WorkerOptions options = {.hosts = hosts, .host_argv = argv};
        assert_int_equal(uv_loop_init(loop), 0);
        WorkerPool *pool = worker_pool_new(loop, &options, NULL);
        assert_non_null(pool);
        return pool;
}

static void a_pool_freed_with_running_tasks_leaves_nothing(void **state)
{
        int before = open_descriptors();
        int fd = file_with("x", 0);
        uv_loop_t loop;
        WorkerPool *pool = pool_on(&loop, 2);
        Seen *seen[6];
        for (int i = 0; i < 6; i++) {
                submit(pool, "hang-long", "", fd, seen[i] = seen_new());
                seen[i]->on_frame = remember_pid;
        }
        while (!seen[0]->last_pid || !seen[1]->last_pid)
                uv_run(&loop, UV_RUN_ONCE);
        assert_int_equal(worker_queued(pool), 6);
        worker_pool_free(pool);
        assert_int_equal(uv_loop_close(&loop), 0); /* fails when a handle is still open */
        close(fd);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(open_descriptors(), before);
        for (int i = 0; i < 6; i++) {
                assert_int_equal(seen[i]->n_ends, 0);
                if (seen[i]->last_pid)
                        await_death((pid_t)seen[i]->last_pid);
                seen_free(seen[i]);
        }
        worker_pool_free(NULL);
        worker_pool_free(pool_with(3, NULL, 0)); /* never used */
}

static void tell_both(void *context, Span frame)
{
        Seen *seen = context;
        long pids[2] = {seen->last_pid, 0};
        remember_pid(context, frame);
        pids[1] = seen->last_pid;
        assert_int_equal(write(seen->file, pids, sizeof pids), sizeof pids);
}

/* A main process in itself: starts a task that hangs and tells who works for it. */
G_NORETURN static void be_main_process(int tell)
{
        WorkerPool *pool = pool_with(1, NULL, 0);
        Seen *host = seen_new();
        submit(pool, "tell-host", "", -1, host);
        worker_pool_wait(pool);
        Seen *child = seen_new();
        submit(pool, "hang-long", "", -1, child);
        child->file = tell;
        child->last_pid = strtol(host->bytes->str, NULL, 10);
        child->on_frame = tell_both;
        worker_pool_wait(pool);
        abort();
}

static void hosts_and_children_end_with_a_main_process_that_is_killed(void **state)
{
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t main_process = fork();
        if (main_process == 0)
                be_main_process(ends[1]);
        long pids[2];
        assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
        assert_int_not_equal(getsid((pid_t)pids[0]), getsid(0)); /* a Ctrl-C here does not reach the host */
        kill(main_process, SIGKILL);
        assert_int_equal(waitpid(main_process, NULL, 0), main_process);
        await_death((pid_t)pids[0]);
        await_death((pid_t)pids[1]);
        close(ends[0]);
        close(ends[1]);
}

static void idle_hosts_do_not_keep_the_callers_loop_running(void **state)
{
        uv_loop_t loop;
        WorkerPool *pool = pool_on(&loop, 2);
        for (int round = 0; round < 3; round++) {
                g_autoptr(Seen) seen = seen_new();
                submit(pool, "echo", "x", -1, seen);
                assert_int_equal(seen->n_ends, 0); /* never from inside worker_submit */
                uv_run(&loop, UV_RUN_DEFAULT);     /* returns because nothing but idle hosts is left */
                assert_int_equal(seen->n_ends, 1);
        }
        worker_pool_free(pool);
        assert_int_equal(uv_loop_close(&loop), 0);
}

typedef struct {
        WorkerPool *pool;
        int left;
} Chain;

static void submit_next(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Chain *chain = context;
        assert_int_equal(end, WORKER_OK);
        if (--chain->left > 0)
                worker_submit(chain->pool, "echo", span_str("x"), NULL, 0,
                              (WorkerCalls){NULL, submit_next, chain});
}

static void a_task_may_be_submitted_from_the_end_of_another(void **state)
{
        g_autoptr(WorkerPool) pool = pool_with(2, NULL, 0);
        Chain chain = {pool, 50};
        worker_submit(pool, "echo", span_str("x"), NULL, 0, (WorkerCalls){NULL, submit_next, &chain});
        worker_pool_wait(pool);
        assert_int_equal(chain.left, 0);
}

/* ---- The sandbox */

static bool has_layer(const char *state)
{
        g_autofree char *layers = worker_sandbox_text();
        return strstr(layers, state) != NULL;
}

static void a_child_reaches_nothing_but_its_input(void **state)
{
        g_setenv("SECRET_TOKEN", "s3cr3t", TRUE);
        int fd = file_with("untouched", 0);
        g_autoptr(Seen) seen = try_task("reach", "", fd);
        g_unsetenv("SECRET_TOKEN");
        char bytes[16] = "";
        assert_int_equal(pread(fd, bytes, sizeof bytes, 0), 9);
        assert_string_equal(bytes, "untouched");
        close(fd);
        assert_ends(seen, WORKER_OK, "");
        g_autofree char *layers = worker_sandbox_text();
        print_message("%s", layers);
        assert_non_null(strstr(seen->bytes->str, "fds=5 "));
        assert_non_null(strstr(seen->bytes->str, "write=0 map=0 token=0"));
        if (has_layer("landlock: on"))
                assert_non_null(strstr(seen->bytes->str, "file=0"));
        assert_non_null(strstr(seen->bytes->str, "fstat=9 "));
        if (has_layer("seccomp: on")) {
                assert_non_null(strstr(seen->bytes->str, "stat=0"));
                assert_non_null(strstr(seen->bytes->str, "fork=0"));
        }
}

static void a_socket_or_a_program_is_a_crash_where_seccomp_works(void **state)
{
        if (!has_layer("seccomp: on"))
                skip();
        g_autoptr(Seen) one = try_task("socket", "", -1);
        assert_ends(one, WORKER_CRASH, "SIGSYS");
        g_autoptr(Seen) other = try_task("exec", "", -1);
        assert_ends(other, WORKER_CRASH, "SIGSYS");
}

/* ---- Without isolation */

static void a_task_can_run_here_for_its_unit_tests(void **state)
{
        g_autoptr(Seen) seen = seen_new();
        g_autoptr(GError) error = NULL;
        TaskInput in = {.argument = span_str("words"), .fd = {-1, -1}};
        must_succeed(worker_run_here(&(Task){.name = "echo", .run = run_echo}, &in, on_frame, seen, &error),
                     error);
        assert_string_equal(seen->bytes->str, "words");
        assert_false(worker_run_here(&(Task){.name = "fail", .run = run_fail}, &in, NULL, NULL, &error));
        assert_string_equal(error->message, "dex 3: words");
        g_clear_error(&error);
        Task small = {.name = "echo", .run = run_echo, .limits = {.output_bytes = 4}};
        assert_false(worker_run_here(&small, &in, on_frame, seen, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
}

static void every_end_has_its_name(void **state)
{
        static const char *const names[] = {"ok",         "failed",       "crash",        "cpu-limit",
                                            "time-limit", "memory-limit", "output-limit", "lost"};
        for (int i = WORKER_OK; i <= WORKER_LOST; i++)
                assert_string_equal(worker_end_name((WorkerEnd)i), names[i]);
}

int main(int argc, char **argv)
{
        if (argc > 1 && strcmp(argv[1], "worker") == 0)
                return be_host(argc > 2 ? argv[2] : NULL);
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_task_whose_host_is_killed_is_tried_again_and_repeats_no_frame),
                cmocka_unit_test(a_task_whose_hosts_are_killed_twice_is_lost),
                cmocka_unit_test(a_host_that_falls_silent_is_replaced),
                cmocka_unit_test(an_idle_host_that_dies_is_replaced_unnoticed),
                cmocka_unit_test(hosts_that_can_not_start_lose_their_tasks_with_the_reason),
                cmocka_unit_test(a_slow_reader_does_not_use_up_the_wall_time_of_the_task),
                cmocka_unit_test(a_pool_freed_with_running_tasks_leaves_nothing),
                cmocka_unit_test(hosts_and_children_end_with_a_main_process_that_is_killed),
                cmocka_unit_test(idle_hosts_do_not_keep_the_callers_loop_running),
                cmocka_unit_test(a_task_may_be_submitted_from_the_end_of_another),
                cmocka_unit_test(a_child_reaches_nothing_but_its_input),
                cmocka_unit_test(a_socket_or_a_program_is_a_crash_where_seccomp_works),
                cmocka_unit_test(a_task_can_run_here_for_its_unit_tests),
                cmocka_unit_test(every_end_has_its_name),
        };
        return cmocka_run_group_tests_name("worker hosts", tests, NULL, NULL);
}
