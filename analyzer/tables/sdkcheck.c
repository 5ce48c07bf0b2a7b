/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/sdkcheck.h"

#include "analyzer/tables/sdkset_parts.h"

enum { SHORT = 3 };

static void note(SdkReport *report, bool fault, const char *about, char *take_text)
{
        SdkNote *it = g_new0(SdkNote, 1);
        *it = (SdkNote){fault, g_strdup(about), take_text};
        g_ptr_array_add(report->notes, it);
}

static void note_free(gpointer data)
{
        SdkNote *it = data;
        g_free(it->about);
        g_free(it->text);
        g_free(it);
}

static void check_prefix(SdkReport *report, const SdkSet *set, const SdkAnchor *anchor)
{
        const Companies *companies = set->companies;
        Span text = span_str(anchor->text);
        const char *app = companies_app_under(companies, text, anchor->sdk->root);
        const char *refused = sdkset_refused(set, "code", anchor->text);
        if (refused)
                note(report, true, anchor->sdk->id,
                     g_strdup_printf("%s is in refused.tsv: %s", anchor->text, refused));
        if (companies_share_place(companies, text))
                note(report, false, anchor->sdk->id,
                     g_strdup_printf("%s is a place that strangers share", anchor->text));
        if (app)
                note(report, false, anchor->sdk->id,
                     g_strdup_printf("%s covers the apps %s of another company, which would count as the "
                                     "vendor's own",
                                     anchor->text, app));
        if (text.len <= SHORT && !strchr(anchor->text, '$'))
                note(report, false, anchor->sdk->id, g_strdup_printf("%s is very short", anchor->text));
        report->unconfirmed += anchor->confirmed == 0;
}

/* Counts texts that several claim, marks whom any of them belongs to, and tells of refused ones. */
static size_t check_table(SdkReport *report, const SdkSet *set, GHashTable *table, const char *kind,
                          bool *seen)
{
        GHashTableIter each;
        gpointer value;
        size_t shared = 0;
        for (g_hash_table_iter_init(&each, table); g_hash_table_iter_next(&each, NULL, &value);) {
                const SdkAnchor *first = value;
                const char *refused = sdkset_refused(set, kind, first->text);
                if (refused)
                        note(report, true, first->sdk->id,
                             g_strdup_printf("%s %s is in refused.tsv: %s", kind, first->text, refused));
                for (const SdkAnchor *anchor = first; anchor; anchor = anchor->next)
                        seen[anchor->sdk->index] = true;
                shared += first->next != NULL;
        }
        return shared;
}

static void mark(const void *value, void *context)
{
        ((bool *)context)[((const SdkAnchor *)value)->sdk->index] = true;
}

static void mark_file(const void *value, void *context)
{
        ((bool *)context)[((const SdkFile *)value)->sdk->index] = true;
}

static void mark_code(const SdkSet *set, bool *seen)
{
        GHashTableIter each;
        gpointer value;
        for (g_hash_table_iter_init(&each, set->segments); g_hash_table_iter_next(&each, NULL, &value);)
                mark(value, seen);
        for (guint i = 0; i < set->sorted->len; i++)
                mark(g_ptr_array_index(set->sorted, i), seen);
        for (guint i = 0; i < set->constants->len; i++)
                seen[((const SdkConstant *)g_ptr_array_index(set->constants, i))->sdk->index] = true;
        globs_each(set->files, mark_file, seen);
}

static int by_weight(gconstpointer a, gconstpointer b)
{
        const SdkNote *const *x = a, *const *y = b;
        int order = (*y)->fault - (*x)->fault;
        order = order ? order : strcmp((*x)->about, (*y)->about);
        return order ? order : strcmp((*x)->text, (*y)->text);
}

SdkReport *sdkcheck(const SdkSet *set)
{
        static const char *const kinds[SDK_NAME_KINDS] = {"component", "metadata", "action", "native"};
        SdkReport *report = g_new0(SdkReport, 1);
        report->notes = g_ptr_array_new_with_free_func(note_free);
        report->sdks = sdkset_len(set);
        report->prefixes = set->sorted->len;
        g_autofree bool *seen = g_new0(bool, report->sdks + 1);
        for (guint i = 0; i < set->sorted->len; i++)
                check_prefix(report, set, g_ptr_array_index(set->sorted, i));
        for (size_t k = 0; k < SDK_NAME_KINDS; k++) {
                report->shared_names += check_table(report, set, set->names[k].exact, kinds[k], seen);
                globs_each(set->names[k].globs, mark, seen);
        }
        report->shared_hosts = check_table(report, set, set->hosts, "host", seen);
        mark_code(set, seen);
        for (size_t i = 0; i < report->sdks; i++)
                if (!seen[i])
                        note(report, true, sdkset_at(set, i)->id, g_strdup("nothing would show this SDK"));
        g_ptr_array_sort(report->notes, by_weight);
        return report;
}

void sdkcheck_free(SdkReport *report)
{
        if (!report)
                return;
        g_ptr_array_unref(report->notes);
        g_free(report);
}
