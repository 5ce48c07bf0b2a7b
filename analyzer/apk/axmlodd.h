/* SPDX-License-Identifier: GPL-3.0-or-later */
/* axmlodd.h - what is unusual about a binary manifest that Android reads all the same: no tool of the platform writes such
 * things, people who want to mislead other tools do. None of it changes what the manifest means. */
#ifndef ANALYZER_APK_AXMLODD_H
#define ANALYZER_APK_AXMLODD_H

#include "analyzer/apk/oddity.h"

/* Walks a document that axml.h read to its end; stops quietly where it cannot go on. Notes, none of which Android minds:
 *   manifest-file-type          the type is not that of XML
 *   manifest-header-size        headers longer than their fields
 *   manifest-tail               bytes behind the stated end
 *   manifest-unknown-chunk      chunks or nodes of no known type
 *   manifest-second-pool        another string pool or resource map
 *   manifest-string-index       strings that the pool counts and does not hold
 *   manifest-attribute-layout   attributes that do not follow their element, or are not 20 bytes long
 *   manifest-node-junk          bytes in a node that nothing stands in
 *   manifest-attribute-name     framework attributes without their name or namespace
 *   manifest-decoy-attribute    spelled like a framework attribute, without its id: Android does not see it
 *   manifest-second-attribute   two attributes of one id: Android takes the first
 *   manifest-namespace-open     namespaces that are not closed, or closed without being opened
 *   manifest-permission-elsewhere  <uses-permission> that is no child of <manifest>: Android does not see it */
void axmlodd_note(Span bytes, Oddities *odd, Arena *arena);

#endif
