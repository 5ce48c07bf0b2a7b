/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/manifest.h"
#include "support/arsc_build.h"

enum { RESOURCE = 0x7f010000 };

/* A manifest under way: the root is open, with its package. */
static AxmlBuild *manifest_of(const char *package)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_plain(x, "package", package);
        return x;
}

/* Writes it down with `open` elements still open, and reads it. */
static Manifest read_with(AxmlBuild *x, int open, const Arsc *arsc, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        Manifest m;
        axml_close_tags(x, open);
        GByteArray *bytes = axml_end(x, (AxmlTricks){0});
        must_succeed(manifest_read(&m, span_of_bytes(bytes), false, arsc, arena, &error), error);
        g_byte_array_unref(bytes);
        return m;
}

static void one_tag(AxmlBuild *x, const char *tag, const char *name) /* stays open */
{
        axml_open_tag(x, tag);
        axml_text(x, ATTR_NAME, name);
}

static void target(AxmlBuild *x, int level)
{
        axml_open_tag(x, "uses-sdk");
        axml_number(x, ATTR_TARGET_SDK_VERSION, level);
        axml_close_tags(x, 1);
}

static const Component *component(const Manifest *m, const char *name)
{
        for (size_t i = 0; i < m->n_components; i++) {
                if (g_str_equal(m->components[i]->name, name))
                        return m->components[i];
        }
        fail_msg("no component %s", name);
        return NULL;
}

static void permissions_keep_every_condition(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        one_tag(x, "uses-permission", "a.WRITE");
        axml_number(x, ATTR_MAX_SDK_VERSION, 28);
        axml_close_tags(x, 1);
        one_tag(x, "uses-permission-sdk-23", "a.CAMERA");
        axml_close_tags(x, 1);
        one_tag(x, "uses-permission-sdk-m", "a.SCAN");
        axml_typed(x, ATTR_USES_PERMISSION_FLAGS, RES_INT_HEX, 0x10000);
        axml_close_tags(x, 1);
        axml_open_tag(x, "uses-permission");
        axml_text(x, ATTR_NAME, "a.NFC");
        axml_number(x, ATTR_MIN_SDK_VERSION, 31);
        axml_text(x, ATTR_REQUIRED_FEATURE, "hardware.nfc");
        one_tag(x, "required-not-feature", "hardware.watch");
        axml_close_tags(x, 2);
        one_tag(x, "uses-permission", "a.TEXTUAL");
        axml_text(x, ATTR_MAX_SDK_VERSION, "22");
        axml_close_tags(x, 1);
        Manifest m = read_with(x, 1, NULL, arena);
        assert_int_equal(m.n_permissions, 5);
        assert_int_equal(m.permissions[0]->max_sdk, 28);
        assert_false(m.permissions[0]->sdk23);
        assert_true(m.permissions[1]->sdk23);
        assert_true(m.permissions[2]->sdk23);
        assert_int_equal(m.permissions[2]->flags, 0x10000);
        assert_int_equal(m.permissions[3]->min_sdk, 31);
        assert_string_equal(m.permissions[3]->required_feature, "hardware.nfc");
        assert_string_equal(m.permissions[3]->required_not_feature, "hardware.watch");
        assert_false(m.permissions[4]->has_max_sdk);
}

static void only_children_of_the_manifest_are_permissions(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        one_tag(x, "uses-permission", "a.INSIDE_APPLICATION");
        axml_close_tags(x, 2);
        axml_open_tag(x, "queries");
        one_tag(x, "uses-permission", "a.INSIDE_QUERIES");
        axml_close_tags(x, 2);
        one_tag(x, "uses-permission", "a.REAL");
        one_tag(x, "uses-permission", "a.INSIDE_A_PERMISSION");
        axml_close_tags(x, 2);
        one_tag(x, "permission", "com.example.OWN");
        axml_close_tags(x, 1);
        Manifest m = read_with(x, 1, NULL, arena);
        assert_int_equal(m.n_permissions, 1);
        assert_string_equal(m.permissions[0]->name, "a.REAL");
        assert_int_equal(m.n_declared, 1);
        assert_string_equal(m.declared[0], "com.example.OWN");
}

