/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

struct Sha256 {
        EVP_MD_CTX *context;
};

Sha256 *sha256_new(void)
{
        Sha256 *sha = g_new0(Sha256, 1);
        sha->context = EVP_MD_CTX_new();
        sha256_reset(sha);
        return sha;
}

void sha256_reset(Sha256 *sha)
{
        if (EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL) != 1)
                g_error("OpenSSL has no SHA-256");
}

void sha256_update(Sha256 *sha, Span bytes)
{
        EVP_DigestUpdate(sha->context, bytes.data, bytes.len);
}

void sha256_hex(Sha256 *sha, char hex[SHA256_HEX_SIZE])
{
        uint8_t out[SHA256_SIZE];
        EVP_DigestFinal_ex(sha->context, out, NULL);
        hex_encode(span_of(out, sizeof out), hex);
}

void sha256_free(Sha256 *sha)
{
        if (!sha)
                return;
        EVP_MD_CTX_free(sha->context);
        g_free(sha);
}

void digest_sha256(Span bytes, uint8_t out[SHA256_SIZE])
{
        if (EVP_Digest(bytes.len ? bytes.data : (const uint8_t *)"", bytes.len, out, NULL, EVP_sha256(),
                       NULL) != 1)
                g_error("OpenSSL has no SHA-256");
}

void digest_sha256_hex(Span bytes, char hex[SHA256_HEX_SIZE])
{
        uint8_t out[SHA256_SIZE];
        digest_sha256(bytes, out);
        hex_encode(span_of(out, sizeof out), hex);
}

bool digest_sha1_base64(Span bytes, char out[32])
{
        uint8_t sha1[20];
        if (EVP_Digest(bytes.len ? bytes.data : (const uint8_t *)"", bytes.len, sha1, NULL, EVP_sha1(),
                       NULL) != 1)
                return false; /* a FIPS provider may refuse it */
        g_autofree char *text = g_base64_encode(sha1, sizeof sha1);
        g_strlcpy(out, text, 32);
        return true;
}

bool digest_fd_hex(int fd, char hex[SHA256_HEX_SIZE], GError **error)
{
        uint8_t buffer[64 * 1024]; /* of the stack, where pages are already */
        Sha256 *sha = sha256_new();
        off_t at = 0;
        ssize_t n;
        while ((n = pread(fd, buffer, sizeof buffer, at)) > 0 || (n < 0 && errno == EINTR)) {
                if (n < 0)
                        continue;
                sha256_update(sha, span_of(buffer, (size_t)n));
                at += n;
        }
        sha256_hex(sha, hex);
        sha256_free(sha);
        return n == 0 || fault_errno(error, FAULT_IO, errno, "reading for its digest");
}

bool digest_file_hex(const char *path, char hex[SHA256_HEX_SIZE], GError **error)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        bool ok = digest_fd_hex(fd, hex, error);
        close(fd);
        if (!ok)
                g_prefix_error(error, "%s: ", path);
        return ok;
}

void hex_encode(Span bytes, char *out)
{
        static const char digits[] = "0123456789abcdef";
        for (size_t i = 0; i < bytes.len; i++) {
                *out++ = digits[bytes.data[i] >> 4];
                *out++ = digits[bytes.data[i] & 15];
        }
        *out = '\0';
}

bool hex_decode(const char *hex, uint8_t *out, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                int high = g_ascii_xdigit_value(hex[2 * i]);
                int low = high < 0 ? -1 : g_ascii_xdigit_value(hex[2 * i + 1]);
                if (low < 0)
                        return false;
                out[i] = (uint8_t)(high << 4 | low);
        }
        return hex[2 * size] == '\0';
}

bool hex_is_sha256(const char *s)
{
        size_t n = 0;
        for (; s && s[n] && n < 65; n++) {
                if (!g_ascii_isdigit(s[n]) && !(s[n] >= 'a' && s[n] <= 'f'))
                        return false;
        }
        return n == 64;
}
