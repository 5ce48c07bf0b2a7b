/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts against servers on this machine. What is timed is timed from below only: a slow machine passes. */
#include "unit/hosts_world.h"

#include "core/log.h"

#include <string.h>

static Market quick(const char *name)
{
        return (Market){.name = (char *)name,
                        .loopback = true,
                        .robots = true,
                        .requests_per_second = 1000,
                        .connections = 4,
                        .url = (char *)"http://127.0.0.1"};
}

static const HostsOptions swift = {.sweep = 7, .base_backoff_ms = 1, .seed = 3};

/* ---- robots.txt: RFC 9309, 2.3.1, by what the server says to it */

static const struct {
        const char *reply;
        AskEnd end; /* of a request for /x */
} cases[] = {
        {"200 ", ASK_DONE},
        {"200 User-agent: *\nAllow: /\n", ASK_DONE},
        {"200 User-agent: *\nDisallow:\n", ASK_DONE},
        {"200 User-agent: *\nDisallow: /\n", ASK_ROBOTS},
        {"200 User-agent: *\nDisallow: /x\n", ASK_ROBOTS},
        {"200 User-agent: *\nDisallow: /y\n", ASK_DONE},
        {"200 User-agent: overreach\nDisallow: /\n\nUser-agent: *\nAllow: /\n", ASK_ROBOTS},
        {"200 User-agent: other\nDisallow: /\n", ASK_DONE},
        {"200 <html>not found, but 200</html>", ASK_DONE},
        {"200 \xff\xfe\x01", ASK_DONE},
        /* unavailable: anything may be fetched (2.3.1.3) */
        {"400 -", ASK_DONE},
        {"401 -", ASK_DONE},
        {"403 -", ASK_DONE},
        {"404 -", ASK_DONE},
        {"410 -", ASK_DONE},
        {"418 -", ASK_DONE},
        {"451 -", ASK_DONE},
        /* unreachable: nothing may be (2.3.1.4); we read "too many requests" so, too */
        {"429 -", ASK_ROBOTS_UNREACHABLE},
        {"500 -", ASK_ROBOTS_UNREACHABLE},
        {"501 -", ASK_ROBOTS_UNREACHABLE},
        {"502 -", ASK_ROBOTS_UNREACHABLE},
        {"503 -", ASK_ROBOTS_UNREACHABLE},
        {"503 0", ASK_ROBOTS_UNREACHABLE},
        {"504 -", ASK_ROBOTS_UNREACHABLE},
        {"garbage", ASK_ROBOTS_UNREACHABLE},
        {"drop", ASK_GIVEN_UP},
        /* redirects: at least five are followed (2.3.1.2) */
        {"302 /hop/1", ASK_ROBOTS},
        {"301 /elsewhere.txt", ASK_ROBOTS},
        {"308 /missing.txt", ASK_DONE},
        {"302 /robots.txt", ASK_DONE}, /* a loop is "unavailable" */
        {"302 ftp://127.0.0.1/robots.txt", ASK_DONE},
};

static void robots_txt_is_understood_by_its_status(void **state)
{
        g_autoptr(World) w = world_new(swift);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                static const char never[] = "200 User-agent: *\nDisallow: /\n";
                const Line lines[] = {{"/", "200 body"},         {"/robots.txt", cases[i].reply},
                                      {"/hop/1", "302 /hop/2"},  {"/hop/2", "302 /hop/3"},
                                      {"/hop/3", "302 /hop/4"},  {"/hop/4", never},
                                      {"/elsewhere.txt", never}, {"/missing.txt", "404 -"}};
                g_autoptr(Little) server = little_at("127.0.0.1", lines, G_N_ELEMENTS(lines));
                g_autofree char *name = g_strdup_printf("m%zu", i);
                Market market = quick(name);
                g_auto(Got) got = ask(w, &market, server->url, "/x");
                if (got.ask != cases[i].end)
                        fail_msg("robots.txt \"%s\": ended %d where %d is expected: %s", cases[i].reply,
                                 got.ask, cases[i].end, got.detail);
                assert_int_equal(little_asked(server, "/x"), cases[i].end == ASK_DONE);
        }
}