static void one_permission_with_two_sets_of_flags_would_not_install(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        axml_close_tags(x, 1);
        one_tag(x, "uses-permission", "a.SCAN");
        axml_close_tags(x, 1);
        one_tag(x, "uses-permission", "a.SCAN");
        axml_number(x, ATTR_USES_PERMISSION_FLAGS, 0x10000);
        axml_close_tags(x, 1);
        Manifest m = read_with(x, 1, NULL, arena);
        assert_int_equal(m.n_permissions, 2);
        assert_true(oddity_seen(&m.odd, "manifest-permission-conflict"));
        assert_true(oddity_rejects(&m.odd));
}

static void sdk_levels_have_androids_defaults(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Manifest none = read_with(manifest_of("com.example"), 1, NULL, arena);
        assert_int_equal(none.min_sdk, 1);
        assert_int_equal(none.target_sdk, 1);

        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "uses-sdk");
        axml_number(x, ATTR_MIN_SDK_VERSION, 19);
        Manifest minimum = read_with(x, 2, NULL, arena);
        assert_int_equal(minimum.min_sdk, 19);
        assert_int_equal(minimum.target_sdk, 19);

        x = manifest_of("com.example");
        axml_open_tag(x, "uses-sdk");
        axml_text(x, ATTR_TARGET_SDK_VERSION, "IceCreamSandwich");
        Manifest codename = read_with(x, 2, NULL, arena);
        assert_string_equal(codename.target_codename, "IceCreamSandwich");
        assert_string_equal(codename.min_codename, "IceCreamSandwich");

        x = manifest_of("com.example");
        target(x, 33);
        axml_open_tag(x, "uses-sdk");
        axml_number(x, ATTR_MIN_SDK_VERSION, 4);
        Manifest twice = read_with(x, 2, NULL, arena);
        assert_int_equal(twice.target_sdk, 4);
        assert_true(oddity_seen(&twice.odd, "manifest-second-uses-sdk"));
}

static void filter_with_action(AxmlBuild *x, const char *action) /* NULL: without one */
{
        axml_open_tag(x, "intent-filter");
        if (action) {
                one_tag(x, "action", action);
                axml_close_tags(x, 1);
        }
        axml_close_tags(x, 1);
}

static void what_is_exported_follows_statement_filters_and_target(void **state)
{
        (void)state;
        for (int level = 16; level <= 17; level++) {
                g_autoptr(Arena) arena = arena_new();
                AxmlBuild *x = manifest_of("com.example");
                target(x, level);
                axml_open_tag(x, "application");
                one_tag(x, "activity", ".Plain");
                axml_close_tags(x, 1);
                one_tag(x, "activity", ".Filtered");
                filter_with_action(x, "MAIN");
                axml_close_tags(x, 1);
                one_tag(x, "receiver", ".FilterWithoutAction");
                filter_with_action(x, NULL);
                axml_close_tags(x, 1);
                one_tag(x, "service", ".ServiceFilterWithoutAction");
                filter_with_action(x, NULL);
                axml_close_tags(x, 1);
                one_tag(x, "activity", ".Closed");
                axml_truth(x, ATTR_EXPORTED, false);
                filter_with_action(x, "MAIN");
                axml_close_tags(x, 1);
                one_tag(x, "provider", ".Provider");
                filter_with_action(x, "DOCUMENTS");
                axml_close_tags(x, 1);
                Manifest m = read_with(x, 2, NULL, arena);
                assert_false(component(&m, "com.example.Plain")->exported);
                assert_false(component(&m, "com.example.Plain")->exported_stated);
                assert_true(component(&m, "com.example.Filtered")->exported);
                assert_false(component(&m, "com.example.FilterWithoutAction")->exported);
                assert_true(component(&m, "com.example.ServiceFilterWithoutAction")->exported);
                assert_false(component(&m, "com.example.Closed")->exported);
                assert_true(component(&m, "com.example.Closed")->exported_stated);
                assert_int_equal(component(&m, "com.example.Closed")->filters, 1);
                assert_int_equal(component(&m, "com.example.Provider")->exported, level < 17);
                assert_false(oddity_rejects(&m.odd));
        }
}

static void from_android_12_on_a_filter_demands_the_statement(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        target(x, 31);
        axml_open_tag(x, "application");
        one_tag(x, "service", ".Push");
        filter_with_action(x, "PUSH");
        Manifest m = read_with(x, 3, NULL, arena);
        assert_true(component(&m, "com.example.Push")->exported);
        assert_true(oddity_seen(&m.odd, "manifest-exported-missing"));
        assert_true(oddity_rejects(&m.odd));
}

