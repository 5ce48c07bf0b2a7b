/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "core/clock.h"
#include "core/text.h"
#include "worker/worker.h"

#include <stdio.h>

static struct {
        gboolean sandbox;
} opt;

static const GOptionEntry entries[] = {{"sandbox", 0, 0, G_OPTION_ARG_NONE, &opt.sandbox,
                                        "Tell only which layers isolate the workers here; needs no database",
                                        NULL},
                                       {NULL}};

static void print_sweep(const Sweep *s, const ErrandCounts *c, Json *list)
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
                return;
        }
        Json *item = json_add(list, record_json(&s->base, false));
        Json *errands = json_set(item, "errands", json_map());
        json_set_int(errands, "done", (int64_t)c->done);
        json_set_int(errands, "dead", (int64_t)c->dead);
        json_set_int(errands, "waiting", (int64_t)c->waiting);
        json_set_int(errands, "leased", (int64_t)c->leased);
}

static bool print_sweeps(Store *store, Json *list, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        StoreWalk *walk = store_walk(store, STORE_SWEEPS, &(StoreKey){0});
        StoreKey key;
        bool ok = true, any = false;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                const Sweep *sweep = record_sweep(arena, value, error);
                ErrandCounts counts = {0};
                ok = sweep && store_errand_counts(store, sweep->id, &counts, error);
                if (ok)
                        print_sweep(sweep, &counts, list);
                any = true;
        }
        if (!any && !list)
                puts("no sweep yet");
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

static void print_host(const HostState *h, Json *list)
{
        int64_t wait_ms = h->not_before_ms - clock_now_ms();
        if (list) {
                Json *item = json_add(list, json_map());
                json_set_str(item, "host", h->host);
                json_set_int(item, "failures", h->failures);
                json_set_int(item, "wait_ms", MAX(wait_ms, 0));
                return;
        }
        if (wait_ms > 0)
                printf("host %s: left alone for %" G_GINT64_FORMAT
                       " s more, as it asked or because it failed\n",
                       h->host, (wait_ms + 999) / 1000);
        else if (h->failures)
                printf("host %s: failed %u times in a row\n", h->host, h->failures);
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

static int run(int argc, char **argv, GError **error)
{
        (void)argv;
        if (argc) {
                fault(error, FAULT_USAGE, "no operand is wanted; --store names the database");
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
        if (!print_sweeps(store, sweeps, error) || !print_hosts(store, hosts, error))
                return -1;
        print_sandbox(json);
        if (json)
                cli_print_json(json);
        return EXIT_OK;
}

const Verb verb_status = {.name = "status",
                          .summary = "Tell how far each sweep is and which hosts make us wait",
                          .operands = "",
                          .description = "Also tells which layers isolate the workers on this machine. Works "
                                         "while a sweep is running: it reads "
                                         "the database as it was when this command began.",
                          .example = "  overreach status --store survey/",
                          .options = entries,
                          .run = run};
