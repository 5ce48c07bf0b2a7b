/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/import/import.h"
#include "support/sdkset_build.h"

static const char sdks[] = "{\"id\":\"umeng\",\"name\":\"Umeng "
                           "SDK\",\"name_zh\":\"友盟\",\"vendor_id\":\"umeng-co\",\"code\":[\"com.umeng\"],"
                           "\"natives\":[\"libumeng.so\",\"libum-*.so\"],\"hosts\":[\"umeng.example\"],"
                           "\"sources\":[\"exodus:119\"]}\n"
                           "{\"id\":\"share\",\"name\":\"U-Share\",\"code\":[\"com.umeng.socialize\"],"
                           "\"segments\":[\"socializer\"],"
                           "\"components\":[\"com.umeng.socialize.Service\"]}\n"
                           "{\"id\":\"okhttp\",\"name\":\"OkHttp\",\"code\":[\"okhttp3\"]}\n";
static const char companies[] =
        "{\"id\":\"umeng-co\",\"root\":\"umeng-co\",\"packages\":[\"com.umeng.\"]}\n"
        "{\"id\":\"wuba\",\"root\":\"wuba\",\"packages\":[\"com.wuba.\",\"com.shop.app\"]}\n";
static const char refused[] =
        "kind\ttext\twhy\tsource\ncode\tcom.huge\ttoo much\town\nhost\tgithub.com\teverybody's\town\n"
        "native\tlibmain.so\teverybody's\town\n";

typedef struct {
        SdkSet *set;
        Plan *plan;
        char *folder;
        GString *said;
} World;

static int set_up(void **state)
{
        World *world = g_new0(World, 1);
        GError *error = NULL;
        world->set = sdkset_of_texts(&(SdkTexts){.sdks = sdks, .companies = companies, .refused = refused},
                                     &error);
        must_succeed(world->set != NULL, error);
        world->plan = plan_new(world->set, "test");
        world->folder = g_dir_make_tmp("import-XXXXXX", &error);
        must_succeed(world->folder != NULL, error);
        world->said = g_string_new(NULL);
        *state = world;
        return 0;
}

static void remove_all(const char *path)
{
        GDir *dir = g_dir_open(path, 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
                g_autofree char *below = g_build_filename(path, name, NULL);
                remove_all(below);
        }
        if (dir)
                g_dir_close(dir);
        g_remove(path);
}

static int tear_down(void **state)
{
        World *world = *state;
        remove_all(world->folder);
        plan_free(world->plan);
        sdkset_free(world->set);
        g_free(world->folder);
        g_string_free(world->said, TRUE);
        g_free(world);
        return 0;
}

static char *path_of(const World *world, const char *name)
{
        return g_build_filename(world->folder, name, NULL);
}

static void write_file(const World *world, const char *name, const char *text)
{
        g_autofree char *path = path_of(world, name), *folder = g_path_get_dirname(path);
        assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
        assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* Rows, then what was not taken, a line each. */
static const char *result(World *world)
{
        PlanTotals totals = plan_totals(world->plan);
        g_autoptr(Json) rows = plan_rows(world->plan);
        g_string_truncate(world->said, 0);
        for (size_t i = 0; i < json_len(rows); i++) {
                g_autofree char *line = json_print(json_at(rows, i), false);
                g_string_append_printf(world->said, "%s\n", line);
        }
        for (size_t i = 0; i < totals.n_refused; i++)
                g_string_append_printf(world->said, "%s: %s: %s\n", totals.refused[i]->where,
                                       totals.refused[i]->text, totals.refused[i]->why);
        return world->said->str;
}

typedef bool (*Reader)(Plan *plan, const char *path, GError **error);

static const char *import_text(World *world, Reader read, const char *text)
{
        g_autofree char *path = path_of(world, "list");
        g_autoptr(GError) error = NULL;
        write_file(world, "list", text);
        must_succeed(read(world->plan, path, &error), error);
        return result(world);
}

static void fails(World *world, Reader read, const char *text, const char *words)
{
        g_autofree char *path = path_of(world, "list");
        g_autoptr(GError) error = NULL;
        write_file(world, "list", text);
        if (read(world->plan, path, &error))
                fail_msg("taken, wanted: %s", words);
        if (!strstr(error->message, words))
                fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

/* ---- what a plan takes */

static const char *add(World *world, const char *name, const Sdk *ours, PlanKind kind, const char *text)
{
        plan_free(world->plan);
        world->plan = plan_new(world->set, "test");
        PlanSdk *sdk = plan_sdk(world->plan, "test", name, ours);
        bool added = plan_add(world->plan, sdk, kind, text);
        PlanTotals totals = plan_totals(world->plan);
        assert_int_equal(added, totals.added[kind]);
        return added ? "taken" : totals.known ? "known" : totals.refused[0]->why;
}

static void a_prefix_is_taken_only_where_nothing_speaks_against_it(void **state)
{
        World *world = *state;
        const Sdk *umeng = sdkset_find(world->set, "umeng");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.fresh"), "taken");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.umeng"), "belongs to umeng here");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.umeng.fresh"),
                            "taken"); /* the longer one will win */
        assert_string_equal(add(world, "x", umeng, PLAN_CODE, "com.umeng"), "known");
        assert_string_equal(add(world, "x", umeng, PLAN_CODE, "com.umeng.part"), "known");
        assert_string_equal(add(world, "x", umeng, PLAN_CODE, "com.umeng.socialize"),
                            "belongs to share here");
        assert_string_equal(add(world, "x", umeng, PLAN_CODE, "com.umeng.socialize.in"),
                            "lies within share here");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.huge"), "too much");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com"), "too short to tell anything");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "comx.y-z"), "no Java name");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com..x"), "no Java name");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.1x"), "no Java name");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.x."), "no Java name");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, ""), "empty");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.shop"),
                            "too broad: would cover the apps com.shop.app");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.wuba"),
                            "taken"); /* the vendor's apps and SDK in one place */
        assert_string_equal(add(world, "x", umeng, PLAN_CODE, "com.wuba"),
                            "too broad: would cover the apps com.wuba");
}

