/* SPDX-License-Identifier: GPL-3.0-or-later */
/* insn.h - one instruction after the other of a method's code, by width alone: no decoding of registers but where asked.
 * Widths: AOSP libdexfile dex_instruction_list.h; payloads: "Dalvik bytecode", packed-switch-payload and its like. */
#ifndef ANALYZER_CODE_INSN_H
#define ANALYZER_CODE_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The opcodes somebody here looks at. */
enum {
        INSN_CONST_STRING = 0x1a,       /* string index: insn_index */
        INSN_CONST_STRING_JUMBO = 0x1b, /* string index: insn_index_wide */
        INSN_CONST_CLASS = 0x1c,        /* type index */
        INSN_NEW_INSTANCE = 0x22,       /* type index */
        INSN_IGET = 0x52,               /* field index (the second unit too), to 0x58 */
        INSN_IGET_LAST = 0x58,
        INSN_SGET = 0x60, /* field index, to 0x66 */
        INSN_SGET_LAST = 0x66,
        INSN_SPUT_LAST = 0x6d,
        INSN_INVOKE_VIRTUAL = 0x6e, /* method index, to 0x72; the range forms are 0x74 to 0x78 */
        INSN_INVOKE_SUPER = 0x6f,
        INSN_INVOKE_DIRECT = 0x70,
        INSN_INVOKE_STATIC = 0x71,
        INSN_INVOKE_INTERFACE = 0x72,
        INSN_INVOKE_RANGE = 0x74,
        INSN_INVOKE_RANGE_LAST = 0x78,
        INSN_INVOKE_POLYMORPHIC = 0xfa,
        INSN_INVOKE_CUSTOM = 0xfc
};

/* Invokes but polymorphic and custom ones, const-string, const-string/jumbo, iget and sget; of the others those of one and of
 * two units, and the rest. */
typedef enum {
        INSN_OTHER,
        INSN_IS_INVOKE,
        INSN_IS_STRING,
        INSN_IS_JUMBO,
        INSN_IS_READ,
        INSN_IS_SHORT,
        INSN_IS_LONG
} InsnKind;

extern const uint8_t insn_table[256]; /* by opcode: InsnKind << 4 | width in 16-bit units, never 0 */

typedef struct {
        const uint8_t *at; /* of the current instruction; after insn_next returned true */
        const uint8_t *end;
        uint32_t width; /* units of the current one, payload included; 0 before the first */
        uint8_t op;
} Insns;

static inline Insns insns_of(const uint8_t *units, uint32_t n_units)
{
        const uint8_t *start = units ? units : (const uint8_t *)"";
        return (Insns){start, start + (units ? (size_t)n_units * 2 : 0), 0, 0};
}

static inline uint16_t insn_unit(const Insns *i, size_t k) /* the k-th unit; k below the width */
{
        return (uint16_t)(i->at[2 * k] | i->at[2 * k + 1] << 8);
}
static inline uint32_t insn_index(const Insns *i)
{
        return insn_unit(i, 1);
}
static inline uint32_t insn_index_wide(const Insns *i)
{
        return insn_unit(i, 1) | (uint32_t)insn_unit(i, 2) << 16;
}

static inline InsnKind insn_kind(const Insns *i)
{
        return (InsnKind)(insn_table[i->op] >> 4);
}

uint32_t insn_payload_width(const uint8_t *at, const uint8_t *end); /* of opcode 0 with a second byte */

/* The instruction at `at`; false at the end, and where it would run past it: insn_ended tells which. */
static inline bool insn_here(Insns *i)
{
        if (i->end - i->at < 2)
                return false;
        i->op = i->at[0];
        i->width = insn_table[i->op] & 0xf;
        if (i->op == 0 && i->at[1] != 0)
                i->width = insn_payload_width(i->at, i->end);
        return i->width <= (size_t)(i->end - i->at) / 2;
}

/* The next instruction. */
static inline bool insn_next(Insns *i)
{
        i->at += (size_t)i->width * 2;
        return insn_here(i);
}

/* After these returned false: the last instruction ended where the code ends, as Android demands. */
static inline bool insn_ended(const Insns *i)
{
        return i->at == i->end;
}

#endif
