/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "cli/auditing.h"
#include "core/clock.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

enum { BAR = 40, COLUMNS = 79 };

/* ---- reading -------------------------------------------------------------------------------------------------------- */

static int by_market_and_name(gconstpointer a, gconstpointer b)
{
        const Conduct *x = *(Conduct *const *)a, *y = *(Conduct *const *)b;
        int market = g_strcmp0(x->market, y->market);
        return market ? market : strcmp(x->host, y->host);
}

static GPtrArray *hosts_of(Store *store, uint32_t sweep, Arena *arena, GError **error)
{
        g_autoptr(GPtrArray) hosts = g_ptr_array_new();
        StoreWalk *walk = store_walk(store, STORE_CONDUCT, &(StoreKey){.sweep = sweep});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                Conduct *host = record_conduct(arena, value, error);
                ok = host != NULL;
                if (ok)
                        g_ptr_array_add(hosts, host);
        }
        if (!store_walk_end(walk, ok ? error : NULL) || !ok)
                return NULL;
        g_ptr_array_sort(hosts, by_market_and_name);
        return g_steal_pointer(&hosts);
}

/* ---- for people ------------------------------------------------------------------------------------------------------- */

static char *span_text(int64_t ms) /* g_free it */
{
        if (ms < 1000)
                return g_strdup_printf("%" G_GINT64_FORMAT " ms", ms);
        if (ms < INT64_C(600000))
                return g_strdup_printf("%.4g s", (double)ms / 1000);
        return ms < INT64_C(72) * 3600 * 1000 ? g_strdup_printf("%.4g min", (double)ms / 60000)
                                              : g_strdup_printf("%.4g days", (double)ms / 86400000);
}

static void print_gaps(const Conduct *c)
{
        uint64_t most = 1;
        size_t first = 0;
        while (first < c->n_gaps && c->gaps[first] == 0)
                first++;
        for (size_t i = first; i < c->n_gaps; i++)
                most = MAX(most, c->gaps[i]);
        if (first < c->n_gaps)
                puts("  gaps between starts of requests, from ... on");
        for (size_t i = first; i < c->n_gaps; i++) {
                int bar = (int)((c->gaps[i] * BAR + most - 1) / most);
                g_autofree char *from = span_text(i ? (int64_t)1 << i : 0);
                g_autofree char *count = text_count(c->gaps[i]);
                printf("    %10s  %.*s%s%s\n", from, bar, "########################################",
                       bar ? "  " : "", count);
        }
}

static void print_limits(const Conduct *c)
{
        g_autofree char *shortest = span_text(c->shortest_gap_ms);
        printf("  limit         %g a second, bursts of %u, %u connection%s: %s\n", c->limit, c->burst_limit,
               c->connections, c->connections == 1 ? "" : "s", c->excess < 1e-6 ? "kept" : "NOT KEPT");
        printf("  measured      in no t seconds more than %.2f + %g t", c->burst, c->limit);
        if (c->has_shortest_gap_ms)
                printf("; shortest gap %s", shortest);
        printf("; %u in flight at most\n", c->most_at_once);
}

static void print_waits(const Conduct *c)
{
        g_autofree char *longest = span_text(c->longest_wait_ms);
        if (c->throttled || c->retry_afters)
                printf("  throttled     %" G_GUINT64_FORMAT " answer%s", c->throttled,
                       c->throttled == 1 ? "" : "s");
        if (c->retry_afters)
                printf("; %" G_GUINT64_FORMAT " wait%s asked for (longest %s), %s", c->retry_afters,
                       c->retry_afters == 1 ? "" : "s", longest, c->early ? "NOT all kept" : "kept");
        if (c->throttled || c->retry_afters)
                putchar('\n');
        if (c->early)
                printf("  too early     %" G_GUINT64_FORMAT "\n", c->early);
        if (c->failures || c->breaker_trips)
                printf("  failures      %" G_GUINT64_FORMAT "; the whole market rested %u time%s\n",
                       c->failures, c->breaker_trips, c->breaker_trips == 1 ? "" : "s");
}

