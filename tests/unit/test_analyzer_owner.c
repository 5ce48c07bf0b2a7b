/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/code/owner.h"
#include "support/sdkset_build.h"

static const char sdks[] =
        "{\"id\":\"umeng\",\"name\":\"Umeng\",\"vendor_id\":\"umeng-co\",\"code\":[\"com.umeng\"]}\n"
        "{\"id\":\"alipay\",\"name\":\"Alipay\",\"vendor_id\":\"ant\",\"code\":[\"com.alipay\"]}\n"
        "{\"id\":\"stub\",\"name\":\"Stub\",\"code\":[\"com.stub.StubApp\"]}\n"
        "{\"id\":\"kit\",\"name\":\"Kit\",\"vendor_id\":\"kit-co\",\"code\":[\"io.kit\"]}\n"
        "{\"id\":\"kit-tools\",\"name\":\"Kit tools\",\"code\":[\"io.kit.tools\"]}\n"
        "{\"id\":\"inner\",\"name\":\"Inner\",\"code\":[\"org.example.app.lib\"]}\n"
        "{\"id\":\"desugar\",\"name\":\"Desugar\",\"code\":[\"j$\",\"okio\"]}\n"
        "{\"id\":\"sizmek\",\"name\":\"Sizmek\",\"code\":[\"com.sizmek\"],\"segments\":[\"sizmek\","
        "\"SizmekView\"]}\n";
static const char companies[] =
        "{\"id\":\"alibaba\",\"root\":\"alibaba\",\"packages\":[\"com.taobao.\",\"com.icbc\"]}\n"
        "{\"id\":\"kit-co\",\"root\":\"kit-co\",\"packages\":[\"io.kit.\"]}\n"
        "{\"id\":\"umeng-co\",\"root\":\"alibaba\"}\n"
        "{\"id\":\"ant\",\"root\":\"ant\",\"packages\":[\"com.taobao.ant.\"]}\n";
static const char places[] = "place\twhy\ncom.github\tcode host\nio.kit\tbuilder kit\n*.co\tcountry\n";

typedef struct {
        Arena *arena;
        SdkSet *set;
        Owners *owners;
} World;

static int set_up(void **state)
{
        World *world = g_new0(World, 1);
        GError *error = NULL;
        world->arena = arena_new();
        world->set = sdkset_of_texts(&(SdkTexts){sdks, NULL, companies, places}, &error);
        must_succeed(world->set != NULL, error);
        *state = world;
        return 0;
}

static int tear_down(void **state)
{
        World *world = *state;
        sdkset_free(world->set);
        arena_free(world->arena);
        g_free(world);
        return 0;
}

static void app(World *world, const char *package, const char *application, const char *launcher)
{
        OwnerApp it = {package, application, launcher};
        world->owners = owners_new(world->set, &it, world->arena);
}

static void owns(World *world, const char *name, const char *owner)
{
        for (unsigned again = 0; again < 2; again++) {
                unsigned found = owners_of(world->owners, span_str(name));
                if (!g_str_equal(owner_name(world->owners, found), owner))
                        fail_msg("%s is %s, wanted %s", name, owner_name(world->owners, found), owner);
        }
}

static void what_lies_under_the_application_id_is_own(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        owns(world, "Lorg/example/app/Main;", "own");
        owns(world, "Lorg/example/app/a/b/C;", "own");
        owns(world, "org.example.app.Main", "own");
        owns(world, "La/b/C;", "other");
        owns(world, "LMain;", "other");
        owns(world, "Lorg/examples/Main;", "other");
}

static void the_first_two_labels_are_own_unless_strangers_share_them(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        owns(world, "Lorg/example/core/A;", "own");
        app(world, "com.github.someone.app", NULL, NULL);
        owns(world, "Lcom/github/someone/core/A;", "own");
        owns(world, "Lcom/github/another/A;", "other");
        app(world, "uk.co.shop.app", NULL, NULL);
        owns(world, "Luk/co/shop/core/A;", "own");
        owns(world, "Luk/co/other/A;", "other");
        app(world, "com.shop", NULL, NULL);
        owns(world, "Lcom/shop/A;", "own");
        owns(world, "Lcom/other/A;", "other");
}

static void the_packages_of_application_class_and_launcher_are_own(void **state)
{
        World *world = *state;
        app(world, "net.brand.app", "org.maker.core.App", "org.ui.kit.main.screens.Start");
        owns(world, "Lorg/maker/core/net/A;", "own");
        owns(world, "Lorg/maker/A;", "other");
        owns(world, "Lorg/ui/kit/other/A;", "own");
        owns(world, "Lorg/ui/A;", "other");
}

static void an_application_class_that_tells_nothing_owns_nothing(void **state)
{
        World *world = *state;
        app(world, "net.brand.app", "com.stub.StubApp", "a.b.C");
        owns(world, "Lcom/stub/StubApp;", "sdk:stub");
        owns(world, "Lcom/stub/Other;", "other");
        owns(world, "La/b/D;", "other");
        app(world, "net.brand.app", "android.app.Application", "com.github.Start");
        owns(world, "Landroid/app/Fragment;", "other");
        owns(world, "Lcom/github/Other;", "other");
        app(world, "net.brand.app", "NoPackage", "");
        owns(world, "LNoPackage;", "other");
}

