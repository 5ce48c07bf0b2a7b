/* SPDX-License-Identifier: GPL-3.0-or-later */
/* supervise.h - one child from fork to grave: its frames are passed on, its limits kept, its end named; private to
 * worker, runs in the host. */
#ifndef WORKER_SUPERVISE_H
#define WORKER_SUPERVISE_H

#include "worker/child.h"
#include "worker/frame.h"
#include "worker/worker.h"

typedef struct {
        WorkerEnd end;
        Fault code;
        char *text; /* g_free it; NULL when supervise failed */
} Verdict;

/* Runs plan->task (its pipes and host need not be filled in). Frames go through `out` to `socket`. While more than a mebibyte
 * waits there the child is not read, and its wall time stands still. The child is gone on return. False: the host cannot go
 * on, because no child could be started (*error) or because the main process is gone (no error). */
bool supervise(const Child *plan, int socket, FrameWriter *out, Verdict *verdict, GError **error);

#endif
