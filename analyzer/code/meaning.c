/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/meaning.h"

#include "analyzer/code/textset.h"
#include "analyzer/code/url.h"

enum {
        FIRST = MEANING_NOTHING + 1, /* a number is the place in `all` + FIRST; all of them fit 16 bits */
        PREFIX = 3,                  /* what a key has in front of the text */
        WHAT_LIMIT = 2 * MEANING_TEXT_LIMIT
};

/* By type index: where members called on it are looked for. */
typedef struct {
        const ApiClass *platform;
        const ApiClass *held; /* see AppClass */
        bool asked, inherited;
} Receiver;

struct Meanings {
        Arena *arena;
        Classes *classes;
        const Dex *const *dex;
        const ApiSet *apis;
        MeaningTable *tables; /* by dex */
        Receiver **receivers;
        size_t n_all, n_hosts;
        Meaning **all;
        TextSet *texts; /* grade, kind and text; numbered as `all` */
        uint64_t work, work_limit;
        bool full;
};

Meanings *meanings_new(Classes *classes, const Dex *const *dex, size_t n_dex, const ApiSet *apis,
                       uint64_t work, Arena *arena)
{
        Meanings *m = arena_new0(arena, Meanings);
        *m = (Meanings){.arena = arena, .classes = classes, .dex = dex, .apis = apis, .work_limit = work};
        m->tables = arena_array(arena, MeaningTable, n_dex);
        m->receivers = arena_array(arena, Receiver *, n_dex);
        for (size_t i = 0; i < n_dex; i++) {
                const Dex *d = dex[i];
                m->tables[i] = (MeaningTable){(unsigned)i,
                                              d->n_methods,
                                              d->n_fields,
                                              d->n_strings,
                                              arena_array(arena, uint16_t, d->n_methods),
                                              arena_array(arena, uint16_t, d->n_fields),
                                              arena_array(arena, uint16_t, d->n_strings)};
                m->receivers[i] = arena_array(arena, Receiver, d->n_types);
        }
        m->texts = textset_new(arena);
        return m;
}

const MeaningTable *meanings_table(const Meanings *m, unsigned dex)
{
        return &m->tables[dex];
}

bool meanings_full(const Meanings *m)
{
        return m->full;
}

uint64_t meanings_work(const Meanings *m)
{
        return m->work;
}

static bool is_room_for(Meanings *m, const Meaning *found)
{
        if (found->host)
                return m->n_hosts < MEANING_HOSTS;
        m->full = m->full || m->n_all - m->n_hosts >= MEANING_LIMIT;
        return !m->full;
}

/* The number of this meaning: that of an equal one met before, else a new one. The text becomes its `what`, or its host. */
static uint16_t number_of(Meanings *m, const Meaning *found, Span text)
{
        char key[PREFIX + WHAT_LIMIT];
        bool fresh;
        if (text.len > WHAT_LIMIT)
                return MEANING_NOTHING;
        key[0] = (char)('0' + found->grade);
        key[1] = (char)('0' + found->kind);
        key[2] = (char)('0' + found->cleartext);
        memcpy(key + PREFIX, text.data, text.len);
        Span whole = span_of(key, PREFIX + text.len);
        uint32_t number = textset_find(m->texts, whole);
        if (number != TEXTSET_NONE)
                return (uint16_t)(number + FIRST);
        if (!is_room_for(m, found))
                return MEANING_NOTHING;
        number = textset_add(m->texts, whole, &fresh);
        Meaning *kept = arena_new0(m->arena, Meaning);
        *kept = *found;
        *(found->host ? &kept->host : &kept->what) = dex_utf8(m->arena, text);
        m->n_hosts += found->host != NULL;
        arena_push(m->arena, &m->n_all, &m->all, kept);
        return (uint16_t)(number + FIRST);
}

static bool may_ask(const Meanings *m)
{
        return m->work + classes_work(m->classes) < m->work_limit;
}

static Meaning *by_number(const Meanings *m, uint16_t number)
{
        return number >= FIRST ? m->all[number - FIRST] : NULL;
}

/* ---- members */

static const Receiver *receiver_of(Meanings *m, unsigned dex, uint32_t type)
{
        Receiver *r = &m->receivers[dex][type];
        if (r->asked)
                return r;
        r->asked = true;
        uint32_t id = classes_of_type(m->classes, dex, type);
        if (id != CLASS_NONE) {
                r->platform = classes_at(m->classes, id)->platform;
                r->held = classes_at(m->classes, id)->held;
                r->inherited = true;
        } else {
                r->platform = apiset_class(m->apis, dex_type(m->dex[dex], type));
        }
        return r;
}

/* `text`: the prototype; of fields the type. */
static uint16_t number_of_member(Meanings *m, Span owner, Span name, const char *text,
                                 const ApiMember *member, Grade grade)
{
        char what[WHAT_LIMIT];
        bool field = text[0] != '(';
        Meaning found = {.member = member,
                         .api = member->api,
                         .need = member->need,
                         .kind = member->api ? member->api->kind
                                 : field     ? API_FIELD
                                             : API_METHOD,
                         .grade = grade,
                         .sinks = member->sinks};
        int len = g_snprintf(what, sizeof what, "%.*s->%.*s%s", (int)owner.len, (const char *)owner.data,
                             (int)name.len, (const char *)name.data, field ? "" : text);
        return number_of(m, &found, span_of(what, MIN((size_t)len, sizeof what - 1)));
}

