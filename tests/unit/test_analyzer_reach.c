/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/code/reach.h"
#include "support/code_world.h"

#define OBJECT   "Ljava/lang/Object;"
#define APP      "Lorg/meadow/app/App;"
#define HELPER   "Lorg/meadow/app/Helper;"
#define SETTINGS "Landroid/content/SharedPreferences;"

/* The application's onCreate, still open. */
static DexWords *app(void)
{
        DexWords *d = dex_words();
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        return d;
}

static void new_class(DexWords *d, const char *name, const char *super)
{
        dex_says_class(d, name, super);
        dex_says_method(d, "<init>", "()V");
        dex_returns(d);
}

static void has_method(DexWords *d, const char *name)
{
        dex_says_method(d, name, "()V");
        dex_returns(d);
}

static void makes(DexWords *d, const char *type) /* and calls its constructor */
{
        dex_makes(d, type);
        dex_calls(d, DEX_DIRECT, type, "<init>", "()V");
}

static void add_node(const ReachNode *node, void *context)
{
        CodeWorld *w = *(void **)context;
        GString *out = ((void **)context)[1];
        CodePlace place = {node->method->class_id, node->method->method};
        Span name = classes_at(code_classes(w->code), place.class_id)->name;
        Span simple = span_from(name, name.len > 16 ? 16 : 0); /* behind "Lorg/meadow/app/" */
        if (out->len)
                g_string_append_c(out, ' ');
        g_string_append_printf(out, "%.*s%s", (int)simple.len, (const char *)simple.data,
                               code_signature_text(w->code, place));
        if (node->end != UINT32_MAX)
                g_string_append_printf(out, "|%u", node->end);
}

/* Walks from the application, made, and compares what was reached, in order: "App;onCreate()V Helper;run()V|7": to unit 7. */
static Reach *walks(CodeWorld *w, const char *wanted)
{
        Reach *reach = reach_new(w->code, w->arena);
        g_autoptr(GString) seen = g_string_new(NULL);
        void *context[] = {w, seen};
        reach_make(reach, code_world_class(w, APP), 7);
        reach_enter(reach, code_world_method(w, APP, "onCreate"), 7);
        reach_walk(reach, add_node, context);
        if (wanted)
                assert_string_equal(seen->str, wanted);
        return reach;
}

static void calls_are_followed_nearest_first_and_once(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_calls(d, DEX_STATIC, HELPER, "first", "()V");
        dex_calls(d, DEX_STATIC, HELPER, "second", "()V");
        dex_says_class(d, HELPER, OBJECT);
        dex_says_static(d, "first", "()V");
        dex_calls(d, DEX_STATIC, HELPER, "deeper", "()V");
        dex_says_static(d, "second", "()V");
        dex_calls(d, DEX_STATIC, HELPER, "first", "()V");
        dex_says_static(d, "deeper", "()V");
        dex_calls(d, DEX_STATIC, HELPER, "first", "()V"); /* a circle */
        dex_says_static(d, "never", "()V");
        code_world(w, d, NULL);
        Reach *reach = walks(w, "App;onCreate()V Helper;first()V Helper;second()V Helper;deeper()V");
        assert_int_equal(reach_methods(reach), 4);
        assert_null(reach_budget(reach));
}

static void a_virtual_call_leads_to_the_classes_that_were_made(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        makes(d, "Lorg/meadow/app/Made;");
        dex_calls(d, DEX_INTERFACE, "Lorg/meadow/app/Thing;", "act", "()V");
        dex_says_interface(d, "Lorg/meadow/app/Thing;");
        dex_says_abstract(d, "act", "()V");
        for (int i = 0; i < 2; i++) {
                new_class(d, i ? "Lorg/meadow/app/Other;" : "Lorg/meadow/app/Made;", OBJECT);
                dex_says_implements(d, "Lorg/meadow/app/Thing;");
                has_method(d, "act");
        }
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Made;<init>()V Made;act()V");
}

