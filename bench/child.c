/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one isolated child costs: fork, sandbox, an empty task, its report, its end. One host, tasks one after the other, host and
 * main process included; what starting the host costs is taken out by running two numbers of tasks.
 *
 * usage: bench_child [TASKS [MEBIBYTES|PROGRAM]]
 *
 * 2000 tasks; the host holds so many mebibytes of tables (0), or is that of PROGRAM, a build/.../overreach with the tables it has:
 * its task "apk" without an APK ends at once. */
#include "worker/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FEW = 100 };

typedef struct {
        double cpu_us, system_us, wall_us;
} Cost;

static void *open_tables(GError **error)
{
        const char *mebibytes = g_getenv("LC_BENCH_MIB"); /* a name that hosts are given: job.c */
        size_t size = mebibytes ? strtoul(mebibytes, NULL, 10) << 20 : 0;
        (void)error;
        return memset(g_malloc(size + 1), 1, size + 1);
}

static bool run_nothing(const TaskInput *in, TaskOutput *out, GError **error)
{
        (void)in, (void)out, (void)error;
        return true;
}

static const Task tasks[] = {{.name = "nothing", .open = open_tables, .close = g_free, .run = run_nothing},
                             {NULL}};

typedef struct {
        const char *program; /* NULL: this one */
        unsigned tasks, ended;
} Plan;

static double micros(struct timeval t)
{
        return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

static Cost now(void)
{
        struct rusage self, children;
        getrusage(RUSAGE_SELF, &self);
        getrusage(RUSAGE_CHILDREN, &children);
        double system = micros(self.ru_stime) + micros(children.ru_stime);
        double user = micros(self.ru_utime) + micros(children.ru_utime);
        return (Cost){user + system, system, (double)g_get_monotonic_time()};
}

static void ended(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Plan *plan = context;
        (void)code;
        if (end == (plan->program ? WORKER_FAILED : WORKER_OK))
                plan->ended++;
        else
                fprintf(stderr, "bench_child: a task ended as %s: %s\n", worker_end_name(end), detail);
}

/* What the tasks cost on a new host, its start and end included. */
static Cost cost_of(Plan plan)
{
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        char *argv[] = {(char *)(plan.program ? plan.program : self), (char *)"worker", NULL};
        Cost before = now();
        WorkerPool *pool = worker_pool_new(NULL, &(WorkerOptions){.hosts = 1, .host_argv = argv}, NULL);
        for (unsigned i = 0; pool && i < plan.tasks; i++) {
                WorkerCalls calls = {NULL, ended, &plan};
                worker_submit(pool, plan.program ? "apk" : "nothing", span_str(""), NULL, 0, calls);
                worker_pool_wait(pool);
        }
        worker_pool_free(pool);
        Cost after = now();
        if (plan.ended != plan.tasks)
                exit(1);
        return (Cost){after.cpu_us - before.cpu_us, after.system_us - before.system_us,
                      after.wall_us - before.wall_us};
}

int main(int argc, char **argv)
{
        if (argc > 1 && strcmp(argv[1], "worker") == 0)
                return worker_host_main(tasks);
        const char *host = argc > 2 ? argv[2] : "0";
        Plan plan = {.program = strchr(host, '/') ? host : NULL,
                     .tasks = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000};
        if (plan.tasks <= FEW) {
                fprintf(stderr, "usage: bench_child [TASKS [MEBIBYTES|PROGRAM]], more than %d tasks\n", FEW);
                return 2;
        }
        g_setenv("LC_BENCH_MIB", host, TRUE);
        Cost few = cost_of((Plan){.program = plan.program, .tasks = FEW}), many = cost_of(plan);
        double more = (plan.tasks - FEW) * 1000.0;
        g_autofree char *layers = worker_sandbox_text();
        printf("%s%u empty tasks, host: %s%s; per task %.3f ms of CPU (%.3f of it system), %.3f ms of wall "
               "time\n",
               layers, plan.tasks, host, plan.program ? "" : " MiB of tables",
               (many.cpu_us - few.cpu_us) / more, (many.system_us - few.system_us) / more,
               (many.wall_us - few.wall_us) / more);
        return 0;
}
