/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/jarfile.h"

/* The next line without its end. */
static Span take_line(Cursor *c)
{
        Span rest = span_from(c->over, c->at);
        size_t len = 0;
        while (len < rest.len && rest.data[len] != '\r' && rest.data[len] != '\n')
                len++;
        size_t end = len;
        if (end < rest.len)
                end += rest.data[end] == '\r' && end + 1 < rest.len && rest.data[end + 1] == '\n' ? 2 : 1;
        cursor_skip(c, end);
        return span_part(rest, 0, len);
}

/* The next attribute's bytes with the lines it goes on in; empty where a section ends. */
static Span take_attribute(Cursor *c, Arena *arena)
{
        Span line = take_line(c);
        if (line.len == 0 || cursor_left(c) == 0 || c->over.data[c->at] != ' ')
                return line;
        g_autoptr(GString) joined = g_string_new_len((const char *)line.data, (gssize)line.len);
        while (cursor_left(c) > 0 && c->over.data[c->at] == ' ') {
                Span more = take_line(c);
                g_string_append_len(joined, (const char *)more.data + 1, (gssize)more.len - 1);
        }
        return span_of(arena_strn(arena, joined->str, joined->len), joined->len);
}

/* True when the attribute has this name; its value is what follows the first ": ", nothing when there is
 * none. */
static bool split(Span attribute, const char *name, Span *value)
{
        size_t at = 0;
        while (at + 1 < attribute.len && !(attribute.data[at] == ':' && attribute.data[at + 1] == ' '))
                at++;
        bool divided = at + 1 < attribute.len;
        Span key = divided ? span_part(attribute, 0, at) : attribute;
        *value = divided ? span_from(attribute, at + 2) : span_from(attribute, attribute.len);
        return key.len == strlen(name) && g_ascii_strncasecmp((const char *)key.data, name, key.len) == 0;
}

bool jarfile_next(Cursor *c, Arena *arena, JarSection *out)
{
        size_t start = c->at;
        Span attribute = {NULL, 0};
        while (cursor_left(c) > 0 && attribute.len == 0) {
                start = c->at;
                attribute = take_attribute(c, arena);
        }
        if (attribute.len == 0)
                return false;
        Span name;
        out->name = split(attribute, "Name", &name) ? name : (Span){NULL, 0};
        while (cursor_left(c) > 0 && take_line(c).len > 0)
                ;
        out->whole = span_part(c->over, start, c->at - start);
        return true;
}

bool jarfile_value(const JarSection *section, const char *name, Arena *arena, Span *out)
{
        Cursor c = cursor_over(section->whole);
        while (cursor_left(&c) > 0) {
                Span attribute = take_attribute(&c, arena), value;
                if (attribute.len > 0 && split(attribute, name, &value)) {
                        *out = value;
                        return true;
                }
        }
        return false;
}

unsigned jarfile_promised(Span list, Arena *arena)
{
        Cursor c = cursor_over(list);
        JarSection first;
        Span value;
        if (!jarfile_next(&c, arena, &first) || !jarfile_value(&first, "X-Android-APK-Signed", arena, &value))
                return 0;
        g_autofree char *text = g_strndup((const char *)value.data, MIN(value.len, 1024));
        g_auto(GStrv) numbers = g_strsplit(text, ",", -1);
        unsigned found = 0;
        for (char **at = numbers; *at; at++) {
                g_strstrip(*at);
                found |= strcmp(*at, "2") == 0 ? JARFILE_V2 : strcmp(*at, "3") == 0 ? JARFILE_V3 : 0;
        }
        return found;
}
