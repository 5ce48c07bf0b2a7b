/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker_tasks.h - tasks for the tests of worker: a few that work, and many that misbehave as a parser can. */
#ifndef TESTS_WORKER_TASKS_H
#define TESTS_WORKER_TASKS_H

#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wunused-parameter" /* cmocka and Task say what a function takes */

#ifdef OVERREACH_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { ANSWERS = 3 }; /* the child's end of its pipe, for tasks that go round task_emit */

/* ---- Tasks (they run in the child) */

static bool emit_number(TaskOutput *out, uint8_t type, long number, GError **error)
{
        char text[32];
        g_snprintf(text, sizeof text, "%ld", number);
        return task_emit(out, type, span_str(text), error);
}

/* The sandbox lets a child wait for a lock, not for the time. */
static void sleep_ms(long ms)
{
        static int word;
        struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &rest);
}

G_NORETURN static void sleep_for_ever(void)
{
        for (;;)
                sleep_ms(1000);
}

static long argument_number(const TaskInput *in)
{
        g_autofree char *text = g_strndup((const char *)in->argument.data, in->argument.len);
        return strtol(text ? text : "0", NULL, 10);
}

/* Frame 1 is the argument; every input file follows as frame 2, 3. */
static bool run_echo(const TaskInput *in, TaskOutput *out, GError **error)
{
        if (!task_emit(out, 1, in->argument, error))
                return false;
        for (int i = 0; i < in->n_fds; i++) {
                char bytes[4096];
                ssize_t n = read(in->fd[i], bytes, sizeof bytes);
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "read input");
                if (!task_emit(out, (uint8_t)(2 + i), span_of(bytes, (size_t)n), error))
                        return false;
        }
        return true;
}

static bool run_count(const TaskInput *in, TaskOutput *out, GError **error)
{
        long n = argument_number(in);
        for (long i = 0; i < n; i++) {
                if (!emit_number(out, 1, i, error))
                        return false;
        }
        return true;
}

static bool run_wild_pointer(const TaskInput *in, TaskOutput *out, GError **error)
{
        volatile int *nowhere = (int *)(uintptr_t)(64 + in->n_fds);
        return emit_number(out, 1, *nowhere, error);
}

static bool run_abort(const TaskInput *in, TaskOutput *out, GError **error)
{
        for (int i = 0; i < 1000; i++)
                fprintf(stderr, "\033[31mthe reader met\na state it did not know\n");
        fflush(stderr);
        abort();
}

static bool run_exit(const TaskInput *in, TaskOutput *out, GError **error)
{
        _exit(7);
}

G_NORETURN static bool run_hang(const TaskInput *in, TaskOutput *out, GError **error)
{
        emit_number(out, 1, getpid(), error);
        sleep_for_ever();
}

G_NORETURN static bool run_spin(const TaskInput *in, TaskOutput *out, GError **error)
{
        for (volatile unsigned i = 0;; i++)
                ;
}

G_NORETURN static bool run_eat_glib(const TaskInput *in, TaskOutput *out, GError **error)
{
        size_t step = in->argument.len ? (size_t)argument_number(in) : 1;
        for (;;)
                memset(g_malloc(step), 1, MIN(step, 64));
}

static bool run_eat_maps(const TaskInput *in, TaskOutput *out, GError **error)
{
        size_t step = 16 << 20;
        for (;;) {
                void *map = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (map == MAP_FAILED)
                        return fault_errno(error, FAULT_LIMIT, errno, "map %zu bytes", step);
                memset(map, 1, 4096);
        }
}

static bool run_map_whole(const TaskInput *in, TaskOutput *out, GError **error)
{
        struct stat st;
        fstat(in->fd[0], &st);
        volatile const char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, in->fd[0], 0);
        if (map == MAP_FAILED)
                return fault_errno(error, FAULT_IO, errno, "map the file");
        bool go_on = emit_number(out, 1, (long)st.st_size, error);
        for (long i = argument_number(in); go_on && i > 0; i--) { /* looks at the last byte again and again */
                (void)map[st.st_size - 1];
                sleep_ms(10);
        }
        return go_on;
}

static bool run_pour(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autofree char *bytes = g_malloc0(256 << 10);
        long n = argument_number(in);
        for (long i = 0; i < n; i++) {
                if (!task_emit(out, 1, span_of(bytes, 256 << 10), error))
                        return true; /* a task that does not mind: its answer is cut short all the same */
        }
        return true;
}

static bool run_fail(const TaskInput *in, TaskOutput *out, GError **error)
{
        if (!in->argument.len)
                return false;
        return fault(error, FAULT_MALFORMED, "dex 3: %.*s", (int)in->argument.len, in->argument.data);
}

static void *open_self(GError **error)
{
        pid_t *host = g_new(pid_t, 1);
        *host = getpid();
        return host;
}

/* Tells who its host is, five times over a while. */
static bool run_tell_host(const TaskInput *in, TaskOutput *out, GError **error)
{
        for (int i = 0; i < 5; i++) {
                if (!emit_number(out, (uint8_t)(1 + i), *(const pid_t *)in->tables, error))
                        return false;
                if (in->argument.len)
                        sleep_ms(30);
        }
        return true;
}

