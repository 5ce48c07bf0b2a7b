/* SPDX-License-Identifier: GPL-3.0-or-later */
/* digest.h - SHA-256 (OpenSSL EVP) of spans, streams and files, and lower-case hex. */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "core/error.h"
#include "core/span.h"

#define SHA256_SIZE     32
#define SHA256_HEX_SIZE 65 /* with the NUL */

typedef struct Sha256 Sha256; /* a running digest */

Sha256 *sha256_new(void);
void sha256_update(Sha256 *sha, Span bytes);
void sha256_hex(Sha256 *sha, char hex[SHA256_HEX_SIZE]); /* ends it; free or reset afterwards */
void sha256_reset(Sha256 *sha);
void sha256_free(Sha256 *sha); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sha256, sha256_free)

void digest_sha256(Span bytes, uint8_t out[SHA256_SIZE]);
void digest_sha256_hex(Span bytes, char hex[SHA256_HEX_SIZE]);
bool digest_sha1_base64(Span bytes, char out[32]); /* old jar manifests only, never for trust of our own */

/* Whole file from offset 0 by pread; the descriptor's position does not move. */
bool digest_fd_hex(int fd, char hex[SHA256_HEX_SIZE], GError **error);
bool digest_file_hex(const char *path, char hex[SHA256_HEX_SIZE], GError **error);

void hex_encode(Span bytes, char *out);                      /* out holds 2*len+1 */
bool hex_decode(const char *hex, uint8_t *out, size_t size); /* exactly 2*size digits, either case */
bool hex_is_sha256(const char *s);                           /* 64 lower-case hex digits */

#endif
