/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/netconfig.h"

#include "analyzer/apk/axml.h"

/* One config element. What it leaves open is its parent's; the outermost ones' parent is the base, whose own is the
 * platform. */
typedef struct Scope {
        const struct Scope *parent; /* NULL: the base */
        bool cleartext_stated, cleartext;
        bool anchors_stated, user_ca;
        bool pins_stated;
        unsigned pins;
        const char *until;
} Scope;

typedef struct {
        Axml xml;
        Arena *arena;
        NetConfig *out;
        GError *error;
        Scope base;
        bool has_base;
        size_t n_scopes;
        Scope **scopes;    /* of domains; parents come before their children */
        GPtrArray *owners; /* scope of each domain of `out` */
        GHashTable *seen;  /* domain names */
} Net;

enum { CLEARTEXT_REFUSED = 28, USER_CA_REFUSED = 24 }; /* target SDK levels */

bool netconfig_default_cleartext(int32_t target)
{
        return target < CLEARTEXT_REFUSED;
}

bool netconfig_default_user_ca(int32_t target)
{
        return target < USER_CA_REFUSED;
}

/* The next direct child of the element at depth `parent`, however deep the last one was left. */
static bool child(Net *n, unsigned parent)
{
        for (;;) {
                AxmlEvent event = n->error ? AXML_BAD : axml_next(&n->xml, &n->error);
                if (event == AXML_START && n->xml.depth == parent + 1)
                        return true;
                if (event == AXML_DONE || event == AXML_BAD || (event == AXML_END && n->xml.depth <= parent))
                        return false;
        }
}

static bool is(Net *n, const char *tag)
{
        return g_str_equal(axml_name(&n->xml), tag);
}

static bool attribute(Net *n, const char *name, bool plain, AxmlAttribute *out)
{
        for (size_t i = 0, count = axml_attributes(&n->xml); i < count && axml_attribute(&n->xml, i, out);
             i++) {
                if (g_strcmp0(axml_string(&n->xml, out->name), name) == 0 &&
                    (!plain || !axml_string(&n->xml, out->ns)))
                        return true;
        }
        return false;
}

/* Only what the build tools wrote down as a number counts: a string "false" is not false for Android. */
static bool truth(const AxmlAttribute *a, bool otherwise)
{
        return a->value.type >= RES_FIRST_INT && a->value.type <= RES_LAST_INT ? a->value.data != 0
                                                                               : otherwise;
}

/* ---- trust anchors and pins */

static void read_certificates(Net *n, Scope *s)
{
        AxmlAttribute src;
        if (!attribute(n, "src", true, &src) || src.value.type == RES_NULL) {
                fault(&n->error, FAULT_MALFORMED, "<certificates> without src");
                return;
        }
        if (src.value.type == RES_REFERENCE)
                return; /* the app's own certificates */
        const char *text = axml_string(&n->xml, src.raw);
        if (g_strcmp0(text, "user") == 0)
                s->user_ca = true;
        else if (g_strcmp0(text, "system") != 0 && g_strcmp0(text, "wfa") != 0)
                fault(&n->error, FAULT_MALFORMED, "<certificates src=\"%.40s\">", text ? text : "");
}

static void read_anchors(Net *n, Scope *s)
{
        if (s->anchors_stated) {
                fault(&n->error, FAULT_MALFORMED, "two <trust-anchors> in one configuration");
                return;
        }
        s->anchors_stated = true;
        for (unsigned depth = n->xml.depth; child(n, depth);) {
                if (is(n, "certificates"))
                        read_certificates(n, s);
        }
}

static void read_pins(Net *n, Scope *s)
{
        if (s->pins_stated) {
                fault(&n->error, FAULT_MALFORMED, "two <pin-set> in one configuration");
                return;
        }
        s->pins_stated = true;
        const char *until = axml_find_text(&n->xml, NULL, "expiration");
        s->until = until ? arena_strn(n->arena, until, sizeof "2026-12-31" - 1) : NULL;
        for (unsigned depth = n->xml.depth; child(n, depth);)
                s->pins += is(n, "pin");
}

/* ---- configurations */

static char *trimmed(Arena *arena, const char *text)
{
        size_t len = strlen(text);
        for (; len && (uint8_t)text[len - 1] <= ' '; len--)
                ;
        for (; len && (uint8_t)*text <= ' '; len--)
                text++;
        char *out = arena_strn(arena, text, len);
        for (char *p = out; *p; p++)
                *p = g_ascii_tolower(*p);
        return out;
}

static void read_domain(Net *n, const Scope *s)
{
        AxmlAttribute below;
        bool subdomains = attribute(n, "includeSubdomains", true, &below) && truth(&below, false);
        const char *text = axml_inner_text(&n->xml);
        if (!text) {
                fault(&n->error, FAULT_MALFORMED, "<domain> without a name");
                return;
        }
        NetDomain *domain = arena_new0(n->arena, NetDomain);
        domain->name = trimmed(n->arena, text);
        domain->subdomains = subdomains;
        if (!g_hash_table_add(n->seen, (char *)domain->name)) {
                fault(&n->error, FAULT_MALFORMED, "domain %.100s stands twice", domain->name);
                return;
        }
        if (child(n, n->xml.depth)) {
                fault(&n->error, FAULT_MALFORMED, "<%.40s> inside <domain>", axml_name(&n->xml));
                return;
        }
        arena_push(n->arena, &n->out->n_domains, &n->out->domains, domain);
        g_ptr_array_add(n->owners, (gpointer)s);
}

