/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside.h - what the files of this room share behind the door: the open store, and how a write becomes
 * durable.
 *
 * Every write goes the same way: a StoreBatch collects operations, store_gather() adds them whole to what is
 * gathered (or refuses them whole), and store_flush() writes all that is gathered, with the fact ids it
 * needs, in one synced batch. A call that is durable on return gathers and flushes, so writes never overtake
 * each other. Errands read through what is gathered; tables read what is flushed. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "store/db.h"
#include "store/key.h"
#include "store/store.h"

struct Store {
        Db *db;
        char *directory;
        bool writable;
        DbBatch *gathered; /* NULL when open for reading */
        size_t n_gathered; /* completions and failures in it */
        GError *failed;    /* why the last write failed; nothing is written after that */

        GHashTable *fact_numbers; /* text -> number; the text is owned by fact_texts */
        GPtrArray *fact_texts;    /* number - 1 -> text; NULL where a row is missing */
        uint32_t facts_saved;     /* numbers up to this one are written */

        GHashTable *tallies; /* sweep -> Tally (tally.c) */
};

/* ---- batch.c */
typedef enum { OP_PUT, OP_DELETE, OP_ADD } OpKind;
typedef struct {
        OpKind kind;
        DbFamily family;
        size_t at, key_len, value_len; /* key, then value, in the batch's bytes */
} Op;

struct StoreBatch {
        Store *store;
        GArray *ops;
        GByteArray *bytes;
        GError *error; /* the first operation that could not be taken; refuses the whole batch */
};

void batch_put(StoreBatch *batch, DbFamily family, Span key, Span value);
void batch_delete(StoreBatch *batch, DbFamily family, Span key);
void batch_refuse(StoreBatch *batch, GError *take_error);

/* Adds the operations to what is gathered, all or none. Takes the batch in any case. */
bool store_gather(Store *store, StoreBatch *take, GError **error);
/* False with the reason when the store cannot take writes (opened for reading, or a write failed before). */
bool store_writable(const Store *store, GError **error);

/* ---- facts.c */
bool facts_load(Store *store, GError **error);
void facts_free(Store *store);
uint32_t facts_intern(Store *store, const char *id);
void facts_gather(Store *store); /* numbers given out since the last write join what is gathered */

/* ---- tally.c: per sweep, counts of errands and where each host's waiting ones begin; kept by every gathered
 * row */
typedef struct Tally Tally;
Tally *tally_of(Store *store, uint32_t sweep, GError **error); /* read in at the first use */
void tally_row(Store *store, bool put, Span key, Span value);
void tally_free(Tally *tally);
ErrandCounts tally_counts(const Tally *tally);
/* No waiting row of the host lies before this key. Skips what thousands of finished errands leave behind in
 * RocksDB. */
Span tally_first(Tally *tally, const char *host);
void tally_passed(Tally *tally, const char *host, Span key); /* rows before key are gone */
void tally_hosts(const Tally *tally, GPtrArray *hosts); /* with something waiting, sorted, char * to g_free */
uint64_t tally_waiting(const Tally *tally, const char *host);
void tally_each(const Tally *tally, void (*each)(const char *host, uint64_t waiting, void *context),
                void *context);

/* ---- errands.c: an errand that is not ended has an ERRAND_OPEN row and one index row, after its state:
 * leased when it has an owner, else waiting. */
/* NULL, no error: none */
Errand *errand_get(Store *store, uint32_t sweep, const char *id, Arena *arena, GError **error);
bool errand_put(StoreBatch *batch, const Errand *errand, GError **error);  /* the row and its index row */
bool errand_hide(StoreBatch *batch, const Errand *errand, GError **error); /* takes its index row away */
bool errand_index(const Errand *errand, KeyBytes *out, GError **error);    /* the key of its index row */
/* an index row without errand */
bool errand_at_odds(const Store *store, uint32_t sweep, const char *id, GError **error);

#endif
