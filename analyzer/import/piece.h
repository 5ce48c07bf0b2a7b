/* SPDX-License-Identifier: GPL-3.0-or-later */
/* piece.h - whether one prefix, name or host of somebody's list may become an SDK's; the rules stand in plan.h. */
#ifndef ANALYZER_IMPORT_PIECE_H
#define ANALYZER_IMPORT_PIECE_H

#include "analyzer/import/plan.h"

#include "core/arena.h"

typedef struct {
        bool known;      /* this SDK has it already */
        const char *why; /* it may not; a literal, the set's or the arena's. NULL and not known: it is new */
} PieceVerdict;

/* `ours`: the SDK it would go to, NULL for a new one. */
PieceVerdict piece_judge(const SdkSet *set, const Sdk *ours, PlanKind kind, const char *text, Arena *arena);

SdkNameKind piece_name_kind(PlanKind kind); /* of components, metadata, actions and natives */

#endif
