/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/json.h"

#include "core/text.h"

#include <json-c/json.h>
#include <math.h>

/* Json is json-c's object under a name of our own, so that json-c's header stays in this file. json-c takes no const. */
static struct json_object *in(const Json *j)
{
        return (struct json_object *)j;
}

static Json *out(struct json_object *o)
{
        return (Json *)o;
}

Json *json_parse(Span text, GError **error)
{
        if (text.len > INT32_MAX) {
                fault(error, FAULT_LIMIT, "JSON of %zu bytes, at most %d are read", text.len, INT32_MAX);
                return NULL;
        }
        struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        struct json_object *root = json_tokener_parse_ex(tokener, (const char *)text.data, (int)text.len);
        enum json_tokener_error e = json_tokener_get_error(tokener);
        size_t end = json_tokener_get_parse_end(tokener);
        if (e == json_tokener_continue) /* a bare number at the very end is only complete at a NUL */
                root = json_tokener_parse_ex(tokener, "", 1), e = json_tokener_get_error(tokener);
        if (e != json_tokener_success)
                fault(error, e == json_tokener_error_depth ? FAULT_LIMIT : FAULT_MALFORMED,
                      "JSON: %s at byte %zu",
                      e == json_tokener_continue ? "cut short" : json_tokener_error_desc(e), end);
        else if (!root)
                root = NULL, fault(error, FAULT_MALFORMED, "JSON: the document is null");
        json_tokener_free(tokener);
        if (e != json_tokener_success) {
                json_object_put(root);
                return NULL;
        }
        return out(root);
}

void json_free(Json *root)
{
        json_object_put(in(root));
}

bool json_is_map(const Json *value)
{
        return json_object_is_type(in(value), json_type_object);
}

bool json_is_list(const Json *value)
{
        return json_object_is_type(in(value), json_type_array);
}

bool json_is_string(const Json *value)
{
        return json_object_is_type(in(value), json_type_string);
}

bool json_is_null(const Json *value)
{
        return value == NULL;
}

const Json *json_get(const Json *map, const char *key)
{
        struct json_object *value = NULL;
        if (!json_is_map(map) || !json_object_object_get_ex(in(map), key, &value))
                return NULL;
        return out(value);
}

const Json *json_path(const Json *map, ...)
{
        va_list keys;
        va_start(keys, map);
        for (const char *key; map && (key = va_arg(keys, const char *));)
                map = json_get(map, key);
        va_end(keys);
        return map;
}

const char *json_text(const Json *value)
{
        return json_is_string(value) ? json_object_get_string(in(value)) : NULL;
}

int64_t json_number(const Json *value, int64_t otherwise)
{
        if (json_object_is_type(in(value), json_type_int))
                return json_object_get_int64(in(value));
        if (json_object_is_type(in(value), json_type_double)) {
                double d = json_object_get_double(in(value));
                return d >= -9.2e18 && d <= 9.2e18 ? (int64_t)d : otherwise;
        }
        const char *s = json_text(value);
        gint64 parsed;
        return s && g_ascii_string_to_signed(s, 10, G_MININT64, G_MAXINT64, &parsed, NULL) ? parsed
                                                                                           : otherwise;
}

const char *json_str(const Json *map, const char *key)
{
        return json_text(json_get(map, key));
}

int64_t json_int(const Json *map, const char *key, int64_t otherwise)
{
        return json_number(json_get(map, key), otherwise);
}

double json_real(const Json *map, const char *key, double otherwise)
{
        const Json *v = json_get(map, key);
        if (json_object_is_type(in(v), json_type_double) || json_object_is_type(in(v), json_type_int))
                return json_object_get_double(in(v));
        return otherwise;
}

bool json_flag(const Json *map, const char *key, bool otherwise)
{
        const Json *v = json_get(map, key);
        return json_object_is_type(in(v), json_type_boolean) ? json_object_get_boolean(in(v)) : otherwise;
}

size_t json_len(const Json *list)
{
        return json_is_list(list) ? json_object_array_length(in(list)) : 0;
}

const Json *json_at(const Json *list, size_t i)
{
        return i < json_len(list) ? out(json_object_array_get_idx(in(list), i)) : NULL;
}

size_t json_size(const Json *map)
{
        return json_is_map(map) ? (size_t)json_object_object_length(in(map)) : 0;
}

JsonEach json_each(const Json *map)
{
        JsonEach each = {NULL, NULL, NULL, NULL};
        if (json_is_map(map))
                each.at = json_object_get_object(in(map))->head;
        return each;
}

