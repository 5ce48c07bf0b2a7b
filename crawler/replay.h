/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.h - every reply of a sweep kept in a folder, and a sweep run again from that folder without a network: to mend a parser,
 * and to publish a study that others can repeat.
 *
 *   DIR/recording.json   program, format, when, User-Agent
 *   DIR/replies.jsonl    a line a reply, in order: request (method, URL with "{key}" for a key, digest of the body it sent, range,
 *                        conditions), how it ended, status, the headers that matter, digest and size of the body
 *   DIR/bodies/ab/cd...  each body once, gzip, named by its SHA-256 (APKs too: what is published is the user's choice)
 *
 * A request is answered by the recorded replies to an equal request, one after the other, the last one for ever; one that was never
 * recorded ends as FETCH_CONNECT "not in the recording". */
#ifndef CRAWLER_REPLAY_H
#define CRAWLER_REPLAY_H

#include "core/arena.h"
#include "crawler/fetch.h"

typedef struct Replay Replay;
typedef enum { REPLAY_KEEP, REPLAY_ANSWER } ReplayMode;

/* REPLAY_KEEP makes the folder, or adds to one of the same sweep; REPLAY_ANSWER reads all lines (bounded) and no body.
 * FAULT_MALFORMED with file and line. */
Replay *replay_open(const char *folder, ReplayMode mode, GError **error);
bool replay_close(Replay *replay, GError **error); /* flushes and frees; NULL is fine */
ReplayMode replay_mode(const Replay *replay);

/* Keeps a reply; body is memory (reply->body) or reply->fd (read by pread, position untouched). Refused replies and failures are
 * kept, too; cancelled ones are not. Never fails the fetch: what cannot be written is told by replay_close and logged once. */
void replay_keep(Replay *replay, const FetchWish *wish, const FetchReply *reply);

/* A reply that was kept. */
typedef struct {
        FetchEnd end;
        long status;
        const char *detail, *etag, *last_modified, *url, *content_type, *location;
        int64_t retry_after_ms, total;
        Span body; /* as it was decoded; FETCH_OK only */
} ReplayReply;
/* Always answers; strings and body live in `arena`. */
void replay_answer(Replay *replay, const FetchWish *wish, Arena *arena, ReplayReply *out);

#endif
