/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/gate.h"

#include <glib.h>

enum { KEY_LIMIT = 128 };

/* What names of consent have in them; lower case. "agree" also stands for agreed and agreement. */
static const char *const topics[] = {"privacy",
                                     "agree",
                                     "consent",
                                     "gdpr",
                                     "ccpa",
                                     "yinsi",
                                     "xieyi",
                                     "\xe9\x9a\x90\xe7\xa7\x81",
                                     "\xe5\x90\x8c\xe6\x84\x8f",
                                     "\xe5\x8d\x8f\xe8\xae\xae",
                                     "opt_in",
                                     "optin"};
/* "protocol" is what Chinese apps call their user agreement, and mostly something else: it counts beside one of these. */
static const char *const protocol_of[] = {"user", "accept", "sign", "confirm", "service", "first"};
/* A topic alone is not an answer: "privacy_url", "agreement_text" are no checks. */
static const char *const no_answers[] = {"url",  "http",    "link",        "text",   "title",
                                         "html", "version", "policy_name", "content"};
static const char *const answers[] = {"agree", "accept", "consent", "confirm", "grant", "allow",
                                      "show",  "read",   "first",   "dialog",  "ok",    "pass",
                                      "state", "status", "flag",    "is",      "has",   "enable",
                                      "opt",   "done",   "privacy", "protocol"};
static const char *const screens[] = {"Activity", "Dialog", "Fragment", "Popup", "Window",
                                      "Sheet",    "Screen", "Page",     "Alert"};
static const char *const screen_topics[] = {"Privacy", "Agreement", "Consent", "Protocol",  "Gdpr",
                                            "GDPR",    "UserAgree", "TermsOf", "Disclaimer"};
static const char *const questions[] = {"is",  "has", "have",   "get",  "check", "was",
                                        "did", "can", "should", "need", "query", "load"};

static bool lower_copy(Span text, char *to, size_t size)
{
        if (text.len == 0 || text.len >= size)
                return false;
        for (size_t i = 0; i < text.len; i++)
                to[i] = g_ascii_tolower((char)text.data[i]);
        to[text.len] = 0;
        return true;
}

static bool begins_with_one(const char *text, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (text[0] == words[i][0] && g_str_has_prefix(text, words[i]))
                        return true;
        }
        return false;
}

static bool holds_one(const char *text, const char *const *words, size_t n)
{
        for (; *text; text++) {
                if (begins_with_one(text, words, n))
                        return true;
        }
        return false;
}

#define HOLDS(text, words) holds_one((text), (words), G_N_ELEMENTS(words))

/* Asked of every constant on the way: letters that no topic begins with are skipped. */
static bool holds_topic(const char *text)
{
        static const bool begins[256] = {
                ['p'] = true, ['a'] = true, ['c'] = true,  ['g'] = true,  ['y'] = true,
                ['x'] = true, ['o'] = true, [0xe9] = true, [0xe5] = true,
        };
        for (const char *at = text; *at; at++) {
                if (begins[(uint8_t)*at] && begins_with_one(at, topics, G_N_ELEMENTS(topics)))
                        return true;
        }
        return strstr(text, "protocol") && HOLDS(text, protocol_of);
}

bool gate_key(Span text)
{
        char key[KEY_LIMIT];
        return lower_copy(text, key, sizeof key) && holds_topic(key) && !strchr(key, '/') &&
               HOLDS(key, answers) && !HOLDS(key, no_answers);
}

bool gate_question(Span name, Span type)
{
        char text[KEY_LIMIT];
        bool yes_or_no = span_eq_str(type, "Z") || span_eq_str(type, "Ljava/lang/Boolean;");
        if (!yes_or_no || !lower_copy(name, text, sizeof text) || !holds_topic(text) ||
            HOLDS(text, no_answers))
                return false;
        return begins_with_one(text, questions, G_N_ELEMENTS(questions)) || HOLDS(text, answers);
}

bool gate_screen(Span descriptor)
{
        char name[1024];
        if (descriptor.len == 0 || descriptor.len >= sizeof name)
                return false;
        memcpy(name, descriptor.data, descriptor.len);
        name[descriptor.len] = 0;
        const char *simple = strrchr(name, '/');
        simple = simple ? simple + 1 : name;
        return HOLDS(simple, screen_topics) && HOLDS(simple, screens);
}
