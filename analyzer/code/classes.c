/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/classes.h"

#include "analyzer/code/classes_parts.h"

enum {
        UNASKED = 0xfffffffe,
        QUEUE = 64, /* classes looked at for heirs of one */
        SLACK = 4096,
        BYTES_A_METHOD = 8, /* what a method takes of a dex file at the very least is more */
        BYTES_AN_INTERFACE =
                8,         /* so many of them would be four for each class, of files that hold nothing else */
        MEMORY_FACTOR = 5, /* of what tables take in the file; what is kept of them takes less */
        MEMORY_SLACK = 64 << 20
};

bool classes_cut(const Classes *classes)
{
        return classes->cut;
}

uint64_t classes_work(const Classes *classes)
{
        return classes->work;
}

/* ---- names to classes */

/* The slot of this name, or the empty one where it would go. */
static uint32_t *slot_of(const Classes *classes, Span name)
{
        for (size_t at = text_hash(classes->key, name) & classes->mask;; at = (at + 1) & classes->mask) {
                uint32_t id = classes->slots[at];
                if (id == 0 || span_eq(classes->all[id - 1].name, name))
                        return &classes->slots[at];
        }
}

uint32_t classes_find(const Classes *classes, Span descriptor)
{
        uint32_t id = *slot_of(classes, descriptor);
        return id ? id - 1 : CLASS_NONE;
}

uint32_t classes_of_type(Classes *classes, unsigned dex, uint32_t type)
{
        if (dex >= classes->n_dex || type >= classes->dex[dex]->n_types)
                return CLASS_NONE;
        uint32_t *known = &classes->of_type[dex][type];
        if (*known == UNASKED)
                *known = classes_find(classes, dex_type(classes->dex[dex], type));
        return *known;
}

size_t classes_len(const Classes *classes)
{
        return classes->n;
}

const AppClass *classes_at(const Classes *classes, uint32_t id)
{
        return &classes->all[id];
}

/* ---- reading them all */

static void read_dex(Classes *classes, unsigned number, Owners *owners)
{
        const Dex *dex = classes->dex[number];
        for (uint32_t i = 0; i < dex->n_classes; i++) {
                AppClass *c = &classes->all[classes->n];
                if (!dex_class_def(dex, i, &c->def))
                        continue;
                c->dex = dex;
                c->dex_number = number;
                c->index = i;
                c->name = dex_type(dex, c->def.type);
                c->owner = (uint16_t)owners_of(owners, c->name);
                c->super = CLASS_NONE;
                uint32_t *slot = slot_of(classes, c->name);
                c->hidden = *slot != 0;
                classes->n++;
                if (!c->hidden)
                        *slot = (uint32_t)classes->n;
                classes->of_type[number][c->def.type] = *slot - 1;
        }
}

/* Follows superclasses to where the app's code ends, and tells every class on the way back. */
static void find_platform(Classes *classes, uint32_t id, bool *told)
{
        AppClass *all = classes->all;
        size_t n = 0;
        classes->walk++;
        for (; id != CLASS_NONE && !told[id] && classes->seen[id] != classes->walk; id = all[id].super) {
                classes->seen[id] = classes->walk;
                classes->line[n++] = id;
        }
        if (id != CLASS_NONE && !told[id]) {
                all[classes->line[n - 1]].super = CLASS_NONE; /* a circle: Android loads none of these */
        } else if (id == CLASS_NONE && n && all[classes->line[n - 1]].def.super != DEX_NO_TYPE) {
                AppClass *top = &all[classes->line[n - 1]];
                top->platform_name = dex_type(top->dex, top->def.super);
                top->platform = apiset_class(classes->apis, top->platform_name);
        }
        while (n-- > 0) {
                AppClass *c = &all[classes->line[n]];
                const AppClass *super = c->super == CLASS_NONE ? NULL : &all[c->super];
                c->held = apiset_class(classes->apis, c->name);
                if (super) {
                        c->platform = super->platform;
                        c->platform_name = super->platform_name;
                        c->held = c->held ? c->held : super->held;
                }
                told[classes->line[n]] = true;
        }
}

