/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest.h - AndroidManifest.xml as Android's package parser understands it: attributes by resource id,
 * elements by name, only children of <manifest> and <application> where they belong, defaults applied. Rules:
 * docs/formats.md. */
#ifndef ANALYZER_APK_MANIFEST_H
#define ANALYZER_APK_MANIFEST_H

#include "analyzer/apk/attribute.h"

#include "core/record.h"

/* <application>, as stated; texts are NULL where it states none */
typedef struct {
        const char *name;              /* class of the Application, in full */
        const char *component_factory; /* class of appComponentFactory, in full */
        const char *backup_agent;      /* class, in full */
        bool backup_stated;
        bool allow_backup; /* true by default */
        bool full_backup_content,
                data_extraction_rules;    /* rules of its own: an XML, or "false" for none of it */
        bool cleartext_stated, cleartext; /* usesCleartextTraffic */
        bool network_config_stated;       /* networkSecurityConfig refers to something */
        const char *
                network_config; /* path of that XML in the archive, through the resource table; NULL: it leads nowhere */
        bool test_only;
        bool legacy_storage;       /* requestLegacyExternalStorage */
        const char *process;       /* for components that state none; NULL: the package's name */
        const char *task_affinity; /* for components that state none; "": none. NULL: the package's name */
        bool reparenting;          /* allowTaskReparenting, the activities' default */
} Application;

typedef struct Manifest {
        const char *package;
        const char *split;  /* name of the split this is, NULL for a base */
        bool feature_split; /* isFeatureSplit */
        const char *
                config_for; /* configForSplit: whose configuration this split is, "" the base's; NULL: none stated */
        bool split_required; /* isSplitRequired, or any required_types: Android does not install it alone */
        const char *required_types, *split_types; /* requiredSplitTypes and splitTypes, divided by commas */
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
        int32_t shared_user_max_sdk; /* the id is not used by new installations above this level; 0: no such limit */
        bool debuggable;
        bool has_code; /* android:hasCode, true by default */
        size_t n_permissions;
        Permission *
                *permissions; /* one per element, in order; those Android ignores are left out and noted */
        size_t n_declared;
        char **declared; /* <permission> elements */
        size_t n_open;
        char **open; /* of these, the ones whose protection level is "normal": any app that asks gets them */
        size_t n_components;
        Component **components;
        size_t n_meta_data;
        MetaData **meta_data; /* of the application and its components */
        Application application;
        /* <queries>: what other apps it wants to see (Android 11): names, actions of intents, authorities */
        size_t n_query_packages, n_query_actions, n_query_providers;
        char **query_packages, **query_actions, **query_providers;
        unsigned unfetched,
                unfetched_texts; /* references into what is not here of the resource table: all but labels and meta-data; those */
        Oddities odd; /* codes start with "manifest-" */
} Manifest;

/* Everything it points to lives in `arena`. `arsc` may be NULL. `lenient`: read what Android refuses, as
 * axml_open does; for a second attempt, and noted by the caller. FAULT_MALFORMED: not readable to the end of
 * <manifest>, or no package name. FAULT_LIMIT: a cap of axml.h. */
bool manifest_read(Manifest *manifest, Span bytes, bool lenient, const Arsc *arsc, Arena *arena,
                   GError **error);

#endif