static void read_attributes(Net *n, Scope *s)
{
        AxmlAttribute a;
        s->cleartext_stated = attribute(n, "cleartextTrafficPermitted", false, &a);
        s->cleartext = s->cleartext_stated && truth(&a, true);
}

static void read_base(Net *n)
{
        if (n->has_base) {
                fault(&n->error, FAULT_MALFORMED, "two <base-config>");
                return;
        }
        n->has_base = true;
        read_attributes(n, &n->base);
        for (unsigned depth = n->xml.depth; child(n, depth);) {
                if (is(n, "trust-anchors"))
                        read_anchors(n, &n->base);
                else if (is(n, "domain") || is(n, "pin-set") || is(n, "domain-config"))
                        fault(&n->error, FAULT_MALFORMED, "<%s> inside <base-config>", axml_name(&n->xml));
        }
}

static void read_domain_config(Net *n, const Scope *parent)
{
        Scope *s = arena_new0(n->arena, Scope);
        bool named = false;
        s->parent = parent;
        arena_push(n->arena, &n->n_scopes, &n->scopes, s);
        read_attributes(n, s);
        for (unsigned depth = n->xml.depth; child(n, depth);) {
                if (is(n, "domain")) {
                        named = true;
                        read_domain(n, s);
                } else if (is(n, "trust-anchors")) {
                        read_anchors(n, s);
                } else if (is(n, "pin-set")) {
                        read_pins(n, s);
                } else if (is(n, "domain-config")) {
                        read_domain_config(n, s);
                }
        }
        if (!n->error && !named)
                fault(&n->error, FAULT_MALFORMED, "<domain-config> without a <domain>");
}

/* Android reads these in debuggable apps only, so nothing in here is worth a complaint. */
static void read_debug(Net *n)
{
        n->out->debug_overrides = true;
        for (unsigned depth = n->xml.depth; child(n, depth);) {
                if (!is(n, "trust-anchors"))
                        continue;
                for (unsigned inner = n->xml.depth; child(n, inner);) {
                        const char *src = axml_find_text(&n->xml, NULL, "src");
                        if (is(n, "certificates") && g_strcmp0(src, "user") == 0)
                                n->out->debug_user_ca = true;
                }
        }
}

static void read_document(Net *n)
{
        if (!child(n, 0) || !is(n, "network-security-config")) {
                if (!n->error)
                        fault(&n->error, FAULT_MALFORMED,
                              "the first element is not <network-security-config>");
                return;
        }
        while (child(n, 1)) {
                if (is(n, "base-config")) {
                        read_base(n);
                } else if (is(n, "domain-config")) {
                        read_domain_config(n, NULL);
                } else if (is(n, "debug-overrides")) {
                        if (n->out->debug_overrides)
                                fault(&n->error, FAULT_MALFORMED, "two <debug-overrides>");
                        else
                                read_debug(n);
                }
        }
}

/* ---- what follows */

static void inherit(Scope *s, const Scope *parent)
{
        if (!s->cleartext_stated)
                s->cleartext = parent->cleartext;
        if (!s->anchors_stated)
                s->user_ca = parent->user_ca;
        if (!s->pins_stated) {
                s->pins = parent->pins;
                s->until = parent->until;
        }
}

static void resolve(Net *n, int32_t target)
{
        NetConfig *out = n->out;
        Scope platform = {.cleartext = netconfig_default_cleartext(target),
                          .user_ca = netconfig_default_user_ca(target)};
        inherit(&n->base, &platform);
        out->cleartext = n->base.cleartext;
        out->cleartext_stated = n->base.cleartext_stated;
        out->user_ca = n->base.user_ca;
        out->user_ca_stated = n->base.anchors_stated;
        for (size_t i = 0; i < n->n_scopes; i++)
                inherit(n->scopes[i], n->scopes[i]->parent ? n->scopes[i]->parent : &n->base);
        for (size_t i = 0; i < out->n_domains; i++) {
                const Scope *s = g_ptr_array_index(n->owners, i);
                out->domains[i]->cleartext = s->cleartext;
                out->domains[i]->user_ca = s->user_ca;
                out->domains[i]->pins = s->pins;
                out->domains[i]->until = s->pins ? s->until : NULL;
        }
}

bool netconfig_read(NetConfig *config, Span bytes, int32_t target, Arena *arena, GError **error)
{
        *config = (NetConfig){0};
        g_autoptr(GPtrArray) owners = g_ptr_array_new();
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        Net n = {.arena = arena, .out = config, .owners = owners, .seen = seen};
        if (axml_open(&n.xml, bytes, false, arena, &n.error))
                read_document(&n);
        if (n.error) {
                g_propagate_error(error, n.error);
                return false;
        }
        resolve(&n, target);
        return true;
}
