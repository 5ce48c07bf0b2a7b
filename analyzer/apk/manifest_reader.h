/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest_reader.h - what the two halves of the manifest reader share: manifest.c (root, permissions, SDK
 * levels) and component.c (what stands in <application>). Nobody else includes it. */
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

void reader_note(Reader *reader, const char *code, bool rejects, const char *where);

/* ".Main" and "Main" as Android completes them with the package. */
const char *reader_class(Reader *reader, const char *name);

/* From the START of <application> to its end. */
void reader_application(Reader *reader);

/* Once everything is read: defaults that depend on the target SDK, and what Android 12 demands. */
void reader_finish_components(Reader *reader);

#endif
