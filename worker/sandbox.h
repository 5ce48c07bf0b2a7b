/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.h - what a child gives up before it looks at a hostile byte; private to worker, Linux only.
 *
 * Always: resource limits, no_new_privs, no core dump, every descriptor but its own closed; failing one of these
 * fails the task. Where the kernel has them: Landlock with no rule at all (no file system, no TCP, no signals to others)
 * and a seccomp filter that ends a child which asks for sockets, programs, processes or other processes' memory.
 * Sanitizer builds leave out RLIMIT_AS, Landlock and seccomp: their run-time needs what these forbid. */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include "core/error.h"

typedef struct {
        size_t memory_bytes; /* address space beyond what is mapped on entering */
        int cpu_s;
        int n_fds; /* descriptors 0 .. n_fds-1 stay, all others are closed */
} Sandbox;

enum { SANDBOX_FDS_MAX = 16 }; /* RLIMIT_NOFILE, n_fds included */

/* Enters for good. On failure the process is half restricted and must end. */
bool sandbox_enter(const Sandbox *sandbox, GError **error);

/* Closes every descriptor from `first` on. */
bool sandbox_close_from(int first, GError **error);

bool sandbox_is_sanitized(void); /* this is a sanitizer build */

char *sandbox_text(void); /* "name: state" lines of this build on this kernel; g_free it */

#endif
