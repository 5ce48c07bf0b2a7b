/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the privacy policies that the listings of a sweep name. */
#include "cli/cli.h"

#include "core/clock.h"
#include "core/text.h"
#include "crawler/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LEN = 64 };

static struct {
        char *text, *state;
} opt;

static const GOptionEntry entries[] = {
        {"text", 't', 0, G_OPTION_ARG_STRING, &opt.text, "Print the words of this page", "URL"},
        {"state", 0, 0, G_OPTION_ARG_STRING, &opt.state, "Only pages in this state", "STATE"},
        {NULL}};

typedef struct {
        char *key;
        Policy *policy; /* NULL: not asked for yet */
        char *url;
        uint64_t apps; /* of the sweep, that name it */
} Page;

typedef struct {
        Arena *arena;
        uint32_t sweep;
        GPtrArray *pages; /* Page, in the arena */
        Page *page;       /* whose rows are being walked */
        GError *error;
} Pages;

/* ---- reading: a page's own row, then a row for each app that names it ------------------------------------------ */

static bool is_named_in(const char *name, uint32_t sweep)
{
        g_autofree char *prefix = g_strdup_printf("/%u/", sweep);
        return strlen(name) > KEY_LEN && g_str_has_prefix(name + KEY_LEN, prefix);
}

static bool take_row(Pages *pages, const char *name, Span value)
{
        Policy *row = record_policy(pages->arena, value, &pages->error);
        if (!row || strlen(name) < KEY_LEN)
                return row != NULL;
        if (!pages->page || strncmp(pages->page->key, name, KEY_LEN) != 0) {
                pages->page = arena_new0(pages->arena, Page);
                pages->page->key = arena_strn(pages->arena, name, KEY_LEN);
                pages->page->url = row->url;
                g_ptr_array_add(pages->pages, pages->page);
        }
        if (strlen(name) == KEY_LEN)
                pages->page->policy = row;
        else
                pages->page->apps += is_named_in(name, pages->sweep);
        return true;
}

static const char *state_of(const Page *page)
{
        return page->policy ? page->policy->state : "waiting";
}

static int by_url(const void *a, const void *b)
{
        return strcmp((*(Page *const *)a)->url, (*(Page *const *)b)->url);
}

/* Pages that an app of the sweep names, sorted by URL. */
static bool read_pages(Store *store, Pages *pages, GError **error)
{
        StoreWalk *walk = store_walk(store, STORE_POLICIES, &(StoreKey){0});
        StoreKey key;
        for (Span value; !pages->error && store_walk_next(walk, &key, &value);)
                (void)take_row(pages, key.name, value);
        bool whole = store_walk_end(walk, pages->error ? NULL : error);
        if (pages->error)
                g_propagate_error(error, g_steal_pointer(&pages->error));
        guint kept = 0;
        for (guint i = 0; i < pages->pages->len; i++) {
                Page *page = g_ptr_array_index(pages->pages, i);
                if (page->apps && (!opt.state || g_str_equal(opt.state, state_of(page))))
                        pages->pages->pdata[kept++] = page;
        }
        g_ptr_array_set_size(pages->pages, (gint)kept);
        if (kept)
                qsort(pages->pages->pdata, kept, sizeof(void *), by_url);
        return whole && (!error || !*error);
}

static const PolicyCheck *last_check(const Page *page)
{
        return page->policy && page->policy->n_checks ? page->policy->checks[page->policy->n_checks - 1]
                                                      : NULL;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static void print_page(const Page *page)
{
        const PolicyCheck *check = last_check(page);
        g_autofree char *when = check ? clock_text(check->at_ms) : g_strdup("-");
        g_autofree char *status =
                check && check->has_status ? g_strdup_printf("%u", check->status) : g_strdup("-");
        g_autofree char *size =
                check && check->has_size ? text_bytes((guint64)MAX(check->size, 0)) : g_strdup("-");
        g_autofree char *url = text_terminal(page->url);
        printf("%-12s %-20s %6s %10s %7" G_GUINT64_FORMAT " %s\n", state_of(page), when, status, size,
               page->apps, url);
}

static void print_counts(const GPtrArray *pages, const Sweep *sweep)
{
        static const char *const states[] = {"fetched", "no-text",     "not-text",  "unreadable",
                                             "robots",  "blocked",     "forbidden", "too-large",
                                             "waiting", "unconfirmed", "dead"};
        g_autofree char *name = text_terminal(sweep->name);
        printf("%u privacy polic%s named in sweep %s", pages->len, pages->len == 1 ? "y" : "ies", name);
        const char *before = ": ";
        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                guint n = 0;
                for (guint k = 0; k < pages->len; k++)
                        n += g_str_equal(state_of(g_ptr_array_index(pages, k)), states[i]);
                if (n) {
                        printf("%s%s %u", before, states[i], n);
                        before = ", ";
                }
        }
        putchar('\n');
}

