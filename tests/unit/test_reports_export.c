/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/reports_invent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static char *export_sweep(Invented *in, uint32_t sweep, bool canonical)
{
        g_autoptr(GError) error = NULL;
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        bool ok = report_export(in->store, sweep, canonical, out, &error);
        fclose(out);
        must_succeed(ok, error);
        return text;
}

/* Facts of the artifact that invent_app names for a package and version. */
static void put_artifact(Invented *in, const char *package, int version, const char *passes)
{
        g_autofree char *bytes = g_strdup_printf("%s v%d", package, version);
        g_autofree char *sha = g_compute_checksum_for_string(G_CHECKSUM_SHA256, bytes, -1);
        Facts f = FACTS__INIT;
        f.sha256 = sha;
        f.outcome = (char *)"analysed";
        f.package = (char *)package;
        f.passes = (char *)passes;
        invent_put(in, STORE_ARTIFACTS, &(StoreKey){.artifact = sha, .passes = passes}, &f.base);
}

/* The same sweep as two runs would leave it: the second met apps in another order, later, and with retries. */
static void put_sweep(Invented *in, bool second_run)
{
        invent_sweep(in, 1, "spring", "alpha beta");
        if (second_run) {
                invent_vector(in,
                              &(StoreKey){.sweep = 1, .layer = "zz", .market = "alpha", .package = "org.x"},
                              "c b a");
                invent_commit(in);
                store_delete(in->batch, STORE_VECTORS,
                             &(StoreKey){.sweep = 1, .layer = "zz", .market = "alpha", .package = "org.x"});
        }
        invent_app(in, 1, "beta", "org.b", 1, "analysed",
                   second_run ? "permission:B permission:A" : "permission:A permission:B");
        invent_app(in, 1, "alpha", "org.b", 1, "analysed", "permission:B permission:A");
        invent_app(in, 1, "alpha", "org.a", 1, "unfetched:http-404", "");
        invent_verdicts(in, 1, "rules.1", "alpha", "org.b", "app-type:news verdict:undecided:A");
        invent_verdicts(in, 1, "rules.0", "alpha", "org.b", "app-type:none");
        invent_listing(in, 1, "alpha", "org.b", "B", NULL);
        invent_listing(in, 1, "alpha", "org.a", "A", NULL);
        invent_listing(in, 1, "gamma", "org.c", "of another market", NULL);
        put_artifact(in, "org.b", 1, "manifest.1");
        put_artifact(in, "org.b", 1, "manifest.2");
        put_artifact(in, "org.unused", 1, "manifest.1");
        if (second_run) {
                Observation o = OBSERVATION__INIT;
                o.outcome = (char *)"unfetched:http-404";
                o.has_version_code = o.has_attempts = o.has_seen_at_ms = o.has_wire_bytes = true;
                o.version_code = 1;
                o.version_name = (char *)"v1";
                o.attempts = 9;
                o.seen_at_ms = 1;
                o.wire_bytes = 77;
                invent_put(in, STORE_OBSERVATIONS,
                           &(StoreKey){.sweep = 1, .market = "alpha", .package = "org.a"}, &o.base);
        }
        invent_commit(in);
}

static void tables_follow_one_another_each_in_key_order(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_sweep(&in, false);
        g_autofree char *text = export_sweep(&in, 1, true);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        static const char *const keys[][4] = {{"sweeps", NULL, NULL, NULL},
                                              {"listings", NULL, "alpha", "org.a"},
                                              {"listings", NULL, "alpha", "org.b"},
                                              {"artifacts", NULL, NULL, NULL},
                                              {"observations", NULL, "alpha", "org.a"},
                                              {"observations", NULL, "alpha", "org.b"},
                                              {"observations", NULL, "beta", "org.b"},
                                              {"vectors", "facts", "alpha", "org.a"},
                                              {"vectors", "facts", "alpha", "org.b"},
                                              {"vectors", "facts", "beta", "org.b"},
                                              {"vectors", "rules.0", "alpha", "org.b"},
                                              {"vectors", "rules.1", "alpha", "org.b"},
                                              {"findings", "rules.0", "alpha", "org.b"},
                                              {"findings", "rules.1", "alpha", "org.b"}};
        assert_int_equal(g_strv_length(lines), G_N_ELEMENTS(keys) + 1); /* the last line ends too */
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Json) row = json_parse(span_str(lines[i]), &error);
                must_succeed(row != NULL, error);
                assert_true(g_str_has_prefix(lines[i], "{\"table\":"));
                static const char *const parts[] = {"table", "layer", "market", "package"};
                for (size_t k = 0; k < G_N_ELEMENTS(parts); k++) {
                        if (g_strcmp0(json_str(row, parts[k]), keys[i][k]) != 0)
                                fail_msg("line %zu: %s", i + 1, lines[i]);
                }
        }
        invent_close(&in);
}

