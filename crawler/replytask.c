/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker task "reply": the body of a market's reply on descriptor 0, ReplyTask as argument; answers a RECORD per
 * Listing, then a SUMMARY with the Reply (tasks.h). */
#include "crawler/crawler.h"
#include "crawler/markets/html.h"
#include "crawler/markets/reply.h"
#include "crawler/taskio.h"
#include "crawler/tasks.h"

/* libcyaml and json-c read nothing later; libxml2 and iconv do. A first market file touches the rest. */
static void *open_tables(GError **error)
{
        void *tables = html_open(error);
        g_autoptr(Market) warm = tables ? market_parse("warm",
                                                       "title: warm\nkind: corpus\ncategories: none\n"
                                                       "folder: apps\n",
                                                       error)
                                        : NULL;
        if (tables && !warm)
                g_clear_pointer(&tables, html_close);
        return tables;
}

static bool run_reply(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        ReplyTask *task = RECORD_UNPACK(arena, ReplyTask, &reply_task__descriptor, in->argument, error);
        Span body = {NULL, 0};
        if (!task || !task_read_whole(in->fd[0], REPLY_BODY_BYTES, arena, &body, error))
                return false;
        g_autoptr(Market) market = market_parse(task->market, task->file, error);
        if (!market)
                return false;
        Listing **listings = NULL;
        size_t n = 0;
        Reply *reply = reply_read(market, task, body, arena, &listings, &n, error);
        for (size_t i = 0; reply && i < n; i++) {
                if (!task_emit_record(out, CRAWLER_FRAME_RECORD, &listings[i]->base, error))
                        return false;
        }
        return reply && task_emit_record(out, CRAWLER_FRAME_SUMMARY, &reply->base, error);
}

const Task crawler_task_reply = {
        .name = "reply",
        .limits = {.memory_bytes = (size_t)1 << 30,
                   .cpu_s = 20,
                   .wall_ms = 40000,
                   .output_bytes = (size_t)64 << 20},
        .open = open_tables,
        .run = run_reply,
        .close = html_close,
};
