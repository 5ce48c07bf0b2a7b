/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/worker.h"

#include "core/text.h"
#include "worker/frame.h"
#include "worker/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum {
        TRIES = 2,         /* hosts that may die under one task */
        START_MS = 60000,  /* for loading the tables; scaled like every limit */
        GRACE_MS = 10000,  /* default of WorkerOptions.grace_ms */
        SECOND_LOOK = 500, /* milliseconds in which a loop that was itself asleep gets to read */
        READS_A_TURN = 16  /* of one host, before the loop looks after others */
};

typedef enum { HOST_STARTING, HOST_IDLE, HOST_BUSY } HostState;

/* One process. It lives from its start until its handles are closed; a successor is another Host in the same slot. */
typedef struct {
        WorkerPool *pool;
        guint slot;
        HostState state;
        uv_process_t process;
        uv_poll_t poll;
        uv_timer_t watch;
        int n_open; /* handles not yet closed */
        int socket;
        bool exited;
        int status; /* as of waitpid */
        FrameReader *in;
        FrameWriter *out;
        Job *job;    /* NULL when idle */
        char *words; /* why it gave up, in its own words */
        uint64_t heard_ms, silence_ms;
        bool looked_once;
} Host;

struct WorkerPool {
        uv_loop_t *loop;
        uv_loop_t own_loop;
        bool owns_loop;
        char **argv;
        char **environment;
        double scale;
        uint64_t grace_ms;
        GPtrArray *slots; /* Host or NULL */
        GQueue waiting;   /* Job */
        size_t n_jobs;
        uv_idle_t kick;  /* runs dispatch from the loop */
        unsigned n_open; /* handles not yet closed */
};

static void dispatch(WorkerPool *pool);
static void dispatch_soon(WorkerPool *pool);
static void host_gone(Host *host, const char *why);

static uint32_t permille(const WorkerPool *pool)
{
        return (uint32_t)CLAMP(pool->scale * 1000, 1, 1e9);
}

/* ---- Jobs */

static void job_end(WorkerPool *pool, Job *job, WorkerEnd end, Fault code, const char *detail)
{
        WorkerCalls calls = job->calls;
        job_free(job);
        pool->n_jobs--;
        if (calls.end)
                calls.end(end, code, detail, calls.context);
}

/* The next job that can run; those that can not end here. NULL: nothing waits. */
static Job *next_job(WorkerPool *pool)
{
        Job *job;
        while ((job = g_queue_pop_head(&pool->waiting)) && job->broken) {
                g_autoptr(GError) why = g_steal_pointer(&job->broken);
                job_end(pool, job, WORKER_FAILED, (Fault)why->code, why->message);
        }
        return job;
}

/* ---- The process of a host */

static void on_closed(uv_handle_t *handle)
{
        Host *host = handle->data;
        host->pool->n_open--;
        if (--host->n_open)
                return;
        close(host->socket);
        frame_reader_free(host->in);
        frame_writer_free(host->out);
        g_free(host->words);
        g_free(host);
}

/* Ends the process if it has not ended, takes the host out of its slot, and gives back its job (or NULL). */
static Job *host_drop(Host *host)
{
        pid_t pid = uv_process_get_pid(&host->process);
        if (!host->exited && pid > 0) {
                kill(pid, SIGKILL); /* one that is ending on its own keeps its status */
                while (waitpid(pid, &host->status, 0) < 0 && errno == EINTR)
                        ;
                host->exited = true;
        }
        g_ptr_array_index(host->pool->slots, host->slot) = NULL;
        uv_close((uv_handle_t *)&host->process, on_closed);
        uv_close((uv_handle_t *)&host->poll, on_closed);
        uv_close((uv_handle_t *)&host->watch, on_closed);
        return g_steal_pointer(&host->job);
}

static char *end_of_process(int status)
{
        if (WIFSIGNALED(status)) {
                const char *name = sigabbrev_np(WTERMSIG(status));
                return g_strdup_printf("ended by SIG%s", name ? name : "?");
        }
        return g_strdup_printf("ended with exit status %d", WEXITSTATUS(status));
}

