/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch.h - many HTTP transfers at once (libcurl's multi interface on a libuv loop), each within caps of our own: libcurl
 * 7.88's size limit looks only at Content-Length and its redirect limit is off by default, so decoded bytes, wire bytes,
 * their ratio, redirects and the connected address are all checked here. Proxies of the environment, cookies and .netrc are
 * not used: they would get round the guard or tell who asks. fetch.c knows nothing of politeness, markets or the database:
 * whoever starts a fetch has asked pace.h first. */
#ifndef CRAWLER_FETCH_H
#define CRAWLER_FETCH_H

#include "core/error.h"
#include "core/span.h"

typedef struct uv_loop_s uv_loop_t;
typedef struct Fetcher Fetcher;

typedef enum {
        FETCH_OK,        /* 200 or a completed resume; size and digest as demanded */
        FETCH_UNCHANGED, /* 304 to a conditional request */
        FETCH_GONE,      /* 404, 410, 451 */
        FETCH_REFUSED,   /* 401, 403 and other 4xx */
        FETCH_THROTTLED, /* 429, or 503 with a readable Retry-After */
        FETCH_SERVER,    /* other 5xx, 408, 425 */
        FETCH_CONNECT,   /* no connection, DNS failure, TLS failure, closed without an answer */
        FETCH_STALLED,   /* slower than the least speed, or over the whole-transfer time */
        FETCH_TRUNCATED, /* body shorter than announced; the part is kept for a resume */
        FETCH_TOO_LARGE, /* over max_bytes, or over the decompression ratio (200:1 once 1 MiB is passed) */
        FETCH_SIZE,      /* not the demanded size: announced so, more came, or less in a whole answer */
        FETCH_DIGEST,    /* complete, but not the demanded digest; the part is removed */
        FETCH_REDIRECTS, /* more than 10, to a scheme that is not http(s), or to nowhere */
        FETCH_FORBIDDEN, /* the address is not public, nor this machine's where the wish says loopback */
        FETCH_PROTOCOL, /* not HTTP as we know it: bad encoding, endless headers, 206 unasked, no such URL ... */
        FETCH_RANGE, /* a range was asked for and another one, or the whole, came: nothing of it was taken */
        FETCH_DISK,  /* the part could not be written; what is written stays for a resume */
        FETCH_CANCELLED
} FetchEnd;
const char *fetch_end_name(FetchEnd end); /* "throttled", "digest-mismatch" ...: what coverage tables print */
/* Is the host, or the way to it, in trouble that may pass? Throttled, server-error, no-connection, stalled, truncated,
 * protocol, cancelled. Not disk: the sweep has to stop for that one. Not a wrong size or digest: the host did its part, and
 * only who knows the market can tell whether another mirror, or the same one later, would do better. */
bool fetch_end_retryable(FetchEnd end);

typedef struct {
        const char *url;
        const char *etag, *last_modified; /* of the copy we have: conditional request; NULL: none */
        /* Download to this file, resuming what a sidecar "<part_path>.meta" vouches for (part.h); NULL: to memory. On
         * FETCH_OK the file is complete (not fsynced: a later look verifies it); whoever is done with it calls
         * fetch_forget. One fetch at a time per path. */
        const char *part_path;
        uint64_t max_bytes; /* decoded body; required, > 0; in memory never more than 1 GiB */
        int64_t size;       /* demanded exact size (decoded), -1: any */
        const char *sha256; /* demanded digest (decoded), NULL: any */
        bool compressed; /* offer gzip, deflate, br, zstd (never for APKs and signed files); not resumed then */
        bool loopback;   /* addresses of this machine allowed, beside public ones; no other private one */
        const char *body;           /* POST with this body; NULL: GET */
        const char *const *headers; /* further "Name: value" lines, NULL-terminated; NULL: none */
        const char *
                secret; /* stands for every "{key}" of the URL on the wire, and nowhere else: not in a reply, a log, an error */
        bool stay; /* do not follow redirects: a 3xx is FETCH_OK with no body and reply->location */
        /* One absolute range (RFC 9110, 14): bytes range_from up to, not with, range_to; range_to 0: none is asked. To memory
         * only. FETCH_OK has exactly these bytes as its body (fewer where the file ends earlier: reply->total says), anything
         * else is FETCH_RANGE. size and sha256 are not looked at. if_range: the validator of the first range, so that all are
         * of one file. */
        uint64_t range_from, range_to;
        const char *if_range;
        int64_t speed; /* bytes per second at most; 0: any */
} FetchWish;

typedef struct {
        FetchEnd end;
        long status; /* last HTTP status, 0: none came (or none was needed: the part was whole already) */
        const char *detail; /* one sentence: what was seen. No password of a URL, but maybe hostile bytes */
        Span body;          /* memory fetches, FETCH_OK only */
        int fd; /* file fetches, FETCH_OK only: readable, at 0; borrowed, dup it to keep it. Else -1 */
        const char *sha256;               /* of the decoded body, FETCH_OK only */
        const char *etag, *last_modified; /* NULL: not sent */
        int64_t retry_after_ms;           /* -1: none stated; capped at 24 h */
        uint64_t wire_bytes;              /* received in this transfer, headers included */
        bool resumed;                     /* went on from bytes that were there */
        const char *url;                  /* last one, after redirects; without user and password */
        const char *content_type;         /* NULL: not sent */
        const char *location;             /* of a redirect that was not followed, made absolute */
        const char
                *address; /* numeric, that answered; NULL: none was reached, or the reply is a recorded one */
        int64_t total;    /* size of the whole file as Content-Range or Content-Length told; -1: not known */
} FetchReply;             /* all borrowed for the call */

typedef void (*FetchDone)(const FetchReply *reply, void *context);

typedef struct {
        const char *user_agent;            /* "overreach/0.1 (+contact)" */
        long connect_ms;                   /* 0: 10,000 */
        long low_speed_bytes, low_speed_s; /* 0: 1,024 B/s for 30 s */
        long total_s;                      /* 0: 1,800 */
        long per_host;                     /* connections per host at most; 0: 16. Pace decides below that. */
        const char *ca_file;               /* PEM roots instead of the system's; NULL: the system's */
        struct Replay *
                replay; /* keeps every reply, or answers every request without a network (replay.h); NULL: neither */
} FetchOptions;

/* `loop` outlives the fetcher and turns once more after fetcher_free, so that its handles close. */
Fetcher *fetcher_new(uv_loop_t *loop, const FetchOptions *options, GError **error);
/* Cancels what runs without calling back (parts stay for a resume); not from inside `done`. NULL is fine. */
void fetcher_free(Fetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetcher, fetcher_free)

/* Starts at once; `done` is called exactly once, later, on the loop. Everything in `wish` is copied. Starting from inside
 * `done` is fine. */
void fetch_start(Fetcher *fetcher, const FetchWish *wish, FetchDone done, void *context);
size_t fetch_running(const Fetcher *fetcher); /* started, `done` not called yet */
uint64_t fetch_bytes(const Fetcher *fetcher); /* wire bytes received so far, for progress */
void fetch_cancel_all(Fetcher *fetcher); /* parts stay for a resume; `done` follows with FETCH_CANCELLED */

void fetch_forget(const char *part_path); /* removes a part and its sidecar */

#endif
