/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

typedef struct {
        uint64_t waiting;
        GByteArray *first; /* no waiting row before this key; NULL: nothing waits */
} HostTally;

struct Tally {
        ErrandCounts counts;
        GHashTable *hosts; /* name -> HostTally */
};

static void host_free(void *data)
{
        HostTally *host = data;
        g_clear_pointer(&host->first, g_byte_array_unref);
        g_free(host);
}

void tally_free(Tally *tally)
{
        g_hash_table_unref(tally->hosts);
        g_free(tally);
}

static void set_first(HostTally *host, Span key)
{
        if (!host->first)
                host->first = g_byte_array_sized_new((guint)key.len);
        g_byte_array_set_size(host->first, 0);
        g_byte_array_append(host->first, key.data, (guint)key.len);
}

static void host_row(Tally *tally, bool put, const char *name, Span key)
{
        HostTally *host = g_hash_table_lookup(tally->hosts, name);
        if (!host) {
                host = g_new0(HostTally, 1);
                g_hash_table_insert(tally->hosts, g_strdup(name), host);
        }
        if (put) {
                host->waiting++;
                if (!host->first || span_cmp(key, span_of(host->first->data, host->first->len)) < 0)
                        set_first(host, key);
        } else if (--host->waiting == 0) {
                g_clear_pointer(&host->first, g_byte_array_unref);
        }
}

static void count_row(Tally *tally, bool put, Span key, Span value)
{
        uint64_t one = put ? 1 : UINT64_MAX;
        ErrandKey row;
        if (!key_read_errand(key, &row))
                return; /* verify tells */
        switch (row.row) {
        case ERRAND_WAITING:
                tally->counts.waiting += one;
                host_row(tally, put, row.host, key);
                break;
        case ERRAND_LEASED: tally->counts.leased += one; break;
        case ERRAND_ENDED:
                if (value.len && value.data[0] == 'd')
                        tally->counts.done += one;
                else
                        tally->counts.dead += one;
                break;
        case ERRAND_OPEN: break;
        }
}

void tally_row(Store *store, bool put, Span key, Span value)
{
        ErrandKey row;
        if (!key_read_errand(key, &row))
                return;
        Tally *tally = g_hash_table_lookup(store->tallies, GUINT_TO_POINTER(row.sweep));
        if (tally)
                count_row(tally, put, key, value);
}

static bool count_rows(Store *store, Tally *tally, ErrandRow kind, uint32_t sweep, GError **error)
{
        KeyBytes prefix;
        if (!key_spell_errand(&(ErrandKey){.row = kind, .sweep = sweep}, &prefix, error))
                return false;
        DbIter *iter = db_iter(store->db, DB_ERRANDS, key_span(&prefix), store->gathered, DB_SCAN);
        for (Span key, value; db_iter_next(iter, &key, &value);)
                count_row(tally, true, key, value);
        return db_iter_end(iter, error);
}

Tally *tally_of(Store *store, uint32_t sweep, GError **error)
{
        Tally *tally = g_hash_table_lookup(store->tallies, GUINT_TO_POINTER(sweep));
        if (tally)
                return tally;
        tally = g_new0(Tally, 1);
        tally->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, host_free);
        if (!count_rows(store, tally, ERRAND_WAITING, sweep, error) ||
            !count_rows(store, tally, ERRAND_LEASED, sweep, error) ||
            !count_rows(store, tally, ERRAND_ENDED, sweep, error)) {
                tally_free(tally);
                return NULL;
        }
        g_hash_table_insert(store->tallies, GUINT_TO_POINTER(sweep), tally);
        return tally;
}

ErrandCounts tally_counts(const Tally *tally)
{
        return tally->counts;
}

Span tally_first(Tally *tally, const char *host)
{
        const HostTally *found = g_hash_table_lookup(tally->hosts, host);
        return found && found->first ? span_of(found->first->data, found->first->len) : (Span){NULL, 0};
}

void tally_passed(Tally *tally, const char *host, Span key)
{
        HostTally *found = g_hash_table_lookup(tally->hosts, host);
        if (found && found->first)
                set_first(found, key);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

void tally_hosts(const Tally *tally, GPtrArray *hosts)
{
        guint before = hosts->len;
        GHashTableIter each;
        void *name, *host;
        g_hash_table_iter_init(&each, tally->hosts);
        while (g_hash_table_iter_next(&each, &name, &host))
                if (((const HostTally *)host)->waiting)
                        g_ptr_array_add(hosts, g_strdup(name));
        if (hosts->len > before)
                qsort(hosts->pdata + before, hosts->len - before, sizeof *hosts->pdata, by_text);
}

uint64_t tally_waiting(const Tally *tally, const char *host)
{
        const HostTally *found = g_hash_table_lookup(tally->hosts, host);
        return found ? found->waiting : 0;
}

void tally_each(const Tally *tally, void (*each)(const char *host, uint64_t waiting, void *context),
                void *context)
{
        GHashTableIter all;
        g_hash_table_iter_init(&all, tally->hosts);
        for (void *name, *host; g_hash_table_iter_next(&all, &name, &host);)
                if (((const HostTally *)host)->waiting)
                        each(name, ((const HostTally *)host)->waiting, context);
}
