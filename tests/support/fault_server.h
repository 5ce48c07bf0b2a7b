/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_server.h - an HTTP/1.1 server on loopback that serves a folder and misbehaves on demand. Threads of this process;
 * tests/support/fault_server_main.c makes a program of it for shell tests.
 *
 *   /x.apk                        the file: ETag, Last-Modified, Range, If-Range, If-None-Match, If-Modified-Since, keep-alive
 *   /fault/status/CODE/x          that status with a short page
 *   /fault/page/CODE/BYTES        that status with a page of so many bytes
 *   /fault/429/VALUE/x            429 with Retry-After: VALUE (any text)
 *   /fault/503-date/SECONDS/x     503 with Retry-After: an HTTP date so many seconds ahead
 *   /fault/once/CODE/x            CODE the first time, then the file
 *   /fault/later/SECONDS/x        429 with that Retry-After the first time, then the file; /fault/later-date/SECONDS/x: 503, a date
 *   /fault/stall/N/x              N bytes of the body, then silence; /fault/stall-head: silence at once
 *   /fault/slow/RATE/x            RATE bytes a second
 *   /fault/cut/N/x                closes after N bytes of each answer's body; /fault/cut-once/N/x only the first time
 *   /fault/reset/N/x              the same with a reset
 *   /fault/short-length/N/x       Content-Length is N less than what is sent; /fault/long-length/N/x: N more
 *   /fault/no-length/x            no Content-Length, ends with the connection; /fault/chunked/x, /fault/chunk-error/x
 *   /fault/endless                a chunked body without end; /fault/endless-headers; /fault/big-header: one of 200 KB
 *   /fault/endless-1xx            103 after 103
 *   /fault/gzip/x                 gzip when the request offers it; /fault/gzip-forced/x always
 *   /fault/gzip-bomb /fault/deflate-bomb /fault/zstd-bomb /fault/br-bomb   unpack without end, 1,032:1 (twice), 32,768:1, 300,000:1
 *   /fault/nested-gzip            a gzip of a gzip, and so says Content-Encoding; /fault/odd-encoding: one nobody knows
 *   /fault/wait/MS                two bytes, after so many milliseconds
 *   /fault/slow-head/MS           a byte of the head each so many milliseconds
 *   /fault/no-status /fault/bad-status   an empty line first; a status of letters
 *   /fault/nul-header /fault/folded-header   a NUL in a header; one that goes on in the next line
 *   /fault/huge-chunk /fault/negative-chunk   a chunk of 2^64-1 bytes; of -1
 *   /fault/both-lengths           Content-Length and chunks, which differ
 *   /fault/many-headers           20,000 of them
 *   /fault/long-location          302 to a URL of 100 KB
 *   /fault/reset-head/N           a reset after N bytes of an answer of which 19 are body
 *   /fault/auth /fault/cookie     401 that asks for a password; 302 to itself until a cookie comes back
 *   /fault/upgrade                101 to a protocol nobody asked for
 *   /fault/bad-gzip               says gzip, is not
 *   /fault/redirect-to?u=URL      302 there (percent-encoded); /fault/redirect-chain/N/x: N redirects, then the file
 *   /fault/redirect-loop          302 to itself; /fault/redirect-nowhere: 302 without Location
 *   /fault/redirect-endless       302 with a body that does not end
 *   /fault/etag-changes/N/x       first the file's complement under another ETag, cut after N; then the file
 *   /fault/range-ignored/N/x      first cut after N; then 200 whatever range was asked
 *   /fault/range-wrong/N/x        first cut after N; then 206 from one byte further on
 *   /fault/range-416/N/x          first cut after N; then 416 to any range
 *   /fault/weak/N/x               weak ETag, no Last-Modified; first cut after N
 *   /fault/no-validator/N/x       neither; first cut after N
 *   /fault/unasked-206/x          206 without having been asked
 *   /fault/garbage                no HTTP at all; /fault/drop: closes without an answer
 *   /fault/duplicate-length/x     two Content-Length that differ; /fault/negative-length/x
 *   /fault/bad-length/x           Content-Length of 2^80                                                                */
#ifndef TESTS_FAULT_SERVER_H
#define TESTS_FAULT_SERVER_H

#include <glib.h>
#include <stdbool.h>

typedef struct FaultServer FaultServer;

/* Listens on 127.0.0.1 (port 0: any free one). log_path NULL: no file; else one line a request: method, target, status, the
 * request's Range, its If-Range or If-None-Match, its User-Agent, body bytes sent and when it came (milliseconds), separated by
 * tabs. */
FaultServer *fault_server_start(const char *folder, int port, const char *log_path, GError **error);
void fault_server_stop(FaultServer *server); /* waits for its threads; NULL is fine */

const char *fault_server_url(const FaultServer *server);                 /* "http://127.0.0.1:4711" */
unsigned fault_server_requests(FaultServer *server, const char *target); /* NULL: all */
unsigned fault_server_connections(FaultServer *server);
guint64 fault_server_sent(FaultServer *server); /* body bytes */
char *fault_server_last(FaultServer *server);   /* head of the newest request; g_free it */
void fault_server_forget(FaultServer *server);  /* "first time" begins anew, counters at 0 */

#endif
