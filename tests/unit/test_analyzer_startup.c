/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "support/code_facts.h"

#define PHONE   "Landroid/telephony/TelephonyManager;"
#define TEXT    "()Ljava/lang/String;"
#define APP     "Lorg/meadow/app/App;"
#define CONTEXT "(Landroid/content/Context;)"

/* A class whose `method`, with nothing else in it, reads the IMEI. */
static void class_that_reads(DexWords *d, const char *name, const char *super, const char *method,
                             const char *proto)
{
        dex_says_class(d, name, super);
        dex_says_method(d, method, proto);
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
}

/* "data entry path; " of all records. */
static const char *told(const FactsWorld *w)
{
        GString *out = g_string_new(NULL);
        for (size_t i = 0; i < w->facts->n_startup; i++) {
                const Startup *s = w->facts->startup[i];
                g_string_append_printf(out, "%s %s", s->data_type, s->entry);
                for (size_t k = 0; k < s->n_path; k++)
                        g_string_append_printf(out, " %s", s->path[k]);
                g_string_append(out, "; ");
        }
        char *text = arena_str(w->code.arena, out->str);
        g_string_free(out, TRUE);
        return text;
}

static void runs(FactsWorld *w, DexWords *take, const char *wanted)
{
        w->facts->n_startup = 0;
        facts_code(w, take);
        facts_run(w, &pass_startup);
        assert_string_equal(told(w), wanted);
}

static void the_application_comes_with_its_whole_way(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Ids;", "read", "()V");
        dex_says_class(d, "Lorg/meadow/app/Ids;", "Ljava/lang/Object;");
        dex_says_static(d, "read", "()V");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        runs(w, d, "imei application " APP "->onCreate()V Lorg/meadow/app/Ids;->read()V; ");
        const Startup *s = w->facts->startup[0];
        assert_string_equal(s->kind, "method");
        assert_string_equal(s->what, PHONE "->getDeviceId" TEXT);
        assert_string_equal(s->owner, "own");
        assert_string_equal(s->grade, "direct");
        assert_int_equal(w->facts->startup_reach->entries, 1);
        assert_int_equal(w->facts->startup_reach->methods, 2);
        assert_null(w->facts->startup_reach->budget);
}

static void only_what_the_system_calls_is_an_entry(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        class_that_reads(d, APP, "Landroid/app/Application;", "onCreate",
                         "(I)V"); /* an overload of the app's */
        dex_says_method(d, "onTerminate", "()V");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        class_that_reads(d, "Lorg/meadow/app/Page;", "Landroid/app/Activity;", "onCreate",
                         "(Landroid/os/Bundle;)V");
        facts_component(w, COMPONENT__KIND__ACTIVITY, "org.meadow.app.Page"); /* opened by nobody yet */
        runs(w, d, "");
}

static void the_launcher_runs_what_its_base_class_has(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        facts_component(w, COMPONENT__KIND__ALIAS, "org.meadow.app.Icon")->target =
                arena_str(w->code.arena, "org.meadow.app.Main");
        w->facts->components[0]->launcher = true;
        dex_says_class(d, "Lorg/meadow/app/Main;", "Lorg/meadow/app/Base;");
        class_that_reads(d, "Lorg/meadow/app/Base;", "Landroid/app/Activity;", "onResume", "()V");
        runs(w, d, "imei activity Lorg/meadow/app/Base;->onResume()V; ");
}

static void providers_run_before_the_application_and_in_their_order(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Ids;", "read", "()V");
        for (int i = 0; i < 2; i++) {
                dex_says_class(d, i ? "Lorg/meadow/app/P1;" : "Lorg/meadow/app/P0;",
                               "Landroid/content/ContentProvider;");
                dex_says_method(d, "onCreate", "()Z");
                dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Ids;", "read", "()V");
        }
        dex_says_class(d, "Lorg/meadow/app/Ids;", "Ljava/lang/Object;");
        dex_says_static(d, "read", "()V");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        facts_component(w, COMPONENT__KIND__PROVIDER, "org.meadow.app.P0");
        Component *first = facts_component(w, COMPONENT__KIND__PROVIDER, "org.meadow.app.P1");
        first->has_init_order = true;
        first->init_order = 100;
        runs(w, d, "imei provider Lorg/meadow/app/P1;->onCreate()Z Lorg/meadow/app/Ids;->read()V; ");
}

