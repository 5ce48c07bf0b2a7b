/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No URL that a market writes, and no name or redirect behind it, leads to an address that is not public. connect, getpeername and
 * getaddrinfo of this program stand before those of the C library (libcurl calls these here), so every connection that is tried is
 * seen, names resolve as the test says, and nothing leaves this machine: what is said to be at 8.8.4.4 is the test's own server. */
#include "unit/fetch_world.h"

#include "core/text.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <locale.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/syscall.h>

/* ---- the network as libcurl sees it here ------------------------------------------------------------------------ */

enum { DESCRIPTORS = 1024 };
static const char bridge[] = "8.8.4.4"; /* the test's server; every other public address refuses */

static struct {
        pthread_mutex_t lock;
        bool watching;
        in_port_t server; /* network order */
        unsigned leaks, bridged, refused;
        char leaked[INET6_ADDRSTRLEN];
        bool is_bridged[DESCRIPTORS];
        in_port_t claimed[DESCRIPTORS]; /* the port that a bridged descriptor thinks it is connected to */
        unsigned rebind_asked;
} net = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const struct {
        const char *name, *first, *then; /* then: from the second time on */
} names[] = {
        {"market.example", bridge, bridge},
        {"rebind.example", bridge, "127.0.0.1"},
        {"rebind6.example", bridge, "fd00::1"},
        {"loopback.example", "127.0.0.1", "127.0.0.1"},
        {"loopback6.example", "::1", "::1"},
        {"mapped.example", "::ffff:10.0.0.1", "::ffff:10.0.0.1"},
        {"metadata.example", "169.254.169.254", "169.254.169.254"},
        {"intranet.example", "10.1.2.3", "10.1.2.3"},
        {"shared.example", "100.64.0.9", "100.64.0.9"},
        {"unspecified.example", "0.0.0.0", "0.0.0.0"},
        {"nat64.example", "64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe"},
        {"sixtofour.example", "2002:a00:1::1", "2002:a00:1::1"},
        {"localhost", "127.0.0.1", "127.0.0.1"},
        {"metadata.google.internal", "169.254.169.254", "169.254.169.254"},
};

static bool is_watched(int fd, const struct sockaddr *to)
{
        int type = 0;
        socklen_t len = sizeof type;
        return net.watching && (to->sa_family == AF_INET || to->sa_family == AF_INET6) &&
               getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
        char text[INET6_ADDRSTRLEN] = "";
        if (!is_watched(fd, to) || fd >= DESCRIPTORS)
                return (int)syscall(SYS_connect, fd, to, len);
        const struct sockaddr_in *in = (const void *)to;
        const struct sockaddr_in6 *in6 = (const void *)to;
        if (to->sa_family == AF_INET)
                (void)inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        else
                (void)inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        bool bridged = strcmp(text, bridge) == 0;
        bool public = bridged || strcmp(text, "8.8.8.8") == 0 || strcmp(text, "2606:4700:4700::1111") == 0;
        pthread_mutex_lock(&net.lock);
        net.leaks += !public;
        net.bridged += bridged;
        net.refused += !bridged;
        net.is_bridged[fd] = bridged;
        net.claimed[fd] = bridged ? in->sin_port : 0;
        if (!public)
                g_strlcpy(net.leaked, text, sizeof net.leaked);
        pthread_mutex_unlock(&net.lock);
        if (!bridged) {
                errno = ECONNREFUSED;
                return -1;
        }
        struct sockaddr_in server = {
                .sin_family = AF_INET, .sin_port = net.server, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        return (int)syscall(SYS_connect, fd, &server, sizeof server);
}

int getpeername(int fd, struct sockaddr *restrict peer, socklen_t *restrict len)
{
        if (!net.watching || fd >= DESCRIPTORS || !net.is_bridged[fd] || *len < sizeof(struct sockaddr_in))
                return (int)syscall(SYS_getpeername, fd, peer, len);
        struct sockaddr_in claimed = {.sin_family = AF_INET, .sin_port = net.claimed[fd]};
        (void)inet_pton(AF_INET, bridge, &claimed.sin_addr);
        memcpy(peer, &claimed, sizeof claimed);
        *len = sizeof claimed;
        return 0;
}

typedef int Resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* Names of the table alone; numbers are read as ever. */
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
        Resolver *next = (Resolver *)dlsym(RTLD_NEXT, "getaddrinfo");
        struct addrinfo numeric = hints ? *hints : (struct addrinfo){0};
        numeric.ai_family =
                AF_UNSPEC; /* libcurl may ask for one family alone, on a machine without the other */
        numeric.ai_flags = (numeric.ai_flags | AI_NUMERICHOST) & ~AI_ADDRCONFIG;
        for (size_t i = 0; node && i < G_N_ELEMENTS(names); i++) {
                if (g_ascii_strcasecmp(node, names[i].name) != 0)
                        continue;
                pthread_mutex_lock(&net.lock);
                bool again = g_str_has_prefix(node, "rebind") && net.rebind_asked++ > 0;
                pthread_mutex_unlock(&net.lock);
                return next(again ? names[i].then : names[i].first, service, &numeric, out);
        }
        return next(node, service, &numeric, out);
}

