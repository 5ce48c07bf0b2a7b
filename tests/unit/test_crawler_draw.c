/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/store_words.h"

#include "crawler/draw.h"
#include "crawler/sample.h"

#include <glib/gstdio.h>
#include <stdlib.h>

enum { SEED = 7 };

typedef struct {
        char *folder;
        Store *store;
} Room;

static Room enter(void)
{
        Room room = {.folder = new_folder()};
        room.store = must_open(room.folder, STORE_CREATE);
        return room;
}

static void leave(Room *room)
{
        store_close(room->store);
        remove_folder(room->folder);
}

/* ---- saying what a market lists -------------------------------------------------------------------------------- */

/* "org.a:maps,news:1200" is an app in two categories with 1,200 downloads; parts may be missing. */
static bool list_one(Room *room, StoreBatch *batch, const char *market, const char *said,
                     const char *category, GHashTable *unflushed)
{
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) parts = g_strsplit(said, ":", 3);
        g_auto(GStrv) categories = g_strsplit(parts[1] && *parts[1] ? parts[1] : "", ",", -1);
        Listing l = LISTING__INIT;
        l.market = (char *)market;
        l.package = parts[0];
        l.n_categories = parts[1] && *parts[1] ? g_strv_length(categories) : 0;
        l.categories = categories;
        if (parts[1] && parts[2]) {
                l.has_downloads = true;
                l.downloads = g_ascii_strtoull(parts[2], NULL, 10);
        }
        bool known = false;
        must_succeed(draw_listed(room->store, batch, 1, &l, category, unflushed, &known, &error), error);
        return known;
}

static void commit(Room *room, StoreBatch *batch)
{
        g_autoptr(GError) error = NULL;
        must_succeed(store_commit(room->store, batch, &error), error);
}

static void list_apps(Room *room, const char *market, const char *words)
{
        StoreBatch *batch = store_batch_new(room->store);
        g_auto(GStrv) apps = g_strsplit(words, " ", -1);
        for (char **app = apps; *app; app++)
                list_one(room, batch, market, *app, NULL, NULL);
        commit(room, batch);
}

/* from "org.app000" on, `n` apps of a category */
static void list_many(Room *room, const char *market, const char *prefix, int n, const char *category)
{
        StoreBatch *batch = store_batch_new(room->store);
        for (int i = 0; i < n; i++) {
                g_autofree char *app = g_strdup_printf("%s%04d:%s", prefix, i, category);
                list_one(room, batch, market, app, NULL, NULL);
        }
        commit(room, batch);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

typedef struct {
        GString *names;
        int taken, stop_after; /* 0: never */
} Taken;

static bool take(const char *package, const Frame *frame, void *context)
{
        Taken *t = context;
        assert_true(frame->taken && !frame->left && frame->draw);
        if (t->stop_after && t->taken == t->stop_after)
                return false;
        t->taken++;
        g_string_append_printf(t->names, "%s%s", t->names->len ? " " : "", package);
        return true;
}

static char *draw(Room *room, const char *market, const DrawRule *rule, DrawCount *count)
{
        g_autoptr(GError) error = NULL;
        Taken t = {.names = g_string_new(NULL)};
        DrawCount own;
        bool ok = draw_market(room->store, 1, market, rule, take, &t, count ? count : &own, &error);
        must_succeed(ok, error);
        return g_string_free(t.names, FALSE);
}

static Frame *frame_of(Room *room, Arena *arena, const char *market, const char *package)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes =
                store_get(room->store, STORE_FRAMES,
                          &(StoreKey){.sweep = 1, .market = market, .package = package}, &error);
        assert_non_null(bytes);
        Frame *frame = record_frame(arena, record_span(bytes), &error);
        must_succeed(frame != NULL, error);
        return frame;
}

/* All frame rows of the sweep as one text. */
static char *all_rows(Room *room)
{
        g_autoptr(GError) error = NULL;
        GString *all = g_string_new(NULL);
        StoreWalk *walk = store_walk(room->store, STORE_FRAMES, &(StoreKey){.sweep = 1});
        StoreKey key;
        for (Span value; store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                Frame *frame = record_frame(arena, value, &error);
                must_succeed(frame != NULL, error);
                Json *json = record_json(&frame->base, false);
                g_autofree char *text = json_print(json, false);
                json_free(json);
                g_string_append_printf(all, "%s/%s %s\n", key.market, key.package, text);
        }
        must_succeed(store_walk_end(walk, &error), error);
        return g_string_free(all, FALSE);
}

