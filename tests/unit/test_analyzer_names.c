/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What names alone say: hosts of URLs (code/url.h), words of consent (code/gate.h); and texts with numbers (code/textset.h). */
#include "unit/unit.h"

#include "analyzer/code/gate.h"
#include "analyzer/code/textset.h"
#include "analyzer/code/url.h"

static void hosts_are_cut_out_of_urls(void **state)
{
        static const struct {
                const char *url, *host;
                bool cleartext;
        } cases[] = {
                {"https://api.example.com/v1?x=1", "api.example.com", false},
                {"http://Example.COM", "example.com", true},
                {"wss://push.example.com:443/ws", "push.example.com", false},
                {"ws://push.example.com#top", "push.example.com", true},
                {"https://user:secret@example.com/", "example.com", false},
                {"https://evil.example@good.example/", "good.example", false},
                {"https://a@b@c.example", "c.example", false},
                {"https://example.com.", "example.com", false},
                {"https://example.com:", "example.com", false},
                {"https://example.com\\path", "example.com", false},
                {"https://example.com and more", "example.com", false},
                {"https://_dmarc.example.com", "_dmarc.example.com", false},
                {"http://10.0.255.1:8080/", "10.0.255.1", true},
                {"https://a.b", "a.b", false},
                {"https://xn--fiqs8s.cn/", "xn--fiqs8s.cn", false},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char host[URL_HOST_SIZE];
                bool cleartext;
                if (!url_host(span_str(cases[i].url), host, &cleartext))
                        fail_msg("no host in %s", cases[i].url);
                assert_string_equal(host, cases[i].host);
                assert_int_equal(cleartext, cases[i].cleartext);
        }
}

static void what_is_no_host_is_none(void **state)
{
        static const char *const cases[] = {
                "",
                "https://",
                "http:/a.b",
                "ftp://example.com",
                "https://localhost/",
                "https://%s/path",
                "https://${host}.example.com",
                "https://-a.example.com",
                "https://a-.example.com",
                "https://a..b",
                "https://.example.com",
                "https://:80/",
                "https://1.2.3",
                "https://1.2.3.256",
                "https://1.2.3.0004",
                "https://1.2.3.4.5",
                "https://version.1",
                "https://[::1]/",
                "https://\xc3\xbcnder.example",
                "https://a b.example",
                "https://0123456789012345678901234567890123456789012345678901234567890123.com",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char host[URL_HOST_SIZE];
                bool cleartext;
                if (url_host(span_str(cases[i]), host, &cleartext))
                        fail_msg("%s: %s", cases[i], host);
        }
}

static void a_host_fills_its_room_and_no_more(void **state)
{
        g_autoptr(GString) url = g_string_new("https://");
        for (unsigned i = 0; i < 126; i++)
                g_string_append(url, "a.");
        g_string_append(url, "b"); /* 253 bytes */
        char host[URL_HOST_SIZE];
        bool cleartext;
        assert_true(url_host(span_str(url->str), host, &cleartext));
        assert_int_equal(strlen(host), URL_HOST_SIZE - 1);
        g_string_append(url, "c");
        assert_false(url_host(span_str(url->str), host, &cleartext));
}

