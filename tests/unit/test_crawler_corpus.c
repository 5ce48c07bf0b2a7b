/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/markets/corpus.h"
#include "crawler/memfile.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- manifests ------------------------------------------------------------------------------------------------- */

/* "package path version [categories]" of each listing. */
static bool note(const Listing *listing, void *context)
{
        GString *seen = context;
        assert_string_equal(listing->market, "corpus");
        g_string_append_printf(seen, "%s=%s", listing->package, listing->apk->path);
        if (listing->apk->has_version_code)
                g_string_append_printf(seen, "#%d/%u", (int)listing->apk->version_code,
                                       listing->versions_total);
        for (size_t i = 0; i < listing->n_categories; i++)
                g_string_append_printf(seen, "[%s]", listing->categories[i]);
        g_string_append_c(seen, ' ');
        return true;
}

static IndexSummary *read_csv(const char *csv, const char *const *markets, GString *seen, Arena *arena,
                              GError **error)
{
        int fd = memfile_new("test", span_str(csv), NULL);
        IndexSummary *summary = corpus_read(fd, "corpus", markets, note, seen, arena, error);
        close(fd);
        return summary;
}

static void must_list(const char *csv, const char *expected)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) seen = g_string_new(NULL);
        IndexSummary *summary = read_csv(csv, NULL, seen, arena, &error);
        must_succeed(summary != NULL, error);
        assert_string_equal(seen->str, expected);
}

static void columns_are_found_by_name(void **state)
{
        must_list("category,path,package\ntools|games,a/b.apk,org.b\n,c.apk,org.a\n",
                  "org.a=c.apk org.b=a/b.apk[games][tools] ");
        must_list("path\nx.apk\n", "x=x.apk ");
        must_list("Path,market\nx.apk,anzhi\n", "x=x.apk[anzhi] ");
}

static void a_file_without_a_package_is_named_by_itself(void **state)
{
        must_list("path\nd/Some App (2).apk\n\xe6\x94\xaf\xe4\xbb\x98.apk\n....apk\nv1.0.apk\n",
                  "Some_App_2=d/Some App (2).apk app=....apk v1.0=v1.0.apk "
                  "\xe6\x94\xaf\xe4\xbb\x98=\xe6\x94\xaf\xe4\xbb\x98.apk ");
}

static void files_named_alike_are_told_apart_by_their_paths(void **state)
{
        must_list("path\na/x.apk\nb/x.apk\ny.apk\n",
                  "x-0530e9fc79c0=b/x.apk x-80233ff1aee9=a/x.apk y=y.apk ");
        must_list("path\nb/x.apk\ny.apk\na/x.apk\n",
                  "x-0530e9fc79c0=b/x.apk x-80233ff1aee9=a/x.apk y=y.apk ");
}

static void the_newest_version_of_a_package_is_taken(void **state)
{
        must_list("path,package,version_code\na.apk,org.a,2\nb.apk,org.a,10\nc.apk,org.a,\n",
                  "org.a=b.apk#10/3 ");
        must_list("path,package\nb.apk,org.a\na.apk,org.a\n", "org.a=a.apk ");
}

static void what_is_left_out_is_counted_with_its_reason(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) seen = g_string_new(NULL);
        IndexSummary *summary = read_csv("path,package,sha256\n../up.apk,,\n/etc/x.apk,,\na//b.apk,,\na/./"
                                         "b.apk,,\nnotes.txt,,\n.apk,,\n"
                                         "g.apk,not a name,\nh.apk,,12\n\"open,,\n",
                                         NULL, seen, arena, &error);
        must_succeed(summary != NULL, error);
        assert_string_equal(seen->str, "");
        g_autoptr(GString) left = g_string_new(NULL);
        for (size_t i = 0; i < summary->n_skipped; i++)
                g_string_append_printf(left, "%s %u ", summary->skipped[i]->reason,
                                       summary->skipped[i]->count);
        assert_string_equal(left->str, "file-digest 1 file-name 4 not-app 2 package-name 1 row-shape 2 ");
        assert_string_equal(summary->skipped[1]->samples[0], "../up.apk");
}

