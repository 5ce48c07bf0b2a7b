/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of markets in words: a kept reply (tests/data/markets) or a text, read as a verb of a market. */
#ifndef TESTS_REPLY_WORDS_H
#define TESTS_REPLY_WORDS_H

#include "unit/unit.h"

#include "crawler/markets/reply.h"

#include <string.h>

typedef struct {
        const char *market, *verb;
        const char *file;       /* below tests/data/markets; NULL: `body` */
        const char *body;       /* what came instead */
        const char *find, *put; /* the kept reply with the first `find` replaced; NULL: as it is */
        const char *package, *id, *category, *cursor, *content_type, *location;
        unsigned page, status;
} Asked;

typedef struct {
        Arena *arena;
        Market *market;
        Reply *reply;
        Listing **listings;
        size_t n;
} Answer;

static inline void answer_free(Answer *answer)
{
        arena_free(answer->arena);
        market_free(answer->market);
        g_free(answer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

static inline char *kept_reply(const char *file)
{
        g_autofree char *path = g_build_filename(TEST_SOURCE_DIR, "data", "markets", file, NULL);
        g_autoptr(GError) error = NULL;
        char *text = NULL;
        must_succeed(g_file_get_contents(path, &text, NULL, &error), error);
        return text;
}

static inline char *body_of(const Asked *asked)
{
        char *text = asked->file ? kept_reply(asked->file) : g_strdup(asked->body ? asked->body : "");
        if (!asked->find)
                return text;
        char *at = strstr(text, asked->find);
        if (!at)
                fail_msg("%s does not hold %s", asked->file ? asked->file : "the body", asked->find);
        char *out = g_strdup_printf("%.*s%s%s", (int)(at - text), text, asked->put, at + strlen(asked->find));
        g_free(text);
        return out;
}

/* The market is a shipped one, or, where its name holds a line end, the text of a file. */
static inline Answer *answer_to_bytes(const Asked *asked, Span body)
{
        g_autoptr(GError) error = NULL;
        Answer *answer = g_new0(Answer, 1);
        answer->arena = arena_new();
        answer->market = strchr(asked->market, '\n') ? market_parse("mine", asked->market, &error)
                                                     : market_load(TEST_DATA_DIR, asked->market, &error);
        must_succeed(answer->market != NULL, error);
        ReplyTask task = REPLY_TASK__INIT;
        task.market = answer->market->name;
        task.file = answer->market->text;
        task.verb = (char *)asked->verb;
        task.package = (char *)asked->package;
        task.store_id = (char *)asked->id;
        task.category = (char *)asked->category;
        task.cursor = (char *)asked->cursor;
        task.content_type = (char *)asked->content_type;
        task.location = (char *)asked->location;
        task.url = "https://m.example/pages/1";
        task.has_page = true;
        task.page = asked->page;
        task.has_status = asked->status != 0;
        task.status = asked->status;
        answer->reply =
                reply_read(answer->market, &task, body, answer->arena, &answer->listings, &answer->n, &error);
        must_succeed(answer->reply != NULL, error);
        return answer;
}

static inline Answer *answer_to(const Asked *asked)
{
        g_autofree char *body = body_of(asked);
        return answer_to_bytes(asked, span_str(body));
}

static inline void must_end(const Asked *asked, const Answer *answer, const char *outcome, const char *says)
{
        const char *detail = answer->reply->detail ? answer->reply->detail : "";
        if (!g_str_equal(answer->reply->outcome, outcome) || !strstr(detail, says ? says : ""))
                fail_msg("%s %s of %s, \"%s\" for \"%s\": %s (%s), not %s (%s)", asked->market, asked->verb,
                         asked->file ? asked->file : "a body", asked->put ? asked->put : "",
                         asked->find ? asked->find : "", answer->reply->outcome, detail, outcome,
                         says ? says : "");
}

#endif
