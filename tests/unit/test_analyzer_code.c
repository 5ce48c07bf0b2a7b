/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "support/code_world.h"

#define OBJECT "Ljava/lang/Object;"
#define PHONE  "Landroid/telephony/TelephonyManager;"
#define TEXT   "()Ljava/lang/String;"
#define QUERY                                                                                                \
        "(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;)"      \
        "Landroid/database/Cursor;"
#define CALLS "content://call_log/calls"

static DexWords *class_with(const char *name, const char *super, const char *method)
{
        DexWords *d = dex_words();
        dex_says_class(d, name, super);
        dex_says_method(d, method, "()V");
        return d;
}

static DexWords *main_with(const char *method)
{
        return class_with("Lorg/meadow/app/Main;", "Landroid/app/Activity;", method);
}

static void asks_phone(DexWords *d)
{
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
}

static void queries(DexWords *d)
{
        dex_calls(d, DEX_VIRTUAL, "Landroid/content/ContentResolver;", "query", QUERY);
}

/* All uses, one a line: "grade data owner sites what <- first caller, second caller". */
static const char *uses_of(CodeWorld *w)
{
        const CodeUse *const *uses;
        GString *out = g_string_new(NULL);
        size_t n = code_uses(w->code, &uses);
        for (size_t i = 0; i < n; i++) {
                const CodeUse *u = uses[i];
                if (!u->api)
                        continue;
                g_string_append_printf(out, "%s %s %s %u %s <-", grade_name(u->grade), u->api->data_type,
                                       owner_name(code_owners(w->code), u->owner), u->sites, u->what);
                for (unsigned k = 0; k < u->n_callers; k++)
                        g_string_append_printf(out, "%s %s", k ? "," : "",
                                               code_method_text(w->code, u->callers[k]));
                g_string_append_c(out, '\n');
        }
        char *text = arena_str(w->arena, out->str);
        g_string_free(out, TRUE);
        return text;
}

static void a_call_names_what_it_takes_and_who_takes_it(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("onCreate");
        asks_phone(d);
        dex_returns(d);
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w), "direct imei own 1 " PHONE "->getDeviceId" TEXT
                                        " <- Lorg/meadow/app/Main;->onCreate()V\n");
        assert_int_equal(code_instructions(w->code), 2);
        assert_int_equal(code_broken(w->code), 0);
}

static void a_call_through_the_apps_own_subclass_is_inherited(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("ask");
        dex_calls(d, DEX_VIRTUAL, "Lorg/meadow/app/Main;", "requestPermissions", "([Ljava/lang/String;I)V");
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w),
                            "inherited permission_request own 1 "
                            "Landroid/app/Activity;->requestPermissions([Ljava/lang/String;I)V <- "
                            "Lorg/meadow/app/Main;->ask()V\n");
}

static void an_override_in_the_app_answers_instead(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = class_with("Lorg/meadow/app/Base;", "Landroid/app/Activity;", "other");
        dex_says_method(d, "requestPermissions", "([Ljava/lang/String;I)V");
        dex_returns(d);
        dex_says_class(d, "Lorg/meadow/app/Main;", "Lorg/meadow/app/Base;");
        dex_says_method(d, "ask", "()V");
        dex_calls(d, DEX_VIRTUAL, "Lorg/meadow/app/Main;", "requestPermissions", "([Ljava/lang/String;I)V");
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w), "");
}

static void an_overload_that_nobody_knows_is_nothing(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("ask");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", "(Lorg/meadow/app/Main;)V");
        dex_calls(d, DEX_VIRTUAL, "Lorg/meadow/app/Telephony;", "getDeviceId", TEXT);
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w), "");
}

static void a_field_is_read_like_a_call(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("ask");
        dex_reads(d, "Landroid/os/Build;", "SERIAL", "Ljava/lang/String;");
        code_world(w, d, NULL);
        assert_string_equal(
                uses_of(w),
                "direct device_serial own 1 Landroid/os/Build;->SERIAL <- Lorg/meadow/app/Main;->ask()V\n");
}