static void robots_txt_is_asked_for_once_and_outlives_the_run(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server =
                LITTLE("127.0.0.1", {"/", "200 body"},
                       {"/robots.txt", "200 User-agent: *\nDisallow: /no\nCrawl-delay: 0.05\n"});
        Market market = quick("m");
        Got got[5] = {0};
        for (int i = 0; i < 5; i++)
                begin(w, &market, server->url, i == 2 ? "/no/x" : "/yes", &got[i]);
        wait_all(w);
        for (int i = 0; i < 5; i++) {
                expect_ask(&got[i], i == 2 ? ASK_ROBOTS : ASK_DONE);
                got_clear(&got[i]);
        }
        world_flush(w);
        world_kill(w);
        world_start(w, swift);
        g_auto(Got) no = ask(w, &market, server->url, "/no/y");
        expect_ask(&no, ASK_ROBOTS);
        g_auto(Got) yes = ask(w, &market, server->url, "/yes");
        expect_fetch(&yes, FETCH_OK);
        assert_int_equal(little_asked(server, "/robots.txt"), 1);
        world_flush(w);
        g_autoptr(Arena) arena = arena_new();
        const Conduct *c = conduct_of(w, server->url, arena);
        assert_string_equal(c->robots, "obeyed");
        assert_int_equal(c->robots_refused, 2);
        assert_int_equal(c->requests, 6);
        assert_float_equal(c->limit, 20, 1e-9);
        assert_true(c->burst <= 1.0 + 1e-9); /* the delay counts from robots.txt itself on */
}

/* A copy of robots.txt that is so old, with one rule. */
static void put_old_robots(World *w, const char *host, int64_t age_ms)
{
        g_autoptr(Arena) arena = arena_new();
        HostState *state = record_new(arena, HostState, host_state__init);
        RobotsRule *rule = record_new(arena, RobotsRule, robots_rule__init);
        rule->pattern = (char *)"/no";
        state->host = (char *)host;
        state->robots = record_new(arena, Robots, robots__init);
        state->robots->has_fetched_ms = true;
        state->robots->fetched_ms = clock_now_ms() - age_ms;
        arena_push(arena, &state->robots->n_rules, &state->robots->rules, rule);
        g_autoptr(GBytes) packed = record_pack(state);
        StoreBatch *batch = store_batch_new(w->store);
        store_put(batch, STORE_HOSTS, &(StoreKey){.name = host}, record_span(packed));
        assert_true(store_commit(w->store, batch, NULL));
}

static void a_copy_of_robots_txt_older_than_a_day_is_not_used(void **state)
{
        enum { HOUR_MS = 3600 * 1000 };
        g_autoptr(World) w = world_new(swift);
        static const char other[] = "200 User-agent: *\nDisallow: /yes\n";
        g_autoptr(Little) fresh = LITTLE("127.0.0.1", {"/", "200 x"}, {"/robots.txt", other});
        g_autoptr(Little) old = LITTLE("127.0.0.1", {"/", "200 x"}, {"/robots.txt", other});
        Market market = quick("m");
        put_old_robots(w, fresh->url, 23 * HOUR_MS);
        put_old_robots(w, old->url, 25 * HOUR_MS);
        for (int i = 0; i < 2; i++) {
                Little *server = i ? old : fresh;
                g_auto(Got) no = ask(w, &market, server->url, "/no");
                g_auto(Got) yes = ask(w, &market, server->url, "/yes");
                expect_ask(&no, i ? ASK_DONE : ASK_ROBOTS);
                expect_ask(&yes, i ? ASK_ROBOTS : ASK_DONE);
                assert_int_equal(little_asked(server, "/robots.txt"), i);
        }
}

static void while_robots_txt_cannot_be_had_the_older_copy_holds(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"}, {"/robots.txt", "500 -"});
        Market market = quick("m");
        put_old_robots(w, server->url, INT64_C(30) * 24 * 3600 * 1000);
        g_auto(Got) no = ask(w, &market, server->url, "/no");
        g_auto(Got) yes = ask(w, &market, server->url, "/yes");
        expect_ask(&no, ASK_ROBOTS);
        expect_ask(&yes, ASK_DONE);
        assert_int_equal(little_asked(server, "/robots.txt"), 3);
}

