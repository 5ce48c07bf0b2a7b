/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classes.h - the classes an app defines, over all its dex files: who inherits from whom, and where the app's code ends
 * and the platform's begins. The first definition of a name counts, as in Android's class loader; a circle of superclasses is
 * cut where it closes. */
#ifndef ANALYZER_CODE_CLASSES_H
#define ANALYZER_CODE_CLASSES_H

#include "analyzer/apk/dex.h"
#include "analyzer/code/owner.h"
#include "analyzer/tables/apiset.h"

typedef struct Classes Classes;

enum { CLASS_NONE = 0xffffffff };

typedef struct {
        const Dex *dex;
        uint32_t dex_number; /* place of the dex among the app's */
        uint32_t index;      /* class_def in it */
        DexClass def;
        uint32_t super; /* the app's class it extends, CLASS_NONE when that is not the app's */
        Span name;      /* descriptor */
        /* The nearest superclass that is not the app's and that the tables know something of (or NULL), and its name. */
        const ApiClass *platform;
        Span platform_name; /* of the first superclass that is not the app's, known or not */
        const ApiClass
                *held;  /* the nearest of it and its superclasses in the app that the tables know: an SDK's */
        uint16_t owner; /* owner.h */
        bool hidden;    /* an earlier dex file defines the same name: never loaded */
} AppClass;

/* Reads every class of every dex file. What it allocates lives in the arena; dex, apis and owners are borrowed. */
Classes *classes_new(const Dex *const *dex, size_t n_dex, const ApiSet *apis, Owners *owners, Arena *arena);

/* Headers share their tables, or classes their lists of methods or interfaces, so often that keeping all of it would take
 * many times the bytes there are: then it is not kept, and what the functions below say is too little. Never so for what
 * tools make. */
bool classes_cut(const Classes *classes);

/* Steps taken by the functions below so far: whoever asks much keeps an eye on it. */
uint64_t classes_work(const Classes *classes);

size_t classes_len(const Classes *classes);
const AppClass *classes_at(const Classes *classes, uint32_t id); /* id < len */
uint32_t classes_find(const Classes *classes,
                      Span descriptor); /* CLASS_NONE: the app defines no such class */

/* The class that type `type` of dex file number `dex` names: remembered, so that asking again is one load. */
uint32_t classes_of_type(Classes *classes, unsigned dex, uint32_t type);

/* Everything of the app that a class is: itself, then superclasses and interfaces, nearest first, each once. The list is
 * good until another function of this header is called. */
size_t classes_line(Classes *classes, uint32_t id, const uint32_t **line);

/* Is `id` the class `of` or does it inherit from it, through classes or interfaces? */
bool classes_inherits(Classes *classes, uint32_t id, uint32_t of);
/* The same for a class or interface of the platform, by descriptor ("Ljava/lang/Runnable;"). Only what app classes state is
 * known, and what platform_classes.tsv says of the platform's. */
bool classes_inherits_platform(Classes *classes, uint32_t id, const char *descriptor);

/* Calls `each` with the name of every class and interface of the platform that class `id` of the app states itself. */
void classes_each_platform(Classes *classes, uint32_t id, void (*each)(Span descriptor, void *context),
                           void *context);

/* Classes of the app that extend or implement `of`, at any depth, with an own way to be made (neither abstract nor an
 * interface), in order of id: at most `most` of them are written; one more than that is returned when there are more, or so
 * many classes between that they were not all looked at. */
size_t classes_heirs(Classes *classes, uint32_t of, uint32_t *heirs, size_t most);

/* A method of the app with its body. */
typedef struct {
        uint32_t class_id;
        uint32_t method;  /* method index in the class's own dex file */
        uint32_t flags;   /* access flags */
        uint32_t code_at; /* 0: abstract or native */
        bool is_virtual;
} AppMethod;

/* Methods that a class itself defines, in file order; remembered. */
size_t classes_methods(Classes *classes, uint32_t id, const AppMethod **methods);

/* The method that a reference (method index of dex file number `dex`) names when looked for from class `id` upwards through
 * the app's classes, then through interfaces that have a body for it (default methods). NULL: not the app's. */
const AppMethod *classes_resolve(Classes *classes, uint32_t id, unsigned dex, uint32_t method);

/* A method by its name and prototype ("onCreate", "()Z"; NULL prototype: the first of that name) in class `id` itself. */
const AppMethod *classes_method_named(Classes *classes, uint32_t id, const char *name,
                                      const char *descriptor);

/* The same, of the nearest of it and its superclasses in the app that has a body for it. */
const AppMethod *classes_method_above(Classes *classes, uint32_t id, const char *name,
                                      const char *descriptor);

/* The static initialiser of class `id` itself. NULL: none. */
const AppMethod *classes_initialiser(Classes *classes, uint32_t id);

#endif
