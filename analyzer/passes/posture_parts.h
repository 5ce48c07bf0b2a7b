/* SPDX-License-Identifier: GPL-3.0-or-later */
/* posture_parts.h - what the files of the posture pass share: posture.c (the pass, records), posture_package.c,
 * posture_components.c, posture_network.c and posture_signs.c. Nobody else includes it. */
#ifndef ANALYZER_PASSES_POSTURE_PARTS_H
#define ANALYZER_PASSES_POSTURE_PARTS_H

#include "analyzer/apk/manifest.h"
#include "analyzer/pass.h"

enum { POSTURE_PLACES = 20, POSTURE_WORDS = 8 }; /* kept in `where`; named in a list in `detail` */

typedef struct {
        Apk *apk;
        Facts *facts;
        const Manifest *manifest;
        Arena *arena;
        int32_t target;      /* SDK level; INT32_MAX for a codename */
        GHashTable *records; /* code -> Posture, of what was said so far */
        GHashTable *places;  /* Posture -> set of its places */
} PostureWork;

/* The record of `code`, new or said before (then its detail stays). detail: in plain words, in the arena or a literal. */
Posture *posture_say(PostureWork *work, const char *code, const char *detail);

/* One more place: counted once, listed among the first POSTURE_PLACES. `where` lives as long as the arena. */
void posture_at(PostureWork *work, Posture *record, const char *where);

/* The same for a component; one that is switched off in the manifest goes under "<code>-disabled" and NULL is returned: the
 * app itself would have to switch it on. */
Posture *posture_component(PostureWork *work, const char *code, const char *detail,
                           const Component *component);

/* Appends to the record's detail. */
void posture_add(PostureWork *work, Posture *record, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A list of distinct words with how often each came, for details: "singleTask 3, singleTop". */
typedef struct {
        size_t n; /* distinct words, of which POSTURE_WORDS are kept */
        const char *words[POSTURE_WORDS];
        unsigned times[POSTURE_WORDS];
} PostureList;
void posture_count(PostureList *list, const char *word);
/* in the arena; `numbers`: with how often */
const char *posture_list(const PostureWork *work, const PostureList *list, bool numbers);

void posture_package(PostureWork *work);
void posture_components(PostureWork *work);
void posture_network(PostureWork *work);
void posture_signs(PostureWork *work);

#endif
