/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/attribute.h"

#define ANDROID_NS "http://schemas.android.com/apk/res/android"

static bool find(Attributes *a, uint32_t id, AxmlAttribute *out)
{
        bool hidden = false;
        if (axml_find(a->xml, id, out, &hidden))
                return out->value.type != RES_NULL;
        if (hidden)
                oddity_note(a->odd, a->arena, "manifest-attribute-order", false, span_str(axml_name(a->xml)));
        return false;
}

bool attr_has(Attributes *a, uint32_t id)
{
        AxmlAttribute found;
        return find(a, id, &found);
}

static bool is_reference(ResValue v)
{
        return v.type == RES_REFERENCE || v.type == RES_DYNAMIC_REFERENCE;
}

const ArscValue *attr_follow(Attributes *a, uint32_t resource)
{
        const ArscValue *behind = a->arsc ? arsc_default(a->arsc, resource) : NULL;
        if (!behind && a->arsc && arsc_is_cut(a->arsc))
                a->unfetched++;
        return behind;
}

bool attr_value(Attributes *a, uint32_t id, ResValue *value, const char **text)
{
        AxmlAttribute found;
        *text = NULL;
        if (!find(a, id, &found))
                return false;
        *value = found.value;
        if (!is_reference(found.value)) {
                if (found.value.type == RES_STRING)
                        *text = axml_string(a->xml, found.value.data);
                return found.value.type != RES_STRING || *text;
        }
        const ArscValue *behind = attr_follow(a, found.value.data);
        if (!behind && a->arsc && arsc_is_cut(a->arsc))
                return false;
        if (!behind) {
                g_autofree char *what =
                        g_strdup_printf("@0x%08x in <%s>", found.value.data, axml_name(a->xml));
                oddity_note(a->odd, a->arena, "manifest-unresolved-reference", false, span_str(what));
                return false;
        }
        *value = behind->value;
        *text = behind->text;
        return true;
}

bool attr_reference(Attributes *a, uint32_t id, uint32_t *resource)
{
        AxmlAttribute found;
        if (!find(a, id, &found) || !is_reference(found.value))
                return false;
        *resource = found.value.data;
        return true;
}

const char *attr_cut(Attributes *a, const char *text)
{
        if (!text || strlen(text) <= ATTR_TEXT_LIMIT)
                return text;
        oddity_note(a->odd, a->arena, "manifest-long-text", false, span_str(text));
        const char *end = text + ATTR_TEXT_LIMIT;
        while (((unsigned char)*end & 0xc0) == 0x80)
                end--;
        return arena_strn(a->arena, text, (size_t)(end - text));
}

char *attr_spell(Arena *arena, ResValue v, const char *text)
{
        float number;
        memcpy(&number, &v.data, sizeof number);
        switch (v.type) {
        case RES_STRING: return arena_str(arena, text);
        case RES_REFERENCE:
        case RES_DYNAMIC_REFERENCE: return arena_printf(arena, "@0x%08x", v.data);
        case RES_ATTRIBUTE: return arena_printf(arena, "?0x%08x", v.data);
        case RES_FLOAT: return arena_printf(arena, "%g", (double)number);
        case RES_INT_BOOLEAN: return arena_str(arena, v.data ? "true" : "false");
        case RES_INT_HEX: return arena_printf(arena, "0x%x", v.data);
        default: break;
        }
        if (v.type >= RES_FIRST_COLOR && v.type <= RES_LAST_INT)
                return arena_printf(arena, "#%08x", v.data);
        if (v.type >= RES_FIRST_INT && v.type <= RES_LAST_INT)
                return arena_printf(arena, "%d", (int32_t)v.data);
        return arena_printf(arena, "0x%08x", v.data);
}

const char *attr_text(Attributes *a, uint32_t id)
{
        ResValue value;
        const char *text;
        if (!attr_value(a, id, &value, &text))
                return NULL;
        return attr_cut(a, value.type == RES_STRING ? text : attr_spell(a->arena, value, text));
}

const char *attr_literal(Attributes *a, uint32_t id)
{
        AxmlAttribute found;
        if (!find(a, id, &found) || found.value.type != RES_STRING)
                return NULL;
        return attr_cut(a, axml_string(a->xml, found.value.data));
}

bool attr_int(Attributes *a, uint32_t id, int32_t *out)
{
        ResValue value;
        const char *text;
        if (!attr_value(a, id, &value, &text))
                return false;
        if (value.type == RES_STRING) {
                gint64 n;
                if (!g_ascii_string_to_signed(text, 10, INT32_MIN, INT32_MAX, &n, NULL))
                        return false;
                *out = (int32_t)n;
                return true;
        }
        *out = (int32_t)value.data;
        return value.type >= RES_FIRST_INT && value.type <= RES_LAST_INT;
}

bool attr_bool(Attributes *a, uint32_t id, bool otherwise)
{
        ResValue value;
        const char *text;
        if (!attr_value(a, id, &value, &text))
                return otherwise;
        if (value.type == RES_STRING)
                return g_str_equal(text, "1") || g_str_equal(text, "true") || g_str_equal(text, "TRUE");
        return value.type >= RES_FIRST_INT && value.type <= RES_LAST_INT ? value.data != 0 : otherwise;
}

const char *attr_spelled(Attributes *a, const char *name, uint32_t id)
{
        const char *text = axml_find_text(a->xml, ANDROID_NS, name);
        return text ? attr_cut(a, text) : attr_text(a, id);
}
