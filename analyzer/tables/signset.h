/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signset.h - what a name in an app stands for: data/posture/signs.tsv (settings and special access) and
 * data/blind/signs.tsv (code that cannot be read). Read-only once loaded; any thread may ask. */
#ifndef ANALYZER_TABLES_SIGNSET_H
#define ANALYZER_TABLES_SIGNSET_H

#include "core/error.h"
#include "core/span.h"

typedef struct SignSet SignSet;

/* What the pattern is compared with. */
typedef enum {
        /* posture */
        SIGN_PERMISSION, /* a permission the app asks for */
        SIGN_GUARD,      /* the permission that guards a component */
        SIGN_ACTION,     /* an action in a component's intent filter */
        /* posture and blind */
        SIGN_CALL, /* Call.what; blind: of the app's own or nobody's code */
        SIGN_DATA, /* Call.data_type */
        /* blind */
        SIGN_SDK_CALL,     /* Call.what, of a known SDK's code */
        SIGN_SDK,          /* id of an SDK found with more than low confidence */
        SIGN_CATEGORY,     /* category of such an SDK */
        SIGN_NATIVE,       /* file name of a library under lib/ */
        SIGN_ENTRY,        /* path of an entry */
        SIGN_CLASS,        /* class the app defines, "com.x.Y"; no '*' */
        SIGN_ANOMALY,      /* code of an anomaly */
        SIGN_KNOWN_ENTRY,  /* path that an anomaly names: known, and counts as this row says */
        SIGN_QUIET_NATIVE, /* a library that hides nothing: run-time support */
        SIGN_QUIET_ENTRY,  /* an entry that hides nothing: media, texts */
        SIGN_KINDS
} SignKind;

typedef struct Sign {
        const char *code; /* "webview-bridge"; NULL for quiet ones */
        SignKind kind;
        const char *pattern;       /* '*' stands for any bytes */
        const char *const *hides;  /* blind: NULL-terminated, of code native web content */
        const char *const *except; /* SDK-CALL: ids of SDKs it does not count for; NULL-terminated */
        const char *detail;        /* in plain words */
        const struct Sign *next;   /* another row of the same kind and pattern */
} Sign;

/* Reads `data_home`/posture/signs.tsv and blind/signs.tsv. NULL on failure, naming file and line. */
SignSet *signset_load(const char *data_home, GError **error);
void signset_free(SignSet *set); /* NULL is fine; signs go with it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignSet, signset_free)

const char *signset_digest(const SignSet *set); /* SHA-256 hex over both files */

/* Signs of one kind for one of the two passes, in file order. */
typedef enum { SIGNS_POSTURE, SIGNS_BLIND } SignUse;
size_t signset_list(const SignSet *set, SignUse use, SignKind kind, const Sign *const **signs);

/* What the text stands for: the rows of the best pattern that fits it whole (globs.h), NULL: none. Several rows of one
 * pattern are chained by `next`, in file order. */
const Sign *signset_find(const SignSet *set, SignUse use, SignKind kind, Span text);

#endif