static int words_in(const char *text)
{
        g_auto(GStrv) words = g_strsplit(text, " ", -1);
        return *text ? (int)g_strv_length(words) : 0;
}

/* ---- what a market lists ------------------------------------------------------------------------------------------ */

static void an_app_in_two_categories_is_one_row_with_both(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GHashTable) unflushed = draw_unflushed_new();
        StoreBatch *batch = store_batch_new(room.store);
        assert_false(list_one(&room, batch, "m", "org.a::50", "news", unflushed));
        assert_true(list_one(&room, batch, "m", "org.a::70", "maps", unflushed)); /* same batch */
        commit(&room, batch);
        g_hash_table_remove_all(unflushed);
        batch = store_batch_new(room.store);
        assert_true(list_one(&room, batch, "m", "org.a::60", "news", unflushed)); /* a later page */
        assert_false(list_one(&room, batch, "other", "org.a", "news", unflushed));
        commit(&room, batch);
        const Frame *frame = frame_of(&room, arena, "m", "org.a");
        assert_int_equal(frame->n_categories, 2);
        assert_string_equal(frame->categories[0], "maps");
        assert_string_equal(frame->categories[1], "news");
        assert_int_equal(frame->seen, 3);
        assert_int_equal(frame->downloads, 70);
        leave(&room);
}

static void an_index_that_a_kill_cut_short_counts_no_app_twice(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        list_apps(&room, "m", "org.a:maps org.b:news");
        list_apps(&room, "m", "org.a:maps org.b:news org.c:news");
        DrawCount count;
        g_autofree char *taken = draw(&room, "m", &(DrawRule){0}, &count);
        assert_string_equal(taken, "org.a org.b org.c");
        assert_int_equal(frame_of(&room, arena, "m", "org.a")->seen, 1);
        assert_int_equal(count.listed, 3);
        assert_int_equal(count.duplicates, 0);
        leave(&room);
}

static void pages_in_any_order_make_the_same_row(void **state)
{
        (void)state;
        static const char *const pages[] = {"org.a:x:5", "org.a:b,z:9", "org.a:a:7"};
        Room one = enter(), other = enter();
        for (int i = 0; i < 3; i++) {
                list_apps(&one, "m", pages[i]);
                list_apps(&other, "m", pages[2 - i]);
        }
        g_autofree char *a = all_rows(&one), *b = all_rows(&other);
        assert_string_equal(a, b);
        leave(&one);
        leave(&other);
}

static void an_app_keeps_at_most_64_categories_the_first_by_name(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        StoreBatch *batch = store_batch_new(room.store);
        g_autoptr(GHashTable) unflushed = draw_unflushed_new();
        for (int i = 199; i >= 0; i--) {
                g_autofree char *category = g_strdup_printf("c%03d", i);
                list_one(&room, batch, "m", "org.a", category, unflushed);
        }
        commit(&room, batch);
        const Frame *frame = frame_of(&room, arena, "m", "org.a");
        assert_int_equal(frame->n_categories, 64);
        assert_string_equal(frame->categories[0], "c000");
        assert_string_equal(frame->categories[63], "c063");
        assert_int_equal(frame->seen, 200);
        leave(&room);
}

/* ---- the sample ---------------------------------------------------------------------------------------------------- */

static void a_stratum_gives_n_apps_or_all_it_has(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        list_many(&room, "m", "org.big", 1200, "games");
        list_many(&room, "m", "org.mid", 40, "maps,games"); /* belongs to "games" by its first name */
        list_many(&room, "m", "org.small", 3, "news");
        DrawCount count;
        const DrawRule rule = {.seed = SEED, .n = 10, .by = DRAW_BY_CATEGORY};
        g_autofree char *taken = draw(&room, "m", &rule, &count);
        assert_int_equal(words_in(taken), 13);
        assert_int_equal(count.listed, 1243);
        assert_int_equal(count.taken, 13);
        const Frame *small = frame_of(&room, arena, "m", "org.small0001");
        assert_true(small->taken);
        assert_string_equal(small->draw->stratum, "category:news");
        assert_int_equal(small->draw->listed, 3);
        assert_int_equal(small->draw->taken, 3);
        assert_true(small->draw->probability == 1.0);
        const Frame *mid = frame_of(&room, arena, "m", "org.mid0000");
        assert_string_equal(mid->draw->stratum, "category:games");
        assert_int_equal(mid->draw->listed, 1240);
        assert_int_equal(mid->draw->taken, 10);
        assert_true(mid->draw->probability == 10.0 / 1240);
        leave(&room);
}

