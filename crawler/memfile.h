/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memfile.h - bytes in memory as a descriptor, to hand to a worker. */
#ifndef CRAWLER_MEMFILE_H
#define CRAWLER_MEMFILE_H

#include "core/error.h"
#include "core/span.h"

/* An anonymous, sealed file of these bytes at position 0; close it after use. -1 and FAULT_IO when the system gives none. */
int memfile_new(const char *name, Span bytes, GError **error);

#endif