static void a_prefix_that_covers_others_is_too_broad(void **state)
{
        World *world = *state;
        const Sdk *okhttp = sdkset_find(world->set, "okhttp");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "com.umengx"), "taken");
        plan_free(world->plan);
        world->plan = plan_new(world->set, "test");
        PlanSdk *sdk = plan_sdk(world->plan, "test", "x", okhttp);
        assert_false(plan_add(world->plan, sdk, PLAN_CODE, "com.umeng"));
        GError *error = NULL;
        SdkSet *other = sdkset_of("{\"id\":\"deep\",\"name\":\"Deep\",\"code\":[\"org.deep.one.two\"]}\n", "",
                                  &error);
        must_succeed(other != NULL, error);
        sdkset_free(world->set);
        world->set = other;
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "org.deep"),
                            "too broad: would cover org.deep.one.two of deep");
        assert_string_equal(add(world, "x", sdkset_find(other, "deep"), PLAN_CODE, "org.deep"), "taken");
        assert_string_equal(add(world, "New", NULL, PLAN_CODE, "org.deep.one.three"), "taken");
}

static void names_and_hosts_are_taken_under_the_same_care(void **state)
{
        World *world = *state;
        const Sdk *umeng = sdkset_find(world->set, "umeng");
        assert_string_equal(add(world, "New", NULL, PLAN_NATIVE, "libfresh.so"), "taken");
        assert_string_equal(add(world, "New", NULL, PLAN_NATIVE, "libumeng.so"), "belongs to umeng here");
        assert_string_equal(add(world, "New", NULL, PLAN_NATIVE, "libum-7.so"), "belongs to umeng here");
        assert_string_equal(add(world, "x", umeng, PLAN_NATIVE, "libum-7.so"), "known");
        assert_string_equal(add(world, "New", NULL, PLAN_NATIVE, "libmain.so"), "everybody's");
        assert_string_equal(add(world, "New", NULL, PLAN_NATIVE, "lib*.so"), "too little before the *");
        assert_string_equal(add(world, "New", NULL, PLAN_NATIVE, "a b"), "no name of this kind");
        assert_string_equal(add(world, "New", NULL, PLAN_COMPONENT, "NoPackage"), "no class name");
        assert_string_equal(add(world, "New", NULL, PLAN_SEGMENT, "socializer"), "belongs to share here");
        assert_string_equal(add(world, "New", NULL, PLAN_SEGMENT, "two.parts"), "no single name");
        assert_string_equal(add(world, "New", NULL, PLAN_SEGMENT, "fresh"), "taken");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, "in.fresh.example"), "taken");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, "a.umeng.example"), "belongs to umeng here");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, "github.com"), "everybody's");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, ".example"), "no host name");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, "a..example"), "no host name");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, "1.2.3.4"), "no host name");
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, "a/b.example"), "no host name");
        g_autofree char *much = g_strnfill(600, 'a');
        assert_string_equal(add(world, "New", NULL, PLAN_HOST, much), "too long");
}

