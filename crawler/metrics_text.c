/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page for Prometheus (text exposition format 0.0.4): families with HELP and TYPE, all samples of a family together. */
#include "crawler/metrics_inside.h"

#include "core/clock.h"

enum { HOSTS_SHOWN = 100 }; /* hosts of policies are many: the rest is a number */

static void family(GString *out, const char *name, const char *type, const char *help)
{
        g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value. */
static void quote(GString *out, const char *value)
{
        g_autofree char *valid = g_utf8_make_valid(value, -1);
        g_string_append_c(out, '"');
        for (const char *c = valid; *c; c++) {
                if (*c == '\n')
                        g_string_append(out, "\\n");
                else if (*c == '"' || *c == '\\')
                        g_string_append_printf(out, "\\%c", *c);
                else
                        g_string_append_c(out, *c);
        }
        g_string_append_c(out, '"');
}

/* name, value pairs of labels; NULL ends */
static void G_GNUC_NULL_TERMINATED sample(GString *out, const char *name, double number, ...)
{
        char text[G_ASCII_DTOSTR_BUF_SIZE];
        va_list labels;
        g_string_append(out, name);
        va_start(labels, number);
        bool any = false;
        for (const char *key; (key = va_arg(labels, const char *)); any = true) {
                g_string_append_printf(out, "%s%s=", any ? "," : "{", key);
                quote(out, va_arg(labels, const char *));
        }
        va_end(labels);
        g_string_append_printf(out, "%s %s\n", any ? "}" : "",
                               g_ascii_formatd(text, sizeof text, "%.15g", number));
}

static void one(GString *out, const char *name, const char *type, const char *help, double number)
{
        family(out, name, type, help);
        sample(out, name, number, NULL);
}

/* ---- what the sweep does */

static void errands(GString *out, const MetricsNow *now)
{
        static const char name[] = "overreach_errands";
        family(out, name, "gauge", "Errands of the sweep by state, all runs together.");
        sample(out, name, (double)now->errands.waiting, "state", "waiting", NULL);
        sample(out, name, (double)now->errands.leased, "state", "leased", NULL);
        sample(out, name, (double)now->errands.done, "state", "done", NULL);
        sample(out, name, (double)now->errands.dead, "state", "dead", NULL);
}

static void transfers(GString *out, const Metrics *m, const MetricsNow *now)
{
        one(out, "overreach_requests_total", "counter", "Requests started in this run.",
            (double)now->requests);
        one(out, "overreach_wire_bytes_total", "counter", "Bytes received in this run, headers included.",
            (double)now->bytes);
        one(out, "overreach_transfers", "gauge", "Transfers under way.", (double)now->transfers);
        one(out, "overreach_jobs", "gauge", "Errands this run has in hand.", (double)now->jobs);
        one(out, "overreach_leases_returned_total", "counter",
            "Leases that ran out in this run and were given out again.", (double)m->run->returned);
        one(out, "overreach_store_flushes_total", "counter", "Synced writes of results in this run.",
            (double)m->flushes);
}

/* A sample for each entry of a table market -> (word -> guint64 *). */
static void by_market(GString *out, const char *name, const char *key, GHashTable *table, double scale)
{
        GHashTableIter markets, words;
        void *market, *inner, *word, *number;
        g_hash_table_iter_init(&markets, table);
        while (g_hash_table_iter_next(&markets, &market, &inner)) {
                g_hash_table_iter_init(&words, inner);
                while (g_hash_table_iter_next(&words, &word, &number))
                        sample(out, name, (double)*(const guint64 *)number * scale, "market", market, key,
                               word, NULL);
        }
}

static void outcomes(GString *out, const Metrics *m)
{
        static const char name[] = "overreach_outcomes_total";
        family(out, name, "counter", "Apps and lists that came to their end in this run, by outcome.");
        by_market(out, name, "outcome", m->outcomes, 1);
}

static void workers(GString *out, const MetricsNow *now)
{
        static const char name[] = "overreach_worker_tasks";
        size_t busy = MIN(now->queued, (size_t)MAX(now->workers, 0));
        one(out, "overreach_workers", "gauge", "Analysis processes.", now->workers);
        family(out, name, "gauge", "Tasks of the analysis processes by state.");
        sample(out, name, (double)busy, "state", "busy", NULL);
        sample(out, name, (double)(now->queued - busy), "state", "queued", NULL);
}

/* ---- what it waits for */

static void markets(GString *out, Metrics *m)
{
        static const char flight[] = "overreach_market_in_flight", limit[] = "overreach_market_limit",
                          waiting[] = "overreach_market_waiting", blocked[] = "overreach_market_blocked",
                          seconds[] = "overreach_market_blocked_seconds_total";
        g_autoptr(Arena) arena = arena_new();
        size_t n;
        Blocker **all;
        metrics_blockers(m->run, arena, &n, &all);
        family(out, flight, "gauge", "Requests in flight.");
        for (size_t i = 0; i < n; i++)
                sample(out, flight, all[i]->in_flight, "market", all[i]->market, NULL);
        family(out, limit, "gauge", "Requests at once that those of its hosts take which errands wait for.");
        for (size_t i = 0; i < n; i++)
                if (all[i]->has_limit)
                        sample(out, limit, all[i]->limit, "market", all[i]->market, NULL);
        family(out, waiting, "gauge", "Errands that wait.");
        for (size_t i = 0; i < n; i++)
                sample(out, waiting, (double)all[i]->waiting, "market", all[i]->market, NULL);
        family(out, blocked, "gauge", "What the market's next request waits for.");
        for (size_t i = 0; i < n; i++)
                sample(out, blocked, 1, "market", all[i]->market, "reason", all[i]->reason, NULL);
        family(out, seconds, "counter",
               "Time of this run by what the market's next request waited for (free, nothing: for nothing).");
        by_market(out, seconds, "reason", m->blocked, 0.001);
}

typedef struct {
        GString *out;
        int64_t now_ms;
        unsigned known, waiting;
} HostsText;

/* Told or forced to be left alone; its ordinary pace is no wait. */
static bool rests(const HostView *view, int64_t now_ms)
{
        return view->reason && view->until_ms > now_ms && !g_str_equal(view->reason, "rate") &&
               !g_str_equal(view->reason, "connections") && !g_str_equal(view->reason, "bandwidth");
}

static void host_wait(const HostView *view, void *context)
{
        HostsText *text = context;
        text->known++;
        if (!rests(view, text->now_ms))
                return;
        if (++text->waiting <= HOSTS_SHOWN)
                sample(text->out, "overreach_host_wait_seconds",
                       (double)(view->until_ms - text->now_ms) / 1000.0, "host", view->name, "market",
                       view->market ? view->market->name : "", "reason", view->reason, NULL);
}

static void hosts(GString *out, const Metrics *m)
{
        HostsText text = {.out = out, .now_ms = clock_now_ms()};
        family(out, "overreach_host_wait_seconds", "gauge",
               "How long a host is left alone from now on; the first 100 of them.");
        hosts_each(m->run->hosts, host_wait, &text);
        one(out, "overreach_hosts", "gauge", "Hosts known in this run.", text.known);
        one(out, "overreach_hosts_waiting", "gauge", "Hosts that are left alone now.", text.waiting);
}

static void machine(GString *out, const MetricsNow *now)
{
        static const char name[] = "overreach_info";
        one(out, "overreach_disk_free_bytes", "gauge", "Free on the database's file system.",
            (double)now->disk_free);
        one(out, "process_resident_memory_bytes", "gauge", "Resident memory of the main process.",
            (double)now->memory);
        family(out, name, "gauge", "Version of the program.");
        sample(out, name, 1, "version", OVERREACH_VERSION, NULL);
}

char *metrics_page(Metrics *m)
{
        MetricsNow now;
        GString *out = g_string_new(NULL);
        metrics_now(m, &now);
        errands(out, &now);
        transfers(out, m, &now);
        outcomes(out, m);
        workers(out, &now);
        markets(out, m);
        hosts(out, m);
        machine(out, &now);
        return g_string_free(out, FALSE);
}