static void on_watch(uv_timer_t *timer)
{
        Host *host = timer->data;
        uint64_t silent_ms = uv_now(host->pool->loop) - host->heard_ms;
        if (silent_ms < host->silence_ms) {
                host->looked_once = false;
                uv_timer_start(timer, on_watch, host->silence_ms - silent_ms, 0);
        } else if (!host->looked_once) {
                host->looked_once = true; /* it may have spoken while this loop was busy elsewhere */
                uv_timer_start(timer, on_watch, SECOND_LOOK, 0);
        } else {
                g_autofree char *why =
                        g_strdup_printf("was silent for %" G_GUINT64_FORMAT " ms and was ended", silent_ms);
                host_gone(host, why);
        }
}

static void watch(Host *host, uint64_t silence_ms)
{
        host->heard_ms = uv_now(host->pool->loop);
        host->silence_ms = silence_ms;
        host->looked_once = false;
        uv_timer_start(&host->watch, on_watch, silence_ms, 0);
        uv_unref((uv_handle_t *)&host->watch);
}

/* A host that works keeps the loop running; one that waits does not. */
static void set_state(Host *host, HostState state)
{
        host->state = state;
        if (state == HOST_IDLE) {
                uv_timer_stop(&host->watch);
                uv_unref((uv_handle_t *)&host->poll);
        } else {
                uv_ref((uv_handle_t *)&host->poll);
        }
}

/* ---- Talking to a host */

static void on_poll(uv_poll_t *poll, int status, int events);

static void host_flush(Host *host)
{
        FrameFlow flow = frame_flush(host->out, host->socket); /* FRAME_CLOSED: reading will tell */
        uv_poll_start(&host->poll, UV_READABLE | (flow == FRAME_WAIT ? UV_WRITABLE : 0), on_poll);
}

static void host_give(Host *host, Job *job)
{
        host->job = job;
        job->seen = 0;
        set_state(host, HOST_BUSY);
        watch(host, (uint64_t)(START_MS * MAX(host->pool->scale, 1)));
        frame_writer_attach(host->out, job->fd, job->n_fds);
        frame_writer_add(host->out, FRAME_TASK, 0, span_of(job->request->data, job->request->len));
        host_flush(host);
}

static void host_answer(Host *host, const Frame *frame)
{
        Job *job = host->job;
        if (++job->seen <= job->delivered)
                return; /* the first try brought it */
        job->delivered++;
        if (job->calls.frame)
                job->calls.frame(frame->mark, frame->body, job->calls.context);
}

static void host_end(Host *host, const Frame *frame)
{
        WorkerPool *pool = host->pool;
        Fault code;
        g_autofree char *text = NULL;
        ending_unpack(frame->body, &code, &text);
        Job *job = g_steal_pointer(&host->job);
        set_state(host, HOST_IDLE);
        job_end(pool, job, (WorkerEnd)frame->mark, code, text);
        dispatch(pool);
}

static void host_begun(Host *host, const Frame *frame)
{
        uint64_t wall_ms = 0;
        for (size_t i = 0; i < frame->body.len && i < 4; i++)
                wall_ms |= (uint64_t)frame->body.data[i] << (8 * i);
        watch(host, wall_ms + host->pool->grace_ms);
}

/* False: no host of ours says this here. */
static bool host_take(Host *host, const Frame *frame)
{
        bool busy = host->state == HOST_BUSY;
        if (frame->kind == FRAME_READY && host->state == HOST_STARTING) {
                host_give(host, host->job);
        } else if (frame->kind == FRAME_GAVE_UP) {
                g_autofree char *text = g_strndup((const char *)frame->body.data, frame->body.len);
                g_free(host->words);
                host->words = text_terminal(text);
        } else if (frame->kind == FRAME_BEGUN && busy) {
                host_begun(host, frame);
        } else if (frame->kind == FRAME_ANSWER && busy) {
                host_answer(host, frame);
        } else if (frame->kind == FRAME_END && busy && frame->mark < WORKER_LOST) {
                host_end(host, frame);
        } else {
                return false;
        }
        return true;
}

