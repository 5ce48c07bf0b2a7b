/* SPDX-License-Identifier: GPL-3.0-or-later */
/* market.h - a market is a file of data under data/markets: which protocol it speaks, where, under which
 * pinned fingerprint, and how gently it is to be asked. */
#ifndef CRAWLER_MARKET_H
#define CRAWLER_MARKET_H

#include "core/error.h"

typedef struct {
        char *name;        /* [a-z0-9-]+, at most 64; the file's name without .yaml */
        char *title;       /* for people */
        char *kind;        /* "fdroid" */
        char *url;         /* repository base without trailing slash */
        char *fingerprint; /* SHA-256 of the signing certificate, 64 lower-case hex */
        char **mirrors;    /* further bases of the same repository; NULL: none */
        char *categories;  /* scheme in data/categories/store_categories.tsv: "f_droid" */
        char *note;        /* where the facts come from; NULL: none */
        bool loopback;     /* a test market on this machine: private addresses allowed, contact not needed */
        bool robots;       /* honour robots.txt (default true; false is a recorded override) */
        double requests_per_second; /* per host; default 2 */
        int64_t connections;        /* per host; default 2, at most 16 */
        char *path;                 /* the file it came from */
} Market;

/* A name looks up <data_home>/markets/<name>.yaml; anything with a '/' or ending in .yaml is a path.
 * Everything is checked: URL scheme, fingerprint (either case in the file), ranges, and that a market that
 * says `loopback` lives on this machine. FAULT_NOT_FOUND lists the names there are. */
Market *market_load(const char *data_home, const char *name_or_path, GError **error);
void market_free(Market *market); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Market, market_free)

/* Names of the shipped markets, sorted; g_strfreev. */
char **market_names(const char *data_home, GError **error);

/* "https://host:port" of a URL, lower case, default port left out: the key of politeness. NULL: not http(s).
 * g_free. */
char *market_host_of(const char *url);

/* A repository base as it is kept: http or https with a host, without user info, query, fragment, blanks,
 * control characters or trailing slashes, at most 1,024 bytes. NULL: no such URL. g_free. */
char *market_base_of(const char *url);

/* base + "/" + path, refusing (NULL, FAULT_MALFORMED) whatever would leave the base: "..", "//host", schemes,
 * backslashes, control characters, '?' and '#', percent-encoded dots, slashes, percent signs and control
 * characters. One leading slash is dropped (F-Droid writes "/name.apk"); bytes that no URL path may hold,
 * blanks and non-ASCII letters among them, are percent-encoded. g_free. */
char *market_join(const char *base, const char *path, GError **error);

#endif
