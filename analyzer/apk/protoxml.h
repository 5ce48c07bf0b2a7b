/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protoxml.h - XML as app bundles hold it (aapt.pb.XmlNode) put into the binary form that axml.h reads, so that one reader
 * decides what a manifest means. Attributes come out in order of their resource ids, as aapt2 writes them.
 * Field numbers: AOSP frameworks/base/tools/aapt2/Resources.proto; both forms that Primitive has had. */
#ifndef ANALYZER_APK_PROTOXML_H
#define ANALYZER_APK_PROTOXML_H

#include "analyzer/apk/protowire.h"

#include "core/arena.h"
#include "core/error.h"

enum { PROTOXML_LIMIT = 64 << 20, /* bytes of binary XML */ PROTOXML_REFERENCES = 4096 };

typedef struct {
        Span axml; /* in the arena */
        /* resources that its attributes refer to, each once; the first PROTOXML_REFERENCES of them */
        size_t n_references;
        uint32_t references[PROTOXML_REFERENCES];
} ProtoXml;

/* FAULT_MALFORMED: no such message, no element, or more than one where one belongs. FAULT_LIMIT: elements more than
 * AXML_DEPTH_LIMIT deep, over 65,535 attributes of one element, or over PROTOXML_LIMIT. */
bool protoxml_convert(ProtoXml *out, Span message, Arena *arena, GError **error);

/* What an aapt.pb.Item is worth: a text when `type` is RES_STRING, else `data`. False: nothing that has a value by itself (an
 * id, an unknown kind), or a broken message. */
typedef struct {
        uint8_t type; /* ResType */
        uint32_t data;
        Span text;
} ProtoItem;
bool protoxml_item(Span message, ProtoItem *out);

#endif
