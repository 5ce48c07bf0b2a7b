/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/secret.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "0123456789abcdef+/=SECRET"

typedef struct {
        char *folder, *file;
        Market market;
} Desk;

static void desk_open(Desk *desk)
{
        desk->folder = g_dir_make_tmp("secret-XXXXXX", NULL);
        assert_non_null(desk->folder);
        desk->file = g_build_filename(desk->folder, "zoo", NULL);
        desk->market =
                (Market){.name = (char *)"androzoo", .title = (char *)"AndroZoo", .key_file = (char *)"zoo"};
}

static void desk_write(const Desk *desk, const char *text, int mode)
{
        assert_true(g_file_set_contents(desk->file, text, -1, NULL));
        assert_int_equal(chmod(desk->file, (mode_t)mode), 0);
}

static void desk_close(Desk *desk)
{
        g_remove(desk->file);
        g_rmdir(desk->folder);
        g_free(desk->file);
        g_free(desk->folder);
}

static void must_refuse(const Desk *desk, Fault code, const char *says)
{
        g_autoptr(GError) error = NULL;
        assert_null(secret_load(desk->folder, &desk->market, &error));
        if (!fault_is(error, code) || !strstr(error->message, says))
                fail_msg("\"%s\" where \"%s\" is expected", error->message, says);
        assert_null(strstr(error->message, "SECRET"));
}

static void a_key_comes_trimmed_and_fit_for_a_query(void **state)
{
        Desk desk;
        desk_open(&desk);
        desk_write(&desk, "  " KEY "\n\n", 0600);
        g_autoptr(GError) error = NULL;
        char *secret = secret_load(desk.folder, &desk.market, &error);
        must_succeed(secret != NULL, error);
        assert_string_equal(secret, "0123456789abcdef%2B%2F%3DSECRET");
        secret_free(secret);
        desk_write(&desk, KEY, 0400);
        secret = secret_load(desk.folder, &desk.market, &error);
        must_succeed(secret != NULL, error);
        secret_free(secret);
        secret_free(NULL);
        desk_close(&desk);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
        Desk desk;
        desk_open(&desk);
        const int modes[] = {0644, 0640, 0604, 0620, 0777};
        for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
                desk_write(&desk, KEY, modes[i]);
                must_refuse(&desk, FAULT_USAGE, "chmod 600");
        }
        desk_close(&desk);
}

static void what_is_no_single_word_is_refused_without_saying_it(void **state)
{
        Desk desk;
        desk_open(&desk);
        g_autofree char *large = g_strnfill(5000, 'x'), *long_word = g_strnfill(1025, 'x');
        const char *bad[] = {
                "",       "  \n", "abc", "SECRET two\n", "SECRET\nSECRET\n", "SECRET\x01z", "SECR\xc3\xa9T",
                long_word};
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                desk_write(&desk, bad[i], 0600);
                must_refuse(&desk, FAULT_USAGE, "one word");
        }
        desk_write(&desk, large, 0600);
        must_refuse(&desk, FAULT_USAGE, "plain file");
        desk_close(&desk);
}

static void a_missing_key_says_where_it_belongs(void **state)
{
        Desk desk;
        desk_open(&desk);
        must_refuse(&desk, FAULT_NOT_FOUND, desk.file);
        must_refuse(&desk, FAULT_NOT_FOUND, "AndroZoo asks for a key");
        desk.market.key_file = (char *)"../zoo";
        must_refuse(&desk, FAULT_USAGE, "no plain file name");
        desk.market.key_file = (char *)"zoo";
        assert_int_equal(g_mkdir(desk.file, 0700), 0);
        must_refuse(&desk, FAULT_USAGE, "plain file");
        desk_close(&desk);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_key_comes_trimmed_and_fit_for_a_query),
                cmocka_unit_test(a_key_that_others_may_read_is_refused),
                cmocka_unit_test(what_is_no_single_word_is_refused_without_saying_it),
                cmocka_unit_test(a_missing_key_says_where_it_belongs),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
