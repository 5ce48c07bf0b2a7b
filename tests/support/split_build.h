/* SPDX-License-Identifier: GPL-3.0-or-later */
/* split_build.h - base and split APKs of one app in words:
 *
 *     GByteArray *apk = split_apk(&(Split){.split = "camera", .feature = true, .component = "com.example.set.Camera"});     */
#ifndef TESTS_SPLIT_BUILD_H
#define TESTS_SPLIT_BUILD_H

#include "support/dex_build.h"
#include "support/proto_build.h"

typedef struct {
        const char *package; /* NULL: com.example.set */
        int version;         /* 0: 7 */
        const char *split, *config_for;
        bool feature, required;
        const char *required_types, *types;
        const char *permission, *component, *key; /* one of each, NULL: none */
        const char *class_name; /* descriptor of a class in classes.dex, NULL: no such file */
        Span dex;               /* classes.dex instead */
        const char *native;     /* path of an entry, NULL: none */
        bool no_manifest, codeless;
} Split;

static inline AxmlBuild *split_words(const Split *s)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_number(x, ATTR_VERSION_CODE, s->version ? s->version : 7);
        if (s->feature)
                axml_truth(x, ATTR_IS_FEATURE_SPLIT, true);
        if (s->required)
                axml_truth(x, ATTR_IS_SPLIT_REQUIRED, true);
        if (s->required_types)
                axml_text(x, ATTR_REQUIRED_SPLIT_TYPES, s->required_types);
        if (s->types)
                axml_text(x, ATTR_SPLIT_TYPES, s->types);
        axml_plain(x, "package", s->package ? s->package : "com.example.set");
        if (s->split)
                axml_plain(x, "split", s->split);
        if (s->config_for)
                axml_plain(x, "configForSplit", s->config_for);
        axml_open_tag(x, "uses-sdk");
        axml_number(x, ATTR_MIN_SDK_VERSION, 21);
        axml_number(x, ATTR_TARGET_SDK_VERSION, 30);
        axml_close_tags(x, 1);
        if (s->permission) {
                axml_open_tag(x, "uses-permission");
                axml_text(x, ATTR_NAME, s->permission);
                axml_close_tags(x, 1);
        }
        axml_open_tag(x, "application");
        if (s->codeless || (!s->class_name && !s->dex.len))
                axml_truth(x, ATTR_HAS_CODE, false);
        if (s->component) {
                axml_open_tag(x, "activity");
                axml_text(x, ATTR_NAME, s->component);
                axml_close_tags(x, 1);
        }
        if (s->key) {
                axml_open_tag(x, "meta-data");
                axml_text(x, ATTR_NAME, s->key);
                axml_text(x, ATTR_VALUE, "1");
                axml_close_tags(x, 1);
        }
        axml_close_tags(x, 2);
        return x;
}

static inline GByteArray *split_dex(const Split *s)
{
        GByteArray *dex = s->class_name ? dex_build(35, DEX_TYPES(s->class_name)) : g_byte_array_new();
        put_span(dex, s->dex);
        return dex;
}

/* Free with g_byte_array_unref. */
static inline GByteArray *split_apk(const Split *s)
{
        g_autoptr(GByteArray) manifest = axml_end(split_words(s), (AxmlTricks){0});
        g_autoptr(GByteArray) dex = split_dex(s);
        ZipPart parts[4] = {{"res/x", span_str("x")}};
        size_t n = 1;
        if (!s->no_manifest)
                parts[n++] = (ZipPart){"AndroidManifest.xml", span_of_bytes(manifest), .deflated = true};
        if (dex->len)
                parts[n++] = (ZipPart){"classes.dex", span_of_bytes(dex), .deflated = true};
        if (s->native)
                parts[n++] = (ZipPart){s->native, span_str("\x7f"
                                                           "ELF")};
        return zip_build(parts, n, (ZipTricks){0});
}

#endif
