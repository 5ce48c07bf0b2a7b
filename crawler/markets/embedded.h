/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embedded.h - JSON that stands inside an HTML page, found by its bytes: what scripts hand to the page. */
#ifndef CRAWLER_MARKETS_EMBEDDED_H
#define CRAWLER_MARKETS_EMBEDDED_H

#include "core/error.h"
#include "core/json.h"

enum { EMBEDDED_BLOCKS = 256 };

/* `script`:
 *   id:NAME      the text of the <script> whose id is NAME, whatever other attributes it has
 *   after:TEXT   the value that stands behind the first TEXT that has one
 *   blocks:NAME  every NAME({key: 'K', ..., data: VALUE, ...}): an object of K -> VALUE (AF_initDataCallback)
 * FAULT_NOT_FOUND: the page has no such script; FAULT_MALFORMED: what stands there is no JSON, or is cut short.
 * Free with json_free. */
Json *embedded_json(const char *script, Span page, GError **error);

#endif
