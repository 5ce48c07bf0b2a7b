/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/manifest.h"

/* One line without its end; `next` is where the following one starts. */
static Span line_at(Span file, size_t at, size_t *next)
{
        Span rest = span_from(file, at);
        const uint8_t *feed = rest.len ? memchr(rest.data, '\n', rest.len) : NULL;
        size_t len = feed ? (size_t)(feed - rest.data) : rest.len;
        *next = at + len + (feed ? 1 : 0);
        if (feed && len > 0 && rest.data[len - 1] == '\r')
                len--;
        return span_part(rest, 0, len);
}

/* Bytes [at, end) up to and including the blank line that ends the section. */
static Span section_at(Span file, size_t at)
{
        size_t end = at;
        while (end < file.len) {
                size_t next;
                Span line = line_at(file, end, &next);
                end = next;
                if (line.len == 0)
                        break;
        }
        return span_part(file, at, end - at);
}

static bool continues(Span section, size_t at)
{
        return at < section.len && section.data[at] == ' ';
}

/* Lines of the attribute that starts at `at`, joined; `at` moves behind them. */
static Span unfolded(Span section, size_t *at, Arena *arena)
{
        size_t start = *at;
        Span first = line_at(section, start, at);
        if (!continues(section, *at))
                return first;
        size_t end = *at;
        while (continues(section, end))
                (void)line_at(section, end, &end);
        uint8_t *whole = arena_alloc(arena, end - start);
        size_t len = first.len;
        if (len)
                memcpy(whole, first.data, len);
        while (*at < end) {
                Span more = span_from(line_at(section, *at, at), 1);
                if (more.len)
                        memcpy(whole + len, more.data, more.len);
                len += more.len;
        }
        return span_of(whole, len);
}

static bool add_attribute(ManifestSection *section, Span line, GError **error)
{
        const uint8_t *colon = memchr(line.data, ':', line.len);
        size_t key_len = colon ? (size_t)(colon - line.data) : 0;
        if (key_len == 0 || key_len + 1 >= line.len || colon[1] != ' ')
                return fault(error, FAULT_MALFORMED, "a line is no \"Key: value\" attribute");
        if (section->n == MANIFEST_ATTRIBUTES)
                return fault(error, FAULT_LIMIT, "a section of more than %d attributes", MANIFEST_ATTRIBUTES);
        section->keys[section->n] = span_part(line, 0, key_len);
        section->values[section->n++] = span_from(line, key_len + 2);
        return true;
}

static bool parse(Span raw, Arena *arena, ManifestSection *out, GError **error)
{
        *out = (ManifestSection){.raw = raw,
                                 .keys = arena_array(arena, Span, MANIFEST_ATTRIBUTES),
                                 .values = arena_array(arena, Span, MANIFEST_ATTRIBUTES)};
        for (size_t at = 0; at < raw.len;) {
                Span line = unfolded(raw, &at, arena);
                if (line.len > 0 && !add_attribute(out, line, error))
                        return false;
        }
        return true;
}

/* Does the section start with "Name: <name>", without parsing the rest of it? */
static bool is_named(Span raw, const char *name, Arena *arena)
{
        static const char key[] = "name: ";
        const size_t key_len = sizeof key - 1;
        if (raw.len < key_len || g_ascii_strncasecmp((const char *)raw.data, key, key_len) != 0)
                return false;
        size_t at = 0;
        return span_eq_str(span_from(unfolded(raw, &at, arena), key_len), name);
}

bool manifest_section(Span file, const char *name, Arena *arena, ManifestSection *out, GError **error)
{
        Span found = {NULL, 0};
        size_t at = 0;
        Span raw = section_at(file, at);
        if (!name)
                return parse(raw, arena, out, error);
        for (at = raw.len; at < file.len; at += raw.len) {
                raw = section_at(file, at);
                if (!is_named(raw, name, arena))
                        continue;
                if (found.len)
                        return fault(error, FAULT_MALFORMED, "two sections are named %s", name);
                found = raw;
        }
        if (!found.len)
                return fault(error, FAULT_NOT_FOUND, "no section is named %s", name);
        return parse(found, arena, out, error);
}

Span manifest_value(const ManifestSection *section, const char *key)
{
        for (size_t i = 0; i < section->n; i++) {
                if (section->keys[i].len == strlen(key) &&
                    g_ascii_strncasecmp((const char *)section->keys[i].data, key, strlen(key)) == 0)
                        return section->values[i];
        }
        return (Span){NULL, 0};
}
