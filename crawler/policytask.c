/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker task that reads a privacy policy's page: what people read of it, or that it is no text. */
#include "crawler/crawler.h"

#include "crawler/gzip.h"
#include "crawler/markets/html.h"
#include "crawler/markets/refusal.h"
#include "crawler/tasks.h"

#include <string.h>

enum {
        PAGE_BYTES = 16 << 20,
        TEXT_BYTES = 1 << 20,
        LOOKED_AT = 1024,
        SHORT_TEXT = 2000 /* bytes: no policy, so that its words may be those of a captcha */
};

static bool gather(Span piece, void *context)
{
        g_byte_array_append(context, piece.data, (guint)piece.len);
        return true;
}

static bool begins_like_a_document(Span page)
{
        static const char *const magics[] = {
                "%PDF-", "PK\x03\x04", "\xd0\xcf\x11\xe0", "\x89PNG", "\xff\xd8\xff", "GIF8", "{\\rtf"};
        for (size_t i = 0; i < G_N_ELEMENTS(magics); i++) {
                if (span_starts(page, span_str(magics[i])))
                        return true;
        }
        return false;
}

/* "text/html; charset=gbk" is of type "text/html". */
static char *type_of(const char *content_type)
{
        g_autofree char *type =
                g_strndup(content_type ? content_type : "", strcspn(content_type ? content_type : "", ";"));
        return g_ascii_strdown(g_strstrip(type), -1);
}

static bool is_text(Span page, const char *type)
{
        static const char *const others[] = {"image/",
                                             "audio/",
                                             "video/",
                                             "font/",
                                             "application/pdf",
                                             "application/msword",
                                             "application/zip",
                                             "application/vnd.openxml",
                                             "application/vnd.ms-",
                                             "application/vnd.android"};
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
                if (g_str_has_prefix(type, others[i]))
                        return false;
        }
        Span head = span_part(page, 0, MIN(page.len, (size_t)LOOKED_AT));
        bool wide = span_starts(page, span_str("\xff\xfe")) ||
                    span_starts(page, span_str("\xfe\xff")); /* UTF-16 */
        return !begins_like_a_document(page) && (wide || !head.len || !memchr(head.data, 0, head.len));
}

/* What html_text takes as it stands. */
static bool is_plain(const char *type)
{
        return g_str_equal(type, "text/markdown") || g_str_equal(type, "text/x-markdown") ||
               g_str_equal(type, "application/json");
}

static bool read_text(Span page, const char *content_type, Arena *arena, PolicyText *out, GError **error)
{
        g_autofree char *type = type_of(content_type);
        const char *text = NULL, *title = NULL, *language = NULL;
        g_autoptr(GError) cause = NULL;
        out->text = (char *)"";
        out->outcome = (char *)"not-text";
        if (!is_text(page, type))
                return true;
        const char *as = is_plain(type) ? "text/plain" : content_type;
        out->outcome = (char *)"no-text";
        if (!html_text(page, as, TEXT_BYTES, arena, &text, &title, &language, &cause)) {
                if (fault_is(cause, FAULT_MALFORMED)) /* empty, or nothing in it is a page */
                        return true;
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
        }
        out->text = (char *)(text ? text : "");
        out->title = (char *)title;
        out->language = (char *)language;
        out->outcome = (char *)(*out->text ? "text" : "no-text");
        const char *word;
        if (strlen(out->text) < SHORT_TEXT && refusal_of_page(page, &word)) {
                out->outcome = (char *)"blocked";
                out->text = (char *)"";
        }
        return true;
}

static bool run_policy(const TaskInput *in, TaskOutput *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        PolicyTask *task = RECORD_UNPACK(arena, PolicyTask, &policy_task__descriptor, in->argument, error);
        g_autoptr(GByteArray) page = g_byte_array_new();
        PolicyText text = POLICY_TEXT__INIT;
        if (!task || !gzip_read(in->fd[0], PAGE_BYTES, gather, page, error) ||
            !read_text(span_of(page->data, page->len), task->content_type, arena, &text, error))
                return false;
        g_autoptr(GBytes) packed = record_pack(&text);
        return task_emit(out, CRAWLER_FRAME_RECORD, record_span(packed), error);
}

const Task crawler_task_policy = {
        .name = "policy",
        .limits = {.output_bytes = (size_t)8 << 20},
        .open = html_open,
        .run = run_policy,
        .close = html_close,
};
