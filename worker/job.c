/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/job.h"

#include "worker/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file is opened anew: for reading only, so that a child can not change it, and with a position of its own. */
static int keep_descriptor(int fd)
{
        struct stat st;
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
                char path[32];
                snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
                int again = open(path, O_RDONLY | O_CLOEXEC);
                if (again >= 0 || errno == EMFILE || errno == ENFILE)
                        return again;
        }
        return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static bool check(const char *task, Span argument, int n_fds, GError **error)
{
        if (strlen(task) > FRAME_NAME_MAX)
                return fault(error, FAULT_BUG, "the name of a task has %zu bytes", strlen(task));
        if (n_fds < 0 || n_fds > TASK_FDS)
                return fault(error, FAULT_BUG, "task %s: %d descriptors, at most %d", task, n_fds, TASK_FDS);
        if (argument.len > TASK_ARGUMENT_MAX)
                return fault(error, FAULT_LIMIT, "task %s: argument of %zu bytes, at most %d", task,
                             argument.len, TASK_ARGUMENT_MAX);
        return true;
}

Job *job_new(const char *task, Span argument, const int *fds, int n_fds, WorkerCalls calls,
             uint32_t scale_permille)
{
        Job *job = g_new0(Job, 1);
        job->request = g_byte_array_new();
        job->task = g_strdup(task);
        job->calls = calls;
        if (!check(task, argument, n_fds, &job->broken))
                return job;
        for (int i = 0; i < n_fds; i++) {
                job->fd[i] = keep_descriptor(fds[i]);
                if (job->fd[i] < 0) {
                        fault_errno(&job->broken, FAULT_IO, errno, "task %s: duplicate descriptor %d", task,
                                    fds[i]);
                        return job;
                }
                job->n_fds++;
        }
        Request request = {.scale_permille = scale_permille, .n_fds = (unsigned)n_fds, .argument = argument};
        g_strlcpy(request.task, task, sizeof request.task);
        request_pack(&request, job->request);
        return job;
}

void job_free(Job *job)
{
        if (!job)
                return;
        for (int i = 0; i < job->n_fds; i++)
                close(job->fd[i]);
        g_byte_array_unref(job->request);
        g_clear_error(&job->broken);
        g_free(job->task);
        g_free(job);
}

char **job_environment(void)
{
        static const char *const wanted[] = {
                "PATH=",          "HOME=",  "LANG=",           "LANGUAGE=",     "LC_",
                "TMPDIR=",        "LD_",    "OVERREACH_DATA=", "OPENSSL_CONF=", "OVERREACH_USER_DATA=",
                "XDG_DATA_HOME=", "G_",     "MALLOC_",         "GCOV_",         "LLVM_PROFILE_",
                "ASAN_",          "UBSAN_", "TSAN_",           "LSAN_",
        };
        static const char *const set[] = {
                /* Facts do not depend on where they were read; and glibc without a zone looks for one at every mktime. */
                "TZ=UTC0",
                /* Functions of libraries are found once, in the host, not in every child that calls them. */
                "LD_BIND_NOW=1",
                /* The heap on huge pages, where the kernel has them: a fork copies one entry for 2 MiB of tables, not 512. */
                "GLIBC_TUNABLES=glibc.malloc.hugetlb=1",
        };
        g_auto(GStrv) all = g_get_environ();
        GPtrArray *kept = g_ptr_array_new();
        for (char **pair = all; *pair; pair++) {
                for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
                        if (g_str_has_prefix(*pair, wanted[i])) {
                                g_ptr_array_add(kept, g_strdup(*pair));
                                break;
                        }
                }
        }
        for (size_t i = 0; i < G_N_ELEMENTS(set); i++)
                g_ptr_array_add(kept, g_strdup(set[i]));
        g_ptr_array_add(kept, NULL);
        return (char **)g_ptr_array_free(kept, FALSE);
}
