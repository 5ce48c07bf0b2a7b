/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.h - what a child gives up before it looks at a hostile byte; private to worker, Linux only.
 *
 * Always: resource limits, no capability, no_new_privs, no core dump, every descriptor but its own closed. Where the kernel has
 * them: Landlock with no rule at all (landlock.h) and a seccomp list of allowed calls (seccomp.h). What is there and can not be
 * entered fails the task: a child never runs with less than worker_sandbox_text says.
 * Sanitizer builds leave out RLIMIT_AS, Landlock and seccomp: their run-time needs what these forbid. */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include "core/error.h"

typedef struct {
        size_t memory_bytes; /* address space beyond what is mapped on entering */
        int cpu_s;
        int n_fds;        /* descriptors 0 .. n_fds-1 stay, all others are closed */
        unsigned without; /* SandboxLayer bits: layers that are left out, to test the others alone */
} Sandbox;

/* The layers that not every kernel has. */
typedef enum { SANDBOX_LANDLOCK = 1, SANDBOX_SECCOMP = 2 } SandboxLayer;
unsigned sandbox_layers(void); /* SandboxLayer bits: what this build has on this kernel */

enum { SANDBOX_FDS_MAX = 16 }; /* RLIMIT_NOFILE, n_fds included */

/* Enters for good. On failure the process is half restricted and must end. */
bool sandbox_enter(const Sandbox *sandbox, GError **error);

/* Closes every descriptor from `first` on. */
bool sandbox_close_from(int first, GError **error);

bool sandbox_is_sanitized(void); /* this is a sanitizer build */

#endif
