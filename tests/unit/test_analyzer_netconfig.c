/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/netconfig.h"
#include "analyzer/apk/protoxml.h"
#include "support/axml_build.h"

static AxmlBuild *config(void) /* the root stays open */
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "network-security-config");
        return x;
}

static void cleartext(AxmlBuild *x, const char *tag, bool permitted) /* stays open */
{
        axml_open_tag(x, tag);
        axml_plain_truth(x, "cleartextTrafficPermitted", permitted);
}

static void domain(AxmlBuild *x, const char *name)
{
        axml_open_tag(x, "domain");
        axml_words(x, name);
        axml_close_tags(x, 1);
}

static void anchors(AxmlBuild *x, const char *first, const char *second) /* NULL: one less */
{
        axml_open_tag(x, "trust-anchors");
        for (int i = 0; i < 2; i++) {
                const char *src = i ? second : first;
                if (!src)
                        continue;
                axml_open_tag(x, "certificates");
                axml_plain(x, "src", src);
                axml_close_tags(x, 1);
        }
        axml_close_tags(x, 1);
}

static void pin_set(AxmlBuild *x, const char *expiration, int pins)
{
        axml_open_tag(x, "pin-set");
        if (expiration)
                axml_plain(x, "expiration", expiration);
        for (int i = 0; i < pins; i++) {
                axml_open_tag(x, "pin");
                axml_words(x, "7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=");
                axml_close_tags(x, 1);
        }
        axml_close_tags(x, 1);
}

static bool try_with(AxmlBuild *x, int open, int target, NetConfig *out, Arena *arena, GError **error)
{
        axml_close_tags(x, open);
        g_autoptr(GByteArray) bytes = axml_end(x, (AxmlTricks){0});
        return netconfig_read(out, span_of_bytes(bytes), target, arena, error);
}

static NetConfig read_with(AxmlBuild *x, int open, int target, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        NetConfig c;
        must_succeed(try_with(x, open, target, &c, arena, &error), error);
        return c;
}

static void an_empty_configuration_leaves_the_platforms_defaults(void **state)
{
        static const struct {
                int target;
                bool cleartext, user_ca;
        } rows[] = {{23, true, true}, {24, true, false}, {27, true, false}, {28, false, false}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Arena) arena = arena_new();
                NetConfig c = read_with(config(), 1, rows[i].target, arena);
                assert_int_equal(c.cleartext, rows[i].cleartext);
                assert_int_equal(c.user_ca, rows[i].user_ca);
                assert_false(c.cleartext_stated || c.user_ca_stated || c.debug_overrides);
                assert_int_equal(c.n_domains, 0);
        }
}

static void the_base_overrides_them_wherever_it_stands(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = config();
        axml_open_tag(x, "domain-config");
        domain(x, "before.example");
        axml_close_tags(x, 1);
        cleartext(x, "base-config", true);
        anchors(x, "system", "user");
        NetConfig c = read_with(x, 2, 34, arena);
        assert_true(c.cleartext && c.cleartext_stated);
        assert_true(c.user_ca && c.user_ca_stated);
        assert_true(c.domains[0]->cleartext);
        assert_true(c.domains[0]->user_ca);
}

