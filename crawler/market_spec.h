/* SPDX-License-Identifier: GPL-3.0-or-later */
/* market_spec.h - the requests of a market of pages (kinds json and html) as its file states them: where each verb is
 * asked, and how its reply is read. docs/markets.md explains every key to who writes one. */
#ifndef CRAWLER_MARKET_SPEC_H
#define CRAWLER_MARKET_SPEC_H

#include "core/datafile.h"
#include "crawler/market.h"
#include "crawler/markets/tree.h"

typedef enum {
#define MARKET_FIELD(CONSTANT, key) FIELD_##CONSTANT,
#include "crawler/market_fields.def"
#undef MARKET_FIELD
        FIELDS
} MarketField;

typedef struct {
        char *text; /* NULL: the file does not have it */
        Expr *expr; /* the same, compiled */
} MarketExpr;

/* One sign that a reply is something else than an answer. What is stated must all hold. */
typedef struct {
        char *outcome;    /* of core/record.proto, Reply.outcome */
        int64_t status;   /* HTTP; 0: any */
        MarketExpr path;  /* finds something */
        MarketExpr lacks; /* finds nothing */
        char **is;        /* the first text that path finds is one of these; NULL: any */
        char *starts;     /* ... or begins so */
        char *body;       /* these bytes are in the body */
} MarketSign;

/* One group of what a developer declares: a DataLabel per item, or per part of it. */
typedef struct {
        char *kind;                                    /* of DataLabel */
        MarketExpr items;                              /* from the whole reply */
        MarketExpr each;                               /* parts of an item; absent: the item itself */
        MarketExpr category, data, optional, purposes; /* from the part; "^..." from the item */
} MarketLabels;

typedef struct {
        char *verb; /* categories list detail resolve labels token */
        char *url, *body, **headers;
        char *reply;  /* json html embedded text redirect; NULL: the market's kind */
        char *script; /* embedded: id:NAME, after:TEXT or blocks:NAME */
        TreeFormat format;
        int64_t page_size, first_page,
                last_page; /* {page} begins at first_page; last_page: see market_last_page */
        char *first_cursor;
        MarketExpr items;
        MarketExpr next, more, total; /* of a list */
        MarketExpr token;
        char **between; /* reply text: the token stands between these two */
        char **expect;  /* expressions that find something in every reply that is one */
        char **must;    /* fields that every item, or the one app, has */
        MarketExpr fields[FIELDS];
        MarketSign *signs;
        size_t n_signs;
        MarketLabels *labels;
        size_t n_labels;
        Expr **expect_exprs; /* of expect, NULL-terminated; NULL: none */
} MarketRequestSpec;

struct MarketSpec {
        MarketRequestSpec *requests;
        size_t n_requests;
};

extern const YamlField market_request_fields[]; /* of one of a file's requests */
extern const size_t n_market_request_fields;

/* Checks a spec that was just read and compiles its expressions. Errors name the request and the key. */
bool market_spec_prepare(MarketSpec *spec, const Market *market, GError **error);
void market_spec_clear(MarketSpec *spec); /* what prepare made; the rest is datafile_yaml_free's */

const MarketRequestSpec *market_spec_find(const MarketSpec *spec, const char *verb); /* NULL: none */
unsigned market_spec_can(const MarketSpec *spec); /* MarketCan bits that requests and fields give */
const char *market_field_name(MarketField field);

/* The templates of a request: unknown variables, variables that the verb cannot have, a host that a variable would
 * choose. */
bool market_template_check(const MarketRequestSpec *request, const Market *market, GError **error);

#endif