static void find_supers(Classes *classes)
{
        bool *told = arena_array(classes->arena, bool, classes->n);
        for (uint32_t id = 0; id < classes->n; id++) {
                AppClass *c = &classes->all[id];
                if (c->def.super != DEX_NO_TYPE)
                        c->super = classes_of_type(classes, c->dex_number, c->def.super);
        }
        for (uint32_t id = 0; id < classes->n; id++)
                find_platform(classes, id, told);
}

static uint64_t count_interfaces(const Dex *dex)
{
        uint64_t n = 0;
        DexClass class_def;
        for (uint32_t i = 0; dex_class_def(dex, i, &class_def); i++)
                n += dex_interfaces(dex, &class_def);
        return n;
}

/* Whether what is kept by index (here, and in meaning.c) and what has to be walked stays in proportion to the files. */
static bool fits(const Dex *const *dex, size_t n_dex)
{
        uint64_t kept = 0, interfaces = 0, bytes = 0;
        for (size_t i = 0; i < n_dex; i++) {
                kept += (uint64_t)dex[i]->n_types * 28 + (uint64_t)dex[i]->n_classes * 144;
                kept += 2 * ((uint64_t)dex[i]->n_strings + dex[i]->n_fields + dex[i]->n_methods);
                bytes += dex[i]->size;
                interfaces += count_interfaces(dex[i]);
        }
        return kept <= bytes * MEMORY_FACTOR + MEMORY_SLACK &&
               interfaces <= bytes / BYTES_AN_INTERFACE + SLACK;
}

static void make_tables(Classes *classes)
{
        size_t most = 0, slots = 16;
        classes->of_type = arena_array(classes->arena, uint32_t *, classes->n_dex);
        classes->methods_left = SLACK;
        for (size_t i = 0; i < classes->n_dex; i++) {
                const Dex *dex = classes->dex[i];
                most += dex->n_classes;
                classes->methods_left += dex->size / BYTES_A_METHOD;
                classes->of_type[i] = arena_array(classes->arena, uint32_t, dex->n_types);
                for (uint32_t k = 0; k < dex->n_types; k++)
                        classes->of_type[i][k] = UNASKED;
        }
        while (slots < most * 2)
                slots *= 2;
        classes->mask = slots - 1;
        classes->slots = arena_array(classes->arena, uint32_t, slots);
        classes->all = arena_array(classes->arena, AppClass, most + 1);
        classes->methods = arena_array(classes->arena, Methods, most + 1);
        classes->line = arena_array(classes->arena, uint32_t, most + 1);
        classes->seen = arena_array(classes->arena, uint32_t, most + 1);
}

Classes *classes_new(const Dex *const *dex, size_t n_dex, const ApiSet *apis, Owners *owners, Arena *arena)
{
        Classes *classes = arena_new0(arena, Classes);
        bool fit = fits(dex, n_dex);
        *classes = (Classes){.arena = arena,
                             .apis = apis,
                             .dex = dex,
                             .n_dex = fit ? n_dex : 0,
                             .key = text_key(),
                             .cut = !fit};
        make_tables(classes);
        for (size_t i = 0; i < classes->n_dex; i++)
                read_dex(classes, (unsigned)i, owners);
        find_supers(classes);
        return classes;
}

/* ---- inheritance */

static bool is_fresh(Classes *classes, uint32_t id)
{
        bool fresh = id != CLASS_NONE && classes->seen[id] != classes->walk;
        if (fresh)
                classes->seen[id] = classes->walk;
        return fresh;
}

size_t classes_line(Classes *classes, uint32_t id, const uint32_t **line)
{
        size_t n = 0;
        *line = classes->line;
        classes->walk++;
        if (is_fresh(classes, id))
                classes->line[n++] = id;
        for (size_t i = 0; i < n; i++) {
                const AppClass *c = &classes->all[classes->line[i]];
                uint32_t type;
                classes->work++;
                if (is_fresh(classes, c->super))
                        classes->line[n++] = c->super;
                for (uint32_t k = 0; dex_interface(c->dex, &c->def, k, &type); k++) {
                        uint32_t above = classes_of_type(classes, c->dex_number, type);
                        classes->work++;
                        if (is_fresh(classes, above))
                                classes->line[n++] = above;
                }
        }
        return n;
}

