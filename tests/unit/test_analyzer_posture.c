/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "support/pass_world.h"

enum { RESOURCE = 0x7f010000 };

static const Posture *seek(const World *w, const char *code)
{
        for (size_t i = 0; i < w->facts->n_posture; i++) {
                if (g_str_equal(w->facts->posture[i]->code, code))
                        return w->facts->posture[i];
        }
        return NULL;
}

static const Posture *said(const World *w, const char *code)
{
        const Posture *p = seek(w, code);
        if (!p)
                fail_msg("nothing was said of %s", code);
        return p;
}

static void says(const World *w, const char *code, const char *words)
{
        const Posture *p = said(w, code);
        if (!strstr(p->detail, words))
                fail_msg("%s: \"%s\" is not in \"%s\"", code, words, p->detail);
}

/* `places` as they stand in `where`, divided by blanks. */
static void names(const World *w, const char *code, const char *places)
{
        const Posture *p = said(w, code);
        g_autoptr(GString) all = g_string_new(NULL);
        for (size_t i = 0; i < p->n_where; i++)
                g_string_append_printf(all, "%s%s", i ? " " : "", p->where[i]);
        if (!g_str_equal(all->str, places))
                fail_msg("%s names \"%s\", not \"%s\"", code, all->str, places);
}

static void silent(const World *w, const char *code)
{
        if (seek(w, code))
                fail_msg("%s: %s", code, seek(w, code)->detail);
}

static void application(World *w) /* stays open */
{
        axml_open_tag(w->x, "application");
}

static void filter(World *w, const char *action, const char *category)
{
        axml_open_tag(w->x, "intent-filter");
        world_named(w, "action", action);
        if (category)
                world_named(w, "category", category);
        axml_close_tags(w->x, 1);
}

/* ---- components */

static void the_plainest_app_of_today_has_nothing_but_its_backup(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        world_exported(w, "activity", ".Main");
        filter(w, "android.intent.action.MAIN", "android.intent.category.LAUNCHER");
        world_read(w, 3);
        world_signer(w, "v1");
        world_signer(w, "v2");
        world_run(w, &pass_posture);
        assert_int_equal(w->facts->n_posture, 1);
        assert_string_equal(w->facts->posture[0]->code, "allow-backup");
}

static void open_components_are_told_by_kind_and_guarded_ones_are_not(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        static const char *const tags[] = {"activity", "service", "receiver", "provider"};
        for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
                g_autofree char *open = g_strdup_printf(".Open_%s", tags[i]);
                g_autofree char *closed = g_strdup_printf(".Closed_%s", tags[i]);
                world_exported(w, tags[i], open);
                axml_close_tags(w->x, 1);
                world_tag(w, tags[i], closed);
                axml_text(w->x, ATTR_PERMISSION, "com.example.app.SIGNED");
                axml_truth(w->x, ATTR_EXPORTED, true);
                axml_close_tags(w->x, 1);
        }
        world_exported(w, "activity-alias", ".Alias");
        axml_text(w->x, ATTR_TARGET_ACTIVITY, ".Open_activity");
        axml_close_tags(w->x, 1);
        world_read(w, 2);
        world_run(w, &pass_posture);
        names(w, "exported-activity", "com.example.app.Open_activity com.example.app.Alias");
        names(w, "exported-service", "com.example.app.Open_service");
        names(w, "exported-receiver", "com.example.app.Open_receiver");
        names(w, "exported-provider", "com.example.app.Open_provider");
        says(w, "exported-provider", "for reading 1, for writing 1");
        silent(w, "exported-open-permission");
}

static void what_the_manifest_switches_off_stands_apart(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        world_tag(w, "service", ".Off");
        axml_truth(w->x, ATTR_ENABLED, false);
        axml_truth(w->x, ATTR_EXPORTED, true);
        world_read(w, 3);
        world_run(w, &pass_posture);
        silent(w, "exported-service");
        names(w, "exported-service-disabled", "com.example.app.Off");
        says(w, "exported-service-disabled", "switched off");
}

static void twenty_places_are_named_and_all_are_counted(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        for (int i = 0; i < 33; i++) {
                g_autofree char *name = g_strdup_printf(".S%d", i);
                world_exported(w, "service", name);
                axml_close_tags(w->x, 1);
        }
        world_read(w, 2);
        world_run(w, &pass_posture);
        assert_int_equal(said(w, "exported-service")->count, 33);
        assert_int_equal(said(w, "exported-service")->n_where, 20);
}

