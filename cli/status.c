/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "core/clock.h"
#include "core/text.h"
#include "crawler/live.h"
#include "worker/worker.h"

#include <stdio.h>
#include <string.h>

enum { HOSTS_TOLD = 20 }; /* of a sweep that is not running; --json tells all */

static struct {
        gboolean sandbox;
} opt;

static const GOptionEntry entries[] = {{"sandbox", 0, 0, G_OPTION_ARG_NONE, &opt.sandbox,
                                        "Tell only which layers isolate the workers here; needs no database",
                                        NULL},
                                       {NULL}};

/* ---- a sweep -------------------------------------------------------------------------------------------------------- */

static void print_running(const Live *live, int64_t now_ms)
{
        g_autofree char *bytes = text_bytes((guint64)MAX(live->bytes_per_second, 0));
        printf("  running as process %u: %.1f requests/s, %s/s, %u task%s at %u worker%s\n", live->process,
               live->requests_per_second, bytes, live->workers_queued, live->workers_queued == 1 ? "" : "s",
               live->workers, live->workers == 1 ? "" : "s");
        for (size_t i = 0; i < live->n_blockers; i++) {
                g_autofree char *market = text_terminal(live->blockers[i]->market);
                g_autofree char *text = live_blocker_text(live->blockers[i], live, now_ms);
                printf("  %-18s blocked by: %s\n", market, text);
        }
}

/* Paused markets of a sweep that is not running. */
static void tell_paused(const Sweep *s, Json *paused)
{
        for (size_t i = 0; i < s->n_results; i++) {
                const MarketResult *result = s->results[i];
                if (!g_str_has_prefix(result->outcome, "paused:"))
                        continue;
                const char *said = result->detail ? result->detail : result->outcome + strlen("paused:");
                if (paused) {
                        json_set_str(paused, result->market, said);
                        continue;
                }
                g_autofree char *market = text_terminal(result->market);
                g_autofree char *why = text_terminal(said);
                printf("  %-18s paused: %s\n", market, why);
        }
}

static void tell_waiting_host(Store *store, const Sweep *s, const char *host, int64_t now_ms, Json *list)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GBytes) row = store_get(store, STORE_HOSTS, &(StoreKey){.name = host}, NULL);
        const HostState *state = row ? record_host(arena, record_span(row), NULL) : NULL;
        uint64_t waiting = store_host_waiting(store, s->id, host);
        g_autofree char *text = state ? live_host_text(state, now_ms) : NULL;
        if (list) {
                Json *item = json_add(list, json_map());
                json_set_str(item, "host", host);
                json_set_int(item, "waiting", (int64_t)waiting);
                json_set_int(item, "until_ms", text ? MAX(state->not_before_ms, state->breaker_until_ms) : 0);
                json_set_str(item, "why", text);
                return;
        }
        g_autofree char *name = text_terminal(host);
        g_autofree char *why = text ? text_terminal(text) : g_strdup("may be asked now");
        printf("  %s: %" G_GUINT64_FORMAT " waiting, %s\n", name, waiting, why);
}

static bool tell_stopped(Store *store, const Sweep *s, int64_t now_ms, Json *item, GError **error)
{
        g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(g_free);
        int64_t next_ms;
        if (!store_waiting_hosts(store, s->id, hosts, &next_ms, error))
                return false;
        if (!item)
                puts("  not running: the same command resumes it");
        tell_paused(s, item ? json_set(item, "paused", json_map()) : NULL);
        Json *list = item ? json_set(item, "waiting_hosts", json_list()) : NULL;
        for (guint i = 0; i < hosts->len && (list || i < HOSTS_TOLD); i++)
                tell_waiting_host(store, s, g_ptr_array_index(hosts, i), now_ms, list);
        if (!list && hosts->len > HOSTS_TOLD)
                printf("  and %u more hosts\n", hosts->len - HOSTS_TOLD);
        return true;
}

/* What blocks a running sweep, or what waits in one that was stopped. */
static bool tell_how_it_runs(Store *store, const Sweep *s, Json *item, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) why = NULL;
        int64_t now_ms = clock_now_ms();
        const Live *live = live_read(store, s->id, now_ms, arena, &why);
        if (why) {
                g_propagate_error(error, g_steal_pointer(&why));
                return false;
        }
        if (item)
                json_set_bool(item, "running", live != NULL);
        if (live && item)
                json_set(item, "live", record_json(&live->base, false));
        else if (live)
                print_running(live, now_ms);
        else if (g_str_equal(s->state, "open"))
                return tell_stopped(store, s, now_ms, item, error);
        return true;
}

/* Its object in `list`; NULL when it was printed. */
static Json *print_sweep(const Sweep *s, const ErrandCounts *c, Json *list)
{
        g_autofree char *started = clock_text(s->started_ms);
        if (!list) {
                g_autofree char *name = text_terminal(s->name);
                printf("sweep %s (number %u): %s, started %s, %u run%s; errands: %" G_GUINT64_FORMAT
                       " done, %" G_GUINT64_FORMAT " lost, %" G_GUINT64_FORMAT " waiting, %" G_GUINT64_FORMAT
                       " in flight\n",
                       name, s->id, s->state, started, s->runs, s->runs == 1 ? "" : "s", c->done, c->dead,
                       c->waiting, c->leased);
                for (size_t i = 0; i < s->n_results; i++)
                        printf("  %-18s %s\n", s->results[i]->market, s->results[i]->outcome);
                return NULL;
        }
        Json *item = json_add(list, record_json(&s->base, false));
        Json *errands = json_set(item, "errands", json_map());
        json_set_int(errands, "done", (int64_t)c->done);
        json_set_int(errands, "dead", (int64_t)c->dead);
        json_set_int(errands, "waiting", (int64_t)c->waiting);
        json_set_int(errands, "leased", (int64_t)c->leased);
        return item;
}