static void a_mandate_overrides_robots_txt_and_is_written_down(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server =
                LITTLE("127.0.0.1", {"/", "200 body"}, {"/robots.txt", "200 User-agent: *\nDisallow: /\n"});
        Market market = quick("m");
        market.robots = false;
        market.robots_reason = (char *)"order 12/2026 of the regulator";
        g_auto(Got) got = ask(w, &market, server->url, "/x");
        expect_fetch(&got, FETCH_OK);
        assert_int_equal(little_asked(server, "/robots.txt"), 0);
        world_flush(w);
        g_autoptr(Arena) arena = arena_new();
        assert_string_equal(conduct_of(w, server->url, arena)->robots,
                            "overridden: order 12/2026 of the regulator");
}

/* ---- waits */

static void a_wait_that_was_asked_for_outlives_a_kill(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/x", "429 100"});
        Market market = quick("m");
        int64_t before = clock_now_ms(), at = 0;
        g_auto(Got) got = ask(w, &market, server->url, "/x");
        expect_fetch(&got, FETCH_THROTTLED);
        assert_true(got.again_at_ms >= before + 100000);
        world_kill(w); /* nothing was flushed */
        world_start(w, swift);
        assert_int_equal(hosts_room(w->hosts, &market, server->url, clock_now_ms(), &at), 0);
        assert_true(at >= before + 100000 && at <= clock_now_ms() + 100000);
        g_autofree char *reason = reason_of(w, server->url);
        assert_string_equal(reason, "retry-after");
        assert_int_equal(little_asked(server, NULL), 2);
}

static void a_bucket_that_was_used_before_a_kill_begins_empty(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"});
        Market market = quick("m");
        market.requests_per_second = 0.01;
        g_auto(Got) got =
                ask(w, &market, server->url, "/x"); /* robots.txt and this one: the burst allows it */
        expect_fetch(&got, FETCH_OK);
        world_kill(w);
        world_start(w, swift);
        int64_t at = 0;
        assert_int_equal(hosts_room(w->hosts, &market, server->url, clock_now_ms(), &at), 0);
        g_autofree char *reason = reason_of(w, server->url);
        assert_string_equal(reason, "rate");
        assert_true(at > clock_now_ms() + 50000);
}

static void two_names_of_one_address_share_its_limit(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"});
        g_autofree char *name = g_strdup_printf("http://localhost:%d", server->port);
        Market gentle = quick("gentle"), other = quick("other");
        gentle.requests_per_second = 20;
        gentle.connections = 1;
        g_auto(Got) first = ask(w, &gentle, server->url, "/a");
        g_auto(Got) second = ask(w, &other, name, "/b"); /* now both addresses are known */
        int64_t start = clock_mono_ms();
        Got got[8] = {0};
        for (int i = 0; i < 8; i++)
                begin(w, i % 2 ? &gentle : &other, i % 2 ? server->url : name, "/c", &got[i]);
        wait_all(w);
        for (int i = 0; i < 8; i++) {
                expect_fetch(&got[i], FETCH_OK);
                got_clear(&got[i]);
        }
        assert_true(clock_mono_ms() - start >= 7 * 50 - 5); /* the other's own 1,000 a second are no help */
        world_flush(w);
        g_autoptr(Arena) arena = arena_new();
        assert_string_equal(conduct_of(w, name, arena)->addresses[0], "127.0.0.1");
        assert_true(conduct_of(w, name, arena)->most_at_once <= 1);
}

static void servers_on_other_ports_of_this_machine_are_others(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) one = LITTLE("127.0.0.1", {"/", "200 x"});
        g_autoptr(Little) two = LITTLE("127.0.0.2", {"/", "200 x"});
        Market slow = quick("slow"), fast = quick("fast");
        slow.requests_per_second = 0.01;
        slow.connections = 2;
        for (int i = 0; i < 2; i++) {
                g_auto(Got) got = ask(w, i ? &fast : &slow, i ? two->url : one->url, "/a");
                expect_fetch(&got, FETCH_OK);
        }
        g_auto(Got) more = ask(w, &fast, two->url, "/b");
        expect_fetch(&more, FETCH_OK);
        int64_t at;
        assert_int_equal(hosts_room(w->hosts, &slow, one->url, clock_now_ms(), &at), 0);
        assert_true(hosts_room(w->hosts, &fast, two->url, clock_now_ms(), &at) > 0);
}

/* ---- redirects */

