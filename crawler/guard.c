/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
        uint32_t net; /* host byte order */
        int bits;
} Block4;

/* IANA IPv4 Special-Purpose Address Registry, multicast and the former class E. The few addresses inside 192.0.0.0/24 that
 * are globally reachable are anycast services nobody downloads from: they stay out. */
static const Block4 closed4[] = {
        {0x00000000, 8},  /* "this network" */
        {0x0a000000, 8},  /* RFC 1918 */
        {0x64400000, 10}, /* RFC 6598, shared by carriers */
        {0x7f000000, 8},  /* loopback */
        {0xa9fe0000, 16}, /* link-local, cloud metadata */
        {0xac100000, 12}, /* RFC 1918 */
        {0xc0000000, 24}, /* IETF protocol assignments */
        {0xc0000200, 24}, /* documentation */
        {0xc0586300, 24}, /* former 6to4 relays */
        {0xc0a80000, 16}, /* RFC 1918 */
        {0xc6120000, 15}, /* benchmarks */
        {0xc6336400, 24}, /* documentation */
        {0xcb007100, 24}, /* documentation */
        {0xe0000000, 4},  /* multicast */
        {0xf0000000, 4},  /* reserved, broadcast */
};

static bool public4(uint32_t address)
{
        for (size_t i = 0; i < sizeof closed4 / sizeof closed4[0]; i++)
                if ((address ^ closed4[i].net) >> (32 - closed4[i].bits) == 0)
                        return false;
        return true;
}

static uint32_t word(const uint8_t *b)
{
        return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* IPv6 is judged the other way round: only 2000::/3 is global unicast at all (RFC 4291, 2.4), less what the IANA IPv6
 * Special-Purpose Address Registry takes out of it. */
static bool public6(const uint8_t b[16])
{
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
        uint32_t head = word(b);
        if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
                return public4(word(b + 12));
        if (head >> 16 == 0x2002) /* 6to4 */
                return public4(word(b + 2));
        if (head == 0x20010000) /* Teredo: its server, and its client's address with all bits turned */
                return public4(word(b + 4)) && public4(~word(b + 12));
        if (head >> 29 != 1)
                return false;
        bool assignments = head >> 9 == 0x20010000 >> 9;                  /* 2001::/23 */
        bool documentation = head == 0x20010db8 || head >> 12 == 0x3fff0; /* 3fff::/20: RFC 9637 */
        return !assignments && !documentation;
}

static bool loopback4(uint32_t address)
{
        return address >> 24 == 127;
}

static bool loopback6(const uint8_t b[16])
{
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, one[16] = {[15] = 1};
        return memcmp(b, one, 16) == 0 || (memcmp(b, mapped, 12) == 0 && loopback4(word(b + 12)));
}

typedef struct {
        bool (*v4)(uint32_t address);
        bool (*v6)(const uint8_t b[16]);
} Kind;

static const Kind public = {public4, public6}, loopback = {loopback4, loopback6};

static bool is_kind(const Kind *kind, const struct sockaddr *address, socklen_t len)
{
        if (len < (socklen_t)(offsetof(struct sockaddr, sa_family) + sizeof address->sa_family))
                return false;
        if (address->sa_family == AF_INET && len >= (socklen_t)sizeof(struct sockaddr_in)) {
                struct sockaddr_in in;
                memcpy(&in, address, sizeof in);
                return kind->v4(ntohl(in.sin_addr.s_addr));
        }
        if (address->sa_family == AF_INET6 && len >= (socklen_t)sizeof(struct sockaddr_in6)) {
                struct sockaddr_in6 in6;
                memcpy(&in6, address, sizeof in6);
                return kind->v6(in6.sin6_addr.s6_addr);
        }
        return false;
}

static bool text_is_kind(const Kind *kind, const char *ip)
{
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        if (inet_pton(AF_INET, ip, &in.sin_addr) == 1)
                return is_kind(kind, (const struct sockaddr *)&in, sizeof in);
        return inet_pton(AF_INET6, ip, &in6.sin6_addr) == 1 &&
               is_kind(kind, (const struct sockaddr *)&in6, sizeof in6);
}

bool guard_is_public(const struct sockaddr *address, socklen_t len)
{
        return is_kind(&public, address, len);
}

bool guard_is_loopback(const struct sockaddr *address, socklen_t len)
{
        return is_kind(&loopback, address, len);
}

bool guard_text_is_public(const char *ip)
{
        return text_is_kind(&public, ip);
}

bool guard_text_is_loopback(const char *ip)
{
        return text_is_kind(&loopback, ip);
}
