/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/market.h"

#include "core/datafile.h"
#include "core/digest.h"
#include "crawler/market_spec.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/hashlist.h"

#include <string.h>

enum { NAME_BYTES = 64, FILE_BYTES = 256 << 10, MIRRORS = 100, CONNECTIONS = 16, CANARIES = 20 };

/* What a file holds and a Market does not show. */
typedef struct {
        Market market;
        MarketSpec spec;
} MarketFile;

static const YamlField category_fields[] = {
        {"key", YAML_STRING, offsetof(MarketCategory, key), true},
        {"title", YAML_STRING, offsetof(MarketCategory, title), false},
};

static const YamlField fields[] = {
        {"title", YAML_STRING, offsetof(Market, title), true},
        {"kind", YAML_STRING, offsetof(Market, kind), true},
        {"url", YAML_STRING, offsetof(Market, url), false},
        {"fingerprint", YAML_STRING, offsetof(Market, fingerprint), false},
        {"mirrors", YAML_STRINGS, offsetof(Market, mirrors), false},
        {"categories", YAML_STRING, offsetof(Market, categories), true},
        {"category_list", YAML_MAPS, offsetof(Market, category_list), false, category_fields,
         G_N_ELEMENTS(category_fields), sizeof(MarketCategory), offsetof(Market, n_category_list)},
        {"note", YAML_STRING, offsetof(Market, note), false},
        {"loopback", YAML_BOOL, offsetof(Market, loopback), false},
        {"robots", YAML_BOOL, offsetof(Market, robots), false},
        {"robots_reason", YAML_STRING, offsetof(Market, robots_reason), false},
        {"requests_per_second", YAML_DOUBLE, offsetof(Market, requests_per_second), false},
        {"connections", YAML_INT, offsetof(Market, connections), false},
        {"bandwidth", YAML_INT, offsetof(Market, bandwidth), false},
        {"canaries", YAML_STRINGS, offsetof(Market, canaries), false},
        {"key_file", YAML_STRING, offsetof(Market, key_file), false},
        {"list_url", YAML_STRING, offsetof(Market, list_url), false},
        {"apk_url", YAML_STRING, offsetof(Market, apk_url), false},
        {"only_markets", YAML_STRINGS, offsetof(Market, only_markets), false},
        {"date", YAML_STRING, offsetof(Market, date), false},
        {"from", YAML_STRING, offsetof(Market, from), false},
        {"to", YAML_STRING, offsetof(Market, to), false},
        {"size_min", YAML_INT, offsetof(Market, size_min), false},
        {"size_max", YAML_INT, offsetof(Market, size_max), false},
        {"folder", YAML_STRING, offsetof(Market, folder), false},
        {"requests", YAML_MAPS, offsetof(MarketFile, spec.requests), false, market_request_fields, 0,
         sizeof(MarketRequestSpec), offsetof(MarketFile, spec.n_requests)},
};

static const struct {
        const char *name;
        MarketKind protocol;
        unsigned can; /* of MARKET_WEB: what its requests give */
} kinds[] = {
        {"fdroid", MARKET_FDROID, MARKET_CATEGORIES | MARKET_LIST | MARKET_DETAIL | MARKET_RESOLVE},
        {"json", MARKET_WEB, 0},
        {"html", MARKET_WEB, 0},
        {"corpus", MARKET_CORPUS, MARKET_LIST | MARKET_RESOLVE},
        {"hashes", MARKET_HASHES, MARKET_LIST | MARKET_RESOLVE},
};

/* ---- checks
 * ------------------------------------------------------------------------------------------------------ */

static bool is_name(const char *name)
{
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
        return n > 0 && n <= NAME_BYTES && name[n] == '\0';
}

static bool take_base(char **url, const Market *market, const char *key, GError **error)
{
        g_autofree char *base = market_base_of(*url);
        if (!base)
                return fault(error, FAULT_MALFORMED,
                             "%s: \"%s\" is no plain http:// or https:// URL (no user name, query, fragment "
                             "or blanks)",
                             key, *url);
        if (market->loopback && !market_is_here(base))
                return fault(error, FAULT_MALFORMED,
                             "%s: %s is not on this machine, but the market says loopback: true", key, base);
        g_free(*url);
        *url = g_steal_pointer(&base);
        return true;
}

