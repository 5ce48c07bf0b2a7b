/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/extents.h"

#include "analyzer/apk/load.h"
#include "analyzer/apk/signer.h"

#include <stdlib.h>

enum { TEXT = 4096, TEXTS = 256 };

typedef struct {
        Arena *arena;
        int fd;
        uint64_t size;
        bool code; /* tier dex */
        const Held *held;
        Zip *zip;
        GArray *wanted; /* of Gap, in any order */
        uint64_t later; /* bytes that will probably be wanted when these are here */
        Ranges *out;
} Plan;

typedef struct {
        uint64_t from, to;
        bool asked; /* false: only taken along where something is fetched anyway */
} Gap;

static void take_whole(Plan *p, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void take_whole(Plan *p, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *why = g_strdup_vprintf(format, args);
        va_end(args);
        p->out->whole = arena_utf8(p->arena, span_str(why));
}

/* ---- what is wanted, without what is here */

static void add_gap(Plan *p, uint64_t from, uint64_t to, bool asked)
{
        Gap gap = {from, to, asked};
        if (from < to)
                g_array_append_val(p->wanted, gap);
}

static void add(Plan *p, uint64_t from, uint64_t to, bool asked)
{
        to = MIN(to, p->size);
        for (size_t i = 0; i < p->held->n && from < to; i++) {
                const Extent *e = p->held->list[i];
                if (e->to <= from || e->from >= to)
                        continue;
                add_gap(p, from, e->from, asked);
                from = e->to;
        }
        add_gap(p, from, to, asked);
}

static void want(Plan *p, uint64_t from, uint64_t to)
{
        add(p, from, to, true);
}

static int by_place(const void *a, const void *b)
{
        const Gap *x = a, *y = b;
        return (x->from > y->from) - (x->from < y->from);
}

/* Closes gaps of less than `gap` bytes, but none that begins or ends with what is here already. */
static void close_gaps(Plan *p, uint64_t gap)
{
        guint n = 0;
        Gap *list = (Gap *)(void *)p->wanted->data;
        for (guint i = 1; i < p->wanted->len; i++) {
                Gap *last = &list[n], *next = &list[i];
                bool apart = next->from > last->to;
                bool here = apart && (held_has(p->held, last->to, last->to + 1) ||
                                      held_has(p->held, next->from - 1, next->from));
                if (apart && (here || next->from - last->to > gap)) {
                        list[++n] = *next;
                        continue;
                }
                last->to = MAX(last->to, next->to);
                last->asked = last->asked || next->asked;
        }
        if (p->wanted->len)
                g_array_set_size(p->wanted, n + 1);
}

static void drop_unasked(Plan *p)
{
        guint n = 0;
        for (guint i = 0; i < p->wanted->len; i++) {
                if (g_array_index(p->wanted, Gap, i).asked)
                        g_array_index(p->wanted, Gap, n++) = g_array_index(p->wanted, Gap, i);
        }
        g_array_set_size(p->wanted, n);
}

static uint64_t sum_wanted(const Plan *p)
{
        uint64_t n = 0;
        for (guint i = 0; i < p->wanted->len; i++)
                if (g_array_index(p->wanted, Gap, i).asked)
                        n += g_array_index(p->wanted, Gap, i).to - g_array_index(p->wanted, Gap, i).from;
        return n;
}

static void answer(Plan *p)
{
        g_array_sort(p->wanted, by_place);
        close_gaps(p, EXTENTS_GAP);
        drop_unasked(p);
        for (uint64_t gap = EXTENTS_GAP; p->wanted->len > EXTENTS_RANGES && gap < p->size; gap *= 2)
                close_gaps(p, gap * 2);
        if (p->wanted->len > EXTENTS_RANGES) {
                take_whole(p, "what is needed lies in %u places", p->wanted->len);
                return;
        }
        for (guint i = 0; i < p->wanted->len; i++) {
                const Gap *gap = &g_array_index(p->wanted, Gap, i);
                Extent *e = record_new(p->arena, Extent, extent__init);
                e->from = gap->from;
                e->to = gap->to;
                arena_push(p->arena, &p->out->n_wanted, &p->out->wanted, e);
        }
        p->out->has_enough = true;
        p->out->enough = !p->out->n_wanted;
}

/* Enough must be saved; what is fetched already counts as spent. */
static void check_saving(Plan *p)
{
        uint64_t need = held_bytes(p->held) + sum_wanted(p) + p->later;
        if (need > p->size / 100 * (100 - EXTENTS_SAVING))
                take_whole(p, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes would be needed", need,
                           p->size);
}

/* ---- end record and directory */

static void want_tail(Plan *p)
{
        uint64_t tail = p->size / EXTENTS_TAIL_SHARE;
        want(p, p->size - CLAMP(tail, EXTENTS_TAIL_LEAST, EXTENTS_TAIL_MOST), p->size);
}

/* With room for the signing block when it is the directory that begins there. */
static void want_directory(Plan *p, uint64_t missing)
{
        want(p, missing - MIN(missing, (uint64_t)SIGNER_BLOCK_USUAL), p->size);
        check_saving(p);
}

static const char *first_reject(const Zip *zip)
{
        const Oddities *odd = zip_oddities(zip);
        for (size_t i = 0; i < odd->n; i++) {
                if (odd->list[i]->rejects)
                        return odd->list[i]->code;
        }
        return NULL;
}

/* Opens the archive when its directory is here. */
static bool open_directory(Plan *p)
{
        GError *error = NULL;
        uint64_t missing = 0;
        if (!held_has(p->held, p->size - 1, p->size)) {
                want_tail(p);
                return false;
        }
        p->zip = zip_map_part(p->fd, p->held, &missing, p->arena, &error);
        if (!p->zip && fault_is(error, FAULT_NOT_FOUND))
                want_directory(p, missing);
        else if (!p->zip)
                take_whole(p, "damaged: %s", error->message);
        else if (first_reject(p->zip))
                take_whole(p, "damaged: %s", first_reject(p->zip));
        else if (!zip_find(p->zip, "AndroidManifest.xml"))
                take_whole(p, "a container of APKs, or no app: no AndroidManifest.xml at its root");
        g_clear_error(&error);
        return p->zip && !p->out->whole;
}

/* ---- entries */

static bool want_entry(Plan *p, const ZipEntry *e)
{
        uint64_t from, to;
        zip_entry_range(p->zip, e, &from, &to);
        want(p, from, to);
        return held_has(p->held, from, to);
}

static void want_signers(Plan *p)
{
        uint64_t from, to;
        size_t n = 0;
        const ZipEntry **entries = NULL;
        signer_block_range(p->zip, &from, &to);
        want(p, from, to);
        /* Until the block is here, nobody knows whether the lists are looked at. */
        bool lists = held_has(p->held, from, to) && !signer_has_newer(p->zip);
        signer_v1_entries(p->zip, lists, p->arena, &n, &entries);
        for (size_t i = 0; i < n; i++)
                want_entry(p, entries[i]);
}

static void want_code(Plan *p)
{
        char name[LOAD_DEX_NAME];
        const ZipEntry *e;
        for (unsigned i = 1; i <= LOAD_DEX_FILES && (e = load_dex_entry(p->zip, i, name)); i++)
                want_entry(p, e);
}

/* The small texts that tell versions and services of SDKs: pass sdks reads those that are here. */
static bool is_text(Span name)
{
        static const char meta[] = "META-INF/";
        const char *end = name.len ? (const char *)name.data + name.len : NULL;
        bool inside = span_starts(name, span_str(meta));
        Span rest = inside ? span_from(name, sizeof meta - 1) : name;
        bool deep = rest.len && memchr(rest.data, '/', rest.len);
        if (!deep && name.len > 11 && memcmp(end - 11, ".properties", 11) == 0)
                return true;
        if (!inside)
                return false;
        return (!deep && rest.len > 8 && memcmp(end - 8, ".version", 8) == 0) ||
               span_starts(rest, span_str("services/")) ||
               (span_starts(rest, span_str("maven/")) && rest.len > 15 &&
                memcmp(end - 15, "/pom.properties", 15) == 0);
}

static void add_texts(Plan *p)
{
        unsigned n = 0;
        for (size_t i = 0; i < zip_count(p->zip) && n < TEXTS; i++) {
                const ZipEntry *e = zip_at(p->zip, i);
                uint64_t from, to;
                if (e->size > TEXT || !is_text(e->name))
                        continue;
                n++;
                zip_entry_range(p->zip, e, &from, &to);
                add(p, from, to, false);
        }
}

/* ---- what the manifest refers to */

static bool is_worth_it(const Plan *p, const ZipEntry *table)
{
        return p->code || table->compressed <= MAX((uint64_t)EXTENTS_TABLE, p->size / EXTENTS_TABLE_SHARE);
}

static void want_front(Plan *p, const ZipEntry *table)
{
        uint64_t from, to, rest = table->size - load_arsc_front(table);
        zip_entry_range(p->zip, table, &from, &to);
        if (table->method == 0 && to - from > rest)
                to -= rest;
        want(p, from, to);
}

static void want_table(Plan *p, const ZipEntry *table, const Manifest *m)
{
        Span front;
        if (is_worth_it(p, table))
                want_entry(p, table);
        else if (!m->unfetched)
                return;
        else if (zip_read_front(p->zip, table, load_arsc_front(table), &front, NULL))
                want_entry(p, table);
        else
                want_front(p, table);
}

static void want_referred(Plan *p)
{
        const ZipEntry *table = zip_find(p->zip, "resources.arsc");
        Load load = {.arena = p->arena, .zip = p->zip, .held = p->held};
        const char *why;
        bool read = load_manifest(&load, &why, NULL);
        const Manifest *m = &load.manifest;
        if (table && m->unfetched + m->unfetched_texts)
                want_table(p, table, m);
        const char *path = read ? m->application.network_config : NULL;
        const ZipEntry *config = path ? zip_find(p->zip, path) : NULL;
        if (config)
                want_entry(p, config);
}

/* The table beside the manifest comes with it, and will mostly be wanted wherever it lies. */
static void expect_table(Plan *p)
{
        const ZipEntry *table = zip_find(p->zip, "resources.arsc");
        const ZipEntry *manifest = zip_find(p->zip, "AndroidManifest.xml");
        uint64_t from, to, m_from, m_to;
        if (!table || !is_worth_it(p, table) || zip_is_here(p->zip, table))
                return;
        zip_entry_range(p->zip, table, &from, &to);
        zip_entry_range(p->zip, manifest, &m_from, &m_to);
        bool near = from <= m_to + EXTENTS_GAP && m_from <= to + EXTENTS_GAP;
        if (near)
                want(p, from, to);
        else
                p->later += to - from;
}

static void want_entries(Plan *p)
{
        want_signers(p);
        bool here = want_entry(p, zip_find(p->zip, "AndroidManifest.xml"));
        if (p->code)
                want_code(p);
        if (here)
                want_referred(p);
        else
                expect_table(p);
        add_texts(p);
        if (p->held->n == 1) /* nothing but the file's end is here yet */
                check_saving(p);
}

Ranges *extents_wanted(int fd, const char *tier, uint64_t size, const Held *held, Arena *arena)
{
        g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(Gap));
        Plan plan = {.arena = arena,
                     .fd = fd,
                     .size = size,
                     .code = g_str_equal(tier, "dex"),
                     .held = held,
                     .wanted = wanted,
                     .out = record_new(arena, Ranges, ranges__init)};
        if (size < EXTENTS_LEAST || size > ZIP_FILE_LIMIT)
                take_whole(&plan, "%" G_GUINT64_FORMAT " bytes: ranges pay from %d on", size, EXTENTS_LEAST);
        else if (!held_is_sound(held, size))
                take_whole(&plan, "the extents are not in order, or past the file");
        else if (open_directory(&plan))
                want_entries(&plan);
        if (!plan.out->whole)
                answer(&plan);
        zip_unmap(plan.zip);
        return plan.out;
}
