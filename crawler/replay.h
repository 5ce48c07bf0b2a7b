/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.h - every reply of a sweep kept in a folder, and a sweep run again from that folder without a network: to mend a parser,
 * and to publish a study that others can repeat.
 *
 *   DIR/recording.json     program, format, when, sweep, User-Agent
 *   DIR/replies.jsonl      a line a reply, in order (replay_line.h)
 *   DIR/bodies/ab/abcd...  each body once, named by its SHA-256, gzip'ed unless it is an archive already (replay_body.h; APKs too:
 *                          what is published is the user's choice)
 *
 * A request is answered by the recorded replies to an equal request, one after the other, the last one for ever; a conditional
 * request that was never recorded, by those to the same request without conditions. Anything else ends as FETCH_CONNECT "not in
 * the recording". Equal are requests of the same method, URL, body, range, conditional or not, following redirects or not; request
 * headers are neither kept nor compared, so what changes from run to run (a time, an id) belongs there.
 *
 * No secret is kept: URLs stand with "{key}" and without user and password, and where a reply repeats the key, it is blotted out. */
#ifndef CRAWLER_REPLAY_H
#define CRAWLER_REPLAY_H

#include "core/arena.h"
#include "crawler/fetch.h"

typedef struct Replay Replay;
typedef enum { REPLAY_KEEP, REPLAY_ANSWER } ReplayMode;

/* REPLAY_KEEP makes the folder, or adds to what is there: a last line that a kill cut off is taken away, told in the log. FAULT_BUSY:
 * another process adds to it. REPLAY_ANSWER reads all lines (at most 64 KiB each and 10,000,000, for which it takes 32 bytes of
 * memory each) and no body; a torn last line is left out, told in the log. FAULT_NOT_FOUND, FAULT_UNSUPPORTED (a newer format),
 * FAULT_LIMIT, FAULT_MALFORMED with file and line. */
Replay *replay_open(const char *folder, ReplayMode mode, GError **error);

/* Writes down what is recorded, once it is known; FAULT_USAGE when the folder holds another sweep's replies already. Nothing to
 * REPLAY_ANSWER. Either may be NULL. */
bool replay_describe(Replay *replay, const char *sweep, const char *user_agent, GError **error);

/* Syncs and frees; false: something could not be kept, and what. NULL is fine. */
bool replay_close(Replay *replay, GError **error);
ReplayMode replay_mode(const Replay *replay);

/* Keeps a reply; body is memory (reply->body) or reply->fd (read by pread, position untouched). Refused replies and failures are
 * kept, too; cancelled ones and those that failed on our own disk are not. Written when it returns (not synced). Never fails the
 * fetch: what cannot be written is logged once, told by replay_close, and ends the keeping. */
void replay_keep(Replay *replay, const FetchWish *wish, const FetchReply *reply);

/* A reply that was kept. */
typedef struct {
        FetchEnd end;
        long status;
        const char *detail, *etag, *last_modified, *url, *content_type, *location;
        int64_t retry_after_ms, total; /* -1: none, not known */
        Span body;                     /* as it was decoded; FETCH_OK only */
        const char *sha256;            /* of the body; FETCH_OK only, NULL when that is empty */
} ReplayReply;
/* Always answers; strings and body live in `arena`. The wish's max_bytes, size and sha256 are held up against a kept body as they
 * are against one from the network. A body that is missing or damaged in the folder is FETCH_CONNECT, its detail names the file. */
void replay_answer(Replay *replay, const FetchWish *wish, Arena *arena, ReplayReply *out);

#endif
