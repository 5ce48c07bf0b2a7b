/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taskio.h - what the crawler's worker tasks share: reading their input, answering records. */
#ifndef CRAWLER_TASKIO_H
#define CRAWLER_TASKIO_H

#include "core/record.h"
#include "worker/task.h"

/* The whole file, from its start, into the arena. FAULT_LIMIT over `limit` bytes, FAULT_IO. */
bool task_read_whole(int fd, size_t limit, Arena *arena, Span *out, GError **error);

/* One packed record as a frame. */
bool task_emit_record(TaskOutput *out, uint8_t type, const ProtobufCMessage *record, GError **error);

#endif
