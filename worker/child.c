/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/child.h"

#include "worker/frame.h"
#include "worker/run.h"
#include "worker/sandbox.h"
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        ANSWERS = 3, /* the child's own descriptors, after the three everybody has */
        INPUTS = 4,
        HIGH = 64, /* where they are parked while they are moved */
        CRASH_STACK = 16 << 10
};

/* GLib and the arena end a process without memory by g_error; say so in a way that the host understands. */
static GLogWriterOutput watch_for_memory(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                         gpointer data)
{
        for (gsize i = 0; (level & G_LOG_LEVEL_ERROR) && i < n_fields; i++) {
                const char *text = fields[i].value;
                if (strcmp(fields[i].key, "MESSAGE") == 0 && strstr(text, "failed to allocate")) {
                        ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
                        (void)ignored;
                        _exit(CHILD_NO_MEMORY);
                }
        }
        return g_log_writer_standard_streams(level, fields, n_fields, data);
}

/* A crash in a process that can not have another mebibyte is what running out of memory looks like in code that does not
 * check (GLib's own error path among it). Any other crash goes on as it was. */
static void on_crash(int number)
{
        void *probe = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (probe == MAP_FAILED && errno == ENOMEM) {
                static const char words[] = "failed to allocate: the address space is used up";
                ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
                (void)ignored;
                _exit(CHILD_NO_MEMORY);
        }
        raise(number); /* SA_RESETHAND: the default now, once the handler returned */
}

static void look_at_crashes(void *stack, size_t stack_size)
{
        static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGILL};
        stack_t alternative = {.ss_sp = stack, .ss_size = stack_size}; /* the usual one may be what ran out */
        struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
        sigaltstack(&alternative, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
                sigaction(crashes[i], &action, NULL);
}

static void reset_signals(void)
{
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_IGN); /* frame_write says EPIPE */
        signal(SIGINT, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
        signal(SIGXCPU, SIG_DFL);
}

static bool move_to(int from, int to, GError **error)
{
        if (dup2(from, to) < 0)
                return fault_errno(error, FAULT_WORKER, errno, "place descriptor %d", to);
        return true;
}

/* stderr, answers and inputs to fixed numbers, so that everything above them can be closed in one go. */
static bool place_descriptors(Child *child, GError **error)
{
        int parked[2 + TASK_FDS] = {child->errors, child->answers};
        int n = 2;
        for (int i = 0; i < child->input.n_fds; i++)
                parked[n++] = child->input.fd[i];
        for (int i = 0; i < n; i++) {
                parked[i] = fcntl(parked[i], F_DUPFD, HIGH);
                if (parked[i] < 0)
                        return fault_errno(error, FAULT_WORKER, errno, "park a descriptor");
        }
        for (int i = 0; i < n; i++) {
                if (!move_to(parked[i], STDERR_FILENO + i, error))
                        return false;
        }
        child->answers = ANSWERS;
        for (int i = 0; i < TASK_FDS; i++)
                child->input.fd[i] = i < child->input.n_fds ? INPUTS + i : -1;
        return true;
}

/* A task may map each of its files whole: that much more address space. */
static size_t input_bytes(const TaskInput *input)
{
        size_t total = 0;
        for (int i = 0; i < input->n_fds; i++) {
                struct stat st;
                if (fstat(input->fd[i], &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
                        total += (size_t)st.st_size;
        }
        return total;
}

static bool enter(Child *child, GError **error)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != child->host)
                _exit(0); /* nobody is left to read the answer */
        setpgid(0, 0);    /* so that the host can end whatever comes of us */
        reset_signals();
        if (!place_descriptors(child, error))
                return false;
        g_log_set_writer_func(watch_for_memory, NULL, NULL);
        Sandbox sandbox = {.memory_bytes = child->limits.memory_bytes + input_bytes(&child->input),
                           .cpu_s = child->limits.cpu_s,
                           .n_fds = INPUTS + child->input.n_fds};
        return sandbox_enter(&sandbox, error);
}

static WorkerEnd end_of(const TaskOutput *out, bool ok, const GError *error)
{
        if (out->over)
                return WORKER_OUTPUT;
        if (ok)
                return WORKER_OK;
        return error && g_str_has_suffix(error->message, g_strerror(ENOMEM)) ? WORKER_MEMORY : WORKER_FAILED;
}

static void report(const Child *child, const TaskOutput *out, bool ok, const GError *error)
{
        WorkerEnd end = end_of(out, ok, error);
        Fault code = FAULT_WORKER;
        if (end == WORKER_FAILED)
                code = !error ? FAULT_BUG : error->domain == FAULT_DOMAIN ? (Fault)error->code : FAULT_WORKER;
        g_autofree char *limit = g_strdup_printf("the answer is over %zu bytes", child->limits.output_bytes);
        const char *text = error ? error->message : ok ? "" : "the task failed and gave no error";
        if (end == WORKER_OUTPUT)
                text = limit;
        g_autoptr(GByteArray) body = g_byte_array_new();
        ending_pack(code, text, body);
        frame_write(child->answers, FRAME_END, (uint8_t)end, span_of(body->data, body->len), NULL);
}

G_NORETURN void child_run(Child *child)
{
        GError *error = NULL;
        char crash_stack[CRASH_STACK];
        if (!sandbox_is_sanitized()) /* a sanitizer has handlers of its own */
                look_at_crashes(crash_stack, sizeof crash_stack);
        TaskOutput out = {.fd = -1, .left = child->limits.output_bytes};
        bool ok = enter(child, &error);
        out.fd = child->answers;
        if (ok)
                ok = child->task->run(&child->input, &out, &error);
        report(child, &out, ok, error);
        _exit(0); /* no exit handlers: they belong to the host */
}
