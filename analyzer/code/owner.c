/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/owner.h"

/* Classes of one package stand together in a dex file and have one owner but for a few, so answers are kept by package:
 * the last one at hand, the others in an open table. A table that got crowded by hostile names is passed by. */
enum { PLACES = 3, TABLE_FIRST = 512, PROBES = 16, CLASS_LABELS = 3 };

typedef struct {
        const char *name; /* in the arena; NULL: free */
        size_t len;
        uint64_t hash;
        SdkPackage package;
        unsigned owner; /* of classes directly in it, unless their own names matter */
        size_t own;     /* bytes of the own place it lies under, 0: none */
} Known;

struct Owners {
        const SdkSet *sdks;
        Arena *arena;
        Span own[PLACES]; /* in dotted form */
        unsigned n_own;
        bool *own_sdks; /* by Sdk.index */
        Known *table;
        size_t size, used; /* size is a power of two */
        const Known *last;
        Known spare; /* the answer that found no room */
};

/* ---- own places */

static bool is_letters(Span place) /* "a.b.c" */
{
        for (size_t i = 1; i < place.len; i += 2)
                if (place.data[i] != '.')
                        return false;
        return place.len % 2 == 1;
}

/* The first `n` labels, or all when there are fewer. */
static Span labels(Span name, unsigned n)
{
        for (size_t i = 0; i < name.len; i++)
                if (name.data[i] == '.' && --n == 0)
                        return span_part(name, 0, i);
        return name;
}

static unsigned count_labels(Span name)
{
        unsigned n = name.len > 0;
        for (size_t i = 0; i < name.len; i++)
                n += name.data[i] == '.';
        return n;
}

static void add_place(Owners *owners, Span place)
{
        for (unsigned i = 0; i < owners->n_own; i++)
                if (span_eq(owners->own[i], place))
                        return;
        owners->own[owners->n_own++] = place;
}

/* The application id itself is not remembered when its first labels cover it. */
static void add_package(Owners *owners, Span id)
{
        unsigned n = count_labels(id);
        bool shared = companies_share_place(sdkset_companies(owners->sdks), labels(id, 2));
        unsigned kept = shared ? 3 : 2;
        if (n > 0)
                add_place(owners, n > kept ? labels(id, kept) : id);
}

static void add_class(Owners *owners, const char *name)
{
        Span class_name = span_str(name);
        const char *dot = name ? strrchr(name, '.') : NULL;
        if (!dot || sdkset_code(owners->sdks, class_name))
                return;
        Span package = labels(span_of(name, (size_t)(dot - name)), CLASS_LABELS);
        bool platform = span_starts(package, span_str("android.")) || span_starts(package, span_str("java"));
        if (platform || count_labels(package) < 2 || is_letters(package) ||
            companies_share_place(sdkset_companies(owners->sdks), package))
                return;
        add_place(owners, package);
}

static void find_own_sdks(Owners *owners, const char *package)
{
        const SdkSet *sdks = owners->sdks;
        const char *root = companies_root_of_app(sdkset_companies(sdks), package);
        for (size_t i = 0; i < sdkset_len(sdks); i++)
                owners->own_sdks[i] = root && sdkset_at(sdks, i)->root == root;
        sdkset_mark_own(sdks, package, owners->own_sdks);
}

Owners *owners_new(const SdkSet *sdks, const OwnerApp *app, Arena *arena)
{
        Owners *owners = arena_new0(arena, Owners);
        owners->sdks = sdks;
        owners->arena = arena;
        owners->own_sdks = arena_array(arena, bool, sdkset_len(sdks) + 1);
        owners->size = TABLE_FIRST;
        owners->table = arena_array(arena, Known, owners->size);
        add_package(owners, span_str(arena_str(arena, app->package)));
        add_class(owners, arena_str(arena, app->application));
        add_class(owners, arena_str(arena, app->launcher));
        if (app->package)
                find_own_sdks(owners, app->package);
        return owners;
}

/* ---- packages */

/* Eight bytes a step; no two names need differ in it. */
static uint64_t hash_of(Span s)
{
        uint64_t hash = s.len;
        size_t i = 0;
        for (; i + 8 <= s.len; i += 8) {
                uint64_t word;
                memcpy(&word, s.data + i, 8);
                hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
                hash ^= hash >> 29;
        }
        for (; i < s.len; i++)
                hash = (hash ^ s.data[i]) * 0x100000001b3u;
        return (hash * 0x9e3779b97f4a7c15u) >> 16;
}

