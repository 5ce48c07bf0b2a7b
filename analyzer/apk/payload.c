/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/payload.h"

enum { HEAD = 64 };

static void add(PayloadList *list, Arena *arena, const char *place, const ZipEntry *e)
{
        if (list->n < PAYLOAD_NAMES) {
                Span name = span_of(e->name.data - e->cut, e->name.len + e->cut); /* as the archive has it */
                const char *shown =
                        arena_utf8(arena, span_part(name, 0, MIN(name.len, (size_t)PAYLOAD_NAME_LIMIT)));
                list->names[list->n] = arena_printf(arena, "%s%s", place ? place : "", shown);
        }
        list->n++;
}

/* ---- by name */

/* The N of classesN.dex, 1 for classes.dex, 0 for anything else, classes1.dex and classes02.dex included. */
static unsigned dex_number(Span name)
{
        static const char stem[] = "classes", tail[] = ".dex";
        size_t fixed = sizeof stem - 1 + sizeof tail - 1;
        if (name.len < fixed || name.len > fixed + 6 || !span_starts(name, span_str(stem)) ||
            !span_eq_str(span_from(name, name.len - (sizeof tail - 1)), tail))
                return 0;
        Span digits = span_part(name, sizeof stem - 1, name.len - fixed);
        unsigned number = 0;
        for (size_t i = 0; i < digits.len; i++) {
                if (!g_ascii_isdigit(digits.data[i]) || (i == 0 && digits.data[i] == '0'))
                        return 0;
                number = number * 10 + (digits.data[i] - '0');
        }
        return digits.len == 0 ? 1 : number > 1 ? number : 0;
}

static bool is_named_as_code(Span name)
{
        if (name.len <= 4)
                return false;
        const char *end = (const char *)name.data + name.len - 4;
        return g_ascii_strncasecmp(end, ".dex", 4) == 0 || g_ascii_strncasecmp(end, ".jar", 4) == 0 ||
               g_ascii_strncasecmp(end, ".apk", 4) == 0;
}

/* ---- by content */

bool payload_may_hide(Span name)
{
        return span_starts(name, span_str("assets/")) || span_starts(name, span_str("res/raw")) ||
               span_starts(name, span_str("lib/"));
}

/* A dex file, or an archive whose first entry is one of an APK or a jar of dex files. */
static bool is_code(Span head)
{
        static const char *const firsts[] = {"classes.dex", "AndroidManifest.xml", "META-INF/"};
        if (span_starts(head, span_str("dex\n")) || span_starts(head, span_str("cdex")))
                return true;
        if (!span_starts(head, span_str("PK\x03\x04")))
                return false;
        for (size_t i = 0; i < G_N_ELEMENTS(firsts); i++) {
                if (span_starts(span_from(head, 30), span_str(firsts[i])))
                        return true;
        }
        return false;
}

void payload_find(Payloads *payloads, Zip *zip, const char *place, unsigned numbered, Arena *arena)
{
        unsigned peeks = 0;
        for (size_t i = 0; i < zip_count(zip); i++) {
                const ZipEntry *e = zip_at(zip, i);
                unsigned number = dex_number(e->name);
                uint8_t head[HEAD];
                if (number) {
                        if (number > numbered)
                                add(&payloads->gap, arena, place, e);
                        continue;
                }
                if (is_named_as_code(e->name)) {
                        add(&payloads->elsewhere, arena, place, e);
                        continue;
                }
                if (!payload_may_hide(e->name) || (e->method == 8 && peeks++ >= PAYLOAD_PEEKS))
                        continue;
                if (is_code(span_of(head, zip_peek(zip, e, head, sizeof head))))
                        add(&payloads->elsewhere, arena, place, e);
        }
}

const char *payload_text(const PayloadList *list, Arena *arena)
{
        if (!list->n)
                return NULL;
        g_autoptr(GString) text = g_string_new(NULL);
        for (size_t i = 0; i < MIN(list->n, (size_t)PAYLOAD_NAMES); i++)
                g_string_append_printf(text, "%s%s", i ? ", " : "", list->names[i]);
        if (list->n > PAYLOAD_NAMES)
                g_string_append_printf(text, " and %zu more", list->n - PAYLOAD_NAMES);
        return arena_str(arena, text->str);
}
