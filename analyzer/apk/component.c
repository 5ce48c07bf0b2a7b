/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/manifest_reader.h"

static void read_meta_data(Reader *r, const char *component)
{
        const char *name = attr_text(&r->at, ATTR_NAME);
        if (!name || !*name) {
                reader_note(r, "manifest-meta-data-nameless", true, component);
                return;
        }
        MetaData *m = record_new(r->arena, MetaData, meta_data__init);
        m->component = arena_str(r->arena, component);
        m->name = arena_str(r->arena, name);
        uint32_t resource;
        unsigned unfetched = r->at.unfetched;
        if (attr_reference(&r->at, ATTR_RESOURCE, &resource) && resource) {
                /* android:resource hands the app the id; its text helps the reader of the facts. */
                const ArscValue *v = attr_follow(&r->at, resource);
                m->value = v && v->text ? arena_str(r->arena, attr_cut(&r->at, v->text))
                                        : arena_printf(r->arena, "@0x%08x", resource);
        } else {
                m->value = arena_str(r->arena, attr_text(&r->at, ATTR_VALUE));
        }
        reader_texts(r, unfetched);
        arena_push(r->arena, &r->out->n_meta_data, &r->out->meta_data, m);
}

/* ---- intent filters */

enum { SCHEMES = 20 }; /* kept of one component */

typedef struct {
        bool acts, main, launcher, browsable;
        unsigned n_schemes;
        const char *schemes[SCHEMES];
} Filter;

static bool has_text(char **list, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++) {
                if (g_str_equal(list[i], text))
                        return true;
        }
        return false;
}

static void read_action(Reader *r, Component *c, GHashTable *seen, Filter *f)
{
        const char *name = attr_spelled(&r->at, "name", ATTR_NAME);
        if (!name || !*name)
                return;
        f->acts = true;
        f->main = f->main || g_str_equal(name, "android.intent.action.MAIN");
        if (g_hash_table_add(seen, (char *)name))
                arena_push(r->arena, &c->n_actions, &c->actions, arena_str(r->arena, name));
}

static void read_category(Reader *r, Filter *f)
{
        const char *name = attr_spelled(&r->at, "name", ATTR_NAME);
        if (!name)
                return;
        f->launcher = f->launcher || g_str_equal(name, "android.intent.category.LAUNCHER") ||
                      g_str_equal(name, "android.intent.category.LEANBACK_LAUNCHER");
        f->browsable = f->browsable || g_str_equal(name, "android.intent.category.BROWSABLE");
}

static void keep_schemes(Reader *r, Component *c, const Filter *f)
{
        for (unsigned i = 0; i < f->n_schemes && c->n_schemes < SCHEMES; i++) {
                if (!has_text(c->schemes, c->n_schemes, f->schemes[i]))
                        arena_push(r->arena, &c->n_schemes, &c->schemes, arena_str(r->arena, f->schemes[i]));
        }
}

/* Android drops filters without an action, but only from activities and receivers. */
static void read_filter(Reader *r, Component *c, GHashTable *seen)
{
        Filter f = {.acts = c->kind == COMPONENT__KIND__SERVICE || c->kind == COMPONENT__KIND__PROVIDER};
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *tag = axml_name(&r->xml);
                if (g_str_equal(tag, "action")) {
                        read_action(r, c, seen, &f);
                } else if (g_str_equal(tag, "category")) {
                        read_category(r, &f);
                } else if (g_str_equal(tag, "data") && f.n_schemes < SCHEMES) {
                        const char *scheme = attr_text(&r->at, ATTR_SCHEME);
                        if (scheme && *scheme)
                                f.schemes[f.n_schemes++] = scheme;
                }
        }
        if (!f.acts)
                return;
        c->has_filters = true;
        c->filters++;
        if (f.main && f.launcher)
                c->has_launcher = c->launcher = true;
        if (f.browsable) {
                c->has_browsable = c->browsable = true;
                keep_schemes(r, c, &f);
        }
}

/* ---- components */

/* What a provider demands for reading and for writing falls back to what it demands at all. */
static void read_provider(Reader *r, const Inherited *app, Component *c)
{
        const char *both = attr_text(&r->at, ATTR_PERMISSION);
        const char *read = attr_text(&r->at, ATTR_READ_PERMISSION);
        const char *write = attr_text(&r->at, ATTR_WRITE_PERMISSION);
        both = both ? both : app->permission;
        read = read ? read : both;
        write = write ? write : both;
        c->read_permission = read && *read ? arena_str(r->arena, read) : NULL;
        c->write_permission = write && *write ? arena_str(r->arena, write) : NULL;
        c->permission = c->read_permission;
        c->has_grants_uri = c->grants_uri = attr_bool(&r->at, ATTR_GRANT_URI_PERMISSIONS, false);
        c->has_init_order = attr_int(&r->at, ATTR_INIT_ORDER, &c->init_order) && c->init_order;
        reader_split(r, attr_text(&r->at, ATTR_AUTHORITIES), ";", &c->n_authorities, &c->authorities);
}

/* Left out where Android's default holds: facts of a thousand activities stay small. */
static void read_activity(Reader *r, const Inherited *app, Component *c)
{
        static const char *const modes[] = {NULL, "singleTop", "singleTask", "singleInstance",
                                            "singleInstancePerTask"};
        int32_t mode = 0;
        if (attr_int(&r->at, ATTR_LAUNCH_MODE, &mode) && mode > 0 && mode < (int32_t)G_N_ELEMENTS(modes))
                c->launch_mode = arena_str(r->arena, modes[mode]);
        const char *affinity = reader_compound(r, attr_text(&r->at, ATTR_TASK_AFFINITY));
        affinity = affinity ? affinity : app->task_affinity;
        if (affinity && !g_str_equal(affinity, r->out->package))
                c->task_affinity = arena_str(r->arena, affinity);
        c->has_reparenting = c->reparenting =
                attr_bool(&r->at, ATTR_ALLOW_TASK_REPARENTING, app->reparenting);
}

