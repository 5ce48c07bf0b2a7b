/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/market.h"

#include "core/datafile.h"
#include "core/digest.h"

#include <string.h>

enum { NAME_BYTES = 64, URL_BYTES = 1024, PATH_BYTES = 4096, MIRRORS = 100, CONNECTIONS = 16 };

static const YamlField fields[] = {
        {"title", YAML_STRING, offsetof(Market, title), true},
        {"kind", YAML_STRING, offsetof(Market, kind), true},
        {"url", YAML_STRING, offsetof(Market, url), true},
        {"fingerprint", YAML_STRING, offsetof(Market, fingerprint), true},
        {"mirrors", YAML_STRINGS, offsetof(Market, mirrors), false},
        {"categories", YAML_STRING, offsetof(Market, categories), true},
        {"note", YAML_STRING, offsetof(Market, note), false},
        {"loopback", YAML_BOOL, offsetof(Market, loopback), false},
        {"robots", YAML_BOOL, offsetof(Market, robots), false},
        {"requests_per_second", YAML_DOUBLE, offsetof(Market, requests_per_second), false},
        {"connections", YAML_INT, offsetof(Market, connections), false},
};

/* ---- URLs
 * ------------------------------------------------------------------------------------------------------- */

static GUri *http_uri(const char *url) /* NULL: not http(s) with a host */
{
        GUri *uri = url ? g_uri_parse(url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL) : NULL;
        if (!uri)
                return NULL;
        const char *scheme = g_uri_get_scheme(uri), *host = g_uri_get_host(uri);
        bool http = g_str_equal(scheme, "http") || g_str_equal(scheme, "https");
        if (http && host && *host && g_uri_get_port(uri) != 0)
                return uri;
        g_uri_unref(uri);
        return NULL;
}

char *market_host_of(const char *url)
{
        g_autoptr(GUri) uri = http_uri(url);
        if (!uri)
                return NULL;
        const char *scheme = g_uri_get_scheme(uri);
        g_autofree char *host = g_ascii_strdown(g_uri_get_host(uri), -1);
        if (g_str_has_suffix(host, "."))
                host[strlen(host) - 1] = '\0';
        bool six = strchr(host, ':') != NULL;
        int port = g_uri_get_port(uri);
        if (port < 0 || port == (g_str_equal(scheme, "https") ? 443 : 80))
                return g_strdup_printf(six ? "%s://[%s]" : "%s://%s", scheme, host);
        return g_strdup_printf(six ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, port);
}

static bool has_blanks_or_controls(const char *s)
{
        for (; *s; s++) {
                if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '\\')
                        return true;
        }
        return false;
}

char *market_base_of(const char *url)
{
        if (!url || strlen(url) > URL_BYTES || has_blanks_or_controls(url) || !g_utf8_validate(url, -1, NULL))
                return NULL;
        g_autoptr(GUri) uri = http_uri(url);
        if (!uri || g_uri_get_userinfo(uri) || g_uri_get_query(uri) || g_uri_get_fragment(uri))
                return NULL;
        char *base = g_strdup(url);
        for (size_t n = strlen(base); n > 0 && base[n - 1] == '/'; n--)
                base[n - 1] = '\0';
        return base;
}

/* What a '%' starts: two hex digits of a byte that may stand encoded in a path without changing where it
 * leads. */
