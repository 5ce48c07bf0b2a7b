/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c - reads everything there is, with checksums, and asks of every row whether what it points at is
 * there. */
#include "store/inside.h"

#include "core/digest.h"
#include "core/factid.h"
#include "core/text.h"

typedef struct {
        Store *store;
        StoreCheck *check;
        void (*tell)(const char *line, void *context);
        void *context;
        Arena *arena; /* of the row being looked at */
} Check;

static void problem(Check *c, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void problem(Check *c, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *line = g_strdup_vprintf(format, args);
        va_end(args);
        g_autofree char *plain = text_terminal(line);
        c->check->problems++;
        if (c->tell)
                c->tell(plain, c->context);
}

static void key_problem(Check *c, StoreTable table, const StoreKey *key, const char *what)
{
        g_autofree char *text = key_text(table, key);
        problem(c, "%s: %s", text, what);
}

/* ---- what a row points at ------------------------------------------------------------------------------ */

static bool is_there(Check *c, DbFamily family, const KeyBytes *prefix)
{
        DbIter *iter = db_iter(c->store->db, family, key_span(prefix), NULL, 0);
        Span key, value;
        bool there = db_iter_next(iter, &key, &value);
        GError *why = NULL;
        if (!db_iter_end(iter, &why)) {
                problem(c, "%s", why->message);
                g_error_free(why);
        }
        return there;
}

static void needs_observation(Check *c, StoreTable table, const StoreKey *key)
{
        KeyBytes bytes;
        if (!key_spell(STORE_OBSERVATIONS, key, &bytes, NULL) || !is_there(c, DB_OBSERVATIONS, &bytes))
                key_problem(c, table, key, "there is no observation to it");
}

static void check_observation(Check *c, const StoreKey *key, const Observation *seen)
{
        GError *why = NULL;
        g_autoptr(GBytes) listing = store_listing(c->store, key->market, key->package, key->sweep, &why);
        if (why)
                key_problem(c, STORE_OBSERVATIONS, key, why->message);
        else if (!listing)
                key_problem(c, STORE_OBSERVATIONS, key, "there is no listing to it");
        g_clear_error(&why);
        KeyBytes prefix;
        if (!seen->artifact)
                return;
        if (!key_spell_prefix(STORE_ARTIFACTS, &(StoreKey){.artifact = seen->artifact}, &prefix, NULL) ||
            !is_there(c, DB_ARTIFACTS, &prefix)) {
                g_autofree char *what = g_strdup_printf("its artifact %.80s is not there", seen->artifact);
                key_problem(c, STORE_OBSERVATIONS, key, what);
        }
}

static void check_vector(Check *c, const StoreKey *key, Span value)
{
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        if (!vector_decode(value, ids))
                key_problem(c, STORE_VECTORS, key, "it is no packed list of fact ids");
        for (guint i = 0; i < ids->len; i++) {
                guint32 number = g_array_index(ids, guint32, i);
                if (store_fact(c->store, number))
                        continue;
                g_autofree char *what = g_strdup_printf("fact id %u has no text", number);
                key_problem(c, STORE_VECTORS, key, what);
        }
        needs_observation(c, STORE_VECTORS, key);
}

/* ---- rows of the tables -------------------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *record_type(StoreTable table, const StoreKey *key)
{
        switch (table) {
        case STORE_LISTINGS: return &listing__descriptor;
        case STORE_ARTIFACTS: return &facts__descriptor;
        case STORE_OBSERVATIONS: return &observation__descriptor;
        case STORE_FINDINGS: return &findings__descriptor;
        case STORE_HOSTS: return &host_state__descriptor;
        case STORE_SWEEPS: return &sweep__descriptor;
        case STORE_FRAMES: return &frame__descriptor;
        case STORE_CONDUCT: return &conduct__descriptor;
        case STORE_POLICIES: return &policy__descriptor;
        case STORE_META: return g_str_has_prefix(key->name, "market/") ? &market_state__descriptor : NULL;
        default: return NULL;
        }
}

/* Does the record say of itself what its key says? */
static bool names_itself(StoreTable table, const StoreKey *key, const void *record)
{
        const Listing *listing = record;
        const Facts *facts = record;
        switch (table) {
        case STORE_LISTINGS:
                return g_str_equal(listing->market, key->market) &&
                       g_str_equal(listing->package, key->package);
        case STORE_ARTIFACTS:
                return !hex_is_sha256(key->artifact) || g_str_equal(facts->sha256, key->artifact);
        case STORE_FINDINGS: return g_str_equal(((const Findings *)record)->rule_set, key->layer);
        case STORE_HOSTS: return g_str_equal(((const HostState *)record)->host, key->name);
        case STORE_SWEEPS: return ((const Sweep *)record)->id == key->sweep;
        case STORE_CONDUCT: return g_str_equal(((const Conduct *)record)->host, key->name);
        default: return true;
        }
}

static void check_row(Check *c, StoreTable table, const StoreKey *key, Span value)
{
        const ProtobufCMessageDescriptor *type = record_type(table, key);
        const void *record = type ? record_unpack_message(c->arena, type, value, NULL) : NULL;
        if (type && !record)
                key_problem(c, table, key, "its record cannot be read");
        else if (record && !names_itself(table, key, record))
                key_problem(c, table, key, "its record is about something else");
        else if (table == STORE_OBSERVATIONS)
                check_observation(c, key, record);
        else if (table == STORE_FINDINGS)
                needs_observation(c, table, key);
        else if (table == STORE_VECTORS)
                check_vector(c, key, value);
        else if (table == STORE_COUNTERS && value.len != sizeof(uint64_t))
                key_problem(c, table, key, "it is no number");
}

/* `each` sees every row of a family; a block that cannot be read ends that family and is told with its file.
 */
static void each_row(Check *c, DbFamily family, void (*each)(Check *c, DbFamily family, Span key, Span value))
{
        DbIter *iter = db_iter(c->store->db, family, (Span){NULL, 0}, NULL, DB_SCAN);
        for (Span key, value; db_iter_next(iter, &key, &value);) {
                c->arena = arena_new();
                each(c, family, key, value);
                arena_free(c->arena);
        }
        GError *why = NULL;
        if (!db_iter_end(iter, &why)) {
                problem(c, "%s", why->message);
                g_error_free(why);
        }
}

static void check_table_row(Check *c, DbFamily family, Span key, Span value)
{
        StoreTable table = (StoreTable)family;
        StoreKey parts;
        uint32_t number;
        KeyBytes schema;
        key_spell_schema(&schema);
        if (key_read(table, key, &parts)) {
                c->check->rows[table]++;
                check_row(c, table, &parts, value);
        } else if (family != DB_META || !(span_eq(key, key_span(&schema)) || key_read_fact(key, &number))) {
                problem(c, "%s: a key of %zu bytes is none of ours", key_table_name(table), key.len);
        }
}

static void check_facts(Check *c)
{
        for (uint32_t number = 1; number <= store_fact_count(c->store); number++)
                if (!store_fact(c->store, number))
                        problem(c, "meta: fact id %u is missing", number);
        guint texts = g_hash_table_size(c->store->fact_numbers);
        if (texts < store_fact_count(c->store))
                problem(c, "meta: %u fact ids, but only %u different texts", store_fact_count(c->store),
                        texts);
}

/* ---- rows of the errands ------------------------------------------------------------------------------- */

static void check_open(Check *c, const ErrandKey *key, Span value)
{
        const Errand *errand = record_errand(c->arena, value, NULL);
        KeyBytes index;
        if (!errand)
                problem(c, "errands: %s of sweep %u: its record cannot be read", key->id, key->sweep);
        else if (errand->sweep != key->sweep || !g_str_equal(errand->id, key->id))
                problem(c, "errands: %s of sweep %u: its record is about something else", key->id,
                        key->sweep);
        else if (!errand_index(errand, &index, NULL) || !is_there(c, DB_ERRANDS, &index))
                problem(c, "errands: %s of sweep %u is in no index and would never be done", key->id,
                        key->sweep);
        c->check->errands++;
}

static void check_index(Check *c, const ErrandKey *key, Span bytes)
{
        GError *why = NULL;
        const Errand *errand = errand_get(c->store, key->sweep, key->id, c->arena, &why);
        KeyBytes index;
        if (why)
                problem(c, "%s", why->message);
        else if (!errand)
                problem(c, "errands: an index names %s of sweep %u, which is not there", key->id, key->sweep);
        else if (!errand_index(errand, &index, NULL) || !span_eq(key_span(&index), bytes))
                problem(c, "errands: an index puts %s of sweep %u where it is not", key->id, key->sweep);
        g_clear_error(&why);
}

static void check_ended(Check *c, const ErrandKey *key, Span value)
{
        KeyBytes open;
        ErrandKey other = {.row = ERRAND_OPEN, .sweep = key->sweep, .id = key->id};
        if (value.len == 0 || (value.data[0] != 'd' && value.data[0] != 'x'))
                problem(c, "errands: %s of sweep %u ended in no known way", key->id, key->sweep);
        if (key_spell_errand(&other, &open, NULL) && is_there(c, DB_ERRANDS, &open))
                problem(c, "errands: %s of sweep %u has ended and is still open", key->id, key->sweep);
        c->check->errands++;
}

static void check_errand_row(Check *c, DbFamily family, Span key, Span value)
{
        (void)family;
        ErrandKey parts;
        if (!key_read_errand(key, &parts)) {
                problem(c, "errands: a key of %zu bytes is none of ours", key.len);
                return;
        }
        switch (parts.row) {
        case ERRAND_OPEN: check_open(c, &parts, value); break;
        case ERRAND_ENDED: check_ended(c, &parts, value); break;
        case ERRAND_WAITING:
        case ERRAND_LEASED: check_index(c, &parts, key); break;
        }
}

bool store_verify(Store *store, StoreCheck *check, void (*tell)(const char *line, void *context),
                  void *context, GError **error)
{
        *check = (StoreCheck){0};
        Check c = {store, check, tell, context, NULL};
        if (!store_flush(store, error)) /* what is gathered is looked at too */
                return false;
        for (StoreTable table = 0; table < STORE_TABLES; table++)
                each_row(&c, (DbFamily)table, check_table_row);
        check_facts(&c);
        each_row(&c, DB_ERRANDS, check_errand_row);
        return true;
}
