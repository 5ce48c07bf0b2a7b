/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/passes/posture_parts.h"

#include "analyzer/tables/permset.h"

/* ---- what the application states */

static void say_backup(PostureWork *work)
{
        enum { ADB_EMPTY = 31 };
        const Application *app = &work->manifest->application;
        if (!app->allow_backup)
                return;
        Posture *p =
                posture_say(work, "allow-backup",
                            app->backup_stated ? "allowBackup is true" : "allowBackup is true by default");
        posture_add(work, p, "; rules of what to leave out: %s for Android 11 and below, %s for 12 and above",
                    app->full_backup_content ? "some" : "none", app->data_extraction_rules ? "some" : "none");
        if (app->backup_agent)
                posture_add(work, p, "; agent %s", app->backup_agent);
        if (work->target >= ADB_EMPTY && !work->manifest->debuggable)
                posture_add(work, p, "; with this target adb backup takes nothing");
}

static void say_flags(PostureWork *work)
{
        const Manifest *m = work->manifest;
        if (m->debuggable)
                posture_say(work, "debuggable", "a debugger may take the app over and read its data");
        if (m->application.test_only)
                posture_say(work, "test-only",
                            "marked as a build for tests; Android installs it by adb alone");
        if (!m->shared_user_id)
                return;
        Posture *p = posture_say(work, "shared-user-id",
                                 "shares its user id, and so its data, with other apps of its signer");
        posture_at(work, p, m->shared_user_id);
        if (m->shared_user_max_sdk > 0)
                posture_add(work, p, "; new installations above level %d do not", m->shared_user_max_sdk);
}

/* ---- target SDK level */

static void say_low_target(PostureWork *work)
{
        enum { RUNTIME_PERMISSIONS = 23 };
        const PermSet *permissions = work->apk->tables->permissions;
        for (size_t i = 0; work->target < RUNTIME_PERMISSIONS && i < work->facts->n_permissions; i++) {
                const char *name = work->facts->permissions[i]->name;
                const PermInfo *info = permset_find(permissions, name);
                if (info && g_str_equal(info->protection, "dangerous"))
                        posture_at(work,
                                   posture_say(work, "target-sdk-low",
                                               arena_printf(work->arena,
                                                            "target %d is below 23: these dangerous "
                                                            "permissions are granted all at once, not one "
                                                            "by one when needed",
                                                            work->target)),
                                   name);
        }
}

static void say_old_target(PostureWork *work)
{
        static const struct {
                int32_t below;
                const char *means;
        } rows[] = {
                {23, "permissions are granted at installation"},
                {24, "certificates that the user installed are trusted"},
                {26, "services run on in the background, and the manifest's receivers get every broadcast"},
                {28, "cleartext traffic is allowed by default"},
                {29, "storage permissions open the whole shared storage"},
                {30, "every installed app is visible"}};
        if (work->target >= rows[G_N_ELEMENTS(rows) - 1].below)
                return;
        Posture *p = posture_say(work, "target-sdk-old", NULL);
        posture_add(work, p, "target %d", work->target);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                if (work->target < rows[i].below)
                        posture_add(work, p, "; below %d: %s", rows[i].below, rows[i].means);
        }
}

static bool asks_for_storage(const Facts *facts)
{
        for (size_t i = 0; i < facts->n_permissions; i++) {
                const char *name = facts->permissions[i]->name;
                if (g_str_equal(name, "android.permission.READ_EXTERNAL_STORAGE") ||
                    g_str_equal(name, "android.permission.WRITE_EXTERNAL_STORAGE"))
                        return true;
        }
        return false;
}

static void say_storage(PostureWork *work)
{
        enum { SCOPED = 29, SCOPED_ALWAYS = 30 };
        bool stated = work->manifest->application.legacy_storage;
        if (work->target < SCOPED && asks_for_storage(work->facts))
                posture_say(work, "legacy-storage",
                            "asks for storage with a target below 29: the whole shared storage");
        else if (stated && work->target == SCOPED)
                posture_say(work, "legacy-storage",
                            "requestLegacyExternalStorage with target 29: the whole shared storage");
        else if (stated && work->target >= SCOPED_ALWAYS)
                posture_say(work, "legacy-storage",
                            "requestLegacyExternalStorage: the whole shared storage, on Android 10 alone");
}

/* ---- other packages, signature, libraries */

static void say_queries(PostureWork *work)
{
        enum { MANY = 10 };
        const Manifest *m = work->manifest;
        for (size_t i = 0; m->n_query_packages > MANY && i < m->n_query_packages; i++)
                posture_at(work, posture_say(work, "queries-many", "asks to see these packages"),
                           m->query_packages[i]);
        for (size_t i = 0; i < m->n_query_actions; i++) {
                if (g_str_equal(m->query_actions[i], "android.intent.action.MAIN"))
                        posture_say(work, "queries-launchers",
                                    "<queries> for the action MAIN: sees every app that can be launched");
        }
}

static void say_signature(PostureWork *work)
{
        enum { JANUS_LAST = 26 }; /* Android 5.1.1 to 8.0 */
        const Facts *facts = work->facts;
        bool v1 = false, other = false;
        for (size_t i = 0; i < facts->n_signers; i++) {
                bool is_v1 = g_str_equal(facts->signers[i]->scheme, "v1");
                v1 = v1 || is_v1;
                other = other || !is_v1;
        }
        const Manifest *m = work->manifest;
        if (!v1 || other || m->min_sdk > JANUS_LAST)
                return;
        g_autofree char *level = g_strdup_printf("%d", m->min_sdk);
        posture_add(work, posture_say(work, "v1-signature-only", NULL),
                    "no v2 or later signature, and installs from level %s on: unpatched Android 5.1 to 8.0 "
                    "accepts "
                    "a dex file put in front (CVE-2017-13156)",
                    m->min_codename ? m->min_codename : level);
}

static void say_natives(PostureWork *work)
{
        static const char *const wide[] = {"arm64-v8a", "x86_64", "riscv64", "mips64", NULL};
        const Facts *facts = work->facts;
        PostureList abis = {0};
        bool has_wide = false;
        for (size_t i = 0; i < facts->n_natives; i++) {
                posture_count(&abis, facts->natives[i]->abi);
                has_wide = has_wide || g_strv_contains(wide, facts->natives[i]->abi);
        }
        if (!facts->n_natives)
                return;
        Posture *p = posture_say(work, "native-libraries", posture_list(work, &abis, true));
        for (size_t i = 0; i < MIN(abis.n, (size_t)POSTURE_WORDS); i++)
                posture_at(work, p, abis.words[i]);
        p->count = (uint32_t)facts->n_natives;
        if (!has_wide)
                posture_say(work, "native-32-bit-only", "no library for a 64-bit ABI");
}

void posture_package(PostureWork *work)
{
        say_backup(work);
        say_flags(work);
        say_low_target(work);
        say_old_target(work);
        say_storage(work);
        say_queries(work);
        say_signature(work);
        say_natives(work);
}
