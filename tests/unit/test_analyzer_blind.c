/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/blind.h"
#include "support/pass_world.h"

static const Blind *seek(const World *w, const char *code)
{
        for (size_t i = 0; i < w->facts->n_blind; i++) {
                if (g_str_equal(w->facts->blind[i]->code, code))
                        return w->facts->blind[i];
        }
        return NULL;
}

static const Blind *said(const World *w, const char *code)
{
        const Blind *b = seek(w, code);
        if (!b)
                fail_msg("nothing was said of %s", code);
        return b;
}

/* What is hidden and by what evidence: "code native: kind=value kind=value". */
static void hides(const World *w, const char *code, const char *expected)
{
        const Blind *b = said(w, code);
        g_autoptr(GString) out = g_string_new(NULL);
        for (size_t i = 0; i < b->n_hides; i++)
                g_string_append_printf(out, "%s%s", i ? " " : "", b->hides[i]);
        g_string_append_c(out, ':');
        for (size_t i = 0; i < b->n_evidence; i++)
                g_string_append_printf(out, " %s=%s", b->evidence[i]->kind, b->evidence[i]->value);
        if (!g_str_equal(out->str, expected))
                fail_msg("%s: \"%s\", not \"%s\"", code, out->str, expected);
        assert_true(b->detail && *b->detail);
}

/* An app with an activity that its dex file defines, and nothing to hide. */
static void plain(World *w)
{
        world_manifest(w, 34);
        axml_open_tag(w->x, "application");
        world_named(w, "activity", ".Main");
        world_read(w, 2);
        world_dex(w, DEX_TYPES("+Lcom/example/app/Main;", "Landroid/app/Activity;"));
        world_entry(w, "classes.dex", span_str("dex"));
}

static void an_app_of_plain_code_has_no_blind_spot(void **state)
{
        World *w = *state;
        plain(w);
        world_entry(w, "assets/readme.txt", span_str("x"));
        world_native(w, "arm64-v8a", "libc++_shared.so");
        world_sdk(w, "okhttp", "high");
        world_run(w, &pass_blind);
        assert_int_equal(w->facts->n_blind, 0);
        assert_false(blind_hides(w->facts, "code"));
}

static void packers_show_as_sdk_class_or_payload(void **state)
{
        World *w = *state;
        plain(w);
        world_sdk(w, "packer-360", "medium");
        world_dex(w, DEX_TYPES("+Lcom/stub/StubApp;"));
        world_entry(w, "assets/libjiagu_a64.so", span_str("x"));
        world_run(w, &pass_blind);
        hides(w, "packer", "code: sdk=packer-360 class=com.stub.StubApp entry=assets/libjiagu_a64.so");
        assert_true(blind_hides(w->facts, "code"));
        assert_true(blind_hides_code(said(w, "packer")));
}

static void an_sdk_that_was_hardly_seen_hides_nothing(void **state)
{
        World *w = *state;
        plain(w);
        world_sdk(w, "packer-ijiami", "low");
        world_sdk(w, "tinker", "low");
        world_run(w, &pass_blind);
        assert_int_equal(w->facts->n_blind, 0);
}

static void components(World *w, int defined, int undefined, const char *application)
{
        g_autoptr(GPtrArray) types = g_ptr_array_new_with_free_func(g_free);
        world_manifest(w, 34);
        axml_open_tag(w->x, "application");
        if (application)
                axml_text(w->x, ATTR_NAME, application);
        for (int i = 0; i < defined + undefined; i++) {
                g_autofree char *name = g_strdup_printf(".C%02d", i);
                world_named(w, "service", name);
                if (i < defined)
                        g_ptr_array_add(types, g_strdup_printf("+Lcom/example/app/C%02d;", i));
        }
        world_tag(w, "activity-alias", ".AliasIsNoClass");
        axml_text(w->x, ATTR_TARGET_ACTIVITY, ".C00");
        axml_close_tags(w->x, 1);
        world_named(w, "service", "android.app.PlatformService");
        world_read(w, 2);
        g_ptr_array_add(types, g_strdup("+Lcom/example/app/App;"));
        g_ptr_array_add(types, NULL);
        world_dex(w, (const char *const *)types->pdata);
}

static void components_that_no_dex_file_defines_mean_code_elsewhere(void **state)
{
        World *w = *state;
        static const struct {
                int defined, undefined;
                const char *application;
                bool blind;
        } rows[] = {{3, 4, NULL, true},
                    {4, 4, NULL, false},
                    {0, 3, NULL, true},
                    {0, 2, NULL, false},
                    {9, 0, ".App", false},
                    {9, 0, ".Shell", true},
                    {9, 0, "android.app.Application", false}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                components(w, rows[i].defined, rows[i].undefined, rows[i].application);
                world_run(w, &pass_blind);
                if ((seek(w, "components-undefined") != NULL) != rows[i].blind)
                        fail_msg("row %zu", i);
                if (rows[i].blind)
                        assert_true(blind_hides_code(said(w, "components-undefined")));
                world_end(state);
                world_begin(state);
        }
        components(w, 1, 3, ".Shell");
        world_run(w, &pass_blind);
        hides(w, "components-undefined",
              "code: application=com.example.app.Shell component=com.example.app.C01 "
              "component=com.example.app.C02 component=com.example.app.C03");
        assert_string_equal(
                said(w, "components-undefined")->detail,
                "3 of 4 declared component classes, and the Application class, are in no dex file");
}

