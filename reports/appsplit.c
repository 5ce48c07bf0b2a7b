/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/appsplit.h"

#include "reports/artifacts.h"

#include "core/factid.h"

struct AppSplit {
        Store *store;
        FactNames *names;
        const char *passes;
        Arena *arena; /* of the app at hand */
        GArray *ids;  /* scratch */
};

AppSplit *appsplit_new(Store *store, FactNames *names, const char *passes)
{
        AppSplit *split = g_new0(AppSplit, 1);
        *split = (AppSplit){.store = store, .names = names, .passes = passes, .arena = arena_new()};
        split->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        return split;
}

void appsplit_free(AppSplit *split)
{
        if (!split)
                return;
        arena_free(split->arena);
        g_array_unref(split->ids);
        g_free(split);
}

/* ---- signers ------------------------------------------------------------------------------------------------------- */

static bool has_signer(const Identity *identity, const char *signer)
{
        for (size_t i = 0; i < identity->n_signers; i++) {
                if (g_str_equal(identity->signers[i], signer))
                        return true;
        }
        return false;
}

static void add_signer(AppSplit *ids, Identity *identity, const char *signer)
{
        if (!has_signer(identity, signer))
                arena_push(ids->arena, &identity->n_signers, &identity->signers, signer);
}

static bool read_signers(AppSplit *ids, const Copy *copy, Identity *to, GError **error)
{
        g_array_set_size(ids->ids, 0);
        if (!vector_decode(copy->facts, ids->ids))
                return fault(error, FAULT_MALFORMED, "the vector's bytes are damaged");
        for (guint i = 0; i < ids->ids->len; i++) {
                FactName name = factnames_get(ids->names, g_array_index(ids->ids, guint32, i), error);
                if (name.kind == FACT_UNKNOWN)
                        return false;
                if (name.kind == FACT_SIGNER)
                        add_signer(ids, to, name.what);
        }
        return true;
}

bool appsplit_share_signer(const Identity *a, const Identity *b)
{
        for (size_t i = 0; i < a->n_signers; i++) {
                if (has_signer(b, a->signers[i]))
                        return true;
        }
        return false;
}

/* Does the history that this app's newest file states name a signer of the other one? */
static bool states_rotation(AppSplit *ids, const Identity *from, const Identity *to, bool *rotated,
                            GError **error)
{
        const char *artifact = from->app.newest->observation->artifact;
        if (!artifact || !from->n_signers || *rotated)
                return true;
        g_autoptr(GError) cause = NULL;
        g_autoptr(GBytes) bytes = artifact_facts(ids->store, artifact, ids->passes, NULL, &cause);
        if (!bytes && fault_is(cause, FAULT_NOT_FOUND))
                return true;
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = bytes ? record_facts(arena, record_span(bytes), &cause) : NULL;
        if (!facts) {
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
        }
        for (size_t i = 0; i < facts->n_signers; i++) {
                const Signer *signer = facts->signers[i];
                for (size_t k = 0; k < signer->n_lineage; k++)
                        *rotated |= has_signer(to, signer->lineage[k]->sha256) &&
                                    !g_str_equal(signer->lineage[k]->sha256, signer->sha256);
        }
        return true;
}

bool appsplit_rotated(AppSplit *split, const Identity *a, AppSplit *other, const Identity *b, bool *rotated,
                      GError **error)
{
        *rotated = false;
        return states_rotation(split, a, b, rotated, error) && states_rotation(other, b, a, rotated, error);
}

/* ---- copies that belong together ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_copy(AppSplit *ids, Identity *to, const Copy *copy)
{
        App *app = &to->app;
        Copy *copies = arena_array(ids->arena, Copy, app->n_copies + 1);
        if (app->n_copies)
                memcpy(copies, app->copies, app->n_copies * sizeof *copies);
        copies[app->n_copies++] = *copy;
        app->copies = copies;
}

static void join(AppSplit *ids, Identity *to, const Identity *from)
{
        for (size_t i = 0; i < from->app.n_copies; i++)
                add_copy(ids, to, &from->app.copies[i]);
        for (size_t i = 0; i < from->n_signers; i++)
                add_signer(ids, to, from->signers[i]);
}

/* Joins whatever `belong` says belongs together, until nothing does. */
typedef bool (*Belong)(AppSplit *ids, const Identity *a, const Identity *b, bool *yes, GError **error);

static bool belong_by_signer(AppSplit *ids, const Identity *a, const Identity *b, bool *yes, GError **error)
{
        (void)ids, (void)error;
        *yes = appsplit_share_signer(a, b);
        return true;
}

static bool belong_by_rotation(AppSplit *ids, const Identity *a, const Identity *b, bool *yes, GError **error)
{
        return appsplit_rotated(ids, a, ids, b, yes, error);
}

static bool join_all(AppSplit *ids, Identity *list, size_t *n, Belong belong, GError **error)
{
        for (size_t a = 0; a < *n; a++) {
                for (size_t b = a + 1; b < *n; b++) {
                        bool yes = false;
                        if (!belong(ids, &list[a], &list[b], &yes, error))
                                return false;
                        if (!yes)
                                continue;
                        join(ids, &list[a], &list[b]);
                        list[a].app.newest = app_newest(&list[a].app);
                        memmove(&list[b], &list[b + 1], (--*n - b) * sizeof *list);
                        b = a; /* it has more signers now: look again */
                }
        }
        return true;
}

static bool is_of(const Identity *identity, const char *market)
{
        for (size_t i = 0; i < identity->app.n_copies; i++) {
                if (g_str_equal(identity->app.copies[i].market, market))
                        return true;
        }
        return false;
}

/* The identity of the package's newest copy to the front; copies without signers to it. */
static void put_main_first(AppSplit *ids, Identity *list, size_t *n, const App *app)
{
        size_t main = 0;
        for (size_t i = 0; i < *n; i++) {
                if (is_of(&list[i], app->newest->market))
                        main = i;
        }
        Identity first = list[main];
        memmove(&list[1], &list[0], main * sizeof *list);
        list[0] = first;
        for (size_t i = 1; i < *n;) {
                if (list[i].n_signers) {
                        i++;
                        continue;
                }
                join(ids, &list[0], &list[i]);
                memmove(&list[i], &list[i + 1], (--*n - i) * sizeof *list);
        }
}

static int by_market(const void *a, const void *b)
{
        return strcmp(((const Copy *)a)->market, ((const Copy *)b)->market);
}

static void finish(Identity *list, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                App *app = &list[i].app;
                qsort((Copy *)app->copies, app->n_copies, sizeof *app->copies, by_market);
                app->newest = app_newest(app);
                if (list[i].n_signers)
                        qsort(list[i].signers, list[i].n_signers, sizeof *list[i].signers, by_text);
        }
}

const Identity *appsplit_of(AppSplit *split, const App *app, size_t *n, GError **error)
{
        arena_free(split->arena);
        split->arena = arena_new();
        Identity *list = arena_array(split->arena, Identity, app->n_copies);
        *n = app->n_copies;
        for (size_t i = 0; i < *n; i++) {
                list[i].app.package = app->package;
                add_copy(split, &list[i], &app->copies[i]);
                list[i].app.newest = list[i].app.copies;
                if (!read_signers(split, &app->copies[i], &list[i], error))
                        return NULL;
        }
        if (*n > 1) {
                if (!join_all(split, list, n, belong_by_signer, error) ||
                    !join_all(split, list, n, belong_by_rotation, error))
                        return NULL;
                put_main_first(split, list, n, app);
        }
        finish(list, *n);
        return list;
}
