/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.h - one submitted task while the pool has it; private to worker. */
#ifndef WORKER_JOB_H
#define WORKER_JOB_H

#include "worker/worker.h"

typedef struct {
        GByteArray *request; /* body of FRAME_TASK, kept for a second try */
        char *task;
        int fd[TASK_FDS]; /* ours */
        int n_fds;
        WorkerCalls calls;
        unsigned tries;   /* hosts that died under it */
        size_t delivered; /* frames the caller has */
        size_t seen;      /* frames of this try */
        GError *broken;   /* why it can not be run at all; NULL: it can */
} Job;

/* Never NULL: what is wrong with the call stands in `broken`. */
Job *job_new(const char *task, Span argument, const int *fds, int n_fds, WorkerCalls calls,
             uint32_t scale_permille);
void job_free(Job *job); /* NULL is fine */

/* The environment that hosts get: paths, language, data folder, sanitizer options, UTC; no token, no proxy password.
 * g_strfreev it. */
char **job_environment(void);

#endif