static void a_guard_that_everybody_gets_is_no_guard(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        world_named(w, "permission", "com.example.app.OWN");
        application(w);
        static const char *const guards[] = {"com.example.app.OWN", "android.permission.INTERNET",
                                             "android.permission.BIND_JOB_SERVICE"};
        for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
                g_autofree char *name = g_strdup_printf(".S%zu", i);
                world_tag(w, "service", name);
                axml_text(w->x, ATTR_PERMISSION, guards[i]);
                axml_truth(w->x, ATTR_EXPORTED, true);
                axml_close_tags(w->x, 1);
        }
        world_read(w, 2);
        world_run(w, &pass_posture);
        names(w, "exported-open-permission", "com.example.app.S0 com.example.app.S1");
        says(w, "exported-open-permission", "com.example.app.OWN, android.permission.INTERNET");
}

static void a_provider_that_grants_single_uris_is_told(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        world_tag(w, "provider", ".Files");
        axml_truth(w->x, ATTR_EXPORTED, false);
        axml_truth(w->x, ATTR_GRANT_URI_PERMISSIONS, true);
        world_read(w, 3);
        world_run(w, &pass_posture);
        names(w, "provider-grants-uri", "com.example.app.Files");
        says(w, "provider-grants-uri", "exported: 0");
        silent(w, "exported-provider");
}

static void tasks_are_told_by_what_says_so(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        world_tag(w, "activity", ".Single");
        axml_truth(w->x, ATTR_EXPORTED, true);
        axml_number(w->x, ATTR_LAUNCH_MODE, 2);
        filter(w, "android.intent.action.MAIN", "android.intent.category.LAUNCHER");
        axml_close_tags(w->x, 1);
        world_exported(w, "activity", ".Elsewhere");
        axml_text(w->x, ATTR_TASK_AFFINITY, "com.bank");
        axml_number(w->x, ATTR_LAUNCH_MODE, 3);
        axml_truth(w->x, ATTR_ALLOW_TASK_REPARENTING, true);
        axml_close_tags(w->x, 1);
        world_exported(w, "activity", ".Alone");
        axml_text(w->x, ATTR_TASK_AFFINITY, "");
        axml_number(w->x, ATTR_LAUNCH_MODE, 2);
        axml_close_tags(w->x, 1);
        world_exported(w, "activity", ".Top");
        axml_number(w->x, ATTR_LAUNCH_MODE, 1);
        axml_close_tags(w->x, 1);
        world_tag(w, "activity", ".Inside");
        axml_text(w->x, ATTR_TASK_AFFINITY, "com.inner");
        axml_number(w->x, ATTR_LAUNCH_MODE, 2);
        world_read(w, 3);
        world_run(w, &pass_posture);
        names(w, "task-launch-mode",
              "com.example.app.Single com.example.app.Elsewhere com.example.app.Alone");
        says(w, "task-launch-mode",
             "singleTask 2, singleInstance 1; task affinity: 1 the package's name, 1 another, 1 none");
        names(w, "task-affinity-set", "com.example.app.Elsewhere");
        says(w, "task-affinity-set", "com.bank 1");
        names(w, "task-affinity-empty", "com.example.app.Alone");
        names(w, "task-reparenting", "com.example.app.Elsewhere");
}

static void pages_open_only_what_is_browsable_and_exported(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        for (int i = 0; i < 2; i++) {
                world_tag(w, "activity", i ? ".Hidden" : ".Link");
                axml_truth(w->x, ATTR_EXPORTED, !i);
                axml_open_tag(w->x, "intent-filter");
                world_named(w, "action", "android.intent.action.VIEW");
                world_named(w, "category", "android.intent.category.BROWSABLE");
                axml_open_tag(w->x, "data");
                axml_text(w->x, ATTR_SCHEME, "shop");
                axml_close_tags(w->x, 3);
        }
        world_read(w, 2);
        world_run(w, &pass_posture);
        names(w, "browsable", "com.example.app.Link");
        says(w, "browsable", "schemes: shop");
}

