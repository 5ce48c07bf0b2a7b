/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "support/code_facts.h"

#define PHONE "Landroid/telephony/TelephonyManager;"
#define TEXT  "()Ljava/lang/String;"

static DexWords *main_with(const char *method)
{
        DexWords *d = dex_words();
        dex_says_class(d, "Lorg/meadow/app/Main;", "Landroid/app/Activity;");
        dex_says_method(d, method, "()V");
        return d;
}

static const Call *call_of(const FactsWorld *w, const char *data_type)
{
        const Call *found = NULL;
        for (size_t i = 0; i < w->facts->n_calls; i++) {
                if (!g_str_equal(w->facts->calls[i]->data_type, data_type))
                        continue;
                assert_null(found);
                found = w->facts->calls[i];
        }
        if (!found)
                fail_msg("no call for %s", data_type);
        return found;
}

static void a_call_is_a_record_with_all_that_is_known(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = main_with("onCreate");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        facts_code(w, d);
        facts_run(w, &pass_calls);
        assert_int_equal(w->facts->n_calls, 1);
        const Call *c = call_of(w, "imei");
        assert_string_equal(c->kind, "method");
        assert_string_equal(c->what, PHONE "->getDeviceId" TEXT);
        assert_string_equal(c->action, "read");
        assert_string_equal(c->owner, "own");
        assert_string_equal(c->grade, "direct");
        assert_string_equal(c->basis, "curated");
        assert_false(c->has_recalled);
        assert_int_equal(c->sites, 2);
        assert_int_equal(c->n_permissions, 1);
        assert_string_equal(c->permissions[0], "android.permission.READ_PHONE_STATE");
        assert_int_equal(c->n_callers, 1);
        assert_string_equal(c->callers[0]->class_name, "Lorg/meadow/app/Main;");
        assert_string_equal(c->callers[0]->method, "onCreate()V");
        assert_int_equal(c->callers[0]->dex, 0);
        assert_int_equal(w->facts->instructions, 2);
}

static void a_row_from_memory_says_so_and_an_sdks_member_is_external(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = main_with("m");
        dex_calls(d, DEX_INTERFACE, "Lcom/android/internal/telephony/ITelephony;", "getDeviceId", TEXT);
        facts_code(w, d);
        facts_run(w, &pass_calls);
        const Call *c = call_of(w, "imei");
        assert_string_equal(c->basis, "external");
        assert_true(c->has_recalled && c->recalled);
}

static void callers_are_in_the_file_their_part_of_a_container_is_of(void **state)
{
        FactsWorld *w = *state;
        DexWords *first = main_with("m"), *second = dex_words();
        dex_returns(first);
        dex_says_class(second, "Lorg/meadow/app/Far;", "Ljava/lang/Object;");
        dex_says_method(second, "m", "()V");
        dex_calls(second, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        code_world(&w->code, first, second);
        static const uint32_t one_file[] = {0, 0}, two_files[] = {0, 1};
        const uint32_t *const cases[] = {one_file, two_files};
        for (uint32_t i = 0; i < 2; i++) {
                g_autoptr(GError) error = NULL;
                Facts *facts = record_new(w->code.arena, Facts, facts__init);
                Tables tables = {.apis = w->code.apis};
                Apk apk = {.manifest = &w->manifest,
                           .dex_file = cases[i],
                           .owners = code_owners(w->code.code),
                           .code = w->code.code,
                           .facts = facts,
                           .arena = w->code.arena,
                           .tables = &tables};
                must_succeed(pass_calls.run(&apk, &error), error);
                assert_int_equal(facts->calls[0]->callers[0]->dex, i);
        }
}

static void what_the_manifest_asks_for_is_declared(void **state)
{
        FactsWorld *w = *state;
        for (const char *name = "BA"; *name; name++) {
                g_autofree char *class_name = g_strdup_printf("org.meadow.app.%c", *name);
                facts_action(w, facts_component(w, COMPONENT__KIND__RECEIVER, class_name),
                             "android.provider.Telephony.SMS_RECEIVED");
        }
        facts_action(w, facts_component(w, COMPONENT__KIND__ACTIVITY, "org.meadow.app.Page"),
                     "android.provider.Telephony.SMS_RECEIVED"); /* what others may ask of it */
        facts_run(w, &pass_calls);
        assert_int_equal(w->facts->n_calls, 1);
        const Call *c = w->facts->calls[0];
        assert_string_equal(c->grade, "declared");
        assert_string_equal(c->what, "android.provider.Telephony.SMS_RECEIVED");
        assert_int_equal(c->n_callers, 2);
        assert_string_equal(c->callers[0]->class_name, "org.meadow.app.A");
        assert_string_equal(c->callers[1]->class_name, "org.meadow.app.B");
        assert_string_equal(c->callers[0]->method, "receiver");
        assert_false(c->callers[0]->has_dex);
}

static void records_are_sorted_by_data_and_thing(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = main_with("m");
        dex_reads(d, "Landroid/os/Build;", "SERIAL", "Ljava/lang/String;");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", "(I)Ljava/lang/String;");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        dex_calls(d, DEX_VIRTUAL, PHONE, "getAllCellInfo", "()Ljava/util/List;");
        facts_code(w, d);
        facts_run(w, &pass_calls);
        g_autoptr(GString) seen = g_string_new(NULL);
        for (size_t i = 0; i < w->facts->n_calls; i++)
                g_string_append_printf(seen, "%s %s; ", w->facts->calls[i]->data_type,
                                       strchr(w->facts->calls[i]->what, '>') + 1);
        assert_string_equal(seen->str, "cell_tower getAllCellInfo()Ljava/util/List;; device_serial SERIAL; "
                                       "imei getDeviceId()Ljava/lang/String;; "
                                       "imei getDeviceId(I)Ljava/lang/String;; ");
}

static void a_limit_ends_the_pass_with_a_fault(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = main_with("m");
        for (int i = 0; i < 20000; i++)
                dex_unit(d, 0);
        for (int i = 0; i < 2000; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i);
                dex_says_same(d, name, "()V", i + 1);
        }
        facts_code(w, d);
        const Pass *const passes[] = {&pass_calls, &pass_use, &pass_startup};
        for (size_t i = 0; i < G_N_ELEMENTS(passes); i++) {
                g_autoptr(GError) error = NULL;
                Apk apk = {.manifest = &w->manifest,
                           .code = w->code.code,
                           .facts = w->facts,
                           .arena = w->code.arena};
                assert_false(passes[i]->run(&apk, &error));
                assert_true(fault_is(error, FAULT_LIMIT));
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, facts_begin, code_world_end)
        const struct CMUnitTest tests[] = {
                TEST(a_call_is_a_record_with_all_that_is_known),
                TEST(a_row_from_memory_says_so_and_an_sdks_member_is_external),
                TEST(callers_are_in_the_file_their_part_of_a_container_is_of),
                TEST(what_the_manifest_asks_for_is_declared),
                TEST(records_are_sorted_by_data_and_thing),
                TEST(a_limit_ends_the_pass_with_a_fault),
        };
        return cmocka_run_group_tests(tests, facts_open, facts_close);
}
