/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.h - one escaping function per place text can end up in. Labels, developers, package names and URLs are
 * hostile; whoever prints one names the place. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <glib.h>
#include <stdbool.h>

/* Terminal: control bytes, DEL, C1 controls, line separators and bidirectional overrides become U+FFFD. */
char *text_terminal(const char *s);
bool text_is_plain(const char *s); /* nothing that text_terminal would change */

/* JSON string with quotes; control characters, U+2028/9 and bidirectional overrides as \uXXXX; invalid UTF-8 as U+FFFD. */
void text_append_json(GString *out, const char *s);

/* HTML text and double- or single-quoted attribute values: & < > " ' escaped, control characters as U+FFFD. */
void text_append_html(GString *out, const char *s);

/* CSV field (RFC 4180). A field that a spreadsheet would take for a formula (first character = + - @ TAB CR, also behind
 * leading blanks) gets a leading apostrophe; a field that starts with an apostrophe gets another, so that dropping
 * one leading apostrophe restores every field. Plain numbers written by our own code do not pass through here. */
void text_append_csv(GString *out, const char *s);

/* A file name from any text: [A-Za-z0-9._-] kept, the rest as %XX, never empty, ".", "..", or over 200 bytes; injective
 * up to that length, and a longer name ends in a digest of the whole. g_free it. */
char *text_file_name(const char *s);

/* Display width in terminal columns: East Asian wide characters count 2, combining marks 0. */
int text_width(const char *s);

/* "12.3 MB" / "1,234,567"; g_free them. */
char *text_bytes(guint64 n);
char *text_count(guint64 n);

#endif
