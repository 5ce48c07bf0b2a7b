/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/fdroid_read.h"

#include "core/digest.h"
#include "core/text.h"
#include "crawler/market.h"
#include "crawler/markets/fdroid.h"

void fdroid_skip(GHashTable *table, Arena *lasting, const char *reason, const char *package)
{
        Skipped *skipped = g_hash_table_lookup(table, reason);
        if (!skipped) {
                skipped = record_new(lasting, Skipped, skipped__init);
                skipped->reason = arena_str(lasting, reason);
                g_hash_table_insert(table, skipped->reason, skipped);
        }
        skipped->count++;
        if (skipped->n_samples >= FDROID_SAMPLES)
                return;
        char *sample = fdroid_label(lasting, package);
        for (size_t i = 0; sample && i < skipped->n_samples; i++) {
                if (g_str_equal(skipped->samples[i], sample))
                        return;
        }
        if (sample)
                arena_push(lasting, &skipped->n_samples, &skipped->samples, sample);
}

/* ---- strings
 * ---------------------------------------------------------------------------------------------------- */

bool fdroid_is_package(const char *name)
{
        size_t len = strnlen(name, FDROID_NAME_BYTES + 1);
        if (len == 0 || len > FDROID_NAME_BYTES || name[0] == '.' || name[len - 1] == '.' ||
            !text_is_plain(name))
                return false;
        for (const char *p = name; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (c < 0x80 ? !g_ascii_isalnum((char)c) && !strchr("_.-", (char)c) : !g_unichar_isalnum(c))
                        return false;
        }
        return true;
}

char *fdroid_name(Arena *arena, const char *s)
{
        return s && *s && strnlen(s, FDROID_NAME_BYTES + 1) <= FDROID_NAME_BYTES ? arena_str(arena, s) : NULL;
}

char *fdroid_label(Arena *arena, const char *s)
{
        if (!s || !*s)
                return NULL;
        size_t len = strnlen(s, FDROID_LABEL_BYTES + 1);
        if (len > FDROID_LABEL_BYTES) {
                len = FDROID_LABEL_BYTES;
                while (len > 0 &&
                       ((unsigned char)s[len] & 0xc0) == 0x80) /* back to where a character starts */
                        len--;
        }
        return arena_strn(arena, s, len);
}

char *fdroid_url(Arena *arena, const char *s)
{
        if (!s || strnlen(s, FDROID_URL_BYTES + 1) > FDROID_URL_BYTES)
                return NULL;
        bool http = !g_ascii_strncasecmp(s, "http://", 7) || !g_ascii_strncasecmp(s, "https://", 8);
        return http && text_is_plain(s) ? arena_str(arena, s) : NULL;
}

void fdroid_add_name(Arena *arena, size_t *n, char ***list, const char *name)
{
        char *copy = fdroid_name(arena, name);
        for (size_t i = 0; copy && i < *n; i++) {
                if (g_str_equal((*list)[i], copy))
                        return;
        }
        if (copy && *n < FDROID_LIST)
                arena_push(arena, n, list, copy);
}

void fdroid_add_label(FdroidApp *app, const char *lang, const char *text)
{
        Listing *listing = app->listing;
        char *shown = fdroid_label(app->arena, text), *key = fdroid_name(app->arena, lang);
        if (!shown || !key || listing->n_labels >= FDROID_LIST)
                return;
        LabelText *label = record_new(app->arena, LabelText, label_text__init);
        label->lang = key;
        label->text = shown;
        arena_push(app->arena, &listing->n_labels, &listing->labels, label);
}

static int compare_labels(const void *a, const void *b)
{
        return strcmp((*(LabelText *const *)a)->lang, (*(LabelText *const *)b)->lang);
}

static int compare_strings(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *label_in(const Listing *listing, const char *lang)
{
        for (size_t i = 0; i < listing->n_labels; i++) {
                if (g_str_equal(listing->labels[i]->lang, lang))
                        return listing->labels[i]->text;
        }
        return NULL;
}

void fdroid_finish(FdroidApp *app)
{
        Listing *listing = app->listing;
        if (listing->n_labels)
                qsort(listing->labels, listing->n_labels, sizeof(void *), compare_labels);
        if (listing->n_categories)
                qsort(listing->categories, listing->n_categories, sizeof(void *), compare_strings);
        if (listing->n_anti_features)
                qsort(listing->anti_features, listing->n_anti_features, sizeof(void *), compare_strings);
        const char *label = label_in(listing, "en-US");
        if (!label)
                label = label_in(listing, "en");
        if (!label && listing->n_labels)
                label = listing->labels[0]->text;
        listing->label = arena_str(app->arena, label);
}

/* ---- numbers
 * ---------------------------------------------------------------------------------------------------- */

void fdroid_set_sdk(protobuf_c_boolean *has, int32_t *level, int64_t stated)
{
        *has = stated >= 1 && stated <= 10000;
        *level = *has ? (int32_t)stated : 0;
}

void fdroid_set_time(protobuf_c_boolean *has, int64_t *time_ms, int64_t stated)
{
        *has = stated > 0;
        *time_ms = *has ? stated : 0;
}

/* ---- versions
 * --------------------------------------------------------------------------------------------------- */

static bool stays_inside(const char *path)
{
        g_autofree char *url = strnlen(path, FDROID_LABEL_BYTES + 1) <= FDROID_LABEL_BYTES
                                       ? market_join("https://market.invalid", path, NULL)
                                       : NULL;
        return url != NULL;
}

static const char *trouble(const FdroidVersion *v) /* why it cannot be fetched; NULL: it can */
{
        uint8_t digest[SHA256_SIZE];
        if (!v->path || !stays_inside(v->path))
                return "file-name";
        size_t len = strlen(v->path);
        if (len < 5 || g_ascii_strcasecmp(v->path + len - 4, ".apk") != 0)
                return "not-apk"; /* repositories also carry over-the-air zips and media */
        if (!v->sha256 || strnlen(v->sha256, SHA256_HEX_SIZE) != SHA256_HEX_SIZE - 1 ||
            !hex_decode(v->sha256, digest, sizeof digest))
                return "file-digest";
        if (v->size <= 0)
                return "file-size";
        return v->code == FDROID_NONE ? "version-code" : NULL;
}

static bool is_preferred(const FdroidVersion *to, const FdroidVersion *v)
{
        if (v->in_default_channel != to->in_default_channel)
                return v->in_default_channel;
        if (v->by_preferred_signer != to->by_preferred_signer)
                return v->by_preferred_signer;
        if (v->code != to->code)
                return v->code > to->code;
        return g_ascii_strcasecmp(v->sha256, to->sha256) < 0;
}

void fdroid_consider(FdroidApp *app, FdroidVersion candidate)
{
        const char *reason = trouble(&candidate);
        if (reason)
                fdroid_skip(app->skipped_versions, app->lasting, reason, app->listing->package);
        else if (!app->best.value || is_preferred(&app->best, &candidate))
                app->best = candidate;
}

ListedApk *fdroid_apk(Arena *arena, const FdroidVersion *version)
{
        ListedApk *apk = record_new(arena, ListedApk, listed_apk__init);
        g_autofree char *lower = g_ascii_strdown(version->sha256, -1);
        apk->path = arena_str(arena, version->path);
        apk->sha256 = arena_str(arena, lower);
        apk->has_size = apk->has_version_code = true;
        apk->size = version->size;
        apk->version_code = version->code;
        return apk;
}
