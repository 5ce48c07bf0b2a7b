/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error.h - one error domain for all rooms. The code says what the caller can do next; the message says what was
 * seen and where, deepest level first, each level above putting its own place in front (g_prefix_error). */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
        FAULT_USAGE,       /* the user asked for something that does not exist: tell, exit 2 */
        FAULT_MALFORMED,   /* bytes from outside break their format: record the outcome, go on */
        FAULT_UNSUPPORTED, /* well-formed, but nothing here reads it: record the outcome, go on */
        FAULT_LIMIT,       /* a cap was hit: record which, go on */
        FAULT_NOT_FOUND,   /* asked for by name, not there */
        FAULT_SIGNATURE, /* a signature, certificate or fingerprint is not what was pinned: stop this market */
        FAULT_ROLLBACK,  /* older than what was accepted before: stop this market */
        FAULT_NETWORK,   /* the other side or the way to it: retry later */
        FAULT_IO,        /* a local file could not be read or written */
        FAULT_DISK,   /* disk full, or the database refuses to write: stop, everything acknowledged is safe */
        FAULT_SCHEMA, /* the database was written by a newer program */
        FAULT_BUSY,   /* another process holds the database */
        FAULT_WORKER, /* a worker died, hung or broke its limits: record the outcome, go on */
        FAULT_INTERRUPTED, /* the user asked to stop: resumable */
        FAULT_BUG          /* ours */
} Fault;

#define FAULT_DOMAIN fault_domain_quark()
GQuark fault_domain_quark(void);

/* Sets *error (which may be NULL) and returns false, so that `return fault(error, ...)` reads as one step. */
bool fault(GError **error, Fault code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* fault() with strerror(errno_value) appended; ENOSPC and EDQUOT become FAULT_DISK whatever `code` says. */
bool fault_errno(GError **error, Fault code, int errno_value, const char *format, ...) G_GNUC_PRINTF(4, 5);

bool fault_is(const GError *error, Fault code); /* NULL is no fault */

/* Process exit code for an error: 2 usage, 4 network or market, 5 database or disk, 6 interrupted, else 3. */
int fault_exit_code(const GError *error);

#endif
