/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/dex.h"
#include "analyzer/apk/zip.h"
#include "analyzer/code/owner.h"
#include "analyzer/pass.h"
#include "analyzer/passes/found.h"
#include "support/dex_build.h"
#include "support/sdkset_build.h"
#include "support/zip_build.h"

static const char sdks[] =
        "{\"id\":\"known\",\"name\":\"Known\",\"code\":[\"com.known\",\"net.known\"],"
        "\"components\":[\"com.known.Service\",\"org.other.KnownService\"],\"metadata\":[\"KNOWN_KEY\","
        "\"SHARED\"],"
        "\"actions\":[\"com.known.PUSH\"],\"natives\":[\"libknown.so\"],\"sources\":[\"own\",\"libchecker\"]}"
        "\n"
        "{\"id\":\"half\",\"name\":\"Half\",\"code\":[\"com.half\"],\"metadata\":[\"SHARED\"],"
        "\"natives\":[\"libhalf.so\"],\"sources\":[\"own\"]}\n"
        "{\"id\":\"memory\",\"name\":\"Memory\",\"code\":[\"com.memory\"],\"segments\":[\"memo\"],"
        "\"metadata\":[\"MEMORY_KEY\"],\"actions\":[\"com.memory.GO\"],\"natives\":[\"libmemory*.so\"],"
        "\"sources\":[\"own\"]}\n"
        "{\"id\":\"family\",\"name\":\"Family\",\"code\":[\"fam\"],\"vendor_id\":\"maker\"}\n"
        "{\"id\":\"single\",\"name\":\"Single\",\"code\":[\"org.single.lib\"]}\n";
static const char companies[] = "{\"id\":\"maker\",\"root\":\"maker\",\"packages\":[\"com.maker.\"]}\n";
static const char files[] = "pattern\tsdk\tversion\tsource\n"
                            "META-INF/fam.core_core.version\tfamily\tline\tapp:x\n"
                            "fam-*.properties\tfamily\tkey:version\tapp:x\n"
                            "assets/known/*\tknown\t-\tapp:x\n"
                            "assets/half.js\thalf\t-\town\n";
static const char strings[] = "prefix\tsdk\tsource\nhalf/\thalf\tcode\nknown client \tknown\tcode\n";
static const char settings[] = "key\tsdk\tmeaning\tsource\n"
                               "KNOWN_KEY\tknown\tcollection\town\n"
                               "CHANNEL\tknown\tchannel\town\nCHANNEL\thalf\tchannel\town\n";
static const char provenance[] =
        "{\"prefix\":\"com.known\",\"sources\":[\"own\",\"exodus\"],\"seen\":[\"libchecker\"]}\n"
        "{\"prefix\":\"net.known\",\"sources\":[\"own\"],\"seen\":[\"exodus\",\"libchecker\"]}\n"
        "{\"prefix\":\"com.half\",\"sources\":[\"own\"],\"seen\":[\"appmanager\"]}\n"
        "{\"prefix\":\"com.memory\",\"sources\":[\"own\"],\"seen\":[]}\n"
        "{\"prefix\":\"fam\",\"sources\":[\"own\"],\"seen\":[\"app:a\",\"exodus\"]}\n"
        "{\"prefix\":\"org.single.lib\",\"sources\":[\"own\"],\"seen\":[\"app:a\"]}\n";

/* An app in the making; `said` holds what the pass says of it, one SDK a line: "id confidence kind=value
 * kind=value". */
typedef struct {
        Arena *arena;
        SdkSet *set;
        Facts *facts;
        GPtrArray *files; /* of GByteArray */
        GArray *entries;  /* of ZipPart: the archive */
        GString *said;
} App;

static int set_up(void **state)
{
        App *app = g_new0(App, 1);
        app->arena = arena_new();
        GError *error = NULL;
        app->set = sdkset_of_texts(&(SdkTexts){.sdks = sdks,
                                               .provenance = provenance,
                                               .companies = companies,
                                               .files = files,
                                               .strings = strings,
                                               .settings = settings},
                                   &error);
        must_succeed(app->set != NULL, error);
        app->facts = record_new(app->arena, Facts, facts__init);
        app->facts->package = arena_str(app->arena, "org.example.app");
        app->files = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
        app->entries = g_array_new(FALSE, TRUE, sizeof(ZipPart));
        app->said = g_string_new(NULL);
        *state = app;
        return 0;
}

