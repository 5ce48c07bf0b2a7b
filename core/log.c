/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/log.h"

#include "core/clock.h"
#include "core/text.h"

#include <stdio.h>

static struct {
        LogLevel level;
        void (*before)(void *);
        void (*after)(void *);
        void *context;
} log_state = {.level = LOG_WARN};

void log_set_level(LogLevel level)
{
        log_state.level = level;
}

bool log_would(LogLevel level)
{
        return level <= log_state.level;
}

void log_set_around(void (*before)(void *), void (*after)(void *), void *context)
{
        log_state.before = before;
        log_state.after = after;
        log_state.context = context;
}

static void append_pair(GString *line, const char *name, const char *value)
{
        if (line->len)
                g_string_append_c(line, ' ');
        g_string_append_printf(line, "%s=", name);
        if (value[0] && !strpbrk(value, " \"=\\") && text_is_plain(value))
                g_string_append(line, value);
        else
                text_append_json(line, value);
}

void log_event(LogLevel level, const char *event, ...)
{
        static const char *const names[] = {"error", "warn", "info", "debug"};
        if (!log_would(level) || level < LOG_ERROR)
                return;
        g_autoptr(GString) line = g_string_new(NULL);
        g_autofree char *now = clock_text(clock_now_ms());
        append_pair(line, "time", now);
        append_pair(line, "level", names[level]);
        append_pair(line, "event", event);
        va_list args;
        va_start(args, event);
        for (const char *name; (name = va_arg(args, const char *));) {
                const char *value = va_arg(args, const char *);
                append_pair(line, name, value ? value : "");
        }
        va_end(args);
        g_string_append_c(line, '\n');
        if (log_state.before)
                log_state.before(log_state.context);
        fwrite(line->str, 1, line->len, stderr);
        fflush(stderr);
        if (log_state.after)
                log_state.after(log_state.context);
}