static void each_hop_of_a_redirect_keeps_the_manners_of_its_host(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) target = LITTLE("127.0.0.2", {"/", "200 at last"},
                                          {"/robots.txt", "200 User-agent: *\nDisallow: /no\n"});
        g_autofree char *yes = g_strdup_printf("302 %s/yes", target->url);
        g_autofree char *no = g_strdup_printf("302 %s/no", target->url);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/yes", yes}, {"/no", no}, {"/here", "301 /yes"});
        Market market = quick("m");
        static const char *const headers[] = {"Authorization: Bearer abc", "X-Kept: 1", NULL};
        g_autofree char *url = g_strconcat(server->url, "/here?k={key}", NULL);
        g_auto(Got) got = {.w = w};
        w->left = 1;
        hosts_ask(w->hosts, &market,
                  &(FetchWish){.url = url,
                               .max_bytes = 4096,
                               .size = -1,
                               .loopback = true,
                               .secret = "sesame",
                               .headers = headers},
                  ask_ended, &got);
        wait_all(w);
        expect_fetch(&got, FETCH_OK);
        assert_string_equal(got.body, "at last");
        assert_true(g_str_has_prefix(got.url, target->url));
        assert_int_equal(little_asked(server, "/here?k=sesame"), 1);
        assert_int_equal(little_asked(server, "/yes"), 1);
        assert_int_equal(little_asked(target, "/robots.txt"), 1);
        const Request *last = g_ptr_array_index(target->requests, 1);
        assert_non_null(strstr(last->head, "X-Kept: 1"));
        assert_null(strstr(last->head, "Authorization"));
        g_auto(Got) refused = ask(w, &market, server->url, "/no");
        expect_ask(&refused, ASK_ROBOTS);
        assert_int_equal(little_asked(target, "/no"), 0);
        world_flush(w);
        g_autoptr(Arena) arena = arena_new();
        const Conduct *c = conduct_of(w, target->url, arena);
        assert_int_equal(c->requests, 2);
        assert_int_equal(c->redirected, 1);
        assert_int_equal(c->robots_refused, 1);
}

static void a_file_behind_redirects_arrives_whole(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/x.apk", "302 /cdn/1"}, {"/cdn/1", "307 /cdn/2"},
                                          {"/cdn/2", "200 all of it"});
        Market market = quick("m");
        g_autofree char *url = g_strconcat(server->url, "/x.apk", NULL);
        g_autofree char *part = g_build_filename(w->folder, "part", NULL);
        g_auto(Got) got = {.w = w};
        w->left = 1;
        hosts_ask(w->hosts, &market,
                  &(FetchWish){.url = url,
                               .part_path = part,
                               .max_bytes = 4096,
                               .size = 9,
                               .sha256 = "07630777646b9ad0ad5940c20f7703e5ba431d90dc8f191af6916bffca3e859c",
                               .loopback = true},
                  ask_ended, &got);
        wait_all(w);
        expect_fetch(&got, FETCH_OK);
        g_autofree char *held = NULL;
        assert_true(g_file_get_contents(part, &held, NULL, NULL));
        assert_string_equal(held, "all of it");
        assert_int_equal(hosts_requests(w->hosts), 4); /* robots.txt, and each hop is a request */
}

static void redirects_without_end_end(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/loop", "302 /loop"},
                                          {"/ftp", "302 ftp://127.0.0.1/x"}, {"/stay", "302 /loop"});
        Market market = quick("m");
        g_auto(Got) loop = ask(w, &market, server->url, "/loop");
        expect_fetch(&loop, FETCH_REDIRECTS);
        assert_int_equal(little_asked(server, "/loop"), 11);
        g_auto(Got) ftp = ask(w, &market, server->url, "/ftp");
        expect_fetch(&ftp, FETCH_REDIRECTS);
        g_autofree char *url = g_strconcat(server->url, "/stay", NULL);
        g_auto(Got) stay = {.w = w};
        w->left = 1;
        hosts_ask(w->hosts, &market,
                  &(FetchWish){.url = url, .max_bytes = 4096, .size = -1, .loopback = true, .stay = true},
                  ask_ended, &stay);
        wait_all(w);
        expect_fetch(&stay, FETCH_OK); /* the redirect is the answer */
        assert_int_equal(little_asked(server, "/loop"), 11);
}

/* ---- markets in trouble */

