/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/worker.h"

#include "core/digest.h"
#include "worker/frame.h"
#include "worker/run.h"
#include "worker/sandbox.h"
#include "worker/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET = 3 }; /* the descriptor we are started with */

typedef struct {
        const Task *tasks;
        GPtrArray *tables; /* one per task */
        FrameReader *in;
        FrameWriter *out;
} Host;

static void send_end(Host *host, WorkerEnd end, Fault code, const char *text)
{
        g_autoptr(GByteArray) body = g_byte_array_new();
        ending_pack(code, text, body);
        frame_writer_add(host->out, FRAME_END, (uint8_t)end, span_of(body->data, body->len));
}

static void send_begun(Host *host, int wall_ms)
{
        uint32_t ms = (uint32_t)wall_ms;
        uint8_t bytes[4] = {(uint8_t)ms, (uint8_t)(ms >> 8), (uint8_t)(ms >> 16), (uint8_t)(ms >> 24)};
        frame_writer_add(host->out, FRAME_BEGUN, 0, span_of(bytes, sizeof bytes));
}

static TaskLimits scaled(const Task *task, uint32_t permille)
{
        TaskLimits limits = run_limits(task);
        limits.wall_ms = (int)CLAMP((int64_t)limits.wall_ms * permille / 1000, 1, G_MAXINT);
        limits.cpu_s = (int)CLAMP(((int64_t)limits.cpu_s * permille + 999) / 1000, 1, G_MAXINT);
        return limits;
}

static int find_task(const Host *host, const char *name)
{
        for (int i = 0; host->tasks[i].name; i++) {
                if (strcmp(host->tasks[i].name, name) == 0)
                        return i;
        }
        return -1;
}

/* False: the host cannot go on; without an error because the main process is gone. */
static bool serve(Host *host, const Request *request, const int fds[TASK_FDS], GError **error)
{
        int i = find_task(host, request->task);
        if (i < 0) {
                g_autofree char *text = g_strdup_printf("no task \"%s\" in this host", request->task);
                send_end(host, WORKER_FAILED, FAULT_NOT_FOUND, text);
                return true;
        }
        Child plan = {.task = &host->tasks[i], .limits = scaled(&host->tasks[i], request->scale_permille)};
        plan.input = (TaskInput){.argument = request->argument,
                                 .fd = {fds[0], fds[1]},
                                 .n_fds = (int)request->n_fds,
                                 .tables = g_ptr_array_index(host->tables, i)};
        Verdict verdict = {0};
        send_begun(host, plan.limits.wall_ms);
        bool go_on = supervise(&plan, SOCKET, host->out, &verdict, error);
        if (go_on)
                send_end(host, verdict.end, verdict.code, verdict.text);
        g_free(verdict.text);
        return go_on;
}

/* ---- The host itself */

static bool serve_frame(Host *host, const Frame *frame, GError **error)
{
        Request request = {0};
        int fds[TASK_FDS];
        int n = frame_take_descriptors(host->in, fds);
        bool ok = frame->kind == FRAME_TASK
                          ? request_unpack(frame->body, &request, error)
                          : fault(error, FAULT_BUG, "worker host: frame of kind %u", frame->kind);
        if (ok && (int)request.n_fds != n)
                ok = fault(error, FAULT_WORKER, "worker host: %d descriptors came for a task with %u", n,
                           request.n_fds);
        if (ok)
                ok = serve(host, &request, fds, error);
        for (int i = 0; i < n; i++)
                close(fds[i]);
        return ok;
}

/* Serves until the main process closes the socket (true) or the host cannot go on. */
static bool serve_all(Host *host, GError **error)
{
        for (;;) {
                Frame frame;
                FrameNext next;
                while ((next = frame_next(host->in, &frame, error)) == FRAME_HAVE) {
                        if (!serve_frame(host, &frame, error))
                                return !error || !*error;
                }
                if (next == FRAME_BAD)
                        return false;
                if (frame_flush(host->out, SOCKET) == FRAME_CLOSED)
                        return true;
                struct pollfd wait = {SOCKET,
                                      (short)(POLLIN | (frame_writer_pending(host->out) ? POLLOUT : 0)), 0};
                poll(&wait, 1, -1);
                if ((wait.revents & ~POLLOUT) && frame_read(host->in, SOCKET) == FRAME_CLOSED)
                        return true;
        }
}

