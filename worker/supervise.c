/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/supervise.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
        BEHIND_MAX = 1 << 20, /* bytes the main process may be behind before the child has to wait */
        WORDS_MAX = 1024,     /* bytes of a crashed child's stderr that are kept */
        END_MS = 1000         /* from the end of a child's pipe to its own */
};

/* One task while its child lives. */
typedef struct {
        Child child;
        pid_t pid;
        int answers, errors; /* our ends of its pipes */
        FrameReader *reader;
        int socket; /* to the main process */
        FrameWriter *out;
        size_t left;         /* of the output limit */
        int64_t deadline_ms; /* moves on while the main process is the one that is slow */
        bool decided;        /* the verdict stands */
        Verdict verdict;
} Run;

static void decide(Run *run, WorkerEnd end, Fault code, char *take_text)
{
        run->decided = true;
        g_free(run->verdict.text);
        run->verdict = (Verdict){end, code, take_text};
}

/* ---- How a child ended that did not say so itself */

static char *last_words(const Run *run)
{
        char words[WORDS_MAX + 1] = "";
        ssize_t n = read(run->errors, words, WORDS_MAX);
        if (n <= 0)
                return g_strdup("");
        words[n] = '\0';
        for (ssize_t i = 0; i < n; i++) {
                if (words[i] == '\n' || words[i] == '\t' || words[i] == '\0')
                        words[i] = ' ';
        }
        return g_strdup(g_strstrip(words));
}

static void judge_signal(Run *run, int number, double cpu_s)
{
        g_autofree char *words = last_words(run);
        const char *abbreviation = sigabbrev_np(number);
        g_autofree char *name =
                abbreviation ? g_strconcat("SIG", abbreviation, NULL) : g_strdup_printf("signal %d", number);
        if (number == SIGXCPU || (number == SIGKILL && cpu_s >= run->child.limits.cpu_s)) {
                decide(run, WORKER_CPU, FAULT_WORKER,
                       g_strdup_printf("over %d s of CPU", run->child.limits.cpu_s));
        } else if (number == SIGKILL) {
                decide(run, WORKER_MEMORY, FAULT_WORKER,
                       g_strdup("killed by the system, most likely because its memory ran out"));
        } else if (number == SIGABRT &&
                   strstr(words, g_strerror(ENOMEM))) { /* GLib's locks, which need memory */
                decide(run, WORKER_MEMORY, FAULT_WORKER, g_strdup_printf("failed to allocate: %s", words));
        } else {
                const char *note = number == SIGSYS ? " (a call that the sandbox refuses)" : "";
                decide(run, WORKER_CRASH, FAULT_WORKER,
                       g_strdup_printf("%s%s%s%s", name, note, words[0] ? ": " : "", words));
        }
}