static void a_market_in_trouble_rests_and_one_request_tries(void **state)
{
        enum { HOSTS = 5, OPENS = 10 };
        const HostsOptions options = {.sweep = 7, .base_backoff_ms = 20};
        static const Line sick[] = {{"/", "500 -"}, {"/robots.txt", "404 -"}};
        static const Line well[] = {{"/", "200 x"}, {"/robots.txt", "404 -"}};
        g_autoptr(World) w = world_new(options);
        Little *servers[HOSTS];
        Market market = quick("m");
        for (int i = 0; i < HOSTS; i++)
                servers[i] = little_at("127.0.0.1", sick, G_N_ELEMENTS(sick));
        for (int i = 0; i < HOSTS; i++) { /* so that no answer to a robots.txt comes between failures */
                g_auto(Got) got = ask(w, &market, servers[i]->url, "/x");
                expect_fetch(&got, FETCH_SERVER);
        }
        for (int i = 0; i < OPENS - 1; i++) {
                g_auto(Got) got = ask(w, &market, servers[i % HOSTS]->url, "/x");
                expect_fetch(&got, FETCH_SERVER);
        }
        g_autofree char *reason = reason_of(w, servers[OPENS % HOSTS]->url);
        assert_string_equal(reason, "breaker");
        world_kill(w); /* the rest is durable */
        world_start(w, options);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GBytes) row = store_get(w->store, STORE_HOSTS, &(StoreKey){.name = "market/m"}, NULL);
        assert_non_null(row);
        assert_int_equal(record_host(arena, record_span(row), NULL)->breaker_trips, 1);
        for (int i = 0; i < HOSTS; i++)
                little_says(servers[i], well, G_N_ELEMENTS(well));
        Got got[HOSTS] = {0};
        for (int i = 0; i < HOSTS; i++)
                begin(w, &market, servers[i]->url, "/x", &got[i]);
        wait_all(w);
        for (int i = 0; i < HOSTS; i++) {
                expect_fetch(&got[i], FETCH_OK);
                got_clear(&got[i]);
        }
        world_flush(w);
        g_autoptr(GBytes) after = store_get(w->store, STORE_HOSTS, &(StoreKey){.name = "market/m"}, NULL);
        assert_false(record_host(arena, record_span(after), NULL)->has_breaker_trips);
        for (int i = 0; i < HOSTS; i++)
                little_stop(servers[i]);
}

static void errands_of_a_resting_market_stay_in_the_store(void **state)
{
        g_autoptr(World) w = world_new((HostsOptions){.sweep = 7, .base_backoff_ms = 1000});
        static const Line lines[] = {{"/", "500 -"}};
        g_autoptr(Little) server = little_at("127.0.0.1", lines, 1);
        g_autoptr(Arena) arena = arena_new();
        HostState *rest = record_new(arena, HostState, host_state__init);
        rest->host = (char *)"market/m";
        rest->has_breaker_trips = rest->has_breaker_until_ms = true;
        rest->breaker_trips = 1;
        rest->breaker_until_ms = clock_now_ms() + 25000;
        g_autoptr(GBytes) packed = record_pack(rest);
        StoreBatch *batch = store_batch_new(w->store);
        store_put(batch, STORE_HOSTS, &(StoreKey){.name = "market/m"}, record_span(packed));
        assert_true(store_commit(w->store, batch, NULL));
        Market market = quick("m"), other = quick("other");
        int64_t at = 0, now = clock_now_ms();
        assert_int_equal(hosts_room(w->hosts, &market, server->url, now, &at), 0);
        assert_true(at > now + 20000 && at <= now + 25000);
        assert_int_equal(hosts_room(w->hosts, &market, "http://127.0.0.9:9", now, &at),
                         0); /* all its hosts */
        assert_true(hosts_room(w->hosts, &other, "http://127.0.0.8:9", now, &at) > 0);
}

static void a_host_where_nothing_answers_is_given_up_and_others_are_not(void **state)
{
        g_autoptr(World) w = world_new(swift);
        Little *gone = LITTLE("127.0.0.1", {"/", "200 x"});
        g_autofree char *nowhere = g_strdup(gone->url);
        little_stop(gone);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"});
        Market dead = quick("dead"), alive = quick("alive");
        Got lost = {0}, got = {0};
        begin(w, &dead, nowhere, "/x", &lost);
        begin(w, &alive, server->url, "/x", &got);
        wait_all(w);
        expect_ask(&lost, ASK_GIVEN_UP);
        assert_non_null(strstr(lost.detail, "given up"));
        expect_fetch(&got, FETCH_OK);
        got_clear(&lost);
        got_clear(&got);
}

