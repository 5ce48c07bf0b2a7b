/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_line.h - one line of a recording's replies.jsonl: a JSON object of the request and of how it ended. Keys, absent where there
 * is nothing to say:
 *   at_ms method url                   url as the market file has it, with "{key}"
 *   sent                               SHA-256 of the body of a POST
 *   from to                            one range, `to` behind its last byte; 0: to the end
 *   conditional stay                   true
 *   end                                fetch_end_name()
 *   status detail reply_url etag last_modified content_type location retry_after_ms total
 *   sha256 size                        of the reply's body, decoded */
#ifndef CRAWLER_REPLAY_LINE_H
#define CRAWLER_REPLAY_LINE_H

#include "core/arena.h"
#include "crawler/fetch.h"

enum { REPLAY_LINE_MAX = 64 << 10, REPLAY_KEY = 16 };

typedef struct { /* what makes two requests equal */
        const char *method, *url;
        const char *sent;  /* SHA-256 of the body, NULL: none */
        uint64_t from, to; /* to 0: no range, when from is 0 too */
        bool conditional, stay;
} ReplayAsk;

typedef struct {
        ReplayAsk ask;
        int64_t at_ms;
        FetchEnd end;
        long status;
        const char *detail, *url, *etag, *last_modified, *content_type, *location;
        int64_t retry_after_ms, total; /* -1: none, not known */
        const char *sha256;            /* of the body; NULL: empty or none */
        uint64_t size;
} ReplayLine;

/* Strings live in `arena` or are the wish's. */
ReplayAsk replay_ask(const FetchWish *wish, Arena *arena);
void replay_ask_key(const ReplayAsk *ask, uint8_t key[REPLAY_KEY]);

/* With its line feed; at most REPLAY_LINE_MAX bytes unless the URLs are that long. g_free it. */
char *replay_line_text(const ReplayLine *line);
/* Without its line feed. FAULT_MALFORMED says which key. */
bool replay_line_read(Span text, Arena *arena, ReplayLine *out, GError **error);

#endif
