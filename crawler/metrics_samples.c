/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CSV file of samples: a header line, then a line a second. Numbers and one time, so that nothing needs quotes. */
#include "crawler/metrics_inside.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header[] =
        "time,at_ms,elapsed_ms,errands_waiting,errands_leased,errands_done,errands_dead,requests,wire_bytes,"
        "requests_per_second,bytes_per_second,transfers,jobs,workers,tasks_queued,outcomes,store_flushes,"
        "leases_returned,disk_free,memory\n";

static bool write_all(int fd, const char *text, size_t len)
{
        while (len) {
                ssize_t n = write(fd, text, len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                text += n;
                len -= (size_t)n;
        }
        return true;
}

/* A file with other columns is somebody else's; a last line that a kill cut off gets its end. */
static bool check_held(int fd, const char *path, off_t size, GError **error)
{
        char first[sizeof header - 1], last = '\n';
        ssize_t n = pread(fd, first, sizeof first, 0);
        if (n != (ssize_t)sizeof first || memcmp(first, header, sizeof first) != 0)
                return fault(
                        error, FAULT_USAGE,
                        "%s: does not begin with the columns of this program's samples: give another file",
                        path);
        if (pread(fd, &last, 1, size - 1) != 1 || (last != '\n' && !write_all(fd, "\n", 1)))
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        return true;
}

bool metrics_samples_open(Metrics *m, const char *path, GError **error)
{
        struct stat info;
        int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644);
        if (fd < 0 || fstat(fd, &info) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        m->samples_fd = fd;
        m->samples_path = g_strdup(path);
        if (!S_ISREG(info.st_mode))
                return fault(error, FAULT_USAGE, "%s: is no plain file", path);
        if (info.st_size > 0)
                return check_held(fd, path, info.st_size, error);
        return write_all(fd, header, sizeof header - 1) || fault_errno(error, FAULT_IO, errno, "%s", path);
}

void metrics_samples_line(Metrics *m, const MetricsNow *now)
{
        if (m->samples_fd < 0)
                return;
        int64_t at_ms = clock_now_ms();
        g_autofree char *time = clock_text(at_ms);
        g_autoptr(GString) line = g_string_new(NULL);
        g_string_printf(line, "%s,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, time, at_ms,
                        clock_mono_ms() - m->began_ms);
        const uint64_t counts[] = {now->errands.waiting, now->errands.leased, now->errands.done,
                                   now->errands.dead,    now->requests,       now->bytes};
        for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
                g_string_append_printf(line, ",%" G_GUINT64_FORMAT, counts[i]);
        g_string_append_printf(line, ",%.1f,%.0f", now->requests_per_second, now->bytes_per_second);
        const uint64_t rest[] = {now->transfers,   now->jobs,      (uint64_t)now->workers,
                                 now->queued,      now->outcomes,  m->flushes,
                                 m->run->returned, now->disk_free, now->memory};
        for (size_t i = 0; i < G_N_ELEMENTS(rest); i++)
                g_string_append_printf(line, ",%" G_GUINT64_FORMAT, rest[i]);
        g_string_append_c(line, '\n');
        if (write_all(m->samples_fd, line->str, line->len))
                return;
        log_event(LOG_ERROR, "samples", "file", m->samples_path, "error", g_strerror(errno), "hint",
                  "no further samples are written", NULL);
        (void)close(m->samples_fd);
        m->samples_fd = -1;
}
