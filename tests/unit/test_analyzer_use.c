/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes use and effective. */
#include "unit/unit.h"

#include "analyzer/passes/effective.h"
#include "support/code_facts.h"

#define PHONE     "Landroid/telephony/TelephonyManager;"
#define TEXT      "()Ljava/lang/String;"
#define P(name)   "android.permission." name
#define OPEN      "(I)Landroid/hardware/Camera;"
#define GET_PLACE "(Ljava/lang/String;)Landroid/location/Location;"

static void class_that(DexWords *d, const char *name, const char *of, const char *method, const char *proto)
{
        dex_says_class(d, name, "Ljava/lang/Object;");
        dex_says_method(d, "take", "()V");
        dex_calls(d, DEX_VIRTUAL, of, method, proto);
}

static const PermissionUse *use_of(const FactsWorld *w, const char *permission)
{
        for (size_t i = 0; i < w->facts->n_permission_use; i++)
                if (g_str_equal(w->facts->permission_use[i]->permission, permission))
                        return w->facts->permission_use[i];
        return NULL;
}

static void verdict_is(const FactsWorld *w, const char *permission, const char *wanted)
{
        const PermissionUse *use = use_of(w, permission);
        if (!use || !g_str_equal(use->verdict, wanted))
                fail_msg("%s: %s, wanted %s", permission, use ? use->verdict : "no record", wanted);
}

static void the_verdict_says_whose_code_it_is(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        facts_permission(w, P("READ_PHONE_STATE"));
        facts_permission(w, P("CAMERA"));
        facts_permission(w, P("ACCESS_FINE_LOCATION"));
        facts_permission(w, P("RECORD_AUDIO"));
        facts_permission(w, P("INTERNET")); /* normal: not looked at */
        class_that(d, "Lcom/umeng/analytics/A;", PHONE, "getDeviceId", TEXT);
        class_that(d, "Lorg/meadow/app/A;", PHONE, "getDeviceId", TEXT);
        class_that(d, "Lcom/umeng/analytics/B;", "Landroid/hardware/Camera;", "open", OPEN);
        class_that(d, "La/b/c;", "Landroid/location/LocationManager;", "getLastKnownLocation", GET_PLACE);
        facts_code(w, d);
        facts_run(w, &pass_use);
        verdict_is(w, P("READ_PHONE_STATE"), "own");
        verdict_is(w, P("CAMERA"), "sdk-only");
        verdict_is(w, P("ACCESS_FINE_LOCATION"), "other");
        verdict_is(w, P("RECORD_AUDIO"), "not-found");
        assert_null(use_of(w, P("INTERNET")));
        assert_int_equal(w->facts->n_permission_use, 4);
        assert_string_equal(w->facts->permission_use[0]->permission, P("ACCESS_FINE_LOCATION"));
        assert_true(w->facts->permission_use[0]->declared);
        assert_int_equal(use_of(w, P("CAMERA"))->n_sdks, 1);
        assert_true(g_str_has_prefix(use_of(w, P("CAMERA"))->sdks[0], "umeng"));
}

static void own_code_stands_first_in_the_evidence(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        static const char *const sdks[] = {"Lcom/umeng/analytics/A;",      "Lcom/baidu/location/A;",
                                           "Lcom/facebook/ads/A;",         "Lcom/appsflyer/A;",
                                           "Lcom/adjust/sdk/A;",           "Lcom/amplitude/api/A;",
                                           "Lcom/google/firebase/perf/A;", "Lio/branch/referral/A;"};
        facts_permission(w, P("READ_PHONE_STATE"));
        for (size_t i = 0; i < G_N_ELEMENTS(sdks); i++)
                class_that(d, sdks[i], PHONE, "getDeviceId", TEXT);
        class_that(d, "La/b/c;", PHONE, "getDeviceId", TEXT);
        class_that(d, "Lorg/meadow/app/Late;", PHONE, "getDeviceId", TEXT);
        facts_code(w, d);
        facts_run(w, &pass_use);
        const PermissionUse *use = use_of(w, P("READ_PHONE_STATE"));
        assert_int_equal(use->n_evidence, 6);
        assert_string_equal(use->evidence[0]->value,
                            PHONE "->getDeviceId" TEXT " by own in Lorg/meadow/app/Late;->take()V");
        assert_non_null(strstr(use->evidence[1]->value, " by other in La/b/c;->take()V"));
        assert_non_null(strstr(use->evidence[2]->value, " by sdk:"));
        assert_true(use->n_sdks > 4);
}

static void what_cannot_be_seen_is_unknown(void **state)
{
        FactsWorld *w = *state;
        facts_permission(w, P("CAMERA"));
        facts_blind(w, "packer", "code");
        facts_blind(w, "reflection", "content");
        facts_run(w, &pass_use);
        verdict_is(w, P("CAMERA"), "unknown");
        assert_int_equal(use_of(w, P("CAMERA"))->n_blind, 1);
        assert_string_equal(use_of(w, P("CAMERA"))->blind[0], "packer");
}

