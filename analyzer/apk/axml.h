/* SPDX-License-Identifier: GPL-3.0-or-later */
/* axml.h - binary XML pulled event by event, accepting and refusing what AOSP's ResXMLTree does: the file's
 * type is not looked at, unknown chunks are skipped by size, bodies start where headers end, the tail behind
 * the stated size does not exist. Rules: docs/formats.md. */
#ifndef ANALYZER_APK_AXML_H
#define ANALYZER_APK_AXML_H

#include "analyzer/apk/strpool.h"

#include "core/error.h"

enum {
        AXML_DEPTH_LIMIT = 256,         /* elements inside each other */
        AXML_STRING_LIMIT = 1024 * 1024 /* strings in the pool that counts */
};

/* Types of a value, as in AOSP's ResourceTypes.h; 0x10 to 0x1f are numbers. */
typedef enum {
        RES_NULL = 0x00,
        RES_REFERENCE = 0x01,
        RES_ATTRIBUTE = 0x02,
        RES_STRING = 0x03,
        RES_FLOAT = 0x04,
        RES_DIMENSION = 0x05,
        RES_FRACTION = 0x06,
        RES_DYNAMIC_REFERENCE = 0x07,
        RES_FIRST_INT = 0x10,
        RES_INT_DEC = 0x10,
        RES_INT_HEX = 0x11,
        RES_INT_BOOLEAN = 0x12,
        RES_FIRST_COLOR = 0x1c,
        RES_LAST_INT = 0x1f
} ResType;

typedef struct {
        uint8_t type;  /* ResType */
        uint32_t data; /* for RES_STRING an index into the pool it came with */
} ResValue;

typedef struct {
        uint32_t ns, name, raw; /* pool indices, STRPOOL_NONE for none */
        uint32_t id;            /* resource id of the name, 0 when it has none */
        ResValue value;
} AxmlAttribute;

typedef enum { AXML_START, AXML_END, AXML_DONE, AXML_BAD } AxmlEvent;

typedef struct {
        Span bytes; /* up to the stated size of the document */
        bool lenient;
        Arena *arena;
        StrPool pool;
        const char **strings; /* decoded so far, by index */
        bool *tried;
        Span ids; /* the resource map's numbers */
        size_t next;
        size_t body, body_end; /* of the current node, behind its header */
        unsigned depth;        /* elements open, the current START included, the current END included */
        bool closes;           /* the last event was an END */
} Axml;

/* Reads up to the first node. `bytes` must outlive it, what it allocates lives in `arena`. With `lenient`,
 * alignment, attribute bounds and pool terminators that Android insists on are not insisted on; only for what
 * it refused otherwise. FAULT_MALFORMED: Android would not open it. FAULT_LIMIT: AXML_STRING_LIMIT. */
bool axml_open(Axml *xml, Span bytes, bool lenient, Arena *arena, GError **error);

/* The next element's start or end. AXML_BAD sets the error (FAULT_MALFORMED or FAULT_LIMIT) and stays. */
AxmlEvent axml_next(Axml *xml, GError **error);

/* After an AXML_START only. Depth counts the element itself: 1 for the root. */
const char *axml_name(Axml *xml); /* "" when its name is no string */
size_t axml_attributes(const Axml *xml);
bool axml_attribute(const Axml *xml, size_t i, AxmlAttribute *out);

/* The attribute with this resource id, found as Android's obtainAttributes finds it: by a walk that never
 * looks back, so that the first of two counts, and one behind a greater id is not seen. *hidden (may be NULL)
 * tells that one was not. */
bool axml_find(const Axml *xml, uint32_t id, AxmlAttribute *out, bool *hidden);

/* The attribute's raw string by its namespace and name as strings (ns NULL: none), as getAttributeValue finds
 * it. */
const char *axml_find_text(Axml *xml, const char *ns, const char *name);

/* The text that follows the element's start with nothing in between; NULL: something else does. Does not move. */
const char *axml_inner_text(Axml *xml);

const char *axml_string(Axml *xml, uint32_t index); /* NULL: none, or not decodable; lives in the arena */

#endif
