/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods of classes, and which of them a reference names. */
#include "analyzer/code/classes_parts.h"

enum {
        PROTO_LIMIT =
                4096, /* bytes of a prototype that is compared across dex files; real ones end below 3,000 */
        BYTES_A_STEP = 64
};

static void read_methods(Classes *classes, uint32_t id, Methods *out)
{
        const AppClass *c = &classes->all[id];
        out->read = true;
        if (classes->methods_left == 0)
                return;
        DexMethods counter = dex_methods(c->dex, &c->def);
        size_t n = 0;
        while (n <= classes->methods_left && dex_methods_next(&counter))
                n++;
        classes->work += (size_t)(counter.at - counter.start) / 2;
        if (n > classes->methods_left) {
                classes->cut = true;
                n = classes->methods_left;
        }
        classes->methods_left -= n;
        if (n)
                out->list = arena_array(classes->arena, AppMethod, n);
        for (DexMethods m = dex_methods(c->dex, &c->def); out->n < n && dex_methods_next(&m);)
                out->list[out->n++] = (AppMethod){id, m.method, m.flags, m.code_at, m.is_virtual};
}

size_t classes_methods(Classes *classes, uint32_t id, const AppMethod **methods)
{
        Methods *m = &classes->methods[id];
        if (!m->read)
                read_methods(classes, id, m);
        *methods = m->list;
        return m->n;
}

/* A reference, and how it reads: that is asked for only when another dex file is looked into. */
typedef struct {
        const Dex *dex;
        DexMember ref;
        bool spelled, comparable;
        Span name;
        char proto[PROTO_LIMIT];
} Wanted;

static bool spell(Wanted *wanted)
{
        if (!wanted->spelled) {
                wanted->name = dex_string(wanted->dex, wanted->ref.name);
                wanted->comparable = wanted->name.len && dex_proto(wanted->dex, wanted->ref.proto,
                                                                   wanted->proto, sizeof wanted->proto);
        }
        wanted->spelled = true;
        return wanted->comparable;
}

/* One dex file spells no name and no prototype twice. */
static bool is_wanted(const Dex *dex, uint32_t method, Wanted *wanted)
{
        DexMember own;
        if (!dex_method(dex, method, &own))
                return false;
        if (dex == wanted->dex)
                return own.name == wanted->ref.name && own.proto == wanted->ref.proto;
        return spell(wanted) && dex_string_is(dex, own.name, wanted->name) &&
               dex_proto_is(dex, own.proto, wanted->proto);
}

static const AppMethod *method_in(Classes *classes, uint32_t id, Wanted *wanted)
{
        const AppMethod *list;
        size_t n = classes_methods(classes, id, &list), i = 0;
        const Dex *home = classes->all[id].dex;
        while (i < n && !is_wanted(home, list[i].method, wanted))
                i++;
        classes->work += 1 + i * (1 + wanted->name.len / BYTES_A_STEP);
        return i < n ? &list[i] : NULL;
}

/* The nearest interface's that has a body for it. */
static const AppMethod *default_of(Classes *classes, uint32_t id, Wanted *wanted)
{
        const uint32_t *line;
        size_t n = classes_line(classes, id, &line);
        for (size_t i = 0; i < n; i++) {
                if (!(classes->all[line[i]].def.flags & ACC_INTERFACE))
                        continue;
                const AppMethod *m = method_in(classes, line[i], wanted);
                if (m && m->code_at)
                        return m;
        }
        return NULL;
}

const AppMethod *classes_resolve(Classes *classes, uint32_t id, unsigned dex, uint32_t method)
{
        Wanted wanted; /* not cleared as a whole: it is large and asked for often */
        wanted.dex = classes->dex[dex];
        wanted.spelled = false;
        wanted.name = (Span){NULL, 0};
        if (!dex_method(wanted.dex, method, &wanted.ref))
                return NULL;
        for (uint32_t at = id; at != CLASS_NONE; at = classes->all[at].super) {
                const AppMethod *m = method_in(classes, at, &wanted);
                if (m)
                        return m;
        }
        return default_of(classes, id, &wanted);
}

const AppMethod *classes_method_named(Classes *classes, uint32_t id, const char *name, const char *descriptor)
{
        const AppMethod *list;
        size_t n = classes_methods(classes, id, &list);
        const Dex *dex = classes->all[id].dex;
        classes->work += n + 1;
        for (size_t i = 0; i < n; i++) {
                DexMember own;
                if (dex_method(dex, list[i].method, &own) && dex_string_is(dex, own.name, span_str(name)) &&
                    (!descriptor || dex_proto_is(dex, own.proto, descriptor)))
                        return &list[i];
        }
        return NULL;
}

const AppMethod *classes_method_above(Classes *classes, uint32_t id, const char *name, const char *descriptor)
{
        for (; id != CLASS_NONE; id = classes->all[id].super) {
                const AppMethod *m = classes_method_named(classes, id, name, descriptor);
                if (m && m->code_at)
                        return m;
        }
        return NULL;
}

const AppMethod *classes_initialiser(Classes *classes, uint32_t id)
{
        const AppMethod *list;
        size_t n = classes_methods(classes, id, &list);
        classes->work += n + 1;
        for (size_t i = 0; i < n && !list[i].is_virtual; i++) {
                DexMember own;
                const Dex *dex = classes->all[id].dex;
                if (list[i].flags & ACC_STATIC && dex_method(dex, list[i].method, &own) &&
                    dex_string_is(dex, own.name, span_str("<clinit>")))
                        return &list[i];
        }
        return NULL;
}
