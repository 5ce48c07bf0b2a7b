/* SPDX-License-Identifier: GPL-3.0-or-later */
/* startup.c - which personal data is reachable from start-up with no consent check found on the path.
 *
 * Start-up is what the system calls before the user has done anything, in its order: content providers of the main process
 * (greater initOrder first; ActivityThread.installContentProviders comes before Application.onCreate), androidx.startup
 * initialisers named in the manifest and those they depend on, the Application (constructor, attachBaseContext, onCreate),
 * the launcher activity up to onResume; static initialisers of all of these.
 *
 * A static reading cannot show what happens, in which order, or whether an unrecognised check stands before it: the words are
 * "reachable from start-up, no consent check found on the path". Rules of the walk and its budgets: code/reach.h; of consent
 * checks: code/gate.h. Model and version fields of android.os.Build are left out, since nearly everything reads them, and so
 * is behaviour that takes no data, but for the asking for permissions. */
#include "analyzer/apk/manifest.h"
#include "analyzer/code/insn.h"
#include "analyzer/code/reach.h"
#include "analyzer/code/textset.h"
#include "analyzer/pass.h"

enum {
        ENTRIES = 512,
        INITIALIZER_DEPTH = 8,
        INITIALIZER_UNITS = 1 << 16, /* of dependencies() that are looked at */
        STEPS = 50000                /* of all paths together */
};

typedef enum { BY_APPLICATION, BY_PROVIDER, BY_INITIALIZER, BY_ACTIVITY } EntryKind;
static const char *const entry_names[] = {"application", "provider", "initializer", "activity"};

typedef struct {
        Apk *apk;
        Classes *classes;
        Reach *reach;
        unsigned n_entries, n_steps;
        const char *cut; /* what was left out, by the words of StartupReach.budget */
        TextSet *found;  /* owner and what */
} Search;

/* ---- where start-up begins */

/* A method the system calls. Others of the same name are the app's own business. */
typedef struct {
        const char *name, *descriptor; /* descriptor NULL: every one of this name, as for constructors */
} Called;

static void enter_called(Search *s, uint32_t class_id, EntryKind kind, const Called *called)
{
        const AppMethod *list;
        if (called->descriptor) {
                reach_enter(s->reach,
                            classes_method_above(s->classes, class_id, called->name, called->descriptor),
                            kind);
                return;
        }
        const Dex *dex = classes_at(s->classes, class_id)->dex;
        size_t n = classes_methods(s->classes, class_id, &list);
        for (size_t i = 0; i < n; i++) { /* a constructor calls the one above by itself */
                DexMember ref;
                if (dex_method(dex, list[i].method, &ref) &&
                    dex_string_is(dex, ref.name, span_str(called->name)))
                        reach_enter(s->reach, &list[i], kind);
        }
}

static void enter(Search *s, uint32_t class_id, EntryKind kind, const Called *called)
{
        reach_make(s->reach, class_id, kind);
        for (; called->name; called++)
                enter_called(s, class_id, kind, called);
        s->n_entries++;
}

static uint32_t class_named(Search *s, const char *name)
{
        if (!name || !*name)
                return CLASS_NONE;
        if (s->n_entries >= ENTRIES) {
                s->cut = "entries";
                return CLASS_NONE;
        }
        g_autofree char *descriptor = g_strdup_printf("L%s;", name);
        g_strdelimit(descriptor, ".", '/');
        return classes_find(s->classes, span_str(descriptor));
}

static void enter_named(Search *s, const char *name, EntryKind kind, const Called *called)
{
        uint32_t id = class_named(s, name);
        if (id != CLASS_NONE)
                enter(s, id, kind, called);
}

/* Initialisers that one depends on: the classes its dependencies() names. */
static void enter_initializer(Search *s, uint32_t id, GHashTable *done, unsigned depth)
{
        static const Called called[] = {{"<init>", NULL}, {"create", NULL}, {NULL}};
        if (id == CLASS_NONE || depth > INITIALIZER_DEPTH || s->n_entries >= ENTRIES ||
            !g_hash_table_add(done, GUINT_TO_POINTER(id + 1)))
                return;
        const AppClass *c = classes_at(s->classes, id);
        const AppMethod *m = classes_method_named(s->classes, id, "dependencies", "()Ljava/util/List;");
        uint32_t n_units = 0;
        const uint8_t *units = m ? dex_code(c->dex, m->code_at, &n_units) : NULL;
        for (Insns i = insns_of(units, MIN(n_units, INITIALIZER_UNITS)); insn_next(&i);) {
                if (i.op == INSN_CONST_CLASS)
                        enter_initializer(s, classes_of_type(s->classes, c->dex_number, insn_index(&i)), done,
                                          depth + 1);
        }
        enter(s, id, BY_INITIALIZER, called);
}

