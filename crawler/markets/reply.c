/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/reply.h"

#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/fill.h"
#include "crawler/markets/refusal.h"
#include "crawler/markets/values.h"

enum { SAMPLES = 3, SAMPLE_BYTES = 255, CURSOR_BYTES = 1024, TOKEN_BYTES = 4096, ENOUGH_ITEMS = 5 };

typedef struct {
        Filler f;
        const Market *market;
        const MarketRequestSpec *r;
        const ReplyTask *task;
        Span body;
        Arena *arena;
        Reply *reply;
        Listing **listings;
        size_t n_listings;
} Reading;

static const TreeNode root = {NULL, NULL};

/* The verdict; false, so that a reader can return it. */
static bool ends(Reading *rd, const char *outcome, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool ends(Reading *rd, const char *outcome, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *detail = g_strdup_vprintf(format, args);
        va_end(args);
        rd->reply->outcome = arena_str(rd->arena, outcome);
        rd->reply->detail = arena_utf8(rd->arena, span_of(detail, MIN(strlen(detail), (size_t)500)));
        return false;
}

static bool is_verb(const Reading *rd, const char *verb)
{
        return g_str_equal(rd->r->verb, verb);
}

static bool is_about_one_app(const Reading *rd)
{
        return is_verb(rd, "detail") || is_verb(rd, "labels") || is_verb(rd, "resolve");
}

/* What is expected is not there: because the page is another one than asked for, or because it changed. */
static bool changed(Reading *rd, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool changed(Reading *rd, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *what = g_strdup_vprintf(format, args);
        va_end(args);
        const char *word;
        const char *refusal = refusal_of_page(rd->body, &word);
        if (refusal)
                return ends(rd, refusal, "%s, and the page says \"%s\"", what, word);
        return ends(rd, "shape-changed", "%s", what);
}

/* ---- signs and statuses
 * ------------------------------------------------------------------------------------------ */

static bool holds(Reading *rd, const MarketSign *s)
{
        Filler *f = &rd->f;
        if (s->status && rd->task->status != (uint64_t)s->status)
                return false;
        if (s->body && (rd->body.len == 0 || !memmem(rd->body.data, rd->body.len, s->body, strlen(s->body))))
                return false;
        if ((s->path.expr || s->lacks.expr) && !f->tree)
                return false;
        if (s->lacks.expr && tree_has(f->tree, s->lacks.expr, &f->vars, rd->arena))
                return false;
        if (!s->path.expr)
                return true;
        const char *text = tree_text(f->tree, s->path.expr, root, &f->vars, rd->arena);
        if (s->is && !(text && g_strv_contains((const char *const *)s->is, text)))
                return false;
        if (s->starts && !(text && g_str_has_prefix(text, s->starts)))
                return false;
        return s->is || s->starts || text || tree_has(f->tree, s->path.expr, &f->vars, rd->arena);
}

static bool no_sign(Reading *rd)
{
        for (size_t i = 0; i < rd->r->n_signs; i++) {
                const MarketSign *s = &rd->r->signs[i];
                if (!holds(rd, s))
                        continue;
                const char *text = s->path.expr && rd->f.tree
                                           ? tree_text(rd->f.tree, s->path.expr, root, &rd->f.vars, rd->arena)
                                           : NULL;
                return ends(rd, s->outcome, "sign %zu of the market file%s%s", i + 1, text ? ": " : "",
                            text ? text : "");
        }
        return true;
}

static bool fine_status(Reading *rd)
{
        unsigned status = rd->task->has_status ? rd->task->status : 200;
        const char *word;
        if (status < 300 || (status < 400 && rd->r->format == TREE_REDIRECT))
                return true;
        if (status < 400)
                return ends(rd, "shape-changed", "a redirect (%u) that was not followed", status);
        if ((status == 404 || status == 410) && is_about_one_app(rd))
                return ends(rd, "gone", "status %u", status);
        if (status == 404 || status == 410)
                return ends(rd, "shape-changed", "status %u for a list: its address moved", status);
        const char *outcome = refusal_of_status(status, market_spec_find(rd->market->spec, "token"));
        const char *page = refusal_of_page(rd->body, &word);
        if (page && (status == 403 || status >= 500))
                return ends(rd, page, "status %u, and the page says \"%s\"", status, word);
        return ends(rd, outcome, "status %u", status);
}

static void open_tree(Reading *rd, GError **error)
{
        const MarketRequestSpec *r = rd->r;
        if (r->format == TREE_TEXT || r->format == TREE_REDIRECT || rd->body.len == 0)
                return;
        rd->f.tree = tree_open(r->format, r->script, rd->body, rd->task->content_type, error);
}

static bool has_tree(Reading *rd, const GError *cause)
{
        const MarketRequestSpec *r = rd->r;
        if (r->format == TREE_REDIRECT)
                return true;
        if (rd->body.len == 0)
                return ends(rd, "malformed", "the reply is empty");
        if (r->format == TREE_TEXT || rd->f.tree)
                return true;
        const char *why = cause ? cause->message : "it cannot be read";
        if (r->format == TREE_JSON && refusal_is_page(rd->body))
                return changed(rd, "a page of HTML where JSON should be");
        if (fault_is(cause, FAULT_NOT_FOUND))
                return changed(rd, "%s", why);
        return ends(rd, "malformed", "%s", why);
}

static bool has_expected(Reading *rd)
{
        for (size_t i = 0; rd->f.tree && rd->r->expect_exprs && rd->r->expect_exprs[i]; i++) {
                if (!tree_has(rd->f.tree, rd->r->expect_exprs[i], &rd->f.vars, rd->arena))
                        return changed(rd, "expected \"%s\" is not there", rd->r->expect[i]);
        }
        return true;
}

/* ---- items
 * ------------------------------------------------------------------------------------------------------- */

static void skip(Reading *rd, const char *reason, const char *sample)
{
        Skipped *s = NULL;
        for (size_t i = 0; i < rd->reply->n_skipped && !s; i++) {
                if (g_str_equal(rd->reply->skipped[i]->reason, reason))
                        s = rd->reply->skipped[i];
        }
        if (!s) {
                s = record_new(rd->arena, Skipped, skipped__init);
                s->reason = arena_str(rd->arena, reason);
                arena_push(rd->arena, &rd->reply->n_skipped, &rd->reply->skipped, s);
        }
        s->count++;
        if (sample && s->n_samples < SAMPLES) {
                const char *end = sample + strnlen(sample, SAMPLE_BYTES);
                if (*end)
                        end = g_utf8_find_prev_char(sample, end);
                arena_push(rd->arena, &s->n_samples, &s->samples,
                           arena_strn(rd->arena, sample, (size_t)(end - sample)));
        }
}

/* The items of a reply: TREE_SOME, or what it means that there are none. */
static TreeState find_items(Reading *rd, TreeNode **items, size_t *n)
{
        const Expr *expr = rd->r->items.expr;
        size_t found;
        *items = tree_nodes(rd->f.tree, expr, root, &rd->f.vars, REPLY_ITEMS, rd->arena, n, &found);
        rd->reply->has_items = true;
        rd->reply->items = (uint32_t)*n;
        for (size_t i = *n; i < found; i++)
                skip(rd, "over-limit", NULL);
        return found ? TREE_SOME : tree_state(rd->f.tree, expr, &rd->f.vars, rd->arena);
}

static void take_listings(Reading *rd, const TreeNode *items, size_t n)
{
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < n; i++) {
                Listing *listing = fill_listing(&rd->f, items[i]);
                if (!listing)
                        skip(rd, "package-name", fill_text(&rd->f, FIELD_LABEL, items[i]));
                else if (!g_hash_table_add(seen, listing->package))
                        skip(rd, "twice", listing->package);
                else
                        arena_push(rd->arena, &rd->n_listings, &rd->listings, listing);
        }
}

static MarketField field_named(const char *name)
{
        int f = 0;
        while (f < FIELDS && !g_str_equal(market_field_name((MarketField)f), name))
                f++;
        return (MarketField)f;
}

/* Fields of `must` that no item has in a plausible form. */
static bool has_must(Reading *rd)
{
        for (char **name = rd->r->must; name && *name; name++) {
                MarketField field = field_named(*name);
                size_t seen = rd->f.seen[field], odd = rd->f.odd[field];
                if (seen == 0)
                        return changed(rd, "no \"%s\" where \"%s\" should be", *name,
                                       rd->r->fields[field].text);
                if (seen == odd)
                        return changed(rd, "what stands at \"%s\" is no plausible %s",
                                       rd->r->fields[field].text, *name);
        }
        return true;
}

static void note_absent(Reading *rd, size_t n)
{
        g_autoptr(GString) absent = g_string_new(NULL);
        for (int f = 0; f < FIELDS && n >= ENOUGH_ITEMS; f++) {
                if (rd->r->fields[f].expr && rd->f.seen[f] == rd->f.odd[f])
                        g_string_append_printf(absent, " %s", market_field_name((MarketField)f));
        }
        if (absent->len)
                rd->reply->detail = arena_printf(rd->arena, "no item has:%s", absent->str);
}

/* ---- the next page
 * ----------------------------------------------------------------------------------------------- */

static bool numbers(const char *a, const char *b, guint64 *x, guint64 *y)
{
        return g_ascii_string_to_unsigned(a, 10, 0, G_MAXUINT64, x, NULL) &&
               g_ascii_string_to_unsigned(b, 10, 0, G_MAXUINT64, y, NULL);
}

/* A cursor that leads on from where we are, or NULL. */
static const char *leads_on(const Reading *rd, const char *next)
{
        const char *first = rd->r->first_cursor ? rd->r->first_cursor : "0";
        const char *here = rd->task->cursor ? rd->task->cursor : first;
        guint64 from, to;
        if (strlen(next) > CURSOR_BYTES || g_str_equal(next, here))
                return NULL;
        bool count = numbers(here, next, &from, &to);
        if (count && (to <= from || (rd->reply->has_total && to >= rd->reply->total)))
                return NULL;
        return next;
}

static bool take_next(Reading *rd, size_t n)
{
        const MarketRequestSpec *r = rd->r;
        Filler *f = &rd->f;
        unsigned page = rd->task->page;
        uint64_t total;
        const char *said =
                r->total.expr ? tree_text(f->tree, r->total.expr, root, &f->vars, rd->arena) : NULL;
        rd->reply->has_total = said && value_count(said, &total);
        rd->reply->total = rd->reply->has_total ? total : 0;
        if (r->more.expr) {
                const char *more = tree_text(f->tree, r->more.expr, root, &f->vars, rd->arena);
                bool flag = true;
                if (!more)
                        return changed(rd, "no \"%s\", which tells whether more follows", r->more.text);
                if (value_flag(more, &flag) && !flag)
                        return true;
        }
        if (n == 0 || page >= market_last_page(rd->market, r->verb))
                return true;
        if (!r->next.expr) {
                rd->reply->next = arena_printf(rd->arena, "%u", page + 1);
                return true;
        }
        const char *next = tree_text(f->tree, r->next.expr, root, &f->vars, rd->arena);
        rd->reply->next = (char *)(next ? leads_on(rd, next) : NULL);
        return true;
}

/* ---- verbs
 * ------------------------------------------------------------------------------------------------------- */

static bool absent_list(Reading *rd)
{
        return changed(rd, "no list at \"%s\"", rd->r->items.text);
}

static bool read_list(Reading *rd)
{
        TreeNode *items;
        size_t n;
        TreeState state = find_items(rd, &items, &n);
        if (state == TREE_ABSENT)
                return absent_list(rd);
        take_listings(rd, items, n);
        size_t usable = rd->n_listings;
        for (size_t i = 0; i < rd->reply->n_skipped; i++)
                usable += g_str_equal(rd->reply->skipped[i]->reason, "twice") ? rd->reply->skipped[i]->count
                                                                              : 0;
        if (n > 0 && usable * 2 < n)
                return changed(rd, "%zu of %zu items have a package name at \"%s\"", usable, n,
                               rd->r->fields[FIELD_PACKAGE].text);
        if ((n > 0 && !has_must(rd)) || !take_next(rd, n))
                return false;
        note_absent(rd, n);
        if (n == 0 && rd->task->page == 0)
                return ends(rd, "empty", "the list at \"%s\" is empty", rd->r->items.text);
        return true;
}

static bool read_categories(Reading *rd)
{
        TreeNode *items;
        size_t n;
        TreeState state = find_items(rd, &items, &n);
        if (state == TREE_ABSENT)
                return absent_list(rd);
        if (n == 0)
                return ends(rd, "empty", "the list at \"%s\" is empty", rd->r->items.text);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < n; i++) {
                const char *key = fill_text(&rd->f, FIELD_KEY, items[i]);
                const char *title = fill_text(&rd->f, FIELD_TITLE, items[i]);
                Category *c = record_new(rd->arena, Category, category__init);
                c->key = fdroid_name(rd->arena, key);
                c->title = fdroid_label(rd->arena, title);
                if (!c->key)
                        skip(rd, "key", title);
                else if (g_hash_table_add(seen, c->key))
                        arena_push(rd->arena, &rd->reply->n_categories, &rd->reply->categories, c);
        }
        if (rd->reply->n_categories == 0)
                return changed(rd, "none of %zu categories has a key at \"%s\"", n,
                               rd->r->fields[FIELD_KEY].text);
        return true;
}