static void services_in_the_foreground_say_what_for(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        world_tag(w, "service", ".Track");
        axml_typed(w->x, ATTR_FOREGROUND_SERVICE_TYPE, RES_INT_HEX, 0x8);
        axml_close_tags(w->x, 1);
        world_tag(w, "service", ".Record");
        axml_typed(w->x, ATTR_FOREGROUND_SERVICE_TYPE, RES_INT_HEX, 0xc0);
        world_read(w, 3);
        world_run(w, &pass_posture);
        names(w, "background-location-service", "com.example.app.Track");
        names(w, "background-capture", "com.example.app.Record");
        says(w, "background-capture", "camera 1, microphone 1");
}

static void an_sdk_that_others_can_wake_in_a_process_of_its_own_is_told(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        static const char *const processes[] = {":pushcore", NULL, "com.example.app"};
        static const char *const classes[] = {"cn.jpush.android.service.DaemonService",
                                              "cn.jpush.android.service.Quiet",
                                              "cn.jpush.android.service.Main"};
        for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
                world_exported(w, "service", classes[i]);
                if (processes[i])
                        axml_text(w->x, ATTR_PROCESS, processes[i]);
                axml_close_tags(w->x, 1);
        }
        world_exported(w, "service", ".Own");
        axml_text(w->x, ATTR_PROCESS, ":own");
        world_read(w, 3);
        world_run(w, &pass_posture);
        names(w, "associated-start", "cn.jpush.android.service.DaemonService");
        says(w, "associated-start", "jpush in com.example.app:pushcore");
}

/* ---- the package */

static void backup_says_whether_it_was_stated_and_has_rules(void **state)
{
        World *w = *state;
        world_manifest(w, 30);
        axml_open_tag(w->x, "application");
        axml_text(w->x, ATTR_BACKUP_AGENT, ".Agent");
        axml_truth(w->x, ATTR_ALLOW_BACKUP, true);
        axml_reference(w->x, ATTR_FULL_BACKUP_CONTENT, RESOURCE);
        world_read(w, 2);
        world_run(w, &pass_posture);
        says(w, "allow-backup",
             "allowBackup is true; rules of what to leave out: some for Android 11 and below, none for 12");
        says(w, "allow-backup", "agent com.example.app.Agent");
        assert_null(strstr(said(w, "allow-backup")->detail, "adb"));
}

static void backup_that_is_off_is_not_told(void **state)
{
        World *w = *state;
        world_manifest(w, 30);
        axml_open_tag(w->x, "application");
        axml_truth(w->x, ATTR_ALLOW_BACKUP, false);
        world_read(w, 2);
        world_run(w, &pass_posture);
        silent(w, "allow-backup");
}

static void flags_of_builds_and_shared_ids_are_told(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        axml_open_tag(w->x, "application");
        axml_truth(w->x, ATTR_DEBUGGABLE, true);
        axml_truth(w->x, ATTR_TEST_ONLY, true);
        world_read(w, 2);
        w->manifest.shared_user_id = "com.example.shared";
        w->manifest.shared_user_max_sdk = 32;
        world_run(w, &pass_posture);
        said(w, "debuggable");
        said(w, "test-only");
        names(w, "shared-user-id", "com.example.shared");
        says(w, "shared-user-id", "above level 32");
}

static void a_target_below_23_with_dangerous_permissions_is_the_definite_one(void **state)
{
        World *w = *state;
        for (int target = 22; target <= 23; target++) {
                world_manifest(w, target);
                world_named(w, "uses-permission", "android.permission.READ_CONTACTS");
                world_named(w, "uses-permission", "android.permission.INTERNET");
                world_named(w, "uses-permission", "android.permission.READ_CONTACTS");
                world_read(w, 1);
                w->facts->n_posture = 0;
                world_run(w, &pass_posture);
                if (target == 22) {
                        names(w, "target-sdk-low", "android.permission.READ_CONTACTS");
                        assert_int_equal(said(w, "target-sdk-low")->count, 1);
                } else {
                        silent(w, "target-sdk-low");
                }
        }
}

static void an_old_target_says_what_it_keeps(void **state)
{
        World *w = *state;
        static const int targets[] = {22, 27, 29, 30};
        static const char *const last[] = {"below 23: permissions", "below 28: cleartext",
                                           "below 30: every installed", NULL};
        for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
                world_manifest(w, targets[i]);
                world_read(w, 1);
                w->facts->n_posture = 0;
                world_run(w, &pass_posture);
                if (last[i])
                        says(w, "target-sdk-old", last[i]);
                else
                        silent(w, "target-sdk-old");
        }
}

