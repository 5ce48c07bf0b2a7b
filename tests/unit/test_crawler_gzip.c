/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/gzip.h"
#include "crawler/memfile.h"

#include <unistd.h>

/* What gzip_read hands out, put together. */
typedef struct {
        GByteArray *bytes;
        size_t largest, pieces, stop_after; /* stop_after 0: never */
} Read;

static bool take(Span piece, void *context)
{
        Read *read = context;
        g_byte_array_append(read->bytes, piece.data, (guint)piece.len);
        read->largest = MAX(read->largest, piece.len);
        return ++read->pieces != read->stop_after;
}

static bool read_file(Span file, uint64_t limit, Read *read, GError **error)
{
        int fd = memfile_new("test", file, NULL);
        assert_true(fd >= 0);
        read->bytes = g_byte_array_new();
        bool ok = gzip_read(fd, limit, take, read, error);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
        close(fd);
        return ok;
}

static Span words(Arena *arena, size_t lines)
{
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < lines; i++)
                g_string_append_printf(text, "line %zu of many lines\n", i);
        uint8_t *copy = arena_alloc(arena, text->len);
        memcpy(copy, text->str, text->len);
        Span span = span_of(copy, text->len);
        g_string_free(text, TRUE);
        return span;
}

static Span noise(Arena *arena, size_t size)
{
        uint8_t *bytes = arena_alloc(arena, size);
        uint32_t state = 2463534242u;
        for (size_t i = 0; i < size; i++) {
                state ^= state << 13, state ^= state >> 17, state ^= state << 5;
                bytes[i] = (uint8_t)state;
        }
        return span_of(bytes, size);
}

static Span joined(Arena *arena, Span a, Span b)
{
        uint8_t *bytes = arena_alloc(arena, a.len + b.len + 1);
        memcpy(bytes, a.data, a.len);
        if (b.len)
                memcpy(bytes + a.len, b.data, b.len);
        return span_of(bytes, a.len + b.len);
}

static void must_read(Span file, Span expected)
{
        g_autoptr(GError) error = NULL;
        Read read = {0};
        bool ok = read_file(file, expected.len, &read, &error);
        must_succeed(ok, error);
        assert_true(span_eq(span_of(read.bytes->data, read.bytes->len), expected));
        assert_true(read.largest <= 256 << 10);
        g_byte_array_unref(read.bytes);
}

static void must_fail(Span file, uint64_t limit, Fault code, const char *says)
{
        g_autoptr(GError) error = NULL;
        Read read = {0};
        assert_false(read_file(file, limit, &read, &error));
        if (!fault_is(error, code) || !strstr(error->message, says))
                fail_msg("\"%s\" where \"%s\" is expected", error->message, says);
        assert_true(read.bytes->len <= limit);
        g_byte_array_unref(read.bytes);
}

static void what_was_packed_is_read_again(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span cases[] = {span_str("x"), words(arena, 200000), noise(arena, 3 << 20), span_str("")};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Span packed = gzip_pack(cases[i], arena);
                must_read(packed, cases[i]);
                Span out;
                g_autoptr(GError) error = NULL;
                must_succeed(gzip_unpack(packed, cases[i].len, arena, &out, &error), error);
                assert_true(span_eq(out, cases[i]));
        }
        assert_true(gzip_pack(cases[1], arena).len < cases[1].len / 4);
        assert_true(span_eq(gzip_pack(cases[1], arena), gzip_pack(cases[1], arena)));
}

static void members_one_after_the_other_are_one_file(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span first = words(arena, 50000), second = noise(arena, 100000);
        Span file = joined(arena, gzip_pack(first, arena), gzip_pack(second, arena));
        must_read(file, joined(arena, first, second));
        Span empty = gzip_pack(span_str(""), arena), many = span_str("");
        for (int i = 0; i < 1000; i++)
                many = joined(arena, many.len ? many : empty, empty);
        must_read(joined(arena, many, file), joined(arena, first, second));
}

static void zeros_behind_the_last_member_are_padding(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span text = words(arena, 10), packed = gzip_pack(text, arena);
        Span padded = joined(arena, packed, span_of((uint8_t[512]){0}, 512));
        must_read(padded, text);
        must_fail(joined(arena, padded, span_str("x")), text.len, FAULT_MALFORMED, "behind the zeros");
        must_fail(joined(arena, packed, span_str("garbage")), text.len, FAULT_MALFORMED,
                  "incorrect header check");
}

static void a_plain_file_passes_as_it_is(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        must_read(span_str("sha256,pkg_name\n"), span_str("sha256,pkg_name\n"));
        must_read(span_str(""), span_str(""));
        must_read(span_str("\x1f"), span_str("\x1f"));
        Span large = words(arena, 100000);
        must_read(large, large);
        must_fail(large, large.len - 1, FAULT_LIMIT, "the limit");
}

static void every_cut_is_told(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span text = words(arena, 100), packed = gzip_pack(text, arena);
        for (size_t keep = 2; keep < packed.len; keep++)
                must_fail(span_part(packed, 0, keep), text.len, FAULT_MALFORMED, "cut off after");
        Span two = joined(arena, packed, span_part(packed, 0, 5));
        must_fail(two, text.len * 2, FAULT_MALFORMED, "cut off after");
}

static void a_wrong_checksum_is_damage(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span text = words(arena, 100), packed = gzip_pack(text, arena);
        uint8_t *bytes = (uint8_t *)packed.data;
        bytes[packed.len - 6] ^= 1;
        must_fail(packed, text.len, FAULT_MALFORMED, "incorrect data check");
}

static void a_bomb_ends_at_the_limit(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span zeros = span_of(arena_alloc(arena, (size_t)64 << 20), (size_t)64 << 20);
        Span bomb = gzip_pack(zeros, arena);
        assert_true(bomb.len < 100000);
        must_fail(bomb, 1 << 20, FAULT_LIMIT, "more than 1048576 bytes");
        must_fail(joined(arena, bomb, bomb), zeros.len + 1, FAULT_LIMIT, "the limit");
        Span out;
        g_autoptr(GError) error = NULL;
        assert_false(gzip_unpack(bomb, 1 << 20, arena, &out, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_int_equal(out.len, 0);
}

static void whoever_reads_may_stop(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Span text = words(arena, 100000);
        Span files[] = {text, gzip_pack(text, arena)};
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
                g_autoptr(GError) error = NULL;
                Read read = {.stop_after = 2};
                must_succeed(read_file(files[i], text.len, &read, &error), error);
                assert_int_equal(read.pieces, 2);
                assert_true(read.bytes->len < text.len);
                g_byte_array_unref(read.bytes);
        }
}

static void only_gzip_is_unpacked(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Span out;
        assert_false(gzip_unpack(span_str("plain"), 100, arena, &out, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_packed_is_read_again),
                cmocka_unit_test(members_one_after_the_other_are_one_file),
                cmocka_unit_test(zeros_behind_the_last_member_are_padding),
                cmocka_unit_test(a_plain_file_passes_as_it_is),
                cmocka_unit_test(every_cut_is_told),
                cmocka_unit_test(a_wrong_checksum_is_damage),
                cmocka_unit_test(a_bomb_ends_at_the_limit),
                cmocka_unit_test(whoever_reads_may_stop),
                cmocka_unit_test(only_gzip_is_unpacked),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