static void print_host(const Conduct *c)
{
        g_autofree char *host = text_terminal(c->host);
        g_autofree char *market = text_terminal(c->market ? c->market : "?");
        g_autofree char *robots = text_terminal(c->robots ? c->robots : "not read");
        g_autofree char *requests = text_count(c->requests);
        g_autofree char *bytes = text_bytes(c->wire_bytes);
        g_autofree char *took = span_text(c->last_ms - c->first_ms);
        printf("\n%s (market %s)\n  requests      %s in %s", host, market, requests, took);
        if (c->redirected)
                printf(", %" G_GUINT64_FORMAT " by redirects", c->redirected);
        if (c->unmade)
                printf(", %" G_GUINT64_FORMAT " not made after all", c->unmade);
        printf("; %s\n", bytes);
        if (c->n_addresses) {
                printf("  addresses    ");
                for (size_t i = 0; i < c->n_addresses; i++) {
                        g_autofree char *address = text_terminal(c->addresses[i]);
                        printf(" %s", address);
                }
                putchar('\n');
        }
        print_limits(c);
        printf("  robots.txt    %s", robots);
        if (c->robots_refused)
                printf("; %" G_GUINT64_FORMAT " request%s not made because of it", c->robots_refused,
                       c->robots_refused == 1 ? "" : "s");
        putchar('\n');
        print_waits(c);
        print_gaps(c);
}

static void print_paragraph(const char *text)
{
        g_autofree char *plain = text_terminal(text);
        g_auto(GStrv) words = g_strsplit(plain, " ", -1);
        int at = 0;
        putchar('\n');
        for (char **word = words; *word; word++) {
                int width = text_width(*word);
                if (at && at + 1 + width > COLUMNS) {
                        putchar('\n');
                        at = 0;
                }
                at += printf("%s%s", at ? " " : "", *word);
        }
        putchar('\n');
}

/* ---- for programs --------------------------------------------------------------------------------------------------------- */

static void add_json(Json *list, const Conduct *c)
{
        Json *item = json_add(list, record_json(&c->base, false));
        json_set_bool(item, "kept", auditing_is_kept(c));
        Json *gaps = json_set(item, "gap_histogram", json_list());
        for (size_t i = 0; i < c->n_gaps; i++) {
                Json *row = json_add(gaps, json_map());
                json_set_int(row, "from_ms", i ? (int64_t)1 << i : 0);
                json_set_int(row, "below_ms", (int64_t)1 << (i + 1));
                json_set_int(row, "count", (int64_t)c->gaps[i]);
        }
}

static void print_all(const Sweep *sweep, const GPtrArray *hosts, bool kept)
{
        Conduct *const *all = (Conduct *const *)hosts->pdata;
        g_autofree char *statement = auditing_statement(sweep, all, hosts->len);
        if (cli_common.json) {
                g_autoptr(Json) json = json_map();
                json_set_str(json, "sweep", sweep->name);
                json_set_int(json, "id", sweep->id);
                json_set_bool(json, "kept", kept);
                Json *list = json_set(json, "hosts", json_list());
                for (guint i = 0; i < hosts->len; i++)
                        add_json(list, all[i]);
                json_set_str(json, "statement", statement);
                cli_print_json(json);
                return;
        }
        g_autofree char *name = text_terminal(sweep->name);
        printf("sweep %s (number %u): how hosts were treated\n", name, sweep->id);
        for (guint i = 0; i < hosts->len; i++)
                print_host(all[i]);
        print_paragraph(statement);
}

static int run(int argc, char **argv, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Store) store = cli_open_store(STORE_READ, error);
        const Sweep *sweep = store ? cli_sweep(store, argc, argv, arena, error) : NULL;
        g_autoptr(GPtrArray) hosts = sweep ? hosts_of(store, sweep->id, arena, error) : NULL;
        if (!hosts)
                return -1;
        bool kept = true;
        for (guint i = 0; i < hosts->len; i++)
                kept = kept && auditing_is_kept(g_ptr_array_index(hosts, i));
        print_all(sweep, hosts, kept);
        return kept ? EXIT_OK : EXIT_FINDINGS;
}

const Verb verb_audit = {
        .name = "audit",
        .summary = "Tell how a sweep treated the hosts it asked",
        .operands = "[SWEEP]",
        .description =
                "Per host: requests, the limit and whether it was kept, gaps between the starts of requests, "
                "robots.txt and what was not asked for because of it, waits that were asked for and kept, "
                "bytes. Then the paragraph that an ethics form asks for, made of these numbers.\n\n"
                "Limits are measured from the times at which requests began: \"in no t seconds more than b + "
                "r t\" means that over every span of time, however short or long, no more began. What a kill "
                "took with it, at most the last fraction of a second, is not counted. Exit code 1: a "
                "limit or a wait was not kept.",
        .example = "  overreach audit\n  overreach audit 2026-11-21 --json",
        .run = run};
