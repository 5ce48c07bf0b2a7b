/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/html.h"

#include "crawler/markets/charset.h"

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

enum { STRING_BYTES = 64 << 10, TITLE_BYTES = 1024, LANGUAGE_BYTES = 35, EXPRESSION_BYTES = 4096 };

struct HtmlPage {
        Arena *arena; /* the text in UTF-8 */
        xmlDocPtr doc;
        xmlXPathContextPtr context;
};

struct HtmlXPath {
        xmlXPathCompExprPtr compiled;
};

static void say_nothing(void *context, xmlErrorPtr error)
{
        (void)context, (void)error;
}

void *html_open(GError **error)
{
        static const char small[] = "<p>a</p>";
        xmlInitParser();
        HtmlPage *page = html_parse(span_str(small), NULL, error);
        bool works = page != NULL;
        html_free(page);
        return works ? charset_open(error) : NULL;
}

void html_close(void *tables)
{
        charset_close(tables);
}

/* ---- pages
 * ------------------------------------------------------------------------------------------------------- */

static bool read_page(HtmlPage *out, Span page, const char *content_type)
{
        const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                            HTML_PARSE_NONET | HTML_PARSE_NOBLANKS | HTML_PARSE_IGNORE_ENC |
                            HTML_PARSE_COMPACT;
        Span text = charset_to_utf8(page, content_type, out->arena);
        htmlParserCtxtPtr parser = htmlNewParserCtxt();
        if (parser && text.len)
                out->doc = htmlCtxtReadMemory(parser, (const char *)text.data, (int)text.len, NULL, "UTF-8",
                                              options);
        if (parser)
                htmlFreeParserCtxt(parser);
        out->context = out->doc ? xmlXPathNewContext(out->doc) : NULL;
        if (!out->context || !xmlDocGetRootElement(out->doc))
                return false;
        out->context->error = say_nothing;
        return true;
}

HtmlPage *html_parse(Span page, const char *content_type, GError **error)
{
        if (page.len == 0 || page.len > HTML_PAGE_BYTES) {
                fault(error, page.len ? FAULT_LIMIT : FAULT_MALFORMED,
                      page.len ? "a page of %zu bytes, at most %d are read" : "the page is empty", page.len,
                      HTML_PAGE_BYTES);
                return NULL;
        }
        HtmlPage *out = g_new0(HtmlPage, 1);
        out->arena = arena_new();
        if (read_page(out, page, content_type))
                return out;
        html_free(out);
        fault(error, FAULT_MALFORMED, "no HTML: the page of %zu bytes holds no element", page.len);
        return NULL;
}

void html_free(HtmlPage *page)
{
        if (!page)
                return;
        xmlXPathFreeContext(page->context);
        xmlFreeDoc(page->doc);
        arena_free(page->arena);
        g_free(page);
}

/* ---- XPath
 * ------------------------------------------------------------------------------------------------------- */

HtmlXPath *html_xpath(const char *expression, GError **error)
{
        xmlXPathContextPtr context = strlen(expression) <= EXPRESSION_BYTES ? xmlXPathNewContext(NULL) : NULL;
        xmlXPathCompExprPtr compiled = NULL;
        if (context) {
                context->error = say_nothing;
                compiled = xmlXPathCtxtCompile(context, (const xmlChar *)expression);
                xmlXPathFreeContext(context);
        }
        if (!compiled) {
                fault(error, FAULT_MALFORMED, "\"%.200s\" is no XPath 1.0 expression", expression);
                return NULL;
        }
        HtmlXPath *xpath = g_new0(HtmlXPath, 1);
        xpath->compiled = compiled;
        return xpath;
}

void html_xpath_free(HtmlXPath *xpath)
{
        if (!xpath)
                return;
        xmlXPathFreeCompExpr(xpath->compiled);
        g_free(xpath);
}

static xmlXPathObjectPtr evaluate(HtmlPage *page, const HtmlNode *from, const HtmlXPath *xpath)
{
        page->context->node = from ? (xmlNodePtr)from : (xmlNodePtr)page->doc;
        page->context->opLimit = HTML_XPATH_OPERATIONS;
        page->context->opCount = 0;
        return xmlXPathCompiledEval(xpath->compiled, page->context);
}

static xmlNodeSetPtr nodes_of(const xmlXPathObject *result)
{
        bool set = result && (result->type == XPATH_NODESET) && result->nodesetval;
        return set && result->nodesetval->nodeNr > 0 ? result->nodesetval : NULL;
}

const HtmlNode **html_nodes(HtmlPage *page, const HtmlNode *from, const HtmlXPath *xpath, size_t cap,
                            Arena *arena, size_t *n, size_t *found)
{
        xmlXPathObjectPtr result = evaluate(page, from, xpath);
        xmlNodeSetPtr set = nodes_of(result);
        size_t all = set ? (size_t)set->nodeNr : 0;
        *n = MIN(all, cap);
        if (found)
                *found = all;
        const HtmlNode **out = *n ? arena_array(arena, const HtmlNode *, *n) : NULL;
        for (size_t i = 0; i < *n; i++)
                out[i] = (const HtmlNode *)set->nodeTab[i];
        xmlXPathFreeObject(result);
        return out;
}

