/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/signset.h"

#include "analyzer/tables/globs.h"

#include "core/datafile.h"
#include "core/digest.h"

enum { USES = 2 };

typedef struct {
        size_t n;
        Sign **list;
        Globs *globs; /* pattern -> its first Sign */
} Signs;

struct SignSet {
        Arena *arena;
        Signs signs[USES][SIGN_KINDS];
        char digest[SHA256_HEX_SIZE];
};

static const struct {
        const char *name;
        bool in[USES]; /* posture, blind */
} kinds[SIGN_KINDS] = {
        [SIGN_PERMISSION] = {"permission", {true, false}},
        [SIGN_GUARD] = {"guard", {true, false}},
        [SIGN_ACTION] = {"action", {true, false}},
        [SIGN_CALL] = {"call", {true, true}},
        [SIGN_DATA] = {"data", {true, false}},
        [SIGN_SDK_CALL] = {"sdk-call", {false, true}},
        [SIGN_SDK] = {"sdk", {false, true}},
        [SIGN_CATEGORY] = {"category", {false, true}},
        [SIGN_NATIVE] = {"native", {false, true}},
        [SIGN_ENTRY] = {"entry", {false, true}},
        [SIGN_CLASS] = {"class", {false, true}},
        [SIGN_ANOMALY] = {"anomaly", {false, true}},
        [SIGN_KNOWN_ENTRY] = {"known-entry", {false, true}},
        [SIGN_QUIET_NATIVE] = {"quiet-native", {false, true}},
        [SIGN_QUIET_ENTRY] = {"quiet-entry", {false, true}},
};

/* ---- loading */

typedef struct {
        const char *code, *kind, *pattern, *hides, *except, *detail, *source;
} Row;

static bool find_kind(const char *name, SignUse use, SignKind *kind)
{
        for (int k = 0; k < SIGN_KINDS; k++) {
                *kind = (SignKind)k;
                if (g_str_equal(kinds[k].name, name))
                        return kinds[k].in[use];
        }
        return false;
}

static bool is_quiet(SignKind kind)
{
        return kind == SIGN_QUIET_NATIVE || kind == SIGN_QUIET_ENTRY;
}

static bool is_code(const char *text)
{
        return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && *text != '-';
}

/* "-" is the empty list. */
static const char *const *split(SignSet *set, const char *text)
{
        g_auto(GStrv) parts = g_strsplit(g_str_equal(text, "-") ? "" : text, ",", -1);
        const char **copy = arena_array(set->arena, const char *, g_strv_length(parts) + 1);
        for (guint i = 0; parts[i]; i++)
                copy[i] = arena_str(set->arena, parts[i]);
        return copy;
}

static bool hides_known_things(const char *const *hides)
{
        static const char *const known[] = {"code", "native", "web", "content", NULL};
        for (; *hides; hides++) {
                if (!g_strv_contains(known, *hides))
                        return false;
        }
        return true;
}

/* The detail of the code's first row speaks for all of its rows: later ones hold "-". */
static const char *detail_of(SignSet *set, SignUse use, const Row *row)
{
        if (!g_str_equal(row->detail, "-"))
                return arena_str(set->arena, row->detail);
        for (size_t kind = 0; kind < SIGN_KINDS; kind++) {
                const Signs *signs = &set->signs[use][kind];
                for (size_t i = 0; i < signs->n; i++) {
                        if (g_strcmp0(signs->list[i]->code, row->code) == 0)
                                return signs->list[i]->detail;
                }
        }
        return NULL;
}

static void keep(SignSet *set, SignUse use, Sign *sign)
{
        Signs *signs = &set->signs[use][sign->kind];
        Sign *same = NULL;
        for (size_t i = 0; i < signs->n; i++) {
                if (g_str_equal(signs->list[i]->pattern, sign->pattern))
                        same = signs->list[i];
        }
        if (same)
                same->next = sign;
        else
                globs_add(signs->globs, sign->pattern, sign);
        arena_push(set->arena, &signs->n, &signs->list, sign);
}

