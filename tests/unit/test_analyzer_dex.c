/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/dex.h"
#include "support/dex_build.h"

static Span whole(const GByteArray *bytes)
{
        return span_of(bytes->data, bytes->len);
}

static void opens(Dex *dex, const GByteArray *bytes, size_t at)
{
        g_autoptr(GError) error = NULL;
        must_succeed(dex_open(dex, whole(bytes), at, &error), error);
}

/* Fails unless opening fails with `code` and a message that holds `words`. */
static void refuses(const GByteArray *bytes, Fault code, const char *words)
{
        g_autoptr(GError) error = NULL;
        Dex dex;
        if (dex_open(&dex, whole(bytes), 0, &error))
                fail_msg("opened, wanted: %s", words);
        if (!strstr(error->message, words))
                fail_msg("\"%s\" does not say \"%s\"", error->message, words);
        assert_true(fault_is(error, code));
}

static void reads(Span name, const char *wanted)
{
        if (!span_eq_str(name, wanted))
                fail_msg("\"%.*s\", wanted \"%s\"", (int)name.len, (const char *)name.data, wanted);
}

static void reads_types_and_defined_classes_in_table_order(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes =
                dex_build(35, DEX_TYPES("I", "+La/B;", "Ljava/lang/Object;", "+La/A$1;"));
        Dex dex;
        opens(&dex, bytes, 0);
        assert_int_equal(dex.version, 35);
        assert_int_equal(dex.n_types, 4);
        assert_int_equal(dex.n_classes, 2);
        reads(dex_type(&dex, 0), "I");
        reads(dex_type(&dex, 2), "Ljava/lang/Object;");
        reads(dex_class(&dex, 0), "La/B;");
        reads(dex_class(&dex, 1), "La/A$1;");
        assert_null(dex.oddity);
        assert_int_equal(dex_next(&dex), 0);
}

static void gives_a_class_twice_when_it_is_defined_twice(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = dex_build(35, DEX_TYPES("+La/B;", "+La/C;"));
        Dex dex;
        opens(&dex, bytes, 0);
        dex_poke(bytes, dex.classes_at + 32, 0);
        opens(&dex, bytes, 0);
        reads(dex_class(&dex, 0), "La/B;");
        reads(dex_class(&dex, 1), "La/B;");
}

static void tells_what_a_compiler_made_up(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = dex_build(39, DEX_TYPES("+La/B;", "~Landroid/net/http/HttpEngine;"));
        Dex dex;
        opens(&dex, bytes, 0);
        assert_int_equal(dex_class_flags(&dex, 0) & DEX_SYNTHETIC, 0);
        assert_int_equal(dex_class_flags(&dex, 1) & DEX_SYNTHETIC, DEX_SYNTHETIC);
}

static void reads_every_version_of_the_format_even_unknown_ones(void **state)
{
        (void)state;
        static const unsigned versions[] = {35, 37, 38, 39, 40, 41, 42};
        for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
                g_autoptr(GByteArray) bytes = dex_build(versions[i], DEX_TYPES("+La/B;"));
                Dex dex;
                opens(&dex, bytes, 0);
                assert_int_equal(dex.version, versions[i]);
                reads(dex_class(&dex, 0), "La/B;");
        }
}

static void an_empty_dex_is_no_fault(void **state)
{
        (void)state;
        static const char *const nothing[] = {NULL};
        g_autoptr(GByteArray) bytes = dex_build(35, nothing);
        Dex dex;
        opens(&dex, bytes, 0);
        assert_int_equal(dex.n_classes, 0);
}

