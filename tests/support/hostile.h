/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostile.h - what code that took over a worker would try: one attempt a row, from reading a file to loading a kernel module.
 * An attempt is a call of the kernel with plain arguments, or a function where one call does not say it. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
        HOSTILE_ANSWERS = 3, /* descriptors of a worker's child: its pipe to the host, */
        HOSTILE_INPUT = 4    /* and its input, a regular file */
};

/* What an attempt is aimed at. `folder` holds "victim" (a file), "below" (an empty folder) and nothing else. */
typedef struct {
        const char *folder;
        pid_t host;
} HostileAim;

typedef struct {
        const char *name;
        unsigned kind; /* bits of the following */
        long number;   /* of the call; used when there is no function */
        long arguments[5];
        long (*function)(void);
        int errno_value; /* of a refusal, where it is another than usual */
} HostileAttempt;

enum {
        /* Does no harm beyond the aim and works for an ordinary process: may be tried without a sandbox. */
        HOSTILE_WORKS = 1,
        /* Landlock and the lack of capabilities deny it, also where there is no seccomp. */
        HOSTILE_LANDLOCK = 2,
        /* Landlock does by its ABI 6 at the latest. */
        HOSTILE_LATE = 4
};

/* ---- What the rows below point at; hostile_try fills in the aim */

static char at_victim[512], at_fresh[512], at_below[512], at_folder[512], at_host_memory[64];
static long at_host;
static char bytes[4096] = "bytes";
static struct open_how how;
static struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
static struct timespec moment;
static const uint32_t capability_head[2] = {0x20080522, 0};
static const uint32_t capability_none[6];
static uint64_t
        zeros[64]; /* perf_event_attr, io_uring_params, bpf_attr, timex: zero means the least one can ask */
static const uint32_t seccomp_allow = 0x7fff0000;
static char *const words[] = {(char *)"true", NULL}, *const none[] = {NULL};
static int pair[2];

static long result(long returned)
{
        return returned < 0 ? -(long)errno : returned;
}

/* ---- Attempts of more than one call */

static long ended(pid_t child)
{
        if (child > 0)
                waitpid(child, NULL, 0);
        return result(child);
}

static long by_fork(void)
{
        pid_t child = fork();
        if (child == 0)
                _exit(0);
        return ended(child);
}

static long by_vfork(void)
{
        pid_t child = vfork(); // NOLINT: it is to be tried
        if (child == 0)
                _exit(0);
        return ended(child);
}

static long by_clone(void)
{
        pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
        if (child == 0)
                _exit(0);
        return ended(child);
}

static long by_clone3(void)
{
        uint64_t arguments[8] = {[4] = SIGCHLD};
        pid_t child = (pid_t)syscall(SYS_clone3, arguments, sizeof arguments);
        if (child == 0)
                _exit(0);
        return ended(child);
}

static void *idle(void *nothing)
{
        return nothing;
}

static long by_thread(void)
{
        pthread_t thread;
        int code = pthread_create(&thread, NULL, idle, NULL);
        if (code == 0)
                pthread_join(thread, NULL);
        return code ? -EPERM : 0; /* EAGAIN, whatever the kernel said */
}

static long run_a_program(void)
{
        return result(execve("/bin/true", words, none));
}

