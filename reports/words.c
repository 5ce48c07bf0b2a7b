/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/words.h"

#include "core/datafile.h"
#include "core/text.h"

typedef struct {
        char *en, *zh;
} Phrase;

struct ReportWords {
        GHashTable *phrases;     /* key -> Phrase */
        GHashTable *types;       /* key -> Phrase: the app types' names */
        GHashTable *columns;     /* type keys with a column in Annex D */
        GHashTable *protections; /* permission -> protection level */
        GHashTable *sdks;        /* id -> SdkWords */
        GHashTable *companies;   /* id -> CompanyWords */
};

static void phrase_free(void *data)
{
        Phrase *p = data;
        g_free(p->en);
        g_free(p->zh);
        g_free(p);
}

static void sdk_free(void *data)
{
        SdkWords *s = data;
        g_free(s->id);
        g_free(s->name);
        g_free(s->name_zh);
        g_free(s->company);
        g_strfreev(s->categories);
        g_free(s);
}

static void company_free(void *data)
{
        CompanyWords *c = data;
        g_free(c->id);
        g_free(c->name);
        g_free(c->name_zh);
        g_free(c->root);
        g_free(c->country);
        g_free(c);
}

/* ---- loading ------------------------------------------------------------------------------------------------- */

static void add_phrase(GHashTable *to, const char *key, const char *en, const char *zh)
{
        Phrase *p = g_new0(Phrase, 1);
        *p = (Phrase){g_strdup(en), g_strdup(zh)};
        g_hash_table_replace(to, g_strdup(key), p);
}

static bool load_phrases(ReportWords *w, DataFile *file, GError **error)
{
        static const char *const columns[] = {"key", "en", "zh", NULL};
        const char *f[3];
        GError *cause = NULL;
        while (datafile_next_tsv(file, columns, f, &cause)) {
                if (g_hash_table_contains(w->phrases, f[0]))
                        return datafile_fault(file, error, "\"%s\" stands here for the second time", f[0]);
                add_phrase(w->phrases, f[0], f[1], f[2]);
        }
        if (cause)
                g_propagate_error(error, cause);
        return !cause;
}

/* The names of a row that must hold `key`; false with the line in the message when it does not. */
static bool row_key(const DataFile *file, const Json *row, const char *key, const char **value,
                    GError **error)
{
        *value = json_str(row, key);
        return *value || datafile_fault(file, error, "the row has no \"%s\"", key);
}

static bool take_type(ReportWords *w, const DataFile *file, const Json *row, GError **error)
{
        const char *key;
        if (!row_key(file, row, "key", &key, error))
                return false;
        add_phrase(w->types, key, json_str(row, "name_en"), json_str(row, "name_zh"));
        return true;
}

static bool take_rule(ReportWords *w, const DataFile *file, const Json *row, GError **error)
{
        const char *kind, *type = json_str(row, "category_key");
        if (!row_key(file, row, "kind", &kind, error))
                return false;
        if (type && g_str_equal(kind, "annexD_negative_list"))
                g_hash_table_add(w->columns, g_strdup(type));
        return true;
}

static bool take_permission(ReportWords *w, const DataFile *file, const Json *row, GError **error)
{
        const char *name, *protection;
        if (!row_key(file, row, "name", &name, error) ||
            !row_key(file, row, "protection", &protection, error))
                return false;
        size_t base =
                strcspn(protection, "|"); /* "signature|privileged": the flags behind the bar are no level */
        g_hash_table_replace(w->protections, g_strdup(name), g_strndup(protection, base));
        return true;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **sorted_texts(const Json *list)
{
        GPtrArray *texts = g_ptr_array_new();
        for (size_t i = 0; i < json_len(list); i++) {
                const char *text = json_text(json_at(list, i));
                if (text)
                        g_ptr_array_add(texts, g_strdup(text));
        }
        g_ptr_array_sort(texts, by_text);
        g_ptr_array_add(texts, NULL);
        return (char **)g_ptr_array_free(texts, FALSE);
}

static bool take_company(ReportWords *w, const DataFile *file, const Json *row, GError **error)
{
        const char *id, *name, *root;
        if (!row_key(file, row, "id", &id, error) || !row_key(file, row, "name", &name, error))
                return false;
        root = json_str(row, "root");
        CompanyWords *c = g_new0(CompanyWords, 1);
        *c = (CompanyWords){g_strdup(id), g_strdup(name), g_strdup(json_str(row, "name_zh")),
                            g_strdup(root ? root : id), g_strdup(json_str(row, "country"))};
        g_hash_table_replace(w->companies, c->id, c);
        return true;
}

static bool take_sdk(ReportWords *w, const DataFile *file, const Json *row, GError **error)
{
        const char *id, *name;
        if (!row_key(file, row, "id", &id, error) || !row_key(file, row, "name", &name, error))
                return false;
        const char *vendor = json_str(row, "vendor_id");
        const CompanyWords *company = vendor ? words_company(w, vendor) : NULL;
        SdkWords *s = g_new0(SdkWords, 1);
        *s = (SdkWords){g_strdup(id), g_strdup(name), g_strdup(json_str(row, "name_zh")),
                        g_strdup(company ? company->root : vendor),
                        sorted_texts(json_get(row, "categories"))};
        g_hash_table_replace(w->sdks, s->id, s);
        return true;
}

typedef bool (*TakeRow)(ReportWords *w, const DataFile *file, const Json *row, GError **error);

static bool load_json(ReportWords *w, const char *home, const char *folder, const char *name, TakeRow take,
                      GError **error)
{
        g_autofree char *path = g_build_filename(home, folder, name, NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        if (!file)
                return false;
        GError *cause = NULL;
        const Json *row;
        while (datafile_next_json(file, &row, &cause)) {
                if (!take(w, file, row, error))
                        return false;
        }
        if (cause)
                g_propagate_error(error, cause);
        return !cause;
}

static bool load_all(ReportWords *w, const char *home, GError **error)
{
        g_autofree char *path = g_build_filename(home, "i18n", "words.tsv", NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        return file && load_phrases(w, file, error) &&
               load_json(w, home, "categories", "categories.jsonl", take_type, error) &&
               load_json(w, home, "rules", "category_permissions.jsonl", take_rule, error) &&
               load_json(w, home, "permissions", "permissions.jsonl", take_permission, error) &&
               load_json(w, home, "sdks", "companies.jsonl", take_company, error) &&
               load_json(w, home, "sdks", "sdks.jsonl", take_sdk, error);
}

ReportWords *report_words_load(const char *data_home, GError **error)
{
        ReportWords *w = g_new0(ReportWords, 1);
        w->phrases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, phrase_free);
        w->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, phrase_free);
        w->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        w->protections = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        w->sdks = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, sdk_free);
        w->companies = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, company_free);
        if (load_all(w, data_home, error))
                return w;
        g_prefix_error(error, "words of the report: ");
        report_words_free(w);
        return NULL;
}