static void refuses_what_is_no_dex_and_says_how_it_starts(void **state)
{
        (void)state;
        static const struct {
                const char *start;
                Fault code;
                const char *words;
        } cases[] = {
                {"cdex001", FAULT_UNSUPPORTED, "compact dex"},
                {"dey\n036", FAULT_UNSUPPORTED, "optimised dex"},
                {"vdex021", FAULT_UNSUPPORTED, "vdex"},
                {"\x9a\x01zzzzz", FAULT_MALFORMED,
                 "starts with 9a 01 7a 7a 7a 7a 7a 00 (packed or encrypted?)"},
                {"dex\n03x", FAULT_MALFORMED, "no dex file"},
                {"dex\n0355", FAULT_MALFORMED, "no dex file"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GByteArray) bytes = dex_build(35, DEX_TYPES("+La/B;"));
                memcpy(bytes->data, cases[i].start, 8);
                refuses(bytes, cases[i].code, cases[i].words);
        }
        g_autoptr(GByteArray) three = g_byte_array_new();
        g_byte_array_append(three, (const uint8_t *)"dex", 3);
        refuses(three, FAULT_MALFORMED, "3 bytes are no dex file");
        g_autoptr(GByteArray) none = g_byte_array_new();
        refuses(none, FAULT_MALFORMED, "0 bytes are no dex file");
}

typedef struct {
        size_t at; /* from the start of the file */
        uint32_t value;
        Fault code;
        const char *words;
} Break;

