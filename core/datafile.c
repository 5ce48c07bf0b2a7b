/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/datafile.h"

#include "core/digest.h"
#include "core/text.h"

#include <cyaml/cyaml.h>
#include <stdio.h>

enum { FILE_LIMIT = 64 << 20, YAML_LIMIT = 1 << 20, YAML_FIELDS = 32, YAML_LIST = 1024, TSV_COLUMNS = 64 };

struct DataFile {
        char *path;
        char *bytes; /* NUL-terminated */
        char *at;    /* next line */
        unsigned line;
        Json *row;
        int columns[TSV_COLUMNS]; /* wanted column -> column in the file */
        int n_columns;            /* in the file; 0 before the header was read */
        char digest[SHA256_HEX_SIZE];
};

static bool has_data(const char *folder)
{
        g_autofree char *probe = g_build_filename(folder, "sdks", NULL);
        return g_file_test(probe, G_FILE_TEST_IS_DIR);
}

char *datafile_home(GError **error)
{
        const char *named = g_getenv("OVERREACH_DATA");
        if (named && *named) {
                if (has_data(named))
                        return g_strdup(named);
                fault(error, FAULT_NOT_FOUND, "OVERREACH_DATA names %s, which holds no sdks/ folder", named);
                return NULL;
        }
        g_autofree char *binary = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *folder = g_path_get_dirname(binary ? binary : ".");
        g_autofree char *installed = g_build_filename(folder, "..", "share", "overreach", NULL);
        if (has_data(installed))
                return g_canonicalize_filename(installed, NULL);
        for (g_autofree char *up = g_strdup(folder); !g_str_equal(up, "/") && !g_str_equal(up, ".");) {
                g_autofree char *built = g_build_filename(up, "data", NULL);
                if (has_data(built))
                        return g_steal_pointer(&built);
                char *parent = g_path_get_dirname(up);
                g_free(up);
                up = parent;
        }
        fault(error, FAULT_NOT_FOUND,
              "no data folder: looked at %s and for data/ above %s; set OVERREACH_DATA to the project's data "
              "folder",
              installed, folder);
        return NULL;
}

char *datafile_user_home(void)
{
        const char *named = g_getenv("OVERREACH_USER_DATA");
        if (named)
                return *named ? g_strdup(named) : NULL;
        return g_build_filename(g_get_user_data_dir(), "overreach", NULL);
}

static bool read_file(const char *path, gsize limit, char **bytes, gsize *len, GError **error)
{
        g_autoptr(GError) cause = NULL;
        if (!g_file_get_contents(path, bytes, len, &cause))
                return fault(error,
                             g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? FAULT_NOT_FOUND
                                                                                      : FAULT_IO,
                             "%s", cause->message);
        if (*len <= limit)
                return true;
        g_clear_pointer(bytes, g_free);
        return fault(error, FAULT_LIMIT, "%s: %zu bytes, at most %zu are read", path, *len, limit);
}

DataFile *datafile_open(const char *path, GError **error)
{
        g_autofree char *bytes = NULL;
        gsize len = 0;
        if (!read_file(path, FILE_LIMIT, &bytes, &len, error))
                return NULL;
        DataFile *file = g_new0(DataFile, 1);
        file->path = g_strdup(path);
        file->at = file->bytes = g_steal_pointer(&bytes);
        digest_sha256_hex(span_of(file->bytes, len), file->digest);
        return file;
}

void datafile_close(DataFile *file)
{
        if (!file)
                return;
        json_free(file->row);
        g_free(file->path);
        g_free(file->bytes);
        g_free(file);
}

const char *datafile_digest(const DataFile *file)
{
        return file->digest;
}

unsigned datafile_line(const DataFile *file)
{
        return file->line;
}

bool datafile_fault(const DataFile *file, GError **error, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *story = g_strdup_vprintf(format, args);
        va_end(args);
        return fault(error, FAULT_MALFORMED, "%s:%u: %s", file->path, file->line, story);
}

static char *next_line(DataFile *file) /* NULL at the end */
{
        while (*file->at) {
                char *line = file->at;
                char *end = strchrnul(line, '\n');
                file->at = *end ? end + 1 : end;
                file->line++;
                *end = '\0';
                if (end > line && end[-1] == '\r')
                        end[-1] = '\0';
                if (*line)
                        return line;
        }
        return NULL;
}

