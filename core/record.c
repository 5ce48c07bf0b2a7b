/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/record.h"

#include "core/digest.h"

enum { FIRST_RUN_FIELD = 100 };

GBytes *record_pack_message(const ProtobufCMessage *message)
{
        size_t size = protobuf_c_message_get_packed_size(message);
        uint8_t *bytes = g_malloc(size ? size : 1);
        protobuf_c_message_pack(message, bytes);
        return g_bytes_new_take(bytes, size);
}

static void *pool_alloc(void *pool, size_t size)
{
        return arena_alloc(pool, size);
}

static void pool_free(void *pool, void *block)
{
        (void)pool, (void)block; /* goes with the arena */
}

ProtobufCMessage *record_unpack_message(Arena *arena, const ProtobufCMessageDescriptor *type, Span bytes,
                                        GError **error)
{
        ProtobufCAllocator allocator = {pool_alloc, pool_free, arena};
        ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, bytes.len, bytes.data);
        if (!message)
                fault(error, FAULT_MALFORMED, "%zu bytes are no %s record", bytes.len, type->name);
        return message;
}

void *record_init(void *record, void (*init)(void *))
{
        init(record);
        return record;
}

const char *record_kind_name(Component__Kind kind)
{
        static const char *const names[] = {"activity", "activity-alias", "service", "receiver", "provider"};
        return (unsigned)kind < G_N_ELEMENTS(names) ? names[kind] : "unknown";
}

/* ---- any record as JSON ------------------------------------------------------------------------------------ */

static Json *json_of_value(const ProtobufCFieldDescriptor *field, const void *at, bool canonical)
{
        switch (field->type) {
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32: return json_of_int(*(const int32_t *)at);
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32: return json_of_int(*(const uint32_t *)at);
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64: return json_of_int(*(const int64_t *)at);
        case PROTOBUF_C_TYPE_FLOAT: return json_of_double((double)*(const float *)at);
        case PROTOBUF_C_TYPE_DOUBLE: return json_of_double(*(const double *)at);
        case PROTOBUF_C_TYPE_BOOL: return json_of_bool(*(const protobuf_c_boolean *)at);
        case PROTOBUF_C_TYPE_STRING: return json_of_str(*(char *const *)at);
        case PROTOBUF_C_TYPE_MESSAGE: return record_json(*(ProtobufCMessage *const *)at, canonical);
        case PROTOBUF_C_TYPE_ENUM: {
                const ProtobufCEnumValue *v =
                        protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)at);
                return json_of_str(v ? v->name : "?");
        }
        case PROTOBUF_C_TYPE_BYTES: {
                const ProtobufCBinaryData *data = at;
                g_autofree char *hex = g_malloc(2 * data->len + 1);
                hex_encode(span_of(data->data, data->len), hex);
                return json_of_str(hex);
        }
        }
        return NULL;
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
        switch (field->type) {
        case PROTOBUF_C_TYPE_STRING:
        case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
        case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
        case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
        case PROTOBUF_C_TYPE_DOUBLE: return 8;
        default: return 4;
        }
}

static bool is_present(const ProtobufCFieldDescriptor *field, const char *base)
{
        if (field->label == PROTOBUF_C_LABEL_REQUIRED)
                return true;
        if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
                return *(void *const *)(base + field->offset) != NULL;
        return *(const protobuf_c_boolean *)(base + field->quantifier_offset);
}

Json *record_json(const ProtobufCMessage *message, bool canonical)
{
        Json *map = json_map();
        const char *base = (const char *)message;
        for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
                const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
                if (canonical && field->id >= FIRST_RUN_FIELD)
                        continue;
                if (field->label != PROTOBUF_C_LABEL_REPEATED) {
                        if (is_present(field, base))
                                json_set(map, field->name,
                                         json_of_value(field, base + field->offset, canonical));
                        continue;
                }
                size_t n = *(const size_t *)(base + field->quantifier_offset);
                const char *items = *(char *const *)(base + field->offset);
                Json *list = n ? json_set(map, field->name, json_list()) : NULL;
                for (size_t k = 0; k < n; k++)
                        json_add(list, json_of_value(field, items + k * value_size(field), canonical));
        }
        return map;
}

/* ---- the scan object ---------------------------------------------------------------------------------------- */

static void put_permissions(Json *map, const Facts *facts)
{
        Json *list = json_set(map, "permissions", json_list());
        for (size_t i = 0; i < facts->n_permissions; i++) {
                const Permission *p = facts->permissions[i];
                Json *item = json_add(list, json_map());
                json_set_str(item, "name", p->name);
                json_set(item, "max_sdk", p->has_max_sdk ? json_of_int(p->max_sdk) : NULL);
                json_set_bool(item, "sdk23", p->sdk23);
                Json *flags = json_set(item, "flags", json_list());
                if (p->flags & 0x10000)
                        json_add_str(flags, "neverForLocation");
                if (p->flags & 0x20000)
                        json_add_str(flags, "onlyForLocationButton");
                if (p->has_min_sdk)
                        json_set_int(item, "min_sdk", p->min_sdk);
        }
}

