/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apiset.h - which members of the platform (and of known SDKs) give which personal data and ask for which permission, and
 * which constants stand for such data: data/apis compiled for look-up. Read-only once loaded; any thread may ask.
 *
 * Names are spelled as in dex files: class descriptors "Landroid/os/Build;", prototypes "(I)V". */
#ifndef ANALYZER_TABLES_APISET_H
#define ANALYZER_TABLES_APISET_H

#include "core/error.h"
#include "core/span.h"

typedef struct ApiSet ApiSet;

typedef enum {
        API_METHOD,
        API_FIELD,
        API_URI,        /* content:// URIs: the constant, or a field that holds it */
        API_SETTING,    /* keys of Settings.Secure, System, Global */
        API_PROP,       /* system properties */
        API_PATH,       /* files under /sys and /proc */
        API_SHELL,      /* command lines */
        API_REFLECT,    /* names of classes and methods given to reflection */
        API_INTENT,     /* actions of intents */
        API_SERVICE,    /* services an app declares to be given data (accessibility ...) */
        API_SYSSERVICE, /* names of system services */
        API_KINDS
} ApiKind;
const char *api_kind_name(ApiKind kind); /* "method", "uri" ... */

/* One row of apis.tsv: evidence that data is taken, or, where `behaviour` says so, of something else worth knowing. */
typedef struct {
        unsigned index; /* place in the set; < apiset_len */
        ApiKind kind;
        const char *
                what; /* "Landroid/os/Build;->SERIAL", "Lx;->m(I)V", or the constant; the row's, not the call's */
        const char *data_type, *action; /* action: read listen control */
        const char *const *permissions; /* NULL-terminated: any one of them opens it; may be empty */
        bool external;                  /* tier external: an SDK's or wrapper's member */
        bool behaviour; /* no personal data; data_type is dynamic_code reflection native_code shell
                                           webview_bridge permission_request or sdk_init */
        bool recalled;  /* stated by memory alone: weighs less */
} Api;

/* One permission that a member, URI or intent may need. */
typedef struct PermissionNeed {
        const char *permission;
        bool exact; /* from the platform's own annotations; else from published maps, good only for crediting use */
        const struct PermissionNeed *next;
} PermissionNeed;

/* What a method must also call, so that a constant beside it counts. Bits; see data/apis/sinks.tsv. */
typedef enum {
        SINK_RESOLVER = 1 << 0, /* ContentResolver.query and its like, CursorLoader, Uri.parse */
        SINK_SETTINGS = 1 << 1, /* Settings.Secure.getString and its like */
        SINK_PROPERTY = 1 << 2, /* SystemProperties.get, also by reflection; System.getProperty */
        SINK_FILE = 1 << 3,     /* File, FileReader, FileInputStream, RandomAccessFile, Os.open */
        SINK_EXEC = 1 << 4,     /* Runtime.exec, ProcessBuilder */
        SINK_REFLECT = 1 << 5,  /* Class.forName, getMethod, Method.invoke, loadClass */
        SINK_INTENT = 1 << 6,   /* new Intent, setAction, IntentFilter, startActivity, registerReceiver */
        SINK_SERVICE = 1 << 7,  /* getSystemService, ServiceManager.getService */
        SINK_PREFERENCE =
                1
                << 8, /* reads a stored yes or no: SharedPreferences.getBoolean, getInt, contains, MMKV ... */
        SINK_BINDER =
                1 << 9 /* ServiceManager.getService alone: names that are common beside getSystemService */
} Sink;

/* A member of a class as code names it. Overloads are members of their own, chained by `next`. */
typedef struct ApiMember {
        const char *name;
        const char *descriptor;       /* "(I)V" or a field's type; NULL: every overload */
        const Api *api;               /* NULL: no personal data by itself */
        const PermissionNeed *need;   /* NULL: none known */
        unsigned sinks;               /* Sink bits */
        const struct ApiMember *next; /* the same class and name, another descriptor */
} ApiMember;

/* A class the tables know something about, or that inherits from one. */
typedef struct ApiClass ApiClass;

/* What a constant string means. Several rows may share one: chained. */
typedef struct ApiConstant {
        const char *text;
        const Api *api;             /* NULL: only a permission */
        const PermissionNeed *need; /* NULL: none known */
        unsigned sinks;             /* any one of these must be called in the same method */
        ApiKind kind;
        const struct ApiConstant *next;
} ApiConstant;

/* Reads `data_home`/apis/. NULL on failure, naming file and line. */
ApiSet *apiset_load(const char *data_home, GError **error);
void apiset_free(ApiSet *set); /* NULL is fine; everything it gave goes with it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiSet, apiset_free)

const char *apiset_digest(const ApiSet *set); /* SHA-256 hex over all files */
size_t apiset_len(const ApiSet *set);
const Api *apiset_at(const ApiSet *set, size_t i);

/* The class of this descriptor, NULL when the tables know neither it nor a superclass of it. Quick for the many that they
 * do not know: most are told apart by their first bytes. */
const ApiClass *apiset_class(const ApiSet *set, Span descriptor);

/* Is it the class of this descriptor, or does it inherit from it? As far as data/apis/platform_classes.tsv tells, which
 * holds the classes where Android calls into an app too (Runnable, Activity, Dialog ...). NULL is nothing. */
bool api_class_is(const ApiClass *c, Span descriptor);

/* Members of this name, of the class itself or else of the nearest framework superclass or interface that has one; NULL:
 * none. The caller compares descriptors with api_member_fits or walks `next`. */
const ApiMember *apiset_members(const ApiClass *c, Span name, bool field);

/* The first member of the chain for this descriptor: an exact one, else one without descriptor. NULL: none. */
const ApiMember *api_member_fits(const ApiMember *first, const char *descriptor);

/* What a constant string means, NULL: nothing. URIs match by prefix at '/', '?', '#' or the end, commands by prefix at a
 * blank or the end, paths by prefix where the table's ends in '/', everything else whole. Quick for strings that mean
 * nothing. */
const ApiConstant *apiset_constant(const ApiSet *set, Span text);

/* Does any row name this permission? Use of one that none names cannot be found, nor its absence. */
bool apiset_credits(const ApiSet *set, const char *permission);

/* Needs and data of an intent action, permission-protected component or service (manifest side); NULL: unknown. */
const ApiConstant *apiset_action(const ApiSet *set, const char *action);

#endif