static void vectors_are_sorted_texts_and_artifacts_those_that_were_seen(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_sweep(&in, true);
        g_autofree char *text = export_sweep(&in, 1, true);
        assert_non_null(strstr(text, "[\"outcome:analysed\",\"permission:A\",\"permission:B\"]"));
        assert_null(strstr(text, "org.unused"));
        assert_null(strstr(text, "manifest.2")); /* the facts of this sweep's passes */
        assert_null(strstr(text, "gamma"));      /* listings of its markets */
        invent_close(&in);
}

static void two_runs_of_a_sweep_give_the_same_canonical_bytes(void **state)
{
        (void)state;
        Invented one = invent_store(), two = invent_store();
        put_sweep(&one, false);
        put_sweep(&two, true);
        g_autofree char *a = export_sweep(&one, 1, true), *b = export_sweep(&two, 1, true);
        assert_string_equal(a, b);
        g_autofree char *c = export_sweep(&one, 1, false), *d = export_sweep(&two, 1, false);
        assert_string_not_equal(c, d);
        assert_non_null(strstr(d, "\"attempts\":9"));
        assert_null(strstr(b, "attempts"));
        assert_null(strstr(b, "_ms\":17"));
        invent_close(&one);
        invent_close(&two);
}

static void a_listing_is_exported_as_its_sweep_left_it(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_listing(&in, 1, "alpha", "org.a", "old name", NULL);
        invent_commit(&in);
        invent_sweep(&in, 2, "autumn", "alpha");
        invent_listing(&in, 2, "alpha", "org.a", "new name", NULL);
        invent_listing(&in, 2, "alpha", "org.b", "newcomer", NULL);
        invent_commit(&in);
        g_autofree char *spring = export_sweep(&in, 1, true), *autumn = export_sweep(&in, 2, true);
        assert_non_null(strstr(spring, "old name"));
        assert_null(strstr(spring, "new name"));
        assert_null(strstr(spring, "newcomer"));
        assert_non_null(strstr(autumn, "new name"));
        assert_null(strstr(autumn, "old name"));
        invent_close(&in);
}

static void frames_are_exported_with_what_was_not_taken(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_frame(&in, 1, "alpha", "org.a", "maps", 1, "sample", (InventDraw){"category:maps", 10, 2});
        invent_commit(&in);
        g_autofree char *text = export_sweep(&in, 1, true);
        assert_non_null(strstr(
                text,
                "{\"table\":\"frames\",\"sweep\":\"spring\",\"market\":\"alpha\",\"package\":\"org.a\""));
        assert_non_null(strstr(text, "\"left\":\"sample\""));
        assert_non_null(strstr(text, "\"probability\":0.2"));
        invent_close(&in);
}

static void how_the_index_came_is_no_part_of_a_canonical_export(void **state)
{
        (void)state;
        Invented in = invent_store();
        MarketResult r = MARKET_RESULT__INIT, *results[] = {&r};
        char *markets[] = {(char *)"alpha"};
        r.market = (char *)"alpha";
        r.outcome = (char *)"listed";
        r.how = (char *)"diff";
        Sweep s = SWEEP__INIT;
        s.id = 1;
        s.name = (char *)"spring";
        s.state = (char *)"done";
        s.markets = markets;
        s.results = results;
        s.n_markets = s.n_results = 1;
        invent_put(&in, STORE_SWEEPS, &(StoreKey){.sweep = 1}, &s.base);
        invent_commit(&in);
        g_autofree char *canonical = export_sweep(&in, 1, true), *whole = export_sweep(&in, 1, false);
        assert_null(strstr(canonical, "diff"));
        assert_non_null(strstr(whole, "\"how\":\"diff\""));
        invent_close(&in);
}

static void an_artifact_without_facts_is_an_error_that_names_it(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_app(&in, 1, "alpha", "org.a", 1, "analysed", "");
        invent_commit(&in);
        FILE *out = fopen("/dev/null", "w");
        assert_false(report_export(in.store, 1, true, out, &error));
        fclose(out);
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        assert_non_null(strstr(error->message, "overreach verify"));
        invent_close(&in);
}

static ssize_t write_on_a_full_disk(void *cookie, const char *bytes, size_t size)
{
        (void)cookie, (void)bytes, (void)size;
        errno = ENOSPC;
        return 0;
}

static void a_full_disk_is_told(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        Invented in = invent_store();
        put_sweep(&in, false);
        FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_on_a_full_disk});
        assert_non_null(out);
        assert_false(report_export(in.store, 1, true, out, &error));
        fclose(out);
        assert_true(fault_is(error, FAULT_DISK));
        invent_close(&in);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tables_follow_one_another_each_in_key_order),
                cmocka_unit_test(vectors_are_sorted_texts_and_artifacts_those_that_were_seen),
                cmocka_unit_test(two_runs_of_a_sweep_give_the_same_canonical_bytes),
                cmocka_unit_test(a_listing_is_exported_as_its_sweep_left_it),
                cmocka_unit_test(frames_are_exported_with_what_was_not_taken),
                cmocka_unit_test(how_the_index_came_is_no_part_of_a_canonical_export),
                cmocka_unit_test(an_artifact_without_facts_is_an_error_that_names_it),
                cmocka_unit_test(a_full_disk_is_told),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
