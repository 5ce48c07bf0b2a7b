/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/policy.h"

#include "core/digest.h"

#include <string.h>

enum { URL_BYTES = 2048 };

/* ---- URLs ------------------------------------------------------------------------------------------------------ */

/* Bytes that may not stand in a URL, percent-encoded; the rest is as the listing has it. */
static void append_encoded(GString *url, const char *part)
{
        for (const char *p = part; p && *p; p++) {
                unsigned char byte = (unsigned char)*p;
                if (byte <= ' ' || byte >= 0x7f || strchr("\"<>\\^`{|}", byte))
                        g_string_append_printf(url, "%%%02X", byte);
                else
                        g_string_append_c(url, *p);
        }
}

static char *host_of(GUri *uri)
{
        const char *host = g_uri_get_host(uri);
        g_autofree char *plain = host ? g_uri_unescape_string(host, NULL) : NULL;
        if (!plain || !*plain || g_uri_get_userinfo(uri) || g_uri_get_port(uri) == 0)
                return NULL;
        g_autofree char *ascii = g_hostname_to_ascii(plain);
        g_autofree char *lower = ascii ? g_ascii_strdown(ascii, -1) : NULL;
        if (!lower || lower[strspn(lower, "abcdefghijklmnopqrstuvwxyz0123456789.-_:")])
                return NULL;
        return g_steal_pointer(&lower);
}

/* "https://example.org:8443" */
static char *origin_of(GUri *uri)
{
        const char *scheme = g_uri_get_scheme(uri);
        g_autofree char *host = host_of(uri);
        if (!host || (!g_str_equal(scheme, "http") && !g_str_equal(scheme, "https")))
                return NULL;
        bool six = strchr(host, ':') != NULL;
        g_autoptr(GString) origin = g_string_new(NULL);
        g_string_append_printf(origin, six ? "%s://[%s]" : "%s://%s", scheme, host);
        if (g_uri_get_port(uri) > 0)
                g_string_append_printf(origin, ":%d", g_uri_get_port(uri));
        return market_host_of(origin->str);
}

char *policy_url(const char *text)
{
        if (!text || strlen(text) > URL_BYTES || !g_utf8_validate(text, -1, NULL))
                return NULL;
        g_autofree char *trimmed = g_strstrip(g_strdup(text));
        g_autoptr(GUri) uri = g_uri_parse(trimmed, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
        g_autofree char *origin = uri ? origin_of(uri) : NULL;
        if (!origin)
                return NULL;
        const char *path = g_uri_get_path(uri), *query = g_uri_get_query(uri);
        g_autoptr(GString) url = g_string_new(origin);
        if (!*path)
                g_string_append_c(url, '/');
        append_encoded(url, path);
        if (query)
                g_string_append_c(url, '?');
        append_encoded(url, query);
        return url->len <= URL_BYTES ? g_string_free(g_steal_pointer(&url), FALSE) : NULL;
}

char *policy_key(const char *url)
{
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(url), hex);
        return g_strdup(hex);
}

char *policy_named_key(const char *key, uint32_t sweep, const char *market, const char *package)
{
        return g_strdup_printf("%s/%u/%s/%s", key, sweep, market, package);
}

/* ---- who names it ---------------------------------------------------------------------------------------------- */

static void put_named(Run *run, StoreBatch *batch, const Listing *listing, const char *url, const char *key)
{
        g_autofree char *who = g_strconcat(listing->market, "/", listing->package, NULL);
        g_autofree char *name = policy_named_key(key, run->sweep->id, listing->market, listing->package);
        char *packages[] = {who};
        Policy row = POLICY__INIT;
        row.url = (char *)url;
        row.state = (char *)"named";
        row.n_packages = 1;
        row.packages = packages;
        g_autoptr(GBytes) packed = record_pack(&row);
        store_put(batch, STORE_POLICIES, &(StoreKey){.name = name}, record_span(packed));
}

