/* SPDX-License-Identifier: GPL-3.0-or-later */
/* landlock.h - no file by its name, no TCP, no signal to others: Landlock without a single rule; private to worker. */
#ifndef WORKER_LANDLOCK_H
#define WORKER_LANDLOCK_H

#include "core/error.h"

/* Version of the kernel's interface; 0: it has none. 1 (Linux 5.13) knows files, 4 (6.7) TCP, 6 (6.12) signals. */
int landlock_abi(void);

bool landlock_enter(GError **error); /* for good; the thread must have no_new_privs */

#endif
