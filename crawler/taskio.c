/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/taskio.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool task_read_whole(int fd, size_t limit, Arena *arena, Span *out, GError **error)
{
        struct stat st;
        if (fd < 0 || fstat(fd, &st) != 0)
                return fault_errno(error, FAULT_IO, fd < 0 ? EBADF : errno, "the task's input");
        if (st.st_size < 0 || (uint64_t)st.st_size > limit)
                return fault(error, FAULT_LIMIT, "%lld bytes, at most %zu are read", (long long)st.st_size,
                             limit);
        size_t size = (size_t)st.st_size, at = 0;
        uint8_t *bytes = arena_alloc(arena, size);
        while (at < size) {
                ssize_t n = pread(fd, bytes + at, size - at, (off_t)at);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "reading the task's input");
                if (n == 0)
                        break;
                at += (size_t)n;
        }
        *out = span_of(bytes, at);
        return true;
}

bool task_emit_record(TaskOutput *out, uint8_t type, const ProtobufCMessage *record, GError **error)
{
        g_autoptr(GBytes) bytes = record_pack_message(record);
        return task_emit(out, type, record_span(bytes), error);
}
