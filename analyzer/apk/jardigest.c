/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/jardigest.h"

#include "analyzer/apk/sigcrypt.h"

enum { STRONGEST_FROM = 18 }; /* before, Android takes the first digest of a list */

typedef struct {
        Arena *arena;
        int min_sdk;
} Reader;

typedef struct {
        HashKind hash;
        Span base64;
} Stated;

static bool stated_digest(const Reader *reader, const JarSection *section, const char *algorithm,
                          const char *suffix, Stated *out)
{
        g_autofree char *name = g_strconcat(algorithm, suffix, NULL);
        return jarfile_value(section, name, reader->arena, &out->base64);
}

static bool named_hash(const char *name, HashKind *hash)
{
        static const struct {
                const char *name;
                HashKind hash;
        } names[] = {{"MD5", HASH_MD5},       {"SHA", HASH_SHA1},       {"SHA1", HASH_SHA1},
                     {"SHA-1", HASH_SHA1},    {"SHA-256", HASH_SHA256}, {"SHA-384", HASH_SHA384},
                     {"SHA-512", HASH_SHA512}};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (g_ascii_strcasecmp(names[i].name, name) == 0) {
                        *hash = names[i].hash;
                        return true;
                }
        return false;
}

/* Android before 4.3: the first of the algorithms that the section lists. */
static bool old_digest(const Reader *reader, const JarSection *section, const char *suffix, Stated *out)
{
        Span value = span_str("SHA SHA1");
        jarfile_value(section, "Digest-Algorithms", reader->arena, &value);
        g_autofree char *text = g_strndup((const char *)value.data, MIN(value.len, 256));
        g_auto(GStrv) words = g_strsplit_set(text, " \t\n\r\f", -1);
        for (char **word = words; *word; word++)
                if (named_hash(*word, &out->hash) && (out->hash < HASH_SHA384 || reader->min_sdk >= 9) &&
                    stated_digest(reader, section, *word, suffix, out))
                        return true;
        return false;
}

/* The digests that some API level from min_sdk on looks at, none when one of them finds none. */
static size_t stated_digests(const Reader *reader, const JarSection *section, const char *suffix,
                             Stated out[2])
{
        static const char *const strongest_first[] = {"SHA-512", "SHA-384", "SHA-256", "SHA1"};
        size_t n = 0;
        if (reader->min_sdk < STRONGEST_FROM && !old_digest(reader, section, suffix, &out[n++]))
                return 0;
        for (size_t i = 0; i < G_N_ELEMENTS(strongest_first); i++)
                if (stated_digest(reader, section, strongest_first[i], suffix, &out[n])) {
                        named_hash(strongest_first[i], &out[n++].hash);
                        break;
                }
        return n;
}

static bool digest_is(const Stated *stated, Span bytes)
{
        uint8_t digest[HASH_LIMIT];
        size_t len = sigcrypt_digest(stated->hash, &bytes, 1, digest);
        g_autofree char *text = g_base64_encode(digest, len);
        size_t bare = strcspn(text, "=");
        return len > 0 && (span_eq_str(stated->base64, text) || span_eq(stated->base64, span_of(text, bare)));
}

bool jardigest_fits(const JarSection *section, const char *suffix, Span bytes, int min_sdk, Arena *arena,
                    size_t *n)
{
        Reader reader = {arena, min_sdk};
        Stated stated[2];
        *n = stated_digests(&reader, section, suffix, stated);
        for (size_t i = 0; i < *n; i++)
                if (!digest_is(&stated[i], bytes))
                        return false;
        return true;
}
