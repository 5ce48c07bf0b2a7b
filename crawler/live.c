/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/live.h"

#include "core/clock.h"
#include "core/text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000, DATE_LEN = sizeof "2026-11-22T" - 1 };

char *live_name(uint32_t sweep)
{
        return g_strdup_printf("live/%u", sweep);
}

static bool lives(uint32_t process)
{
        return process > 0 && process <= G_MAXINT32 && (kill((pid_t)process, 0) == 0 || errno == EPERM);
}

Live *live_read(Store *store, uint32_t sweep, int64_t now_ms, Arena *arena, GError **error)
{
        g_autofree char *name = live_name(sweep);
        g_autoptr(GBytes) row = store_get(store, STORE_META, &(StoreKey){.name = name}, error);
        Live *live = row ? record_live(arena, record_span(row), error) : NULL;
        if (!live || now_ms - live->at_ms > LIVE_FRESH_MS || !lives(live->process))
                return NULL;
        return live;
}

char *live_time_text(int64_t at_ms, int64_t now_ms)
{
        g_autofree char *text = clock_text(at_ms);
        if (at_ms / DAY_MS != now_ms / DAY_MS || strlen(text) <= DATE_LEN)
                return g_steal_pointer(&text);
        return g_strdup(text + DATE_LEN);
}

/* Why a host is left alone, as its state or a blocker names it. */
static const char *in_words(const char *reason)
{
        static const struct {
                const char *reason, *words;
        } all[] = {
                {"retry-after", "Retry-After"},
                {"back-off", "it failed"},
                {"breaker", "too many failures in a row"},
                {"robots", "robots.txt could not be had"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
                if (g_strcmp0(reason, all[i].reason) == 0)
                        return all[i].words;
        }
        return "it asked for it or failed";
}

static char *back_off(const char *reason, int64_t until_ms, int64_t now_ms)
{
        if (until_ms <= 0)
                return g_strdup_printf("back-off (%s)", in_words(reason));
        g_autofree char *until = live_time_text(until_ms, now_ms);
        return g_strdup_printf("back-off until %s (%s)", until, in_words(reason));
}

char *live_host_text(const HostState *host, int64_t now_ms)
{
        if (host->breaker_until_ms > now_ms && host->breaker_until_ms >= host->not_before_ms)
                return back_off("breaker", host->breaker_until_ms, now_ms);
        return host->not_before_ms > now_ms ? back_off(host->reason, host->not_before_ms, now_ms) : NULL;
}

static char *rate(const Blocker *b, int64_t now_ms)
{
        if (b->until_ms <= now_ms)
                return g_strdup("the pace of its host");
        return g_strdup_printf("the pace of its host: next request in %.1f s",
                               (double)(b->until_ms - now_ms) / 1000.0);
}

static char *disk(const Live *live)
{
        g_autofree char *free_bytes = text_bytes(live ? live->disk_free : 0);
        g_autofree char *least = text_bytes(live ? live->min_free : 0);
        return g_strdup_printf("disk: %s free, %s must stay", free_bytes, least);
}

static char *reason_text(const Blocker *b, const Live *live, int64_t now_ms)
{
        bool robots = g_str_equal(b->reason, "robots");
        if (g_str_equal(b->reason, "retry-after") || g_str_equal(b->reason, "back-off") ||
            g_str_equal(b->reason, "breaker") || (robots && b->until_ms > 0))
                return back_off(b->reason, b->until_ms, now_ms);
        if (g_str_equal(b->reason, "rate"))
                return rate(b, now_ms);
        if (g_str_equal(b->reason, "connections"))
                return g_strdup_printf("in flight %u/%u", b->in_flight, b->limit);
        if (g_str_equal(b->reason, "disk"))
                return disk(live);
        if (g_str_equal(b->reason, "workers"))
                return g_strdup_printf("workers: %u queued", live ? live->workers_queued : 0);
        if (robots)
                return g_strdup("its host's robots.txt is being asked for");
        if (g_str_equal(b->reason, "paused"))
                return g_strdup_printf("paused: %s", b->detail ? b->detail : "it is not said why");
        if (g_str_equal(b->reason, "stopping"))
                return g_strdup("the sweep is being stopped");
        if (g_str_equal(b->reason, "free"))
                return g_strdup("nothing, requests go out");
        if (g_str_equal(b->reason, "nothing"))
                return g_strdup("no errand waits");
        return g_strdup(b->reason); /* bandwidth, and what a newer program names */
}

char *live_blocker_text(const Blocker *b, const Live *live, int64_t now_ms)
{
        g_autofree char *reason = reason_text(b, live, now_ms);
        g_autoptr(GString) text = g_string_new(reason);
        if (b->waiting)
                g_string_append_printf(text, ", %" G_GUINT64_FORMAT " waiting", b->waiting);
        if (b->in_flight && !g_str_equal(b->reason, "connections"))
                g_string_append_printf(text, ", %u in flight", b->in_flight);
        return text_terminal(text->str);
}
