/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/reach.h"

#include "analyzer/code/gate.h"
#include "analyzer/code/insn.h"

enum {
        GUESSES = 4,
        HELPER_UNITS = 512, /* longer methods do more than ask */
        GATE_TEXT = 128,    /* bytes of a name or constant that gate.h wants to see */
        CHUNK = 16384
};

/* What is known of a method by its index in a dex file. As a reference in code: */
enum {
        CALLED = 1, /* a virtual call of it was seen */
        JUDGED = 2, /* whether it asks for consent is known: */
        ASKS = 4,
        /* As a method that a class there defines: */
        MET = 8
};

/* A virtual call that was seen, waiting for classes that fit. */
typedef struct {
        uint32_t method; /* method index in that dex file */
        uint32_t dex;
        bool answered;
        const ReachNode *from;
} VirtualCall;

/* What is known of a class that calls are made on. */
typedef struct Kind {
        uint32_t class_id;
        bool made, started; /* started: its static initialiser was met */
        enum { UNSEEN, SCREEN, NO_SCREEN } screen;
        size_t n_made;
        struct Kind **all_made; /* made classes that are of this class */
        size_t n_calls;
        VirtualCall **calls; /* on this class */
} Kind;

struct Reach {
        Code *code;
        Classes *classes;
        Arena *arena;
        uint8_t *room; /* rest of the last chunk */
        size_t left;
        size_t n_queue;
        ReachNode **queue; /* in the order they were met */
        size_t n_calls;
        VirtualCall **calls;
        Kind **kinds;    /* by class id; NULL: nothing is known of it */
        uint8_t **marks; /* by dex and method index; NULL: of no method there */
        Kind **line;     /* of the class that is being made */
        size_t line_room;
        size_t done, guessed;
        unsigned gates, edges;
        uint64_t units, work_before;
        bool deep;
        const char *budget;
};

Reach *reach_new(Code *code, Arena *arena)
{
        Reach *r = arena_new0(arena, Reach);
        *r = (Reach){.code = code, .classes = code_classes(code), .arena = arena};
        r->work_before = classes_work(r->classes);
        r->kinds = arena_array(arena, Kind *, classes_len(r->classes) + 1);
        r->marks = arena_array(arena, uint8_t *, code_dex_len(code));
        return r;
}

