/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/refusal.h"

#include <glib.h>

enum { LOOK_BYTES = 256 << 10 };

const char *refusal_of_status(unsigned status, bool token)
{
        switch (status) {
        case 401: return token ? "token-stale" : "refused";
        case 402: return "paid";
        case 403: return "blocked";
        case 429:
        case 503: return "throttled";
        case 451: return "region";
        default: return "refused";
        }
}

bool refusal_is_page(Span body)
{
        size_t n = span_starts(body, span_str("\xef\xbb\xbf")) ? 3 : 0;
        while (n < body.len && g_ascii_isspace((char)body.data[n]))
                n++;
        return n < body.len && body.data[n] == '<';
}

const char *refusal_of_page(Span body, const char **word)
{
        static const struct {
                const char *word, *outcome; /* words in lower case */
        } words[] = {
                {"captcha", "throttled"},         {"geetest", "throttled"},
                {"验证码", "throttled"},          {"人机验证", "throttled"},
                {"滑动验证", "throttled"},        {"安全验证", "throttled"},
                {"访问过于频繁", "throttled"},    {"接口刷量", "throttled"},
                {"unusual traffic", "throttled"}, {"too many requests", "throttled"},
                {"rate limited", "throttled"},    {"just a moment...", "throttled"},
                {"error 1015", "throttled"},      {"access denied", "blocked"},
                {"403 forbidden", "blocked"},     {"访问被拒绝", "blocked"},
                {"禁止访问", "blocked"},
        };
        if (!refusal_is_page(body))
                return NULL;
        g_autofree char *lower =
                g_ascii_strdown((const char *)body.data, (gssize)MIN(body.len, (size_t)LOOK_BYTES));
        size_t len = strnlen(lower, LOOK_BYTES);
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                if (memmem(lower, len, words[i].word, strlen(words[i].word))) {
                        *word = words[i].word;
                        return words[i].outcome;
                }
        }
        return NULL;
}