static int tear_down(void **state)
{
        App *app = *state;
        g_ptr_array_unref(app->files);
        g_array_unref(app->entries);
        g_string_free(app->said, TRUE);
        sdkset_free(app->set);
        arena_free(app->arena);
        g_free(app);
        return 0;
}

static void add_dex(App *app, const char *const *types)
{
        g_ptr_array_add(app->files, dex_build(35, types));
}

static Component *add_component(App *app, Component__Kind kind, const char *name)
{
        Component *component = record_new(app->arena, Component, component__init);
        component->kind = kind;
        component->name = arena_str(app->arena, name);
        arena_push(app->arena, &app->facts->n_components, &app->facts->components, component);
        return component;
}

static void add_value(App *app, const char *name, const char *value)
{
        MetaData *key = record_new(app->arena, MetaData, meta_data__init);
        key->name = arena_str(app->arena, name);
        key->value = arena_str(app->arena, value);
        arena_push(app->arena, &app->facts->n_meta_data, &app->facts->meta_data, key);
}

static void add_key(App *app, const char *name)
{
        add_value(app, name, NULL);
}

static void add_file(App *app, const char *name, const char *content)
{
        ZipPart part = {.name = name, .content = span_str(content)};
        g_array_append_val(app->entries, part);
}

static void add_library(App *app, const char *abi, const char *name)
{
        Native *native = record_new(app->arena, Native, native__init);
        native->abi = arena_str(app->arena, abi);
        native->name = arena_str(app->arena, name);
        arena_push(app->arena, &app->facts->n_natives, &app->facts->natives, native);
}

static const char *search(App *app)
{
        const Dex **dexes = arena_array(app->arena, const Dex *, app->files->len + 1);
        for (guint i = 0; i < app->files->len; i++) {
                const GByteArray *bytes = g_ptr_array_index(app->files, i);
                Dex *dex = arena_new0(app->arena, Dex);
                assert_true(dex_open(dex, span_of(bytes->data, bytes->len), 0, NULL));
                dexes[i] = dex;
        }
        Tables tables = {.sdks = app->set};
        OwnerApp who = {.package = app->facts->package};
        g_autoptr(GByteArray) archive =
                zip_build((const ZipPart *)(void *)app->entries->data, app->entries->len, (ZipTricks){0});
        Zip *zip = app->entries->len ? zip_over(span_of_bytes(archive), app->arena, NULL) : NULL;
        Apk apk = {.zips = &zip,
                   .n_zips = zip != NULL,
                   .dex = dexes,
                   .n_dex = app->files->len,
                   .owners = owners_new(app->set, &who, app->arena),
                   .facts = app->facts,
                   .arena = app->arena,
                   .tables = &tables};
        g_autoptr(GError) error = NULL;
        must_succeed(pass_sdks.run(&apk, &error), error);
        for (size_t i = 0; i < app->facts->n_sdks; i++) {
                const SdkHit *hit = app->facts->sdks[i];
                g_string_append_printf(app->said, "%s%s %s", i ? "\n" : "", hit->id, hit->confidence);
                for (size_t j = 0; j < hit->n_evidence; j++)
                        g_string_append_printf(app->said, " %s=%s", hit->evidence[j]->kind,
                                               hit->evidence[j]->value);
                if (hit->version)
                        g_string_append_printf(app->said, " version %s of %s", hit->version,
                                               hit->version_from);
                for (size_t j = 0; j < hit->n_settings; j++)
                        g_string_append_printf(app->said, " %s(%s)=%s", hit->settings[j]->key,
                                               hit->settings[j]->meaning,
                                               hit->settings[j]->value ? hit->settings[j]->value : "?");
        }
        return app->said->str;
}

static void an_app_without_anything_holds_no_sdk(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lorg/example/app/Main;"));
        assert_string_equal(search(app), "");
}