static bool tell_sweep(Store *store, const Sweep *s, Json *list, GError **error)
{
        ErrandCounts counts = {0};
        return store_errand_counts(store, s->id, &counts, error) &&
               tell_how_it_runs(store, s, print_sweep(s, &counts, list), error);
}

static bool print_sweeps(Store *store, Json *list, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        StoreWalk *walk = store_walk(store, STORE_SWEEPS, &(StoreKey){0});
        StoreKey key;
        bool ok = true, any = false;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                const Sweep *sweep = record_sweep(arena, value, error);
                ok = sweep && tell_sweep(store, sweep, list, error);
                any = true;
        }
        if (!any && !list)
                puts("no sweep yet");
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

/* ---- hosts ------------------------------------------------------------------------------------------------------------- */

/* A market's own rests stand among the hosts as "market/<name>". */
static void print_host(const HostState *h, Json *list)
{
        int64_t wait_ms = MAX(h->not_before_ms, h->breaker_until_ms) - clock_now_ms();
        if (list) {
                Json *item = json_add(list, json_map());
                json_set_str(item, "host", h->host);
                json_set_int(item, "failures", h->failures);
                json_set_int(item, "wait_ms", MAX(wait_ms, 0));
                return;
        }
        bool market = g_str_has_prefix(h->host, "market/");
        g_autofree char *name = text_terminal(market ? h->host + strlen("market/") : h->host);
        const char *kind = market ? "market" : "host";
        if (wait_ms > 0)
                printf("%s %s: left alone for %" G_GINT64_FORMAT
                       " s more, as it asked or because it failed\n",
                       kind, name, (wait_ms + 999) / 1000);
        else if (h->failures)
                printf("%s %s: failed %u time%s in a row\n", kind, name, h->failures,
                       h->failures == 1 ? "" : "s");
}

static bool print_hosts(Store *store, Json *list, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        StoreWalk *walk = store_walk(store, STORE_HOSTS, &(StoreKey){0});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                const HostState *host = record_host(arena, value, error);
                ok = host != NULL;
                if (ok)
                        print_host(host, list);
        }
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

/* The lines of worker_sandbox_text as they are, or a key each. */
static void print_sandbox(Json *json)
{
        g_autofree char *text = worker_sandbox_text();
        if (!json) {
                printf("worker isolation\n%s", text);
                return;
        }
        g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
        Json *layers = json_set(json, "sandbox", json_map());
        for (char **line = lines; *line; line++) {
                g_auto(GStrv) parts = g_strsplit(*line, ": ", 2);
                json_set_str(layers, g_strdelimit(parts[0], " ", '_'), parts[1]);
        }
}

/* One sweep that was asked for by name, or all. */
static bool tell(Store *store, int argc, char **argv, Json *sweeps, GError **error)
{
        if (argc == 0)
                return print_sweeps(store, sweeps, error);
        g_autoptr(Arena) arena = arena_new();
        const Sweep *sweep = cli_sweep(store, argc, argv, arena, error);
        return sweep && tell_sweep(store, sweep, sweeps, error);
}

static int run(int argc, char **argv, GError **error)
{
        if (argc > 1 || (argc && opt.sandbox)) {
                fault(error, FAULT_USAGE, "at most one sweep is wanted; --store names the database");
                return -1;
        }
        g_autoptr(Json) json = cli_common.json ? json_map() : NULL;
        if (opt.sandbox) {
                print_sandbox(json);
                if (json)
                        cli_print_json(json);
                return EXIT_OK;
        }
        g_autoptr(Store) store = cli_open_store(STORE_READ, error);
        if (!store)
                return -1;
        Json *sweeps = json ? json_set(json, "sweeps", json_list()) : NULL;
        Json *hosts = json ? json_set(json, "hosts", json_list()) : NULL;
        if (!json)
                printf("database %s\n", store_directory(store));
        if (!tell(store, argc, argv, sweeps, error) || !print_hosts(store, hosts, error))
                return -1;
        print_sandbox(json);
        if (json)
                cli_print_json(json);
        return EXIT_OK;
}

const Verb verb_status = {.name = "status",
                          .summary = "Tell how far each sweep is and what each market waits for",
                          .operands = "[SWEEP]",
                          .description =
                                  "Of a running sweep it tells, per market, what blocks the next request: "
                                  "a back-off and until when, its pace, the requests in flight, bandwidth, "
                                  "the disk, the workers, or that the market is paused; of one that was "
                                  "stopped, which hosts its errands wait for and from when on those may be "
                                  "asked. Without SWEEP it tells of all. Also tells which layers isolate the "
                                  "workers on this machine. Works "
                                  "while a sweep is running: it reads "
                                  "the database as it was when this command began.",
                          .example = "  overreach status --store survey/",
                          .options = entries,
                          .run = run};
