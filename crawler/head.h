/* SPDX-License-Identifier: GPL-3.0-or-later */
/* head.h - the head of an HTTP reply, line by line as it arrives: what fetch.c has to know before the body comes. Pure, so
 * that hostile heads can be tried without a server. */
#ifndef CRAWLER_HEAD_H
#define CRAWLER_HEAD_H

#include "core/span.h"

#include <glib.h>

enum {
        HEAD_LIMIT = 256 * 1024,            /* bytes of all heads of one transfer: redirects, 1xx, trailers */
        HEAD_VALUE = 1024,                  /* a longer ETag, Last-Modified ... counts as not sent */
        HEAD_REST_MAX_MS = 24 * 3600 * 1000 /* Retry-After is cut to a day */
};

typedef struct {
        int status;     /* of the newest head; 0 before the first */
        size_t bytes;   /* of all heads of the transfer */
        bool complete;  /* the newest head has ended; lines that follow are trailers */
        bool chunked;   /* a Transfer-Encoding was sent */
        int64_t length; /* Content-Length; -1: none, or chunked */
        char *etag, *last_modified, *retry_after, *content_range, *encoding; /* NULL: not sent */
        bool location;                                                       /* a Location was sent */
} Head;

void head_clear(Head *head); /* also makes a zeroed Head ready for use */

/* Takes one line with its CRLF, as libcurl hands it over. A status line forgets the head before it (redirect, 1xx), an
 * empty line completes the head. False: HEAD_LIMIT is passed. */
bool head_line(Head *head, Span line);

/* Retry-After as milliseconds from now: seconds or an HTTP date (RFC 9110, 10.2.3); what lies in the past is 0, what lies
 * further than a day ahead is a day, what is neither is -1. value NULL: -1. */
int64_t head_retry_after_ms(const char *value, int64_t now_ms);

/* An HTTP date in any of the three forms a recipient must accept (RFC 9110, 5.6.7) as seconds since 1970; -1: none. */
int64_t head_date_s(const char *text);

/* "bytes 200-999/1000"; total -1 for "*". For an unsatisfied range ("bytes * /1000") it is false. */
bool head_range(const char *value, int64_t *first, int64_t *last, int64_t *total);

/* May it stand in If-Range? A weak ETag may not (RFC 9110, 13.1.5). NULL: neither is usable. Borrowed. */
const char *head_validator(const char *etag, const char *last_modified);

#endif
