/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/passes/posture_parts.h"

#include "analyzer/tables/signset.h"

static const Sign *sign_of(const PostureWork *work, SignKind kind, const char *text)
{
        return text ? signset_find(work->apk->tables->signs, SIGNS_POSTURE, kind, span_str(text)) : NULL;
}

static void say_permissions(PostureWork *work)
{
        for (size_t i = 0; i < work->facts->n_permissions; i++) {
                const char *name = work->facts->permissions[i]->name;
                const Sign *sign = sign_of(work, SIGN_PERMISSION, name);
                if (sign)
                        posture_at(work, posture_say(work, sign->code, sign->detail), name);
        }
}

/* Words that a record's detail ends with once all are known. */
static PostureList *words_of(GHashTable *lists, PostureWork *work, Posture *record)
{
        PostureList *list = g_hash_table_lookup(lists, record);
        if (!list) {
                list = arena_new0(work->arena, PostureList);
                g_hash_table_insert(lists, record, list);
        }
        return list;
}

static void say_components(PostureWork *work, GHashTable *lists)
{
        for (size_t i = 0; i < work->facts->n_components; i++) {
                const Component *c = work->facts->components[i];
                const Sign *guard = sign_of(work, SIGN_GUARD, c->permission);
                if (guard)
                        posture_component(work, guard->code, guard->detail, c);
                for (size_t k = 0; k < c->n_actions && c->kind != COMPONENT__KIND__ACTIVITY &&
                                   c->kind != COMPONENT__KIND__ALIAS;
                     k++) {
                        const Sign *sign = sign_of(work, SIGN_ACTION, c->actions[k]);
                        Posture *p = sign ? posture_component(work, sign->code, sign->detail, c) : NULL;
                        if (p)
                                posture_count(words_of(lists, work, p), c->actions[k]);
                }
        }
}

/* "DexClassLoader.<init>" of "Ldalvik/system/DexClassLoader;-><init>(...)V"; a constant as it is. */
static const char *short_name(const PostureWork *work, const char *what)
{
        const char *arrow = strstr(what, ";->");
        if (!arrow)
                return what;
        const char *simple = arrow;
        while (simple > what && simple[-1] != '/')
                simple--;
        const char *member = arrow + strlen(";->");
        return arena_printf(work->arena, "%.*s.%.*s", (int)(arrow - simple), simple,
                            (int)strcspn(member, "(:"), member);
}

/* Places in the code are told as owner and method. */
static void say_call(PostureWork *work, GHashTable *lists, const Call *call, const Sign *sign)
{
        Posture *p = posture_say(work, sign->code, sign->detail);
        for (size_t i = 0; i < call->n_callers; i++)
                posture_at(work, p,
                           arena_printf(work->arena, "%s %s->%s", call->owner, call->callers[i]->class_name,
                                        call->callers[i]->method));
        posture_count(words_of(lists, work, p), short_name(work, call->what));
}

static void say_calls(PostureWork *work, GHashTable *lists)
{
        for (size_t i = 0; i < work->facts->n_calls; i++) {
                const Call *call = work->facts->calls[i];
                const Sign *what = sign_of(work, SIGN_CALL, call->what);
                const Sign *data = sign_of(work, SIGN_DATA, call->data_type);
                if (what)
                        say_call(work, lists, call, what);
                if (data)
                        say_call(work, lists, call, data);
        }
}

void posture_signs(PostureWork *work)
{
        g_autoptr(GHashTable) lists = g_hash_table_new(NULL, NULL);
        say_permissions(work);
        say_components(work, lists);
        say_calls(work, lists);
        for (size_t i = 0; i < work->facts->n_posture; i++) {
                Posture *p = work->facts->posture[i];
                const PostureList *list = g_hash_table_lookup(lists, p);
                if (list)
                        posture_add(work, p, ": %s", posture_list(work, list, false));
        }
}