/* Reads what is there, in at most `reads` steps. False: the host is gone (and freed soon). */
static bool host_read(Host *host, int reads)
{
        for (int i = 0; i < reads; i++) {
                FrameFlow flow = frame_read(host->in, host->socket);
                if (flow == FRAME_WAIT)
                        return true;
                host->heard_ms = uv_now(host->pool->loop);
                g_autoptr(GError) error = NULL;
                Frame frame;
                FrameNext next;
                while ((next = frame_next(host->in, &frame, &error)) == FRAME_HAVE) {
                        if (!host_take(host, &frame)) {
                                host_gone(host, "sent a frame that was not its turn");
                                return false;
                        }
                }
                if (next == FRAME_BAD || flow == FRAME_CLOSED) {
                        host_gone(host, error ? error->message : NULL);
                        return false;
                }
        }
        return true;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
        Host *host = poll->data;
        if ((status < 0 || (events & UV_READABLE)) && !host_read(host, READS_A_TURN))
                return;
        if (events & UV_WRITABLE)
                host_flush(host);
}

static void on_exit_of_host(uv_process_t *process, int64_t exit_status, int signal_number)
{
        Host *host = process->data;
        host->exited = true;
        host->status = signal_number ? signal_number : W_EXITCODE((int)exit_status, 0);
        if (host_read(host, G_MAXINT)) /* what it said before it ended */
                host_gone(host,
                          NULL); /* no end of file: a child just forked holds the socket a moment longer */
}

/* ---- Starting hosts */

static int spawn(Host *host, int theirs)
{
        WorkerPool *pool = host->pool;
        bool stderr_open = fcntl(STDERR_FILENO, F_GETFD) >= 0;
        uv_stdio_container_t stdio[4] = {
                {.flags = UV_IGNORE},
                {.flags = UV_IGNORE},
                {.flags = stderr_open ? UV_INHERIT_FD : UV_IGNORE, .data.fd = STDERR_FILENO},
                {.flags = UV_INHERIT_FD, .data.fd = theirs},
        };
        uv_process_options_t options = {.exit_cb = on_exit_of_host,
                                        .file = pool->argv[0],
                                        .args = pool->argv,
                                        .env = pool->environment,
                                        .flags = UV_PROCESS_DETACHED, /* a session of its own */
                                        .stdio_count = G_N_ELEMENTS(stdio),
                                        .stdio = stdio};
        int code = uv_spawn(pool->loop, &host->process, &options);
        uv_unref((uv_handle_t *)&host->process);
        return code;
}

/* A Host around our end of the socket; NULL when the loop does not take it. Owns the job from then on. */
static Host *host_new(WorkerPool *pool, guint slot, int socket, Job *job)
{
        Host *host = g_new0(Host, 1);
        *host = (Host){.pool = pool, .slot = slot, .socket = socket, .n_open = 3};
        if (uv_poll_init(pool->loop, &host->poll, socket) < 0) {
                g_free(host);
                return NULL;
        }
        uv_timer_init(pool->loop, &host->watch);
        host->process.data = host->poll.data = host->watch.data = host;
        pool->n_open += 3;
        host->in = frame_reader_new(false);
        host->out = frame_writer_new();
        host->job = job;
        g_ptr_array_index(pool->slots, slot) = host;
        return host;
}

static void host_start(WorkerPool *pool, guint slot, Job *job)
{
        int ends[2] = {-1, -1};
        Host *host = NULL;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
                host = host_new(pool, slot, ends[0], job);
        if (!host) {
                g_autofree char *why = g_strdup_printf("no socket for a worker host: %s", g_strerror(errno));
                for (int i = 0; i < 2 && ends[i] >= 0; i++)
                        close(ends[i]);
                job_end(pool, job, WORKER_LOST, FAULT_WORKER, why);
                dispatch_soon(pool);
                return;
        }
        int code = spawn(host, ends[1]);
        close(ends[1]);
        if (code < 0) {
                host->exited = true;
                host->words =
                        g_strdup_printf("can not be started as %s: %s", pool->argv[0], uv_strerror(code));
                host_gone(host, NULL);
                return;
        }
        set_state(host, HOST_STARTING);
        watch(host, (uint64_t)(START_MS * MAX(pool->scale, 1)));
        uv_poll_start(&host->poll, UV_READABLE, on_poll);
}

/* The host is of no more use. Its job is tried on a fresh one, unless it had its tries or hosts do not start at all. */
static void host_gone(Host *host, const char *why)
{
        WorkerPool *pool = host->pool;
        guint slot = host->slot;
        bool refused = host->state == HOST_STARTING && host->words;
        g_autofree char *words = g_steal_pointer(&host->words);
        Job *job = host_drop(host);
        if (!job)
                return;
        g_autofree char *ended = end_of_process(host->status);
        if (++job->tries < TRIES && !refused) {
                host_start(pool, slot, job);
                return;
        }
        g_autofree char *detail = g_strdup_printf("task %s: its worker host %s%s", job->task,
                                                  words ? words
                                                  : why ? why
                                                        : ended,
                                                  job->tries > 1 ? ", like the one before" : "");
        job_end(pool, job, WORKER_LOST, FAULT_WORKER, detail);
        dispatch_soon(pool);
}

