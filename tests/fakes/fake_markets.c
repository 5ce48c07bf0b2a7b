/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fake_markets [options]: serves every market of fakes.h, each at an address of its own, and prints a line for each: its
 * name and its URL; then "canary PACKAGE", "categories K" and, last, "ready yes". Runs until a signal ends it or its parent is gone. make-market-files writes the market files that fit. */
#include "fakes/fakes.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static struct {
        gint64 apps, seed;
        int categories, hidden, paid, token, port, latency;
        char *folder, *log, *key, *only, **faults;
        gboolean gbk;
} opt = {.apps = 60, .categories = 3, .seed = 1};

static const GOptionEntry entries[] = {
        {"apps", 0, 0, G_OPTION_ARG_INT64, &opt.apps, "Apps of each market (60)", "N"},
        {"categories", 0, 0, G_OPTION_ARG_INT, &opt.categories, "Categories of each market, 1 to 15 (3)",
         "K"},
        {"apks", 0, 0, G_OPTION_ARG_FILENAME, &opt.folder,
         "APKs: app i has the (i mod n)-th by name; packages.tsv there may say what they hold: file, "
         "package, version code, version",
         "DIR"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &opt.seed, "Another one, other names, numbers and faults (1)",
         "S"},
        {"port", 0, 0, G_OPTION_ARG_INT, &opt.port, "The same port at every address (any free ones)", "N"},
        {"only", 0, 0, G_OPTION_ARG_STRING, &opt.only, "Only these markets", "NAME,NAME"},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &opt.log,
         "A line per request: milliseconds, market, host, method, target, verb, status, fault, range, agent",
         "FILE"},
        {"latency", 0, 0, G_OPTION_ARG_INT, &opt.latency, "Answer after so long", "MS"},
        {"hidden", 0, 0, G_OPTION_ARG_INT, &opt.hidden, "Aptoide counts every N-th app and does not show it",
         "N"},
        {"paid", 0, 0, G_OPTION_ARG_INT, &opt.paid,
         "Every N-th app cannot be downloaded (Xiaomi, Tencent) or costs money (Google Play)", "N"},
        {"token-requests", 0, 0, G_OPTION_ARG_INT, &opt.token, "Huawei's token is good for so many requests",
         "N"},
        {"key", 0, 0, G_OPTION_ARG_STRING, &opt.key, "AndroZoo's (not-a-real-key)", "KEY"},
        {"gbk", 0, 0, G_OPTION_ARG_NONE, &opt.gbk, "Xiaomi's pages in GBK", NULL},
        {"fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.faults, "May be repeated; the first that fits counts",
         "SPEC"},
        {NULL},
};

static const struct {
        const char *name;
        const FakeRoute *routes;
} markets[] = {
        {"cdn", NULL},
        {"policy", NULL},
        {"aptoide", fake_aptoide},
        {"xiaomi", fake_xiaomi},
        {"huawei", fake_huawei},
        {"tencent", fake_tencent},
        {"google-play", fake_play},
        {"apple", fake_apple},
        {"androzoo", fake_androzoo},
};

/* robots.txt and what cdn and policy have, then the market's own pages. */
static FakeRoute *routes_of(const FakeRoute *own)
{
        GArray *all = g_array_new(TRUE, TRUE, sizeof(FakeRoute));
        for (const FakeRoute *route = fake_files; route->market; route++)
                g_array_append_val(all, *route);
        for (const FakeRoute *route = own; route && route->market; route++)
                g_array_append_val(all, *route);
        return (FakeRoute *)(void *)g_array_free(all, FALSE);
}

static bool is_wanted(const char *name)
{
        if (!opt.only || strcmp(name, "cdn") == 0 || strcmp(name, "policy") == 0)
                return true;
        g_auto(GStrv) names = g_strsplit(opt.only, ",", -1);
        return g_strv_contains((const char *const *)names, name);
}