static void a_receiver_in_the_manifest_uses_a_permission(void **state)
{
        FactsWorld *w = *state;
        facts_permission(w, P("RECEIVE_SMS"));
        facts_action(w, facts_component(w, COMPONENT__KIND__RECEIVER, "org.meadow.app.Inbox"),
                     "android.provider.Telephony.SMS_RECEIVED");
        facts_run(w, &pass_use);
        verdict_is(w, P("RECEIVE_SMS"), "own");
        assert_string_equal(use_of(w, P("RECEIVE_SMS"))->evidence[0]->kind, "component");
}

static void what_is_called_and_not_declared_is_told_of_every_owner(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        class_that(d, "Lcom/umeng/analytics/A;", PHONE, "getDeviceId", TEXT);
        class_that(d, "Lorg/meadow/app/A;", PHONE, "getDeviceId", TEXT);
        facts_code(w, d);
        facts_run(w, &pass_use);
        assert_int_equal(w->facts->n_permission_use, 1);
        const PermissionUse *use = use_of(w, P("READ_PHONE_STATE"));
        assert_false(use->declared);
        assert_string_equal(use->verdict, "own");
        assert_int_equal(use->n_evidence, 2);
        assert_int_equal(use->n_sdks, 1);
}

static void one_of_several_permissions_is_enough(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        facts_permission(w, P("ACCESS_COARSE_LOCATION"));
        class_that(d, "Lorg/meadow/app/A;", "Landroid/location/LocationManager;", "getLastKnownLocation",
                   GET_PLACE);
        facts_code(w, d);
        facts_run(w, &pass_use);
        assert_int_equal(w->facts->n_permission_use, 1);
        verdict_is(w, P("ACCESS_COARSE_LOCATION"), "own");
}

static void what_an_old_target_implies_is_not_missing(void **state)
{
        FactsWorld *w = *state;
        for (int target = 3; target <= 4; target++) {
                w->facts->target_sdk = target;
                w->api_level = 30;
                DexWords *d = dex_words();
                class_that(d, "Lorg/meadow/app/A;", PHONE, "getDeviceId", TEXT);
                facts_code(w, d);
                facts_run(w, &pass_use);
                assert_int_equal(use_of(w, P("READ_PHONE_STATE")) != NULL, target == 4);
                if (target == 3) {
                        code_world_end(state);
                        facts_begin(state);
                }
        }
}

static void only_what_the_platform_itself_states_is_missed(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        /* a row of own judgement, and a hidden interface's from memory */
        class_that(d, "Lorg/meadow/app/A;", "Landroid/app/NotificationManager;", "notify",
                   "(ILandroid/app/Notification;)V");
        class_that(d, "Lorg/meadow/app/B;", "Lcom/android/internal/telephony/ITelephony;", "getDeviceId",
                   TEXT);
        facts_code(w, d);
        facts_run(w, &pass_use);
        assert_int_equal(w->facts->n_permission_use, 0);
}

static void a_uri_alone_does_not_show_that_a_permission_is_missing(void **state)
{
        FactsWorld *w = *state;
        DexWords *d = dex_words();
        class_that(d, "Lorg/meadow/app/A;", "Landroid/content/ContentResolver;", "query",
                   "(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/"
                   "String;)"
                   "Landroid/database/Cursor;");
        dex_names(d, "content://call_log/calls");
        facts_code(w, d);
        facts_run(w, &pass_use);
        assert_int_equal(w->facts->n_permission_use, 0);
}

static void a_permission_that_the_device_does_not_know_is_not_missed(void **state)
{
        FactsWorld *w = *state;
        for (int level = 30; level <= 31; level++) {
                w->api_level = level;
                DexWords *d = dex_words();
                class_that(d, "Lorg/meadow/app/A;", "Landroid/bluetooth/BluetoothDevice;", "createBond",
                           "()Z");
                facts_code(w, d);
                facts_run(w, &pass_use);
                if (level == 30) {
                        assert_null(use_of(w, P("BLUETOOTH_CONNECT")));
                        code_world_end(state);
                        facts_begin(state);
                }
        }
        assert_non_null(use_of(w, P("BLUETOOTH_CONNECT")));
}

/* ---- effective permissions */

/* "name how from note; " of all. */
static const char *effective(FactsWorld *w)
{
        const Tables tables = {.permissions = w->permissions};
        Apk apk = {.api_level = w->api_level, .facts = w->facts, .arena = w->code.arena, .tables = &tables};
        w->facts->n_effective = 0;
        effective_find(&apk);
        GString *out = g_string_new(NULL);
        for (size_t i = 0; i < w->facts->n_effective; i++) {
                const EffectivePermission *p = w->facts->effective[i];
                const char *name = strrchr(p->name, '.') + 1;
                g_string_append_printf(out, "%s %s", name, p->origin);
                if (p->from)
                        g_string_append_printf(out, " %s",
                                               g_strrstr(p->from, ".") ? strrchr(p->from, '.') + 1 : p->from);
                g_string_append_printf(out, "%s%s; ", p->note ? " " : "", p->note ? p->note : "");
        }
        char *text = arena_str(w->code.arena, out->str);
        g_string_free(out, TRUE);
        return text;
}

