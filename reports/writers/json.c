/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json.c - the report for programs: what was swept, then every table with its columns, rows by column key, and notes. */
#include "reports/writers/say.h"

#include <math.h>

static Json *json_of_fraction(double v) /* six decimals, as in CSV */
{
        return json_of_double(round(v * 1e6) / 1e6);
}

static Json *json_of_share(const Cell *cell)
{
        Json *share = json_map();
        json_set_int(share, "n", cell->n);
        json_set_int(share, "of", cell->of);
        json_set(share, "share", json_of_fraction((double)cell->n / (double)cell->of));
        json_set(share, "low", json_of_fraction(cell->low));
        json_set(share, "high", json_of_fraction(cell->high));
        return share;
}

static Json *json_of_estimate(const Cell *cell)
{
        Json *estimate = json_map();
        json_set(estimate, "share", json_of_fraction(cell->share));
        json_set(estimate, "low", json_of_fraction(cell->low));
        json_set(estimate, "high", json_of_fraction(cell->high));
        return estimate;
}

static Json *json_of_cell(const Cell *cell)
{
        switch (cell->kind) {
        case CELL_TEXT: return json_of_str(cell->text);
        case CELL_COUNT: return json_of_int(cell->n);
        case CELL_SHARE: return json_of_share(cell);
        case CELL_ESTIMATE: return json_of_estimate(cell);
        case CELL_LIST: {
                Json *list = json_list();
                for (char **item = cell->items; *item; item++)
                        json_add_str(list, *item);
                return list;
        }
        case CELL_EMPTY: break;
        }
        return NULL;
}

static Json *json_of_row(const Speech *s, const Table *table, guint i)
{
        Json *row = json_map();
        for (size_t k = 0; k < table->n_columns; k++) {
                const Column *column = &table->columns[k];
                const Cell *cell = table_cell(table, i, k);
                if (column->kind == CELL_LIST && cell->kind == CELL_EMPTY)
                        json_set(row, column->key, json_list()); /* an empty list is a list */
                else
                        json_set(row, column->key, json_of_cell(cell));
                if (!column->names || column->kind != CELL_TEXT)
                        continue;
                g_autofree char *key = g_strdup_printf("%s_name", column->key);
                json_set_str(row, key, cell->text ? say_item(s, column, cell->text) : NULL);
        }
        return row;
}

static Json *json_of_table(const Speech *s, const Table *table)
{
        static const char *const kinds[] = {"empty", "text", "count", "share", "list", "estimate"};
        Json *map = json_map();
        json_set_str(map, "key", table->key);
        json_set_str(map, "title", say_table(s, table));
        Json *columns = json_set(map, "columns", json_list());
        for (size_t i = 0; i < table->n_columns; i++) {
                Json *column = json_add(columns, json_map());
                json_set_str(column, "key", table->columns[i].key);
                json_set_str(column, "kind", kinds[table->columns[i].kind]);
                json_set_str(column, "title", say_column(s, &table->columns[i]));
        }
        Json *rows = json_set(map, "rows", json_list());
        for (guint i = 0; i < table->rows->len; i++)
                json_add(rows, json_of_row(s, table, i));
        Json *notes = json_set(map, "notes", json_list());
        g_autoptr(GPtrArray) texts = say_notes(s, table);
        for (guint i = 0; i < texts->len; i++)
                json_add_str(notes, texts->pdata[i]);
        return map;
}

static void put_sweep(Json *to, const char *key, const Sweep *sweep)
{
        if (!sweep)
                return;
        Json *map = json_set(to, key, json_map());
        json_set_int(map, "id", sweep->id);
        json_set_str(map, "name", sweep->name);
        json_set_str(map, "state", sweep->state);
        json_set_str(map, "program", sweep->program);
        g_autofree char *period = say_period(sweep);
        json_set_str(map, "period", period);
        Json *digests = json_set(map, "data_digests", json_map());
        for (size_t i = 0; i < sweep->n_data_digests; i++)
                json_set_str(digests, sweep->data_digests[i]->key, sweep->data_digests[i]->value);
}

char *report_json(const GPtrArray *tables, const ReportHead *head, const ReportWords *words)
{
        const Speech s = speech_of(head, words);
        g_autoptr(Json) root = json_map();
        g_autofree char *headline = say_headline(&s, tables);
        json_set_str(root, "headline", headline);
        json_set_str(root, "lang", s.lang);
        put_sweep(root, "sweep", head->sweep);
        put_sweep(root, "before", head->before);
        json_set_str(root, "rule_set", head->rule_set);
        json_set_str(root, "notice", words_say(words, "notice.static", s.lang));
        json_set_str(root, "exodus", words_say(words, "notice.exodus", s.lang));
        Json *list = json_set(root, "tables", json_list());
        for (guint i = 0; i < tables->len; i++)
                json_add(list, json_of_table(&s, tables->pdata[i]));
        char *text = json_print(root, true);
        g_autofree char *bare = text;
        return g_str_has_suffix(text, "\n") ? g_steal_pointer(&bare) : g_strconcat(text, "\n", NULL);
}
