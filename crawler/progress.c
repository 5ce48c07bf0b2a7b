/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/progress.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "crawler/timer.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TERMINAL_MS = 200, PLAIN_MS = 10000, KINDS = 16 };

struct Progress {
        char *sweep;
        void (*look)(ProgressView *, void *);
        void *context;
        Timer *timer;
        bool terminal, drawn;
        int64_t began_ms;
        uint64_t done_at_start, bytes_at_start;
        struct {
                const char *kind; /* interned */
                unsigned n;
        } failures[KINDS];
};

static void append_failures(const Progress *p, GString *line)
{
        unsigned all = 0;
        for (int i = 0; i < KINDS; i++)
                all += p->failures[i].n;
        if (!all)
                return;
        g_string_append_printf(line, " · failed %u (", all);
        for (int i = 0; i < KINDS && p->failures[i].kind; i++)
                g_string_append_printf(line, "%s%s %u", i ? ", " : "", p->failures[i].kind, p->failures[i].n);
        g_string_append_c(line, ')');
}

static void append_rate(const Progress *p, const ProgressView *view, GString *line)
{
        double seconds = (double)(clock_mono_ms() - p->began_ms) / 1000.0;
        double apps = (double)(view->done - p->done_at_start);
        if (seconds < 0.5)
                return;
        double rate = apps / seconds;
        g_autofree char *bytes =
                text_bytes((guint64)((double)(view->wire_bytes - p->bytes_at_start) / seconds));
        g_string_append_printf(line, " · %.1f app/s · %s/s", rate, bytes);
        if (rate > 0 && view->all > view->done) {
                unsigned left = (unsigned)((double)(view->all - view->done) / rate);
                if (left < 100)
                        g_string_append_printf(line, " · %u s to go", left);
                else
                        g_string_append_printf(line, " · %u min to go", (left + 59) / 60);
        }
}

static GString *status_line(Progress *p)
{
        ProgressView view = {0};
        p->look(&view, p->context);
        GString *line = g_string_new(NULL);
        g_autofree char *name = text_terminal(p->sweep);
        g_autofree char *done = text_count(view.done);
        g_autofree char *all = text_count(view.all);
        g_string_append_printf(line, "sweep %s: %s", name, view.what);
        if (view.all)
                g_string_append_printf(line, " %s/%s apps %.1f %%", done, all,
                                       100.0 * (double)view.done / (double)view.all);
        else
                g_string_append(line, " the index");
        append_rate(p, &view, line);
        g_autofree char *bytes = text_bytes(view.wire_bytes);
        g_string_append_printf(line, " · %s", bytes);
        append_failures(p, line);
        return line;
}

static void clear_line(void *context)
{
        Progress *p = context;
        if (p->drawn)
                fputs("\r\033[K", stderr);
        p->drawn = false;
}

/* Cuts the line to the terminal's width, at a character. */
static void fit(GString *line)
{
        struct winsize size = {0};
        int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1 : 79;
        while (text_width(line->str) > columns) {
                const char *last = g_utf8_find_prev_char(line->str, line->str + line->len);
                g_string_truncate(line, (gsize)(last - line->str));
        }
}

static void draw(void *context)
{
        Progress *p = context;
        if (!p->terminal)
                return;
        g_autoptr(GString) line = status_line(p);
        fit(line);
        fprintf(stderr, "\r\033[K%s", line->str);
        fflush(stderr);
        p->drawn = true;
}

static void tick(void *context)
{
        Progress *p = context;
        if (p->terminal) {
                draw(p);
        } else {
                g_autoptr(GString) line = status_line(p);
                fprintf(stderr, "%s\n", line->str);
        }
        timer_start(p->timer, p->terminal ? TERMINAL_MS : PLAIN_MS);
}

Progress *progress_new(uv_loop_t *loop, const char *sweep, void (*look)(ProgressView *, void *),
                       void *context)
{
        Progress *p = g_new0(Progress, 1);
        p->sweep = g_strdup(sweep);
        p->look = look;
        p->context = context;
        const char *term = g_getenv("TERM");
        p->terminal = isatty(STDERR_FILENO) && term && !g_str_equal(term, "dumb");
        ProgressView view = {0};
        look(&view, context);
        p->done_at_start = view.done;
        p->bytes_at_start = view.wire_bytes;
        p->began_ms = clock_mono_ms();
        if (log_would(LOG_WARN)) {
                p->timer = timer_new(loop, tick, p);
                timer_start(p->timer, p->terminal ? TERMINAL_MS : PLAIN_MS);
                log_set_around(clear_line, draw, p);
        }
        return p;
}

void progress_free(Progress *p)
{
        if (!p)
                return;
        log_set_around(NULL, NULL, NULL);
        clear_line(p);
        timer_free(p->timer);
        g_free(p->sweep);
        g_free(p);
}

void progress_failure(Progress *p, const char *kind)
{
        for (int i = 0; i < KINDS; i++) {
                if (!p->failures[i].kind)
                        p->failures[i].kind = g_intern_string(kind);
                if (g_str_equal(p->failures[i].kind, kind)) {
                        p->failures[i].n++;
                        return;
                }
        }
}
