/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.h - a market's reply as something that expressions are asked of: a tree of JSON (which may have stood inside an
 * HTML page) or an HTML page.
 *
 *   expression   place [?? place]... [-> conversion]
 *
 * A place is a path (path.h) in JSON and an XPath in HTML. The first place that finds something counts. Conversions:
 * half (a number of halves: "9" is 4.5), split (a text of several parts, at "," "、" ";" and line ends). */
#ifndef CRAWLER_MARKETS_TREE_H
#define CRAWLER_MARKETS_TREE_H

#include "crawler/markets/html.h"
#include "crawler/markets/path.h"

typedef enum { TREE_JSON, TREE_HTML, TREE_EMBEDDED, TREE_TEXT, TREE_REDIRECT } TreeFormat;

typedef struct Expr Expr;
Expr *expr_parse(const char *text, TreeFormat format, GError **error);
void expr_free(Expr *expr); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expr, expr_free)

typedef struct {
        const Json *json;
        const HtmlNode *html;
} TreeNode; /* both NULL: the whole reply */

typedef struct Tree Tree;
/* `script` (market_spec.h) says where the JSON stands in a TREE_EMBEDDED. FAULT_MALFORMED, FAULT_LIMIT: what was seen
 * where; FAULT_NOT_FOUND: the page has no such script. TREE_TEXT and TREE_REDIRECT are no pages. */
Tree *tree_open(TreeFormat format, const char *script, Span body, const char *content_type, GError **error);
void tree_free(Tree *tree); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

/* What an expression finds from a node, at most `cap`, *n of them; *found (may be NULL) tells how many there were. They live
 * as long as tree and arena. */
TreeNode *tree_nodes(Tree *tree, const Expr *expr, TreeNode from, const PathVars *vars, size_t cap,
                     Arena *arena, size_t *n, size_t *found);
/* Their texts, valid UTF-8 without empty ones; a list of texts counts as its texts. `above` is the node that "^" begins
 * at, in JSON. */
char **tree_texts(Tree *tree, const Expr *expr, TreeNode from, TreeNode above, const PathVars *vars,
                  size_t cap, Arena *arena, size_t *n);
/* The first of them; NULL: none. */
const char *tree_text(Tree *tree, const Expr *expr, TreeNode from, const PathVars *vars, Arena *arena);
/* Is there something, an empty list, or not even a list to be empty? In HTML nothing tells the last two apart: EMPTY. */
typedef enum { TREE_SOME, TREE_EMPTY, TREE_ABSENT } TreeState;
TreeState tree_state(Tree *tree, const Expr *expr, const PathVars *vars, Arena *arena);
/* Does it find anything, be it an empty list? */
bool tree_has(Tree *tree, const Expr *expr, const PathVars *vars, Arena *arena);

#endif