static void code_that_others_confirm_is_high(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lcom/known/A;", "+Lcom/known/B;", "+Lcom/known/C;", "+Lcom/known/D;",
                               "+Lcom/known/E;"));
        assert_string_equal(search(app), "known high code=com.known");
}

static void a_handful_of_classes_counts_less(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lcom/known/A;", "+Lcom/known/B;", "+Lnet/known/C;", "+Lcom/known/D;"));
        assert_string_equal(search(app), "known medium code=com.known code=net.known");
}

static void classes_are_counted_over_all_dex_files(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lcom/known/A;", "+Lcom/known/B;", "+Lcom/known/C;"));
        add_dex(app, DEX_TYPES("+Lnet/known/D;", "+Lnet/known/E;"));
        assert_string_equal(search(app), "known high code=com.known code=net.known");
}

static void code_that_one_list_confirms_is_medium_and_none_low(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lcom/half/A;", "+Lcom/half/B;", "+Lcom/half/C;", "+Lcom/half/D;",
                               "+Lcom/half/E;", "+Lcom/memory/A;", "+Lcom/memory/B;", "+Lcom/memory/C;",
                               "+Lcom/memory/D;", "+Lcom/memory/E;"));
        assert_string_equal(search(app), "half medium code=com.half\nmemory low code=com.memory");
}

static void what_is_only_referred_to_is_no_evidence(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("Lcom/known/A;", "+Lorg/example/app/Main;", "Lcom/half/B;"));
        assert_string_equal(search(app), "");
}

static void what_a_compiler_made_up_is_no_evidence(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("~Lcom/known/A;", "~Lcom/known/B;"));
        assert_string_equal(search(app), "");
}

static void a_segment_is_shown_by_the_classes_that_have_it(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lx/memo/B;", "+Lx/memo/A;"));
        assert_string_equal(search(app), "memory low code=x.memo.A code=x.memo.B");
}

static void a_declared_component_is_medium_without_code(void **state)
{
        App *app = *state;
        add_component(app, COMPONENT__KIND__SERVICE, "org.other.KnownService");
        assert_string_equal(search(app), "known medium component=org.other.KnownService");
}

static void a_component_under_a_prefix_counts_as_far_as_the_prefix_is_confirmed(void **state)
{
        App *app = *state;
        add_component(app, COMPONENT__KIND__ACTIVITY, "com.half.SomeActivity");
        add_component(app, COMPONENT__KIND__ACTIVITY, "com.memory.SomeActivity");
        add_component(app, COMPONENT__KIND__ALIAS, "com.known.NotAClass"); /* an alias names no class */
        assert_string_equal(search(app), "half medium component=com.half.SomeActivity\n"
                                         "memory low component=com.memory.SomeActivity");
}

static void a_packed_app_still_shows_its_sdks_in_the_manifest(void **state)
{
        App *app = *state;
        Component *service = add_component(app, COMPONENT__KIND__SERVICE, "com.known.Service");
        service->actions = arena_array(app->arena, char *, 1);
        service->actions[0] = arena_str(app->arena, "com.known.PUSH");
        service->n_actions = 1;
        add_key(app, "KNOWN_KEY");
        add_library(app, "arm64-v8a", "libknown.so");
        add_library(app, "x86", "libknown.so");
        assert_string_equal(search(app), "known high component=com.known.Service metadata=KNOWN_KEY "
                                         "native=libknown.so action=com.known.PUSH KNOWN_KEY(collection)=?");
}

static void a_library_is_medium_when_libchecker_knows_the_sdk(void **state)
{
        App *app = *state;
        add_library(app, "x86", "libknown.so");
        add_library(app, "x86", "libhalf.so");
        assert_string_equal(search(app), "half low native=libhalf.so\nknown medium native=libknown.so");
}

static void a_shared_key_is_a_hint_at_each_of_its_sdks(void **state)
{
        App *app = *state;
        add_key(app, "SHARED");
        assert_string_equal(search(app), "half low metadata=SHARED\nknown low metadata=SHARED");
}

static void the_vendors_own_app_is_no_hit(void **state)
{
        App *app = *state;
        app->facts->package = arena_str(app->arena, "com.known.store");
        add_dex(app, DEX_TYPES("+Lcom/known/A;", "+Lnet/known/A;", "+Lcom/half/A;"));
        add_key(app, "KNOWN_KEY");
        assert_string_equal(search(app), "half low code=com.half");
}

