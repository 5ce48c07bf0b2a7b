/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/fdroid_read.h"

static void read_metadata(FdroidApp *app, const Json *metadata)
{
        Listing *listing = app->listing;
        for (JsonEach e = json_each(json_get(metadata, "name")); json_next(&e);)
                fdroid_add_label(app, e.key, json_text(e.value));
        const Json *categories = json_get(metadata, "categories");
        for (size_t i = 0; i < json_len(categories); i++)
                fdroid_add_name(app->arena, &listing->n_categories, &listing->categories,
                                json_text(json_at(categories, i)));
        listing->developer = fdroid_label(app->arena, json_str(metadata, "authorName"));
        listing->developer_web = fdroid_url(app->arena, json_str(metadata, "authorWebSite"));
        listing->license = fdroid_name(app->arena, json_str(metadata, "license"));
        listing->web = fdroid_url(app->arena, json_str(metadata, "webSite"));
        listing->source_code = fdroid_url(app->arena, json_str(metadata, "sourceCode"));
        fdroid_set_time(&listing->has_added_ms, &listing->added_ms, json_int(metadata, "added", 0));
        fdroid_set_time(&listing->has_updated_ms, &listing->updated_ms, json_int(metadata, "lastUpdated", 0));
}

static bool signed_by(const Json *manifest, const char *signer)
{
        const Json *signers = json_path(manifest, "signer", "sha256", NULL);
        for (size_t i = 0; i < json_len(signers); i++) {
                const char *s = json_text(json_at(signers, i));
                if (s && !g_ascii_strcasecmp(s, signer))
                        return true;
        }
        return false;
}

static FdroidVersion version_of(const Json *value, const char *preferred)
{
        const Json *file = json_get(value, "file"), *manifest = json_get(value, "manifest");
        return (FdroidVersion){.value = value,
                               .path = json_str(file, "name"),
                               .sha256 = json_str(file, "sha256"),
                               .size = json_int(file, "size", FDROID_NONE),
                               .code = json_int(manifest, "versionCode", FDROID_NONE),
                               .in_default_channel = json_len(json_get(value, "releaseChannels")) == 0,
                               .by_preferred_signer = preferred && signed_by(manifest, preferred)};
}

static void add_permissions(Arena *arena, ListedApk *apk, const Json *list)
{
        for (size_t i = 0; i < json_len(list); i++)
                fdroid_add_name(arena, &apk->n_permissions, &apk->permissions,
                                json_str(json_at(list, i), "name"));
}

static void read_version(FdroidApp *app)
{
        Listing *listing = app->listing;
        ListedApk *apk = listing->apk = fdroid_apk(app->arena, &app->best);
        const Json *version = app->best.value, *manifest = json_get(version, "manifest");
        apk->version_name = fdroid_label(app->arena, json_str(manifest, "versionName"));
        const Json *sdk = json_get(manifest, "usesSdk");
        fdroid_set_sdk(&apk->has_min_sdk, &apk->min_sdk, json_int(sdk, "minSdkVersion", 0));
        fdroid_set_sdk(&apk->has_target_sdk, &apk->target_sdk, json_int(sdk, "targetSdkVersion", 0));
        add_permissions(app->arena, apk, json_get(manifest, "usesPermission"));
        add_permissions(app->arena, apk, json_get(manifest, "usesPermissionSdk23"));
        const Json *signers = json_path(manifest, "signer", "sha256", NULL);
        for (size_t i = 0; i < json_len(signers); i++)
                fdroid_add_name(app->arena, &apk->n_signers, &apk->signers, json_text(json_at(signers, i)));
        fdroid_set_time(&apk->has_added_ms, &apk->added_ms, json_int(version, "added", 0));
        for (JsonEach e = json_each(json_get(version, "antiFeatures")); json_next(&e);)
                fdroid_add_name(app->arena, &listing->n_anti_features, &listing->anti_features, e.key);
}

const char *fdroid_v2_app(FdroidApp *app, const Json *value)
{
        if (!json_is_map(value))
                return "app-shape";
        const Json *metadata = json_get(value, "metadata"), *versions = json_get(value, "versions");
        const char *preferred = json_str(metadata, "preferredSigner");
        for (JsonEach e = json_each(versions); json_next(&e);)
                fdroid_consider(app, version_of(e.value, preferred));
        if (!app->best.value)
                return "no-version";
        app->listing->has_versions_total = true;
        app->listing->versions_total = (uint32_t)json_size(versions);
        read_metadata(app, metadata);
        read_version(app);
        return NULL;
}