static int by_size(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
        return (x > y) - (x < y);
}

/* Against a plain sort of all numbers. */
static void the_drawn_are_those_with_the_smallest_numbers(void **state)
{
        (void)state;
        Room room = enter();
        list_many(&room, "m", "org.app", 700, "games");
        uint64_t numbers[700];
        for (int i = 0; i < 700; i++) {
                g_autofree char *package = g_strdup_printf("org.app%04d", i);
                numbers[i] = sample_number(SEED, package);
        }
        qsort(numbers, 700, sizeof *numbers, by_size);
        g_autofree char *taken = draw(&room, "m", &(DrawRule){.seed = SEED, .n = 25}, NULL);
        g_auto(GStrv) names = g_strsplit(taken, " ", -1);
        assert_int_equal(g_strv_length(names), 25);
        for (char **name = names; *name; name++)
                assert_true(sample_number(SEED, *name) <= numbers[24]);
        leave(&room);
}

static void the_next_sweep_draws_the_same_apps_while_they_exist(void **state)
{
        (void)state;
        Room spring = enter(), autumn = enter();
        list_many(&spring, "m", "org.app", 500, "games");
        list_many(&autumn, "m", "org.app", 480, "games"); /* 20 went */
        list_many(&autumn, "m", "org.new", 20, "games");  /* 20 came */
        const DrawRule rule = {.seed = SEED, .n = 100};
        g_autofree char *before = draw(&spring, "m", &rule, NULL), *after = draw(&autumn, "m", &rule, NULL);
        g_auto(GStrv) drawn = g_strsplit(after, " ", -1);
        int again = 0;
        for (char **name = drawn; *name; name++)
                again += strstr(before, *name) != NULL;
        assert_in_range(again, 90, 100);
        leave(&spring);
        leave(&autumn);
}

static void an_app_is_drawn_in_one_market_by_the_same_number_as_in_another(void **state)
{
        (void)state;
        Room room = enter();
        list_many(&room, "small", "org.app", 300, "games");
        list_many(&room, "big", "org.app", 300, "games");
        list_many(&room, "big", "org.more", 300, "games");
        const DrawRule rule = {.seed = SEED, .n = 100};
        g_autofree char *small = draw(&room, "small", &rule, NULL), *big = draw(&room, "big", &rule, NULL);
        g_auto(GStrv) names = g_strsplit(big, " ", -1);
        for (char **name = names; *name; name++) {
                if (g_str_has_prefix(*name, "org.app"))
                        assert_non_null(strstr(
                                small, *name)); /* drawn where chances are less: drawn where they are more */
        }
        leave(&room);
}

static void downloads_make_bands_by_powers_of_ten(void **state)
{
        (void)state;
        static const struct {
                bool known;
                uint64_t downloads;
                const char *stratum;
        } cases[] = {{false, 0, "downloads:unknown"},
                     {true, 0, "downloads:0"},
                     {true, 1, "downloads:1-999"},
                     {true, 999, "downloads:1-999"},
                     {true, 1000, "downloads:1000-9999"},
                     {true, 9999, "downloads:1000-9999"},
                     {true, 10000, "downloads:10000-99999"},
                     {true, 5000000000, "downloads:1000000000-9999999999"},
                     {true, UINT64_MAX, "downloads:10000000000000000000-18446744073709551615"}};
        g_autoptr(Arena) arena = arena_new();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Frame frame = FRAME__INIT;
                frame.has_downloads = cases[i].known;
                frame.downloads = cases[i].downloads;
                assert_string_equal(draw_stratum(DRAW_BY_DOWNLOADS, &frame, arena), cases[i].stratum);
                assert_string_equal(draw_stratum(DRAW_BY_MARKET, &frame, arena), "market");
                assert_string_equal(draw_stratum(DRAW_BY_CATEGORY, &frame, arena), "category:unknown");
        }
}