/* ---- tests -------------------------------------------------------------------------------------------------------- */

static int watch(void **state)
{
        World *w = *state;
        const char *port = strrchr(fault_server_url(w->server), ':') + 1;
        world_reset(state);
        net.leaks = net.bridged = net.refused = net.rebind_asked = 0;
        net.server = htons((uint16_t)atoi(port));
        net.watching = true;
        return 0;
}

static int unwatch(void **state)
{
        (void)state;
        net.watching = false;
        return 0;
}

static void no_leak(const char *url)
{
        if (net.leaks)
                fail_msg("%s: a connection to %s was tried", url, net.leaked);
}

static Got ask(World *w, const char *url)
{
        FetchWish wish = wish_for(w, url);
        wish.loopback = false;
        return run(w, wish);
}

static const struct {
        const char *host;
        FetchEnd end;
} hosts[] = {
        /* loopback, in every spelling */
        {"127.0.0.1", FETCH_FORBIDDEN},
        {"127.0.0.1:22", FETCH_FORBIDDEN},
        {"127.1", FETCH_FORBIDDEN},
        {"127.0.1", FETCH_FORBIDDEN},
        {"127.255.255.254", FETCH_FORBIDDEN},
        {"2130706433", FETCH_FORBIDDEN},
        {"0x7f000001", FETCH_FORBIDDEN},
        {"0x7f.1", FETCH_FORBIDDEN},
        {"0x7F.0x0.0x0.0x1", FETCH_FORBIDDEN},
        {"0177.0.0.1", FETCH_FORBIDDEN},
        {"017700000001", FETCH_FORBIDDEN},
        {"0177.0.0.01", FETCH_FORBIDDEN},
        {"127.0x0.0.01", FETCH_FORBIDDEN},
        {"localhost", FETCH_FORBIDDEN},
        {"LOCALHOST", FETCH_FORBIDDEN},
        {"LocalHost:8080", FETCH_FORBIDDEN},
        {"localhost.", FETCH_CONNECT}, /* a name, which the resolver here does not know */
        {"anything.localhost", FETCH_FORBIDDEN},
        {"127.0.0.1.", FETCH_CONNECT},
        {"[::1]", FETCH_FORBIDDEN},
        {"[0:0:0:0:0:0:0:1]", FETCH_FORBIDDEN},
        {"[::ffff:127.0.0.1]", FETCH_FORBIDDEN},
        {"[::ffff:7f00:1]", FETCH_FORBIDDEN},
        {"[::127.0.0.1]", FETCH_FORBIDDEN},
        {"[0:0:0:0:0:ffff:127.0.0.1]:8080", FETCH_FORBIDDEN},
        /* nowhere, and everywhere */
        {"0.0.0.0", FETCH_FORBIDDEN},
        {"0", FETCH_FORBIDDEN},
        {"0x0", FETCH_FORBIDDEN},
        {"[::]", FETCH_FORBIDDEN},
        {"255.255.255.255", FETCH_FORBIDDEN},
        {"224.0.0.1", FETCH_FORBIDDEN},
        {"[ff02::1]", FETCH_FORBIDDEN},
        /* private, link-local, shared, reserved */
        {"10.0.0.1", FETCH_FORBIDDEN},
        {"167772161", FETCH_FORBIDDEN},
        {"012.0.0.1", FETCH_FORBIDDEN},
        {"172.16.0.1", FETCH_FORBIDDEN},
        {"172.31.255.255", FETCH_FORBIDDEN},
        {"192.168.1.1", FETCH_FORBIDDEN},
        {"0xc0a80101", FETCH_FORBIDDEN},
        {"192.168.257", FETCH_FORBIDDEN},
        {"169.254.169.254", FETCH_FORBIDDEN},
        {"2852039166", FETCH_FORBIDDEN},
        {"0xa9fea9fe", FETCH_FORBIDDEN},
        {"0251.0376.0251.0376", FETCH_FORBIDDEN},
        {"metadata.google.internal", FETCH_FORBIDDEN},
        {"100.64.0.1", FETCH_FORBIDDEN},
        {"100.100.100.200", FETCH_FORBIDDEN},
        {"198.18.0.1", FETCH_FORBIDDEN},
        {"192.0.2.1", FETCH_FORBIDDEN},
        {"240.0.0.1", FETCH_FORBIDDEN},
        {"[fe80::1]", FETCH_FORBIDDEN},
        {"[fe80::1%25lo]", FETCH_FORBIDDEN},
        {"[fd00:ec2::254]", FETCH_FORBIDDEN},
        {"[fc00::1]", FETCH_FORBIDDEN},
        {"[fec0::1]", FETCH_FORBIDDEN},
        {"[2001:db8::1]", FETCH_FORBIDDEN},
        /* IPv4 inside of IPv6 */
        {"[64:ff9b::7f00:1]", FETCH_FORBIDDEN},
        {"[64:ff9b::169.254.169.254]", FETCH_FORBIDDEN},
        {"[64:ff9b:1::a00:1]", FETCH_FORBIDDEN},
        {"[2002:7f00:1::]", FETCH_FORBIDDEN},
        {"[2002:c0a8:101::1]", FETCH_FORBIDDEN},
        {"[2001:0:a00:1::f7f7:f7f7]", FETCH_FORBIDDEN},
        {"[::ffff:10.0.0.1]", FETCH_FORBIDDEN},
        {"[::ffff:a9fe:a9fe]", FETCH_FORBIDDEN},
        /* who it is before the at sign is not where it is */
        {"user:pass@127.0.0.1", FETCH_FORBIDDEN},
        {"market.example@127.0.0.1", FETCH_FORBIDDEN},
        {"market.example%2f@127.0.0.1", FETCH_FORBIDDEN},
        {"market.example:80@127.0.0.1:8080", FETCH_FORBIDDEN},
        {"8.8.8.8@10.0.0.1", FETCH_FORBIDDEN},
        /* letters that become others */
        {"127。0。0。1", FETCH_FORBIDDEN},
        {"１２７.0.0.1", FETCH_FORBIDDEN},
        {"ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", FETCH_FORBIDDEN},
        {"①②⑦.⓪.⓪.①", FETCH_FORBIDDEN},
        {"%31%32%37.0.0.1", FETCH_FORBIDDEN},
        /* names of private addresses */
        {"loopback.example", FETCH_FORBIDDEN},
        {"loopback6.example", FETCH_FORBIDDEN},
        {"mapped.example", FETCH_FORBIDDEN},
        {"metadata.example", FETCH_FORBIDDEN},
        {"intranet.example", FETCH_FORBIDDEN},
        {"shared.example", FETCH_FORBIDDEN},
        {"unspecified.example", FETCH_FORBIDDEN},
        {"nat64.example", FETCH_FORBIDDEN},
        {"sixtofour.example", FETCH_FORBIDDEN},
};