static bool check_bases(Market *market, GError **error)
{
        if (market->protocol == MARKET_CORPUS)
                return true;
        if (!market->url)
                return fault(error, FAULT_MALFORMED, "url: kind %s needs one", market->kind);
        if (!take_base(&market->url, market, "url", error))
                return false;
        size_t n = 0;
        for (char **m = market->mirrors; m && *m; m++) {
                if (++n > MIRRORS)
                        return fault(error, FAULT_MALFORMED, "mirrors: more than %d", MIRRORS);
                if (!take_base(m, market, "mirrors", error))
                        return false;
        }
        return true;
}

static bool check_fingerprint(Market *market, GError **error)
{
        if (!market->fingerprint)
                return fault(error, FAULT_MALFORMED, "fingerprint: kind fdroid needs one");
        g_autofree char *lower = g_ascii_strdown(market->fingerprint, -1);
        if (!hex_is_sha256(lower))
                return fault(error, FAULT_MALFORMED,
                             "fingerprint: \"%s\" is not the SHA-256 of a certificate (64 hex digits, no "
                             "blanks or colons)",
                             market->fingerprint);
        g_free(market->fingerprint);
        market->fingerprint = g_steal_pointer(&lower);
        return true;
}

static bool check_manners(const Market *market, GError **error)
{
        if (!*market->title || !*market->categories)
                return fault(error, FAULT_MALFORMED, "title and categories may not be empty");
        double most =
                market->loopback ? 1e6 : 1000; /* a test market on this machine has nobody to be spared */
        if (!(market->requests_per_second > 0 && market->requests_per_second <= most))
                return fault(error, FAULT_MALFORMED, "requests_per_second: %g is not above 0 and at most %g",
                             market->requests_per_second, most);
        if (market->connections < 1 || market->connections > CONNECTIONS)
                return fault(error, FAULT_MALFORMED, "connections: %" G_GINT64_FORMAT " is not from 1 to %d",
                             market->connections, CONNECTIONS);
        if (market->bandwidth < 0)
                return fault(error, FAULT_MALFORMED, "bandwidth: bytes per second, not below 0");
        bool reason = market->robots_reason && *market->robots_reason;
        if (!market->robots && !reason)
                return fault(error, FAULT_MALFORMED,
                             "robots_reason: robots: false needs the mandate it rests on; every audit prints "
                             "it");
        if (market->robots && reason)
                return fault(error, FAULT_MALFORMED, "robots_reason: only where robots: false");
        return true;
}

/* Keys that only some kinds have. */
static bool check_keys(const MarketFile *file, GError **error)
{
        const Market *m = &file->market;
        const struct {
                const char *key;
                bool there;
                MarketKind protocol;
                const char *of;
        } keys[] = {
                {"fingerprint", m->fingerprint, MARKET_FDROID, "fdroid"},
                {"requests", file->spec.requests, MARKET_WEB, "json and html"},
                {"canaries", m->canaries, MARKET_WEB, "json and html"},
                {"category_list", m->category_list, MARKET_WEB, "json and html"},
                {"key_file", m->key_file, MARKET_HASHES, "hashes"},
                {"list_url", m->list_url, MARKET_HASHES, "hashes"},
                {"apk_url", m->apk_url, MARKET_HASHES, "hashes"},
                {"date", m->date, MARKET_HASHES, "hashes"},
                {"from", m->from, MARKET_HASHES, "hashes"},
                {"to", m->to, MARKET_HASHES, "hashes"},
                {"size_min", m->size_min, MARKET_HASHES, "hashes"},
                {"size_max", m->size_max, MARKET_HASHES, "hashes"},
                {"folder", m->folder, MARKET_CORPUS, "corpus"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
                if (keys[i].there && keys[i].protocol != m->protocol)
                        return fault(error, FAULT_MALFORMED,
                                     "%s: a key of kind %s, and this market is of kind %s", keys[i].key,
                                     keys[i].of, m->kind);
        }
        if (m->mirrors && m->protocol != MARKET_FDROID && m->protocol != MARKET_HASHES)
                return fault(error, FAULT_MALFORMED, "mirrors: a key of kinds fdroid and hashes");
        if (m->only_markets && m->protocol != MARKET_HASHES && m->protocol != MARKET_CORPUS)
                return fault(error, FAULT_MALFORMED, "only_markets: a key of kinds hashes and corpus");
        if (m->url && m->protocol == MARKET_CORPUS)
                return fault(error, FAULT_MALFORMED, "url: a corpus is a folder of this machine");
        return true;
}

static bool check_sources(const Market *m, GError **error)
{
        if (m->protocol == MARKET_CORPUS && (!m->folder || !*m->folder))
                return fault(error, FAULT_MALFORMED, "folder: kind corpus needs a folder or a CSV file");
        if (m->protocol != MARKET_HASHES)
                return true;
        g_autofree char *host = market_host_of(m->list_url);
        if (!host || (m->loopback && !market_is_here(m->list_url)))
                return fault(error, FAULT_MALFORMED,
                             "list_url: kind hashes needs the http(s) URL of its CSV file%s",
                             m->loopback ? ", on this machine because of loopback: true" : "");
        if (m->key_file && (!*m->key_file || strchr(m->key_file, '/') || *m->key_file == '.'))
                return fault(error, FAULT_MALFORMED,
                             "key_file: the name of a file below the secrets folder, without '/'");
        return hashlist_check(m, error);
}

static bool check_categories(const Market *m, GError **error)
{
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < m->n_category_list; i++) {
                if (!*m->category_list[i].key || !g_hash_table_add(seen, m->category_list[i].key))
                        return fault(error, FAULT_MALFORMED,
                                     "category_list: the key \"%s\" is empty or stands twice",
                                     m->category_list[i].key);
        }
        return true;
}

