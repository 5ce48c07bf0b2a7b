/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/metrics.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/frontier.h"
#include "crawler/live.h"
#include "crawler/metrics_inside.h"

#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
        TICK_MS = 1000,
        LIVE_MS = 2000,       /* the Live record is made anew so often and goes along with the next flush */
        LIVE_ALONE_MS = 5000, /* and by itself, when nothing else was written for so long */
        WORDS_MAX = 64        /* different outcomes or reasons of a market; the rest counts as "other" */
};

/* ---- sums ---------------------------------------------------------------------------------------------------------------- */

static GHashTable *sums_new(void)
{
        return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
}

static void sum_up(GHashTable *sums, const char *market, const char *word, uint64_t add)
{
        GHashTable *words = g_hash_table_lookup(sums, market);
        if (!words) {
                words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
                g_hash_table_insert(sums, g_strdup(market), words);
        }
        if (!g_hash_table_contains(words, word) && g_hash_table_size(words) >= WORDS_MAX)
                word = "other";
        guint64 *sum = g_hash_table_lookup(words, word);
        if (!sum) {
                sum = g_new0(guint64, 1);
                g_hash_table_insert(words, g_strdup(word), sum);
        }
        *sum += add;
}

static uint64_t sum_of(GHashTable *sums)
{
        GHashTableIter markets, words;
        void *inner, *number;
        uint64_t sum = 0;
        g_hash_table_iter_init(&markets, sums);
        while (g_hash_table_iter_next(&markets, NULL, &inner)) {
                g_hash_table_iter_init(&words, inner);
                while (g_hash_table_iter_next(&words, NULL, &number))
                        sum += *(const guint64 *)number;
        }
        return sum;
}

void metrics_outcome(Metrics *m, const char *market, const char *outcome)
{
        if (m)
                sum_up(m->outcomes, market ? market : "", outcome, 1);
}

void metrics_flushed(Metrics *m)
{
        if (m)
                m->flushes++;
}

/* ---- the numbers of this moment ---------------------------------------------------------------------------------------------- */

/* Bytes resident, of proc(5), statm; 0 where it does not say. */
static uint64_t memory_now(void)
{
        g_autofree char *text = NULL;
        unsigned long all = 0, resident = 0;
        if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL) ||
            sscanf(text, "%lu %lu", &all, &resident) != 2)
                return 0;
        return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t disk_free(const Run *run)
{
        struct statvfs disk;
        if (statvfs(store_directory(run->store), &disk) != 0)
                return 0;
        return (uint64_t)disk.f_bavail * disk.f_frsize;
}

/* Per second, since the oldest tick that is kept. */
static double rate(const Metrics *m, uint64_t now, size_t field)
{
        if (m->n_ticks == 0)
                return 0;
        const MetricsTick *oldest = &m->ticks[m->n_ticks < METRICS_TICKS ? 0 : m->n_ticks % METRICS_TICKS];
        int64_t ms = clock_mono_ms() - oldest->at_ms;
        uint64_t then = *(const uint64_t *)(const void *)((const char *)oldest + field);
        return ms > 0 && now >= then ? (double)(now - then) * 1000.0 / (double)ms : 0;
}

void metrics_now(Metrics *m, MetricsNow *out)
{
        Run *run = m->run;
        *out = (MetricsNow){.requests = hosts_requests(run->hosts),
                            .bytes = fetch_bytes(run->fetcher),
                            .outcomes = sum_of(m->outcomes),
                            .disk_free = disk_free(run),
                            .memory = memory_now(),
                            .transfers = fetch_running(run->fetcher),
                            .jobs = run->live ? g_hash_table_size(run->live) : 0,
                            .queued = worker_queued(run->pool),
                            .workers = worker_hosts(run->pool)};
        (void)store_errand_counts(run->store, run->sweep->id, &out->errands, NULL);
        out->requests_per_second = rate(m, out->requests, offsetof(MetricsTick, requests));
        out->bytes_per_second = rate(m, out->bytes, offsetof(MetricsTick, bytes));
        m->most_memory = MAX(m->most_memory, out->memory);
}

/* ---- the Live record ------------------------------------------------------------------------------------------------------------ */

static void put_live(Metrics *m, const MetricsNow *now, Arena *arena, size_t n, Blocker **blockers,
                     StoreBatch *batch)
{
        Live *live = record_new(arena, Live, live__init);
        live->sweep = m->run->sweep->id;
        live->at_ms = m->live_at_ms = clock_now_ms();
        live->has_process = live->has_requests_per_second = live->has_bytes_per_second = true;
        live->process = (uint32_t)getpid();
        live->requests_per_second = now->requests_per_second;
        live->bytes_per_second = now->bytes_per_second;
        live->n_blockers = n;
        live->blockers = blockers;
        live->has_workers_queued = live->has_workers = live->has_disk_free = live->has_min_free = true;
        live->workers_queued = (uint32_t)now->queued;
        live->workers = (uint32_t)now->workers;
        live->disk_free = now->disk_free;
        live->min_free = frontier_min_free(m->run);
        g_autofree char *name = live_name(m->run->sweep->id);
        g_autoptr(GBytes) packed = record_pack(live);
        store_put(batch, STORE_META, &(StoreKey){.name = name}, record_span(packed));
}

/* Whether the newest record went along with a flush. */
static bool is_written(const Metrics *m)
{
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *name = live_name(m->run->sweep->id);
        g_autoptr(GBytes) row = store_get(m->run->store, STORE_META, &(StoreKey){.name = name}, NULL);
        const Live *live = row ? record_live(arena, record_span(row), NULL) : NULL;
        return live && live->at_ms == m->live_at_ms;
}

