/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The source task as a worker runs it: market file and filters in, frames out. */
#include "unit/unit.h"

#include "crawler/crawler.h"
#include "crawler/gzip.h"
#include "crawler/memfile.h"
#include "crawler/sample.h"
#include "crawler/spool.h"
#include "crawler/tasks.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ZOO                                                                                                  \
        "title: Zoo\nkind: hashes\nurl: https://zoo.example\nlist_url: https://zoo.example/l.csv.gz\n"       \
        "apk_url: https://zoo.example/get?sha256={sha256}\ncategories: none\n"
#define SHELF "title: Shelf\nkind: corpus\nfolder: apps\ncategories: none\n"
#define HEADER                                                                                               \
        "sha256,sha1,md5,dex_date,apk_size,pkg_name,vercode,vt_detection,vt_scan_date,dex_size,markets\n"

typedef struct {
        Arena *arena;
        GString *packages; /* of the listings, each with a blank behind */
        size_t listings;
        IndexSummary *summary;
} Answer;

static void take_frame(uint8_t type, Span frame, void *context)
{
        Answer *answer = context;
        if (type == CRAWLER_FRAME_SUMMARY) {
                answer->summary = record_summary(answer->arena, frame, NULL);
                return;
        }
        assert_int_equal(type, CRAWLER_FRAME_RECORD);
        assert_null(answer->summary);
        g_autoptr(Arena) arena = arena_new();
        Listing *listing = record_listing(arena, frame, NULL);
        g_string_append_printf(answer->packages, "%s ", listing->package);
        answer->listings++;
}

static bool run_source(const char *file, SourceTask task, Span list, const char *names, Answer *answer,
                       GError **error)
{
        task.market = (char *)"test";
        task.file = (char *)file;
        task.has_sample = task.has_seed = task.has_shard = task.has_shards = true;
        g_autoptr(GBytes) argument = record_pack(&task);
        TaskInput in = {.argument = record_span(argument), .n_fds = names ? 2 : 1};
        in.fd[0] = memfile_new("list", list, NULL);
        in.fd[1] = names ? memfile_new("names", span_str(names), NULL) : -1;
        answer->arena = arena_new();
        answer->packages = g_string_new(NULL);
        bool ok = worker_run_here(&crawler_task_source, &in, take_frame, answer, error);
        close(in.fd[0]);
        if (names)
                close(in.fd[1]);
        return ok;
}

static void answer_clear(Answer *answer)
{
        arena_free(answer->arena);
        g_string_free(answer->packages, TRUE);
}

static void must_take(const char *file, SourceTask task, const char *list, const char *names,
                      const char *packages, unsigned frame)
{
        g_autoptr(GError) error = NULL;
        Answer answer = {0};
        must_succeed(run_source(file, task, span_str(list), names, &answer, &error), error);
        assert_string_equal(answer.packages->str, packages);
        assert_non_null(answer.summary);
        assert_int_equal(answer.summary->packages, frame);
        answer_clear(&answer);
}

static char *apps(const char *const *packages, const char *market)
{
        GString *csv = g_string_new(HEADER);
        for (unsigned i = 0; packages[i]; i++)
                g_string_append_printf(csv, "%064X,,,,%u,\"%s\",%u,0,2020-05-05 01:02:03,9,%s\n", i + 1,
                                       1000 * (i + 1), packages[i], i, market);
        return g_string_free(csv, FALSE);
}

static void the_market_file_says_which_rows_count(void **state)
{
        const char *const packages[] = {"org.a", "org.b", "org.c", NULL};
        g_autofree char *csv = apps(packages, "anzhi|fdroid");
        const SourceTask plain = SOURCE_TASK__INIT;
        must_take(ZOO, plain, csv, NULL, "org.a org.b org.c ", 3);
        must_take(ZOO "only_markets: [fdroid, mi.com]\n", plain, csv, NULL, "org.a org.b org.c ", 3);
        must_take(ZOO "only_markets: [mi.com]\n", plain, csv, NULL, "", 0);
        must_take(ZOO "size_min: 1500\nsize_max: 2500\n", plain, csv, NULL, "org.b ", 1);
        must_take(ZOO "from: 2020-05-06\n", plain, csv, NULL, "", 0);
        must_take(ZOO "from: 2020-05-05\nto: 2020-05-05\n", plain, csv, NULL, "org.a org.b org.c ", 3);
}

