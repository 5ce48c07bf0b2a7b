/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdkset.h - which code, components, keys, actions and libraries belong to which SDK: data/sdks compiled for
 * look-up. Read-only once loaded; any thread may ask. */
#ifndef ANALYZER_TABLES_SDKSET_H
#define ANALYZER_TABLES_SDKSET_H

#include "core/error.h"
#include "core/span.h"

typedef struct SdkSet SdkSet;

typedef struct {
        unsigned index;                /* place in the set, which is sorted by id */
        const char *id;                /* "umeng-analytics" */
        const char *name, *company;    /* company: the vendor, NULL where it is not known */
        const char *const *categories; /* NULL-terminated: analytics, advertising, push ... */
        const char *const *sources;    /* NULL-terminated, who states this SDK: own, exodus:<id>, libchecker,
                                          literadar ... */
} Sdk;

/* One thing whose presence points to an SDK. */
typedef struct SdkAnchor {
        const Sdk *sdk;
        const char *text; /* as in the data: "com.umeng", "libcronet.*.so", "JPUSH_APPKEY" */
        /* Code prefixes only: in how many independent kinds of places besides our own list the prefix was met
         * (other lists, real apps, published code; data/sdks/provenance.jsonl). 0: from memory, unconfirmed.
         */
        unsigned confirmed;
        const struct SdkAnchor
                *next; /* names only: another SDK that claims the same name, by place in the data */
        bool segment;  /* a lone path segment ("sizmek"), not a prefix */
} SdkAnchor;

typedef enum { SDK_COMPONENT, SDK_METADATA, SDK_ACTION, SDK_NATIVE, SDK_NAME_KINDS } SdkNameKind;

/* Reads `data_home`/sdks/sdks.jsonl and provenance.jsonl. NULL on failure, naming file and line. */
SdkSet *sdkset_load(const char *data_home, GError **error);
void sdkset_free(SdkSet *set); /* NULL is fine; anchors and SDKs go with it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SdkSet, sdkset_free)

const char *sdkset_digest(const SdkSet *set); /* SHA-256 hex over both files: part of analyzer_passes() */
size_t sdkset_len(const SdkSet *set);
const Sdk *sdkset_at(const SdkSet *set, size_t i); /* i < len; by id */

/* The owner of a class by its raw descriptor "Lcom/umeng/X;" or its name "com.umeng.X": the longest code
 * prefix that ends at '.', '/', '$', ';' or the end, else the first path segment that is some SDK's. NULL:
 * nobody's. */
const SdkAnchor *sdkset_code(const SdkSet *set, Span class_name);

/* The owner of a component class, meta-data key, intent action or library file name: an exact entry first,
 * else the first with '*' that fits. `name` is valid UTF-8. Names that the data give to several SDKs belong
 * to none. NULL: nobody's.
 */
const SdkAnchor *sdkset_name(const SdkSet *set, SdkNameKind kind, const char *name);

bool sdk_has_source(const Sdk *sdk, const char *source); /* exactly this one */

/* First-party rule: whether the application id lies under one of the SDK's code prefixes, equals one, or
 * holds one of its segments. Such an app is the vendor's own. */
bool sdkset_is_own(const SdkSet *set, const Sdk *sdk, const char *application_id);

#endif
