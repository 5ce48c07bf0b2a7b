/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_behaviours [SECONDS]: how much decent hosts are slowed down while others misbehave in every way at once.
 *
 * Four decent hosts answer after 5 ms, two requests at a time each. Their requests a second are counted for SECONDS (5) alone, then for
 * SECONDS beside forty-one misbehaving answers that are asked for again a second after each ends (as the least back-off has
 * it), and so on by turns, five times. The decent servers, the misbehaving ones and the client share this machine: what the servers
 * of bombs take of it counts against us. The misbehaving server is a process of its own (fault_server beside this program), so that
 * the memory printed is the client's. */
#include "crawler/fetch.h"
#include "crawler/timer.h"
#include "support/fault_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { HOSTS = 4, AT_ONCE = 2, ROUNDS = 5, AGAIN_MS = 1000 };

static const char *const misdeeds[] = {"status/500/x",
                                       "status/403/x",
                                       "429/7/x",
                                       "429/soon/x",
                                       "503-date/60/x",
                                       "page/404/9000000",
                                       "auth",
                                       "stall-head",
                                       "slow-head/100",
                                       "upgrade",
                                       "endless",
                                       "endless-headers",
                                       "endless-1xx",
                                       "many-headers",
                                       "big-header",
                                       "gzip-bomb",
                                       "deflate-bomb",
                                       "zstd-bomb",
                                       "br-bomb",
                                       "bad-gzip",
                                       "nested-gzip",
                                       "odd-encoding",
                                       "redirect-loop",
                                       "redirect-nowhere",
                                       "redirect-endless",
                                       "redirect-to?u=file:%2F%2F%2Fetc%2Fpasswd",
                                       "long-location",
                                       "cookie",
                                       "garbage",
                                       "drop",
                                       "no-status",
                                       "bad-status",
                                       "nul-header",
                                       "huge-chunk",
                                       "negative-chunk",
                                       "both-lengths",
                                       "reset-head/10",
                                       "reset-head/60",
                                       "folded-header",
                                       "stall/10/words",
                                       "cut/3/words"};

typedef struct {
        uv_loop_t *loop;
        Fetcher *fetcher;
        char *urls[HOSTS], *bad;
        uint64_t done;
        unsigned ended; /* misdeeds */
        bool going, hostile;
} Bench;

typedef struct {
        Bench *bench;
        Timer *timer;
        const char *misdeed;
        bool flying;
} Hostile;

typedef struct {
        Bench *bench;
        unsigned host;
} Decent;

static void decent_came(const FetchReply *reply, void *context);

static void ask_decent(Decent *decent)
{
        fetch_start(decent->bench->fetcher,
                    &(FetchWish){.url = decent->bench->urls[decent->host],
                                 .max_bytes = 1000,
                                 .size = -1,
                                 .loopback = true},
                    decent_came, decent);
}

static void decent_came(const FetchReply *reply, void *context)
{
        Decent *decent = context;
        decent->bench->done += reply->end == FETCH_OK;
        if (decent->bench->going)
                ask_decent(decent);
}

static void hostile_came(const FetchReply *reply, void *context)
{
        Hostile *hostile = context;
        (void)reply;
        hostile->flying = false;
        hostile->bench->ended++;
        timer_start(hostile->timer, AGAIN_MS);
}

static void ask_hostile(void *context)
{
        Hostile *hostile = context;
        if (!hostile->bench->hostile || hostile->flying)
                return;
        g_autofree char *url = g_strdup_printf("%s/fault/%s", hostile->bench->bad, hostile->misdeed);
        hostile->flying = true;
        fetch_start(
                hostile->bench->fetcher,
                &(FetchWish){
                        .url = url, .max_bytes = 16 << 20, .size = -1, .compressed = true, .loopback = true},
                hostile_came, hostile);
}

static void stop(void *context)
{
        Bench *bench = context;
        bench->going = false;
        timer_loop_stop(bench->loop);
}

/* Requests a second of the decent hosts. */
static double measure(Bench *bench, Timer *end, int seconds)
{
        Decent decent[HOSTS * AT_ONCE];
        bench->done = 0;
        bench->going = true;
        int64_t start = g_get_monotonic_time();
        for (unsigned i = 0; i < G_N_ELEMENTS(decent); i++) {
                decent[i] = (Decent){bench, i % HOSTS};
                ask_decent(&decent[i]);
        }
        timer_start(end, seconds * INT64_C(1000));
        uv_run(bench->loop, UV_RUN_DEFAULT);
        double rate = (double)bench->done * 1e6 / (double)(g_get_monotonic_time() - start);
        while (fetch_running(bench->fetcher) > 0 && !bench->hostile)
                uv_run(bench->loop, UV_RUN_ONCE);
        fetch_cancel_all(bench->fetcher);
        bench->hostile = false;
        while (fetch_running(bench->fetcher) > 0)
                uv_run(bench->loop, UV_RUN_ONCE);
        return rate;
}

