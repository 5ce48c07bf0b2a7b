/* SPDX-License-Identifier: GPL-3.0-or-later */
/* market.h - a market is a file of data under data/markets: which protocol it speaks, where, under which
 * pinned fingerprint, and how gently it is to be asked. */
#ifndef CRAWLER_MARKET_H
#define CRAWLER_MARKET_H

#include "core/error.h"

typedef enum {
        MARKET_FDROID, /* one signed index */
        MARKET_WEB,    /* pages of JSON or HTML, described by the file's requests: kind json or html */
        MARKET_CORPUS, /* a folder of apps, or a CSV file that names them, on this machine */
        MARKET_HASHES  /* a CSV file of digests, and a place that gives an app by its digest: AndroZoo */
} MarketKind;

/* What a market can do; what it cannot is told as "unavailable", never as "no data". */
typedef enum {
        MARKET_CATEGORIES = 1, /* its categories */
        MARKET_LIST = 2,       /* its apps, page by page */
        MARKET_DETAIL = 4,     /* more about one app, by package name or its own id */
        MARKET_RESOLVE = 8,    /* where the APK is */
        MARKET_LABELS = 16     /* what the developer declares to collect */
} MarketCan;

typedef struct MarketSpec
        MarketSpec; /* the requests of a MARKET_WEB and how their replies are read: market_spec.h */

typedef struct {
        char *key, *title; /* key: what {category} stands for; title: what listings say, NULL: the key */
} MarketCategory;

typedef struct {
        char *name;          /* [a-z0-9-]+, at most 64; the file's name without .yaml */
        char *title;         /* for people */
        char *kind;          /* fdroid json html corpus hashes */
        MarketKind protocol; /* what the kind is */
        unsigned can;        /* MarketCan bits */
        char *url;           /* base without trailing slash; "" for a corpus */
        char *fingerprint;   /* fdroid: SHA-256 of the signing certificate, 64 lower-case hex; else NULL */
        char **mirrors;      /* further bases of the same repository; NULL: none */
        char *categories; /* scheme in data/categories/store_categories.tsv: "f_droid"; "none": it has none there */
        /* MARKET_WEB: the categories that the file itself states. With MARKET_CATEGORIES and none here, the request
         * "categories" tells them; without MARKET_CATEGORIES the market is listed as a whole, category NULL. */
        MarketCategory *category_list;
        size_t n_category_list;
        char *note;    /* where the facts come from; NULL: none */
        bool loopback; /* a test market on this machine: private addresses allowed, contact not needed */
        bool robots;   /* honour robots.txt (default true) */
        char *robots_reason; /* required where robots is false: the mandate, written into every audit */
        double requests_per_second; /* per host; default 2 */
        int64_t connections;        /* per host; default 2, at most 16 */
        int64_t bandwidth;          /* bytes per second of the whole market; 0: any */
        char **canaries; /* packages that are certainly there, asked for first (MARKET_WEB with detail); NULL: none */
        char **canary_ids; /* their ids where the file states them ("package=id"), else "" each; as many as canaries */
        char *key_file; /* file name of the key below the secrets folder; NULL: none needed */
        char *list_url; /* hashes: the CSV file, http(s) */
        char *apk_url; /* hashes: where an app is, with {sha256} or {SHA256} in it, and {key} where a key is needed */
        char **only_markets; /* hashes, corpus: rows of these origin markets only; NULL: all */
        char *date, *from,
                *to; /* hashes: the column, and the first and last day taken; NULL: vt_scan_date, open */
        int64_t size_min, size_max; /* hashes: bytes; 0: open */
        char *folder;               /* corpus: a folder, or a CSV file */
        MarketSpec *spec;           /* MARKET_WEB; else NULL */
        char *text;                 /* the file itself, for workers */
        char *path;                 /* the file it came from */
} Market;

/* A name looks up <data_home>/markets/<name>.yaml; anything with a '/' or ending in .yaml is a path.
 * Everything is checked: URL scheme, fingerprint (either case in the file), ranges, and that a market that
 * says `loopback` lives on this machine. FAULT_NOT_FOUND lists the names there are. */
Market *market_load(const char *data_home, const char *name_or_path, GError **error);
void market_free(Market *market); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Market, market_free)

/* The same from the text of a file, for workers: `name` is the market's; path is NULL. */
Market *market_parse(const char *name, const char *text, GError **error);

/* One request of a MARKET_WEB, ready to be sent. */
typedef struct {
        /* NULL: not known. A canary's store_id is looked up in the file; a cursor of the first page is the file's. */
        const char *package, *store_id, *category, *cursor;
        unsigned page;     /* from 0 */
        const char *token; /* of the last "token" reply */
        int64_t now_ms;
        const char *uuid; /* one for the run */
} MarketVars;
typedef struct {
        char *url, *body; /* body NULL: GET, else POST */
        char **headers;   /* "Name: value", NULL-terminated, Content-Type among them where there is a body */
        bool stay;        /* the redirect is the answer */
        bool wants_token; /* a "token" reply is needed first: url and the rest are NULL, ask again with vars.token */
} MarketRequest;
void market_request_clear(MarketRequest *request);
/* verb: categories list detail resolve labels token; canary is asked as detail. FAULT_UNSUPPORTED: the market has no such
 * request (where list or detail state the APK's URL, MARKET_RESOLVE is set without one); FAULT_MALFORMED: a variable it
 * needs is missing, or a value would break a header or lead to another host. Values are escaped for where they stand. */
bool market_request(const Market *market, const char *verb, const MarketVars *vars, MarketRequest *out,
                    GError **error);

/* The verb's largest page number, from 0; pages behind it are not asked for. 0: it has one page. */
unsigned market_last_page(const Market *market, const char *verb);

const char *market_can_name(MarketCan one); /* categories list detail resolve labels */
enum { MARKET_CANS = 5 };                   /* bits 1 << 0 to 1 << (MARKET_CANS - 1) */

/* Names of the shipped markets, sorted; g_strfreev. */
char **market_names(const char *data_home, GError **error);

/* "https://host:port" of a URL, lower case, default port left out: the key of politeness. NULL: not http(s).
 * g_free. */
char *market_host_of(const char *url);

bool market_is_here(const char *url); /* its host is a loopback address or localhost */

/* A repository base as it is kept: http or https with a host, without user info, query, fragment, blanks,
 * control characters or trailing slashes, at most 1,024 bytes. NULL: no such URL. g_free. */
char *market_base_of(const char *url);

/* base + "/" + path, refusing (NULL, FAULT_MALFORMED) whatever would leave the base: "..", "//host", schemes,
 * backslashes, control characters, '?' and '#', percent-encoded dots, slashes, percent signs and control
 * characters. One leading slash is dropped (F-Droid writes "/name.apk"); bytes that no URL path may hold,
 * blanks and non-ASCII letters among them, are percent-encoded. g_free. */
char *market_join(const char *base, const char *path, GError **error);

#endif
