/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/passes/posture_parts.h"

#include "analyzer/code/owner.h"
#include "analyzer/tables/permset.h"

static bool is_activity(const Component *c)
{
        return c->kind == COMPONENT__KIND__ACTIVITY || c->kind == COMPONENT__KIND__ALIAS;
}

/* ---- open to every app */

static const char *const open_codes[] = {
        [COMPONENT__KIND__ACTIVITY] = "exported-activity", [COMPONENT__KIND__ALIAS] = "exported-activity",
        [COMPONENT__KIND__SERVICE] = "exported-service",   [COMPONENT__KIND__RECEIVER] = "exported-receiver",
        [COMPONENT__KIND__PROVIDER] = "exported-provider",
};

typedef struct {
        unsigned read, write;    /* open providers */
        GHashTable *open;        /* the app's own permissions that any app gets by asking */
        PostureList permissions; /* of that sort, that guard something */
} Doors;

static bool is_open_permission(const PostureWork *work, const Doors *doors, const char *name)
{
        if (g_hash_table_contains(doors->open, name))
                return true;
        const PermInfo *info = permset_find(work->apk->tables->permissions, name);
        return info && g_str_equal(info->protection, "normal");
}

static void check_guard(PostureWork *work, Doors *doors, const Component *c, const char *permission)
{
        if (!permission || !is_open_permission(work, doors, permission))
                return;
        if (posture_component(work, "exported-open-permission",
                              "guarded by a permission that every app gets by asking for it", c))
                posture_count(&doors->permissions, permission);
}

static void check_door(PostureWork *work, Doors *doors, const Component *c)
{
        if (!c->exported || (is_activity(c) && c->launcher))
                return;
        bool provider = c->kind == COMPONENT__KIND__PROVIDER;
        bool reads = provider && !c->read_permission, writes = provider && !c->write_permission;
        if (provider ? reads || writes : !c->permission) {
                if (posture_component(work, open_codes[c->kind], "open to every app: no permission asked for",
                                      c)) {
                        doors->read += reads;
                        doors->write += writes;
                }
        }
        check_guard(work, doors, c, provider ? c->read_permission : c->permission);
        if (provider && g_strcmp0(c->read_permission, c->write_permission) != 0)
                check_guard(work, doors, c, c->write_permission);
}

static void check_grants(PostureWork *work, const Component *c, unsigned *exported)
{
        if (c->grants_uri &&
            posture_component(work, "provider-grants-uri",
                              "can give other apps single URIs, whatever permission guards them", c))
                *exported += c->exported;
}

static void say_doors(PostureWork *work)
{
        const Manifest *m = work->manifest;
        unsigned granting = 0;
        g_autoptr(GHashTable) open = g_hash_table_new(g_str_hash, g_str_equal);
        Doors doors = {.open = open};
        for (size_t i = 0; i < m->n_open; i++)
                g_hash_table_add(open, m->open[i]);
        for (size_t i = 0; i < work->facts->n_components; i++) {
                check_door(work, &doors, work->facts->components[i]);
                check_grants(work, work->facts->components[i], &granting);
        }
        Posture *p = g_hash_table_lookup(work->records, "exported-provider");
        if (p)
                posture_add(work, p, "; for reading %u, for writing %u", doors.read, doors.write);
        p = g_hash_table_lookup(work->records, "provider-grants-uri");
        if (p)
                posture_add(work, p, "; exported: %u", granting);
        p = g_hash_table_lookup(work->records, "exported-open-permission");
        if (p)
                posture_add(work, p, ": %s", posture_list(work, &doors.permissions, false));
}

/* ---- tasks: whose activity another app's may come to lie over, or that may come to lie in another's task */

typedef struct {
        PostureList affinities, modes;
        unsigned plain, other, none; /* affinity of those with a launch mode */
} Tasks;

static void check_tasks(PostureWork *work, const Component *c, Tasks *tasks)
{
        if (!is_activity(c) || !c->exported || !c->enabled)
                return;
        const char *affinity = c->task_affinity; /* NULL: the package's name */
        if (affinity && *affinity) {
                posture_at(work,
                           posture_say(work, "task-affinity-set", "exported activities of another task"),
                           c->name);
                posture_count(&tasks->affinities, affinity);
        } else if (affinity) {
                posture_at(
                        work,
                        posture_say(work, "task-affinity-empty",
                                    "exported activities that no other app's activity can share a task with"),
                        c->name);
        }
        if (c->reparenting)
                posture_at(work,
                           posture_say(work, "task-reparenting",
                                       "exported activities that move to the task of their affinity when it "
                                       "comes to the front (allowTaskReparenting)"),
                           c->name);
        if (!c->launch_mode || g_str_equal(c->launch_mode, "singleTop"))
                return;
        posture_at(work,
                   posture_say(work, "task-launch-mode", "exported activities that are the root of a task"),
                   c->name);
        posture_count(&tasks->modes, c->launch_mode);
        tasks->plain += !affinity;
        tasks->other += affinity && *affinity;
        tasks->none += affinity && !*affinity;
}