static void stated_limits_hold(void **state)
{
        FactsWorld *w = *state;
        Permission *old = facts_permission(w, P("CAMERA"));
        old->has_max_sdk = true;
        old->max_sdk = 33;
        Permission *fresh = facts_permission(w, P("RECORD_AUDIO"));
        fresh->has_min_sdk = true;
        fresh->min_sdk = 35;
        Permission *runtime = facts_permission(w, P("SEND_SMS"));
        runtime->has_sdk23 = runtime->sdk23 = true;
        Permission *never = facts_permission(w, P("BLUETOOTH_SCAN"));
        never->flags = 0x10000;
        assert_non_null(strstr(effective(w), "BLUETOOTH_SCAN declared never-for-location; "));
        assert_non_null(strstr(effective(w), "SEND_SMS declared; "));
        assert_null(strstr(effective(w), "CAMERA"));
        assert_null(strstr(effective(w), "RECORD_AUDIO"));
        w->api_level = 22;
        assert_null(strstr(effective(w), "SEND_SMS"));
        assert_non_null(strstr(effective(w), "CAMERA declared; "));
}

static void the_first_statement_that_applies_counts(void **state)
{
        FactsWorld *w = *state;
        Permission *first = facts_permission(w, P("CAMERA"));
        first->has_max_sdk = true;
        first->max_sdk = 20;
        facts_permission(w, P("CAMERA"));
        assert_string_equal(effective(w), "CAMERA declared; ");
}

static void old_targets_are_given_what_needed_no_asking_then(void **state)
{
        FactsWorld *w = *state;
        w->facts->target_sdk = 3;
        w->api_level = 28;
        assert_string_equal(effective(w), "READ_EXTERNAL_STORAGE split WRITE_EXTERNAL_STORAGE; "
                                          "READ_PHONE_STATE implied target; "
                                          "WRITE_EXTERNAL_STORAGE implied target; ");
        w->facts->target_sdk = 4;
        assert_string_equal(effective(w), "");
        w->facts->target_sdk = 3;
        w->facts->has_target_sdk = false; /* nobody knows */
        assert_string_equal(effective(w), "");
}

static void permissions_split_and_split_again(void **state)
{
        FactsWorld *w = *state;
        facts_permission(w, P("WRITE_EXTERNAL_STORAGE"));
        w->facts->target_sdk = 28;
        w->api_level = 29;
        assert_string_equal(effective(w), "ACCESS_MEDIA_LOCATION split READ_EXTERNAL_STORAGE; "
                                          "READ_EXTERNAL_STORAGE split WRITE_EXTERNAL_STORAGE; "
                                          "WRITE_EXTERNAL_STORAGE declared; ");
        w->facts->target_sdk = 29;
        assert_string_equal(effective(w), "READ_EXTERNAL_STORAGE split WRITE_EXTERNAL_STORAGE; "
                                          "WRITE_EXTERNAL_STORAGE declared; ");
        assert_true(effective_has(w->facts, P("READ_EXTERNAL_STORAGE")));
        assert_false(effective_has(w->facts, P("CAMERA")));
        assert_int_equal(w->facts->effective_level, 29);
}

static void a_permission_named_like_the_mark_for_all_implies_nothing(void **state)
{
        FactsWorld *w = *state;
        facts_permission(w, "x.*");
        facts_permission(w, "y.");
        assert_string_equal(effective(w), "* declared;  declared; ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, facts_begin, code_world_end)
        const struct CMUnitTest tests[] = {
                TEST(the_verdict_says_whose_code_it_is),
                TEST(own_code_stands_first_in_the_evidence),
                TEST(what_cannot_be_seen_is_unknown),
                TEST(a_receiver_in_the_manifest_uses_a_permission),
                TEST(what_is_called_and_not_declared_is_told_of_every_owner),
                TEST(one_of_several_permissions_is_enough),
                TEST(what_an_old_target_implies_is_not_missing),
                TEST(only_what_the_platform_itself_states_is_missed),
                TEST(a_uri_alone_does_not_show_that_a_permission_is_missing),
                TEST(a_permission_that_the_device_does_not_know_is_not_missed),
                TEST(stated_limits_hold),
                TEST(the_first_statement_that_applies_counts),
                TEST(old_targets_are_given_what_needed_no_asking_then),
                TEST(permissions_split_and_split_again),
                TEST(a_permission_named_like_the_mark_for_all_implies_nothing),
        };
        return cmocka_run_group_tests(tests, facts_open, facts_close);
}
