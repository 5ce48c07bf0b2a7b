/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classes_parts.h - what the files of classes share with each other and with nobody else. */
#ifndef ANALYZER_CODE_CLASSES_PARTS_H
#define ANALYZER_CODE_CLASSES_PARTS_H

#include "analyzer/code/classes.h"
#include "analyzer/code/textset.h"

enum { ACC_STATIC = 0x8, ACC_INTERFACE = 0x200, ACC_ABSTRACT = 0x400 };

/* What one class was found to hold, once somebody asked. */
typedef struct {
        AppMethod *list;
        uint32_t n;
        bool read;
} Methods;

struct Classes {
        Arena *arena;
        const ApiSet *apis;
        const Dex *const *dex;
        size_t n_dex; /* 0 when all that would be kept is too much */
        AppClass *all;
        size_t n;
        TextKey key;
        uint32_t *slots; /* open addressing by name: class id + 1, 0 for an empty one */
        size_t mask;
        uint32_t **of_type; /* by dex number and type index */
        Methods *methods;   /* by class id */
        size_t methods_left;
        uint32_t *line;       /* classes_line's, room for all */
        uint32_t *seen, walk; /* by class id: the last walk that met it */
        uint32_t *
                first_heir; /* by class id: where its list in `heirs` begins; one more at the end. NULL: not asked yet */
        uint32_t *heirs; /* classes that state another as superclass or interface */
        uint64_t work;
        bool cut;
};

#endif
