/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker that was taken over tries everything there is in tests/support/hostile.c: every attempt is denied, by all layers
 * together and by the list of calls alone; by Landlock alone what Landlock is for. */
#include "unit/worker_seen.h"

#include "support/hostile.h"
#include "worker/landlock.h"
#include "worker/sandbox.h"

#include <glib/gstdio.h>
#include <sys/wait.h>

enum { WORK_AT_LEAST = 40, DENIED_AT_LEAST = 40 };

/* ---- What the attempts are aimed at */

typedef struct {
        char *folder;
        int input; /* "bytes of an apk", opened to read and write by the test, to read by workers */
} Aim;

static void put_file(const char *folder, const char *name)
{
        g_autofree char *path = g_build_filename(folder, name, NULL);
        assert_true(g_file_set_contents(path, "untouched", -1, NULL));
        assert_int_equal(chmod(path, 0600), 0);
}

static Aim aim_new(void)
{
        Aim aim = {.folder = g_dir_make_tmp("overreach-hostile.XXXXXX", NULL)};
        assert_non_null(aim.folder);
        g_autofree char *below = g_build_filename(aim.folder, "below", NULL);
        g_autofree char *input = g_build_filename(aim.folder, "input", NULL);
        put_file(aim.folder, "victim");
        put_file(aim.folder, "input");
        assert_int_equal(g_mkdir(below, 0700), 0);
        aim.input = open(input, O_RDWR | O_CLOEXEC);
        assert_true(aim.input >= 0);
        return aim;
}

/* Names, kinds, modes, sizes, owners and times of all that is in the folder. */
static char *aim_state(const Aim *aim)
{
        static const char *const names[] = {"victim", "input", "below"};
        GString *state = g_string_new(NULL);
        g_autoptr(GDir) dir = g_dir_open(aim->folder, 0, NULL);
        unsigned n = 0;
        while (g_dir_read_name(dir))
                n++;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(aim->folder, names[i], NULL);
                struct stat st = {0};
                lstat(path, &st);
                g_string_append_printf(state, "%s %o %lld %u %u %lld.%09ld\n", names[i], st.st_mode,
                                       (long long)st.st_size, st.st_uid, (unsigned)st.st_nlink,
                                       (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
        }
        g_string_append_printf(state, "%u entries", n);
        return g_string_free(state, FALSE);
}

static void aim_free(Aim *aim)
{
        static const char *const names[] = {"victim", "input", "fresh", "below"};
        close(aim->input);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(aim->folder, names[i], NULL);
                g_remove(path);
        }
        g_rmdir(aim->folder);
        g_free(aim->folder);
}

/* ---- In a child of the pool: the whole way that an APK goes */

static bool run_attempt(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autofree char *argument = g_strndup((const char *)in->argument.data, in->argument.len);
        char *folder = NULL;
        size_t i = strtoul(argument, &folder, 10);
        HostileAim aim = {folder + 1, *(const pid_t *)in->tables};
        return emit_number(out, 1, hostile_try(&hostile_attempts[i], &aim), error);
}

static const Task hostile_tasks[] = {
        {.name = "attempt", .run = run_attempt, .open = open_self, .close = g_free},
        {.name = "tell-host", .run = run_tell_host, .open = open_self, .close = g_free},
        {NULL}};

static long tell_host(WorkerPool *pool)
{
        g_autoptr(Seen) seen = seen_new();
        submit(pool, "tell-host", "", -1, seen);
        worker_pool_wait(pool);
        assert_ends(seen, WORKER_OK, "");
        return strtol(seen->bytes->str, NULL, 10);
}

static bool denied_in_pool(WorkerPool *pool, const Aim *aim, size_t i)
{
        g_autoptr(Seen) seen = seen_new();
        g_autofree char *argument = g_strdup_printf("%zu %s", i, aim->folder);
        submit(pool, "attempt", argument, aim->input, seen);
        worker_pool_wait(pool);
        long code = strtol(seen->bytes->str, NULL, 10);
        bool killed = seen->end == WORKER_CRASH && strstr(seen->detail, "SIGSYS");
        bool refused =
                seen->end == WORKER_OK && code < 0 && hostile_refusal(&hostile_attempts[i], (int)-code);
        if (!killed && !refused)
                print_error("%s: %s %s, returned %ld\n", hostile_attempts[i].name, worker_end_name(seen->end),
                            seen->detail, code);
        return killed || refused;
}

/* ---- In a child of this process, with the layers that a test is about */

enum { NO_SANDBOX = -1 };
typedef enum { OUTCOME_WORKED, OUTCOME_REFUSED, OUTCOME_KILLED, OUTCOME_OTHER } Outcome;

G_NORETURN static void be_taken_over(const HostileAttempt *attempt, const Aim *aim, int answers, int without)
{
        HostileAim at = {aim->folder, getppid()};
        g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", aim->input);
        int input = fcntl(open(path, O_RDONLY), F_DUPFD, 64);
        answers = fcntl(answers, F_DUPFD, 64);
        dup2(answers, HOSTILE_ANSWERS);
        dup2(input, HOSTILE_INPUT);
        Sandbox sandbox = {.memory_bytes = 64 << 20,
                           .cpu_s = 5,
                           .n_fds = HOSTILE_INPUT + 1,
                           .without = (unsigned)without};
        if (without != NO_SANDBOX && !sandbox_enter(&sandbox, NULL))
                _exit(1);
        long code = hostile_try(attempt, &at);
        ssize_t n = write(HOSTILE_ANSWERS, &code, sizeof code);
        _exit(n == sizeof code ? 0 : 1);
}

