/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export.c - a sweep as JSON Lines. Every row is an object that starts with the name of its table and the parts of its key; the
 * order of rows and of keys in a row depends on nothing but what is stored. */
#include "reports/reports.h"

#include "reports/artifacts.h"
#include "reports/sweepwalk.h"

#include "core/factid.h"

#include <errno.h>

typedef struct {
        Store *store;
        const Sweep *sweep;
        bool canonical;
        FILE *out;
        GPtrArray *markets;
} Export;

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static Json *row_new(const char *table)
{
        Json *row = json_map();
        json_set_str(row, "table", table);
        return row;
}

static bool row_write(Export *e, Json *take, GError **error)
{
        g_autofree char *line = json_print(take, false);
        json_free(take);
        errno = 0;
        if (fputs(line, e->out) >= 0 && fputc('\n', e->out) != EOF)
                return true;
        return fault_errno(error, FAULT_IO, errno, "writing the export");
}

static bool write_record(Export *e, Json *take_row, const ProtobufCMessage *record, GError **error)
{
        if (!record) { /* the error says which bytes it was not */
                json_free(take_row);
                return false;
        }
        json_set(take_row, "record", record_json(record, e->canonical));
        return row_write(e, take_row, error);
}

static bool write_bytes(Export *e, Json *take_row, const ProtobufCMessageDescriptor *type, Span bytes,
                        GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        return write_record(e, take_row, record_unpack_message(arena, type, bytes, error), error);
}

/* ---- sweep, listings --------------------------------------------------------------------------------------------- */

static bool export_sweep(Export *e, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        Sweep *sweep = sweep_read(e->store, e->sweep->id, arena, error);
        if (!sweep)
                return false;
        for (size_t i = 0; e->canonical && i < sweep->n_results; i++)
                sweep->results[i]->how = NULL; /* full or diff: a matter of what this run had before */
        if (e->canonical)
                sweep->id = 0; /* counts what else this database holds; the name says which sweep it is */
        Json *row = row_new("sweeps");
        json_set_str(row, "sweep", sweep->name);
        return write_record(e, row, &sweep->base, error);
}

static bool export_listing(Export *e, const char *market, const char *package, uint32_t since,
                           const GByteArray *bytes, GError **error)
{
        Json *row = row_new("listings");
        json_set_str(row, "market", market);
        json_set_str(row, "package", package);
        if (!e->canonical)
                json_set_int(row, "since_sweep", since);
        return write_bytes(e, row, &listing__descriptor, span_of(bytes->data, bytes->len), error);
}

/* A listing is stored again whenever it changed, under the sweep that saw it: the last one up to ours counts. */
static bool export_listings(Export *e, const char *market, GError **error)
{
        StoreWalk *walk = store_walk(e->store, STORE_LISTINGS, &(StoreKey){.market = market});
        g_autoptr(GByteArray) newest = g_byte_array_new();
        g_autofree char *package = NULL;
        uint32_t since = 0;
        bool ok = true;
        StoreKey key;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                if (key.sweep > e->sweep->id)
                        continue;
                if (package && !g_str_equal(package, key.package))
                        ok = export_listing(e, market, package, since, newest, error);
                g_free(package);
                package = g_strdup(key.package);
                since = key.sweep;
                g_byte_array_set_size(newest, 0);
                g_byte_array_append(newest, value.data, (guint)value.len);
        }
        if (ok && package)
                ok = export_listing(e, market, package, since, newest, error);
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

/* ---- what lies under the sweep's number --------------------------------------------------------------------------- */

