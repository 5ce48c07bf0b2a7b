/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/manifest_reader.h"

static bool is_wanted_locale(const char *locale)
{
        return (g_str_has_prefix(locale, "zh") || g_str_has_prefix(locale, "en")) &&
               (!locale[2] || locale[2] == '-');
}

static void read_label(Reader *r)
{
        Manifest *m = r->out;
        unsigned unfetched = r->at.unfetched;
        m->label = attr_text(&r->at, ATTR_LABEL);
        reader_texts(r, unfetched);
        uint32_t resource;
        const ArscValue *values;
        if (!r->at.arsc || !attr_reference(&r->at, ATTR_LABEL, &resource))
                return;
        if (arsc_is_cut(r->at.arsc)) {
                m->unfetched_texts++;
                return;
        }
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

/* Android takes the XML's resource id and nothing else: a plain path is no configuration. The path in the archive may be
 * anything, since resource shrinkers rename files. */
static void read_network_config(Reader *r, Application *app)
{
        uint32_t resource = 0;
        app->network_config_stated =
                attr_reference(&r->at, ATTR_NETWORK_SECURITY_CONFIG, &resource) && resource;
        if (!app->network_config_stated)
                return;
        const ArscValue *v = attr_follow(&r->at, resource);
        app->network_config = v && v->text ? arena_str(r->arena, attr_cut(&r->at, v->text)) : NULL;
}

static void read_attributes(Reader *r)
{
        Attributes *at = &r->at;
        Application *app = &r->out->application;
        app->name = reader_class(r, attr_text(at, ATTR_NAME));
        app->component_factory = reader_class(r, attr_literal(at, ATTR_APP_COMPONENT_FACTORY));
        app->backup_agent = reader_class(r, attr_text(at, ATTR_BACKUP_AGENT));
        app->backup_stated = attr_has(at, ATTR_ALLOW_BACKUP);
        app->allow_backup = attr_bool(at, ATTR_ALLOW_BACKUP, true);
        app->full_backup_content = attr_has(at, ATTR_FULL_BACKUP_CONTENT);
        app->data_extraction_rules = attr_has(at, ATTR_DATA_EXTRACTION_RULES);
        app->cleartext_stated = attr_has(at, ATTR_USES_CLEARTEXT_TRAFFIC);
        app->cleartext = attr_bool(at, ATTR_USES_CLEARTEXT_TRAFFIC, false);
        app->test_only = attr_bool(at, ATTR_TEST_ONLY, false);
        app->legacy_storage = attr_bool(at, ATTR_REQUEST_LEGACY_EXTERNAL_STORAGE, false);
        const char *process = attr_text(at, ATTR_PROCESS);
        app->process = process && *process ? reader_compound(r, process) : NULL;
        app->task_affinity = reader_compound(r, attr_text(at, ATTR_TASK_AFFINITY));
        app->reparenting = attr_bool(at, ATTR_ALLOW_TASK_REPARENTING, false);
        read_network_config(r, app);
}

void reader_application(Reader *r)
{
        Manifest *m = r->out;
        m->debuggable = attr_bool(&r->at, ATTR_DEBUGGABLE, false);
        m->has_code = attr_bool(&r->at, ATTR_HAS_CODE, true);
        read_attributes(r);
        read_label(r);
        Inherited inherited = {.permission = attr_text(&r->at, ATTR_PERMISSION),
                               .process = m->application.process,
                               .task_affinity = m->application.task_affinity,
                               .enabled = attr_bool(&r->at, ATTR_ENABLED, true),
                               .reparenting = m->application.reparenting};
        for (unsigned depth = r->xml.depth; reader_child(r, depth);)
                reader_component(r, &inherited);
}
