/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest.h - AndroidManifest.xml as Android's package parser understands it: attributes by resource id,
 * elements by name, only children of <manifest> and <application> where they belong, defaults applied. Rules:
 * docs/formats.md. */
#ifndef ANALYZER_APK_MANIFEST_H
#define ANALYZER_APK_MANIFEST_H

#include "analyzer/apk/attribute.h"

#include "core/record.h"

typedef struct Manifest {
        const char *package;
        const char *split; /* name of the split this is, NULL for a base */
        bool has_version_code;
        int64_t version_code; /* with versionCodeMajor in the upper half */
        const char *version_name;
        const char *label; /* of the application, default locale */
        size_t n_labels;
        LabelText **labels; /* Chinese and English ones, sorted by lang */
        /* As Android computes them: 1 when nothing is stated, target = min when only that is. A codename,
         * where stated, takes the number's place. */
        int32_t min_sdk, target_sdk;
        const char *min_codename, *target_codename;
        const char *shared_user_id;
        bool debuggable;
        bool has_code; /* android:hasCode, true by default */
        size_t n_permissions;
        Permission *
                *permissions; /* one per element, in order; those Android ignores are left out and noted */
        size_t n_declared;
        char **declared; /* <permission> elements */
        size_t n_components;
        Component **components;
        size_t n_meta_data;
        MetaData **meta_data; /* of the application and its components */
        Oddities odd;         /* codes start with "manifest-" */
} Manifest;

/* Everything it points to lives in `arena`. `arsc` may be NULL. `lenient`: read what Android refuses, as
 * axml_open does; for a second attempt, and noted by the caller. FAULT_MALFORMED: not readable to the end of
 * <manifest>, or no package name. FAULT_LIMIT: a cap of axml.h. */
bool manifest_read(Manifest *manifest, Span bytes, bool lenient, const Arsc *arsc, Arena *arena,
                   GError **error);

#endif