/* Gives waiting jobs to idle hosts, then to hosts that are started for them. */
static void dispatch(WorkerPool *pool)
{
        for (int starting = 0; starting < 2; starting++) {
                for (guint i = 0; i < pool->slots->len; i++) {
                        Host *host = g_ptr_array_index(pool->slots, i);
                        bool fits = starting ? !host : host && host->state == HOST_IDLE;
                        Job *job = fits ? next_job(pool) : NULL;
                        if (job && host)
                                host_give(host, job);
                        else if (job)
                                host_start(pool, i, job);
                }
        }
}

static void on_kick(uv_idle_t *kick)
{
        uv_idle_stop(kick);
        dispatch(kick->data);
}

static void dispatch_soon(WorkerPool *pool)
{
        if (!uv_is_active((uv_handle_t *)&pool->kick))
                uv_idle_start(&pool->kick, on_kick);
}

/* ---- The door */

WorkerPool *worker_pool_new(uv_loop_t *loop, const WorkerOptions *options, GError **error)
{
        char *usual[] = {(char *)"/proc/self/exe", (char *)"worker", NULL};
        char **argv = options && options->host_argv ? options->host_argv : usual;
        if (!argv[0]) {
                fault(error, FAULT_BUG, "worker pool: an empty command to start hosts with");
                return NULL;
        }
        WorkerPool *pool = g_new0(WorkerPool, 1);
        int code = loop ? 0 : uv_loop_init(&pool->own_loop);
        if (code < 0) {
                fault(error, FAULT_IO, "worker pool: event loop: %s", uv_strerror(code));
                g_free(pool);
                return NULL;
        }
        pool->owns_loop = !loop;
        pool->loop = loop ? loop : &pool->own_loop;
        pool->argv = g_strdupv(argv);
        pool->environment = job_environment();
        pool->scale = options && options->limit_scale > 0 ? options->limit_scale : 1;
        pool->grace_ms = options && options->grace_ms > 0 ? (uint64_t)options->grace_ms : GRACE_MS;
        int n = options && options->hosts > 0 ? options->hosts : (int)g_get_num_processors();
        pool->slots = g_ptr_array_new();
        g_ptr_array_set_size(pool->slots, n);
        g_queue_init(&pool->waiting);
        uv_idle_init(pool->loop, &pool->kick);
        pool->kick.data = pool;
        pool->n_open = 1;
        return pool;
}

static void on_kick_closed(uv_handle_t *handle)
{
        WorkerPool *pool = handle->data;
        pool->n_open--;
}

void worker_pool_free(WorkerPool *pool)
{
        if (!pool)
                return;
        Job *job;
        while ((job = g_queue_pop_head(&pool->waiting)))
                job_free(job);
        for (guint i = 0; i < pool->slots->len; i++) {
                Host *host = g_ptr_array_index(pool->slots, i);
                if (host)
                        job_free(host_drop(host));
        }
        uv_close((uv_handle_t *)&pool->kick, on_kick_closed);
        while (pool->n_open)
                uv_run(pool->loop, UV_RUN_ONCE);
        if (pool->owns_loop)
                uv_loop_close(&pool->own_loop);
        g_ptr_array_unref(pool->slots);
        g_strfreev(pool->argv);
        g_strfreev(pool->environment);
        g_free(pool);
}

void worker_submit(WorkerPool *pool, const char *task, Span argument, const int *fds, int n_fds,
                   WorkerCalls calls)
{
        g_queue_push_tail(&pool->waiting, job_new(task, argument, fds, n_fds, calls, permille(pool)));
        pool->n_jobs++;
        dispatch_soon(pool);
}

int worker_hosts(const WorkerPool *pool)
{
        return (int)pool->slots->len;
}

size_t worker_queued(const WorkerPool *pool)
{
        return pool->n_jobs;
}

void worker_pool_wait(WorkerPool *pool)
{
        while (pool->n_jobs)
                uv_run(pool->loop, UV_RUN_ONCE);
}