/* Asks for each `format` filled in with a host; says which ended otherwise. */
static unsigned ask_all(World *w, const char *format, bool escape)
{
        unsigned bad = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
                g_autofree char *target = g_strdup_printf("http://%s/latest/meta-data/", hosts[i].host);
                g_autofree char *escaped = g_uri_escape_string(target, NULL, FALSE);
                GString *url = g_string_new(format);
                g_string_replace(url, "{}", escape ? escaped : target, 1);
                g_auto(Got) got = ask(w, url->str);
                if (got.end != hosts[i].end) {
                        print_error("%s ended %s: %s\n", url->str, fetch_end_name(got.end), got.detail);
                        bad++;
                }
                no_leak(url->str);
                g_string_free(url, TRUE);
        }
        return bad;
}

static void no_spelling_of_a_private_address_is_connected_to(void **state)
{
        World *w = *state;
        assert_true(G_N_ELEMENTS(hosts) >= 60);
        assert_int_equal(ask_all(w, "{}", false), 0);
        assert_int_equal(net.bridged + net.refused, 0);
        assert_int_equal(fault_server_connections(w->server), 0);
}

static void no_redirect_of_a_public_host_leads_to_one(void **state)
{
        World *w = *state;
        assert_int_equal(ask_all(w, "http://market.example/fault/redirect-to?u={}", true), 0);
        assert_true(net.bridged > 0);
        /* what was followed came to the server by the public name alone */
        assert_int_equal(fault_server_requests(w->server, "/latest/meta-data/"), 0);
}

