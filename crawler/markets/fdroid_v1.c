/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/fdroid_read.h"

static void read_labels(FdroidApp *app, const Json *about)
{
        bool american = false;
        for (JsonEach e = json_each(json_get(about, "localized")); json_next(&e);) {
                const char *name = json_str(e.value, "name");
                american |= name && *name && g_str_equal(e.key, "en-US");
                fdroid_add_label(app, e.key, name);
        }
        if (!american) /* the plain name is in the index's own language, en-US unless a repository is odd */
                fdroid_add_label(app, "en-US", json_str(about, "name"));
}

static void add_names(Arena *arena, size_t *n, char ***to, const Json *list)
{
        for (size_t i = 0; i < json_len(list); i++)
                fdroid_add_name(arena, n, to, json_text(json_at(list, i)));
}

static void read_about(FdroidApp *app, const Json *about)
{
        Listing *listing = app->listing;
        read_labels(app, about);
        add_names(app->arena, &listing->n_categories, &listing->categories, json_get(about, "categories"));
        add_names(app->arena, &listing->n_anti_features, &listing->anti_features,
                  json_get(about, "antiFeatures"));
        listing->developer = fdroid_label(app->arena, json_str(about, "authorName"));
        listing->developer_web = fdroid_url(app->arena, json_str(about, "authorWebSite"));
        listing->license = fdroid_name(app->arena, json_str(about, "license"));
        listing->web = fdroid_url(app->arena, json_str(about, "webSite"));
        listing->source_code = fdroid_url(app->arena, json_str(about, "sourceCode"));
        fdroid_set_time(&listing->has_added_ms, &listing->added_ms, json_int(about, "added", 0));
        fdroid_set_time(&listing->has_updated_ms, &listing->updated_ms, json_int(about, "lastUpdated", 0));
}

static FdroidVersion version_of(const Json *value, int64_t suggested, const char *preferred)
{
        const char *kind = json_str(value, "hashType"), *signer = json_str(value, "signer");
        bool sha256 = !kind || !g_ascii_strcasecmp(kind, "sha256");
        int64_t code = json_int(value, "versionCode", FDROID_NONE);
        return (FdroidVersion){.value = value,
                               .path = json_str(value, "apkName"),
                               .sha256 = sha256 ? json_str(value, "hash") : NULL,
                               .size = json_int(value, "size", FDROID_NONE),
                               .code = code,
                               .in_default_channel = code <= suggested,
                               .by_preferred_signer =
                                       preferred && signer && !g_ascii_strcasecmp(signer, preferred)};
}

static void add_permissions(Arena *arena, ListedApk *apk, const Json *list)
{
        for (size_t i = 0; i < json_len(list); i++)
                fdroid_add_name(arena, &apk->n_permissions, &apk->permissions,
                                json_text(json_at(json_at(list, i), 0)));
}

static void read_version(FdroidApp *app)
{
        ListedApk *apk = app->listing->apk = fdroid_apk(app->arena, &app->best);
        const Json *version = app->best.value;
        apk->version_name = fdroid_label(app->arena, json_str(version, "versionName"));
        fdroid_set_sdk(&apk->has_min_sdk, &apk->min_sdk, json_int(version, "minSdkVersion", 0));
        fdroid_set_sdk(&apk->has_target_sdk, &apk->target_sdk, json_int(version, "targetSdkVersion", 0));
        add_permissions(app->arena, apk, json_get(version, "uses-permission"));
        add_permissions(app->arena, apk, json_get(version, "uses-permission-sdk-23"));
        fdroid_add_name(app->arena, &apk->n_signers, &apk->signers, json_str(version, "signer"));
        fdroid_set_time(&apk->has_added_ms, &apk->added_ms, json_int(version, "added", 0));
}

const char *fdroid_v1_app(FdroidApp *app, const Json *value, const Json *about)
{
        if (!json_is_list(value))
                return "app-shape";
        int64_t suggested = json_int(about, "suggestedVersionCode", 0);
        const char *preferred = json_str(json_at(value, 0), "signer");
        for (size_t i = 0; i < json_len(value); i++)
                fdroid_consider(app, version_of(json_at(value, i), suggested, preferred));
        if (!app->best.value)
                return "no-version";
        app->listing->has_versions_total = true;
        app->listing->versions_total = (uint32_t)json_len(value);
        read_about(app, about);
        read_version(app);
        return NULL;
}