static void legacy_storage_counts_by_target(void **state)
{
        World *w = *state;
        static const struct {
                int target;
                bool flag, permission;
                const char *says;
        } rows[] = {{28, false, true, "below 29"},         {28, true, false, NULL},
                    {29, true, false, "target 29"},        {29, false, true, NULL},
                    {33, true, false, "Android 10 alone"}, {33, false, true, NULL}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                world_manifest(w, rows[i].target);
                if (rows[i].permission)
                        world_named(w, "uses-permission", "android.permission.WRITE_EXTERNAL_STORAGE");
                axml_open_tag(w->x, "application");
                axml_truth(w->x, ATTR_REQUEST_LEGACY_EXTERNAL_STORAGE, rows[i].flag);
                world_read(w, 2);
                w->facts->n_posture = 0;
                world_run(w, &pass_posture);
                if (rows[i].says)
                        says(w, "legacy-storage", rows[i].says);
                else
                        silent(w, "legacy-storage");
        }
}

static void queries_for_many_packages_and_for_all_launchers_are_told(void **state)
{
        World *w = *state;
        for (int n = 10; n <= 11; n++) {
                world_manifest(w, 34);
                axml_open_tag(w->x, "queries");
                for (int i = 0; i < n; i++) {
                        g_autofree char *name = g_strdup_printf("com.other.p%d", i);
                        world_named(w, "package", name);
                }
                axml_open_tag(w->x, "intent");
                world_named(w, "action",
                            n == 10 ? "android.intent.action.VIEW" : "android.intent.action.MAIN");
                world_read(w, 3);
                w->facts->n_posture = 0;
                world_run(w, &pass_posture);
                if (n == 10) {
                        silent(w, "queries-many");
                        silent(w, "queries-launchers");
                } else {
                        assert_int_equal(said(w, "queries-many")->count, 11);
                        said(w, "queries-launchers");
                }
        }
}

static void the_jar_signature_alone_is_told_where_it_was_not_enough(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        world_read(w, 1);
        world_signer(w, "v1");
        world_run(w, &pass_posture);
        says(w, "v1-signature-only", "level 21");
        w->facts->n_posture = 0;
        w->manifest.min_sdk = 27;
        world_run(w, &pass_posture);
        silent(w, "v1-signature-only");
}

static void libraries_are_counted_by_abi(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        world_read(w, 1);
        world_native(w, "armeabi-v7a", "liba.so");
        world_native(w, "x86", "liba.so");
        world_native(w, "armeabi-v7a", "libb.so");
        world_run(w, &pass_posture);
        says(w, "native-libraries", "armeabi-v7a 2, x86 1");
        names(w, "native-libraries", "armeabi-v7a x86");
        assert_int_equal(said(w, "native-libraries")->count, 3);
        said(w, "native-32-bit-only");
        world_native(w, "arm64-v8a", "liba.so");
        w->facts->n_posture = 0;
        world_run(w, &pass_posture);
        silent(w, "native-32-bit-only");
}

/* ---- network */

static void cleartext_by_the_manifest_follows_statement_and_target(void **state)
{
        World *w = *state;
        static const struct {
                int target, stated; /* -1: not stated */
                const char *says;
        } rows[] = {{27, -1, "by default"},
                    {28, -1, NULL},
                    {28, 1, "usesCleartextTraffic is true"},
                    {27, 0, NULL}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                world_manifest(w, rows[i].target);
                axml_open_tag(w->x, "application");
                if (rows[i].stated >= 0)
                        axml_truth(w->x, ATTR_USES_CLEARTEXT_TRAFFIC, rows[i].stated);
                world_read(w, 2);
                w->facts->n_posture = 0;
                world_run(w, &pass_posture);
                if (rows[i].says)
                        says(w, "cleartext-allowed", rows[i].says);
                else
                        silent(w, "cleartext-allowed");
                silent(w, "user-ca-trusted");
        }
}

/* The configuration under way; its root is open. */
static AxmlBuild *configuration(void)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "network-security-config");
        return x;
}

