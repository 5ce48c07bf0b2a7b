/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apk_tricks.h - one regular APK with 17 permissions, and the same with one irregularity each that was met in
 * the wild or tried on Android's own tools: docs/formats.md lists what each tool made of them. */
#ifndef TESTS_APK_TRICKS_H
#define TESTS_APK_TRICKS_H

#include "support/axml_build.h"
#include "support/dex_build.h"

enum { TRICK_PERMISSIONS = 17 };

/* What the words of the manifest do differently. */
typedef enum {
        WORDS_PLAIN,
        WORDS_DECOY_NAME,
        WORDS_SECOND_NAME,
        WORDS_REFERENCE,
        WORDS_UNKNOWN_TAG
} ManifestWords;

static inline GByteArray *trick_manifest(ManifestWords words, AxmlTricks tricks)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_number(x, ATTR_VERSION_CODE, 7);
        axml_text(x, ATTR_VERSION_NAME, "1.7");
        axml_plain(x, "package", "com.example.tricks");
        axml_open_tag(x, "uses-sdk");
        axml_number(x, ATTR_MIN_SDK_VERSION, 21);
        axml_number(x, ATTR_TARGET_SDK_VERSION, 30);
        axml_close_tags(x, 1);
        if (words == WORDS_UNKNOWN_TAG)
                axml_open_tag(x, "wrapping");
        for (int i = 1; i <= TRICK_PERMISSIONS; i++) {
                g_autofree char *name = g_strdup_printf("android.permission.P%02d", i);
                axml_open_tag(x, "uses-permission");
                if (words == WORDS_DECOY_NAME)
                        axml_plain(x, "name", "android.permission.DECOY");
                if (words == WORDS_REFERENCE)
                        axml_reference(x, ATTR_NAME, 0x7f050000 + (uint32_t)i);
                else
                        axml_text(x, ATTR_NAME, name);
                if (words == WORDS_SECOND_NAME)
                        axml_text(x, ATTR_NAME, "android.permission.DECOY");
                axml_close_tags(x, 1);
        }
        if (words == WORDS_UNKNOWN_TAG)
                axml_close_tags(x, 1);
        axml_open_tag(x, "application");
        axml_text(x, ATTR_LABEL, "Tricks");
        axml_open_tag(x, "activity");
        axml_text(x, ATTR_NAME, ".Main");
        axml_close_tags(x, 3);
        return axml_end(x, tricks);
}

static inline GByteArray *trick_dex(void)
{
        return dex_build(35, DEX_TYPES("+Lcom/example/tricks/Main;", "Landroid/app/Activity;"));
}

/* AndroidManifest.xml, classes.dex and a text, the first of them as `part` says. */
static inline GByteArray *trick_apk(ManifestWords words, AxmlTricks axml, ZipPart part, ZipTricks zip)
{
        g_autoptr(GByteArray) manifest = trick_manifest(words, axml);
        g_autoptr(GByteArray) dex = trick_dex();
        part.name = part.name ? part.name : "AndroidManifest.xml";
        part.content = span_of_bytes(manifest);
        ZipPart parts[] = {part, {"classes.dex", span_of_bytes(dex)}, {"assets/a.txt", span_str("a")}};
        return zip_build(parts, G_N_ELEMENTS(parts), zip);
}

typedef struct {
        const char *row;
        int permissions;     /* how many we give */
        const char *rejects; /* the code that tells why Android would refuse; NULL: it would not */
        const char *code;    /* another anomaly that must be told; NULL: none expected */
        ManifestWords words;
        AxmlTricks axml;
        ZipPart part;
        ZipTricks zip;
        bool duplicate; /* another manifest with one permission stands in front */
} TrickRow;

#define TRICK_DEFLATED .part.deflated = true

static inline Span trick_bytes(size_t n) /* n bytes of junk, kept for ever */
{
        static GByteArray *junk;
        if (!junk) {
                junk = g_byte_array_new();
                g_byte_array_set_size(junk, 60000);
                memset(junk->data, 'j', 60000);
        }
        return span_of(junk->data, n);
}