static void domains_inherit_what_they_leave_open(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = config();
        cleartext(x, "base-config", false);
        axml_close_tags(x, 1);
        cleartext(x, "domain-config", true);
        axml_open_tag(x, "domain");
        axml_plain_truth(x, "includeSubdomains", true);
        axml_words(x, "\n  Outer.EXAMPLE ");
        axml_close_tags(x, 1);
        pin_set(x, "2030-01-01", 2);
        axml_open_tag(x, "domain-config");
        domain(x, "inner.outer.example");
        anchors(x, "user", NULL);
        axml_close_tags(x, 1);
        cleartext(x, "domain-config", false);
        domain(x, "strict.outer.example");
        pin_set(x, NULL, 0);
        axml_close_tags(x, 2);
        axml_open_tag(x, "domain-config");
        domain(x, "plain.example");
        axml_close_tags(x, 1);
        NetConfig c = read_with(x, 1, 30, arena);
        assert_false(c.cleartext);
        assert_int_equal(c.n_domains, 4);
        assert_string_equal(c.domains[0]->name, "outer.example");
        assert_true(c.domains[0]->subdomains && c.domains[0]->cleartext && !c.domains[0]->user_ca);
        assert_int_equal(c.domains[0]->pins, 2);
        assert_string_equal(c.domains[0]->until, "2030-01-01");
        assert_true(c.domains[1]->cleartext && c.domains[1]->user_ca && !c.domains[1]->subdomains);
        assert_int_equal(c.domains[1]->pins, 2);
        assert_false(c.domains[2]->cleartext);
        assert_int_equal(c.domains[2]->pins, 0);
        assert_null(c.domains[2]->until);
        assert_false(c.domains[3]->cleartext);
        assert_int_equal(c.domains[3]->pins, 0);
}

static void empty_trust_anchors_trust_nobody(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = config();
        axml_open_tag(x, "base-config");
        anchors(x, NULL, NULL);
        NetConfig c = read_with(x, 2, 21, arena);
        assert_true(c.user_ca_stated);
        assert_false(c.user_ca);
}

static void a_truth_that_is_a_string_is_androids_default(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = config();
        axml_open_tag(x, "base-config");
        axml_plain(x, "cleartextTrafficPermitted", "false");
        NetConfig c = read_with(x, 2, 34, arena);
        assert_true(c.cleartext_stated);
        assert_true(c.cleartext);
}

static void debug_overrides_are_told_apart(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = config();
        axml_open_tag(x, "debug-overrides");
        anchors(x, "user", "nonsense");
        NetConfig c = read_with(x, 2, 34, arena);
        assert_true(c.debug_overrides && c.debug_user_ca);
        assert_false(c.user_ca);
}

static void certificates_of_the_app_are_no_users(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = config();
        axml_open_tag(x, "base-config");
        axml_open_tag(x, "trust-anchors");
        axml_open_tag(x, "certificates");
        axml_attribute_of(x, (AxmlBuildAttribute){.name = "src", .type = RES_REFERENCE, .data = 0x7f010000});
        NetConfig c = read_with(x, 4, 34, arena);
        assert_true(c.user_ca_stated && !c.user_ca);
}

/* What aapt2 2.19 made of a configuration with everything in it, for an APK and for a bundle. */
static void what_aapt2_writes_is_read(void **state)
{
        static const char *const paths[] = {"analyzer_netconfig/aapt2-all",
                                            "analyzer_protoxml/aapt2-network-config"};
        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                g_autofree char *path = g_build_filename(TEST_SOURCE_DIR, "fuzz", "seeds", paths[i], NULL);
                g_autofree char *bytes = NULL;
                gsize len = 0;
                must_succeed(g_file_get_contents(path, &bytes, &len, &error), error);
                ProtoXml xml = {.axml = span_of(bytes, len)};
                if (i == 1)
                        must_succeed(protoxml_convert(&xml, span_of(bytes, len), arena, &error), error);
                NetConfig c;
                must_succeed(netconfig_read(&c, xml.axml, 34, arena, &error), error);
                assert_true(c.cleartext_stated && !c.cleartext);
                assert_true(c.user_ca && c.debug_overrides && c.debug_user_ca);
                assert_int_equal(c.n_domains, 2);
                assert_string_equal(c.domains[0]->name, "example.com");
                assert_true(c.domains[0]->subdomains && !c.domains[1]->subdomains);
                assert_string_equal(c.domains[1]->name, "10.0.2.2");
                assert_true(c.domains[0]->cleartext && c.domains[1]->cleartext);
                assert_int_equal(c.domains[1]->pins, 1);
                assert_string_equal(c.domains[1]->until, "2030-01-01");
        }
}

typedef void (*Mistake)(AxmlBuild *x);

static void two_bases(AxmlBuild *x)
{
        axml_open_tag(x, "base-config");
        axml_close_tags(x, 1);
        axml_open_tag(x, "base-config");
        axml_close_tags(x, 1);
}

