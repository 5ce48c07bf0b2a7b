/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/oddity.h"

enum { DETAIL_BYTES = 200 };

static Oddity *find(const Oddities *odd, const char *code)
{
        for (size_t i = 0; i < odd->n; i++) {
                if (g_str_equal(odd->list[i]->code, code))
                        return odd->list[i];
        }
        return NULL;
}

void oddity_note(Oddities *odd, Arena *arena, const char *code, bool rejects, Span where)
{
        Oddity *o = find(odd, code);
        if (!o) {
                o = arena_new0(arena, Oddity);
                o->code = code;
                if (where.len)
                        o->detail =
                                arena_utf8(arena, span_part(where, 0, MIN(where.len, (size_t)DETAIL_BYTES)));
                arena_push(arena, &odd->n, &odd->list, o);
        }
        o->count++;
        o->rejects = o->rejects || rejects;
}

bool oddity_seen(const Oddities *odd, const char *code)
{
        return find(odd, code) != NULL;
}

bool oddity_rejects(const Oddities *odd)
{
        for (size_t i = 0; i < odd->n; i++) {
                if (odd->list[i]->rejects)
                        return true;
        }
        return false;
}