static bool add_row(SignSet *set, SignUse use, const DataFile *file, const Row *row, GError **error)
{
        SignKind kind;
        if (!find_kind(row->kind, use, &kind))
                return datafile_fault(file, error, "kind \"%s\" is not known here", row->kind);
        if (is_quiet(kind) ? !g_str_equal(row->code, "-") : !is_code(row->code))
                return datafile_fault(file, error, "code \"%s\" of a %s row", row->code, row->kind);
        if (!*row->pattern || (kind == SIGN_CLASS && strchr(row->pattern, '*')))
                return datafile_fault(file, error, "pattern \"%s\" of a %s row", row->pattern, row->kind);
        if (!*row->source)
                return datafile_fault(file, error, "every row names its source");
        Sign *sign = arena_new0(set->arena, Sign);
        sign->kind = kind;
        sign->code = is_quiet(kind) ? NULL : arena_str(set->arena, row->code);
        sign->pattern = arena_str(set->arena, row->pattern);
        sign->hides = split(set, row->hides);
        sign->except = split(set, row->except);
        if (!hides_known_things(sign->hides))
                return datafile_fault(file, error, "\"%s\": code, native, web, content can be hidden",
                                      row->hides);
        sign->detail = is_quiet(kind) ? NULL : detail_of(set, use, row);
        if (!is_quiet(kind) && (!sign->detail || !*sign->detail))
                return datafile_fault(file, error, "the first row of %s has no detail", row->code);
        keep(set, use, sign);
        return true;
}

static bool read_rows(SignSet *set, SignUse use, DataFile *file, GError **error)
{
        static const char *const posture[] = {"code", "kind", "pattern", "detail", "source", NULL};
        static const char *const blind[] = {"code",   "kind",  "pattern", "detail",
                                            "source", "hides", "except",  NULL};
        const char *f[G_N_ELEMENTS(blind)] = {[5] = "-", [6] = "-"};
        GError *broken = NULL;
        while (datafile_next_tsv(file, use == SIGNS_BLIND ? blind : posture, f, &broken)) {
                Row row = {.code = f[0],
                           .kind = f[1],
                           .pattern = f[2],
                           .detail = f[3],
                           .source = f[4],
                           .hides = f[5],
                           .except = f[6]};
                if (!add_row(set, use, file, &row, error))
                        return false;
        }
        if (broken)
                g_propagate_error(error, broken);
        return !broken;
}

static bool load_file(SignSet *set, SignUse use, const char *data_home, Sha256 *sha, GError **error)
{
        g_autofree char *path =
                g_build_filename(data_home, use == SIGNS_BLIND ? "blind" : "posture", "signs.tsv", NULL);
        g_autoptr(DataFile) file = datafile_open(path, error);
        if (!file || !read_rows(set, use, file, error))
                return false;
        sha256_update(sha, span_str(datafile_digest(file)));
        return true;
}

SignSet *signset_load(const char *data_home, GError **error)
{
        g_autoptr(SignSet) set = g_new0(SignSet, 1);
        g_autoptr(Sha256) sha = sha256_new();
        set->arena = arena_new();
        for (size_t use = 0; use < USES; use++) {
                for (size_t kind = 0; kind < SIGN_KINDS; kind++)
                        set->signs[use][kind].globs = globs_new(set->arena);
        }
        if (!load_file(set, SIGNS_POSTURE, data_home, sha, error) ||
            !load_file(set, SIGNS_BLIND, data_home, sha, error))
                return NULL;
        sha256_hex(sha, set->digest);
        return g_steal_pointer(&set);
}

void signset_free(SignSet *set)
{
        if (!set)
                return;
        arena_free(set->arena);
        g_free(set);
}

/* ---- look-up */

const char *signset_digest(const SignSet *set)
{
        return set->digest;
}

size_t signset_list(const SignSet *set, SignUse use, SignKind kind, const Sign *const **signs)
{
        *signs = (const Sign *const *)set->signs[use][kind].list;
        return set->signs[use][kind].n;
}

const Sign *signset_find(const SignSet *set, SignUse use, SignKind kind, Span text)
{
        return globs_find(set->signs[use][kind].globs, text);
}
