/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.c - the report as one page that needs nothing else: no script, no request, the policy in its head forbids both. All text
 * from outside goes through text_append_html and stands in <bdi>. On narrow screens each row is a card whose labels come from the
 * style sheet, so that the rows themselves stay short. */
#include "reports/writers/say.h"
#include "reports/writers/style.h"

#include "core/text.h"

typedef struct {
        const Speech *speech;
        GString *body;
        GString *labels; /* style rules: column names for the cards */
        bool used[101];  /* bar widths, in percent */
} Page;

static const char *say(const Page *p, const char *key)
{
        return words_say(p->speech->words, key, p->speech->lang);
}

static void put(Page *p, const char *markup)
{
        g_string_append(p->body, markup);
}

static void put_text(Page *p, const char *text)
{
        text_append_html(p->body, text);
}

/* A name from outside: its direction must not leak, and a long one may break behind the dots and lines that hold it together. */
static void put_name(Page *p, const char *text)
{
        put(p, "<bdi>");
        while (*text) {
                size_t part = strcspn(text, "._:/");
                part += strspn(text + part, "._:/");
                g_autofree char *piece = g_strndup(text, part);
                put_text(p, piece);
                text += part;
                if (*text)
                        put(p, "<wbr>");
        }
        put(p, "</bdi>");
}

static void put_paragraph(Page *p, const char *class, const char *text)
{
        g_string_append_printf(p->body, "<p class=\"%s\">", class);
        put_text(p, text);
        put(p, "</p>\n");
}

/* ---- cells --------------------------------------------------------------------------------------------------------- */

/* counts: what stands before the interval, as markup */
static void put_bar(Page *p, const Cell *cell, double share, const char *counts)
{
        int width = CLAMP((int)(share * 100 + 0.5), 0, 100);
        if (share > 0 && width == 0)
                width = 1; /* something is never drawn as nothing */
        p->used[width] = true;
        g_autofree char *percent = say_percent(share), *interval = say_interval(cell);
        g_string_append(p->body, "<span>");
        put_text(p, percent);
        g_string_append_printf(p->body, " <small>%s", counts);
        put_text(p, interval);
        g_string_append_printf(
                p->body,
                "</small><span class=\"bar\" aria-hidden=\"true\"><span class=\"w%d\"></span></span></span>",
                width);
}

static void put_share(Page *p, const Cell *cell)
{
        g_autofree char *n = text_count((guint64)MAX(cell->n, 0)),
                        *of = text_count((guint64)MAX(cell->of, 0));
        g_autofree char *counts = g_strdup_printf("%s/%s \xc2\xb7 ", n, of);
        put_bar(p, cell, (double)cell->n / (double)cell->of, counts);
}

static void put_list(Page *p, const Column *column, char *const *items)
{
        put(p, "<ul>");
        for (; *items; items++) {
                put(p, "<li>");
                put_name(p, say_item(p->speech, column, *items));
                put(p, "</li>");
        }
        put(p, "</ul>");
}

static const char *class_of(CellKind kind)
{
        return kind == CELL_COUNT                            ? " class=\"num\""
               : kind == CELL_SHARE || kind == CELL_ESTIMATE ? " class=\"share\""
                                                             : "";
}

static void put_cell(Page *p, const Column *column, const Cell *cell, bool first)
{
        if (cell->kind == CELL_EMPTY) {
                put(p, column->kind == CELL_COUNT ? "<td class=\"none num\">\xe2\x80\x93</td>"
                                                  : "<td class=\"none\">\xe2\x80\x93</td>");
                return;
        }
        g_string_append_printf(p->body, first ? "<th scope=\"row\"%s>" : "<td%s>", class_of(column->kind));
        if (cell->kind == CELL_TEXT) {
                put_name(p, say_item(p->speech, column, cell->text));
        } else if (cell->kind == CELL_COUNT) {
                g_autofree char *n = text_count((guint64)MAX(cell->n, 0));
                put(p, n);
        } else if (cell->kind == CELL_SHARE) {
                put_share(p, cell);
        } else if (cell->kind == CELL_ESTIMATE) {
                put_bar(p, cell, cell->share, "");
        } else {
                put_list(p, column, cell->items);
        }
        put(p, first ? "</th>" : "</td>");
}

