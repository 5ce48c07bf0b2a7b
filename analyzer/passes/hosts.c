/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passes/hosts.c - hosts of URLs that stand as constants in the code: whose code holds them, and which SDK they belong to.
 * An SDK's host is evidence of that SDK, too (found.h). Code that names hosts of many SDKs nothing else shows is a list of
 * them - a blocker's, a browser's - and says nothing of what is inside: then none of them becomes a hit, and the anomaly
 * sdk-host-list tells how many there were. */
#include "analyzer/code/code.h"
#include "analyzer/pass.h"
#include "analyzer/passes/found.h"

enum {
        HOSTS_LIMIT = 4096, /* kept in the facts, in byte order; the anomaly hosts-cut tells of more */
        LIST = 20           /* so many SDKs seen by their hosts alone make a list */
};

typedef struct {
        const char *host;
        const SdkAnchor *first; /* who claims it */
        HostHit *record;
} Host;

typedef struct {
        Apk *apk;
        GArray *hosts; /* of Host */
} Hosts;

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The owners of [from, to), which all name one host, sorted and each once. */
static HostHit *as_record(const Hosts *in, const CodeHost *const *list, size_t from, size_t to)
{
        Arena *arena = in->apk->arena;
        HostHit *record = record_new(arena, HostHit, host_hit__init);
        record->host = arena_str(arena, list[from]->host);
        record->has_cleartext = true;
        record->has_identifier = record->identifier =
                sdkset_is_identifier(in->apk->tables->sdks, record->host);
        for (size_t i = from; i < to; i++) {
                record->cleartext |= list[i]->cleartext;
                if (i == from || list[i]->owner != list[i - 1]->owner)
                        arena_push(arena, &record->n_owners, &record->owners,
                                   arena_str(arena, owner_name(in->apk->owners, list[i]->owner)));
        }
        qsort(record->owners, record->n_owners, sizeof *record->owners, by_text);
        return record;
}

static void collect(Hosts *in)
{
        const CodeHost *const *list;
        size_t n = code_hosts(in->apk->code, &list);
        for (size_t from = 0, to; from < n; from = to) {
                for (to = from + 1; to < n && g_str_equal(list[to]->host, list[from]->host);)
                        to++;
                Host host = {.host = list[from]->host};
                host.first = sdkset_host(in->apk->tables->sdks, host.host);
                host.record = as_record(in, list, from, to);
                g_array_append_val(in->hosts, host);
        }
}

/* How many SDKs only their own, unshared hosts show. */
static unsigned count_alone(const Hosts *in)
{
        const SdkSet *sdks = in->apk->tables->sdks;
        bool *alone = arena_array(in->apk->arena, bool, sdkset_len(sdks) + 1);
        unsigned n = 0;
        for (guint i = 0; i < in->hosts->len; i++) {
                const SdkAnchor *anchor = g_array_index(in->hosts, Host, i).first;
                if (!anchor || anchor->next || alone[anchor->sdk->index] ||
                    found_but_host(in->apk->found, anchor->sdk))
                        continue;
                alone[anchor->sdk->index] = true;
                n++;
        }
        return n;
}

/* Host records name the one SDK a host belongs to: the only one that claims it, else the only one that is there. */
static void weigh(Hosts *in, bool list)
{
        Found *found = in->apk->found;
        for (guint i = 0; i < in->hosts->len; i++) {
                Host *host = &g_array_index(in->hosts, Host, i);
                const Sdk *only = host->first && !host->first->next ? host->first->sdk : NULL;
                unsigned there = 0;
                for (const SdkAnchor *anchor = host->first; anchor; anchor = anchor->next) {
                        bool seen = found_but_host(found, anchor->sdk);
                        if (seen || (!host->first->next && !list))
                                found_see(found, anchor->sdk, FOUND_HOST, host->record->host, 1);
                        if (seen && host->first->next)
                                only = there++ ? NULL : anchor->sdk;
                }
                host->record->sdk = only ? arena_str(in->apk->arena, only->id) : NULL;
        }
}

static void add_anomaly(Apk *apk, const char *code, const char *detail)
{
        Anomaly *anomaly = record_new(apk->arena, Anomaly, anomaly__init);
        anomaly->code = arena_str(apk->arena, code);
        anomaly->detail = arena_str(apk->arena, detail);
        arena_push(apk->arena, &apk->facts->n_anomalies, &apk->facts->anomalies, anomaly);
}

static void write_hosts(const Hosts *in)
{
        Apk *apk = in->apk;
        for (guint i = 0; i < MIN(in->hosts->len, HOSTS_LIMIT); i++)
                arena_push(apk->arena, &apk->facts->n_hosts, &apk->facts->hosts,
                           g_array_index(in->hosts, Host, i).record);
        if (in->hosts->len > HOSTS_LIMIT)
                add_anomaly(apk, "hosts-cut",
                            arena_printf(apk->arena, "%u hosts in the code, %d are kept", in->hosts->len,
                                         HOSTS_LIMIT));
}

static bool run(Apk *apk, GError **error)
{
        (void)error;
        g_autoptr(GArray) hosts = g_array_new(FALSE, FALSE, sizeof(Host));
        Hosts in = {.apk = apk, .hosts = hosts};
        if (!apk->found)
                apk->found = found_new(apk->tables->sdks, apk->owners, apk->arena);
        collect(&in);
        unsigned alone = count_alone(&in);
        weigh(&in, alone > LIST);
        if (alone > LIST)
                add_anomaly(apk, "sdk-host-list",
                            arena_printf(apk->arena, "hosts of %u SDKs that nothing else shows", alone));
        write_hosts(&in);
        found_write(apk->found, apk->facts);
        return true;
}

static const char *digest(const Tables *tables)
{
        return sdkset_digest(tables->sdks);
}

const Pass pass_hosts = {
        .name = "hosts",
        .needs = (const char *const[]){"sdks", "calls", NULL},
        .version = 1,
        .meaning = "Hosts of URLs that stand as constants in the code, with whose code holds each, the SDK "
                   "it belongs to, "
                   "and whether a URL without encryption names it.",
        .run = run,
        .of_code = true,
        .digest = digest,
};
