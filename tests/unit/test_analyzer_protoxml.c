/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/manifest.h"
#include "analyzer/apk/protoarsc.h"
#include "analyzer/apk/protoxml.h"
#include "support/proto_build.h"

#define ANDROID AXML_ANDROID

/* Attributes of <manifest> come in the wrong order, as they may in source. */
static AxmlBuild *words(void)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_text(x, ATTR_VERSION_NAME, "1.7");
        axml_number(x, ATTR_VERSION_CODE, 7);
        axml_plain(x, "package", "com.example.bundle");
        axml_plain(x, "split", "camera");
        axml_open_tag(x, "uses-sdk");
        axml_number(x, ATTR_TARGET_SDK_VERSION, 34);
        axml_number(x, ATTR_MIN_SDK_VERSION, 21);
        axml_close_tags(x, 1);
        axml_open_tag(x, "uses-permission");
        axml_text(x, ATTR_NAME, "android.permission.CAMERA");
        axml_number(x, ATTR_MAX_SDK_VERSION, 28);
        axml_close_tags(x, 1);
        axml_open_tag(x, "application");
        axml_reference(x, ATTR_LABEL, 0x7f010000);
        axml_truth(x, ATTR_DEBUGGABLE, true);
        axml_open_tag(x, "meta-data");
        axml_text(x, ATTR_NAME, "KEY");
        axml_text(x, ATTR_VALUE, "");
        axml_close_tags(x, 1);
        axml_open_tag(x, "service");
        axml_truth(x, ATTR_EXPORTED, false);
        axml_text(x, ATTR_NAME, ".Late");
        axml_open_tag(x, "intent-filter");
        axml_open_tag(x, "action");
        axml_text(x, ATTR_NAME, "com.example.ACT");
        axml_close_tags(x, 5);
        return x;
}

static const ArscTable tables[] = {
        {.values = {{RES_REFERENCE, .data = 0x7f010002}}, .n = 1},
        {.language = "zh", .region = "CN", .values = {{RES_STRING, "相机"}}, .n = 1},
        {.language = "zh", .script = "Hant", .values = {{RES_STRING, "相機"}}, .n = 1},
        {.language = "fil", .values = {{RES_STRING, "Kamera"}}, .n = 1},
        {.values = {{RES_NULL}, {RES_STRING, "nobody asks"}, {RES_STRING, "Camera"}}, .n = 3},
        {.density = 480, .values = {{RES_NULL}, {RES_NULL}, {RES_STRING, "Dense"}}, .n = 3}};

/* The binary form of a message that must be one. */
static Span converted(GByteArray *message, ProtoXml *xml, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        must_succeed(protoxml_convert(xml, span_of_bytes(message), arena, &error), error);
        return xml->axml;
}

static void must_not_convert(const GByteArray *message, Fault code)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        assert_false(protoxml_convert(xml, span_of_bytes(message), arena, &error));
        assert_true(fault_is(error, code));
}

static void read_manifest(Manifest *m, Span axml, Span arsc, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        Arsc *resources = arsc.len ? arsc_open(arsc, arena, &error) : NULL;
        assert_null(error);
        must_succeed(manifest_read(m, axml, false, resources, arena, &error), error);
}

static void must_be_equal(const Manifest *a, const Manifest *b)
{
        assert_string_equal(a->package, b->package);
        assert_string_equal(a->split, b->split);
        assert_int_equal(a->version_code, b->version_code);
        assert_string_equal(a->version_name, b->version_name);
        assert_int_equal(a->min_sdk, b->min_sdk);
        assert_int_equal(a->target_sdk, b->target_sdk);
        assert_int_equal(a->debuggable, b->debuggable);
        assert_string_equal(a->label, b->label);
        assert_int_equal(a->n_labels, b->n_labels);
        for (size_t i = 0; i < a->n_labels; i++) {
                assert_string_equal(a->labels[i]->lang, b->labels[i]->lang);
                assert_string_equal(a->labels[i]->text, b->labels[i]->text);
        }
        assert_int_equal(a->n_permissions, b->n_permissions);
        assert_string_equal(a->permissions[0]->name, b->permissions[0]->name);
        assert_int_equal(a->permissions[0]->max_sdk, b->permissions[0]->max_sdk);
        assert_int_equal(a->n_meta_data, b->n_meta_data);
        assert_string_equal(a->meta_data[0]->value, b->meta_data[0]->value);
        assert_int_equal(a->n_components, b->n_components);
        assert_string_equal(a->components[0]->name, b->components[0]->name);
        assert_string_equal(a->components[0]->actions[0], b->components[0]->actions[0]);
}