static void say_tasks(PostureWork *work)
{
        Tasks tasks = {0};
        for (size_t i = 0; i < work->facts->n_components; i++)
                check_tasks(work, work->facts->components[i], &tasks);
        Posture *p = g_hash_table_lookup(work->records, "task-affinity-set");
        if (p)
                posture_add(work, p, ": %s", posture_list(work, &tasks.affinities, true));
        p = g_hash_table_lookup(work->records, "task-launch-mode");
        if (p)
                posture_add(work, p, ": %s; task affinity: %u the package's name, %u another, %u none",
                            posture_list(work, &tasks.modes, true), tasks.plain, tasks.other, tasks.none);
}

/* ---- pages, background, other apps */

static void say_browsable(PostureWork *work)
{
        PostureList schemes = {0};
        Posture *p = NULL;
        for (size_t i = 0; i < work->facts->n_components; i++) {
                const Component *c = work->facts->components[i];
                if (!is_activity(c) || !c->browsable || !c->exported)
                        continue;
                Posture *found = posture_component(work, "browsable", "any web page can open these", c);
                for (size_t k = 0; found && k < c->n_schemes; k++)
                        posture_count(&schemes, c->schemes[k]);
                p = found ? found : p;
        }
        if (p && schemes.n)
                posture_add(work, p, "; schemes: %s", posture_list(work, &schemes, false));
}

/* Types of foreground services: android.content.pm.ServiceInfo */
static void say_foreground(PostureWork *work)
{
        enum { LOCATION = 0x08 };
        static const struct {
                uint32_t bit;
                const char *name;
        } captures[] = {{0x20, "mediaProjection"}, {0x40, "camera"}, {0x80, "microphone"}};
        PostureList types = {0};
        Posture *p = NULL;
        for (size_t i = 0; i < work->facts->n_components; i++) {
                const Component *c = work->facts->components[i];
                if (c->foreground_types & LOCATION)
                        posture_component(
                                work, "background-location-service",
                                "foreground services of type location go on while the app is not in front",
                                c);
                for (size_t k = 0; k < G_N_ELEMENTS(captures); k++) {
                        if (!(c->foreground_types & captures[k].bit))
                                continue;
                        Posture *found = posture_component(
                                work, "background-capture",
                                "foreground services go on while the app is not in front", c);
                        p = found ? found : p;
                        if (found)
                                posture_count(&types, captures[k].name);
                }
        }
        if (p)
                posture_add(work, p, ": %s", posture_list(work, &types, true));
}

static void say_associated_start(PostureWork *work)
{
        const char *main_process = work->manifest->application.process;
        main_process = main_process ? main_process : work->manifest->package;
        PostureList processes = {0}, sdks = {0};
        Posture *p = NULL;
        for (size_t i = 0; work->apk->owners && i < work->facts->n_components; i++) {
                const Component *c = work->facts->components[i];
                const char *guard = c->kind == COMPONENT__KIND__PROVIDER ? c->read_permission : c->permission;
                if (!c->exported || guard || !c->process || g_str_equal(c->process, main_process))
                        continue;
                const Sdk *sdk =
                        owner_sdk(work->apk->owners, owners_of(work->apk->owners, span_str(c->name)));
                Posture *found = sdk ? posture_component(work, "associated-start",
                                                         "open components of SDKs in a process of their own: "
                                                         "other apps can wake them",
                                                         c)
                                     : NULL;
                if (!found)
                        continue;
                p = found;
                posture_count(&processes, c->process);
                posture_count(&sdks, sdk->id);
        }
        if (p)
                posture_add(work, p, "; %s in %s", posture_list(work, &sdks, false),
                            posture_list(work, &processes, false));
}

void posture_components(PostureWork *work)
{
        say_doors(work);
        say_tasks(work);
        say_browsable(work);
        say_foreground(work);
        say_associated_start(work);
}