static void only_named_markets_are_taken(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) seen = g_string_new(NULL);
        static const char *const markets[] = {"anzhi", NULL};
        assert_non_null(
                read_csv("path,market\na.apk,anzhi\nb.apk,play\nc.apk,\n", markets, seen, arena, &error));
        assert_string_equal(seen->str, "a=a.apk[anzhi] ");
        assert_null(read_csv("path\na.apk\n", markets, seen, arena, &error));
        assert_non_null(strstr(error->message, "no column \"market\""));
}

static void what_is_no_manifest_is_refused(void **state)
{
        const char *bad[] = {"", "<html>\n", "file,package\na.apk,b\n", "\"path\n"};
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                g_autoptr(GString) seen = g_string_new(NULL);
                assert_null(read_csv(bad[i], NULL, seen, arena, &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
        }
}

/* ---- folders --------------------------------------------------------------------------------------------------- */

typedef struct {
        char *folder;
        Market market;
} Shelf;

static void put(const Shelf *shelf, const char *path, const char *text)
{
        g_autofree char *file = g_build_filename(shelf->folder, path, NULL);
        g_autofree char *above = g_path_get_dirname(file);
        assert_int_equal(g_mkdir_with_parents(above, 0755), 0);
        assert_true(g_file_set_contents(file, text, -1, NULL));
}

static void shelf_open(Shelf *shelf)
{
        shelf->folder = g_dir_make_tmp("corpus-XXXXXX", NULL);
        shelf->market =
                (Market){.name = (char *)"corpus", .folder = shelf->folder, .protocol = MARKET_CORPUS};
        put(shelf, "b/two.XAPK", "22");
        put(shelf, "a.apk", "1");
        put(shelf, "b/notes.txt", "no app");
        put(shelf, "b/c/quote\".aab", "333");
        put(shelf, "outside/secret.apk", "s");
}

static void shelf_close(Shelf *shelf)
{
        g_autofree char *quoted = g_shell_quote(shelf->folder);
        g_autofree char *command = g_strdup_printf("rm -r %s", quoted);
        assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
        g_free(shelf->folder);
}

static void link_to(const Shelf *shelf, const char *target, const char *name)
{
        g_autofree char *path = g_build_filename(shelf->folder, name, NULL);
        assert_int_equal(symlink(target, path), 0);
}

static char *text_of(int fd)
{
        char text[4096];
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        assert_true(n >= 0);
        close(fd);
        return g_strndup(text, (gsize)n);
}

static void a_folder_is_listed_sorted_and_without_its_links(void **state)
{
        Shelf shelf;
        shelf_open(&shelf);
        link_to(&shelf, "a.apk", "link.apk");
        link_to(&shelf, "/etc", "b/etc");
        g_autofree char *pipe = g_build_filename(shelf.folder, "pipe.apk", NULL);
        assert_int_equal(mkfifo(pipe, 0600), 0);
        g_autoptr(GError) error = NULL;
        uint64_t links;
        int fd = corpus_manifest(&shelf.market, &links, &error);
        must_succeed(fd >= 0, error);
        g_autofree char *csv = text_of(fd);
        assert_string_equal(csv, "path,size\n\"a.apk\",1\n\"b/c/quote\"\".aab\",3\n\"b/"
                                 "two.XAPK\",2\n\"outside/secret.apk\",1\n");
        assert_int_equal(links, 2);
        must_list(csv, "a=a.apk quote=b/c/quote\".aab secret=outside/secret.apk two=b/two.XAPK ");
        shelf_close(&shelf);
}

static int open_path(const Shelf *shelf, const char *path, GError **error)
{
        ListedApk apk = LISTED_APK__INIT;
        apk.path = (char *)path;
        return corpus_open(&shelf->market, &apk, error);
}

static void an_app_is_opened_without_leaving_the_folder(void **state)
{
        Shelf shelf;
        shelf_open(&shelf);
        g_autoptr(GError) error = NULL;
        int fd = open_path(&shelf, "b/two.XAPK", &error);
        must_succeed(fd >= 0, error);
        g_autofree char *text = text_of(fd);
        assert_string_equal(text, "22");
        link_to(&shelf, "a.apk", "link.apk");
        link_to(&shelf, "outside", "door");
        const struct {
                const char *path;
                Fault code;
        } bad[] = {{"link.apk", FAULT_MALFORMED},
                   {"door/secret.apk", FAULT_MALFORMED},
                   {"gone.apk", FAULT_NOT_FOUND},
                   {"a.apk/x.apk", FAULT_NOT_FOUND},
                   {"../corpus/a.apk", FAULT_MALFORMED},
                   {"b/../a.apk", FAULT_MALFORMED},
                   {"", FAULT_MALFORMED},
                   {"b", FAULT_MALFORMED},
                   {"/etc/passwd", FAULT_MALFORMED}};
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) why = NULL;
                assert_int_equal(open_path(&shelf, bad[i].path, &why), -1);
                if (!fault_is(why, bad[i].code))
                        fail_msg("%s: %s", bad[i].path, why->message);
        }
        shelf_close(&shelf);
}

