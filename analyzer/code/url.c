/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/url.h"

#include <glib.h>

enum { LABEL_LIMIT = 63, OCTETS = 4 }; /* RFC 1035, 2.3.4 */

static bool scheme_of(Span *text, bool *cleartext)
{
        static const struct {
                const char *scheme;
                bool cleartext;
        } known[] = {{"https://", false}, {"http://", true}, {"wss://", false}, {"ws://", true}};
        if (text->len < 8 || (text->data[0] != 'h' && text->data[0] != 'w'))
                return false;
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
                Span scheme = span_str(known[i].scheme);
                if (!span_starts(*text, scheme))
                        continue;
                *text = span_from(*text, scheme.len);
                *cleartext = known[i].cleartext;
                return true;
        }
        return false;
}

static Span authority_of(Span text)
{
        size_t end = 0, start = 0;
        while (end < text.len && !strchr("/?#\\ ", text.data[end]))
                end++;
        for (size_t i = 0; i < end; i++) {
                if (text.data[i] == '@')
                        start = i + 1;
        }
        for (size_t i = start; i < end; i++) {
                if (text.data[i] == ':')
                        end = i;
        }
        while (end > start && text.data[end - 1] == '.')
                end--;
        return span_part(text, start, end - start);
}

static bool is_label(Span label)
{
        if (label.len == 0 || label.len > LABEL_LIMIT || label.data[0] == '-' ||
            label.data[label.len - 1] == '-')
                return false;
        for (size_t i = 0; i < label.len; i++) {
                if (!g_ascii_isalnum(label.data[i]) && label.data[i] != '_' && label.data[i] != '-')
                        return false;
        }
        return true;
}

static bool is_octet(Span label)
{
        unsigned value = 0;
        for (size_t i = 0; i < label.len; i++) {
                if (!g_ascii_isdigit(label.data[i]) || i == 3)
                        return false;
                value = value * 10 + (unsigned)(label.data[i] - '0');
        }
        return value <= 255;
}

/* At least two labels, the last without a digit at its end, or four numbers. */
static bool is_host(Span host)
{
        unsigned labels = 0, octets = 0;
        for (size_t at = 0; at <= host.len; labels++) {
                size_t end = at;
                while (end < host.len && host.data[end] != '.')
                        end++;
                Span label = span_part(host, at, end - at);
                if (!is_label(label))
                        return false;
                octets += is_octet(label);
                at = end + 1;
        }
        bool number = g_ascii_isdigit(host.data[host.len - 1]);
        return labels > 1 && (!number || (labels == OCTETS && octets == OCTETS));
}

bool url_host(Span text, char host[URL_HOST_SIZE], bool *cleartext)
{
        if (!scheme_of(&text, cleartext))
                return false;
        Span name = authority_of(text);
        if (name.len == 0 || name.len >= URL_HOST_SIZE || !is_host(name))
                return false;
        for (size_t i = 0; i < name.len; i++)
                host[i] = g_ascii_tolower((char)name.data[i]);
        host[name.len] = 0;
        return true;
}
