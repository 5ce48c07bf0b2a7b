/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/code.h"

#include "analyzer/code/insn.h"
#include "analyzer/code/meaning.h"

enum {
        /* Methods may share code and class data may overlap: this often the bytes of all dex files together are looked at,
         * and no more. Real apps stay below 1. */
        WORK_FACTOR = 4,
        WORK_MINIMUM = 1 << 20,
        HOSTS = 4 * CODE_USES
};

struct Code {
        Arena *arena;
        const Dex *const *dex;
        size_t n_dex;
        const ApiSet *apis;
        Owners *owners;
        Classes *classes;                        /* once asked for */
        Meanings *meanings;                      /* the same */
        bool passed;                             /* the linear pass was made */
        const char *cut;                         /* why it was not made to its end */
        uint64_t instructions, work, work_limit; /* in 16-bit units */
        unsigned broken;
        size_t n_uses;
        CodeUse **uses;
        size_t n_hosts;
        CodeHost **hosts;
};

Code *code_new(const Dex *const *dex, size_t n_dex, const ApiSet *apis, Owners *owners, Arena *arena)
{
        Code *code = arena_new0(arena, Code);
        *code = (Code){.arena = arena, .dex = dex, .n_dex = n_dex, .apis = apis, .owners = owners};
        code->work_limit = WORK_MINIMUM;
        for (size_t i = 0; i < n_dex; i++)
                code->work_limit += (uint64_t)dex[i]->size * WORK_FACTOR / 2;
        return code;
}

Classes *code_classes(Code *code)
{
        if (!code->classes)
                code->classes = classes_new(code->dex, code->n_dex, code->apis, code->owners, code->arena);
        return code->classes;
}

static Meanings *meanings(Code *code)
{
        if (!code->meanings) { /* without classes there is no code, and nothing to be remembered of it */
                size_t n = classes_len(code_classes(code)) ? code->n_dex : 0;
                code->meanings =
                        meanings_new(code->classes, code->dex, n, code->apis, code->work_limit, code->arena);
        }
        return code->meanings;
}

Owners *code_owners(Code *code)
{
        return code->owners;
}

const ApiSet *code_apis(const Code *code)
{
        return code->apis;
}

size_t code_dex_len(const Code *code)
{
        return code->n_dex;
}

const Dex *code_dex(const Code *code, unsigned number)
{
        return code->dex[number];
}

const char *grade_name(Grade grade)
{
        static const char *const names[] = {"direct", "inherited", "constant", "declared"};
        return names[grade];
}

/* ---- one method */

enum {
        PENDING = 64
}; /* constants of one method that wait for a sink; when there are more, the method is gone over again */

typedef void (*TouchFn)(Meaning *meaning, uint32_t unit, void *context);

typedef struct {
        Code *code;
        Meanings *meanings;
        const MeaningTable *table; /* of the method's dex */
        TouchFn touch;
        void *context;
        unsigned sinks; /* called so far */
        unsigned n_pending;
        struct {
                Meaning *meaning;
                uint32_t unit;
        } pending[PENDING];
} Walk;

/* Out of line, and the place counted only here: next to nothing that code names means anything. */
static __attribute__((noinline)) void saw_member(Walk *walk, Meaning *meaning, size_t offset)
{
        walk->sinks |= meaning->sinks;
        if (meaning->api || meaning->need)
                walk->touch(meaning, (uint32_t)(offset / 2), walk->context);
}

static __attribute__((noinline)) void saw_string(Walk *walk, Meaning *meaning, size_t offset)
{
        uint32_t unit = (uint32_t)(offset / 2);
        if (meaning->host) {
                walk->touch(meaning, unit, walk->context);
                return;
        }
        if (walk->n_pending < PENDING) {
                walk->pending[walk->n_pending].meaning = meaning;
                walk->pending[walk->n_pending].unit = unit;
        }
        walk->n_pending++;
}

static void settle(Walk *walk, Meaning *meaning, uint32_t unit)
{
        for (; meaning; meaning = meaning->also) {
                if (meaning->sinks & walk->sinks)
                        walk->touch(meaning, unit, walk->context);
        }
}

/* All sinks are known now. */
static void settle_pending(Walk *walk, const uint8_t *units, uint32_t n_units, uint32_t end)
{
        if (walk->n_pending <= PENDING) {
                for (unsigned i = 0; i < walk->n_pending; i++)
                        settle(walk, walk->pending[i].meaning, walk->pending[i].unit);
                return;
        }
        walk->code->work += n_units;
        for (Insns i = insns_of(units, n_units); insn_next(&i);) {
                uint32_t unit = (uint32_t)(i.at - units) / 2;
                bool jumbo = insn_kind(&i) == INSN_IS_JUMBO;
                if (unit >= end)
                        return;
                if (jumbo || insn_kind(&i) == INSN_IS_STRING)
                        settle(walk,
                               meaning_of_string(walk->meanings, walk->table,
                                                 jumbo ? insn_index_wide(&i) : insn_index(&i)),
                               unit);
        }
}