/* The first task that loads the same tables: it is the one that opens and closes them. */
static unsigned first_with_tables(const Host *host, unsigned i)
{
        unsigned first = 0;
        while (host->tasks[first].open != host->tasks[i].open)
                first++;
        return first;
}

static bool load_tables(Host *host, GError **error)
{
        for (unsigned i = 0; host->tasks[i].name; i++) {
                const Task *task = &host->tasks[i];
                unsigned first = first_with_tables(host, i);
                void *tables = NULL;
                if (first < i)
                        tables = g_ptr_array_index(host->tables, first);
                else if (task->open && !(tables = task->open(error))) {
                        fault(error, FAULT_BUG, "gave neither tables nor an error"); /* when it set none */
                        return g_prefix_error(error, "tables of task %s: ", task->name), false;
                }
                g_ptr_array_add(host->tables, tables);
        }
        return true;
}

static void close_tables(Host *host)
{
        for (unsigned i = 0; i < host->tables->len; i++) {
                const Task *task = &host->tasks[i];
                if (task->open && task->close && first_with_tables(host, i) == i)
                        task->close(g_ptr_array_index(host->tables, i));
        }
        g_ptr_array_unref(host->tables);
}

/* The kernel's choice when memory runs out shall be a child, or this host of it, never the crawler: proc(5), oom_score_adj;
 * children inherit it. */
static void offer_to_oom_killer(void)
{
        int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        ssize_t ignored = write(fd, "1000", 4);
        (void)ignored;
        close(fd);
}

static int by_byte(const void *a, const void *b)
{
        return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* What libraries load or ask when they are first used, while there is a file system: OpenSSL's configuration, the words for
 * every errno and the character set they are in, glibc's qsort how much memory there is. */
static void warm_up(void)
{
        enum { LAST_ERRNO = EHWPOISON, QSORT_ASKS = 4096 };
        uint8_t digest[SHA256_SIZE], bytes[QSORT_ASKS] = {0};
        digest_sha256(span_str(""), digest);
        qsort(bytes, sizeof bytes, 1, by_byte);
        for (int i = 1; i <= LAST_ERRNO; i++) {
                const char *volatile words =
                        g_strerror(i); /* GLib keeps them; volatile: it is declared const */
                (void)words;
        }
}

static bool prepare(GError **error)
{
        int type;
        socklen_t size = sizeof type;
        if (getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
                return fault(error, FAULT_USAGE,
                             "worker: this verb is for overreach itself, it starts its hosts");
        int null = open("/dev/null", O_RDWR);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
                return fault_errno(error, FAULT_WORKER, errno, "worker host: /dev/null");
        if (!sandbox_close_from(SOCKET + 1, error))
                return false;
        fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
        prctl(PR_SET_NAME, "overreach-host");
        signal(SIGPIPE, SIG_IGN);
        signal(SIGINT, SIG_IGN); /* the main process drains; we end when it closes the socket */
        offer_to_oom_killer();
        warm_up();
        return true;
}

/* Last words, waited for: nothing else is left to do. */
static void give_up(Host *host, const GError *error)
{
        frame_writer_add(host->out, FRAME_GAVE_UP, 0, span_str(error->message));
        while (frame_flush(host->out, SOCKET) == FRAME_WAIT) {
                struct pollfd wait = {SOCKET, POLLOUT, 0};
                poll(&wait, 1, -1);
        }
}

int worker_host_main(const Task *tasks)
{
        GError *error = NULL;
        if (!prepare(&error)) {
                fprintf(stderr, "overreach: %s\n", error->message);
                int code = fault_exit_code(error);
                g_error_free(error);
                return code;
        }
        Host host = {.tasks = tasks,
                     .tables = g_ptr_array_new(),
                     .in = frame_reader_new(true),
                     .out = frame_writer_new()};
        bool ok = load_tables(&host, &error);
        if (ok) {
                frame_writer_add(host.out, FRAME_READY, 0, span_str(""));
                ok = serve_all(&host, &error);
        }
        if (!ok)
                give_up(&host, error);
        g_clear_error(&error);
        frame_reader_free(host.in);
        frame_writer_free(host.out);
        close_tables(&host);
        return ok ? 0 : 1;
}
