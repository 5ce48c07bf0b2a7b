/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meaning.h - what the methods, fields and strings that instructions name mean to the tables, worked out at the first sight
 * of each and remembered by its index: nearly all mean nothing, and saying so must cost one load. */
#ifndef ANALYZER_CODE_MEANING_H
#define ANALYZER_CODE_MEANING_H

#include "analyzer/code/code.h"

typedef struct Meanings Meanings;

enum {
        MEANING_TEXT_LIMIT = 2048, /* bytes of a constant; what is longer means nothing */
        MEANING_LIMIT = 10000,     /* members and constants of one app; no table is that large */
        MEANING_HOSTS = 50000      /* hosts of one app; what comes later is left out */
};

/* One for all references that come to the same: the same member of the platform in the same grade, the same constant. */
typedef struct Meaning {
        const ApiMember *member;     /* of methods and fields */
        const ApiConstant *constant; /* of strings */
        const Api *api;
        const PermissionNeed *need;
        ApiKind kind;
        Grade grade;
        unsigned sinks;   /* members: what calling it is; constants: what must be called beside it */
        const char *what; /* valid UTF-8 */
        const char *host; /* strings: the URL's host; api, need and sinks are nothing then */
        bool cleartext;
        struct Meaning *also; /* of strings: what else the same text is in the tables */
        void *seen;           /* for whoever walks the code; NULL at first */
} Meaning;

/* The references of one dex file: by index, what was found out about each. */
typedef struct {
        unsigned dex;
        uint32_t n_methods, n_fields, n_strings;
        uint16_t *methods, *fields, *strings; /* 0: nobody asked yet; MEANING_NOTHING; else its number */
} MeaningTable;
enum { MEANING_NOTHING = 1 };

/* `work`: so many steps are taken for references that were not asked for before (classes_work, meanings_work) and no more; what
 * is asked after that means nothing. */
Meanings *meanings_new(Classes *classes, const Dex *const *dex, size_t n_dex, const ApiSet *apis,
                       uint64_t work, Arena *arena);
const MeaningTable *meanings_table(const Meanings *meanings, unsigned dex);

bool meanings_full(const Meanings *meanings);     /* there was more than MEANING_LIMIT */
uint64_t meanings_work(const Meanings *meanings); /* 16-bit units of strings that were looked at */

Meaning *meaning_ask_method(Meanings *meanings, const MeaningTable *table, uint32_t method);
Meaning *meaning_ask_field(Meanings *meanings, const MeaningTable *table, uint32_t field);
Meaning *meaning_ask_string(Meanings *meanings, const MeaningTable *table, uint32_t string);

/* NULL: nothing. Any index is fine. Lives in the arena. */
static inline Meaning *meaning_of_method(Meanings *m, const MeaningTable *t, uint32_t method)
{
        return method >= t->n_methods || t->methods[method] == MEANING_NOTHING
                       ? NULL
                       : meaning_ask_method(m, t, method);
}

static inline Meaning *meaning_of_field(Meanings *m, const MeaningTable *t, uint32_t field)
{
        return field >= t->n_fields || t->fields[field] == MEANING_NOTHING ? NULL
                                                                           : meaning_ask_field(m, t, field);
}

static inline Meaning *meaning_of_string(Meanings *m, const MeaningTable *t, uint32_t string)
{
        return string >= t->n_strings || t->strings[string] == MEANING_NOTHING
                       ? NULL
                       : meaning_ask_string(m, t, string);
}

#endif