static void the_longer_of_own_place_and_prefix_wins(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        owns(world, "Lorg/example/app/lib/A;", "sdk:inner");
        owns(world, "Lcom/umeng/A;", "sdk:umeng");
        app(world, "org.example.app.lib.demo", NULL, NULL);
        owns(world, "Lorg/example/app/lib/A;", "own");
}

static void a_lone_segment_yields_to_the_apps_own_places(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        owns(world, "La/sizmek/B;", "sdk:sizmek");
        owns(world, "La/b/SizmekView$1;", "sdk:sizmek");
        owns(world, "Lorg/example/app/sizmek/B;", "own");
        owns(world, "Lorg/example/app/SizmekView;", "own");
        app(world, "net.sizmek.player", NULL, NULL);
        owns(world, "Lcom/sizmek/B;", "own");
}

static void an_sdk_of_the_same_root_company_is_own(void **state)
{
        World *world = *state;
        app(world, "com.taobao.shop", NULL, NULL);
        owns(world, "Lcom/umeng/A;", "own");
        owns(world, "Lcom/alipay/A;", "sdk:alipay");
        assert_true(owners_is_own(world->owners, sdkset_code(world->set, span_str("com.umeng"))->sdk));
        assert_false(owners_is_own(world->owners, sdkset_code(world->set, span_str("com.alipay"))->sdk));
        assert_non_null(owners_anchor(world->owners, span_str("Lcom/umeng/A;")));
        app(world, "com.taobao.ant.pay", NULL, NULL); /* the longer prefix of the two companies */
        owns(world, "Lcom/umeng/A;", "sdk:umeng");
        owns(world, "Lcom/alipay/A;", "own");
        app(world, "com.icbcx", NULL, NULL);
        owns(world, "Lcom/umeng/A;", "sdk:umeng");
}

static void an_app_out_of_a_builder_kit_is_not_the_kits_own(void **state)
{
        World *world = *state;
        app(world, "io.kit.H512345", NULL, NULL);
        owns(world, "Lio/kit/runtime/A;", "sdk:kit");
        owns(world, "Lio/kit/H512345/A;", "own");
        assert_false(owners_is_own(world->owners, sdkset_find(world->set, "kit")));
        app(world, "io.kit.tools.kitapp", NULL, NULL);
        assert_true(owners_is_own(world->owners, sdkset_find(world->set, "kit-tools")));
}

static void a_prefix_may_end_in_a_class_name(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        owns(world, "Lcom/stub/StubApp$1;", "sdk:stub");
        owns(world, "Lcom/stub/StubApp2;", "other");
        owns(world, "Lj$/util/List;", "sdk:desugar");
        owns(world, "Lj/util/List;", "other");
        owns(world, "Lokio;", "sdk:desugar");
        owns(world, "Lokio/Buffer;", "sdk:desugar");
}

static void a_bare_dex_file_has_nothing_own(void **state)
{
        World *world = *state;
        app(world, NULL, NULL, NULL);
        owns(world, "Lorg/example/app/Main;", "other");
        owns(world, "Lcom/umeng/A;", "sdk:umeng");
        owns(world, "", "other");
        owns(world, "L;", "other");
        owns(world, "/", "other");
        owns(world, ".", "other");
}

static void any_number_of_packages_is_answered_alike(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        for (unsigned round = 0; round < 2; round++) {
                for (unsigned i = 0; i < 5000; i++) {
                        g_autofree char *other = g_strdup_printf("Lx/p%u/A;", i);
                        g_autofree char *sdk = g_strdup_printf("Lcom/umeng/p%u/A;", i);
                        g_autofree char *own = g_strdup_printf("Lorg/example/p%u/A;", i);
                        owns(world, other, "other");
                        owns(world, sdk, "sdk:umeng");
                        owns(world, own, "own");
                }
        }
}

static void an_owner_leads_back_to_its_sdk(void **state)
{
        World *world = *state;
        app(world, "org.example.app", NULL, NULL);
        const Sdk *sdk = owner_sdk(world->owners, owners_of(world->owners, span_str("Lcom/umeng/A;")));
        assert_string_equal(sdk->id, "umeng");
        assert_null(owner_sdk(world->owners, OWNER_OWN));
        assert_null(owner_sdk(world->owners, OWNER_OTHER));
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(what_lies_under_the_application_id_is_own),
                IN_WORLD(the_first_two_labels_are_own_unless_strangers_share_them),
                IN_WORLD(the_packages_of_application_class_and_launcher_are_own),
                IN_WORLD(an_application_class_that_tells_nothing_owns_nothing),
                IN_WORLD(the_longer_of_own_place_and_prefix_wins),
                IN_WORLD(a_lone_segment_yields_to_the_apps_own_places),
                IN_WORLD(an_sdk_of_the_same_root_company_is_own),
                IN_WORLD(an_app_out_of_a_builder_kit_is_not_the_kits_own),
                IN_WORLD(a_prefix_may_end_in_a_class_name),
                IN_WORLD(a_bare_dex_file_has_nothing_own),
                IN_WORLD(any_number_of_packages_is_answered_alike),
                IN_WORLD(an_owner_leads_back_to_its_sdk),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