void report_words_free(ReportWords *w)
{
        if (!w)
                return;
        g_hash_table_unref(w->phrases);
        g_hash_table_unref(w->types);
        g_hash_table_unref(w->columns);
        g_hash_table_unref(w->protections);
        g_hash_table_unref(w->sdks);
        g_hash_table_unref(w->companies);
        g_free(w);
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static const char *in_language(const Phrase *p, const char *lang)
{
        const char *text = p && g_strcmp0(lang, "zh") == 0 ? p->zh : p ? p->en : NULL;
        return text && *text ? text : NULL;
}

const char *words_find(const ReportWords *w, const char *key, const char *lang)
{
        return in_language(g_hash_table_lookup(w->phrases, key), lang);
}

const char *words_say(const ReportWords *w, const char *key, const char *lang)
{
        const char *text = words_find(w, key, lang);
        return text ? text : key;
}

const char *words_say_part(const ReportWords *w, const char *room, const char *key, const char *lang)
{
        g_autofree char *full = g_strdup_printf("%s.%s", room, key);
        const char *text = words_find(w, full, lang);
        return text ? text : key;
}

static const char *const holes[] = {"{n}", "{of}", "{text}"};

static const char *after_hole(GString *out, const char *p, const char *const *fills)
{
        for (size_t i = 0; i < G_N_ELEMENTS(holes); i++) {
                if (g_str_has_prefix(p, holes[i])) {
                        g_string_append(out, fills[i]);
                        return p + strlen(holes[i]);
                }
        }
        g_string_append_c(out, *p);
        return p + 1;
}

char *words_fill(const ReportWords *w, const char *key, const char *lang, int64_t n, int64_t of,
                 const char *text)
{
        g_autofree char *count = text_count((guint64)MAX(n, 0)), *total = text_count((guint64)MAX(of, 0));
        const char *const fills[] = {count, total, text ? text : ""};
        g_autofree char *singular = g_strdup_printf("%s.one", key);
        const char *sentence = n == 1 ? words_find(w, singular, lang) : NULL;
        GString *out = g_string_new(NULL);
        for (const char *p = sentence ? sentence : words_say(w, key, lang); *p;)
                p = after_hole(out, p, fills);
        return g_string_free(out, FALSE);
}

const char *words_name(const ReportWords *w, const char *names, const char *id, const char *lang)
{
        bool zh = g_strcmp0(lang, "zh") == 0;
        if (g_str_equal(names, "sdk")) {
                const SdkWords *s = words_sdk(w, id);
                return !s ? NULL : zh && s->name_zh ? s->name_zh : s->name;
        }
        if (g_str_equal(names, "company")) {
                const CompanyWords *c = words_company(w, id);
                return !c ? NULL : zh && c->name_zh ? c->name_zh : c->name;
        }
        if (g_str_equal(names, "type") && g_hash_table_contains(w->types, id))
                return in_language(g_hash_table_lookup(w->types, id), lang);
        g_autofree char *key = g_strdup_printf("%s.%s", names, id);
        return words_find(w, key, lang);
}

const char *words_protection(const ReportWords *w, const char *permission)
{
        const char *level = g_hash_table_lookup(w->protections, permission);
        return level ? level : "unlisted";
}

bool words_type_has_column(const ReportWords *w, const char *type)
{
        return g_hash_table_contains(w->columns, type);
}

const SdkWords *words_sdk(const ReportWords *w, const char *id)
{
        return g_hash_table_lookup(w->sdks, id);
}

const CompanyWords *words_company(const ReportWords *w, const char *id)
{
        return g_hash_table_lookup(w->companies, id);
}