static void an_sdk_of_the_apps_own_company_is_no_hit(void **state)
{
        App *app = *state;
        app->facts->package = arena_str(app->arena, "com.maker.shop");
        add_dex(app, DEX_TYPES("+Lfam/A;", "+Lfam/B;"));
        add_file(app, "fam-core.properties", "version=1.0\n");
        assert_string_equal(search(app), "");
}

static void weak_pieces_stay_low_however_many_they_are(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lcom/memory/A;", "+Lcom/memory/B;", "+Lcom/memory/C;", "+Lcom/memory/D;",
                               "+Lcom/memory/E;"));
        Component *activity = add_component(app, COMPONENT__KIND__ACTIVITY, "com.memory.SomeActivity");
        activity->actions = arena_array(app->arena, char *, 1);
        activity->actions[0] = arena_str(app->arena, "com.memory.GO");
        activity->n_actions = 1;
        add_key(app, "MEMORY_KEY");
        add_library(app, "x86", "libmemory-2.so");
        assert_string_equal(search(app), "memory low code=com.memory component=com.memory.SomeActivity "
                                         "metadata=MEMORY_KEY native=libmemory-2.so action=com.memory.GO");
}

static void keys_that_are_classes_weigh_as_components(void **state)
{
        App *app = *state;
        add_key(app, "com.google.firebase.components:com.half.Registrar");
        add_value(app, "com.known.Initializer", "androidx.startup");
        add_value(app, "com.memory.Initializer", "something else");
        assert_string_equal(search(app),
                            "half medium metadata=com.google.firebase.components:com.half.Registrar\n"
                            "known medium metadata=com.known.Initializer");
}

static void files_name_their_sdk_and_its_version(void **state)
{
        App *app = *state;
        add_file(app, "META-INF/fam.other_other.version", "9.9.9\n");
        add_file(app, "fam-core.properties", "# made by\nversion = 2.0.1 \nclient=x\n");
        add_file(app, "META-INF/fam.core_core.version", "1.9.0\n");
        add_file(app, "assets/known/b/c.js", "");
        add_file(app, "assets/known/a.js", "");
        add_file(app, "assets/half.js", "");
        assert_string_equal(search(app), "family medium file=META-INF/fam.core_core.version "
                                         "file=META-INF/fam.other_other.version file=fam-core.properties "
                                         "version 1.9.0 of META-INF/fam.core_core.version\n"
                                         "half low file=assets/half.js\n"
                                         "known medium file=assets/known/a.js file=assets/known/b/c.js");
}

static void a_maven_group_tells_the_version_when_it_is_the_prefix_itself(void **state)
{
        App *app = *state;
        add_file(app, "META-INF/maven/org.single.lib/core/pom.properties", "groupId=x\nversion=4.1.0\n");
        add_file(app, "META-INF/maven/org.single.library/core/pom.properties", "version=5\n");
        add_file(app, "META-INF/maven/fam.part/core/pom.properties", "version=6\n");
        add_file(app, "META-INF/maven/com.memory", "not such a file");
        assert_string_equal(search(app),
                            "family medium file=META-INF/maven/fam.part/core/pom.properties\n"
                            "single medium file=META-INF/maven/org.single.lib/core/pom.properties "
                            "version 4.1.0 of META-INF/maven/org.single.lib/core/pom.properties");
}

static void services_belong_to_the_classes_that_implement_them(void **state)
{
        App *app = *state;
        add_file(app, "META-INF/services/com.half.Interface", "# comment\ncom.known.Implementation\n");
        assert_string_equal(search(app), "known low file=META-INF/services/com.half.Interface");
}

static void what_is_no_version_is_none(void **state)
{
        App *app = *state;
        static const char *const texts[] = {"task ':core:writeVersion' property 'version'\n",
                                            "\n",
                                            "",
                                            "v",
                                            "one",
                                            "1.0 beta\n",
                                            "<1.0>\n"};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                add_file(app, arena_printf(app->arena, "META-INF/maven/org.single.lib/%zu/pom.properties", i),
                         arena_printf(app->arena, "version=%s", texts[i]));
        g_autofree char *much = g_strnfill(5000, '1');
        add_file(app, "fam-core.properties", much);
        assert_null(strstr(search(app), " version "));
        assert_non_null(strstr(app->said->str, "family medium"));
}

