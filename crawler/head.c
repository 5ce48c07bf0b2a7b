/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/head.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void forget(Head *head)
{
        g_clear_pointer(&head->etag, g_free);
        g_clear_pointer(&head->last_modified, g_free);
        g_clear_pointer(&head->retry_after, g_free);
        g_clear_pointer(&head->content_range, g_free);
        g_clear_pointer(&head->encoding, g_free);
        head->location = head->complete = head->chunked = false;
        head->length = -1;
        head->status = 0;
}

void head_clear(Head *head)
{
        forget(head);
        head->bytes = 0;
}

/* Digits only, at most INT64_MAX; -1: not a number, or more than that. */
static int64_t number(const char *text)
{
        if (!g_ascii_isdigit(text[0]) || text[strspn(text, "0123456789")])
                return -1;
        errno = 0;
        gint64 n = g_ascii_strtoll(text, NULL, 10);
        return errno ? -1 : n;
}

/* Values are compared and sent back, so control bytes (which curl lets through) make a value useless. */
static void keep(char **slot, const char *value)
{
        size_t len = strlen(value);
        bool usable = len > 0 && len <= HEAD_VALUE;
        for (size_t i = 0; i < len && usable; i++)
                usable = (guchar)value[i] >= 0x20 && value[i] != 0x7f;
        g_free(*slot);
        *slot = usable ? g_strdup(value) : NULL;
}

static void read_field(Head *head, const char *name, const char *value)
{
        static const struct {
                const char *name;
                size_t slot;
        } kept[] = {
                {"etag", offsetof(Head, etag)},
                {"last-modified", offsetof(Head, last_modified)},
                {"retry-after", offsetof(Head, retry_after)},
                {"content-range", offsetof(Head, content_range)},
                {"content-encoding", offsetof(Head, encoding)},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
                if (g_ascii_strcasecmp(name, kept[i].name) == 0)
                        keep((char **)((char *)head + kept[i].slot), value);
        if (g_ascii_strcasecmp(name, "content-length") == 0 && !head->chunked)
                head->length = number(value);
        else if (g_ascii_strcasecmp(name, "transfer-encoding") == 0) {
                head->chunked = true; /* RFC 9112, 6.3: it overrides Content-Length */
                head->length = -1;
        } else if (g_ascii_strcasecmp(name, "location") == 0)
                head->location = true;
}

static int status_of(const char *line)
{
        const char *space = strchr(line, ' ');
        int status = space ? atoi(space) : 0;
        return status >= 100 && status <= 999 ? status : 0;
}

bool head_line(Head *head, Span line)
{
        head->bytes += line.len;
        if (head->bytes > HEAD_LIMIT)
                return false;
        g_autofree char *text = g_strndup((const char *)line.data, line.len);
        g_strchomp(text);
        if (g_str_has_prefix(text, "HTTP/")) {
                forget(head);
                head->status = status_of(text);
                return true;
        }
        if (head->complete)
                return true; /* a trailer: counted, not believed */
        if (!text[0]) {
                head->complete = true;
                return true;
        }
        char *colon = strchr(text, ':');
        if (colon) {
                *colon = '\0';
                read_field(head, text, g_strstrip(colon + 1));
        }
        return true;
}

static int month_of(const char *name)
{
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        const char *at = strlen(name) == 3 ? strstr(months, name) : NULL;
        return at && (at - months) % 3 == 0 ? (int)((at - months) / 3 + 1) : 0;
}

int64_t head_date_s(const char *text)
{
        char month[4] = "";
        int day = 0, year = 0, hour = 0, minute = 0, second = 0;
        bool read = sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute,
                           &second) == 6;
        if (!read) /* RFC 850 */
                read = sscanf(text, "%*[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT", &day, month, &year,
                              &hour, &minute, &second) == 6;
        if (!read) /* asctime() */
                read = sscanf(text, "%*3s %3s %2d %2d:%2d:%2d %4d", month, &day, &hour, &minute, &second,
                              &year) == 6;
        if (!read)
                return -1;
        if (year >= 0 && year < 100)
                year += year < 70 ? 2000 : 1900;
        g_autoptr(GDateTime) date =
                g_date_time_new_utc(year, month_of(month), day, hour, minute, MIN(second, 59));
        return date ? g_date_time_to_unix(date) : -1;
}

int64_t head_retry_after_ms(const char *value, int64_t now_ms)
{
        if (!value)
                return -1;
        if (value[0] && !value[strspn(value, "0123456789")]) {
                int64_t seconds = number(value);
                return seconds < 0 || seconds > HEAD_REST_MAX_MS / 1000 ? HEAD_REST_MAX_MS : seconds * 1000;
        }
        if (value[0] == '-' && number(value + 1) >= 0)
                return 0;
        int64_t date_s = head_date_s(value);
        return date_s < 0 ? -1 : CLAMP(date_s * 1000 - now_ms, 0, (int64_t)HEAD_REST_MAX_MS);
}

bool head_range(const char *value, int64_t *first, int64_t *last, int64_t *total)
{
        char from[20] = "", to[20] = "", of[20] = "", more = 0;
        if (!value || g_ascii_strncasecmp(value, "bytes ", 6) != 0 ||
            sscanf(value + 6, " %19[0-9]-%19[0-9]/%19[0-9*]%c", from, to, of, &more) != 3)
                return false;
        *first = number(from);
        *last = number(to);
        *total = strcmp(of, "*") == 0 ? -1 : number(of);
        bool total_ok = strcmp(of, "*") == 0 || *total > *last;
        return *first >= 0 && *last >= *first && total_ok;
}

const char *head_validator(const char *etag, const char *last_modified)
{
        if (etag && etag[0] == '"')
                return etag;
        return !etag && last_modified && head_date_s(last_modified) >= 0 ? last_modified : NULL;
}