/* Bytes of the longest own place that `name` lies under or equals. */
static size_t own_place(const Owners *owners, Span name)
{
        size_t longest = 0;
        for (unsigned k = 0; k < owners->n_own; k++) {
                Span place = owners->own[k];
                size_t i = 0;
                while (i < place.len && i < name.len &&
                       (name.data[i] == '/' ? '.' : name.data[i]) == place.data[i])
                        i++;
                bool ends = i == name.len || (i < name.len && (name.data[i] == '/' || name.data[i] == '.'));
                if (i == place.len && ends)
                        longest = MAX(longest, i);
        }
        return longest;
}

static unsigned owner_by(const Owners *owners, const SdkAnchor *anchor, size_t own)
{
        if (!anchor)
                return own ? OWNER_OWN : OWNER_OTHER;
        bool longer = own == 0 || (!anchor->segment && strlen(anchor->text) > own);
        return !longer || owners->own_sdks[anchor->sdk->index] ? OWNER_OWN
                                                               : OWNER_FIRST_SDK + anchor->sdk->index;
}

static void grow(Owners *owners)
{
        Known *old = owners->table;
        size_t n = owners->size;
        owners->size = n * 2;
        owners->table = arena_array(owners->arena, Known, owners->size);
        owners->last = NULL;
        for (size_t i = 0; i < n; i++) {
                size_t at = old[i].hash, tries = 0;
                for (; old[i].name && tries < PROBES; at++, tries++) {
                        Known *slot = &owners->table[at & (owners->size - 1)];
                        if (slot->name)
                                continue;
                        *slot = old[i];
                        break;
                }
        }
}

static const Known *learn(Owners *owners, Known *slot, Span package, uint64_t hash)
{
        bool kept = slot != &owners->spare;
        *slot = (Known){.name = kept ? arena_strn(owners->arena, (const char *)package.data, package.len)
                                     : NULL,
                        .len = package.len,
                        .hash = hash,
                        .package = sdkset_package(owners->sdks, package),
                        .own = own_place(owners, package)};
        slot->owner = owner_by(owners, slot->package.anchor, slot->own);
        owners->used += kept;
        return slot;
}

static const Known *known(Owners *owners, Span package)
{
        if (package.len == 0)
                package.data = (const uint8_t *)"";
        const Known *last = owners->last;
        if (last && last->len == package.len && memcmp(last->name, package.data, package.len) == 0)
                return last;
        if (owners->used * 2 > owners->size)
                grow(owners);
        uint64_t hash = hash_of(package);
        for (size_t tries = 0; tries < PROBES; tries++) {
                Known *slot = &owners->table[(hash + tries) & (owners->size - 1)];
                if (!slot->name)
                        return owners->last = learn(owners, slot, package, hash);
                if (slot->hash == hash && slot->len == package.len &&
                    memcmp(slot->name, package.data, package.len) == 0)
                        return owners->last = slot;
        }
        return learn(owners, &owners->spare, package, hash);
}

/* ---- classes */

typedef struct {
        Span name;     /* without 'L' and ';' */
        size_t simple; /* where its simple name starts */
        const Known *known;
} Class;

static Class class_of(Owners *owners, Span descriptor)
{
        Class c = {.name = descriptor};
        char mark = '.';
        if (descriptor.len > 2 && descriptor.data[0] == 'L' && descriptor.data[descriptor.len - 1] == ';') {
                c.name = span_part(descriptor, 1, descriptor.len - 2);
                mark = '/';
        }
        const uint8_t *last = c.name.len ? memrchr(c.name.data, mark, c.name.len) : NULL;
        size_t cut = last ? (size_t)(last - c.name.data) : 0;
        c.simple = last ? cut + 1 : 0;
        c.known = known(owners, span_part(c.name, 0, cut));
        return c;
}

const SdkAnchor *owners_anchor(Owners *owners, Span descriptor)
{
        Class c = class_of(owners, descriptor);
        return sdkset_class_in(owners->sdks, c.known->package, c.name, c.simple);
}

unsigned owners_of(Owners *owners, Span descriptor)
{
        Class c = class_of(owners, descriptor);
        if (!c.known->package.deeper && (c.known->package.anchor || c.known->own))
                return c.known->owner;
        return owner_by(owners, sdkset_class_in(owners->sdks, c.known->package, c.name, c.simple),
                        c.known->own);
}

bool owners_is_own(const Owners *owners, const Sdk *sdk)
{
        return owners->own_sdks[sdk->index];
}

const char *owner_name(const Owners *owners, unsigned owner)
{
        return owner == OWNER_OWN ? "own" : owner == OWNER_OTHER ? "other" : owner_sdk(owners, owner)->owner;
}

const Sdk *owner_sdk(const Owners *owners, unsigned owner)
{
        return owner < OWNER_FIRST_SDK ? NULL : sdkset_at(owners->sdks, owner - OWNER_FIRST_SDK);
}
