/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dex_build.h - small dex files in words: header, string, type and class tables, nothing else. Members and code: dex_words.h. */
#ifndef TESTS_SUPPORT_DEX_BUILD_H
#define TESTS_SUPPORT_DEX_BUILD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline void dex_poke(GByteArray *bytes, size_t at, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                bytes->data[at + i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t dex_peek(const GByteArray *bytes, size_t at)
{
        const uint8_t *p = bytes->data + at;
        return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t dex_grow(GByteArray *bytes, size_t size) /* zeroed; gives where it starts */
{
        guint at = bytes->len;
        g_byte_array_set_size(bytes, at + (guint)size);
        memset(bytes->data + at, 0, size);
        return at;
}

/* The checksum as RFC 1950 defines it, one byte a time. */
static inline uint32_t dex_adler(const uint8_t *data, size_t size)
{
        uint32_t a = 1, b = 0;
        for (size_t i = 0; i < size; i++) {
                a = (a + data[i]) % 65521;
                b = (b + a) % 65521;
        }
        return b << 16 | a;
}

static inline void dex_seal(GByteArray *bytes,
                            size_t header) /* after pokes: size and checksum of the part at `header` */
{
        dex_poke(bytes, header + 8,
                 dex_adler(bytes->data + header + 12, dex_peek(bytes, header + 0x20) - 12));
}

/* Appends one part that knows `types` (NULL-terminated descriptors) and defines each whose text starts with
 * '+' (the sign is dropped) or '~' (a synthetic class), in this order. Version 41 and later write offsets as
 * a container wants them; its size is filled in by dex_close. */
static inline void dex_append(GByteArray *out, unsigned version, const char *const *types)
{
        uint32_t header = dex_grow(out, version >= 41 ? 0x78 : 0x70), n = 0, n_classes = 0;
        for (; types[n]; n++)
                n_classes += types[n][0] == '+' || types[n][0] == '~';
        uint32_t strings = dex_grow(out, 4 * (size_t)n), ids = dex_grow(out, 4 * (size_t)n);
        uint32_t classes = dex_grow(out, 32 * (size_t)n_classes), at = classes;
        for (uint32_t i = 0; i < n; i++) {
                bool defined = types[i][0] == '+' || types[i][0] == '~';
                const char *name = types[i] + (defined ? 1 : 0);
                uint8_t length = (uint8_t)MIN(strlen(name), 127u);
                dex_poke(out, strings + 4 * i, out->len);
                dex_poke(out, ids + 4 * i, i);
                if (defined) {
                        dex_poke(out, at, i);
                        dex_poke(out, at + 4, types[i][0] == '~' ? 0x1001 : 1);
                        at += 32;
                }
                g_byte_array_append(out, &length, 1);
                g_byte_array_append(out, (const uint8_t *)name, (guint)strlen(name) + 1);
        }
        dex_grow(out, -out->len & 3);
        g_autofree char *magic = g_strdup_printf("dex\n%03u", version);
        memcpy(out->data + header, magic, 8);
        const uint32_t fields[] = {0x20, out->len - header,
                                   0x24, version >= 41 ? 0x78 : 0x70,
                                   0x28, 0x12345678,
                                   0x38, n,
                                   0x3c, strings,
                                   0x40, n,
                                   0x44, ids,
                                   0x60, n_classes,
                                   0x64, classes};
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i += 2)
                dex_poke(out, header + fields[i], fields[i + 1]);
        if (version >= 41)
                dex_poke(out, header + 0x74, header);
        dex_seal(out, header);
}

static inline void dex_close(GByteArray *out) /* the container is complete: every header learns its size */
{
        for (size_t header = 0; header < out->len; header += dex_peek(out, header + 0x20)) {
                dex_poke(out, header + 0x70, out->len);
                dex_seal(out, header);
        }
}

static inline GByteArray *dex_build(unsigned version, const char *const *types)
{
        GByteArray *out = g_byte_array_new();
        dex_append(out, version, types);
        if (version >= 41)
                dex_close(out);
        return out;
}
#define DEX_TYPES(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
