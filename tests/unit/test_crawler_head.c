/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/head.h"

/* 1994-11-06 08:49:37 UTC in the three forms of RFC 9110, 5.6.7. */
enum { NOVEMBER_1994 = 784111777 };

static void feed(Head *head, const char *const *lines)
{
        for (; *lines; lines++) {
                g_autofree char *line = g_strconcat(*lines, "\r\n", NULL);
                assert_true(head_line(head, span_str(line)));
        }
}

static void a_head_is_read_field_by_field(void **state)
{
        (void)state;
        Head head = {0};
        head_clear(&head);
        feed(&head,
             (const char *const[]){"HTTP/1.1 206 Partial Content", "ETAG: \"a\"", "content-length:  42 ",
                                   "Content-Range: bytes 0-41/100", "Last-Modified: x", "Retry-After: 3",
                                   "no field at all", ": nameless", "", NULL});
        assert_int_equal(head.status, 206);
        assert_int_equal(head.length, 42);
        assert_string_equal(head.etag, "\"a\"");
        assert_string_equal(head.content_range, "bytes 0-41/100");
        assert_string_equal(head.retry_after, "3");
        assert_true(head.complete && !head.location && !head.encoding);
        head_clear(&head);
}

static void a_new_status_line_forgets_the_head_before_it(void **state)
{
        (void)state;
        Head head = {0};
        feed(&head, (const char *const[]){"HTTP/1.1 302 Found", "Location: /x", "ETag: \"old\"",
                                          "Content-Length: 9", "", "HTTP/2 200 ", NULL});
        assert_int_equal(head.status, 200);
        assert_false(head.location || head.complete);
        assert_null(head.etag);
        assert_int_equal(head.length, -1);
        assert_true(head.bytes > 60);
        head_clear(&head);
}

static void trailers_are_not_believed(void **state)
{
        (void)state;
        Head head = {0};
        feed(&head, (const char *const[]){"HTTP/1.1 200 OK", "ETag: \"a\"", "", "ETag: \"b\"",
                                          "Content-Length: 1", "", NULL});
        assert_string_equal(head.etag, "\"a\"");
        assert_int_equal(head.length, -1);
        head_clear(&head);
}

static void lengths_that_are_none_count_as_not_sent(void **state)
{
        (void)state;
        static const char *const values[] = {"-1", "", "1e3", "0x10", "9223372036854775808", "12 ,12", "+5"};
        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
                Head head = {0};
                g_autofree char *line = g_strconcat("Content-Length: ", values[i], NULL);
                feed(&head, (const char *const[]){"HTTP/1.1 200 OK", line, "", NULL});
                assert_int_equal(head.length, -1);
                head_clear(&head);
        }
        Head head = {0};
        feed(&head, (const char *const[]){"HTTP/1.1 200 OK", "Transfer-Encoding: chunked",
                                          "Content-Length: 5", "", NULL});
        assert_int_equal(head.length, -1);
        head_clear(&head);
}

static void values_that_cannot_be_sent_back_are_dropped(void **state)
{
        (void)state;
        Head head = {0};
        g_autofree char *huge = g_strnfill(HEAD_VALUE + 1, 'e');
        g_autofree char *line = g_strconcat("ETag: ", huge, NULL);
        feed(&head, (const char *const[]){"HTTP/1.1 200 OK", line, "Last-Modified: a\001b", "", NULL});
        assert_null(head.etag);
        assert_null(head.last_modified);
        head_clear(&head);
}

static void heads_end_at_256_kib(void **state)
{
        (void)state;
        Head head = {0};
        g_autofree char *piece = g_strnfill(1024, 'h');
        for (int i = 0; i < 256; i++)
                assert_true(head_line(&head, span_of(piece, 1024)));
        assert_false(head_line(&head, span_of("x", 1)));
        head_clear(&head);
}

