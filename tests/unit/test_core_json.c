/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/json.h"

static Json *parse(const char *text)
{
        g_autoptr(GError) error = NULL;
        Json *json = json_parse(span_str(text), &error);
        must_succeed(json != NULL, error);
        return json;
}

static void refuses(const char *text, Fault code)
{
        g_autoptr(GError) error = NULL;
        assert_null(json_parse(span_str(text), &error));
        assert_true(fault_is(error, code));
        assert_non_null(strstr(error->message, "JSON"));
}

static void fields_are_found_by_key_and_wrong_types_read_as_absent(void **state)
{
        g_autoptr(Json) j = parse("{\"s\":\"text\",\"n\":12,\"digits\":\"34\",\"t\":true,\"d\":1.5,\"none\":"
                                  "null,\"l\":[1,\"b\"]}");
        assert_string_equal(json_str(j, "s"), "text");
        assert_int_equal(json_int(j, "n", -1), 12);
        assert_int_equal(json_int(j, "digits", -1), 34);
        assert_int_equal(json_int(j, "s", -1), -1);
        assert_int_equal(json_int(j, "absent", -1), -1);
        assert_true(json_flag(j, "t", false));
        assert_true(json_real(j, "d", 0) == 1.5);
        assert_null(json_str(j, "n"));
        assert_true(json_is_null(json_get(j, "none")));
        assert_int_equal(json_len(json_get(j, "l")), 2);
        assert_string_equal(json_text(json_at(json_get(j, "l"), 1)), "b");
        assert_null(json_at(json_get(j, "l"), 2));
        assert_null(json_path(j, "s", "deeper", NULL));
        assert_int_equal(json_len(NULL), 0);
}

static void malformed_text_is_refused_with_its_place(void **state)
{
        static const char *const texts[] = {"",      "{",   "{\"a\":}", "[1,2", "{} trailing",
                                            "{a:1}", "nul", "null",     "[,]",  "\"\xff\""};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                refuses(texts[i], FAULT_MALFORMED);
        g_autofree char *deep = g_strnfill(JSON_DEPTH + 2, '[');
        refuses(deep, FAULT_LIMIT);
}

static void a_document_without_end_of_string_byte_is_read_whole(void **state)
{
        char text[] = {'[', '1', ']', 'x'};
        g_autoptr(Json) j = json_parse(span_of(text, 3), NULL);
        assert_int_equal(json_len(j), 1);
        g_autoptr(Json) number = json_parse(span_of("123", 2), NULL);
        assert_int_equal(json_number(number, 0), 12);
}

static void merged(const char *target, const char *patch, const char *expected)
{
        g_autoptr(Json) t = parse(target);
        g_autoptr(Json) p = parse(patch);
        json_merge(t, p);
        g_autofree char *text = json_print(t, false);
        assert_string_equal(text, expected);
}

/* RFC 7386, appendix A, as far as target and patch are objects. */
static void merge_patches_do_what_the_rfc_shows(void **state)
{
        merged("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
        merged("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
        merged("{\"a\":\"b\"}", "{\"a\":null}", "{}");
        merged("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
        merged("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
        merged("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
        merged("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}");
        merged("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
        merged("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}");
        merged("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
        merged("{\"a\":\"text\"}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}");
}

static void what_is_written_reads_back_the_same(void **state)
{
        g_autoptr(Json) j = json_map();
        json_set_str(j, "s", "a\"\\\n\x1b\u2028地");
        json_set_str(j, "none", NULL);
        json_set_double(j, "third", 1.0 / 3);
        json_set_double(j, "tenth", 0.1);
        json_set_int(j, "big", INT64_MAX);
        json_set_bool(j, "yes", true);
        json_add_int(json_set(j, "list", json_list()), -1);
        json_set(j, "empty", json_map());
        for (int pretty = 0; pretty < 2; pretty++) {
                g_autofree char *text = json_print(j, pretty);
                g_autoptr(Json) back = parse(text);
                assert_string_equal(json_str(back, "s"), "a\"\\\n\x1b\u2028地");
                assert_true(json_real(back, "third", 0) == 1.0 / 3);
                assert_non_null(strstr(text, pretty ? "\"tenth\": 0.1," : "\"tenth\":0.1,"));
                assert_true(json_int(back, "big", 0) == INT64_MAX);
                assert_null(strchr(text, '\x1b'));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fields_are_found_by_key_and_wrong_types_read_as_absent),
                cmocka_unit_test(malformed_text_is_refused_with_its_place),
                cmocka_unit_test(a_document_without_end_of_string_byte_is_read_whole),
                cmocka_unit_test(merge_patches_do_what_the_rfc_shows),
                cmocka_unit_test(what_is_written_reads_back_the_same),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
