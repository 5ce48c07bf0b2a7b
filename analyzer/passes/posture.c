/* SPDX-License-Identifier: GPL-3.0-or-later */
/* posture.c - how an app stands towards other apps, the network and the system, as its manifest, network security
 * configuration, signature and calls say. Facts only, no grades: nobody published a scale. One record per code, with up to
 * 20 places and how many there are. In brackets: the fact (F_...) or the kind of violation that a code speaks to.
 *
 * Codes of the package, in posture_package.c
 *   allow-backup              its data may leave by backup (allowBackup, true by default) [security_hazard]
 *   debuggable, test-only     stated so [security_hazard]
 *   shared-user-id            shares its user id, and so its data, with other apps of its signer
 *   target-sdk-low            target below 23 with dangerous permissions: all granted at once [F_TARGET_LT23, definite]
 *   target-sdk-old            target below 30, and what older behaviour that keeps [F_TARGET_LT28]
 *   legacy-storage            sees the whole shared storage
 *   queries-many              asks to see more than 10 other packages (T/TAF 108 allows 10) [F_APP_LIST]
 *   queries-launchers         asks to see every app that can be launched [F_APP_LIST]
 *   native-libraries          per ABI; native-32-bit-only: no 64-bit ABI among them
 *   v1-signature-only         signed by JAR signature alone, on levels that CVE-2017-13156 (Janus) concerns [security_hazard]
 * of components, in posture_components.c
 *   exported-activity (aliases too), -service, -receiver, -provider   open to every app, no permission asked; the launcher
 *                             activity is no finding [F_EXPORTED, third_party_access, security_hazard]
 *   exported-open-permission  guarded by a permission that every app gets by asking
 *   provider-grants-uri       hands out single URIs past its permission
 *   task-affinity-set, task-affinity-empty, task-launch-mode, task-reparenting   exported activities whose task another app
 *                             can share or take over, and what says so ("interface hijack", 界面劫持) [security_hazard]
 *   browsable                 exported activities that any web page can open
 *   background-capture        foreground services for camera, microphone or screen [F_BG_COLLECT]
 *   background-location-service   foreground services for the location [F_BG_LOCATION]
 *   associated-start          open components of known SDKs in a process of their own: others can wake them [F_WAKE_OTHER]
 * of the network, in posture_network.c
 *   cleartext-allowed, cleartext-domains, cleartext-allowed-before-7   [F_CLEAR, sensitive_storage_clear]
 *   user-ca-trusted, debug-overrides, certificate-pins, network-config-unreadable
 * and those of data/posture/signs.tsv, in posture_signs.c.
 *
 * "<code>-disabled" is the same for components that the manifest switches off: only the app itself can switch them on. */
#include "analyzer/passes/posture_parts.h"

#include "analyzer/tables/signset.h"

/* ---- records */

Posture *posture_say(PostureWork *work, const char *code, const char *detail)
{
        Posture *record = g_hash_table_lookup(work->records, code);
        if (record)
                return record;
        record = record_new(work->arena, Posture, posture__init);
        record->code = arena_str(work->arena, code);
        record->detail = arena_str(work->arena, detail);
        g_hash_table_insert(work->records, record->code, record);
        arena_push(work->arena, &work->facts->n_posture, &work->facts->posture, record);
        return record;
}

void posture_at(PostureWork *work, Posture *record, const char *where)
{
        GHashTable *places = g_hash_table_lookup(work->places, record);
        if (!places) {
                places = g_hash_table_new(g_str_hash, g_str_equal);
                g_hash_table_insert(work->places, record, places);
        }
        if (!g_hash_table_add(places, (char *)where))
                return;
        record->has_count = true;
        if (record->count++ < POSTURE_PLACES)
                arena_push(work->arena, &record->n_where, &record->where, arena_str(work->arena, where));
}

Posture *posture_component(PostureWork *work, const char *code, const char *detail, const Component *c)
{
        Posture *record;
        if (c->enabled) {
                record = posture_say(work, code, detail);
        } else {
                g_autofree char *off = g_strdup_printf("%s-disabled", code);
                g_autofree char *story = g_strdup_printf("%s; switched off in the manifest", detail);
                record = posture_say(work, off, story);
        }
        posture_at(work, record, c->name);
        return c->enabled ? record : NULL;
}

void posture_add(PostureWork *work, Posture *record, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *more = g_strdup_vprintf(format, args);
        va_end(args);
        record->detail = arena_printf(work->arena, "%s%s", record->detail ? record->detail : "", more);
}

void posture_count(PostureList *list, const char *word)
{
        size_t at = 0;
        while (at < MIN(list->n, (size_t)POSTURE_WORDS) && !g_str_equal(list->words[at], word))
                at++;
        if (at < POSTURE_WORDS) {
                list->n += at == list->n;
                list->words[at] = word;
                list->times[at]++;
        } else {
                list->n++;
        }
}

const char *posture_list(const PostureWork *work, const PostureList *list, bool numbers)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (size_t i = 0; i < MIN(list->n, (size_t)POSTURE_WORDS); i++) {
                g_string_append_printf(out, "%s%s", i ? ", " : "", list->words[i]);
                if (numbers)
                        g_string_append_printf(out, " %u", list->times[i]);
        }
        if (list->n > POSTURE_WORDS)
                g_string_append(out, " and more");
        return arena_str(work->arena, out->str);
}

/* ---- the pass */

static int by_code(const void *a, const void *b)
{
        return strcmp((*(Posture *const *)a)->code, (*(Posture *const *)b)->code);
}

static bool run(Apk *apk, GError **error)
{
        (void)error;
        Facts *facts = apk->facts;
        const Manifest *m = apk->manifest;
        g_autoptr(GHashTable) records = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GHashTable) places =
                g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
        PostureWork work = {.apk = apk,
                            .facts = facts,
                            .manifest = m,
                            .arena = apk->arena,
                            .target = m->target_codename ? INT32_MAX : m->target_sdk,
                            .records = records,
                            .places = places};
        if (m->package) {
                posture_package(&work);
                posture_components(&work);
                posture_network(&work);
        }
        posture_signs(&work);
        if (facts->n_posture)
                qsort(facts->posture, facts->n_posture, sizeof(Posture *), by_code);
        return true;
}

static const char *digest(const Tables *tables)
{
        return signset_digest(tables->signs);
}

const Pass pass_posture = {
        .name = "posture",
        .needs = (const char *const[]){"calls", NULL},
        .version = 1,
        .meaning =
                "How the app stands towards other apps, the network and the system: exported components, "
                "tasks, "
                "backup, cleartext, trust, target level, special access, start-up receivers, dynamic code.",
        .run = run,
        .digest = digest,
};