G_NORETURN static bool run_raw(const TaskInput *in, TaskOutput *out, GError **error)
{
        for (Span rest = in->argument; rest.len;) {
                ssize_t n = write(ANSWERS, rest.data, rest.len);
                rest = span_from(rest, n > 0 ? (size_t)n : rest.len);
        }
        sleep_for_ever();
}

static bool run_raw_flood(const TaskInput *in, TaskOutput *out, GError **error)
{
        uint8_t frame[8 + 1000] = {1000 & 0xff, 1000 >> 8, 0, 0, 5, 1};
        while (write(ANSWERS, frame, sizeof frame) > 0)
                ;
        return true;
}

G_NORETURN static bool run_hang_up(const TaskInput *in, TaskOutput *out, GError **error)
{
        close(ANSWERS);
        sleep_for_ever();
}

/* What a child can still reach: one "name=result" frame. */
static bool run_reach(const TaskInput *in, TaskOutput *out, GError **error)
{
        int open_fds = 0;
        for (int fd = 0; fd < 1024; fd++)
                open_fds += lseek(fd, 0, SEEK_CUR) >= 0 || errno == ESPIPE;
        int file = open("/etc/passwd", O_RDONLY);
        pid_t child = fork();
        if (child == 0)
                _exit(0);
        struct rlimit files;
        void *shared = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, in->fd[0], 0);
        struct stat there, here;
        g_autofree char *text = g_strdup_printf(
                "fds=%d file=%d stat=%d fstat=%d fork=%d write=%d map=%d token=%d rlimit=%d", open_fds,
                file >= 0, stat("/etc/passwd", &there) == 0,
                fstat(in->fd[0], &here) == 0 ? (int)here.st_size : -1, child >= 0,
                write(in->fd[0], "x", 1) > 0, shared != MAP_FAILED, g_getenv("SECRET_TOKEN") != NULL,
                getrlimit(RLIMIT_NOFILE, &files) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0);
        return task_emit(out, 1, span_str(text), error);
}

static bool run_socket(const TaskInput *in, TaskOutput *out, GError **error)
{
        return emit_number(out, 1, socket(AF_INET, SOCK_STREAM, 0), error);
}

static bool run_exec(const TaskInput *in, TaskOutput *out, GError **error)
{
        execl("/bin/true", "true", (char *)NULL);
        return emit_number(out, 1, errno, error);
}

static void *open_words(GError **error)
{
        return g_strdup("loaded once");
}

static bool run_tables(const TaskInput *in, TaskOutput *out, GError **error)
{
        return task_emit(out, 1, span_str(in->tables), error);
}

static const Task tasks[] = {
        {.name = "echo", .run = run_echo},
        {.name = "count", .run = run_count},
        {.name = "wild-pointer", .run = run_wild_pointer},
        {.name = "abort", .run = run_abort},
        {.name = "exit", .run = run_exit},
        {.name = "hang", .run = run_hang, .limits = {.wall_ms = 200}},
        {.name = "hang-long", .run = run_hang},
        {.name = "spin", .run = run_spin, .limits = {.cpu_s = 1}},
        {.name = "eat-glib", .run = run_eat_glib, .limits = {.memory_bytes = 64 << 20}},
        {.name = "eat-maps", .run = run_eat_maps, .limits = {.memory_bytes = 64 << 20}},
        {.name = "map-whole", .run = run_map_whole, .limits = {.memory_bytes = 8 << 20}},
        {.name = "pour", .run = run_pour},
        {.name = "pour-slow", .run = run_pour, .limits = {.wall_ms = 400, .output_bytes = 64 << 20}},
        {.name = "fail", .run = run_fail},
        {.name = "tell-host", .run = run_tell_host, .open = open_self, .close = g_free},
        {.name = "tell-host-quick",
         .run = run_tell_host,
         .open = open_self,
         .close = g_free,
         .limits = {.wall_ms = 1000}},
        {.name = "raw", .run = run_raw},
        {.name = "raw-flood", .run = run_raw_flood},
        {.name = "hang-up", .run = run_hang_up},
        {.name = "reach", .run = run_reach},
        {.name = "socket", .run = run_socket},
        {.name = "exec", .run = run_exec},
        {.name = "tables", .run = run_tables, .open = open_words, .close = g_free},
        {.name = "tables-too", .run = run_tables, .open = open_words, .close = g_free},
        {NULL},
};

static void *open_refuses(GError **error)
{
        fault(error, FAULT_NOT_FOUND, "no sdks.jsonl in \033[1mthe data folder");
        return NULL;
}

static const Task refusing_tasks[] = {{.name = "echo", .run = run_echo, .open = open_refuses}, {NULL}};

static void *open_crashes(GError **error)
{
        raise(SIGKILL);
        return NULL;
}

static const Task crashing_tasks[] = {{.name = "echo", .run = run_echo, .open = open_crashes}, {NULL}};

/* The tests' programs are their own hosts: the pool starts them again with the argument "worker" and a mode. */
static int be_host(const char *mode)
{
        if (g_strcmp0(mode, "refuse") == 0)
                return worker_host_main(refusing_tasks);
        return worker_host_main(g_strcmp0(mode, "crash") == 0 ? crashing_tasks : tasks);
}

#endif
