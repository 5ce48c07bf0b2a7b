/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/market_spec.h"

#include <string.h>

enum { REQUESTS = 16, EXPRESSIONS = 64, LAST_PAGE = 1000000 };

#define EXPR(key, where)                                                                                     \
        {                                                                                                    \
                (key), YAML_STRING, (where) + offsetof(MarketExpr, text), false                              \
        }

static const YamlField value_fields[] = {
#define MARKET_FIELD(CONSTANT, key) EXPR(#key, offsetof(MarketRequestSpec, fields[FIELD_##CONSTANT])),
#include "crawler/market_fields.def"
#undef MARKET_FIELD
};

static const YamlField sign_fields[] = {
        {"outcome", YAML_STRING, offsetof(MarketSign, outcome), true},
        {"status", YAML_INT, offsetof(MarketSign, status), false},
        EXPR("path", offsetof(MarketSign, path)),
        EXPR("lacks", offsetof(MarketSign, lacks)),
        {"is", YAML_STRINGS, offsetof(MarketSign, is), false},
        {"starts", YAML_STRING, offsetof(MarketSign, starts), false},
        {"body", YAML_STRING, offsetof(MarketSign, body), false},
};

static const YamlField labels_fields[] = {
        {"kind", YAML_STRING, offsetof(MarketLabels, kind), true},
        EXPR("items", offsetof(MarketLabels, items)),
        EXPR("each", offsetof(MarketLabels, each)),
        EXPR("category", offsetof(MarketLabels, category)),
        EXPR("data", offsetof(MarketLabels, data)),
        EXPR("optional", offsetof(MarketLabels, optional)),
        EXPR("purposes", offsetof(MarketLabels, purposes)),
};

/* `fields` is a mapping of expressions that stand in the request itself: its struct begins where the request does. */
const YamlField market_request_fields[] = {
        {"verb", YAML_STRING, offsetof(MarketRequestSpec, verb), true},
        {"url", YAML_STRING, offsetof(MarketRequestSpec, url), true},
        {"body", YAML_STRING, offsetof(MarketRequestSpec, body), false},
        {"headers", YAML_STRINGS, offsetof(MarketRequestSpec, headers), false},
        {"reply", YAML_STRING, offsetof(MarketRequestSpec, reply), false},
        {"script", YAML_STRING, offsetof(MarketRequestSpec, script), false},
        {"page_size", YAML_INT, offsetof(MarketRequestSpec, page_size), false},
        {"first_page", YAML_INT, offsetof(MarketRequestSpec, first_page), false},
        {"last_page", YAML_INT, offsetof(MarketRequestSpec, last_page), false},
        {"first_cursor", YAML_STRING, offsetof(MarketRequestSpec, first_cursor), false},
        EXPR("items", offsetof(MarketRequestSpec, items)),
        EXPR("next", offsetof(MarketRequestSpec, next)),
        EXPR("more", offsetof(MarketRequestSpec, more)),
        EXPR("total", offsetof(MarketRequestSpec, total)),
        EXPR("token", offsetof(MarketRequestSpec, token)),
        {"between", YAML_STRINGS, offsetof(MarketRequestSpec, between), false},
        {"expect", YAML_STRINGS, offsetof(MarketRequestSpec, expect), false},
        {"must", YAML_STRINGS, offsetof(MarketRequestSpec, must), false},
        {"fields", YAML_MAP, 0, false, value_fields, G_N_ELEMENTS(value_fields)},
        {"signs", YAML_MAPS, offsetof(MarketRequestSpec, signs), false, sign_fields,
         G_N_ELEMENTS(sign_fields), sizeof(MarketSign), offsetof(MarketRequestSpec, n_signs)},
        {"labels", YAML_MAPS, offsetof(MarketRequestSpec, labels), false, labels_fields,
         G_N_ELEMENTS(labels_fields), sizeof(MarketLabels), offsetof(MarketRequestSpec, n_labels)},
};
const size_t n_market_request_fields = G_N_ELEMENTS(market_request_fields);