static void one_piece_goes_to_one_sdk_of_a_list(void **state)
{
        World *world = *state;
        PlanSdk *a = plan_sdk(world->plan, "test", "A", NULL), *b = plan_sdk(world->plan, "test", "B", NULL);
        assert_true(plan_add(world->plan, a, PLAN_CODE, "com.fresh"));
        assert_false(plan_add(world->plan, a, PLAN_CODE, "com.fresh"));
        assert_false(plan_add(world->plan, b, PLAN_CODE, "com.fresh"));
        assert_non_null(strstr(result(world), "test B: com.fresh: the list gives it to \"test A\", too\n"));
}

static void an_entry_is_ours_by_its_source_its_prefix_or_its_name(void **state)
{
        World *world = *state;
        const Sdk *umeng = sdkset_find(world->set, "umeng");
        assert_false(plan_is_new(plan_sdk(world->plan, "exodus:119", "Renamed", NULL)));
        assert_false(plan_is_new(plan_sdk(world->plan, "exodus:500", "Renamed", umeng)));
        assert_false(plan_is_new(plan_sdk(world->plan, "list", "友盟 SDK", NULL)));
        assert_false(plan_is_new(plan_sdk(world->plan, "list", "OKHttp", NULL)));
        assert_true(plan_is_new(plan_sdk(world->plan, "exodus:500", "Other", NULL)));
        assert_ptr_equal(plan_sdk(world->plan, "list", "other", NULL),
                         plan_sdk(world->plan, "list", "Other SDK", NULL));
        assert_null(plan_sdk(world->plan, "list", "", NULL));
        assert_null(plan_sdk(world->plan, "list", "\xff", NULL));
}

static void new_sdks_get_an_id_of_their_own(void **state)
{
        World *world = *state;
        static const char *const names[] = {"Some  Thing!", "okhttp+", "百度", "share"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                PlanSdk *sdk = plan_sdk(world->plan, "test", names[i], NULL);
                g_autofree char *prefix = g_strdup_printf("com.fresh%zu", i);
                plan_add(world->plan, sdk, PLAN_CODE, prefix);
        }
        const char *rows = result(world);
        assert_non_null(strstr(rows, "\"id\":\"some-thing\""));
        assert_non_null(strstr(
                rows, "\"id\":\"okhttp\",\"code\":[\"com.fresh1\"]")); /* the same name but for a sign */
        assert_non_null(strstr(rows, "\"id\":\"test-"));
        assert_non_null(strstr(rows, "\"id\":\"share-test-"));
}

static void what_is_written_is_read_again(void **state)
{
        World *world = *state;
        g_autoptr(GError) error = NULL;
        PlanSdk *fresh = plan_sdk(world->plan, "test", "Fresh", NULL),
                *umeng = plan_sdk(world->plan, "exodus:119", "Umeng", NULL);
        plan_category(fresh, "push");
        plan_website(world->plan, fresh, "javascript:alert(1)");
        plan_add(world->plan, fresh, PLAN_CODE, "com.fresh");
        plan_add(world->plan, umeng, PLAN_HOST, "new.example");
        must_succeed(plan_write(world->plan, world->folder, "A licence.\n", &error), error);
        g_autofree char *rows = path_of(world, "sdks/test.jsonl"),
                        *notice = path_of(world, "sdks/test.NOTICE");
        g_autofree char *text = NULL, *licence = NULL;
        assert_true(g_file_get_contents(rows, &text, NULL, NULL));
        assert_string_equal(
                text,
                "{\"id\":\"fresh\",\"name\":\"Fresh\",\"categories\":[\"push\"],\"code\":[\"com.fresh\"],"
                "\"sources\":[\"test\"]}\n"
                "{\"id\":\"umeng\",\"hosts\":[\"new.example\"],\"sources\":[\"exodus:119\"]}\n");
        assert_true(g_file_get_contents(notice, &licence, NULL, NULL));
        assert_string_equal(licence, "A licence.\n");
        g_autoptr(SdkSet) both =
                sdkset_of_texts(&(SdkTexts){.sdks = sdks, .companies = companies, .user = text}, &error);
        must_succeed(both != NULL, error);
        assert_string_equal(sdkset_code(both, span_str("Lcom/fresh/A;"))->sdk->id, "fresh");
        assert_string_equal(sdkset_host(both, "new.example")->sdk->id, "umeng");
        g_autoptr(Plan) empty = plan_new(world->set, "test");
        must_succeed(plan_write(empty, world->folder, "A licence.\n", &error), error);
        assert_false(g_file_test(rows, G_FILE_TEST_EXISTS));
        assert_false(g_file_test(notice, G_FILE_TEST_EXISTS));
}