static void the_three_forms_of_a_date_are_read(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int64_t at_s;
        } dates[] = {
                {"Sun, 06 Nov 1994 08:49:37 GMT", NOVEMBER_1994},
                {"Sunday, 06-Nov-94 08:49:37 GMT", NOVEMBER_1994},
                {"Sun Nov  6 08:49:37 1994", NOVEMBER_1994},
                {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
                {"Fri, 31 Dec 2038 23:59:60 GMT", 2177452799},
                {"", -1},
                {"now", -1},
                {"Sun, 99 Nov 1994 08:49:37 GMT", -1},
                {"Sun, 06 Nop 1994 08:49:37 GMT", -1},
                {"Sun, 06 anF 1994 08:49:37 GMT", -1},
                {"Sun, 06 Nov 1994 25:49:37 GMT", -1},
                {"Sun, -6 Nov 1994 08:49:37 GMT", -1},
                {"1994-11-06T08:49:37Z", -1},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(dates); i++)
                if (head_date_s(dates[i].text) != dates[i].at_s)
                        fail_msg("\"%s\" gave %d", dates[i].text, (int)head_date_s(dates[i].text));
}

static void retry_after_is_a_wait(void **state)
{
        (void)state;
        const int64_t now_ms = (int64_t)NOVEMBER_1994 * 1000 - 90500;
        assert_int_equal(head_retry_after_ms(NULL, now_ms), -1);
        assert_int_equal(head_retry_after_ms("", now_ms), -1);
        assert_int_equal(head_retry_after_ms("120", now_ms), 120000);
        assert_int_equal(head_retry_after_ms("-1", now_ms), 0);
        assert_int_equal(head_retry_after_ms("99999999999999999999999", now_ms), HEAD_REST_MAX_MS);
        assert_int_equal(head_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", now_ms), 90500);
        assert_int_equal(head_retry_after_ms("Sun, 06 Nov 1993 08:49:37 GMT", now_ms), 0);
        assert_int_equal(head_retry_after_ms("tomorrow", now_ms), -1);
}

static void content_ranges_are_checked(void **state)
{
        (void)state;
        int64_t first, last, total;
        assert_true(head_range("bytes 200-999/1000", &first, &last, &total));
        assert_int_equal(first, 200);
        assert_int_equal(last, 999);
        assert_int_equal(total, 1000);
        assert_true(head_range("Bytes 0-0/*", &first, &last, &total));
        assert_int_equal(total, -1);
        static const char *const wrong[] = {
                "bytes */1000",
                "bytes 5-4/10",
                "bytes 0-10/10",
                "bytes 0-9/10 x",
                "pages 0-9/10",
                "bytes -5-9/10",
                "bytes 0-9",
                "bytes 0-9/1*",
                "",
                "bytes 99999999999999999999-3/4",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                assert_false(head_range(wrong[i], &first, &last, &total));
        assert_false(head_range(NULL, &first, &last, &total));
}

static void only_strong_validators_guard_a_range(void **state)
{
        (void)state;
        const char *date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_string_equal(head_validator("\"a\"", date), "\"a\"");
        assert_string_equal(head_validator(NULL, date), date);
        assert_null(head_validator("W/\"a\"", date));
        assert_null(head_validator("bare", NULL));
        assert_null(head_validator(NULL, "yesterday"));
        assert_null(head_validator(NULL, NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_head_is_read_field_by_field),
                cmocka_unit_test(a_new_status_line_forgets_the_head_before_it),
                cmocka_unit_test(trailers_are_not_believed),
                cmocka_unit_test(lengths_that_are_none_count_as_not_sent),
                cmocka_unit_test(values_that_cannot_be_sent_back_are_dropped),
                cmocka_unit_test(heads_end_at_256_kib),
                cmocka_unit_test(the_three_forms_of_a_date_are_read),
                cmocka_unit_test(retry_after_is_a_wait),
                cmocka_unit_test(content_ranges_are_checked),
                cmocka_unit_test(only_strong_validators_guard_a_range),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