static void a_constant_without_its_sink_means_nothing(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        dex_names(d, CALLS);
        dex_returns(d);
        dex_says_method(d, "second", "()V"); /* the sink stands elsewhere */
        queries(d);
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w), "");
}

static void a_constant_counts_before_and_behind_its_sink(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        dex_names(d, CALLS);
        queries(d);
        dex_says_method(d, "second", "()V");
        queries(d);
        dex_names(d, CALLS "/5");
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w),
                            "constant call_log own 1 " CALLS " <- Lorg/meadow/app/Main;->first()V\n"
                            "constant call_log own 1 " CALLS "/5 <- Lorg/meadow/app/Main;->second()V\n");
}

/* More constants than wait for a sink at once: the method is gone over again. */
static void no_number_of_constants_hides_one(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        for (int i = 0; i < 500; i++)
                dex_names(d, "android_id"); /* needs another sink */
        dex_names(d, CALLS);
        queries(d);
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w),
                            "constant call_log own 1 " CALLS " <- Lorg/meadow/app/Main;->first()V\n");
        assert_int_equal(code_instructions(w->code), 502);
}

static void a_jumbo_string_is_a_string(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        for (int i = 0; i < 0x10000; i++) {
                g_autofree char *text = g_strdup_printf("%d", i);
                dex_string_of(d, text);
        }
        dex_names(d, CALLS);
        queries(d);
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w),
                            "constant call_log own 1 " CALLS " <- Lorg/meadow/app/Main;->first()V\n");
}

static void code_shared_by_two_methods_belongs_to_both(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        asks_phone(d);
        dex_says_same(d, "second", "()V", 1);
        code_world(w, d, NULL);
        assert_string_equal(uses_of(w),
                            "direct imei own 2 " PHONE "->getDeviceId" TEXT
                            " <- Lorg/meadow/app/Main;->first()V, Lorg/meadow/app/Main;->second()V\n");
}

static void every_owner_has_a_record_of_its_own(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        asks_phone(d);
        asks_phone(d);
        dex_says_class(d, "Lcom/umeng/analytics/A;", OBJECT);
        dex_says_method(d, "take", "()V");
        asks_phone(d);
        dex_says_class(d, "La/b/c;", OBJECT);
        dex_says_method(d, "a", "()V");
        asks_phone(d);
        dex_says_class(d, "Lorg/meadow/app/Later;", OBJECT);
        dex_says_method(d, "third", "()V");
        asks_phone(d);
        code_world(w, d, NULL);
        g_auto(GStrv) lines = g_strsplit(uses_of(w), "\n", -1);
        assert_int_equal(g_strv_length(lines), 4);
        assert_string_equal(lines[0],
                            "direct imei own 3 " PHONE "->getDeviceId" TEXT
                            " <- Lorg/meadow/app/Main;->first()V, Lorg/meadow/app/Later;->third()V");
        assert_true(g_str_has_prefix(lines[1], "direct imei sdk:umeng-"));
        assert_true(g_str_has_prefix(lines[2], "direct imei other 1 "));
}

static void the_first_callers_are_named_and_all_sites_counted(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("m0");
        asks_phone(d);
        for (int i = 1; i < 9; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i);
                dex_says_method(d, name, "()V");
                asks_phone(d);
        }
        code_world(w, d, NULL);
        const CodeUse *const *uses;
        assert_int_equal(code_uses(w->code, &uses), 1);
        assert_int_equal(uses[0]->sites, 9);
        assert_int_equal(uses[0]->n_callers, CODE_CALLERS);
        assert_string_equal(code_signature_text(w->code, uses[0]->callers[4]), "m4()V");
}

static void a_class_that_is_never_loaded_is_not_read(void **state)
{
        CodeWorld *w = *state;
        DexWords *first = main_with("harmless"), *second = main_with("hidden");
        dex_returns(first);
        asks_phone(second);
        code_world(w, first, second);
        assert_string_equal(uses_of(w), "");
}