static void frameworks_are_known_by_libraries_and_files(void **state)
{
        static const struct {
                const char *native, *entry, *code, *hides;
        } rows[] = {
                {"libflutter.so", "assets/flutter_assets/kernel_blob.bin", "flutter", "native"},
                {"libil2cpp.so", "assets/bin/Data/Managed/Metadata/global-metadata.dat", "unity", "native"},
                {"libmonodroid.so", "assemblies/App.dll", "dotnet", "native"},
                {"libreactnativejni.so", "assets/index.android.bundle", "react-native", "web"},
                {NULL, "assets/www/index.html", "web-shell", "web"},
                {NULL, "assets/apps/__UNI__ABC123/www/app-service.js", "web-shell", "web"},
                {"libNativeScript.so", NULL, "script-engine", "web"},
                {"libpython3.11.so", "assets/chaquopy/app.imy", "script-engine", "web"},
                {"libQt6Core_arm64-v8a.so", NULL, "native-engine", "native"},
        };
        World *w = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                plain(w);
                if (rows[i].native)
                        world_native(w, "arm64-v8a", rows[i].native);
                if (rows[i].entry)
                        world_entry(w, rows[i].entry, span_str("x"));
                world_run(w, &pass_blind);
                const Blind *b = said(w, rows[i].code);
                assert_string_equal(b->hides[0], rows[i].hides);
                assert_int_equal(b->n_evidence, (rows[i].native != NULL) + (rows[i].entry != NULL));
                assert_int_equal(w->facts->n_blind, 1);
                world_end(state);
                world_begin(state);
        }
}

static void libraries_are_told_apart_by_who_claims_them(void **state)
{
        World *w = *state;
        plain(w);
        world_native(w, "arm64-v8a", "libexampleown.so");
        world_native(w, "armeabi-v7a", "libexampleown.so");
        world_native(w, "arm64-v8a", "libjiagu.so");
        world_native(w, "arm64-v8a", "libc++_shared.so");
        world_entry(w, "assets/armeabi/libcore.so", span_str("x"));
        world_run(w, &pass_blind);
        hides(w, "native-elsewhere", "native: entry=assets/armeabi/libcore.so");
        hides(w, "native-code", "native: native=libexampleown.so");
        assert_string_equal(said(w, "native-code")->detail, "1 libraries that no known SDK claims");
        hides(w, "native-code-sdk", "content: native=libjiagu.so");
        assert_true(blind_hides_code(said(w, "native-code")));
        assert_false(blind_hides_code(said(w, "native-code-sdk")));
}

#define LOADER "Ldalvik/system/DexClassLoader;-><init>(Ljava/lang/String;)V"
#define BRIDGE "Landroid/webkit/WebView;->addJavascriptInterface(Ljava/lang/Object;Ljava/lang/String;)V"

static void who_loads_code_decides_what_is_hidden(void **state)
{
        World *w = *state;
        plain(w);
        world_call(w, LOADER, "dynamic_code", "sdk:multidex", "La;", "b()V");
        world_run(w, &pass_blind);
        assert_int_equal(w->facts->n_blind, 0);
        world_call(w, LOADER, "dynamic_code", "sdk:google-play-services", "La;", "b()V");
        world_run(w, &pass_blind);
        hides(w, "dynamic-loading", "content: call=sdk:google-play-services " LOADER);
        w->facts->n_blind = 0;
        world_call(w, LOADER, "dynamic_code", "other", "La;", "b()V");
        world_run(w, &pass_blind);
        hides(w, "dynamic-loading",
              "content code: call=sdk:google-play-services " LOADER " call=other " LOADER);
}

static void asking_a_loader_for_a_class_is_no_loading(void **state)
{
        World *w = *state;
        plain(w);
        world_call(w, "Ldalvik/system/PathClassLoader;->loadClass(Ljava/lang/String;)Ljava/lang/Class;",
                   "dynamic_code", "own", "La;", "b()V");
        world_run(w, &pass_blind);
        assert_int_equal(w->facts->n_blind, 0);
}

static void bridges_to_pages_and_reflection_are_told(void **state)
{
        World *w = *state;
        plain(w);
        world_call(w, BRIDGE, "browsing_history", "own", "La;", "b()V");
        world_call(w, "Ljava/lang/reflect/Method;->invoke(Ljava/lang/Object;)V", "reflection", "other", "La;",
                   "b()V");
        world_call(w, "Ljava/lang/ClassLoader;->loadClass(Ljava/lang/String;)V", "dynamic_code", "own", "La;",
                   "b()V");
        world_run(w, &pass_blind);
        hides(w, "webview-bridge", "web: call=own " BRIDGE);
        assert_false(blind_hides_code(said(w, "reflection")));
        assert_int_equal(w->facts->n_blind, 2);
}

