/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/manifest.h"

#include "analyzer/apk/manifest_reader.h"

bool reader_child(Reader *r, unsigned parent)
{
        for (;;) {
                AxmlEvent event = r->error ? AXML_BAD : axml_next(&r->xml, &r->error);
                if (event == AXML_START && r->xml.depth == parent + 1)
                        return true;
                if (event == AXML_DONE || event == AXML_BAD || (event == AXML_END && r->xml.depth <= parent))
                        return false;
        }
}

void reader_note(Reader *r, const char *code, bool rejects, const char *where)
{
        oddity_note(&r->out->odd, r->arena, code, rejects, span_str(where));
}

void reader_texts(Reader *r, unsigned before)
{
        r->out->unfetched_texts += r->at.unfetched - before;
        r->at.unfetched = before;
}

const char *reader_class(Reader *r, const char *name)
{
        if (!name || !*name)
                return NULL;
        if (name[0] == '.')
                return arena_printf(r->arena, "%s%s", r->out->package, name);
        return strchr(name, '.') ? name : arena_printf(r->arena, "%s.%s", r->out->package, name);
}

const char *reader_compound(Reader *r, const char *name)
{
        return name && name[0] == ':' ? arena_printf(r->arena, "%s%s", r->out->package, name) : name;
}

void reader_split(Reader *r, const char *list, const char *separator, size_t *n, char ***array)
{
        g_auto(GStrv) parts = g_strsplit(list ? list : "", separator, -1);
        for (char **part = parts; *part; part++) {
                if (**part)
                        arena_push(r->arena, n, array, arena_str(r->arena, *part));
        }
}

/* ---- permissions
 * --------------------------------------------------------------------------------------------- */

/* Limits of the SDK level count only when they are numbers. */
static bool sdk_limit(Reader *r, uint32_t id, int32_t *level)
{
        ResValue value;
        const char *text;
        if (!attr_value(&r->at, id, &value, &text) || value.type < RES_FIRST_INT || value.type > RES_LAST_INT)
                return false;
        *level = (int32_t)value.data;
        return true;
}

static void read_required(Reader *r, Permission *p)
{
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *tag = axml_name(&r->xml), *name = attr_text(&r->at, ATTR_NAME);
                if (g_str_equal(tag, "required-feature") && !p->required_feature)
                        p->required_feature = arena_str(r->arena, name);
                else if (g_str_equal(tag, "required-not-feature") && !p->required_not_feature)
                        p->required_not_feature = arena_str(r->arena, name);
        }
}

static void read_uses_permission(Reader *r, bool sdk23)
{
        Permission *p = record_new(r->arena, Permission, permission__init);
        const char *name = attr_literal(&r->at, ATTR_NAME);
        if (!name) {
                bool there = attr_has(&r->at, ATTR_NAME);
                const char *meant = attr_text(&r->at, ATTR_NAME);
                reader_note(r, there ? "manifest-permission-not-a-string" : "manifest-permission-nameless",
                            false, meant);
                return;
        }
        p->name = arena_str(r->arena, name);
        p->has_max_sdk = sdk_limit(r, ATTR_MAX_SDK_VERSION, &p->max_sdk);
        p->has_min_sdk = sdk_limit(r, ATTR_MIN_SDK_VERSION, &p->min_sdk);
        p->has_sdk23 = p->sdk23 = sdk23;
        int32_t flags = 0;
        p->has_flags = attr_int(&r->at, ATTR_USES_PERMISSION_FLAGS, &flags) && flags;
        p->flags = p->has_flags ? (uint32_t)flags : 0;
        p->required_feature = arena_str(r->arena, attr_text(&r->at, ATTR_REQUIRED_FEATURE));
        p->required_not_feature = arena_str(r->arena, attr_text(&r->at, ATTR_REQUIRED_NOT_FEATURE));
        read_required(r, p);
        arena_push(r->arena, &r->out->n_permissions, &r->out->permissions, p);
}

