/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zip.h - an APK's directory and entries as Android's own reader sees them, over one mapping of the file.
 *
 * Sizes and compression method come from the central directory, the "encrypted" bit and checksums mean
 * nothing, and the last end record counts. What Android would refuse is still read where the bytes allow it,
 * and noted as an anomaly that says so. (libzip owns the names zip_open and zip_close.) Rules and their
 * sources: docs/formats.md, after AOSP's libziparchive. */
#ifndef ANALYZER_APK_ZIP_H
#define ANALYZER_APK_ZIP_H

#include "analyzer/apk/held.h"
#include "analyzer/apk/oddity.h"

#include "core/arena.h"
#include "core/error.h"

typedef struct Zip Zip;

typedef struct {
        Span name;           /* opaque bytes: no path rules apply; NULs and long names are noted and kept */
        uint64_t offset;     /* of the local header, from the start of the file */
        uint32_t compressed; /* bytes, both as the central directory states them */
        uint32_t size;
        uint32_t crc32;
        uint16_t method; /* 0 stored, 8 deflate, anything else is noted as zip-unknown-method */
        uint16_t flags;  /* general purpose bits of the central directory */
        uint16_t cut;    /* bytes of the name that stand in front of `name`: 0 but in a zip_view */
} ZipEntry;

enum {
        ZIP_RATIO = 1100, /* inflated bytes over compressed bytes of one entry: deflate itself ends at 1032 */
        ZIP_LONG_NAME = 4096
};
#define ZIP_FILE_LIMIT ((uint64_t)UINT32_MAX) /* bytes on disk; Android's own limit */
/* bytes handed out by zip_read over the life of a Zip and of those that share its limit */
#define ZIP_TOTAL_LIMIT ((uint64_t)2 * 1024 * 1024 * 1024)

/* Maps the whole file (a regular file or memfd; position untouched, descriptor stays the caller's and may be
 * closed) and reads the directory. What it allocates lives in `arena`; zip_unmap drops the mapping only and
 * comes before arena_free. FAULT_UNSUPPORTED: not a ZIP at all. FAULT_MALFORMED: a ZIP whose directory cannot
 * be read. FAULT_LIMIT: too big. FAULT_IO: the file could not be mapped. A file that shrinks under the
 * mapping ends the process with SIGBUS. */
Zip *zip_map(int fd, Arena *arena, GError **error);
/* The same of a sparse file of which only `held` is here (must outlive it; NULL: everything). What lies in a hole is not read
 * anywhere below: FAULT_NOT_FOUND from here and from zip_read, and zip_missed() says so. An end record is looked for as far
 * back as the file's end is held; zip-foreign-start is only told when the first bytes are. *missing (may be NULL): after
 * FAULT_NOT_FOUND, everything from there on has to be here. */
Zip *zip_map_part(int fd, const Held *held, uint64_t *missing, Arena *arena, GError **error);
/* the same over bytes in memory, which must outlive it */
Zip *zip_over(Span bytes, Arena *arena, GError **error);
void zip_unmap(Zip *zip); /* NULL is fine */

/* An archive inside another: what is handed out of it counts against the other's limit, too. `with` must outlive it. */
void zip_share_limit(Zip *zip, Zip *with);

/* The same archive under other names: the entries that `rename` gives a name, in their order. It gives a part at the end
 * of the old name, or the empty span to leave an entry out. Bytes and limit are `zip`'s, which must outlive the view;
 * what is odd about the directory stays with `zip`, what is odd about content is the view's. zip_unmap it, too. */
Zip *zip_view(Zip *zip, Span (*rename)(Span name, const void *context), const void *context, Arena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Zip, zip_unmap)

Span zip_bytes(const Zip *zip);              /* the whole file */
const Held *zip_held(const Zip *zip);        /* NULL: all of it is here */
bool zip_missed(const Zip *zip);             /* zip_read or zip_in_place was refused because of a hole */
void zip_miss(Zip *zip);                     /* so was somebody who reads without them */
size_t zip_directory_offset(const Zip *zip); /* of the central directory; the signing block ends here */
size_t zip_end_offset(const Zip *zip);       /* of the end record that counts */

/* Entries in central directory order. Pointers live as long as the arena, names as long as the Zip. */
size_t zip_count(const Zip *zip);
const ZipEntry *zip_at(const Zip *zip, size_t i); /* i < zip_count */

/* The entry of exactly this name, NULL when there is none. Of several the last in directory order (Android
 * refuses such archives whole; noted as zip-duplicate-name). */
const ZipEntry *zip_find(const Zip *zip, const char *name);

/* The entry's content as Android decodes it: deflate when the method is 8, else `size` bytes as they stand
 * (so does AssetManager with methods it does not know). Stored content is a view into the file, inflated
 * content lives in `arena`. A stream that is longer than stated is followed up to `cap`, a shorter one is
 * accepted. FAULT_MALFORMED: outside the file or no deflate stream. FAULT_LIMIT: over cap, ZIP_RATIO or
 * ZIP_TOTAL_LIMIT. FAULT_NOT_FOUND: some of it was not fetched. */
bool zip_read(Zip *zip, const ZipEntry *entry, size_t cap, Arena *arena, Span *out, GError **error);

/* Where the entry's header, content and data descriptor lie, [*from, *to): exactly when its local header is here, else with
 * room for a longer extra field than the directory lets expect, up to the directory at most. */
void zip_entry_range(const Zip *zip, const ZipEntry *entry, uint64_t *from, uint64_t *to);

bool zip_is_here(const Zip *zip, const ZipEntry *entry); /* all of that */

/* The first `n` bytes at most of stored content of which not all is here, as a view. FAULT_UNSUPPORTED: not stored.
 * FAULT_NOT_FOUND: not here. FAULT_MALFORMED: outside the file. */
bool zip_read_front(const Zip *zip, const ZipEntry *entry, size_t n, Span *out, GError **error);

/* Content that is not deflated as a view into the file, unread: its checksum is not looked at, and it counts against no
 * limit. FAULT_UNSUPPORTED: deflated. FAULT_MALFORMED: outside the file. */
bool zip_in_place(Zip *zip, const ZipEntry *entry, Span *out, GError **error);

/* The other reading of an entry with an unknown method, for when the first made no sense: raw deflate, as
 * Android up to 8 and aapt read it. FAULT_NOT_FOUND when the method is 0 or 8: there is no other reading. */
bool zip_read_otherwise(Zip *zip, const ZipEntry *entry, size_t cap, Arena *arena, Span *out, GError **error);

/* The first bytes of an entry's content, at most `size` and 256, without reading it all: how many came. Nothing is noted,
 * nothing counts against a limit. */
size_t zip_peek(Zip *zip, const ZipEntry *entry, uint8_t *head, size_t size);

/* Adler-32 (RFC 1950) of the bytes, as dex files seal themselves with it; here because libdeflate is. */
uint32_t zip_adler32(Span bytes);

/* Noted when records of the directory could not be read: entries are missing that the archive announces. */
#define ZIP_DIRECTORY_CUT "zip-directory-cut"

/* Noted when offsets count from behind something that stands in front of the archive. */
#define ZIP_PREFIX "zip-prefix"

/* What was odd so far: opening notes what the directory shows, zip_read what the entry shows. */
const Oddities *zip_oddities(const Zip *zip);

#endif