bool policy_wanted(Run *run, StoreBatch *batch, const Listing *listing, Arena *arena, GPtrArray *next)
{
        g_autofree char *url = policy_url(listing->privacy_url);
        if (!url || (run_market(run, listing->market)->loopback && !market_is_here(url)))
                return false;
        g_autofree char *key = policy_key(url), *host = market_host_of(url);
        put_named(run, batch, listing, url, key);
        Errand *e = record_new(arena, Errand, errand__init);
        e->sweep = run->sweep->id;
        e->kind = ERRAND__KIND__POLICY;
        e->id = arena_printf(arena, "policy/%s", key);
        e->market = arena_str(arena, listing->market);
        e->package = arena_str(arena, listing->package);
        e->host = arena_str(arena, host);
        e->base_url = arena_str(arena, host);
        e->url = arena_str(arena, url);
        e->has_due_ms = true;
        e->due_ms = 1; /* behind what lists a market of the same host */
        g_ptr_array_add(next, e);
        return true;
}

const Market *policy_manners(bool loopback)
{
        static const Market web = {.name = (char *)"web",
                                   .title = (char *)"privacy policies",
                                   .kind = (char *)"html",
                                   .protocol = MARKET_WEB,
                                   .url = (char *)"",
                                   .categories = (char *)"none",
                                   .robots = true,
                                   .requests_per_second = 0.5,
                                   .connections = 1,
                                   .text = (char *)""};
        static const Market here = {.name = (char *)"web",
                                    .title = (char *)"privacy policies",
                                    .kind = (char *)"html",
                                    .protocol = MARKET_WEB,
                                    .url = (char *)"",
                                    .categories = (char *)"none",
                                    .robots = true,
                                    .requests_per_second = 50,
                                    .connections = 4,
                                    .loopback = true,
                                    .text = (char *)""};
        return loopback ? &here : &web;
}

/* ---- checks ---------------------------------------------------------------------------------------------------- */

/* State of a check by itself; NULL: the page was not there. */
static const char *state_alone(const char *outcome)
{
        static const struct {
                const char *outcome, *state;
        } states[] = {
                {"fetched", "fetched"},
                {"not-text", "not-text"},
                {"no-text", "no-text"},
                {"blocked", "blocked"}, /* a page came that asks whether a person is there */
                {"unfetched:robots", "robots"},
                {"unfetched:robots-unreachable", "robots"},
        };
        static const struct {
                FetchEnd end;
                const char *state;
        } ends[] = {{FETCH_REFUSED, "blocked"},
                    {FETCH_THROTTLED, "blocked"},
                    {FETCH_FORBIDDEN, "forbidden"},
                    {FETCH_TOO_LARGE, "too-large"}};
        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                if (g_str_equal(outcome, states[i].outcome))
                        return states[i].state;
        }
        if (g_str_has_prefix(outcome, "unreadable:"))
                return "unreadable";
        const char *reason =
                g_str_has_prefix(outcome, "unfetched:") ? outcome + strlen("unfetched:") : outcome;
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
                if (g_str_equal(reason, fetch_end_name(ends[i].end)))
                        return ends[i].state;
        }
        return NULL;
}

/* When the page began not to be there: the first of the checks up to the last that failed, none other between. -1:
 * the last one did not. */
static int64_t missing_since(const Policy *policy)
{
        int64_t since = -1;
        for (size_t i = policy ? policy->n_checks : 0; i-- > 0 && !state_alone(policy->checks[i]->outcome);)
                since = policy->checks[i]->at_ms;
        return since;
}

const char *policy_state_of(const Policy *before, const PolicyCheck *check, int64_t gap_ms)
{
        const char *state = state_alone(check->outcome);
        if (state)
                return state;
        int64_t since = missing_since(before);
        return since >= 0 && check->at_ms - since >= gap_ms ? "dead" : "unconfirmed";
}

int64_t policy_again_at(const Policy *policy, int64_t gap_ms)
{
        return missing_since(policy) + gap_ms;
}

Policy *policy_with(const Policy *before, const char *url, const PolicyCheck *check, int64_t gap_ms,
                    Arena *arena)
{
        Policy *now = record_new(arena, Policy, policy__init);
        size_t had = before ? before->n_checks : 0,
               first = had >= POLICY_CHECKS ? had - POLICY_CHECKS + 1 : 0;
        if (before)
                *now = *before;
        now->url = arena_str(arena, url);
        now->state = (char *)policy_state_of(before, check, gap_ms);
        now->n_checks = 0;
        now->checks = NULL;
        for (size_t i = first; i < had; i++)
                arena_push(arena, &now->n_checks, &now->checks, before->checks[i]);
        arena_push(arena, &now->n_checks, &now->checks, (PolicyCheck *)check);
        return now;
}
