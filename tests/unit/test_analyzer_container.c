/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/analyzer.h"
#include "analyzer/apk/parts.h"
#include "support/split_build.h"

#include <sys/mman.h>
#include <unistd.h>

static Analyzer *analyzer;

static int load_tables(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        analyzer = analyzer_new(TEST_DATA_DIR, NULL, &error);
        must_succeed(analyzer != NULL, error);
        return 0;
}

static int drop_tables(void **state)
{
        (void)state;
        analyzer_free(analyzer);
        return 0;
}

static Facts *facts_of(Span bytes, Arena *arena)
{
        int fd = memfd_create("app", MFD_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
        Facts *facts = analyzer_apk(analyzer, fd, NULL, arena);
        close(fd);
        return facts;
}

static const char *anomaly(const Facts *facts, const char *code)
{
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                if (g_str_equal(facts->anomalies[i]->code, code))
                        return facts->anomalies[i]->detail ? facts->anomalies[i]->detail : "";
        }
        return NULL;
}

/* ---- archives in words */

typedef struct {
        const char *name;
        const Split *split; /* NULL: `text` */
        const char *text;
        bool deflated;
} Inner;

static GByteArray *pack(const Inner *inner, size_t n)
{
        g_autofree ZipPart *parts = g_new0(ZipPart, n);
        g_autoptr(GPtrArray) apks = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
        for (size_t i = 0; i < n; i++) {
                parts[i] = (ZipPart){inner[i].name, span_str(inner[i].text), .deflated = inner[i].deflated};
                if (!inner[i].split)
                        continue;
                GByteArray *apk = split_apk(inner[i].split);
                g_ptr_array_add(apks, apk);
                parts[i].content = span_of_bytes(apk);
        }
        return zip_build(parts, n, (ZipTricks){0});
}

static const Facts *read_set(Arena *arena, const Inner *inner, size_t n)
{
        g_autoptr(GByteArray) set = pack(inner, n);
        return facts_of(span_of_bytes(set), arena);
}
#define SET(arena, ...)                                                                                      \
        read_set((arena), (const Inner[]){__VA_ARGS__}, sizeof((const Inner[]){__VA_ARGS__}) / sizeof(Inner))

static const Split base = {.permission = "android.permission.CAMERA",
                           .component = "com.example.set.Main",
                           .key = "BASE_KEY",
                           .class_name = "+Lcom/example/set/Main;"};
static const Split camera = {.split = "camera",
                             .feature = true,
                             .component = "com.example.set.Camera",
                             .key = "CAMERA_KEY",
                             .class_name = "+Lcom/example/set/Camera;",
                             .native = "lib/x86/libcamera.so"};
static const Split arm = {
        .split = "config.arm64_v8a", .config_for = "", .native = "lib/arm64-v8a/libbase.so"};

static const AppPart *part(const Facts *facts, const char *name)
{
        for (size_t i = 0; i < facts->n_containers; i++) {
                if (g_str_equal(facts->containers[i]->name, name))
                        return facts->containers[i];
        }
        fail_msg("no part %s", name);
        return NULL;
}

static void must_be_kind(const Facts *facts, const char *name, const char *kind)
{
        assert_string_equal(part(facts, name)->kind, kind);
}

static void must_end(const Facts *facts, const char *outcome, const char *names)
{
        if (!g_str_equal(facts->outcome, outcome))
                fail_msg("%s (%s), not %s", facts->outcome, facts->detail, outcome);
        if (names && !strstr(facts->detail, names))
                fail_msg("\"%s\" does not name %s", facts->detail, names);
}

/* What base, camera and arm are together. */
static void must_be_the_app(const Facts *facts, const char *container)
{
        must_end(facts, "analysed", NULL);
        assert_string_equal(facts->container, container);
        assert_string_equal(facts->package, "com.example.set");
        assert_int_equal(facts->n_permissions, 1);
        assert_int_equal(facts->n_components, 2);
        assert_string_equal(facts->components[0]->name, "com.example.set.Main");
        assert_string_equal(facts->components[1]->name, "com.example.set.Camera");
        assert_int_equal(facts->n_meta_data, 2);
        assert_string_equal(facts->meta_data[1]->name, "CAMERA_KEY");
        assert_int_equal(facts->n_dex, 2);
        assert_int_equal(facts->n_natives, 2);
        assert_string_equal(facts->natives[1]->name, "libbase.so");
        assert_null(anomaly(facts, "part-duplicate"));
}

