/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/import/piece.h"

enum { SHORT = 3 };

typedef struct {
        const SdkSet *set;
        const Sdk *ours; /* whose the piece would be; NULL: a new SDK's */
        Arena *arena;
} Judge;

static const SdkNameKind name_kinds[PLAN_KINDS] = {[PLAN_COMPONENT] = SDK_COMPONENT,
                                                   [PLAN_METADATA] = SDK_METADATA,
                                                   [PLAN_ACTION] = SDK_ACTION,
                                                   [PLAN_NATIVE] = SDK_NATIVE};

SdkNameKind piece_name_kind(PlanKind kind)
{
        return name_kinds[kind];
}

static bool is_java_name(const char *text)
{
        bool start = true;
        for (const char *at = text; *at; at++) {
                if (*at == '.') {
                        if (start)
                                return false;
                        start = true;
                        continue;
                }
                if (!g_ascii_isalnum(*at) && *at != '_' && *at != '$')
                        return false;
                if (start && g_ascii_isdigit(*at))
                        return false;
                start = false;
        }
        return !start;
}

/* The first prefix of another SDK that `text` would cover. */
static const SdkAnchor *covered(const Judge *by, const char *text)
{
        const SdkAnchor *const *list;
        size_t n = sdkset_prefixes(by->set, &list), low = 0, high = n;
        g_autofree char *under = g_strconcat(text, ".", NULL);
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (strcmp(list[middle]->text, under) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (; low < n && g_str_has_prefix(list[low]->text, under); low++)
                if (list[low]->sdk != by->ours)
                        return list[low];
        return NULL;
}

static PieceVerdict judge_code(const Judge *by, const char *text)
{
        if (!is_java_name(text))
                return (PieceVerdict){.why = "no Java name"};
        if (strlen(text) <= SHORT)
                return (PieceVerdict){.why = "too short to tell anything"};
        Span span = span_str(text);
        const SdkAnchor *over = sdkset_code(by->set, span);
        if (over && !over->segment && over->sdk == by->ours)
                return (PieceVerdict){.known = true};
        bool same = over && !over->segment && g_str_equal(over->text, text);
        if (same || (over && !over->segment && by->ours))
                return (PieceVerdict){.why = arena_printf(by->arena, "%s %s here",
                                                          same ? "belongs to" : "lies within",
                                                          over->sdk->id)};
        const SdkAnchor *other = covered(by, text);
        if (other)
                return (PieceVerdict){.why = arena_printf(by->arena, "too broad: would cover %s of %s",
                                                          other->text, other->sdk->id)};
        /* a vendor not known here yet may have its apps where its SDK is, but not below */
        const char *app =
                companies_app_under(sdkset_companies(by->set), span, by->ours ? by->ours->root : NULL);
        if (app && (by->ours || strcmp(app, text) != 0))
                return (PieceVerdict){
                        .why = arena_printf(by->arena, "too broad: would cover the apps %s", app)};
        return (PieceVerdict){.why = NULL};
}

static PieceVerdict judge_segment(const Judge *by, const char *text)
{
        if (strchr(text, '.') || !is_java_name(text))
                return (PieceVerdict){.why = "no single name"};
        if (strlen(text) <= SHORT)
                return (PieceVerdict){.why = "too short to tell anything"};
        const SdkAnchor *there = sdkset_code(by->set, span_str(text));
        if (there && there->segment)
                return there->sdk == by->ours
                               ? (PieceVerdict){.known = true}
                               : (PieceVerdict){.why = arena_printf(by->arena, "belongs to %s here",
                                                                    there->sdk->id)};
        return (PieceVerdict){.why = NULL};
}

static bool is_host(const char *text)
{
        size_t len = strlen(text);
        if (len < 4 || len > 253 || !strchr(text, '.') || text[0] == '.' || text[0] == '-' ||
            text[len - 1] == '.')
                return false;
        for (const char *at = text; *at; at++)
                if (!g_ascii_islower(*at) && !g_ascii_isdigit(*at) && *at != '.' && *at != '-')
                        return false;
        return !strstr(text, "..") && !g_ascii_isdigit(text[len - 1]);
}

static PieceVerdict judge_chain(const Judge *by, const SdkAnchor *first)
{
        for (const SdkAnchor *anchor = first; anchor; anchor = anchor->next)
                if (anchor->sdk == by->ours)
                        return (PieceVerdict){.known = true};
        return (PieceVerdict){.why = first ? arena_printf(by->arena, "belongs to %s here", first->sdk->id)
                                           : NULL};
}

static PieceVerdict judge_name(const Judge *by, PlanKind kind, const char *text)
{
        const char *star = strchr(text, '*');
        if (star && star - text <= SHORT + (kind == PLAN_NATIVE ? 3 : 0))
                return (PieceVerdict){.why = "too little before the *"};
        for (const char *at = text; *at; at++)
                if (!g_ascii_isgraph(*at))
                        return (PieceVerdict){.why = "no name of this kind"};
        if (kind == PLAN_COMPONENT && !strchr(text, '.'))
                return (PieceVerdict){.why = "no class name"};
        return judge_chain(by, sdkset_name(by->set, name_kinds[kind], text));
}

PieceVerdict piece_judge(const SdkSet *set, const Sdk *ours, PlanKind kind, const char *text, Arena *arena)
{
        const Judge judge = {set, ours, arena}, *by = &judge;
        static const char *const singular[PLAN_KINDS] = {"code",   "segment", "component", "metadata",
                                                         "action", "native",  "host"};
        if (!*text || strlen(text) > PLAN_TEXT_LIMIT)
                return (PieceVerdict){.why = *text ? "too long" : "empty"};
        const char *refused = sdkset_refused(by->set, singular[kind], text);
        if (refused)
                return (PieceVerdict){.why = refused};
        switch (kind) {
        case PLAN_CODE: return judge_code(by, text);
        case PLAN_SEGMENT: return judge_segment(by, text);
        case PLAN_HOST:
                if (!is_host(text))
                        return (PieceVerdict){.why = "no host name"};
                return judge_chain(by, sdkset_host(by->set, text));
        default: return judge_name(by, kind, text);
        }
}
