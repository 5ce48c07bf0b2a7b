/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "support/code_world.h"

#define OBJECT "Ljava/lang/Object;"

static void inherits(const CodeWorld *w, const char *descriptor, const char *of, bool wanted)
{
        Classes *classes = code_classes(w->code);
        bool app = classes_find(classes, span_str(of)) != CLASS_NONE;
        bool does = app ? classes_inherits(classes, code_world_class(w, descriptor), code_world_class(w, of))
                        : classes_inherits_platform(classes, code_world_class(w, descriptor), of);
        if (does != wanted)
                fail_msg("%s is %sa %s", descriptor, does ? "" : "not ", of);
}

/* The class whose method is found, NULL: none. */
static const char *resolved(const CodeWorld *w, const char *from, unsigned dex, const char *of,
                            const char *name)
{
        Classes *classes = code_classes(w->code);
        const Dex *d = code_dex(w->code, dex);
        DexMember m;
        for (uint32_t i = 0; dex_method(d, i, &m); i++) {
                if (!dex_string_is(d, m.name, span_str(name)) || !span_eq_str(dex_type(d, m.class_type), of))
                        continue;
                const AppMethod *found = classes_resolve(classes, code_world_class(w, from), dex, i);
                return found ? code_class_text(w->code, found->class_id) : NULL;
        }
        fail_msg("no reference to %s->%s", of, name);
        return NULL;
}

static void a_class_knows_where_the_platform_begins(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Lorg/meadow/app/Main;", "Lorg/meadow/app/Base;");
        dex_says_class(d, "Lorg/meadow/app/Base;", "Landroid/app/Activity;");
        dex_says_class(d, "Lorg/meadow/app/Root;", NULL);
        code_world(w, d, NULL);
        Classes *classes = code_classes(w->code);
        const AppClass *main = classes_at(classes, code_world_class(w, "Lorg/meadow/app/Main;"));
        assert_int_equal(main->super, code_world_class(w, "Lorg/meadow/app/Base;"));
        assert_true(span_eq_str(main->platform_name, "Landroid/app/Activity;"));
        assert_true(api_class_is(main->platform, span_str("Landroid/content/Context;")));
        const AppClass *root = classes_at(classes, code_world_class(w, "Lorg/meadow/app/Root;"));
        assert_int_equal(root->platform_name.len, 0);
        assert_null(root->platform);
        inherits(w, "Lorg/meadow/app/Main;", "Landroid/content/ContextWrapper;", true);
        inherits(w, "Lorg/meadow/app/Main;", "Landroid/app/Service;", false);
        inherits(w, "Lorg/meadow/app/Main;", "Lorg/meadow/app/Base;", true);
        inherits(w, "Lorg/meadow/app/Base;", "Lorg/meadow/app/Main;", false);
}

static void a_circle_of_superclasses_ends(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Lx/A;", "Lx/B;");
        dex_says_class(d, "Lx/B;", "Lx/C;");
        dex_says_class(d, "Lx/C;", "Lx/A;");
        dex_says_class(d, "Lx/Self;", "Lx/Self;");
        dex_says_class(d, "Lx/Below;", "Lx/B;");
        dex_says_method(d, "m", "()V");
        dex_calls(d, DEX_VIRTUAL, "Lx/Below;", "missing", "()V");
        code_world(w, d, NULL);
        inherits(w, "Lx/Below;", "Lx/C;", true);
        inherits(w, "Lx/Below;", "Landroid/app/Activity;", false);
        inherits(w, "Lx/Self;", "Lx/Self;", true);
        assert_null(resolved(w, "Lx/Below;", 0, "Lx/Below;", "missing"));
        for (uint32_t id = 0; id < classes_len(code_classes(w->code)); id++) {
                const AppClass *c = classes_at(code_classes(w->code), id);
                unsigned steps = 0;
                for (; c->super != CLASS_NONE; c = classes_at(code_classes(w->code), c->super))
                        assert_true(++steps < 6);
        }
}

