/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/import/plan.h"

#include "analyzer/import/piece.h"
#include "core/arena.h"
#include "core/datafile.h"
#include "core/digest.h"

#include <errno.h>
#include <glib/gstdio.h>

enum { ID_LIMIT = 60 };

static const char *const kind_names[PLAN_KINDS] = {"code",    "segments", "components", "metadata",
                                                   "actions", "natives",  "hosts"};

struct PlanSdk {
        const Sdk *ours; /* NULL: new */
        const char *id, *name, *key, *label;
        const char *website;
        GHashTable *categories;
        GPtrArray *pieces[PLAN_KINDS]; /* of strings in the arena, in the list's order */
};

struct Plan {
        const SdkSet *set;
        const char *source;
        Arena *arena;
        GHashTable *by_source; /* "exodus:119" -> Sdk */
        GHashTable *by_name;   /* name without what hardly matters -> Sdk */
        GHashTable *by_id;     /* id -> PlanSdk */
        GHashTable *fresh;     /* name of a new one, the same way -> PlanSdk */
        GPtrArray *sdks;
        GHashTable *claimed; /* "0\tcom.x" -> PlanSdk: what this list has given to somebody already */
        GPtrArray *refusals;
        unsigned known;
};

const char *plan_kind_name(PlanKind kind)
{
        return kind_names[kind];
}

/* ---- what is there already */

/* Lower case, letters and digits only, without "SDK" at the end. */
static char *plain_name(const char *name)
{
        g_autofree char *folded = g_utf8_casefold(name, -1);
        GString *plain = g_string_new(NULL);
        for (const char *at = folded; *at; at = g_utf8_next_char(at)) {
                gunichar c = g_utf8_get_char(at);
                if (g_unichar_isalnum(c))
                        g_string_append_unichar(plain, c);
        }
        if (plain->len > 3 && g_str_has_suffix(plain->str, "sdk"))
                g_string_truncate(plain, plain->len - 3);
        return g_string_free(plain, FALSE);
}

static void index_name(Plan *plan, const Sdk *sdk, const char *name)
{
        g_autofree char *plain = name ? plain_name(name) : NULL;
        if (plain && *plain && !g_hash_table_contains(plan->by_name, plain))
                g_hash_table_insert(plan->by_name, g_steal_pointer(&plain), (Sdk *)sdk);
}

static void index_sdks(Plan *plan)
{
        for (size_t i = 0; i < sdkset_len(plan->set); i++) {
                const Sdk *sdk = sdkset_at(plan->set, i);
                index_name(plan, sdk, sdk->name);
                index_name(plan, sdk, sdk->name_zh);
                for (const char *const *source = sdk->sources; *source; source++)
                        if (strchr(*source, ':') && !g_hash_table_contains(plan->by_source, *source))
                                g_hash_table_insert(plan->by_source, (char *)*source, (Sdk *)sdk);
        }
}

static void sdk_free(gpointer data)
{
        PlanSdk *sdk = data;
        g_hash_table_unref(sdk->categories);
        for (unsigned kind = 0; kind < PLAN_KINDS; kind++)
                g_ptr_array_unref(sdk->pieces[kind]);
        g_free(sdk);
}

Plan *plan_new(const SdkSet *set, const char *source)
{
        Plan *plan = g_new0(Plan, 1);
        plan->set = set;
        plan->arena = arena_new();
        plan->source = arena_str(plan->arena, source);
        plan->by_source = g_hash_table_new(g_str_hash, g_str_equal);
        plan->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        plan->by_id = g_hash_table_new(g_str_hash, g_str_equal);
        plan->fresh = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        plan->sdks = g_ptr_array_new_with_free_func(sdk_free);
        plan->claimed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        plan->refusals = g_ptr_array_new();
        index_sdks(plan);
        return plan;
}

void plan_free(Plan *plan)
{
        if (!plan)
                return;
        GHashTable *const tables[] = {plan->by_source, plan->by_name, plan->by_id, plan->fresh,
                                      plan->claimed};
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
                g_hash_table_unref(tables[i]);
        g_ptr_array_unref(plan->sdks);
        g_ptr_array_unref(plan->refusals);
        arena_free(plan->arena);
        g_free(plan);
}

/* ---- SDKs */

/* "Umeng U-Share" as "umeng-u-share"; a name without any letter of ASCII by its digest. */
static const char *id_of(const Plan *plan, const char *name)
{
        GString *id = g_string_new(NULL);
        for (const char *at = name; *at && id->len < ID_LIMIT; at++) {
                if (g_ascii_isalnum(*at))
                        g_string_append_c(id, g_ascii_tolower(*at));
                else if (id->len && id->str[id->len - 1] != '-')
                        g_string_append_c(id, '-');
        }
        if (id->len && id->str[id->len - 1] == '-')
                g_string_truncate(id, id->len - 1);
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(name), hex);
        if (id->len < 2)
                g_string_printf(id, "%s-%.8s", plan->source, hex);
        else if (sdkset_find(plan->set, id->str) || g_hash_table_contains(plan->by_id, id->str))
                g_string_append_printf(id, "-%s-%.4s", plan->source, hex);
        const char *kept = arena_str(plan->arena, id->str);
        g_string_free(id, TRUE);
        return kept;
}