static void the_same_words_give_the_same_manifest_in_both_forms(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        g_autoptr(GError) error = NULL;
        AxmlBuild *sorted = words();
        for (guint i = 0; i < sorted->nodes->len; i++) { /* the binary form is written by who sorts */
                AxmlBuildNode *node = g_ptr_array_index(sorted->nodes, i);
                for (guint k = 1; node->start && k < node->attributes->len; k++) {
                        AxmlBuildAttribute *at = &g_array_index(node->attributes, AxmlBuildAttribute, 0),
                                           one = at[k];
                        guint place = k;
                        for (; place && one.id && (!at[place - 1].id || at[place - 1].id > one.id); place--)
                                at[place] = at[place - 1];
                        at[place] = one;
                }
        }
        g_autoptr(GByteArray) binary = axml_end(sorted, (AxmlTricks){0});
        g_autoptr(GByteArray) message = proto_end(words());
        g_autoptr(GByteArray) arsc = arsc_build(tables, G_N_ELEMENTS(tables));
        g_autoptr(GByteArray) table = proto_table(tables, G_N_ELEMENTS(tables));
        Span axml = converted(message, xml, arena), resources;
        assert_int_equal(xml->n_references, 1);
        assert_int_equal(xml->references[0], 0x7f010000);
        must_succeed(protoarsc_convert(span_of_bytes(table), xml->references, 1, arena, &resources, &error),
                     error);
        Manifest a, b;
        read_manifest(&a, span_of_bytes(binary), span_of_bytes(arsc), arena);
        read_manifest(&b, axml, resources, arena);
        assert_string_equal(a.label, "Camera");
        assert_int_equal(a.n_labels, 2);
        must_be_equal(&a, &b);
        assert_int_equal(b.odd.n, a.odd.n);
}

static void attributes_come_out_in_the_order_in_which_android_looks_for_them(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_plain(x, "package", "a.b");
        axml_text(x, ATTR_VERSION_NAME, "2");
        axml_text(x, ATTR_NAME, "first of two");
        axml_number(x, ATTR_VERSION_CODE, 1);
        axml_text(x, ATTR_NAME, "second of two");
        axml_close_tags(x, 1);
        g_autoptr(GByteArray) message = proto_end(x);
        Axml axml;
        assert_true(axml_open(&axml, converted(message, xml, arena), false, arena, NULL));
        assert_int_equal(axml_next(&axml, NULL), AXML_START);
        const uint32_t order[] = {ATTR_NAME, ATTR_NAME, ATTR_VERSION_CODE, ATTR_VERSION_NAME, 0};
        assert_int_equal(axml_attributes(&axml), G_N_ELEMENTS(order));
        for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
                AxmlAttribute a;
                assert_true(axml_attribute(&axml, i, &a));
                assert_int_equal(a.id, order[i]);
        }
        AxmlAttribute name;
        assert_true(axml_find(&axml, ATTR_NAME, &name, NULL));
        assert_string_equal(axml_string(&axml, name.value.data), "first of two");
        assert_string_equal(axml_find_text(&axml, NULL, "package"), "a.b");
        assert_string_equal(axml_find_text(&axml, ANDROID, "name"), "first of two");
}

static void every_kind_of_value_keeps_its_type(void **state)
{
        (void)state;
        const ResValue values[] = {{RES_NULL, 0},
                                   {RES_NULL, 1},
                                   {RES_REFERENCE, 0x7f010001},
                                   {RES_ATTRIBUTE, 0x01010001},
                                   {RES_FLOAT, 0x3f800000},
                                   {RES_DIMENSION, 0x1001},
                                   {RES_FRACTION, 0x3201},
                                   {RES_DYNAMIC_REFERENCE, 0x02010001},
                                   {RES_INT_DEC, 5},
                                   {RES_INT_DEC, (uint32_t)-5},
                                   {RES_INT_HEX, 0xffffffff},
                                   {RES_INT_BOOLEAN, 0xffffffff},
                                   {RES_INT_BOOLEAN, 0},
                                   {0x1c, 0xff102030},
                                   {0x1d, 0xff112233},
                                   {0x1f, 0xffaabbcc}};
        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
                g_autoptr(GByteArray) message = proto_item(values[i].type, values[i].data);
                ProtoItem item;
                assert_true(protoxml_item(span_of_bytes(message), &item));
                assert_int_equal(item.type, values[i].type);
                assert_int_equal(item.data, values[i].data);
        }
        static const uint8_t old[] = {0x3a, 4,    0x08,
                                      0x10, 0x10, 0x2a}; /* prim {type: 16, data: 42}, as up to Android 8 */
        ProtoItem item;
        assert_true(protoxml_item(span_of(old, sizeof old), &item));
        assert_int_equal(item.type, RES_INT_DEC);
        assert_int_equal(item.data, 42);
        static const uint8_t id[] = {0x32, 0}; /* an id has no value */
        assert_false(protoxml_item(span_of(id, sizeof id), &item));
        static const uint8_t raw[] = {0x1a, 4, 0x0a, 2, 'h', 'i'}, file[] = {0x2a, 5, 0x0a, 3, 'r', '/', 'x'};
        assert_true(protoxml_item(span_of(raw, sizeof raw), &item) && span_eq_str(item.text, "hi"));
        assert_true(protoxml_item(span_of(file, sizeof file), &item) && span_eq_str(item.text, "r/x"));
        assert_int_equal(item.type, RES_STRING);
}

