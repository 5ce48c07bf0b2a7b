/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/tables/apiset.h"

#include <glib/gstdio.h>

/* ---- tables told in words */

enum { APIS, PERMISSIONS, PROVIDERS, INTENTS, SINKS, URI_FIELDS, CLASSES, N_FILES };

typedef struct {
        char *home;
        GString *files[N_FILES];
} World;

static const struct {
        const char *name, *header;
} files[N_FILES] = {
        {"apis.tsv", "kind\tclass\tmember\tdescriptor\tvalue\tdata_"
                     "type\taction\tpermission\ttier\tside\tsinks\tsources\tnote\n"},
        {"permissions.tsv", "class\tmember\tdescriptor\tannotated\tobserved\tsources\n"},
        {"providers.tsv", "uri\tpermission\tsources\n"},
        {"intents.tsv", "action\tannotated\tobserved\tsources\n"},
        {"sinks.tsv", "class\tmember\tsink\n"},
        {"uri_fields.tsv", "class\tfield\turi\tsource\n"},
        {"platform_classes.tsv", "class\tsuper\tinterfaces\n"},
};

static char *file_path(const World *world, int file)
{
        return g_build_filename(world->home, "apis", files[file].name, NULL);
}

static World *world_new(void)
{
        World *world = g_new0(World, 1);
        world->home = g_dir_make_tmp("apiset-XXXXXX", NULL);
        g_autofree char *folder = g_build_filename(world->home, "apis", NULL);
        assert_int_equal(g_mkdir(folder, 0700), 0);
        for (int i = 0; i < N_FILES; i++)
                world->files[i] = g_string_new(files[i].header);
        return world;
}