static void a_market_with_too_many_categories_shares_one_stratum_for_the_rest(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        StoreBatch *batch = store_batch_new(room.store);
        for (int i = 0; i < DRAW_STRATA + 50; i++) {
                g_autofree char *app = g_strdup_printf("org.app%05d:c%05d", i, i);
                list_one(&room, batch, "m", app, NULL, NULL);
        }
        commit(&room, batch);
        const DrawRule rule = {.seed = SEED, .n = 1, .by = DRAW_BY_CATEGORY};
        DrawCount count;
        g_free(draw(&room, "m", &rule, &count));
        assert_int_equal(count.taken, DRAW_STRATA + 1);
        const Frame *last = frame_of(&room, arena, "m", "org.app10049");
        assert_string_equal(last->draw->stratum, "category:other");
        assert_int_equal(last->draw->listed, 50);
        leave(&room);
}

/* ---- shards and lists ---------------------------------------------------------------------------------------------- */

static void shards_together_are_the_sample_and_share_no_app(void **state)
{
        (void)state;
        Room room = enter();
        list_many(&room, "m", "org.app", 900, "games");
        DrawRule rule = {.seed = SEED, .n = 200};
        g_autofree char *whole = draw(&room, "m", &rule, NULL);
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        rule.shards = 4;
        for (rule.shard = 1; rule.shard <= 4; rule.shard++) {
                g_autofree char *part = draw(&room, "m", &rule, NULL);
                g_auto(GStrv) names = g_strsplit(part, " ", -1);
                assert_in_range(g_strv_length(names), 20, 90);
                for (char **name = names; *name; name++) {
                        assert_non_null(strstr(whole, *name));
                        assert_true(g_hash_table_add(seen, g_strdup(*name)));
                }
        }
        assert_int_equal(g_hash_table_size(seen), 200);
        leave(&room);
}

static void a_shard_weighs_by_what_it_took_itself(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        list_many(&room, "m", "org.app", 900, "games");
        DrawCount count;
        const DrawRule rule = {.seed = SEED, .n = 200, .shard = 2, .shards = 4};
        g_autofree char *taken = draw(&room, "m", &rule, &count);
        g_auto(GStrv) names = g_strsplit(taken, " ", -1);
        const Draw *drawn = frame_of(&room, arena, "m", names[0])->draw;
        assert_int_equal(drawn->taken, g_strv_length(names));
        assert_int_equal(drawn->listed, 900);
        assert_true(drawn->probability == (double)g_strv_length(names) / 900);
        leave(&room);
}

static PackageList *list_of(Room *room, const char *text, GError **error)
{
        g_autofree char *path = g_build_filename(room->folder, "list.txt", NULL);
        assert_true(g_file_set_contents(path, text, -1, NULL));
        return package_list_load(path, error);
}

static void a_list_makes_the_frame_and_says_why_others_were_left(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        list_apps(&room, "m", "org.a org.b org.c org.d");
        PackageList *list = list_of(&room, "# wanted\norg.a\r\nm/org.b  # here alone\nother/org.c\n", &error);
        must_succeed(list != NULL, error);
        DrawCount count;
        g_autofree char *taken = draw(&room, "m", &(DrawRule){.list = list}, &count);
        assert_string_equal(taken, "org.a org.b");
        assert_int_equal(count.listed, 4);
        const Frame *left = frame_of(&room, arena, "m", "org.c");
        assert_string_equal(left->left, "list");
        assert_null(left->draw);
        assert_int_equal(frame_of(&room, arena, "m", "org.a")->draw->listed, 2);
        package_list_free(list);
        leave(&room);
}

static void rows_say_why_an_app_was_not_taken(void **state)
{
        (void)state;
        Room room = enter();
        list_many(&room, "m", "org.app", 400, "games");
        const DrawRule rule = {.seed = SEED, .n = 100, .shard = 1, .shards = 2};
        DrawCount count;
        g_free(draw(&room, "m", &rule, &count));
        int sample = 0, shard = 0, taken = 0;
        for (int i = 0; i < 400; i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autofree char *package = g_strdup_printf("org.app%04d", i);
                const Frame *frame = frame_of(&room, arena, "m", package);
                sample += g_strcmp0(frame->left, "sample") == 0;
                shard += g_strcmp0(frame->left, "shard") == 0;
                taken += frame->taken;
                assert_true(frame->has_taken && frame->draw);
        }
        assert_int_equal(sample, 300);
        assert_int_equal(taken, count.taken);
        assert_int_equal(shard + taken, 100);
        leave(&room);
}

/* ---- again ---------------------------------------------------------------------------------------------------------- */

