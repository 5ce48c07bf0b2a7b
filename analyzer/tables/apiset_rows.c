/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of apis.tsv, and what rows of all files have in common. */
#include "analyzer/tables/apiset_parts.h"

static const char *const kind_names[API_KINDS] = {"method", "field",   "uri",       "setting",
                                                  "prop",   "path",    "shell",     "reflect",
                                                  "intent", "service", "sysservice"};
static const char *const sink_names[] = {"resolver", "settings", "property", "file",       "exec",
                                         "reflect",  "intent",   "service",  "preference", "binder"};

const char *api_kind_name(ApiKind kind)
{
        return kind_names[kind];
}

static int find_name(const char *name, const char *const *names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(names[i], name) == 0)
                        return (int)i;
        return -1;
}

/* The parts of "a|b", NULL-terminated; an empty text has none. */
const char *const *api_split(ApiSet *set, const char *text, char separator)
{
        size_t n = *text != '\0';
        for (const char *p = text; (p = strchr(p, separator)); p++)
                n++;
        const char **parts = arena_array(set->arena, const char *, n + 1);
        if (n == 1)
                parts[0] = text;
        for (size_t i = 0; n > 1 && i < n; i++) {
                size_t len = strcspn(text, (char[]){separator, '\0'});
                parts[i] = arena_strn(set->arena, text, len);
                text += len + 1;
        }
        return parts;
}

void api_add_needs(ApiSet *set, const PermissionNeed **needs, const char *const *permissions, bool exact)
{
        for (; *permissions; permissions++) {
                api_need_add(set->arena, needs, *permissions, exact);
                g_hash_table_add(set->permissions, (char *)*permissions);
        }
}

bool api_read_sinks(ApiSet *set, const DataFile *file, const char *list, unsigned *sinks, GError **error)
{
        for (const char *const *name = api_split(set, list, ','); *name; name++) {
                int bit = find_name(*name, sink_names, G_N_ELEMENTS(sink_names));
                if (bit < 0)
                        return datafile_fault(file, error, "\"%s\" is no sink", *name);
                *sinks |= 1u << bit;
        }
        return true;
}

bool api_check_class(const DataFile *file, const char *name, GError **error)
{
        size_t len = strlen(name);
        if (len > 2 && name[0] == 'L' && name[len - 1] == ';' && !strpbrk(name, ". "))
                return true;
        return datafile_fault(file, error, "\"%s\" is no class descriptor", name);
}

bool api_check_member(const DataFile *file, const char *class_name, const char *name, GError **error)
{
        if (!api_check_class(file, class_name, error))
                return false;
        return (*name && !strpbrk(name, " (;.")) ||
               datafile_fault(file, error, "\"%s\" is no member's name", name);
}

/* ---- apis.tsv */

enum {
        KIND,
        CLASS,
        MEMBER,
        DESCRIPTOR,
        VALUE,
        DATA_TYPE,
        ACTION,
        PERMISSION,
        TIER,
        SIDE,
        SINKS,
        SOURCES,
        N_API
};
const char *const api_columns[API_COLUMNS + 1] = {"kind",      "class",   "member",     "descriptor", "value",
                                                  "data_type", "action",  "permission", "tier",       "side",
                                                  "sinks",     "sources", NULL};

static bool is_recalled(const char *sources)
{
        return strcmp(sources, "recalled") == 0;
}