static void dead_pages_of_the_web_keep_nobody_else_waiting(void **state)
{
        enum { DEAD = 12 };
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"});
        Market web = quick("web"); /* as of privacy policies: no operator of its own */
        web.url = (char *)"";
        Got got[DEAD] = {0};
        for (int i = 0; i < DEAD; i++) {
                Little *gone = LITTLE("127.0.0.1", {"/", "200 x"});
                begin(w, &web, gone->url, "/policy", &got[i]);
                little_stop(gone);
        }
        wait_all(w);
        for (int i = 0; i < DEAD; i++) {
                expect_ask(&got[i], ASK_GIVEN_UP);
                got_clear(&got[i]);
        }
        g_auto(Got) alive = ask(w, &web, server->url, "/policy");
        expect_fetch(&alive, FETCH_OK);
        assert_false(store_has(w->store, STORE_HOSTS, &(StoreKey){.name = "market/web"}));
}

static void what_the_guard_stops_is_no_request_to_anybody(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"});
        Market market = quick("m");
        market.loopback = false;
        g_autofree char *url = g_strconcat(server->url, "/x", NULL);
        g_auto(Got) got = {.w = w};
        w->left = 1;
        hosts_ask(w->hosts, &market, &(FetchWish){.url = url, .max_bytes = 4096, .size = -1}, ask_ended,
                  &got);
        wait_all(w);
        expect_fetch(&got, FETCH_FORBIDDEN);
        assert_int_equal(little_asked(server, NULL), 0);
        world_flush(w);
        g_autoptr(Arena) arena = arena_new();
        const Conduct *c = conduct_of(w, server->url, arena);
        assert_int_equal(c->requests, 2); /* robots.txt and this one */
        assert_int_equal(c->unmade, 2);
}

static void too_much_without_a_time_slows_the_host_down(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/x", "503 -"}, {"/y", "200 y"});
        Market market = quick("m");
        g_auto(Got) got = ask(w, &market, server->url, "/x");
        expect_fetch(&got, FETCH_SERVER);
        world_flush(w);
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GBytes) row = store_get(w->store, STORE_HOSTS, &(StoreKey){.name = server->url}, NULL);
        const HostState *kept = record_host(arena, record_span(row), NULL);
        assert_float_equal(kept->rate, 500, 1e-9);
        assert_string_equal(kept->reason, "back-off");
        assert_string_equal(kept->address, "127.0.0.1");
        world_kill(w);
        world_start(w, swift);
        g_auto(Got) well = ask(w, &market, server->url, "/y");
        expect_fetch(&well, FETCH_OK);
        world_flush(w);
        g_autoptr(GBytes) again = store_get(w->store, STORE_HOSTS, &(StoreKey){.name = server->url}, NULL);
        assert_float_equal(record_host(arena, record_span(again), NULL)->rate, 520, 1e-9);
        assert_int_equal(conduct_of(w, server->url, arena)->throttled, 1);
}

/* ---- bandwidth, replay, numbers */

static void nothing_starts_while_more_was_taken_than_the_cap_allows(void **state)
{
        g_autoptr(World) w = world_new((HostsOptions){.sweep = 7, .base_backoff_ms = 1, .bandwidth = 20000});
        g_autofree char *body = g_strnfill(6000, 'b');
        g_autofree char *reply = g_strconcat("200 ", body, NULL);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/x", reply});
        Market market = quick("m");
        market.connections = 1;
        market.bandwidth = 10000; /* the lower one */
        int64_t start = clock_mono_ms();
        for (int i = 0; i < 3; i++) {
                g_auto(Got) got = ask(w, &market, server->url, "/x");
                expect_fetch(&got, FETCH_OK);
        }
        assert_true(clock_mono_ms() - start >= 2 * 600 - 10);
        g_autofree char *reason = reason_of(w, server->url);
        assert_string_equal(reason, "bandwidth");
}