/* Small things by the thousand, zeroed. */
static void *take(Reach *r, size_t size)
{
        size = (size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
        if (size > r->left) {
                r->room = arena_alloc(r->arena, CHUNK);
                r->left = CHUNK;
        }
        r->left -= size;
        return (r->room += size) - size;
}

static Kind *kind_of(Reach *r, uint32_t class_id)
{
        if (!r->kinds[class_id]) {
                r->kinds[class_id] = take(r, sizeof(Kind));
                r->kinds[class_id]->class_id = class_id;
        }
        return r->kinds[class_id];
}

/* NULL: no such method. */
static uint8_t *mark_of(Reach *r, unsigned dex, uint32_t method)
{
        uint32_t n = code_dex(r->code, dex)->n_methods;
        if (method >= n)
                return NULL;
        if (!r->marks[dex])
                r->marks[dex] = arena_array(r->arena, uint8_t, n);
        return &r->marks[dex][method];
}

static bool may_go_on(Reach *r)
{
        if (!r->budget && r->units + classes_work(r->classes) - r->work_before > REACH_WORK)
                r->budget = "work";
        return !r->budget;
}

static bool spend_edge(Reach *r)
{
        if (r->edges++ >= REACH_EDGES)
                r->budget = "edges";
        return may_go_on(r);
}

static const AppMethod *resolve(Reach *r, uint32_t class_id, unsigned dex, uint32_t method)
{
        return may_go_on(r) ? classes_resolve(r->classes, class_id, dex, method) : NULL;
}

static bool is_screen(Reach *r, uint32_t class_id)
{
        Kind *kind = kind_of(r, class_id);
        if (kind->screen == UNSEEN)
                kind->screen = gate_screen(classes_at(r->classes, class_id)->name) ? SCREEN : NO_SCREEN;
        return kind->screen == SCREEN;
}

static void meet(Reach *r, const AppMethod *method, const ReachNode *from, unsigned entry)
{
        if (!method || !method->code_at || !spend_edge(r))
                return;
        uint8_t *mark = mark_of(r, classes_at(r->classes, method->class_id)->dex_number, method->method);
        if (!mark || *mark & MET)
                return;
        if (from && from->depth >= REACH_DEPTH) {
                r->deep = true;
                return;
        }
        if (r->n_queue >= REACH_METHODS) {
                r->budget = "methods";
                return;
        }
        if (from && is_screen(r, method->class_id)) {
                r->gates++;
                return;
        }
        *mark |= MET;
        ReachNode *node = take(r, sizeof *node);
        *node = (ReachNode){method, from, from ? from->depth + 1 : 0, entry, UINT32_MAX};
        arena_push(r->arena, &r->n_queue, &r->queue, node);
}

/* ---- classes that were made */

static void dispatch(Reach *r, VirtualCall *call, uint32_t class_id)
{
        const AppMethod *m = resolve(r, class_id, call->dex, call->method);
        if (!m || !m->code_at)
                return;
        call->answered = true;
        meet(r, m, call->from, call->from->entry);
}

/* What the system runs soon after it was handed such an object, or after the object was made. */
static const struct {
        const char *of, *method, *descriptor;
} soon[] = {
        {"Ljava/lang/Runnable;", "run", "()V"},
        {"Ljava/lang/Thread;", "run", "()V"},
        {"Ljava/util/concurrent/Callable;", "call", NULL},
        {"Ljava/util/TimerTask;", "run", "()V"},
        {"Landroid/os/AsyncTask;", "onPreExecute", "()V"},
        {"Landroid/os/AsyncTask;", "doInBackground", NULL},
        {"Landroid/os/AsyncTask;", "onPostExecute", NULL},
        {"Landroid/os/Handler;", "handleMessage", "(Landroid/os/Message;)V"},
        {"Landroid/os/Handler$Callback;", "handleMessage", "(Landroid/os/Message;)Z"},
        {"Landroid/os/MessageQueue$IdleHandler;", "queueIdle", "()Z"},
        {"Landroid/app/Application$ActivityLifecycleCallbacks;", "onActivityPreCreated", NULL},
        {"Landroid/app/Application$ActivityLifecycleCallbacks;", "onActivityCreated", NULL},
        {"Landroid/app/Application$ActivityLifecycleCallbacks;", "onActivityStarted", NULL},
        {"Landroid/app/Application$ActivityLifecycleCallbacks;", "onActivityResumed", NULL},
};
/* What it calls of a service that code starts by its class. */
static const char *const service_methods[] = {"onCreate", "onStartCommand", "onStart", "onHandleIntent",
                                              "onBind"};

typedef struct {
        const ApiSet *apis;
        unsigned rows; /* bits: of `soon` */
} Fitting;

static void find_rows(Span platform, void *context)
{
        Fitting *fitting = context;
        if (span_eq_str(platform, "Ljava/lang/Object;"))
                return;
        const ApiClass *c = apiset_class(fitting->apis, platform);
        for (size_t k = 0; k < G_N_ELEMENTS(soon); k++) {
                Span of = span_str(soon[k].of);
                if (span_eq(platform, of) || api_class_is(c, of))
                        fitting->rows |= 1u << k;
        }
}

static void start_class(Reach *r, uint32_t class_id, const ReachNode *by, unsigned entry)
{
        for (; class_id != CLASS_NONE && may_go_on(r); class_id = classes_at(r->classes, class_id)->super) {
                Kind *kind = kind_of(r, class_id);
                if (kind->started)
                        return;
                kind->started = true;
                meet(r, classes_initialiser(r->classes, class_id), by, entry);
        }
}

/* Tells all that the class is of that one was made; gives how many these are, and what the system runs soon of it. */
static size_t tell_line(Reach *r, Kind *own, Fitting *fitting)
{
        const uint32_t *line;
        size_t n = classes_line(r->classes, own->class_id, &line);
        if (n > r->line_room) {
                r->line_room = 2 * n;
                r->line = arena_array(r->arena, Kind *, r->line_room);
        }
        for (size_t i = 0; i < n; i++) {
                r->line[i] = kind_of(r, line[i]);
                arena_push(r->arena, &r->line[i]->n_made, &r->line[i]->all_made, own);
                classes_each_platform(r->classes, line[i], find_rows, fitting);
        }
        return n;
}

static void make(Reach *r, uint32_t class_id, const ReachNode *by, unsigned entry)
{
        Kind *own = kind_of(r, class_id);
        start_class(r, class_id, by, entry);
        if (own->made || !may_go_on(r))
                return;
        own->made = true;
        Fitting fitting = {code_apis(r->code), 0};
        size_t n = tell_line(r, own, &fitting);
        for (size_t i = 0; i < n; i++) {
                Kind *kind = r->line[i];
                for (size_t k = 0; k < kind->n_calls && may_go_on(r); k++)
                        dispatch(r, kind->calls[k], class_id);
        }
        for (size_t k = 0; fitting.rows >> k; k++) {
                if (fitting.rows >> k & 1)
                        meet(r,
                             classes_method_above(r->classes, class_id, soon[k].method, soon[k].descriptor),
                             by, entry);
        }
}

void reach_make(Reach *r, uint32_t class_id, unsigned entry)
{
        make(r, class_id, NULL, entry);
}

void reach_enter(Reach *r, const AppMethod *method, unsigned entry)
{
        meet(r, method, NULL, entry);
}

/* ---- one method */

typedef struct {
        Reach *reach;
        ReachNode *node;
        const Dex *dex;
        unsigned number; /* of the dex file */
        bool asks;       /* a constant with a word of consent was seen */
        bool gate;       /* stop here */
} Step;

static void virtual_call(Step *s, uint32_t class_id, uint32_t method)
{
        Reach *r = s->reach;
        VirtualCall *call = take(r, sizeof *call);
        *call = (VirtualCall){method, s->number, false, s->node};
        Kind *kind = kind_of(r, class_id);
        arena_push(r->arena, &kind->n_calls, &kind->calls, call);
        arena_push(r->arena, &r->n_calls, &r->calls, call);
        for (size_t i = 0; i < kind->n_made && may_go_on(r); i++)
                dispatch(r, call, kind->all_made[i]->class_id);
}

static bool is_preference(Reach *r, unsigned dex, uint32_t method)
{
        Grade grade;
        const ApiMember *member = code_member(r->code, dex, method, &grade);
        return member && member->sinks & SINK_PREFERENCE;
}

static bool is_key(const Dex *dex, const Insns *i)
{
        bool jumbo = i->op == INSN_CONST_STRING_JUMBO;
        return (jumbo || i->op == INSN_CONST_STRING) &&
               gate_key(dex_text(dex, jumbo ? insn_index_wide(i) : insn_index(i), GATE_TEXT));
}

/* A yes-or-no field named after consent. */
static bool is_flag(const Dex *dex, const DexMember *field)
{
        return field->proto < dex->n_types && span_eq_str(dex_type(dex, field->proto), "Z") &&
               gate_question(dex_text(dex, field->name, GATE_TEXT), span_str("Z"));
}

/* Whether a method of the app that answers yes or no asks for consent itself: a helper, whatever its name, and short. */
static bool body_asks(Reach *r, const AppMethod *m)
{
        const AppClass *home = classes_at(r->classes, m->class_id);
        const Dex *dex = home->dex;
        uint32_t n_units;
        const uint8_t *units = dex_code(dex, m->code_at, &n_units);
        bool asks = false;
        if (n_units > HELPER_UNITS)
                return false;
        r->units += n_units;
        for (Insns i = insns_of(units, n_units); insn_next(&i);) {
                DexMember field;
                asks = asks || is_key(dex, &i);
                if (asks && insn_kind(&i) == INSN_IS_INVOKE &&
                    is_preference(r, home->dex_number, insn_index(&i)))
                        return true;
                if (insn_kind(&i) == INSN_IS_READ && dex_field(dex, insn_index(&i), &field) &&
                    is_flag(dex, &field))
                        return true;
        }
        return false;
}

static bool is_question(Step *s, uint32_t class_id, uint32_t method, const DexMember *ref)
{
        Span type = dex_result(s->dex, ref->proto);
        if (gate_question(dex_text(s->dex, ref->name, GATE_TEXT), type))
                return true;
        if (class_id == CLASS_NONE || !span_eq_str(type, "Z"))
                return false;
        const AppMethod *helper = resolve(s->reach, class_id, s->number, method);
        return helper && helper->code_at && body_asks(s->reach, helper);
}

static void step_invoke(Step *s, uint8_t op, uint32_t method)
{
        Reach *r = s->reach;
        DexMember ref;
        if (!dex_method(s->dex, method, &ref))
                return;
        uint32_t id = classes_of_type(r->classes, s->number, ref.class_type);
        uint8_t *mark = mark_of(r, s->number, method);
        if (!(*mark & JUDGED))
                *mark |= JUDGED | (is_question(s, id, method, &ref) ? ASKS : 0);
        s->gate = *mark & ASKS || (s->asks && is_preference(r, s->number, method));
        if (s->gate || id == CLASS_NONE)
                return;
        uint8_t form = op >= INSN_INVOKE_RANGE ? (uint8_t)(op - INSN_INVOKE_RANGE + INSN_INVOKE_VIRTUAL) : op;
        if (form == INSN_INVOKE_STATIC)
                start_class(r, id, s->node, s->node->entry);
        if (form == INSN_INVOKE_VIRTUAL || form == INSN_INVOKE_INTERFACE) {
                if (!(*mark & CALLED))
                        virtual_call(s, id, method);
                *mark |= CALLED;
                return;
        }
        meet(r, resolve(r, id, s->number, method), s->node, s->node->entry);
}

static void step_field(Step *s, uint8_t op, uint32_t field)
{
        DexMember ref;
        if (!dex_field(s->dex, field, &ref))
                return;
        uint32_t id = classes_of_type(s->reach->classes, s->number, ref.class_type);
        s->gate = op <= INSN_SGET_LAST && is_flag(s->dex, &ref);
        if (!s->gate && id != CLASS_NONE && op >= INSN_SGET)
                start_class(s->reach, id, s->node, s->node->entry);
}

/* A service's class as a constant stands for an intent that starts it. */
static void step_class(Step *s, uint32_t type)
{
        Reach *r = s->reach;
        uint32_t id = classes_of_type(r->classes, s->number, type);
        if (id == CLASS_NONE || !classes_inherits_platform(r->classes, id, "Landroid/app/Service;"))
                return;
        make(r, id, s->node, s->node->entry);
        for (size_t i = 0; i < G_N_ELEMENTS(service_methods); i++)
                meet(r, classes_method_above(r->classes, id, service_methods[i], NULL), s->node,
                     s->node->entry);
}

static void step(Step *s, const Insns *i)
{
        Reach *r = s->reach;
        uint32_t id;
        switch (i->op) {
        case INSN_CONST_STRING:
        case INSN_CONST_STRING_JUMBO: s->asks = s->asks || is_key(s->dex, i); break;
        case INSN_CONST_CLASS: step_class(s, insn_index(i)); break;
        case INSN_NEW_INSTANCE:
                id = classes_of_type(r->classes, s->number, insn_index(i));
                if (id != CLASS_NONE)
                        make(r, id, s->node, s->node->entry);
                break;
        default:
                if (insn_kind(i) == INSN_IS_INVOKE)
                        step_invoke(s, i->op, insn_index(i));
                else if (insn_kind(i) == INSN_IS_READ || (i->op > INSN_SGET_LAST && i->op <= INSN_SPUT_LAST))
                        step_field(s, i->op, insn_index(i));
        }
}

static void follow(Reach *r, ReachNode *node)
{
        const AppClass *home = classes_at(r->classes, node->method->class_id);
        uint32_t n_units;
        const uint8_t *units = dex_code(home->dex, node->method->code_at, &n_units);
        Step s = {.reach = r, .node = node, .dex = home->dex, .number = home->dex_number};
        r->units += n_units;
        (void)may_go_on(r);
        for (Insns i = insns_of(units, n_units); !r->budget && insn_next(&i);) {
                step(&s, &i);
                if (!s.gate)
                        continue;
                node->end = (uint32_t)(i.at - units) / 2;
                r->gates++;
                return;
        }
}

/* Calls that nobody was seen making a class for: objects the system or reflection makes. */
static void guess(Reach *r)
{
        for (; r->guessed < r->n_calls && may_go_on(r); r->guessed++) {
                VirtualCall *call = r->calls[r->guessed];
                DexMember ref;
                if (call->answered || !dex_method(code_dex(r->code, call->dex), call->method, &ref))
                        continue;
                uint32_t id = classes_of_type(r->classes, call->dex, ref.class_type);
                const AppMethod *m = resolve(r, id, call->dex, call->method);
                if (m && m->code_at) {
                        meet(r, m, call->from, call->from->entry);
                        continue;
                }
                uint32_t heirs[GUESSES];
                size_t n_heirs = classes_heirs(r->classes, id, heirs, GUESSES);
                for (size_t k = 0; k < n_heirs && n_heirs <= GUESSES; k++)
                        meet(r, resolve(r, heirs[k], call->dex, call->method), call->from, call->from->entry);
        }
}

void reach_walk(Reach *r, void (*each)(const ReachNode *node, void *context), void *context)
{
        while (may_go_on(r) && (r->done < r->n_queue || r->guessed < r->n_calls)) {
                for (; r->done < r->n_queue && may_go_on(r); r->done++) {
                        follow(r, r->queue[r->done]);
                        each(r->queue[r->done], context);
                }
                guess(r);
        }
}

unsigned reach_methods(const Reach *r)
{
        return (unsigned)r->n_queue;
}

unsigned reach_gates(const Reach *r)
{
        return r->gates;
}

const char *reach_budget(const Reach *r)
{
        return r->budget ? r->budget : r->deep ? "depth" : NULL;
}
