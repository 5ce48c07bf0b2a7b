/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/auditing.h"

#include "core/clock.h"
#include "core/text.h"

enum { NAMED = 12 }; /* of a list; the others are counted */

typedef struct {
        uint64_t requests, bytes, refused, throttled, failures, waits, early, trips;
        int64_t first_ms, last_ms, longest_wait_ms;
        double fastest, slowest; /* limits */
        size_t broken;           /* hosts where a limit was passed */
        size_t obeyed, none, unreachable, unknown;
        GPtrArray *over;   /* "reason" of overrides, each once; const char * */
        GPtrArray *agents; /* const char * */
        GPtrArray *markets;
        GPtrArray *names; /* of hosts */
} Sums;

bool auditing_is_kept(const Conduct *host)
{
        return host->excess < 1e-6 && host->early == 0;
}

static void add_once(GPtrArray *list, const char *word)
{
        if (word && !g_ptr_array_find_with_equal_func(list, word, g_str_equal, NULL))
                g_ptr_array_add(list, (char *)word);
}

static void add_robots(Sums *sums, const char *robots)
{
        const char *over = "overridden: ";
        sums->obeyed += g_strcmp0(robots, "obeyed") == 0;
        sums->none += g_strcmp0(robots, "none") == 0;
        sums->unreachable += g_strcmp0(robots, "unreachable") == 0;
        sums->unknown += robots == NULL;
        if (robots && g_str_has_prefix(robots, over))
                add_once(sums->over, robots + strlen(over));
}

static void add_host(Sums *sums, const Conduct *c)
{
        if (c->requests <= c->unmade) /* nobody was asked */
                return;
        sums->requests += c->requests - c->unmade;
        sums->bytes += c->wire_bytes;
        sums->refused += c->robots_refused;
        sums->throttled += c->throttled;
        sums->failures += c->failures;
        sums->waits += c->retry_afters;
        sums->early += c->early;
        sums->trips += c->breaker_trips;
        sums->longest_wait_ms = MAX(sums->longest_wait_ms, c->longest_wait_ms);
        if (c->has_first_ms)
                sums->first_ms = sums->first_ms ? MIN(sums->first_ms, c->first_ms) : c->first_ms;
        sums->last_ms = MAX(sums->last_ms, c->last_ms);
        sums->fastest = MAX(sums->fastest, c->limit);
        sums->slowest = sums->slowest > 0 ? MIN(sums->slowest, c->limit) : c->limit;
        sums->broken += c->excess >= 1e-6;
        add_robots(sums, c->robots);
        add_once(sums->agents, c->user_agent);
        add_once(sums->markets, c->market);
        g_ptr_array_add(sums->names, c->host);
}

static void append_list(GString *out, const GPtrArray *words, const char *quote)
{
        for (guint i = 0; i < MIN(words->len, NAMED); i++)
                g_string_append_printf(out, "%s%s%s%s", i ? ", " : "", quote,
                                       (const char *)g_ptr_array_index(words, i), quote);
        if (words->len > NAMED)
                g_string_append_printf(out, " and %u more", words->len - NAMED);
}

static const char *s_of(uint64_t n)
{
        return n == 1 ? "" : "s";
}

static void append_count(GString *out, uint64_t n, const char *what)
{
        g_autofree char *number = text_count(n);
        g_string_append_printf(out, "%s %s%s", number, what, s_of(n));
}

static void say_who(GString *out, const Sweep *sweep, const Sums *sums)
{
        g_autofree char *from = clock_text(sums->first_ms);
        g_autofree char *to = clock_text(sums->last_ms);
        g_autofree char *bytes = text_bytes(sums->bytes);
        g_string_append_printf(out, "Between %s and %s, for the sweep \"%s\" of ", from, to, sweep->name);
        append_list(out, sums->markets, "");
        g_string_append(out, ", ");
        append_count(out, sums->requests, "request");
        g_string_append_printf(out, " %s made to ", sums->requests == 1 ? "was" : "were");
        append_count(out, sums->names->len, "host");
        g_string_append(out, " (");
        append_list(out, sums->names, "");
        g_string_append_printf(out, "), and %s came back. ", bytes);
}