static void hotfixes_and_plugin_frameworks_hide_code(void **state)
{
        World *w = *state;
        plain(w);
        world_sdk(w, "tinker", "high");
        world_sdk(w, "replugin", "medium");
        world_run(w, &pass_blind);
        world_dex(w, DEX_TYPES("+Lcom/taobao/sophix/SophixManager;"));
        w->facts->n_blind = 0;
        world_run(w, &pass_blind);
        hides(w, "hotfix", "code: sdk=tinker class=com.taobao.sophix.SophixManager");
        hides(w, "plugin-framework", "code: sdk=replugin");
}

static void dex_files_elsewhere_hide_code_unless_they_are_known(void **state)
{
        World *w = *state;
        plain(w);
        world_anomaly(w, "dex-elsewhere", "assets/audience_network.dex");
        world_run(w, &pass_blind);
        hides(w, "dex-unread", "content: entry=assets/audience_network.dex");
        w->facts->n_blind = w->facts->n_anomalies = 0;
        world_anomaly(w, "dex-elsewhere", "assets/audience_network.dex, assets/x.bin");
        world_anomaly(w, "dex-after-gap", "classes4.dex");
        world_run(w, &pass_blind);
        hides(w, "dex-unread",
              "content code: entry=assets/audience_network.dex entry=assets/x.bin entry=classes4.dex");
        w->facts->n_blind = w->facts->n_anomalies = 0;
        world_anomaly(w, "dex-elsewhere", "base.apk!assets/audience_network.dex");
        world_run(w, &pass_blind);
        hides(w, "dex-unread", "content: entry=base.apk!assets/audience_network.dex");
}

static void splits_that_are_missing_hide_what_their_types_hold(void **state)
{
        static const struct {
                const char *types, *hides;
        } rows[] = {{"base__abi, base__density", "native content: split=base__abi split=base__density"},
                    {"base__density", "content: split=base__density"},
                    {"camera__feature", "code: split=camera__feature"},
                    {NULL, "code native:"}};
        World *w = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                plain(w);
                world_anomaly(w, "split-required", rows[i].types);
                world_run(w, &pass_blind);
                hides(w, "split-missing", rows[i].hides);
                world_end(state);
                world_begin(state);
        }
}

static void little_code_beside_a_large_payload_is_told(void **state)
{
        World *w = *state;
        plain(w);
        GByteArray *large = g_byte_array_new();
        g_byte_array_set_size(large, 600 * 1024);
        memset(large->data, 'x', large->len);
        world_entry(w, "assets/film.mp4", span_of_bytes(large));
        world_bytes(w, "assets/data.bin", large);
        world_run(w, &pass_blind);
        hides(w, "dex-tiny", "content: entry=assets/data.bin");
}

static void code_that_is_promised_and_missing_is_told(void **state)
{
        World *w = *state;
        plain(w);
        world_anomaly(w, "dex-missing", "classes.dex");
        world_run(w, &pass_blind);
        hides(w, "dex-missing", "code: entry=classes.dex");
}

static void twenty_pieces_of_evidence_are_enough(void **state)
{
        World *w = *state;
        plain(w);
        for (int i = 0; i < 30; i++) {
                g_autofree char *name = g_strdup_printf("libunheard%02d.so", i);
                world_native(w, "arm64-v8a", name);
        }
        world_run(w, &pass_blind);
        assert_int_equal(said(w, "native-code")->n_evidence, 20);
        assert_string_equal(said(w, "native-code")->detail, "30 libraries that no known SDK claims");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(an_app_of_plain_code_has_no_blind_spot),
                TEST(packers_show_as_sdk_class_or_payload),
                TEST(an_sdk_that_was_hardly_seen_hides_nothing),
                TEST(components_that_no_dex_file_defines_mean_code_elsewhere),
                TEST(frameworks_are_known_by_libraries_and_files),
                TEST(libraries_are_told_apart_by_who_claims_them),
                TEST(who_loads_code_decides_what_is_hidden),
                TEST(asking_a_loader_for_a_class_is_no_loading),
                TEST(bridges_to_pages_and_reflection_are_told),
                TEST(hotfixes_and_plugin_frameworks_hide_code),
                TEST(dex_files_elsewhere_hide_code_unless_they_are_known),
                TEST(splits_that_are_missing_hide_what_their_types_hold),
                TEST(little_code_beside_a_large_payload_is_told),
                TEST(code_that_is_promised_and_missing_is_told),
                TEST(twenty_pieces_of_evidence_are_enough),
        };
        return cmocka_run_group_tests(tests, world_open_tables, world_close_tables);
}