static long connect_by_tcp(void)
{
        struct sockaddr_in here = {
                .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int code = connect(fd, (struct sockaddr *)&here, sizeof here);
        return code < 0 && errno == ECONNREFUSED ? 0 : result(code); /* nobody listens: one could have */
}

static long listen_by_tcp(void)
{
        struct sockaddr_in any = {.sin_family = AF_INET};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        return result(bind(fd, (struct sockaddr *)&any, sizeof any));
}

static long read_the_host(void)
{
        struct iovec here = {bytes, 8},
                     there = {&at_host, 8}; /* after a fork the same thing stands at the same place */
        return result(process_vm_readv((pid_t)at_host, &here, 1, &there, 1, 0));
}

static long write_to_the_host(void)
{
        struct iovec here = {bytes, 8}, there = {bytes, 8}; /* what is there already */
        return result(process_vm_writev((pid_t)at_host, &here, 1, &there, 1, 0));
}

static long attach_to_the_host(void)
{
        long code = result(ptrace(PTRACE_SEIZE, (pid_t)at_host, NULL, NULL));
        if (code == 0)
                ptrace(PTRACE_DETACH, (pid_t)at_host, NULL, NULL);
        return code;
}

static long make_a_page_executable(void)
{
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static long make_the_code_writable(void)
{
        void *page = (void *)((uintptr_t)&make_the_code_writable & ~(uintptr_t)4095);
        return result(mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static long map_code(void)
{
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page == MAP_FAILED ? -errno : 0;
}

static long map_the_input_as_code(void)
{
        void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, HOSTILE_INPUT, 0);
        return page == MAP_FAILED ? -errno : 0;
}

static long map_the_input_to_write(void)
{
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, HOSTILE_INPUT, 0);
        return page == MAP_FAILED ? -errno : 0;
}

static long attach_executable_memory(void)
{
        int id = shmget(IPC_PRIVATE, 4096, 0600);
        void *page = shmat(id, NULL, SHM_EXEC);
        long code = page == (void *)-1 ? -errno : 0;
        shmctl(id, IPC_RMID, NULL);
        return code;
}

static long poison_memory(void)
{
        enum { HWPOISON = 100 };
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return result(syscall(SYS_madvise, page, 0, HWPOISON));
}

static long take_messages(void)
{
        int id = msgget(IPC_PRIVATE, 0600);
        long code = result(id);
        msgctl(id, IPC_RMID, NULL);
        return code;
}

static long take_a_message_queue(void)
{
        const char *name = "overreach-hostile";
        long code = result(syscall(SYS_mq_open, name, O_RDONLY | O_CREAT, 0600, NULL));
        syscall(SYS_mq_unlink, name);
        return code;
}

static long take_semaphores(void)
{
        int id = semget(IPC_PRIVATE, 1, 0600);
        long code = result(id);
        semctl(id, 0, IPC_RMID);
        return code;
}

static long read_the_hosts_clock(void)
{
        long clock = ~at_host * 8 + 2; /* clock_getcpuclockid(3) */
        return result(syscall(SYS_clock_gettime, clock, &moment));
}

#if defined(__x86_64__)
static long call_as_32_bits(void) /* getpid by the table of another machine */
{
        long returned;
        __asm__ volatile("int $0x80" : "=a"(returned) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
        return returned;
}

static long call_as_x32(void)
{
        return result(syscall(0x40000000 + SYS_getpid));
}
#endif

/* ---- The rows. What would do harm asks for it wrongly: the kernel looks at the right to ask before it looks at the rest. */

#define P(pointer) ((long)(intptr_t)(pointer))

enum { W = HOSTILE_WORKS, L = HOSTILE_LANDLOCK, S = HOSTILE_LATE };

static const HostileAttempt hostile_attempts[] = {
        /* files by their names */
        {"open a file to read", W | L, SYS_openat, {AT_FDCWD, P(at_victim), O_RDONLY}},
        {"open a file to write", W | L, SYS_openat, {AT_FDCWD, P(at_victim), O_WRONLY}},
        {"make a file", W | L, SYS_openat, {AT_FDCWD, P(at_fresh), O_WRONLY | O_CREAT, 0600}},
        {"make a file without a name", L, SYS_openat, {AT_FDCWD, P(at_folder), O_RDWR | O_TMPFILE, 0600}},
        {"open a folder", W | L, SYS_openat, {AT_FDCWD, P("/"), O_RDONLY | O_DIRECTORY}},
        {"open a device", W | L, SYS_openat, {AT_FDCWD, P("/dev/null"), O_RDWR}},
        {"open my own memory", W | L, SYS_openat, {AT_FDCWD, P("/proc/self/mem"), O_RDWR}},
        {"open the host's memory", W | L, SYS_openat, {AT_FDCWD, P(at_host_memory), O_RDONLY}},
        {"openat2", W | L, SYS_openat2, {AT_FDCWD, P(at_victim), P(&how), sizeof how}},
        {"ask for a file's size", W, SYS_newfstatat, {AT_FDCWD, P(at_victim), P(bytes), 0}},
        {"ask for a file's size as if by descriptor",
         W,
         SYS_newfstatat,
         {AT_FDCWD, P(at_victim), P(bytes), AT_EMPTY_PATH}},
        {"statx", W, SYS_statx, {AT_FDCWD, P(at_victim), 0, 0x7ff, P(bytes)}},
        {"ask whether a file is there", W, SYS_faccessat, {AT_FDCWD, P(at_victim), F_OK}},
        {"read a link", W, SYS_readlinkat, {AT_FDCWD, P("/proc/self/exe"), P(bytes), sizeof bytes}},
        {"ask for the working folder", W, SYS_getcwd, {P(bytes), sizeof bytes}},
        {"change the working folder", W, SYS_chdir, {P("/")}},
        {"change the root", L, SYS_chroot, {P(at_folder)}},
        {"unlink a file", W | L, SYS_unlinkat, {AT_FDCWD, P(at_victim), 0}},
        {"remove a folder", W | L, SYS_unlinkat, {AT_FDCWD, P(at_below), AT_REMOVEDIR}},
        {"rename a file", W | L, SYS_renameat2, {AT_FDCWD, P(at_victim), AT_FDCWD, P(at_fresh), 0}},
        {"make a folder", W | L, SYS_mkdirat, {AT_FDCWD, P(at_fresh), 0700}},
        {"link a file", W | L, SYS_linkat, {AT_FDCWD, P(at_victim), AT_FDCWD, P(at_fresh), 0}},
        {"make a symbolic link", W | L, SYS_symlinkat, {P(at_victim), AT_FDCWD, P(at_fresh)}},
        {"make a named pipe", W | L, SYS_mknodat, {AT_FDCWD, P(at_fresh), S_IFIFO | 0600, 0}},
        {"truncate a file", W | S, SYS_truncate, {P(at_victim), 0}},
        {"change a file's mode", W, SYS_fchmodat, {AT_FDCWD, P(at_victim), 0777}},
        {"change a file's owner", W, SYS_fchownat, {AT_FDCWD, P(at_victim), -1, -1, 0}},
        {"change a file's time", W, SYS_utimensat, {AT_FDCWD, P(at_victim), 0, 0}},
        {"set an attribute of a file", 0, SYS_setxattr, {P(at_victim), P("user.x"), P(bytes), 1, 0}},
        {"ask for a file system", W, SYS_statfs, {P("/"), P(bytes)}},
        {"open by handle", 0, SYS_open_by_handle_at, {HOSTILE_INPUT, P(bytes), O_RDONLY}},
        {"watch files by inotify", W, SYS_inotify_init1, {0}},
        {"watch files by fanotify", L, SYS_fanotify_init, {0, 0}},
        {"a file in memory", W, SYS_memfd_create, {P("x"), 0}},
        {"a secret file in memory", 0, 447, {0}}, /* memfd_secret */
        /* the input and the answers */
        {"write to the input", 0, SYS_write, {HOSTILE_INPUT, P(bytes), 1}, .errno_value = EBADF},
        {"cut the input", 0, SYS_ftruncate, {HOSTILE_INPUT, 0}},
        {"punch a hole into the input", 0, SYS_fallocate, {HOSTILE_INPUT, 3, 0, 4096}},
        {"change the input's mode", W, SYS_fchmod, {HOSTILE_INPUT, 0777}},
        {"change the input's owner", W, SYS_fchown, {HOSTILE_INPUT, -1, -1}},
        {"change the input's time", W, SYS_utimensat, {HOSTILE_INPUT, 0, 0, 0}},
        {"lock the input", W, SYS_flock, {HOSTILE_INPUT, 2}},
        {"flush the input to disk", W, SYS_fsync, {HOSTILE_INPUT}},
        {"flags of the input's inode", W, SYS_ioctl, {HOSTILE_INPUT, 0x80086601, P(bytes)}},
        {"make the answers wait for nobody", W, SYS_fcntl, {HOSTILE_ANSWERS, F_SETFL, O_NONBLOCK}},
        {"copy a descriptor", W, SYS_dup, {HOSTILE_INPUT}},
        {"copy a descriptor to a number", W, SYS_dup3, {HOSTILE_INPUT, 9, 0}},
        {"copy a descriptor by fcntl", W, SYS_fcntl, {HOSTILE_INPUT, F_DUPFD, 0}},
        {"map the input to write", 0, .function = map_the_input_to_write},
        /* sockets and other descriptors */
        {"a TCP socket", W, SYS_socket, {AF_INET, SOCK_STREAM, 0}},
        {"a UDP socket", W, SYS_socket, {AF_INET, SOCK_DGRAM, 0}},
        {"an IPv6 socket", 0, SYS_socket, {AF_INET6, SOCK_STREAM, 0}},
        {"a Unix socket", W, SYS_socket, {AF_UNIX, SOCK_DGRAM, 0}},
        {"a netlink socket", W, SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
        {"a packet socket", L, SYS_socket, {AF_PACKET, SOCK_RAW, 0}},
        {"a raw socket", L, SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}},
        {"a VM socket", 0, SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}},
        {"a pair of sockets", W, SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, P(pair)}},
        {"connect by TCP", W | S, .function = connect_by_tcp},
        {"listen by TCP", W | S, .function = listen_by_tcp},
        {"send a datagram", 0, SYS_sendto, {HOSTILE_INPUT, P(bytes), 1, 0, 0}},
        {"io_uring", 0, SYS_io_uring_setup, {1, P(zeros)}},
        {"a pipe", W, SYS_pipe2, {P(pair), 0}},
        {"an event descriptor", W, SYS_eventfd2, {0, 0}},
        {"a timer", W, SYS_timerfd_create, {CLOCK_MONOTONIC, 0}},
        {"epoll", W, SYS_epoll_create1, {0}},
        /* processes and programs */
        {"fork", W, .function = by_fork},
        {"vfork", W, .function = by_vfork},
        {"clone", W, .function = by_clone},
        {"clone3", W, .function = by_clone3},
        {"a thread", W, .function = by_thread},
        {"run a program", L, .function = run_a_program},
        {"run the input as a program",
         0,
         SYS_execveat,
         {HOSTILE_INPUT, P(""), P(words), P(none), AT_EMPTY_PATH}},
        {"attach to the host by ptrace", L, .function = attach_to_the_host},
        {"ask to be traced", W, SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
        {"read the host's memory", L, .function = read_the_host},
        {"write to the host's memory", L, .function = write_to_the_host},
        {"signal the host", W | S, SYS_kill, {0, SIGURG}}, /* the 0 is filled in */
        {"signal the host's thread", 0, SYS_tgkill, {0, 0, SIGURG}},
        {"queue a signal for myself", 0, SYS_rt_sigqueueinfo, {0, SIGURG, P(bytes)}},
        {"a descriptor of the host", W, SYS_pidfd_open, {0, 0}},
        {"fetch a descriptor from elsewhere", 0, SYS_pidfd_getfd, {HOSTILE_INPUT, 0, 0}},
        {"the host's clock", W, .function = read_the_hosts_clock},
        {"ask who the host is", W, SYS_getppid, {0}},
        {"ask who I am", W, SYS_getuid, {0}},
        {"a process group", 0, SYS_setpgid, {0, 0}},
        {"a session", 0, SYS_setsid, {0}},
        {"wait for processes", 0, SYS_wait4, {-1, 0, 1, 0}},
        {"a lower priority", W, SYS_setpriority, {PRIO_PROCESS, 0, 19}},
        {"another scheduler", W, SYS_sched_setscheduler, {0, SCHED_BATCH, P(capability_none)}},
        {"which processors there are", W, SYS_sched_getaffinity, {0, sizeof bytes, P(bytes)}},
        {"be dumpable", W, SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
        {"another name", W, SYS_prctl, {PR_SET_NAME, P("x"), 0, 0, 0}},
        {"outlive the host", W, SYS_prctl, {PR_SET_PDEATHSIG, 0, 0, 0, 0}},
        {"raise my limits", L, SYS_prlimit64, {0, RLIMIT_NOFILE, P(&all), 0}},
        {"raise my limits the old way", L, SYS_setrlimit, {RLIMIT_CPU, P(&all)}},
        {"sleep", W, SYS_nanosleep, {P(&moment), 0}},
        /* identities and name spaces */
        {"become root", W, SYS_setuid, {0}},
        {"another user", 0, SYS_setresuid, {1, 1, 1}},
        {"other groups", L, SYS_setgroups, {0, 0}},
        {"take capabilities", W, SYS_capset, {P(capability_head), P(capability_none)}},
        {"a user name space", 0, SYS_unshare, {CLONE_NEWUSER}},
        {"a network name space", L, SYS_unshare, {CLONE_NEWNET}},
        {"another's name space", 0, SYS_setns, {HOSTILE_INPUT, 0}},
        {"the session's keys", 0, SYS_keyctl, {KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0}},
        {"add a key", 0, SYS_add_key, {P("user"), P("x"), P(bytes), 1, KEY_SPEC_PROCESS_KEYRING}},
        {"another personality", W, SYS_personality, {-1}},
        /* memory */
        {"map memory for code", W, .function = map_code},
        {"map the input for code", W, .function = map_the_input_as_code},
        {"make memory executable", W, .function = make_a_page_executable},
        {"make code writable", W, .function = make_the_code_writable},
        {"shared memory for code", W, .function = attach_executable_memory},
        {"poison memory", 0, .function = poison_memory, .errno_value = EINVAL},
        {"a lock that lends its priority", W, SYS_futex, {P(zeros), 6}}, /* FUTEX_LOCK_PI */
        {"lock memory", 0, SYS_mlockall, {1}},
        {"faults of my own", 0, SYS_userfaultfd, {O_CLOEXEC | 1}},
        {"messages", W, .function = take_messages},
        {"semaphores", W, .function = take_semaphores},
        {"a message queue", W, .function = take_a_message_queue},
        /* the machine */
        {"mount", L, SYS_mount, {P("none"), P(at_below), P("tmpfs"), 0, 0}},
        {"unmount", L, SYS_umount2, {P(at_below), MNT_DETACH}},
        {"pivot the root", L, SYS_pivot_root, {P(at_below), P(at_below)}},
        {"swap", L, SYS_swapon, {P(at_victim), 0}},
        {"reboot", L, SYS_reboot, {0, 0, 0, 0}},
        {"set the time", L, SYS_settimeofday, {0, 0}},
        {"how the time is kept", W, SYS_adjtimex, {P(zeros)}},
        {"rename the machine", L, SYS_sethostname, {P("x"), -1}},
        {"the kernel's log", L, SYS_syslog, {8, 0, 0}},
        {"the kernel's name", W, SYS_uname, {P(bytes)}},
        {"how much memory there is", W, SYS_sysinfo, {P(bytes)}},
        {"accounting", L, SYS_acct, {0}},
        {"quota", 0, SYS_quotactl, {0x800007 << 8, P("none"), 0, P(bytes)}},
        {"load a module", L, SYS_init_module, {P(bytes), 1, P("")}},
        {"load a module by descriptor", L, SYS_finit_module, {HOSTILE_INPUT, P(""), 0}},
        {"another kernel", L, SYS_kexec_load, {0, 0, 0, 0}},
        {"a program for the kernel", 0, SYS_bpf, {0, P(zeros), 72}},
        {"count the processor's events", 0, SYS_perf_event_open, {P(zeros), 0, -1, -1, 0}},
        {"another filter", W, SYS_seccomp, {2, 0, P(&seccomp_allow)}}, /* is this action there? */
#if defined(__x86_64__)
        {"open the old way", W | L, SYS_open, {P(at_victim), O_RDONLY}},
        {"make a file the old way", W | L, SYS_creat, {P(at_fresh), 0600}},
        {"ask for a file's size the old way", W, SYS_stat, {P(at_victim), P(bytes)}},
        {"the processor's ports", L, SYS_iopl, {3}},
        {"a table of segments", 0, SYS_modify_ldt, {0, P(bytes), 8}},
        {"a call of 32 bits", 0, .function = call_as_32_bits},
        {"a call by the x32 numbers", 0, .function = call_as_x32},
#endif
};
static const size_t hostile_n = sizeof hostile_attempts / sizeof *hostile_attempts;

static void take_aim(const HostileAim *aim)
{
        snprintf(at_folder, sizeof at_folder, "%s", aim->folder);
        snprintf(at_victim, sizeof at_victim, "%s/victim", aim->folder);
        snprintf(at_fresh, sizeof at_fresh, "%s/fresh", aim->folder);
        snprintf(at_below, sizeof at_below, "%s/below", aim->folder);
        snprintf(at_host_memory, sizeof at_host_memory, "/proc/%d/mem", (int)aim->host);
        at_host = aim->host;
}

/* Does it in this process, which has HOSTILE_INPUT open: what the call returned, or minus its errno. */
static long hostile_try(const HostileAttempt *attempt, const HostileAim *aim)
{
        const long *a = attempt->arguments;
        take_aim(aim);
        if (attempt->function)
                return attempt->function();
        if (attempt->number == SYS_kill || attempt->number == SYS_pidfd_open)
                return result(syscall(attempt->number, at_host, a[1]));
        if (attempt->number == SYS_tgkill)
                return result(syscall(SYS_tgkill, at_host, at_host, a[2]));
        if (attempt->number == SYS_rt_sigqueueinfo)
                return result(syscall(SYS_rt_sigqueueinfo, getpid(), a[1], a[2]));
        return result(syscall(attempt->number, a[0], a[1], a[2], a[3], a[4]));
}

/* The errno is that of a refusal; an attempt that is known to work otherwise may be refused by more of them. */
static bool hostile_refusal(const HostileAttempt *attempt, int errno_value)
{
        static const int refusals[] = {EPERM, EACCES, ENOSYS};
        static const int others[] = {EBADF, EINVAL, ENOTTY};
        if (attempt->errno_value)
                return errno_value == attempt->errno_value;
        for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
                if (errno_value == refusals[i])
                        return true;
        for (size_t i = 0; (attempt->kind & HOSTILE_WORKS) && i < sizeof others / sizeof *others; i++)
                if (errno_value == others[i])
                        return true;
        return false;
}

#endif
