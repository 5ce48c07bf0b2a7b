/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes, who inherits from whom, and their members. */
#include "analyzer/tables/apiset_parts.h"

/* ---- permissions */

static PermissionNeed *find_need(const PermissionNeed *needs, const char *permission)
{
        while (needs && strcmp(needs->permission, permission) != 0)
                needs = needs->next;
        return (PermissionNeed *)needs;
}

void api_need_add(Arena *arena, const PermissionNeed **needs, const char *permission, bool exact)
{
        PermissionNeed *there = find_need(*needs, permission);
        if (there) {
                there->exact = there->exact || exact;
                return;
        }
        while (*needs)
                needs = (const PermissionNeed **)&(*needs)->next;
        PermissionNeed *need = arena_new0(arena, PermissionNeed);
        *need = (PermissionNeed){permission, exact, NULL};
        *needs = need;
}

void api_need_add_all(Arena *arena, const PermissionNeed **needs, const PermissionNeed *more)
{
        for (; more; more = more->next)
                api_need_add(arena, needs, more->permission, more->exact);
}

/* ---- classes */

static ApiClass *find_class(const ApiSet *set, Span descriptor, uint64_t hash)
{
        if (!nametable_may_hold(&set->classes, hash))
                return NULL;
        const ApiClass *c;
        for (size_t at = 0; (c = nametable_next(&set->classes, hash, &at));)
                if (span_eq(c->name, descriptor))
                        return (ApiClass *)c;
        return NULL;
}

const ApiClass *apiset_class(const ApiSet *set, Span descriptor)
{
        return find_class(set, descriptor, name_hash(descriptor));
}

ApiClass *api_class_for(ApiSet *set, const char *descriptor)
{
        Span name = span_str(descriptor);
        uint64_t hash = name_hash(name);
        ApiClass *c = find_class(set, name, hash);
        if (c)
                return c;
        c = arena_new0(set->arena, ApiClass);
        c->set = set;
        c->name = name;
        nametable_add(&set->classes, hash, c);
        g_ptr_array_add(set->all_classes, c);
        return c;
}

bool api_parent_add(ApiClass *c, ApiClass *parent)
{
        if (c->n_parents == API_PARENTS)
                return false;
        c->parents[c->n_parents++] = parent;
        return true;
}

bool api_class_is(const ApiClass *c, Span descriptor)
{
        if (!c || span_eq(c->name, descriptor))
                return c != NULL;
        for (size_t i = 0; i < c->n_ancestors; i++)
                if (span_eq(c->ancestors[i]->name, descriptor))
                        return true;
        return false;
}

/* ---- members */

static inline uint64_t group_hash(const ApiClass *c, uint64_t name, bool field)
{
        uint64_t hash = (name + field + (uintptr_t)c) * 0x9e3779b97f4a7c15u;
        return hash ^ hash >> 32;
}

static MemberGroup *find_group(const ApiClass *c, Span name, uint64_t hash_of_name, bool field)
{
        const NameTable *groups = &c->set->groups;
        uint64_t hash = group_hash(c, hash_of_name, field);
        if (!nametable_may_hold(groups, hash))
                return NULL;
        const MemberGroup *group;
        for (size_t at = 0; (group = nametable_next(groups, hash, &at));)
                if (group->of == c && group->field == field && span_eq(group->name, name))
                        return (MemberGroup *)group;
        return NULL;
}