static const char *const formats[] = {"json", "html", "embedded", "text", "redirect", NULL};
static const char *const verbs[] = {"categories", "list", "detail", "resolve", "labels", "token", NULL};
static const char *const outcomes[] = {"empty",       "gone",    "refused", "region",        "throttled",
                                       "token-stale", "blocked", "paid",    "shape-changed", NULL};
static const char *const label_kinds[] = {"collected", "shared",     "practice", "linked",
                                          "tracking",  "not-linked", NULL};

const char *market_field_name(MarketField field)
{
        static const char *const names[] = {
#define MARKET_FIELD(CONSTANT, key) #key,
#include "crawler/market_fields.def"
#undef MARKET_FIELD
        };
        return names[field];
}

const MarketRequestSpec *market_spec_find(const MarketSpec *spec, const char *verb)
{
        for (size_t i = 0; spec && i < spec->n_requests; i++) {
                if (g_str_equal(spec->requests[i].verb, verb))
                        return &spec->requests[i];
        }
        return NULL;
}

unsigned market_spec_can(const MarketSpec *spec)
{
        static const char *const of_bit[] = {"categories", "list", "detail", "resolve", "labels"};
        unsigned can = 0;
        for (size_t i = 0; i < spec->n_requests; i++) {
                const MarketRequestSpec *r = &spec->requests[i];
                for (size_t bit = 0; bit < G_N_ELEMENTS(of_bit); bit++)
                        can |= g_str_equal(r->verb, of_bit[bit]) ? 1U << bit : 0;
                can |= r->fields[FIELD_URL].text ? MARKET_RESOLVE : 0;
                can |= r->n_labels ? MARKET_LABELS : 0;
        }
        return can;
}

/* ---- one of a list of words
 * --------------------------------------------------------------------------------------- */

static bool check_word(const char *key, const char *word, const char *const *known, GError **error)
{
        if (g_strv_contains(known, word))
                return true;
        g_autofree char *list = g_strjoinv(" ", (char **)known);
        return fault(error, FAULT_MALFORMED, "%s: \"%s\" is not known; known: %s", key, word, list);
}

static bool take_format(MarketRequestSpec *r, const Market *market, GError **error)
{
        const char *reply = r->reply ? r->reply : market->kind;
        if (!check_word("reply", reply, formats, error))
                return false;
        for (int i = 0; formats[i]; i++) {
                if (g_str_equal(reply, formats[i]))
                        r->format = (TreeFormat)i;
        }
        const char *script = r->script;
        bool says = script && (g_str_has_prefix(script, "id:") || g_str_has_prefix(script, "after:") ||
                               g_str_has_prefix(script, "blocks:"));
        if ((r->format == TREE_EMBEDDED) != (script != NULL) || (script && !says))
                return fault(
                        error, FAULT_MALFORMED,
                        "script: \"id:NAME\", \"after:TEXT\" or \"blocks:NAME\", with reply: embedded alone");
        if (r->format == TREE_TEXT &&
            (!r->between || g_strv_length(r->between) != 2 || !*r->between[0] || !*r->between[1]))
                return fault(error, FAULT_MALFORMED,
                             "between: reply: text needs the two texts that stand around the token");
        return true;
}

/* ---- expressions
 * ------------------------------------------------------------------------------------------------- */

/* The page that an expression is compiled for; a text or a redirect has none, so it may not have expressions. */
static bool compile(const MarketRequestSpec *r, MarketExpr *e, const char *key, GError **error)
{
        if (!e->text)
                return true;
        if (r->format == TREE_TEXT || r->format == TREE_REDIRECT)
                return fault(error, FAULT_MALFORMED, "%s: a reply of this kind has no paths", key);
        e->expr = expr_parse(e->text, r->format, error);
        if (!e->expr)
                g_prefix_error(error, "%s: ", key);
        return e->expr != NULL;
}

