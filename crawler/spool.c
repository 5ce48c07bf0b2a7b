/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Spool {
        FILE *file;
        GByteArray *record;
        uint64_t count, read;
        int failed; /* errno of the first write that failed */
};

Spool *spool_new(const char *folder, GError **error)
{
        g_autofree char *path = g_build_filename(folder, "spool-XXXXXX", NULL);
        int fd =
                g_mkdir_with_parents(folder, 0755) == 0 ? g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600) : -1;
        FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
        if (!file) {
                fault_errno(error, FAULT_IO, errno, "%s", path);
                if (fd >= 0)
                        close(fd);
                return NULL;
        }
        g_unlink(path);
        Spool *spool = g_new0(Spool, 1);
        spool->file = file;
        spool->record = g_byte_array_new();
        return spool;
}

void spool_free(Spool *spool)
{
        if (!spool)
                return;
        fclose(spool->file);
        g_byte_array_unref(spool->record);
        g_free(spool);
}

static void write_bytes(Spool *spool, Span bytes)
{
        if (!spool->failed && bytes.len && fwrite(bytes.data, 1, bytes.len, spool->file) != bytes.len)
                spool->failed = errno ? errno : EIO;
}

void spool_add(Spool *spool, Span record)
{
        uint32_t len = (uint32_t)record.len; /* a frame's size: at most 16 MiB */
        write_bytes(spool, span_of(&len, sizeof len));
        write_bytes(spool, record);
        spool->count++;
}

uint64_t spool_count(const Spool *spool)
{
        return spool->count;
}

bool spool_rewind(Spool *spool, GError **error)
{
        if (!spool->failed && fflush(spool->file) != 0)
                spool->failed = errno ? errno : EIO;
        if (spool->failed)
                return fault_errno(error, FAULT_IO, spool->failed, "writing listings aside");
        rewind(spool->file);
        return true;
}

bool spool_next(Spool *spool, Span *record, GError **error)
{
        uint32_t len = 0;
        if (spool->read == spool->count)
                return false;
        if (fread(&len, sizeof len, 1, spool->file) != 1)
                return fault_errno(error, FAULT_IO, errno ? errno : EIO, "reading listings again");
        g_byte_array_set_size(spool->record, len);
        if (len && fread(spool->record->data, 1, len, spool->file) != len)
                return fault_errno(error, FAULT_IO, errno ? errno : EIO, "reading listings again");
        spool->read++;
        *record = span_of(spool->record->data, len);
        return true;
}
