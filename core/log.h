/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.h - one event a line on stderr, as logfmt. core, analyzer and judge never log: they return errors.
 *     log_event(LOG_WARN, "robots_unreachable", "host", host, "status", "503", NULL);
 * Values are escaped: no control byte of a market or an app reaches the terminal. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <glib.h>
#include <stdbool.h>

typedef enum { LOG_QUIET = -1, LOG_ERROR = 0, LOG_WARN, LOG_INFO, LOG_DEBUG } LogLevel;

void log_set_level(LogLevel level); /* default LOG_WARN */
bool log_would(LogLevel level);

/* Before a line is printed: clear what stands there (the progress line); after it: draw it again. Either NULL. */
void log_set_around(void (*before)(void *), void (*after)(void *), void *context);

/* name, value pairs; NULL ends */
void log_event(LogLevel level, const char *event, ...) G_GNUC_NULL_TERMINATED;

#endif
