/* SPDX-License-Identifier: GPL-3.0-or-later */
/* task.h - what runs inside the isolation ward: a named pure function from a descriptor and some bytes to frames.
 * A task has no network, no database and no file but the descriptors it was handed; whatever it does wrong (crash, loop,
 * eat memory, write too much) ends its own process and becomes the outcome of the one app it was about. */
#ifndef WORKER_TASK_H
#define WORKER_TASK_H

#include "core/error.h"
#include "core/span.h"

enum {
        TASK_FDS = 2,
        TASK_ARGUMENT_MAX = 1 << 20, /* bytes */
        TASK_FRAME_MAX = 16 << 20    /* bytes of one frame */
};

typedef struct {
        Span argument;    /* small: options of the task, usually a packed record; at most 1 MiB */
        int fd[TASK_FDS]; /* the hostile bytes, readable by pread/mmap, position 0; -1 when not given. A regular
                              file is open for reading only; it may shrink under an mmap (SIGBUS, a crash) */
        int n_fds;
        const void *tables; /* what the host loaded once at its start (Task.open), read-only */
} TaskInput;

/* Answers go out as frames, in order. type is the task's own numbering, 1..255; one frame holds at most TASK_FRAME_MAX
 * bytes. Fails when the task's output limit or the reader's end is reached; the task should then return. */
typedef struct TaskOutput TaskOutput;
bool task_emit(TaskOutput *out, uint8_t type, Span bytes, GError **error);

typedef struct {
        size_t memory_bytes; /* RLIMIT_AS over what the process and the input files need; 0: 768 MiB */
        int cpu_s;           /* 0: 20 */
        int wall_ms;         /* 0: 30,000 */
        size_t output_bytes; /* all frames together; 0: 4 MiB */
} TaskLimits;

typedef struct {
        const char *name;
        TaskLimits limits;
        /* Loads the tables in a fresh host, before any task runs; NULL: none. Returns NULL: the host does not start.
         * Tasks that name the same function share one load. What needs a file later (a library's configuration, a
         * locale) is to be touched here: the child has no file system. */
        void *(*open)(GError **error);
        /* Pure: the same input gives the same frames, because a task whose host dies is run again and the frames
         * that were handed over already are left out the second time. An error that ends in strerror(ENOMEM), and
         * GLib's own "failed to allocate", count as the memory limit. It may read its descriptors, take memory and ask
         * the time; a thread, a file or a socket is refused or ends it (seccomp.c holds the list of calls). */
        bool (*run)(const TaskInput *in, TaskOutput *out, GError **error);
        void (*close)(void *tables); /* of open, when the host ends in good order; NULL: nothing to do */
} Task;

/* The whole list ends with a Task whose name is NULL. */

#endif
