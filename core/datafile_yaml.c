/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/datafile.h"

#include <cyaml/cyaml.h>
#include <stdio.h>

enum { YAML_LIMIT = 1 << 20, YAML_FIELDS = 48, YAML_LIST = 1024 };

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

/* ---- schema
 * ------------------------------------------------------------------------------------------------------ */

/* libcyaml fills a struct laid out by its schema. Ours is one slot a field, every value behind a pointer (NULL: the
 * key is absent, the caller's default stays), copied out afterwards; so callers describe their struct in a few words
 * a field and never see libcyaml. */
typedef struct {
        void *value; /* char *, bool *, int64_t *, double *, char ** with n items, slots of a mapping or of n */
        unsigned n;
} YamlSlot;

static const cyaml_schema_value_t list_item = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 4096)};

static const cyaml_schema_field_t *fields_schema(const YamlField *fields, size_t n, GPtrArray *owned);

static cyaml_schema_value_t mapping_schema(const YamlField *field, cyaml_flag_e flags, GPtrArray *owned)
{
        return (cyaml_schema_value_t){.type = CYAML_MAPPING,
                                      .flags = flags,
                                      .data_size = (uint32_t)(field->n_sub * sizeof(YamlSlot)),
                                      .mapping = {.fields = fields_schema(field->sub, field->n_sub, owned)}};
}

static void make_sequence(cyaml_schema_field_t *f, size_t i, const cyaml_schema_value_t *entry)
{
        f->value.type = CYAML_SEQUENCE;
        f->value.data_size = entry->type == CYAML_MAPPING ? entry->data_size : sizeof(char *);
        f->value.sequence.entry = entry;
        f->value.sequence.max = YAML_LIST;
        f->count_offset = (uint32_t)(i * sizeof(YamlSlot) + offsetof(YamlSlot, n));
        f->count_size = sizeof(unsigned);
}

static cyaml_schema_field_t field_schema(const YamlField *field, size_t i, GPtrArray *owned)
{
        cyaml_schema_field_t f = {.key = field->key,
                                  .data_offset =
                                          (uint32_t)(i * sizeof(YamlSlot) + offsetof(YamlSlot, value))};
        cyaml_flag_e flags =
                CYAML_FLAG_POINTER | (field->required ? CYAML_FLAG_DEFAULT : CYAML_FLAG_OPTIONAL);
        f.value.flags = flags;
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
        case YAML_STRINGS: make_sequence(&f, i, &list_item); break;
        case YAML_MAP: f.value = mapping_schema(field, flags, owned); break;
        case YAML_MAPS: {
                cyaml_schema_value_t *entry = g_new0(cyaml_schema_value_t, 1);
                g_ptr_array_add(owned, entry);
                *entry = mapping_schema(field, CYAML_FLAG_DEFAULT, owned);
                make_sequence(&f, i, entry);
                break;
        }
        }
        return f;
}

static const cyaml_schema_field_t *fields_schema(const YamlField *fields, size_t n, GPtrArray *owned)
{
        g_assert(n <= YAML_FIELDS);
        cyaml_schema_field_t *schema = g_new0(cyaml_schema_field_t, n + 1);
        g_ptr_array_add(owned, schema);
        for (size_t i = 0; i < n; i++)
                schema[i] = field_schema(&fields[i], i, owned);
        return schema;
}

/* ---- values
 * ------------------------------------------------------------------------------------------------------ */

static void copy_fields(const YamlField *fields, size_t n, const YamlSlot *slots, void *out);

static char **copy_list(char *const *items, unsigned n)
{
        char **copy = g_new0(char *, n + 1);
        for (unsigned i = 0; i < n; i++)
                copy[i] = g_strdup(items[i]);
        return copy;
}

static void copy_maps(const YamlField *field, const YamlSlot *slot, void *out)
{
        char *items = g_malloc0_n(slot->n + 1, field->size);
        for (unsigned i = 0; i < slot->n; i++)
                copy_fields(field->sub, field->n_sub, (const YamlSlot *)slot->value + i * field->n_sub,
                            items + i * field->size);
        *(void **)((char *)out + field->offset) = items;
        *(size_t *)((char *)out + field->count) = slot->n;
}