bool json_next(JsonEach *each)
{
        struct lh_entry *entry = each->at;
        if (!entry)
                return false;
        each->key = lh_entry_k(entry);
        each->value = (const Json *)lh_entry_v(entry);
        each->at = lh_entry_next(entry);
        return true;
}

void json_merge(Json *target, const Json *patch)
{
        for (JsonEach e = json_each(patch); json_next(&e);) {
                if (!e.value) {
                        json_object_object_del(in(target), e.key);
                        continue;
                }
                if (!json_is_map(e.value)) {
                        json_object_object_add(in(target), e.key, json_object_get(in(e.value)));
                        continue;
                }
                const Json *mine = json_get(target, e.key);
                Json *into = json_is_map(mine) ? out(in(mine)) : json_set(target, e.key, json_map());
                json_merge(into, e.value);
        }
}

Json *json_map(void)
{
        return out(json_object_new_object());
}

Json *json_list(void)
{
        return out(json_object_new_array());
}

Json *json_set(Json *map, const char *key, Json *take)
{
        json_object_object_add(in(map), key, in(take));
        return take;
}

Json *json_add(Json *list, Json *take)
{
        json_object_array_add(in(list), in(take));
        return take;
}

Json *json_of_str(const char *s)
{
        if (!s)
                return NULL;
        g_autofree char *valid = g_utf8_make_valid(s, -1);
        return out(json_object_new_string(valid));
}

Json *json_of_int(int64_t v)
{
        return out(json_object_new_int64(v));
}

Json *json_of_double(double v)
{
        if (!isfinite(v))
                return NULL;
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        for (int precision = 6; precision <= 17; precision++) {
                char format[8];
                g_snprintf(format, sizeof format, "%%.%dg", precision);
                g_ascii_formatd(digits, sizeof digits, format, v);
                if (g_ascii_strtod(digits, NULL) == v)
                        break;
        }
        return out(json_object_new_double_s(v, digits));
}

Json *json_of_bool(bool v)
{
        return out(json_object_new_boolean(v));
}

void json_set_str(Json *map, const char *key, const char *s)
{
        json_set(map, key, json_of_str(s));
}

void json_set_int(Json *map, const char *key, int64_t v)
{
        json_set(map, key, json_of_int(v));
}

void json_set_double(Json *map, const char *key, double v)
{
        json_set(map, key, json_of_double(v));
}

void json_set_bool(Json *map, const char *key, bool v)
{
        json_set(map, key, json_of_bool(v));
}

void json_add_str(Json *list, const char *s)
{
        json_add(list, json_of_str(s));
}

void json_add_int(Json *list, int64_t v)
{
        json_add(list, json_of_int(v));
}

static void new_line(GString *text, int depth, bool pretty)
{
        if (!pretty)
                return;
        g_string_append_c(text, '\n');
        for (int i = 0; i < depth; i++)
                g_string_append(text, "  ");
}

static void append(GString *text, const Json *value, int depth, bool pretty)
{
        if (json_is_map(value)) {
                const char *between = "";
                g_string_append_c(text, '{');
                for (JsonEach e = json_each(value); json_next(&e); between = ",") {
                        g_string_append(text, between);
                        new_line(text, depth + 1, pretty);
                        text_append_json(text, e.key);
                        g_string_append(text, pretty ? ": " : ":");
                        append(text, e.value, depth + 1, pretty);
                }
                if (json_size(value))
                        new_line(text, depth, pretty);
                g_string_append_c(text, '}');
        } else if (json_is_list(value)) {
                g_string_append_c(text, '[');
                for (size_t i = 0; i < json_len(value); i++) {
                        g_string_append(text, i ? "," : "");
                        new_line(text, depth + 1, pretty);
                        append(text, json_at(value, i), depth + 1, pretty);
                }
                if (json_len(value))
                        new_line(text, depth, pretty);
                g_string_append_c(text, ']');
        } else if (json_is_string(value)) {
                text_append_json(text, json_object_get_string(in(value)));
        } else {
                g_string_append(text,
                                value ? json_object_to_json_string_ext(in(value), JSON_C_TO_STRING_PLAIN)
                                      : "null");
        }
}

char *json_print(const Json *value, bool pretty)
{
        GString *text = g_string_new(NULL);
        append(text, value, 0, pretty);
        return g_string_free(text, FALSE);
}
