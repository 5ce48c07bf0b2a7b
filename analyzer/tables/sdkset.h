/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdkset.h - which code, components, keys, actions, libraries, files and hosts belong to which SDK: data/sdks compiled for
 * look-up. Read-only once loaded; any thread may ask. */
#ifndef ANALYZER_TABLES_SDKSET_H
#define ANALYZER_TABLES_SDKSET_H

#include "analyzer/tables/companies.h"

typedef struct SdkSet SdkSet;

typedef struct {
        unsigned index;             /* place in the set, which is sorted by id; below SDKSET_LIMIT */
        const char *id;             /* "umeng-analytics" */
        const char *owner;          /* "sdk:umeng-analytics" */
        const char *name, *name_zh; /* name_zh: NULL where there is none */
        const char *company;        /* the vendor, NULL where it is not known */
        const char *root; /* the company that owns the vendor, by companies_root(); NULL: not known */
        const char *const *categories; /* NULL-terminated: analytics, advertising, push ... */
        const char *const *sources;    /* NULL-terminated, who states this SDK: own, exodus:<id>, libchecker,
                                          literadar ... */
} Sdk;

enum { SDKSET_LIMIT = 50000 };

/* One thing whose presence points to an SDK. */
typedef struct SdkAnchor {
        const Sdk *sdk;
        const char *text; /* as in the data: "com.umeng", "libcronet.*.so", "JPUSH_APPKEY" */
        /* Code prefixes only: in how many independent kinds of places besides our own list the prefix was met
         * (other lists, real apps, published code; data/sdks/provenance.jsonl). 0: from memory, unconfirmed.
         */
        unsigned confirmed;
        const struct SdkAnchor
                *next; /* names and hosts only: another SDK that claims the same, by place in the data */
        bool segment;  /* a lone path segment ("sizmek"), not a prefix */
} SdkAnchor;

typedef enum { SDK_COMPONENT, SDK_METADATA, SDK_ACTION, SDK_NATIVE, SDK_NAME_KINDS } SdkNameKind;

/* A file in the archive that an SDK leaves there (data/sdks/files.tsv). */
typedef struct {
        const Sdk *sdk;
        const char *pattern;
        unsigned rank; /* place in the file: of several that tell a version the least counts */
        bool confirmed;
        enum { SDK_FILE_SILENT, SDK_FILE_LINE, SDK_FILE_PROPERTY } version;
        const char *property; /* the key its version stands under */
} SdkFile;

/* A string constant that begins so and goes on with the SDK's version (data/sdks/strings.tsv). */
typedef struct {
        const Sdk *sdk;
        const char *prefix;
} SdkConstant;

/* A meta-data key that tells an SDK what to do (data/sdks/settings.tsv). */
typedef struct SdkSwitch {
        const Sdk *sdk;
        const char *meaning;
        const struct SdkSwitch *next; /* another SDK that reads the same key */
} SdkSwitch;

/* Reads the files under `data_home`/sdks and, on top of them, every *.jsonl under `user_home`/sdks (user_home may be NULL,
 * the folder may be missing): rows that add to an SDK by its id, or new SDKs. What a user's row claims and a shipped one
 * has already, stays with the shipped one. NULL on failure, naming file and line. */
SdkSet *sdkset_load(const char *data_home, const char *user_home, GError **error);
void sdkset_free(SdkSet *set); /* NULL is fine; anchors and SDKs go with it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SdkSet, sdkset_free)

const char *
sdkset_digest(const SdkSet *set); /* SHA-256 hex over all these files: part of analyzer_passes() */
size_t sdkset_len(const SdkSet *set);
const Sdk *sdkset_at(const SdkSet *set, size_t i); /* i < len; by id */
const Sdk *sdkset_find(const SdkSet *set, const char *id);
const Companies *sdkset_companies(const SdkSet *set);

bool sdk_has_source(const Sdk *sdk, const char *source); /* exactly this one */

/* ---- code */

/* The owner of a class by its raw descriptor "Lcom/umeng/X;" or its name "com.umeng.X": the longest code
 * prefix that ends at '.', '/', '$', ';' or the end, else the first path segment that is some SDK's. NULL:
 * nobody's. */
const SdkAnchor *sdkset_code(const SdkSet *set, Span class_name);

/* The same in two steps, for many classes of one package: what the part before the last '/' or '.' says ("com/umeng/a"),
 * then what the class adds. `name` is the whole class name, its simple name starts at `simple`; neither has 'L' or ';'. */
typedef struct {
        const SdkAnchor *anchor;
        bool deeper; /* some prefix ends inside a simple name of this package */
} SdkPackage;
SdkPackage sdkset_package(const SdkSet *set, Span package);
const SdkAnchor *sdkset_class_in(const SdkSet *set, SdkPackage package, Span name, size_t simple);

/* Every code prefix, sorted by text: those under "com.x" stand behind it and begin with "com.x.". */
size_t sdkset_prefixes(const SdkSet *set, const SdkAnchor *const **list);

/* First-party rule: sets own[Sdk.index] of every SDK under one of whose code prefixes the application id lies, which equals
 * one, or holds one of its segments; a prefix that is a place strangers share (a builder kit's) does not count. Such an app is
 * the vendor's own. */
void sdkset_mark_own(const SdkSet *set, const char *application_id, bool *own);

/* ---- everything else: NULL is nobody's */

/* The owner of a component class, meta-data key, intent action or library file name (valid UTF-8): an exact entry first,
 * else the one with '*' that has the longest head. */
const SdkAnchor *sdkset_name(const SdkSet *set, SdkNameKind kind, const char *name);

/* The owner of a host in lower case: the longest of the data's names that it equals or ends in behind a '.'. */
const SdkAnchor *sdkset_host(const SdkSet *set, const char *host);

/* Whether a host in lower case only stands in names of XML namespaces and the like (data/sdks/namespaces.tsv). */
bool sdkset_is_identifier(const SdkSet *set, const char *host);

const SdkFile *sdkset_file(const SdkSet *set, Span path);
const SdkSwitch *sdkset_switch(const SdkSet *set, const char *key);
/* Why no list may say that this text is an SDK's (data/sdks/refused.tsv); kind: code, component, metadata, action, native,
 * host. NULL: it may. Analysis does not ask: what is refused is not in the data. */
const char *sdkset_refused(const SdkSet *set, const char *kind, const char *text);

size_t sdkset_constants(const SdkSet *set, const SdkConstant *const **list);

#endif