/* ---- tables -------------------------------------------------------------------------------------------------------- */

static void put_header(Page *p, const Table *table)
{
        put(p, "<thead><tr>");
        for (size_t k = 0; k < table->n_columns; k++) {
                g_string_append_printf(p->body, "<th scope=\"col\"%s>", class_of(table->columns[k].kind));
                put_text(p, say_column(p->speech, &table->columns[k]));
                put(p, "</th>");
        }
        put(p, "</tr></thead>\n");
}

static void add_css_string(GString *css, const char *text)
{
        for (; *text; text++) {
                if (strchr("\"\\<>\n\r", *text))
                        g_string_append_printf(css, "\\%x ", (unsigned)*text);
                else
                        g_string_append_c(css, *text);
        }
}

static void add_labels(Page *p, const Table *table)
{
        for (size_t k = 0; k < table->n_columns; k++) {
                g_string_append_printf(p->labels, "#%s tbody>tr>:nth-child(%zu)::before{content:\"",
                                       table->key, k + 1);
                add_css_string(p->labels, say_column(p->speech, &table->columns[k]));
                g_string_append(p->labels, "\"}");
        }
}

static void put_grid(Page *p, const Table *table)
{
        const char *name = say_table(p->speech, table);
        g_string_append_printf(
                p->body,
                "<section class=\"scroll\" tabindex=\"0\" aria-labelledby=\"%s-name\">\n<table>\n<caption>",
                table->key);
        put_text(p, name);
        g_autofree char *rows =
                words_fill(p->speech->words, "report.rows", p->speech->lang, table->rows->len, 0, NULL);
        put(p, " \xc2\xb7 ");
        put_text(p, rows);
        put(p, "</caption>\n");
        put_header(p, table);
        put(p, "<tbody>\n");
        for (guint i = 0; i < table->rows->len; i++) {
                put(p, "<tr>");
                for (size_t k = 0; k < table->n_columns; k++)
                        put_cell(p, &table->columns[k], table_cell(table, i, k), k == 0);
                put(p, "</tr>\n");
        }
        put(p, "</tbody>\n</table>\n</section>\n");
        add_labels(p, table);
}

static void put_table(Page *p, const Table *table)
{
        g_string_append_printf(p->body, "<section id=\"%s\">\n<h2 id=\"%s-name\">", table->key, table->key);
        put_text(p, say_table(p->speech, table));
        put(p, "</h2>\n");
        g_autoptr(GPtrArray) notes = say_notes(p->speech, table);
        for (guint i = 0; i < notes->len; i++)
                put_paragraph(p, "note", notes->pdata[i]);
        if (table->rows->len)
                put_grid(p, table);
        else
                put_paragraph(p, "empty", say(p, "report.no_rows"));
        put(p, "</section>\n");
}

/* ---- the page ------------------------------------------------------------------------------------------------------ */

static void put_contents(Page *p, const GPtrArray *tables)
{
        put(p, "<nav aria-label=\"");
        put_text(p, say(p, "report.contents"));
        put(p, "\">\n<ul>\n");
        for (guint i = 0; i < tables->len; i++) {
                const Table *table = tables->pdata[i];
                g_autofree char *rows = text_count(table->rows->len);
                g_string_append_printf(p->body, "<li><a href=\"#%s\">", table->key);
                put_text(p, say_table(p->speech, table));
                g_string_append_printf(p->body, "</a> <small>(%s)</small></li>\n", rows);
        }
        put(p, "</ul>\n</nav>\n");
}

static void put_fact(Page *p, const char *key, const char *value)
{
        if (!value)
                return;
        put(p, "<dt>");
        put_text(p, say(p, key));
        put(p, "</dt><dd>");
        put_name(p, value);
        put(p, "</dd>\n");
}

static void put_sweep(Page *p, const char *key, const Sweep *sweep)
{
        if (!sweep)
                return;
        g_autofree char *period = say_period(sweep),
                        *id = g_strdup_printf("%s (%u, %s)", sweep->name, sweep->id, sweep->state);
        put_fact(p, key, id);
        put_fact(p, "head.period", period);
}

