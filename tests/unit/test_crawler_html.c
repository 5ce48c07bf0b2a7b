/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hostile pages: what XPath finds, what people read, whatever the encoding. */
#include "unit/unit.h"

#include "crawler/markets/charset.h"
#include "crawler/markets/embedded.h"
#include "crawler/markets/html.h"

#include <string.h>

static const char policy[] =
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title> 隐私 \n 政策 </title>"
        "<style>p{color:red}</style></head><body><!-- note "
        "--><h1>隐私政策</h1><p>我们<b>收集</b>:</p><ul><li>位置</li>"
        "<li>通讯录</li></ul><script>var x='<p>not this</p>';</script><noscript>nor this</noscript>"
        "<div hidden>hidden</div><p>End&nbsp;&amp; done&#33;</p></body></html>";

static char *text_of(Span page, const char *type, size_t cap)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        const char *text;
        must_succeed(html_text(page, type, cap, arena, &text, NULL, NULL, &error), error);
        return g_strdup(text);
}

static void what_people_read_of_a_page_has_no_code_in_it(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        const char *text, *title, *language;
        must_succeed(html_text(span_str(policy), "text/html", 10000, arena, &text, &title, &language, &error),
                     error);
        assert_string_equal(text, "隐私政策 我们收集: 位置 通讯录 End & done!");
        assert_string_equal(title, "隐私 政策");
        assert_string_equal(language, "zh-CN");
}

static void text_is_cut_at_a_character(void **state)
{
        for (size_t cap = 0; cap < 20; cap++) {
                g_autofree char *text = text_of(span_str(policy), NULL, cap);
                assert_true(strlen(text) <= cap);
                assert_true(g_utf8_validate(text, -1, NULL));
        }
        g_autofree char *plain = text_of(span_str("one\r\n  two\t"), "text/plain; charset=utf-8", 100);
        assert_string_equal(plain, "one two");
        g_autofree char *none = text_of(span_str("<html><body></body></html>"), NULL, 100);
        assert_string_equal(none, "");
}

static void encodings_are_known_by_mark_header_and_meta(void **state)
{
        static const struct {
                const char *iconv, *header, *meta, *words;
        } rows[] = {
                {"UTF-8", NULL, NULL, "隐私 café"},
                {"GBK", NULL, "gb2312", "隐私政策"},
                {"GB18030", "text/html; charset=GB18030", NULL, "隐私㐀"},
                {"BIG5", NULL, "big5", "隱私權"},
                {"SHIFT_JIS", NULL, "Shift_JIS", "個人情報"},
                {"EUC-JP", "text/html;charset=euc-jp", NULL, "個人情報"},
                {"CP949", NULL, "euc-kr", "개인정보"},
                {"CP1251", "text/html; charset=\"windows-1251\"", NULL, "Политика"},
                {"CP1252", NULL, NULL, "café"},
                {"KOI8-R", NULL, "koi8-r", "Политика"},
                {"UTF-16", NULL, NULL, "隐私 café"},
        };
        g_autoptr(GError) error = NULL;
        void *tables = html_open(&error);
        must_succeed(tables != NULL, error);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *page =
                        rows[i].meta
                                ? g_strdup_printf(
                                          "<html><head><meta http-equiv=Content-Type content=\"text/html; "
                                          "charset=%s\"></head><body>%s</body></html>",
                                          rows[i].meta, rows[i].words)
                                : g_strdup_printf("<html><body>%s</body></html>", rows[i].words);
                gsize len = 0;
                g_autofree char *bytes = g_convert(page, -1, rows[i].iconv, "UTF-8", NULL, &len, NULL);
                assert_non_null(bytes);
                g_autofree char *text = text_of(span_of(bytes, len), rows[i].header, 1000);
                if (!g_str_equal(text, rows[i].words))
                        fail_msg("%s: \"%s\" was read as \"%s\"", rows[i].iconv, rows[i].words, text);
        }
        html_close(tables);
        html_close(NULL);
}

static void bytes_of_no_encoding_become_marks(void **state)
{
        static const char *const types[] = {NULL, "text/html; charset=gbk", "text/html; charset=utf-8",
                                            "text/html; charset=nonsense", "text/html; charset=utf-16"};
        static const char bytes[] = "<p>a\xff\xfe\x80\0b\x81</p>\xc3";
        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                g_autofree char *text = text_of(span_of(bytes, sizeof bytes - 1), types[i], 100);
                assert_true(g_utf8_validate(text, -1, NULL));
        }
        g_autoptr(Arena) arena = arena_new();
        Span none = charset_to_utf8(span_of(NULL, 0), NULL, arena);
        assert_int_equal(none.len, 0);
}

