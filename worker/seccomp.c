/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { AUDIT_ARCH_HERE = AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
enum { AUDIT_ARCH_HERE = AUDIT_ARCH_AARCH64 };
#else
enum { AUDIT_ARCH_HERE = 0 }; /* registers and numbers not known for this machine: no filter */
#endif

/* ---- The list */

typedef enum {
        ALLOW,
        ALLOW_WITHOUT, /* these bits in the argument, else the end */
        ALLOW_BELOW,   /* the argument, as an unsigned number, else EINVAL */
        ALLOW_SELF,    /* the argument is this process, else the end */
        REFUSE,        /* with this errno */
        TRAP           /* answered by on_trap */
} Answer;

typedef struct {
        uint32_t call;
        Answer answer;
        uint32_t value;
        uint8_t argument; /* its lower half is looked at: all of them are ints to the kernel, or bits of the lower half */
} Rule;

enum {
        ADVICE_END = 32, /* madvise: below are hints; above, since 100, what acts on the machine's memory */
        CLOCKS_END =
                12, /* clock_gettime: the clocks of clock_gettime(2); others are of processes and devices */
        CALLS_MAX = 96
};

static const Rule rules[] = {
        /* the input, and the answer */
        {SYS_read, ALLOW},
        {SYS_pread64, ALLOW},
        {SYS_lseek, ALLOW},
        {SYS_fstat, ALLOW},
        {SYS_write, ALLOW},
        {SYS_writev, ALLOW},
        {SYS_close, ALLOW},
        /* memory, never code: what is executable was so before */
        {SYS_mmap, ALLOW_WITHOUT, PROT_EXEC, 2},
        {SYS_mprotect, ALLOW_WITHOUT, PROT_EXEC, 2}, /* malloc's second arena, when the first is full */
        {SYS_mremap, ALLOW},
        {SYS_munmap, ALLOW},
        {SYS_brk, ALLOW},
        {SYS_madvise, ALLOW_BELOW, ADVICE_END, 2},
        /* locks of libraries, time, random seeds of hash tables */
        {SYS_futex, ALLOW_WITHOUT,
         ~(uint32_t)(FUTEX_WAIT | FUTEX_WAKE | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME), 1},
        {SYS_restart_syscall, ALLOW},
        {SYS_clock_gettime, ALLOW_BELOW, CLOCKS_END, 0},
        {SYS_gettimeofday, ALLOW},
        {SYS_getrandom, ALLOW},
        /* to end, also by abort() */
        {SYS_exit, ALLOW},
        {SYS_exit_group, ALLOW},
        {SYS_rt_sigaction, ALLOW},
        {SYS_rt_sigprocmask, ALLOW},
        {SYS_rt_sigreturn, ALLOW},
        {SYS_sigaltstack, ALLOW},
        {SYS_getpid, ALLOW},
        {SYS_gettid, ALLOW},
        {SYS_tgkill, ALLOW_SELF, 0, 0},
        /* glibc's fstat asks this way, and could ask for any path: on_trap makes an fstat of it */
        {SYS_newfstatat, TRAP},
        /* libraries that load something late, or look where they are, do without */
        {SYS_openat, REFUSE, EACCES},
        {SYS_faccessat, REFUSE, EACCES},
        {SYS_readlinkat, REFUSE, EACCES},
        {SYS_statx, REFUSE, EACCES},
        {SYS_getcwd, REFUSE, EACCES},
        {SYS_fcntl, REFUSE, EPERM},
        {SYS_ioctl, REFUSE, ENOTTY}, /* "is it a terminal?" */
        {SYS_uname, REFUSE, EPERM},
        {SYS_sysinfo, REFUSE, EPERM},
        {SYS_sched_getaffinity, REFUSE, EPERM},
        {SYS_prlimit64, REFUSE, EPERM}, /* glibc's getrlimit */
        {SYS_clone, REFUSE, EPERM},     /* a thread: there are none */
        {SYS_clone3, REFUSE, ENOSYS},   /* glibc tries clone then */
#ifdef SYS_faccessat2
        {SYS_faccessat2, REFUSE, EACCES},
#endif
#if defined(__x86_64__)
        {SYS_open, REFUSE, EACCES},
        {SYS_access, REFUSE, EACCES},
        {SYS_readlink, REFUSE, EACCES},
        {SYS_stat, REFUSE, EACCES},
        {SYS_lstat, REFUSE, EACCES},
        {SYS_getrlimit, REFUSE, EPERM},
        {SYS_time, ALLOW},
#endif
};
_Static_assert(G_N_ELEMENTS(rules) <= CALLS_MAX, "make room for the list");

/* ---- The program, made from its end: so every jump knows how far it goes */

enum { PROGRAM_MAX = 250 }; /* a conditional jump reaches 255 steps */

typedef struct {
        struct sock_filter code[PROGRAM_MAX];
        unsigned at; /* first step; all behind it are made */
} Program;

static unsigned put(Program *program, uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
        g_assert(program->at > 0);
        unsigned here = --program->at;
        bool jumps = BPF_CLASS(code) == BPF_JMP;
        program->code[here] = (struct sock_filter){code, (uint8_t)(jumps ? yes - here - 1 : 0),
                                                   (uint8_t)(jumps ? no - here - 1 : 0), k};
        return here;
}

static unsigned put_load(Program *program, size_t offset)
{
        return put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The step that ends with this action; made when it is wanted first. */
static unsigned action(Program *program, uint32_t action_value)
{
        for (unsigned i = program->at; i < PROGRAM_MAX; i++) {
                if (program->code[i].code == (BPF_RET | BPF_K) && program->code[i].k == action_value)
                        return i;
        }
        return put(program, BPF_RET | BPF_K, action_value, 0, 0);
}

/* The step at which what this rule says begins. */
static unsigned answer(Program *program, const Rule *rule)
{
        static const uint16_t tests[] = {
                [ALLOW_WITHOUT] = BPF_JSET, [ALLOW_BELOW] = BPF_JGE, [ALLOW_SELF] = BPF_JEQ};
        unsigned allow = action(program, SECCOMP_RET_ALLOW), end = action(program, SECCOMP_RET_KILL_PROCESS);
        unsigned yes = end, no = allow;
        uint32_t k = rule->value;
        if (rule->answer == ALLOW)
                return allow;
        if (rule->answer == REFUSE)
                return action(program, SECCOMP_RET_ERRNO | rule->value);
        if (rule->answer == TRAP)
                return action(program, SECCOMP_RET_TRAP);
        if (rule->answer == ALLOW_BELOW)
                yes = action(program, SECCOMP_RET_ERRNO | EINVAL);
        if (rule->answer == ALLOW_SELF)
                k = (uint32_t)getpid(), yes = allow, no = end;
        put(program, (uint16_t)(BPF_JMP | BPF_K | tests[rule->answer]), k, yes, no);
        size_t low = G_BYTE_ORDER == G_BIG_ENDIAN ? sizeof(uint32_t) : 0;
        return put_load(program,
                        offsetof(struct seccomp_data, args) + rule->argument * sizeof(uint64_t) + low);
}

/* Finds the rule of a call among n sorted ones, a few by one after the other, more by halves: on entering the kernel runs the
 * program for each call it has. Returns the first step. */
static unsigned search(Program *program, const Rule *sorted, size_t n, const unsigned *answers)
{
        enum { FEW = 4 };
        if (n > FEW) {
                unsigned high = search(program, sorted + n / 2, n - n / 2, answers + n / 2);
                unsigned low = search(program, sorted, n / 2, answers);
                return put(program, BPF_JMP | BPF_K | BPF_JGE, sorted[n / 2].call, high, low);
        }
        unsigned next = action(program, SECCOMP_RET_KILL_PROCESS);
        for (size_t i = n; i-- > 0;)
                next = put(program, BPF_JMP | BPF_K | BPF_JEQ, sorted[i].call, answers[i], next);
        return next;
}

static int by_call(const void *a, const void *b)
{
        const Rule *one = a, *other = b;
        return (one->call > other->call) - (one->call < other->call);
}

static void make_program(Program *program)
{
        Rule sorted[G_N_ELEMENTS(rules)];
        unsigned answers[G_N_ELEMENTS(rules)];
        memcpy(sorted, rules, sizeof rules);
        qsort(sorted, G_N_ELEMENTS(rules), sizeof *sorted, by_call);
        program->at = PROGRAM_MAX;
        for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
                answers[i] = answer(program, &sorted[i]);
        unsigned found = search(program, sorted, G_N_ELEMENTS(rules), answers);
        g_assert(found == program->at); /* the load before it falls into it */
        unsigned known = put_load(program, offsetof(struct seccomp_data, nr));
        put(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0); /* numbers of another machine */
        put(program, BPF_JMP | BPF_K | BPF_JEQ, (uint32_t)AUDIT_ARCH_HERE, known, program->at);
        put_load(program, offsetof(struct seccomp_data, arch));
}

/* ---- The call that is answered here */

#if defined(__x86_64__)
static greg_t *call_register(ucontext_t *context, unsigned i)
{
        static const uint8_t names[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10};
        return &context->uc_mcontext.gregs[names[i]];
}
static greg_t *result_register(ucontext_t *context)
{
        return &context->uc_mcontext.gregs[REG_RAX];
}
#elif defined(__aarch64__)
static unsigned long long *call_register(ucontext_t *context, unsigned i)
{
        return &context->uc_mcontext.regs[i];
}
static unsigned long long *result_register(ucontext_t *context)
{
        return &context->uc_mcontext.regs[0];
}
#endif

/* newfstatat(fd, "", buffer, AT_EMPTY_PATH) is fstat(fd, buffer); any path is refused. */
static void on_trap(int number, siginfo_t *info, void *data)
{
        int saved = errno;
        long result = -EACCES;
        (void)number;
#if defined(__x86_64__) || defined(__aarch64__)
        ucontext_t *context = data;
        const char *path;
        memcpy(&path, call_register(context, 1), sizeof path);
        if (info->si_syscall == SYS_newfstatat && (*call_register(context, 3) & AT_EMPTY_PATH) &&
            (!path || !*path)) {
                result = syscall(SYS_fstat, (int)*call_register(context, 0), *call_register(context, 2));
                result = result == 0 ? 0 : -errno;
        }
        *result_register(context) = result;
#endif
        errno = saved;
}

/* ---- Entering */

bool seccomp_here(void)
{
        uint32_t wanted = SECCOMP_RET_KILL_PROCESS;
        return AUDIT_ARCH_HERE != 0 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &wanted) == 0;
}

bool seccomp_enter(GError **error)
{
        Program program;
        make_program(&program);
        struct sock_fprog rest = {(unsigned short)(PROGRAM_MAX - program.at), program.code + program.at};
        struct sigaction trap = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
        if (sigaction(SIGSYS, &trap, NULL) != 0 ||
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &rest) != 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: seccomp filter");
        return true;
}