/* What a market file has to know beside the URLs. */
static void print_facts(const Fakes *fakes)
{
        FakeApp app;
        for (uint64_t i = 0; i < MIN(fakes->apps, 2); i++) {
                fake_app(fakes, i, &app);
                printf("canary %s\n", app.package);
        }
        printf("categories %u\nready yes\n", fakes->categories);
}

static bool listen_all(FakeServer *server, GPtrArray *routes, const Fakes *fakes, GError **error)
{
        for (size_t i = 0; i < G_N_ELEMENTS(markets); i++) {
                g_autofree char *address = g_strdup_printf("127.0.0.%zu", 11 + i);
                if (!is_wanted(markets[i].name))
                        continue;
                g_ptr_array_add(routes, routes_of(markets[i].routes));
                if (!fake_server_listen(server, markets[i].name, address, opt.port,
                                        routes->pdata[routes->len - 1], error))
                        return false;
                printf("%s %s\n", markets[i].name, fake_base(fakes, markets[i].name));
        }
        print_facts(fakes);
        fflush(stdout);
        return true;
}

static void apk_free(void *data)
{
        FakeApk *apk = data;
        char *all[] = {apk->package, apk->version, apk->bytes, apk->md5, apk->sha1, apk->sha256};
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                g_free(all[i]);
        g_free(apk);
}

static void fakes_clear(Fakes *fakes)
{
        g_hash_table_unref(fakes->by_package);
        g_hash_table_unref(fakes->bases);
        g_hash_table_unref(fakes->tokens);
        g_ptr_array_unref(fakes->apks);
        if (fakes->csv)
                g_string_free(fakes->csv, TRUE);
        if (fakes->csv_added)
                g_string_free(fakes->csv_added, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fakes, fakes_clear)

static bool serve(Fakes *fakes, FakeFaults *faults, GError **error)
{
        g_autoptr(GPtrArray) routes = g_ptr_array_new_with_free_func(g_free);
        if (opt.folder && !fake_apks_load(fakes, opt.folder, error))
                return false;
        for (char **fault = opt.faults; fault && *fault; fault++)
                if (!fake_faults_add(faults, *fault, error))
                        return false;
        FakeServer *server = fake_server_new(
                &(FakeServerOptions){
                        .fakes = fakes, .faults = faults, .log_path = opt.log, .latency_ms = opt.latency},
                error);
        if (!server)
                return false;
        bool fine = listen_all(server, routes, fakes, error) && fake_server_run(server, error);
        fake_server_free(server);
        return fine;
}

int main(int argc, char **argv)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        g_autoptr(GError) error = NULL;
        g_autoptr(GOptionContext) context = g_option_context_new(NULL);
        g_option_context_set_description(context, fake_faults_words());
        g_option_context_add_main_entries(context, entries, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 1 || opt.apps < 0 ||
            opt.categories < 1 || opt.categories > 15) {
                fprintf(stderr, "fake_markets: %s\n", error ? error->message : "no such options");
                return 2;
        }
        g_auto(Fakes) fakes = {
                .seed = (uint64_t)opt.seed,
                .apps = (uint64_t)opt.apps,
                .categories = (unsigned)opt.categories,
                .hidden = (unsigned)opt.hidden,
                .paid = (unsigned)opt.paid,
                .token_requests = (unsigned)opt.token,
                .gbk = opt.gbk,
                .key = opt.key ? opt.key : (char *)"not-a-real-key",
                .apks = g_ptr_array_new_with_free_func(apk_free),
                .by_package = g_hash_table_new(g_str_hash, g_str_equal),
                .bases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                .tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        };
        FakeFaults *faults = fake_faults_new(fakes.seed);
        bool fine = serve(&fakes, faults, &error);
        fake_faults_free(faults);
        if (!fine)
                fprintf(stderr, "fake_markets: %s\n", error->message);
        return fine ? 0 : 1;
}