static void world_free(World *world)
{
        for (int i = 0; i < N_FILES; i++) {
                g_autofree char *path = file_path(world, i);
                g_unlink(path);
                g_string_free(world->files[i], TRUE);
        }
        g_autofree char *folder = g_build_filename(world->home, "apis", NULL);
        g_rmdir(folder);
        g_rmdir(world->home);
        g_free(world->home);
        g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void method_gives(World *world, const char *class_name, const char *name, const char *descriptor,
                         const char *data_type, const char *permission)
{
        g_string_append_printf(world->files[APIS],
                               "method\t%s\t%s\t%s\t\t%s\tread\t%s\tcurated\t\t\tcamille\t\n", class_name,
                               name, descriptor, data_type, permission);
}

static void constant_means(World *world, const char *kind, const char *value, const char *data_type,
                           const char *permission)
{
        g_string_append_printf(world->files[APIS], "%s\t\t\t\t%s\t%s\tread\t%s\tcurated\t%s\t\trecalled\t\n",
                               kind, value, data_type, permission, strcmp(kind, "intent") == 0 ? "both" : "");
}

static void method_needs(World *world, const char *class_name, const char *name, const char *descriptor,
                         const char *annotated, const char *observed)
{
        g_string_append_printf(world->files[PERMISSIONS], "%s\t%s\t%s\t%s\t%s\tpscout\n", class_name, name,
                               descriptor, annotated, observed);
}

static void uri_needs(World *world, const char *uri, const char *permission)
{
        g_string_append_printf(world->files[PROVIDERS], "%s\t%s\tpscout\n", uri, permission);
}

static void is_sink(World *world, const char *class_name, const char *name, const char *sink)
{
        g_string_append_printf(world->files[SINKS], "%s\t%s\t%s\n", class_name, name, sink);
}

static void field_holds(World *world, const char *class_name, const char *field, const char *uri)
{
        g_string_append_printf(world->files[URI_FIELDS], "%s\t%s\t%s\tAOSP\n", class_name, field, uri);
}

static void inherits(World *world, const char *class_name, const char *super, const char *interfaces)
{
        g_string_append_printf(world->files[CLASSES], "%s\t%s\t%s\n", class_name, super, interfaces);
}

static ApiSet *try_load(const World *world, GError **error)
{
        for (int i = 0; i < N_FILES; i++) {
                g_autofree char *path = file_path(world, i);
                assert_true(g_file_set_contents(path, world->files[i]->str, -1, NULL));
        }
        return apiset_load(world->home, error);
}

static ApiSet *load(const World *world)
{
        g_autoptr(GError) error = NULL;
        ApiSet *set = try_load(world, &error);
        must_succeed(set != NULL, error);
        return set;
}

static ApiSet *load_shipped(void)
{
        g_autoptr(GError) error = NULL;
        ApiSet *set = apiset_load(TEST_DATA_DIR, &error);
        must_succeed(set != NULL, error);
        return set;
}

/* ---- questions */

static const ApiMember *member(const ApiSet *set, const char *class_name, const char *name,
                               const char *descriptor)
{
        const ApiClass *c = apiset_class(set, span_str(class_name));
        bool field = descriptor[0] != '(';
        return c ? api_member_fits(apiset_members(c, span_str(name), field), descriptor) : NULL;
}

static const char *data_of(const ApiMember *m)
{
        return m && m->api ? m->api->data_type : "nothing";
}

static const ApiConstant *constant(const ApiSet *set, const char *text)
{
        return apiset_constant(set, span_str(text));
}

static const char *meaning(const ApiSet *set, const char *text)
{
        const ApiConstant *c = constant(set, text);
        return c && c->api ? c->api->data_type : "nothing";
}

static char *needs(const PermissionNeed *need) /* "A B!": B exactly */
{
        GString *text = g_string_new(NULL);
        for (; need; need = need->next)
                g_string_append_printf(text, "%s%s%s", text->len ? " " : "", need->permission,
                                       need->exact ? "!" : "");
        return g_string_free(text, FALSE);
}

#define assert_needs(need, expected)                                                                         \
        do {                                                                                                 \
                g_autofree char *text_ = needs(need);                                                        \
                assert_string_equal(text_, expected);                                                        \
        } while (0)

static void is_refused(const World *world, const char *saying)
{
        g_autoptr(GError) error = NULL;
        ApiSet *set = try_load(world, &error);
        if (set)
                fail_msg("loaded, though %s was expected", saying);
        if (!strstr(error->message, saying))
                fail_msg("\"%s\" does not say \"%s\"", error->message, saying);
}

/* ---- members */

static void an_overload_is_chosen_by_its_descriptor(void **state)
{
        g_autoptr(World) world = world_new();
        method_gives(world, "Lp/Phone;", "id", "()V", "imei", "");
        method_gives(world, "Lp/Phone;", "id", "(I)V", "imsi", "");
        g_autoptr(ApiSet) set = load(world);
        assert_string_equal(data_of(member(set, "Lp/Phone;", "id", "()V")), "imei");
        assert_string_equal(data_of(member(set, "Lp/Phone;", "id", "(I)V")), "imsi");
        assert_null(member(set, "Lp/Phone;", "id", "(J)V"));
        assert_null(member(set, "Lp/Phone;", "ids", "()V"));
        assert_null(member(set, "Lp/Phones;", "id", "()V"));
        assert_string_equal(apiset_at(set, 1)->what, "Lp/Phone;->id(I)V");
        assert_int_equal(apiset_at(set, 1)->index, 1);
}

static void a_row_without_descriptor_is_about_every_overload(void **state)
{
        g_autoptr(World) world = world_new();
        method_gives(world, "Lp/Phone;", "id", "", "imei", "");
        method_needs(world, "Lp/Phone;", "id", "(I)V", "READ_PHONE_STATE", "");
        is_sink(world, "Lp/Phone;", "id", "reflect");
        g_autoptr(ApiSet) set = load(world);
        const ApiMember *any = member(set, "Lp/Phone;", "id", "()V"),
                        *one = member(set, "Lp/Phone;", "id", "(I)V");
        assert_string_equal(data_of(any), "imei");
        assert_string_equal(data_of(one), "imei");
        assert_int_equal(one->sinks, SINK_REFLECT);
        assert_needs(any->need, "");
        assert_needs(one->need, "READ_PHONE_STATE!");
}

static void a_field_and_a_method_of_one_name_are_two_members(void **state)
{
        g_autoptr(World) world = world_new();
        method_gives(world, "Lp/Build;", "SERIAL", "", "imei", "");
        g_string_append(world->files[APIS],
                        "field\tLp/Build;\tSERIAL\tLjava/lang/String;\t\tdevice_serial\tread\t\tcurated"
                        "\t\t\tcamille; recalled\t\n");
        g_autoptr(ApiSet) set = load(world);
        const ApiMember *field = member(set, "Lp/Build;", "SERIAL", "Ljava/lang/String;");
        assert_string_equal(data_of(field), "device_serial");
        assert_int_equal(field->api->kind, API_FIELD);
        assert_string_equal(field->api->what, "Lp/Build;->SERIAL");
        assert_string_equal(data_of(member(set, "Lp/Build;", "SERIAL", "()V")), "imei");
}

static void a_class_has_the_members_of_what_it_inherits_from(void **state)
{
        g_autoptr(World) world = world_new();
        inherits(world, "Lp/Activity;", "Lp/Wrapper;", "");
        inherits(world, "Lp/Wrapper;", "Lp/Context;", "Lp/Callbacks;");
        inherits(world, "Lp/Callbacks;", "", "Lp/Listener;");
        method_gives(world, "Lp/Context;", "open", "()V", "contacts", "");
        method_gives(world, "Lp/Listener;", "heard", "()V", "call_state", "");
        method_gives(world, "Lp/Activity;", "own", "()V", "imei", "");
        g_autoptr(ApiSet) set = load(world);
        assert_string_equal(data_of(member(set, "Lp/Activity;", "open", "()V")), "contacts");
        assert_string_equal(data_of(member(set, "Lp/Wrapper;", "open", "()V")), "contacts");
        assert_string_equal(data_of(member(set, "Lp/Activity;", "heard", "()V")), "call_state");
        assert_null(member(set, "Lp/Wrapper;", "own", "()V"));
        const ApiClass *activity = apiset_class(set, span_str("Lp/Activity;"));
        assert_true(api_class_is(activity, span_str("Lp/Activity;")));
        assert_true(api_class_is(activity, span_str("Lp/Listener;")));
        assert_false(api_class_is(apiset_class(set, span_str("Lp/Context;")), span_str("Lp/Activity;")));
        assert_false(api_class_is(NULL, span_str("Lp/Activity;")));
}

static void an_override_keeps_what_is_stated_above_it(void **state)
{
        g_autoptr(World) world = world_new();
        inherits(world, "Lp/Activity;", "Lp/Context;", "");
        is_sink(world, "Lp/Context;", "start", "intent");
        method_gives(world, "Lp/Context;", "start", "(I)V", "app_install", "");
        method_needs(world, "Lp/Context;", "start", "()V", "", "A");
        method_needs(world, "Lp/Activity;", "start", "()V", "A", "B");
        g_autoptr(ApiSet) set = load(world);
        const ApiMember *overridden = member(set, "Lp/Activity;", "start", "()V");
        assert_int_equal(overridden->sinks, SINK_INTENT);
        assert_needs(overridden->need, "A! B");
        assert_string_equal(data_of(member(set, "Lp/Activity;", "start", "(I)V")), "app_install");
        assert_int_equal(member(set, "Lp/Activity;", "start", "(J)V")->sinks, SINK_INTENT);
        assert_needs(member(set, "Lp/Context;", "start", "()V")->need, "A");
}

static void a_constructor_is_not_inherited(void **state)
{
        g_autoptr(World) world = world_new();
        inherits(world, "Lp/Sub;", "Lp/File;", "");
        is_sink(world, "Lp/File;", "<init>", "file");
        g_autoptr(ApiSet) set = load(world);
        assert_int_equal(member(set, "Lp/File;", "<init>", "(I)V")->sinks, SINK_FILE);
        assert_null(member(set, "Lp/Sub;", "<init>", "(I)V"));
}

static void annotations_are_exact_and_maps_are_not(void **state)
{
        g_autoptr(World) world = world_new();
        method_needs(world, "Lp/Wifi;", "scan", "()V", "A|B", "C");
        method_needs(world, "Lp/Wifi;", "scan", "", "", "B|D");
        method_gives(world, "Lp/Wifi;", "scan", "()V", "wifi_scan", "E|A");
        g_autoptr(ApiSet) set = load(world);
        const ApiMember *scan = member(set, "Lp/Wifi;", "scan", "()V");
        assert_needs(scan->need, "E A! B! C D");
        assert_string_equal(scan->api->permissions[0], "E");
        assert_string_equal(scan->api->permissions[1], "A");
        assert_null(scan->api->permissions[2]);
        assert_needs(member(set, "Lp/Wifi;", "scan", "(I)V")->need, "B D");
}

static void a_field_that_holds_a_uri_means_what_the_uri_means(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "uri", "content://com.android.contacts", "contacts", "READ_CONTACTS");
        uri_needs(world, "content://com.android.contacts", "WRITE_CONTACTS");
        field_holds(world, "Lp/Phone;", "CONTENT_URI", "content://com.android.contacts/data/phones");
        g_autoptr(ApiSet) set = load(world);
        const ApiMember *field = member(set, "Lp/Phone;", "CONTENT_URI", "Landroid/net/Uri;");
        assert_string_equal(data_of(field), "contacts");
        assert_int_equal(field->api->kind, API_URI);
        assert_needs(field->need, "READ_CONTACTS WRITE_CONTACTS");
}

