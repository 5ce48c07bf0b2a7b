/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests out of templates: a "{word}" of lower-case letters and '_' is a variable, every other brace stands for
 * itself, so that a JSON body can be written as it is. */
#include "crawler/market_spec.h"

#include "core/text.h"

#include <string.h>

enum { VALUE_BYTES = 8192, REQUEST_BYTES = 64 << 10 };

typedef enum { PLACE_URL, PLACE_JSON, PLACE_FORM, PLACE_HEADER } Place;

/* variable -> the verbs that may have it (space-separated; "*": all) */
static const struct {
        const char *name, *verbs;
} variables[] = {
        {"base", "*"},
        {"epoch_ms", "*"},
        {"uuid", "*"},
        {"page_size", "list"},
        {"category", "list"},
        {"cursor", "list categories"},
        {"page", "list categories"},
        {"offset", "list categories"},
        {"package", "detail resolve labels token"},
        {"id", "detail resolve labels token"},
        {"token", "categories list detail resolve labels"},
};

/* The next variable of a template at or behind *at: its name, and where it begins and ends. */
static bool next_variable(const char *at, const char **begin, const char **end, char *name, size_t size)
{
        for (const char *p = strchr(at, '{'); p; p = strchr(p + 1, '{')) {
                size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");
                if (n == 0 || n >= size || p[1 + n] != '}')
                        continue;
                memcpy(name, p + 1, n);
                name[n] = '\0';
                *begin = p;
                *end = p + n + 2;
                return true;
        }
        return false;
}

/* ---- values
 * ------------------------------------------------------------------------------------------------------ */

static const char *canary_id(const Market *market, const char *package)
{
        for (size_t i = 0; package && market->canaries && market->canaries[i]; i++) {
                if (g_str_equal(market->canaries[i], package) && *market->canary_ids[i])
                        return market->canary_ids[i];
        }
        return NULL;
}

/* What a variable stands for; NULL: not known. g_free. */
static char *value_of(const Market *market, const MarketRequestSpec *r, const MarketVars *v, const char *name)
{
        int64_t page = (int64_t)v->page;
        if (g_str_equal(name, "base"))
                return g_strdup(market->url);
        if (g_str_equal(name, "epoch_ms"))
                return g_strdup_printf("%" G_GINT64_FORMAT, v->now_ms);
        if (g_str_equal(name, "uuid"))
                return g_strdup(v->uuid);
        if (g_str_equal(name, "page_size"))
                return g_strdup_printf("%" G_GINT64_FORMAT, r->page_size);
        if (g_str_equal(name, "category"))
                return g_strdup(v->category);
        if (g_str_equal(name, "cursor"))
                return g_strdup(v->cursor ? v->cursor : r->first_cursor ? r->first_cursor : "0");
        if (g_str_equal(name, "page"))
                return g_strdup_printf("%" G_GINT64_FORMAT, r->first_page + page);
        if (g_str_equal(name, "offset"))
                return g_strdup_printf("%" G_GINT64_FORMAT, page * r->page_size);
        if (g_str_equal(name, "package"))
                return g_strdup(v->package);
        if (g_str_equal(name, "id"))
                return g_strdup(v->store_id ? v->store_id : canary_id(market, v->package));
        return g_strdup(v->token);
}

static bool append_header(GString *out, const char *value)
{
        for (const char *p = value; *p; p++) {
                unsigned char c = (unsigned char)*p;
                if (c < 0x20 || c == 0x7f)
                        return false;
                if (c >= 0x80)
                        g_string_append_printf(out, "%%%02X", c);
                else
                        g_string_append_c(out, (char)c);
        }
        return true;
}

/* False: the value cannot stand there. */
static bool append_value(GString *out, const char *value, Place place)
{
        if (strlen(value) > VALUE_BYTES || !g_utf8_validate(value, -1, NULL))
                return false;
        switch (place) {
        case PLACE_URL:
        case PLACE_FORM: g_string_append_uri_escaped(out, value, NULL, false); return true;
        case PLACE_HEADER: return append_header(out, value);
        case PLACE_JSON: {
                g_autoptr(GString) quoted = g_string_new(NULL);
                text_append_json(quoted, value);
                g_string_append_len(out, quoted->str + 1, (gssize)quoted->len - 2);
                return true;
        }
        }
        return false;
}

