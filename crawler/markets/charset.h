/* SPDX-License-Identifier: GPL-3.0-or-later */
/* charset.h - pages in any encoding as UTF-8 (iconv). */
#ifndef CRAWLER_MARKETS_CHARSET_H
#define CRAWLER_MARKETS_CHARSET_H

#include "core/arena.h"
#include "core/error.h"

/* iconv reads its converters from files when one is first asked for: this asks for those that pages use and keeps
 * them, so that children without a file system have them. NULL: this machine has not even GB 18030. */
void *charset_open(GError **error);
void charset_close(void *tables); /* NULL is fine */

/* The page as valid UTF-8 without NULs and byte order mark, in the arena (or the page itself); what cannot be
 * converted becomes U+FFFD. The encoding: html.h, html_parse. */
Span charset_to_utf8(Span page, const char *content_type, Arena *arena);

#endif