/* Steps of a known width lie behind a branch of their own: the processor, guessing the branch, need not wait for the table
 * before it looks at the next instruction. */
static void walk_code(Walk *walk, uint32_t code_at, uint32_t end)
{
        uint32_t n_units;
        const uint8_t *units = dex_code(walk->code->dex[walk->table->dex], code_at, &n_units);
        Meanings *all = walk->meanings;
        const MeaningTable *table = walk->table;
        uint64_t count = 0;
        Insns i = insns_of(units, MIN(n_units, end));
        walk->sinks = walk->n_pending = 0;
        for (; insn_here(&i); count++) {
                Meaning *meaning;
                switch (insn_kind(&i)) {
                case INSN_OTHER: i.at += (size_t)i.width * 2; break;
                case INSN_IS_SHORT: i.at += 2; break;
                case INSN_IS_LONG: i.at += 4; break;
                case INSN_IS_INVOKE:
                        if ((meaning = meaning_of_method(all, table, insn_index(&i))))
                                saw_member(walk, meaning, (size_t)(i.at - units));
                        i.at += 6;
                        break;
                case INSN_IS_READ:
                        if ((meaning = meaning_of_field(all, table, insn_index(&i))))
                                saw_member(walk, meaning, (size_t)(i.at - units));
                        i.at += 4;
                        break;
                case INSN_IS_STRING:
                        if ((meaning = meaning_of_string(all, table, insn_index(&i))))
                                saw_string(walk, meaning, (size_t)(i.at - units));
                        i.at += 4;
                        break;
                case INSN_IS_JUMBO:
                        if ((meaning = meaning_of_string(all, table, insn_index_wide(&i))))
                                saw_string(walk, meaning, (size_t)(i.at - units));
                        i.at += 6;
                        break;
                }
        }
        if (walk->n_pending)
                settle_pending(walk, units, n_units, end);
        walk->code->instructions += count;
        walk->code->work += n_units;
        walk->code->broken += (code_at && !units) || (end >= n_units && !insn_ended(&i));
}

static Walk walk_in(Code *code, unsigned dex, TouchFn touch, void *context)
{
        Walk walk;
        walk.code = code;
        walk.meanings = meanings(code);
        walk.table = meanings_table(walk.meanings, dex);
        walk.touch = touch;
        walk.context = context;
        return walk;
}

typedef struct {
        CodeTouchFn each;
        void *context;
} Touching;

static void tell_touch(Meaning *meaning, uint32_t unit, void *context)
{
        const Touching *touching = context;
        if (meaning->host || !(meaning->api || meaning->need))
                return;
        CodeTouch touch = {meaning->api, meaning->need, meaning->kind, meaning->grade, meaning->what, unit};
        touching->each(&touch, touching->context);
}

void code_touches(Code *code, const AppMethod *method, uint32_t end, CodeTouchFn each, void *context)
{
        Touching touching = {each, context};
        Walk walk = walk_in(code, classes_at(code_classes(code), method->class_id)->dex_number, tell_touch,
                            &touching);
        uint64_t instructions = code->instructions, work = code->work;
        unsigned broken = code->broken;
        walk_code(&walk, method->code_at, end);
        code->instructions = instructions; /* the pass alone counts */
        code->work = work;
        code->broken = broken;
}

const ApiMember *code_member(Code *code, unsigned dex, uint32_t method, Grade *grade)
{
        Meanings *all = meanings(code);
        Meaning *meaning = meaning_of_method(all, meanings_table(all, dex), method);
        if (meaning)
                *grade = meaning->grade;
        return meaning ? meaning->member : NULL;
}

/* ---- the pass over everything */

/* What hangs on a meaning: its uses, one per owner. */
typedef struct Use {
        CodeUse use;
        struct Use *next;
} Use;

typedef struct {
        Code *code;
        const AppClass *home;
        CodePlace place;
} Pass;

static void add_host(Code *code, const Meaning *meaning, unsigned owner)
{
        CodeHost *host = arena_new0(code->arena, CodeHost);
        *host = (CodeHost){meaning->host, owner, meaning->cleartext};
        arena_push(code->arena, &code->n_hosts, &code->hosts, host);
}

/* The use by this class's owner, put in front: the next one asks for it again. NULL: there are too many. */
static CodeUse *use_of(Pass *pass, Meaning *meaning)
{
        Code *code = pass->code;
        Use **link = (Use **)&meaning->seen, *use;
        while ((use = *link) && use->use.owner != pass->home->owner)
                link = &use->next;
        if (use) {
                *link = use->next;
        } else {
                if (meaning->host ? code->n_hosts >= HOSTS : code->n_uses >= CODE_USES)
                        return NULL;
                use = arena_new0(code->arena, Use);
                use->use = (CodeUse){.api = meaning->api,
                                     .need = meaning->need,
                                     .kind = meaning->kind,
                                     .grade = meaning->grade,
                                     .owner = pass->home->owner,
                                     .what = meaning->what};
                if (meaning->host)
                        add_host(code, meaning, pass->home->owner);
                else
                        arena_push(code->arena, &code->n_uses, &code->uses, &use->use);
        }
        use->next = meaning->seen;
        meaning->seen = use;
        return &use->use;
}

