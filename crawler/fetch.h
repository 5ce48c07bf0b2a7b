/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch.h - many HTTP transfers at once (libcurl's multi interface on a libuv loop), each within caps of our own: libcurl
 * 7.88's size limit looks only at Content-Length and its redirect limit is off by default, so decoded bytes, wire bytes,
 * their ratio, redirects and the connected address are all checked here. fetch.c knows nothing of politeness, markets or the
 * database: whoever starts a fetch has asked pace.h first. */
#ifndef CRAWLER_FETCH_H
#define CRAWLER_FETCH_H

#include "core/error.h"
#include "core/span.h"

typedef struct uv_loop_s uv_loop_t;
typedef struct Fetcher Fetcher;

typedef enum {
        FETCH_OK,            /* 200 or a completed resume; size and digest as demanded */
        FETCH_UNCHANGED,     /* 304 */
        FETCH_GONE,          /* 404, 410, 451 */
        FETCH_REFUSED,       /* 401, 403 and other 4xx */
        FETCH_THROTTLED,     /* 429, or 503 with Retry-After */
        FETCH_SERVER,        /* other 5xx */
        FETCH_CONNECT,       /* no connection, DNS failure, TLS failure */
        FETCH_STALLED,       /* slower than the least speed, or over the whole-transfer time */
        FETCH_TRUNCATED,     /* body shorter than announced; the part is kept for a resume */
        FETCH_TOO_LARGE,     /* over max_bytes, or over the decompression ratio */
        FETCH_SIZE,          /* complete, but not the demanded size */
        FETCH_DIGEST,        /* complete, but not the demanded digest; the part is removed */
        FETCH_REDIRECTS,     /* more than 10, or to a scheme that is not http(s) */
        FETCH_FORBIDDEN,     /* the address is not public and the market does not say loopback */
        FETCH_PROTOCOL,      /* not HTTP as we know it: bad encoding, endless headers ... */
        FETCH_DISK,          /* the part could not be written */
        FETCH_CANCELLED
} FetchEnd;
const char *fetch_end_name(FetchEnd end);   /* "throttled", "digest-mismatch" ...: what coverage tables print */
bool fetch_end_retryable(FetchEnd end);     /* may another try later succeed? */

typedef struct {
        const char *url;
        const char *etag, *last_modified; /* of the copy we have: conditional request; NULL: none */
        const char *part_path;   /* download to this file, resuming what a sidecar "<part_path>.meta" vouches for; NULL: to
                                    memory. The file is left complete and fsynced on FETCH_OK; the caller unlinks it
                                    (fetch_forget) when it is done with it. */
        uint64_t max_bytes;      /* decoded body; required, > 0 */
        int64_t size;            /* demanded exact size, -1: any */
        const char *sha256;      /* demanded digest, NULL: any */
        bool compressed;         /* offer gzip, br, zstd (never for APKs and signed files) */
        bool loopback;           /* private and loopback addresses allowed */
} FetchWish;

typedef struct {
        FetchEnd end;
        long status;             /* last HTTP status, 0: none came */
        const char *detail;      /* one sentence: what was seen */
        Span body;               /* memory fetches */
        int fd;                  /* file fetches: readable, position 0; borrowed, dup it to keep it. -1 otherwise */
        const char *sha256;      /* of the decoded body when complete */
        const char *etag, *last_modified; /* NULL: not sent */
        int64_t retry_after_ms;  /* -1: none stated; capped at 24 h */
        uint64_t wire_bytes;     /* received in this transfer */
        bool resumed;
        const char *url;         /* last one, after redirects */
} FetchReply;                    /* all borrowed for the call */

typedef void (*FetchDone)(const FetchReply *reply, void *context);

typedef struct {
        const char *user_agent;  /* "overreach/0.1 (+contact)" */
        long connect_ms;         /* 0: 10,000 */
        long low_speed_bytes, low_speed_s; /* 0: 1,024 B/s for 30 s */
        long total_s;            /* 0: 1,800 */
        long per_host;           /* connections per host at most; 0: 16. Pace decides below that. */
} FetchOptions;

Fetcher *fetcher_new(uv_loop_t *loop, const FetchOptions *options, GError **error);
void fetcher_free(Fetcher *fetcher); /* cancels what runs without calling back; NULL is fine */

/* Starts at once; `done` is called exactly once, later, on the loop. Everything in `wish` is copied. */
void fetch_start(Fetcher *fetcher, const FetchWish *wish, FetchDone done, void *context);
size_t fetch_running(const Fetcher *fetcher);
uint64_t fetch_bytes(const Fetcher *fetcher); /* wire bytes received so far, for progress */
void fetch_cancel_all(Fetcher *fetcher);      /* parts stay for a resume; `done` is called with FETCH_CANCELLED */

void fetch_forget(const char *part_path);     /* removes a part and its sidecar */

#endif