/* ---- sets */

static void base_features_and_configurations_become_one_app(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = SET(arena, {"split_camera.apk", &camera}, {"split_config.arm64_v8a.apk", &arm},
                                 {"base.apk", &base}, {"icon.png", NULL, "png"});
        must_be_the_app(facts, "split-set");
        assert_int_equal(facts->n_containers, 3);
        must_be_kind(facts, "base.apk", "base");
        must_be_kind(facts, "split_camera.apk", "feature");
        must_be_kind(facts, "split_config.arm64_v8a.apk", "config");
        assert_string_equal(facts->containers[0]->name, "split_camera.apk");
        assert_int_equal(strlen(part(facts, "base.apk")->sha256), 64);
        assert_null(part(facts, "base.apk")->detail);
        assert_string_equal(facts->dex[0]->name, "base.apk!classes.dex");
        assert_string_equal(facts->dex[1]->name, "split_camera.apk!classes.dex");
}

static void every_layout_gives_the_same_app_and_its_own_name(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        must_be_the_app(SET(arena, {"toc.pb", NULL, "x"}, {"splits/base-master.apk", &base},
                            {"splits/camera-master.apk", &camera}, {"splits/base-arm64_v8a.apk", &arm}),
                        "apks");
        must_be_the_app(SET(arena, {"meta.sai_v2.json", NULL, "{}"}, {"base.apk", &base},
                            {"split_camera.apk", &camera}, {"split_config.arm64_v8a.apk", &arm}),
                        "apks");
        must_be_the_app(SET(arena, {"info.json", NULL, "{\"apkm_version\": 5}"}, {"base.apk", &base},
                            {"split_camera.apk", &camera}, {"split_config.arm64_v8a.apk", &arm}),
                        "apkm");
        const char *manifest =
                "{\"xapk_version\": 2, \"package_name\": \"com.example.set\", \"split_apks\": ["
                "{\"file\": \"com.example.set.apk\", \"id\": \"base\"},"
                "{\"file\": \"camera\", \"id\": \"camera\"},"
                "{\"file\": \"config.arm64_v8a.apk\", \"id\": \"config.arm64_v8a\"}],"
                "\"expansions\": [{\"file\": \"Android/obb/com.example.set/main.7.obb\"}]}";
        const Facts *facts = SET(arena, {"manifest.json", NULL, manifest}, {"config.arm64_v8a.apk", &arm},
                                 {"camera", &camera}, {"com.example.set.apk", &base},
                                 {"Android/obb/com.example.set/main.7.obb", NULL, "obb"});
        must_be_the_app(facts, "xapk");
        must_be_kind(facts, "Android/obb/com.example.set/main.7.obb", "obb");
        assert_int_equal(part(facts, "Android/obb/com.example.set/main.7.obb")->size, 3);
        assert_null(anomaly(facts, "part-missing"));
}

static void inner_archives_that_are_deflated_are_read_as_well(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const Facts *stored = SET(arena, {"base.apk", &base}, {"camera.apk", &camera}, {"arm.apk", &arm});
        const Facts *facts =
                SET(arena, {"base.apk", &base, .deflated = true}, {"camera.apk", &camera, .deflated = true},
                    {"arm.apk", &arm, .deflated = true});
        must_be_the_app(facts, "split-set");
        for (size_t i = 0; i < 3; i++)
                assert_string_equal(facts->containers[i]->sha256, stored->containers[i]->sha256);
        assert_string_not_equal(facts->sha256, stored->sha256);
}

