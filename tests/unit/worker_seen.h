/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker_seen.h - what a test sees of a task, and pools whose host is the test's own program. */
#ifndef TESTS_WORKER_SEEN_H
#define TESTS_WORKER_SEEN_H

#include "unit/unit.h"
#include "unit/worker_tasks.h"

#include "core/text.h"

/* ---- What the tests see of a task */

typedef struct {
        GString *types; /* one letter a frame: 'a' + type - 1 */
        GString *bytes; /* all frames joined by ' ' */
        size_t n_bytes, n_frames;
        unsigned n_ends;
        WorkerEnd end;
        Fault fault;
        char *detail;
        void (*on_frame)(void *seen, Span frame);
        int file;       /* for on_frame */
        int kills_left; /* for on_frame */
        long last_pid;
} Seen;

static inline void on_frame(uint8_t type, Span frame, void *context)
{
        Seen *seen = context;
        g_string_append_c(seen->types, (char)('a' + type - 1));
        if (seen->n_frames++)
                g_string_append_c(seen->bytes, ' ');
        if (frame.len <= 4096)
                g_string_append_len(seen->bytes, (const char *)frame.data, (gssize)frame.len);
        seen->n_bytes += frame.len;
        if (seen->on_frame)
                seen->on_frame(seen, frame);
}

static inline void on_end(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Seen *seen = context;
        seen->n_ends++;
        seen->end = end;
        seen->fault = code;
        g_free(seen->detail);
        seen->detail = g_strdup(detail);
}

static inline Seen *seen_new(void)
{
        Seen *seen = g_new0(Seen, 1);
        seen->types = g_string_new(NULL);
        seen->bytes = g_string_new(NULL);
        return seen;
}

static inline void seen_free(Seen *seen)
{
        g_string_free(seen->types, TRUE);
        g_string_free(seen->bytes, TRUE);
        g_free(seen->detail);
        g_free(seen);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seen, seen_free)

static inline WorkerPool *pool_with(int hosts, const char *mode, int grace_ms)
{
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        char *argv[] = {self, (char *)"worker", (char *)mode, NULL};
        WorkerOptions options = {.hosts = hosts, .host_argv = argv, .grace_ms = grace_ms};
        g_autoptr(GError) error = NULL;
        WorkerPool *pool = worker_pool_new(NULL, &options, &error);
        must_succeed(pool != NULL, error);
        return pool;
}

static inline void submit(WorkerPool *pool, const char *task, const char *argument, int fd, Seen *seen)
{
        WorkerCalls calls = {on_frame, on_end, seen};
        worker_submit(pool, task, span_str(argument), &fd, fd >= 0, calls);
}

/* Runs one task on a pool of its own. */
static inline Seen *try_task(const char *task, const char *argument, int fd)
{
        g_autoptr(WorkerPool) pool = pool_with(1, NULL, 0);
        Seen *seen = seen_new();
        submit(pool, task, argument, fd, seen);
        worker_pool_wait(pool);
        assert_int_equal(seen->n_ends, 1);
        return seen;
}

static inline void assert_ends(const Seen *seen, WorkerEnd end, const char *detail_part)
{
        if (seen->end != end || !strstr(seen->detail, detail_part))
                fail_msg("ended as %s \"%s\", wanted %s \"...%s...\"", worker_end_name(seen->end),
                         seen->detail, worker_end_name(end), detail_part);
        assert_true(text_is_plain(seen->detail));
}

static inline int file_with(const char *text, size_t size)
{
        int fd = memfd_create("input", MFD_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(ftruncate(fd, (off_t)MAX(size, strlen(text))), 0);
        return fd;
}

static inline int open_descriptors(void)
{
        int n = 0;
        for (int fd = 0; fd < 1024; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        return n;
}

#endif
