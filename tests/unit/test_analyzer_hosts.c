/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/code/code.h"
#include "analyzer/pass.h"
#include "analyzer/passes/found.h"
#include "support/sdkset_build.h"

static const char sdks[] =
        "{\"id\":\"ads\",\"name\":\"Ads\",\"code\":[\"com.ads\"],\"hosts\":[\"ads.example\",\"shared."
        "example\"]}\n"
        "{\"id\":\"stats\",\"name\":\"Stats\",\"code\":[\"com.stats\"],\"hosts\":[\"in.stats.example\","
        "\"shared.example\"]}\n"
        "{\"id\":\"mine\",\"name\":\"Mine\",\"code\":[\"org.example.sdk\"],\"hosts\":[\"mine.example\"]}\n";

enum { OWNER_ADS = OWNER_FIRST_SDK }; /* "ads" is the first by id */

typedef struct {
        Arena *arena;
        SdkSet *set;
        Facts *facts;
        Apk apk;
        Tables tables;
        GPtrArray *hosts; /* of CodeHost, in the arena */
        GString *said;
} World;

/* The real one walks over instructions; here the test says what the code holds. */
static World *the_world;

size_t code_hosts(Code *code, const CodeHost *const **hosts)
{
        assert_null(code);
        *hosts = (const CodeHost *const *)the_world->hosts->pdata;
        return the_world->hosts->len;
}

static void set_up_with(World *world, const char *text)
{
        GError *error = NULL;
        sdkset_free(world->set);
        world->set = sdkset_of_texts(
                &(SdkTexts){.sdks = text, .namespaces = "host\twhy\tsource\n*.names.example\tnames\town\n"},
                &error);
        must_succeed(world->set != NULL, error);
        world->facts = record_new(world->arena, Facts, facts__init);
        world->tables = (Tables){.sdks = world->set};
        OwnerApp who = {.package = "org.example.sdk.app"};
        world->apk = (Apk){.owners = owners_new(world->set, &who, world->arena),
                           .facts = world->facts,
                           .arena = world->arena,
                           .tables = &world->tables};
        world->apk.found = found_new(world->set, world->apk.owners, world->arena);
}

static int set_up(void **state)
{
        World *world = g_new0(World, 1);
        world->arena = arena_new();
        world->hosts = g_ptr_array_new();
        world->said = g_string_new(NULL);
        set_up_with(world, sdks);
        *state = the_world = world;
        return 0;
}

static int tear_down(void **state)
{
        World *world = *state;
        g_ptr_array_unref(world->hosts);
        g_string_free(world->said, TRUE);
        sdkset_free(world->set);
        arena_free(world->arena);
        g_free(world);
        return 0;
}

static void add(World *world, const char *host, unsigned owner, bool cleartext)
{
        CodeHost *it = arena_new0(world->arena, CodeHost);
        *it = (CodeHost){arena_str(world->arena, host), owner, cleartext};
        g_ptr_array_add(world->hosts, it);
}

static void see(World *world, const char *sdk, unsigned points)
{
        found_see(world->apk.found, sdkset_find(world->set, sdk), FOUND_METADATA, "SOME_KEY", points);
}

static const char *run(World *world)
{
        g_autoptr(GError) error = NULL;
        must_succeed(pass_hosts.run(&world->apk, &error), error);
        g_string_truncate(world->said, 0);
        for (size_t i = 0; i < world->facts->n_hosts; i++) {
                const HostHit *hit = world->facts->hosts[i];
                g_string_append_printf(world->said, "%s%s by ", i ? "\n" : "", hit->host);
                for (size_t k = 0; k < hit->n_owners; k++)
                        g_string_append_printf(world->said, "%s%s", k ? "," : "", hit->owners[k]);
                g_string_append_printf(world->said, "%s%s%s", hit->sdk ? " of " : "",
                                       hit->sdk ? hit->sdk : "", hit->cleartext ? " in the clear" : "");
        }
        return world->said->str;
}

static const char *confidence(const World *world, const char *sdk)
{
        for (size_t i = 0; i < world->facts->n_sdks; i++)
                if (g_str_equal(world->facts->sdks[i]->id, sdk))
                        return world->facts->sdks[i]->confidence;
        return "none";
}

static void an_app_without_urls_has_no_hosts(void **state)
{
        World *world = *state;
        assert_string_equal(run(world), "");
        assert_int_equal(world->facts->n_sdks, 0);
}

static void a_host_stands_once_with_all_who_hold_it(void **state)
{
        World *world = *state;
        add(world, "a.example", OWNER_OWN, true);
        add(world, "b.example", OWNER_OWN, false);
        add(world, "b.example", OWNER_OWN, true);
        add(world, "b.example", OWNER_OTHER, false);
        add(world, "b.example", OWNER_ADS, false);
        add(world, "c.example", OWNER_OTHER, false);
        assert_string_equal(run(world),
                            "a.example by own in the clear\nb.example by other,own,sdk:ads in the clear\n"
                            "c.example by other");
        assert_int_equal(world->facts->n_sdks, 0);
}