static void a_provider_elsewhere_or_switched_off_does_not_run(void **state)
{
        FactsWorld *w = *state;
        static const struct {
                const char *process, *application;
                bool disabled, runs;
        } cases[] = {
                {NULL, NULL, false, true},
                {NULL, NULL, true, false},
                {"org.meadow.app", NULL, false, true},
                {"org.meadow.app:remote", NULL, false, false},
                {"org.meadow.other", NULL, false, false},
                {"org.meadow.all", "org.meadow.all", false, true},
                {"org.meadow.app", "org.meadow.all", false, false},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                DexWords *d = dex_words();
                class_that_reads(d, "Lorg/meadow/app/P;", "Landroid/content/ContentProvider;", "onCreate",
                                 "()Z");
                w->facts->n_components = 0;
                Component *c = facts_component(w, COMPONENT__KIND__PROVIDER, "org.meadow.app.P");
                c->process = arena_str(w->code.arena, cases[i].process);
                c->has_enabled = cases[i].disabled;
                w->manifest.application.process = cases[i].application;
                runs(w, d, cases[i].runs ? "imei provider Lorg/meadow/app/P;->onCreate()Z; " : "");
        }
}

static void initialisers_run_with_those_they_depend_on(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        dex_says_class(d, "Landroidx/startup/InitializationProvider;", "Landroid/content/ContentProvider;");
        dex_says_class(d, "Lorg/meadow/app/First;", "Ljava/lang/Object;");
        dex_says_method(d, "dependencies", "()Ljava/util/List;");
        dex_names_class(d, "Lorg/meadow/app/Second;");
        dex_names_class(d, "Lorg/meadow/app/First;"); /* a circle */
        class_that_reads(d, "Lorg/meadow/app/Second;", "Ljava/lang/Object;", "create",
                         CONTEXT "Ljava/lang/Object;");
        facts_component(w, COMPONENT__KIND__PROVIDER, "androidx.startup.InitializationProvider");
        facts_meta(w, "androidx.startup.InitializationProvider", "org.meadow.app.First", "androidx.startup");
        facts_meta(w, "org.meadow.app.Other", "org.meadow.app.Second", "androidx.startup");
        runs(w, d, "imei initializer Lorg/meadow/app/Second;->create" CONTEXT "Ljava/lang/Object;; ");
        assert_int_equal(w->facts->startup_reach->entries, 3);
}

static void static_initialisers_of_entries_are_entries(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        class_that_reads(d, APP, "Landroid/app/Application;", "<clinit>", "()V");
        runs(w, d, "imei static-initializer " APP "-><clinit>()V; ");
}

static void behaviour_is_left_out_but_for_asking_for_permissions(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        dex_calls(d, DEX_STATIC, "Ljava/lang/Class;", "forName", "(Ljava/lang/String;)Ljava/lang/Class;");
        dex_calls(d, DEX_VIRTUAL, "Landroid/app/Activity;", "requestPermissions", "([Ljava/lang/String;I)V");
        dex_reads(d, "Landroid/os/Build$VERSION;", "INCREMENTAL", "Ljava/lang/String;");
        runs(w, d, "permission_request application " APP "->onCreate()V; ");
}

static void what_stands_behind_a_consent_check_is_not_told(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        dex_reads(d, "Landroid/os/Build;", "SERIAL", "Ljava/lang/String;");
        dex_names(d, "content://call_log/calls"); /* named before, asked for behind */
        dex_names(d, "privacy_agreed");
        dex_calls(d, DEX_INTERFACE, "Landroid/content/SharedPreferences;", "getBoolean",
                  "(Ljava/lang/String;Z)Z");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        dex_calls(d, DEX_VIRTUAL, "Landroid/content/ContentResolver;", "query",
                  "(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/"
                  "String;)"
                  "Landroid/database/Cursor;");
        runs(w, d, "device_serial application " APP "->onCreate()V; ");
        assert_int_equal(w->facts->startup_reach->gates, 1);
}

