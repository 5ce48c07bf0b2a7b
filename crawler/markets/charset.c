/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/charset.h"

#include <errno.h>
#include <iconv.h>

enum { META_BYTES = 4096, NAME_BYTES = 40 };

/* Pages call themselves by these names; what browsers read under a name is not always what the name says (WHATWG
 * Encoding Standard, "Names and labels"). */
static const struct {
        const char *label, *iconv;
} encodings[] = {
        {"utf-8", "UTF-8"},          {"utf8", "UTF-8"},
        {"gb2312", "GB18030"},       {"gbk", "GB18030"},
        {"gb18030", "GB18030"},      {"x-gbk", "GB18030"},
        {"big5", "BIG5-HKSCS"},      {"big5-hkscs", "BIG5-HKSCS"},
        {"shift_jis", "CP932"},      {"sjis", "CP932"},
        {"euc-jp", "EUC-JP"},        {"iso-2022-jp", "ISO-2022-JP"},
        {"euc-kr", "CP949"},         {"ks_c_5601-1987", "CP949"},
        {"iso-8859-1", "CP1252"},    {"latin1", "CP1252"},
        {"us-ascii", "CP1252"},      {"windows-1252", "CP1252"},
        {"windows-1251", "CP1251"},  {"windows-1250", "CP1250"},
        {"windows-1254", "CP1254"},  {"iso-8859-9", "CP1254"},
        {"iso-8859-2", "ISO8859-2"}, {"iso-8859-15", "ISO8859-15"},
        {"koi8-r", "KOI8-R"},        {"utf-16", "UTF-16LE"},
        {"utf-16le", "UTF-16LE"},    {"utf-16be", "UTF-16BE"},
};

static bool is_open(iconv_t converter)
{
        return (intptr_t)converter != -1;
}

/* ---- converters
 * -------------------------------------------------------------------------------------------------- */

void *charset_open(GError **error)
{
        iconv_t *all = g_new(iconv_t, G_N_ELEMENTS(encodings));
        for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++) {
                char in[] = "a", out[8], *from = in, *to = out;
                size_t n_in = 1, n_out = sizeof out;
                all[i] = iconv_open("UTF-8", encodings[i].iconv);
                if (is_open(all[i]))
                        (void)iconv(all[i], &from, &n_in, &to, &n_out);
                else if (g_str_equal(encodings[i].iconv, "GB18030"))
                        fault(error, FAULT_UNSUPPORTED,
                              "iconv has no GB18030 here: the converters of the C library are not installed "
                              "(gconv)");
        }
        if (error && *error) {
                charset_close(all);
                return NULL;
        }
        return all;
}

void charset_close(void *tables)
{
        iconv_t *all = tables;
        for (size_t i = 0; all && i < G_N_ELEMENTS(encodings); i++) {
                if (is_open(all[i]))
                        iconv_close(all[i]);
        }
        g_free(all);
}

static const char *lookup(const char *label) /* NULL: not known */
{
        for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++) {
                if (g_ascii_strcasecmp(label, encodings[i].label) == 0)
                        return encodings[i].iconv;
        }
        return NULL;
}

/* ---- which encoding
 * ---------------------------------------------------------------------------------------------- */

/* The label behind "charset=" in a text that ends at `end`. */
static const char *labelled(const char *text, const char *end)
{
        for (const char *p = text; p < end; p++) {
                if (g_ascii_strncasecmp(p, "charset", strlen("charset")) != 0)
                        continue;
                const char *q = p + strlen("charset");
                q += strspn(q, " \t\r\n");
                if (*q++ != '=')
                        continue;
                q += strspn(q, " \t\r\n\"'");
                size_t n = strcspn(q, " \t\r\n\"'/>;");
                g_autofree char *label = g_strndup(q, MIN(n, (size_t)NAME_BYTES));
                const char *known = lookup(label);
                if (known)
                        return known;
        }
        return NULL;
}

static const char *in_meta(Span page)
{
        g_autofree char *head = g_strndup((const char *)page.data, MIN(page.len, (size_t)META_BYTES));
        for (char *p = head; *p && (p = strchr(p, '<')); p++) {
                if (g_ascii_strncasecmp(p, "<meta", 5) != 0)
                        continue;
                const char *known = labelled(p, p + strcspn(p, ">"));
                if (known) /* a page whose <meta> could be read as ASCII is not in UTF-16 */
                        return g_str_has_prefix(known, "UTF-16") ? "UTF-8" : known;
        }
        return NULL;
}

static const char *marked(Span *page) /* takes the byte order mark away */
{
        static const struct {
                const char *bytes;
                size_t n;
                const char *iconv;
        } marks[] = {{"\xef\xbb\xbf", 3, "UTF-8"}, {"\xff\xfe", 2, "UTF-16LE"}, {"\xfe\xff", 2, "UTF-16BE"}};
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
                if (span_starts(*page, span_of(marks[i].bytes, marks[i].n))) {
                        *page = span_from(*page, marks[i].n);
                        return marks[i].iconv;
                }
        }
        return NULL;
}

static const char *encoding_of(Span *page, const char *content_type)
{
        const char *known = marked(page);
        if (!known && content_type)
                known = labelled(content_type, content_type + strlen(content_type));
        if (!known && page->len)
                known = in_meta(*page);
        if (known)
                return known;
        return g_utf8_validate((const char *)page->data, (gssize)page->len, NULL) ? "UTF-8" : "CP1252";
}

/* ---- conversion
 * -------------------------------------------------------------------------------------------------- */

static Span convert(iconv_t converter, Span page, Arena *arena)
{
        size_t room =
                page.len * 3 + 16; /* no byte of these encodings becomes more than three, U+FFFD among them */
        char *out = arena_bytes(arena, room), *to = out;
        char *from = (char *)page.data;
        size_t left = page.len, space = room;
        while (left > 0) {
                if (iconv(converter, &from, &left, &to, &space) != (size_t)-1 || errno == E2BIG)
                        break;
                if (space < 4 || left == 0)
                        break;
                static const char unknown[3] = {'\xef', '\xbf', '\xbd'};
                memcpy(to, unknown, sizeof unknown);
                to += sizeof unknown;
                space -= sizeof unknown;
                from++, left--;
        }
        return span_of(out, (size_t)(to - out));
}

static Span tidy(Span text, Arena *arena)
{
        bool fine = !memchr(text.len ? (const void *)text.data : "", '\0', text.len) &&
                    g_utf8_validate((const char *)text.data, (gssize)text.len, NULL);
        if (fine || text.len == 0)
                return text;
        return span_str(arena_utf8(arena, text));
}

Span charset_to_utf8(Span page, const char *content_type, Arena *arena)
{
        if (page.len == 0)
                return page;
        const char *encoding = encoding_of(&page, content_type);
        if (g_str_equal(encoding, "UTF-8"))
                return tidy(page, arena);
        iconv_t converter = iconv_open("UTF-8", encoding);
        if (!is_open(converter))
                return tidy(page, arena);
        Span text = convert(converter, page, arena);
        iconv_close(converter);
        return tidy(text, arena);
}