static bool is_harmless_escape(const char *p)
{
        int high = g_ascii_xdigit_value(p[1]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(p[2]);
        if (low < 0)
                return false;
        int byte = high << 4 | low;
        return byte >= 0x20 && byte != 0x7f && !strchr("./\\%?#", byte);
}

static const char *path_trouble(const char *path) /* NULL: none */
{
        if (!*path)
                return "is empty";
        if (strlen(path) > PATH_BYTES)
                return "is too long";
        if (!g_utf8_validate(path, -1, NULL))
                return "is no UTF-8";
        for (const char *p = path; *p; p++) {
                if ((unsigned char)*p < 0x20 || *p == 0x7f)
                        return "holds a control character";
                if (strchr("\\?#", *p))
                        return "holds a backslash, '?' or '#'";
                if (*p == '%' && !is_harmless_escape(p))
                        return "holds a percent escape that may lead elsewhere";
        }
        if (memchr(path, ':', strcspn(path, "/")))
                return "looks like a URL with a scheme";
        g_auto(GStrv) segments = g_strsplit(path, "/", -1);
        for (char **s = segments; *s; s++) {
                if (!**s || **s == ';')
                        return "holds an empty segment";
                (*s)[strcspn(*s, ";")] = '\0'; /* "..;x" climbs at some servers */
                if (g_str_equal(*s, ".") || g_str_equal(*s, ".."))
                        return "climbs with '.' or '..'";
        }
        return NULL;
}

char *market_join(const char *base, const char *path, GError **error)
{
        const char *inside = path ? path : "";
        if (*inside == '/')
                inside++;
        const char *trouble = path_trouble(inside);
        if (trouble) {
                g_autofree char *shown =
                        g_utf8_make_valid(path ? path : "", path ? (gssize)strnlen(path, 200) : 0);
                fault(error, FAULT_MALFORMED, "the path \"%s\" %s: it is not kept inside %s", shown, trouble,
                      base);
                return NULL;
        }
        size_t base_len = strlen(base);
        while (base_len > 0 && base[base_len - 1] == '/')
                base_len--;
        GString *url = g_string_new_len(base, (gssize)base_len);
        g_string_append_c(url, '/');
        g_string_append_uri_escaped(url, inside, "/%:@!$&'()*+,;=", false);
        return g_string_free(url, FALSE);
}

/* ---- market files
 * ----------------------------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
        return n > 0 && n <= NAME_BYTES && name[n] == '\0';
}

static bool is_on_this_machine(const char *base)
{
        g_autoptr(GUri) uri = http_uri(base);
        const char *host = uri ? g_uri_get_host(uri) : "";
        return g_str_equal(host, "localhost") || g_str_equal(host, "::1") ||
               (g_str_has_prefix(host, "127.") && g_hostname_is_ip_address(host));
}

static bool take_base(char **url, const Market *market, const char *key, GError **error)
{
        g_autofree char *base = market_base_of(*url);
        if (!base)
                return fault(error, FAULT_MALFORMED,
                             "%s: \"%s\" is no plain http:// or https:// URL (no user name, query, fragment "
                             "or blanks)",
                             key, *url);
        if (market->loopback && !is_on_this_machine(base))
                return fault(error, FAULT_MALFORMED,
                             "%s: %s is not on this machine, but the market says loopback: true", key, base);
        g_free(*url);
        *url = g_steal_pointer(&base);
        return true;
}

static bool check_bases(Market *market, GError **error)
{
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

static bool check(Market *market, GError **error)
{
        if (!g_str_equal(market->kind, "fdroid"))
                return fault(error, FAULT_UNSUPPORTED, "kind: \"%s\" is not known here; known: fdroid",
                             market->kind);
        g_autofree char *lower = g_ascii_strdown(market->fingerprint, -1);
        if (!hex_is_sha256(lower))
                return fault(error, FAULT_MALFORMED,
                             "fingerprint: \"%s\" is not the SHA-256 of a certificate (64 hex digits, no "
                             "blanks or colons)",
                             market->fingerprint);
        g_free(market->fingerprint);
        market->fingerprint = g_steal_pointer(&lower);
        if (!*market->title || !*market->categories)
                return fault(error, FAULT_MALFORMED, "title and categories may not be empty");
        if (!(market->requests_per_second > 0 && market->requests_per_second <= 1000))
                return fault(error, FAULT_MALFORMED,
                             "requests_per_second: %g is not above 0 and at most 1000",
                             market->requests_per_second);
        if (market->connections < 1 || market->connections > CONNECTIONS)
                return fault(error, FAULT_MALFORMED, "connections: %" G_GINT64_FORMAT " is not from 1 to %d",
                             market->connections, CONNECTIONS);
        return check_bases(market, error);
}

static Market *load_file(const char *path, GError **error)
{
        g_autofree char *file = g_path_get_basename(path);
        if (g_str_has_suffix(file, ".yaml"))
                file[strlen(file) - 5] = '\0';
        if (!is_name(file)) {
                fault(error, FAULT_USAGE,
                      "%s: a market is named by its file: a-z, 0-9 and '-', at most %d characters, then "
                      ".yaml",
                      path, NAME_BYTES);
                return NULL;
        }
        g_autoptr(Market) market = g_new0(Market, 1);
        market->name = g_steal_pointer(&file);
        market->path = g_strdup(path);
        market->robots = true;
        market->requests_per_second = 2;
        market->connections = 2;
        if (!datafile_yaml(path, fields, G_N_ELEMENTS(fields), market, error))
                return NULL;
        if (!check(market, error)) {
                g_prefix_error(error, "%s: ", path);
                return NULL;
        }
        return g_steal_pointer(&market);
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
        g_free(market->name);
        g_free(market->title);
        g_free(market->kind);
        g_free(market->url);
        g_free(market->fingerprint);
        g_strfreev(market->mirrors);
        g_free(market->categories);
        g_free(market->note);
        g_free(market->path);
        g_free(market);
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
