/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/sandbox.h"

#include "worker/landlock.h"
#include "worker/seccomp.h"
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef OVERREACH_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { STACK_RESERVE = 256 << 10 };

/* ---- Resource limits */

/* Pages of address space this process holds (first number of proc(5) statm); 0 when /proc says nothing. */
static size_t mapped_bytes(void)
{
        char text[64] = "";
        unsigned long pages = 0;
        int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n > 0)
                pages = strtoul(text, NULL, 10);
        return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool limit_to(int resource, const char *name, rlim_t soft, rlim_t hard, GError **error)
{
        struct rlimit now;
        if (getrlimit(resource, &now) == 0) { /* a limit from outside that is tighter stays */
                hard = MIN(hard, now.rlim_max);
                soft = MIN(soft, hard);
        }
        struct rlimit limit = {soft, hard};
        if (setrlimit(resource, &limit) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: setrlimit %s %llu", name,
                                   (unsigned long long)soft);
        return true;
}

/* The stack grows by address space too: what an error path needs of it when all else is used up is part of the mapping from now
 * on. One touch at its far end does that; the pages between come when they are used. */
static void map_stack(void)
{
        volatile char reserve[STACK_RESERVE];
        reserve[0] = 0;
        (void)reserve[0];
}

static bool limit_all(const Sandbox *sandbox, GError **error)
{
        rlim_t cpu = (rlim_t)sandbox->cpu_s;
        if (!SANITIZED) {
                map_stack();
                rlim_t memory = mapped_bytes() + sandbox->memory_bytes;
                if (!limit_to(RLIMIT_AS, "AS", memory, memory, error))
                        return false;
        }
        return limit_to(RLIMIT_CPU, "CPU", cpu, cpu + 2, error) && /* soft: SIGXCPU, hard: SIGKILL */
               limit_to(RLIMIT_NOFILE, "NOFILE", SANDBOX_FDS_MAX, SANDBOX_FDS_MAX, error) &&
               limit_to(RLIMIT_FSIZE, "FSIZE", 0, 0, error) && limit_to(RLIMIT_NPROC, "NPROC", 0, 0, error) &&
               limit_to(RLIMIT_CORE, "CORE", 0, 0, error);
}

bool sandbox_close_from(int first, GError **error)
{
        if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
                return true;
        struct rlimit files; /* before Linux 5.9 */
        if (errno != ENOSYS || getrlimit(RLIMIT_NOFILE, &files) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: close descriptors from %d on",
                                   first);
        for (int fd = first; fd < (int)MIN(files.rlim_cur, 1 << 20); fd++)
                close(fd);
        return true;
}

/* ---- Capabilities: those of root; the structures are of capget(2) */

typedef struct {
        uint32_t version;
        int pid;
} CapabilityHead;

typedef struct {
        uint32_t effective, permitted, inheritable;
} CapabilitySet;

static bool drop_capabilities(GError **error)
{
        CapabilityHead head = {.version = 0x20080522};
        CapabilitySet none[2] = {{0}};
        if (syscall(SYS_capset, &head, none) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: drop capabilities");
        return true;
}

/* ---- Entering */

unsigned sandbox_layers(void)
{
        if (SANITIZED)
                return 0;
        return (landlock_abi() ? SANDBOX_LANDLOCK : 0U) | (seccomp_here() ? SANDBOX_SECCOMP : 0U);
}

bool sandbox_enter(const Sandbox *sandbox, GError **error)
{
        unsigned layers = sandbox_layers() & ~sandbox->without;
        if (!sandbox_close_from(sandbox->n_fds, error) || !limit_all(sandbox, error))
                return false;
        if (!SANITIZED &&
            prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) /* also when core_pattern is a pipe: core(5) */
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: forbid core dumps");
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: no_new_privs");
        return drop_capabilities(error) && (!(layers & SANDBOX_LANDLOCK) || landlock_enter(error)) &&
               (!(layers & SANDBOX_SECCOMP) || seccomp_enter(error));
}

bool sandbox_is_sanitized(void)
{
        return SANITIZED;
}

/* ---- Telling */

char *worker_sandbox_text(void)
{
        const char *absent = SANITIZED ? "off (sanitizer build)" : "not in this kernel";
        unsigned layers = sandbox_layers();
        g_autofree char *landlock = g_strdup_printf("on, no file, ABI %d", landlock_abi());
        return g_strdup_printf("processes: one child per task\n"
                               "resource limits: %s\n"
                               "capabilities: none\n"
                               "no_new_privs: on\n"
                               "landlock: %s\n"
                               "seccomp: %s\n",
                               SANITIZED ? "on, memory off (sanitizer build)" : "on",
                               layers & SANDBOX_LANDLOCK ? landlock : absent,
                               layers & SANDBOX_SECCOMP ? "on, list of allowed calls" : absent);
}

bool worker_sandbox_require(GError **error)
{
        static const char *const lacks[] = {
                [SANDBOX_LANDLOCK] = "Landlock",
                [SANDBOX_SECCOMP] = "seccomp",
                [SANDBOX_LANDLOCK | SANDBOX_SECCOMP] = "Landlock and seccomp",
        };
        unsigned missing = (SANDBOX_LANDLOCK | SANDBOX_SECCOMP) & ~sandbox_layers();
        if (!missing)
                return true;
        return fault(
                error, FAULT_USAGE, "the sandbox lacks %s: %s", lacks[missing],
                SANITIZED ? "this is a sanitizer build, whose run-time they forbid"
                          : "this kernel does not offer it (Landlock: Linux 5.13 and lsm=landlock; seccomp: "
                            "CONFIG_SECCOMP_FILTER)");
}
