/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the 39 types an app is of: the market's category first, words of its label where that says nothing or little. */
#include "judge/rules.h"

#include <string.h>

typedef struct {
        const RuleSet *rules;
        Arena *arena;
        AppType best;
        int confidence, order;
        GPtrArray *others; /* keys in the order they came up */
} Search;

static void note_other(Search *s, const char *key)
{
        if (key && !g_ptr_array_find_with_equal_func(s->others, key, g_str_equal, NULL))
                g_ptr_array_add(s->others, (void *)key);
}

/* A better confidence wins, then the earlier row of the table: never the order in which a market lists its categories. */
static void offer(Search *s, const RuleType *type, const char *confidence, int order, const char *how)
{
        int c = rules_confidence(confidence);
        note_other(s, type->key);
        if (c < s->confidence || (c == s->confidence && order >= s->order))
                return;
        s->confidence = c;
        s->order = order;
        s->best.key = type->key;
        s->best.name_zh = type->name_zh;
        s->best.name_en = type->name_en;
        s->best.confidence = confidence;
        s->best.how = how;
}

static void by_category(Search *s, const char *scheme, const Listing *listing)
{
        for (size_t i = 0; i < listing->n_categories; i++) {
                g_autofree char *key = g_strdup_printf("%s\t%s", scheme, listing->categories[i]);
                const RuleCategory *c = g_hash_table_lookup(s->rules->categories, key);
                if (!c)
                        continue;
                offer(s, c->type, c->confidence, c->order,
                      arena_printf(s->arena, "category:%s", listing->categories[i]));
                for (const char *const *other = c->alternatives; *other; other++)
                        note_other(s, *other);
        }
}

static bool letter(gunichar c)
{
        return g_unichar_isalnum(c);
}

static bool has_word(const char *text, const RuleWord *word)
{
        size_t n = strlen(word->word);
        for (const char *at = text; (at = strstr(at, word->word)); at++) {
                if (!word->whole)
                        return true;
                const char *before = g_utf8_find_prev_char(text, at);
                bool starts = !before || !letter(g_utf8_get_char(before));
                bool ends = !at[n] || !letter(g_utf8_get_char(at + n));
                if (starts && ends)
                        return true;
        }
        return false;
}

/* Words are our own judgement, so they never count for more than "low". */
static void by_keyword(Search *s, const char *label)
{
        g_autofree char *valid = g_utf8_make_valid(label ? label : "", -1);
        g_autofree char *lower = g_utf8_strdown(valid, -1);
        for (guint i = 0; i < s->rules->type_order->len; i++) {
                const RuleType *type = g_ptr_array_index(s->rules->type_order, i);
                for (guint k = 0; k < type->words->len; k++) {
                        const RuleWord *word = g_ptr_array_index(type->words, k);
                        if (!has_word(lower, word))
                                continue;
                        offer(s, type, "low", G_MAXINT - 1000 + type->order,
                              arena_printf(s->arena, "keyword:%s", word->word));
                        break;
                }
        }
}

AppType judge_app_type(const RuleSet *rules, const char *scheme, const Listing *listing, const Facts *facts,
                       Arena *arena)
{
        g_autoptr(GPtrArray) others = g_ptr_array_new();
        Search s = {.rules = rules, .arena = arena, .order = G_MAXINT, .others = others};
        s.best.how = "none";
        by_category(&s, scheme, listing);
        by_keyword(&s, listing->label);
        if (facts && g_strcmp0(facts->label, listing->label) != 0)
                by_keyword(&s, facts->label);
        const char **list = arena_array(arena, const char *, others->len + 1);
        for (guint i = 0, n = 0; i < others->len; i++) {
                const char *key = g_ptr_array_index(others, i);
                if (g_strcmp0(key, s.best.key) != 0)
                        list[n++] = key;
        }
        s.best.alternatives = list;
        return s.best;
}