static void read_component_attributes(Reader *r, const Inherited *app, Component *c)
{
        bool alias = c->kind == COMPONENT__KIND__ALIAS;
        c->has_exported_stated = true;
        c->exported_stated = attr_has(&r->at, ATTR_EXPORTED);
        c->has_exported = true;
        c->exported = attr_bool(&r->at, ATTR_EXPORTED, false);
        c->has_enabled = true;
        c->enabled = attr_bool(&r->at, ATTR_ENABLED, true) && app->enabled;
        const char *permission = attr_text(&r->at, ATTR_PERMISSION);
        if (!permission && !alias)
                permission = app->permission;
        c->permission = permission && *permission ? arena_str(r->arena, permission) : NULL;
        const char *process = attr_text(&r->at, ATTR_PROCESS);
        if (!alias)
                c->process =
                        arena_str(r->arena, process && *process ? reader_compound(r, process) : app->process);
        if (alias)
                c->target = arena_str(r->arena, reader_class(r, attr_text(&r->at, ATTR_TARGET_ACTIVITY)));
        else if (c->kind == COMPONENT__KIND__ACTIVITY)
                read_activity(r, app, c);
        else if (c->kind == COMPONENT__KIND__PROVIDER)
                read_provider(r, app, c);
        int32_t types = 0;
        if (c->kind == COMPONENT__KIND__SERVICE && attr_int(&r->at, ATTR_FOREGROUND_SERVICE_TYPE, &types)) {
                c->has_foreground_types = types != 0;
                c->foreground_types = (uint32_t)types;
        }
}

static void read_component(Reader *r, const Inherited *app, Component__Kind kind)
{
        const char *name = reader_class(r, attr_text(&r->at, ATTR_NAME));
        if (!name) {
                reader_note(r, "manifest-component-nameless", true, record_kind_name(kind));
                return;
        }
        Component *c = record_new(r->arena, Component, component__init);
        c->kind = kind;
        c->name = arena_str(r->arena, name);
        read_component_attributes(r, app, c);
        arena_push(r->arena, &r->out->n_components, &r->out->components, c);
        g_autoptr(GHashTable) actions = NULL;
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *tag = axml_name(&r->xml);
                if (g_str_equal(tag, "intent-filter")) {
                        actions = actions ? actions : g_hash_table_new(g_str_hash, g_str_equal);
                        read_filter(r, c, actions);
                } else if (g_str_equal(tag, "meta-data")) {
                        read_meta_data(r, c->name);
                } else if (g_str_equal(tag, "grant-uri-permission") && kind == COMPONENT__KIND__PROVIDER) {
                        c->has_grants_uri = c->grants_uri = true;
                }
        }
}

static bool component_kind(const char *tag, Component__Kind *kind)
{
        for (int i = COMPONENT__KIND__ACTIVITY; i <= COMPONENT__KIND__PROVIDER; i++) {
                *kind = (Component__Kind)i;
                if (g_str_equal(tag, record_kind_name(*kind)))
                        return true;
        }
        return false;
}

void reader_component(Reader *r, const Inherited *inherited)
{
        const char *tag = axml_name(&r->xml);
        Component__Kind kind;
        if (component_kind(tag, &kind))
                read_component(r, inherited, kind);
        else if (g_str_equal(tag, "meta-data"))
                read_meta_data(r, NULL);
}

/* ---- when all is read */

/* An alias is its target under another name: what it cannot state itself is the target's. */
static void complete_aliases(Reader *r)
{
        const Manifest *m = r->out;
        g_autoptr(GHashTable) activities = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < m->n_components; i++) {
                Component *c = m->components[i];
                if (c->kind == COMPONENT__KIND__ACTIVITY && !g_hash_table_contains(activities, c->name))
                        g_hash_table_insert(activities, c->name, c);
                if (c->kind != COMPONENT__KIND__ALIAS || !c->target)
                        continue;
                const Component *target = g_hash_table_lookup(activities, c->target);
                if (!target)
                        continue;
                c->process = target->process;
                c->task_affinity = target->task_affinity;
                c->launch_mode = target->launch_mode;
                c->has_reparenting = c->reparenting = target->reparenting;
        }
}

void reader_finish_components(Reader *r)
{
        enum { PROVIDERS_CLOSED = 17, EXPORTED_DEMANDED = 31 }; /* target SDK levels */
        const Manifest *m = r->out;
        complete_aliases(r);
        int32_t target = m->target_codename ? INT32_MAX : m->target_sdk;
        for (size_t i = 0; i < m->n_components; i++) {
                Component *c = m->components[i];
                if (c->exported_stated)
                        continue;
                if (c->kind == COMPONENT__KIND__PROVIDER) {
                        c->exported = target < PROVIDERS_CLOSED;
                        continue;
                }
                c->exported = c->filters > 0;
                /* Old codenames stand for levels long passed; whether one would be refused is not for us to
                 * know. */
                if (c->exported && !m->target_codename && target >= EXPORTED_DEMANDED)
                        reader_note(r, "manifest-exported-missing", true, c->name);
        }
}