static void a_csv_file_names_files_beside_it(void **state)
{
        Shelf shelf;
        shelf_open(&shelf);
        put(&shelf, "list.csv", "path,package\na.apk,org.a\n");
        g_autofree char *csv = g_build_filename(shelf.folder, "list.csv", NULL);
        shelf.market.folder = csv;
        g_autofree char *root = corpus_root(&shelf.market);
        assert_string_equal(root, shelf.folder);
        g_autoptr(GError) error = NULL;
        int fd = corpus_manifest(&shelf.market, NULL, &error);
        must_succeed(fd >= 0, error);
        g_autofree char *text = text_of(fd);
        must_list(text, "org.a=a.apk ");
        fd = open_path(&shelf, "a.apk", &error);
        must_succeed(fd >= 0, error);
        close(fd);
        shelf_close(&shelf);
}

static void a_missing_or_bottomless_folder_is_told(void **state)
{
        Market market = {.name = (char *)"corpus", .folder = (char *)"/nowhere/at/all"};
        g_autoptr(GError) error = NULL;
        assert_int_equal(corpus_manifest(&market, NULL, &error), -1);
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        Shelf shelf;
        shelf_open(&shelf);
        g_autoptr(GString) deep = g_string_new(NULL);
        for (int i = 0; i <= CORPUS_DEPTH; i++)
                g_string_append(deep, "d/");
        g_string_append(deep, "x.apk");
        put(&shelf, deep->str, "x");
        g_clear_error(&error);
        assert_int_equal(corpus_manifest(&shelf.market, NULL, &error), -1);
        assert_true(fault_is(error, FAULT_LIMIT));
        shelf_close(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(columns_are_found_by_name),
                cmocka_unit_test(a_file_without_a_package_is_named_by_itself),
                cmocka_unit_test(files_named_alike_are_told_apart_by_their_paths),
                cmocka_unit_test(the_newest_version_of_a_package_is_taken),
                cmocka_unit_test(what_is_left_out_is_counted_with_its_reason),
                cmocka_unit_test(only_named_markets_are_taken),
                cmocka_unit_test(what_is_no_manifest_is_refused),
                cmocka_unit_test(a_folder_is_listed_sorted_and_without_its_links),
                cmocka_unit_test(an_app_is_opened_without_leaving_the_folder),
                cmocka_unit_test(a_csv_file_names_files_beside_it),
                cmocka_unit_test(a_missing_or_bottomless_folder_is_told),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