static void copy_fields(const YamlField *fields, size_t n, const YamlSlot *slots, void *out)
{
        for (const YamlField *field = fields; field < fields + n; field++) {
                const YamlSlot *slot = &slots[field - fields];
                void *to = (char *)out + field->offset;
                if (!slot->value)
                        continue;
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
                case YAML_MAP: copy_fields(field->sub, field->n_sub, slot->value, to); break;
                case YAML_MAPS: copy_maps(field, slot, out); break;
                }
        }
}

void datafile_yaml_free(const YamlField *fields, size_t n_fields, void *out)
{
        for (const YamlField *field = fields; field < fields + n_fields; field++) {
                void *at = (char *)out + field->offset;
                if (field->kind == YAML_STRING)
                        g_clear_pointer((char **)at, g_free);
                else if (field->kind == YAML_STRINGS)
                        g_clear_pointer((char ***)at, g_strfreev);
                else if (field->kind == YAML_MAP)
                        datafile_yaml_free(field->sub, field->n_sub, at);
                if (field->kind != YAML_MAPS || !*(char **)at)
                        continue;
                size_t *count = (size_t *)((char *)out + field->count);
                for (; *count > 0; (*count)--)
                        datafile_yaml_free(field->sub, field->n_sub,
                                           *(char **)at + (*count - 1) * field->size);
                g_clear_pointer((char **)at, g_free);
        }
}

/* ---- reading
 * ----------------------------------------------------------------------------------------------------- */

/* libcyaml tells an unknown key with the place of the value before it; this tells it with its own line, the first
 * one from there on. False: not found there. */
static bool unknown_key(const char *name, const char *text, const char *story, GError **error)
{
        const char *said = strstr(story, "Unexpected key: ");
        if (!said)
                return false;
        said += strlen("Unexpected key: ");
        const char *place = strstr(story, "(line: ");
        unsigned from = place ? (unsigned)g_ascii_strtoull(place + strlen("(line: "), NULL, 10) : 1;
        g_autofree char *key = g_strndup(said, strcspn(said, ";"));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (unsigned i = 0; lines[i]; i++) {
                const char *at = lines[i] + strspn(lines[i], " \"'-{");
                const char *behind = g_str_has_prefix(at, key) ? at + strlen(key) : NULL;
                if (i + 1 >= from && behind && behind[strspn(behind, " \"'")] == ':') {
                        fault(error, FAULT_MALFORMED, "%s:%u: unknown key \"%s\"", name, i + 1, key);
                        return true;
                }
        }
        if (place) /* inside {braces}: the line that libcyaml names is the right one */
                fault(error, FAULT_MALFORMED, "%s:%u: unknown key \"%s\"", name, from, key);
        return place != NULL;
}

bool datafile_yaml_text(const char *name, const char *text, const YamlField *fields, size_t n_fields,
                        void *out, GError **error)
{
        g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
        const cyaml_schema_value_t top = {.type = CYAML_MAPPING,
                                          .flags = CYAML_FLAG_POINTER,
                                          .data_size = (uint32_t)(n_fields * sizeof(YamlSlot)),
                                          .mapping = {.fields = fields_schema(fields, n_fields, owned)}};
        g_autoptr(GString) story = g_string_new(NULL);
        const cyaml_config_t config = {.log_fn = remember_message,
                                       .log_ctx = story,
                                       .log_level = CYAML_LOG_ERROR,
                                       .mem_fn = cyaml_mem};
        size_t len = strlen(text);
        if (len > YAML_LIMIT)
                return fault(error, FAULT_LIMIT, "%s: %zu bytes, at most %d are read", name, len, YAML_LIMIT);
        YamlSlot *slots = NULL;
        cyaml_err_t e =
                cyaml_load_data((const uint8_t *)text, len, &config, &top, (cyaml_data_t **)&slots, NULL);
        if (e == CYAML_ERR_INVALID_KEY && unknown_key(name, text, story->str, error))
                return false;
        if (e != CYAML_OK)
                return fault(error, FAULT_MALFORMED, "%s: %s%s%s", name, cyaml_strerror(e),
                             story->len ? ": " : "", story->str);
        if (!slots)
                return fault(error, FAULT_MALFORMED, "%s: the file is empty", name);
        copy_fields(fields, n_fields, slots, out);
        cyaml_free(&config, &top, slots, 0);
        return true;
}

bool datafile_yaml(const char *path, const YamlField *fields, size_t n_fields, void *out, GError **error)
{
        g_autofree char *text = datafile_text(path, YAML_LIMIT, NULL, error);
        return text && datafile_yaml_text(path, text, fields, n_fields, out, error);
}