static void a_circle_of_interfaces_ends(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_interface(d, "Lx/I;");
        dex_says_implements(d, "Lx/J;");
        dex_says_interface(d, "Lx/J;");
        dex_says_implements(d, "Lx/I;");
        dex_says_class(d, "Lx/A;", OBJECT);
        dex_says_implements(d, "Lx/I;");
        dex_says_implements(d, "Ljava/lang/Runnable;");
        code_world(w, d, NULL);
        inherits(w, "Lx/A;", "Lx/J;", true);
        inherits(w, "Lx/A;", "Ljava/lang/Runnable;", true);
        inherits(w, "Lx/J;", "Ljava/lang/Runnable;", false);
}

static void a_line_as_long_as_the_app_is_followed_to_its_end(void **state)
{
        enum { LENGTH = 3000 };
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        for (int i = 0; i < LENGTH; i++) {
                g_autofree char *name = g_strdup_printf("Lx/C%d;", i),
                                *super = g_strdup_printf("Lx/C%d;", i + 1);
                dex_says_class(d, name, i + 1 < LENGTH ? super : "Landroid/app/Service;");
        }
        code_world(w, d, NULL);
        const uint32_t *line;
        assert_int_equal(classes_line(code_classes(w->code), code_world_class(w, "Lx/C0;"), &line), LENGTH);
        inherits(w, "Lx/C0;", "Landroid/app/Service;", true);
        assert_true(span_eq_str(classes_at(code_classes(w->code), line[0])->platform_name,
                                "Landroid/app/Service;"));
}

static void a_lattice_of_interfaces_is_looked_at_once(void **state)
{
        enum { LEVELS = 200 };
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Lx/A;", OBJECT);
        dex_says_implements(d, "Lx/I0a;");
        for (int i = 0; i < LEVELS; i++) {
                for (const char *side = "ab"; *side; side++) {
                        g_autofree char *name = g_strdup_printf("Lx/I%d%c;", i, *side);
                        g_autofree char *left = g_strdup_printf("Lx/I%da;", i + 1);
                        g_autofree char *right = g_strdup_printf("Lx/I%db;", i + 1);
                        dex_says_interface(d, name);
                        dex_says_implements(d, left);
                        dex_says_implements(d, right);
                }
        }
        code_world(w, d, NULL);
        Classes *classes = code_classes(w->code);
        uint64_t before = classes_work(classes);
        inherits(w, "Lx/A;", "Lx/I199b;", true);
        inherits(w, "Lx/A;", "Lx/I200a;", true); /* nobody defines it, but it is stated */
        inherits(w, "Lx/A;", "Lx/I201a;", false);
        assert_true(classes_work(classes) - before < UINT64_C(40) * LEVELS);
}

static void the_first_definition_of_a_name_counts(void **state)
{
        CodeWorld *w = *state;
        DexWords *first = dex_words(), *second = dex_words();
        dex_says_class(first, "Lx/A;", "Landroid/app/Activity;");
        dex_says_method(first, "m", "()V");
        dex_returns(first);
        dex_says_class(second, "Lx/A;", "Landroid/app/Service;");
        dex_says_class(second, "Lx/B;", "Lx/A;");
        code_world(w, first, second);
        Classes *classes = code_classes(w->code);
        assert_int_equal(classes_len(classes), 3);
        assert_false(classes_at(classes, 0)->hidden);
        assert_true(classes_at(classes, 1)->hidden);
        assert_int_equal(classes_at(classes, 1)->dex_number, 1);
        inherits(w, "Lx/B;", "Landroid/app/Activity;", true);
        inherits(w, "Lx/B;", "Landroid/app/Service;", false);
}

static void heirs_are_those_that_can_be_made(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_interface(d, "Lx/I;");
        dex_says_interface(d, "Lx/J;");
        dex_says_implements(d, "Lx/I;");
        dex_says_class(d, "Lx/Base;", OBJECT);
        dex_says_implements(d, "Lx/J;");
        dex_last_class(d)->flags |= DEX_ABSTRACT_FLAG;
        dex_says_class(d, "Lx/B;", "Lx/Base;");
        dex_says_class(d, "Lx/A;", OBJECT);
        dex_says_implements(d, "Lx/I;");
        dex_says_class(d, "Lx/Other;", OBJECT);
        code_world(w, d, NULL);
        uint32_t heirs[2];
        Classes *classes = code_classes(w->code);
        assert_int_equal(classes_heirs(classes, code_world_class(w, "Lx/I;"), heirs, 2), 2);
        assert_int_equal(heirs[0], code_world_class(w, "Lx/B;"));
        assert_int_equal(heirs[1], code_world_class(w, "Lx/A;"));
        assert_int_equal(classes_heirs(classes, code_world_class(w, "Lx/I;"), heirs, 1), 2);
        assert_int_equal(classes_heirs(classes, code_world_class(w, "Lx/Other;"), heirs, 2), 0);
}

