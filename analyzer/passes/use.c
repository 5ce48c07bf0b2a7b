/* SPDX-License-Identifier: GPL-3.0-or-later */
/* use.c - whether the code uses what the manifest asks for, and whose code it is.
 *
 * Looked at are dangerous and special permissions (permissions.jsonl). Credit for use is given generously: every published
 * map counts, inherited calls, content URIs, intent actions and the manifest's own receivers and services too, since
 * "not found" is the claim that must hold. A permission that no call, URI or action is known for stays "unknown", and so
 * does every one that is not found while the app hides code from us (blind.c runs before).
 *
 *   own        the app's own code uses it, whoever else does
 *   sdk-only   only known SDKs do
 *   other      code that nobody we know claims does, the app's own perhaps, under changed names
 *   not-found  nothing that was read uses it
 *   unknown    nothing does, and not everything could be read, or nothing is known to look for
 *
 * Used but not declared is told only of calls where the platform's own annotations or our curated rows (none from memory) say
 * that the permission is needed, where none of those that would do is declared or held by being implied, and where it exists
 * at the API level looked at. */
#include "analyzer/code/code.h"
#include "analyzer/code/textset.h"
#include "analyzer/passes/effective.h"
#include "analyzer/tables/permset.h"

#include "core/blind.h"

enum { EVIDENCE = 6, OWN = 1, OTHER = 2, SDK = 4 }; /* bits, in the order of evidence */

/* One owner's first use. */
typedef struct {
        unsigned rank; /* OWN before OTHER before SDK: the order of evidence */
        Evidence *evidence;
} Proof;

typedef struct {
        PermissionUse *record;
        unsigned owners; /* OWN, OTHER, SDK */
        size_t n_proofs;
        Proof **proofs; /* in the order they were met */
} Use;

typedef struct {
        Apk *apk;
        GHashTable *uses; /* permission -> Use; none but those of permissions.jsonl */
        TextSet *held;    /* names declared or implied */
        bool declared_only;
} Search;

static bool is_looked_at(const PermInfo *info)
{
        return info && (info->special || g_str_equal(info->protection, "dangerous"));
}

static Use *new_use(Search *search, const char *permission, bool declared)
{
        const PermInfo *info = permset_find(search->apk->tables->permissions, permission);
        if (!is_looked_at(info))
                return NULL;
        Arena *arena = search->apk->arena;
        Use *use = arena_new0(arena, Use);
        use->record = record_new(arena, PermissionUse, permission_use__init);
        use->record->permission = arena_str(arena, permission);
        use->record->has_declared = true;
        use->record->declared = declared;
        use->record->protection = arena_str(arena, info->special ? "special" : info->protection);
        g_hash_table_insert(search->uses, use->record->permission, use);
        return use;
}

/* The app's own uses first, and no more than EVIDENCE of all. */
static void write_evidence(Search *search, Use *use)
{
        for (unsigned rank = OWN; rank <= SDK; rank *= 2) {
                for (size_t i = 0; i < use->n_proofs && use->record->n_evidence < EVIDENCE; i++) {
                        if (use->proofs[i]->rank == rank)
                                arena_push(search->apk->arena, &use->record->n_evidence,
                                           &use->record->evidence, use->proofs[i]->evidence);
                }
        }
}

static bool has_sdk(const PermissionUse *record, const char *id)
{
        for (size_t i = 0; i < record->n_sdks; i++) {
                if (g_str_equal(record->sdks[i], id))
                        return true;
        }
        return false;
}

/* OWN, OTHER or SDK when this owner is new to the permission: then its evidence is worth a line. 0: it is not. */
static unsigned credit_owner(Search *search, Use *use, unsigned owner)
{
        const Sdk *sdk = owner_sdk(search->apk->owners, owner);
        unsigned bit = sdk ? SDK : owner == OWNER_OWN ? OWN : OTHER;
        bool known = sdk ? has_sdk(use->record, sdk->id) : (use->owners & bit) != 0;
        if (sdk && !known)
                arena_push(search->apk->arena, &use->record->n_sdks, &use->record->sdks,
                           arena_str(search->apk->arena, sdk->id));
        use->owners |= bit;
        return known ? 0 : bit;
}

/* What was seen, as evidence prints it. */
typedef struct {
        const char *kind, *what;
        unsigned owner;
        const char *place; /* method or component */
} Seen;

static void credit(Search *search, const char *permission, const Seen *seen)
{
        Arena *arena = search->apk->arena;
        Use *use = g_hash_table_lookup(search->uses, permission);
        if (!use && !search->declared_only)
                use = new_use(search, permission, false);
        unsigned rank = use ? credit_owner(search, use, seen->owner) : 0;
        if (!rank)
                return;
        Proof *proof = arena_new0(arena, Proof);
        proof->rank = rank;
        proof->evidence = record_new(arena, Evidence, evidence__init);
        proof->evidence->kind = arena_str(arena, seen->kind);
        proof->evidence->value = arena_printf(arena, "%s by %s in %s", seen->what,
                                              owner_name(search->apk->owners, seen->owner), seen->place);
        arena_push(arena, &use->n_proofs, &use->proofs, proof);
}

static bool is_held(const Search *search, const char *permission)
{
        return textset_find(search->held, span_str(permission)) != TEXTSET_NONE;
}

static void credit_declared(Search *search, const Api *api, const PermissionNeed *need, const Seen *seen)
{
        for (size_t i = 0; api && api->permissions[i]; i++)
                credit(search, api->permissions[i], seen);
        for (; need; need = need->next)
                credit(search, need->permission, seen);
}

