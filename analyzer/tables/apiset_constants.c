/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strings that stand for personal data, in code and in manifests. */
#include "analyzer/tables/apiset_parts.h"

/* What a string may be that begins with certain three bytes. */
enum { BEGINS_WHOLE = 1, BEGINS_URI = 2, BEGINS_COMMAND = 4, BEGINS_FOLDER = 8 };

static const char uri_scheme[] = "content://";

static inline unsigned begin_of(const uint8_t *data, size_t len)
{
        uint32_t three = 0;
        for (size_t i = 0; i < 3 && i < len; i++)
                three |= (uint32_t)data[i] << 8 * i;
        return three * 0x9e3779b1u >> (32 - API_BEGIN_BITS);
}

unsigned api_kind_sinks(ApiKind kind)
{
        static const unsigned sinks[API_KINDS] = {[API_URI] = SINK_RESOLVER,
                                                  [API_SETTING] = SINK_SETTINGS,
                                                  [API_PROP] = SINK_PROPERTY | SINK_REFLECT | SINK_EXEC,
                                                  [API_PATH] = SINK_FILE | SINK_EXEC,
                                                  [API_SHELL] = SINK_EXEC,
                                                  [API_REFLECT] = SINK_REFLECT,
                                                  [API_INTENT] = SINK_INTENT,
                                                  [API_SYSSERVICE] =
                                                          SINK_SERVICE | SINK_REFLECT | SINK_BINDER};
        return sinks[kind];
}

static const ApiConstant *find_text(const NameTable *table, Span text)
{
        uint64_t hash = name_hash(text);
        if (!nametable_may_hold(table, hash))
                return NULL;
        const ApiConstant *first;
        for (size_t at = 0; (first = nametable_next(table, hash, &at));)
                if (span_eq_str(text, first->text))
                        return first;
        return NULL;
}

static void mark_beginning(ApiSet *set, ApiKind kind, const char *text)
{
        size_t len = strlen(text);
        set->begins[begin_of((const uint8_t *)text, len)] |= BEGINS_WHOLE;
        if (kind == API_URI)
                set->begins[begin_of((const uint8_t *)text, len)] |= BEGINS_URI;
        if (kind == API_PATH && text[len - 1] == '/')
                set->begins[begin_of((const uint8_t *)text, len)] |= BEGINS_FOLDER;
        if (kind == API_SHELL) {
                g_autofree char *with_blank = g_strconcat(text, " ", NULL);
                set->begins[begin_of((const uint8_t *)with_blank, len + 1)] |= BEGINS_COMMAND;
        }
        set->longest[kind] = MAX(set->longest[kind], len);
}

ApiConstant *api_constant_for(ApiSet *set, ApiKind kind, const char *text, bool manifest)
{
        NameTable *table = manifest ? &set->actions : &set->constants;
        ApiConstant *last = NULL;
        for (const ApiConstant *c = find_text(table, span_str(text)); c; c = c->next) {
                last = (ApiConstant *)c;
                if (c->kind == kind)
                        return last;
        }
        ApiConstant *constant = arena_new0(set->arena, ApiConstant);
        constant->text = text;
        constant->kind = kind;
        constant->sinks = manifest ? 0 : api_kind_sinks(kind);
        if (last)
                last->next = constant;
        else
                nametable_add(table, name_hash(span_str(text)), constant);
        if (!manifest)
                mark_beginning(set, kind, text);
        return constant;
}

/* ---- look-up */

static const ApiConstant *of_kind(const ApiConstant *first, ApiKind kind)
{
        while (first && first->kind != kind)
                first = first->next;
        return first;
}

/* The longest constant of the kind that the text begins with and that ends where one of `stops` follows, or the text ends. */
static const ApiConstant *longest_before(const ApiSet *set, Span text, ApiKind kind, size_t from,
                                         const char *stops)
{
        const ApiConstant *best = NULL;
        size_t end = MIN(text.len, set->longest[kind]);
        for (size_t i = from; i <= end; i++) {
                if (i < text.len && (text.data[i] == '\0' || !strchr(stops, text.data[i])))
                        continue;
                const ApiConstant *found = of_kind(find_text(&set->constants, span_part(text, 0, i)), kind);
                if (found)
                        best = found;
        }
        return best;
}

/* The longest path that ends in '/' and that the text begins with. */
static const ApiConstant *longest_folder(const ApiSet *set, Span text)
{
        const ApiConstant *best = NULL;
        size_t end = MIN(text.len, set->longest[API_PATH]);
        for (size_t i = 1; i <= end; i++) {
                if (text.data[i - 1] != '/')
                        continue;
                const ApiConstant *found =
                        of_kind(find_text(&set->constants, span_part(text, 0, i)), API_PATH);
                if (found)
                        best = found;
        }
        return best;
}

const ApiConstant *api_uri(const ApiSet *set, Span uri)
{
        if (!span_starts(uri, span_str(uri_scheme)))
                return NULL;
        return longest_before(set, uri, API_URI, strlen(uri_scheme) + 1, "/?#");
}

const ApiConstant *apiset_constant(const ApiSet *set, Span text)
{
        unsigned begins = set->begins[begin_of(text.data, text.len)];
        if (!begins)
                return NULL;
        const ApiConstant *found = find_text(&set->constants, text);
        if (!found && begins & BEGINS_URI)
                found = api_uri(set, text);
        if (!found && begins & BEGINS_COMMAND)
                found = longest_before(set, text, API_SHELL, 1, " ");
        if (!found && begins & BEGINS_FOLDER)
                found = longest_folder(set, text);
        return found;
}

const ApiConstant *apiset_action(const ApiSet *set, const char *action)
{
        return find_text(&set->actions, span_str(action));
}

/* ---- after loading */

void api_constants_finish(ApiSet *set)
{
        for (size_t i = 0; i <= set->constants.mask; i++) {
                ApiConstant *uri = (ApiConstant *)of_kind(set->constants.slots[i].value, API_URI);
                Span text = span_str(uri ? uri->text : NULL);
                for (size_t end = text.len; end > strlen(uri_scheme); end--) {
                        if (text.data[end - 1] != '/')
                                continue;
                        const ApiConstant *shorter =
                                of_kind(find_text(&set->constants, span_part(text, 0, end - 1)), API_URI);
                        if (!shorter)
                                continue;
                        if (!uri->api)
                                uri->api = shorter->api;
                        api_need_add_all(set->arena, &uri->need, shorter->need);
                }
        }
}
