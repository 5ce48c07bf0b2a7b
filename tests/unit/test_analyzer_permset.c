/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/tables/permset.h"

#include <glib/gstdio.h>

static const char splits_header[] = "declared\timplied\tbelow_target\tfrom_level\tbasis\n";
static const char two_permissions[] =
        "{\"name\":\"p.FINE\",\"protection\":\"dangerous\",\"special\":false,\"since\":1,\"source\":"
        "\"androguard\"}\n"
        "{\"name\":\"p.OVERLAY\",\"protection\":\"signature\",\"special\":\"overlay\",\"since\":null,"
        "\"source\":\"recalled, not re-read\"}\n";

/* Loads what two files say, and removes them. */
static PermSet *load_texts(const char *permissions, const char *splits, GError **error)
{
        g_autofree char *home = g_dir_make_tmp("permset-XXXXXX", NULL);
        g_autofree char *folder = g_build_filename(home, "permissions", NULL);
        g_autofree char *first = g_build_filename(folder, "permissions.jsonl", NULL);
        g_autofree char *second = g_build_filename(folder, "split_permissions.tsv", NULL);
        g_autofree char *with_header = g_strconcat(splits_header, splits, NULL);
        assert_int_equal(g_mkdir(folder, 0700), 0);
        assert_true(g_file_set_contents(first, permissions, -1, NULL));
        assert_true(g_file_set_contents(second, with_header, -1, NULL));
        PermSet *set = permset_load(home, error);
        g_unlink(first);
        g_unlink(second);
        g_rmdir(folder);
        g_rmdir(home);
        return set;
}

static PermSet *load(const char *permissions, const char *splits)
{
        g_autoptr(GError) error = NULL;
        PermSet *set = load_texts(permissions, splits, &error);
        must_succeed(set != NULL, error);
        return set;
}

static PermSet *load_shipped(void)
{
        g_autoptr(GError) error = NULL;
        PermSet *set = permset_load(TEST_DATA_DIR, &error);
        must_succeed(set != NULL, error);
        return set;
}

static void a_permission_is_found_by_its_whole_name(void **state)
{
        g_autoptr(PermSet) set = load(two_permissions, "");
        const PermInfo *fine = permset_find(set, "p.FINE"), *overlay = permset_find(set, "p.OVERLAY");
        assert_string_equal(fine->name, "p.FINE");
        assert_string_equal(fine->protection, "dangerous");
        assert_false(fine->special);
        assert_false(fine->recalled);
        assert_int_equal(fine->since, 1);
        assert_true(overlay->special);
        assert_true(overlay->recalled);
        assert_int_equal(overlay->since, 0);
        assert_null(permset_find(set, "p.FIN"));
        assert_null(permset_find(set, ""));
}

static void a_split_names_one_implied_permission_each(void **state)
{
        g_autoptr(PermSet) set =
                load(two_permissions, "p.A\tp.FINE,p.OVERLAY\t31\t30\trecalled\n*\tp.FINE\t0\t0\tread\n");
        const PermSplit *splits = NULL;
        assert_int_equal(permset_splits(set, &splits), 3);
        assert_string_equal(splits[0].declared, "p.A");
        assert_string_equal(splits[0].implied, "p.FINE");
        assert_string_equal(splits[1].declared, "p.A");
        assert_string_equal(splits[1].implied, "p.OVERLAY");
        assert_int_equal(splits[1].below_target, 31);
        assert_int_equal(splits[1].from_level, 30);
        assert_true(splits[1].recalled);
        assert_string_equal(splits[2].declared, "*");
        assert_int_equal(splits[2].below_target, 0);
        assert_false(splits[2].recalled);
}

