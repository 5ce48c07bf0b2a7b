/* SPDX-License-Identifier: GPL-3.0-or-later */
/* factid.h - the short names under which statistics count things, and the packed form of a set of them.
 *
 * A fact id is text: "<kind>:<what>", for instance
 *     outcome:analysed                     permission:android.permission.CAMERA
 *     sdk:umeng-analytics                  target-sdk:33          signer:<sha256 hex>
 *     verdict:not-advised:android.permission.READ_CONTACTS       app-type:map_navigation
 *     tier:manifest                        tier:dex               of facts of a part of the file alone
 * The store interns each text once as a number; a vector is the ascending list of an app's numbers as LEB128 varints of the
 * differences. Statistics walk vectors and never unpack a record. */
#ifndef CORE_FACTID_H
#define CORE_FACTID_H

#include "core/record.h"

typedef void (*FactIdFn)(const char *id, void *context); /* `id` is borrowed for the call */

/* The ids that an app's facts stand for; none twice. An app that could not be read gives only its outcome. */
void factid_of_facts(const Facts *facts, FactIdFn each, void *context);

/* The ids of one observation without facts (unfetched): its outcome. */
void factid_of_outcome(const char *outcome, FactIdFn each, void *context);

/* The ids that findings stand for: app-type:<key> (or app-type:none), verdict:<verdict>:<permission>. */
void factid_of_findings(const Findings *findings, FactIdFn each, void *context);

/* Is it of this kind? Then *what (NULL: not wanted) is the rest of it, borrowed. */
bool factid_has_kind(const char *id, const char *kind, const char **what); /* what may be NULL */

/* Vectors. encode sorts and drops duplicates in place. decode appends to `ids` (guint32) and fails on malformed bytes. */
void vector_encode(GArray *ids, GByteArray *out);
bool vector_decode(Span bytes, GArray *ids);

#endif