static bool copy_text(Span from, char *to, size_t size)
{
        if (from.len >= size || !from.data)
                return false;
        memcpy(to, from.data, from.len);
        to[from.len] = 0;
        return true;
}

static const ApiMember *member_of(const ApiClass *of, Span name, const Dex *dex, const DexMember *ref,
                                  bool field, char text[MEANING_TEXT_LIMIT])
{
        const ApiMember *first = of ? apiset_members(of, name, field) : NULL;
        if (!first)
                return NULL;
        Span type = field && ref->proto < dex->n_types ? dex_type(dex, ref->proto) : (Span){NULL, 0};
        if (field ? !copy_text(type, text, MEANING_TEXT_LIMIT)
                  : !dex_proto(dex, ref->proto, text, MEANING_TEXT_LIMIT))
                return NULL;
        return api_member_fits(first, text);
}

/* A method of an SDK that the tables know, where the app holds the SDK's classes itself, as it mostly does. */
static uint16_t ask_held(Meanings *m, unsigned dex, const DexMember *ref, uint32_t method)
{
        uint32_t id = classes_of_type(m->classes, dex, ref->class_type);
        const AppMethod *own = classes_resolve(m->classes, id, dex, method);
        const AppClass *home = classes_at(m->classes, own ? own->class_id : id);
        Span name = dex_string(m->dex[dex], ref->name);
        char text[MEANING_TEXT_LIMIT];
        const ApiMember *member =
                member_of(apiset_class(m->apis, home->name), name, m->dex[dex], ref, false, text);
        return !member ? MEANING_NOTHING
                       : number_of_member(m, home->name, name, text, member,
                                          own && own->class_id != id ? GRADE_INHERITED : GRADE_DIRECT);
}

static uint16_t ask_member(Meanings *m, unsigned dex, const DexMember *ref, uint32_t method, bool field)
{
        const Receiver *r = receiver_of(m, dex, ref->class_type);
        if (r->held && !field) {
                uint16_t number = ask_held(m, dex, ref, method);
                if (number != MEANING_NOTHING)
                        return number;
        }
        if (!r->platform)
                return MEANING_NOTHING;
        const Dex *d = m->dex[dex];
        Span name = dex_string(d, ref->name);
        char text[MEANING_TEXT_LIMIT];
        const ApiMember *member = member_of(r->platform, name, d, ref, field, text);
        if (!member)
                return MEANING_NOTHING;
        uint32_t id = classes_of_type(m->classes, dex, ref->class_type);
        if (r->inherited && !field && classes_resolve(m->classes, id, dex, method))
                return MEANING_NOTHING; /* the app's own method of that name answers */
        Span owner = r->inherited ? classes_at(m->classes, id)->platform_name : dex_type(d, ref->class_type);
        return number_of_member(m, owner, name, text, member, r->inherited ? GRADE_INHERITED : GRADE_DIRECT);
}

Meaning *meaning_ask_method(Meanings *m, const MeaningTable *table, uint32_t method)
{
        uint16_t *known = &table->methods[method];
        DexMember ref;
        if (*known == 0)
                *known = may_ask(m) && dex_method(m->dex[table->dex], method, &ref)
                                 ? ask_member(m, table->dex, &ref, method, false)
                                 : MEANING_NOTHING;
        return by_number(m, *known);
}

Meaning *meaning_ask_field(Meanings *m, const MeaningTable *table, uint32_t field)
{
        uint16_t *known = &table->fields[field];
        DexMember ref;
        if (*known == 0)
                *known = dex_field(m->dex[table->dex], field, &ref) ? ask_member(m, table->dex, &ref, 0, true)
                                                                    : MEANING_NOTHING;
        return by_number(m, *known);
}

/* ---- strings */

/* One row of several that share the text, and those behind it. */
static uint16_t number_of_constant(Meanings *m, const ApiConstant *constant, Span text)
{
        Meaning found = {.constant = constant,
                         .api = constant->api,
                         .need = constant->need,
                         .kind = constant->kind,
                         .grade = GRADE_CONSTANT,
                         .sinks = constant->sinks};
        if (constant->next)
                found.also = by_number(m, number_of_constant(m, constant->next, text));
        return number_of(m, &found, text);
}

static uint16_t ask_string(Meanings *m, Span text)
{
        m->work += text.len / 2;
        if (text.len > MEANING_TEXT_LIMIT)
                return MEANING_NOTHING;
        const ApiConstant *constant = apiset_constant(m->apis, text);
        if (constant)
                return number_of_constant(m, constant, text);
        char host[URL_HOST_SIZE];
        Meaning found = {.grade = GRADE_CONSTANT, .kind = API_KINDS, .host = host};
        return url_host(text, host, &found.cleartext) ? number_of(m, &found, span_str(host))
                                                      : MEANING_NOTHING;
}

Meaning *meaning_ask_string(Meanings *m, const MeaningTable *table, uint32_t string)
{
        uint16_t *known = &table->strings[string];
        if (*known == 0)
                *known = may_ask(m)
                                 ? ask_string(m, dex_text(m->dex[table->dex], string, MEANING_TEXT_LIMIT + 1))
                                 : MEANING_NOTHING;
        return by_number(m, *known);
}