static void xpath_finds_nodes_and_strings(void **state)
{
        static const struct {
                const char *xpath, *first;
                size_t n;
        } rows[] = {
                {"//li", "位置", 2},     {"//li[2]", "通讯录", 1},       {"string(//h1)", "隐私政策", 1},
                {"count(//li)", "2", 1}, {"//p/b", "收集", 1},           {"/html/@lang", "zh-CN", 1},
                {"//nothing", NULL, 0},  {"//li | //h1", "隐私政策", 3}, {"//li[text()='位置']", "位置", 1}};
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(HtmlPage) page = html_parse(span_str(policy), NULL, &error);
        must_succeed(page != NULL, error);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                HtmlXPath *xpath = html_xpath(rows[i].xpath, &error);
                must_succeed(xpath != NULL, error);
                size_t n;
                char **texts = html_strings(page, NULL, xpath, 100, arena, &n);
                assert_int_equal(n, rows[i].n);
                if (n)
                        assert_string_equal(texts[0], rows[i].first);
                html_xpath_free(xpath);
        }
        HtmlXPath *items = html_xpath("//li", &error), *inside = html_xpath(".", &error);
        size_t n, found, one;
        const HtmlNode **nodes = html_nodes(page, NULL, items, 1, arena, &n, &found);
        assert_true(n == 1 && found == 2);
        assert_string_equal(html_strings(page, nodes[0], inside, 1, arena, &one)[0], "位置");
        html_xpath_free(items);
        html_xpath_free(inside);
        static const char *const wrong[] = {"", "//", "//a[", "a b", "//a[unknown(", "$$"};
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
                assert_null(html_xpath(wrong[i], NULL));
}

/* A million open tags, attributes without end, entities: it ends, and what comes out is text. */
static void a_hostile_page_ends_as_text(void **state)
{
        static const char *const parts[] = {
                "<div>",     "<table><tr><td>", "<a href='", "<p title=\"x\" ", "&amp;&lt;",
                "<!--",      "<script>",        "</div>",    "<b><i>",          "]]>",
                "<![CDATA[", "<html lang=x>",   "<title>"};
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_autoptr(GString) page = g_string_new("<html><body>x");
                while (page->len < 300000)
                        g_string_append(page, parts[i]);
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                const char *text, *title, *language;
                bool ok = html_text(span_of(page->str, page->len), NULL, 5000, arena, &text, &title,
                                    &language, &error);
                assert_true(ok == (error == NULL));
                assert_true(!ok || (strlen(text) <= 5000 && g_utf8_validate(text, -1, NULL)));
        }
        g_autoptr(GError) error = NULL;
        assert_null(html_parse(span_of(NULL, 0), NULL, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
}

static char *embedded(const char *script, const char *page, GError **error)
{
        g_autoptr(Json) json = embedded_json(script, span_str(page), error);
        return json ? json_print(json, false) : NULL;
}

static void json_is_cut_out_of_pages(void **state)
{
        static const struct {
                const char *script, *page, *json;
        } rows[] = {
                {"id:D", "<script>{}</script><script id=\"D\" crossorigin=x>{\"a\":\"</script>\"}</script>",
                 "{\"a\":\"</script>\"}"},
                {"id:D", "<script type=x data-id=D id='D'> [1] </script>", "[1]"},
                {"id:D", "<script id = D >\n{}</script>", "{}"},
                {"after:w.d=", "w.d=f();w.d= {\"a\":\"\\\"}{\"};more", "{\"a\":\"\\\"}{\"}"},
                {"blocks:F", "F({key: 'k', data:[1,[2]], x:{}});F({key: \"l\", hash: '2', data:{\"b\":3}})",
                 "{\"k\":[1,[2]],\"l\":{\"b\":3}}"},
                {"blocks:F", "F({key: 'f', data:function(){}});F({key: 'k', data:[]})", "{\"k\":[]}"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *json = embedded(rows[i].script, rows[i].page, &error);
                must_succeed(json != NULL, error);
                assert_string_equal(json, rows[i].json);
        }
}

static void what_is_not_in_a_page_is_told_from_what_is_cut_short(void **state)
{
        static const struct {
                const char *script, *page;
                Fault fault;
        } rows[] = {
                {"id:D", "<script id=DD>{}</script>", FAULT_NOT_FOUND},
                {"id:D", "<script id=D>{\"a\":1", FAULT_MALFORMED},
                {"id:D", "<script id=D", FAULT_NOT_FOUND},
                {"id:D", "<script id=D>nothing</script>", FAULT_MALFORMED},
                {"after:w.d=", "w.d=1;", FAULT_NOT_FOUND},
                {"after:w.d=", "w.d={", FAULT_MALFORMED},
                {"after:w.d=", "w.d={a:1}", FAULT_MALFORMED},
                {"blocks:F", "<p>", FAULT_NOT_FOUND},
                {"blocks:F", "F({key: 'k', data:[1,", FAULT_MALFORMED},
                {"blocks:F", "F(F(F(", FAULT_MALFORMED},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *json = embedded(rows[i].script, rows[i].page, &error);
                if (json || !fault_is(error, rows[i].fault))
                        fail_msg("%s in %s: %s", rows[i].script, rows[i].page, json ? json : error->message);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_people_read_of_a_page_has_no_code_in_it),
                cmocka_unit_test(text_is_cut_at_a_character),
                cmocka_unit_test(encodings_are_known_by_mark_header_and_meta),
                cmocka_unit_test(bytes_of_no_encoding_become_marks),
                cmocka_unit_test(xpath_finds_nodes_and_strings),
                cmocka_unit_test(a_hostile_page_ends_as_text),
                cmocka_unit_test(json_is_cut_out_of_pages),
                cmocka_unit_test(what_is_not_in_a_page_is_told_from_what_is_cut_short),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