static void what_a_part_is_its_manifest_says_and_not_its_name(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = SET(arena, {"base.apk", &camera}, {"config.apk", &base}, {"feature.apk", &arm});
        must_be_the_app(facts, "split-set");
        must_be_kind(facts, "base.apk", "feature");
        must_be_kind(facts, "config.apk", "base");
        must_be_kind(facts, "feature.apk", "config");
}

static void code_in_a_configuration_split_counts(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split sly = arm;
        sly.class_name = "+Lcom/sly/Payload;";
        const Facts *facts = SET(arena, {"base.apk", &base}, {"arm.apk", &sly});
        assert_int_equal(facts->n_dex, 2);
        assert_string_equal(facts->dex[1]->name, "arm.apk!classes.dex");
}

static void permissions_that_only_a_split_states_are_told_and_not_counted(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split asking = camera, repeating = camera;
        asking.permission = "android.permission.READ_CONTACTS";
        repeating.permission = base.permission;
        const Facts *facts = SET(arena, {"base.apk", &base}, {"camera.apk", &asking});
        assert_int_equal(facts->n_permissions, 1);
        assert_string_equal(anomaly(facts, "split-permission-ignored"),
                            "android.permission.READ_CONTACTS in camera.apk");
        assert_null(anomaly(SET(arena, {"base.apk", &base}, {"camera.apk", &repeating}),
                            "split-permission-ignored"));
}

static void of_several_forms_of_one_app_one_is_read(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = SET(arena, {"toc.pb", NULL, "x"}, {"splits/base-master_2.apk", &base},
                                 {"splits/base-master.apk", &base}, {"splits/camera-master.apk", &camera},
                                 {"splits/base-arm64_v8a.apk", &arm},
                                 {"standalones/standalone-x86.apk", NULL, "not read"});
        must_be_the_app(facts, "apks");
        must_be_kind(facts, "splits/base-master.apk", "base");
        must_be_kind(facts, "splits/base-master_2.apk", "other");
        must_be_kind(facts, "standalones/standalone-x86.apk", "standalone");
        assert_string_equal(part(facts, "splits/base-master_2.apk")->detail,
                            "not read: splits/base-master.apk is the base");
        facts = SET(arena, {"standalones/standalone-x86.apk", &base},
                    {"standalones/standalone-arm64_v8a.apk", &base});
        must_end(facts, "analysed", NULL);
        must_be_kind(facts, "standalones/standalone-x86.apk", "standalone");
        must_be_kind(facts, "standalones/standalone-arm64_v8a.apk", "base");
        facts = SET(arena, {"splits/base-master.apk", NULL, "not read"}, {"universal.apk", &base});
        must_end(facts, "analysed", NULL);
        assert_non_null(
                strstr(part(facts, "splits/base-master.apk")->detail, "universal.apk holds the whole app"));
}

/* ---- sets that are not whole */

static void a_part_that_cannot_be_read_is_the_outcome_and_the_rest_is_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split packed = camera, bare = camera;
        packed.class_name = NULL;
        packed.dex = span_str("encrypted by a packer");
        bare.no_manifest = true;
        const Facts *facts = SET(arena, {"base.apk", &base}, {"camera.apk", &packed}, {"arm.apk", &arm});
        must_end(facts, "unanalysable:part-dex-malformed", "camera.apk: classes.dex: ");
        assert_string_equal(facts->package, "com.example.set");
        assert_int_equal(facts->n_components, 2);
        assert_int_equal(facts->n_natives, 2);
        assert_non_null(strstr(part(facts, "camera.apk")->detail, "not read: "));
        facts = SET(arena, {"base.apk", &base}, {"camera.apk", NULL, "<html>404</html>"});
        must_end(facts, "unanalysable:part-not-a-zip", "camera.apk: ");
        assert_int_equal(facts->n_permissions, 1);
        must_end(SET(arena, {"base.apk", &base}, {"camera.apk", &bare}), "unanalysable:part-no-manifest",
                 "camera.apk: ");
        must_end(SET(arena, {"base.apk", &bare}, {"camera.apk", &camera}), "unanalysable:part-no-manifest",
                 "base.apk: ");
        must_end(SET(arena, {"base.apk", NULL, "x"}), "unanalysable:part-not-a-zip", "base.apk: ");
}

