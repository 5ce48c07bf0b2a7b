/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dex.h - the string, type and class tables of one dex file, read in place.
 *
 * dex_open looks at everything the functions below touch, so that these cannot fail on an opened Dex. It is as
 * strict as ART where the bytes must make sense, and laxer where only a seal is broken: a wrong checksum is an
 * oddity, the SHA-1 is not looked at, unknown version digits are read by structure.
 * Format: docs/formats.md, after AOSP's libdexfile; containers (version 041) after AOSP's slicer. */
#ifndef ANALYZER_APK_DEX_H
#define ANALYZER_APK_DEX_H

#include "core/arena.h"
#include "core/error.h"

enum {
        DEX_SYNTHETIC = 0x1000, /* access flag of what a compiler made up */
        DEX_NAME_LIMIT = 65535, /* bytes of a type descriptor */
        DEX_PART_LIMIT = 1024   /* headers in one container */
};

typedef struct Dex {
        Span image;       /* what all offsets count from: the file, or the container around several headers */
        size_t at;        /* of this header in the image; 0 but in containers */
        size_t size;      /* bytes this header speaks for */
        unsigned version; /* 35, 37 .. 41 */
        uint32_t n_strings, n_types, n_protos, n_fields, n_methods, n_classes;
        uint32_t strings_at, types_at, protos_at, fields_at, methods_at, classes_at;
        /* What ART minds and reading does not, the first of: dex-header-size, dex-trailing-bytes, dex-checksum (not
         * looked at in containers). A literal; NULL: nothing. */
        const char *oddity;
} Dex;

/* Opens the header at `at` (0 for the first) of the file's bytes, which must outlive the Dex.
 * FAULT_MALFORMED: not a dex file (packed or encrypted) or broken, with what broke and where. FAULT_UNSUPPORTED:
 * compact, optimised or big-endian dex, which no APK needs. FAULT_LIMIT: beyond the caps above. */
bool dex_open(Dex *dex, Span file, size_t at, GError **error);

/* Where the next header of the container starts, 0 when this one is the last:
 *     size_t at = 0;
 *     do {
 *             if (!dex_open(&dex, file, at, error)) return false;
 *     } while ((at = dex_next(&dex)));                                                            */
size_t dex_next(const Dex *dex);

/* Descriptors ("Lcom/x/Y;") as raw MUTF-8, in table order; they live as long as the file's bytes. i is below
 * n_types or n_classes. A class listed twice is given twice, as dexdump does. */
Span dex_type(const Dex *dex, uint32_t i);
Span dex_class(const Dex *dex, uint32_t i); /* of a class this dex file defines */

uint32_t dex_class_flags(const Dex *dex, uint32_t i); /* access flags as they stand */

/* ---- what code refers to. Indices are checked here: one that is out of range, or that leads nowhere, gives the empty
 * span or false, since instructions may hold any number. */

/* Raw MUTF-8 without the NUL, a view into the file: the first DEX_NAME_LIMIT bytes of it, or the first `limit`, so that
 * no time is lost on the rest of a huge one. */
Span dex_string(const Dex *dex, uint32_t i);
Span dex_text(const Dex *dex, uint32_t i, size_t limit);
bool dex_string_is(const Dex *dex, uint32_t i, Span text); /* looks no further than the text is long */

typedef struct {
        uint16_t class_type; /* index of the type it is called on (not of the class that defines it) */
        uint16_t proto;      /* methods: index of the prototype; fields: index of the field's type */
        uint32_t name;       /* string index */
} DexMember;
bool dex_method(const Dex *dex, uint32_t i, DexMember *out); /* method_id_item */
bool dex_field(const Dex *dex, uint32_t i, DexMember *out);  /* field_id_item */

/* "(ILjava/lang/String;)V" of prototype i, NUL-terminated in `buffer`. False: no such prototype, one of more than 255
 * parameters, or longer than the buffer (1,024 bytes hold every one of AOSP's). */
bool dex_proto(const Dex *dex, uint32_t i, char *buffer, size_t size);
bool dex_proto_is(const Dex *dex, uint32_t i, const char *text); /* looks no further than the text is long */
Span dex_result(const Dex *dex, uint32_t i);                     /* the type that prototype i gives */

/* ---- classes and their code */

enum { DEX_NO_TYPE = 0xffff };

typedef struct {
        uint32_t type, super; /* type indices; super is DEX_NO_TYPE for none */
        uint32_t flags;
        uint32_t interfaces_at; /* of a type_list, 0 for none */
        uint32_t data_at;       /* of a class_data_item, 0 for none */
} DexClass;
bool dex_class_def(const Dex *dex, uint32_t i, DexClass *out); /* i < n_classes */

/* How many interfaces a class states, and the k-th one's type index; false past the end. Classes may share a list. */
uint32_t dex_interfaces(const Dex *dex, const DexClass *c);
bool dex_interface(const Dex *dex, const DexClass *c, uint32_t k, uint32_t *type);

/* Methods of a class in file order, direct ones first:
 *     for (DexMethods m = dex_methods(dex, &class); dex_methods_next(&m);) use(m.method, m.flags, m.code_at);
 * A list that is cut short ends early and sets `broken`; one that states more fields or methods than the whole dex file has
 * is empty and broken. Reading costs what lies between `start` and `at`. Indices may be out of range. */
typedef struct {
        const Dex *dex;
        const uint8_t *start, *at, *end;
        uint32_t direct_left, virtual_left;
        uint32_t method;  /* method index */
        uint32_t flags;   /* access flags */
        uint32_t code_at; /* of the code_item, 0: abstract or native */
        bool is_virtual;
        bool broken;
} DexMethods;
DexMethods dex_methods(const Dex *dex, const DexClass *c);
bool dex_methods_next(DexMethods *m);

/* The instructions of a code_item, as 16-bit units in file order (little-endian, aligned to 2 bytes in the file). NULL
 * and *n = 0 for 0 and for one that lies outside the file. */
const uint8_t *dex_code(const Dex *dex, uint32_t code_at, uint32_t *n_units);

/* Whether the Adler-32 in the header is that of the bytes. Reads them all: 0.5 ms for 10 MB. */
bool dex_checksum_holds(const Dex *dex);

/* MUTF-8 as valid UTF-8 for output: surrogate pairs become one character, anything broken, lone surrogates and the
 * two-byte NUL become U+FFFD. Never for matching. */
char *dex_utf8(Arena *arena, Span mutf8);

#endif