static void texts_that_are_no_utf8_or_hold_zeros_become_readable(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        GByteArray *element = g_byte_array_new();
        g_autoptr(GByteArray) message = g_byte_array_new();
        proto_bytes(element, 3, span_of("a\0b\xff", 4));
        proto_message(message, 1, element);
        Axml axml;
        assert_true(axml_open(&axml, converted(message, xml, arena), false, arena, NULL));
        assert_int_equal(axml_next(&axml, NULL), AXML_START);
        assert_string_equal(axml_name(&axml), "a\xef\xbf\xbd"
                                              "b\xef\xbf\xbd");
}

static void a_message_that_breaks_off_is_never_taken(void **state)
{
        (void)state;
        g_autoptr(GByteArray) message = proto_end(words());
        for (guint len = message->len; len-- > 0;) {
                g_byte_array_set_size(message, len);
                must_not_convert(message, FAULT_MALFORMED);
        }
}

static void a_flipped_byte_is_read_or_refused_and_never_more(void **state)
{
        (void)state;
        g_autoptr(GByteArray) message = proto_end(words());
        for (guint i = 0; i < message->len; i++) {
                for (unsigned bit = 0; bit < 8; bit++) {
                        g_autoptr(Arena) arena = arena_new();
                        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
                        g_autoptr(GError) error = NULL;
                        Manifest m;
                        message->data[i] ^= (guint8)(1u << bit);
                        if (protoxml_convert(xml, span_of_bytes(message), arena, &error))
                                manifest_read(&m, xml->axml, false, NULL, arena, NULL);
                        else
                                assert_non_null(error);
                        message->data[i] ^= (guint8)(1u << bit);
                }
        }
}

static GByteArray *nested(unsigned depth)
{
        GByteArray *node = g_byte_array_new();
        for (unsigned i = 0; i < depth; i++) {
                GByteArray *element = g_byte_array_new(), *outer = g_byte_array_new();
                proto_text(element, 3, "x");
                if (i)
                        proto_bytes(element, 5, span_of_bytes(node));
                proto_message(outer, 1, element);
                g_byte_array_unref(node);
                node = outer;
        }
        return node;
}

static void what_goes_beyond_a_cap_is_named(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        g_autoptr(GByteArray) deep = nested(AXML_DEPTH_LIMIT), deeper = nested(AXML_DEPTH_LIMIT + 1);
        converted(deep, xml, arena);
        must_not_convert(deeper, FAULT_LIMIT);
        GByteArray *element = g_byte_array_new();
        g_autoptr(GByteArray) wide = g_byte_array_new();
        for (unsigned i = 0; i < 65536; i++)
                proto_bytes(element, 4, span_str(""));
        proto_message(wide, 1, element);
        must_not_convert(wide, FAULT_LIMIT);
        /* Two bytes an attribute become twenty: 64 MiB out of 7. */
        GByteArray *big = g_byte_array_new();
        g_autoptr(GByteArray) bomb = g_byte_array_new();
        for (unsigned child = 0; child < 60; child++) {
                GByteArray *inner = g_byte_array_new(), *node = g_byte_array_new();
                for (unsigned i = 0; i < 60000; i++)
                        proto_bytes(inner, 4, span_str(""));
                proto_message(node, 1, inner);
                proto_message(big, 5, node);
        }
        proto_message(bomb, 1, big);
        must_not_convert(bomb, FAULT_LIMIT);
}

