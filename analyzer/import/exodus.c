/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exodus.c - {"trackers": {"<id>": {"id", "name", "code_signature", "network_signature", "website", "categories" ...}}}, as
 * Exodus Privacy's API answers.
 *
 * code_signature is a Python regex that their analysis searches in dotted class names: alternatives behind '|', dots mostly
 * not escaped, not used at all when it has three characters or fewer. An alternative with a dot in front means any package
 * with this segment, the others are prefixes. network_signature is a regex of hosts, dots escaped. (exodus-core,
 * static_analysis.py; sdks.jsonl states a tracker's number as "exodus:<id>".) */
#include "analyzer/import/import.h"

static const struct {
        const char *theirs, *ours;
} categories[] = {
        {"Analytics", "analytics"}, {"Advertisement", "advertising"},     {"Location", "location"},
        {"Profiling", "profiling"}, {"Identification", "identification"}, {"Crash reporting", "crash"},
};

/* Drops the backslashes in front of dots and what blanks and dots stand at the ends; dots in front are counted. */
static char *unescape(const char *text, unsigned *front)
{
        GString *plain = g_string_new(NULL);
        for (const char *at = text; *at; at++)
                if (!(at[0] == '\\' && at[1] == '.') && !g_ascii_isspace(*at))
                        g_string_append_c(plain, *at);
        *front = (unsigned)strspn(plain->str, ".");
        g_string_erase(plain, 0, *front);
        while (plain->len && plain->str[plain->len - 1] == '.')
                g_string_truncate(plain, plain->len - 1);
        return g_string_free(plain, FALSE);
}

/* Whose prefix an alternative of the signature is, exactly. */
static const Sdk *owner_of(const Plan *plan, char **alternatives)
{
        for (; *alternatives; alternatives++) {
                unsigned front;
                g_autofree char *text = unescape(*alternatives, &front);
                const Sdk *sdk = front ? NULL : plan_prefix_owner(plan, text);
                if (sdk)
                        return sdk;
        }
        return NULL;
}

static void add_code(Plan *plan, PlanSdk *sdk, const char *alternative)
{
        unsigned front;
        g_autofree char *text = unescape(alternative, &front);
        if (*text)
                plan_add(plan, sdk, front ? PLAN_SEGMENT : PLAN_CODE, text);
}

static void add_host(Plan *plan, PlanSdk *sdk, const char *alternative)
{
        unsigned front;
        g_autofree char *text = unescape(alternative, &front), *host = g_ascii_strdown(text, -1);
        if (*host)
                plan_add(plan, sdk, PLAN_HOST, host);
}

static void add_tracker(Plan *plan, const char *key, const Json *tracker)
{
        const char *name = json_str(tracker, "name"), *code = json_str(tracker, "code_signature"),
                   *network = json_str(tracker, "network_signature");
        g_autofree char *source = g_strdup_printf("exodus:%" G_GINT64_FORMAT,
                                                  json_int(tracker, "id", g_ascii_strtoll(key, NULL, 10)));
        g_auto(GStrv) prefixes = g_strsplit(code ? code : "", "|", PLAN_TEXT_LIMIT);
        g_auto(GStrv) hosts = g_strsplit(network ? network : "", "|", PLAN_TEXT_LIMIT);
        PlanSdk *sdk = plan_sdk(plan, source, name ? name : "", owner_of(plan, prefixes));
        if (!sdk)
                return;
        const Json *list = json_get(tracker, "categories");
        for (size_t i = 0; i < json_len(list); i++)
                for (size_t k = 0; k < G_N_ELEMENTS(categories); k++)
                        if (g_strcmp0(json_text(json_at(list, i)), categories[k].theirs) == 0)
                                plan_category(sdk, categories[k].ours);
        plan_website(plan, sdk, json_str(tracker, "website"));
        for (char **alternative = prefixes; *alternative; alternative++)
                add_code(plan, sdk, *alternative);
        for (char **alternative = hosts; *alternative; alternative++)
                add_host(plan, sdk, *alternative);
}

bool import_exodus(Plan *plan, const char *path, GError **error)
{
        g_autoptr(Json) root = import_json(path, IMPORT_FILE_LIMIT, error);
        if (!root)
                return false;
        const Json *trackers = json_get(root, "trackers");
        if (!json_is_map(trackers) || json_size(trackers) == 0)
                return fault(error, FAULT_MALFORMED,
                             "%s: no \"trackers\" in it, as Exodus Privacy's API answers", path);
        for (JsonEach each = json_each(trackers); json_next(&each);)
                add_tracker(plan, each.key, each.value);
        return true;
}
