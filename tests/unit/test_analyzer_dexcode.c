/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/dex.h"
#include "support/dex_words.h"

static void opens(Dex *dex, const GByteArray *bytes)
{
        g_autoptr(GError) error = NULL;
        must_succeed(dex_open(dex, span_of(bytes->data, bytes->len), 0, &error), error);
}

static void reads(Span name, const char *wanted)
{
        if (!span_eq_str(name, wanted))
                fail_msg("\"%.*s\", wanted \"%s\"", (int)name.len, (const char *)name.data, wanted);
}

/* One class with a static initialiser, a method that calls and names, an abstract one. */
static GByteArray *small_file(void)
{
        DexWords *d = dex_words();
        dex_says_class(d, "La/B;", "Ljava/lang/Object;");
        dex_says_implements(d, "Ljava/lang/Runnable;");
        dex_says_implements(d, "La/C;");
        dex_says_method(d, "run", "()V");
        dex_names(d, "a constant");
        dex_calls(d, DEX_STATIC, "La/D;", "call", "(I[Ljava/lang/String;J)La/C;");
        dex_reads(d, "La/D;", "flag", "Z");
        dex_returns(d);
        dex_says_method(d, "<clinit>", "()V");
        dex_returns(d);
        dex_says_abstract(d, "later", "(La/B;)V");
        return dex_words_end(d);
}

static uint32_t find_method(const Dex *dex, const char *name, DexMember *member)
{
        for (uint32_t i = 0; dex_method(dex, i, member); i++)
                if (dex_string_is(dex, member->name, span_str(name)))
                        return i;
        fail_msg("no method %s", name);
        return 0;
}

static void methods_and_fields_have_class_type_and_name(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        DexMember m;
        char proto[64];
        opens(&dex, bytes);
        find_method(&dex, "call", &m);
        reads(dex_type(&dex, m.class_type), "La/D;");
        assert_true(dex_proto(&dex, m.proto, proto, sizeof proto));
        assert_string_equal(proto, "(I[Ljava/lang/String;J)La/C;");
        reads(dex_result(&dex, m.proto), "La/C;");
        assert_true(dex_field(&dex, 0, &m));
        reads(dex_type(&dex, m.class_type), "La/D;");
        reads(dex_type(&dex, m.proto), "Z");
        reads(dex_string(&dex, m.name), "flag");
        assert_false(dex_field(&dex, 1, &m));
        assert_false(dex_method(&dex, dex.n_methods, &m));
        assert_false(dex_method(&dex, UINT32_MAX, &m));
}

static void a_prototype_fits_its_room_or_is_none(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        DexMember m;
        char proto[64];
        const char *wanted = "(I[Ljava/lang/String;J)La/C;";
        opens(&dex, bytes);
        find_method(&dex, "call", &m);
        assert_true(dex_proto(&dex, m.proto, proto, strlen(wanted) + 1));
        assert_string_equal(proto, wanted);
        for (size_t size = 0; size <= strlen(wanted); size++)
                assert_false(dex_proto(&dex, m.proto, proto, size));
        assert_false(dex_proto(&dex, dex.n_protos, proto, sizeof proto));
}

static void a_prototype_is_compared_with_a_text(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        DexMember m;
        static const char *const others[] = {"",
                                             "(",
                                             "()V",
                                             "(I[Ljava/lang/String;J)",
                                             "(I[Ljava/lang/String;J)La/C",
                                             "(I[Ljava/lang/String;J)La/C;V",
                                             "(I[Ljava/lang/String;JI)La/C;",
                                             "(I[Ljava/lang/String;)La/C;",
                                             "I[Ljava/lang/String;J)La/C;"};
        opens(&dex, bytes);
        find_method(&dex, "call", &m);
        assert_true(dex_proto_is(&dex, m.proto, "(I[Ljava/lang/String;J)La/C;"));
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                if (dex_proto_is(&dex, m.proto, others[i]))
                        fail_msg("the prototype is no %s", others[i]);
        assert_false(dex_proto_is(&dex, dex.n_protos, "()V"));
}

static void a_prototype_of_too_many_parameters_is_none(void **state)
{
        for (unsigned n = 255; n <= 256; n++) {
                g_autoptr(GString) proto = g_string_new("(");
                for (unsigned i = 0; i < n; i++)
                        g_string_append_c(proto, 'I');
                g_string_append(proto, ")V");
                DexWords *d = dex_words();
                dex_proto_of(d, proto->str);
                g_autoptr(GByteArray) bytes = dex_words_end(d);
                Dex dex;
                char text[512];
                opens(&dex, bytes);
                assert_int_equal(dex_proto(&dex, 0, text, sizeof text), n == 255);
                assert_int_equal(dex_proto_is(&dex, 0, proto->str), n == 255);
        }
}