static void two_elements_in_one_node_and_none_at_all_are_refused(void **state)
{
        (void)state;
        g_autoptr(GByteArray) twice = proto_end(words()), none = g_byte_array_new();
        g_autoptr(GByteArray) again = proto_end(words());
        g_byte_array_append(twice, again->data, again->len);
        must_not_convert(twice, FAULT_MALFORMED);
        proto_text(none, 2, "text");
        must_not_convert(none, FAULT_MALFORMED);
        static const char text[] = "<?xml version=\"1.0\"?><manifest/>";
        g_byte_array_set_size(none, 0);
        g_byte_array_append(none, (const guint8 *)text, sizeof text - 1);
        must_not_convert(none, FAULT_MALFORMED);
}

static void references_to_resources_are_listed_once(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        for (unsigned i = 0; i < 3; i++) {
                axml_open_tag(x, "x");
                axml_reference(x, ATTR_LABEL, 0x7f010000 + i / 2);
                axml_typed(x, ATTR_VALUE, RES_ATTRIBUTE, 0x7f020000);
                axml_close_tags(x, 1);
        }
        axml_close_tags(x, 1);
        g_autoptr(GByteArray) message = proto_end(x);
        converted(message, xml, arena);
        assert_int_equal(xml->n_references, 2);
        assert_int_equal(xml->references[1], 0x7f010001);
}

/* ---- resources */

static const ArscValue *value_of(GByteArray *table, uint32_t id, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        Span bytes;
        must_succeed(protoarsc_convert(span_of_bytes(table), &id, 1, arena, &bytes, &error), error);
        Arsc *arsc = arsc_open(bytes, arena, &error);
        must_succeed(arsc != NULL, error);
        return arsc_default(arsc, id);
}

static void references_are_followed_and_circles_end(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ArscTable chain[] = {{.values = {{RES_REFERENCE, .data = 0x7f010001},
                                               {RES_REFERENCE, .data = 0x7f010002},
                                               {RES_STRING, "end"},
                                               {RES_REFERENCE, .data = 0x7f010004},
                                               {RES_REFERENCE, .data = 0x7f010003},
                                               {RES_INT_DEC, .data = 34}},
                                    .n = 6}};
        g_autoptr(GByteArray) table = proto_table(chain, 1);
        assert_string_equal(value_of(table, 0x7f010000, arena)->text, "end");
        assert_null(value_of(table, 0x7f010003, arena));
        assert_int_equal(value_of(table, 0x7f010005, arena)->value.data, 34);
        assert_null(value_of(table, 0x7f010006, arena));
        assert_null(value_of(table, 0x7e010000, arena));
}

static void a_table_that_breaks_off_is_never_taken_for_whole(void **state)
{
        (void)state;
        g_autoptr(GByteArray) table = proto_table(tables, G_N_ELEMENTS(tables));
        const uint32_t id = 0x7f010000;
        for (guint len = table->len; len-- > 1;) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                Span bytes;
                g_byte_array_set_size(table, len);
                assert_false(protoarsc_convert(span_of_bytes(table), &id, 1, arena, &bytes, &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
        }
}

static void too_many_values_are_named(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        GByteArray *package = g_byte_array_new(), *type = g_byte_array_new(), *entry = g_byte_array_new();
        g_autoptr(GByteArray) table = g_byte_array_new();
        const ArscEntry value = {RES_STRING, "x"};
        proto_message(entry, 1, proto_id(0));
        for (unsigned i = 0; i <= PROTOARSC_VALUES; i++)
                proto_message(entry, 6, proto_value(&tables[0], &value));
        proto_message(type, 1, proto_id(1));
        proto_message(type, 3, entry);
        proto_message(package, 1, proto_id(0x7f));
        proto_message(package, 3, type);
        proto_message(table, 2, package);
        const uint32_t id = 0x7f010000;
        Span bytes;
        assert_false(protoarsc_convert(span_of_bytes(table), &id, 1, arena, &bytes, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_words_give_the_same_manifest_in_both_forms),
                cmocka_unit_test(attributes_come_out_in_the_order_in_which_android_looks_for_them),
                cmocka_unit_test(every_kind_of_value_keeps_its_type),
                cmocka_unit_test(texts_that_are_no_utf8_or_hold_zeros_become_readable),
                cmocka_unit_test(a_message_that_breaks_off_is_never_taken),
                cmocka_unit_test(a_flipped_byte_is_read_or_refused_and_never_more),
                cmocka_unit_test(what_goes_beyond_a_cap_is_named),
                cmocka_unit_test(two_elements_in_one_node_and_none_at_all_are_refused),
                cmocka_unit_test(references_to_resources_are_listed_once),
                cmocka_unit_test(references_are_followed_and_circles_end),
                cmocka_unit_test(a_table_that_breaks_off_is_never_taken_for_whole),
                cmocka_unit_test(too_many_values_are_named),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