static void say_how_fast(GString *out, const Sums *sums)
{
        if (sums->slowest < sums->fastest)
                g_string_append_printf(out, "The limits were between %g and %g requests a second per host",
                                       sums->slowest, sums->fastest);
        else
                g_string_append_printf(out, "The limit was %g request%s a second per host", sums->fastest,
                                       sums->fastest == 1 ? "" : "s");
        g_string_append(out,
                        ", with short bursts of no more requests than connections were allowed at once; ");
        if (sums->broken)
                g_string_append_printf(
                        out, "measured from the times at which requests began, %zu host%s asked faster. ",
                        sums->broken, sums->broken == 1 ? " was" : "s were");
        else
                g_string_append(
                        out,
                        "measured from the times at which requests began, no host was asked faster, over "
                        "any span of time. ");
}

static void say_robots(GString *out, const Sums *sums)
{
        g_string_append_printf(out, "robots.txt was read before anything else and obeyed at %zu host%s",
                               sums->obeyed, s_of(sums->obeyed));
        if (sums->refused) {
                g_string_append(out, " (");
                append_count(out, sums->refused, "request");
                g_string_append_printf(out, " %s not made because of it)",
                                       sums->refused == 1 ? "was" : "were");
        }
        if (sums->none)
                g_string_append_printf(out, ", set no rule for us at %zu", sums->none);
        if (sums->unreachable)
                g_string_append_printf(out, ", could not be had at %zu, where nothing else was asked for",
                                       sums->unreachable);
        if (sums->unknown)
                g_string_append_printf(out,
                                       ", was not read to the end at %zu, where nothing else was asked for",
                                       sums->unknown);
        if (sums->over->len) {
                g_string_append(out, ", and was overridden for this stated reason: ");
                append_list(out, sums->over, "\"");
        }
        g_string_append(out, ". ");
}

static void say_what_stopped_us(GString *out, const Sums *sums)
{
        g_string_append(out, "Hosts answered \"too many requests\" or \"unavailable\" ");
        append_count(out, sums->throttled, "time");
        g_string_append(out, " and asked for a wait ");
        append_count(out, sums->waits, "time");
        if (sums->waits)
                g_string_append_printf(out, " (the longest %g s)", (double)sums->longest_wait_ms / 1000);
        if (sums->early) {
                g_string_append(out, "; before such a wait was over, ");
                append_count(out, sums->early, "request");
                g_string_append_printf(out, " %s made", sums->early == 1 ? "was" : "were");
        } else if (sums->waits) {
                g_string_append(out, ", which was kept each time");
        }
        g_string_append(out, ". ");
        append_count(out, sums->failures, "request");
        g_string_append(out, " failed, each followed by a growing rest of its host; ");
        append_count(out, sums->trips, "time");
        g_string_append(out, " a whole market was left alone after failures in a row. ");
}

static void say_who_we_are(GString *out, const Sums *sums)
{
        if (sums->agents->len == 0) {
                g_string_append(out, "How operators could have reached us was not recorded.");
                return;
        }
        g_string_append(out, "Every request named its sender in its User-Agent, ");
        append_list(out, sums->agents, "\"");
        bool local = true;
        for (guint i = 0; i < sums->agents->len; i++)
                local = local && strstr(g_ptr_array_index(sums->agents, i), "(loopback)");
        g_string_append(out, local ? ": no host but this machine was asked."
                                   : ", by which operators could reach us.");
}

char *auditing_statement(const Sweep *sweep, Conduct *const *hosts, size_t n)
{
        GString *out = g_string_new(NULL);
        if (n == 0) {
                g_string_append_printf(out, "The sweep \"%s\" has no record of a request to any host.",
                                       sweep->name);
                return g_string_free(out, FALSE);
        }
        g_autoptr(GPtrArray) over = g_ptr_array_new(), agents = g_ptr_array_new(),
                             markets = g_ptr_array_new(), names = g_ptr_array_new();
        Sums sums = {.over = over, .agents = agents, .markets = markets, .names = names};
        for (size_t i = 0; i < n; i++)
                add_host(&sums, hosts[i]);
        say_who(out, sweep, &sums);
        say_how_fast(out, &sums);
        say_robots(out, &sums);
        say_what_stopped_us(out, &sums);
        say_who_we_are(out, &sums);
        return g_string_free(out, FALSE);
}