static void a_recording_is_neither_waited_for_nor_asked_for_robots(void **state)
{
        g_autoptr(World) w = world_new((HostsOptions){.sweep = 7, .offline = true, .bandwidth = 1});
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/x", "200 x"}, {"/y", "429 1000"},
                                          {"/robots.txt", "200 User-agent: *\nDisallow: /\n"});
        Market market = quick("m");
        market.requests_per_second = 0.0001;
        market.connections = 1;
        for (int i = 0; i < 20; i++) {
                g_auto(Got) got = ask(w, &market, server->url, i % 2 ? "/x" : "/y");
                expect_fetch(&got, i % 2 ? FETCH_OK : FETCH_THROTTLED);
        }
        int64_t at;
        assert_true(hosts_room(w->hosts, &market, server->url, clock_now_ms(), &at) > 0);
        assert_int_equal(little_asked(server, "/robots.txt"), 0);
        world_flush(w);
        assert_false(store_has(w->store, STORE_CONDUCT, &(StoreKey){.sweep = 7, .name = server->url}));
        assert_false(store_has(w->store, STORE_HOSTS, &(StoreKey){.name = server->url}));
}

static void what_waits_can_be_stopped(void **state)
{
        g_autoptr(World) w = world_new(swift);
        g_autoptr(Little) server = LITTLE("127.0.0.1", {"/", "200 x"});
        Market market = quick("m");
        market.requests_per_second = 0.01;
        market.connections = 1;
        Got got[3] = {0};
        for (int i = 0; i < 3; i++)
                begin(w, &market, server->url, "/x", &got[i]);
        hosts_cancel_waiting(w->hosts);
        for (int i = 0; i < 3; i++) {
                expect_ask(&got[i], ASK_CANCELLED);
                got_clear(&got[i]);
        }
        assert_int_equal(hosts_requests(w->hosts), 0);
}

static void thousands_of_hosts_are_no_burden(void **state)
{
        enum { N = 5000 };
        g_autoptr(World) w = world_new(swift);
        Market market = quick("m");
        int64_t at, now = clock_now_ms();
        for (int round = 0; round < 20; round++)
                for (int i = 0; i < N; i++) {
                        char name[64];
                        (void)g_snprintf(name, sizeof name, "http://host-%d.example", i);
                        assert_int_equal(hosts_room(w->hosts, &market, name, now, &at), 5);
                }
}

static int tests(void)
{
        const struct CMUnitTest all[] = {
                cmocka_unit_test(robots_txt_is_understood_by_its_status),
                cmocka_unit_test(robots_txt_is_asked_for_once_and_outlives_the_run),
                cmocka_unit_test(a_copy_of_robots_txt_older_than_a_day_is_not_used),
                cmocka_unit_test(while_robots_txt_cannot_be_had_the_older_copy_holds),
                cmocka_unit_test(a_mandate_overrides_robots_txt_and_is_written_down),
                cmocka_unit_test(a_wait_that_was_asked_for_outlives_a_kill),
                cmocka_unit_test(a_bucket_that_was_used_before_a_kill_begins_empty),
                cmocka_unit_test(two_names_of_one_address_share_its_limit),
                cmocka_unit_test(servers_on_other_ports_of_this_machine_are_others),
                cmocka_unit_test(each_hop_of_a_redirect_keeps_the_manners_of_its_host),
                cmocka_unit_test(a_file_behind_redirects_arrives_whole),
                cmocka_unit_test(redirects_without_end_end),
                cmocka_unit_test(a_market_in_trouble_rests_and_one_request_tries),
                cmocka_unit_test(errands_of_a_resting_market_stay_in_the_store),
                cmocka_unit_test(a_host_where_nothing_answers_is_given_up_and_others_are_not),
                cmocka_unit_test(dead_pages_of_the_web_keep_nobody_else_waiting),
                cmocka_unit_test(what_the_guard_stops_is_no_request_to_anybody),
                cmocka_unit_test(too_much_without_a_time_slows_the_host_down),
                cmocka_unit_test(nothing_starts_while_more_was_taken_than_the_cap_allows),
                cmocka_unit_test(a_recording_is_neither_waited_for_nor_asked_for_robots),
                cmocka_unit_test(what_waits_can_be_stopped),
                cmocka_unit_test(thousands_of_hosts_are_no_burden),
        };
        log_set_level(LOG_ERROR); /* failures are what is tried here */
        return cmocka_run_group_tests(all, NULL, NULL);
}

int main(int argc, char **argv)
{
        return hosts_main(argc, argv, tests);
}
