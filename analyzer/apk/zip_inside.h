/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zip_inside.h - what the two halves of the ZIP reader share: zip_directory.c (which entries there are) and zip.c (opening, and
 * what the entries hold). Nobody else includes it. */
#ifndef ANALYZER_APK_ZIP_INSIDE_H
#define ANALYZER_APK_ZIP_INSIDE_H

#include "analyzer/apk/zip.h"

enum {
        ZIP_LOCAL_SIGNATURE = 0x04034b50,
        ZIP_LOCAL_SIZE = 30,
        ZIP_END_SIZE = 22,
        ZIP_ENCRYPTED_BIT = 1,
        ZIP_DESCRIPTOR_BIT = 8
};

struct Zip {
        Span bytes;
        const Held *held; /* NULL: all bytes are here */
        uint64_t missing; /* of the directory: see zip_map_part */
        bool missed;      /* a read was refused because of a hole */
        void *mapping;    /* NULL when the bytes are the caller's */
        Arena *arena;
        size_t directory, directory_size, end;
        size_t n;
        ZipEntry *entries;
        uint32_t *by_name; /* indices, ascending by name, then by place in the directory */
        Oddities odd;
        uint64_t handed_out; /* bytes of content so far, against ZIP_TOTAL_LIMIT */
        uint64_t *budget;    /* where they are counted: handed_out, or that of another archive */
        struct libdeflate_decompressor *inflater;
};

static inline void zip_note(Zip *zip, const char *code, bool rejects, Span where)
{
        oddity_note(&zip->odd, zip->arena, code, rejects, where);
}

/* Finds the end record that counts and fills in everything about the directory. FAULT_UNSUPPORTED, FAULT_MALFORMED: as
 * zip_map says. */
bool zip_read_directory(Zip *zip, GError **error);

/* Sorts by_name, whose indices stand in any order, and notes names that come twice. */
void zip_index_names(Zip *zip);

static inline bool zip_has(const Zip *zip, uint64_t from, uint64_t to)
{
        return !zip->held || held_has(zip->held, from, to);
}

#endif