static void put_digests(Page *p, const Sweep *sweep)
{
        if (!sweep || (!sweep->n_data_digests && !sweep->passes))
                return;
        put(p, "<details><summary>");
        put_text(p, say(p, "head.data_digests"));
        put(p, "</summary>\n<dl>\n");
        put_fact(p, "head.passes", sweep->passes);
        for (size_t i = 0; i < sweep->n_data_digests; i++) {
                put(p, "<dt>");
                put_name(p, sweep->data_digests[i]->key);
                put(p, "</dt><dd><code>");
                put_text(p, sweep->data_digests[i]->value);
                put(p, "</code></dd>\n");
        }
        put(p, "</dl>\n</details>\n");
}

static void put_cite(Page *p)
{
        const ReportHead *head = p->speech->head;
        if (!head->sweep)
                return;
        g_autofree char *title = say_title(p->speech), *period = say_period(head->sweep);
        GString *cite = g_string_new(title);
        const char *const parts[] = {period, head->rule_set, head->sweep->program};
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
                if (parts[i])
                        g_string_append_printf(cite, ", %s", parts[i]);
        }
        put_fact(p, "head.cite", cite->str);
        g_string_free(cite, TRUE);
}

static void put_footer(Page *p)
{
        const ReportHead *head = p->speech->head;
        put(p, "<footer>\n<dl>\n");
        put_sweep(p, "head.before", head->before);
        put_sweep(p, head->before ? "head.after" : "head.sweep", head->sweep);
        put_fact(p, "head.rule_set", head->rule_set);
        put_fact(p, "head.program",
                 head->sweep && head->sweep->program ? head->sweep->program : "overreach " OVERREACH_VERSION);
        put_cite(p);
        put(p, "</dl>\n");
        put_digests(p, head->sweep);
        put_paragraph(p, "note", say(p, "notice.shares"));
        put_paragraph(p, "note", say(p, "notice.static"));
        put_paragraph(p, "note", say(p, "notice.exodus"));
        put(p, "</footer>\n");
}

static void put_opening(Page *p, const char *headline)
{
        g_autofree char *title = say_title(p->speech), *period = say_period(p->speech->head->sweep);
        put(p, "<header>\n<h1>");
        put_text(p, headline);
        put(p, "</h1>\n");
        g_autofree char *line = period ? g_strdup_printf("%s \xc2\xb7 %s", title, period) : g_strdup(title);
        put_paragraph(p, "sub", line);
        put_paragraph(p, "limits", say(p, "notice.static"));
        put(p, "</header>\n");
}

/* The head comes last: its style names the widths and labels that the body turned out to need. */
static char *finish(Page *p, const char *headline)
{
        GString *out = g_string_new("<!DOCTYPE html>\n");
        g_string_append_printf(out, "<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                               g_str_equal(p->speech->lang, "zh") ? "zh-Hans" : "en");
        g_string_append(
                out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                     "'unsafe-inline'\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
        text_append_html(out, headline);
        g_string_append_printf(out, "</title>\n<style>\n%s", html_style);
        for (int i = 0; i <= 100; i++) {
                if (p->used[i])
                        g_string_append_printf(out, ".w%d{width:%d%%}", i, i);
        }
        g_string_append_printf(out, "\n@media screen and (max-width:42rem){%s}\n</style>\n</head>\n<body>\n",
                               p->labels->str);
        g_string_append_len(out, p->body->str, (gssize)p->body->len);
        g_string_append(out, "</body>\n</html>\n");
        return g_string_free(out, FALSE);
}

char *report_html(const GPtrArray *tables, const ReportHead *head, const ReportWords *words)
{
        const Speech speech = speech_of(head, words);
        Page p = {.speech = &speech, .body = g_string_new(NULL), .labels = g_string_new(NULL)};
        g_autofree char *headline = say_headline(&speech, tables);
        put_opening(&p, headline);
        put_contents(&p, tables);
        put(&p, "<main>\n");
        for (guint i = 0; i < tables->len; i++)
                put_table(&p, tables->pdata[i]);
        put(&p, "</main>\n");
        put_footer(&p);
        char *page = finish(&p, headline);
        g_string_free(p.body, TRUE);
        g_string_free(p.labels, TRUE);
        return page;
}
