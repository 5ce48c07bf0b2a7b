/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signextra.h - what is written into an APK beside its signatures, where no signature covers it: the channel
 * by which a store or builder marks its copies (Walle, VasDolly, packer-ng), and what Google's tools leave
 * there. */
#ifndef ANALYZER_APK_SIGNEXTRA_H
#define ANALYZER_APK_SIGNEXTRA_H

#include "core/record.h"

/* A pair of the APK Signing Block that is no signature scheme; never NULL. */
SigningExtra *signextra_of_pair(uint32_t id, Span value, Arena *arena);

/* The channel at the end of the archive's comment, where VasDolly and the first packer-ng put it into APKs
 * that have a v1 signature only; NULL when there is none. `end_offset` is that of the end record. */
SigningExtra *signextra_of_comment(Span file, size_t end_offset, Arena *arena);

#endif
