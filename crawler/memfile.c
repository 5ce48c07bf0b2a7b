/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static bool write_all(int fd, Span bytes)
{
        for (size_t at = 0; at < bytes.len;) {
                ssize_t n = pwrite(fd, bytes.data + at, bytes.len - at, (off_t)at);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                at += (size_t)n;
        }
        return true;
}

int memfile_new(const char *name, Span bytes, GError **error)
{
        int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd >= 0 && write_all(fd, bytes)) {
                fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
                return fd;
        }
        fault_errno(error, FAULT_IO, errno, "an anonymous file of %zu bytes for %s", bytes.len, name);
        if (fd >= 0)
                close(fd);
        return -1;
}
