/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/asking.h"

#include "core/clock.h"
#include "crawler/memfile.h"
#include "crawler/tasks.h"

#include <unistd.h>

enum { REPLY_BYTES = 16 << 20, SOON_MS = 500 };

typedef struct {
        Run *run;
        Arena *arena;
        const Market *market;
        AskingWhat what;
        const char *verb; /* on the wire: what.verb, or token */
        bool fresh_token; /* a new one was brought for this request already */
        GPtrArray *listings;
        Reply *reply;
        uint64_t wire_bytes;
        Timer *soon;     /* tells of a request that could not be built */
        const char *why; /* it could not */
        AskingDone done;
        void *context;
} Asking;

static void ask(Asking *asking);

void asking_free(void *data)
{
        Asking *asking = data;
        timer_free(asking->soon);
        g_ptr_array_unref(asking->listings);
        arena_free(asking->arena);
        g_free(asking);
}

static void finish(Asking *asking, AskingResult result)
{
        result.wire_bytes = asking->wire_bytes;
        asking->done(&result, asking->context);
        g_hash_table_remove(asking->run->askings, asking);
}

static void failed(Asking *asking, const char *reason, const char *detail, bool may_pass, int64_t again_at_ms)
{
        finish(asking, (AskingResult){.end = ASKING_FAILED,
                                      .reason = reason,
                                      .detail = detail && *detail ? detail : reason,
                                      .may_pass = may_pass,
                                      .again_at_ms = again_at_ms});
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static void sort_out(Asking *asking)
{
        GHashTable *tokens = asking->run->tokens;
        const Reply *reply = asking->reply;
        bool stale = g_str_equal(reply->outcome, "token-stale");
        bool ok = g_str_equal(reply->outcome, "ok");
        if (stale && asking->fresh_token) {
                g_hash_table_remove(tokens, asking->market->name);
                failed(asking, "token", "a new token is refused, too", true, clock_now_ms() + SOON_MS);
        } else if (stale) {
                g_hash_table_remove(tokens, asking->market->name);
                ask(asking);
        } else if (ok && g_str_equal(asking->verb, "token") && reply->token && *reply->token) {
                g_hash_table_insert(tokens, g_strdup(asking->market->name), g_strdup(reply->token));
                ask(asking);
        } else if (ok && g_str_equal(asking->verb, "token")) {
                failed(asking, "shape-changed", "the reply to the token request holds no token", false, 0);
        } else {
                finish(asking, (AskingResult){.end = ASKING_READ,
                                              .reply = reply,
                                              .listings = asking->listings,
                                              .reason = reply->outcome,
                                              .detail = reply->detail ? reply->detail : reply->outcome});
        }
}

static void reply_frame(uint8_t type, Span frame, void *context)
{
        Asking *asking = context;
        if (type == CRAWLER_FRAME_RECORD)
                g_ptr_array_add(asking->listings, g_bytes_new(frame.data, frame.len));
        else if (type == CRAWLER_FRAME_SUMMARY)
                asking->reply = record_reply(asking->arena, frame, NULL);
}

static void reply_read(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Asking *asking = context;
        (void)code;
        if (end == WORKER_OK && asking->reply)
                sort_out(asking);
        else
                failed(asking, end == WORKER_OK || end == WORKER_FAILED ? "malformed" : worker_end_name(end),
                       detail, false, 0);
}

static void read_reply(Asking *asking, const FetchReply *reply)
{
        const AskingWhat *what = &asking->what;
        g_autoptr(GError) error = NULL;
        ReplyTask task = REPLY_TASK__INIT;
        task.market = asking->market->name;
        task.file = asking->market->text;
        task.verb = (char *)asking->verb;
        task.package = (char *)what->package;
        task.store_id = (char *)what->store_id;
        task.category = (char *)what->category;
        task.cursor = (char *)what->cursor;
        task.has_page = task.has_status = true;
        task.page = what->page;
        task.status = (uint32_t)reply->status;
        task.content_type = (char *)reply->content_type;
        task.url = (char *)reply->url;
        task.location = (char *)reply->location;
        g_autoptr(GBytes) argument = record_pack(&task);
        g_ptr_array_set_size(asking->listings, 0);
        asking->reply = NULL;
        int fd = memfile_new("reply", reply->body, &error);
        if (fd < 0) {
                failed(asking, "memory", error->message, true, clock_now_ms() + SOON_MS);
                return;
        }
        worker_submit(asking->run->pool, "reply", record_span(argument), &fd, 1,
                      (WorkerCalls){reply_frame, reply_read, asking});
        close(fd);
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static void came(AskEnd end, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Asking *asking = context;
        switch (end) {
        case ASK_ROBOTS: failed(asking, "robots", reply->detail, false, 0); return;
        case ASK_ROBOTS_UNREACHABLE: failed(asking, "robots-unreachable", reply->detail, false, 0); return;
        case ASK_GIVEN_UP: failed(asking, "host-unreachable", reply->detail, false, 0); return;
        case ASK_CANCELLED: finish(asking, (AskingResult){.end = ASKING_CANCELLED}); return;
        case ASK_DONE: break;
        }
        asking->wire_bytes += reply->wire_bytes;
        if (reply->end == FETCH_OK)
                read_reply(asking, reply);
        else if (reply->end == FETCH_CANCELLED)
                finish(asking, (AskingResult){.end = ASKING_CANCELLED});
        else
                failed(asking, fetch_end_name(reply->end), reply->detail, fetch_end_retryable(reply->end),
                       MAX(again_at_ms, clock_now_ms() + SOON_MS));
}

static void not_asked(void *context)
{
        Asking *asking = context;
        failed(asking, "bad-request", asking->why, false, 0);
}

static MarketVars vars_of(const Asking *asking)
{
        const AskingWhat *what = &asking->what;
        return (MarketVars){.package = what->package,
                            .store_id = what->store_id,
                            .category = what->category,
                            .cursor = what->cursor,
                            .page = what->page,
                            .token = g_hash_table_lookup(asking->run->tokens, asking->market->name),
                            .now_ms = clock_now_ms(),
                            .uuid = asking->run->uuid};
}

static void ask(Asking *asking)
{
        const Market *market = asking->market;
        g_autoptr(GError) error = NULL;
        MarketRequest request = {0};
        MarketVars vars = vars_of(asking);
        asking->verb = asking->what.verb;
        bool ok = market_request(market, asking->verb, &vars, &request, &error);
        if (ok && request.wants_token && !vars.token) {
                market_request_clear(&request);
                asking->verb = "token";
                asking->fresh_token = true;
                ok = market_request(market, "token", &vars, &request, &error);
        }
        if (!ok) { /* never from inside asking_start */
                asking->why = arena_str(asking->arena, error->message);
                asking->soon = timer_new(asking->run->loop, not_asked, asking);
                timer_start(asking->soon, 0);
                return;
        }
        FetchWish wish = {.url = request.url,
                          .body = request.body,
                          .headers = (const char *const *)request.headers,
                          .stay = request.stay,
                          .max_bytes = REPLY_BYTES,
                          .size = -1,
                          .compressed = true,
                          .loopback = market->loopback};
        hosts_ask(asking->run->hosts, market, &wish, came, asking);
        market_request_clear(&request);
}

void asking_start(Run *run, const Market *market, const AskingWhat *what, AskingDone done, void *context)
{
        Asking *asking = g_new0(Asking, 1);
        asking->run = run;
        asking->arena = arena_new();
        asking->market = market;
        asking->what = (AskingWhat){.verb = arena_str(asking->arena, what->verb),
                                    .package = arena_str(asking->arena, what->package),
                                    .store_id = arena_str(asking->arena, what->store_id),
                                    .category = arena_str(asking->arena, what->category),
                                    .cursor = arena_str(asking->arena, what->cursor),
                                    .page = what->page};
        asking->listings = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        asking->done = done;
        asking->context = context;
        g_hash_table_add(run->askings, asking);
        ask(asking);
}