static void components_inherit_from_the_application_and_names_are_completed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        axml_text(x, ATTR_PERMISSION, "com.example.GUARD");
        axml_text(x, ATTR_PROCESS, ":main");
        one_tag(x, "activity", "Short");
        axml_close_tags(x, 1);
        one_tag(x, "service", "other.package.Service");
        axml_text(x, ATTR_PERMISSION, "android.permission.BIND_ACCESSIBILITY_SERVICE");
        axml_truth(x, ATTR_ENABLED, false);
        axml_text(x, ATTR_PROCESS, ":push");
        axml_close_tags(x, 1);
        one_tag(x, "activity-alias", ".Alias");
        axml_text(x, ATTR_TARGET_ACTIVITY, "Short");
        filter_with_action(x, "MAIN");
        axml_close_tags(x, 1);
        one_tag(x, "provider", ".Data");
        axml_text(x, ATTR_PERMISSION, "com.example.BOTH");
        axml_text(x, ATTR_READ_PERMISSION, "com.example.READ");
        axml_text(x, ATTR_AUTHORITIES, "com.example.a;com.example.b");
        axml_close_tags(x, 1);
        axml_open_tag(x, "receiver");
        Manifest m = read_with(x, 3, NULL, arena);
        const Component *activity = component(&m, "com.example.Short");
        assert_string_equal(activity->permission, "com.example.GUARD");
        assert_string_equal(activity->process, "com.example:main");
        assert_true(activity->enabled);
        const Component *service = component(&m, "other.package.Service");
        assert_string_equal(service->permission, "android.permission.BIND_ACCESSIBILITY_SERVICE");
        assert_string_equal(service->process, "com.example:push");
        assert_false(service->enabled);
        const Component *alias = component(&m, "com.example.Alias");
        assert_string_equal(alias->target, "com.example.Short");
        assert_null(alias->permission);
        assert_true(alias->exported);
        assert_string_equal(alias->actions[0], "MAIN");
        const Component *provider = component(&m, "com.example.Data");
        assert_string_equal(provider->permission, "com.example.READ");
        assert_int_equal(provider->n_authorities, 2);
        assert_string_equal(provider->authorities[1], "com.example.b");
        assert_int_equal(m.n_components, 4);
        assert_true(oddity_seen(&m.odd, "manifest-component-nameless"));
}

static Arsc *resources(Arena *arena)
{
        static const ArscTable tables[] = {
                {.values = {{RES_STRING, "Torch"},
                            {RES_STRING, "key-0815"},
                            {RES_INT_BOOLEAN, .data = 1},
                            {RES_STRING, "com.example.res.Activity"},
                            {RES_INT_DEC, .data = 77}},
                 .n = 5},
                {.language = "zh", .region = "CN", .values = {{RES_STRING, "手电筒"}}, .n = 1},
                {.language = "en", .region = "GB", .values = {{RES_STRING, "Flashlight"}}, .n = 1},
                {.language = "de", .values = {{RES_STRING, "Lampe"}}, .n = 1}};
        g_autoptr(GByteArray) bytes = arsc_build(tables, 4);
        uint8_t *copy = arena_alloc(arena, bytes->len);
        memcpy(copy, bytes->data, bytes->len);
        return arsc_open(span_of(copy, bytes->len), arena, NULL);
}

static void references_lead_into_the_resource_table(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_reference(x, ATTR_VERSION_CODE, RESOURCE + 4);
        axml_open_tag(x, "application");
        axml_reference(x, ATTR_LABEL, RESOURCE);
        one_tag(x, "meta-data", "KEY");
        axml_reference(x, ATTR_VALUE, RESOURCE + 1);
        axml_close_tags(x, 1);
        one_tag(x, "meta-data", "FILE");
        axml_reference(x, ATTR_RESOURCE, RESOURCE + 9);
        axml_close_tags(x, 1);
        axml_open_tag(x, "activity");
        axml_reference(x, ATTR_NAME, RESOURCE + 3);
        axml_reference(x, ATTR_EXPORTED, RESOURCE + 2);
        one_tag(x, "meta-data", "COUNT");
        axml_number(x, ATTR_VALUE, -3);
        axml_close_tags(x, 2);
        axml_open_tag(x, "activity");
        axml_reference(x, ATTR_NAME, RESOURCE + 8);
        Manifest m = read_with(x, 3, resources(arena), arena);
        assert_int_equal(m.version_code, 77);
        assert_string_equal(m.label, "Torch");
        assert_int_equal(m.n_labels, 2);
        assert_string_equal(m.labels[0]->lang, "en-GB");
        assert_string_equal(m.labels[1]->lang, "zh-CN");
        assert_string_equal(m.labels[1]->text, "手电筒");
        assert_string_equal(m.meta_data[0]->value, "key-0815");
        assert_string_equal(m.meta_data[1]->value, "@0x7f010009");
        assert_string_equal(m.meta_data[2]->value, "-3");
        assert_string_equal(m.meta_data[2]->component, "com.example.res.Activity");
        assert_int_equal(m.n_components, 1);
        assert_true(component(&m, "com.example.res.Activity")->exported);
        assert_true(oddity_seen(&m.odd, "manifest-unresolved-reference"));
}

