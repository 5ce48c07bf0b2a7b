/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/factid.h"

#include "core/cursor.h"

typedef struct {
        FactIdFn each;
        void *context;
        GHashTable *said; /* so that a permission declared twice counts once */
} Speaker;

static void say(Speaker *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(Speaker *s, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        char *id = g_strdup_vprintf(format, args);
        va_end(args);
        if (g_hash_table_add(s->said, id)) /* takes id; a repeated one is freed by the table */
                s->each(id, s->context);
}

static Speaker speaker(FactIdFn each, void *context)
{
        return (Speaker){each, context, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

void factid_of_outcome(const char *outcome, FactIdFn each, void *context)
{
        g_autofree char *id = g_strdup_printf("outcome:%s", outcome);
        each(id, context);
}

static void say_behaviour(Speaker *s, const Facts *facts)
{
        for (size_t i = 0; i < facts->n_calls; i++)
                say(s, "calls:%s@%s", facts->calls[i]->data_type, facts->calls[i]->owner);
        for (size_t i = 0; i < facts->n_startup; i++)
                say(s, "startup:%s@%s", facts->startup[i]->data_type, facts->startup[i]->owner);
        for (size_t i = 0; i < facts->n_permission_use; i++)
                say(s, "use:%s:%s", facts->permission_use[i]->verdict, facts->permission_use[i]->permission);
        for (size_t i = 0; i < facts->n_posture; i++)
                say(s, "posture:%s", facts->posture[i]->code);
        for (size_t i = 0; i < facts->n_blind; i++)
                say(s, "blind:%s", facts->blind[i]->code);
}

void factid_of_facts(const Facts *facts, FactIdFn each, void *context)
{
        factid_of_outcome(facts->outcome, each, context);
        if (!g_str_equal(facts->outcome, "analysed"))
                return;
        Speaker s = speaker(each, context);
        if (facts->tier)
                say(&s, "tier:%s", facts->tier);
        for (size_t i = 0; i < facts->n_permissions; i++)
                say(&s, "permission:%s", facts->permissions[i]->name);
        for (size_t i = 0; i < facts->n_sdks; i++)
                say(&s, "sdk:%s", facts->sdks[i]->id);
        for (size_t i = 0; i < facts->n_signers; i++)
                say(&s, "signer:%s", facts->signers[i]->sha256);
        for (size_t i = 0; i < facts->n_anomalies; i++)
                say(&s, "anomaly:%s", facts->anomalies[i]->code);
        if (facts->has_target_sdk)
                say(&s, "target-sdk:%d", facts->target_sdk);
        say_behaviour(&s, facts);
        g_hash_table_unref(s.said);
}

void factid_of_findings(const Findings *findings, FactIdFn each, void *context)
{
        Speaker s = speaker(each, context);
        say(&s, "app-type:%s", findings->app_type ? findings->app_type : "none");
        for (size_t i = 0; i < findings->n_findings; i++)
                say(&s, "verdict:%s:%s", findings->findings[i]->verdict, findings->findings[i]->permission);
        g_hash_table_unref(s.said);
}

bool factid_has_kind(const char *id, const char *kind, const char **what)
{
        size_t n = strlen(kind);
        if (strncmp(id, kind, n) != 0 || id[n] != ':')
                return false;
        if (what)
                *what = id + n + 1;
        return true;
}

static int by_number(const void *a, const void *b)
{
        guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
        return (x > y) - (x < y);
}

static void append_varint(GByteArray *out, guint32 v)
{
        do {
                guint8 byte = (guint8)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
                g_byte_array_append(out, &byte, 1);
                v >>= 7;
        } while (v);
}

void vector_encode(GArray *ids, GByteArray *out)
{
        g_array_sort(ids, by_number);
        guint32 before = 0;
        guint kept = 0;
        for (guint i = 0; i < ids->len; i++) {
                guint32 id = g_array_index(ids, guint32, i);
                if (kept && id == before)
                        continue;
                append_varint(out, kept ? id - before : id);
                before = id;
                g_array_index(ids, guint32, kept++) = id;
        }
        g_array_set_size(ids, kept);
}

bool vector_decode(Span bytes, GArray *ids)
{
        guint32 id = 0;
        bool first = true;
        for (Cursor c = cursor_over(bytes); cursor_left(&c);) {
                guint32 step = cursor_uleb128(&c);
                if (!c.ok || (!first && (step == 0 || step > G_MAXUINT32 - id)))
                        return false;
                id += step;
                first = false;
                g_array_append_val(ids, id);
        }
        return true;
}
