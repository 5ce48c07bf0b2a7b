/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reports_invent.h - a store in a temporary folder, filled with sweeps of invented apps in words:
 *     invent_sweep(&store, 1, "spring", "alpha beta");
 *     invent_app(&store, 1, "alpha", "org.a", 3, "analysed", "permission:P sdk:S signer:X");
 *     invent_verdicts(&store, 1, "rules.1", "alpha", "org.a", "app-type:news verdict:undecided:P");
 *     invent_frame(&store, 1, "alpha", "org.a", "maps news", 2, NULL, (InventDraw){"market", 10, 5});            */
#ifndef TESTS_REPORTS_INVENT_H
#define TESTS_REPORTS_INVENT_H

#include "unit/unit.h"

#include "reports/words.h"

#include <glib/gstdio.h>

typedef struct {
        char *folder;
        Store *store;
        StoreBatch *batch;
} Invented;

static inline Invented invent_store(void)
{
        g_autoptr(GError) error = NULL;
        Invented in = {.folder = g_dir_make_tmp("overreach-reports-XXXXXX", &error)};
        must_succeed(in.folder != NULL, error);
        g_autofree char *path = g_build_filename(in.folder, "store", NULL);
        in.store = store_open(path, STORE_CREATE, &error);
        must_succeed(in.store != NULL, error);
        in.batch = store_batch_new(in.store);
        return in;
}

/* Everything invented so far is in the store afterwards. */
static inline void invent_commit(Invented *in)
{
        g_autoptr(GError) error = NULL;
        must_succeed(store_commit(in->store, g_steal_pointer(&in->batch), &error), error);
        in->batch = store_batch_new(in->store);
}

static inline void invent_remove(const char *path)
{
        GDir *dir = g_dir_open(path, 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
                g_autofree char *inner = g_build_filename(path, name, NULL);
                invent_remove(inner);
        }
        if (dir)
                g_dir_close(dir);
        g_remove(path);
}

static inline void invent_close(Invented *in)
{
        if (in->batch)
                store_batch_free(in->batch);
        store_close(in->store);
        invent_remove(in->folder);
        g_free(in->folder);
}

static inline void invent_put(Invented *in, StoreTable table, const StoreKey *key,
                              const ProtobufCMessage *record)
{
        g_autoptr(GBytes) bytes = record_pack_message(record);
        gsize len;
        const void *data = g_bytes_get_data(bytes, &len);
        store_put(in->batch, table, key, span_of(data, len));
}

static inline void invent_vector(Invented *in, const StoreKey *key, const char *words)
{
        g_auto(GStrv) ids = g_strsplit(words, " ", -1);
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        for (char **id = ids; *id; id++)
                g_ptr_array_add(list, *id);
        store_put_vector(in->batch, key, list);
}

static inline void invent_sweep(Invented *in, uint32_t id, const char *name, const char *markets)
{
        g_auto(GStrv) names = g_strsplit(markets, " ", -1);
        Sweep s = SWEEP__INIT;
        s.id = id;
        s.name = (char *)name;
        s.state = (char *)"done";
        s.passes = (char *)"manifest.1";
        s.program = (char *)"overreach 0.1.0";
        s.n_markets = g_strv_length(names);
        s.markets = names;
        s.has_started_ms = s.has_runs = true;
        s.started_ms = 1763755200000;
        s.runs = id;
        invent_put(in, STORE_SWEEPS, &(StoreKey){.sweep = id}, &s.base);
}

typedef struct {
        const char *stratum; /* NULL: no draw */
        uint64_t listed, taken;
} InventDraw;

static inline Draw *invent_draw(InventDraw said, Draw *draw)
{
        draw__init(draw);
        draw->stratum = (char *)said.stratum;
        draw->listed = said.listed;
        draw->taken = said.taken;
        draw->has_probability = true;
        draw->probability = (double)said.taken / (double)said.listed;
        return said.stratum ? draw : NULL;
}

/* An app that a market listed under categories ("" for none), `seen` times. left NULL: it was taken. */
static inline void invent_frame(Invented *in, uint32_t sweep, const char *market, const char *package,
                                const char *categories, uint32_t seen, const char *left, InventDraw said)
{
        g_auto(GStrv) names = g_strsplit(categories, " ", -1);
        Frame f = FRAME__INIT;
        Draw draw;
        f.n_categories = *categories ? g_strv_length(names) : 0;
        f.categories = names;
        f.has_seen = f.has_taken = true;
        f.seen = seen;
        f.taken = !left;
        f.left = (char *)left;
        f.draw = invent_draw(said, &draw);
        invent_put(in, STORE_FRAMES, &(StoreKey){.sweep = sweep, .market = market, .package = package},
                   &f.base);
}

/* What makes an observation other than those of invent_app; all may be left out. */
typedef struct {
        const char *tier, *label, *artifact;
        InventDraw draw;
} InventSeen;

static inline void invent_seen(Invented *in, uint32_t sweep, const char *market, const char *package,
                               const char *outcome, const char *facts, InventSeen more)
{
        Observation o = OBSERVATION__INIT;
        Draw draw;
        o.outcome = (char *)outcome;
        o.tier = (char *)more.tier;
        o.label = (char *)more.label;
        o.artifact = (char *)more.artifact;
        o.draw = invent_draw(more.draw, &draw);
        o.version_name = (char *)"v1";
        const StoreKey key = {.sweep = sweep, .layer = "facts", .market = market, .package = package};
        invent_put(in, STORE_OBSERVATIONS, &key, &o.base);
        g_autofree char *ids = g_strdup_printf("outcome:%s%s%s", outcome, *facts ? " " : "", facts);
        invent_vector(in, &key, ids);
}

