/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arsc.h - resources.arsc: from a resource id to its values by locale. Type tables are listed when it is
 * opened and read when asked, so that a broken corner matters only to who needs it. Layouts: docs/formats.md,
 * after AOSP's ResourceTypes.h; sparse, 16-bit-offset and compact entries included. */
#ifndef ANALYZER_APK_ARSC_H
#define ANALYZER_APK_ARSC_H

#include "analyzer/apk/axml.h"

enum {
        ARSC_REFERENCE_DEPTH = 20,
        ARSC_WORK_LIMIT = 20000, /* type tables and references looked at for one id */
        ARSC_LOCALE_SIZE = 24
};

typedef struct Arsc Arsc;

/* One value of a resource. Where several configurations share a locale, the one with the fewest other
 * conditions (no density, no API level) is taken. */
typedef struct {
        char locale[ARSC_LOCALE_SIZE]; /* BCP 47: "", "zh", "zh-CN", "zh-Hant-TW", "fil" */
        ResValue value;                /* never a reference: those were followed */
        const char *text;              /* of a RES_STRING, valid UTF-8; else NULL */
} ArscValue;

/* `bytes` must outlive it. FAULT_MALFORMED when the chunks do not fit into each other. */
Arsc *arsc_open(Span bytes, Arena *arena, GError **error);

/* The same of a table of `size` bytes of which only the front is here, or nothing at all. What does not lie whole in it is left
 * out: arsc_default gives a value only where what is missing cannot change it (stated in front for the default configuration
 * and nothing else), arsc_values gives none. */
Arsc *arsc_open_front(Span front, size_t size, Arena *arena, GError **error);
bool arsc_is_cut(const Arsc *arsc);

/* Values of `id`, one per locale, the default ("") first when there is one, the rest in order of locale. 0
 * when there is none, for instance for ids of the framework. *values lives in the arena. */
size_t arsc_values(const Arsc *arsc, uint32_t id, const ArscValue **values);

/* The default locale's value, else English, else the first one. NULL: none. */
const ArscValue *arsc_default(const Arsc *arsc, uint32_t id);

#endif