static void cleartext(AxmlBuild *x, const char *tag, bool permitted) /* stays open */
{
        axml_open_tag(x, tag);
        axml_plain_truth(x, "cleartextTrafficPermitted", permitted);
}

static void domain(AxmlBuild *x, const char *name, bool subdomains)
{
        axml_open_tag(x, "domain");
        axml_plain_truth(x, "includeSubdomains", subdomains);
        axml_words(x, name);
        axml_close_tags(x, 1);
}

static void certificates(AxmlBuild *x, const char *src)
{
        axml_open_tag(x, "trust-anchors");
        axml_open_tag(x, "certificates");
        axml_plain(x, "src", src);
        axml_close_tags(x, 2);
}

/* A manifest that refers to a configuration, which the resource table finds at r/n.xml. */
static void refer(World *w, int target, bool flag)
{
        static const ArscTable table = {.values = {{RES_STRING, "r/n.xml"}}, .n = 1};
        GByteArray *arsc = arsc_build(&table, 1);
        g_ptr_array_add(w->bytes, arsc);
        w->arsc = arsc_open(span_of_bytes(arsc), w->arena, NULL);
        world_manifest(w, target);
        axml_open_tag(w->x, "application");
        if (flag)
                axml_truth(w->x, ATTR_USES_CLEARTEXT_TRAFFIC, true);
        axml_reference(w->x, ATTR_NETWORK_SECURITY_CONFIG, RESOURCE);
        world_read(w, 2);
}

/* `config` is taken; NULL: the entry is not there. */
static void run_with(World *w, int target, AxmlBuild *config, int open, bool flag)
{
        refer(w, target, flag);
        if (config) {
                axml_close_tags(config, open);
                world_bytes(w, "r/n.xml", axml_end(config, (AxmlTricks){0}));
        } else {
                world_entry(w, "res/xml/n.xml", span_str("?"));
        }
        world_run(w, &pass_posture);
}

static void a_configuration_takes_the_flags_place(void **state)
{
        World *w = *state;
        AxmlBuild *x = configuration();
        cleartext(x, "base-config", false);
        axml_close_tags(x, 1);
        cleartext(x, "domain-config", true);
        domain(x, "plain.example", true);
        domain(x, "10.0.2.2", false);
        run_with(w, 34, x, 2, true);
        silent(w, "cleartext-allowed");
        names(w, "cleartext-domains", "*.plain.example 10.0.2.2");
        said(w, "cleartext-allowed-before-7");
}

static void a_configuration_may_allow_everything_but_some_domains(void **state)
{
        World *w = *state;
        AxmlBuild *x = configuration();
        cleartext(x, "base-config", true);
        certificates(x, "user");
        axml_close_tags(x, 1);
        cleartext(x, "domain-config", false);
        domain(x, "safe.example", false);
        axml_open_tag(x, "pin-set");
        axml_plain(x, "expiration", "2031-05-01");
        axml_open_tag(x, "pin");
        axml_words(x, "7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=");
        axml_close_tags(x, 3);
        axml_open_tag(x, "debug-overrides");
        certificates(x, "user");
        run_with(w, 34, x, 2, false);
        says(w, "cleartext-allowed",
             "base-config of the network security configuration allows it, but for 1 domains");
        silent(w, "cleartext-domains");
        says(w, "user-ca-trusted", "base-config trusts");
        names(w, "certificate-pins", "safe.example");
        says(w, "certificate-pins", "until 2031-05-01");
        says(w, "debug-overrides", "they do not count");
}

static void a_bundles_configuration_is_read_too(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = NULL;
        gsize len = 0;
        const char *path = TEST_SOURCE_DIR "/fuzz/seeds/analyzer_protoxml/aapt2-network-config";
        must_succeed(g_file_get_contents(path, &bytes, &len, &error), error);
        w->bundle = true;
        refer(w, 34, false);
        world_entry(w, "r/n.xml", span_of(bytes, len));
        world_run(w, &pass_posture);
        names(w, "cleartext-domains", "*.example.com 10.0.2.2");
        names(w, "certificate-pins", "*.example.com 10.0.2.2");
        says(w, "user-ca-trusted", "base-config");
}

static void domains_that_trust_the_user_are_named(void **state)
{
        World *w = *state;
        AxmlBuild *x = configuration();
        axml_open_tag(x, "domain-config");
        domain(x, "test.example", false);
        certificates(x, "user");
        run_with(w, 34, x, 2, false);
        names(w, "user-ca-trusted", "test.example");
}

