/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_front.h - https servers on 127.0.0.1 with certificates made on the spot, good and bad. A thread per connection. Whatever is
 * asked is answered with "all the king's horses". */
#ifndef TESTS_TLS_FRONT_H
#define TESTS_TLS_FRONT_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
        TLS_GOOD,         /* for 127.0.0.1 and localhost, by the authority that ca.pem holds */
        TLS_EXPIRED,      /* since yesterday */
        TLS_NOT_YET,      /* from tomorrow on */
        TLS_SELF_SIGNED,  /* by nobody but itself */
        TLS_OTHER_CA,     /* by an authority that nobody trusts, though it has the same name */
        TLS_WRONG_HOST,   /* for other.example */
        TLS_NO_HOST,      /* a common name that fits, and no subject alternative name but another one */
        TLS_NOT_A_SERVER, /* for signing mail */
        TLS_OLD,          /* good, but speaks TLS 1.1 at best */
        TLS_PLAIN,        /* good, but answers in clear text */
        TLS_SILENT,       /* takes the connection and says nothing */
        TLS_DROPPED,      /* closes after the client's first words */
        TLS_CUT           /* good, but ends in the middle of the body without saying so */
} TlsKind;

typedef struct TlsFront TlsFront;

/* Writes <folder>/ca.pem, and keeps the key to sign with, when it is not there yet. */
TlsFront *tls_front_start(const char *folder, TlsKind kind);
void tls_front_stop(TlsFront *front);               /* waits for its threads; NULL is fine */
const char *tls_front_url(const TlsFront *front);   /* "https://127.0.0.1:4711" */
unsigned tls_front_requests(const TlsFront *front); /* that were read: none may be after a bad certificate */

#endif