static bool same_descriptor(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static ApiMember *member_in(ApiSet *set, MemberGroup *group, const char *name, const char *descriptor)
{
        ApiMember **link = &group->first;
        while (*link && !same_descriptor((*link)->descriptor, descriptor))
                link = (ApiMember **)&(*link)->next;
        if (!*link) {
                *link = arena_new0(set->arena, ApiMember);
                (*link)->name = name;
                (*link)->descriptor = descriptor;
        }
        return *link;
}

ApiMember *api_member_for(ApiSet *set, const char *class_name, const char *name, const char *descriptor,
                          bool field)
{
        ApiClass *c = api_class_for(set, class_name);
        uint64_t hash = name_hash(span_str(name));
        MemberGroup *group = find_group(c, span_str(name), hash, field);
        if (!group) {
                group = arena_new0(set->arena, MemberGroup);
                *group = (MemberGroup){.of = c, .name = span_str(name), .field = field, .sibling = c->groups};
                c->groups = group;
                nametable_add(&set->groups, group_hash(c, hash, field), group);
        }
        return member_in(set, group, name, descriptor);
}

/* Constructors and static initialisers belong to their own class alone. */
static bool is_inherited(Span name)
{
        return name.len == 0 || name.data[0] != '<';
}

const ApiMember *apiset_members(const ApiClass *c, Span name, bool field)
{
        uint64_t hash = name_hash(name);
        const MemberGroup *group = find_group(c, name, hash, field);
        if (!group && is_inherited(name))
                for (size_t i = 0; i < c->n_ancestors && !group; i++)
                        group = find_group(c->ancestors[i], name, hash, field);
        return group ? group->first : NULL;
}

const ApiMember *api_member_fits(const ApiMember *first, const char *descriptor)
{
        const ApiMember *general = NULL;
        for (; first; first = first->next) {
                if (!first->descriptor)
                        general = first;
                else if (strcmp(first->descriptor, descriptor) == 0)
                        return first;
        }
        return general;
}

/* ---- what is known of one member holds for another */

static void learn(ApiSet *set, ApiMember *member, const ApiMember *from)
{
        if (!member->api)
                member->api = from->api;
        member->sinks |= from->sinks;
        api_need_add_all(set->arena, &member->need, from->need);
}

/* What is stated of every overload holds for each that is named. */
static void learn_general(ApiSet *set, ApiMember *first)
{
        const ApiMember *general = first;
        while (general && general->descriptor)
                general = general->next;
        for (ApiMember *m = first; general && m; m = (ApiMember *)m->next)
                if (m != general)
                        learn(set, m, general);
}

static void learn_group(ApiSet *set, MemberGroup *group, const MemberGroup *from)
{
        for (const ApiMember *m = from->first; m; m = m->next)
                learn(set, member_in(set, group, m->name, m->descriptor), m);
        learn_general(set, group->first);
}

static void add_ancestor(ApiClass *c, ApiClass *ancestor, GPtrArray *line)
{
        if (ancestor != c && !g_ptr_array_find(line, ancestor, NULL))
                g_ptr_array_add(line, ancestor);
}

static void line_up(ApiSet *set, ApiClass *c)
{
        g_autoptr(GPtrArray) line = g_ptr_array_new();
        for (unsigned i = 0; i < c->n_parents; i++) {
                add_ancestor(c, c->parents[i], line);
                for (size_t k = 0; k < c->parents[i]->n_ancestors; k++)
                        add_ancestor(c, c->parents[i]->ancestors[k], line);
        }
        c->n_ancestors = line->len;
        c->ancestors = arena_array(set->arena, ApiClass *, line->len);
        for (size_t i = 0; i < line->len; i++)
                c->ancestors[i] = g_ptr_array_index(line, i);
}

static const ApiClass *finish(ApiSet *set, ApiClass *c)
{
        if (c->state == CLASS_FINISHED)
                return NULL;
        if (c->state == CLASS_BEGUN)
                return c;
        c->state = CLASS_BEGUN;
        for (unsigned i = 0; i < c->n_parents; i++) {
                const ApiClass *circle = finish(set, c->parents[i]);
                if (circle)
                        return circle;
        }
        if (c->n_parents > 0)
                line_up(set, c);
        for (MemberGroup *group = c->groups; group; group = group->sibling) {
                learn_general(set, group->first);
                uint64_t hash = name_hash(group->name);
                for (size_t i = 0; i < c->n_ancestors && is_inherited(group->name); i++) {
                        const MemberGroup *above =
                                find_group(c->ancestors[i], group->name, hash, group->field);
                        if (above)
                                learn_group(set, group, above);
                }
        }
        c->state = CLASS_FINISHED;
        return NULL;
}

const ApiClass *api_members_finish(ApiSet *set)
{
        for (size_t i = 0; i < set->all_classes->len; i++) {
                const ApiClass *circle = finish(set, g_ptr_array_index(set->all_classes, i));
                if (circle)
                        return circle;
        }
        return NULL;
}