static void a_configuration_that_cannot_be_read_is_told(void **state)
{
        World *w = *state;
        run_with(w, 34, NULL, 0, false);
        says(w, "network-config-unreadable", "there is no r/n.xml");
        w->facts->n_posture = 0;
        AxmlBuild *x = configuration();
        axml_open_tag(x, "domain-config");
        run_with(w, 34, x, 2, false);
        says(w, "network-config-unreadable", "<domain-config> without a <domain>");
        silent(w, "cleartext-allowed");
}

static void users_certificates_are_trusted_by_default_up_to_target_23(void **state)
{
        World *w = *state;
        world_manifest(w, 23);
        world_read(w, 1);
        world_run(w, &pass_posture);
        says(w, "user-ca-trusted", "by default");
}

/* ---- signs */

static void special_access_is_told_from_guards_and_permissions(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        static const char *const asked[] = {"android.permission.SYSTEM_ALERT_WINDOW",
                                            "android.permission.PACKAGE_USAGE_STATS",
                                            "android.permission.REQUEST_INSTALL_PACKAGES",
                                            "android.permission.REQUEST_IGNORE_BATTERY_OPTIMIZATIONS",
                                            "android.permission.QUERY_ALL_PACKAGES",
                                            "com.android.permission.GET_INSTALLED_APPS",
                                            "android.permission.ACCESS_BACKGROUND_LOCATION"};
        for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
                world_named(w, "uses-permission", asked[i]);
        application(w);
        static const char *const guards[][2] = {{"ACCESSIBILITY_SERVICE", "accessibility-service"},
                                                {"NOTIFICATION_LISTENER_SERVICE", "notification-listener"},
                                                {"DEVICE_ADMIN", "device-admin"},
                                                {"VPN_SERVICE", "vpn-service"},
                                                {"INPUT_METHOD", "input-method"}};
        for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
                g_autofree char *name = g_strdup_printf(".S%zu", i);
                g_autofree char *guard = g_strdup_printf("android.permission.BIND_%s", guards[i][0]);
                world_tag(w, "service", name);
                axml_text(w->x, ATTR_PERMISSION, guard);
                axml_close_tags(w->x, 1);
        }
        world_read(w, 2);
        world_run(w, &pass_posture);
        for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
                g_autofree char *name = g_strdup_printf("com.example.app.S%zu", i);
                names(w, guards[i][1], name);
        }
        names(w, "overlay", asked[0]);
        names(w, "usage-access", asked[1]);
        names(w, "install-packages", asked[2]);
        names(w, "ignore-battery", asked[3]);
        names(w, "query-all-packages",
              "android.permission.QUERY_ALL_PACKAGES com.android.permission.GET_INSTALLED_APPS");
        names(w, "background-location", asked[6]);
}

static void receivers_that_start_the_app_name_what_starts_them(void **state)
{
        World *w = *state;
        world_manifest(w, 34);
        application(w);
        world_exported(w, "receiver", ".Boot");
        filter(w, "android.intent.action.BOOT_COMPLETED", NULL);
        filter(w, "android.intent.action.USER_PRESENT", NULL);
        filter(w, "android.net.conn.CONNECTIVITY_CHANGE", NULL);
        axml_close_tags(w->x, 1);
        world_tag(w, "receiver", ".Off");
        axml_truth(w->x, ATTR_ENABLED, false);
        filter(w, "android.intent.action.BOOT_COMPLETED", NULL);
        axml_close_tags(w->x, 1);
        world_exported(w, "activity", ".NoReceiver");
        filter(w, "android.intent.action.USER_PRESENT", NULL);
        axml_close_tags(w->x, 1);
        world_exported(w, "service", ".Sync");
        filter(w, "android.content.SyncAdapter", NULL);
        world_read(w, 3);
        world_run(w, &pass_posture);
        names(w, "boot-receiver", "com.example.app.Boot");
        names(w, "boot-receiver-disabled", "com.example.app.Off");
        names(w, "autostart-receiver", "com.example.app.Boot");
        says(w, "autostart-receiver",
             ": android.intent.action.USER_PRESENT, android.net.conn.CONNECTIVITY_CHANGE");
        names(w, "sync-adapter", "com.example.app.Sync");
}

