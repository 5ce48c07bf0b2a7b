/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/sdkset.h"

#include "analyzer/tables/sdkset_parts.h"

const char *sdkset_digest(const SdkSet *set)
{
        return set->digest;
}

size_t sdkset_len(const SdkSet *set)
{
        return set->sdks->len;
}

const Sdk *sdkset_at(const SdkSet *set, size_t i)
{
        return g_ptr_array_index(set->sdks, i);
}

const Sdk *sdkset_find(const SdkSet *set, const char *id)
{
        return g_hash_table_lookup(set->ids, id);
}

const Companies *sdkset_companies(const SdkSet *set)
{
        return set->companies;
}

bool sdk_has_source(const Sdk *sdk, const char *source)
{
        return g_strv_contains(sdk->sources, source);
}

/* A class name cut at its boundaries, one step a cut: `front` is all up to the cut, `piece` what lies behind
 * the last. */
typedef struct {
        Span name, front, piece;
        size_t at;
} Cuts;

static Cuts cuts_of(Span name)
{
        if (name.len > 2 && name.data[0] == 'L' && name.data[name.len - 1] == ';')
                name = span_part(name, 1, name.len - 2);
        return (Cuts){.name = name};
}

static bool cuts_next(Cuts *cuts)
{
        if (cuts->at > cuts->name.len || cuts->name.len == 0)
                return false;
        size_t start = cuts->at, end = start;
        for (; end < cuts->name.len; end++) {
                uint8_t byte = cuts->name.data[end];
                if (byte == '/' || byte == '.' || byte == '$' || byte == ';')
                        break;
        }
        cuts->front = span_part(cuts->name, 0, end);
        cuts->piece = span_part(cuts->name, start, end - start);
        cuts->at = end + 1;
        return true;
}

static const SdkAnchor *segment_at(const SdkSet *set, const Cuts *cuts)
{
        if (cuts->piece.len == 0 || !set->begins[cuts->piece.data[0]])
                return NULL;
        return g_hash_table_lookup(set->segments, &cuts->piece);
}

static const SdkAnchor *prefix_at(const SdkSet *set, const Cuts *cuts)
{
        return cuts->front.len <= set->longest ? g_hash_table_lookup(set->prefixes, &cuts->front) : NULL;
}

const SdkAnchor *sdkset_code(const SdkSet *set, Span class_name)
{
        const SdkAnchor *prefix = NULL, *segment = NULL;
        for (Cuts cuts = cuts_of(class_name); cuts_next(&cuts);) {
                const SdkAnchor *longer = prefix_at(set, &cuts);
                if (longer)
                        prefix = longer;
                if (!segment)
                        segment = segment_at(set, &cuts);
        }
        return prefix ? prefix : segment;
}

SdkPackage sdkset_package(const SdkSet *set, Span package)
{
        return (SdkPackage){.anchor = sdkset_code(set, package),
                            .deeper = g_hash_table_contains(set->parents, &package)};
}

const SdkAnchor *sdkset_class_in(const SdkSet *set, SdkPackage package, Span name, size_t simple)
{
        if (package.deeper)
                return sdkset_code(set, name);
        if (package.anchor)
                return package.anchor;
        for (Cuts cuts = {.name = span_from(name, simple)}; cuts_next(&cuts);) {
                const SdkAnchor *segment = segment_at(set, &cuts);
                if (segment)
                        return segment;
        }
        return NULL;
}

size_t sdkset_prefixes(const SdkSet *set, const SdkAnchor *const **list)
{
        *list = (const SdkAnchor *const *)set->sorted->pdata;
        return set->sorted->len;
}

void sdkset_mark_own(const SdkSet *set, const char *application_id, bool *own)
{
        for (Cuts cuts = cuts_of(span_str(application_id)); cuts_next(&cuts);) {
                const SdkAnchor *prefix = prefix_at(set, &cuts), *segment = segment_at(set, &cuts);
                if (prefix && !companies_share_place(set->companies, span_str(prefix->text)))
                        own[prefix->sdk->index] = true;
                if (segment)
                        own[segment->sdk->index] = true;
        }
}

const SdkAnchor *sdkset_name(const SdkSet *set, SdkNameKind kind, const char *name)
{
        const SdkNames *names = &set->names[kind];
        const SdkAnchor *anchor = g_hash_table_lookup(names->exact, name);
        return anchor ? anchor : globs_find(names->globs, span_str(name));
}

const SdkAnchor *sdkset_host(const SdkSet *set, const char *host)
{
        for (const char *at = host, *dot; at; at = dot ? dot + 1 : NULL) {
                const SdkAnchor *anchor = g_hash_table_lookup(set->hosts, at);
                if (anchor)
                        return anchor;
                dot = strchr(at, '.');
        }
        return NULL;
}

bool sdkset_is_identifier(const SdkSet *set, const char *host)
{
        return globs_find(set->identifiers, span_str(host)) != NULL;
}

const SdkFile *sdkset_file(const SdkSet *set, Span path)
{
        return globs_find(set->files, path);
}

const SdkSwitch *sdkset_switch(const SdkSet *set, const char *key)
{
        return globs_find(set->switches, span_str(key));
}

const char *sdkset_refused(const SdkSet *set, const char *kind, const char *text)
{
        g_autofree char *key = g_strconcat(kind, "\t", text, NULL);
        return g_hash_table_lookup(set->refused, key);
}

size_t sdkset_constants(const SdkSet *set, const SdkConstant *const **list)
{
        *list = (const SdkConstant *const *)set->constants->pdata;
        return set->constants->len;
}