static void a_class_that_is_made_later_answers_too(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_calls(d, DEX_VIRTUAL, "Lorg/meadow/app/Base;", "act", "()V");
        dex_calls(d, DEX_STATIC, HELPER, "later", "()V");
        dex_says_class(d, "Lorg/meadow/app/Base;", OBJECT);
        dex_says_abstract(d, "act", "()V");
        new_class(d, "Lorg/meadow/app/Made;", "Lorg/meadow/app/Base;");
        has_method(d, "act");
        dex_says_class(d, HELPER, OBJECT);
        dex_says_static(d, "later", "()V");
        makes(d, "Lorg/meadow/app/Made;");
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Helper;later()V Made;act()V Made;<init>()V");
}

static void when_nobody_makes_one_its_few_implementations_answer(void **state)
{
        CodeWorld *w = *state;
        for (int n = 4; n <= 5; n++) {
                DexWords *d = app();
                dex_calls(d, DEX_INTERFACE, "Lorg/meadow/app/Thing;", "act", "()V");
                dex_says_interface(d, "Lorg/meadow/app/Thing;");
                dex_says_abstract(d, "act", "()V");
                for (int i = 0; i < n; i++) {
                        g_autofree char *name = g_strdup_printf("Lorg/meadow/app/T%d;", i);
                        new_class(d, name, OBJECT);
                        dex_says_implements(d, "Lorg/meadow/app/Thing;");
                        has_method(d, "act");
                }
                code_world(w, d, NULL);
                walks(w,
                      n == 4 ? "App;onCreate()V T0;act()V T1;act()V T2;act()V T3;act()V" : "App;onCreate()V");
        }
}

static void a_runnable_that_was_made_runs(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        makes(d, "Lorg/meadow/app/Task;");
        new_class(d, "Lorg/meadow/app/Task;", "Lorg/meadow/app/Base;");
        new_class(d, "Lorg/meadow/app/Base;", OBJECT);
        dex_says_implements(d, "Ljava/lang/Runnable;");
        has_method(d, "run");
        has_method(d, "other");
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Base;run()V Task;<init>()V");
}

static void what_the_platform_inherits_runs_too(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        makes(d, "Lorg/meadow/app/Late;");
        new_class(d, "Lorg/meadow/app/Late;", "Ljava/lang/Thread;");
        has_method(d, "run");
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Late;run()V Late;<init>()V");
}

static void what_waits_for_a_click_does_not(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        makes(d, "Lorg/meadow/app/Tap;");
        new_class(d, "Lorg/meadow/app/Tap;", OBJECT);
        dex_says_implements(d, "Landroid/view/View$OnClickListener;");
        dex_says_method(d, "onClick", "(Landroid/view/View;)V");
        dex_returns(d);
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Tap;<init>()V");
}

static void static_initialisers_run_once_with_those_above(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_reads(d, "Lorg/meadow/app/Low;", "value", "I");
        dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Top;", "m", "()V");
        dex_says_class(d, "Lorg/meadow/app/Low;", "Lorg/meadow/app/Top;");
        has_method(d, "<clinit>");
        dex_says_class(d, "Lorg/meadow/app/Top;", OBJECT);
        has_method(d, "<clinit>");
        dex_says_static(d, "m", "()V");
        dex_returns(d);
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Low;<clinit>()V Top;<clinit>()V Top;m()V");
}

static void a_service_named_by_its_class_is_started(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_names_class(d, "Lorg/meadow/app/Work;");
        dex_names_class(d, "Lorg/meadow/app/Page;");
        new_class(d, "Lorg/meadow/app/Work;", "Landroid/app/Service;");
        has_method(d, "onCreate");
        new_class(d, "Lorg/meadow/app/Page;", "Landroid/app/Activity;");
        has_method(d, "onCreate");
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V Work;onCreate()V");
}

