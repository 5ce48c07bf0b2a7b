/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protoarsc.h - resources.pb of an app bundle (aapt.pb.ResourceTable): the values of a few ids, and of what these refer to,
 * as the binary table that arsc.h reads. Field numbers: AOSP frameworks/base/tools/aapt2/Resources.proto and
 * Configuration.proto. Of a configuration the locale is kept; everything else only as how many conditions it makes. */
#ifndef ANALYZER_APK_PROTOARSC_H
#define ANALYZER_APK_PROTOARSC_H

#include "core/arena.h"
#include "core/error.h"

enum {
        PROTOARSC_ROUNDS = 8, /* walks over the table: as many references behind each other are followed */
        PROTOARSC_VALUES = 20000, /* values taken */
};

/* `out` lives in the arena. FAULT_MALFORMED: the message breaks off. FAULT_LIMIT: PROTOARSC_VALUES. */
bool protoarsc_convert(Span table, const uint32_t *ids, size_t n, Arena *arena, Span *out, GError **error);

#endif