static PlanSdk *new_sdk(Plan *plan, const Sdk *ours, const char *id, const char *key, const char *name)
{
        PlanSdk *sdk = g_new0(PlanSdk, 1);
        sdk->ours = ours;
        sdk->id = id;
        sdk->name = arena_str(plan->arena, name);
        sdk->key = arena_str(plan->arena, key);
        sdk->label = arena_printf(plan->arena, "%s%s%s", key, *name ? " " : "", name);
        sdk->categories = g_hash_table_new(g_str_hash, g_str_equal);
        for (unsigned kind = 0; kind < PLAN_KINDS; kind++)
                sdk->pieces[kind] = g_ptr_array_new();
        g_ptr_array_add(plan->sdks, sdk);
        g_hash_table_insert(plan->by_id, (char *)sdk->id, sdk);
        return sdk;
}

static const Sdk *ours_for(const Plan *plan, const char *key, const char *name, const Sdk *anchor)
{
        const Sdk *ours = strchr(key, ':') ? g_hash_table_lookup(plan->by_source, key) : NULL;
        if (ours || anchor)
                return ours ? ours : anchor;
        g_autofree char *plain = plain_name(name);
        return *plain ? g_hash_table_lookup(plan->by_name, plain) : NULL;
}

PlanSdk *plan_sdk(Plan *plan, const char *key, const char *name, const Sdk *anchor)
{
        if (!*name || strlen(name) > PLAN_TEXT_LIMIT || !g_utf8_validate(name, -1, NULL)) {
                plan_refuse(plan, key, name, "no name that can be used");
                return NULL;
        }
        const Sdk *ours = ours_for(plan, key, name, anchor);
        g_autofree char *plain = plain_name(name);
        PlanSdk *there = g_hash_table_lookup(ours ? plan->by_id : plan->fresh, ours ? ours->id : plain);
        if (there)
                return there;
        if (plan->sdks->len >= PLAN_SDKS_LIMIT) {
                plan_refuse(plan, key, name, "over the limit of SDKs in one list");
                return NULL;
        }
        PlanSdk *sdk = new_sdk(plan, ours, ours ? ours->id : id_of(plan, name), key, name);
        if (!ours && *plain)
                g_hash_table_insert(plan->fresh, g_steal_pointer(&plain), sdk);
        return sdk;
}

const Sdk *plan_ours(const Plan *plan, const char *id)
{
        return sdkset_find(plan->set, id);
}

const Sdk *plan_prefix_owner(const Plan *plan, const char *prefix)
{
        const SdkAnchor *anchor = sdkset_code(plan->set, span_str(prefix));
        return anchor && !anchor->segment && g_str_equal(anchor->text, prefix) ? anchor->sdk : NULL;
}

const Sdk *plan_name_owner(const Plan *plan, PlanKind kind, const char *name)
{
        const SdkAnchor *anchor = sdkset_name(plan->set, piece_name_kind(kind), name);
        return anchor && !anchor->next ? anchor->sdk : NULL;
}

bool plan_is_new(const PlanSdk *sdk)
{
        return !sdk->ours;
}

void plan_category(PlanSdk *sdk, const char *category)
{
        g_hash_table_add(sdk->categories, (char *)category);
}

void plan_website(Plan *plan, PlanSdk *sdk, const char *url)
{
        bool web = url && (g_str_has_prefix(url, "http://") || g_str_has_prefix(url, "https://"));
        if (web && strlen(url) <= PLAN_TEXT_LIMIT)
                sdk->website = arena_str(plan->arena, url);
}

/* ---- pieces */

void plan_refuse(Plan *plan, const char *where, const char *text, const char *why)
{
        PlanRefusal *refusal = arena_new0(plan->arena, PlanRefusal);
        *refusal =
                (PlanRefusal){.where = arena_str(plan->arena, where ? where : ""),
                              .text = arena_utf8(plan->arena, span_part(span_str(text), 0,
                                                                        MIN(strlen(text), PLAN_TEXT_LIMIT))),
                              .why = arena_str(plan->arena, why)};
        g_ptr_array_add(plan->refusals, refusal);
}

