/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/passes/posture_parts.h"

#include "analyzer/apk/netconfig.h"
#include "analyzer/apk/protoxml.h"
#include "analyzer/apk/zip.h"

/* A bundle's XML is a protobuf message until the APK is made of it. */
static bool read_config(PostureWork *work, NetConfig *config, GError **error)
{
        const char *path = work->manifest->application.network_config;
        if (!path)
                return fault(error, FAULT_NOT_FOUND, "the reference in the manifest leads nowhere");
        Zip *zip = work->apk->n_zips ? work->apk->zips[0] : NULL;
        const ZipEntry *entry = zip ? zip_find(zip, path) : NULL;
        if (!entry)
                return fault(error, FAULT_NOT_FOUND, "there is no %s", path);
        Span bytes;
        if (!zip_read(zip, entry, NETCONFIG_LIMIT, work->arena, &bytes, error))
                return false;
        if (work->apk->bundle) {
                g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
                if (!protoxml_convert(xml, bytes, work->arena, error))
                        return false;
                bytes = xml->axml;
        }
        return netconfig_read(config, bytes, work->target, work->arena, error);
}

static const char *spelled(const PostureWork *work, const NetDomain *domain)
{
        return domain->subdomains ? arena_printf(work->arena, "*.%s", domain->name) : domain->name;
}

/* The manifest's word, for apps without a configuration: from Android 7 on a configuration takes its place. */
static void say_flag(PostureWork *work)
{
        const Application *app = &work->manifest->application;
        if (app->cleartext_stated ? !app->cleartext : !netconfig_default_cleartext(work->target))
                return;
        Posture *p = posture_say(work, "cleartext-allowed",
                                 app->cleartext_stated ? "usesCleartextTraffic is true" : NULL);
        if (!app->cleartext_stated)
                posture_add(work, p, "by default, with a target below 28 (%d)", work->target);
}

static void say_cleartext(PostureWork *work, const NetConfig *config)
{
        const Application *app = &work->manifest->application;
        unsigned refused = 0;
        for (size_t i = 0; i < config->n_domains; i++)
                refused += !config->domains[i]->cleartext;
        if (config->cleartext) {
                Posture *p =
                        posture_say(work, "cleartext-allowed",
                                    config->cleartext_stated
                                            ? "base-config of the network security configuration allows it"
                                            : "the network security configuration leaves it at the default, "
                                              "which with a target below 28 allows it");
                if (refused)
                        posture_add(work, p, ", but for %u domains", refused);
        }
        for (size_t i = 0; i < config->n_domains; i++) {
                if (config->domains[i]->cleartext && !config->cleartext)
                        posture_at(
                                work,
                                posture_say(work, "cleartext-domains",
                                            "the network security configuration allows it for these alone"),
                                spelled(work, config->domains[i]));
        }
        if (app->cleartext_stated && app->cleartext && !config->cleartext)
                posture_say(work, "cleartext-allowed-before-7",
                            "usesCleartextTraffic is true; only Android 6 looks at it, later versions at the "
                            "network "
                            "security configuration");
}

static void say_trust(PostureWork *work, const NetConfig *config)
{
        if (config->user_ca)
                posture_say(work, "user-ca-trusted",
                            config->user_ca_stated ? "base-config trusts certificates that the user installed"
                                                   : "by default, with a target below 24, certificates that "
                                                     "the user installed are trusted");
        for (size_t i = 0; i < config->n_domains; i++) {
                const NetDomain *d = config->domains[i];
                if (d->user_ca && !config->user_ca)
                        posture_at(
                                work,
                                posture_say(
                                        work, "user-ca-trusted",
                                        "certificates that the user installed are trusted for these domains"),
                                spelled(work, d));
        }
        if (config->debug_overrides)
                posture_add(
                        work,
                        posture_say(work, "debug-overrides", "the network security configuration has them"),
                        "%s; %s",
                        config->debug_user_ca ? ", trusting certificates that the user installed" : "",
                        work->manifest->debuggable ? "they count, as the app is debuggable"
                                                   : "they do not count, as the app is not debuggable");
}

static void say_pins(PostureWork *work, const NetConfig *config)
{
        PostureList ends = {0};
        Posture *p = NULL;
        for (size_t i = 0; i < config->n_domains; i++) {
                const NetDomain *d = config->domains[i];
                if (!d->pins)
                        continue;
                p = posture_say(work, "certificate-pins", "connections to these are pinned to certificates");
                posture_at(work, p, spelled(work, d));
                if (d->until)
                        posture_count(&ends, d->until);
        }
        if (p && ends.n)
                posture_add(work, p, ", until %s", posture_list(work, &ends, false));
}

void posture_network(PostureWork *work)
{
        if (!work->manifest->application.network_config_stated) {
                say_flag(work);
                if (netconfig_default_user_ca(work->target))
                        posture_say(work, "user-ca-trusted",
                                    "by default, with a target below 24, certificates that the user "
                                    "installed are trusted");
                return;
        }
        NetConfig config = {0};
        g_autoptr(GError) error = NULL;
        if (!read_config(work, &config, &error)) {
                posture_say(work, "network-config-unreadable", NULL)->detail =
                        arena_utf8(work->arena, span_str(error->message));
                return;
        }
        say_cleartext(work, &config);
        say_trust(work, &config);
        say_pins(work, &config);
}