/* ---- constants */

static void a_uri_stops_at_boundaries(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "uri", "content://sms", "sms", "READ_SMS");
        constant_means(world, "uri", "content://mms/part", "mms", "");
        g_autoptr(ApiSet) set = load(world);
        static const char *const sms[] = {"content://sms", "content://sms/", "content://sms/inbox",
                                          "content://sms?a=b", "content://sms#x"};
        for (size_t i = 0; i < G_N_ELEMENTS(sms); i++)
                assert_string_equal(meaning(set, sms[i]), "sms");
        static const char *const others[] = {"content://smsx",      "content://sm",  "content://mms",
                                             "content://mms/parts", "content://",    "content:/sms",
                                             "xcontent://sms",      "CONTENT://sms", "sms",
                                             "content://sms.x/sms"};
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                assert_null(constant(set, others[i]));
        assert_null(apiset_constant(set, span_of("content://sms\0/a", 16)));
        assert_int_equal(constant(set, "content://sms/1")->sinks, SINK_RESOLVER);
}

static void the_longest_uri_wins_and_keeps_what_the_shorter_says(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "uri", "content://media", "files_documents", "READ");
        constant_means(world, "uri", "content://media/external/images", "photos_videos", "IMAGES");
        uri_needs(world, "content://media", "WRITE");
        uri_needs(world, "content://media/external", "MANAGE");
        uri_needs(world, "content://other", "OTHER");
        g_autoptr(ApiSet) set = load(world);
        assert_string_equal(meaning(set, "content://media/external/images/media"), "photos_videos");
        assert_needs(constant(set, "content://media/external/images/media")->need,
                     "IMAGES MANAGE READ WRITE");
        assert_string_equal(meaning(set, "content://media/external/audio"), "files_documents");
        assert_needs(constant(set, "content://media/external/audio")->need, "MANAGE READ WRITE");
        const ApiConstant *other = constant(set, "content://other/a");
        assert_null(other->api);
        assert_needs(other->need, "OTHER");
}

