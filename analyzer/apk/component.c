/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/manifest_reader.h"

/* What <application> sets for the components in it. */
typedef struct {
        const char *permission, *process;
        bool enabled;
} Inherited;

static const char *process_name(Reader *r, const char *name)
{
        if (!name || !*name)
                return NULL;
        return name[0] == ':' ? arena_printf(r->arena, "%s%s", r->out->package, name) : name;
}

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
        if (attr_reference(&r->at, ATTR_RESOURCE, &resource) && resource) {
                /* android:resource hands the app the id; its text helps the reader of the facts. */
                const ArscValue *v = r->at.arsc ? arsc_default(r->at.arsc, resource) : NULL;
                m->value = v && v->text ? arena_str(r->arena, attr_cut(&r->at, v->text))
                                        : arena_printf(r->arena, "@0x%08x", resource);
        } else {
                m->value = arena_str(r->arena, attr_text(&r->at, ATTR_VALUE));
        }
        arena_push(r->arena, &r->out->n_meta_data, &r->out->meta_data, m);
}

static bool has_text(char **list, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++) {
                if (g_str_equal(list[i], text))
                        return true;
        }
        return false;
}

/* Android drops filters without an action, but only from activities and receivers. */
static void read_filter(Reader *r, Component *c)
{
        bool acts = c->kind == COMPONENT__KIND__SERVICE || c->kind == COMPONENT__KIND__PROVIDER;
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                if (!g_str_equal(axml_name(&r->xml), "action"))
                        continue;
                const char *name = attr_spelled_name(&r->at);
                if (!name || !*name)
                        continue;
                acts = true;
                if (!has_text(c->actions, c->n_actions, name))
                        arena_push(r->arena, &c->n_actions, &c->actions, arena_str(r->arena, name));
        }
        c->filters += acts;
        c->has_filters = c->filters > 0;
}

static void read_authorities(Reader *r, Component *c)
{
        const char *all = attr_text(&r->at, ATTR_AUTHORITIES);
        g_auto(GStrv) parts = g_strsplit(all ? all : "", ";", -1);
        for (char **part = parts; *part; part++) {
                if (**part)
                        arena_push(r->arena, &c->n_authorities, &c->authorities, arena_str(r->arena, *part));
        }
}

static void read_component_attributes(Reader *r, const Inherited *app, Component *c)
{
        bool alias = c->kind == COMPONENT__KIND__ALIAS, provider = c->kind == COMPONENT__KIND__PROVIDER;
        c->has_exported_stated = true;
        c->exported_stated = attr_has(&r->at, ATTR_EXPORTED);
        c->has_exported = true;
        c->exported = attr_bool(&r->at, ATTR_EXPORTED, false);
        c->has_enabled = true;
        c->enabled = attr_bool(&r->at, ATTR_ENABLED, true) && app->enabled;
        const char *permission = provider ? attr_text(&r->at, ATTR_READ_PERMISSION) : NULL;
        if (!permission)
                permission = attr_text(&r->at, ATTR_PERMISSION);
        if (!permission && !alias)
                permission = app->permission;
        c->permission = permission && *permission ? arena_str(r->arena, permission) : NULL;
        const char *process = alias ? NULL : process_name(r, attr_text(&r->at, ATTR_PROCESS));
        c->process = arena_str(r->arena, process || alias ? process : app->process);
        if (alias)
                c->target = arena_str(r->arena, reader_class(r, attr_text(&r->at, ATTR_TARGET_ACTIVITY)));
        if (provider)
                read_authorities(r, c);
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
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *tag = axml_name(&r->xml);
                if (g_str_equal(tag, "intent-filter"))
                        read_filter(r, c);
                else if (g_str_equal(tag, "meta-data"))
                        read_meta_data(r, c->name);
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

static bool is_wanted_locale(const char *locale)
{
        return (g_str_has_prefix(locale, "zh") || g_str_has_prefix(locale, "en")) &&
               (!locale[2] || locale[2] == '-');
}

static void read_label(Reader *r)
{
        Manifest *m = r->out;
        m->label = attr_text(&r->at, ATTR_LABEL);
        uint32_t resource;
        const ArscValue *values;
        if (!r->at.arsc || !attr_reference(&r->at, ATTR_LABEL, &resource))
                return;
        size_t n = arsc_values(r->at.arsc, resource, &values);
        for (size_t i = 0; i < n; i++) {
                if (!is_wanted_locale(values[i].locale) || !values[i].text)
                        continue;
                LabelText *label = record_new(r->arena, LabelText, label_text__init);
                label->lang = arena_str(r->arena, values[i].locale);
                label->text = arena_str(r->arena, attr_cut(&r->at, values[i].text));
                arena_push(r->arena, &m->n_labels, &m->labels, label);
        }
}

void reader_application(Reader *r)
{
        Manifest *m = r->out;
        Inherited app = {.permission = attr_text(&r->at, ATTR_PERMISSION),
                         .process = process_name(r, attr_text(&r->at, ATTR_PROCESS)),
                         .enabled = attr_bool(&r->at, ATTR_ENABLED, true)};
        m->debuggable = attr_bool(&r->at, ATTR_DEBUGGABLE, false);
        m->has_code = attr_bool(&r->at, ATTR_HAS_CODE, true);
        read_label(r);
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *tag = axml_name(&r->xml);
                Component__Kind kind;
                if (component_kind(tag, &kind))
                        read_component(r, &app, kind);
                else if (g_str_equal(tag, "meta-data"))
                        read_meta_data(r, NULL);
        }
}

void reader_finish_components(Reader *r)
{
        enum { PROVIDERS_CLOSED = 17, EXPORTED_DEMANDED = 31 }; /* target SDK levels */
        const Manifest *m = r->out;
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
