/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/fill.h"

#include "core/digest.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/values.h"

/* ---- texts
 * ------------------------------------------------------------------------------------------------------- */

static char **texts_of(Filler *f, MarketField field, TreeNode item, size_t cap, size_t *n)
{
        *n = 0;
        const Expr *expr = f->request->fields[field].expr;
        TreeNode reply = {NULL, NULL};
        char **texts = expr ? tree_texts(f->tree, expr, item, reply, &f->vars, cap, f->arena, n) : NULL;
        f->seen[field] += *n > 0;
        return texts;
}

const char *fill_text(Filler *f, MarketField field, TreeNode item)
{
        size_t n;
        char **texts = texts_of(f, field, item, 1, &n);
        return n ? texts[0] : NULL;
}

char *fill_url(const Filler *f, const char *text)
{
        if (strnlen(text, FDROID_URL_BYTES + 1) > FDROID_URL_BYTES)
                return NULL;
        bool whole = g_str_has_prefix(text, "http://") || g_str_has_prefix(text, "https://");
        if (whole || !f->task->url)
                return fdroid_url(f->arena, text);
        g_autofree char *joined = g_uri_resolve_relative(
                f->task->url, text, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
        return joined ? fdroid_url(f->arena, joined) : NULL;
}

/* A field that there was and that is not plausible. */
static void odd(Filler *f, MarketField field)
{
        f->odd[field]++;
}

/* ---- single values
 * ----------------------------------------------------------------------------------------------- */

typedef char *TidyText(Arena *arena, const char *text);

static char *tidy_mail(Arena *arena, const char *text)
{
        const char *at = strchr(text, '@');
        bool mail = at && at > text && at[1] && strlen(text) <= 254 && !strpbrk(text, " \t\r\n<>\"");
        return mail ? arena_str(arena, text) : NULL;
}

static char *tidy_hex(Arena *arena, const char *text) /* "AA:BB" as "aabb" */
{
        if (strlen(text) > 200)
                return NULL;
        char *out = arena_str(arena, text), *to = out;
        for (const char *p = text; *p; p++) {
                if (*p == ':' || *p == ' ')
                        continue;
                if (!g_ascii_isxdigit(*p))
                        return NULL;
                *to++ = g_ascii_tolower(*p);
        }
        *to = '\0';
        return out;
}

static char *tidy_md5(Arena *arena, const char *text)
{
        char *hex = tidy_hex(arena, text);
        return hex && strlen(hex) == 32 ? hex : NULL;
}

static char *tidy_sha256(Arena *arena, const char *text)
{
        char *hex = tidy_hex(arena, text);
        return hex && hex_is_sha256(hex) ? hex : NULL;
}

static void take_text(Filler *f, MarketField field, TreeNode item, TidyText *tidy, char **to)
{
        const char *text = fill_text(f, field, item);
        if (!text)
                return;
        *to = tidy(f->arena, text);
        if (!*to)
                odd(f, field);
}

static void take_url(Filler *f, MarketField field, TreeNode item, char **to)
{
        const char *text = fill_text(f, field, item);
        if (!text)
                return;
        *to = fill_url(f, text);
        if (!*to)
                odd(f, field);
}

static void take_time(Filler *f, MarketField field, TreeNode item, protobuf_c_boolean *has, int64_t *to)
{
        const char *text = fill_text(f, field, item);
        *has = text && value_time(text, to);
        if (text && !*has)
                odd(f, field);
}

static void take_count(Filler *f, MarketField field, TreeNode item, protobuf_c_boolean *has, uint64_t *to)
{
        const char *text = fill_text(f, field, item);
        *has = text && value_count(text, to);
        if (text && !*has)
                odd(f, field);
}

static void take_names(Filler *f, MarketField field, TreeNode item, TidyText *tidy, size_t *n, char ***to)
{
        size_t found;
        char **texts = texts_of(f, field, item, FILL_NAMES, &found);
        for (size_t i = 0; i < found; i++)
                fdroid_add_name(f->arena, n, to, tidy ? tidy(f->arena, texts[i]) : texts[i]);
        if (found && *n == 0)
                odd(f, field);
}

/* ---- the parts of a listing
 * -------------------------------------------------------------------------------------- */

static void take_numbers(Filler *f, TreeNode item, Listing *out)
{
        const char *downloads = fill_text(f, FIELD_DOWNLOADS, item);
        out->has_downloads = downloads && value_count(downloads, &out->downloads);
        if (downloads)
                out->downloads_text = fdroid_name(f->arena, downloads);
        if (downloads && !out->has_downloads)
                odd(f, FIELD_DOWNLOADS);
        const char *rating = fill_text(f, FIELD_RATING, item);
        double stars = -1;
        out->has_rating = rating && value_real(rating, &stars) && stars >= 0 && stars <= 10;
        out->rating = out->has_rating ? stars : 0;
        if (rating && !out->has_rating)
                odd(f, FIELD_RATING);
        take_count(f, FIELD_RATINGS, item, &out->has_ratings, &out->ratings);
        take_time(f, FIELD_ADDED, item, &out->has_added_ms, &out->added_ms);
        take_time(f, FIELD_UPDATED, item, &out->has_updated_ms, &out->updated_ms);
        const char *paid = fill_text(f, FIELD_PAID, item);
        bool flag = false;
        double price = 0;
        if (paid && !value_flag(paid, &flag) && value_real(paid, &price))
                flag = price > 0;
        out->has_paid = paid != NULL;
        out->paid = flag;
}

static int64_t whole_number(Filler *f, MarketField field, TreeNode item, int64_t most) /* -1: none */
{
        const char *text = fill_text(f, field, item);
        gint64 n;
        if (!text)
                return -1;
        if (g_ascii_string_to_signed(text, 10, 0, most, &n, NULL))
                return n;
        odd(f, field);
        return -1;
}

static void take_size(Filler *f, TreeNode item, ListedApk *apk)
{
        const char *text = fill_text(f, FIELD_SIZE, item);
        int64_t bytes;
        bool exact;
        if (!text)
                return;
        if (!value_bytes(text, &bytes, &exact)) {
                odd(f, FIELD_SIZE);
                return;
        }
        apk->has_size = exact;
        apk->has_size_about = !exact;
        *(exact ? &apk->size : &apk->size_about) = bytes;
}

static void take_sdk(Filler *f, MarketField field, TreeNode item, protobuf_c_boolean *has, int32_t *to)
{
        int64_t level = whole_number(f, field, item, 10000);
        *has = level >= 1;
        *to = *has ? (int32_t)level : 0;
}

static bool has_anything(const ListedApk *apk)
{
        return apk->has_version_code || apk->version_name || apk->url || apk->has_size ||
               apk->has_size_about || apk->sha256 || apk->md5 || apk->has_min_sdk || apk->has_target_sdk ||
               apk->n_permissions || apk->n_signers;
}

static void take_apk(Filler *f, TreeNode item, Listing *out)
{
        ListedApk *apk = record_new(f->arena, ListedApk, listed_apk__init);
        int64_t code = whole_number(f, FIELD_VERSION_CODE, item, INT64_MAX);
        apk->has_version_code = code >= 0;
        apk->version_code = MAX(code, 0);
        take_text(f, FIELD_VERSION_NAME, item, fdroid_name, &apk->version_name);
        take_url(f, FIELD_URL, item, &apk->url);
        take_text(f, FIELD_SHA256, item, tidy_sha256, &apk->sha256);
        take_text(f, FIELD_MD5, item, tidy_md5, &apk->md5);
        take_size(f, item, apk);
        take_sdk(f, FIELD_MIN_SDK, item, &apk->has_min_sdk, &apk->min_sdk);
        take_sdk(f, FIELD_TARGET_SDK, item, &apk->has_target_sdk, &apk->target_sdk);
        take_names(f, FIELD_PERMISSIONS, item, NULL, &apk->n_permissions, &apk->permissions);
        take_names(f, FIELD_SIGNERS, item, tidy_hex, &apk->n_signers, &apk->signers);
        const Expr *splits = f->request->fields[FIELD_SPLITS].expr;
        size_t n = 0;
        if (splits)
                tree_nodes(f->tree, splits, item, &f->vars, 1, f->arena, &n, NULL);
        const char *said = n ? fill_text(f, FIELD_SPLITS, item) : NULL;
        f->seen[FIELD_SPLITS] += n && !said; /* an object is an answer, too */
        bool flag;
        apk->has_splits = apk->splits = n && !(said && value_flag(said, &flag) && !flag);
        if (has_anything(apk))
                out->apk = apk;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The market's own words; on a page of a category that says none, the category's title. */
static void take_categories(Filler *f, TreeNode item, Listing *out)
{
        take_names(f, FIELD_CATEGORIES, item, NULL, &out->n_categories, &out->categories);
        const char *asked = f->task->category;
        const Market *m = f->market;
        for (size_t i = 0; asked && i < m->n_category_list; i++) {
                if (g_str_equal(m->category_list[i].key, asked) && m->category_list[i].title)
                        asked = m->category_list[i].title;
        }
        if (out->n_categories == 0 && asked)
                fdroid_add_name(f->arena, &out->n_categories, &out->categories, asked);
        if (out->n_categories)
                qsort(out->categories, out->n_categories, sizeof *out->categories, compare_names);
}

static const char *package_of(Filler *f, TreeNode item)
{
        bool stated = f->request->fields[FIELD_PACKAGE].expr != NULL;
        const char *package = stated ? fill_text(f, FIELD_PACKAGE, item) : f->task->package;
        if (!package || fdroid_is_package(package))
                return package;
        odd(f, FIELD_PACKAGE);
        return NULL;
}

Listing *fill_listing(Filler *f, TreeNode item)
{
        const char *package = package_of(f, item);
        if (!package)
                return NULL;
        Listing *out = record_new(f->arena, Listing, listing__init);
        out->market = arena_str(f->arena, f->market->name);
        out->package = arena_str(f->arena, package);
        take_text(f, FIELD_STORE_ID, item, fdroid_name, &out->store_id);
        if (!out->store_id && f->task->store_id)
                out->store_id = fdroid_name(f->arena, f->task->store_id);
        take_text(f, FIELD_LABEL, item, fdroid_label, &out->label);
        take_text(f, FIELD_DEVELOPER, item, fdroid_label, &out->developer);
        take_text(f, FIELD_DEVELOPER_MAIL, item, tidy_mail, &out->developer_mail);
        take_text(f, FIELD_OPERATOR, item, fdroid_label, &out->operator_);
        take_text(f, FIELD_LICENSE, item, fdroid_name, &out->license);
        take_url(f, FIELD_DEVELOPER_WEB, item, &out->developer_web);
        take_url(f, FIELD_PRIVACY_URL, item, &out->privacy_url);
        take_url(f, FIELD_WEB, item, &out->web);
        take_names(f, FIELD_WARNINGS, item, NULL, &out->n_anti_features, &out->anti_features);
        take_categories(f, item, out);
        take_numbers(f, item, out);
        take_apk(f, item, out);
        return out;
}

/* ---- what developers declare
 * ------------------------------------------------------------------------------------- */

static const char *label_text(Filler *f, const MarketExpr *e, TreeNode part, TreeNode item)
{
        size_t n = 0;
        char **texts = e->expr ? tree_texts(f->tree, e->expr, part, item, &f->vars, 1, f->arena, &n) : NULL;
        return n ? fdroid_label(f->arena, texts[0]) : NULL;
}

static DataLabel *add_label(Filler *f, Listing *out, const char *kind)
{
        if (out->n_data_labels == FILL_LABELS)
                return NULL;
        DataLabel *label = record_new(f->arena, DataLabel, data_label__init);
        label->kind = arena_str(f->arena, kind);
        arena_push(f->arena, &out->n_data_labels, &out->data_labels, label);
        return label;
}

static void fill_label(DataLabel *label, Filler *f, const MarketLabels *group, TreeNode part, TreeNode item)
{
        label->category = (char *)label_text(f, &group->category, part, item);
        const char *optional = label_text(f, &group->optional, part, item);
        bool flag = false;
        label->has_is_optional = optional && value_flag(optional, &flag);
        label->is_optional = flag;
        size_t n = 0;
        char **purposes = group->purposes.expr ? tree_texts(f->tree, group->purposes.expr, part, item,
                                                            &f->vars, FILL_NAMES, f->arena, &n)
                                               : NULL;
        for (size_t i = 0; i < n; i++)
                fdroid_add_name(f->arena, &label->n_purposes, &label->purposes, purposes[i]);
}

static void take_part(Filler *f, Listing *out, const MarketLabels *group, TreeNode part, TreeNode item)
{
        size_t n = 0;
        char **data = group->data.expr ? tree_texts(f->tree, group->data.expr, part, item, &f->vars,
                                                    FILL_NAMES, f->arena, &n)
                                       : NULL;
        if (n == 0 && !label_text(f, &group->category, part, item))
                return;
        for (size_t i = 0; i < MAX(n, 1); i++) {
                DataLabel *label = add_label(f, out, group->kind);
                if (!label)
                        return;
                fill_label(label, f, group, part, item);
                label->data = n ? fdroid_label(f->arena, data[i]) : NULL;
        }
}

void fill_labels(Filler *f, Listing *out)
{
        for (size_t g = 0; g < f->request->n_labels; g++) {
                const MarketLabels *group = &f->request->labels[g];
                TreeNode root = {NULL, NULL};
                size_t n_items;
                TreeNode *items = tree_nodes(f->tree, group->items.expr, root, &f->vars, FILL_LABELS,
                                             f->arena, &n_items, NULL);
                for (size_t i = 0; i < n_items; i++) {
                        size_t n_parts = 1;
                        TreeNode *parts = group->each.expr
                                                  ? tree_nodes(f->tree, group->each.expr, items[i], &f->vars,
                                                               FILL_LABELS, f->arena, &n_parts, NULL)
                                                  : &items[i];
                        for (size_t p = 0; p < n_parts; p++)
                                take_part(f, out, group, parts[p], items[i]);
                }
        }
}