bool datafile_next_json(DataFile *file, const Json **row, GError **error)
{
        g_clear_pointer(&file->row, json_free);
        char *line = next_line(file);
        if (!line)
                return false;
        g_autoptr(GError) cause = NULL;
        file->row = json_parse(span_str(line), &cause);
        if (!file->row)
                return datafile_fault(file, error, "%s", cause->message);
        if (!json_is_map(file->row))
                return datafile_fault(file, error, "a JSON object is expected on each line");
        *row = file->row;
        return true;
}

static int split_tabs(char *line, const char **fields)
{
        int n = 0;
        for (char *p = line; n < TSV_COLUMNS;) {
                fields[n++] = p;
                p = strchr(p, '\t');
                if (!p)
                        break;
                *p++ = '\0';
        }
        return n;
}

static bool read_header(DataFile *file, char *line, const char *const *columns, GError **error)
{
        const char *names[TSV_COLUMNS];
        file->n_columns = split_tabs(line, names);
        for (int wanted = 0; columns[wanted]; wanted++) {
                int found = -1;
                for (int i = 0; i < file->n_columns && found < 0; i++) {
                        if (g_str_equal(names[i], columns[wanted]))
                                found = i;
                }
                if (found < 0)
                        return datafile_fault(file, error, "the header has no column \"%s\"",
                                              columns[wanted]);
                file->columns[wanted] = found;
        }
        return true;
}

bool datafile_next_tsv(DataFile *file, const char *const *columns, const char **fields, GError **error)
{
        char *line;
        do {
                line = next_line(file);
        } while (line && *line == '#');
        if (!line)
                return false;
        if (file->n_columns == 0) {
                if (!read_header(file, line, columns, error))
                        return false;
                return datafile_next_tsv(file, columns, fields, error);
        }
        const char *all[TSV_COLUMNS];
        int n = split_tabs(line, all);
        if (n != file->n_columns)
                return datafile_fault(file, error, "%d fields, the header has %d", n, file->n_columns);
        for (int i = 0; columns[i]; i++)
                fields[i] = all[file->columns[i]];
        return true;
}

/* ---- YAML ------------------------------------------------------------------------------------------------- */

typedef struct {
        char **items;
        unsigned n;
} YamlList;

static void remember_message(cyaml_log_t level, void *context, const char *format, va_list args)
{
        GString *story = context;
        if (level < CYAML_LOG_ERROR || story->len > 2000)
                return;
        g_autofree char *text = g_strdup_vprintf(format, args);
        const char *said = g_str_has_prefix(text, "Load: ") ? text + strlen("Load: ") : text;
        if (g_str_has_prefix(said, "Backtrace:"))
                return;
        if (story->len)
                g_string_append(story, "; ");
        g_string_append(story, g_strstrip((char *)said));
}

/* libcyaml fills a struct laid out by its schema. Ours is one slot a field, every value behind a pointer (NULL: the
 * key is absent, the caller's default stays), copied out afterwards; so callers describe their struct in four words
 * a field and never see libcyaml. */
typedef struct {
        void *value; /* char *, bool *, int64_t *, double *, or char ** with n items */
        unsigned n;
} YamlSlot;

static const cyaml_schema_value_t list_item = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 4096)};

static cyaml_schema_field_t field_schema(const YamlField *field, size_t i)
{
        cyaml_schema_field_t f = {.key = field->key,
                                  .data_offset =
                                          (uint32_t)(i * sizeof(YamlSlot) + offsetof(YamlSlot, value))};
        f.value.flags = CYAML_FLAG_POINTER | (field->required ? CYAML_FLAG_DEFAULT : CYAML_FLAG_OPTIONAL);
        switch (field->kind) {
        case YAML_STRING:
                f.value.type = CYAML_STRING;
                f.value.data_size = 1;
                f.value.string.max = 65536;
                break;
        case YAML_BOOL:
                f.value.type = CYAML_BOOL;
                f.value.data_size = sizeof(bool);
                break;
        case YAML_INT:
                f.value.type = CYAML_INT;
                f.value.data_size = sizeof(int64_t);
                break;
        case YAML_DOUBLE:
                f.value.type = CYAML_FLOAT;
                f.value.data_size = sizeof(double);
                break;
        case YAML_STRINGS:
                f.value.type = CYAML_SEQUENCE;
                f.value.data_size = sizeof(char *);
                f.value.sequence.entry = &list_item;
                f.value.sequence.max = YAML_LIST;
                f.count_offset = (uint32_t)(i * sizeof(YamlSlot) + offsetof(YamlSlot, n));
                f.count_size = sizeof(unsigned);
                break;
        }
        return f;
}