static void a_method_is_looked_for_upwards(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Lx/Top;", OBJECT);
        dex_says_method(d, "m", "()V");
        dex_returns(d);
        dex_says_method(d, "only", "(I)V");
        dex_returns(d);
        dex_says_class(d, "Lx/Middle;", "Lx/Top;");
        dex_says_method(d, "m", "()V");
        dex_returns(d);
        dex_says_class(d, "Lx/Low;", "Lx/Middle;");
        dex_says_method(d, "calls", "()V");
        dex_calls(d, DEX_VIRTUAL, "Lx/Low;", "m", "()V");
        dex_calls(d, DEX_VIRTUAL, "Lx/Low;", "only", "(J)V");
        dex_calls(d, DEX_VIRTUAL, "Lx/Top;", "gone", "()V");
        code_world(w, d, NULL);
        assert_string_equal(resolved(w, "Lx/Low;", 0, "Lx/Low;", "m"), "Lx/Middle;");
        assert_string_equal(resolved(w, "Lx/Top;", 0, "Lx/Low;", "m"), "Lx/Top;");
        assert_null(resolved(w, "Lx/Low;", 0, "Lx/Low;", "only")); /* another prototype */
        assert_null(resolved(w, "Lx/Low;", 0, "Lx/Top;", "gone"));
}

static void a_method_of_another_dex_file_is_known_by_name_and_prototype(void **state)
{
        CodeWorld *w = *state;
        DexWords *first = dex_words(), *second = dex_words();
        dex_says_class(first, "Lx/Low;", "Lx/Top;");
        dex_says_method(first, "calls", "()V");
        dex_calls(first, DEX_VIRTUAL, "Lx/Low;", "m", "(Ljava/lang/String;[J)La/B;");
        dex_calls(first, DEX_VIRTUAL, "Lx/Low;", "n", "(I)V");
        dex_says_class(second, "Lx/Top;", OBJECT);
        dex_says_method(second, "n", "(J)V");
        dex_returns(second);
        dex_says_method(second, "m", "(Ljava/lang/String;[J)La/B;");
        dex_returns(second);
        code_world(w, first, second);
        assert_string_equal(resolved(w, "Lx/Low;", 0, "Lx/Low;", "m"), "Lx/Top;");
        assert_null(resolved(w, "Lx/Low;", 0, "Lx/Low;", "n"));
}

static void a_default_method_answers_when_no_class_does(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_interface(d, "Lx/Far;");
        dex_says_method(d, "m", "()V");
        dex_returns(d);
        dex_says_interface(d, "Lx/Near;");
        dex_says_implements(d, "Lx/Far;");
        dex_says_abstract(d, "m", "()V");
        dex_says_class(d, "Lx/Base;", OBJECT);
        dex_says_implements(d, "Lx/Near;");
        dex_says_class(d, "Lx/A;", "Lx/Base;");
        dex_says_method(d, "calls", "()V");
        dex_calls(d, DEX_VIRTUAL, "Lx/A;", "m", "()V");
        code_world(w, d, NULL);
        assert_string_equal(resolved(w, "Lx/A;", 0, "Lx/A;", "m"), "Lx/Far;");
}

static void methods_are_found_by_name(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Lx/Top;", OBJECT);
        dex_says_method(d, "<clinit>", "()V");
        dex_returns(d);
        dex_says_method(d, "m", "(I)V");
        dex_returns(d);
        dex_says_method(d, "m", "(J)V");
        dex_returns(d);
        dex_says_class(d, "Lx/Low;", "Lx/Top;");
        dex_says_abstract(d, "m", "(I)V");
        code_world(w, d, NULL);
        Classes *classes = code_classes(w->code);
        uint32_t top = code_world_class(w, "Lx/Top;"), low = code_world_class(w, "Lx/Low;");
        const AppMethod *any = classes_method_named(classes, top, "m", NULL);
        const AppMethod *wide = classes_method_named(classes, top, "m", "(J)V");
        assert_true(any && wide && any != wide);
        assert_null(classes_method_named(classes, top, "m", "()V"));
        assert_null(classes_method_named(classes, low, "m", "(J)V"));
        assert_true(classes_method_above(classes, low, "m", "(I)V") == any); /* its own has no body */
        assert_non_null(classes_initialiser(classes, top));
        assert_null(classes_initialiser(classes, low));
}