static void says_where_a_broken_dex_breaks(void **state)
{
        (void)state;
        /* with two types: strings at 0x70, types at 0x78, one class at 0x80, string data at 0xa0 */
        static const Break breaks[] = {
                {0x20, 0x6f, FAULT_MALFORMED, "header at 0x0 speaks for 111 bytes"},
                {0x20, 4000, FAULT_MALFORMED, "header at 0x0 speaks for 4000 bytes, 172 are there"},
                {0x28, 0x78563412, FAULT_UNSUPPORTED, "big-endian"},
                {0x28, 7, FAULT_MALFORMED, "endian tag 0x00000007"},
                {0x38, 4000, FAULT_MALFORMED, "4000 strings at 0x70 end past the file of 172 bytes"},
                {0x3c, 0xfffffff0, FAULT_MALFORMED, "2 strings at 0xfffffff0 end past the file"},
                {0x40, 4000, FAULT_MALFORMED, "4000 types at 0x78 end past the file"},
                {0x60, 0x08000001, FAULT_MALFORMED, "134217729 classes at 0x80 end past the file"},
                {0x70, 4000, FAULT_MALFORMED, "type 0: string 0 at 0xfa0 lies outside the file"},
                {0x70, 171, FAULT_MALFORMED, "type 0: string 0 at 0xab lies outside the file"},
                {0x7c, 2, FAULT_MALFORMED, "type 1 is string 2 of 2"},
                {0x80, 2, FAULT_MALFORMED, "class 0 is type 2 of 2"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(breaks); i++) {
                g_autoptr(GByteArray) bytes = dex_build(35, DEX_TYPES("I", "+La/B;"));
                assert_int_equal(bytes->len, 172);
                dex_poke(bytes, breaks[i].at, breaks[i].value);
                refuses(bytes, breaks[i].code, breaks[i].words);
        }
}

static void a_name_that_does_not_end_is_a_fault(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = dex_build(35, DEX_TYPES("+La/B;"));
        memset(bytes->data + dex_peek(bytes, 0x70) + 1, 'x', bytes->len - dex_peek(bytes, 0x70) - 1);
        refuses(bytes, FAULT_MALFORMED, "does not end");
        g_autofree char *long_name = g_strnfill(DEX_NAME_LIMIT + 1, 'x');
        g_autoptr(GByteArray) endless = dex_build(35, DEX_TYPES(long_name));
        refuses(endless, FAULT_LIMIT, "type name over 65535 bytes");
        long_name[DEX_NAME_LIMIT] = 0;
        g_autoptr(GByteArray) just = dex_build(35, DEX_TYPES(long_name));
        Dex dex;
        opens(&dex, just, 0);
        assert_int_equal(dex_type(&dex, 0).len, DEX_NAME_LIMIT);
}

static void more_types_than_code_can_refer_to_are_a_fault(void **state)
{
        (void)state;
        g_autofree const char **types = g_new0(const char *, 65538);
        for (size_t i = 0; i < 65537; i++)
                types[i] = "I";
        g_autoptr(GByteArray) bytes = dex_build(35, types);
        refuses(bytes, FAULT_MALFORMED, "65537 types, a dex file holds at most 65536");
        types[65536] = NULL;
        g_autoptr(GByteArray) just = dex_build(35, types);
        Dex dex;
        opens(&dex, just, 0);
}

static void oddities_that_only_art_minds_do_not_stop_the_reading(void **state)
{
        (void)state;
        Dex dex;
        g_autoptr(GByteArray) header = dex_build(35, DEX_TYPES("+La/B;"));
        dex_poke(header, 0x24, 0x80);
        opens(&dex, header, 0);
        assert_string_equal(dex.oddity, "dex-header-size");
        reads(dex_class(&dex, 0), "La/B;");
        g_autoptr(GByteArray) tail = dex_build(35, DEX_TYPES("+La/B;"));
        dex_grow(tail, 5);
        opens(&dex, tail, 0);
        assert_string_equal(dex.oddity, "dex-trailing-bytes");
        reads(dex_class(&dex, 0), "La/B;");
}

static void a_wrong_checksum_is_told_and_read_past(void **state)
{
        (void)state;
        g_autofree char *long_name = g_strnfill(20000, 'x'); /* longer than one run of the sum */
        g_autoptr(GByteArray) bytes = dex_build(35, DEX_TYPES("+La/B;", long_name));
        Dex dex;
        opens(&dex, bytes, 0);
        assert_true(dex_checksum_holds(&dex));
        assert_null(dex.oddity);
        bytes->data[bytes->len - 100] ^= 1;
        opens(&dex, bytes, 0);
        assert_false(dex_checksum_holds(&dex));
        assert_string_equal(dex.oddity, "dex-checksum");
        reads(dex_class(&dex, 0), "La/B;");
}

static void a_container_gives_one_dex_after_the_other(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        dex_append(bytes, 41, DEX_TYPES("+La/A;"));
        dex_append(bytes, 41, DEX_TYPES("I", "+La/B;"));
        dex_append(bytes, 41, DEX_TYPES("+La/C;"));
        dex_close(bytes);
        GString *seen = g_string_new(NULL);
        size_t at = 0;
        do {
                Dex dex;
                opens(&dex, bytes, at);
                assert_true(dex_checksum_holds(&dex));
                for (uint32_t i = 0; i < dex.n_classes; i++) {
                        Span name = dex_class(&dex, i);
                        g_string_append_len(seen, (const char *)name.data, (gssize)name.len);
                }
                at = dex_next(&dex);
        } while (at);
        assert_string_equal(seen->str, "La/A;La/B;La/C;");
        g_string_free(seen, TRUE);
}

static void a_container_may_share_its_strings(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        dex_append(bytes, 41, DEX_TYPES("+La/A;"));
        size_t second = bytes->len;
        dex_append(bytes, 41, DEX_TYPES("+La/B;"));
        dex_close(bytes);
        dex_poke(bytes, second + 0x3c, dex_peek(bytes, 0x3c)); /* the first one's string table */
        Dex dex;
        opens(&dex, bytes, second);
        reads(dex_class(&dex, 0), "La/A;");
}

static void a_broken_container_says_so(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = dex_build(41, DEX_TYPES("+La/A;"));
        uint32_t size = bytes->len;
        dex_poke(bytes, 0x70, size + 1);
        refuses(bytes, FAULT_MALFORMED, "container of ");
        dex_poke(bytes, 0x70, size);
        dex_poke(bytes, 0x74, 8);
        refuses(bytes, FAULT_MALFORMED, "header at 0x0 says it stands at 0x8");
        g_autoptr(GByteArray) old = dex_build(41, DEX_TYPES("+La/A;"));
        dex_append(old, 35, DEX_TYPES("+La/B;"));
        dex_poke(old, 0x70, old->len);
        Dex dex;
        opens(&dex, old, 0);
        g_autoptr(GError) error = NULL;
        assert_false(dex_open(&dex, whole(old), dex_next(&dex), &error));
        assert_non_null(strstr(error->message, "version 035 inside a container"));
}

static void a_container_of_endless_headers_is_cut_off(void **state)
{
        (void)state;
        static const char *const nothing[] = {NULL};
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        for (int i = 0; i < DEX_PART_LIMIT; i++)
                dex_append(bytes, 41, nothing);
        dex_close(bytes);
        Dex dex;
        opens(&dex, bytes, 0);
        dex_append(bytes, 41, nothing);
        dex_close(bytes);
        refuses(bytes, FAULT_LIMIT, "container of more than 1024 dex files");
}

static void no_cut_and_no_changed_byte_leads_outside_the_file(void **state)
{
        (void)state;
        g_autoptr(GByteArray) whole_dex = dex_build(41, DEX_TYPES("I", "+La/B;", "+La/C;"));
        for (guint size = 0; size < whole_dex->len; size++) {
                g_autofree uint8_t *cut =
                        g_memdup2(whole_dex->data, size); /* so that a sanitizer sees the end */
                Dex dex;
                assert_false(dex_open(&dex, span_of(cut, size), 0, NULL));
        }
        for (guint at = 0; at < whole_dex->len; at++)
                for (unsigned bit = 0; bit < 8; bit++) {
                        g_autofree uint8_t *changed = g_memdup2(whole_dex->data, whole_dex->len);
                        changed[at] ^= (uint8_t)(1u << bit);
                        Dex dex;
                        if (!dex_open(&dex, span_of(changed, whole_dex->len), 0, NULL))
                                continue;
                        for (uint32_t i = 0; i < dex.n_classes; i++)
                                assert_true(dex_class(&dex, i).len <= whole_dex->len);
                }
}

static void names_become_valid_utf8_for_output(void **state)
{
        (void)state;
        static const struct {
                const char *mutf8, *utf8;
        } cases[] = {
                {"Lcom/x/Y;", "Lcom/x/Y;"},
                {"\xc3\xbc\xe4\xb8\xad", "\xc3\xbc\xe4\xb8\xad"},
                {"\xed\xa0\xbd\xed\xb8\x80", "\xf0\x9f\x98\x80"},         /* a surrogate pair */
                {"a\xed\xa0\xbdz", "a\xef\xbf\xbdz"},                     /* half of one */
                {"\xed\xb8\x80\xed\xa0\xbd", "\xef\xbf\xbd\xef\xbf\xbd"}, /* two halves the wrong way */
                {"a\xc0\x80z", "a\xef\xbf\xbdz"},                         /* NUL */
                {"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* no sequence, one cut short */
                {"\xe0\x80\xaf", "\xef\xbf\xbd"},                         /* an overlong slash */
        };
        g_autoptr(Arena) arena = arena_new();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const char *text = dex_utf8(arena, span_str(cases[i].mutf8));
                assert_string_equal(text, cases[i].utf8);
                assert_true(g_utf8_validate(text, -1, NULL));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_types_and_defined_classes_in_table_order),
                cmocka_unit_test(gives_a_class_twice_when_it_is_defined_twice),
                cmocka_unit_test(tells_what_a_compiler_made_up),
                cmocka_unit_test(reads_every_version_of_the_format_even_unknown_ones),
                cmocka_unit_test(an_empty_dex_is_no_fault),
                cmocka_unit_test(refuses_what_is_no_dex_and_says_how_it_starts),
                cmocka_unit_test(says_where_a_broken_dex_breaks),
                cmocka_unit_test(a_name_that_does_not_end_is_a_fault),
                cmocka_unit_test(more_types_than_code_can_refer_to_are_a_fault),
                cmocka_unit_test(oddities_that_only_art_minds_do_not_stop_the_reading),
                cmocka_unit_test(a_wrong_checksum_is_told_and_read_past),
                cmocka_unit_test(a_container_gives_one_dex_after_the_other),
                cmocka_unit_test(a_container_may_share_its_strings),
                cmocka_unit_test(a_broken_container_says_so),
                cmocka_unit_test(a_container_of_endless_headers_is_cut_off),
                cmocka_unit_test(no_cut_and_no_changed_byte_leads_outside_the_file),
                cmocka_unit_test(names_become_valid_utf8_for_output),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
