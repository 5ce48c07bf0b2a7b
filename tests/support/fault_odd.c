/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/fault_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PIECE = 65536 };

/* ---- bombs ------------------------------------------------------------------------------------------------- */

/* A deflate block whose codes for "258 times the byte before" are one bit each: zero bytes follow for ever. */
static const char deflated[] = "\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a";
static const char zeros[PIECE];

static void bomb(Exchange *x, const char *encoding, const char *header, gsize header_len)
{
        g_autoptr(GString) start = g_string_new_len(header, (gssize)header_len);
        g_string_append_len(start, deflated, sizeof deflated - 1);
        fault_send_endless(x, encoding, start->str, start->len, zeros, PIECE);
}

static void gzip_bomb(Exchange *x, const char *argument)
{
        (void)argument;
        bomb(x, "Content-Encoding: gzip\r\n", "\x1f\x8b\x08\0\0\0\0\0\x02\x03", 10);
}

static void deflate_bomb(Exchange *x, const char *argument)
{
        (void)argument;
        bomb(x, "Content-Encoding: deflate\r\n", "\x78\x9c", 2);
}

/* Blocks of the kind "128 KiB of this byte", four bytes each (RFC 8878, 3.1.1.2). */
static void zstd_bomb(Exchange *x, const char *argument)
{
        static const char start[] = "\x28\xb5\x2f\xfd\x00\x38";
        char blocks[4096];
        (void)argument;
        for (size_t i = 0; i < sizeof blocks; i += 4)
                memcpy(blocks + i, (const char[]){0x02, 0x00, 0x10, 'z'}, 4);
        fault_send_endless(x, "Content-Encoding: zstd\r\n", start, sizeof start - 1, blocks, sizeof blocks);
}

/* Meta-blocks of 4 MiB of one byte, 14 bytes each (RFC 7932, 9.2), as brotli's own encoder writes them between two flushes. */
static void br_bomb(Exchange *x, const char *argument)
{
        static const char start[] = "\xcb\xff\xff\x1f\x00\x24\xc4\xe2\xb1\x40\x72\xef\x7f\x0c";
        static const char more[] = "\xfc\xff\xff\x01\x40\x02\x20\x0e\x0b\x40\xf7\xfe\xc7\x00";
        (void)argument;
        fault_send_endless(x, "Content-Encoding: br\r\n", start, sizeof start - 1, more, sizeof more - 1);
}

static void nested_gzip(Exchange *x, const char *argument)
{
        static const char words[] = "all the king's horses";
        g_autoptr(GString) inner = fault_gzip(words, sizeof words - 1);
        g_autoptr(GString) outer = fault_gzip(inner->str, inner->len);
        (void)argument;
        x->status = 200;
        fault_count(x, outer->len);
        fault_sendf(x, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %zu\r\n\r\n",
                    outer->len);
        x->close |= !fault_send(x, outer->str, outer->len);
}

/* ---- heads --------------------------------------------------------------------------------------------------- */

/* The whole answer, as it is; the connection ends with it. */
static void raw(Exchange *x, const char *bytes, gsize len)
{
        x->close = true;
        (void)fault_send(x, bytes, len);
}

static void slow_head(Exchange *x, const char *argument)
{
        static const char head[] =
                "HTTP/1.1 200 OK\r\nX-Patience: is a virtue, they say\r\nContent-Length: 2\r\n\r\nok";
        x->status = 200;
        for (const char *c = head; *c && fault_send(x, c, 1); c++)
                if (!fault_pause(x, atoi(argument)))
                        break;
        x->close = true;
}

static void wait_first(Exchange *x, const char *argument)
{
        x->status = 200;
        if (fault_pause(x, atoi(argument)))
                fault_sendf(x, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void many_headers(Exchange *x, const char *argument)
{
        (void)argument;
        x->close = true;
        fault_sendf(x, "HTTP/1.1 200 OK\r\n");
        for (unsigned i = 0; i < 20000 && fault_sendf(x, "X-%u: one of many\r\n", i); i++)
                ;
        fault_sendf(x, "Content-Length: 2\r\n\r\nok");
}

static void long_location(Exchange *x, const char *argument)
{
        g_autofree char *path = g_strnfill(100000, 'l');
        (void)argument;
        x->status = 302;
        fault_sendf(x, "HTTP/1.1 302 Found\r\nLocation: /%s\r\nContent-Length: 0\r\n\r\n", path);
}

static void reset_head(Exchange *x, const char *argument)
{
        static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                                     "19\r\n\r\nabcdefghijklmnopqrs";
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        raw(x, answer, MIN((gsize)atoi(argument), sizeof answer - 1));
        fault_pause(x, 20); /* let the client read what came first */
        (void)setsockopt(x->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

static void cookie(Exchange *x, const char *argument)
{
        (void)argument;
        x->status = 302;
        fault_sendf(x,
                    "HTTP/1.1 302 Found\r\nSet-Cookie: seen=1; Path=/\r\nLocation: %s\r\nContent-Length: "
                    "0\r\n\r\n",
                    x->target);
}

#define WHOLE(name, text)                                                                                    \
        static void name(Exchange *x, const char *unused)                                                    \
        {                                                                                                    \
                (void)unused;                                                                                \
                raw(x, text, sizeof text - 1);                                                               \
        }
WHOLE(odd_encoding, "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 2\r\n\r\nbx")
WHOLE(no_status, "\r\nContent-Length: 2\r\n\r\nok")
WHOLE(bad_status, "HTTP/1.1 fine\r\nContent-Length: 2\r\n\r\nok")
WHOLE(nul_header, "HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok")
WHOLE(folded_header, "HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 2\r\n\r\nok")
WHOLE(huge_chunk, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nok")
WHOLE(negative_chunk, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nok")
WHOLE(both_lengths,
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
WHOLE(auth, "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
WHOLE(upgrade, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nwhat now")

static const struct {
        const char *name;
        void (*act)(Exchange *x, const char *argument);
} odd[] = {
        {"gzip-bomb", gzip_bomb},
        {"deflate-bomb", deflate_bomb},
        {"zstd-bomb", zstd_bomb},
        {"br-bomb", br_bomb},
        {"nested-gzip", nested_gzip},
        {"odd-encoding", odd_encoding},
        {"slow-head", slow_head},
        {"wait", wait_first},
        {"no-status", no_status},
        {"bad-status", bad_status},
        {"nul-header", nul_header},
        {"folded-header", folded_header},
        {"huge-chunk", huge_chunk},
        {"negative-chunk", negative_chunk},
        {"both-lengths", both_lengths},
        {"many-headers", many_headers},
        {"long-location", long_location},
        {"reset-head", reset_head},
        {"auth", auth},
        {"cookie", cookie},
        {"upgrade", upgrade},
};

bool fault_odd(Exchange *x, const char *name, const char *argument)
{
        for (size_t i = 0; i < G_N_ELEMENTS(odd); i++)
                if (strcmp(odd[i].name, name) == 0) {
                        odd[i].act(x, argument);
                        return true;
                }
        return false;
}
