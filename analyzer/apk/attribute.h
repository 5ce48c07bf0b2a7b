/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attribute.h - attributes of the manifest element at hand by resource id, as Android's TypedArray hands them
 * out: references followed through the resource table, each getter with its own idea of what it accepts. */
#ifndef ANALYZER_APK_ATTRIBUTE_H
#define ANALYZER_APK_ATTRIBUTE_H

#include "analyzer/apk/arsc.h"
#include "analyzer/apk/oddity.h"

/* frameworks/base/core/res/res/values/public.xml */
enum {
        ATTR_LABEL = 0x01010001,
        ATTR_NAME = 0x01010003,
        ATTR_PERMISSION = 0x01010006,
        ATTR_READ_PERMISSION = 0x01010007,
        ATTR_WRITE_PERMISSION = 0x01010008,
        ATTR_PROTECTION_LEVEL = 0x01010009,
        ATTR_SHARED_USER_ID = 0x0101000b,
        ATTR_HAS_CODE = 0x0101000c,
        ATTR_ENABLED = 0x0101000e,
        ATTR_DEBUGGABLE = 0x0101000f,
        ATTR_EXPORTED = 0x01010010,
        ATTR_PROCESS = 0x01010011,
        ATTR_TASK_AFFINITY = 0x01010012,
        ATTR_AUTHORITIES = 0x01010018,
        ATTR_INIT_ORDER = 0x0101001a,
        ATTR_GRANT_URI_PERMISSIONS = 0x0101001b,
        ATTR_LAUNCH_MODE = 0x0101001d,
        ATTR_VALUE = 0x01010024,
        ATTR_RESOURCE = 0x01010025,
        ATTR_SCHEME = 0x01010027,
        ATTR_TARGET_ACTIVITY = 0x01010202,
        ATTR_ALLOW_TASK_REPARENTING = 0x01010204,
        ATTR_MIN_SDK_VERSION = 0x0101020c,
        ATTR_VERSION_CODE = 0x0101021b,
        ATTR_VERSION_NAME = 0x0101021c,
        ATTR_TARGET_SDK_VERSION = 0x01010270,
        ATTR_MAX_SDK_VERSION = 0x01010271,
        ATTR_TEST_ONLY = 0x01010272,
        ATTR_BACKUP_AGENT = 0x0101027f,
        ATTR_ALLOW_BACKUP = 0x01010280,
        ATTR_FULL_BACKUP_CONTENT = 0x010104eb,
        ATTR_USES_CLEARTEXT_TRAFFIC = 0x010104ec,
        ATTR_NETWORK_SECURITY_CONFIG = 0x01010527,
        ATTR_REQUIRED_FEATURE = 0x01010554,
        ATTR_REQUIRED_NOT_FEATURE = 0x01010555,
        ATTR_IS_FEATURE_SPLIT = 0x0101055b,
        ATTR_VERSION_CODE_MAJOR = 0x01010576,
        ATTR_APP_COMPONENT_FACTORY = 0x0101057a,
        ATTR_IS_SPLIT_REQUIRED = 0x01010591,
        ATTR_FOREGROUND_SERVICE_TYPE = 0x01010599,
        ATTR_REQUEST_LEGACY_EXTERNAL_STORAGE = 0x01010603,
        ATTR_DATA_EXTRACTION_RULES = 0x0101063e,
        ATTR_USES_PERMISSION_FLAGS = 0x01010644,
        ATTR_SHARED_USER_MAX_SDK_VERSION = 0x0101064d,
        ATTR_REQUIRED_SPLIT_TYPES = 0x0101064e,
        ATTR_SPLIT_TYPES = 0x0101064f
};

enum {
        ATTR_TEXT_LIMIT = 4096
}; /* bytes kept of one text; a longer one is cut and noted as manifest-long-text */

typedef struct {
        Axml *xml;        /* after an AXML_START */
        const Arsc *arsc; /* NULL: references lead nowhere */
        Arena *arena;
        unsigned
                unfetched; /* references that led to what is not here of the table: not noted as unresolved */
        Oddities *odd;     /* manifest-attribute-order, manifest-unresolved-reference, manifest-long-text */
} Attributes;

bool attr_has(Attributes *a, uint32_t id);

/* The value with references followed to their default configuration; `text` is set for RES_STRING. False:
 * absent, or a reference that leads nowhere. */
bool attr_value(Attributes *a, uint32_t id, ResValue *value, const char **text);

/* What a reference leads to by default; NULL: nowhere, or not known, which is counted. */
const ArscValue *attr_follow(Attributes *a, uint32_t resource);

/* The reference itself. False when it is absent or something else. */
bool attr_reference(Attributes *a, uint32_t id, uint32_t *resource);

/* references followed, numbers spelled out; NULL: absent */
const char *attr_text(Attributes *a, uint32_t id);
/* only what stands in the manifest as a string, else NULL */
const char *attr_literal(Attributes *a, uint32_t id);
bool attr_int(Attributes *a, uint32_t id, int32_t *out);
bool attr_bool(Attributes *a, uint32_t id, bool otherwise);

/* An attribute of the android namespace as XmlPullParser users find it, by its spelling ("name"), and where that fails
 * by id. */
const char *attr_spelled(Attributes *a, const char *name, uint32_t id);

char *attr_spell(Arena *arena, ResValue value, const char *text); /* "31", "true", "#ff00ff00", the text */
const char *attr_cut(Attributes *a, const char *text);            /* ATTR_TEXT_LIMIT; NULL stays NULL */

#endif