static void a_draw_that_was_cut_short_and_done_again_is_the_same(void **state)
{
        (void)state;
        Room whole = enter(), cut = enter();
        const DrawRule rule = {.seed = SEED, .n = 2000, .by = DRAW_BY_CATEGORY};
        Room *const rooms[] = {&whole, &cut};
        for (int i = 0; i < 2; i++) {
                list_many(rooms[i], "m", "org.app", 4600, "games");
                list_many(rooms[i], "m", "org.tool", 200, "tools");
        }
        g_autofree char *once = draw(&whole, "m", &rule, NULL);
        g_autoptr(GError) error = NULL;
        Taken t = {.names = g_string_new(NULL), .stop_after = 1200}; /* in its second batch of rows */
        DrawCount count;
        assert_false(draw_market(cut.store, 1, "m", &rule, take, &t, &count, &error));
        assert_null(error);
        g_string_free(t.names, TRUE);
        g_autofree char *half = all_rows(&cut);
        assert_non_null(strstr(half, "\"left\""));
        assert_true(g_str_has_suffix(half, "}\n"));
        g_autofree char *again = draw(&cut, "m", &rule, NULL);
        assert_string_equal(once, again);
        g_autofree char *a = all_rows(&whole), *b = all_rows(&cut);
        assert_string_equal(a, b);
        assert_string_not_equal(half, b);
        leave(&whole);
        leave(&cut);
}