static bool compile_signs(MarketRequestSpec *r, GError **error)
{
        for (size_t i = 0; i < r->n_signs; i++) {
                MarketSign *s = &r->signs[i];
                if (!check_word("signs.outcome", s->outcome, outcomes, error) ||
                    !compile(r, &s->path, "signs.path", error) ||
                    !compile(r, &s->lacks, "signs.lacks", error))
                        return false;
                if (!s->status && !s->path.text && !s->lacks.text && !s->body)
                        return fault(error, FAULT_MALFORMED,
                                     "signs: \"%s\" states no status, path, lacks or body", s->outcome);
                if ((s->is || s->starts) && !s->path.text)
                        return fault(error, FAULT_MALFORMED, "signs: \"is\" and \"starts\" are about a path");
        }
        return true;
}

static bool compile_labels(MarketRequestSpec *r, GError **error)
{
        for (size_t i = 0; i < r->n_labels; i++) {
                MarketLabels *l = &r->labels[i];
                if (!check_word("labels.kind", l->kind, label_kinds, error))
                        return false;
                if (!l->items.text || !(l->data.text || l->category.text))
                        return fault(error, FAULT_MALFORMED,
                                     "labels: \"%s\" needs items, and data or category", l->kind);
                if (!compile(r, &l->items, "labels.items", error) ||
                    !compile(r, &l->each, "labels.each", error) ||
                    !compile(r, &l->category, "labels.category", error) ||
                    !compile(r, &l->data, "labels.data", error) ||
                    !compile(r, &l->optional, "labels.optional", error) ||
                    !compile(r, &l->purposes, "labels.purposes", error))
                        return false;
        }
        return true;
}

static bool compile_expects(MarketRequestSpec *r, GError **error)
{
        guint n = r->expect ? g_strv_length(r->expect) : 0;
        if (n > EXPRESSIONS)
                return fault(error, FAULT_MALFORMED, "expect: more than %d", EXPRESSIONS);
        r->expect_exprs = g_new0(Expr *, n + 1);
        for (guint i = 0; i < n; i++) {
                MarketExpr e = {r->expect[i], NULL};
                if (!compile(r, &e, "expect", error))
                        return false;
                r->expect_exprs[i] = e.expr;
        }
        return true;
}

static bool compile_all(MarketRequestSpec *r, GError **error)
{
        for (int f = 0; f < FIELDS; f++) {
                g_autofree char *key = g_strconcat("fields.", market_field_name((MarketField)f), NULL);
                if (!compile(r, &r->fields[f], key, error))
                        return false;
        }
        return compile(r, &r->items, "items", error) && compile(r, &r->next, "next", error) &&
               compile(r, &r->more, "more", error) && compile(r, &r->total, "total", error) &&
               compile(r, &r->token, "token", error) && compile_signs(r, error) && compile_labels(r, error) &&
               compile_expects(r, error);
}

/* ---- what a verb needs
 * -------------------------------------------------------------------------------------------- */

static bool needs(bool there, const char *verb, const char *what, GError **error)
{
        return there || fault(error, FAULT_MALFORMED, "a request of verb %s needs %s", verb, what);
}

static bool check_needs(const MarketRequestSpec *r, GError **error)
{
        const char *v = r->verb;
        bool page = r->format != TREE_TEXT && r->format != TREE_REDIRECT;
        if (g_str_equal(v, "categories"))
                return needs(r->items.text && r->fields[FIELD_KEY].text, v, "items and fields.key", error);
        if (g_str_equal(v, "list"))
                return needs(r->items.text && r->fields[FIELD_PACKAGE].text, v, "items and fields.package",
                             error);
        if (g_str_equal(v, "detail"))
                return needs(page && r->fields[FIELD_LABEL].text, v, "a page and fields.label", error);
        if (g_str_equal(v, "resolve"))
                return needs(r->format == TREE_REDIRECT || r->fields[FIELD_URL].text, v,
                             "fields.url or reply: redirect", error);
        if (g_str_equal(v, "labels"))
                return needs(r->n_labels, v, "labels", error);
        return needs(r->token.text || r->format == TREE_TEXT, v, "token, or reply: text with between", error);
}

