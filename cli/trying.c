/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trying.h"

#include "core/text.h"
#include "crawler/crawler.h"
#include "crawler/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
        Arena *arena;
        Json *all, *listings; /* listings: in all */
        Reply *reply;
        GError *error;
} Try;

/* ---- one listing for people
 * -------------------------------------------------------------------------------------- */

static void print_line(const char *key, const char *value)
{
        g_autofree char *safe = value ? text_terminal(value) : NULL;
        if (safe)
                printf("  %-14s %s\n", key, safe);
}

static void print_value(const char *key, const Json *value)
{
        if (json_is_list(value)) {
                for (size_t i = 0; i < json_len(value); i++)
                        print_value(key, json_at(value, i));
                return;
        }
        const char *text = json_text(value);
        g_autofree char *printed = text ? NULL : json_print(value, false);
        print_line(key, text ? text : printed);
}

static void print_listing(const Json *listing)
{
        g_autofree char *package = text_terminal(json_str(listing, "package"));
        printf("%s\n", package);
        for (JsonEach each = json_each(listing); json_next(&each);) {
                if (g_str_equal(each.key, "package") || g_str_equal(each.key, "market"))
                        continue;
                if (!g_str_equal(each.key, "apk")) {
                        print_value(each.key, each.value);
                        continue;
                }
                for (JsonEach of = json_each(each.value); json_next(&of);)
                        print_value(of.key, of.value);
        }
}

/* ---- the task
 * ---------------------------------------------------------------------------------------------------- */

static void take_frame(uint8_t type, Span frame, void *context)
{
        Try *try = context;
        if (try->error)
                return;
        if (type == CRAWLER_FRAME_SUMMARY) {
                try->reply = record_reply(try->arena, frame, &try->error);
                return;
        }
        Listing *listing = record_listing(try->arena, frame, &try->error);
        if (listing)
                json_add(try->listings, record_json(&listing->base, false));
}

static void take_end(WorkerEnd end, Fault fault_code, const char *detail, void *context)
{
        Try *try = context;
        if (end != WORKER_OK && !try->error)
                fault(&try->error, fault_code, "%s: %s", worker_end_name(end), detail);
}

static bool run_task(Try *try, const ReplyTask *task, int fd, GError **error)
{
        g_autoptr(WorkerPool) pool = worker_pool_new(NULL, &(WorkerOptions){.hosts = 1}, error);
        if (!pool)
                return false;
        g_autoptr(GBytes) packed = record_pack(task);
        WorkerCalls calls = {take_frame, take_end, try};
        worker_submit(pool, "reply", record_span(packed), &fd, 1, calls);
        worker_pool_wait(pool);
        if (!try->error && !try->reply)
                fault(&try->error, FAULT_BUG, "the task answered no summary");
        if (try->error) {
                g_propagate_error(error, g_steal_pointer(&try->error));
                return false;
        }
        return true;
}

static void print_reply(const Reply *reply)
{
        g_autofree char *detail = text_terminal(reply->detail ? reply->detail : "");
        printf("outcome: %s%s%s\n", reply->outcome, *detail ? ": " : "", detail);
        for (size_t i = 0; i < reply->n_skipped; i++)
                printf("skipped: %u for %s\n", reply->skipped[i]->count, reply->skipped[i]->reason);
        for (size_t i = 0; i < reply->n_categories; i++)
                print_line(reply->categories[i]->key, reply->categories[i]->title);
        if (reply->has_items)
                printf("  %-14s %u\n", "items", reply->items);
        if (reply->has_total)
                printf("  %-14s %" G_GUINT64_FORMAT "\n", "total", reply->total);
        print_line("next", reply->next);
        print_line("token", reply->token ? "(there is one)" : NULL);
        print_line("apk_url", reply->apk_url);
}

static ReplyTask task_of(const Market *market, const TryOptions *o)
{
        ReplyTask task = REPLY_TASK__INIT;
        task.market = market->name;
        task.file = market->text;
        task.verb = o->verb ? o->verb : o->package || o->id ? "detail" : "list";
        task.package = o->package;
        task.store_id = o->id;
        task.category = o->category;
        task.cursor = o->cursor;
        task.has_page = true;
        task.page = (uint32_t)MAX(o->page, 0);
        task.has_status = true;
        task.status = o->status > 0 ? (uint32_t)o->status : 200;
        task.content_type = o->content_type;
        task.location = o->location;
        return task;
}

static void print_try(const Try *try)
{
        const Json *listings = json_get(try->all, "listings");
        json_set(try->all, "reply", record_json(&try->reply->base, false));
        if (cli_common.json) {
                cli_print_json(try->all);
                return;
        }
        for (size_t i = 0; i < json_len(listings); i++)
                print_listing(json_at(listings, i));
        print_reply(try->reply);
}

static int open_reply(const char *path, GError **error) /* -1: *error */
{
        struct stat st;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
                return fd;
        if (fd >= 0) {
                close(fd);
                fault(error, FAULT_USAGE, "%s is no file: a worker reads the saved body of a reply", path);
        } else {
                fault_errno(error, FAULT_USAGE, errno, "%s", path);
        }
        return -1;
}

int try_market(const char *home, const char *name_or_path, const TryOptions *options, GError **error)
{
        if (!options->reply) {
                fault(error, FAULT_USAGE, "--reply FILE is needed: the saved body of a reply");
                return -1;
        }
        g_autoptr(Market) market = cli_market(home, name_or_path, error);
        if (!market)
                return -1;
        int fd = open_reply(options->reply, error);
        if (fd < 0)
                return -1;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Json) all = json_map();
        Try try = {.arena = arena, .all = all, .listings = json_set(all, "listings", json_list())};
        ReplyTask task = task_of(market, options);
        bool ok = run_task(&try, &task, fd, error);
        close(fd);
        if (!ok)
                return -1;
        print_try(&try);
        bool understood = g_str_equal(try.reply->outcome, "ok") || g_str_equal(try.reply->outcome, "empty");
        return understood ? EXIT_OK : EXIT_PARTIAL;
}