static char *expand(const Market *market, const MarketRequestSpec *r, const MarketVars *vars,
                    const char *template, Place place, GError **error)
{
        g_autoptr(GString) out = g_string_new(NULL);
        char name[32];
        const char *at = template, *begin, *end;
        for (; next_variable(at, &begin, &end, name, sizeof name); at = end) {
                g_string_append_len(out, at, begin - at);
                g_autofree char *value = value_of(market, r, vars, name);
                if (!value) {
                        fault(error, FAULT_MALFORMED, "%s: %s needs {%s}, which is not known", market->name,
                              r->verb, name);
                        return NULL;
                }
                if (g_str_equal(name, "base")) {
                        g_string_append(out, value);
                } else if (!append_value(out, value, place)) {
                        g_autofree char *shown = text_terminal(value);
                        fault(error, FAULT_MALFORMED, "%s: %s: {%s} is \"%.80s\", which cannot stand there",
                              market->name, r->verb, name, shown);
                        return NULL;
                }
        }
        g_string_append(out, at);
        if (out->len > REQUEST_BYTES) {
                fault(error, FAULT_LIMIT, "%s: %s: more than %d bytes", market->name, r->verb, REQUEST_BYTES);
                return NULL;
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- requests
 * ---------------------------------------------------------------------------------------------------- */

static bool is_json(const char *body)
{
        body += strspn(body, " \t\r\n");
        return *body == '{' || *body == '[';
}

static bool has_header(char **headers, const char *name)
{
        for (char **h = headers; h && *h; h++) {
                if (g_ascii_strncasecmp(*h, name, strlen(name)) == 0 && (*h)[strlen(name)] == ':')
                        return true;
        }
        return false;
}

static bool uses(const MarketRequestSpec *r, const char *variable)
{
        bool found = strstr(r->url, variable) || (r->body && strstr(r->body, variable));
        for (char **h = r->headers; h && *h && !found; h++)
                found = strstr(*h, variable) != NULL;
        return found;
}

static bool make_headers(const Market *market, const MarketRequestSpec *r, const MarketVars *vars,
                         MarketRequest *out, GError **error)
{
        guint n = r->headers ? g_strv_length(r->headers) : 0;
        out->headers = g_new0(char *, n + 2);
        for (guint i = 0; i < n; i++) {
                out->headers[i] = expand(market, r, vars, r->headers[i], PLACE_HEADER, error);
                if (!out->headers[i])
                        return false;
        }
        if (r->body && !has_header(r->headers, "Content-Type"))
                out->headers[n] =
                        g_strdup(is_json(r->body) ? "Content-Type: application/json"
                                                  : "Content-Type: application/x-www-form-urlencoded");
        return true;
}

static bool make(const Market *market, const MarketRequestSpec *r, const MarketVars *vars, MarketRequest *out,
                 GError **error)
{
        out->url = expand(market, r, vars, r->url, PLACE_URL, error);
        if (!out->url)
                return false;
        g_autofree char *host = market_host_of(out->url);
        if (!host)
                return fault(error, FAULT_MALFORMED, "%s: %s: \"%s\" is no http(s) URL", market->name,
                             r->verb, out->url);
        if (r->body) {
                out->body =
                        expand(market, r, vars, r->body, is_json(r->body) ? PLACE_JSON : PLACE_FORM, error);
                if (!out->body)
                        return false;
        }
        return make_headers(market, r, vars, out, error);
}

void market_request_clear(MarketRequest *request)
{
        g_free(request->url);
        g_free(request->body);
        g_strfreev(request->headers);
        *request = (MarketRequest){0};
}

bool market_request(const Market *market, const char *verb, const MarketVars *vars, MarketRequest *out,
                    GError **error)
{
        *out = (MarketRequest){0};
        const char *asked = g_str_equal(verb, "canary") ? "detail" : verb;
        const MarketRequestSpec *r = market_spec_find(market->spec, asked);
        if (!r)
                return fault(error, FAULT_UNSUPPORTED, "%s has no request \"%s\"", market->name, asked);
        out->stay = r->format == TREE_REDIRECT;
        if (!vars->token && uses(r, "{token}")) {
                out->wants_token = true;
                return true;
        }
        if (make(market, r, vars, out, error))
                return true;
        market_request_clear(out);
        return false;
}

unsigned market_last_page(const Market *market, const char *verb)
{
        const MarketRequestSpec *r = market_spec_find(market->spec, verb);
        if (!r || (!r->next.text && !uses(r, "{page}") && !uses(r, "{offset}") && !uses(r, "{cursor}")))
                return 0;
        return r->last_page ? (unsigned)r->last_page : 100000;
}

/* ---- checks
 * ------------------------------------------------------------------------------------------------------ */

static bool may_have(const char *verb, const char *name, bool *known)
{
        for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
                if (!g_str_equal(variables[i].name, name))
                        continue;
                *known = true;
                g_auto(GStrv) of = g_strsplit(variables[i].verbs, " ", -1);
                return g_str_equal(of[0], "*") || g_strv_contains((const char *const *)of, verb);
        }
        return *known = false;
}

static bool check_variables(const MarketRequestSpec *r, const char *key, const char *template, GError **error)
{
        char name[32];
        const char *begin, *end;
        for (const char *at = template; next_variable(at, &begin, &end, name, sizeof name); at = end) {
                bool known;
                if (may_have(r->verb, name, &known))
                        continue;
                g_autoptr(GString) list = g_string_new(NULL);
                for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
                        bool ignored;
                        if (may_have(r->verb, variables[i].name, &ignored))
                                g_string_append_printf(list, " {%s}", variables[i].name);
                }
                return fault(error, FAULT_MALFORMED, "%s: {%s} is %s; %s may use%s", key, name,
                             known ? "not known at this verb" : "no variable", r->verb, list->str);
        }
        return true;
}

