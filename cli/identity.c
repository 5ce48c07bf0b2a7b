/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/identity.h"

#include "core/text.h"

enum { SHOWN_DIGITS = 12, SHOWN_SIGNERS = 8 };

/* Files of one package that name the same certificates with the same history. */
typedef struct {
        char *signers; /* digests of the best scheme's certificates, sorted, one a line */
        char *history; /* of every certificate of a rotation history, likewise */
        char *path;    /* of one of them: the first by name, since files are read in any order */
        guint files;
        guint group; /* while telling */
} Identity;

struct Identities {
        GHashTable *packages; /* name -> GPtrArray of Identity */
};

static void identity_free(void *data)
{
        Identity *identity = data;
        g_free(identity->signers);
        g_free(identity->history);
        g_free(identity->path);
        g_free(identity);
}

Identities *identities_new(void)
{
        Identities *identities = g_new0(Identities, 1);
        identities->packages =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
        return identities;
}

void identities_free(Identities *identities)
{
        if (!identities)
                return;
        g_hash_table_unref(identities->packages);
        g_free(identities);
}

/* ---- files come in */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once, one a line. */
static char *lines_of(GPtrArray *digests)
{
        GString *lines = g_string_new(NULL);
        g_ptr_array_sort(digests, by_text);
        for (guint i = 0; i < digests->len; i++) {
                const char *digest = g_ptr_array_index(digests, i);
                if (i == 0 || !g_str_equal(digest, g_ptr_array_index(digests, i - 1)))
                        g_string_append_printf(lines, "%s\n", digest);
        }
        return g_string_free(lines, FALSE);
}

static Identity *identity_of(const Facts *facts)
{
        g_autoptr(GPtrArray) signers = g_ptr_array_new(), history = g_ptr_array_new();
        for (size_t i = 0; i < facts->n_signers; i++) {
                const Signer *signer = facts->signers[i];
                if (g_str_equal(signer->scheme, facts->signers[0]->scheme))
                        g_ptr_array_add(signers, signer->sha256);
                for (size_t k = 0; k < signer->n_lineage; k++)
                        g_ptr_array_add(history, signer->lineage[k]->sha256);
        }
        Identity *identity = g_new0(Identity, 1);
        identity->signers = lines_of(signers);
        identity->history = lines_of(history);
        return identity;
}

void identities_add(Identities *identities, const char *path, const Facts *facts)
{
        if (!facts->package || !facts->n_signers)
                return;
        GPtrArray *known = g_hash_table_lookup(identities->packages, facts->package);
        if (!known) {
                known = g_ptr_array_new_with_free_func(identity_free);
                g_hash_table_insert(identities->packages, g_strdup(facts->package), known);
        }
        Identity *identity = identity_of(facts);
        for (guint i = 0; i < known->len; i++) {
                Identity *other = g_ptr_array_index(known, i);
                if (g_str_equal(other->signers, identity->signers) &&
                    g_str_equal(other->history, identity->history)) {
                        other->files++;
                        if (strcmp(path, other->path) < 0) {
                                g_free(other->path);
                                other->path = g_strdup(path);
                        }
                        identity_free(identity);
                        return;
                }
        }
        identity->path = g_strdup(path);
        identity->files = 1;
        g_ptr_array_add(known, identity);
}

/* ---- and are compared */

/* One signer that the other's history names. */
static bool is_ancestor(const Identity *identity, const Identity *of)
{
        bool alone = strchr(identity->signers, '\n')[1] == '\0';
        return alone && strstr(of->history, identity->signers);
}

static bool are_one(const Identity *a, const Identity *b)
{
        return g_str_equal(a->signers, b->signers) || is_ancestor(a, b) || is_ancestor(b, a);
}

static int by_path(const void *a, const void *b)
{
        return strcmp((*(Identity *const *)a)->path, (*(Identity *const *)b)->path);
}

/* Numbers the groups, each by its first; gives how many there are. */
static guint group(GPtrArray *identities)
{
        guint groups = identities->len;
        g_ptr_array_sort(identities, by_path);
        for (guint i = 0; i < identities->len; i++)
                ((Identity *)g_ptr_array_index(identities, i))->group = i;
        for (guint i = 0; i < identities->len; i++)
                for (guint k = 0; k < i; k++) {
                        const Identity *a = g_ptr_array_index(identities, i),
                                       *b = g_ptr_array_index(identities, k);
                        if (a->group == b->group || !are_one(a, b))
                                continue;
                        guint from = MAX(a->group, b->group), to = MIN(a->group, b->group);
                        for (guint n = 0; n < identities->len; n++) {
                                Identity *each = g_ptr_array_index(identities, n);
                                each->group = each->group == from ? to : each->group;
                        }
                        groups--;
                }
        return groups;
}

static void append_group(GString *line, GPtrArray *identities, guint number)
{
        guint files = 0;
        const Identity *first = g_ptr_array_index(identities, number);
        for (guint i = 0; i < identities->len; i++) {
                const Identity *each = g_ptr_array_index(identities, i);
                files += each->group == number ? each->files : 0;
        }
        g_autofree char *path = text_terminal(first->path);
        g_string_append_printf(line, " %s", path);
        if (files > 1)
                g_string_append_printf(line, " and %u more", files - 1);
        g_string_append_printf(line, " (%.*s...)", SHOWN_DIGITS, first->signers);
}

static char *line_of(const char *package, GPtrArray *identities, guint groups)
{
        g_autofree char *name = text_terminal(package);
        GString *line = g_string_new(NULL);
        guint shown = 0;
        g_string_printf(line, "%s: %u different signers among the files:", name, groups);
        for (guint i = 0; i < identities->len && shown < SHOWN_SIGNERS; i++) {
                if (((Identity *)g_ptr_array_index(identities, i))->group != i)
                        continue;
                if (shown++)
                        g_string_append_c(line, ',');
                append_group(line, identities, i);
        }
        if (groups > shown)
                g_string_append_printf(line, ", and %u other signers", groups - shown);
        return g_string_free(line, FALSE);
}

GPtrArray *identities_told(const Identities *identities)
{
        GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
        GHashTableIter at;
        void *package, *list;
        g_hash_table_iter_init(&at, identities->packages);
        while (g_hash_table_iter_next(&at, &package, &list)) {
                guint groups = ((GPtrArray *)list)->len > 1 ? group(list) : 1;
                if (groups > 1)
                        g_ptr_array_add(lines, line_of(package, list, groups));
        }
        g_ptr_array_sort(lines, by_text);
        return lines;
}