static Json *row_of_key(const Export *e, const char *table, const StoreKey *key)
{
        Json *row = row_new(table);
        json_set_str(row, "sweep", e->sweep->name);
        if (key->layer)
                json_set_str(row, "layer", key->layer);
        json_set_str(row, "market", key->market);
        json_set_str(row, "package", key->package);
        return row;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Numbers are given in the order facts were first seen, which a kill may change: text is what two runs have in common. */
static bool write_vector(Export *e, Json *take_row, Span bytes, GError **error)
{
        g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
        g_autoptr(GPtrArray) texts = g_ptr_array_new();
        bool ok = vector_decode(bytes, numbers) ||
                  fault(error, FAULT_MALFORMED, "the vector's bytes are damaged");
        for (guint i = 0; ok && i < numbers->len; i++) {
                const char *text = store_fact(e->store, g_array_index(numbers, guint32, i));
                if (text)
                        g_ptr_array_add(texts, (char *)text);
                else
                        ok = fault(error, FAULT_MALFORMED, "fact number %u has no name in the store",
                                   g_array_index(numbers, guint32, i));
        }
        if (!ok) {
                json_free(take_row);
                return false;
        }
        g_ptr_array_sort(texts, by_text);
        Json *list = json_set(take_row, "facts", json_list());
        for (guint i = 0; i < texts->len; i++)
                json_add_str(list, texts->pdata[i]);
        return row_write(e, take_row, error);
}

typedef bool (*WriteRow)(Export *e, Json *take_row, Span value, GError **error);

static bool write_observation(Export *e, Json *take_row, Span value, GError **error)
{
        return write_bytes(e, take_row, &observation__descriptor, value, error);
}

static bool write_frame(Export *e, Json *take_row, Span value, GError **error)
{
        return write_bytes(e, take_row, &frame__descriptor, value, error);
}

static bool write_findings(Export *e, Json *take_row, Span value, GError **error)
{
        return write_bytes(e, take_row, &findings__descriptor, value, error);
}

static bool export_table(Export *e, StoreTable table, const char *name, WriteRow write, GError **error)
{
        StoreWalk *walk = store_walk(e->store, table, &(StoreKey){.sweep = e->sweep->id});
        bool ok = true;
        StoreKey key;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                ok = write(e, row_of_key(e, name, &key), value, error);
                if (!ok)
                        g_prefix_error(error, "%s of %s, %s: ", name, key.market, key.package);
        }
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

/* ---- artifacts ------------------------------------------------------------------------------------------------------ */

/* The digests the sweep's observations name, each once, sorted. */
static GPtrArray *artifacts_of(Export *e, GError **error)
{
        GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
        StoreWalk *walk = store_walk(e->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = e->sweep->id});
        bool ok = true;
        StoreKey key;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Observation *o = record_observation(arena, value, error);
                ok = o != NULL;
                if (!ok || !o->artifact || g_hash_table_contains(known, o->artifact))
                        continue;
                g_ptr_array_add(list, g_strdup(o->artifact));
                g_hash_table_add(known, list->pdata[list->len - 1]);
        }
        if (store_walk_end(walk, ok ? error : NULL) && ok) {
                g_ptr_array_sort(list, by_text);
                return list;
        }
        g_ptr_array_unref(list);
        return NULL;
}

static bool export_artifact(Export *e, const char *artifact, const char *passes, Span bytes, GError **error)
{
        Json *row = row_new("artifacts");
        json_set_str(row, "artifact", artifact);
        json_set_str(row, "passes", passes);
        return write_bytes(e, row, &facts__descriptor, bytes, error);
}

static bool export_facts(Export *e, const char *artifact, GError **error)
{
        g_autofree char *passes = NULL;
        g_autoptr(GBytes) facts = artifact_facts(e->store, artifact, e->sweep->passes, &passes, error);
        return facts && export_artifact(e, artifact, passes, record_span(facts), error);
}

static bool export_artifacts(Export *e, GError **error)
{
        g_autoptr(GPtrArray) list = artifacts_of(e, error);
        for (guint i = 0; list && i < list->len; i++) {
                if (!export_facts(e, list->pdata[i], error))
                        return false;
        }
        return list != NULL;
}

static bool export_all(Export *e, GError **error)
{
        if (!export_sweep(e, error))
                return false;
        for (guint i = 0; i < e->markets->len; i++) {
                if (!export_listings(e, e->markets->pdata[i], error))
                        return false;
        }
        if (!export_table(e, STORE_FRAMES, "frames", write_frame, error) || !export_artifacts(e, error) ||
            !export_table(e, STORE_OBSERVATIONS, "observations", write_observation, error) ||
            !export_table(e, STORE_VECTORS, "vectors", write_vector, error) ||
            !export_table(e, STORE_FINDINGS, "findings", write_findings, error))
                return false;
        errno = 0;
        return fflush(e->out) == 0 || fault_errno(error, FAULT_IO, errno, "writing the export");
}

bool report_export(Store *store, uint32_t sweep, bool canonical, FILE *out, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Sweep *record = sweep_read(store, sweep, arena, error);
        if (!record)
                return false;
        g_autoptr(GPtrArray) markets = sweep_markets(record);
        Export e = {store, record, canonical, out, markets};
        if (export_all(&e, error))
                return true;
        g_prefix_error(error, "sweep %s: ", record->name);
        return false;
}