static void two_debugs(AxmlBuild *x)
{
        axml_open_tag(x, "debug-overrides");
        axml_close_tags(x, 1);
        axml_open_tag(x, "debug-overrides");
        axml_close_tags(x, 1);
}

static void nameless_domain(AxmlBuild *x)
{
        axml_open_tag(x, "domain-config");
        axml_open_tag(x, "domain");
        axml_close_tags(x, 2);
}

static void no_domain(AxmlBuild *x)
{
        cleartext(x, "domain-config", true);
        axml_close_tags(x, 1);
}

static void the_same_domain_twice(AxmlBuild *x)
{
        axml_open_tag(x, "domain-config");
        domain(x, "a.example");
        domain(x, "A.EXAMPLE");
        axml_close_tags(x, 1);
}

static void domain_in_the_base(AxmlBuild *x)
{
        axml_open_tag(x, "base-config");
        domain(x, "a.example");
        axml_close_tags(x, 1);
}

static void unknown_source(AxmlBuild *x)
{
        axml_open_tag(x, "base-config");
        anchors(x, "everybody", NULL);
        axml_close_tags(x, 1);
}

static void two_anchors(AxmlBuild *x)
{
        axml_open_tag(x, "base-config");
        anchors(x, "user", NULL);
        anchors(x, "system", NULL);
        axml_close_tags(x, 1);
}

static void two_pin_sets(AxmlBuild *x)
{
        axml_open_tag(x, "domain-config");
        domain(x, "a.example");
        pin_set(x, NULL, 1);
        pin_set(x, NULL, 1);
        axml_close_tags(x, 1);
}

static void element_in_a_domain(AxmlBuild *x)
{
        axml_open_tag(x, "domain-config");
        axml_open_tag(x, "domain");
        axml_words(x, "a.example");
        axml_open_tag(x, "surprise");
        axml_close_tags(x, 3);
}

static void what_makes_androids_parser_throw_is_refused_with_the_reason(void **state)
{
        static const struct {
                Mistake make;
                const char *says;
        } rows[] = {{two_bases, "two <base-config>"},
                    {two_debugs, "two <debug-overrides>"},
                    {nameless_domain, "<domain> without a name"},
                    {no_domain, "<domain-config> without a <domain>"},
                    {the_same_domain_twice, "a.example stands twice"},
                    {domain_in_the_base, "<domain> inside <base-config>"},
                    {unknown_source, "src=\"everybody\""},
                    {two_anchors, "two <trust-anchors>"},
                    {two_pin_sets, "two <pin-set>"},
                    {element_in_a_domain, "<surprise> inside <domain>"}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                AxmlBuild *x = config();
                rows[i].make(x);
                NetConfig c;
                assert_false(try_with(x, 1, 34, &c, arena, &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
                if (!strstr(error->message, rows[i].says))
                        fail_msg("\"%s\" is not in \"%s\"", rows[i].says, error->message);
        }
}

static void another_document_or_none_is_refused(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        NetConfig c;
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "paths");
        assert_false(try_with(x, 1, 34, &c, arena, &error));
        assert_non_null(strstr(error->message, "<network-security-config>"));
        g_clear_error(&error);
        assert_false(netconfig_read(&c, span_str("<network-security-config/>"), 34, arena, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_configuration_leaves_the_platforms_defaults),
                cmocka_unit_test(the_base_overrides_them_wherever_it_stands),
                cmocka_unit_test(domains_inherit_what_they_leave_open),
                cmocka_unit_test(empty_trust_anchors_trust_nobody),
                cmocka_unit_test(a_truth_that_is_a_string_is_androids_default),
                cmocka_unit_test(debug_overrides_are_told_apart),
                cmocka_unit_test(certificates_of_the_app_are_no_users),
                cmocka_unit_test(what_aapt2_writes_is_read),
                cmocka_unit_test(what_makes_androids_parser_throw_is_refused_with_the_reason),
                cmocka_unit_test(another_document_or_none_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