static void a_gate_ends_the_walk_behind_it_and_not_before(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_calls(d, DEX_STATIC, HELPER, "before", "()V");                             /* 0 */
        dex_names(d, "privacy_agreed");                                                /* 3 */
        dex_calls(d, DEX_INTERFACE, SETTINGS, "getBoolean", "(Ljava/lang/String;Z)Z"); /* 5 */
        dex_calls(d, DEX_STATIC, HELPER, "behind", "()V");
        dex_says_class(d, HELPER, OBJECT);
        dex_says_static(d, "before", "()V");
        dex_returns(d);
        dex_says_static(d, "behind", "()V");
        dex_returns(d);
        code_world(w, d, NULL);
        Reach *reach = walks(w, "App;onCreate()V|5 Helper;before()V");
        assert_int_equal(reach_gates(reach), 1);
}

static void another_setting_is_no_gate(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_names(d, "night_mode");
        dex_calls(d, DEX_INTERFACE, SETTINGS, "getBoolean", "(Ljava/lang/String;Z)Z");
        dex_calls(d, DEX_STATIC, HELPER, "behind", "()V");
        dex_says_class(d, HELPER, OBJECT);
        dex_says_static(d, "behind", "()V");
        dex_returns(d);
        code_world(w, d, NULL);
        assert_int_equal(reach_gates(walks(w, "App;onCreate()V Helper;behind()V")), 0);
}

static void questions_by_name_and_helpers_of_any_name_are_gates(void **state)
{
        CodeWorld *w = *state;
        static const char *const names[] = {"isPrivacyAgreed", "a"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                DexWords *d = app();
                dex_calls(d, DEX_STATIC, HELPER, names[i], "()Z");
                dex_calls(d, DEX_STATIC, HELPER, "behind", "()V");
                dex_says_class(d, HELPER, OBJECT);
                dex_says_static(d, names[i], "()Z");
                dex_names(d, "privacy_agreed");
                dex_calls(d, DEX_INTERFACE, SETTINGS, "getBoolean", "(Ljava/lang/String;Z)Z");
                dex_says_static(d, "behind", "()V");
                dex_returns(d);
                code_world(w, d, NULL);
                walks(w, "App;onCreate()V|0");
        }
}

static void a_flag_of_consent_is_a_gate_where_it_is_read(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_calls(d, DEX_STATIC, HELPER, "before", "()V");
        dex_reads(d, HELPER, "privacyAccepted", "Z"); /* 3 */
        dex_calls(d, DEX_STATIC, HELPER, "behind", "()V");
        dex_says_class(d, HELPER, OBJECT);
        dex_says_static(d, "before", "()V");
        dex_returns(d);
        dex_says_static(d, "behind", "()V");
        dex_returns(d);
        code_world(w, d, NULL);
        walks(w, "App;onCreate()V|3 Helper;before()V");
}

static void agreement_screens_are_not_entered(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        makes(d, "Lorg/meadow/app/PrivacyDialog;");
        dex_calls(d, DEX_VIRTUAL, "Lorg/meadow/app/PrivacyDialog;", "show", "()V");
        new_class(d, "Lorg/meadow/app/PrivacyDialog;", "Landroid/app/Dialog;");
        has_method(d, "show");
        code_world(w, d, NULL);
        assert_int_equal(reach_gates(walks(w, "App;onCreate()V")), 2);
}

static void a_call_across_dex_files_is_followed(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app(), *second = dex_words();
        makes(d, "Lorg/meadow/app/Far;");
        dex_calls(d, DEX_VIRTUAL, "Lorg/meadow/app/Far;", "act", "()V");
        new_class(second, "Lorg/meadow/app/Far;", OBJECT);
        has_method(second, "act");
        code_world(w, d, second);
        walks(w, "App;onCreate()V Far;<init>()V Far;act()V");
}

static void a_way_deeper_than_the_budget_is_told(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = app();
        dex_calls(d, DEX_STATIC, HELPER, "m0", "()V");
        dex_says_class(d, HELPER, OBJECT);
        for (int i = 0; i < REACH_DEPTH + 10; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i), *next = g_strdup_printf("m%d", i + 1);
                dex_says_static(d, name, "()V");
                dex_calls(d, DEX_STATIC, HELPER, next, "()V");
        }
        code_world(w, d, NULL);
        Reach *reach = walks(w, NULL);
        assert_string_equal(reach_budget(reach), "depth");
        assert_int_equal(reach_methods(reach), REACH_DEPTH + 1);
}