static void a_set_in_a_set_is_not_followed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) inner = pack((const Inner[]){{"base.apk", &base}}, 1);
        const ZipPart parts[] = {{"deep.apk", span_of_bytes(inner)}};
        g_autoptr(GByteArray) outer = zip_build(parts, 1, (ZipTricks){0});
        const Facts *facts = facts_of(span_of_bytes(outer), arena);
        must_end(facts, "unanalysable:part-no-manifest", "deep.apk: ");
        assert_int_equal(facts->n_permissions, 0);
}

static void a_part_that_manifest_json_lists_must_be_there(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const char *code = "{\"package_name\": \"com.example.set\", \"split_apks\": [{\"file\": "
                           "\"gone.apk\", \"id\": \"camera\"}]}";
        const char *config = "{\"split_apks\": [{\"file\": \"gone.apk\", \"id\": \"config.zh\"}], "
                             "\"expansions\": [{\"file\": \"a.obb\"}]}";
        const Facts *facts = SET(arena, {"manifest.json", NULL, code}, {"base.apk", &base});
        must_end(facts, "unanalysable:part-missing", "gone.apk: ");
        assert_string_equal(anomaly(facts, "part-missing"), "gone.apk");
        facts = SET(arena, {"manifest.json", NULL, config}, {"base.apk", &base});
        must_end(facts, "analysed", NULL);
        assert_string_equal(anomaly(facts, "part-missing"), "gone.apk, 2 times");
        must_be_kind(facts, "gone.apk", "config");
}

static void a_set_without_a_base_or_with_two_apps_says_so(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split other = base;
        other.package = "com.example.other";
        const Facts *facts = SET(arena, {"camera.apk", &camera}, {"arm.apk", &arm});
        must_end(facts, "unanalysable:no-base", "camera.apk is the split camera of com.example.set");
        facts = SET(arena, {"a.apk", &base}, {"b.apk", &other});
        must_end(facts, "unanalysable:several-apps",
                 "a.apk is com.example.set and b.apk is com.example.other");
        must_end(SET(arena, {"BundleConfig.pb", NULL, "x"}), "unanalysable:no-base", NULL);
}

static void parts_of_another_app_are_not_its_own(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split foreign = camera, newer = camera;
        foreign.package = "com.example.other";
        newer.version = 8;
        const Facts *facts = SET(arena, {"base.apk", &base}, {"camera.apk", &foreign});
        must_end(facts, "analysed", NULL);
        assert_int_equal(facts->n_dex, 1);
        must_be_kind(facts, "camera.apk", "other");
        assert_string_equal(part(facts, "camera.apk")->detail,
                            "not read: of the package com.example.other, not com.example.set");
        assert_string_equal(anomaly(facts, "part-package-differs"), "camera.apk");
        assert_non_null(strstr(anomaly(facts, "android-would-reject"), "part-package-differs"));
        facts = SET(arena, {"base.apk", &base}, {"camera.apk", &newer});
        assert_int_equal(facts->n_dex, 2);
        assert_string_equal(anomaly(facts, "part-version-differs"), "camera.apk");
        facts = SET(arena, {"base.apk", &base}, {"camera.apk", &camera}, {"again.apk", &camera});
        assert_int_equal(facts->n_dex, 2);
        assert_string_equal(part(facts, "again.apk")->detail,
                            "not read: camera.apk is the split camera, too");
        assert_string_equal(anomaly(facts, "part-duplicate"), "again.apk");
}

static void of_two_apps_the_one_that_manifest_json_names_is_meant(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split other = base;
        other.package = "com.example.other";
        const Facts *facts = SET(arena, {"manifest.json", NULL, "{\"package_name\": \"com.example.set\"}"},
                                 {"a.apk", &other}, {"b.apk", &base});
        must_end(facts, "analysed", NULL);
        assert_string_equal(facts->package, "com.example.set");
        assert_string_equal(anomaly(facts, "part-package-differs"), "a.apk");
}