static void keys_of_consent_are_known_by_their_words(void **state)
{
        static const char *const keys[] = {
                "privacy_agreed", "isAgreePrivacy",      "PRIVACY_ACCEPTED",
                "user_consent",   "gdpr_consent_status", "first_agree",
                "yinsi_flag",     "has_show_privacy",    "\xe5\x90\x8c\xe6\x84\x8f_privacy",
                "accept_protocol"};
        static const char *const others[] = {"",
                                             "privacy_url",
                                             "agreement_text",
                                             "https://example.com/privacy",
                                             "protocol",
                                             "network_protocol",
                                             "first_run",
                                             "night_mode",
                                             "privacy/agreed"};
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
                if (!gate_key(span_str(keys[i])))
                        fail_msg("%s is no key of consent", keys[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                if (gate_key(span_str(others[i])))
                        fail_msg("%s is a key of consent", others[i]);
        g_autofree char *tail = g_strnfill(127 - strlen("privacy_agreed"), 'x');
        g_autofree char *longer = g_strconcat("privacy_agreed", tail, NULL);
        assert_true(gate_key(span_str(longer)));
        g_autofree char *too_long = g_strconcat(longer, "x", NULL);
        assert_false(gate_key(span_str(too_long)));
}

static void questions_of_consent_answer_yes_or_no(void **state)
{
        assert_true(gate_question(span_str("isPrivacyAgreed"), span_str("Z")));
        assert_true(gate_question(span_str("hasUserConsent"), span_str("Ljava/lang/Boolean;")));
        assert_true(gate_question(span_str("consentGiven"), span_str("Z")));
        assert_false(gate_question(span_str("isPrivacyAgreed"), span_str("V")));
        assert_false(gate_question(span_str("isPrivacyAgreed"), span_str("ZZ")));
        assert_false(gate_question(span_str("isPrivacyAgreed"), (Span){NULL, 0}));
        assert_false(gate_question(span_str("getPrivacyUrl"), span_str("Z")));
        assert_false(gate_question(span_str("isConnected"), span_str("Z")));
        assert_false(gate_question((Span){NULL, 0}, span_str("Z")));
}

static void agreement_screens_are_known_by_their_simple_name(void **state)
{
        assert_true(gate_screen(span_str("Lorg/meadow/app/PrivacyDialog;")));
        assert_true(gate_screen(span_str("Lorg/meadow/app/UserAgreementActivity;")));
        assert_true(gate_screen(span_str("LConsentFragment;")));
        assert_false(gate_screen(span_str("Lorg/PrivacyDialog/app/Main;")));
        assert_false(gate_screen(span_str("Lorg/meadow/app/Privacy;")));
        assert_false(gate_screen(span_str("Lorg/meadow/app/MainActivity;")));
        assert_false(gate_screen((Span){NULL, 0}));
}

static void equal_texts_have_one_number(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        TextSet *set = textset_new(arena);
        bool fresh;
        assert_int_equal(textset_find(set, span_str("a")), TEXTSET_NONE);
        for (unsigned i = 0; i < 5000; i++) {
                g_autofree char *text = g_strdup_printf("text %u", i);
                assert_int_equal(textset_add(set, span_str(text), &fresh), i);
                assert_true(fresh);
        }
        assert_int_equal(textset_add(set, span_str("text 4321"), &fresh), 4321);
        assert_false(fresh);
        assert_int_equal(textset_find(set, span_str("text 77")), 77);
        assert_int_equal(textset_find(set, span_str("text 5000")), TEXTSET_NONE);
        assert_int_equal(textset_len(set), 5000);
        assert_string_equal(textset_at(set, 42), "text 42");
        assert_int_equal(textset_add(set, (Span){NULL, 0}, &fresh), 5000);
        assert_string_equal(textset_at(set, 5000), "");
}

static void texts_that_begin_alike_are_not_alike(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        TextSet *set = textset_new(arena);
        bool fresh;
        for (size_t len = 0; len < 40; len++) {
                assert_int_equal(
                        textset_add(set,
                                    span_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                            "\0\0\0\0\0\0\0\0\0\0",
                                            len),
                                    &fresh),
                        len);
                assert_true(fresh);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hosts_are_cut_out_of_urls),
                cmocka_unit_test(what_is_no_host_is_none),
                cmocka_unit_test(a_host_fills_its_room_and_no_more),
                cmocka_unit_test(keys_of_consent_are_known_by_their_words),
                cmocka_unit_test(questions_of_consent_answer_yes_or_no),
                cmocka_unit_test(agreement_screens_are_known_by_their_simple_name),
                cmocka_unit_test(equal_texts_have_one_number),
                cmocka_unit_test(texts_that_begin_alike_are_not_alike),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