static void put_components(Json *map, const Facts *facts)
{
        Json *list = json_set(map, "components", json_list());
        for (size_t i = 0; i < facts->n_components; i++) {
                const Component *c = facts->components[i];
                Json *item = json_add(list, json_map());
                json_set_str(item, "kind", record_kind_name(c->kind));
                json_set_str(item, "name", c->name);
                json_set_bool(item, "exported", c->exported);
                if (c->permission)
                        json_set_str(item, "permission", c->permission);
                if (c->n_actions) {
                        Json *actions = json_set(item, "actions", json_list());
                        for (size_t k = 0; k < c->n_actions; k++)
                                json_add_str(actions, c->actions[k]);
                }
        }
}

static void put_signers(Json *map, const Facts *facts)
{
        Json *list = json_set(map, "signers", json_list());
        for (size_t i = 0; i < facts->n_signers; i++) {
                bool seen = false;
                for (size_t k = 0; k < i && !seen; k++)
                        seen = g_str_equal(facts->signers[k]->sha256, facts->signers[i]->sha256);
                if (!seen)
                        json_add_str(list, facts->signers[i]->sha256);
        }
}

static void put_anomalies(Json *map, const Facts *facts)
{
        Json *list = json_set(map, "anomalies", json_list());
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                Json *item = json_add(list, json_map());
                json_set_str(item, "code", facts->anomalies[i]->code);
                json_set_str(item, "detail", facts->anomalies[i]->detail);
        }
}

/* Any list of records, there even when it is empty: whoever reads it need not ask first. */
static void put_list(Json *map, const char *key, size_t n, void *const *records)
{
        Json *list = json_set(map, key, json_list());
        for (size_t i = 0; i < n; i++)
                json_add(list, record_json(records[i], false));
}

#define PUT_LIST(map, facts, key) put_list((map), #key, (facts)->n_##key, (void *const *)(facts)->key)

/* What the code does, and what could not be seen of it. */
static void put_behaviour(Json *map, const Facts *facts)
{
        PUT_LIST(map, facts, calls);
        PUT_LIST(map, facts, permission_use);
        PUT_LIST(map, facts, effective);
        json_set(map, "effective_level",
                 facts->has_effective_level ? json_of_int(facts->effective_level) : NULL);
        PUT_LIST(map, facts, startup);
        json_set(map, "startup_reach",
                 facts->startup_reach ? record_json(&facts->startup_reach->base, false) : NULL);
        PUT_LIST(map, facts, hosts);
        PUT_LIST(map, facts, posture);
        PUT_LIST(map, facts, blind);
        PUT_LIST(map, facts, containers);
}

/* The rest, for whoever wants more than the fixed keys. */
static void put_more(Json *map, const Facts *facts)
{
        json_set_str(map, "detail", facts->detail);
        json_set_int(map, "size", facts->size);
        json_set_str(map, "container", facts->container);
        PUT_LIST(map, facts, meta_data);
        PUT_LIST(map, facts, natives);
        PUT_LIST(map, facts, dex);
        put_list(map, "signing", facts->n_signers, (void *const *)facts->signers);
        PUT_LIST(map, facts, signing_extras);
        if (facts->n_verification)
                PUT_LIST(map, facts, verification);
        json_set(map, "instructions",
                 facts->has_instructions ? json_of_int((int64_t)facts->instructions) : NULL);
        json_set_str(map, "passes", facts->passes);
        if (facts->tier) {
                json_set_str(map, "tier", facts->tier);
                json_set_int(map, "fetched", (int64_t)facts->fetched);
        }
}

Json *record_facts_json(const Facts *facts, const char *path)
{
        Json *map = json_map();
        if (path)
                json_set_str(map, "path", path);
        json_set_str(map, "sha256", facts->sha256);
        json_set_str(map, "outcome", facts->outcome);
        json_set_str(map, "package", facts->package);
        json_set(map, "version_code", facts->has_version_code ? json_of_int(facts->version_code) : NULL);
        json_set_str(map, "version_name", facts->version_name);
        json_set_str(map, "label", facts->label);
        json_set(map, "min_sdk",
                 facts->has_min_sdk ? json_of_int(facts->min_sdk) : json_of_str(facts->min_sdk_codename));
        json_set(map, "target_sdk",
                 facts->has_target_sdk ? json_of_int(facts->target_sdk)
                                       : json_of_str(facts->target_sdk_codename));
        put_permissions(map, facts);
        put_components(map, facts);
        put_signers(map, facts);
        PUT_LIST(map, facts, sdks);
        put_anomalies(map, facts);
        put_behaviour(map, facts);
        put_more(map, facts);
        return map;
}
