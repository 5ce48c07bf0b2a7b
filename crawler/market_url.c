/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/market.h"

#include <string.h>

enum { URL_BYTES = 1024, PATH_BYTES = 4096 };

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

bool market_is_here(const char *url)
{
        g_autoptr(GUri) uri = http_uri(url);
        const char *host = uri ? g_uri_get_host(uri) : "";
        return g_str_equal(host, "localhost") || g_str_equal(host, "::1") ||
               (g_str_has_prefix(host, "127.") && g_hostname_is_ip_address(host));
}