static void bad_rows_are_refused_with_file_and_line(void **state)
{
        static const struct {
                const char *permissions, *splits, *saying;
        } cases[] = {
                {"{\"name\":\"p.A\"}\n", "", "permissions.jsonl:1: a permission needs"},
                {"{\"name\":\"\",\"protection\":\"normal\",\"source\":\"x\"}\n", "",
                 "permissions.jsonl:1: a permission needs"},
                {"[]\n", "", "permissions.jsonl:1: a JSON object is expected"},
                {"{\"name\":\"p.A\",\"protection\":\"normal\",\"source\":\"x\"}\n"
                 "{\"name\":\"p.A\",\"protection\":\"normal\",\"source\":\"x\"}\n",
                 "", "permissions.jsonl:2: p.A stands twice"},
                {two_permissions, "p.A\tp.MISSING\t0\t0\tread\n",
                 "split_permissions.tsv:2: \"p.MISSING\" is not in"},
                {two_permissions, "p.A\t\t0\t0\tread\n", "split_permissions.tsv:2:"},
                {two_permissions, "p.A\tp.FINE\tsoon\t0\tread\n",
                 "split_permissions.tsv:2: \"soon\" is no API level"},
                {two_permissions, "p.A\tp.FINE\t0\t-1\tread\n",
                 "split_permissions.tsv:2: \"-1\" is no API level"},
                {two_permissions, "\tp.FINE\t0\t0\tread\n", "split_permissions.tsv:2: a split needs"},
                {two_permissions, "p.A\tp.FINE\t0\t0\n", "split_permissions.tsv:2: 4 fields"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GError) error = NULL;
                assert_null(load_texts(cases[i].permissions, cases[i].splits, &error));
                if (!strstr(error->message, cases[i].saying))
                        fail_msg("\"%s\" does not say \"%s\"", error->message, cases[i].saying);
        }
}

static void the_digest_changes_with_either_file(void **state)
{
        g_autoptr(PermSet) one = load(two_permissions, ""), same = load(two_permissions, "");
        g_autoptr(PermSet) split = load(two_permissions, "p.A\tp.FINE\t0\t0\tread\n"), fewer = load("", "");
        assert_int_equal(strlen(permset_digest(one)), 64);
        assert_string_equal(permset_digest(one), permset_digest(same));
        assert_string_not_equal(permset_digest(one), permset_digest(split));
        assert_string_not_equal(permset_digest(one), permset_digest(fewer));
}

static void the_platforms_permissions_are_shipped(void **state)
{
        g_autoptr(PermSet) set = load_shipped();
        assert_string_equal(permset_find(set, "android.permission.READ_CONTACTS")->protection, "dangerous");
        assert_string_equal(permset_find(set, "android.permission.INTERNET")->protection, "normal");
        assert_true(permset_find(set, "android.permission.SYSTEM_ALERT_WINDOW")->special);
        assert_true(permset_find(set, "android.permission.PACKAGE_USAGE_STATS")->special);
        assert_false(permset_find(set, "android.permission.READ_CONTACTS")->special);
        assert_null(permset_find(set, "com.example.permission.C2D_MESSAGE"));
}

static const PermSplit *split_of(const PermSet *set, const char *declared, const char *implied)
{
        const PermSplit *splits = NULL;
        size_t n = permset_splits(set, &splits);
        for (size_t i = 0; i < n; i++)
                if (strcmp(splits[i].declared, declared) == 0 && strcmp(splits[i].implied, implied) == 0)
                        return &splits[i];
        fail_msg("%s does not imply %s", declared, implied);
        return NULL;
}

static void the_platforms_splits_say_when_they_apply(void **state)
{
        g_autoptr(PermSet) set = load_shipped();
        static const struct {
                const char *declared, *implied;
                int below_target, from_level;
        } cases[] = {
                {"android.permission.ACCESS_FINE_LOCATION", "android.permission.ACCESS_COARSE_LOCATION", 0,
                 0},
                {"android.permission.ACCESS_FINE_LOCATION", "android.permission.ACCESS_BACKGROUND_LOCATION",
                 29, 29},
                {"android.permission.BLUETOOTH", "android.permission.BLUETOOTH_CONNECT", 31, 31},
                {"android.permission.READ_EXTERNAL_STORAGE", "android.permission.READ_MEDIA_VIDEO", 33, 33},
                {"android.permission.READ_MEDIA_IMAGES", "android.permission.READ_MEDIA_VISUAL_USER_SELECTED",
                 0, 34},
                {"android.permission.BODY_SENSORS", "android.permission.health.READ_HEART_RATE", 36, 36},
                {"*", "android.permission.READ_PHONE_STATE", 4, 4},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const PermSplit *split = split_of(set, cases[i].declared, cases[i].implied);
                assert_int_equal(split->below_target, cases[i].below_target);
                assert_int_equal(split->from_level, cases[i].from_level);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_permission_is_found_by_its_whole_name),
                cmocka_unit_test(a_split_names_one_implied_permission_each),
                cmocka_unit_test(bad_rows_are_refused_with_file_and_line),
                cmocka_unit_test(the_digest_changes_with_either_file),
                cmocka_unit_test(the_platforms_permissions_are_shipped),
                cmocka_unit_test(the_platforms_splits_say_when_they_apply),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
