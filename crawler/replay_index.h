/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_index.h - a recording's replies.jsonl read once, so that an equal request finds its replies: 32 bytes of memory a line, the
 * lines themselves stay in the file. */
#ifndef CRAWLER_REPLAY_INDEX_H
#define CRAWLER_REPLAY_INDEX_H

#include "crawler/replay_line.h"

typedef struct ReplayIndex ReplayIndex;

enum { REPLAY_LINES_MAX = 10000000 };

/* FAULT_NOT_FOUND, FAULT_LIMIT, FAULT_MALFORMED with file and line. A last line without line feed is left out, told in the log. */
ReplayIndex *replay_index_read(const char *path, GError **error);
void replay_index_free(ReplayIndex *index); /* NULL is fine */

typedef enum { REPLAY_FOUND, REPLAY_NONE, REPLAY_DAMAGED /* error is set */ } ReplayFound;
/* The next reply to this request, in their order; the last one again and again. Its strings live in `arena`. */
ReplayFound replay_index_next(ReplayIndex *index, const ReplayAsk *ask, Arena *arena, ReplayLine *out,
                              GError **error);

#endif