static void a_list_of_packages_is_the_frame(void **state)
{
        const char *const packages[] = {"org.a", "org.b", "org.c", NULL};
        g_autofree char *csv = apps(packages, "anzhi");
        const SourceTask plain = SOURCE_TASK__INIT;
        must_take(ZOO, plain, csv, "org.c\norg.z\n\norg.a", "org.a org.c ", 2);
        must_take(ZOO, plain, csv, "", "", 0);
}

static void a_sample_says_how_large_the_frame_was(void **state)
{
        const char *const packages[] = {"org.a", "org.b", "org.c", "org.d", NULL};
        g_autofree char *csv = apps(packages, "anzhi");
        SourceTask task = SOURCE_TASK__INIT;
        task.sample = 1;
        task.seed = 3;
        const char *first = packages[0];
        for (int i = 1; packages[i]; i++)
                first = sample_number(3, packages[i]) < sample_number(3, first) ? packages[i] : first;
        g_autofree char *expected = g_strconcat(first, " ", NULL);
        must_take(ZOO, task, csv, NULL, expected, 4);
}

static void a_corpus_is_read_by_its_manifest(void **state)
{
        const SourceTask plain = SOURCE_TASK__INIT;
        must_take(SHELF, plain, "path,package\nb.apk,org.b\na.apk,org.a\n", NULL, "org.a org.b ", 2);
        must_take(SHELF "only_markets: [anzhi]\n", plain, "path,market\nb.apk,anzhi\na.apk,play\n", NULL,
                  "b ", 1);
}

static void what_cannot_be_read_gives_no_summary(void **state)
{
        const struct {
                const char *file, *list, *says;
        } bad[] = {{ZOO, "<html>too many requests</html>\n", "<html>too many"},
                   {SHELF, "name\nx\n", "no column \"path\""},
                   {"kind: hashes\n", HEADER, "test"},
                   {ZOO, "\x1f\x8b\x08", "cut off"}};
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                Answer answer = {0};
                const SourceTask plain = SOURCE_TASK__INIT;
                assert_false(run_source(bad[i].file, plain, span_str(bad[i].list), NULL, &answer, &error));
                if (!strstr(error->message, bad[i].says))
                        fail_msg("%s", error->message);
                assert_null(answer.summary);
                answer_clear(&answer);
        }
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ROWS = 200000, PACKAGES = 40000, GROWTH_KIB = 1 << 20 }; /* slow, and freed memory stays a while */
#else
enum {
        ROWS = 2000000,
        PACKAGES = 400000,
        GROWTH_KIB = 32 << 10
}; /* 8 bytes a package, twice while the set grows, and the sample */
#endif
enum { ROWS_A_MEMBER = 20000 };

static size_t peak_kib(void)
{
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return (size_t)usage.ru_maxrss;
}

static Span pack_member(GString *csv, unsigned first, Arena *arena)
{
        for (unsigned i = first; i < first + ROWS_A_MEMBER; i++)
                g_string_append_printf(csv, "%064X,,,,1234567,\"org.example.app%u\",1,0,2020-05-05,9,anzhi\n",
                                       i, i);
        Span packed = gzip_pack(span_of(csv->str, csv->len), arena);
        g_string_truncate(csv, 0);
        return packed;
}

