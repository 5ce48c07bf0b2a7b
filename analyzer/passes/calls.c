/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calls.c - who in the app takes which personal data, by what the code calls, reads and names, and by what the manifest
 * asks the system to deliver. One record per thing, grade and owner. */
#include "analyzer/code/code.h"
#include "analyzer/pass.h"

static void add_permissions(Apk *apk, Call *call, const Api *api)
{
        for (size_t i = 0; api->permissions[i]; i++)
                arena_push(apk->arena, &call->n_permissions, &call->permissions,
                           arena_str(apk->arena, api->permissions[i]));
}

static Call *add_call(Apk *apk, const Api *api, const char *what, Grade grade, unsigned owner)
{
        Call *call = record_new(apk->arena, Call, call__init);
        call->kind = arena_str(apk->arena, api_kind_name(api->kind));
        call->what = arena_str(apk->arena, what);
        call->data_type = arena_str(apk->arena, api->data_type);
        call->action = arena_str(apk->arena, api->action);
        call->owner = arena_str(apk->arena, owner_name(apk->owners, owner));
        call->grade = arena_str(apk->arena, grade_name(grade));
        call->basis = arena_str(apk->arena, api->external ? "external" : "curated");
        call->has_recalled = call->recalled = api->recalled;
        add_permissions(apk, call, api);
        arena_push(apk->arena, &apk->facts->n_calls, &apk->facts->calls, call);
        return call;
}

static void add_caller(Apk *apk, Call *call, const char *class_name, const char *method, const unsigned *dex)
{
        Caller *caller = record_new(apk->arena, Caller, caller__init);
        caller->class_name = arena_str(apk->arena, class_name);
        caller->method = arena_str(apk->arena, method);
        caller->has_dex = dex != NULL;
        caller->dex = dex ? *dex : 0;
        arena_push(apk->arena, &call->n_callers, &call->callers, caller);
}

static void add_use(Apk *apk, const CodeUse *use)
{
        Call *call = add_call(apk, use->api, use->what, use->grade, use->owner);
        call->has_sites = true;
        call->sites = use->sites;
        for (unsigned i = 0; i < use->n_callers; i++) {
                CodePlace place = use->callers[i];
                unsigned dex = classes_at(code_classes(apk->code), place.class_id)->dex_number;
                if (apk->dex_file)
                        dex = apk->dex_file[dex];
                add_caller(apk, call, code_class_text(apk->code, place.class_id),
                           code_signature_text(apk->code, place), &dex);
        }
}

/* ---- the manifest's side */

static void add_declared(Apk *apk, const Component *component, const ApiConstant *constant)
{
        for (; constant; constant = constant->next) {
                if (!constant->api)
                        continue;
                const char *name = component->target ? component->target : component->name;
                Call *call = add_call(apk, constant->api, constant->text, GRADE_DECLARED,
                                      owners_of(apk->owners, span_str(name)));
                add_caller(apk, call, component->name, record_kind_name(component->kind), NULL);
        }
}

static void search_components(Apk *apk)
{
        for (size_t i = 0; i < apk->facts->n_components; i++) {
                const Component *c = apk->facts->components[i];
                if (c->kind != COMPONENT__KIND__RECEIVER && c->kind != COMPONENT__KIND__SERVICE)
                        continue; /* an activity's actions are what others may ask of it */
                for (size_t k = 0; k < c->n_actions; k++)
                        add_declared(apk, c, apiset_action(apk->tables->apis, c->actions[k]));
        }
}

static int by_data(const void *a, const void *b)
{
        const Call *const *x = a, *const *y = b;
        const char *const left[] = {(*x)->data_type, (*x)->what, (*x)->grade, (*x)->owner, (*x)->kind};
        const char *const right[] = {(*y)->data_type, (*y)->what, (*y)->grade, (*y)->owner, (*y)->kind};
        int c = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(left) && !c; i++)
                c = strcmp(left[i], right[i]);
        return c;
}

static int by_data_and_caller(const void *a, const void *b)
{
        const Caller *x = (*(Call *const *)a)->callers[0], *y = (*(Call *const *)b)->callers[0];
        int c = by_data(a, b);
        c = c ? c : strcmp(x->class_name, y->class_name);
        return c ? c : strcmp(x->method, y->method);
}

/* Two components of one owner that ask for the same are one record with two callers. */
static void merge_equal(Facts *facts, Arena *arena)
{
        size_t kept = 0;
        if (facts->n_calls)
                qsort(facts->calls, facts->n_calls, sizeof(Call *), by_data_and_caller);
        for (size_t i = 0; i < facts->n_calls; i++) {
                if (kept == 0 || by_data(&facts->calls[kept - 1], &facts->calls[i]) != 0) {
                        facts->calls[kept++] = facts->calls[i];
                        continue;
                }
                Call *into = facts->calls[kept - 1], *from = facts->calls[i];
                into->sites += from->sites;
                for (size_t k = 0; k < from->n_callers && into->n_callers < CODE_CALLERS; k++)
                        arena_push(arena, &into->n_callers, &into->callers, from->callers[k]);
        }
        facts->n_calls = kept;
}

static bool run(Apk *apk, GError **error)
{
        const CodeUse *const *uses;
        if (!code_read(apk->code, error))
                return false;
        size_t n = code_uses(apk->code, &uses);
        for (size_t i = 0; i < n; i++) {
                if (uses[i]->api)
                        add_use(apk, uses[i]);
        }
        apk->facts->has_instructions = true;
        apk->facts->instructions = code_instructions(apk->code);
        search_components(apk);
        merge_equal(apk->facts, apk->arena);
        return true;
}

static const char *digest(const Tables *tables)
{
        return apiset_digest(tables->apis);
}

const Pass pass_calls = {
        .name = "calls",
        .version = 1,
        .meaning = "Personal data that code can take: calls, fields, content URIs, settings, properties, "
                   "files, commands and "
                   "reflection, each with its data type, caller and owner.",
        .run = run,
        .digest = digest,
};
