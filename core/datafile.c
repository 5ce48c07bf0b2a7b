/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/datafile.h"

#include "core/digest.h"
#include "core/text.h"

#include <stdio.h>

enum { FILE_LIMIT = 64 << 20, TSV_COLUMNS = 64 };

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

char *datafile_text(const char *path, size_t limit, size_t *len, GError **error)
{
        g_autoptr(GError) cause = NULL;
        char *bytes = NULL;
        gsize n = 0;
        if (!g_file_get_contents(path, &bytes, &n, &cause)) {
                bool absent = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT);
                fault(error, absent ? FAULT_NOT_FOUND : FAULT_IO, "%s", cause->message);
                return NULL;
        }
        if (n > limit) {
                fault(error, FAULT_LIMIT, "%s: %zu bytes, at most %zu are read", path, n, limit);
                g_clear_pointer(&bytes, g_free);
        }
        if (len)
                *len = n;
        return bytes;
}

DataFile *datafile_open(const char *path, GError **error)
{
        size_t len = 0;
        g_autofree char *bytes = datafile_text(path, FILE_LIMIT, &len, error);
        if (!bytes)
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