/* ---- Exodus */

#define TRACKER(id, name, code, network)                                                                     \
        "\"" id "\":{\"id\":" id ",\"name\":\"" name                                                         \
        "\",\"description\":\"prose\",\"code_signature\":\"" code "\",\"network_signature\":\"" network      \
        "\",\"website\":\"https://t.example\",\"categories\":[\"Analytics\",\"Odd\"]}"

static void a_signature_is_alternatives_of_prefixes_and_segments(void **state)
{
        World *world = *state;
        assert_string_equal(
                import_text(world, import_exodus,
                            "{\"trackers\":{" TRACKER(
                                    "500", "Fresh", "com.fresh.|net\\\\.fresh|.freshsegment.|ab.|.Two.parts",
                                    "fresh\\\\.example|.*\\\\.wild|API.Fresh.Example") "}}"),
                "{\"id\":\"fresh\",\"name\":\"Fresh\",\"categories\":[\"analytics\"],\"website\":\"https://"
                "t.example\","
                "\"code\":[\"com.fresh\",\"net.fresh\"],\"segments\":[\"freshsegment\"],"
                "\"hosts\":[\"api.fresh.example\",\"fresh.example\"],\"sources\":[\"exodus:500\"]}\n"
                "exodus:500 Fresh: ab: too short to tell anything\n"
                "exodus:500 Fresh: Two.parts: no single name\n"
                "exodus:500 Fresh: *.wild: no host name\n");
}

static void a_tracker_we_have_only_adds_what_is_new(void **state)
{
        World *world = *state;
        assert_string_equal(
                import_text(world, import_exodus,
                            "{\"trackers\":{" TRACKER("119", "Umeng", "com.umeng|u.aly", "") "," TRACKER(
                                    "120", "Umeng again", "com.umeng.", "umeng\\\\.example") "}}"),
                "{\"id\":\"umeng\",\"code\":[\"u.aly\"],\"sources\":[\"exodus:119\"]}\n");
        assert_int_equal(plan_totals(world->plan).known, 3);
}

static void what_is_no_answer_of_exodus_is_refused(void **state)
{
        World *world = *state;
        fails(world, import_exodus, "", "list");
        fails(world, import_exodus, "[]", "no \"trackers\" in it");
        fails(world, import_exodus, "{\"trackers\":{}}", "no \"trackers\" in it");
        fails(world, import_exodus, "{\"trackers\":[1,2]}", "no \"trackers\" in it");
        fails(world, import_exodus, "{\"trackers\":{", "list");
        assert_string_equal(
                import_text(world, import_exodus, "{\"trackers\":{\"7\":null,\"8\":{\"name\":5},\"9\":{}}}"),
                "exodus:7: : no name that can be used\nexodus:8: : no name that can be used\n"
                "exodus:9: : no name that can be used\n");
}

/* ---- IzzyOnDroid */

static void smali_paths_become_prefixes(void **state)
{
        World *world = *state;
        assert_string_equal(import_text(world, import_izzyondroid,
                                        "{\"id\":\"/com/fresh/\",\"path\":\"/com/fresh/"
                                        "\",\"name\":\"Fresh\",\"type\":\"Mobile Analytics\","
                                        "\"perms\":[],\"url\":\"https://f.example\"}\n"
                                        "{\"id\":\"/com/fresh\",\"path\":\"/net/"
                                        "fresh\",\"name\":\"Fresh\",\"type\":\"Utility\"}\n"
                                        "{\"id\":\"/okhttp3\",\"path\":\"/okhttp3\",\"name\":\"Some HTTP\"}\n"
                                        "{\"id\":\"/b4\",\"path\":\"/b4\",\"name\":\"Short\"}\n"
                                        "{\"name\":\"No path\"}\n"),
                            "{\"id\":\"fresh\",\"name\":\"Fresh\",\"categories\":[\"analytics\",\"utility\"],"
                            "\"website\":\"https://f.example\","
                            "\"code\":[\"com.fresh\",\"net.fresh\"],\"sources\":[\"izzyondroid\"]}\n"
                            "izzyondroid Short: b4: too short to tell anything\nline 5: No path: a line "
                            "needs \"path\" and \"name\"\n");
        assert_int_equal(plan_totals(world->plan).known, 1);
        fails(world, import_izzyondroid, "{\"id\":\n", "list:1");
}

/* ---- LibChecker's tree */

