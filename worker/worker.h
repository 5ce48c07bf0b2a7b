/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker.h - the isolation ward's door: a pool of supervised hosts that run tasks (task.h) in child processes.
 *
 *   main process --socket--> host (our binary, exec'd as `overreach worker`) --fork--> one child per task
 *
 * Hosts are exec'd so that they hold no socket, key or database of ours, and can be restarted at any time; the child
 * gets its input as descriptors, drops what it can (sandbox.h), and answers length-checked frames. A host that dies
 * is replaced; the task it ran is tried once more on a fresh host, then reported as lost. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "worker/task.h"

typedef struct uv_loop_s uv_loop_t; /* libuv's own name for it, C11 allows the repetition */
typedef struct WorkerPool WorkerPool;

typedef enum {
        WORKER_OK,     /* the task returned true */
        WORKER_FAILED, /* it returned false: `detail` is its error, `fault` the code */
        WORKER_CRASH, /* ended by a signal or an exit of its own making; detail names it ("SIGSEGV"), with the first
                          words of its stderr if there are any */
        WORKER_CPU,    /* CPU limit */
        WORKER_WALL,   /* wall limit: it hung */
        WORKER_MEMORY, /* memory limit */
        WORKER_OUTPUT, /* more frames than the limit allows, or a malformed frame */
        WORKER_LOST    /* its host died twice under it */
} WorkerEnd;
/* ok failed crash cpu-limit time-limit memory-limit output-limit lost */
const char *worker_end_name(WorkerEnd end);

/* Called on the pool's loop for each frame as it comes, then once with the end; never from inside worker_submit. `frame`
 * is borrowed for the call. After the end call the job is gone. Submitting from inside is fine, freeing the pool is not.
 * Frames that came before an end other than WORKER_OK are a part of an answer. A second try does not repeat frames.
 * `fault` is the task's own code for WORKER_FAILED (or says why the task could not be submitted) and FAULT_WORKER for
 * every other failure; `detail` is one line fit for a terminal, "" for WORKER_OK. */
typedef struct {
        void (*frame)(uint8_t type, Span frame, void *context); /* may be NULL */
        void (*end)(WorkerEnd end, Fault fault, const char *detail, void *context);
        void *context;
} WorkerCalls;

typedef struct {
        int hosts;          /* 0: one per core */
        char **host_argv;   /* how to start a host, NULL-terminated; NULL: /proc/self/exe worker. Copied. */
        double limit_scale; /* multiplies wall and CPU limits (slow machines, sanitizers); 0: 1 */
        int grace_ms; /* how long over its task's wall limit a host may be silent before it is replaced; 0: 10,000 */
} WorkerOptions;

/* `loop` NULL: the pool makes its own, driven by worker_pool_wait. Hosts start on first use, in a session of their own (a
 * Ctrl-C does not reach them), with the few environment variables that a reader of files needs. Idle hosts do not keep
 * the loop running. */
WorkerPool *worker_pool_new(uv_loop_t *loop, const WorkerOptions *options, GError **error);
/* Kills what runs (its `end` is not called), closes the hosts, and returns when their handles are closed: it runs the loop
 * until then, so it is not for callbacks of that loop. */
void worker_pool_free(WorkerPool *pool); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WorkerPool, worker_pool_free)

/* Queues one task. Descriptors are duplicated (a regular file is opened anew, for reading only), the argument copied: the
 * caller keeps its own. Order of ends is free. */
void worker_submit(WorkerPool *pool, const char *task, Span argument, const int *fds, int n_fds,
                   WorkerCalls calls);

int worker_hosts(const WorkerPool *pool);
size_t worker_queued(const WorkerPool *pool); /* submitted and not ended, running ones included */
void worker_pool_wait(WorkerPool *pool);      /* runs the loop until nothing is queued */

/* The host's side: serves tasks from the socket on descriptor 3 until it closes. Called by the hidden verb `worker`.
 * Returns the process's exit code. */
int worker_host_main(const Task *tasks);

/* Runs one task in this process without isolation: for unit tests and fuzzing of tasks only. Of the limits only that of
 * the output holds. */
bool worker_run_here(const Task *task, const TaskInput *in, void (*frame)(uint8_t, Span, void *),
                     void *context, GError **error);

/* Which layers of isolation are active here, one "name: state" per line; g_free it. */
char *worker_sandbox_text(void);

/* Fails (FAULT_USAGE, naming the layer) when Landlock or seccomp can not be had here: children would run without. */
bool worker_sandbox_require(GError **error);

#endif