static void a_damaged_row_is_an_error_that_names_it(void **state)
{
        (void)state;
        Room room = enter();
        StoreBatch *batch = store_batch_new(room.store);
        store_put(batch, STORE_FRAMES, &(StoreKey){.sweep = 1, .market = "m", .package = "org.a"},
                  span_str("\xff\xff\xff"));
        commit(&room, batch);
        g_autoptr(GError) error = NULL;
        DrawCount count;
        assert_false(draw_market(room.store, 1, "m", &(DrawRule){0}, take, NULL, &count, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
        assert_non_null(strstr(error->message, "org.a"));
        leave(&room);
}

/* ---- lists of packages ----------------------------------------------------------------------------------------------- */

static void a_line_that_is_no_package_is_refused_with_its_number(void **state)
{
        (void)state;
        static const char *const bad[] = {"org.a\n\norg b\n", "org.a\nx\ny/z/w\n", "a\nb\n/org.a",
                                          "a\nb\nmarket/", "a\nb\norg.\xc3\xa9"};
        Room room = enter();
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                assert_null(list_of(&room, bad[i], &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
                assert_non_null(strstr(error->message, "list.txt:3: "));
        }
        g_autoptr(GError) error = NULL;
        assert_null(list_of(&room, "# nothing\n\n", &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
        leave(&room);
}

static void add_name(const char *package, void *context)
{
        g_string_append_printf(context, "%s ", package);
}

static void a_list_tells_the_packages_for_a_market_each_once(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(GError) error = NULL;
        PackageList *list =
                list_of(&room, "\xef\xbb\xbforg.b\nm/org.b\nm/org.a\nother/org.c\nm2/org.d", &error);
        must_succeed(list != NULL, error);
        assert_int_equal(package_list_size(list), 5);
        g_autoptr(GString) names = g_string_new(NULL);
        package_list_each(list, "m", add_name, names);
        assert_string_equal(names->str, "org.a org.b ");
        assert_true(package_list_has(list, "m2", "org.b"));
        assert_false(package_list_has(list, "m", "org.c"));
        package_list_free(list);
        leave(&room);
}

/* ---- following an earlier sweep ---------------------------------------------------------------------------------------- */

static void put_record(StoreBatch *batch, StoreTable table, const StoreKey *key,
                       const ProtobufCMessage *record)
{
        g_autoptr(GBytes) bytes = record_pack_message(record);
        store_put(batch, table, key, record_span(bytes));
}

static void put_judged(StoreBatch *batch, const char *rule_set, const char *market, const char *package,
                       const char *verdict)
{
        Finding finding = FINDING__INIT, *findings[] = {&finding};
        finding.permission = (char *)"P";
        finding.verdict = (char *)verdict;
        Findings all = FINDINGS__INIT;
        all.rule_set = (char *)rule_set;
        all.n_findings = 1;
        all.findings = findings;
        put_record(batch, STORE_FINDINGS,
                   &(StoreKey){.sweep = 1, .layer = rule_set, .market = market, .package = package},
                   &all.base);
}

static void put_followed(StoreBatch *batch, bool judged)
{
        char *rule_sets[] = {(char *)"rules.1", (char *)"rules.2"};
        Sweep sweep = SWEEP__INIT;
        sweep.id = 1;
        sweep.name = (char *)"spring";
        sweep.state = (char *)"done";
        sweep.n_rule_sets = judged ? 2 : 0;
        sweep.rule_sets = rule_sets;
        put_record(batch, STORE_SWEEPS, &(StoreKey){.sweep = 1}, &sweep.base);
}

static void a_sweep_is_followed_by_what_its_newest_rules_named(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(GError) error = NULL;
        StoreBatch *batch = store_batch_new(room.store);
        put_followed(batch, true);
        put_judged(batch, "rules.1", "m", "org.before", "not-advised");
        put_judged(batch, "rules.2", "m", "org.before", "undecided");
        put_judged(batch, "rules.2", "m", "org.named", "not-advised");
        put_judged(batch, "rules.2", "m2", "org.named", "not-advised");
        commit(&room, batch);
        PackageList *list = package_list_of_sweep(room.store, "spring", &error);
        must_succeed(list != NULL, error);
        assert_int_equal(package_list_size(list), 1);
        assert_true(package_list_has(list, "any", "org.named"));
        package_list_free(list);
        leave(&room);
}

static void a_sweep_that_named_nothing_cannot_be_followed(void **state)
{
        (void)state;
        Room room = enter();
        g_autoptr(GError) unknown = NULL, unjudged = NULL, clean = NULL;
        StoreBatch *batch = store_batch_new(room.store);
        put_followed(batch, false);
        commit(&room, batch);
        assert_null(package_list_of_sweep(room.store, "autumn", &unknown));
        assert_true(fault_is(unknown, FAULT_NOT_FOUND));
        assert_null(package_list_of_sweep(room.store, "spring", &unjudged));
        assert_true(fault_is(unjudged, FAULT_USAGE));
        assert_non_null(strstr(unjudged->message, "overreach judge"));
        batch = store_batch_new(room.store);
        put_followed(batch, true);
        put_judged(batch, "rules.2", "m", "org.a", "needed");
        commit(&room, batch);
        assert_null(package_list_of_sweep(room.store, "spring", &clean));
        assert_true(fault_is(clean, FAULT_NOT_FOUND));
        leave(&room);
}

static void strata_are_named_on_the_command_line(void **state)
{
        (void)state;
        DrawBy by = DRAW_BY_MARKET;
        assert_true(draw_by_named("downloads", &by));
        assert_int_equal(by, DRAW_BY_DOWNLOADS);
        assert_true(draw_by_named("category", &by));
        assert_int_equal(by, DRAW_BY_CATEGORY);
        assert_false(draw_by_named("rating", &by));
        assert_false(draw_by_named(NULL, &by));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_app_in_two_categories_is_one_row_with_both),
                cmocka_unit_test(an_index_that_a_kill_cut_short_counts_no_app_twice),
                cmocka_unit_test(pages_in_any_order_make_the_same_row),
                cmocka_unit_test(an_app_keeps_at_most_64_categories_the_first_by_name),
                cmocka_unit_test(a_stratum_gives_n_apps_or_all_it_has),
                cmocka_unit_test(the_drawn_are_those_with_the_smallest_numbers),
                cmocka_unit_test(the_next_sweep_draws_the_same_apps_while_they_exist),
                cmocka_unit_test(an_app_is_drawn_in_one_market_by_the_same_number_as_in_another),
                cmocka_unit_test(downloads_make_bands_by_powers_of_ten),
                cmocka_unit_test(a_market_with_too_many_categories_shares_one_stratum_for_the_rest),
                cmocka_unit_test(shards_together_are_the_sample_and_share_no_app),
                cmocka_unit_test(a_shard_weighs_by_what_it_took_itself),
                cmocka_unit_test(a_list_makes_the_frame_and_says_why_others_were_left),
                cmocka_unit_test(rows_say_why_an_app_was_not_taken),
                cmocka_unit_test(a_draw_that_was_cut_short_and_done_again_is_the_same),
                cmocka_unit_test(a_damaged_row_is_an_error_that_names_it),
                cmocka_unit_test(a_line_that_is_no_package_is_refused_with_its_number),
                cmocka_unit_test(a_list_tells_the_packages_for_a_market_each_once),
                cmocka_unit_test(a_sweep_is_followed_by_what_its_newest_rules_named),
                cmocka_unit_test(a_sweep_that_named_nothing_cannot_be_followed),
                cmocka_unit_test(strata_are_named_on_the_command_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