/* The same permission with other flags is an installation error (AOSP, parseUsesPermission). */
static void check_permissions(Reader *r)
{
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < r->out->n_permissions; i++) {
                Permission *p = r->out->permissions[i];
                Permission *before = g_hash_table_lookup(seen, p->name);
                if (!before)
                        g_hash_table_insert(seen, p->name, p);
                else if (before->flags != p->flags)
                        reader_note(r, "manifest-permission-conflict", true, p->name);
        }
}

/* ---- <uses-sdk>
 * ---------------------------------------------------------------------------------------------- */

static bool sdk_value(Reader *r, uint32_t id, int32_t *level, const char **codename)
{
        ResValue value;
        const char *text;
        if (!attr_value(&r->at, id, &value, &text))
                return false;
        *codename = value.type == RES_STRING ? attr_cut(&r->at, text) : NULL;
        *level = value.type == RES_STRING ? 0 : (int32_t)value.data;
        return true;
}

static void read_uses_sdk(Reader *r)
{
        Manifest *m = r->out;
        if (r->uses_sdk) /* the last one counts, whole: what only an earlier one stated is forgotten */
                reader_note(r, "manifest-second-uses-sdk", false, NULL);
        r->uses_sdk = true;
        m->min_sdk = 1;
        m->min_codename = m->target_codename = NULL;
        bool min = sdk_value(r, ATTR_MIN_SDK_VERSION, &m->min_sdk, &m->min_codename);
        bool target = sdk_value(r, ATTR_TARGET_SDK_VERSION, &m->target_sdk, &m->target_codename);
        if (!target) {
                m->target_sdk = m->min_sdk;
                m->target_codename = m->min_codename;
        }
        if (target && m->target_codename && !min)
                m->min_codename = m->target_codename;
}

/* ---- <manifest>
 * ---------------------------------------------------------------------------------------------- */

/* Letters, digits and '_', each part starting with a letter, at least two parts: what Android lets in. */
static bool package_is_valid(const char *name)
{
        bool start = true, dots = false;
        for (const char *p = name; *p; p++) {
                bool letter = g_ascii_isalpha(*p);
                if (!letter && (start || !(g_ascii_isdigit(*p) || *p == '_' || *p == '.')))
                        return false;
                start = *p == '.';
                dots = dots || start;
        }
        return !start && (dots || g_str_equal(name, "android"));
}

static void read_version(Reader *r)
{
        int32_t code = 0, major = 0;
        bool has_major = attr_int(&r->at, ATTR_VERSION_CODE_MAJOR, &major);
        r->out->has_version_code = attr_int(&r->at, ATTR_VERSION_CODE, &code) || has_major;
        r->out->version_code = (int64_t)((uint64_t)(uint32_t)major << 32 | (uint32_t)code);
        r->out->version_name = attr_text(&r->at, ATTR_VERSION_NAME);
}

/* AOSP, ApkLiteParseUtils.parseApkLite */
static void read_split(Reader *r)
{
        Manifest *m = r->out;
        m->split = attr_cut(&r->at, axml_find_text(&r->xml, NULL, "split"));
        m->config_for = attr_cut(&r->at, axml_find_text(&r->xml, NULL, "configForSplit"));
        m->feature_split = attr_bool(&r->at, ATTR_IS_FEATURE_SPLIT, false);
        m->required_types = attr_text(&r->at, ATTR_REQUIRED_SPLIT_TYPES);
        m->split_types = attr_text(&r->at, ATTR_SPLIT_TYPES);
        m->split_required =
                attr_bool(&r->at, ATTR_IS_SPLIT_REQUIRED, false) || (m->required_types && *m->required_types);
}

static bool read_root(Reader *r)
{
        AxmlEvent event = axml_next(&r->xml, &r->error);
        if (event == AXML_BAD)
                return false;
        if (event != AXML_START || !g_str_equal(axml_name(&r->xml), "manifest"))
                return fault(&r->error, FAULT_MALFORMED, "the first element is <%.40s>, not <manifest>",
                             event == AXML_START ? axml_name(&r->xml) : "");
        Manifest *m = r->out;
        m->package = attr_cut(&r->at, axml_find_text(&r->xml, NULL, "package"));
        if (!m->package || !*m->package)
                return fault(&r->error, FAULT_MALFORMED, "<manifest> states no package");
        if (!package_is_valid(m->package))
                reader_note(r, "manifest-bad-package", true, m->package);
        read_split(r);
        m->shared_user_id = attr_text(&r->at, ATTR_SHARED_USER_ID);
        attr_int(&r->at, ATTR_SHARED_USER_MAX_SDK_VERSION, &m->shared_user_max_sdk);
        read_version(r);
        return true;
}

