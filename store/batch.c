/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

#include "core/factid.h"

StoreBatch *store_batch_new(Store *store)
{
        StoreBatch *batch = g_new0(StoreBatch, 1);
        batch->store = store;
        batch->ops = g_array_new(FALSE, FALSE, sizeof(Op));
        batch->bytes = g_byte_array_new();
        return batch;
}

void store_batch_free(StoreBatch *batch)
{
        if (!batch)
                return;
        g_array_unref(batch->ops);
        g_byte_array_unref(batch->bytes);
        g_clear_error(&batch->error);
        g_free(batch);
}

static void add_op(StoreBatch *batch, OpKind kind, DbFamily family, Span key, Span value)
{
        Op op = {kind, family, batch->bytes->len, key.len, value.len};
        g_byte_array_append(batch->bytes, key.data, (guint)key.len);
        if (value.len)
                g_byte_array_append(batch->bytes, value.data, (guint)value.len);
        g_array_append_val(batch->ops, op);
}

void batch_put(StoreBatch *batch, DbFamily family, Span key, Span value)
{
        add_op(batch, OP_PUT, family, key, value);
}

void batch_delete(StoreBatch *batch, DbFamily family, Span key)
{
        add_op(batch, OP_DELETE, family, key, (Span){NULL, 0});
}

void batch_refuse(StoreBatch *batch, GError *take_error)
{
        if (batch->error)
                g_error_free(take_error);
        else
                batch->error = take_error;
}

static bool spell_or_refuse(StoreBatch *batch, StoreTable table, const StoreKey *key, KeyBytes *bytes)
{
        GError *error = NULL;
        if (key_spell(table, key, bytes, &error))
                return true;
        batch_refuse(batch, error);
        return false;
}

void store_put(StoreBatch *batch, StoreTable table, const StoreKey *key, Span value)
{
        KeyBytes bytes;
        if (spell_or_refuse(batch, table, key, &bytes))
                batch_put(batch, (DbFamily)table, key_span(&bytes), value);
}

void store_delete(StoreBatch *batch, StoreTable table, const StoreKey *key)
{
        KeyBytes bytes;
        if (spell_or_refuse(batch, table, key, &bytes))
                batch_delete(batch, (DbFamily)table, key_span(&bytes));
}

void store_count(StoreBatch *batch, uint32_t sweep, const char *name, uint64_t add)
{
        KeyBytes bytes;
        if (spell_or_refuse(batch, STORE_COUNTERS, &(StoreKey){.sweep = sweep, .name = name}, &bytes))
                add_op(batch, OP_ADD, DB_COUNTERS, key_span(&bytes), span_of(&add, sizeof add));
}

void store_put_vector(StoreBatch *batch, const StoreKey *key, const GPtrArray *ids)
{
        g_autoptr(GArray) numbers = g_array_sized_new(FALSE, FALSE, sizeof(guint32), ids->len);
        for (guint i = 0; i < ids->len; i++) {
                guint32 number = facts_intern(batch->store, ids->pdata[i]);
                g_array_append_val(numbers, number);
        }
        g_autoptr(GByteArray) packed = g_byte_array_new();
        vector_encode(numbers, packed);
        store_put(batch, STORE_VECTORS, key, span_of(packed->data, packed->len));
}

bool store_writable(const Store *store, GError **error)
{
        if (!store->writable)
                return fault(error, FAULT_BUG, "%s is open for reading only", store->directory);
        if (!store->failed)
                return true;
        if (error && !*error)
                *error = g_error_copy(store->failed);
        return false;
}

static void gather_op(Store *store, const StoreBatch *batch, const Op *op)
{
        Span all = span_of(batch->bytes->data, batch->bytes->len);
        Span key = span_part(all, op->at, op->key_len);
        Span value = span_part(all, op->at + op->key_len, op->value_len);
        uint64_t add = 0;
        switch (op->kind) {
        case OP_PUT: db_batch_put(store->gathered, store->db, op->family, key, value); break;
        case OP_DELETE: db_batch_delete(store->gathered, store->db, op->family, key); break;
        case OP_ADD:
                if (value.len == sizeof add)
                        memcpy(&add, value.data, sizeof add);
                db_batch_add(store->gathered, store->db, op->family, key, add);
                break;
        }
        if (op->family == DB_ERRANDS)
                tally_row(store, op->kind == OP_PUT, key, value);
}

bool store_gather(Store *store, StoreBatch *take, GError **error)
{
        bool ok = store_writable(store, error);
        if (ok && take->error) {
                g_propagate_error(error, g_steal_pointer(&take->error));
                ok = false;
        }
        for (guint i = 0; ok && i < take->ops->len; i++)
                gather_op(store, take, &g_array_index(take->ops, Op, i));
        store_batch_free(take);
        return ok;
}

bool store_flush(Store *store, GError **error)
{
        if (!store->writable)
                return true; /* nothing can have been gathered */
        if (!store_writable(store, error))
                return false;
        if (!db_batch_len(store->gathered))
                return true;
        facts_gather(store);
        GError *why = NULL;
        if (!db_write(store->db, store->gathered, &why)) {
                store->failed = g_error_copy(why);
                g_propagate_error(error, why);
                return false;
        }
        store->facts_saved = store->fact_texts->len;
        store->n_gathered = 0;
        return true;
}

size_t store_gathered(const Store *store)
{
        return store->n_gathered;
}

bool store_gather_rows(Store *store, StoreBatch *take, GError **error)
{
        return store_gather(store, take, error);
}

bool store_commit(Store *store, StoreBatch *take, GError **error)
{
        return store_gather(store, take, error) && store_flush(store, error);
}
