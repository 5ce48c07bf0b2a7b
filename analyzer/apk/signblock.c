/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/signblock.h"

#define MAGIC "APK Sig Block 42"

enum { TAIL = SIGNBLOCK_TAIL /* u64 size, magic */, LINEAGE_VERSION = 1 };

const SignScheme sign_schemes[SIGN_SCHEMES] = {
        {"v3.1", 0x1b93ad61, true}, {"v3", 0xf05368c0, true}, {"v2", 0x7109871a, false}};

uint64_t signblock_size(Span tail)
{
        Cursor c = cursor_over(tail);
        uint64_t size = cursor_u64(&c);
        return span_eq_str(cursor_take(&c, strlen(MAGIC)), MAGIC) && size <= UINT64_MAX - 8 ? size + 8 : 0;
}

bool signblock_find(Span file, size_t directory_offset, Span *block)
{
        *block = (Span){NULL, 0};
        if (directory_offset > file.len || directory_offset < TAIL + 8)
                return true;
        Cursor c = cursor_at(file, directory_offset - TAIL);
        uint64_t size = cursor_u64(&c);
        if (!span_eq_str(cursor_take(&c, strlen(MAGIC)), MAGIC))
                return true;
        if (size < TAIL || size > directory_offset - 8)
                return false;
        size_t start = directory_offset - (size_t)size - 8;
        c = cursor_at(file, start);
        if (cursor_u64(&c) != size)
                return false;
        *block = span_part(file, start, (size_t)size + 8);
        return true;
}

Cursor signblock_pairs(Span block)
{
        return cursor_over(block.len > 8 + TAIL ? span_part(block, 8, block.len - 8 - TAIL)
                                                : (Span){NULL, 0});
}

bool signblock_pair(Cursor *pairs, SignPair *out)
{
        if (cursor_left(pairs) == 0)
                return false;
        uint64_t size = cursor_u64(pairs);
        Cursor pair = cursor_over(cursor_take(pairs, size <= SIZE_MAX ? (size_t)size : SIZE_MAX));
        out->id = cursor_u32(&pair);
        out->value = span_from(pair.over, pair.at);
        pairs->ok = pairs->ok && pair.ok;
        return pairs->ok;
}

Span signblock_item(Cursor *list)
{
        return cursor_take(list, cursor_u32(list));
}

static Cursor open_item(Cursor *list)
{
        Cursor inside = cursor_over(signblock_item(list));
        inside.ok = list->ok;
        return inside;
}

Cursor signblock_list(Span value)
{
        Cursor outer = cursor_over(value);
        return open_item(&outer);
}

bool signblock_signer(Span item, const SignScheme *scheme, SignSigner *out)
{
        Cursor c = cursor_over(item);
        out->signed_data = signblock_item(&c);
        out->min_sdk = scheme->has_levels ? (int32_t)cursor_u32(&c) : 0;
        out->max_sdk = scheme->has_levels ? (int32_t)cursor_u32(&c) : SIGN_ANY_LEVEL;
        out->signatures = signblock_item(&c);
        out->key = signblock_item(&c);
        return c.ok;
}

bool signblock_data(Span signed_data, const SignScheme *scheme, SignData *out)
{
        Cursor c = cursor_over(signed_data);
        out->digests = signblock_item(&c);
        out->certificates = signblock_item(&c);
        out->min_sdk = scheme->has_levels ? (int32_t)cursor_u32(&c) : 0;
        out->max_sdk = scheme->has_levels ? (int32_t)cursor_u32(&c) : SIGN_ANY_LEVEL;
        out->attributes = signblock_item(&c);
        return c.ok;
}

bool signblock_numbered(Cursor *list, SignPair *out)
{
        if (cursor_left(list) == 0)
                return false;
        Cursor item = open_item(list);
        out->id = cursor_u32(&item);
        out->value = span_from(item.over, item.at);
        list->ok = list->ok && item.ok;
        return list->ok;
}

Cursor signblock_lineage(Span attribute)
{
        Cursor c = cursor_over(attribute);
        c.ok = cursor_u32(&c) == LINEAGE_VERSION && c.ok;
        return c;
}

bool signblock_ancestor(Cursor *nodes, SignAncestor *out)
{
        if (cursor_left(nodes) == 0)
                return false;
        Cursor node = open_item(nodes);
        Cursor signed_data = open_item(&node);
        out->signed_data = signed_data.over;
        out->certificate = signblock_item(&signed_data);
        out->previous_algorithm = cursor_u32(&signed_data);
        out->flags = cursor_u32(&node);
        out->algorithm = cursor_u32(&node);
        out->signature = signblock_item(&node);
        nodes->ok = nodes->ok && node.ok && signed_data.ok;
        return nodes->ok;
}