static DexWords *many_threads(int n)
{
        DexWords *d = app();
        for (int i = 0; i < n; i++) {
                g_autofree char *type = g_strdup_printf("Lx/T%d;", i);
                dex_makes(d, type);
        }
        for (int i = 0; i < n; i++) {
                g_autofree char *type = g_strdup_printf("Lx/T%d;", i);
                dex_says_class(d, type, "Ljava/lang/Thread;");
                has_method(d, "run");
        }
        return d;
}

static void threads_by_the_thousand_are_followed(void **state)
{
        CodeWorld *w = *state;
        code_world(w, many_threads(5000), NULL);
        Reach *reach = walks(w, NULL);
        assert_null(reach_budget(reach));
        assert_int_equal(reach_methods(reach), 5001);
}

static void the_budget_of_methods_is_told(void **state)
{
        CodeWorld *w = *state;
        code_world(w, many_threads(REACH_METHODS + 100), NULL);
        Reach *reach = walks(w, NULL);
        assert_string_equal(reach_budget(reach), "methods");
        assert_int_equal(reach_methods(reach), REACH_METHODS);
}

static void many_classes_over_many_calls_end_at_the_budget(void **state)
{
        enum { MANY = 8000 };
        CodeWorld *w = *state;
        DexWords *d = app();
        for (int i = 0; i < MANY; i++) {
                g_autofree char *type = g_strdup_printf("Lx/C%d;", i), *name = g_strdup_printf("m%d", i);
                dex_makes(d, type);
                dex_calls(d, DEX_INTERFACE, "Lx/I;", name, "()V"); /* nobody has it */
        }
        dex_says_interface(d, "Lx/I;");
        for (int i = 0; i < MANY; i++) {
                g_autofree char *type = g_strdup_printf("Lx/C%d;", i);
                dex_says_class(d, type, OBJECT);
                dex_says_implements(d, "Lx/I;");
        }
        code_world(w, d, NULL);
        assert_string_equal(reach_budget(walks(w, "App;onCreate()V")), "work");
}

static void nothing_to_enter_is_no_fault(void **state)
{
        CodeWorld *w = *state;
        code_world(w, dex_words(), NULL);
        Reach *reach = reach_new(w->code, w->arena);
        reach_enter(reach, NULL, 0);
        reach_walk(reach, add_node, NULL);
        assert_int_equal(reach_methods(reach), 0);
        assert_null(reach_budget(reach));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, code_world_begin, code_world_end)
        const struct CMUnitTest tests[] = {
                TEST(calls_are_followed_nearest_first_and_once),
                TEST(a_virtual_call_leads_to_the_classes_that_were_made),
                TEST(a_class_that_is_made_later_answers_too),
                TEST(when_nobody_makes_one_its_few_implementations_answer),
                TEST(a_runnable_that_was_made_runs),
                TEST(what_the_platform_inherits_runs_too),
                TEST(what_waits_for_a_click_does_not),
                TEST(static_initialisers_run_once_with_those_above),
                TEST(a_service_named_by_its_class_is_started),
                TEST(a_gate_ends_the_walk_behind_it_and_not_before),
                TEST(another_setting_is_no_gate),
                TEST(questions_by_name_and_helpers_of_any_name_are_gates),
                TEST(a_flag_of_consent_is_a_gate_where_it_is_read),
                TEST(agreement_screens_are_not_entered),
                TEST(a_call_across_dex_files_is_followed),
                TEST(a_way_deeper_than_the_budget_is_told),
                TEST(the_budget_of_methods_is_told),
                TEST(many_classes_over_many_calls_end_at_the_budget),
                TEST(threads_by_the_thousand_are_followed),
                TEST(nothing_to_enter_is_no_fault),
        };
        return cmocka_run_group_tests(tests, code_world_open, code_world_close);
}
