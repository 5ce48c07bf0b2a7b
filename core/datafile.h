/* SPDX-License-Identifier: GPL-3.0-or-later */
/* datafile.h - JSON Lines, TSV and YAML files that people edit, read with errors that name file and line, and the
 * register of what was read: a sweep writes down the digest of every data file its results depend on. */
#ifndef CORE_DATAFILE_H
#define CORE_DATAFILE_H

#include "core/error.h"
#include "core/json.h"

/* Folder of the shipped data: $OVERREACH_DATA, else ../share/overreach beside the binary's folder, else the first
 * data/ found walking up from the binary (a build tree). NULL with FAULT_NOT_FOUND, naming what was tried. g_free it. */
char *datafile_home(GError **error);

/* Folder of what the user added to the shipped data (sdks/ in it: see sdkset_load): $OVERREACH_USER_DATA, else
 * $XDG_DATA_HOME/overreach, else ~/.local/share/overreach. It need not exist. NULL when OVERREACH_USER_DATA is set and empty:
 * no such data is wanted. g_free it. */
char *datafile_user_home(void);

/* ---- JSON Lines and TSV: pull one row after the other */
typedef struct DataFile DataFile;

DataFile *datafile_open(const char *path, GError **error); /* whole file in memory, at most 64 MiB */
void datafile_close(DataFile *file);                       /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DataFile, datafile_close)
const char *datafile_digest(const DataFile *file); /* SHA-256 hex of the bytes read */

/* Next JSON object. Empty lines are skipped. Returns false at the end and on error (then *error is set, with
 * "path:line: "). The row is freed by the next call or by close. */
bool datafile_next_json(DataFile *file, const Json **row, GError **error);

/* Next TSV row as n_columns NUL-terminated fields, borrowed until close. The first call reads the header line and demands
 * that it holds `columns` (NULL-terminated names) in any order; fields come back in the order of `columns`. Lines that
 * start with '#' and empty lines are skipped. */
bool datafile_next_tsv(DataFile *file, const char *const *columns, const char **fields, GError **error);

unsigned datafile_line(const DataFile *file);
bool datafile_fault(const DataFile *file, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A whole file, NUL-terminated; FAULT_NOT_FOUND, FAULT_IO, or FAULT_LIMIT above `limit` bytes. *len may be NULL.
 * g_free it. */
char *datafile_text(const char *path, size_t limit, size_t *len, GError **error);

/* ---- YAML into a struct (libcyaml): unknown keys and wrong types are errors with line and column */
typedef enum {
        YAML_STRING,
        YAML_BOOL,
        YAML_INT,
        YAML_DOUBLE,
        YAML_STRINGS,
        YAML_MAP, /* a mapping of its own, into a struct inside the struct */
        YAML_MAPS /* a list of mappings, into an array of structs */
} YamlKind;
typedef struct YamlField {
        const char *key;
        YamlKind kind;
        size_t offset; /* of a char *, bool, int64_t, double, char ** (NULL-terminated list), a struct (YAML_MAP), or a
                          pointer to structs (YAML_MAPS) */
        bool required;
        const struct YamlField *sub; /* YAML_MAP, YAML_MAPS: the fields of the inner struct */
        size_t n_sub;
        size_t size,
                count; /* YAML_MAPS: sizeof the inner struct; offset of the size_t that says how many there are */
} YamlField;

/* Reads one mapping. `out` is zeroed by the caller beforehand, may hold defaults for optional scalars, and what it
 * points to belongs to it afterwards (datafile_yaml_free, also after a failure). n_fields at most 48 in each mapping;
 * file at most 1 MiB, lists at most 1,024 items. */
bool datafile_yaml(const char *path, const YamlField *fields, size_t n_fields, void *out, GError **error);
/* The same from text; `name` stands in messages where the path would. */
bool datafile_yaml_text(const char *name, const char *text, const YamlField *fields, size_t n_fields,
                        void *out, GError **error);
/* Frees the strings and lists that `fields` describe and clears them; `out` itself stays. */
void datafile_yaml_free(const YamlField *fields, size_t n_fields, void *out);

#endif
