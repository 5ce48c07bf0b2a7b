/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/datafile.h"
#include "reports/question.h"

static const char *const langs[] = {"en", "zh"};

static ReportWords *load(void)
{
        g_autoptr(GError) error = NULL;
        ReportWords *words = report_words_load(TEST_DATA_DIR, &error);
        must_succeed(words != NULL, error);
        return words;
}

static void must_say(const ReportWords *words, const char *room, const char *key)
{
        g_autofree char *full = *room ? g_strdup_printf("%s.%s", room, key) : g_strdup(key);
        for (size_t i = 0; i < G_N_ELEMENTS(langs); i++) {
                if (!words_find(words, full, langs[i]))
                        fail_msg("data/i18n/words.tsv has no \"%s\" in %s", full, langs[i]);
        }
}

static void must_say_all_of(const ReportWords *words, const Question *const *list)
{
        for (; *list; list++) {
                must_say(words, "table", (*list)->key);
                for (size_t k = 0; k < (*list)->n_columns; k++)
                        must_say(words, "column", (*list)->columns[k].key);
        }
}

static void every_table_and_column_has_its_words_in_both_languages(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = load();
        must_say_all_of(words, questions);
        must_say_all_of(words, diff_questions);
}

static void every_id_the_program_itself_prints_has_a_name(void **state)
{
        (void)state;
        static const char *const ids[] = {"type.none",
                                          "verdict.needed",
                                          "verdict.scenario",
                                          "verdict.not-advised",
                                          "verdict.undecided",
                                          "confidence.high",
                                          "confidence.medium",
                                          "confidence.low",
                                          "yesno.yes",
                                          "yesno.no",
                                          "change.appeared",
                                          "change.disappeared",
                                          "step.index",
                                          "step.listed",
                                          "step.selected",
                                          "step.fetched",
                                          "step.analysed",
                                          "step.unfetched",
                                          "step.unanalysable",
                                          "step.pending",
                                          "report.title",
                                          "diff.title",
                                          "report.contents",
                                          "report.no_rows",
                                          "report.rows",
                                          "report.rows.one",
                                          "head.period",
                                          "head.sweep",
                                          "head.before",
                                          "head.after",
                                          "head.rule_set",
                                          "head.program",
                                          "head.passes",
                                          "head.data_digests",
                                          "head.cite",
                                          "notice.static",
                                          "notice.shares",
                                          "notice.exodus",
                                          "note.not_judged",
                                          "note.undecided_no_type",
                                          "note.unchanged_apps",
                                          "note.judged_by",
                                          "note.no_common_rule_set",
                                          "note.sdk_without_company",
                                          "note.sdks_not_compared",
                                          "note.tiers",
                                          "note.no_code",
                                          "note.by_list",
                                          "note.sampled",
                                          "note.weighted",
                                          "note.unweighted",
                                          "signer.no",
                                          "signer.rotated",
                                          "signer.yes",
                                          "tier.manifest",
                                          "tier.dex",
                                          "tier.whole",
                                          "step.unavailable",
                                          "step.duplicates",
                                          "step.left",
                                          "step.listing_only",
                                          "headline.over_collecting",
                                          "headline.over_collecting.one",
                                          "headline.analysed",
                                          "headline.gained_permission",
                                          "headline.nothing_compared",
                                          "protection.unlisted"};
        g_autoptr(ReportWords) words = load();
        for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
                must_say(words, "", ids[i]);
}

/* Reads one text field of every row of a data file and demands "<room>.<value>". */
static void must_name_values(const ReportWords *words, const char *path, const char *field, const char *room)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *full = g_build_filename(TEST_DATA_DIR, path, NULL);
        g_autoptr(DataFile) file = datafile_open(full, &error);
        must_succeed(file != NULL, error);
        int seen = 0;
        for (const Json *row; datafile_next_json(file, &row, &error);) {
                const Json *value = json_get(row, field);
                for (size_t i = 0; i < json_len(value); i++, seen++)
                        must_say(words, room, json_text(json_at(value, i)));
                const char *one = json_text(value);
                if (one) {
                        g_autofree char *base = g_strndup(one, strcspn(one, "|"));
                        must_say(words, room, base);
                        seen++;
                }
        }
        must_succeed(error == NULL, error);
        assert_true(seen > 0);
}

static void every_protection_level_and_sdk_category_of_the_data_has_a_name(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = load();
        must_name_values(words, "permissions/permissions.jsonl", "protection", "protection");
        must_name_values(words, "sdks/sdks.jsonl", "categories", "category");
}

static void names_come_from_the_data_files(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = load();
        assert_string_equal(words_name(words, "type", "map_navigation", "en"), "Map navigation");
        assert_non_null(
                strstr(words_name(words, "type", "map_navigation", "zh"), "\xe5\x9c\xb0\xe5\x9b\xbe"));
        assert_string_equal(words_name(words, "sdk", "adjust", "en"), "Adjust");
        assert_null(words_name(words, "sdk", "no-such-sdk", "en"));
        assert_string_equal(words_protection(words, "android.permission.CAMERA"), "dangerous");
        assert_string_equal(words_protection(words, "org.example.OWN"), "unlisted");
        assert_true(words_type_has_column(words, "map_navigation"));
        assert_false(words_type_has_column(words, "utility"));
        assert_false(words_type_has_column(words, "none"));
}

static void an_sdk_of_a_daughter_counts_for_the_company_at_the_top(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = load();
        const CompanyWords *daughter = words_company(words, "acfun");
        assert_non_null(daughter);
        assert_string_equal(daughter->root, "kuaishou");
        const SdkWords *sdk = words_sdk(words, "adchina");
        assert_non_null(sdk);
        assert_string_equal(sdk->company, "alibaba");
}

static void sentences_take_numbers_and_know_one_from_many(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = load();
        g_autofree char *many = words_fill(words, "headline.over_collecting", "en", 1234, 5000, NULL);
        assert_string_equal(many, "1,234 of 5,000 apps of types that Annex D covers ask for a permission not "
                                  "advised for their type");
        g_autofree char *one = words_fill(words, "headline.over_collecting", "en", 1, 9, NULL);
        assert_string_equal(
                one,
                "1 of 9 apps of types that Annex D covers asks for a permission not advised for its type");
        g_autofree char *text = words_fill(words, "note.judged_by", "en", 0, 0, "{n} of {text}");
        assert_non_null(strstr(text, "{n} of {text}")); /* what is filled in is not filled again */
}

static void a_missing_word_reads_as_its_key_and_a_missing_file_says_which(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = load();
        assert_null(words_find(words, "no.such.key", "en"));
        assert_string_equal(words_say(words, "no.such.key", "en"), "no.such.key");
        g_autoptr(GError) error = NULL;
        assert_null(report_words_load("/nowhere/at/all", &error));
        assert_non_null(strstr(error->message, "/nowhere/at/all/i18n/words.tsv"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_table_and_column_has_its_words_in_both_languages),
                cmocka_unit_test(every_id_the_program_itself_prints_has_a_name),
                cmocka_unit_test(every_protection_level_and_sdk_category_of_the_data_has_a_name),
                cmocka_unit_test(names_come_from_the_data_files),
                cmocka_unit_test(an_sdk_of_a_daughter_counts_for_the_company_at_the_top),
                cmocka_unit_test(sentences_take_numbers_and_know_one_from_many),
                cmocka_unit_test(a_missing_word_reads_as_its_key_and_a_missing_file_says_which),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