static void the_shortest_way_of_each_owner_is_told(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Long;", "first", "()V");
        dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Short;", "read", "()V");
        dex_calls(d, DEX_STATIC, "Lcom/umeng/analytics/A;", "read", "()V");
        dex_says_class(d, "Lorg/meadow/app/Long;", "Ljava/lang/Object;");
        dex_says_static(d, "first", "()V");
        dex_calls(d, DEX_STATIC, "Lorg/meadow/app/Long;", "second", "()V");
        dex_says_static(d, "second", "()V");
        dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        static const char *const classes[] = {"Lorg/meadow/app/Short;", "Lcom/umeng/analytics/A;"};
        for (size_t i = 0; i < 2; i++) {
                dex_says_class(d, classes[i], "Ljava/lang/Object;");
                dex_says_static(d, "read", "()V");
                dex_calls(d, DEX_VIRTUAL, PHONE, "getDeviceId", TEXT);
        }
        runs(w, d,
             "imei application " APP "->onCreate()V Lorg/meadow/app/Short;->read()V; "
             "imei application " APP "->onCreate()V Lcom/umeng/analytics/A;->read()V; ");
}

/* Twenty thousand constants at the end of a way of two hundred calls would fill gigabytes with paths. */
static void paths_are_told_up_to_a_budget(void **state)
{
        enum { DEEP = 150, MANY = 2000 };
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        w->manifest.application.name = "org.meadow.app.App";
        dex_says_class(d, APP, "Landroid/app/Application;");
        dex_says_method(d, "onCreate", "()V");
        dex_calls(d, DEX_STATIC, APP, "m0", "()V");
        for (int i = 0; i < DEEP; i++) {
                g_autofree char *name = g_strdup_printf("m%d", i), *next = g_strdup_printf("m%d", i + 1);
                dex_says_static(d, name, "()V");
                dex_calls(d, DEX_STATIC, APP, next, "()V");
        }
        g_autofree char *last = g_strdup_printf("m%d", DEEP);
        dex_says_static(d, last, "()V");
        for (int i = 0; i < MANY; i++) {
                g_autofree char *uri = g_strdup_printf("content://call_log/%d", i);
                dex_names(d, uri);
        }
        dex_calls(d, DEX_VIRTUAL, "Landroid/content/ContentResolver;", "query",
                  "(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/"
                  "String;)"
                  "Landroid/database/Cursor;");
        facts_code(w, d);
        facts_run(w, &pass_startup);
        assert_string_equal(w->facts->startup_reach->budget, "paths");
        assert_in_range(w->facts->n_startup, 300, 400);
}

static void more_entries_than_anybody_has_are_told(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        for (int i = 0; i < 600; i++) {
                g_autofree char *name = g_strdup_printf("org.meadow.app.P%d", i);
                g_autofree char *descriptor = g_strdup_printf("Lorg/meadow/app/P%d;", i);
                dex_says_class(d, descriptor, "Landroid/content/ContentProvider;");
                facts_component(w, COMPONENT__KIND__PROVIDER, name);
        }
        runs(w, d, "");
        assert_int_equal(w->facts->startup_reach->entries, 512);
        assert_string_equal(w->facts->startup_reach->budget, "entries");
}

static void names_that_lead_nowhere_are_no_entries(void **state)
{
        FactsWorld *w = *state;
        w->manifest.application.name = "org.meadow.app.Elsewhere";
        w->manifest.application.component_factory = "";
        facts_component(w, COMPONENT__KIND__ACTIVITY, "org.meadow.app.Gone")->launcher = true;
        runs(w, dex_words(), "");
        assert_int_equal(w->facts->startup_reach->entries, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, facts_begin, code_world_end)
        const struct CMUnitTest tests[] = {
                TEST(the_application_comes_with_its_whole_way),
                TEST(only_what_the_system_calls_is_an_entry),
                TEST(the_launcher_runs_what_its_base_class_has),
                TEST(providers_run_before_the_application_and_in_their_order),
                TEST(a_provider_elsewhere_or_switched_off_does_not_run),
                TEST(initialisers_run_with_those_they_depend_on),
                TEST(static_initialisers_of_entries_are_entries),
                TEST(behaviour_is_left_out_but_for_asking_for_permissions),
                TEST(what_stands_behind_a_consent_check_is_not_told),
                TEST(the_shortest_way_of_each_owner_is_told),
                TEST(paths_are_told_up_to_a_budget),
                TEST(more_entries_than_anybody_has_are_told),
                TEST(names_that_lead_nowhere_are_no_entries),
        };
        return cmocka_run_group_tests(tests, facts_open, facts_close);
}