static void the_root_states_who_it_is(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example.Some_App2");
        axml_text(x, ATTR_SHARED_USER_ID, "android.uid.system");
        axml_number(x, ATTR_VERSION_CODE, 5);
        axml_text(x, ATTR_VERSION_NAME, "1.0-β");
        axml_number(x, ATTR_VERSION_CODE_MAJOR, 2);
        axml_plain(x, "split", "config.arm64_v8a");
        axml_open_tag(x, "application");
        axml_truth(x, ATTR_HAS_CODE, false);
        axml_truth(x, ATTR_DEBUGGABLE, true);
        axml_close_tags(x, 1);
        axml_open_tag(x, "application");
        one_tag(x, "activity", ".InTheSecond");
        Manifest m = read_with(x, 3, NULL, arena);
        assert_string_equal(m.package, "com.example.Some_App2");
        assert_string_equal(m.split, "config.arm64_v8a");
        assert_string_equal(m.shared_user_id, "android.uid.system");
        assert_string_equal(m.version_name, "1.0-β");
        assert_true(m.version_code == (INT64_C(2) << 32) + 5);
        assert_false(m.has_code);
        assert_true(m.debuggable);
        assert_int_equal(m.n_components, 0);
        assert_true(oddity_seen(&m.odd, "manifest-second-application"));
        assert_false(oddity_rejects(&m.odd));
}

static void what_is_no_manifest_is_refused_with_the_reason(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        static const char *const packages[] = {"nodots",       "com.1digit",  "com..empty",
                                               "com.example.", "com/slash.x", "com.ex ample"};
        for (size_t i = 0; i < G_N_ELEMENTS(packages); i++) {
                Manifest m = read_with(manifest_of(packages[i]), 1, NULL, arena);
                assert_true(oddity_seen(&m.odd, "manifest-bad-package"));
        }
        g_autoptr(GError) error = NULL;
        Manifest m;
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_close_tags(x, 1);
        g_autoptr(GByteArray) nameless = axml_end(x, (AxmlTricks){0});
        assert_false(manifest_read(&m, span_of_bytes(nameless), false, NULL, arena, &error));
        assert_non_null(strstr(error->message, "no package"));
        g_clear_error(&error);
        x = axml_begin();
        axml_open_tag(x, "layout");
        axml_close_tags(x, 1);
        g_autoptr(GByteArray) layout = axml_end(x, (AxmlTricks){0});
        assert_false(manifest_read(&m, span_of_bytes(layout), false, NULL, arena, &error));
        assert_non_null(strstr(error->message, "<layout>"));
}

static void a_text_without_end_is_cut_and_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *endless = g_strnfill(9001, 'x');
        memcpy(endless + ATTR_TEXT_LIMIT - 1, "é", 2);
        AxmlBuild *x = manifest_of("com.example");
        axml_text(x, ATTR_VERSION_NAME, endless);
        Manifest m = read_with(x, 1, NULL, arena);
        assert_int_equal(strlen(m.version_name), ATTR_TEXT_LIMIT - 1);
        assert_true(oddity_seen(&m.odd, "manifest-long-text"));
}

