/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker tasks by their frames. The jars are the fuzz target's seeds; their certificate was made for a
 * single day, and is read after it has run out: only the pin counts. */
#include "unit/unit.h"

#include "core/digest.h"
#include "crawler/crawler.h"
#include "crawler/tasks.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char fingerprint[] = "86ab1df17a8ab2010f7d40ad099036703f0213fd4a586376375d8fd3362e669e";

typedef struct {
        Arena *arena;
        GString *order; /* one character a frame: r(ecord), d(ocument), s(ummary) */
        GByteArray *document;
        size_t longest_piece, n_records;
        GBytes **records;
} Frames;

static void keep(uint8_t type, Span frame, void *context)
{
        Frames *frames = context;
        g_string_append_c(frames->order, type == CRAWLER_FRAME_RECORD     ? 'r'
                                         : type == CRAWLER_FRAME_DOCUMENT ? 'd'
                                         : type == CRAWLER_FRAME_SUMMARY  ? 's'
                                                                          : '?');
        if (type == CRAWLER_FRAME_DOCUMENT) {
                g_byte_array_append(frames->document, frame.data, (guint)frame.len);
                frames->longest_piece = MAX(frames->longest_piece, frame.len);
        } else {
                arena_push(frames->arena, &frames->n_records, &frames->records,
                           g_bytes_new(frame.data, frame.len));
        }
}

static void start(Frames *frames)
{
        *frames = (Frames){.arena = arena_new(), .order = g_string_new(NULL), .document = g_byte_array_new()};
}

static void done(Frames *frames)
{
        for (size_t i = 0; i < frames->n_records; i++)
                g_bytes_unref(frames->records[i]);
        g_byte_array_unref(frames->document);
        g_string_free(frames->order, TRUE);
        arena_free(frames->arena);
}

static Span record_at(const Frames *frames, size_t i)
{
        assert_true(i < frames->n_records);
        gsize len;
        const void *data = g_bytes_get_data(frames->records[i], &len);
        return span_of(data, len);
}