static void strings_are_cut_where_asked(void **state)
{
        g_autofree char *long_text = g_strnfill(DEX_NAME_LIMIT + 1, 'x');
        DexWords *d = dex_words();
        dex_string_of(d, "short");
        dex_string_of(d, "");
        dex_string_of(d, long_text);
        g_autoptr(GByteArray) bytes = dex_words_end(d);
        Dex dex;
        opens(&dex, bytes);
        reads(dex_string(&dex, 0), "short");
        reads(dex_text(&dex, 0, 5), "short");
        reads(dex_text(&dex, 0, 2), "sh");
        reads(dex_text(&dex, 0, 0), "");
        reads(dex_string(&dex, 1), "");
        assert_int_equal(dex_string(&dex, 2).len, DEX_NAME_LIMIT);
        assert_null(dex_string(&dex, 3).data);
        assert_true(dex_string_is(&dex, 0, span_str("short")));
        assert_true(dex_string_is(&dex, 1, span_str("")));
        assert_false(dex_string_is(&dex, 0, span_str("shor")));
        assert_false(dex_string_is(&dex, 0, span_str("shorter")));
        assert_false(dex_string_is(&dex, 3, span_str("")));
}

static void a_string_that_does_not_end_is_empty(void **state)
{
        DexWords *d = dex_words();
        dex_string_of(d, "");
        g_autoptr(GByteArray) bytes = dex_words_end(d);
        dex_poke(bytes, DEX_HEADER, bytes->len - 1);
        bytes->data[bytes->len - 1] = 'x';
        Dex dex;
        opens(&dex, bytes);
        assert_int_equal(dex_string(&dex, 0).len, 0);
        assert_false(dex_string_is(&dex, 0, span_str("")));
        dex_poke(bytes, DEX_HEADER, UINT32_MAX);
        opens(&dex, bytes);
        assert_int_equal(dex_string(&dex, 0).len, 0);
}

static void a_class_states_its_super_and_its_interfaces(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        DexClass c;
        uint32_t type;
        opens(&dex, bytes);
        assert_true(dex_class_def(&dex, 0, &c));
        reads(dex_type(&dex, c.type), "La/B;");
        reads(dex_type(&dex, c.super), "Ljava/lang/Object;");
        assert_int_equal(dex_interfaces(&dex, &c), 2);
        assert_true(dex_interface(&dex, &c, 1, &type));
        reads(dex_type(&dex, type), "La/C;");
        assert_false(dex_interface(&dex, &c, 2, &type));
        dex_poke(bytes, c.interfaces_at, UINT32_MAX); /* more than the file has room for */
        assert_int_equal(dex_interfaces(&dex, &c), 0);
        assert_false(dex_interface(&dex, &c, 0, &type));
        c.interfaces_at = bytes->len;
        assert_int_equal(dex_interfaces(&dex, &c), 0);
        assert_false(dex_class_def(&dex, 1, &c));
}

static void direct_methods_come_before_virtual_ones(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        DexClass c;
        DexMember member;
        opens(&dex, bytes);
        dex_class_def(&dex, 0, &c);
        g_autoptr(GString) seen = g_string_new(NULL);
        DexMethods m = dex_methods(&dex, &c);
        while (dex_methods_next(&m)) {
                uint32_t n_units;
                assert_true(dex_method(&dex, m.method, &member));
                const uint8_t *units = dex_code(&dex, m.code_at, &n_units);
                Span name = dex_string(&dex, member.name);
                g_string_append_printf(seen, "%s%.*s %u%s ", m.is_virtual ? "virtual " : "", (int)name.len,
                                       (const char *)name.data, n_units, units ? "" : " none");
        }
        assert_string_equal(seen->str, "<clinit> 1 virtual run 8 virtual later 0 none ");
        assert_false(m.broken);
}

static void class_data_that_breaks_off_is_broken(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        DexClass c;
        opens(&dex, bytes);
        dex_class_def(&dex, 0, &c);
        DexClass outside = c;
        outside.data_at = bytes->len;
        assert_true(dex_methods(&dex, &outside).broken);
        bytes->data[c.data_at] = 0x7f; /* fields, more than the file has */
        DexMethods m = dex_methods(&dex, &c);
        assert_true(m.broken);
        assert_false(dex_methods_next(&m));
        bytes->data[c.data_at] = 0;
        bytes->data[c.data_at + 3] = 0x7f; /* methods, the same */
        m = dex_methods(&dex, &c);
        assert_true(m.broken);
        assert_false(dex_methods_next(&m));
        outside.data_at = bytes->len - 2; /* lists that begin and do not end */
        bytes->data[bytes->len - 2] = bytes->data[bytes->len - 1] = 0;
        assert_true(dex_methods(&dex, &outside).broken);
        c.data_at = 0;
        m = dex_methods(&dex, &c);
        assert_false(m.broken);
        assert_false(dex_methods_next(&m));
}