static void the_application_has_androids_defaults_and_states_the_rest(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        Manifest plain = read_with(x, 2, NULL, arena);
        assert_true(plain.application.allow_backup);
        assert_false(plain.application.backup_stated);
        assert_false(plain.application.cleartext_stated);
        assert_false(plain.application.network_config_stated);
        assert_null(plain.application.name);
        assert_null(plain.application.task_affinity);

        x = manifest_of("com.example");
        axml_number(x, ATTR_SHARED_USER_MAX_SDK_VERSION, 32);
        axml_open_tag(x, "application");
        axml_text(x, ATTR_NAME, ".App");
        axml_text(x, ATTR_TASK_AFFINITY, ":side");
        axml_truth(x, ATTR_ALLOW_TASK_REPARENTING, true);
        axml_truth(x, ATTR_TEST_ONLY, true);
        axml_text(x, ATTR_BACKUP_AGENT, ".Agent");
        axml_truth(x, ATTR_ALLOW_BACKUP, false);
        axml_reference(x, ATTR_FULL_BACKUP_CONTENT, RESOURCE);
        axml_truth(x, ATTR_USES_CLEARTEXT_TRAFFIC, true);
        axml_text(x, ATTR_NETWORK_SECURITY_CONFIG, "res/xml/no_reference.xml");
        axml_text(x, ATTR_APP_COMPONENT_FACTORY, "androidx.core.app.CoreComponentFactory");
        axml_truth(x, ATTR_REQUEST_LEGACY_EXTERNAL_STORAGE, true);
        axml_reference(x, ATTR_DATA_EXTRACTION_RULES, RESOURCE);
        Manifest m = read_with(x, 2, NULL, arena);
        const Application *app = &m.application;
        assert_string_equal(app->name, "com.example.App");
        assert_string_equal(app->task_affinity, "com.example:side");
        assert_string_equal(app->backup_agent, "com.example.Agent");
        assert_string_equal(app->component_factory, "androidx.core.app.CoreComponentFactory");
        assert_true(app->reparenting && app->test_only && app->legacy_storage);
        assert_true(app->backup_stated && !app->allow_backup);
        assert_true(app->full_backup_content && app->data_extraction_rules);
        assert_true(app->cleartext_stated && app->cleartext);
        assert_false(app->network_config_stated);
        assert_int_equal(m.shared_user_max_sdk, 32);
}

static void a_network_configuration_has_whatever_path_the_resource_table_says(void **state)
{
        (void)state;
        static const ArscTable table = {.values = {{RES_STRING, "r/a/aX.xml"}}, .n = 1};
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) bytes = arsc_build(&table, 1);
        Arsc *arsc = arsc_open(span_of_bytes(bytes), arena, NULL);
        for (uint32_t i = 0; i < 2; i++) {
                AxmlBuild *x = manifest_of("com.example");
                axml_open_tag(x, "application");
                axml_reference(x, ATTR_NETWORK_SECURITY_CONFIG, RESOURCE + i);
                Manifest m = read_with(x, 2, arsc, arena);
                assert_true(m.application.network_config_stated);
                if (i == 0)
                        assert_string_equal(m.application.network_config, "r/a/aX.xml");
                else
                        assert_null(m.application.network_config);
        }
}

static void activity(AxmlBuild *x, const char *name, const char *affinity, int mode) /* stays open */
{
        one_tag(x, "activity", name);
        if (affinity)
                axml_text(x, ATTR_TASK_AFFINITY, affinity);
        if (mode >= 0)
                axml_number(x, ATTR_LAUNCH_MODE, mode);
}

