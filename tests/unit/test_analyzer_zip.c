/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/container.h"
#include "support/apk_tricks.h"

#include <sys/mman.h>
#include <unistd.h>

enum { CAP = 1024 * 1024 };

static Zip *open_zip(GByteArray *bytes, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        Zip *zip = zip_over(span_of_bytes(bytes), arena, &error);
        must_succeed(zip != NULL, error);
        return zip;
}

static void must_read(Zip *zip, const char *name, Span content, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        Span out;
        const ZipEntry *e = zip_find(zip, name);
        assert_non_null(e);
        must_succeed(zip_read(zip, e, CAP, arena, &out, &error), error);
        assert_int_equal(out.len, content.len);
        assert_true(span_eq(out, content));
}

static void must_fail(Zip *zip, const char *name, size_t cap, Fault code)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        Span out;
        assert_false(zip_read(zip, zip_find(zip, name), cap, arena, &out, &error));
        assert_true(fault_is(error, code));
        assert_true(g_str_has_prefix(error->message, name));
}

static bool told(const Zip *zip, const char *code)
{
        return oddity_seen(zip_oddities(zip), code);
}

static void entries_come_in_directory_order_with_stored_and_deflated_content(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *long_text = g_strnfill(5000, 'x');
        const ZipPart parts[] = {{"z.txt", span_str("last by name, first in place")},
                                 {"a/b.txt", span_str(long_text), .deflated = true},
                                 {"empty", span_str("")},
                                 {"empty-deflated", span_str(""), .deflated = true}};
        g_autoptr(GByteArray) bytes = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        assert_int_equal(zip_count(zip), 4);
        for (size_t i = 0; i < 4; i++) {
                assert_true(span_eq_str(zip_at(zip, i)->name, parts[i].name));
                must_read(zip, parts[i].name, parts[i].content, arena);
        }
        assert_null(zip_find(zip, "a"));
        assert_null(zip_find(zip, "zz"));
        assert_null(zip_find(zip, ""));
        assert_int_equal(zip_oddities(zip)->n, 0);
}

static void a_file_is_mapped_whatever_its_position(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        const ZipPart part = {"a", span_str("content")};
        g_autoptr(GByteArray) bytes = zip_build(&part, 1, (ZipTricks){0});
        int fd = memfd_create("zip", MFD_CLOEXEC);
        assert_int_equal(write(fd, bytes->data, bytes->len), bytes->len);
        g_autoptr(Zip) zip = zip_map(fd, arena, &error);
        must_succeed(zip != NULL, error);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), bytes->len);
        close(fd);
        must_read(zip, "a", span_str("content"), arena);
        assert_int_equal(zip_bytes(zip).len, bytes->len);
        assert_int_equal(zip_end_offset(zip), bytes->len - 22);
}

