/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passes/sdks.c - which SDKs an app holds, each with what was seen of it.
 *
 * Evidence comes in five kinds, each counted once an SDK:
 * - code: the app defines classes under one of the SDK's code prefixes (or with its path segment). What is only
 *   referred to proves nothing, nor do synthetic classes: D8 makes up classes named after the platform's.
 *   3 points when two or more kinds of places besides our own list know the prefix, 2 for one, 1 for none and
 *   for a lone segment; one point less (never under 1) below five classes, since libraries carry a few
 *   classes of their neighbours (Play services those of Firebase).
 * - component: the manifest declares a component that the SDK's list names, or whose class lies under one of
 *   its prefixes. 2 points when named or the prefix is confirmed, else 1.
 * - native: a library file bears one of its names. 2 points when LibChecker states the SDK too, else 1.
 * - metadata: a meta-data key of it, 1 point. Anybody can leave a key behind.
 * - action: an intent filter with an action of it, 1 point.
 *
 * A name that several SDKs claim gives each of them 1 point. Confidence is high from 3 points, medium at 2,
 * low at 1.
 *
 * First party: when the application id lies under one of the SDK's prefixes, the app is the vendor's own and
 * the SDK is no hit, whatever else was seen. */
#include "analyzer/apk/dex.h"
#include "analyzer/pass.h"
#include "analyzer/tables/sdkset.h"

enum { CODE, COMPONENT, METADATA, NATIVE, ACTION, KINDS };
enum { VALUES = 8, THIN = 5, HIGH = 3, MEDIUM = 2 };

static const char *const kind_names[KINDS] = {"code", "component", "metadata", "native", "action"};

typedef struct {
        unsigned points; /* of the best evidence of this kind */
        unsigned n;
        const char *values[VALUES]; /* the first in byte order, sorted, no two alike */
} Shelf;

typedef struct {
        Shelf shelves[KINDS];
        unsigned classes; /* defined under its prefixes, synthetic ones left out */
} Hit;

typedef struct {
        Apk *apk;
        const SdkSet *sdks;
        Hit **hits; /* by Sdk.index; NULL: not seen */
} Search;

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

static Hit *see(Search *search, const Sdk *sdk, unsigned kind, const char *value, unsigned points)
{
        Hit **hit = &search->hits[sdk->index];
        if (!*hit)
                *hit = arena_new0(search->apk->arena, Hit);
        Shelf *shelf = &(*hit)->shelves[kind];
        shelf->points = MAX(shelf->points, points);
        shelf_keep(shelf, value);
        return *hit;
}

static unsigned code_points(const SdkAnchor *anchor)
{
        return anchor->segment ? 1 : 1 + MIN(anchor->confirmed, 2u);
}

/* "Lcom/x/Y;" as "com.x.Y". */
static const char *class_text(Arena *arena, Span descriptor)
{
        if (descriptor.len > 2 && descriptor.data[0] == 'L' && descriptor.data[descriptor.len - 1] == ';')
                descriptor = span_part(descriptor, 1, descriptor.len - 2);
        char *text = dex_utf8(arena, descriptor);
        g_strdelimit(text, "/", '.');
        return text;
}

static void search_dex(Search *search, const Dex *dex)
{
        const SdkAnchor *last = NULL; /* neighbours in a dex file mostly share their owner */
        Hit *hit = NULL;
        for (uint32_t i = 0; i < dex->n_classes; i++) {
                if (dex_class_flags(dex, i) & DEX_SYNTHETIC)
                        continue;
                Span name = dex_class(dex, i);
                const SdkAnchor *anchor = sdkset_code(search->sdks, name);
                if (!anchor)
                        continue;
                if (anchor != last || anchor->segment) {
                        const char *value =
                                anchor->segment ? class_text(search->apk->arena, name) : anchor->text;
                        hit = see(search, anchor->sdk, CODE, value, code_points(anchor));
                }
                last = anchor;
                hit->classes++;
        }
}

static void search_name(Search *search, SdkNameKind where, unsigned kind, const char *name, unsigned points)
{
        const SdkAnchor *first = sdkset_name(search->sdks, where, name);
        for (const SdkAnchor *anchor = first; anchor; anchor = anchor->next)
                see(search, anchor->sdk, kind, name, first->next ? 1 : points);
}

static void search_components(Search *search)
{
        const Facts *facts = search->apk->facts;
        for (size_t i = 0; i < facts->n_components; i++) {
                const Component *component = facts->components[i];
                search_name(search, SDK_COMPONENT, COMPONENT, component->name, 2);
                bool has_class = component->kind != COMPONENT__KIND__ALIAS;
                const SdkAnchor *anchor =
                        has_class ? sdkset_code(search->sdks, span_str(component->name)) : NULL;
                if (anchor)
                        see(search, anchor->sdk, COMPONENT, component->name, MIN(code_points(anchor), 2u));
                for (size_t j = 0; j < component->n_actions; j++)
                        search_name(search, SDK_ACTION, ACTION, component->actions[j], 1);
        }
}

static void search_natives(Search *search)
{
        const Facts *facts = search->apk->facts;
        for (size_t i = 0; i < facts->n_natives; i++) {
                const char *name = facts->natives[i]->name;
                const SdkAnchor *anchor = sdkset_name(search->sdks, SDK_NATIVE, name);
                bool confirmed = anchor && sdk_has_source(anchor->sdk, "libchecker");
                search_name(search, SDK_NATIVE, NATIVE, name, confirmed ? 2 : 1);
        }
}

static const char *confidence(const Hit *hit)
{
        unsigned points = 0;
        for (unsigned kind = 0; kind < KINDS; kind++)
                points += hit->shelves[kind].points;
        if (hit->shelves[CODE].points > 1 && hit->classes < THIN)
                points--;
        return points >= HIGH ? "high" : points >= MEDIUM ? "medium" : "low";
}

static SdkHit *as_record(const Search *search, const Sdk *sdk, const Hit *hit)
{
        Arena *arena = search->apk->arena;
        SdkHit *record = record_new(arena, SdkHit, sdk_hit__init);
        record->id = arena_str(arena, sdk->id);
        record->confidence = arena_str(arena, confidence(hit));
        for (unsigned kind = 0; kind < KINDS; kind++) {
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

static bool run(Apk *apk, GError **error)
{
        (void)error;
        Search search = {.apk = apk, .sdks = apk->tables->sdks};
        Facts *facts = apk->facts;
        size_t n = sdkset_len(search.sdks);
        search.hits = arena_array(apk->arena, Hit *, n);
        for (size_t i = 0; i < apk->n_dex; i++)
                search_dex(&search, apk->dex[i]);
        search_components(&search);
        search_natives(&search);
        for (size_t i = 0; i < facts->n_meta_data; i++)
                search_name(&search, SDK_METADATA, METADATA, facts->meta_data[i]->name, 1);
        for (size_t i = 0; i < n; i++) {
                const Sdk *sdk = sdkset_at(search.sdks, i);
                if (search.hits[i] && !sdkset_is_own(search.sdks, sdk, facts->package))
                        arena_push(apk->arena, &facts->n_sdks, &facts->sdks,
                                   as_record(&search, sdk, search.hits[i]));
        }
        return true;
}

static const char *digest(const Tables *tables)
{
        return sdkset_digest(tables->sdks);
}

const Pass pass_sdks = {
        .name = "sdks",
        .version = 1,
        .meaning = "Third-party SDKs by defined classes, components, meta-data keys, native libraries and "
                   "intent "
                   "actions, each with its evidence and a confidence from how many of them agree.",
        .run = run,
        .digest = digest,
};
