/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netconfig.h - a network security configuration (the XML that android:networkSecurityConfig names) with everything
 * inherited worked out: where cleartext traffic is permitted, whose certificates are trusted, what is pinned. Rules: AOSP,
 * android.security.net.config.XmlConfigSource and NetworkSecurityConfig (Android 7 and later). Its attributes have no
 * resource ids; they are found by name. */
#ifndef ANALYZER_APK_NETCONFIG_H
#define ANALYZER_APK_NETCONFIG_H

#include "core/arena.h"
#include "core/error.h"

enum { NETCONFIG_LIMIT = 1 << 20 }; /* bytes of the XML that are worth reading */

typedef struct {
        const char *name;  /* lower case */
        bool subdomains;   /* and everything under it */
        bool cleartext;    /* permitted */
        bool user_ca;      /* trusts certificates that the user, or an administrator, has installed */
        unsigned pins;     /* certificates it is pinned to, 0: none */
        const char *until; /* date the pins end on, as written; NULL: never, or no pins */
} NetDomain;

typedef struct {
        /* what holds for every host that is none of `domains` */
        bool cleartext, cleartext_stated;
        bool user_ca, user_ca_stated;
        bool debug_overrides; /* has such an element; it counts in debuggable apps only */
        bool debug_user_ca;   /* which trusts the user's certificates */
        size_t n_domains;
        NetDomain **domains; /* in the order of the file */
} NetConfig;

/* What holds without a configuration, by target SDK level (INT32_MAX for a codename): cleartext is permitted below 28,
 * the user's certificates are trusted up to 23. */
bool netconfig_default_cleartext(int32_t target);
bool netconfig_default_user_ca(int32_t target);

/* Everything `config` points to lives in `arena`. FAULT_MALFORMED: Android's parser would throw (the app then fails at its
 * first connection), with what it minds. */
bool netconfig_read(NetConfig *config, Span bytes, int32_t target, Arena *arena, GError **error);

#endif