static bool can_be_missed(const Search *search, const char *permission)
{
        const PermInfo *info = permset_find(search->apk->tables->permissions, permission);
        return is_looked_at(info) && info->since <= search->apk->api_level;
}

/* The first of those that would do, when none of them is held. */
static void credit_missing(Search *search, const Api *api, const PermissionNeed *need, const Seen *seen)
{
        const char *missing = NULL;
        for (size_t i = 0; api && api->permissions[i]; i++) {
                if (is_held(search, api->permissions[i]))
                        return;
                if (!missing && !api->recalled && can_be_missed(search, api->permissions[i]))
                        missing = api->permissions[i];
        }
        for (; need; need = need->next) {
                if (is_held(search, need->permission))
                        return;
                if (!missing && need->exact && can_be_missed(search, need->permission))
                        missing = need->permission;
        }
        if (missing)
                credit(search, missing, seen);
}

static void credit_all(Search *search, const Api *api, const PermissionNeed *need, const Seen *seen)
{
        (search->declared_only ? credit_declared : credit_missing)(search, api, need, seen);
}

static void search_code(Search *search)
{
        Apk *apk = search->apk;
        const CodeUse *const *uses;
        size_t n = code_uses(apk->code, &uses);
        for (size_t i = 0; i < n; i++) {
                const CodeUse *u = uses[i];
                if (!u->need && !(u->api && u->api->permissions[0]))
                        continue;
                if (!search->declared_only && u->kind != API_METHOD)
                        continue; /* a URI or action alone does not show that a permission is missing */
                Seen seen = {api_kind_name(u->kind), u->what, u->owner,
                             code_method_text(apk->code, u->callers[0])};
                credit_all(search, u->api, u->need, &seen);
        }
}

static void search_components(Search *search)
{
        Apk *apk = search->apk;
        for (size_t i = 0; i < apk->facts->n_components; i++) {
                const Component *c = apk->facts->components[i];
                unsigned owner = owners_of(apk->owners, span_str(c->target ? c->target : c->name));
                for (size_t k = 0; k < c->n_actions; k++) {
                        Seen seen = {"component", c->actions[k], owner, c->name};
                        for (const ApiConstant *a = apiset_action(apk->tables->apis, c->actions[k]); a;
                             a = a->next)
                                credit_all(search, a->api, a->need, &seen);
                }
        }
}

static void take_blind(Search *search, PermissionUse *record)
{
        const Facts *facts = search->apk->facts;
        for (size_t i = 0; i < facts->n_blind; i++) {
                if (blind_hides_code(facts->blind[i]))
                        arena_push(search->apk->arena, &record->n_blind, &record->blind,
                                   arena_str(search->apk->arena, facts->blind[i]->code));
        }
        if (!apiset_credits(search->apk->tables->apis, record->permission))
                arena_push(search->apk->arena, &record->n_blind, &record->blind,
                           arena_str(search->apk->arena, "no-api-known"));
}

static const char *verdict(Search *search, Use *use)
{
        if (use->owners)
                return use->owners & OWN ? "own" : use->owners & OTHER ? "other" : "sdk-only";
        take_blind(search, use->record);
        return use->record->n_blind ? "unknown" : "not-found";
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_permission(const void *a, const void *b)
{
        return strcmp((*(PermissionUse *const *)a)->permission, (*(PermissionUse *const *)b)->permission);
}

static void write_down(Search *search)
{
        Facts *facts = search->apk->facts;
        GHashTableIter iter;
        gpointer value;
        g_hash_table_iter_init(&iter, search->uses);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                Use *use = value;
                write_evidence(search, use);
                use->record->verdict = arena_str(search->apk->arena, verdict(search, use));
                if (use->record->n_sdks)
                        qsort(use->record->sdks, use->record->n_sdks, sizeof(char *), by_text);
                arena_push(search->apk->arena, &facts->n_permission_use, &facts->permission_use, use->record);
        }
        if (facts->n_permission_use)
                qsort(facts->permission_use, facts->n_permission_use, sizeof(PermissionUse *), by_permission);
}

static bool run(Apk *apk, GError **error)
{
        if (apk->depth == DEPTH_MANIFEST) { /* who uses a permission is a question to the code */
                effective_find(apk);
                return true;
        }
        if (!code_read(apk->code, error))
                return false;
        g_autoptr(GHashTable) uses = g_hash_table_new(g_str_hash, g_str_equal);
        Search search = {apk, uses, textset_new(apk->arena), true};
        bool fresh;
        effective_find(apk);
        for (size_t i = 0; i < apk->facts->n_permissions; i++) {
                const char *name = apk->facts->permissions[i]->name;
                textset_add(search.held, span_str(name), &fresh);
                if (fresh)
                        new_use(&search, name, true);
        }
        for (size_t i = 0; i < apk->facts->n_effective; i++)
                textset_add(search.held, span_str(apk->facts->effective[i]->name), &fresh);
        search_code(&search);
        search_components(&search);
        search.declared_only = false;
        search_code(&search);
        write_down(&search);
        return true;
}

static const char *digest(const Tables *tables)
{
        return permset_digest(tables->permissions);
}

const Pass pass_use = {
        .name = "use",
        .needs = (const char *const[]){"blind", "calls", NULL},
        .version = 1,
        .meaning = "Which declared dangerous and special permissions the code uses, and whose code; which "
                   "are used and not "
                   "declared; and which a device of the stated API level takes the app to request.",
        .run = run,
        .by_level = true,
        .digest = digest,
};