static void splits_that_android_asks_for_are_missed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Split wanting = base, required = base, typed = arm;
        wanting.required_types = "base__abi,base__density";
        required.required = true;
        typed.types = "base__abi";
        g_autoptr(GByteArray) alone = split_apk(&wanting), marked = split_apk(&required),
                              split = split_apk(&camera);
        const Facts *facts = facts_of(span_of_bytes(alone), arena);
        must_end(facts, "analysed", NULL);
        assert_string_equal(anomaly(facts, "split-required"), "base__abi, base__density");
        assert_string_equal(anomaly(facts_of(span_of_bytes(marked), arena), "split-required"), "");
        facts = facts_of(span_of_bytes(split), arena);
        must_end(facts, "analysed", NULL);
        assert_string_equal(anomaly(facts, "split-apk"), "camera");
        facts = SET(arena, {"base.apk", &wanting}, {"arm.apk", &typed});
        assert_string_equal(anomaly(facts, "split-required"), "base__density");
        typed.types = "base__density,base__abi";
        assert_null(anomaly(SET(arena, {"base.apk", &wanting}, {"arm.apk", &typed}), "split-required"));
        assert_null(anomaly(SET(arena, {"base.apk", &required}, {"arm.apk", &arm}), "split-required"));
}

/* ---- hostile archives */

static void a_manifest_json_that_cannot_be_read_costs_only_what_it_says(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *deep = g_strnfill(100000, '['), *big = g_strnfill(PARTS_JSON_LIMIT + 1, ' ');
        const char *const texts[] = {"{", deep, big, "\xff\xfe", ""};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                const Facts *facts = SET(arena, {"manifest.json", NULL, texts[i]}, {"base.apk", &base},
                                         {"camera.apk", &camera}, {"arm.apk", &arm});
                must_be_the_app(facts, "split-set");
                assert_true(
                        g_str_has_prefix(anomaly(facts, "container-manifest-unreadable"), "manifest.json: "));
        }
        const char *const odd[] = {"[]", "7", "{\"split_apks\": {\"file\": 7}, \"package_name\": [1]}",
                                   "{\"split_apks\": [7, null, {\"id\": \"base\"}, {\"file\": null}]}"};
        for (size_t i = 0; i < G_N_ELEMENTS(odd); i++)
                must_end(SET(arena, {"manifest.json", NULL, odd[i]}, {"base.apk", &base}), "analysed", NULL);
}

static void names_that_leave_the_archive_are_only_names(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *many = g_strnfill(60000, 'n'), *long_name = g_strconcat(many, ".apk", NULL);
        const Facts *facts = SET(arena, {"../../../etc/base.apk", &base}, {"/abs\x1b[2J.apk", &camera},
                                 {long_name, &arm}, {"\xff\xfe.obb", NULL, "x"});
        must_be_the_app(facts, "split-set");
        assert_string_equal(facts->dex[0]->name, "../../../etc/base.apk!classes.dex");
        for (size_t i = 0; i < facts->n_containers; i++) {
                assert_true(g_utf8_validate(facts->containers[i]->name, -1, NULL));
                assert_true(strlen(facts->containers[i]->name) <= PARTS_NAME_LIMIT);
        }
}

static void too_many_parts_are_an_outcome(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) apk = split_apk(&arm);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        g_autofree ZipPart *parts = g_new0(ZipPart, 10000);
        for (unsigned i = 0; i < 10000; i++) {
                g_ptr_array_add(names, g_strdup_printf("p%u.apk", i));
                parts[i] = (ZipPart){names->pdata[i], span_of_bytes(apk), .overlaps = true};
        }
        g_autoptr(GByteArray) set = zip_build(parts, 10000, (ZipTricks){0});
        const Facts *facts = facts_of(span_of_bytes(set), arena);
        must_end(facts, "unanalysable:parts-limit", "more than 1000 parts");
        for (unsigned i = 0; i < 10000; i++)
                parts[i] = (ZipPart){names->pdata[i], span_str("")};
        for (unsigned i = 0; i < 200; i++) {
                g_free(names->pdata[i]);
                names->pdata[i] = g_strdup_printf("m%u/manifest/AndroidManifest.xml", i);
                parts[i].name = names->pdata[i];
        }
        g_autoptr(GByteArray) bundle = zip_build(parts, 200, (ZipTricks){0});
        must_end(facts_of(span_of_bytes(bundle), arena), "unanalysable:parts-limit", "more than 128 modules");
}