static void of_two_entries_with_one_name_the_last_is_found(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ZipPart parts[] = {{"a", span_str("first")}, {"b", span_str("b")}, {"a", span_str("second")}};
        g_autoptr(GByteArray) bytes = zip_build(parts, 3, (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        must_read(zip, "a", span_str("second"), arena);
        assert_true(told(zip, "zip-duplicate-name"));
        assert_true(oddity_rejects(zip_oddities(zip)));
}

static void two_names_for_one_content_are_noticed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ZipPart parts[] = {{"a", span_str("shared")}, {"b", span_str("unused"), .overlaps = true}};
        g_autoptr(GByteArray) bytes = zip_build(parts, 2, (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        assert_true(told(zip, "zip-entry-overlap"));
        must_read(zip, "b", span_str("shared"), arena);
        assert_true(told(zip, "zip-name-mismatch"));
}

static void content_over_the_cap_is_refused_whatever_its_stated_size(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *text = g_strnfill(40000, 'x');
        const ZipPart parts[] = {{"stored", span_str(text)},
                                 {"deflated", span_str(text), .deflated = true},
                                 {"liar", span_str(text), .deflated = true, .size_error = 10 - 40000},
                                 {"braggart", span_str("x"), .deflated = true, .size_error = 0x7fffff00}};
        g_autoptr(GByteArray) bytes = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        must_fail(zip, "stored", 39999, FAULT_LIMIT);
        must_fail(zip, "deflated", 39999, FAULT_LIMIT);
        must_fail(zip, "liar", 39999, FAULT_LIMIT);
        assert_false(told(zip, "zip-bad-crc"));
        must_read(zip, "stored", span_str(text), arena);
        must_read(zip, "deflated", span_str(text), arena);
        must_read(zip, "liar", span_str(text), arena);
        must_read(zip, "braggart", span_str("x"), arena);
        assert_true(told(zip, "zip-size-lies"));
}

static void what_was_read_in_all_is_capped(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *text = g_strnfill(16 * 1024 * 1024, 'x');
        const ZipPart part = {"a", span_str(text)};
        g_autoptr(GByteArray) bytes = zip_build(&part, 1, (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        Span out;
        unsigned n = 0;
        while (zip_read(zip, zip_at(zip, 0), 32 * CAP, arena, &out, &error))
                n++;
        assert_int_equal(n, ZIP_TOTAL_LIMIT / (16 * 1024 * 1024));
        assert_true(fault_is(error, FAULT_LIMIT));
}

static void broken_content_is_an_error_and_never_bytes(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ZipPart parts[] = {{"no-stream", span_str("\xff\xff\xff\xff"), .method = 8},
                                 {"nowhere", span_str("x"), .offset_error = 7},
                                 {"beyond", span_str("x"), .offset_error = 0x10000000},
                                 {"too-long", span_str("x"), .size_error = 1000}};
        g_autoptr(GByteArray) bytes = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                must_fail(zip, parts[i].name, CAP, FAULT_MALFORMED);
        assert_true(told(zip, "zip-offset-past-directory"));
}

static void an_unknown_method_has_two_readings(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        const ZipPart parts[] = {{"stored", span_str("as it is"), .method = 0x2222},
                                 {"deflated", span_str("behind deflate"), .deflated = true, .method = 0x2222},
                                 {"plain", span_str("plain")}};
        g_autoptr(GByteArray) bytes = zip_build(parts, 3, (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        Span out;
        must_read(zip, "stored", span_str("as it is"), arena);
        must_succeed(zip_read_otherwise(zip, zip_find(zip, "deflated"), CAP, arena, &out, &error), error);
        assert_true(span_eq_str(out, "behind deflate"));
        assert_false(zip_read_otherwise(zip, zip_find(zip, "plain"), CAP, arena, &out, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        assert_false(oddity_rejects(zip_oddities(zip)));
}

static void names_are_bytes_and_strange_ones_are_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *endless = g_strnfill(5000, 'n');
        const ZipPart parts[] = {{"../../etc/passwd", span_str("1")},
                                 {"AndroidManifest.xml/", span_str("2")},
                                 {endless, span_str("3")},
                                 {"\xff\xfe", span_str("4")}};
        g_autoptr(GByteArray) bytes = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                must_read(zip, parts[i].name, parts[i].content, arena);
        assert_null(zip_find(zip, "AndroidManifest.xml"));
        assert_true(told(zip, "zip-long-name"));
        assert_true(told(zip, "zip-bad-name"));
}

static Fault fault_of(Span bytes)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        assert_null(zip_over(bytes, arena, &error));
        return (Fault)error->code;
}

static void what_is_no_archive_says_so(void **state)
{
        (void)state;
        static const char bare_end[] = "PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_int_equal(fault_of(span_str("")), FAULT_UNSUPPORTED);
        assert_int_equal(fault_of(span_str("<html>twenty-two bytes and more</html>")), FAULT_UNSUPPORTED);
        assert_int_equal(fault_of(span_of(bare_end, 22)), FAULT_MALFORMED);
        const ZipPart part = {"a", span_str("a")};
        g_autoptr(GByteArray) none = zip_build(&part, 1, (ZipTricks){.records = -1});
        assert_int_equal(fault_of(span_of_bytes(none)), FAULT_MALFORMED);
}

static void bytes_changed_anywhere_never_break_the_reader(void **state)
{
        (void)state;
        const ZipPart parts[] = {{"a", span_str("stored")},
                                 {"b", span_str("deflated"), .deflated = true, .descriptor = true}};
        g_autoptr(GByteArray) bytes = zip_build(parts, 2, (ZipTricks){.comment = span_str("comment")});
        static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
        for (guint at = 0; at < bytes->len; at++) {
                for (size_t v = 0; v < sizeof values; v++) {
                        g_autoptr(Arena) arena = arena_new();
                        uint8_t before = bytes->data[at];
                        bytes->data[at] = values[v];
                        g_autoptr(Zip) zip = zip_over(span_of_bytes(bytes), arena, NULL);
                        for (size_t i = 0; zip && i < zip_count(zip); i++) {
                                Span out;
                                if (zip_read(zip, zip_at(zip, i), CAP, arena, &out, NULL))
                                        assert_true(out.len <= CAP);
                        }
                        bytes->data[at] = before;
                }
        }
}

static void libzip_agrees_on_regular_archives_and_its_refusal_is_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        ZipPart parts[] = {{"a", span_str("a")}, {"b", span_str("b"), .deflated = true}};
        g_autoptr(GByteArray) good = zip_build(parts, 2, (ZipTricks){0});
        parts[1].extra = span_str("\xca\xfe\xff\xff");
        g_autoptr(GByteArray) bad = zip_build(parts, 2, (ZipTricks){0});
        g_autoptr(Zip) regular = open_zip(good, arena);
        g_autoptr(Zip) odd = open_zip(bad, arena);
        Oddities first = {0}, second = {0};
        container_second_opinion(regular, &first, arena);
        container_second_opinion(odd, &second, arena);
        assert_int_equal(first.n, 0);
        assert_true(oddity_seen(&second, "zip-second-opinion"));
        assert_false(oddity_rejects(&second));
}

static void libzip_says_nothing_new_about_what_is_called_regular(void **state)
{
        size_t n;
        g_autofree TrickRow *rows = trick_rows(&n);
        unsigned regular = 0;
        for (size_t i = 0; i < n; i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GByteArray) bytes = trick_build(&rows[i]);
                g_autoptr(Zip) zip = zip_over(span_of_bytes(bytes), arena, NULL);
                Oddities odd = {0};
                assert_non_null(zip);
                container_ask_libzip(zip, &odd, arena);
                if (odd.n && container_is_regular(zip))
                        fail_msg("%s is called regular, libzip says: %s", rows[i].row, odd.list[0]->detail);
                regular += container_is_regular(zip);
        }
        assert_true(regular > 20); /* most tricks are played inside the manifest */
}

static void what_another_reader_may_take_otherwise_is_not_regular(void **state)
{
        (void)state;
        static const char names[] = "\x75\x70\x09\0\x01....name", zip64[] = "\x01\0\x08\0........",
                          cut[] = "\xca\xfe\x01", whole[] = "\xca\xfe\x01\0x";
        const struct {
                ZipPart part;
                ZipTricks zip;
        } rows[] = {
                {.part.name = "\xc3\xa4"},
                {.part.name = "a\nb"},
                {.part.extra = span_of(names, 13)},
                {.part.extra = span_of(zip64, 12)},
                {.part.extra = span_of(cut, 3)},
                {.part.flags = 1},
                {.part.method = 99},
                {.zip.comment = span_str("a comment")},
                {.zip.gap = span_str("a gap")},
                {.zip.trailing = span_str("more")},
                {.zip.prefix = span_str("before"), .zip.prefix_blind = true},
                {.zip.records = 1},
                {.zip.records = -1},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Arena) arena = arena_new();
                ZipPart parts[] = {{"a", span_str("a")}, rows[i].part};
                parts[1].name = parts[1].name ? parts[1].name : "b";
                g_autoptr(GByteArray) bytes = zip_build(parts, 2, rows[i].zip);
                g_autoptr(Zip) zip = open_zip(bytes, arena);
                if (container_is_regular(zip))
                        fail_msg("row %zu is called regular", i);
        }
        ZipPart plain[] = {{"a", span_str("a")}, {"b", span_str("b"), .extra = span_of(whole, 5)}};
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) bytes = zip_build(plain, 2, (ZipTricks){0});
        g_autoptr(Zip) zip = open_zip(bytes, arena);
        assert_true(container_is_regular(zip));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(entries_come_in_directory_order_with_stored_and_deflated_content),
                cmocka_unit_test(a_file_is_mapped_whatever_its_position),
                cmocka_unit_test(of_two_entries_with_one_name_the_last_is_found),
                cmocka_unit_test(two_names_for_one_content_are_noticed),
                cmocka_unit_test(content_over_the_cap_is_refused_whatever_its_stated_size),
                cmocka_unit_test(what_was_read_in_all_is_capped),
                cmocka_unit_test(broken_content_is_an_error_and_never_bytes),
                cmocka_unit_test(an_unknown_method_has_two_readings),
                cmocka_unit_test(names_are_bytes_and_strange_ones_are_told),
                cmocka_unit_test(what_is_no_archive_says_so),
                cmocka_unit_test(bytes_changed_anywhere_never_break_the_reader),
                cmocka_unit_test(libzip_agrees_on_regular_archives_and_its_refusal_is_told),
                cmocka_unit_test(libzip_says_nothing_new_about_what_is_called_regular),
                cmocka_unit_test(what_another_reader_may_take_otherwise_is_not_regular),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
