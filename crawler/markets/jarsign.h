/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jarsign.h - the one entry of a signed jar, handed out only once its signature holds (JAR signing v1 as
 * F-Droid uses it: fdroidserver's signindex.py makes these jars, the client's JarIndexVerifier reads them).
 * Chains and dates of certificates are not looked at: trust is the pin. Nothing is extracted, nothing is run.
 */
#ifndef CRAWLER_MARKETS_JARSIGN_H
#define CRAWLER_MARKETS_JARSIGN_H

#include "core/arena.h"
#include "core/digest.h"

enum {
        JAR_ENTRIES = 1000,         /* entries in one jar */
        JAR_META_BYTES = 1 << 20,   /* manifest, signature file and signature block, each */
        JAR_CERTIFICATE_LEAST = 256 /* DER bytes; shorter ones are no certificate a repository signs with */
};

typedef struct {
        const char *jar;         /* name for messages: "entry.jar" */
        const char *entry;       /* the entry to read: "entry.json" */
        size_t jar_bytes;        /* the jar may be this long */
        size_t entry_bytes;      /* the entry may inflate to this many bytes, counted while reading */
        bool sha1;               /* SHA-1 digests are good enough (index-v1.jar); MD5 never is */
        const char *fingerprint; /* 64 hex digits, either case: SHA-256 the certificate must have */
        Span certificate; /* DER pinned at an earlier contact, must be equal then; empty: first contact */
} JarRule;

typedef struct {
        Span entry;       /* in the arena */
        Span certificate; /* DER, in the arena */
        char fingerprint[SHA256_HEX_SIZE];
} JarContent;

/* False with FAULT_SIGNATURE (which step failed, both values where two differ), FAULT_MALFORMED (no jar) or
 * FAULT_LIMIT. */
bool jarsign_read(Span jar, const JarRule *rule, Arena *arena, JarContent *out, GError **error);

/* Loads what OpenSSL loads on first use, so that nothing is opened later inside a sandbox. */
void jarsign_warm_up(void);

#endif