static char **copy_list(char *const *items, unsigned n)
{
        char **copy = g_new0(char *, n + 1);
        for (unsigned i = 0; i < n; i++)
                copy[i] = g_strdup(items[i]);
        return copy;
}

static void copy_out(const YamlField *field, const YamlSlot *slot, void *out)
{
        void *to = (char *)out + field->offset;
        if (!slot->value)
                return;
        switch (field->kind) {
        case YAML_STRING:
                g_free(*(char **)to);
                *(char **)to = g_strdup(slot->value);
                break;
        case YAML_BOOL: *(bool *)to = *(const bool *)slot->value; break;
        case YAML_INT: *(int64_t *)to = *(const int64_t *)slot->value; break;
        case YAML_DOUBLE: *(double *)to = *(const double *)slot->value; break;
        case YAML_STRINGS:
                g_strfreev(*(char ***)to);
                *(char ***)to = copy_list(slot->value, slot->n);
                break;
        }
}

/* libcyaml tells an unknown key with the place of the value before it; this tells it with its own line.
 * False: not found there. */
static bool unknown_key(const char *path, const char *text, const char *story, GError **error)
{
        const char *said = strstr(story, "Unexpected key: ");
        if (!said)
                return false;
        said += strlen("Unexpected key: ");
        g_autofree char *key = g_strndup(said, strcspn(said, ";"));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (unsigned i = 0; lines[i]; i++) {
                const char *at = lines[i] + strspn(lines[i], " \"'");
                const char *behind = g_str_has_prefix(at, key) ? at + strlen(key) : NULL;
                if (behind && behind[strspn(behind, " \"'")] == ':') {
                        fault(error, FAULT_MALFORMED, "%s:%u: unknown key \"%s\"", path, i + 1, key);
                        return true;
                }
        }
        return false;
}

bool datafile_yaml(const char *path, const YamlField *fields, size_t n_fields, void *out, GError **error)
{
        g_assert(n_fields <= YAML_FIELDS);
        g_autofree char *bytes = NULL;
        gsize len = 0;
        if (!read_file(path, YAML_LIMIT, &bytes, &len, error))
                return false;
        cyaml_schema_field_t schema[YAML_FIELDS + 1] = {{0}};
        for (size_t i = 0; i < n_fields; i++)
                schema[i] = field_schema(&fields[i], i);
        const cyaml_schema_value_t top = {.type = CYAML_MAPPING,
                                          .flags = CYAML_FLAG_POINTER,
                                          .data_size = sizeof(YamlSlot[YAML_FIELDS]),
                                          .mapping = {.fields = schema}};
        g_autoptr(GString) story = g_string_new(NULL);
        const cyaml_config_t config = {.log_fn = remember_message,
                                       .log_ctx = story,
                                       .log_level = CYAML_LOG_ERROR,
                                       .mem_fn = cyaml_mem};
        YamlSlot *slots = NULL;
        cyaml_err_t e =
                cyaml_load_data((const uint8_t *)bytes, len, &config, &top, (cyaml_data_t **)&slots, NULL);
        if (e == CYAML_ERR_INVALID_KEY && unknown_key(path, bytes, story->str, error))
                return false;
        if (e != CYAML_OK)
                return fault(error, FAULT_MALFORMED, "%s: %s%s%s", path, cyaml_strerror(e),
                             story->len ? ": " : "", story->str);
        if (!slots)
                return fault(error, FAULT_MALFORMED, "%s: the file is empty", path);
        for (size_t i = 0; i < n_fields; i++)
                copy_out(&fields[i], &slots[i], out);
        cyaml_free(&config, &top, slots, 0);
        return true;
}