/* Blanks made one, trimmed, cut at `cap` bytes; NULL: nothing is left. */
static char *tidy(const char *text, size_t cap, Arena *arena)
{
        g_autoptr(GString) out = g_string_new(NULL);
        bool gap = false;
        for (const char *p = text; *p && out->len < cap;) {
                const char *next = g_utf8_next_char(p);
                gunichar c = g_utf8_get_char(p);
                if (g_unichar_isspace(c) || c == 0x200b || c == 0xfeff) {
                        gap = out->len > 0;
                } else {
                        if (out->len + gap + (size_t)(next - p) > cap)
                                break;
                        if (gap)
                                g_string_append_c(out, ' ');
                        g_string_append_len(out, p, next - p);
                        gap = false;
                }
                p = next;
        }
        return out->len ? arena_strn(arena, out->str, out->len) : NULL;
}

static char *take_text(xmlChar *take, size_t cap, Arena *arena) /* NULL is fine */
{
        char *text = take && g_utf8_validate((const char *)take, -1, NULL)
                             ? tidy((const char *)take, cap, arena)
                             : NULL;
        xmlFree(take);
        return text;
}

char **html_strings(HtmlPage *page, const HtmlNode *from, const HtmlXPath *xpath, size_t cap, Arena *arena,
                    size_t *n)
{
        xmlXPathObjectPtr result = evaluate(page, from, xpath);
        xmlNodeSetPtr set = nodes_of(result);
        size_t all = set ? (size_t)set->nodeNr : result && result->type != XPATH_NODESET ? 1 : 0;
        char **out = all ? arena_array(arena, char *, MIN(all, cap)) : NULL;
        *n = 0;
        for (size_t i = 0; i < all && *n < cap; i++) {
                xmlChar *raw = set ? xmlNodeGetContent(set->nodeTab[i]) : xmlXPathCastToString(result);
                char *text = take_text(raw, STRING_BYTES, arena);
                if (text)
                        out[(*n)++] = text;
        }
        xmlXPathFreeObject(result);
        return out;
}

/* ---- what people read
 * --------------------------------------------------------------------------------------------- */

static bool is_one_of(const xmlNode *node, const char *const *names)
{
        return node->name && g_strv_contains(names, (const char *)node->name);
}

static bool is_shown(const xmlNode *node)
{
        static const char *const silent[] = {"script",   "style",  "template", "head", "noscript", "svg",
                                             "textarea", "iframe", "object",   "math", "canvas",   NULL};
        return node->type == XML_ELEMENT_NODE && !is_one_of(node, silent) &&
               !xmlHasProp((xmlNodePtr)node, (const xmlChar *)"hidden");
}

static void add_text(GString *out, const xmlNode *node, size_t cap)
{
        const char *text = (const char *)node->content;
        if (text && out->len < cap * 2)
                g_string_append_len(out, text, (gssize)strnlen(text, cap * 2 - out->len));
}

/* Depth first without a stack of ours: parent pointers lead back. Words of different elements stay apart where a
 * browser would put them on lines of their own. */
static void gather(xmlNode *root, GString *out, size_t cap)
{
        static const char *const inside_a_line[] = {"a",    "b",   "i",    "em",   "strong", "span", "u",
                                                    "font", "sub", "sup",  "mark", "small",  "abbr", "code",
                                                    "s",    "q",   "cite", "wbr",  "bdi",    NULL};
        xmlNode *node = root;
        while (node && out->len < cap * 2) {
                if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
                        add_text(out, node, cap);
                bool enter = node->children && is_shown(node);
                if (node->type == XML_ELEMENT_NODE && !is_one_of(node, inside_a_line))
                        g_string_append_c(out, ' ');
                if (enter) {
                        node = node->children;
                        continue;
                }
                while (node != root && !node->next) {
                        node = node->parent;
                        if (!is_one_of(node, inside_a_line))
                                g_string_append_c(out, ' ');
                }
                node = node == root ? NULL : node->next;
        }
}

static char *first_string(HtmlPage *page, const char *expression, size_t cap, Arena *arena)
{
        HtmlXPath *xpath = html_xpath(expression, NULL);
        size_t n = 0;
        char **texts = xpath ? html_strings(page, NULL, xpath, 1, arena, &n) : NULL;
        html_xpath_free(xpath);
        return n ? tidy(texts[0], cap, arena) : NULL;
}

static const char *words_of(HtmlPage *page, size_t cap, Arena *arena)
{
        g_autoptr(GString) out = g_string_new(NULL);
        gather(xmlDocGetRootElement(page->doc), out, cap);
        bool whole = g_utf8_validate(out->str, (gssize)out->len, NULL);
        const char *valid = whole ? out->str : arena_utf8(arena, span_of(out->str, out->len));
        const char *tidied = tidy(valid, cap, arena);
        return tidied ? tidied : "";
}

static bool is_plain_text(const char *content_type)
{
        static const char plain[] = "text/plain";
        return content_type && g_ascii_strncasecmp(content_type, plain, strlen(plain)) == 0;
}

bool html_text(Span page, const char *content_type, size_t cap, Arena *arena, const char **text,
               const char **title, const char **language, GError **error)
{
        const char *ignored;
        const char **to_title = title ? title : &ignored, **to_language = language ? language : &ignored;
        *to_title = *to_language = NULL;
        if (is_plain_text(content_type) && page.len && page.len <= HTML_PAGE_BYTES) {
                Span plain = charset_to_utf8(page, content_type, arena);
                const char *all = arena_strn(arena, (const char *)plain.data, plain.len);
                const char *tidied = tidy(all, cap, arena);
                *text = tidied ? tidied : "";
                return true;
        }
        HtmlPage *parsed = html_parse(page, content_type, error);
        if (!parsed)
                return false;
        *text = words_of(parsed, cap, arena);
        *to_title = first_string(parsed, "string(//title)", TITLE_BYTES, arena);
        *to_language = first_string(parsed, "string(/*/@lang)", LANGUAGE_BYTES, arena);
        html_free(parsed);
        return true;
}