bool plan_add(Plan *plan, PlanSdk *sdk, PlanKind kind, const char *text)
{
        PieceVerdict verdict = piece_judge(plan->set, sdk->ours, kind, text, plan->arena);
        if (verdict.known) {
                plan->known++;
                return false;
        }
        if (verdict.why) {
                plan_refuse(plan, sdk->label, text, verdict.why);
                return false;
        }
        g_autofree char *key = g_strdup_printf("%d\t%s", kind, text);
        const PlanSdk *there = g_hash_table_lookup(plan->claimed, key);
        if (there == sdk)
                return false;
        if (there) {
                plan_refuse(plan, sdk->label, text,
                            arena_printf(plan->arena, "the list gives it to \"%s\", too", there->label));
                return false;
        }
        g_hash_table_insert(plan->claimed, g_steal_pointer(&key), sdk);
        g_ptr_array_add(sdk->pieces[kind], arena_str(plan->arena, text));
        return true;
}

/* ---- the result */

static bool adds(const PlanSdk *sdk)
{
        for (unsigned kind = 0; kind < PLAN_KINDS; kind++)
                if (sdk->pieces[kind]->len)
                        return true;
        return false;
}

PlanTotals plan_totals(const Plan *plan)
{
        PlanTotals totals = {.known = plan->known,
                             .n_refused = plan->refusals->len,
                             .refused = (const PlanRefusal *const *)plan->refusals->pdata};
        for (guint i = 0; i < plan->sdks->len; i++) {
                const PlanSdk *sdk = g_ptr_array_index(plan->sdks, i);
                for (unsigned kind = 0; kind < PLAN_KINDS; kind++)
                        totals.added[kind] += sdk->pieces[kind]->len;
                totals.sdks += adds(sdk);
                totals.new_sdks += adds(sdk) && plan_is_new(sdk);
        }
        return totals;
}

static int by_text(gconstpointer a, gconstpointer b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_list(Json *row, const char *key, GPtrArray *texts)
{
        g_ptr_array_sort(texts, by_text);
        Json *list = texts->len ? json_set(row, key, json_list()) : NULL;
        for (guint i = 0; i < texts->len; i++)
                json_add_str(list, g_ptr_array_index(texts, i));
}

static void put_row(Json *rows, const PlanSdk *sdk)
{
        Json *row = json_add(rows, json_map());
        json_set_str(row, "id", sdk->id);
        if (!sdk->ours) {
                g_autoptr(GPtrArray) categories = g_ptr_array_new();
                GHashTableIter each;
                gpointer category;
                for (g_hash_table_iter_init(&each, sdk->categories);
                     g_hash_table_iter_next(&each, &category, NULL);)
                        g_ptr_array_add(categories, category);
                if (!categories->len)
                        g_ptr_array_add(categories, (char *)"other");
                json_set_str(row, "name", sdk->name);
                put_list(row, "categories", categories);
                if (sdk->website)
                        json_set_str(row, "website", sdk->website);
        }
        for (unsigned kind = 0; kind < PLAN_KINDS; kind++)
                put_list(row, kind_names[kind], sdk->pieces[kind]);
        json_add_str(json_set(row, "sources", json_list()), sdk->key);
}

static int by_id(gconstpointer a, gconstpointer b)
{
        const PlanSdk *const *x = a, *const *y = b;
        return strcmp((*x)->id, (*y)->id);
}

Json *plan_rows(const Plan *plan)
{
        Json *rows = json_list();
        g_autoptr(GPtrArray) sdks = g_ptr_array_new();
        for (guint i = 0; i < plan->sdks->len; i++)
                if (adds(g_ptr_array_index(plan->sdks, i)))
                        g_ptr_array_add(sdks, g_ptr_array_index(plan->sdks, i));
        g_ptr_array_sort(sdks, by_id);
        for (guint i = 0; i < sdks->len; i++)
                put_row(rows, g_ptr_array_index(sdks, i));
        return rows;
}

static bool write_text(const char *folder, const char *name, const char *suffix, const char *text,
                       GError **error)
{
        g_autofree char *file = g_strconcat(name, suffix, NULL);
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autoptr(GError) cause = NULL;
        if (!*text && g_unlink(path) != 0 && errno != ENOENT)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        if (!*text || g_file_set_contents(path, text, -1, &cause))
                return true;
        return fault(error, FAULT_IO, "%s", cause->message);
}

bool plan_write(const Plan *plan, const char *folder, const char *notice, GError **error)
{
        g_autofree char *sdks = g_build_filename(folder, "sdks", NULL);
        g_autoptr(Json) rows = plan_rows(plan);
        g_autoptr(GString) text = g_string_new(NULL);
        if (g_mkdir_with_parents(sdks, 0777) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", sdks);
        for (size_t i = 0; i < json_len(rows); i++) {
                g_autofree char *line = json_print(json_at(rows, i), false);
                g_string_append_printf(text, "%s\n", line);
        }
        return write_text(sdks, plan->source, ".jsonl", text->str, error) &&
               write_text(sdks, plan->source, ".NOTICE", text->len ? notice : "", error);
}