static void enter_initializers(Search *s, const char *provider)
{
        g_autoptr(GHashTable) done = g_hash_table_new(NULL, NULL);
        const Facts *facts = s->apk->facts;
        for (size_t i = 0; i < facts->n_meta_data; i++) {
                const MetaData *m = facts->meta_data[i];
                if (g_strcmp0(m->component, provider) == 0 && g_strcmp0(m->value, "androidx.startup") == 0)
                        enter_initializer(s, class_named(s, m->name), done, 0);
        }
}

static int by_init_order(const void *a, const void *b)
{
        const Component *const *x = a, *const *y = b;
        return ((*y)->init_order > (*x)->init_order) - ((*y)->init_order < (*x)->init_order);
}

/* The process that the application runs in; components without a statement have its name too. */
static bool starts_with_app(const Apk *apk, const Component *c)
{
        const char *own = apk->manifest->application.process;
        own = own ? own : apk->facts->package;
        return !(c->has_enabled && !c->enabled) && (!c->process || g_strcmp0(c->process, own) == 0);
}

static void enter_providers(Search *s)
{
        static const Called called[] = {
                {"<init>", NULL},
                {"attachInfo", "(Landroid/content/Context;Landroid/content/pm/ProviderInfo;)V"},
                {"onCreate", "()Z"},
                {NULL}};
        const Facts *facts = s->apk->facts;
        g_autoptr(GPtrArray) providers = g_ptr_array_new();
        for (size_t i = 0; i < facts->n_components; i++) {
                if (facts->components[i]->kind == COMPONENT__KIND__PROVIDER &&
                    starts_with_app(s->apk, facts->components[i]))
                        g_ptr_array_add(providers, facts->components[i]);
        }
        if (providers->len)
                g_ptr_array_sort(providers, by_init_order); /* stable: manifest order among equals */
        for (guint i = 0; i < providers->len; i++) {
                const Component *c = g_ptr_array_index(providers, i);
                enter_initializers(s, c->name);
                enter_named(s, c->name, BY_PROVIDER, called);
        }
}

static void enter_launcher(Search *s)
{
        static const Called called[] = {{"<init>", NULL},
                                        {"attachBaseContext", "(Landroid/content/Context;)V"},
                                        {"onCreate", "(Landroid/os/Bundle;)V"},
                                        {"onCreate", "(Landroid/os/Bundle;Landroid/os/PersistableBundle;)V"},
                                        {"onStart", "()V"},
                                        {"onResume", "()V"},
                                        {"onPostCreate", "(Landroid/os/Bundle;)V"},
                                        {"onAttachedToWindow", "()V"},
                                        {NULL}};
        const Facts *facts = s->apk->facts;
        for (size_t i = 0; i < facts->n_components; i++) {
                const Component *c = facts->components[i];
                if (c->launcher && !(c->has_enabled && !c->enabled))
                        enter_named(s, c->target ? c->target : c->name, BY_ACTIVITY, called);
        }
}

static void enter_all(Search *s)
{
        static const Called application[] = {{"<init>", NULL},
                                             {"attachBaseContext", "(Landroid/content/Context;)V"},
                                             {"onCreate", "()V"},
                                             {NULL}};
        static const Called factory[] = {
                {"<init>", NULL},
                {"instantiateApplication",
                 "(Ljava/lang/ClassLoader;Ljava/lang/String;)Landroid/app/Application;"},
                {"instantiateClassLoader",
                 "(Ljava/lang/ClassLoader;Landroid/content/pm/ApplicationInfo;)Ljava/lang/ClassLoader;"},
                {"instantiateProvider",
                 "(Ljava/lang/ClassLoader;Ljava/lang/String;)Landroid/content/ContentProvider;"},
                {"instantiateActivity",
                 "(Ljava/lang/ClassLoader;Ljava/lang/String;Landroid/content/Intent;)Landroid/app/Activity;"},
                {NULL}};
        const Application *app = &s->apk->manifest->application;
        enter_named(s, app->component_factory, BY_APPLICATION, factory);
        enter_providers(s);
        enter_named(s, app->name, BY_APPLICATION, application);
        enter_launcher(s);
}