/* Gathered, so that it goes along with the next flush; when there was none for a while, written alone. A store that refuses to write
 * stops the run. */
static void keep_live(Metrics *m, const MetricsNow *now, Arena *arena, size_t n, Blocker **blockers)
{
        int64_t at = clock_mono_ms();
        if (m->run->broken || at - m->live_ms < LIVE_MS)
                return;
        if (is_written(m))
                m->written_ms = at;
        bool alone = at - m->written_ms >= LIVE_ALONE_MS && store_gathered(m->run->store) == 0;
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(m->run->store);
        put_live(m, now, arena, n, blockers, batch);
        bool ok = alone ? store_commit(m->run->store, batch, &error)
                        : store_gather_rows(m->run->store, batch, &error);
        m->live_ms = at;
        if (!ok)
                run_break(m->run, g_steal_pointer(&error));
}

static void drop_live(Metrics *m)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *name = live_name(m->run->sweep->id);
        StoreBatch *batch = store_batch_new(m->run->store);
        store_delete(batch, STORE_META, &(StoreKey){.name = name});
        if (!store_commit(m->run->store, batch, &error))
                log_event(LOG_INFO, "live_record", "error", error->message, NULL);
}

/* ---- every second ------------------------------------------------------------------------------------------------------------------ */

static void look(Metrics *m)
{
        g_autoptr(Arena) arena = arena_new();
        MetricsNow now;
        size_t n;
        Blocker **blockers;
        int64_t at = clock_mono_ms(), passed = at - m->last_ms;
        m->last_ms = at;
        metrics_blockers(m->run, arena, &n, &blockers);
        for (size_t i = 0; i < n && passed > 0; i++)
                sum_up(m->blocked, blockers[i]->market, blockers[i]->reason, (uint64_t)passed);
        metrics_now(m, &now);
        m->ticks[m->n_ticks++ % METRICS_TICKS] = (MetricsTick){at, now.requests, now.bytes};
        metrics_samples_line(m, &now);
        keep_live(m, &now, arena, n, blockers);
}

static void tick(void *context)
{
        Metrics *m = context;
        look(m);
        timer_start(m->timer, TICK_MS);
}

/* ---- life -------------------------------------------------------------------------------------------------------------------------- */

static char *page(void *context)
{
        return metrics_page(context);
}

static bool serve(Metrics *m, const char *address, GError **error)
{
        m->serve = metrics_serve_new(m->run->loop, address, page, m, error);
        if (!m->serve)
                return false;
        g_autofree char *port = g_strdup_printf("%u", metrics_serve_port(m->serve));
        bool any = g_str_has_suffix(address, ":0"); /* nobody knows it else */
        log_event(any ? LOG_WARN : LOG_INFO, "metrics", "at", address, "port", port, NULL);
        return true;
}

static void release(Metrics *m)
{
        metrics_serve_free(m->serve);
        timer_free(m->timer);
        if (m->samples_fd >= 0)
                (void)close(m->samples_fd);
        g_hash_table_unref(m->outcomes);
        g_hash_table_unref(m->blocked);
        g_free(m->samples_path);
        g_free(m);
}

Metrics *metrics_new(Run *run, const char *address, const char *samples, GError **error)
{
        Metrics *m = g_new0(Metrics, 1);
        m->run = run;
        m->samples_fd = -1;
        m->began_ms = m->last_ms = clock_mono_ms();
        m->live_ms = m->written_ms = m->began_ms - LIVE_ALONE_MS; /* the first look writes it */
        m->outcomes = sums_new();
        m->blocked = sums_new();
        if ((samples && !metrics_samples_open(m, samples, error)) || (address && !serve(m, address, error))) {
                release(m);
                return NULL;
        }
        m->timer = timer_new(run->loop, tick, m);
        timer_start(m->timer, 0);
        return m;
}

void metrics_free(Metrics *m)
{
        if (!m)
                return;
        m->live_ms = clock_mono_ms(); /* the last look writes none */
        look(m);
        drop_live(m);
        release(m);
}

/* ---- the closing record -------------------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The keys in order, so that equal runs write equal records. */
static char **sorted_keys(GHashTable *table)
{
        guint n;
        char **keys = (char **)g_hash_table_get_keys_as_array(table, &n);
        qsort(keys, n, sizeof *keys, by_name);
        return keys;
}

static void set_sums(Json *json, const char *key, GHashTable *sums, bool seconds)
{
        Json *all = json_set(json, key, json_map());
        g_autofree char **markets = sorted_keys(sums);
        for (char **market = markets; *market; market++) {
                Json *one = json_set(all, *market, json_map());
                GHashTable *words = g_hash_table_lookup(sums, *market);
                g_autofree char **names = sorted_keys(words);
                for (char **name = names; *name; name++) {
                        guint64 sum = *(const guint64 *)g_hash_table_lookup(words, *name);
                        if (seconds)
                                json_set_double(one, *name, (double)sum / 1000.0);
                        else
                                json_set_int(one, *name, (int64_t)sum);
                }
        }
}

Json *metrics_closing(const Metrics *m)
{
        Json *json = json_map();
        json_set_double(json, "seconds", (double)(clock_mono_ms() - m->began_ms) / 1000.0);
        json_set_int(json, "store_flushes", (int64_t)m->flushes);
        json_set_int(json, "leases_returned", (int64_t)m->run->returned);
        json_set_int(json, "most_memory_bytes", (int64_t)m->most_memory);
        set_sums(json, "outcomes", m->outcomes, false);
        set_sums(json, "blocked_seconds", m->blocked, true);
        return json;
}
