/* SPDX-License-Identifier: GPL-3.0-or-later */
/* url.h - the host of a URL that stands as a constant in code. */
#ifndef ANALYZER_CODE_URL_H
#define ANALYZER_CODE_URL_H

#include "core/span.h"

enum { URL_HOST_SIZE = 254 }; /* RFC 1035, 2.3.4, and a NUL */

/* The host of an http, https, ws or wss URL (RFC 3986, 3.2.2): lower case, without user, port and trailing dot. False when the
 * text is no such URL, or its host no name of ASCII letters with a dot in it and no IPv4 address. What follows the authority
 * may be anything. *cleartext: http or ws. */
bool url_host(Span text, char host[URL_HOST_SIZE], bool *cleartext);

#endif