/* The item that is the app asked for; *many: there were several. False: the verdict is given. */
static bool find_app(Reading *rd, TreeNode *item)
{
        TreeNode *items;
        size_t n;
        *item = root;
        if (!rd->r->items.expr)
                return true;
        TreeState state = find_items(rd, &items, &n);
        if (state == TREE_ABSENT)
                return absent_list(rd);
        if (n == 0)
                return ends(rd, "empty", "the list at \"%s\" is empty", rd->r->items.text);
        *item = items[0];
        const Expr *package = rd->r->fields[FIELD_PACKAGE].expr;
        for (size_t i = 0; n > 1 && rd->task->package && package; i++) {
                if (i == n)
                        return ends(rd, "gone", "none of %zu apps is %s", n, rd->task->package);
                const char *name = tree_text(rd->f.tree, package, items[i], &rd->f.vars, rd->arena);
                if (g_strcmp0(name, rd->task->package) == 0) {
                        *item = items[i];
                        break;
                }
        }
        return true;
}

static bool no_package(Reading *rd)
{
        const char *where = rd->r->fields[FIELD_PACKAGE].text;
        if (where)
                return changed(rd, "no package name at \"%s\"", where);
        return ends(rd, "gone", "what was asked for is no package name");
}

static bool read_detail(Reading *rd)
{
        TreeNode item;
        if (!find_app(rd, &item))
                return false;
        Listing *listing = fill_listing(&rd->f, item);
        if (!listing)
                return no_package(rd);
        if (rd->task->package && !g_str_equal(listing->package, rd->task->package))
                return changed(rd, "the reply is about %s, not about %s", listing->package,
                               rd->task->package);
        if (!listing->label)
                return changed(rd, "no label at \"%s\"", rd->r->fields[FIELD_LABEL].text);
        if (!has_must(rd))
                return false;
        fill_labels(&rd->f, listing);
        arena_push(rd->arena, &rd->n_listings, &rd->listings, listing);
        return true;
}