static void parts_over_the_same_bytes_end_at_the_size_of_the_file(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) apk = split_apk(&base);
        ZipPart parts[20];
        char names[20][8];
        for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_snprintf(names[i], sizeof names[i], "%u.apk", i);
                parts[i] = (ZipPart){names[i], span_of_bytes(apk), .overlaps = true};
        }
        g_autoptr(GByteArray) set = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        const Facts *facts = facts_of(span_of_bytes(set), arena);
        must_end(facts, "unanalysable:part-too-big", "overlap");
        assert_string_equal(facts->package, "com.example.set");
}

static void a_cut_set_is_never_analysed(void **state)
{
        (void)state;
        g_autoptr(GByteArray) set =
                pack((const Inner[]){{"base.apk", &base}, {"camera.apk", &camera, .deflated = true}}, 2);
        for (size_t len = 0; len < set->len; len++) {
                g_autoptr(Arena) arena = arena_new();
                const Facts *facts = facts_of(span_of(set->data, len), arena);
                if (g_str_equal(facts->outcome, "analysed"))
                        fail_msg("%zu of %u bytes are called whole", len, set->len);
                assert_non_null(facts->detail);
        }
}

/* ---- bundles */

static const Facts *read_bundle(Arena *arena, const Split *first, const Split *second, bool cut)
{
        g_autoptr(GByteArray) one = proto_end(split_words(first)), two = proto_end(split_words(second));
        g_autoptr(GByteArray) dex1 = split_dex(first), dex2 = split_dex(second);
        if (cut)
                g_byte_array_set_size(two, two->len - 3);
        const ZipPart parts[] = {
                {"BundleConfig.pb", span_str("x")},
                {"camera/manifest/AndroidManifest.xml", span_of_bytes(two), .deflated = true},
                {"camera/dex/classes.dex", span_of_bytes(dex2)},
                {"base/manifest/AndroidManifest.xml", span_of_bytes(one), .deflated = true},
                {"base/dex/classes.dex", span_of_bytes(dex1), .deflated = true},
                {"base/root/lib/x86/libroot.so", span_str("x")},
                {"base/lib/arm64-v8a/libbase.so", span_str("x")},
                {"base/dex/classes3.dex", span_str("x")},
                {"base/assets/x.jar", span_str("x")},
                {"BUNDLE-METADATA/hidden.dex", span_str("x")}};
        g_autoptr(GByteArray) bundle = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        return facts_of(span_of_bytes(bundle), arena);
}

static void the_modules_of_a_bundle_become_one_app(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = read_bundle(arena, &base, &camera, false);
        must_be_the_app(facts, "aab");
        must_be_kind(facts, "base", "base");
        must_be_kind(facts, "camera", "feature");
        assert_string_equal(facts->dex[0]->name, "base/dex/classes.dex");
        assert_string_equal(facts->dex[1]->name, "camera/dex/classes.dex");
        assert_string_equal(facts->natives[0]->name, "libroot.so");
        assert_string_equal(anomaly(facts, "dex-after-gap"), "base/dex/classes3.dex");
        assert_string_equal(anomaly(facts, "dex-elsewhere"), "base/assets/x.jar, BUNDLE-METADATA/hidden.dex");
        assert_null(anomaly(facts, "android-would-reject"));
        facts = read_bundle(arena, &base, &camera, true);
        must_end(facts, "unanalysable:part-manifest-malformed", "camera: AndroidManifest.xml: ");
        assert_string_equal(facts->package, "com.example.set");
}

/* ---- files that are no archive */