/* Facts of an artifact whose signer states that it came from another key. */
static inline void invent_rotation(Invented *in, const char *artifact, const char *from, const char *to)
{
        PastSigner past[2], *lineage[] = {&past[0], &past[1]};
        past_signer__init(&past[0]);
        past_signer__init(&past[1]);
        past[0].sha256 = (char *)from;
        past[1].sha256 = (char *)to;
        Signer signer = SIGNER__INIT, *signers[] = {&signer};
        signer.scheme = (char *)"v3";
        signer.sha256 = (char *)to;
        signer.n_lineage = 2;
        signer.lineage = lineage;
        Facts f = FACTS__INIT;
        f.sha256 = (char *)artifact;
        f.outcome = (char *)"analysed";
        f.n_signers = 1;
        f.signers = signers;
        invent_put(in, STORE_ARTIFACTS, &(StoreKey){.artifact = artifact, .passes = "manifest.1"}, &f.base);
}

static inline void invent_app(Invented *in, uint32_t sweep, const char *market, const char *package,
                              int64_t version, const char *outcome, const char *facts)
{
        g_autofree char *name = g_strdup_printf("v%d", (int)version),
                        *bytes = g_strdup_printf("%s %s", package, name);
        g_autofree char *artifact = g_compute_checksum_for_string(G_CHECKSUM_SHA256, bytes, -1);
        Observation o = OBSERVATION__INIT;
        o.outcome = (char *)outcome;
        o.has_version_code = true;
        o.version_code = version;
        o.version_name = name;
        o.artifact = g_str_has_prefix(outcome, "unfetched") ? NULL : artifact;
        o.has_seen_at_ms = o.has_attempts = true;
        o.seen_at_ms = 1763755200000 + sweep;
        o.attempts = sweep;
        const StoreKey key = {.sweep = sweep, .layer = "facts", .market = market, .package = package};
        invent_put(in, STORE_OBSERVATIONS, &key, &o.base);
        g_autofree char *ids = g_strdup_printf("outcome:%s%s%s", outcome, *facts ? " " : "", facts);
        invent_vector(in, &key, ids);
}

static inline void invent_verdicts(Invented *in, uint32_t sweep, const char *rule_set, const char *market,
                                   const char *package, const char *ids)
{
        const StoreKey key = {.sweep = sweep, .layer = rule_set, .market = market, .package = package};
        invent_vector(in, &key, ids);
        Findings f = FINDINGS__INIT;
        f.rule_set = (char *)rule_set;
        f.type_how = (char *)"category:Maps";
        f.type_confidence = (char *)"medium";
        invent_put(in, STORE_FINDINGS, &key, &f.base);
}

static inline void invent_listing(Invented *in, uint32_t sweep, const char *market, const char *package,
                                  const char *label, const char *developer)
{
        g_autoptr(GError) error = NULL;
        Listing l = LISTING__INIT;
        l.market = (char *)market;
        l.package = (char *)package;
        l.label = (char *)label;
        l.developer = (char *)developer;
        must_succeed(store_put_listing(in->batch, sweep, &l, &error), error);
}

static inline ReportWords *invent_words(void)
{
        g_autoptr(GError) error = NULL;
        ReportWords *words = report_words_load(TEST_DATA_DIR, &error);
        must_succeed(words != NULL, error);
        return words;
}

static inline const Table *table_named(const GPtrArray *tables, const char *key)
{
        for (guint i = 0; i < tables->len; i++) {
                const Table *table = tables->pdata[i];
                if (g_str_equal(table->key, key))
                        return table;
        }
        fail_msg("no table %s", key);
        return NULL;
}

/* The row whose first cell says `first`. */
static inline const Cell *row_of(const Table *table, const char *first)
{
        for (guint i = 0; i < table->rows->len; i++) {
                const Cell *row = table_cell(table, i, 0);
                if (g_strcmp0(row->text, first) == 0)
                        return row;
        }
        fail_msg("no row %s in %s", first, table->key);
        return NULL;
}

static inline void must_be_share(const Cell *cell, int64_t n, int64_t of)
{
        assert_int_equal(cell->kind, CELL_SHARE);
        assert_int_equal(cell->n, n);
        assert_int_equal(cell->of, of);
}

/* Every id in a column of names has its name in both languages. */
static inline void must_be_named(const Table *table, const ReportWords *words)
{
        for (guint i = 0; i < table->rows->len; i++) {
                for (size_t k = 0; k < table->n_columns; k++) {
                        const char *names = table->columns[k].names, *id = table_cell(table, i, k)->text;
                        if (names && id &&
                            (!words_name(words, names, id, "en") || !words_name(words, names, id, "zh")))
                                fail_msg("%s: \"%s.%s\" has no name", table->key, names, id);
                }
        }
}

static inline void must_be_list(const Cell *cell, const char *joined)
{
        g_autofree char *items = cell->kind == CELL_LIST ? g_strjoinv(" ", cell->items) : g_strdup("");
        assert_string_equal(items, joined);
}

#endif
