/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/code/insn.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})

/* The widths one after the other, and whether the last instruction ended where the code ends. */
static void steps(const uint8_t *bytes, uint32_t n_units, const char *wanted)
{
        g_autoptr(GString) seen = g_string_new(NULL);
        Insns i = insns_of(bytes, n_units);
        while (insn_next(&i))
                g_string_append_printf(seen, "%u ", i.width);
        g_string_append(seen, insn_ended(&i) ? "end" : "cut");
        assert_string_equal(seen->str, wanted);
}

static void every_opcode_has_a_width_and_the_kinds_are_where_they_belong(void **state)
{
        unsigned kinds[INSN_IS_LONG + 1] = {0};
        for (unsigned op = 0; op < 256; op++) {
                unsigned width = insn_table[op] & 0xf, kind = insn_table[op] >> 4;
                assert_in_range(width, 1, 5);
                assert_in_range(kind, 0, INSN_IS_LONG);
                kinds[kind]++;
                if (kind == INSN_IS_SHORT)
                        assert_int_equal(width, 1);
                if (kind == INSN_IS_LONG || kind == INSN_IS_STRING || kind == INSN_IS_READ)
                        assert_int_equal(width, 2);
                if (kind == INSN_IS_INVOKE || kind == INSN_IS_JUMBO)
                        assert_int_equal(width, 3);
        }
        assert_int_equal(kinds[INSN_IS_STRING], 1);
        assert_int_equal(kinds[INSN_IS_JUMBO], 1);
        assert_int_equal(kinds[INSN_IS_INVOKE], 10);
        assert_int_equal(kinds[INSN_IS_READ], 14);
        assert_int_equal(insn_table[0x18], 5);                           /* const-wide */
        assert_int_equal(insn_table[INSN_INVOKE_POLYMORPHIC], 4);        /* other, four units */
        assert_int_equal(insn_table[0] >> 4, INSN_OTHER);                /* may be a payload */
        assert_int_equal(insn_table[0x73], INSN_IS_SHORT << 4 | 1);      /* between the two rows of calls */
        assert_int_equal(insn_table[INSN_SPUT_LAST] >> 4, INSN_IS_LONG); /* a write is no read */
}

static void instructions_follow_each_other_by_width(void **state)
{
        /* const-string v0, 0x1234; const-string/jumbo v0, 0x56789abc; nop; return-void */
        const uint8_t *code = BYTES(0x1a, 0, 0x34, 0x12, 0x1b, 0, 0xbc, 0x9a, 0x78, 0x56, 0, 0, 0x0e, 0);
        Insns i = insns_of(code, 7);
        assert_true(insn_next(&i));
        assert_int_equal(insn_kind(&i), INSN_IS_STRING);
        assert_int_equal(insn_index(&i), 0x1234);
        assert_true(insn_next(&i));
        assert_int_equal(insn_kind(&i), INSN_IS_JUMBO);
        assert_int_equal(insn_index_wide(&i), 0x56789abc);
        steps(code, 7, "2 3 1 1 end");
}

static void no_code_ends_at_once(void **state)
{
        steps(NULL, 0, "end");
}

static void payloads_are_one_instruction(void **state)
{
        steps(BYTES(0, 1, 2, 0, 9, 9, 9, 9, 1, 1, 1, 1, 2, 2, 2, 2, 0x0e, 0), 9,
              "8 1 end");                                                        /* packed-switch of 2 */
        steps(BYTES(0, 2, 1, 0, 9, 9, 9, 9, 1, 1, 1, 1, 0x0e, 0), 7, "6 1 end"); /* sparse-switch of 1 */
        steps(BYTES(0, 3, 1, 0, 3, 0, 0, 0, 7, 7, 7, 0, 0x0e, 0), 7, "6 1 end"); /* three bytes, padded */
        steps(BYTES(0, 3, 4, 0, 1, 0, 0, 0, 7, 7, 7, 7, 0x0e, 0), 7, "6 1 end"); /* one int */
        steps(BYTES(0, 2, 0, 0, 0x0e, 0), 3, "2 1 end");                         /* a switch over nothing */
        steps(BYTES(0, 4, 0x0e, 0), 2, "1 1 end"); /* no payload has this number */
}

static void what_runs_past_the_end_is_told(void **state)
{
        steps(BYTES(0x0e, 0, 0x1a, 0), 2, "1 cut");
        steps(BYTES(0x18, 0, 1, 2, 3, 4, 5, 6), 4, "cut");
        steps(BYTES(0, 1, 0xff, 0xff), 2, "cut");
        steps(BYTES(0, 3), 1, "cut");
        steps(BYTES(0, 3, 1, 0, 4, 0), 3, "cut");
        steps(BYTES(0, 3, 1, 0, 0, 0, 0, 0x10), 4, "cut");
}

/* AOSP computes 4 + (width * count + 1) / 2 in 32 bits and goes on where that leads: what stands there is run. */
static void a_payload_whose_size_wraps_ends_where_android_says(void **state)
{
        steps(BYTES(0, 3, 0, 0x80, 0, 0, 2, 0, 0x0e, 0), 5, "4 1 end");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_opcode_has_a_width_and_the_kinds_are_where_they_belong),
                cmocka_unit_test(instructions_follow_each_other_by_width),
                cmocka_unit_test(no_code_ends_at_once),
                cmocka_unit_test(payloads_are_one_instruction),
                cmocka_unit_test(what_runs_past_the_end_is_told),
                cmocka_unit_test(a_payload_whose_size_wraps_ends_where_android_says),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
