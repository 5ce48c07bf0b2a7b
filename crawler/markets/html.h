/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.h - hostile HTML pages (libxml2 behind it, in this file alone): what XPath finds in them, and what people read
 * of them. Runs inside workers only: no network, no files, nesting and sizes capped, nothing reported on stderr. */
#ifndef CRAWLER_MARKETS_HTML_H
#define CRAWLER_MARKETS_HTML_H

#include "core/arena.h"
#include "core/error.h"

enum {
        HTML_PAGE_BYTES = 16 << 20, /* of a page, in its own encoding */
        HTML_DEPTH = 256, /* nesting of elements (libxml2's limit): a page ends where it is deeper */
        HTML_XPATH_OPERATIONS = 10000000
};

/* Loads, once in a fresh host, what libxml2 and iconv would read from files later, when a child has none: encodings
 * of Chinese, Japanese, Korean and old Western pages. NULL with *error set: this machine's iconv lacks GB 18030. */
void *html_open(GError **error);
void html_close(void *tables); /* NULL is fine */

typedef struct HtmlPage HtmlPage;
typedef struct HtmlNode HtmlNode; /* an element, attribute or text of a page; lives as long as the page */

/* The encoding is that of a byte order mark, else of content_type (may be NULL), else of a <meta> near the start,
 * else UTF-8 where the bytes are that, else windows-1252. FAULT_LIMIT, FAULT_MALFORMED (empty, or nothing of it could
 * be read). */
HtmlPage *html_parse(Span page, const char *content_type, GError **error);
void html_free(HtmlPage *page); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlPage, html_free)

/* XPath 1.0, compiled once. NULL: FAULT_MALFORMED says what is wrong. */
typedef struct HtmlXPath HtmlXPath;
HtmlXPath *html_xpath(const char *expression, GError **error);
void html_xpath_free(HtmlXPath *xpath); /* NULL is fine */

/* Nodes that an expression finds from `from` (NULL: the whole page) in document order, at most `cap`; *n of them, NULL
 * for none. *found, which may be NULL, tells how many there were. An expression that gives a string or number has no
 * nodes. */
const HtmlNode **html_nodes(HtmlPage *page, const HtmlNode *from, const HtmlXPath *xpath, size_t cap,
                            Arena *arena, size_t *n, size_t *found);
/* Their texts, or the one text of an expression that gives a string, number or truth: blanks made one, trimmed, empty ones left
 * out, each cut at 64 KiB. */
char **html_strings(HtmlPage *page, const HtmlNode *from, const HtmlXPath *xpath, size_t cap, Arena *arena,
                    size_t *n);

/* What people read of a page: *text is its visible text (no script, style, template, head, nor elements that are
 * hidden by the `hidden` attribute), runs of blanks made one blank, cut at `cap` bytes at a character; *title its title, *language
 * the language its root element states ("zh-CN"); both NULL when it has none, and both may be NULL pointers. All are valid
 * UTF-8 in the arena. `content_type` is the HTTP header or NULL; text/plain is taken as it stands. False: FAULT_LIMIT,
 * FAULT_MALFORMED. */
bool html_text(Span page, const char *content_type, size_t cap, Arena *arena, const char **text,
               const char **title, const char **language, GError **error);

#endif
