/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/path.h"

enum { STEPS = 32, KEYS = 8 };

typedef enum { STEP_KEY, STEP_INDEX, STEP_EACH, STEP_EQUALS, STEP_FIRST, STEP_ALL } StepKind;

typedef struct {
        char *key, *value; /* value NULL: the key is enough */
} Wanted;

typedef struct {
        StepKind kind;
        size_t index;
        Wanted wanted[KEYS];
        size_t n_wanted;
} Step;

struct Path {
        Step steps[STEPS];
        size_t n;
        bool above;
};

/* ---- parsing
 * ----------------------------------------------------------------------------------------------------- */

typedef struct {
        const char *text, *at;
        GError **error;
} Reader;

static bool wrong(const Reader *r, const char *what)
{
        return fault(r->error, FAULT_MALFORMED, "path \"%s\", character %zu: %s", r->text,
                     (size_t)(r->at - r->text) + 1, what);
}

static char *read_key(Reader *r) /* NULL: none there */
{
        if (*r->at == '\'') {
                const char *end = strchr(r->at + 1, '\'');
                if (!end || end == r->at + 1)
                        return wrong(r, "a quoted key ends with ' and is not empty"), NULL;
                char *key = g_strndup(r->at + 1, (gsize)(end - r->at - 1));
                r->at = end + 1;
                return key;
        }
        size_t n = strspn(r->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@");
        if (n == 0)
                return wrong(r, "a key is expected"), NULL;
        char *key = g_strndup(r->at, n);
        r->at += n;
        return key;
}

/* key or key=value, the value up to one of `ends`. */
static bool read_wanted(Reader *r, Step *step, const char *ends)
{
        if (step->n_wanted == KEYS)
                return wrong(r, "too many keys");
        Wanted *wanted = &step->wanted[step->n_wanted];
        wanted->key = read_key(r);
        if (!wanted->key)
                return false;
        step->n_wanted++;
        if (*r->at != '=')
                return true;
        size_t n = strcspn(++r->at, ends);
        if (n == 0)
                return wrong(r, "a value is expected");
        wanted->value = g_strndup(r->at, n);
        if (*wanted->value == '$' && !g_str_equal(wanted->value, "$package") &&
            !g_str_equal(wanted->value, "$id") && !g_str_equal(wanted->value, "$category"))
                return wrong(r, "$package, $id and $category are known");
        r->at += n;
        return true;
}

static bool read_walk(Reader *r, Step *step)
{
        step->kind = STEP_FIRST;
        do {
                r->at++;
                if (!read_wanted(r, step, ",)"))
                        return false;
        } while (*r->at == ',');
        if (*r->at != ')')
                return wrong(r, "\")\" or \",\" is expected");
        r->at++;
        if (g_str_has_prefix(r->at, "[]")) {
                step->kind = STEP_ALL;
                r->at += 2;
        }
        return true;
}

static bool read_bracket(Reader *r, Step *step)
{
        r->at++;
        if (*r->at == ']') {
                step->kind = STEP_EACH;
        } else if (g_ascii_isdigit(*r->at)) {
                size_t n = strspn(r->at, "0123456789");
                if (n > 6)
                        return wrong(r, "the index is too large");
                step->kind = STEP_INDEX;
                step->index = (size_t)g_ascii_strtoull(r->at, NULL, 10);
                r->at += n;
        } else {
                step->kind = STEP_EQUALS;
                if (!read_wanted(r, step, "]"))
                        return false;
                if (!step->wanted[0].value)
                        return wrong(r, "\"=\" and a value are expected");
        }
        if (*r->at != ']')
                return wrong(r, "\"]\" is expected");
        r->at++;
        return true;
}

static bool read_step(Reader *r, Path *path)
{
        if (path->n == STEPS)
                return wrong(r, "too many steps");
        Step *step = &path->steps[path->n++];
        bool first = path->n == 1;
        if (*r->at == '[')
                return read_bracket(r, step);
        if (*r->at == '.')
                r->at++;
        else if (!first && *r->at != '(')
                return wrong(r, "\".\", \"[\" or \"(\" is expected");
        if (*r->at == '(')
                return read_walk(r, step);
        step->kind = STEP_KEY;
        step->wanted[0].key = read_key(r);
        step->n_wanted = step->wanted[0].key != NULL;
        return step->n_wanted;
}

static bool read_path(Reader *r, Path *path)
{
        if (*r->at == '^') {
                path->above = true;
                r->at++;
        }
        if (g_str_equal(r->at, ".") || (path->above && !*r->at))
                return true;
        if (!*r->at)
                return wrong(r, "the path is empty");
        while (*r->at) {
                if (!read_step(r, path))
                        return false;
        }
        return true;
}

Path *path_parse(const char *text, GError **error)
{
        Path *path = g_new0(Path, 1);
        Reader r = {text, text, error};
        if (read_path(&r, path))
                return path;
        path_free(path);
        return NULL;
}

void path_free(Path *path)
{
        if (!path)
                return;
        for (size_t i = 0; i < path->n; i++) {
                for (size_t k = 0; k < path->steps[i].n_wanted; k++) {
                        g_free(path->steps[i].wanted[k].key);
                        g_free(path->steps[i].wanted[k].value);
                }
        }
        g_free(path);
}

bool path_starts_above(const Path *path)
{
        return path->above;
}

/* ---- finding
 * ----------------------------------------------------------------------------------------------------- */

typedef struct {
        const Path *path;
        const PathVars *vars;
        Arena *arena;
        const Json **out;
        size_t n, found, cap, room;
        size_t steps; /* of the path, to go */
} Search;

static void find(Search *s, size_t at, const Json *here);

static void keep(Search *s, const Json *value)
{
        s->found++;
        if (s->n == s->cap)
                return;
        if (s->n == s->room) {
                size_t room = MIN(s->cap, MAX(s->room * 2, 8));
                const Json **out = arena_array(s->arena, const Json *, room);
                for (size_t i = 0; i < s->n; i++)
                        out[i] = s->out[i];
                s->out = out;
                s->room = room;
        }
        s->out[s->n++] = value;
}

const char *path_scalar(const Json *value, Arena *arena)
{
        if (json_is_string(value))
                return arena_str(arena, json_text(value));
        if (!value || json_is_map(value) || json_is_list(value))
                return NULL;
        g_autofree char *text = json_print(value, false);
        if (g_ascii_isalpha(*text) || !strpbrk(text, "eE"))
                return arena_str(arena, text);
        double number = g_ascii_strtod(text, NULL); /* 1.5e9: what reads numbers knows no exponents */
        return arena_printf(arena, number == (double)(int64_t)CLAMP(number, -1e15, 1e15) ? "%.0f" : "%.6f",
                            number);
}

static bool has(const Search *s, const Json *map, const Wanted *wanted)
{
        const Json *value = json_get(map, wanted->key);
        if (!value || !wanted->value)
                return value != NULL;
        const char *equal = wanted->value;
        if (*equal == '$')
                equal = !s->vars                         ? NULL
                        : g_str_equal(equal, "$package") ? s->vars->package
                        : g_str_equal(equal, "$id")      ? s->vars->id
                                                         : s->vars->category;
        const char *text = path_scalar(value, s->arena);
        return text && equal && g_str_equal(text, equal);
}

static bool fits(const Search *s, const Step *step, const Json *value)
{
        for (size_t i = 0; i < step->n_wanted; i++) {
                if (!has(s, value, &step->wanted[i]))
                        return false;
        }
        return json_is_map(value);
}

/* True: one was found, and one is enough. Depth is JSON_DEPTH at most. */
static bool walk(Search *s, size_t at, const Json *here)
{
        const Step *step = &s->path->steps[at];
        if (fits(s, step, here)) {
                find(s, at + 1, here);
                return step->kind == STEP_FIRST;
        }
        for (size_t i = 0; i < json_len(here); i++) {
                if (walk(s, at, json_at(here, i)))
                        return true;
        }
        for (JsonEach each = json_each(here); json_next(&each);) {
                if (walk(s, at, each.value))
                        return true;
        }
        return false;
}

static void find_each(Search *s, size_t at, const Json *here)
{
        const Step *step = &s->path->steps[at];
        for (size_t i = 0; i < json_len(here); i++) {
                const Json *item = json_at(here, i);
                if (step->kind == STEP_EACH || fits(s, step, item))
                        find(s, at + 1, item);
        }
        if (step->kind != STEP_EACH)
                return;
        for (JsonEach each = json_each(here); json_next(&each);)
                find(s, at + 1, each.value);
}

static void find(Search *s, size_t at, const Json *here)
{
        if (!here)
                return;
        if (at == s->steps) {
                keep(s, here);
                return;
        }
        const Step *step = &s->path->steps[at];
        switch (step->kind) {
        case STEP_KEY: find(s, at + 1, json_get(here, step->wanted[0].key)); break;
        case STEP_INDEX: find(s, at + 1, json_at(here, step->index)); break;
        case STEP_EACH:
        case STEP_EQUALS: find_each(s, at, here); break;
        case STEP_FIRST:
        case STEP_ALL: (void)walk(s, at, here); break;
        }
}

const Json **path_find(const Path *path, const Json *from, const PathVars *vars, size_t cap, Arena *arena,
                       size_t *n, size_t *found)
{
        Search s = {.path = path, .vars = vars, .arena = arena, .cap = cap, .steps = path->n};
        find(&s, 0, from);
        *n = s.n;
        if (found)
                *found = s.found;
        return s.out;
}

PathState path_state(const Path *path, const Json *from, const PathVars *vars, Arena *arena)
{
        enum { LOOKED_AT = 1000 };
        for (size_t i = 0; i <= path->n; i++) {
                bool each = i < path->n &&
                            (path->steps[i].kind == STEP_EACH || path->steps[i].kind == STEP_EQUALS);
                if (i < path->n && !each)
                        continue;
                Search s = {.path = path, .vars = vars, .arena = arena, .cap = LOOKED_AT, .steps = i};
                find(&s, 0, from);
                bool lists = false, filled = i == path->n && s.n > 0;
                for (size_t k = 0; each && k < s.n; k++) {
                        lists |= json_is_list(s.out[k]) || json_is_map(s.out[k]);
                        filled |= json_len(s.out[k]) > 0 || json_size(s.out[k]) > 0;
                }
                if (!filled)
                        return each && lists ? PATH_EMPTY : PATH_ABSENT;
        }
        return PATH_SOME;
}