static void a_command_stops_at_a_blank(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "shell", "ps", "running_apps", "");
        constant_means(world, "shell", "pm list package", "installed_apps", "");
        constant_means(world, "shell", "getprop", "device_info", "");
        constant_means(world, "shell", "getprop ro.serialno", "device_serial", "");
        g_autoptr(ApiSet) set = load(world);
        assert_string_equal(meaning(set, "ps"), "running_apps");
        assert_string_equal(meaning(set, "ps -A"), "running_apps");
        assert_string_equal(meaning(set, "getprop ro.serialno"), "device_serial");
        assert_string_equal(meaning(set, "getprop ro.serialno 1"), "device_serial");
        assert_string_equal(meaning(set, "getprop ro.other"), "device_info");
        assert_string_equal(meaning(set, "pm list package -3"), "installed_apps");
        static const char *const others[] = {"psx",      "p",   "pm list packages", "pm list",
                                             "getprops", " ps", "getprop\t",        "PS"};
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                assert_null(constant(set, others[i]));
        assert_int_equal(constant(set, "ps")->sinks, SINK_EXEC);
}

static void a_path_is_a_prefix_only_where_it_ends_in_a_slash(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "path", "/sys/class/net/", "wifi_mac", "");
        constant_means(world, "path", "/proc/net/arp", "local_network_devices", "");
        g_autoptr(ApiSet) set = load(world);
        assert_string_equal(meaning(set, "/sys/class/net/"), "wifi_mac");
        assert_string_equal(meaning(set, "/sys/class/net/wlan0/address"), "wifi_mac");
        assert_string_equal(meaning(set, "/proc/net/arp"), "local_network_devices");
        assert_null(constant(set, "/proc/net/arp/1"));
        assert_null(constant(set, "/sys/class/net"));
        assert_null(constant(set, "/sys/class/network"));
        assert_int_equal(constant(set, "/proc/net/arp")->sinks, SINK_FILE | SINK_EXEC);
}

static void everything_else_is_known_as_a_whole(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "setting", "android_id", "android_id", "");
        constant_means(world, "prop", "ro.serialno", "device_serial", "");
        constant_means(world, "reflect", "android_id", "gsf_id", "");
        g_autoptr(ApiSet) set = load(world);
        const ApiConstant *both = constant(set, "android_id");
        assert_int_equal(both->kind, API_SETTING);
        assert_int_equal(both->sinks, SINK_SETTINGS);
        assert_int_equal(both->next->kind, API_REFLECT);
        assert_int_equal(both->next->sinks, SINK_REFLECT);
        assert_null(both->next->next);
        static const char *const others[] = {"android_ids", "android_i", "ro.serialno ", "ro.serialn", "",
                                             "a",           "\xff\xfe"};
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                assert_null(constant(set, others[i]));
}

