/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/robots.h"

#include <math.h>

/* ---- percent-encoding: both sides are brought to one spelling before they are compared (RFC 9309, 2.2.2) */

static bool is_unreserved(uint8_t c)
{
        return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* `escape`: further bytes that must not stand raw, for instance "*$" where they are meant literally. */
static void append_byte(GString *out, uint8_t c, const char *escape)
{
        if (c <= 0x20 || c >= 0x7f || strchr(escape, c))
                g_string_append_printf(out, "%%%02X", c);
        else
                g_string_append_c(out, (char)c);
}

static void append_normal(GString *out, Span s, const char *escape)
{
        for (size_t i = 0; i < s.len; i++) {
                int high = s.data[i] == '%' && i + 2 < s.len ? g_ascii_xdigit_value((char)s.data[i + 1]) : -1;
                int low = high >= 0 ? g_ascii_xdigit_value((char)s.data[i + 2]) : -1;
                if (low < 0) {
                        append_byte(out, s.data[i], escape);
                        continue;
                }
                uint8_t c = (uint8_t)(high << 4 | low);
                if (is_unreserved(c))
                        g_string_append_c(out, (char)c);
                else
                        g_string_append_printf(out, "%%%02X", c);
                i += 2;
        }
}

/* ---- parsing */

static bool is_blank(uint8_t c)
{
        return c == ' ' || c == '\t';
}

static Span trim(Span s)
{
        while (s.len && is_blank(s.data[0]))
                s = span_from(s, 1);
        while (s.len && is_blank(s.data[s.len - 1]))
                s.len--;
        return s;
}

/* The next line without its end (CR, LF or both) and without a comment. */
static bool next_line(Span *rest, Span *line)
{
        if (!rest->len)
                return false;
        size_t n = 0;
        while (n < rest->len && rest->data[n] != '\n' && rest->data[n] != '\r')
                n++;
        *line = span_part(*rest, 0, n);
        if (n + 1 < rest->len && rest->data[n] == '\r' && rest->data[n + 1] == '\n')
                n++;
        *rest = span_from(*rest, MIN(n + 1, rest->len));
        const uint8_t *comment = line->len ? memchr(line->data, '#', line->len) : NULL;
        if (comment)
                line->len = (size_t)(comment - line->data);
        return true;
}

static bool is_word(Span s, const char *word)
{
        return s.len == strlen(word) && g_ascii_strncasecmp((const char *)s.data, word, s.len) == 0;
}

/* A product token is letters, '_' and '-' (RFC 9309, 2.2.1); what follows it ("/1.0") names no other product. */
static Span token_of(Span agent)
{
        size_t n = 0;
        while (n < agent.len &&
               (g_ascii_isalpha(agent.data[n]) || agent.data[n] == '_' || agent.data[n] == '-'))
                n++;
        return span_part(agent, 0, n);
}

typedef struct {
        Arena *arena;
        const char *product;
        Robots *named, *others;   /* of the groups that name us; of the "*" groups */
        bool in_named, in_others; /* the group that is being read */
        bool agents_open;         /* no rule since the last user-agent line: another one joins the group */
        bool is_named;            /* some group names us */
} Reader;

static void read_agent(Reader *r, Span agent)
{
        if (!r->agents_open)
                r->in_named = r->in_others = false;
        r->agents_open = true;
        if (agent.len && agent.data[0] == '*' && (agent.len == 1 || is_blank(agent.data[1])))
                r->in_others = true;
        else if (is_word(token_of(agent), r->product))
                r->in_named = r->is_named = true;
}

static void add_rule(Arena *arena, Robots *robots, bool allow, const char *pattern)
{
        RobotsRule *rule = record_new(arena, RobotsRule, robots_rule__init);
        rule->allow = allow;
        rule->pattern = arena_str(arena, pattern);
        arena_push(arena, &robots->n_rules, &robots->rules, rule);
}

static void read_rule(Reader *r, bool allow, Span pattern)
{
        r->agents_open = false;
        if (!pattern.len || (pattern.data[0] != '/' && pattern.data[0] != '*') ||
            (!r->in_named && !r->in_others))
                return; /* "Disallow:" forbids nothing; what is no path matches nothing */
        bool anchored = pattern.data[pattern.len - 1] == '$';
        g_autoptr(GString) normal = g_string_new(NULL);
        append_normal(normal, span_part(pattern, 0, pattern.len - anchored), "$");
        if (anchored)
                g_string_append_c(normal, '$');
        if (r->in_named)
                add_rule(r->arena, r->named, allow, normal->str);
        if (r->in_others)
                add_rule(r->arena, r->others, allow, normal->str);
}

static void note_delay(Robots *robots, uint32_t delay_ms)
{
        robots->has_crawl_delay_ms = true;
        robots->crawl_delay_ms = MAX(robots->crawl_delay_ms, delay_ms);
}

/* No rule of the RFC, so it neither ends the list of agents nor starts a group. */
static void read_delay(Reader *r, Span value)
{
        g_autofree char *text = g_strndup((const char *)value.data, value.len);
        char *end = text;
        double seconds = g_ascii_strtod(text, &end);
        if (end == text || !isfinite(seconds) || seconds <= 0)
                return;
        uint32_t delay_ms = (uint32_t)ceil(MIN(seconds, 24.0 * 3600) * 1000);
        if (r->in_named)
                note_delay(r->named, delay_ms);
        if (r->in_others)
                note_delay(r->others, delay_ms);
}

static void read_line(Reader *r, Span line)
{
        const uint8_t *colon = line.len ? memchr(line.data, ':', line.len) : NULL;
        if (!colon)
                return;
        size_t at = (size_t)(colon - line.data);
        Span key = trim(span_part(line, 0, at)), value = trim(span_from(line, at + 1));
        if (is_word(key, "user-agent"))
                read_agent(r, value);
        else if (is_word(key, "allow") || is_word(key, "disallow"))
                read_rule(r, is_word(key, "allow"), value);
        else if (is_word(key, "crawl-delay") && value.len)
                read_delay(r, value);
}

Robots *robots_parse(Span text, const char *product, Arena *arena)
{
        Reader r = {.arena = arena, .product = product};
        r.named = record_new(arena, Robots, robots__init);
        r.others = record_new(arena, Robots, robots__init);
        text.len = MIN(text.len, (size_t)ROBOTS_LIMIT);
        if (span_starts(text, span_str("\xef\xbb\xbf")))
                text = span_from(text, 3);
        for (Span line; next_line(&text, &line);)
                read_line(&r, line);
        return r.is_named ? r.named : r.others;
}

/* ---- matching */

/* Path and query of a URL in the spelling of the patterns; '*' and '$' of a URL are literal. */
static char *path_of(const char *url)
{
        const char *authority = strstr(url, "://");
        const char *path = url;
        if (url[0] != '/' && authority)
                path = authority + 3 + strcspn(authority + 3, "/?#");
        GString *out = g_string_new(path[0] == '/' ? NULL : "/");
        append_normal(out, span_of(path, strcspn(path, "#")), "*$");
        return g_string_free(out, FALSE);
}

/* Between '*'s stand literal pieces: the first must begin the path, each next one is taken where it stands first, and
 * behind a final '$' nothing may follow. memmem is linear, so no pattern can make this slow. */
static bool matches(const char *pattern, size_t len, Span path)
{
        bool anchored = len && pattern[len - 1] == '$';
        const char *at = pattern, *end = pattern + len - anchored;
        const char *star = memchr(at, '*', (size_t)(end - at));
        Span first = span_of(at, (size_t)((star ? star : end) - at));
        if (!span_starts(path, first))
                return false;
        path = span_from(path, first.len);
        if (!star)
                return !anchored || path.len == 0;
        while (star) {
                at = star + 1;
                star = memchr(at, '*', (size_t)(end - at));
                Span piece = span_of(at, (size_t)((star ? star : end) - at));
                if (!star && anchored) /* the last piece ends the path */
                        return piece.len <= path.len && span_eq(span_from(path, path.len - piece.len), piece);
                if (piece.len == 0)
                        continue;
                const uint8_t *hit =
                        path.len >= piece.len ? memmem(path.data, path.len, piece.data, piece.len) : NULL;
                if (!hit)
                        return false;
                path = span_from(path, (size_t)(hit - path.data) + piece.len);
        }
        return true;
}

bool robots_allow(const Robots *robots, const char *url)
{
        if (!robots)
                return true;
        g_autofree char *path = path_of(url);
        if (strcmp(path, "/robots.txt") == 0)
                return true;
        if (robots->disallow_all)
                return false;
        size_t longest = 0;
        bool allow = true;
        for (size_t i = 0; i < robots->n_rules; i++) {
                const RobotsRule *rule = robots->rules[i];
                size_t len = strlen(rule->pattern);
                if (len < longest || !matches(rule->pattern, len, span_str(path)))
                        continue;
                allow = rule->allow || (len == longest && allow);
                longest = len;
        }
        return allow;
}