static long memory_kb(const char *name)
{
        g_autofree char *status = NULL;
        const char *line =
                g_file_get_contents("/proc/self/status", &status, NULL, NULL) ? strstr(status, name) : NULL;
        return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static int by_size(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static void rounds(Bench *bench, int seconds)
{
        double alone[ROUNDS], beside[ROUNDS];
        Hostile hostile[G_N_ELEMENTS(misdeeds)];
        Timer *end = timer_new(bench->loop, stop, bench);
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                hostile[i] = (Hostile){.bench = bench, .misdeed = misdeeds[i]};
                hostile[i].timer = timer_new(bench->loop, ask_hostile, &hostile[i]);
        }
        for (int round = 0; round < ROUNDS; round++) {
                alone[round] = measure(bench, end, seconds);
                long before = memory_kb("VmHWM:");
                bench->ended = 0;
                bench->hostile = true;
                for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++)
                        ask_hostile(&hostile[i]);
                beside[round] = measure(bench, end, seconds);
                printf("round %d: %7.1f requests/s alone, %7.1f beside %zu misdeeds (%u ended): %+.1f %%; "
                       "peak memory %ld kB, %ld kB before\n",
                       round + 1, alone[round], beside[round], G_N_ELEMENTS(misdeeds), bench->ended,
                       100 * (beside[round] / alone[round] - 1), memory_kb("VmHWM:"), before);
                fflush(stdout);
        }
        qsort(alone, ROUNDS, sizeof *alone, by_size);
        qsort(beside, ROUNDS, sizeof *beside, by_size);
        printf("median: %.1f alone, %.1f beside them: %+.1f %%; peak memory %.1f MB\n", alone[ROUNDS / 2],
               beside[ROUNDS / 2], 100 * (beside[ROUNDS / 2] / alone[ROUNDS / 2] - 1),
               (double)memory_kb("VmHWM:") / 1024);
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++)
                timer_free(hostile[i].timer);
        timer_free(end);
}

/* The server beside this program, on a port of its own. */
static GPid start_server(const char *program, const char *folder, char **url, GError **error)
{
        g_autofree char *dir = g_path_get_dirname(program);
        g_autofree char *server = g_build_filename(dir, "fault_server", NULL);
        const char *argv[] = {server, folder, NULL};
        char line[200] = "";
        GPid pid;
        int out;
        if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &pid, NULL,
                                      &out, NULL, error))
                return 0;
        FILE *said = fdopen(out, "r");
        *url = said && fgets(line, sizeof line, said) ? g_strchomp(g_strdup(line)) : g_strdup("");
        return pid;
}

int main(int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        int seconds = argc > 1 ? atoi(argv[1]) : 5;
        Bench bench = {.loop = timer_loop_new()};
        g_autofree char *folder = g_dir_make_tmp("behaviours-XXXXXX", &error);
        g_autofree char *words = g_build_filename(folder, "words", NULL);
        GPid pids[HOSTS + 1];
        if (!g_file_set_contents(words, "all the king's horses", -1, &error))
                g_error("%s", error->message);
        for (unsigned i = 0; i <= HOSTS; i++) {
                g_autofree char *url = NULL;
                pids[i] = start_server(argv[0], folder, &url, &error);
                if (!pids[i])
                        g_error("%s", error->message);
                if (i < HOSTS)
                        bench.urls[i] = g_strconcat(url, "/fault/wait/5", NULL);
                else
                        bench.bad = g_steal_pointer(&url);
        }
        bench.fetcher = fetcher_new(
                bench.loop,
                &(FetchOptions){.user_agent = "overreach/bench", .low_speed_s = 2, .per_host = 64}, &error);
        rounds(&bench, MAX(seconds, 1));
        fetcher_free(bench.fetcher);
        timer_loop_free(bench.loop);
        for (unsigned i = 0; i <= HOSTS; i++)
                (void)kill(pids[i], SIGTERM);
        (void)remove(words);
        (void)remove(folder);
        return 0;
}