static void add_touch(Meaning *meaning, uint32_t unit, void *context)
{
        (void)unit;
        Pass *pass = context;
        CodeUse *use = use_of(pass, meaning);
        if (!use) {
                pass->code->cut = "more is used by more owners' code than any app has";
                return;
        }
        use->sites++;
        const CodePlace *last = use->n_callers ? &use->callers[use->n_callers - 1] : NULL;
        bool same = last && last->class_id == pass->place.class_id && last->method == pass->place.method;
        if (!same && use->n_callers < CODE_CALLERS)
                use->callers[use->n_callers++] = pass->place;
}

static bool is_spent(const Code *code)
{
        return code->work + classes_work(code->classes) + meanings_work(code->meanings) >= code->work_limit;
}

static void pass_over_class(Code *code, uint32_t id)
{
        enum { METHOD_UNITS = 4 }; /* what a method costs beside its code */
        const AppClass *c = classes_at(code->classes, id);
        Pass pass = {code, c, {id, 0}};
        Walk walk = walk_in(code, c->dex_number, add_touch, &pass);
        DexMethods m = dex_methods(c->dex, &c->def);
        code->work += (size_t)(m.at - m.start) / 2;
        while (!is_spent(code) && dex_methods_next(&m)) {
                pass.place.method = m.method;
                code->work += METHOD_UNITS;
                if (m.code_at)
                        walk_code(&walk, m.code_at, UINT32_MAX);
        }
        code->broken += m.broken;
}

static int by_host(const void *a, const void *b)
{
        const CodeHost *const *x = a, *const *y = b;
        int c = strcmp((*x)->host, (*y)->host);
        if (!c)
                c = ((*x)->owner > (*y)->owner) - ((*x)->owner < (*y)->owner);
        return c ? c : (int)(*x)->cleartext - (int)(*y)->cleartext;
}

static void pass_over_code(Code *code)
{
        if (code->passed)
                return;
        code->passed = true;
        meanings(code);
        for (size_t id = 0; id < classes_len(code->classes) && !is_spent(code); id++) {
                if (!classes_at(code->classes, (uint32_t)id)->hidden)
                        pass_over_class(code, (uint32_t)id);
        }
        if (code->n_hosts)
                qsort(code->hosts, code->n_hosts, sizeof(CodeHost *), by_host);
        if (meanings_full(code->meanings))
                code->cut = "more things are named that the tables know than any app has";
        if (is_spent(code))
                code->cut = "methods share their code so often that reading all takes many times the bytes "
                            "there are";
        if (classes_cut(code->classes))
                code->cut = "dex files and classes share their tables so often that keeping them takes many "
                            "times "
                            "the bytes there are";
}

bool code_read(Code *code, GError **error)
{
        pass_over_code(code);
        return !code->cut || fault(error, FAULT_LIMIT, "%s", code->cut);
}

size_t code_uses(Code *code, const CodeUse *const **uses)
{
        pass_over_code(code);
        *uses = (const CodeUse *const *)code->uses;
        return code->n_uses;
}

size_t code_hosts(Code *code, const CodeHost *const **hosts)
{
        pass_over_code(code);
        *hosts = (const CodeHost *const *)code->hosts;
        return code->n_hosts;
}

uint64_t code_instructions(Code *code)
{
        pass_over_code(code);
        return code->instructions;
}

unsigned code_broken(Code *code)
{
        pass_over_code(code);
        return code->broken;
}

/* ---- spelling */

static const char *name_text(Code *code, Span name)
{
        const char *text = dex_utf8(code->arena, span_part(name, 0, MIN(name.len, CODE_NAME)));
        return name.len > CODE_NAME ? arena_printf(code->arena, "%s...", text) : text;
}

const char *code_class_text(Code *code, uint32_t class_id)
{
        return name_text(code, classes_at(code_classes(code), class_id)->name);
}

const char *code_signature_text(Code *code, CodePlace place)
{
        const Dex *dex = classes_at(code_classes(code), place.class_id)->dex;
        DexMember member;
        char proto[2 * CODE_NAME];
        if (!dex_method(dex, place.method, &member))
                return "?";
        if (!dex_proto(dex, member.proto, proto, sizeof proto))
                g_strlcpy(proto, "(...)", sizeof proto);
        return arena_printf(code->arena, "%s%s", name_text(code, dex_string(dex, member.name)),
                            dex_utf8(code->arena, span_str(proto)));
}

const char *code_method_text(Code *code, CodePlace place)
{
        return arena_printf(code->arena, "%s->%s", code_class_text(code, place.class_id),
                            code_signature_text(code, place));
}