/* No variable but a leading {base} stands before the path: the host is the file's choice alone. */
static bool check_host(const MarketRequestSpec *r, const Market *market, GError **error)
{
        bool based = g_str_has_prefix(r->url, "{base}");
        g_autofree char *url =
                g_strconcat(based ? market->url : "", r->url + (based ? strlen("{base}") : 0), NULL);
        char name[32];
        const char *begin, *end;
        const char *authority = strstr(url, "://");
        authority = authority ? authority + 3 : url;
        const char *path = authority + strcspn(authority, "/?#");
        g_autofree char *host = market_host_of(url);
        if (!host || strchr(authority, '@'))
                return fault(error, FAULT_MALFORMED, "url: \"%s\" is no http(s) URL without a user name",
                             url);
        if (based && !strchr("/?", r->url[strlen("{base}")]))
                return fault(error, FAULT_MALFORMED, "url: behind {base} there is \"/\" or \"?\"");
        if (next_variable(url, &begin, &end, name, sizeof name) && begin < path)
                return fault(error, FAULT_MALFORMED, "url: {%s} may not choose the host", name);
        if (strstr(url + 1, "{base}"))
                return fault(error, FAULT_MALFORMED, "url: {base} stands at the start or nowhere");
        if (market->loopback && !market_is_here(url))
                return fault(error, FAULT_MALFORMED,
                             "url: %s is not on this machine, but the market says loopback: true", host);
        for (const char *p = url; *p; p++) {
                if ((unsigned char)*p <= ' ' || *p == 0x7f)
                        return fault(error, FAULT_MALFORMED, "url: holds a blank or a control character");
        }
        return check_variables(r, "url", r->url, error);
}

static bool check_header(const MarketRequestSpec *r, const char *header, GError **error)
{
        size_t n = strspn(header, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
        if (n == 0 || header[n] != ':')
                return fault(error, FAULT_MALFORMED, "headers: \"%.60s\" is not \"Name: value\"", header);
        static const char *const ours[] = {"Host",
                                           "Content-Length",
                                           "Transfer-Encoding",
                                           "Connection",
                                           "Cookie",
                                           "Accept-Encoding",
                                           "Range",
                                           "If-Range",
                                           "From",
                                           "Proxy-Connection"};
        for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
                if (strlen(ours[i]) == n && g_ascii_strncasecmp(header, ours[i], n) == 0)
                        return fault(error, FAULT_MALFORMED, "headers: %s is not a market file's to set",
                                     ours[i]);
        }
        for (const char *p = header; *p; p++) {
                if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
                        return fault(error, FAULT_MALFORMED,
                                     "headers: %.*s holds a control character or is not ASCII", (int)n,
                                     header);
        }
        return check_variables(r, "headers", header, error);
}

bool market_template_check(const MarketRequestSpec *r, const Market *market, GError **error)
{
        if (!check_host(r, market, error))
                return false;
        for (char **h = r->headers; h && *h; h++) {
                if (!check_header(r, *h, error))
                        return false;
        }
        if (r->body && strlen(r->body) > REQUEST_BYTES / 2)
                return fault(error, FAULT_MALFORMED, "body: more than %d bytes", REQUEST_BYTES / 2);
        if (r->body && !check_variables(r, "body", r->body, error))
                return false;
        bool sized = uses(r, "{offset}") || uses(r, "{page_size}");
        if (sized && r->page_size == 0)
                return fault(error, FAULT_MALFORMED, "page_size: {offset} and {page_size} need it");
        return true;
}