static void print_table(const GPtrArray *pages, const Sweep *sweep)
{
        print_counts(pages, sweep);
        if (pages->len)
                printf("%-12s %-20s %6s %10s %7s %s\n", "state", "checked", "status", "size", "apps", "page");
        for (guint i = 0; i < pages->len; i++)
                print_page(g_ptr_array_index(pages, i));
}

static void print_json(const GPtrArray *pages, const Sweep *sweep)
{
        g_autoptr(Json) root = json_map();
        json_set_str(root, "sweep", sweep->name);
        Json *list = json_set(root, "policies", json_list());
        for (guint i = 0; i < pages->len; i++) {
                const Page *page = g_ptr_array_index(pages, i);
                Json *item = json_add(list, json_map());
                json_set_str(item, "url", page->url);
                json_set_str(item, "state", state_of(page));
                json_set_int(item, "apps", (int64_t)page->apps);
                if (page->policy) {
                        json_set_str(item, "title", page->policy->title);
                        json_set_str(item, "language", page->policy->language);
                        json_set_str(item, "text_sha256", page->policy->text_sha256);
                        Json *checks = json_set(item, "checks", json_list());
                        for (size_t k = 0; k < page->policy->n_checks; k++)
                                json_add(checks, record_json(&page->policy->checks[k]->base, false));
                }
        }
        cli_print_json(root);
}

static bool print_text(Store *store, Arena *arena, GError **error)
{
        g_autofree char *url = policy_url(opt.text);
        if (!url)
                return fault(error, FAULT_USAGE, "--text: \"%s\" is no http(s) URL", opt.text);
        g_autofree char *key = policy_key(url);
        GError *cause = NULL;
        g_autoptr(GBytes) kept = store_get(store, STORE_POLICIES, &(StoreKey){.name = key}, &cause);
        const Policy *policy = kept ? record_policy(arena, record_span(kept), &cause) : NULL;
        if (cause) {
                g_propagate_error(error, cause);
                return false;
        }
        if (!policy || !policy->text)
                return fault(error, FAULT_NOT_FOUND, "no text of %s is kept%s%s", url,
                             policy ? ": its state is " : "", policy ? policy->state : "");
        g_autofree char *shown = text_terminal(policy->text);
        puts(shown);
        return true;
}

static int run(int argc, char **argv, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Store) store = cli_open_store(STORE_READ, error);
        if (!store)
                return -1;
        if (opt.text)
                return print_text(store, arena, error) ? EXIT_OK : -1;
        Sweep *sweep = cli_sweep(store, argc, argv, arena, error);
        if (!sweep)
                return -1;
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        Pages pages = {.arena = arena, .sweep = sweep->id, .pages = list};
        if (!read_pages(store, &pages, error))
                return -1;
        if (cli_common.json)
                print_json(list, sweep);
        else
                print_table(list, sweep);
        return EXIT_OK;
}

const Verb verb_policies = {.name = "policies",
                            .summary = "Tell what became of the privacy policies that listings name",
                            .operands = "[SWEEP]",
                            .description = "Pages that a sweep with --policies asked for, each with its "
                                           "state, when it was last asked for, the HTTP status, "
                                           "its size, and how many apps of the sweep name it. States: "
                                           "fetched; no-text (a page without words in it, often "
                                           "one that a browser's program fills in); not-text (PDF, image); "
                                           "unreadable; robots (robots.txt does not "
                                           "allow it); blocked (the host refuses this program); forbidden "
                                           "(no public address); too-large (over 16 MiB); "
                                           "unconfirmed (it was not there, once); dead (it was not there at "
                                           "two checks some time apart, and at none "
                                           "between); waiting. A page that is blocked, or that robots.txt "
                                           "keeps from us, may be there for people: it is "
                                           "never called dead.",
                            .example = "  overreach policies\n"
                                       "  overreach policies 2026-11-21 --state dead\n"
                                       "  overreach policies --text https://example.org/privacy",
                            .options = entries,
                            .run = run};
