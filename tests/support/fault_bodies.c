/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/fault_inside.h"

#include <string.h>

void fault_send_chunk(Exchange *x, const char *bytes, gsize len)
{
        fault_count(x, len);
        if (!fault_sendf(x, "%zx\r\n", len) || !fault_send(x, bytes, len) || !fault_send(x, "\r\n", 2))
                x->close = true;
}

void fault_send_endless(Exchange *x, const char *encoding, const char *start, gsize start_len,
                        const char *piece, gsize len)
{
        x->status = 200;
        if (!fault_sendf(x, "HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n", encoding))
                return;
        if (start_len)
                fault_send_chunk(x, start, start_len);
        while (!x->close)
                fault_send_chunk(x, piece, len);
}

static guint32 crc32_of(const char *bytes, gsize len)
{
        guint32 crc = 0xffffffff;
        for (gsize i = 0; i < len; i++) {
                crc ^= (guint8)bytes[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
        return ~crc;
}

static void append_le(GString *out, guint32 value, int bytes)
{
        for (int i = 0; i < bytes; i++)
                g_string_append_c(out, (char)(value >> (8 * i)));
}

/* Stored blocks only (RFC 1951, 3.2.4). */
GString *fault_gzip(const char *bytes, gsize len)
{
        GString *out = g_string_new_len("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
        for (gsize at = 0; at < len || at == 0; at += 65535) {
                guint32 n = (guint32)MIN(65535, len - at);
                g_string_append_c(out, at + n >= len);
                append_le(out, n, 2);
                append_le(out, ~n, 2);
                g_string_append_len(out, bytes + at, n);
        }
        append_le(out, crc32_of(bytes, len), 4);
        append_le(out, (guint32)len, 4);
        return out;
}
