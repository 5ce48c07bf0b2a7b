/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/guard.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static const struct {
        const char *address;
        bool public;
} cases[] = {
        /* IPv4: first and last address of each closed block, and its neighbours */
        {"0.0.0.0", false},
        {"0.255.255.255", false},
        {"1.0.0.0", true},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"100.63.255.255", true},
        {"100.64.0.0", false},
        {"100.127.255.255", false},
        {"100.128.0.0", true},
        {"126.255.255.255", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"128.0.0.0", true},
        {"169.253.255.255", true},
        {"169.254.169.254", false},
        {"169.255.0.0", true},
        {"172.15.255.255", true},
        {"172.16.0.0", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.0.0.1", false},
        {"192.0.1.0", true},
        {"192.0.2.255", false},
        {"192.88.98.255", true},
        {"192.88.99.1", false},
        {"192.167.255.255", true},
        {"192.168.0.0", false},
        {"192.168.255.255", false},
        {"192.169.0.0", true},
        {"198.17.255.255", true},
        {"198.18.0.0", false},
        {"198.19.255.255", false},
        {"198.20.0.0", true},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"223.255.255.255", true},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"8.8.8.8", true},
        /* IPv6 */
        {"::", false},
        {"::1", false},
        {"::127.0.0.1", false},
        {"::8.8.8.8", false}, /* the deprecated compatible form names nobody */
        {"::ffff:127.0.0.1", false},
        {"::ffff:10.1.2.3", false},
        {"::ffff:8.8.8.8", true},
        {"::ffff:0:8.8.8.8", false},
        {"64:ff9b::127.0.0.1", false},
        {"64:ff9b::192.168.1.1", false},
        {"64:ff9b::8.8.8.8", true},
        {"64:ff9b:1::8.8.8.8", false},
        {"100::1", false},
        {"2001::1", false},                   /* Teredo with server 0.0.0.0 */
        {"2001:0:808:808::f7f7:f7f7", true},  /* Teredo, server and client 8.8.8.8 */
        {"2001:0:808:808::80ff:fffe", false}, /* Teredo, client 127.0.0.1 */
        {"2001:0:a00:1::f7f7:f7f7", false},   /* Teredo, server 10.0.0.1 */
        {"2001:2::1", false},
        {"2001:20::1", false},
        {"2001:1ff:ffff::1", false},
        {"2001:200::1", true},
        {"2001:db7:ffff::1", true},
        {"2001:db8::1", false},
        {"2001:db9::1", true},
        {"2002:7f00:1::", false},
        {"2002:c0a8:101::1", false},
        {"2002:808:808::1", true},
        {"2606:4700:4700::1111", true},
        {"3ffe::1", true},
        {"3fff::1", false},
        {"3fff:fff:ffff::1", false},
        {"3fff:1000::1", true},
        {"4000::1", false},
        {"5f00::1", false},
        {"fbff::1", false},
        {"fc00::1", false},
        {"fd12:3456::1", false},
        {"fe80::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
};

static void each_address_is_judged_by_the_registries(void **state)
{
        (void)state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                if (guard_text_is_public(cases[i].address) != cases[i].public)
                        fail_msg("%s should%s be public", cases[i].address, cases[i].public ? "" : " not");
}

static void what_is_no_address_is_not_public(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "", "localhost", "8.8.8", "8.8.8.8.", "fe80::1%eth0", "[2606:4700::1]", "0x8.8.8.8"};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                assert_false(guard_text_is_public(texts[i]));
}

static void short_and_foreign_socket_addresses_are_not_public(void **state)
{
        (void)state;
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x08080808)};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {0x26, 0x06}};
        struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
        assert_true(guard_is_public((struct sockaddr *)&in, sizeof in));
        assert_true(guard_is_public((struct sockaddr *)&in6, sizeof in6));
        for (socklen_t len = 0; len < sizeof in; len++)
                assert_false(guard_is_public((struct sockaddr *)&in, len));
        for (socklen_t len = 0; len < sizeof in6; len++)
                assert_false(guard_is_public((struct sockaddr *)&in6, len));
        assert_false(guard_is_public((struct sockaddr *)&un, sizeof un));
}

static void this_machine_is_loopback_and_nothing_else_is(void **state)
{
        (void)state;
        static const char *const here[] = {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"};
        static const char *const elsewhere[] = {"126.255.255.255",
                                                "128.0.0.0",
                                                "10.0.0.1",
                                                "169.254.169.254",
                                                "0.0.0.0",
                                                "8.8.8.8",
                                                "::",
                                                "::2",
                                                "::127.0.0.1",
                                                "::ffff:10.0.0.1",
                                                "64:ff9b::127.0.0.1",
                                                "fe80::1",
                                                "fd00::1",
                                                "localhost",
                                                ""};
        for (size_t i = 0; i < G_N_ELEMENTS(here); i++)
                assert_true(guard_text_is_loopback(here[i]) && !guard_text_is_public(here[i]));
        for (size_t i = 0; i < G_N_ELEMENTS(elsewhere); i++)
                assert_false(guard_text_is_loopback(elsewhere[i]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_address_is_judged_by_the_registries),
                cmocka_unit_test(what_is_no_address_is_not_public),
                cmocka_unit_test(this_machine_is_loopback_and_nothing_else_is),
                cmocka_unit_test(short_and_foreign_socket_addresses_are_not_public),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