static void a_name_that_changes_its_address_gains_nothing(void **state)
{
        World *w = *state;
        static const char *const rebinding[] = {"rebind.example", "rebind6.example"};
        for (size_t i = 0; i < G_N_ELEMENTS(rebinding); i++) {
                net.rebind_asked = 0;
                g_autofree char *url =
                        g_strdup_printf("http://%s/fault/redirect-to?u=http%%3A%%2F%%2F%s%%3A8080%%2Fwords",
                                        rebinding[i], rebinding[i]);
                g_auto(Got) got = ask(w, url);
                expect_end(&got, FETCH_FORBIDDEN);
                assert_true(net.rebind_asked >= 2);
                no_leak(url);
        }
}

static void the_environment_s_proxies_are_not_asked(void **state)
{
        World *w = *state;
        static const char *const proxies[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY",
                                              "all_proxy"};
        for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++)
                g_setenv(proxies[i], "http://127.0.0.1:3128", TRUE);
        g_auto(Got) private = ask(w, "http://10.0.0.1/words");
        g_auto(Got) public = ask(w, "http://market.example/words");
        for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++)
                g_unsetenv(proxies[i]);
        expect_end(&private, FETCH_FORBIDDEN);
        expect_end(&public, FETCH_OK);
        g_autofree char *head = fault_server_last(w->server);
        assert_true(g_str_has_prefix(head, "GET /words HTTP/1.1\r\n"));
        no_leak("proxies");
}

static void other_schemes_reach_nothing(void **state)
{
        World *w = *state;
        static const char *const urls[] = {
                "file:///etc/passwd",
                "gopher://127.0.0.1:6379/_INFO",
                "dict://127.0.0.1:11211/stats",
                "ftp://127.0.0.1/x",
                "ldap://127.0.0.1/",
                "telnet://127.0.0.1:23",
                "smb://127.0.0.1/share",
                "http:///latest/meta-data/",
                "http:/127.0.0.1/x",
                "//127.0.0.1/x",
                "http://[::1",
                "http://127.0.0.1:99999/",
                "http://127.0.0.1 /x",
                "http://127.0.0.1\t.example/",
                "http://\\127.0.0.1/",
                "unix:///run/docker.sock",
                "http://[::ffff:127.0.0.1%25x]/x",
                "tftp://10.0.0.1/x",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
                FetchWish wish = wish_for(w, "/");
                wish.url = urls[i];
                wish.loopback = false;
                g_auto(Got) got = run(w, wish);
                if (got.end == FETCH_OK || got.len)
                        fail_msg("%s ended %s", urls[i], fetch_end_name(got.end));
                no_leak(urls[i]);
        }
        assert_int_equal(net.bridged + net.refused, 0);
}

/* The counting itself can fail: a market of this machine may connect to it, and is seen doing so. Nowhere else, though. */
static void a_market_of_this_machine_reaches_this_machine_alone(void **state)
{
        World *w = *state;
        static const char *const elsewhere[] = {"http://10.0.0.1/words",  "http://169.254.169.254/words",
                                                "http://[fd00::1]/words", "http://[fe80::1]/words",
                                                "http://0.0.0.0/words",   "http://metadata.example/words"};
        for (size_t i = 0; i < G_N_ELEMENTS(elsewhere); i++) {
                g_auto(Got) got = get(w, elsewhere[i]);
                expect_end(&got, FETCH_FORBIDDEN);
                no_leak(elsewhere[i]);
        }
        g_auto(Got) here = get(w, "http://127.0.0.1/words");
        expect_end(&here, FETCH_CONNECT); /* connections to it are refused by this test */
        assert_int_equal(net.leaks, 1);
        assert_string_equal(net.leaked, "127.0.0.1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, watch, unwatch)

int main(void)
{
        (void)setlocale(LC_ALL, "C.UTF-8"); /* international names are read as the locale has them */
        const struct CMUnitTest tests[] = {
                TEST(no_spelling_of_a_private_address_is_connected_to),
                TEST(no_redirect_of_a_public_host_leads_to_one),
                TEST(a_name_that_changes_its_address_gains_nothing),
                TEST(the_environment_s_proxies_are_not_asked),
                TEST(other_schemes_reach_nothing),
                TEST(a_market_of_this_machine_reaches_this_machine_alone),
        };
        return cmocka_run_group_tests(tests, world_open, world_close);
}