static void constants_tell_client_and_version(void **state)
{
        App *app = *state;
        add_dex(app,
                DEX_TYPES("La;", "half/", "half/%s", "half/v3.2-rc1", "known client 1.0", "known client x"));
        assert_string_equal(search(app),
                            "half low constant=half/v3.2-rc1 version v3.2-rc1 of half/v3.2-rc1\n"
                            "known low constant=known client 1.0 version 1.0 of known client 1.0");
}

static void a_file_tells_the_version_before_a_constant(void **state)
{
        App *app = *state;
        add_dex(app, DEX_TYPES("+Lfam/A;", "known client 1.0"));
        add_file(app, "fam-core.properties", "version=3\n");
        assert_non_null(strstr(search(app), "version 3 of fam-core.properties"));
}

static void settings_are_told_of_sdks_that_are_there(void **state)
{
        App *app = *state;
        add_value(app, "KNOWN_KEY", "false");
        add_value(app, "CHANNEL", "huawei");
        assert_string_equal(
                search(app),
                "known low metadata=KNOWN_KEY KNOWN_KEY(collection)=false CHANNEL(channel)=huawei");
}

static void evidence_is_capped_sorted_and_the_same_in_any_order(void **state)
{
        App *app = *state;
        static const char *const names[] = {"j", "c", "f", "a", "i", "b", "h", "e", "g", "d", "a"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *name = g_strdup_printf("com.known.%s", names[i]);
                add_component(app, COMPONENT__KIND__ACTIVITY, name);
        }
        assert_string_equal(search(app),
                            "known medium component=com.known.a component=com.known.b component=com.known.c "
                            "component=com.known.d component=com.known.e component=com.known.f "
                            "component=com.known.g component=com.known.h");
}

static void the_pass_names_the_data_it_depends_on(void **state)
{
        App *app = *state;
        Tables tables = {.sdks = app->set};
        assert_string_equal(pass_sdks.digest(&tables), sdkset_digest(app->set));
}

#define WITH_APP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_APP(an_app_without_anything_holds_no_sdk),
                WITH_APP(code_that_others_confirm_is_high),
                WITH_APP(a_handful_of_classes_counts_less),
                WITH_APP(classes_are_counted_over_all_dex_files),
                WITH_APP(code_that_one_list_confirms_is_medium_and_none_low),
                WITH_APP(what_is_only_referred_to_is_no_evidence),
                WITH_APP(what_a_compiler_made_up_is_no_evidence),
                WITH_APP(a_segment_is_shown_by_the_classes_that_have_it),
                WITH_APP(a_declared_component_is_medium_without_code),
                WITH_APP(a_component_under_a_prefix_counts_as_far_as_the_prefix_is_confirmed),
                WITH_APP(a_packed_app_still_shows_its_sdks_in_the_manifest),
                WITH_APP(a_library_is_medium_when_libchecker_knows_the_sdk),
                WITH_APP(a_shared_key_is_a_hint_at_each_of_its_sdks),
                WITH_APP(the_vendors_own_app_is_no_hit),
                WITH_APP(an_sdk_of_the_apps_own_company_is_no_hit),
                WITH_APP(weak_pieces_stay_low_however_many_they_are),
                WITH_APP(keys_that_are_classes_weigh_as_components),
                WITH_APP(files_name_their_sdk_and_its_version),
                WITH_APP(a_maven_group_tells_the_version_when_it_is_the_prefix_itself),
                WITH_APP(services_belong_to_the_classes_that_implement_them),
                WITH_APP(what_is_no_version_is_none),
                WITH_APP(constants_tell_client_and_version),
                WITH_APP(a_file_tells_the_version_before_a_constant),
                WITH_APP(settings_are_told_of_sdks_that_are_there),
                WITH_APP(evidence_is_capped_sorted_and_the_same_in_any_order),
                WITH_APP(the_pass_names_the_data_it_depends_on),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