/* Gzip members one after the other, each several times. */
static int write_many_rows(const char *path)
{
        FILE *file = fopen(path, "w+");
        assert_non_null(file);
        g_autoptr(GString) csv = g_string_new(NULL);
        g_autoptr(Arena) all = arena_new();
        Span header = gzip_pack(span_str(HEADER), all);
        assert_int_equal(fwrite(header.data, 1, header.len, file), header.len);
        for (unsigned first = 0; first < PACKAGES; first += ROWS_A_MEMBER) {
                g_autoptr(Arena) arena = arena_new();
                Span member = pack_member(csv, first, arena);
                for (int again = 0; again < ROWS / PACKAGES; again++)
                        assert_int_equal(fwrite(member.data, 1, member.len, file), member.len);
        }
        assert_int_equal(fflush(file), 0);
        int fd = dup(fileno(file));
        fclose(file);
        return fd;
}

static void millions_of_rows_need_no_more_memory_than_their_packages(void **state)
{
        g_autofree char *folder = g_dir_make_tmp("rows-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "list.csv.gz", NULL);
        int fd = write_many_rows(path);
        SourceTask task = SOURCE_TASK__INIT;
        task.market = (char *)"test";
        task.file = (char *)ZOO;
        task.has_sample = true;
        task.sample = 1000;
        g_autoptr(GBytes) argument = record_pack(&task);
        TaskInput in = {.argument = record_span(argument), .fd = {fd, -1}, .n_fds = 1};
        Answer answer = {.arena = arena_new(), .packages = g_string_new(NULL)};
        g_autoptr(GError) error = NULL;
        size_t before = peak_kib();
        must_succeed(worker_run_here(&crawler_task_source, &in, take_frame, &answer, &error), error);
        size_t grown = peak_kib() - before;
        assert_int_equal(answer.listings, 1000);
        assert_int_equal(answer.summary->packages, PACKAGES);
        print_message("%d rows, %d packages: %zu KiB\n", ROWS, PACKAGES, grown);
        assert_true(grown < GROWTH_KIB);
        answer_clear(&answer);
        close(fd);
        g_remove(path);
        g_rmdir(folder);
}

/* ---- records set aside ----------------------------------------------------------------------------------------- */

static void records_come_back_as_they_were_set_aside(void **state)
{
        g_autofree char *folder = g_dir_make_tmp("spool-XXXXXX", NULL);
        g_autoptr(GError) error = NULL;
        Spool *spool = spool_new(folder, &error);
        must_succeed(spool != NULL, error);
        for (unsigned i = 0; i < 1000; i++) {
                g_autofree char *text = g_strnfill(i * 7 % 5000, (char)('a' + i % 26));
                spool_add(spool, span_str(text));
        }
        assert_int_equal(spool_count(spool), 1000);
        must_succeed(spool_rewind(spool, &error), error);
        Span record;
        for (unsigned i = 0; i < 1000; i++) {
                g_autofree char *text = g_strnfill(i * 7 % 5000, (char)('a' + i % 26));
                must_succeed(spool_next(spool, &record, &error), error);
                assert_true(span_eq_str(record, text));
        }
        assert_false(spool_next(spool, &record, &error));
        assert_null(error);
        spool_free(spool);
        assert_int_equal(g_rmdir(folder), 0); /* nothing stays behind */
}

static void a_spool_that_cannot_be_written_says_so(void **state)
{
        g_autoptr(GError) error = NULL;
        assert_null(spool_new("/proc/no/such", &error));
        assert_non_null(error);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_market_file_says_which_rows_count),
                cmocka_unit_test(a_list_of_packages_is_the_frame),
                cmocka_unit_test(a_sample_says_how_large_the_frame_was),
                cmocka_unit_test(a_corpus_is_read_by_its_manifest),
                cmocka_unit_test(what_cannot_be_read_gives_no_summary),
                cmocka_unit_test(millions_of_rows_need_no_more_memory_than_their_packages),
                cmocka_unit_test(records_come_back_as_they_were_set_aside),
                cmocka_unit_test(a_spool_that_cannot_be_written_says_so),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