static Outcome outcome_of(const HostileAttempt *attempt, const Aim *aim, int without)
{
        int ends[2], status;
        long code = 0;
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid_t child = fork();
        if (child == 0)
                be_taken_over(attempt, aim, ends[1], without);
        close(ends[1]);
        ssize_t n = read(ends[0], &code, sizeof code);
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
                return OUTCOME_KILLED;
        if (n != sizeof code)
                return OUTCOME_OTHER;
        return code >= 0                              ? OUTCOME_WORKED
               : hostile_refusal(attempt, (int)-code) ? OUTCOME_REFUSED
                                                      : OUTCOME_OTHER;
}

/* ---- The tests */

static void a_worker_that_was_taken_over_is_denied_everything(void **state)
{
        if (sandbox_layers() != (SANDBOX_LANDLOCK | SANDBOX_SECCOMP))
                skip();
        Aim aim = aim_new();
        g_autofree char *before = aim_state(&aim);
        size_t denied = 0;
        {
                g_autoptr(WorkerPool) pool = pool_with(1, "hostile", 0);
                long host = tell_host(pool);
                for (size_t i = 0; i < hostile_n; i++)
                        denied += denied_in_pool(pool, &aim, i);
                assert_int_equal(tell_host(pool), host); /* it is the same one, and well */
        }
        print_message("all layers: %zu tried, %zu denied\n", hostile_n, denied);
        g_autofree char *after = aim_state(&aim);
        assert_string_equal(after, before);
        aim_free(&aim);
        assert_int_equal(denied, hostile_n);
        assert_true(denied >= DENIED_AT_LEAST);
}

static void the_list_of_calls_denies_everything_by_itself(void **state)
{
        if (!(sandbox_layers() & SANDBOX_SECCOMP))
                skip();
        Aim aim = aim_new();
        g_autofree char *before = aim_state(&aim);
        size_t killed = 0, refused = 0;
        for (size_t i = 0; i < hostile_n; i++) {
                Outcome outcome = outcome_of(&hostile_attempts[i], &aim, SANDBOX_LANDLOCK);
                killed += outcome == OUTCOME_KILLED;
                refused += outcome == OUTCOME_REFUSED;
                if (outcome != OUTCOME_KILLED && outcome != OUTCOME_REFUSED)
                        print_error("%s\n", hostile_attempts[i].name);
        }
        print_message("seccomp alone: %zu tried, %zu denied (%zu killed, %zu refused)\n", hostile_n,
                      killed + refused, killed, refused);
        g_autofree char *after = aim_state(&aim);
        assert_string_equal(after, before);
        aim_free(&aim);
        assert_int_equal(killed + refused, hostile_n);
}

static void landlock_denies_files_and_other_processes_by_itself(void **state)
{
        if (!(sandbox_layers() & SANDBOX_LANDLOCK))
                skip();
        Aim aim = aim_new();
        unsigned wanted = HOSTILE_LANDLOCK | (landlock_abi() >= 6 ? HOSTILE_LATE : 0U);
        size_t tried = 0, denied = 0;
        for (size_t i = 0; i < hostile_n; i++) {
                if (!(hostile_attempts[i].kind & wanted))
                        continue;
                tried++;
                Outcome outcome = outcome_of(&hostile_attempts[i], &aim, SANDBOX_SECCOMP);
                denied += outcome == OUTCOME_REFUSED;
                if (outcome != OUTCOME_REFUSED)
                        print_error("%s\n", hostile_attempts[i].name);
        }
        print_message("Landlock without seccomp: %zu tried, %zu denied\n", tried, denied);
        aim_free(&aim);
        assert_int_equal(denied, tried);
        assert_true(tried > 0);
}

static void the_attempts_work_where_there_is_no_sandbox(void **state)
{
        size_t tried = 0, worked = 0;
        for (size_t i = 0; i < hostile_n; i++) {
                if (SANITIZED || !(hostile_attempts[i].kind & HOSTILE_WORKS))
                        continue;
                Aim aim = aim_new();
                bool works = outcome_of(&hostile_attempts[i], &aim, NO_SANDBOX) == OUTCOME_WORKED;
                aim_free(&aim);
                tried++;
                worked += works;
                if (!works)
                        print_message("does not work here without a sandbox either: %s\n",
                                      hostile_attempts[i].name);
        }
        print_message("no sandbox: %zu tried, %zu worked\n", tried, worked);
        if (SANITIZED)
                skip();
        assert_true(worked >= WORK_AT_LEAST);
}

static void a_sandbox_can_be_required(void **state)
{
        g_autoptr(GError) error = NULL;
        bool whole = sandbox_layers() == (SANDBOX_LANDLOCK | SANDBOX_SECCOMP);
        assert_int_equal(worker_sandbox_require(&error), whole);
        g_autofree char *text = worker_sandbox_text();
        assert_int_equal(strstr(text, "landlock: on") != NULL, (sandbox_layers() & SANDBOX_LANDLOCK) != 0);
        assert_int_equal(strstr(text, "seccomp: on") != NULL, (sandbox_layers() & SANDBOX_SECCOMP) != 0);
        if (!whole) {
                assert_true(fault_is(error, FAULT_USAGE));
                assert_non_null(strstr(error->message, "the sandbox lacks "));
        }
}

int main(int argc, char **argv)
{
        if (argc > 1 && strcmp(argv[1], "worker") == 0)
                return argc > 2 ? worker_host_main(hostile_tasks) : be_host(NULL);
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_attempts_work_where_there_is_no_sandbox),
                cmocka_unit_test(a_worker_that_was_taken_over_is_denied_everything),
                cmocka_unit_test(the_list_of_calls_denies_everything_by_itself),
                cmocka_unit_test(landlock_denies_files_and_other_processes_by_itself),
                cmocka_unit_test(a_sandbox_can_be_required),
        };
        return cmocka_run_group_tests_name("hostile worker", tests, NULL, NULL);
}