static void both_shapes_of_the_tree_are_read(void **state)
{
        World *world = *state;
        g_autoptr(GError) error = NULL;
        write_file(world, "native-libs/libfresh.so.json", "{\"label\":\"Fresh\",\"team\":\"T\"}");
        write_file(world, "native-libs/libumeng.so.json", "{\"label\":\"U-Meng\"}");
        write_file(world, "native-libs/regex/regex_x.json", "{\"label\":\"X\"}");
        write_file(world, "services-libs/com.fresh.Service.json", "{\"label\":\"Fresh\"}");
        write_file(world, "services-libs/com/umeng/socialize/Service.json",
                   "{\"data\":[{\"locale\":\"zh-Hans\",\"data\":{\"label\":\"分享\"}},"
                   "{\"locale\":\"en\",\"data\":{\"label\":\"Sharing\"}}],\"uuid\":\"U\"}");
        write_file(world, "activities-libs/com/fresh/In$Ner.json",
                   "{\"data\":[{\"locale\":\"zh\",\"data\":{\"label\":\"Fresh\"}}]}");
        write_file(world, "providers-libs/com/fresh/Empty.json", "");
        write_file(world, "providers-libs/com/fresh/Nameless.json", "{\"data\":[]}");
        write_file(world, "static-libs/com.y.json", "{\"label\":\"Y\"}");
        write_file(world, "README.md", "no rule");
        must_succeed(import_libchecker(world->plan, world->folder, &error), error);
        assert_string_equal(
                result(world),
                "{\"id\":\"fresh\",\"name\":\"Fresh\",\"categories\":[\"other\"],"
                "\"components\":[\"com.fresh.In$Ner\",\"com.fresh.Service\"],\"natives\":[\"libfresh.so\"],"
                "\"sources\":[\"libchecker\"]}\n"
                "libchecker: regex.regex_x: its pattern is not in the tree; rules.db holds it\n"
                "libchecker: com.fresh.Empty: no JSON can be read\n"
                "libchecker: com.fresh.Nameless: a rule without a label\n");
        assert_int_equal(plan_totals(world->plan).known, 2);
}

static void a_folder_of_something_else_is_refused(void **state)
{
        World *world = *state;
        g_autoptr(GError) error = NULL;
        write_file(world, "src/main.c", "");
        assert_false(import_libchecker(world->plan, world->folder, &error));
        assert_non_null(strstr(error->message, "no folder native-libs"));
        fails(world, import_libchecker,
              "not a database, whatever its length may be, as long as it is over 100 bytes, "
              "which is what SQLite calls a header",
              "list: no table of rules can be read");
}

/* ---- rows of a user's own */

static void own_rows_are_checked_piece_by_piece(void **state)
{
        World *world = *state;
        assert_string_equal(
                import_text(world, import_rows,
                            "{\"id\":\"umeng\",\"code\":[\"com.umeng.more\",\"u.aly\"],\"natives\":["
                            "\"libmain.so\"]}\n"
                            "{\"id\":\"fresh\",\"name\":\"Fresh\",\"code\":[\"com.umeng.socialize\",7]}\n"
                            "{\"id\":\"nameless\",\"code\":[\"com.x\"]}\n"
                            "{\"name\":\"No id\"}\n"),
                "{\"id\":\"umeng\",\"code\":[\"u.aly\"],\"sources\":[\"line 1\"]}\n"
                "line 1 umeng: libmain.so: everybody's\nline 2 Fresh: com.umeng.socialize: belongs to share "
                "here\n"
                "line 2 Fresh: : empty\nline 3: nameless: an SDK needs \"id\", and a new one \"name\"\n"
                "line 4: : an SDK needs \"id\", and a new one \"name\"\n");
        fails(world, import_rows, "[1]\n", "list:1");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(a_prefix_is_taken_only_where_nothing_speaks_against_it),
                IN_WORLD(a_prefix_that_covers_others_is_too_broad),
                IN_WORLD(names_and_hosts_are_taken_under_the_same_care),
                IN_WORLD(one_piece_goes_to_one_sdk_of_a_list),
                IN_WORLD(an_entry_is_ours_by_its_source_its_prefix_or_its_name),
                IN_WORLD(new_sdks_get_an_id_of_their_own),
                IN_WORLD(what_is_written_is_read_again),
                IN_WORLD(a_signature_is_alternatives_of_prefixes_and_segments),
                IN_WORLD(a_tracker_we_have_only_adds_what_is_new),
                IN_WORLD(what_is_no_answer_of_exodus_is_refused),
                IN_WORLD(smali_paths_become_prefixes),
                IN_WORLD(both_shapes_of_the_tree_are_read),
                IN_WORLD(a_folder_of_something_else_is_refused),
                IN_WORLD(own_rows_are_checked_piece_by_piece),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