/* Sixty thousand classes over one list of sixty thousand methods would take a hundred gigabytes. */
static void class_data_that_is_shared_again_and_again_is_not_kept(void **state)
{
        enum { CLASSES = 400, METHODS = 400 };
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Lx/First;", OBJECT);
        for (int i = 0; i < METHODS; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i);
                dex_says_method(d, name, "()V");
        }
        for (int i = 0; i < CLASSES; i++) {
                g_autofree char *name = g_strdup_printf("Lx/C%d;", i);
                dex_says_class(d, name, OBJECT);
                dex_last_class(d)->shares = 0;
        }
        code_world(w, d, NULL);
        Classes *classes = code_classes(w->code);
        size_t kept = 0;
        const AppMethod *list;
        for (uint32_t id = 0; id < classes_len(classes); id++)
                kept += classes_methods(classes, id, &list);
        assert_true(classes_cut(classes));
        assert_true(kept > METHODS && kept < (size_t)30 * METHODS);
        g_autoptr(GError) error = NULL;
        assert_false(code_read(w->code, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
}

static void an_interface_list_that_is_shared_again_and_again_is_told(void **state)
{
        enum { CLASSES = 300 };
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        for (int i = 0; i < CLASSES; i++) {
                g_autofree char *name = g_strdup_printf("Lx/I%d;", i);
                dex_says_interface(d, name);
                if (i > 0)
                        continue;
                for (int k = 0; k < CLASSES; k++) {
                        g_autofree char *interface = g_strdup_printf("Lx/I%d;", k);
                        dex_says_implements(d, interface);
                }
        }
        GByteArray *bytes = dex_words_end(d);
        uint32_t classes = dex_peek(bytes, 0x64);
        for (int i = 1; i < CLASSES; i++)
                dex_poke(bytes, classes + 32 * i + 12, dex_peek(bytes, classes + 12));
        code_world_of(w, &bytes, 1);
        assert_true(classes_cut(code_classes(w->code)));
        assert_int_equal(classes_len(code_classes(w->code)), 0);
        g_autoptr(GError) error = NULL;
        assert_false(code_read(w->code, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_int_equal(code_instructions(w->code), 0);
}

static void what_tools_make_is_kept_whole(void **state)
{
        CodeWorld *w = *state;
        DexWords *d = dex_words();
        for (int i = 0; i < 2000; i++) {
                g_autofree char *name = g_strdup_printf("Lx/C%d;", i);
                dex_says_class(d, name, OBJECT);
                dex_says_implements(d, "Ljava/lang/Runnable;");
                dex_says_implements(d, "Ljava/io/Serializable;");
                dex_says_method(d, "run", "()V");
                dex_returns(d);
        }
        code_world(w, d, NULL);
        const AppMethod *list;
        for (uint32_t id = 0; id < 2000; id++)
                assert_int_equal(classes_methods(code_classes(w->code), id, &list), 1);
        assert_false(classes_cut(code_classes(w->code)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, code_world_begin, code_world_end)
        const struct CMUnitTest tests[] = {
                TEST(a_class_knows_where_the_platform_begins),
                TEST(a_circle_of_superclasses_ends),
                TEST(a_circle_of_interfaces_ends),
                TEST(a_line_as_long_as_the_app_is_followed_to_its_end),
                TEST(a_lattice_of_interfaces_is_looked_at_once),
                TEST(the_first_definition_of_a_name_counts),
                TEST(heirs_are_those_that_can_be_made),
                TEST(a_method_is_looked_for_upwards),
                TEST(a_method_of_another_dex_file_is_known_by_name_and_prototype),
                TEST(a_default_method_answers_when_no_class_does),
                TEST(methods_are_found_by_name),
                TEST(class_data_that_is_shared_again_and_again_is_not_kept),
                TEST(an_interface_list_that_is_shared_again_and_again_is_told),
                TEST(what_tools_make_is_kept_whole),
        };
        return cmocka_run_group_tests(tests, code_world_open, code_world_close);
}
