/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.h - the forked child: one task, then gone; private to worker. */
#ifndef WORKER_CHILD_H
#define WORKER_CHILD_H

#include "worker/task.h"

#include <sys/types.h>

enum { CHILD_NO_MEMORY = 111 }; /* exit status that says: an allocation failed */

typedef struct {
        const Task *task;
        TaskLimits limits; /* scaled, none 0 */
        TaskInput input;
        int answers; /* pipe to the host for frames */
        int errors;  /* pipe to the host that becomes stderr; what does not fit is dropped */
        pid_t host;  /* the child ends with it */
} Child;

/* Takes over the freshly forked process. */
G_NORETURN void child_run(Child *child);

#endif
