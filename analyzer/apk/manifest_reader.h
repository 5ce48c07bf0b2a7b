/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest_reader.h - what the parts of the manifest reader share: manifest.c (root, permissions, SDK levels, queries),
 * application.c (<application> itself) and component.c (what stands in it). Nobody else includes it. */
#ifndef ANALYZER_APK_MANIFEST_READER_H
#define ANALYZER_APK_MANIFEST_READER_H

#include "analyzer/apk/manifest.h"

typedef struct {
        Axml xml;
        Attributes at;
        Arena *arena;
        Manifest *out;
        bool uses_sdk; /* a <uses-sdk> was seen */
        GError *error; /* of the document, set by reader_child */
} Reader;

/* Moves to the next direct child of the element at depth `parent`, however deep the last one was left. False
 * when the parent ends, the document ends, or an error is set. */
bool reader_child(Reader *reader, unsigned parent);

/* What was not fetched since the count was `before` is texts for people and apps (labels, values of meta-data), which nothing
 * else is worked out from. */
void reader_texts(Reader *reader, unsigned before);

void reader_note(Reader *reader, const char *code, bool rejects, const char *where);

/* ".Main" and "Main" as Android completes them with the package. */
const char *reader_class(Reader *reader, const char *name);

/* A name that may start with ':', completed with the package. NULL and "" stay what they are. */
const char *reader_compound(Reader *reader, const char *name);

/* The parts of `list` between separators, empty ones left out, pushed onto (*n, *array). */
void reader_split(Reader *reader, const char *list, const char *separator, size_t *n, char ***array);

/* From the START of <application> to its end. */
void reader_application(Reader *reader);

/* What <application> sets for the components in it; NULL: nothing. */
typedef struct {
        const char *permission, *process, *task_affinity;
        bool enabled, reparenting;
} Inherited;

/* From the START of a child of <application> to its end: a component with its filters, or meta-data; anything else is
 * left alone. */
void reader_component(Reader *reader, const Inherited *inherited);

/* Once everything is read: defaults that depend on the target SDK, and what Android 12 demands. */
void reader_finish_components(Reader *reader);

#endif