static void read_declared(Reader *r)
{
        enum { NORMAL = 0, BASE = 0xf }; /* android.content.pm.PermissionInfo */
        Manifest *m = r->out;
        const char *name = attr_text(&r->at, ATTR_NAME);
        if (!name)
                return;
        int32_t level = NORMAL;
        attr_int(&r->at, ATTR_PROTECTION_LEVEL, &level);
        arena_push(r->arena, &m->n_declared, &m->declared, name);
        if ((level & BASE) == NORMAL)
                arena_push(r->arena, &m->n_open, &m->open, name);
}

static void read_query_intent(Reader *r)
{
        Manifest *m = r->out;
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *action = g_str_equal(axml_name(&r->xml), "action")
                                             ? attr_spelled(&r->at, "name", ATTR_NAME)
                                             : NULL;
                if (action && *action)
                        arena_push(r->arena, &m->n_query_actions, &m->query_actions, action);
        }
}

static void read_queries(Reader *r)
{
        Manifest *m = r->out;
        for (unsigned depth = r->xml.depth; reader_child(r, depth);) {
                const char *tag = axml_name(&r->xml);
                if (g_str_equal(tag, "package")) {
                        const char *name = attr_text(&r->at, ATTR_NAME);
                        if (name && *name)
                                arena_push(r->arena, &m->n_query_packages, &m->query_packages, name);
                } else if (g_str_equal(tag, "intent")) {
                        read_query_intent(r);
                } else if (g_str_equal(tag, "provider")) {
                        reader_split(r, attr_text(&r->at, ATTR_AUTHORITIES), ";", &m->n_query_providers,
                                     &m->query_providers);
                }
        }
}

static void read_child(Reader *r, bool *application)
{
        const char *tag = axml_name(&r->xml);
        if (g_str_equal(tag, "uses-permission")) {
                read_uses_permission(r, false);
        } else if (g_str_equal(tag, "uses-permission-sdk-23") || g_str_equal(tag, "uses-permission-sdk-m")) {
                read_uses_permission(r, true);
        } else if (g_str_equal(tag, "uses-sdk")) {
                read_uses_sdk(r);
        } else if (g_str_equal(tag, "permission")) {
                read_declared(r);
        } else if (g_str_equal(tag, "queries")) {
                read_queries(r);
        } else if (g_str_equal(tag, "application")) {
                if (*application)
                        reader_note(r, "manifest-second-application", false, NULL); /* Android skips it */
                else
                        reader_application(r);
                *application = true;
        }
}

bool manifest_read(Manifest *m, Span bytes, bool lenient, const Arsc *arsc, Arena *arena, GError **error)
{
        *m = (Manifest){.min_sdk = 1, .target_sdk = 1, .has_code = true, .application.allow_backup = true};
        Reader r = {.arena = arena, .out = m};
        r.at = (Attributes){.xml = &r.xml, .arsc = arsc, .arena = arena, .odd = &m->odd};
        bool application = false;
        if (axml_open(&r.xml, bytes, lenient, arena, &r.error) && read_root(&r)) {
                while (reader_child(&r, 1))
                        read_child(&r, &application);
                /* Android takes a document that just ends; one that it refused anyway must at least be whole.
                 */
                bool whole = r.xml.closes && r.xml.depth == 1;
                if (!r.error && lenient && !whole)
                        fault(&r.error, FAULT_MALFORMED, "the document ends inside <manifest>");
        }
        if (r.error) {
                g_propagate_error(error, r.error);
                return false;
        }
        if (!application)
                reader_note(&r, "manifest-no-application", true, NULL);
        m->unfetched = r.at.unfetched;
        check_permissions(&r);
        reader_finish_components(&r);
        return true;
}
