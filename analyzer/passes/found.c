/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/passes/found.h"

enum { VALUES = 8, THIN = 5, HIGH = 3, MEDIUM = 2, VERSION_LIMIT = 48 };

static const char *const kind_names[FOUND_KINDS] = {"code",   "component", "metadata", "native",
                                                    "action", "file",      "constant", "host"};

typedef struct {
        unsigned points; /* of the best evidence of this kind; 0: none */
        unsigned n;
        const char *values[VALUES]; /* the first in byte order, sorted, no two alike */
} Shelf;

typedef struct {
        Shelf shelves[FOUND_KINDS];
        unsigned classes; /* defined under its prefixes, synthetic ones left out */
        const char *version, *version_from;
        unsigned version_rank;
        size_t n_settings;
        SdkSetting **settings;
} Hit;

struct Found {
        const SdkSet *sdks;
        const Owners *owners;
        Arena *arena;
        Hit **hits; /* by Sdk.index; NULL: not seen */
};

Found *found_new(const SdkSet *sdks, const Owners *owners, Arena *arena)
{
        Found *found = arena_new0(arena, Found);
        *found = (Found){.sdks = sdks, .owners = owners, .arena = arena};
        found->hits = arena_array(arena, Hit *, sdkset_len(sdks) + 1);
        return found;
}

unsigned found_points(const SdkAnchor *anchor)
{
        return anchor->segment ? 1 : 1 + MIN(anchor->confirmed, 2u);
}

static void shelf_keep(Shelf *shelf, const char *value)
{
        unsigned at = 0;
        while (at < shelf->n && strcmp(shelf->values[at], value) < 0)
                at++;
        if (at == VALUES || (at < shelf->n && strcmp(shelf->values[at], value) == 0))
                return;
        unsigned moved = MIN(shelf->n, VALUES - 1) - at;
        memmove(&shelf->values[at + 1], &shelf->values[at], moved * sizeof shelf->values[0]);
        shelf->values[at] = value;
        shelf->n = MIN(shelf->n + 1, VALUES);
}

static Hit *hit_of(Found *found, const Sdk *sdk)
{
        Hit **hit = &found->hits[sdk->index];
        if (!*hit)
                *hit = arena_new0(found->arena, Hit);
        return *hit;
}

void found_see(Found *found, const Sdk *sdk, FoundKind kind, const char *value, unsigned points)
{
        Shelf *shelf = &hit_of(found, sdk)->shelves[kind];
        shelf->points = MAX(shelf->points, points);
        shelf_keep(shelf, value);
}

void found_see_bytes(Found *found, const Sdk *sdk, FoundKind kind, Span value, unsigned points)
{
        Shelf *shelf = &hit_of(found, sdk)->shelves[kind];
        shelf->points = MAX(shelf->points, points);
        if (shelf->n < VALUES || span_cmp(value, span_str(shelf->values[VALUES - 1])) < 0)
                shelf_keep(shelf, arena_utf8(found->arena, value));
}

void found_class(Found *found, const Sdk *sdk)
{
        found->hits[sdk->index]->classes++;
}

static bool but_host(const Hit *hit)
{
        for (unsigned kind = 0; hit && kind < FOUND_HOST; kind++)
                if (hit->shelves[kind].points)
                        return true;
        return false;
}

bool found_but_host(const Found *found, const Sdk *sdk)
{
        return but_host(found->hits[sdk->index]);
}

/* ---- versions and settings */

static bool is_version(Span text)
{
        size_t digit = text.len && text.data[0] == 'v' ? 1 : 0;
        if (text.len <= digit || text.len > VERSION_LIMIT || !g_ascii_isdigit(text.data[digit]))
                return false;
        for (size_t i = 0; i < text.len; i++)
                if (!g_ascii_isalnum(text.data[i]) && !strchr(".-+_", text.data[i]))
                        return false;
        return true;
}

bool found_version(Found *found, const Sdk *sdk, unsigned rank, Span text, const char *from)
{
        if (!is_version(text))
                return false;
        Hit *hit = hit_of(found, sdk);
        if (hit->version && hit->version_rank <= rank)
                return true;
        hit->version = arena_strn(found->arena, (const char *)text.data, text.len);
        hit->version_from = from;
        hit->version_rank = rank;
        return true;
}

void found_setting(Found *found, const Sdk *sdk, const MetaData *key, const char *meaning)
{
        Hit *hit = hit_of(found, sdk);
        SdkSetting *setting = record_new(found->arena, SdkSetting, sdk_setting__init);
        setting->key = arena_str(found->arena, key->name);
        setting->value = arena_str(found->arena, key->value);
        setting->meaning = arena_str(found->arena, meaning);
        arena_push(found->arena, &hit->n_settings, &hit->settings, setting);
}

/* ---- writing */

static const char *confidence(const Hit *hit)
{
        unsigned points = 0, best = 0;
        for (unsigned kind = 0; kind < FOUND_KINDS; kind++) {
                bool thin = kind == FOUND_CODE && hit->classes < THIN && hit->shelves[kind].points > 1;
                unsigned counted = hit->shelves[kind].points - thin;
                points += counted;
                best = MAX(best, hit->shelves[kind].points);
        }
        if (best < MEDIUM)
                return "low";
        return points >= HIGH ? "high" : points >= MEDIUM ? "medium" : "low";
}

static SdkHit *as_record(const Found *found, const Sdk *sdk, const Hit *hit)
{
        Arena *arena = found->arena;
        SdkHit *record = record_new(arena, SdkHit, sdk_hit__init);
        record->id = arena_str(arena, sdk->id);
        record->confidence = arena_str(arena, confidence(hit));
        record->version = arena_str(arena, hit->version);
        record->version_from = arena_str(arena, hit->version ? hit->version_from : NULL);
        record->n_settings = hit->n_settings;
        record->settings = hit->settings;
        for (unsigned kind = 0; kind < FOUND_KINDS; kind++) {
                const Shelf *shelf = &hit->shelves[kind];
                for (unsigned i = 0; i < shelf->n; i++) {
                        Evidence *evidence = record_new(arena, Evidence, evidence__init);
                        evidence->kind = arena_str(arena, kind_names[kind]);
                        evidence->value = arena_str(arena, shelf->values[i]);
                        arena_push(arena, &record->n_evidence, &record->evidence, evidence);
                }
        }
        return record;
}

void found_write(const Found *found, Facts *facts)
{
        facts->n_sdks = 0;
        facts->sdks = NULL;
        for (size_t i = 0, n = sdkset_len(found->sdks); i < n; i++) {
                const Hit *hit = found->hits[i];
                if (!but_host(hit) && !(hit && hit->shelves[FOUND_HOST].points))
                        continue;
                const Sdk *sdk = sdkset_at(found->sdks, i);
                if (!owners_is_own(found->owners, sdk))
                        arena_push(found->arena, &facts->n_sdks, &facts->sdks, as_record(found, sdk, hit));
        }
}
