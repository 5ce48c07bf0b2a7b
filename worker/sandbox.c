/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/sandbox.h"

#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
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

/* The stack grows by address space too: what an error path needs of it when all else is used up is mapped now. */
static void map_stack(void)
{
        volatile char reserve[STACK_RESERVE];
        for (size_t i = 0; i < sizeof reserve; i += 1024)
                reserve[i] = 0;
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

/* ---- Landlock: the structures are spelled here because kernel headers of 6.1 end at ABI 2 (linux/landlock.h) */

typedef struct {
        uint64_t handled_access_fs;
        uint64_t handled_access_net; /* ABI 4 */
        uint64_t scoped;             /* ABI 6 */
} LandlockRules;

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

static int landlock_abi(void)
{
        const unsigned version_flag = 1;
        long abi = SANITIZED ? 0 : syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, version_flag);
        return abi > 0 ? (int)abi : 0;
}

static void enter_landlock(void)
{
        /* How many rights an ABI knows: 13 in 1; REFER, TRUNCATE and IOCTL_DEV came with 2, 3 and 5. */
        static const unsigned fs_rights[] = {0, 13, 14, 15, 15, 16};
        int abi = landlock_abi();
        if (!abi)
                return;
        LandlockRules rules = {
                .handled_access_fs = (UINT64_C(1) << fs_rights[MIN(abi, 5)]) - 1,
                .handled_access_net = abi >= 4 ? 3 : 0, /* bind and connect */
                .scoped = abi >= 6 ? 3 : 0,             /* abstract sockets and signals */
        };
        size_t size = abi >= 6   ? sizeof rules
                      : abi >= 4 ? offsetof(LandlockRules, scoped)
                                 : offsetof(LandlockRules, handled_access_net);
        int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0U);
        if (fd < 0)
                return;
        syscall(SYS_landlock_restrict_self, fd, 0U);
        close(fd);
}

/* ---- seccomp: a list of what no reader of bytes needs */

#if defined(__x86_64__)
enum { AUDIT_ARCH_HERE = AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
enum { AUDIT_ARCH_HERE = AUDIT_ARCH_AARCH64 };
#else
enum { AUDIT_ARCH_HERE = 0 }; /* numbers not checked for this machine: no filter */
#endif

#define CALL(name)          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1)
#define ENDS(name)          CALL(name), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define REFUSED(name, code) CALL(name), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))
#define LOAD(field)         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

static const struct sock_filter filter_code[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)AUDIT_ARCH_HERE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* the x32 numbers would pass the list below */
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        ENDS(fork),
        ENDS(vfork),
#endif
        /* network */
        ENDS(socket),
        ENDS(socketpair),
        ENDS(connect),
        ENDS(bind),
        ENDS(listen),
        ENDS(accept),
        ENDS(accept4),
        ENDS(sendto),
        ENDS(sendmsg),
        ENDS(sendmmsg),
        /* programs and processes; a library that tries a thread is told that there are none */
        ENDS(execve),
        ENDS(execveat),
        ENDS(ptrace),
        ENDS(process_vm_readv),
        ENDS(process_vm_writev),
        ENDS(kill),
        ENDS(pidfd_open),
        ENDS(pidfd_getfd),
        ENDS(pidfd_send_signal),
        ENDS(setns),
        ENDS(unshare),
        ENDS(setsid),
        ENDS(setpgid),
        REFUSED(clone, EPERM),
        REFUSED(clone3, ENOSYS),
        /* the machine */
        ENDS(mount),
        ENDS(umount2),
        ENDS(pivot_root),
        ENDS(chroot),
        ENDS(bpf),
        ENDS(perf_event_open),
        ENDS(userfaultfd),
        ENDS(keyctl),
        ENDS(add_key),
        ENDS(request_key),
        ENDS(io_uring_setup),
        ENDS(io_uring_enter),
        ENDS(io_uring_register),
        ENDS(init_module),
        ENDS(finit_module),
        ENDS(delete_module),
        ENDS(kexec_load),
        ENDS(open_by_handle_at),
        ENDS(reboot),
        ENDS(swapon),
        ENDS(swapoff),
        ENDS(setuid),
        ENDS(setgid),
        ENDS(setresuid),
        ENDS(setresgid),
        ENDS(setgroups),
        ENDS(capset),
        ENDS(personality),
        ENDS(shmget),
        ENDS(shmat),
        ENDS(msgget),
        ENDS(semget),
        ENDS(mq_open),
        REFUSED(prlimit64, EPERM), /* glibc's getrlimit */
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static bool seccomp_here(void)
{
        uint32_t action = SECCOMP_RET_KILL_PROCESS;
        return !SANITIZED && AUDIT_ARCH_HERE != 0 &&
               syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &action) == 0;
}

static void enter_seccomp(void)
{
        struct sock_fprog program = {G_N_ELEMENTS(filter_code), (struct sock_filter *)filter_code};
        if (seccomp_here())
                syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &program);
}

/* ---- Entering */

bool sandbox_enter(const Sandbox *sandbox, GError **error)
{
        if (!sandbox_close_from(sandbox->n_fds, error) || !limit_all(sandbox, error))
                return false;
        if (!SANITIZED &&
            prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) /* also when core_pattern is a pipe: core(5) */
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: forbid core dumps");
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: no_new_privs");
        enter_landlock();
        enter_seccomp();
        return true;
}

bool sandbox_is_sanitized(void)
{
        return SANITIZED;
}

char *sandbox_text(void)
{
        const char *absent = SANITIZED ? "off (sanitizer build)" : "not in this kernel";
        g_autofree char *landlock =
                landlock_abi() ? g_strdup_printf("on, no file, ABI %d", landlock_abi()) : NULL;
        return g_strdup_printf("processes: one child per task\n"
                               "resource limits: %s\n"
                               "no_new_privs: on\n"
                               "landlock: %s\n"
                               "seccomp: %s\n",
                               SANITIZED ? "on, memory off (sanitizer build)" : "on",
                               landlock ? landlock : absent,
                               seccomp_here() ? "on, list of refused calls" : absent);
}

char *worker_sandbox_text(void)
{
        return sandbox_text();
}