static bool check_api(const DataFile *file, const char *const *row, GError **error)
{
        static const char *const actions[] = {"read", "listen", "control"};
        static const char *const tiers[] = {"curated", "external", "behaviour"};
        static const char *const sides[] = {"code", "manifest", "both"};
        int kind = find_name(row[KIND], kind_names, API_KINDS);
        if (kind < 0)
                return datafile_fault(file, error, "\"%s\" is no kind", row[KIND]);
        if (find_name(row[ACTION], actions, G_N_ELEMENTS(actions)) < 0)
                return datafile_fault(file, error, "\"%s\" is no action", row[ACTION]);
        if (find_name(row[TIER], tiers, G_N_ELEMENTS(tiers)) < 0)
                return datafile_fault(file, error, "\"%s\" is no tier", row[TIER]);
        if (!*row[DATA_TYPE] || !*row[SOURCES])
                return datafile_fault(file, error, "a row needs a data type and a source");
        if (kind == API_INTENT ? find_name(row[SIDE], sides, G_N_ELEMENTS(sides)) < 0 : *row[SIDE] != '\0')
                return datafile_fault(file, error, "\"%s\" is no side of a row of kind %s", row[SIDE],
                                      row[KIND]);
        if (kind != API_METHOD && kind != API_FIELD)
                return (*row[VALUE] && !*row[CLASS]) ||
                       datafile_fault(file, error, "a row of kind %s has a value and no class", row[KIND]);
        if (*row[DESCRIPTOR] && (row[DESCRIPTOR][0] == '(') != (kind == API_METHOD))
                return datafile_fault(file, error, "\"%s\" does not describe a %s", row[DESCRIPTOR],
                                      row[KIND]);
        return api_check_member(file, row[CLASS], row[MEMBER], error);
}

static Api *new_api(ApiSet *set, const char *const *row)
{
        Api *api = arena_new0(set->arena, Api);
        api->index = set->apis->len;
        api->kind = (ApiKind)find_name(row[KIND], kind_names, API_KINDS);
        api->what = row[VALUE];
        if (api->kind == API_METHOD || api->kind == API_FIELD)
                api->what = arena_printf(set->arena, "%s->%s%s", row[CLASS], row[MEMBER],
                                         api->kind == API_METHOD ? row[DESCRIPTOR] : "");
        api->data_type = row[DATA_TYPE];
        api->action = row[ACTION];
        api->permissions = api_split(set, row[PERMISSION], '|');
        api->external = strcmp(row[TIER], "external") == 0;
        api->behaviour = strcmp(row[TIER], "behaviour") == 0;
        api->recalled = is_recalled(row[SOURCES]);
        g_ptr_array_add(set->apis, api);
        return api;
}

static bool twice(const DataFile *file, const Api *api, GError **error)
{
        return datafile_fault(file, error, "%s %s stands twice", kind_names[api->kind], api->what);
}

static bool add_member_api(ApiSet *set, const DataFile *file, const Api *api, const char *const *row,
                           GError **error)
{
        const char *descriptor = *row[DESCRIPTOR] ? row[DESCRIPTOR] : NULL;
        ApiMember *member = api_member_for(set, row[CLASS], row[MEMBER], descriptor, api->kind == API_FIELD);
        if (member->api)
                return twice(file, api, error);
        member->api = api;
        api_add_needs(set, &member->need, api->permissions, false);
        return true;
}

static bool add_constant_api(ApiSet *set, const DataFile *file, const Api *api, const char *text,
                             bool manifest, unsigned sinks, GError **error)
{
        ApiConstant *constant = api_constant_for(set, api->kind, text, manifest);
        if (constant->api)
                return twice(file, api, error);
        constant->api = api;
        if (sinks)
                constant->sinks = sinks;
        api_add_needs(set, &constant->need, api->permissions, false);
        return true;
}

bool api_add_row(ApiSet *set, const DataFile *file, const char *const *row, GError **error)
{
        unsigned sinks = 0;
        if (!check_api(file, row, error) || !api_read_sinks(set, file, row[SINKS], &sinks, error))
                return false;
        const Api *api = new_api(set, row);
        if (api->kind == API_METHOD || api->kind == API_FIELD)
                return add_member_api(set, file, api, row, error);
        if (api->kind == API_SERVICE) {
                /* known by its action, and by the permission that only the system can bind it with */
                for (const char *const *permission = api->permissions; *permission; permission++)
                        if (!add_constant_api(set, file, api, *permission, true, 0, error))
                                return false;
                return add_constant_api(set, file, api, api->what, true, 0, error);
        }
        bool manifest = api->kind == API_INTENT && strcmp(row[SIDE], "code") != 0;
        bool code = api->kind != API_INTENT || strcmp(row[SIDE], "manifest") != 0;
        return (!manifest || add_constant_api(set, file, api, api->what, true, 0, error)) &&
               (!code || add_constant_api(set, file, api, api->what, false, sinks, error));
}