static void calls_are_told_with_owner_and_place(void **state)
{
        World *w = *state;
        world_call(w, "Ldalvik/system/DexClassLoader;-><init>(Ljava/lang/String;)V", "dynamic_code", "own",
                   "Lcom/example/app/Plug;", "load()V");
        world_call(w, "Ldalvik/system/DexFile;->loadDex(Ljava/lang/String;)V", "dynamic_code", "sdk:tinker",
                   "Lcom/tencent/tinker/X;", "patch()V");
        world_call(w, "Ljava/lang/ClassLoader;->loadClass(Ljava/lang/String;)Ljava/lang/Class;",
                   "dynamic_code", "other", "La/b;", "c()V");
        world_call(w, "/system/bin/su", "root_status", "own", "Lcom/example/app/Root;", "check()Z");
        world_call(w,
                   "Landroid/webkit/WebView;->addJavascriptInterface(Ljava/lang/Object;Ljava/lang/String;)V",
                   "browsing_history", "own", "Lcom/example/app/Web;", "open()V");
        world_run(w, &pass_posture);
        names(w, "dynamic-code-loading",
              "own Lcom/example/app/Plug;->load()V sdk:tinker Lcom/tencent/tinker/X;->patch()V");
        says(w, "dynamic-code-loading", ": DexClassLoader.<init>, DexFile.loadDex");
        says(w, "root-check", ": /system/bin/su");
        names(w, "webview-javascript-interface", "own Lcom/example/app/Web;->open()V");
        assert_int_equal(w->facts->n_posture, 3);
}

static void records_are_sorted_by_code(void **state)
{
        World *w = *state;
        world_manifest(w, 22);
        world_named(w, "uses-permission", "android.permission.READ_CONTACTS");
        application(w);
        world_exported(w, "service", ".S");
        axml_close_tags(w->x, 1);
        world_exported(w, "activity", ".A");
        world_read(w, 3);
        world_run(w, &pass_posture);
        assert_true(w->facts->n_posture > 4);
        for (size_t i = 1; i < w->facts->n_posture; i++)
                assert_true(strcmp(w->facts->posture[i - 1]->code, w->facts->posture[i]->code) < 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(the_plainest_app_of_today_has_nothing_but_its_backup),
                TEST(open_components_are_told_by_kind_and_guarded_ones_are_not),
                TEST(what_the_manifest_switches_off_stands_apart),
                TEST(twenty_places_are_named_and_all_are_counted),
                TEST(a_guard_that_everybody_gets_is_no_guard),
                TEST(a_provider_that_grants_single_uris_is_told),
                TEST(tasks_are_told_by_what_says_so),
                TEST(pages_open_only_what_is_browsable_and_exported),
                TEST(services_in_the_foreground_say_what_for),
                TEST(an_sdk_that_others_can_wake_in_a_process_of_its_own_is_told),
                TEST(backup_says_whether_it_was_stated_and_has_rules),
                TEST(backup_that_is_off_is_not_told),
                TEST(flags_of_builds_and_shared_ids_are_told),
                TEST(a_target_below_23_with_dangerous_permissions_is_the_definite_one),
                TEST(an_old_target_says_what_it_keeps),
                TEST(legacy_storage_counts_by_target),
                TEST(queries_for_many_packages_and_for_all_launchers_are_told),
                TEST(the_jar_signature_alone_is_told_where_it_was_not_enough),
                TEST(libraries_are_counted_by_abi),
                TEST(cleartext_by_the_manifest_follows_statement_and_target),
                TEST(a_configuration_takes_the_flags_place),
                TEST(a_configuration_may_allow_everything_but_some_domains),
                TEST(a_bundles_configuration_is_read_too),
                TEST(domains_that_trust_the_user_are_named),
                TEST(a_configuration_that_cannot_be_read_is_told),
                TEST(users_certificates_are_trusted_by_default_up_to_target_23),
                TEST(special_access_is_told_from_guards_and_permissions),
                TEST(receivers_that_start_the_app_name_what_starts_them),
                TEST(calls_are_told_with_owner_and_place),
                TEST(records_are_sorted_by_code),
        };
        return cmocka_run_group_tests(tests, world_open_tables, world_close_tables);
}
