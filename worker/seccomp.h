/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seccomp.h - the calls a child may make of the kernel: a list of what readers of bytes need, and nothing else; private to
 * worker. The list itself stands in seccomp.c, each row with its reason. What is not on it ends the process (SIGSYS), except
 * what libraries try and can do without, which gets an errno. x86-64 and AArch64. */
#ifndef WORKER_SECCOMP_H
#define WORKER_SECCOMP_H

#include "core/error.h"

bool seccomp_here(void); /* this kernel and this machine have it */

/* Enters for good: the calling thread, which must have no_new_privs, and a handler of SIGSYS for one call that is answered in
 * the process itself. */
bool seccomp_enter(GError **error);

#endif