static int memory_file(const void *bytes, size_t len)
{
        int fd = memfd_create("task", MFD_CLOEXEC);
        assert_int_equal(write(fd, bytes, len), len);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static int seed(const char *name)
{
        g_autofree char *path = g_build_filename(TEST_SOURCE_DIR, "fuzz", "seeds", "crawler_jar", name, NULL);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

/* Runs and closes the descriptors. */
static bool run(const Task *task, const ProtobufCMessage *argument, int fd0, int fd1, Frames *frames,
                GError **error)
{
        g_autoptr(GBytes) packed = record_pack_message(argument);
        gsize len;
        const void *data = g_bytes_get_data(packed, &len);
        TaskInput in = {.argument = span_of(data, len), .fd = {fd0, fd1}, .n_fds = fd1 >= 0 ? 2 : 1};
        bool ok = worker_run_here(task, &in, keep, frames, error);
        close(fd0);
        if (fd1 >= 0)
                close(fd1);
        return ok;
}

static void an_entry_jar_gives_one_record(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        JarTask task = JAR_TASK__INIT;
        task.fingerprint = (char *)fingerprint;
        must_succeed(run(&crawler_task_jar, &task.base, seed("apksigner.jar"), -1, &frames, &error), error);
        assert_string_equal(frames.order->str, "r");
        IndexEntry *entry = record_entry(frames.arena, record_at(&frames, 0), &error);
        must_succeed(entry != NULL, error);
        assert_int_equal(entry->timestamp_ms, 1787380631088);
        done(&frames);
}

static void an_index_v1_jar_gives_its_document_before_the_record(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        JarTask task = JAR_TASK__INIT;
        task.fingerprint = (char *)fingerprint;
        task.has_v1 = task.v1 = true;
        must_succeed(run(&crawler_task_jar, &task.base, seed("jarsigner.jar"), -1, &frames, &error), error);
        assert_string_equal(frames.order->str, "dr");
        IndexEntry *entry = record_entry(frames.arena, record_at(&frames, 0), &error);
        must_succeed(entry != NULL, error);
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_of(frames.document->data, frames.document->len), hex);
        assert_string_equal(entry->index->sha256, hex);
        done(&frames);
}

static void a_jar_with_another_pin_gives_no_frame(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        JarTask task = JAR_TASK__INIT;
        task.fingerprint = (char *)fingerprint;
        task.has_certificate = true;
        task.certificate = (ProtobufCBinaryData){3, (uint8_t *)"abc"};
        assert_false(run(&crawler_task_jar, &task.base, seed("apksigner.jar"), -1, &frames, &error));
        assert_true(fault_is(error, FAULT_SIGNATURE));
        assert_string_equal(frames.order->str, "");
        done(&frames);
}

static void an_argument_that_is_no_record_is_refused(void **state)
{
        (void)state;
        const Task *const tasks[] = {&crawler_task_jar, &crawler_task_index, &crawler_task_robots};
        for (size_t i = 0; i < G_N_ELEMENTS(tasks); i++) {
                Frames frames;
                start(&frames);
                g_autoptr(GError) error = NULL;
                int fd = memory_file("{}", 2);
                TaskInput in = {.argument = span_str("\xff\xff"), .fd = {fd, -1}, .n_fds = 1};
                assert_false(worker_run_here(tasks[i], &in, keep, &frames, &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
                close(fd);
                done(&frames);
        }
}

static GString *large_index(unsigned apps)
{
        GString *text = g_string_new("{\"repo\": {\"timestamp\": 5}, \"packages\": {");
        for (unsigned i = 0; i < apps; i++)
                g_string_append_printf(text,
                                       "%s\"app.n%05u\": {\"metadata\": {\"name\": {\"en-US\": \"App %u\"}}, "
                                       "\"versions\": {\"x\": {\"file\": {\"name\": \"/%u.apk\", "
                                       "\"sha256\": \"%064x\", \"size\": 9}, \"manifest\": {\"versionName\": "
                                       "\"1\", \"versionCode\": 1}}}}",
                                       i ? ", " : "", apps - 1 - i, i, i, i);
        return g_string_append(text, "}}");
}

static void an_index_gives_listings_and_last_its_summary(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        IndexTask task = INDEX_TASK__INIT;
        task.market = (char *)"here";
        GString *text = large_index(2000);
        must_succeed(
                run(&crawler_task_index, &task.base, memory_file(text->str, text->len), -1, &frames, &error),
                error);
        assert_int_equal(frames.order->len, 2001);
        assert_int_equal(strspn(frames.order->str, "r"), 2000);
        Listing *first = record_listing(frames.arena, record_at(&frames, 0), &error);
        must_succeed(first != NULL, error);
        assert_string_equal(first->package, "app.n00000");
        IndexSummary *summary = record_summary(frames.arena, record_at(&frames, 2000), &error);
        must_succeed(summary != NULL, error);
        assert_int_equal(summary->packages, 2000);
        g_string_free(text, TRUE);
        done(&frames);
}

static void a_patched_index_comes_first_in_pieces(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        IndexTask task = INDEX_TASK__INIT;
        task.market = (char *)"here";
        GString *text = large_index(20000);
        static const char patch[] = "{\"repo\": {\"timestamp\": 6}, \"packages\": {\"app.n00000\": null}}";
        must_succeed(run(&crawler_task_index, &task.base, memory_file(text->str, text->len),
                         memory_file(patch, strlen(patch)), &frames, &error),
                     error);
        size_t pieces = strspn(frames.order->str, "d");
        assert_true(pieces > 2);
        assert_int_equal(strspn(frames.order->str + pieces, "r"), 19999);
        assert_true(frames.longest_piece == CRAWLER_PIECE_BYTES);
        IndexSummary *summary = record_summary(frames.arena, record_at(&frames, 19999), &error);
        must_succeed(summary != NULL, error);
        assert_int_equal(summary->timestamp_ms, 6);
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_of(frames.document->data, frames.document->len), hex);
        assert_string_equal(summary->document_sha256, hex);
        g_string_free(text, TRUE);
        done(&frames);
}

static void an_empty_patch_is_no_patch_of_ours(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        IndexTask task = INDEX_TASK__INIT;
        task.market = (char *)"here";
        GString *text = large_index(1);
        assert_false(run(&crawler_task_index, &task.base, memory_file(text->str, text->len),
                         memory_file("", 0), &frames, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
        g_string_free(text, TRUE);
        done(&frames);
}

static void an_entry_jar_over_its_limit_is_not_read(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        JarTask task = JAR_TASK__INIT;
        task.fingerprint = (char *)fingerprint;
        int fd = memory_file("PK", 2);
        assert_int_equal(ftruncate(fd, (2 << 20)), 0);
        assert_false(run(&crawler_task_jar, &task.base, fd, -1, &frames, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        done(&frames);
}

static void a_robots_file_gives_one_record(void **state)
{
        (void)state;
        Frames frames;
        start(&frames);
        g_autoptr(GError) error = NULL;
        RobotsTask task = ROBOTS_TASK__INIT;
        task.product = (char *)"overreach";
        static const char text[] = "User-agent: *\nDisallow: /private\n";
        must_succeed(
                run(&crawler_task_robots, &task.base, memory_file(text, strlen(text)), -1, &frames, &error),
                error);
        assert_string_equal(frames.order->str, "r");
        Robots *robots = record_robots(frames.arena, record_at(&frames, 0), &error);
        must_succeed(robots != NULL, error);
        assert_int_equal(robots->n_rules, 1);
        assert_string_equal(robots->rules[0]->pattern, "/private");
        done(&frames);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_entry_jar_gives_one_record),
                cmocka_unit_test(an_index_v1_jar_gives_its_document_before_the_record),
                cmocka_unit_test(a_jar_with_another_pin_gives_no_frame),
                cmocka_unit_test(an_argument_that_is_no_record_is_refused),
                cmocka_unit_test(an_index_gives_listings_and_last_its_summary),
                cmocka_unit_test(a_patched_index_comes_first_in_pieces),
                cmocka_unit_test(an_empty_patch_is_no_patch_of_ours),
                cmocka_unit_test(an_entry_jar_over_its_limit_is_not_read),
                cmocka_unit_test(a_robots_file_gives_one_record),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
