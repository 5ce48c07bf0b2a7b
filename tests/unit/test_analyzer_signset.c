/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/tables/sdkset.h"
#include "analyzer/tables/signset.h"

#include <glib/gstdio.h>

#define POSTURE "code\tkind\tpattern\tdetail\tsource\n"
#define BLIND   "code\tkind\tpattern\thides\texcept\tdetail\tsource\n"

/* The set of two texts, by way of a folder that is gone afterwards. */
static SignSet *set_of(const char *posture, const char *blind, GError **error)
{
        const char *const names[] = {"posture", "blind"}, *const texts[] = {posture, blind};
        g_autofree char *home = g_dir_make_tmp("signset-XXXXXX", NULL);
        for (size_t i = 0; i < 2; i++) {
                g_autofree char *folder = g_build_filename(home, names[i], NULL);
                g_autofree char *file = g_build_filename(folder, "signs.tsv", NULL);
                assert_int_equal(g_mkdir(folder, 0700), 0);
                assert_true(g_file_set_contents(file, texts[i], -1, NULL));
        }
        SignSet *set = signset_load(home, error);
        for (size_t i = 0; i < 2; i++) {
                g_autofree char *folder = g_build_filename(home, names[i], NULL);
                g_autofree char *file = g_build_filename(folder, "signs.tsv", NULL);
                g_unlink(file);
                g_rmdir(folder);
        }
        g_rmdir(home);
        return set;
}

static void rows_are_found_by_kind_and_pattern(void **state)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(SignSet) set = set_of(POSTURE "overlay\tpermission\ta.OVER\tdraws\ttest\n"
                                                "boot\taction\ta.BOOT\tstarts\ttest\n"
                                                "boot\taction\ta.OTHER\t-\ttest\n",
                                        BLIND "shell\tentry\tassets/*/x.js\tweb,code\ta,b\tpages\ttest\n"
                                              "twice\tanomaly\todd\tcode\tknown\tfirst\ttest\n"
                                              "twice\tanomaly\todd\tcontent\t-\t-\ttest\n"
                                              "-\tquiet-entry\t*.png\t-\t-\t-\ttest\n",
                                        &error);
        must_succeed(set != NULL, error);
        const Sign *sign = signset_find(set, SIGNS_POSTURE, SIGN_ACTION, span_str("a.OTHER"));
        assert_string_equal(sign->code, "boot");
        assert_string_equal(sign->detail, "starts");
        assert_null(signset_find(set, SIGNS_POSTURE, SIGN_PERMISSION, span_str("a.OTHER")));
        assert_null(signset_find(set, SIGNS_BLIND, SIGN_ACTION, span_str("a.BOOT")));
        sign = signset_find(set, SIGNS_BLIND, SIGN_ENTRY, span_str("assets/a/b/x.js"));
        assert_string_equal(sign->hides[0], "web");
        assert_string_equal(sign->hides[1], "code");
        assert_string_equal(sign->except[1], "b");
        assert_null(sign->next);
        sign = signset_find(set, SIGNS_BLIND, SIGN_ANOMALY, span_str("odd"));
        assert_string_equal(sign->hides[0], "code");
        assert_string_equal(sign->next->hides[0], "content");
        assert_string_equal(sign->next->detail, "first");
        assert_non_null(signset_find(set, SIGNS_BLIND, SIGN_QUIET_ENTRY, span_str("res/a.png")));
}

static void a_wrong_row_is_named_with_its_line(void **state)
{
        static const struct {
                const char *posture, *blind, *says;
        } rows[] = {
                {"x\tnative\tp\td\ts\n", "", "posture/signs.tsv:2: kind \"native\""},
                {"\tpermission\tp\td\ts\n", "", "code \"\""},
                {"Big\tpermission\tp\td\ts\n", "", "code \"Big\""},
                {"x\tpermission\t\td\ts\n", "", "pattern \"\""},
                {"x\tpermission\tp\t-\ts\n", "", "first row of x has no detail"},
                {"x\tpermission\tp\td\t\n", "", "names its source"},
                {"x\tpermission\tp\n", "", "3 fields"},
                {"", "x\tentry\tp\tsound\t-\td\ts\n", "blind/signs.tsv:2: \"sound\""},
                {"", "x\tclass\ta.*\tcode\t-\td\ts\n", "pattern \"a.*\""},
                {"", "x\tquiet-native\ta\t-\t-\t-\ts\n", "code \"x\""},
                {"", "x\tguard\ta\tcode\t-\td\ts\n", "kind \"guard\""},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *posture = g_strconcat(POSTURE, rows[i].posture, NULL);
                g_autofree char *blind = g_strconcat(BLIND, rows[i].blind, NULL);
                assert_null(set_of(posture, blind, &error));
                if (!strstr(error->message, rows[i].says))
                        fail_msg("\"%s\" is not in \"%s\"", rows[i].says, error->message);
        }
}

static void other_rows_give_another_digest(void **state)
{
        g_autoptr(SignSet) a = set_of(POSTURE, BLIND, NULL);
        g_autoptr(SignSet) b = set_of(POSTURE "x\tpermission\tp\td\ts\n", BLIND, NULL);
        assert_string_not_equal(signset_digest(a), signset_digest(b));
}

static void check_sdk(const SdkSet *sdks, const char *id)
{
        if (!strchr(id, '*') && !sdkset_find(sdks, id))
                fail_msg("no SDK is called %s", id);
}

static void shipped_signs_name_sdks_that_there_are(void **state)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(SignSet) set = signset_load(TEST_DATA_DIR, &error);
        must_succeed(set != NULL, error);
        g_autoptr(SdkSet) sdks = sdkset_load(TEST_DATA_DIR, NULL, &error);
        must_succeed(sdks != NULL, error);
        const Sign *const *signs;
        size_t n = signset_list(set, SIGNS_BLIND, SIGN_SDK, &signs);
        assert_true(n > 10);
        for (size_t i = 0; i < n; i++)
                check_sdk(sdks, signs[i]->pattern);
        n = signset_list(set, SIGNS_BLIND, SIGN_SDK_CALL, &signs);
        for (size_t i = 0; i < n; i++) {
                for (size_t k = 0; signs[i]->except[k]; k++)
                        check_sdk(sdks, signs[i]->except[k]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_are_found_by_kind_and_pattern),
                cmocka_unit_test(a_wrong_row_is_named_with_its_line),
                cmocka_unit_test(other_rows_give_another_digest),
                cmocka_unit_test(shipped_signs_name_sdks_that_there_are),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
