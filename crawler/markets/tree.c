/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/tree.h"

#include "crawler/markets/embedded.h"
#include "crawler/markets/values.h"

enum { PLACES = 8 };

typedef enum { AS_IT_IS, AS_HALF, AS_SPLIT } Conversion;

struct Expr {
        Path *paths[PLACES];       /* of a tree of JSON */
        HtmlXPath *xpaths[PLACES]; /* of a page */
        size_t n;
        Conversion conversion;
};

struct Tree {
        Json *json;     /* or */
        HtmlPage *page; /* this */
};

/* ---- expressions
 * ------------------------------------------------------------------------------------------------- */

static bool add_place(Expr *expr, const char *text, TreeFormat format, GError **error)
{
        if (expr->n == PLACES)
                return fault(error, FAULT_MALFORMED, "more than %d places", PLACES);
        if (format == TREE_HTML)
                expr->xpaths[expr->n] = html_xpath(text, error);
        else
                expr->paths[expr->n] = path_parse(text, error);
        bool fine = expr->paths[expr->n] || expr->xpaths[expr->n];
        expr->n++;
        return fine;
}

static bool take_conversion(Expr *expr, const char *name, GError **error)
{
        if (g_str_equal(name, "half"))
                expr->conversion = AS_HALF;
        else if (g_str_equal(name, "split"))
                expr->conversion = AS_SPLIT;
        else
                return fault(error, FAULT_MALFORMED, "\"-> %s\" is not known; known: half split", name);
        return true;
}

static bool read_expr(Expr *expr, const char *text, TreeFormat format, GError **error)
{
        if (!*text)
                return fault(error, FAULT_MALFORMED, "is empty");
        g_auto(GStrv) halves = g_strsplit(text, " -> ", 2);
        if (halves[1] && !take_conversion(expr, g_strstrip(halves[1]), error))
                return false;
        g_auto(GStrv) places = g_strsplit(halves[0], " ?? ", -1);
        for (char **place = places; *place; place++) {
                if (!add_place(expr, g_strstrip(*place), format, error))
                        return false;
        }
        return true;
}

Expr *expr_parse(const char *text, TreeFormat format, GError **error)
{
        Expr *expr = g_new0(Expr, 1);
        if (read_expr(expr, text, format, error))
                return expr;
        expr_free(expr);
        return NULL;
}

void expr_free(Expr *expr)
{
        if (!expr)
                return;
        for (size_t i = 0; i < expr->n; i++) {
                path_free(expr->paths[i]);
                html_xpath_free(expr->xpaths[i]);
        }
        g_free(expr);
}

/* ---- trees
 * ------------------------------------------------------------------------------------------------------- */

static Span without_mark(Span body) /* JSON has no byte order mark, some servers send one */
{
        Span mark = span_str("\xef\xbb\xbf");
        return span_starts(body, mark) ? span_from(body, mark.len) : body;
}

Tree *tree_open(TreeFormat format, const char *script, Span body, const char *content_type, GError **error)
{
        Json *json = NULL;
        HtmlPage *page = NULL;
        if (format == TREE_HTML)
                page = html_parse(body, content_type, error);
        else if (format == TREE_EMBEDDED)
                json = embedded_json(script, body, error);
        else
                json = json_parse(without_mark(body), error);
        if (!json && !page)
                return NULL;
        Tree *tree = g_new0(Tree, 1);
        *tree = (Tree){json, page};
        return tree;
}

void tree_free(Tree *tree)
{
        if (!tree)
                return;
        json_free(tree->json);
        html_free(tree->page);
        g_free(tree);
}

TreeNode *tree_nodes(Tree *tree, const Expr *expr, TreeNode from, const PathVars *vars, size_t cap,
                     Arena *arena, size_t *n, size_t *found)
{
        const Json *json = from.json ? from.json : tree->json;
        *n = 0;
        size_t all = 0;
        TreeNode *out = NULL;
        for (size_t place = 0; place < expr->n && all == 0; place++) {
                const Json **values = NULL;
                const HtmlNode **nodes = NULL;
                if (tree->page && expr->xpaths[place])
                        nodes = html_nodes(tree->page, from.html, expr->xpaths[place], cap, arena, n, &all);
                else if (tree->json && expr->paths[place])
                        values = path_find(expr->paths[place], json, vars, cap, arena, n, &all);
                out = *n ? arena_array(arena, TreeNode, *n) : NULL;
                for (size_t i = 0; i < *n; i++)
                        out[i] = (TreeNode){values ? values[i] : NULL, nodes ? nodes[i] : NULL};
        }
        if (found)
                *found = all;
        return out;
}

