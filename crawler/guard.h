/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard.h - which address may be connected to. Asked after name resolution and per connect (libcurl's open-socket
 * callback), so neither a redirect nor a rebinding name gets round it. */
#ifndef CRAWLER_GUARD_H
#define CRAWLER_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

/* Public unicast only: loopback, private (RFC 1918, RFC 4193), link-local, shared (RFC 6598), benchmark, documentation, multicast,
 * reserved and unspecified addresses are not public (IANA special-purpose registries). IPv4 inside IPv6 (::ffff:0:0/96,
 * 64:ff9b::/96, 2002::/16, Teredo) is unwrapped and judged as IPv4. Other families are not public. */
bool guard_is_public(const struct sockaddr *address, socklen_t len);

/* This machine and nothing else: 127.0.0.0/8 (also as ::ffff:127.0.0.0/104) and ::1. What a market that lives on this machine may
 * reach beside public addresses; its redirects lead to no other private one. */
bool guard_is_loopback(const struct sockaddr *address, socklen_t len);

/* The same of an address in text form ("192.0.2.1", "fe80::1"); what is none is neither. */
bool guard_text_is_public(const char *ip);
bool guard_text_is_loopback(const char *ip);

#endif