/* "package=id" is split: a detail that is asked by id needs one. */
static bool take_canaries(Market *m, GError **error)
{
        guint n = m->canaries ? g_strv_length(m->canaries) : 0;
        if (n > CANARIES)
                return fault(error, FAULT_MALFORMED, "canaries: more than %d", CANARIES);
        m->canary_ids = n ? g_new0(char *, n + 1) : NULL;
        for (guint i = 0; i < n; i++) {
                char *equals = strchr(m->canaries[i], '=');
                m->canary_ids[i] = g_strdup(equals ? equals + 1 : "");
                if (equals)
                        *equals = '\0';
                if (!fdroid_is_package(m->canaries[i]))
                        return fault(error, FAULT_MALFORMED, "canaries: \"%s\" is no package name",
                                     m->canaries[i]);
        }
        return true;
}

static bool take_kind(Market *market, GError **error)
{
        g_autoptr(GString) known = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                g_string_append_printf(known, " %s", kinds[i].name);
                if (g_str_equal(market->kind, kinds[i].name)) {
                        market->protocol = kinds[i].protocol;
                        market->can = kinds[i].can;
                        return true;
                }
        }
        return fault(error, FAULT_UNSUPPORTED, "kind: \"%s\" is not known here; known:%s", market->kind,
                     known->str);
}

static bool check(MarketFile *file, GError **error)
{
        Market *market = &file->market;
        if (!take_kind(market, error) || !check_keys(file, error) || !check_manners(market, error) ||
            !check_bases(market, error) || !check_sources(market, error) ||
            !check_categories(market, error) || !take_canaries(market, error))
                return false;
        if (market->protocol == MARKET_FDROID)
                return check_fingerprint(market, error);
        if (market->protocol != MARKET_WEB)
                return true;
        if (!market_spec_prepare(&file->spec, market, error))
                return false;
        market->spec = &file->spec;
        market->can = market_spec_can(&file->spec) | (market->category_list ? MARKET_CATEGORIES : 0);
        return true;
}

/* ---- loading
 * ----------------------------------------------------------------------------------------------------- */

static size_t prepare_fields(YamlField *all)
{
        memcpy(all, fields, sizeof fields);
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                if (all[i].sub == market_request_fields)
                        all[i].n_sub = n_market_request_fields;
        }
        return G_N_ELEMENTS(fields);
}

static Market *parse(const char *name, const char *shown, const char *text, GError **error)
{
        YamlField all[G_N_ELEMENTS(fields)];
        size_t n = prepare_fields(all);
        MarketFile *file = g_new0(MarketFile, 1);
        g_autoptr(Market) market = &file->market;
        market->name = g_strdup(name);
        market->text = g_strdup(text);
        market->robots = true;
        market->requests_per_second = 2;
        market->connections = 2;
        if (!datafile_yaml_text(shown, text, all, n, file, error))
                return NULL;
        if (!check(file, error)) {
                g_prefix_error(error, "%s: ", shown);
                return NULL;
        }
        if (!market->url)
                market->url = g_strdup("");
        return g_steal_pointer(&market);
}