static void a_row_may_name_its_own_sinks(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "sysservice", "iphonesubinfo", "imei", "");
        g_string_append(world->files[APIS],
                        "sysservice\t\t\t\twifi\twifi_mac\tread\t\tcurated\t\tbinder\trecalled\t\n");
        is_sink(world, "Landroid/os/ServiceManager;", "getService", "service,binder");
        is_sink(world, "Landroid/content/Context;", "getSystemService", "service");
        g_autoptr(ApiSet) set = load(world);
        unsigned hidden = member(set, "Landroid/os/ServiceManager;", "getService", "()V")->sinks;
        unsigned usual = member(set, "Landroid/content/Context;", "getSystemService", "()V")->sinks;
        assert_true(constant(set, "wifi")->sinks & hidden);
        assert_false(constant(set, "wifi")->sinks & usual);
        assert_true(constant(set, "iphonesubinfo")->sinks & usual);
}

static void an_intent_is_known_on_its_side(void **state)
{
        g_autoptr(World) world = world_new();
        static const char *const sides[] = {"code", "manifest", "both"};
        for (int i = 0; i < 3; i++)
                g_string_append_printf(world->files[APIS],
                                       "intent\t\t\t\ta.%s\tsms\tread\tP\tcurated\t%s\t\trecalled\t\n",
                                       sides[i], sides[i]);
        g_string_append(world->files[INTENTS], "a.code\tQ\tP\tpscout\n");
        g_autoptr(ApiSet) set = load(world);
        assert_needs(constant(set, "a.code")->need, "P Q!");
        assert_null(apiset_action(set, "a.code"));
        assert_null(constant(set, "a.manifest"));
        assert_string_equal(apiset_action(set, "a.manifest")->api->data_type, "sms");
        assert_int_equal(constant(set, "a.both")->sinks, SINK_INTENT);
        assert_needs(apiset_action(set, "a.both")->need, "P");
        assert_ptr_equal(constant(set, "a.both")->api, apiset_action(set, "a.both")->api);
        assert_null(apiset_action(set, "a.unknown"));
}

static void a_declared_service_is_known_by_action_and_by_permission(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "service", "a.AccessibilityService", "screen_content",
                       "BIND_ACCESSIBILITY_SERVICE");
        g_autoptr(ApiSet) set = load(world);
        assert_string_equal(apiset_action(set, "a.AccessibilityService")->api->data_type, "screen_content");
        assert_string_equal(apiset_action(set, "BIND_ACCESSIBILITY_SERVICE")->api->data_type,
                            "screen_content");
        assert_null(constant(set, "a.AccessibilityService"));
}

static void only_what_memory_alone_states_is_recalled(void **state)
{
        g_autoptr(World) world = world_new();
        constant_means(world, "prop", "ro.serialno", "device_serial", "");
        method_gives(world, "Lp/A;", "a", "", "imei", "");
        g_string_append(world->files[APIS],
                        "method\tLp/A;\tb\t\t\timei\tlisten\t\texternal\t\t\tcamille; recalled\t\n");
        g_autoptr(ApiSet) set = load(world);
        assert_true(apiset_at(set, 0)->recalled);
        assert_false(apiset_at(set, 1)->recalled);
        assert_false(apiset_at(set, 2)->recalled);
        assert_false(apiset_at(set, 1)->external);
        assert_true(apiset_at(set, 2)->external);
        assert_string_equal(apiset_at(set, 2)->action, "listen");
}

static void only_permissions_that_some_row_names_can_be_credited(void **state)
{
        g_autoptr(World) world = world_new();
        method_gives(world, "Lp/A;", "a", "", "imei", "P.METHOD");
        method_needs(world, "Lp/A;", "b", "", "P.EXACT", "P.MAP");
        uri_needs(world, "content://sms", "P.URI");
        g_autoptr(ApiSet) set = load(world);
        assert_true(apiset_credits(set, "P.METHOD"));
        assert_true(apiset_credits(set, "P.EXACT"));
        assert_true(apiset_credits(set, "P.MAP"));
        assert_true(apiset_credits(set, "P.URI"));
        assert_false(apiset_credits(set, "P.OTHER"));
}

