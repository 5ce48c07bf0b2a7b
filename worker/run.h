/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.h - what the child and worker_run_here share: where a task's frames go, and its limits; private to worker. */
#ifndef WORKER_RUN_H
#define WORKER_RUN_H

#include "worker/task.h"

struct TaskOutput {
        int fd; /* a pipe to the host; -1: `frame` is called instead */
        void (*frame)(uint8_t type, Span bytes, void *context); /* may be NULL */
        void *context;
        size_t left; /* bytes that may still go out */
        bool over;   /* more was asked for: the answer is not whole, whatever the task says */
};

TaskLimits run_limits(const Task *task); /* with the defaults of task.h where it says 0 */

#endif