static void code_outside_the_file_is_none(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        Dex dex;
        uint32_t n_units;
        opens(&dex, bytes);
        assert_null(dex_code(&dex, 0, &n_units));
        assert_null(dex_code(&dex, bytes->len, &n_units));
        assert_null(dex_code(&dex, bytes->len - 15, &n_units));
        assert_null(dex_code(&dex, UINT32_MAX, &n_units));
        uint32_t at = dex_grow(bytes, DEX_CODE_HEADER + 4);
        dex_poke(bytes, 0x20, bytes->len);
        opens(&dex, bytes);
        dex_poke(bytes, at + 12, 2);
        assert_ptr_equal(dex_code(&dex, at, &n_units), bytes->data + at + DEX_CODE_HEADER);
        assert_int_equal(n_units, 2);
        dex_poke(bytes, at + 12, 3);
        assert_null(dex_code(&dex, at, &n_units));
        assert_int_equal(n_units, 0);
        dex_poke(bytes, at + 12, UINT32_MAX);
        assert_null(dex_code(&dex, at, &n_units));
}

/* Type names may share their bytes: 65,536 types of 65,535 bytes each would fit half a megabyte. */
static void type_names_that_share_their_bytes_are_counted(void **state)
{
        enum { TYPES = 300 };
        g_autofree const char **types = g_new0(const char *, TYPES + 1);
        g_autofree char *long_name = g_strnfill(60000, 'x');
        for (unsigned i = 0; i < TYPES; i++)
                types[i] = i ? "I" : long_name;
        g_autoptr(GByteArray) bytes = dex_build(35, types);
        for (unsigned i = 1; i < TYPES; i++)
                dex_poke(bytes, DEX_HEADER + 4 * i, dex_peek(bytes, DEX_HEADER));
        g_autoptr(GError) error = NULL;
        Dex dex;
        assert_false(dex_open(&dex, span_of(bytes->data, bytes->len), 0, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_string_equal(error->message, "names of 280 types take more than 16777216 bytes");
}

static void parts_of_a_container_do_not_share_their_classes(void **state)
{
        g_autofree const char **types = g_new0(const char *, 101);
        for (unsigned i = 0; i < 100; i++)
                types[i] = "+La/B;";
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        dex_append(bytes, 41, types);
        size_t second = bytes->len;
        dex_append(bytes, 41, DEX_TYPES("+La/C;"));
        dex_close(bytes);
        Dex dex;
        assert_true(dex_open(&dex, span_of(bytes->data, bytes->len), second, NULL));
        for (unsigned field = 0x38; field < 0x68; field += 4)
                dex_poke(bytes, second + field, dex_peek(bytes, field));
        g_autoptr(GError) error = NULL;
        assert_false(dex_open(&dex, span_of(bytes->data, bytes->len), second, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_non_null(strstr(error->message, "100 classes and 100 types, more than the "));
}

static void no_changed_byte_leads_outside_the_file(void **state)
{
        g_autoptr(GByteArray) bytes = small_file();
        for (guint at = 0; at < bytes->len * 8; at++) {
                g_autofree uint8_t *changed = g_memdup2(bytes->data, bytes->len);
                changed[at / 8] ^= (uint8_t)(1u << at % 8);
                Dex dex;
                DexClass c;
                DexMember member;
                char proto[256];
                uint32_t type, n_units;
                if (!dex_open(&dex, span_of(changed, bytes->len), 0, NULL))
                        continue;
                for (uint32_t i = 0; i <= dex.n_strings && i < 64; i++)
                        assert_true(dex_string(&dex, i).len < bytes->len);
                for (uint32_t i = 0; i < 64 && dex_method(&dex, i, &member); i++) {
                        (void)dex_proto(&dex, member.proto, proto, sizeof proto);
                        (void)dex_proto_is(&dex, member.proto, "(I[Ljava/lang/String;J)La/C;");
                        (void)dex_result(&dex, member.proto);
                }
                for (uint32_t i = 0; i < 64 && dex_class_def(&dex, i, &c); i++) {
                        for (uint32_t k = 0; k < 64 && dex_interface(&dex, &c, k, &type); k++)
                                assert_true(type < dex.n_types);
                        for (DexMethods m = dex_methods(&dex, &c); dex_methods_next(&m);)
                                (void)dex_code(&dex, m.code_at, &n_units);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(methods_and_fields_have_class_type_and_name),
                cmocka_unit_test(a_prototype_fits_its_room_or_is_none),
                cmocka_unit_test(a_prototype_is_compared_with_a_text),
                cmocka_unit_test(a_prototype_of_too_many_parameters_is_none),
                cmocka_unit_test(strings_are_cut_where_asked),
                cmocka_unit_test(a_string_that_does_not_end_is_empty),
                cmocka_unit_test(a_class_states_its_super_and_its_interfaces),
                cmocka_unit_test(direct_methods_come_before_virtual_ones),
                cmocka_unit_test(class_data_that_breaks_off_is_broken),
                cmocka_unit_test(code_outside_the_file_is_none),
                cmocka_unit_test(type_names_that_share_their_bytes_are_counted),
                cmocka_unit_test(parts_of_a_container_do_not_share_their_classes),
                cmocka_unit_test(no_changed_byte_leads_outside_the_file),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
