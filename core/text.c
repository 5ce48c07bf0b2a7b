/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/text.h"

#include "core/digest.h"

#include <stdio.h>
#include <string.h>

/* Characters that steer a terminal or turn the reading direction: C0, DEL, C1, U+2028/9, U+061C, U+200E/F,
 * U+202A-E, U+2066-9. */
static bool steers(gunichar c)
{
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || c == 0x061c ||
               c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *text_terminal(const char *s)
{
        g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);
        GString *out = g_string_sized_new(strlen(valid));
        for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                g_string_append_unichar(out, steers(c) ? 0xfffd : c);
        }
        return g_string_free(out, FALSE);
}

bool text_is_plain(const char *s)
{
        if (!g_utf8_validate(s, -1, NULL))
                return false;
        for (const char *p = s; *p; p = g_utf8_next_char(p)) {
                if (steers(g_utf8_get_char(p)))
                        return false;
        }
        return true;
}

/* Bytes from here on that JSON spells as they are: most strings are nothing else. */
static size_t plain_bytes(const char *s)
{
        size_t n = 0;
        while (s[n] >= ' ' && s[n] <= '~' && s[n] != '"' && s[n] != '\\')
                n++;
        return n;
}

void text_append_json(GString *out, const char *s)
{
        s = s ? s : "";
        size_t plain = plain_bytes(s);
        g_string_append_c(out, '"');
        g_string_append_len(out, s, (gssize)plain);
        g_autofree char *valid = s[plain] ? g_utf8_make_valid(s + plain, -1) : NULL;
        for (const char *p = valid; p && *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (c == '"' || c == '\\')
                        g_string_append_printf(out, "\\%c", (char)c);
                else if (c == '\n')
                        g_string_append(out, "\\n");
                else if (c == '\t')
                        g_string_append(out, "\\t");
                else if (steers(c))
                        g_string_append_printf(out, "\\u%04x", c);
                else
                        g_string_append_unichar(out, c);
        }
        g_string_append_c(out, '"');
}

void text_append_html(GString *out, const char *s)
{
        g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);
        for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                switch (c) {
                case '&': g_string_append(out, "&amp;"); break;
                case '<': g_string_append(out, "&lt;"); break;
                case '>': g_string_append(out, "&gt;"); break;
                case '"': g_string_append(out, "&quot;"); break;
                case '\'': g_string_append(out, "&#39;"); break;
                case '\n':
                case '\t': g_string_append_c(out, ' '); break;
                default: g_string_append_unichar(out, steers(c) ? 0xfffd : c);
                }
        }
}

void text_append_csv(GString *out, const char *s)
{
        g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);
        const char *first = valid + strspn(valid, " ");
        bool formula = *first && strchr("=+-@\t\r", *first);
        bool mark = formula || valid[0] == '\'';
        bool quote = mark || strpbrk(valid, ",\"\r\n") || valid[0] == ' ';
        if (quote)
                g_string_append_c(out, '"');
        if (mark)
                g_string_append_c(out, '\'');
        for (const char *p = valid; *p; p++) {
                if (*p == '"')
                        g_string_append_c(out, '"');
                g_string_append_c(out, *p);
        }
        if (quote)
                g_string_append_c(out, '"');
}

char *text_file_name(const char *s)
{
        enum { LONGEST = 200 };
        GString *out = g_string_new(NULL);
        for (const char *p = s; *p; p++) {
                bool dot_first = *p == '.' && p == s;
                if ((g_ascii_isalnum(*p) || strchr("._-", *p)) && !dot_first)
                        g_string_append_c(out, *p);
                else
                        g_string_append_printf(out, "%%%02X", (unsigned char)*p);
        }
        if (out->len == 0)
                g_string_append(out, "%");
        if (out->len > LONGEST) {
                char hex[SHA256_HEX_SIZE];
                digest_sha256_hex(span_str(s), hex);
                g_string_truncate(out, LONGEST - 33);
                g_string_append_printf(out, "~%.32s", hex);
        }
        return g_string_free(out, FALSE);
}

int text_width(const char *s)
{
        int width = 0;
        for (const char *p = s; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (g_unichar_iszerowidth(c))
                        continue;
                width += g_unichar_iswide(c) ? 2 : 1;
        }
        return width;
}

char *text_bytes(guint64 n)
{
        static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
        double v = (double)n;
        size_t unit = 0;
        while (v >= 999.95 && unit + 1 < G_N_ELEMENTS(units)) {
                v /= 1000;
                unit++;
        }
        return unit ? g_strdup_printf("%.1f %s", v, units[unit])
                    : g_strdup_printf("%" G_GUINT64_FORMAT " B", n);
}

char *text_count(guint64 n)
{
        char digits[24];
        int len = snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, n);
        GString *out = g_string_new(NULL);
        for (int i = 0; i < len; i++) {
                if (i && (len - i) % 3 == 0)
                        g_string_append_c(out, ',');
                g_string_append_c(out, digits[i]);
        }
        return g_string_free(out, FALSE);
}
