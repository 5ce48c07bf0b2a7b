/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/certificate.h"

#include "analyzer/apk/der.h"

enum { VERSION = DER_CONTEXT_0, BMP_STRING = 0x1e, UNIVERSAL_STRING = 0x1c, NAME_PARTS = 64 };

bool certificate_read(Span der, Certificate *out)
{
        Cursor outer = cursor_over(der);
        Cursor certificate = der_open(&outer, DER_SEQUENCE);
        Cursor c = der_open(&certificate, DER_SEQUENCE);
        if (der_is(&c, VERSION))
                der_any(&c);
        out->serial = der_take(&c, DER_INTEGER).body;
        der_take(&c, DER_SEQUENCE); /* algorithm */
        out->issuer = der_take(&c, DER_SEQUENCE).whole;
        der_take(&c, DER_SEQUENCE); /* validity */
        out->subject = der_take(&c, DER_SEQUENCE).whole;
        out->key = der_take(&c, DER_SEQUENCE).whole;
        der_take(&certificate, DER_SEQUENCE); /* algorithm again */
        der_take(&certificate, DER_BIT_STRING);
        return outer.ok && certificate.ok && c.ok;
}

/* ---- names */

static const struct {
        const char *oid, *keyword;
} keywords[] = {{"\x55\x04\x03", "CN"},
                {"\x55\x04\x04", "SURNAME"},
                {"\x55\x04\x05", "SERIALNUMBER"},
                {"\x55\x04\x06", "C"},
                {"\x55\x04\x07", "L"},
                {"\x55\x04\x08", "ST"},
                {"\x55\x04\x09", "STREET"},
                {"\x55\x04\x0a", "O"},
                {"\x55\x04\x0b", "OU"},
                {"\x55\x04\x0c", "T"},
                {"\x55\x04\x2a", "GIVENNAME"},
                {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"},
                {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"},
                {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "EMAILADDRESS"}};

static void append_oid(GString *out, Span oid)
{
        for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++)
                if (span_eq_str(oid, keywords[i].oid)) {
                        g_string_append(out, keywords[i].keyword);
                        return;
                }
        uint64_t number = 0;
        bool first = true;
        for (size_t i = 0; i < oid.len; i++) {
                number = (number << 7 | (oid.data[i] & 0x7f)) & UINT32_MAX; /* greater ones name nothing */
                if (oid.data[i] & 0x80)
                        continue;
                uint64_t root = number < 80 ? number / 40 : 2;
                if (first)
                        g_string_append_printf(out, "%u.%u", (unsigned)root, (unsigned)(number - root * 40));
                else
                        g_string_append_printf(out, ".%u", (unsigned)number);
                first = false;
                number = 0;
        }
}

static char *decode(Der value, Arena *arena)
{
        const char *from = value.tag == BMP_STRING         ? "UTF-16BE"
                           : value.tag == UNIVERSAL_STRING ? "UTF-32BE"
                                                           : NULL;
        gsize len = 0;
        g_autofree char *text = from ? g_convert((const char *)value.body.data, (gssize)value.body.len,
                                                 "UTF-8", from, NULL, &len, NULL)
                                     : NULL;
        return arena_utf8(arena, text ? span_of(text, len) : value.body);
}

/* Escaped as RFC 4514 wants it, so that what a holder wrote cannot pass for another part of the name. */
static void append_value(GString *out, const char *text)
{
        if (*text == '#' || *text == ' ')
                g_string_append_c(out, '\\');
        for (const char *at = text; *at; at++) {
                if (strchr(",+\"\\<>;", *at) || (at[1] == '\0' && *at == ' ' && at != text))
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *at);
        }
}

/* One relative name: most often a single "CN=Ann". */
static bool append_part(GString *out, Span part, Arena *arena)
{
        Cursor c = cursor_over(part);
        for (bool first = true; cursor_left(&c) > 0 && out->len < CERTIFICATE_SUBJECT_LIMIT; first = false) {
                Cursor pair = der_open(&c, DER_SEQUENCE);
                Span oid = der_take(&pair, DER_OID).body;
                Der value = der_any(&pair);
                if (!pair.ok)
                        return false;
                if (!first)
                        g_string_append_c(out, '+');
                append_oid(out, span_part(oid, 0, MIN(oid.len, 32)));
                g_string_append_c(out, '=');
                value.body = span_part(value.body, 0, MIN(value.body.len, CERTIFICATE_SUBJECT_LIMIT));
                append_value(out, decode(value, arena));
        }
        return c.ok;
}

char *certificate_name(Span name, Arena *arena)
{
        Span parts[NAME_PARTS];
        size_t n = 0;
        Cursor outer = cursor_over(name);
        Cursor c = der_open(&outer, DER_SEQUENCE);
        while (cursor_left(&c) > 0 && n < NAME_PARTS)
                parts[n++] = der_take(&c, DER_SET).body;
        bool good = c.ok && n > 0;
        g_autoptr(GString) text = g_string_new(NULL);
        for (size_t i = n; good && i > 0; i--) {
                if (text->len)
                        g_string_append(text, ", ");
                good = append_part(text, parts[i - 1], arena);
        }
        if (!good)
                return NULL;
        return arena_utf8(arena, span_of(text->str, MIN(text->len, CERTIFICATE_SUBJECT_LIMIT)));
}
