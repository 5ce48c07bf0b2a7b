/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts.c - fact ids as numbers. A number is given out once and for ever; it is written in the same batch as
 * the first vector that uses it, or in an earlier one. */
#include "store/inside.h"

/* Makes room for `number`, with gaps where rows are missing. */
static void remember(Store *store, uint32_t number, char *take_text)
{
        if (number > store->fact_texts->len)
                g_ptr_array_set_size(store->fact_texts, (gint)number);
        store->fact_texts->pdata[number - 1] = take_text;
        g_hash_table_insert(store->fact_numbers, take_text, GUINT_TO_POINTER(number));
}

bool facts_load(Store *store, GError **error)
{
        KeyBytes prefix;
        key_spell_facts(&prefix);
        DbIter *iter = db_iter(store->db, DB_META, key_span(&prefix), NULL, DB_SCAN);
        bool ok = true;
        for (Span key, value; ok && db_iter_next(iter, &key, &value);) {
                uint32_t number;
                /* Numbers come in order and without gaps, so a wild one cannot be ours (nor ask for
                 * gigabytes). */
                ok = (key_read_fact(key, &number) && number <= store->fact_texts->len + (1U << 20)) ||
                     fault(error, FAULT_DISK, "%s: the database is damaged: a fact id has a key that is none",
                           store->directory);
                if (ok)
                        remember(store, number, g_strndup((const char *)value.data, value.len));
        }
        store->facts_saved = store->fact_texts->len;
        return db_iter_end(iter, ok ? error : NULL) && ok;
}

void facts_free(Store *store)
{
        g_clear_pointer(&store->fact_numbers, g_hash_table_unref);
        g_clear_pointer(&store->fact_texts, g_ptr_array_unref);
}

uint32_t facts_intern(Store *store, const char *id)
{
        uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(store->fact_numbers, id));
        if (number)
                return number;
        number = store->fact_texts->len + 1;
        remember(store, number, g_strdup(id));
        return number;
}

void facts_gather(Store *store)
{
        for (uint32_t number = store->facts_saved + 1; number <= store->fact_texts->len; number++) {
                const char *text = store->fact_texts->pdata[number - 1];
                KeyBytes key;
                key_spell_fact(number, &key);
                db_batch_put(store->gathered, store->db, DB_META, key_span(&key), span_str(text));
        }
}

const char *store_fact(Store *store, uint32_t number)
{
        return number >= 1 && number <= store->fact_texts->len ? store->fact_texts->pdata[number - 1] : NULL;
}

uint32_t store_fact_count(Store *store)
{
        return store->fact_texts->len;
}