static bool check_must(const MarketRequestSpec *r, GError **error)
{
        for (char **name = r->must; name && *name; name++) {
                bool there = false;
                for (int f = 0; f < FIELDS; f++)
                        there |= g_str_equal(*name, market_field_name((MarketField)f)) && r->fields[f].text;
                if (!there)
                        return fault(error, FAULT_MALFORMED, "must: \"%s\" is none of the request's fields",
                                     *name);
        }
        return true;
}

static bool check_pages(const MarketRequestSpec *r, GError **error)
{
        if (r->page_size < 0 || r->page_size > 2000)
                return fault(error, FAULT_MALFORMED, "page_size: from 1 to 2000");
        if (r->first_page < 0 || r->first_page > 1000 || r->last_page < 0 || r->last_page > LAST_PAGE)
                return fault(error, FAULT_MALFORMED, "first_page: from 0 to 1000; last_page: from 0 to %d",
                             LAST_PAGE);
        return true;
}

static bool prepare(MarketRequestSpec *r, const Market *market, GError **error)
{
        return check_word("verb", r->verb, verbs, error) && take_format(r, market, error) &&
               compile_all(r, error) && check_needs(r, error) && check_must(r, error) &&
               check_pages(r, error) && market_template_check(r, market, error);
}

bool market_spec_prepare(MarketSpec *spec, const Market *market, GError **error)
{
        if (spec->n_requests == 0 || spec->n_requests > REQUESTS)
                return fault(error, FAULT_MALFORMED, "requests: kind %s needs from 1 to %d", market->kind,
                             REQUESTS);
        for (size_t i = 0; i < spec->n_requests; i++) {
                MarketRequestSpec *r = &spec->requests[i];
                if (market_spec_find(spec, r->verb) != r)
                        return fault(error, FAULT_MALFORMED, "requests: the verb %s stands twice", r->verb);
                if (!prepare(r, market, error)) {
                        g_prefix_error(error, "requests: %s: ", r->verb);
                        return false;
                }
        }
        for (size_t i = 0; market->canaries && market->canaries[i]; i++) {
                const MarketRequestSpec *detail = market_spec_find(spec, "detail");
                if (!detail)
                        return fault(error, FAULT_MALFORMED, "canaries: they need a request of verb detail");
                bool by_id = strstr(detail->url, "{id}") || (detail->body && strstr(detail->body, "{id}"));
                if (by_id && !*market->canary_ids[i])
                        return fault(error, FAULT_MALFORMED,
                                     "canaries: detail asks by {id}: write \"%s=<the market's id>\"",
                                     market->canaries[i]);
        }
        return true;
}

static void clear(MarketExpr *e)
{
        g_clear_pointer(&e->expr, expr_free);
}

void market_spec_clear(MarketSpec *spec)
{
        for (size_t i = 0; i < spec->n_requests; i++) {
                MarketRequestSpec *r = &spec->requests[i];
                MarketExpr *own[] = {&r->items, &r->next, &r->more, &r->total, &r->token};
                for (size_t k = 0; k < G_N_ELEMENTS(own); k++)
                        clear(own[k]);
                for (int f = 0; f < FIELDS; f++)
                        clear(&r->fields[f]);
                for (size_t k = 0; k < r->n_signs; k++)
                        clear(&r->signs[k].path), clear(&r->signs[k].lacks);
                for (size_t k = 0; k < r->n_labels; k++) {
                        MarketLabels *l = &r->labels[k];
                        MarketExpr *of[] = {&l->items, &l->each,     &l->category,
                                            &l->data,  &l->optional, &l->purposes};
                        for (size_t e = 0; e < G_N_ELEMENTS(of); e++)
                                clear(of[e]);
                }
                for (Expr **e = r->expect_exprs; e && *e; e++)
                        expr_free(*e);
                g_clear_pointer(&r->expect_exprs, g_free);
        }
}