Market *market_parse(const char *name, const char *text, GError **error)
{
        if (!is_name(name)) {
                fault(error, FAULT_MALFORMED, "\"%s\" is no market's name", name);
                return NULL;
        }
        return parse(name, name, text, error);
}

static Market *load_file(const char *path, GError **error)
{
        g_autofree char *name = g_path_get_basename(path);
        if (g_str_has_suffix(name, ".yaml"))
                name[strlen(name) - 5] = '\0';
        if (!is_name(name)) {
                fault(error, FAULT_USAGE,
                      "%s: a market is named by its file: a-z, 0-9 and '-', at most %d characters, then "
                      ".yaml",
                      path, NAME_BYTES);
                return NULL;
        }
        g_autofree char *text = datafile_text(path, FILE_BYTES, NULL, error);
        Market *market = text ? parse(name, path, text, error) : NULL;
        if (!market)
                return NULL;
        market->path = g_strdup(path);
        if (market->folder) {
                g_autofree char *whole = g_canonicalize_filename(path, NULL);
                g_autofree char *beside = g_path_get_dirname(whole);
                char *folder = g_canonicalize_filename(market->folder, beside);
                g_free(market->folder);
                market->folder = folder;
        }
        return market;
}

static void no_such_market(const char *data_home, const char *name, GError **error)
{
        g_auto(GStrv) names = market_names(data_home, NULL);
        g_autofree char *list = names && *names ? g_strjoinv(" ", names) : g_strdup("none");
        fault(error, FAULT_NOT_FOUND, "no market \"%s\"; there are: %s (or name a .yaml file)", name, list);
}

Market *market_load(const char *data_home, const char *name_or_path, GError **error)
{
        if (strchr(name_or_path, '/') || g_str_has_suffix(name_or_path, ".yaml"))
                return load_file(name_or_path, error);
        g_autofree char *file = g_strconcat(name_or_path, ".yaml", NULL);
        g_autofree char *path = g_build_filename(data_home, "markets", file, NULL);
        if (is_name(name_or_path) && g_file_test(path, G_FILE_TEST_EXISTS))
                return load_file(path, error);
        no_such_market(data_home, name_or_path, error);
        return NULL;
}

void market_free(Market *market)
{
        if (!market)
                return;
        MarketFile *file = (MarketFile *)market; /* its first member */
        YamlField all[G_N_ELEMENTS(fields)];
        size_t n = prepare_fields(all);
        market_spec_clear(&file->spec);
        datafile_yaml_free(all, n, file);
        g_strfreev(market->canary_ids);
        g_free(market->name);
        g_free(market->text);
        g_free(market->path);
        g_free(file);
}

const char *market_can_name(MarketCan one)
{
        switch (one) {
        case MARKET_CATEGORIES: return "categories";
        case MARKET_LIST: return "list";
        case MARKET_DETAIL: return "detail";
        case MARKET_RESOLVE: return "resolve";
        case MARKET_LABELS: return "labels";
        }
        return "?";
}

static int compare_names(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

char **market_names(const char *data_home, GError **error)
{
        g_autofree char *folder = g_build_filename(data_home, "markets", NULL);
        g_autoptr(GError) cause = NULL;
        g_autoptr(GDir) dir = g_dir_open(folder, 0, &cause);
        if (!dir) {
                fault(error, FAULT_NOT_FOUND, "%s", cause->message);
                return NULL;
        }
        GPtrArray *names = g_ptr_array_new();
        for (const char *file; (file = g_dir_read_name(dir));) {
                if (!g_str_has_suffix(file, ".yaml"))
                        continue;
                char *name = g_strndup(file, strlen(file) - 5);
                if (is_name(name))
                        g_ptr_array_add(names, name);
                else
                        g_free(name);
        }
        g_ptr_array_sort(names, compare_names);
        g_ptr_array_add(names, NULL);
        return (char **)g_ptr_array_free(names, FALSE);
}