static void a_host_leads_to_its_sdk_by_its_end(void **state)
{
        World *world = *state;
        add(world, "ads.example", OWNER_OTHER, false);
        add(world, "in.stats.example", OWNER_OTHER, false);
        add(world, "notads.example", OWNER_OTHER, false);
        add(world, "stats.example", OWNER_OTHER, false);
        add(world, "x.y.ads.example", OWNER_OTHER, false);
        assert_string_equal(
                run(world),
                "ads.example by other of ads\nin.stats.example by other of stats\n"
                "notads.example by other\nstats.example by other\nx.y.ads.example by other of ads");
        assert_string_equal(confidence(world, "ads"), "low");
        assert_int_equal(world->facts->sdks[0]->n_evidence, 2);
        assert_string_equal(world->facts->sdks[0]->evidence[0]->kind, "host");
        assert_string_equal(world->facts->sdks[0]->evidence[1]->value, "x.y.ads.example");
}

static void a_host_adds_to_what_else_was_seen(void **state)
{
        World *world = *state;
        see(world, "ads", 2);
        add(world, "ads.example", OWNER_ADS, false);
        run(world);
        assert_string_equal(confidence(world, "ads"), "high");
}

static void a_shared_host_counts_only_for_who_is_there(void **state)
{
        World *world = *state;
        add(world, "shared.example", OWNER_OTHER, false);
        assert_string_equal(run(world), "shared.example by other");
        assert_int_equal(world->facts->n_sdks, 0);
}

static void a_shared_host_belongs_to_the_one_who_is_there(void **state)
{
        World *world = *state;
        see(world, "stats", 2);
        add(world, "shared.example", OWNER_OTHER, false);
        assert_string_equal(run(world), "shared.example by other of stats");
        assert_string_equal(confidence(world, "stats"), "high");
        assert_string_equal(confidence(world, "ads"), "none");
}

static void a_shared_host_of_two_who_are_there_is_neithers(void **state)
{
        World *world = *state;
        see(world, "stats", 2);
        see(world, "ads", 2);
        add(world, "shared.example", OWNER_OTHER, false);
        assert_string_equal(run(world), "shared.example by other");
        assert_string_equal(confidence(world, "stats"), "high");
        assert_string_equal(confidence(world, "ads"), "high");
}

static void the_apps_own_sdk_is_no_hit_by_its_host(void **state)
{
        World *world = *state;
        add(world, "mine.example", OWNER_OWN, false);
        assert_string_equal(run(world), "mine.example by own of mine");
        assert_int_equal(world->facts->n_sdks, 0);
}

static void a_list_of_hosts_is_no_collection_of_sdks(void **state)
{
        World *world = *state;
        g_autoptr(GString) many = g_string_new(NULL);
        for (unsigned i = 0; i < 30; i++)
                g_string_append_printf(
                        many, "{\"id\":\"s%02u\",\"name\":\"S\",\"hosts\":[\"s%02u.example\"]}\n", i, i);
        set_up_with(world, many->str);
        see(world, "s03", 2);
        for (unsigned i = 0; i < 25; i++) {
                g_autofree char *host = g_strdup_printf("s%02u.example", i);
                add(world, host, OWNER_OWN, false);
        }
        run(world);
        assert_int_equal(world->facts->n_hosts, 25);
        assert_string_equal(world->facts->hosts[7]->sdk, "s07");
        assert_int_equal(world->facts->n_sdks, 1);
        assert_string_equal(confidence(world, "s03"), "high");
        assert_int_equal(world->facts->n_anomalies, 1);
        assert_string_equal(world->facts->anomalies[0]->code, "sdk-host-list");
        assert_string_equal(world->facts->anomalies[0]->detail, "hosts of 24 SDKs that nothing else shows");
}

static void names_of_namespaces_are_told_from_servers(void **state)
{
        World *world = *state;
        add(world, "a.names.example", OWNER_OWN, true);
        add(world, "names.example", OWNER_OWN, true);
        run(world);
        assert_true(world->facts->hosts[0]->identifier);
        assert_false(world->facts->hosts[1]->has_identifier);
}

static void more_hosts_than_are_kept_are_told(void **state)
{
        World *world = *state;
        for (unsigned i = 0; i < 5000; i++) {
                g_autofree char *host = g_strdup_printf("h%04u.example", i);
                add(world, host, OWNER_OWN, false);
        }
        run(world);
        assert_int_equal(world->facts->n_hosts, 4096);
        assert_string_equal(world->facts->anomalies[0]->code, "hosts-cut");
        assert_string_equal(world->facts->anomalies[0]->detail, "5000 hosts in the code, 4096 are kept");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(an_app_without_urls_has_no_hosts),
                IN_WORLD(a_host_stands_once_with_all_who_hold_it),
                IN_WORLD(a_host_leads_to_its_sdk_by_its_end),
                IN_WORLD(a_host_adds_to_what_else_was_seen),
                IN_WORLD(a_shared_host_counts_only_for_who_is_there),
                IN_WORLD(a_shared_host_belongs_to_the_one_who_is_there),
                IN_WORLD(a_shared_host_of_two_who_are_there_is_neithers),
                IN_WORLD(the_apps_own_sdk_is_no_hit_by_its_host),
                IN_WORLD(a_list_of_hosts_is_no_collection_of_sdks),
                IN_WORLD(names_of_namespaces_are_told_from_servers),
                IN_WORLD(more_hosts_than_are_kept_are_told),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