static bool read_labels(Reading *rd)
{
        if (!rd->task->package)
                return ends(rd, "malformed", "labels of an app without a package name");
        Listing *listing = fill_listing(&rd->f, root);
        if (!listing)
                return no_package(rd);
        if (!g_str_equal(listing->package, rd->task->package))
                return changed(rd, "the reply is about %s, not about %s", listing->package,
                               rd->task->package);
        fill_labels(&rd->f, listing);
        arena_push(rd->arena, &rd->n_listings, &rd->listings, listing);
        rd->reply->has_items = true;
        rd->reply->items = (uint32_t)listing->n_data_labels;
        if (listing->n_data_labels == 0)
                return ends(rd, "empty", "the developer declares nothing, or the page no longer shows it");
        return true;
}

static bool read_resolve(Reading *rd)
{
        const char *where = rd->task->location;
        if (rd->r->format != TREE_REDIRECT)
                where = fill_text(&rd->f, FIELD_URL, root);
        if (!where)
                return changed(rd, "%s",
                               rd->r->format == TREE_REDIRECT ? "no redirect to a file" : "no URL of a file");
        rd->reply->apk_url = fill_url(&rd->f, where);
        if (!rd->reply->apk_url)
                return changed(rd, "\"%.100s\" is no URL of a file", where);
        const char *size = rd->f.tree ? fill_text(&rd->f, FIELD_SIZE, root) : NULL;
        bool exact = false;
        rd->reply->has_apk_size = size && value_bytes(size, &rd->reply->apk_size, &exact) && exact;
        return true;
}