static void hosts_have_owners_and_say_whether_they_are_in_the_clear(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        dex_names(d, "https://api.example.com/v1");
        dex_names(d, "https://API.example.com/v2");
        dex_names(d, "http://api.example.com/v1");
        dex_names(d, "https://b.example.com");
        dex_says_class(d, "La/b/c;", OBJECT);
        dex_says_method(d, "a", "()V");
        dex_names(d, "https://api.example.com/v1");
        code_world(w, d, NULL);
        const CodeHost *const *hosts;
        g_autoptr(GString) seen = g_string_new(NULL);
        size_t n = code_hosts(w->code, &hosts);
        for (size_t i = 0; i < n; i++)
                g_string_append_printf(seen, "%s %s%s; ", hosts[i]->host,
                                       owner_name(code_owners(w->code), hosts[i]->owner),
                                       hosts[i]->cleartext ? " clear" : "");
        assert_string_equal(seen->str,
                            "api.example.com own; api.example.com own clear; api.example.com other; "
                            "b.example.com own; ");
}

static void code_that_does_not_end_where_it_ends_is_broken(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        asks_phone(d);
        dex_unit(d, 0x6e); /* a call cut short */
        code_world(w, d, NULL);
        assert_int_equal(code_broken(w->code), 1);
        assert_int_equal(code_instructions(w->code), 1);
        assert_non_null(strstr(uses_of(w), "imei"));
}

static void code_that_leads_outside_the_file_is_broken(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        dex_returns(d);
        dex_says_same(d, "second", "()V", 1);
        GByteArray *bytes = dex_words_end(d);
        uint32_t code = bytes->len;
        for (uint32_t at = 0; at + 4 <= bytes->len;
             at += 4) /* one register more than any other word has: 16 */
                if (dex_peek(bytes, at) == 16 && at > 0x70)
                        code = at;
        dex_poke(bytes, code + 12, 0x7fffffff);
        code_world_of(w, &bytes, 1);
        assert_int_equal(code_broken(w->code), 2);
        assert_int_equal(code_instructions(w->code), 0);
        g_autoptr(GError) error = NULL;
        must_succeed(code_read(w->code, &error), error);
}

static void note(const CodeTouch *touch, void *context)
{
        g_string_append_printf(context, "%u %s; ", touch->unit, touch->what);
}

static void one_method_tells_what_it_touches_up_to_a_place(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("first");
        dex_names(d, CALLS);                                                /* 0 */
        dex_reads(d, "Landroid/os/Build;", "SERIAL", "Ljava/lang/String;"); /* 2 */
        asks_phone(d);                                                      /* 4 */
        queries(d);                                                         /* 7 */
        code_world(w, d, NULL);
        const AppMethod *m = code_world_method(w, "Lorg/meadow/app/Main;", "first");
        g_autoptr(GString) whole = g_string_new(NULL), half = g_string_new(NULL);
        code_touches(w->code, m, UINT32_MAX, note, whole);
        assert_string_equal(whole->str,
                            "2 Landroid/os/Build;->SERIAL; 4 " PHONE "->getDeviceId" TEXT "; 0 " CALLS "; ");
        code_touches(w->code, m, 7, note, half); /* the constant's sink lies behind */
        assert_string_equal(half->str, "2 Landroid/os/Build;->SERIAL; 4 " PHONE "->getDeviceId" TEXT "; ");
        assert_int_equal(code_instructions(w->code), 4);
}