static void judge(Run *run, int status, const struct rusage *used)
{
        double cpu_s = (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
                       (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e6;
        if (WIFSIGNALED(status)) {
                judge_signal(run, WTERMSIG(status), cpu_s);
                return;
        }
        g_autofree char *words = last_words(run);
        if (WEXITSTATUS(status) == CHILD_NO_MEMORY)
                decide(run, WORKER_MEMORY, FAULT_WORKER, g_steal_pointer(&words));
        else
                decide(run, WORKER_CRASH, FAULT_WORKER,
                       g_strdup_printf("exit status %d before the end%s%s", WEXITSTATUS(status),
                                       words[0] ? ": " : "", words));
}

/* ---- Relaying */

static void take_frame(Run *run, const Frame *frame)
{
        if (frame->kind == FRAME_ANSWER && frame->mark && frame->body.len <= run->left) {
                run->left -= frame->body.len;
                frame_writer_add(run->out, FRAME_ANSWER, frame->mark, frame->body);
                return;
        }
        if (frame->kind == FRAME_ANSWER && frame->mark) {
                decide(run, WORKER_OUTPUT, FAULT_WORKER,
                       g_strdup_printf("the answer is over %zu bytes", run->child.limits.output_bytes));
                return;
        }
        bool ending =
                frame->kind == FRAME_END && (frame->mark == WORKER_OK || frame->mark == WORKER_FAILED ||
                                             frame->mark == WORKER_MEMORY || frame->mark == WORKER_OUTPUT);
        if (!ending) {
                decide(run, WORKER_OUTPUT, FAULT_WORKER, g_strdup("a frame that no task writes"));
                return;
        }
        Fault code;
        char *text;
        ending_unpack(frame->body, &code, &text);
        decide(run, (WorkerEnd)frame->mark, code, text);
}

/* Reads what the child wrote; false when its pipe is closed. */
static bool take_answers(Run *run)
{
        FrameFlow flow = frame_read(run->reader, run->answers);
        g_autoptr(GError) error = NULL;
        FrameNext next = FRAME_NONE;
        Frame frame;
        while (!run->decided && (next = frame_next(run->reader, &frame, &error)) == FRAME_HAVE)
                take_frame(run, &frame);
        if (next == FRAME_BAD)
                decide(run, WORKER_OUTPUT, FAULT_WORKER, g_strdup(error->message));
        return flow != FRAME_CLOSED;
}

/* Until the child's end is decided or its pipe is closed. False: the main process is gone. */
static bool relay(Run *run)
{
        for (bool open = true; open && !run->decided;) {
                if (frame_flush(run->out, run->socket) == FRAME_CLOSED)
                        return false;
                size_t behind = frame_writer_pending(run->out);
                bool room = behind < BEHIND_MAX;
                int64_t before_ms = clock_mono_ms();
                if (before_ms >= run->deadline_ms) {
                        decide(run, WORKER_WALL, FAULT_WORKER,
                               g_strdup_printf("over %d ms", run->child.limits.wall_ms));
                        break;
                }
                struct pollfd wait[2] = {{run->socket, (short)(POLLRDHUP | (behind ? POLLOUT : 0)), 0},
                                         {room ? run->answers : -1, POLLIN, 0}};
                poll(wait, 2, room ? (int)(run->deadline_ms - before_ms) : -1);
                if (!room)
                        run->deadline_ms += clock_mono_ms() - before_ms;
                if (wait[0].revents & (POLLRDHUP | POLLHUP | POLLERR))
                        return false;
                if (wait[1].revents)
                        open = take_answers(run);
        }
        return true;
}

/* A child that closed its pipe is a process that ends: it gets a moment to be gone by itself, so that its status tells
 * why. One that stays did it on purpose. */
static void await_end(Run *run)
{
        for (int i = 0; i < END_MS; i++) {
                siginfo_t info = {0};
                if (waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid)
                        return;
                g_usleep(1000);
        }
        decide(run, WORKER_CRASH, FAULT_WORKER, g_strdup("closed its answers before the end and went on"));
}

static void reap(Run *run)
{
        int status = 0;
        struct rusage used = {0};
        kill(-run->pid, SIGKILL);
        kill(run->pid, SIGKILL);
        while (wait4(run->pid, &status, 0, &used) < 0 && errno == EINTR)
                ;
        if (!run->decided)
                judge(run, status, &used);
}

/* ---- Starting a child */

static bool open_pipes(int answers[2], int errors[2], GError **error)
{
        if (pipe2(answers, O_CLOEXEC) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "worker host: pipe");
        if (pipe2(errors, O_CLOEXEC | O_NONBLOCK) != 0) {
                int why = errno;
                close(answers[0]);
                close(answers[1]);
                return fault_errno(error, FAULT_WORKER, why, "worker host: pipe");
        }
        fcntl(answers[0], F_SETFL, O_NONBLOCK); /* our end only: the child may wait for us */
        return true;
}

static bool start_child(Run *run, GError **error)
{
        int answers[2] = {-1, -1};
        int errors[2] = {-1, -1};
        if (!open_pipes(answers, errors, error))
                return false;
        run->answers = answers[0];
        run->errors = errors[0];
        run->child.answers = answers[1];
        run->child.errors = errors[1];
        run->child.host = getpid();
        run->pid = fork();
        int why = errno;
        if (run->pid == 0)
                child_run(&run->child);
        close(answers[1]);
        close(errors[1]);
        return run->pid > 0 || fault_errno(error, FAULT_WORKER, why, "worker host: fork");
}

bool supervise(const Child *plan, int socket, FrameWriter *out, Verdict *verdict, GError **error)
{
        Run run = {.child = *plan, .socket = socket, .out = out, .left = plan->limits.output_bytes};
        if (!start_child(&run, error))
                return false;
        run.reader = frame_reader_new(false);
        run.deadline_ms = clock_mono_ms() + plan->limits.wall_ms;
        bool go_on = relay(&run);
        if (go_on && !run.decided)
                await_end(&run);
        reap(&run);
        close(run.answers);
        close(run.errors);
        frame_reader_free(run.reader);
        *verdict = run.verdict;
        return go_on;
}
