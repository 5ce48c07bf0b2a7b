/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.h - keys that a market gives to one person: a file each, in a folder that is no part of any database,
 * backup or report. */
#ifndef CRAWLER_SECRET_H
#define CRAWLER_SECRET_H

#include "crawler/market.h"

/* The key in <folder>/<market->key_file> (folder NULL: $XDG_CONFIG_HOME/overreach/secrets), blanks around it
 * dropped and percent-encoded as a URL's query holds it. The file must be a plain one that no group and nobody
 * else may read (FAULT_USAGE says which chmod mends it), hold one word of 4 to 1,024 visible ASCII characters, and
 * no error says any of them. FAULT_NOT_FOUND names the path. Free with secret_free. */
char *secret_load(const char *folder, const Market *market, GError **error);
void secret_free(void *secret); /* overwrites it first; NULL is fine */

#endif
