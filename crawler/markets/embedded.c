/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/embedded.h"

#include <glib.h>

enum { SCRIPTS = 1000, ATTRIBUTES_BYTES = 2048, BLOCK_HEAD_BYTES = 1024 };

static Span find(Span page, const char *what) /* from where it stands; empty: nowhere */
{
        const uint8_t *at = page.len ? memmem(page.data, page.len, what, strlen(what)) : NULL;
        return at ? span_from(page, (size_t)(at - page.data)) : (Span){NULL, 0};
}

static Span behind(Span page, const char *what)
{
        Span at = find(page, what);
        return span_from(at, MIN(strlen(what), at.len));
}

static Span skip_blanks(Span text)
{
        size_t n = 0;
        while (n < text.len && g_ascii_isspace((char)text.data[n]))
                n++;
        return span_from(text, n);
}

/* The JSON value a text begins with: an object, a list or a string. Empty: it begins with none, or has no end. */
static Span value_of(Span text)
{
        text = skip_blanks(text);
        if (text.len == 0 || !strchr("{[\"", text.data[0]))
                return (Span){NULL, 0};
        size_t depth = 0;
        bool quoted = false;
        for (size_t i = 0; i < text.len; i++) {
                char c = (char)text.data[i];
                if (quoted && c == '\\')
                        i++;
                else if (c == '"')
                        quoted = !quoted;
                else if (!quoted && (c == '{' || c == '['))
                        depth++;
                else if (!quoted && (c == '}' || c == ']') && depth > 0)
                        depth--;
                if (!quoted && depth == 0)
                        return span_part(text, 0, i + 1);
        }
        return (Span){NULL, 0};
}

static Json *parse(Span value, const char *script, GError **error)
{
        if (value.len == 0) {
                fault(error, FAULT_MALFORMED, "\"%s\": the page ends before the JSON does, or there is none",
                      script);
                return NULL;
        }
        Json *json = json_parse(value, error);
        if (!json)
                g_prefix_error(error, "\"%s\": ", script);
        return json;
}

static Json *absent(const char *script, GError **error)
{
        fault(error, FAULT_NOT_FOUND, "the page has no \"%s\"", script);
        return NULL;
}

/* id="NAME" or id='NAME' or id=NAME among the attributes of a tag */
static bool has_id(Span tag, const char *name)
{
        g_autofree char *text = g_strndup((const char *)tag.data, tag.len);
        for (char *p = text; (p = strstr(p, "id")); p += 2) {
                if (p > text && !g_ascii_isspace(p[-1]))
                        continue;
                char *q = p + 2 + strspn(p + 2, " \t\r\n");
                if (*q++ != '=')
                        continue;
                q += strspn(q, " \t\r\n");
                q += *q == '"' || *q == '\'';
                size_t n = strlen(name);
                if (strncmp(q, name, n) == 0 && strchr("\"' \t\r\n/", q[n]))
                        return true;
        }
        return false;
}

static Json *by_id(const char *script, Span page, GError **error)
{
        const char *name = script + strlen("id:");
        unsigned scripts = 0;
        for (Span at = behind(page, "<script"); at.len && scripts < SCRIPTS; at = behind(at, "<script")) {
                const uint8_t *end = memchr(at.data, '>', MIN(at.len, (size_t)ATTRIBUTES_BYTES));
                size_t tag = end ? (size_t)(end - at.data) : 0;
                scripts++;
                if (end && has_id(span_part(at, 0, tag), name))
                        return parse(value_of(span_from(at, tag + 1)), script, error);
        }
        return absent(script, error);
}

static Json *after(const char *script, Span page, GError **error)
{
        const char *text = script + strlen("after:");
        for (Span at = behind(page, text); at.len; at = behind(at, text)) {
                Span value = skip_blanks(at);
                if (value.len && strchr("{[\"", value.data[0]))
                        return parse(value_of(value), script, error);
        }
        return absent(script, error);
}

/* The key of a block, "ds:5", from what stands behind its "("; *data is set to what its value begins. g_free. */
static char *block_key(Span block, Span *data)
{
        Span head = span_part(block, 0, MIN(block.len, (size_t)BLOCK_HEAD_BYTES));
        Span key = skip_blanks(behind(head, "key:"));
        if (key.len < 2 || !strchr("'\"", key.data[0]))
                return NULL;
        const uint8_t *end = memchr(key.data + 1, key.data[0], MIN(key.len - 1, (size_t)100));
        Span value = behind(span_from(block, (size_t)(key.data - block.data)), "data:");
        if (!end || !value.len || value.data > key.data + BLOCK_HEAD_BYTES)
                return NULL;
        *data = value;
        return g_strndup((const char *)key.data + 1, (gsize)(end - key.data - 1));
}

static Json *blocks(const char *script, Span page, GError **error)
{
        g_autofree char *begin = g_strconcat(script + strlen("blocks:"), "(", NULL);
        g_autoptr(Json) all = json_map();
        unsigned n = 0;
        for (Span at = behind(page, begin); at.len && n++ < EMBEDDED_BLOCKS;) {
                Span data = {NULL, 0};
                g_autofree char *key = block_key(at, &data);
                bool opens = key && skip_blanks(data).len && strchr("{[", skip_blanks(data).data[0]);
                Span value = opens ? value_of(data) : (Span){NULL, 0};
                if (opens && value.len == 0)
                        break; /* the page ends inside it */
                Json *json = value.len ? json_parse(value, NULL) : NULL;
                if (json && g_utf8_validate(key, -1, NULL))
                        json_set(all, key, json);
                else
                        json_free(json);
                Span rest = value.len ? span_from(at, (size_t)(value.data - at.data) + value.len) : at;
                at = behind(rest, begin);
        }
        if (n == 0)
                return absent(script, error);
        if (json_size(all) == 0) {
                fault(error, FAULT_MALFORMED, "\"%s\": %u blocks, none of which holds JSON", script, n);
                return NULL;
        }
        return g_steal_pointer(&all);
}

Json *embedded_json(const char *script, Span page, GError **error)
{
        if (g_str_has_prefix(script, "id:"))
                return by_id(script, page, error);
        if (g_str_has_prefix(script, "after:"))
                return after(script, page, error);
        return blocks(script, page, error);
}