/* Free with g_free. */
static inline TrickRow *trick_rows(size_t *n)
{
        static const char bad_extra[] = "\xca\xfe\xff\xff",
                          end_in_comment[] = "xxPK\x05\x06yyyyyyyyyyyyyyyyyyzz";
        Span extra = span_of(bad_extra, 4), comment = span_of(end_in_comment, sizeof end_in_comment - 1);
        const TrickRow rows[] = {
                {"z00-plain", 17, .part.deflated = true},
                {"z01-encrypted-flag-both", 17, .code = "zip-encrypted-flag", TRICK_DEFLATED,
                 .part.flags = 1},
                {"z02-encrypted-flag-local", 17, .code = "zip-encrypted-flag", TRICK_DEFLATED,
                 .part.local_flags = 1},
                {"z03-unknown-method-stored", 17, .code = "zip-unknown-method", .part.method = 0x2222},
                {"z04-local-method-unknown", 17, .code = "zip-local-method-differs", TRICK_DEFLATED,
                 .part.local_method = 0x2222},
                {"z05-unknown-method-deflated", 17, "manifest-inflated", "zip-unknown-method", TRICK_DEFLATED,
                 .part.method = 0x2222},
                {"z06-bad-crc", 17, .code = "zip-bad-crc", TRICK_DEFLATED, .part.crc_error = 1},
                {"z07-duplicate-name", 17, "zip-duplicate-name", TRICK_DEFLATED, .duplicate = true},
                {"z08-local-name-differs", 17, "zip-name-mismatch", TRICK_DEFLATED,
                 .part.local_name = "AndroidManifest.xmm"},
                {"z09-bad-extra", 17, .code = "zip-second-opinion", TRICK_DEFLATED, .part.extra = extra},
                {"z10-bad-local-extra", 17, .code = "zip-bad-extra", TRICK_DEFLATED,
                 .part.local_extra = extra},
                {"z11-comment-60000", 17, TRICK_DEFLATED, .zip.comment = trick_bytes(60000)},
                {"z12-trailing-bytes", 17, "zip-trailing-bytes", TRICK_DEFLATED,
                 .zip.trailing = trick_bytes(40)},
                {"z13-prefix", 17, "zip-foreign-start", TRICK_DEFLATED, .zip.prefix = trick_bytes(40)},
                {"z13b-prefix-not-counted", 17, "zip-prefix, zip-foreign-start", TRICK_DEFLATED,
                 .zip.prefix = trick_bytes(40), .zip.prefix_blind = true},
                {"z14-gap-before-end", 17, .code = "zip-gap-before-eocd", TRICK_DEFLATED,
                 .zip.gap = trick_bytes(40)},
                {"z15-local-sizes-zero", 17, "zip-local-sizes-differ", TRICK_DEFLATED,
                 .part.no_local_sizes = true},
                {"z16-descriptor-flag-local", 17, .code = "zip-descriptor-flag-differs",
                 .part.local_flags = 8},
                {"z16b-descriptor", 17, TRICK_DEFLATED, .part.descriptor = true},
                {"z16c-descriptor-differs", 17, "zip-descriptor-differs", TRICK_DEFLATED,
                 .part.descriptor = true, .part.descriptor_error = 1},
                {"z17-end-record-in-comment", 17, "zip-end-in-comment", TRICK_DEFLATED,
                 .zip.comment = comment},
                {"z18-size-too-small", 17, "zip-size-lies", TRICK_DEFLATED, .part.size_error = -1000},
                {"z19-size-too-great", 17, "zip-size-lies", TRICK_DEFLATED, .part.size_error = 1000},
                {"z20-count-too-small", 17, .code = "zip-hidden-records", TRICK_DEFLATED, .zip.records = -1},
                {"z21-count-too-great", 17, "zip-count-too-great", TRICK_DEFLATED, .zip.records = 1},
                {"a01-file-type-0", 17, .code = "manifest-file-type", .axml.file_type = 0x4444},
                {"a02-file-header-32", 17, .code = "manifest-header-size", .axml.file_header = 32},
                {"a03-tail", 17, .code = "manifest-tail", .axml.tail = 50},
                {"a04-chunk-before-nodes", 17, .code = "manifest-unknown-chunk",
                 .axml.chunk_before_nodes = true},
                {"a05-strange-node-in-range", 17, .code = "manifest-unknown-chunk",
                 .axml.strange_node = 0x0140},
                {"a06-strange-node", 17, .code = "manifest-unknown-chunk", .axml.strange_node = 0x0666},
                {"a07-node-header-64", 17, .code = "manifest-header-size", .axml.node_header = 64},
                {"a08-attribute-size-24", 17, .code = "manifest-attribute-layout", .axml.attribute_size = 24},
                {"a09-attribute-start-36", 17, .code = "manifest-attribute-layout",
                 .axml.attribute_start = 36},
                {"a10-junk-after-attributes", 17, .code = "manifest-node-junk",
                 .axml.junk_after_attributes = 16},
                {"a11-string-count-40-more", 17, .code = "manifest-string-index",
                 .axml.string_count_more = 40},
                {"a12-string-count-huge", 17, "manifest-malformed", .axml.string_count = 0x7fffffff},
                {"a13-blank-names", 17, .code = "manifest-attribute-name", .axml.blank_names = true},
                {"a14-utf8", 17, .axml.utf8 = true},
                {"a15-no-namespaces", 17, .code = "manifest-attribute-name", .axml.no_namespaces = true},
                {"a16-decoy-name", 17, .code = "manifest-decoy-attribute", .words = WORDS_DECOY_NAME},
                {"a17-second-name", 17, .code = "manifest-second-attribute", .words = WORDS_SECOND_NAME},
                {"a18-name-is-a-reference", 0, .code = "manifest-permission-not-a-string",
                 .words = WORDS_REFERENCE},
                {"a19-no-end-namespace", 17, .code = "manifest-namespace-open",
                 .axml.no_end_namespace = true},
                {"a20-second-string-pool", 17, .code = "manifest-second-pool", .axml.decoy_pool = true},
                {"a21-unaligned-node", 17, "manifest-malformed", .axml.unaligned_node = true},
                {"a22-unknown-tag", 0, .code = "manifest-permission-elsewhere", .words = WORDS_UNKNOWN_TAG},
                {"a23-unterminated-pool", 17, "manifest-malformed", .axml.unterminated_pool = true},
        };
        *n = G_N_ELEMENTS(rows);
        return g_memdup2(rows, sizeof rows);
}

static inline GByteArray *trick_build(const TrickRow *row)
{
        if (!row->duplicate)
                return trick_apk(row->words, row->axml, row->part, row->zip);
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_plain(x, "package", "com.example.decoy");
        axml_open_tag(x, "uses-permission");
        axml_text(x, ATTR_NAME, "android.permission.DECOY");
        axml_close_tags(x, 2);
        g_autoptr(GByteArray) decoy = axml_end(x, (AxmlTricks){0});
        g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        g_autoptr(GByteArray) dex = trick_dex();
        ZipPart parts[] = {{"AndroidManifest.xml", span_of_bytes(decoy), .deflated = true},
                           {"AndroidManifest.xml", span_of_bytes(manifest), .deflated = true},
                           {"classes.dex", span_of_bytes(dex)}};
        return zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
}

#endif