static void a_big_method_that_thousands_share_is_a_limit(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("m");
        for (int i = 0; i < 20000; i++)
                dex_unit(d, 0);
        for (int i = 0; i < 2000; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i);
                dex_says_same(d, name, "()V", i + 1);
        }
        code_world(w, d, NULL);
        g_autoptr(GError) error = NULL;
        assert_false(code_read(w->code, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_non_null(strstr(error->message, "methods share their code so often"));
        assert_true(code_instructions(w->code) < UINT64_C(2000) * 1000);
}

static void small_methods_may_be_shared_by_thousands(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("m");
        for (int i = 0; i < 20; i++)
                dex_unit(d, 0);
        for (int i = 0; i < 5000; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i);
                dex_says_same(d, name, "()V", i + 1);
        }
        code_world(w, d, NULL);
        g_autoptr(GError) error = NULL;
        must_succeed(code_read(w->code, &error), error);
        assert_int_equal(code_instructions(w->code), 5001 * 20);
}

static void more_constants_than_any_table_has_are_a_limit(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("m");
        for (int i = 0; i < 12000; i++) {
                g_autofree char *uri = g_strdup_printf(CALLS "/%d", i);
                dex_names(d, uri);
        }
        queries(d);
        code_world(w, d, NULL);
        g_autoptr(GError) error = NULL;
        assert_false(code_read(w->code, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
}

static void a_constant_of_two_thousand_bytes_is_the_longest(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = main_with("m");
        g_autofree char *tail = g_strnfill(2048 - strlen(CALLS) - 1, 'x');
        g_autofree char *just = g_strconcat(CALLS "/", tail, NULL), *more = g_strconcat(just, "x", NULL);
        dex_names(d, just);
        dex_names(d, more);
        queries(d);
        code_world(w, d, NULL);
        const CodeUse *const *uses;
        assert_int_equal(code_uses(w->code, &uses), 1);
        assert_string_equal(uses[0]->what, just);
}

static void texts_are_valid_and_cut(void **state)
{
        CodeWorld *w = *state;
        g_autofree char *longer = g_strnfill(CODE_NAME, 'x');
        g_autofree char *name = g_strconcat("Lorg/", longer, ";", NULL);
        DexWords *d = class_with(name, OBJECT, "bad\xff");
        asks_phone(d);
        dex_says_method(d, longer, "()V");
        code_world(w, d, NULL);
        CodePlace place = {0, 0};
        assert_true(g_utf8_validate(code_method_text(w->code, place), -1, NULL));
        assert_int_equal(strlen(code_class_text(w->code, 0)), CODE_NAME + 3);
        assert_true(g_str_has_suffix(code_class_text(w->code, 0), "..."));
        assert_string_equal(code_signature_text(w->code, place), "bad\xef\xbf\xbd()V");
        assert_string_equal(code_signature_text(w->code, (CodePlace){0, 99}), "?");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, code_world_begin, code_world_end)
        const struct CMUnitTest tests[] = {
                TEST(a_call_names_what_it_takes_and_who_takes_it),
                TEST(a_call_through_the_apps_own_subclass_is_inherited),
                TEST(an_override_in_the_app_answers_instead),
                TEST(an_overload_that_nobody_knows_is_nothing),
                TEST(a_field_is_read_like_a_call),
                TEST(a_constant_without_its_sink_means_nothing),
                TEST(a_constant_counts_before_and_behind_its_sink),
                TEST(no_number_of_constants_hides_one),
                TEST(a_jumbo_string_is_a_string),
                TEST(code_shared_by_two_methods_belongs_to_both),
                TEST(every_owner_has_a_record_of_its_own),
                TEST(the_first_callers_are_named_and_all_sites_counted),
                TEST(a_class_that_is_never_loaded_is_not_read),
                TEST(hosts_have_owners_and_say_whether_they_are_in_the_clear),
                TEST(code_that_does_not_end_where_it_ends_is_broken),
                TEST(code_that_leads_outside_the_file_is_broken),
                TEST(one_method_tells_what_it_touches_up_to_a_place),
                TEST(a_big_method_that_thousands_share_is_a_limit),
                TEST(small_methods_may_be_shared_by_thousands),
                TEST(more_constants_than_any_table_has_are_a_limit),
                TEST(a_constant_of_two_thousand_bytes_is_the_longest),
                TEST(texts_are_valid_and_cut),
        };
        return cmocka_run_group_tests(tests, code_world_open, code_world_close);
}