bool classes_inherits(Classes *classes, uint32_t id, uint32_t of)
{
        const uint32_t *line;
        size_t n = classes_line(classes, id, &line);
        for (size_t i = 0; i < n; i++) {
                if (line[i] == of)
                        return true;
        }
        return false;
}

void classes_each_platform(Classes *classes, uint32_t id, void (*each)(Span descriptor, void *context),
                           void *context)
{
        const AppClass *c = &classes->all[id];
        uint32_t type;
        if (c->super == CLASS_NONE && c->platform_name.len)
                each(c->platform_name, context);
        for (uint32_t k = 0; dex_interface(c->dex, &c->def, k, &type); k++) {
                classes->work++;
                if (classes_of_type(classes, c->dex_number, type) == CLASS_NONE)
                        each(dex_type(c->dex, type), context);
        }
}

typedef struct {
        const ApiSet *apis;
        Span name;
        bool found;
} Sought;

static void compare_platform(Span descriptor, void *context)
{
        Sought *sought = context;
        sought->found = sought->found || span_eq(descriptor, sought->name) ||
                        api_class_is(apiset_class(sought->apis, descriptor), sought->name);
}

bool classes_inherits_platform(Classes *classes, uint32_t id, const char *descriptor)
{
        Sought sought = {.apis = classes->apis, .name = span_str(descriptor)};
        const uint32_t *line;
        size_t n = classes_line(classes, id, &line);
        for (size_t i = 0; i < n && !sought.found; i++)
                classes_each_platform(classes, line[i], compare_platform, &sought);
        return sought.found;
}

/* Calls `each` for every pair of an app class and an app class it states as superclass or interface. */
static void each_bond(Classes *classes, void (*each)(Classes *classes, uint32_t heir, uint32_t of))
{
        for (uint32_t id = 0; id < classes->n; id++) {
                const AppClass *c = &classes->all[id];
                uint32_t type;
                if (c->super != CLASS_NONE)
                        each(classes, id, c->super);
                for (uint32_t k = 0; dex_interface(c->dex, &c->def, k, &type); k++) {
                        uint32_t of = classes_of_type(classes, c->dex_number, type);
                        if (of != CLASS_NONE)
                                each(classes, id, of);
                }
        }
}

static void count_bond(Classes *classes, uint32_t heir, uint32_t of)
{
        (void)heir;
        classes->first_heir[of + 1]++;
}

/* Fills backwards from the end of each list, which turns the ends into beginnings. */
static void place_bond(Classes *classes, uint32_t heir, uint32_t of)
{
        classes->heirs[--classes->first_heir[of + 1]] = heir;
}

static void list_heirs(Classes *classes)
{
        size_t n = classes->n;
        classes->first_heir = arena_array(classes->arena, uint32_t, n + 2);
        each_bond(classes, count_bond);
        for (size_t i = 1; i <= n; i++)
                classes->first_heir[i] += classes->first_heir[i - 1];
        uint32_t total = classes->first_heir[n];
        classes->heirs = arena_array(classes->arena, uint32_t, total + 1);
        each_bond(classes, place_bond);
        classes->first_heir[n + 1] = total;
}

static int by_id(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
        return (x > y) - (x < y);
}

size_t classes_heirs(Classes *classes, uint32_t of, uint32_t *heirs, size_t most)
{
        uint32_t queue[QUEUE] = {of};
        size_t n_queue = 1, n = 0;
        if (!classes->first_heir)
                list_heirs(classes);
        classes->walk++;
        classes->seen[of] = classes->walk;
        for (size_t i = 0; i < n_queue; i++) {
                uint32_t end = classes->first_heir[queue[i] + 2];
                for (uint32_t k = classes->first_heir[queue[i] + 1]; k < end; k++) {
                        uint32_t id = classes->heirs[k];
                        const AppClass *c = &classes->all[id];
                        bool can_be_made = !(c->def.flags & (ACC_INTERFACE | ACC_ABSTRACT)) && !c->hidden;
                        classes->work++;
                        if (!is_fresh(classes, id))
                                continue;
                        if (n_queue == QUEUE || (can_be_made && n == most))
                                return most + 1;
                        queue[n_queue++] = id;
                        if (can_be_made)
                                heirs[n++] = id;
                }
        }
        qsort(heirs, n, sizeof *heirs, by_id);
        return n;
}