static void activities_say_which_task_they_want_and_aliases_what_their_target_says(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        axml_text(x, ATTR_PROCESS, ":main");
        axml_truth(x, ATTR_ALLOW_TASK_REPARENTING, true);
        activity(x, ".Default", NULL, 0);
        axml_truth(x, ATTR_ALLOW_TASK_REPARENTING, false);
        axml_close_tags(x, 1);
        activity(x, ".SameByName", "com.example", 1);
        axml_close_tags(x, 1);
        activity(x, ".None", "", 2);
        axml_close_tags(x, 1);
        activity(x, ".Side", ":side", 3);
        axml_close_tags(x, 1);
        activity(x, ".Other", "com.other", 4);
        axml_close_tags(x, 1);
        activity(x, ".Strange", NULL, 77);
        axml_close_tags(x, 1);
        one_tag(x, "activity-alias", ".Alias");
        axml_text(x, ATTR_TASK_AFFINITY, "ignored");
        axml_text(x, ATTR_TARGET_ACTIVITY, ".Other");
        Manifest m = read_with(x, 3, NULL, arena);
        assert_null(component(&m, "com.example.Default")->launch_mode);
        assert_null(component(&m, "com.example.Default")->task_affinity);
        assert_false(component(&m, "com.example.Default")->reparenting);
        assert_string_equal(component(&m, "com.example.SameByName")->launch_mode, "singleTop");
        assert_null(component(&m, "com.example.SameByName")->task_affinity);
        assert_true(component(&m, "com.example.SameByName")->reparenting);
        assert_string_equal(component(&m, "com.example.None")->task_affinity, "");
        assert_string_equal(component(&m, "com.example.None")->launch_mode, "singleTask");
        assert_string_equal(component(&m, "com.example.Side")->task_affinity, "com.example:side");
        assert_string_equal(component(&m, "com.example.Side")->launch_mode, "singleInstance");
        assert_null(component(&m, "com.example.Strange")->launch_mode);
        const Component *alias = component(&m, "com.example.Alias");
        assert_string_equal(alias->task_affinity, "com.other");
        assert_string_equal(alias->launch_mode, "singleInstancePerTask");
        assert_string_equal(alias->process, "com.example:main");
        assert_true(alias->reparenting);

        x = manifest_of("com.example");
        axml_open_tag(x, "application");
        axml_text(x, ATTR_TASK_AFFINITY, "");
        activity(x, ".Default", NULL, 0);
        axml_close_tags(x, 1);
        activity(x, ".Back", "com.example", 0);
        Manifest none = read_with(x, 3, NULL, arena);
        assert_string_equal(component(&none, "com.example.Default")->task_affinity, "");
        assert_null(component(&none, "com.example.Back")->task_affinity);
}

static void category(AxmlBuild *x, const char *name)
{
        one_tag(x, "category", name);
        axml_close_tags(x, 1);
}

static void scheme(AxmlBuild *x, const char *name)
{
        axml_open_tag(x, "data");
        axml_text(x, ATTR_SCHEME, name);
        axml_close_tags(x, 1);
}

static void filter(AxmlBuild *x, const char *action) /* stays open */
{
        axml_open_tag(x, "intent-filter");
        one_tag(x, "action", action);
        axml_close_tags(x, 1);
}

static void filters_say_what_starts_the_app_and_what_a_page_may_open(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        one_tag(x, "activity", ".Main");
        filter(x, "android.intent.action.MAIN");
        category(x, "android.intent.category.LAUNCHER");
        axml_close_tags(x, 2);
        one_tag(x, "activity", ".TwoHalves");
        filter(x, "android.intent.action.MAIN");
        axml_close_tags(x, 1);
        filter(x, "android.intent.action.VIEW");
        category(x, "android.intent.category.LAUNCHER");
        scheme(x, "file");
        axml_close_tags(x, 2);
        one_tag(x, "activity", ".Television");
        filter(x, "android.intent.action.MAIN");
        category(x, "android.intent.category.LEANBACK_LAUNCHER");
        axml_close_tags(x, 2);
        one_tag(x, "activity", ".Link");
        filter(x, "android.intent.action.VIEW");
        scheme(x, "https");
        scheme(x, "example");
        scheme(x, "https");
        category(x, "android.intent.category.BROWSABLE");
        axml_close_tags(x, 2);
        one_tag(x, "activity", ".BrowsableWithoutAction");
        axml_open_tag(x, "intent-filter");
        category(x, "android.intent.category.BROWSABLE");
        Manifest m = read_with(x, 4, NULL, arena);
        assert_true(component(&m, "com.example.Main")->launcher);
        assert_false(component(&m, "com.example.Main")->browsable);
        assert_false(component(&m, "com.example.TwoHalves")->launcher);
        assert_int_equal(component(&m, "com.example.TwoHalves")->n_schemes, 0);
        assert_true(component(&m, "com.example.Television")->launcher);
        const Component *link = component(&m, "com.example.Link");
        assert_true(link->browsable);
        assert_int_equal(link->n_schemes, 2);
        assert_string_equal(link->schemes[1], "example");
        assert_false(component(&m, "com.example.BrowsableWithoutAction")->browsable);
}

