/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest.h - sections of a jar's MANIFEST.MF and *.SF files (JAR File Specification, "Notes on Manifest and
 * Signature Files"): lines end in CRLF or LF, a line that begins with one space continues the one before, a
 * blank line ends a section. */
#ifndef CRAWLER_MARKETS_MANIFEST_H
#define CRAWLER_MARKETS_MANIFEST_H

#include "core/arena.h"
#include "core/error.h"

enum { MANIFEST_ATTRIBUTES = 200 }; /* in one section */

typedef struct {
        Span raw; /* the section's own bytes in the file, its ending blank line included: what is digested */
        size_t n;
        Span *keys;   /* as written; they compare without case */
        Span *values; /* continuation lines joined */
} ManifestSection;

/* The main section (name NULL) or the one whose Name is `name`. False: FAULT_NOT_FOUND, or FAULT_MALFORMED
 * when a line is no attribute, or two sections carry the name. */
bool manifest_section(Span file, const char *name, Arena *arena, ManifestSection *out, GError **error);

/* Value of an attribute; empty when absent. */
Span manifest_value(const ManifestSection *section, const char *key);

#endif