/* What stands between two texts, NULL: nothing does. */
static const char *cut_out(const Reading *rd)
{
        char *const *around = rd->r->between;
        const uint8_t *at = memmem(rd->body.data, rd->body.len, around[0], strlen(around[0]));
        if (!at)
                return NULL;
        Span rest = span_from(rd->body, (size_t)(at - rd->body.data) + strlen(around[0]));
        rest = span_part(rest, 0, MIN(rest.len, (size_t)TOKEN_BYTES + strlen(around[1])));
        const uint8_t *end = rest.len ? memmem(rest.data, rest.len, around[1], strlen(around[1])) : NULL;
        return end ? arena_utf8(rd->arena, span_part(rest, 0, (size_t)(end - rest.data))) : NULL;
}

static bool read_token(Reading *rd)
{
        const char *token = rd->r->format == TREE_TEXT
                                    ? cut_out(rd)
                                    : tree_text(rd->f.tree, rd->r->token.expr, root, &rd->f.vars, rd->arena);
        if (!token)
                return changed(rd, "no token");
        size_t n = strlen(token);
        for (const char *p = token; *p; p++)
                n = (unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ? 0 : n;
        if (n == 0 || n > TOKEN_BYTES)
                return changed(rd, "what stands where the token should be is none");
        rd->reply->token = arena_str(rd->arena, token);
        return true;
}

/* ---- one reply
 * --------------------------------------------------------------------------------------------------- */

static bool read_verb(Reading *rd)
{
        static const struct {
                const char *verb;
                bool (*read)(Reading *rd);
        } readers[] = {{"list", read_list},     {"detail", read_detail}, {"categories", read_categories},
                       {"labels", read_labels}, {"token", read_token},   {"resolve", read_resolve}};
        for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
                if (is_verb(rd, readers[i].verb))
                        return readers[i].read(rd);
        }
        return ends(rd, "malformed", "no reader for %s", rd->r->verb);
}