static void providers_demand_one_permission_for_reading_and_one_for_writing(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        axml_open_tag(x, "application");
        axml_text(x, ATTR_PERMISSION, "app.GUARD");
        one_tag(x, "provider", ".Inherits");
        axml_number(x, ATTR_INIT_ORDER, 100);
        one_tag(x, "grant-uri-permission", "");
        axml_close_tags(x, 2);
        one_tag(x, "provider", ".Both");
        axml_text(x, ATTR_PERMISSION, "own.GUARD");
        axml_text(x, ATTR_WRITE_PERMISSION, "own.WRITE");
        axml_truth(x, ATTR_GRANT_URI_PERMISSIONS, true);
        axml_close_tags(x, 1);
        one_tag(x, "provider", ".ReadsOpenly");
        axml_text(x, ATTR_READ_PERMISSION, "");
        axml_close_tags(x, 1);
        one_tag(x, "service", ".Located");
        axml_typed(x, ATTR_FOREGROUND_SERVICE_TYPE, RES_INT_HEX, 0x48);
        Manifest m = read_with(x, 3, NULL, arena);
        const Component *inherits = component(&m, "com.example.Inherits");
        assert_string_equal(inherits->read_permission, "app.GUARD");
        assert_string_equal(inherits->write_permission, "app.GUARD");
        assert_int_equal(inherits->init_order, 100);
        assert_true(inherits->grants_uri);
        const Component *both = component(&m, "com.example.Both");
        assert_string_equal(both->read_permission, "own.GUARD");
        assert_string_equal(both->write_permission, "own.WRITE");
        assert_false(both->has_init_order);
        assert_true(both->grants_uri);
        const Component *open = component(&m, "com.example.ReadsOpenly");
        assert_null(open->read_permission);
        assert_null(open->permission);
        assert_string_equal(open->write_permission, "app.GUARD");
        assert_false(open->grants_uri);
        assert_int_equal(component(&m, "com.example.Located")->foreground_types, 0x48);
}

static void own_permissions_and_queries_are_listed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = manifest_of("com.example");
        one_tag(x, "permission", "own.PLAIN");
        axml_close_tags(x, 1);
        one_tag(x, "permission", "own.SIGNED");
        axml_typed(x, ATTR_PROTECTION_LEVEL, RES_INT_HEX, 0x12);
        axml_close_tags(x, 1);
        one_tag(x, "permission", "own.INSTANT");
        axml_typed(x, ATTR_PROTECTION_LEVEL, RES_INT_HEX, 0x1000);
        axml_close_tags(x, 1);
        for (int i = 0; i < 2; i++) {
                axml_open_tag(x, "queries");
                one_tag(x, "package", i ? "com.second" : "com.first");
                axml_close_tags(x, 1);
                axml_open_tag(x, "intent");
                one_tag(x, "action", "android.intent.action.MAIN");
                axml_close_tags(x, 2);
                axml_open_tag(x, "provider");
                axml_text(x, ATTR_AUTHORITIES, "a.b;c.d");
                axml_close_tags(x, 2);
        }
        Manifest m = read_with(x, 1, NULL, arena);
        assert_int_equal(m.n_declared, 3);
        assert_int_equal(m.n_open, 2);
        assert_string_equal(m.open[0], "own.PLAIN");
        assert_string_equal(m.open[1], "own.INSTANT");
        assert_int_equal(m.n_query_packages, 2);
        assert_string_equal(m.query_packages[1], "com.second");
        assert_int_equal(m.n_query_actions, 2);
        assert_int_equal(m.n_query_providers, 4);
        assert_string_equal(m.query_providers[1], "c.d");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(permissions_keep_every_condition),
                cmocka_unit_test(only_children_of_the_manifest_are_permissions),
                cmocka_unit_test(one_permission_with_two_sets_of_flags_would_not_install),
                cmocka_unit_test(sdk_levels_have_androids_defaults),
                cmocka_unit_test(what_is_exported_follows_statement_filters_and_target),
                cmocka_unit_test(from_android_12_on_a_filter_demands_the_statement),
                cmocka_unit_test(components_inherit_from_the_application_and_names_are_completed),
                cmocka_unit_test(references_lead_into_the_resource_table),
                cmocka_unit_test(the_root_states_who_it_is),
                cmocka_unit_test(what_is_no_manifest_is_refused_with_the_reason),
                cmocka_unit_test(a_text_without_end_is_cut_and_told),
                cmocka_unit_test(the_application_has_androids_defaults_and_states_the_rest),
                cmocka_unit_test(a_network_configuration_has_whatever_path_the_resource_table_says),
                cmocka_unit_test(activities_say_which_task_they_want_and_aliases_what_their_target_says),
                cmocka_unit_test(filters_say_what_starts_the_app_and_what_a_page_may_open),
                cmocka_unit_test(providers_demand_one_permission_for_reading_and_one_for_writing),
                cmocka_unit_test(own_permissions_and_queries_are_listed),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
