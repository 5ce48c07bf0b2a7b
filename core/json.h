/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json.h - JSON trees, read from hostile bytes within limits and written for people and programs (json-c behind it).
 * A missing key, a wrong type and a NULL tree all read as the default: parsers find fields by key and check what
 * they need. Strings borrowed from a tree live as long as the tree. Not thread-safe per tree. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/error.h"
#include "core/span.h"

typedef struct Json Json; /* any JSON value; a part of a tree is borrowed, only the root is freed */

enum { JSON_DEPTH = 64 };

/* The whole span must be one value with nothing but blanks behind it; nesting over JSON_DEPTH, invalid UTF-8 and
 * malformed text fail with the byte offset. Duplicate keys: the last one wins. */
Json *json_parse(Span text, GError **error);
void json_free(Json *root); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_free)

bool json_is_map(const Json *value);
bool json_is_list(const Json *value);
bool json_is_string(const Json *value);
bool json_is_null(const Json *value); /* JSON null, or no value at all */

const Json *json_get(const Json *map, const char *key);                /* NULL: absent */
const Json *json_path(const Json *map, ...) G_GNUC_NULL_TERMINATED;    /* keys, NULL ends */
const char *json_str(const Json *map, const char *key);                /* NULL: absent or no string */
int64_t json_int(const Json *map, const char *key, int64_t otherwise); /* also of "123" */
double json_real(const Json *map, const char *key, double otherwise);
bool json_flag(const Json *map, const char *key, bool otherwise);
const char *json_text(const Json *value); /* of a string value, else NULL */
int64_t json_number(const Json *value, int64_t otherwise);

size_t json_len(const Json *list); /* 0 for anything but a list */
const Json *json_at(const Json *list, size_t i);
size_t json_size(const Json *map); /* number of keys */

/* Keys of a map in the order they stand:  for (JsonEach e = json_each(map); json_next(&e);) use(e.key, e.value); */
typedef struct {
        const char *key;
        const Json *value;
        void *at, *end;
} JsonEach;
JsonEach json_each(const Json *map);
bool json_next(JsonEach *each);

/* RFC 7386 merge patch, in place: null deletes, maps merge, everything else replaces. */
void json_merge(Json *target, const Json *patch);

/* Writing. Setters take ownership of what they are given and return it, so that trees build top-down:
 *     Json *apps = json_set(root, "apps", json_list());                                                    */
Json *json_map(void);
Json *json_list(void);
Json *json_set(Json *map, const char *key, Json *take);
Json *json_add(Json *list, Json *take);
/* NULL writes null; invalid UTF-8 is repaired */
void json_set_str(Json *map, const char *key, const char *s);
void json_set_int(Json *map, const char *key, int64_t v);
void json_set_double(Json *map, const char *key, double v); /* shortest form that reads back the same */
void json_set_bool(Json *map, const char *key, bool v);
void json_add_str(Json *list, const char *s);
void json_add_int(Json *list, int64_t v);
Json *json_of_str(const char *s);
Json *json_of_int(int64_t v);
Json *json_of_double(double v);
Json *json_of_bool(bool v);

/* Text of a tree, one line or indented by two; control characters and U+2028/9 escaped. g_free it. */
char *json_print(const Json *value, bool pretty);

#endif