/* ---- what is found on the way */

static const char *entry_of(Search *s, const ReachNode *first)
{
        const AppMethod *m = first->method;
        const Dex *dex = classes_at(s->classes, m->class_id)->dex;
        DexMember ref;
        bool is_static =
                dex_method(dex, m->method, &ref) && dex_string_is(dex, ref.name, span_str("<clinit>"));
        return is_static ? "static-initializer" : entry_names[first->entry];
}

static void add_path(Search *s, Startup *record, const ReachNode *node)
{
        const ReachNode *way[REACH_DEPTH + 2];
        unsigned n = 0;
        for (; node && n < G_N_ELEMENTS(way); node = node->from)
                way[n++] = node;
        s->n_steps += n;
        record->entry = arena_str(s->apk->arena, entry_of(s, way[n - 1]));
        while (n-- > 0) {
                CodePlace place = {way[n]->method->class_id, way[n]->method->method};
                arena_push(s->apk->arena, &record->n_path, &record->path,
                           arena_str(s->apk->arena, code_method_text(s->apk->code, place)));
        }
}

/* Behaviour without data is told by calls; of it, asking for permissions says when an app asks. */
static bool is_told(const CodeTouch *touch)
{
        const Api *api = touch->api;
        if (!api || (touch->kind == API_FIELD && g_str_equal(api->data_type, "device_info")))
                return false;
        return !api->behaviour || g_str_equal(api->data_type, "permission_request");
}

typedef struct {
        Search *search;
        const ReachNode *node;
} Here;

static void touched(const CodeTouch *touch, void *context)
{
        Here *here = context;
        Search *s = here->search;
        Arena *arena = s->apk->arena;
        if (!is_told(touch))
                return;
        unsigned owner = classes_at(s->classes, here->node->method->class_id)->owner;
        g_autofree char *key = g_strdup_printf("%u %s", owner, touch->what);
        bool fresh;
        textset_add(s->found, span_str(key), &fresh);
        if (!fresh)
                return; /* a shorter way is told already */
        if (s->n_steps >= STEPS) {
                s->cut = "paths";
                return;
        }
        Startup *record = record_new(arena, Startup, startup__init);
        record->kind = arena_str(arena, api_kind_name(touch->kind));
        record->what = arena_str(arena, touch->what);
        record->data_type = arena_str(arena, touch->api->data_type);
        record->owner = arena_str(arena, owner_name(s->apk->owners, owner));
        record->grade = arena_str(arena, grade_name(touch->grade));
        add_path(s, record, here->node);
        arena_push(arena, &s->apk->facts->n_startup, &s->apk->facts->startup, record);
}

static void reached(const ReachNode *node, void *context)
{
        Here here = {context, node};
        code_touches(here.search->apk->code, node->method, node->end, touched, &here);
}

static int by_data(const void *a, const void *b)
{
        const Startup *const *x = a, *const *y = b;
        int c = strcmp((*x)->data_type, (*y)->data_type);
        if (!c)
                c = strcmp((*x)->what, (*y)->what);
        return c ? c : strcmp((*x)->owner, (*y)->owner);
}

static void write_reach(Search *s)
{
        Facts *facts = s->apk->facts;
        StartupReach *r = record_new(s->apk->arena, StartupReach, startup_reach__init);
        r->has_entries = r->has_methods = r->has_gates = true;
        r->entries = s->n_entries;
        r->methods = reach_methods(s->reach);
        r->gates = reach_gates(s->reach);
        const char *budget = reach_budget(s->reach);
        r->budget = arena_str(s->apk->arena, budget ? budget : s->cut);
        facts->startup_reach = r;
        if (facts->n_startup)
                qsort(facts->startup, facts->n_startup, sizeof(Startup *), by_data);
}

static bool run(Apk *apk, GError **error)
{
        if (!code_read(apk->code, error))
                return false;
        Search s = {.apk = apk, .classes = code_classes(apk->code), .found = textset_new(apk->arena)};
        s.reach = reach_new(apk->code, apk->arena);
        enter_all(&s);
        reach_walk(s.reach, reached, &s);
        write_reach(&s);
        return true;
}

const Pass pass_startup = {
        .name = "startup",
        .version = 1,
        .meaning = "Personal data that is reachable from start-up with no consent check found on the path, "
                   "with the shortest "
                   "way to it.",
        .run = run,
        .of_code = true,
};