static void a_dex_file_is_read_by_itself(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) dex = dex_build(35, DEX_TYPES("+La/A;", "+La/B;"));
        const Facts *facts = facts_of(span_of_bytes(dex), arena);
        must_end(facts, "analysed", NULL);
        assert_string_equal(facts->container, "dex");
        assert_null(facts->package);
        assert_int_equal(facts->n_dex, 1);
        assert_int_equal(facts->dex[0]->classes, 2);
        g_autoptr(GByteArray) several = g_byte_array_new();
        dex_append(several, 41, DEX_TYPES("+La/A;"));
        dex_append(several, 41, DEX_TYPES("+La/B;", "+La/C;"));
        dex_close(several);
        facts = facts_of(span_of_bytes(several), arena);
        must_end(facts, "analysed", NULL);
        assert_int_equal(facts->n_dex, 1);
        assert_int_equal(facts->dex[0]->classes, 3);
        g_byte_array_set_size(dex, dex->len / 2);
        must_end(facts_of(span_of_bytes(dex), arena), "unanalysable:dex-malformed", NULL);
}

static void an_encrypted_apkm_is_called_that(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) old = g_byte_array_new();
        put8(old, 2);
        put8(old, 2);
        const uint64_t numbers[] = {2, 0x4000000, 0x40000}; /* operations, memory, chunk */
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
                put32(old, numbers[i]);
                put32(old, 0);
        }
        for (unsigned i = 0; i < 400; i++)
                put8(old, i * 37 & 0xff);
        must_end(facts_of(span_of_bytes(old), arena), "unanalysable:encrypted-apkm", NULL);
        old->data[1] = 9;
        must_end(facts_of(span_of_bytes(old), arena), "unanalysable:not-a-zip", NULL);
}

static void an_archive_of_nothing_known_is_no_container(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = SET(arena, {"META-INF/MANIFEST.MF", NULL, "x"}, {"a/B.class", NULL, "x"});
        must_end(facts, "unanalysable:no-manifest", "Java archive");
        assert_null(facts->container);
        assert_int_equal(facts->n_containers, 0);
        must_end(SET(arena, {"manifest.json", NULL, "{\"name\": \"a web extension\"}"}),
                 "unanalysable:no-manifest", NULL);
        must_end(SET(arena, {"Android/obb/x/main.obb", NULL, "x"}), "unanalysable:no-manifest", NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(base_features_and_configurations_become_one_app),
                cmocka_unit_test(every_layout_gives_the_same_app_and_its_own_name),
                cmocka_unit_test(inner_archives_that_are_deflated_are_read_as_well),
                cmocka_unit_test(what_a_part_is_its_manifest_says_and_not_its_name),
                cmocka_unit_test(code_in_a_configuration_split_counts),
                cmocka_unit_test(permissions_that_only_a_split_states_are_told_and_not_counted),
                cmocka_unit_test(of_several_forms_of_one_app_one_is_read),
                cmocka_unit_test(a_part_that_cannot_be_read_is_the_outcome_and_the_rest_is_told),
                cmocka_unit_test(a_set_in_a_set_is_not_followed),
                cmocka_unit_test(a_part_that_manifest_json_lists_must_be_there),
                cmocka_unit_test(a_set_without_a_base_or_with_two_apps_says_so),
                cmocka_unit_test(parts_of_another_app_are_not_its_own),
                cmocka_unit_test(of_two_apps_the_one_that_manifest_json_names_is_meant),
                cmocka_unit_test(splits_that_android_asks_for_are_missed),
                cmocka_unit_test(a_manifest_json_that_cannot_be_read_costs_only_what_it_says),
                cmocka_unit_test(names_that_leave_the_archive_are_only_names),
                cmocka_unit_test(too_many_parts_are_an_outcome),
                cmocka_unit_test(parts_over_the_same_bytes_end_at_the_size_of_the_file),
                cmocka_unit_test(a_cut_set_is_never_analysed),
                cmocka_unit_test(the_modules_of_a_bundle_become_one_app),
                cmocka_unit_test(a_dex_file_is_read_by_itself),
                cmocka_unit_test(an_encrypted_apkm_is_called_that),
                cmocka_unit_test(an_archive_of_nothing_known_is_no_container),
        };
        return cmocka_run_group_tests(tests, load_tables, drop_tables);
}