static void behaviour_is_no_personal_data(void **state)
{
        g_autoptr(World) world = world_new();
        method_gives(world, "Lp/A;", "a", "", "imei", "");
        g_string_append(world->files[APIS],
                        "method\tLp/A;\tb\t\t\treflection\tcontrol\t\tbehaviour\t\t\tcamille\t\n");
        g_autoptr(ApiSet) set = load(world);
        assert_false(apiset_at(set, 0)->behaviour);
        assert_true(apiset_at(set, 1)->behaviour);
        assert_false(apiset_at(set, 1)->external);
}

/* ---- files */

static void bad_rows_are_refused_with_file_and_line(void **state)
{
        static const struct {
                int file;
                const char *row, *saying;
        } cases[] = {
                {APIS, "metod\tLa;\tb\t\t\timei\tread\t\tcurated\t\t\tcamille\t\n",
                 "apis.tsv:2: \"metod\" is no kind"},
                {APIS, "method\tLa;\tb\t\t\timei\ttake\t\tcurated\t\t\tcamille\t\n",
                 "apis.tsv:2: \"take\" is no action"},
                {APIS, "method\tLa;\tb\t\t\timei\tread\t\tderived\t\t\tcamille\t\n",
                 "apis.tsv:2: \"derived\" is no tier"},
                {APIS, "method\tLa;\tb\t\t\t\tread\t\tcurated\t\t\tcamille\t\n",
                 "apis.tsv:2: a row needs a data type"},
                {APIS, "method\tLa;\tb\t\t\timei\tread\t\tcurated\t\t\t\t\n",
                 "apis.tsv:2: a row needs a data type and a source"},
                {APIS, "method\ta.B\tb\t\t\timei\tread\t\tcurated\t\t\tcamille\t\n",
                 "\"a.B\" is no class descriptor"},
                {APIS, "method\tLa;\tb()\t\t\timei\tread\t\tcurated\t\t\tcamille\t\n",
                 "\"b()\" is no member's name"},
                {APIS, "method\tLa;\tb\tI\t\timei\tread\t\tcurated\t\t\tcamille\t\n",
                 "\"I\" does not describe a method"},
                {APIS, "field\tLa;\tb\t()V\t\timei\tread\t\tcurated\t\t\tcamille\t\n",
                 "\"()V\" does not describe a field"},
                {APIS, "uri\t\t\t\t\tsms\tread\t\tcurated\t\t\tcamille\t\n", "a row of kind uri has a value"},
                {APIS, "intent\t\t\t\ta.B\tsms\tread\t\tcurated\t\t\tcamille\t\n",
                 "\"\" is no side of a row of kind intent"},
                {APIS, "prop\t\t\t\ta.B\tsms\tread\t\tcurated\tcode\t\tcamille\t\n",
                 "\"code\" is no side of a row of kind prop"},
                {APIS, "prop\t\t\t\ta.B\tsms\tread\t\tcurated\t\tpipe\tcamille\t\n", "\"pipe\" is no sink"},
                {APIS, "prop\ta.B\n", "apis.tsv:2: 2 fields, the header has 13"},
                {PERMISSIONS, "La;\tb\t\t\t\tpscout\n", "permissions.tsv:2: La;->b needs no permission"},
                {PROVIDERS, "contacts\tP\tpscout\n", "providers.tsv:2: \"contacts\" is no content URI"},
                {PROVIDERS, "content://contacts/\tP\tpscout\n", "providers.tsv:2:"},
                {INTENTS, "a.B\t\t\tpscout\n", "intents.tsv:2: \"a.B\" needs no permission"},
                {SINKS, "La;\tb\tpipe\n", "sinks.tsv:2: \"pipe\" is no sink"},
                {SINKS, "La;\tb\t\n", "sinks.tsv:2: La;->b is no sink"},
                {URI_FIELDS, "La;\tb\tcontent://c\tAOSP\n",
                 "uri_fields.tsv:2: nothing is known of content://c"},
                {CLASSES, "La;\tb\t\n", "platform_classes.tsv:2: \"b\" is no class descriptor"},
                {CLASSES, "La;\tLb;\t\nLa;\tLc;\t\n", "platform_classes.tsv:3: La; stands twice"},
                {CLASSES, "La;\tLb;\t\nLb;\tLc;\tLa;\n", "inherits from itself"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(World) world = world_new();
                g_string_append(world->files[cases[i].file], cases[i].row);
                is_refused(world, cases[i].saying);
        }
}

static void a_row_that_stands_twice_is_refused(void **state)
{
        g_autoptr(World) methods = world_new();
        method_gives(methods, "La;", "b", "()V", "imei", "");
        method_gives(methods, "La;", "b", "()V", "imsi", "");
        is_refused(methods, "apis.tsv:3: method La;->b()V stands twice");
        g_autoptr(World) constants = world_new();
        constant_means(constants, "prop", "ro.serialno", "imei", "");
        constant_means(constants, "prop", "ro.serialno", "imsi", "");
        is_refused(constants, "apis.tsv:3: prop ro.serialno stands twice");
}

static void a_missing_file_is_named(void **state)
{
        g_autoptr(GError) error = NULL;
        assert_null(apiset_load("/nowhere", &error));
        assert_non_null(strstr(error->message, "/nowhere/apis/apis.tsv"));
}

static void the_digest_changes_with_every_file(void **state)
{
        g_autoptr(World) world = world_new();
        g_autoptr(ApiSet) before = load(world);
        for (int i = 0; i < N_FILES; i++) {
                g_string_append(world->files[i], "# a remark\n");
                g_autoptr(ApiSet) after = load(world);
                assert_int_equal(strlen(apiset_digest(after)), 64);
                assert_string_not_equal(apiset_digest(after), apiset_digest(before));
                g_string_truncate(world->files[i], strlen(files[i].header));
        }
        g_autoptr(ApiSet) again = load(world);
        assert_string_equal(apiset_digest(again), apiset_digest(before));
}

/* ---- what is shipped */

static void every_row_that_is_shipped_can_be_found_again(void **state)
{
        g_autoptr(ApiSet) set = load_shipped();
        assert_true(apiset_len(set) > 1300);
        for (size_t i = 0; i < apiset_len(set); i++) {
                const Api *api = apiset_at(set, i);
                assert_int_equal(api->index, i);
                if (api->kind == API_METHOD || api->kind == API_FIELD) {
                        const char *arrow = strstr(api->what, "->");
                        size_t length = strcspn(arrow + 2, "(");
                        const ApiClass *c =
                                apiset_class(set, span_of(api->what, (size_t)(arrow - api->what)));
                        const ApiMember *m =
                                apiset_members(c, span_of(arrow + 2, length), api->kind == API_FIELD);
                        while (m && m->api != api)
                                m = m->next;
                        assert_non_null(m);
                        continue;
                }
                const ApiConstant *code = constant(set, api->what), *manifest = apiset_action(set, api->what);
                while (code && code->api != api)
                        code = code->next;
                while (manifest && manifest->api != api)
                        manifest = manifest->next;
                assert_true(code || manifest);
                assert_true(!code || code->sinks);
        }
}

static void the_platform_is_known_as_apps_call_it(void **state)
{
        g_autoptr(ApiSet) set = load_shipped();
        static const struct {
                const char *class_name, *name, *descriptor, *data_type;
        } cases[] = {
                {"Landroid/telephony/TelephonyManager;", "getDeviceId", "()Ljava/lang/String;", "imei"},
                {"Landroid/content/pm/PackageManager;", "getInstalledPackages", "(I)Ljava/util/List;",
                 "installed_apps"},
                {"Landroid/os/Build;", "SERIAL", "Ljava/lang/String;", "device_serial"},
                {"Landroid/provider/ContactsContract$CommonDataKinds$Phone;", "CONTENT_URI",
                 "Landroid/net/Uri;", "contacts"},
                {"Landroid/provider/CallLog$Calls;", "CONTENT_URI", "Landroid/net/Uri;", "call_log"},
                {"Landroid/provider/Telephony$Sms$Inbox;", "CONTENT_URI", "Landroid/net/Uri;", "sms"},
                {"Landroid/provider/MediaStore$Images$Media;", "EXTERNAL_CONTENT_URI", "Landroid/net/Uri;",
                 "photos_videos"},
                {"Landroid/provider/CalendarContract$Events;", "CONTENT_URI", "Landroid/net/Uri;",
                 "calendar_events"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_string_equal(
                        data_of(member(set, cases[i].class_name, cases[i].name, cases[i].descriptor)),
                        cases[i].data_type);
}

static void the_platforms_sinks_are_found_through_its_subclasses(void **state)
{
        g_autoptr(ApiSet) set = load_shipped();
        static const struct {
                const char *class_name, *name;
                unsigned sink;
        } cases[] = {
                {"Landroid/content/ContentResolver;", "query", SINK_RESOLVER},
                {"Landroid/provider/Settings$Secure;", "getString", SINK_SETTINGS},
                {"Landroid/os/SystemProperties;", "get", SINK_PROPERTY},
                {"Ljava/io/FileReader;", "<init>", SINK_FILE},
                {"Ljava/lang/Runtime;", "exec", SINK_EXEC},
                {"Ljava/lang/Class;", "forName", SINK_REFLECT},
                {"Ldalvik/system/DexClassLoader;", "loadClass", SINK_REFLECT},
                {"Landroid/content/Intent;", "<init>", SINK_INTENT},
                {"Landroid/app/Activity;", "startActivity", SINK_INTENT},
                {"Landroid/app/Service;", "getSystemService", SINK_SERVICE},
                {"Landroid/os/ServiceManager;", "getService", SINK_SERVICE | SINK_BINDER},
                {"Landroid/content/SharedPreferences;", "getBoolean", SINK_PREFERENCE},
                {"Lcom/tencent/mmkv/MMKV;", "decodeBool", SINK_PREFERENCE},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const ApiMember *m = member(set, cases[i].class_name, cases[i].name, "()V");
                assert_non_null(m);
                assert_int_equal(m->sinks, cases[i].sink);
        }
        assert_true(api_class_is(apiset_class(set, span_str("Landroid/app/ListActivity;")),
                                 span_str("Landroid/content/Context;")));
        assert_true(api_class_is(apiset_class(set, span_str("Landroid/app/AlertDialog;")),
                                 span_str("Landroid/app/Dialog;")));
        assert_true(api_class_is(apiset_class(set, span_str("Ljava/lang/Thread;")),
                                 span_str("Ljava/lang/Runnable;")));
}

static void strings_of_any_app_mean_nothing(void **state)
{
        g_autoptr(ApiSet) set = load_shipped();
        static const char *const texts[] = {"",
                                            "id",
                                            "sms",
                                            "contacts",
                                            "getString",
                                            "android",
                                            "content",
                                            "content://",
                                            "content://com.example.provider/sms",
                                            "/",
                                            "/proc",
                                            "/data",
                                            "psst",
                                            "mounted",
                                            "android.intent.action.MAIN",
                                            "android.intent.action.VIEW",
                                            "query"};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                if (constant(set, texts[i]))
                        fail_msg("\"%s\" means something", texts[i]);
        static const char *const classes[] = {"",
                                              "L;",
                                              "I",
                                              "[I",
                                              "Ljava/lang/Object;",
                                              "Ljava/lang/String;",
                                              "La/a;",
                                              "Landroid/os/Build",
                                              "Landroid/os/Buil;"};
        for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
                if (apiset_class(set, span_str(classes[i])))
                        fail_msg("\"%s\" is known", classes[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_overload_is_chosen_by_its_descriptor),
                cmocka_unit_test(a_row_without_descriptor_is_about_every_overload),
                cmocka_unit_test(a_field_and_a_method_of_one_name_are_two_members),
                cmocka_unit_test(a_class_has_the_members_of_what_it_inherits_from),
                cmocka_unit_test(an_override_keeps_what_is_stated_above_it),
                cmocka_unit_test(a_constructor_is_not_inherited),
                cmocka_unit_test(annotations_are_exact_and_maps_are_not),
                cmocka_unit_test(a_field_that_holds_a_uri_means_what_the_uri_means),
                cmocka_unit_test(a_uri_stops_at_boundaries),
                cmocka_unit_test(the_longest_uri_wins_and_keeps_what_the_shorter_says),
                cmocka_unit_test(a_command_stops_at_a_blank),
                cmocka_unit_test(a_path_is_a_prefix_only_where_it_ends_in_a_slash),
                cmocka_unit_test(everything_else_is_known_as_a_whole),
                cmocka_unit_test(a_row_may_name_its_own_sinks),
                cmocka_unit_test(an_intent_is_known_on_its_side),
                cmocka_unit_test(a_declared_service_is_known_by_action_and_by_permission),
                cmocka_unit_test(only_what_memory_alone_states_is_recalled),
                cmocka_unit_test(only_permissions_that_some_row_names_can_be_credited),
                cmocka_unit_test(behaviour_is_no_personal_data),
                cmocka_unit_test(bad_rows_are_refused_with_file_and_line),
                cmocka_unit_test(a_row_that_stands_twice_is_refused),
                cmocka_unit_test(a_missing_file_is_named),
                cmocka_unit_test(the_digest_changes_with_every_file),
                cmocka_unit_test(every_row_that_is_shipped_can_be_found_again),
                cmocka_unit_test(the_platform_is_known_as_apps_call_it),
                cmocka_unit_test(the_platforms_sinks_are_found_through_its_subclasses),
                cmocka_unit_test(strings_of_any_app_mean_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
