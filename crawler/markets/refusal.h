/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal.h - replies that are no answer: what a status means, and pages that ask whether a person is there. */
#ifndef CRAWLER_MARKETS_REFUSAL_H
#define CRAWLER_MARKETS_REFUSAL_H

#include "core/span.h"

/* throttled blocked token-stale paid region refused; status from 400 on; `token`: the market knows tokens */
const char *refusal_of_status(unsigned status, bool token);

/* "throttled" (a captcha, "too many requests") or "blocked" ("access denied") when the first 256 KiB of a page of HTML say so; *word is what
 * was read. NULL: neither. Only asked of pages that lack what they should hold: real pages may carry such words, too. */
const char *refusal_of_page(Span body, const char **word);

/* HTML or XML by its first character */
bool refusal_is_page(Span body);

#endif