static void read_reply(Reading *rd)
{
        g_autoptr(GError) cause = NULL;
        open_tree(rd, &cause);
        bool fine =
                no_sign(rd) && fine_status(rd) && has_tree(rd, cause) && has_expected(rd) && read_verb(rd);
        if (fine)
                rd->reply->outcome = arena_str(rd->arena, "ok");
        if (!fine && !g_str_equal(rd->reply->outcome, "empty"))
                rd->n_listings = 0;
        g_clear_pointer(&rd->f.tree, tree_free);
}

Reply *reply_read(const Market *market, const ReplyTask *task, Span body, Arena *arena, Listing ***listings,
                  size_t *n_listings, GError **error)
{
        const char *verb = g_str_equal(task->verb, "canary") ? "detail" : task->verb;
        const MarketRequestSpec *r = market_spec_find(market->spec, verb);
        if (!r) {
                fault(error, FAULT_UNSUPPORTED, "%s has no request \"%s\"", market->name, verb);
                return NULL;
        }
        Reading rd = {.f = {.market = market, .request = r, .task = task, .arena = arena},
                      .market = market,
                      .r = r,
                      .task = task,
                      .body = body,
                      .arena = arena};
        rd.f.vars = (PathVars){task->package, task->store_id, task->category};
        rd.reply = record_new(arena, Reply, reply__init);
        read_reply(&rd);
        *listings = rd.listings;
        *n_listings = rd.n_listings;
        return rd.reply;
}