/* ---- texts
 * ------------------------------------------------------------------------------------------------------- */

typedef struct {
        char **texts;
        size_t n, cap;
        Arena *arena;
} Texts;

static void add_text(Texts *out, const char *text)
{
        if (!text || !*text || out->n == out->cap)
                return;
        arena_push(out->arena, &out->n, &out->texts, text);
}

static void add_json(Texts *out, const Json *value)
{
        for (size_t i = 0; i < json_len(value) && out->n < out->cap; i++)
                add_text(out, path_scalar(json_at(value, i), out->arena));
        if (json_len(value) > 0)
                return;
        const char *text = path_scalar(value, out->arena);
        add_text(out, text ? g_strstrip((char *)text) : NULL);
}

static void split_text(Texts *out, const char *text)
{
        static const char *const between[] = {",", "、", ";", "；", "，", "\n", "|", NULL};
        const char *begin = text;
        for (const char *p = text;;) {
                size_t n = 0;
                for (size_t i = 0; between[i] && *p && n == 0; i++)
                        n = g_str_has_prefix(p, between[i]) ? strlen(between[i]) : 0;
                if (!*p || n) {
                        char *part = arena_strn(out->arena, begin, (size_t)(p - begin));
                        add_text(out, g_strstrip(part));
                        begin = p + n;
                }
                if (!*p)
                        return;
                p += n ? n : 1;
        }
}

static void convert(const Texts *in, Conversion conversion, Texts *out)
{
        double value;
        for (size_t i = 0; i < in->n; i++) {
                if (conversion == AS_SPLIT)
                        split_text(out, in->texts[i]);
                else if (value_real(in->texts[i], &value))
                        add_text(out, arena_printf(out->arena, "%.2f", value / 2));
        }
}

char **tree_texts(Tree *tree, const Expr *expr, TreeNode from, TreeNode above, const PathVars *vars,
                  size_t cap, Arena *arena, size_t *n)
{
        Texts found = {.cap = cap, .arena = arena};
        for (size_t place = 0; place < expr->n && found.n == 0; place++) {
                const Path *path = expr->paths[place];
                if (tree->page && expr->xpaths[place]) {
                        found.texts = html_strings(tree->page, from.html, expr->xpaths[place], cap, arena,
                                                   &found.n);
                        continue;
                }
                if (!tree->json || !path)
                        continue;
                TreeNode begin = path_starts_above(path) ? above : from;
                size_t values = 0;
                const Json **all = path_find(path, begin.json ? begin.json : tree->json, vars, cap, arena,
                                             &values, NULL);
                for (size_t i = 0; i < values; i++)
                        add_json(&found, all[i]);
        }
        if (expr->conversion == AS_IT_IS || found.n == 0) {
                *n = found.n;
                return found.texts;
        }
        Texts converted = {.cap = cap, .arena = arena};
        convert(&found, expr->conversion, &converted);
        *n = converted.n;
        return converted.texts;
}

const char *tree_text(Tree *tree, const Expr *expr, TreeNode from, const PathVars *vars, Arena *arena)
{
        size_t n;
        char **texts = tree_texts(tree, expr, from, from, vars, 1, arena, &n);
        return n ? texts[0] : NULL;
}

bool tree_has(Tree *tree, const Expr *expr, const PathVars *vars, Arena *arena)
{
        size_t n, found;
        TreeNode root = {NULL, NULL};
        tree_nodes(tree, expr, root, vars, 1, arena, &n, &found);
        return found > 0 || tree_text(tree, expr, root, vars, arena) != NULL;
}

TreeState tree_state(Tree *tree, const Expr *expr, const PathVars *vars, Arena *arena)
{
        PathState state = PATH_ABSENT;
        size_t n, found;
        TreeNode root = {NULL, NULL};
        tree_nodes(tree, expr, root, vars, 1, arena, &n, &found);
        if (found > 0)
                return TREE_SOME;
        for (size_t place = 0; tree->json && place < expr->n; place++)
                state = MIN(state, path_state(expr->paths[place], tree->json, vars, arena));
        return tree->page || state != PATH_ABSENT ? TREE_EMPTY : TREE_ABSENT;
}
