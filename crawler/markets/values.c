/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/values.h"

#include <glib.h>
#include <string.h>

enum { PREFIX_BYTES = 256, DIGITS = 32 };

/* ---- numbers
 * ----------------------------------------------------------------------------------------------------- */

/* A ',' or '.' with exactly three digits behind it, and no more: it groups, unless it is the only point. */
static bool groups_digits(const char *p)
{
        return g_ascii_isdigit(p[1]) && g_ascii_isdigit(p[2]) && g_ascii_isdigit(p[3]) &&
               !g_ascii_isdigit(p[4]);
}

/* The number that starts at `p`, *end behind it. */
static bool number_at(const char *p, double *value, const char **end)
{
        char digits[DIGITS + 1];
        size_t n = 0, points = 0;
        for (; *p; p++) {
                if (n == DIGITS)
                        return false;
                if (g_ascii_isdigit(*p)) {
                        digits[n++] = *p;
                } else if (*p == ',' && groups_digits(p)) {
                        continue;
                } else if ((*p == '.' || *p == ',') && g_ascii_isdigit(p[1])) {
                        digits[n++] = '.';
                        points++;
                } else {
                        break;
                }
        }
        digits[n] = '\0';
        if (points > 1)
                return false;
        *end = p;
        *value = g_ascii_strtod(digits, NULL);
        return true;
}

static bool first_number(const char *text, double *value, const char **end)
{
        size_t n = strcspn(text, "0123456789");
        if (!text[n] || n > PREFIX_BYTES)
                return false;
        if (!number_at(text + n, value, end))
                return false;
        if (n > 0 && text[n - 1] == '-')
                *value = -*value;
        return true;
}

static const char *skip_blanks(const char *p)
{
        for (;;) {
                if (*p == ' ' || *p == '\t')
                        p++;
                else if (g_str_has_prefix(p, "\u00a0"))
                        p += strlen("\u00a0");
                else
                        return p;
        }
}

static double count_unit(const char *p)
{
        static const struct {
                const char *word;
                double times;
        } units[] = {{"百万", 1e6}, {"千万", 1e7}, {"亿", 1e8}, {"億", 1e8}, {"万", 1e4}, {"萬", 1e4},
                     {"千", 1e3},   {"K", 1e3},    {"k", 1e3},  {"M", 1e6},  {"B", 1e9},  {"bn", 1e9}};
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
                const char *word = units[i].word;
                if (!g_str_has_prefix(p, word))
                        continue;
                bool latin = g_ascii_isalpha(*word);
                if (!latin || !g_ascii_isalpha(p[strlen(word)]))
                        return units[i].times;
        }
        return 1;
}

bool value_count(const char *text, uint64_t *count)
{
        double value;
        const char *end;
        if (!first_number(text, &value, &end))
                return false;
        value *= count_unit(skip_blanks(end));
        if (!(value >= 0 && value <= 1e12))
                return false;
        *count = (uint64_t)(value + 0.5);
        return true;
}

bool value_real(const char *text, double *value)
{
        const char *end;
        return first_number(text, value, &end) && *value >= -1e9 && *value <= 1e9;
}

bool value_bytes(const char *text, int64_t *bytes, bool *exact)
{
        static const char units[] = "KMGT";
        double value;
        const char *end;
        if (!first_number(text, &value, &end) || memchr(text, '-', (size_t)(end - text)))
                return false;
        const char *unit = skip_blanks(end);
        const char *at = *unit ? strchr(units, g_ascii_toupper(*unit)) : NULL;
        bool bare = !*unit || g_ascii_strcasecmp(unit, "B") == 0 || g_ascii_strcasecmp(unit, "bytes") == 0;
        bool known = at || bare;
        *exact = bare && !memchr(text, '.', (size_t)(end - text));
        for (const char *u = units; at && u <= at; u++)
                value *= 1024;
        if (!known || !(value >= 1 && value <= 1e12))
                return false;
        *bytes = (int64_t)(value + 0.5);
        return true;
}

/* ---- times
 * ------------------------------------------------------------------------------------------------------- */

/* The next run of digits, at most `most` of them, skipping what is no digit; -1: none. */
static int next_part(const char **p, size_t most)
{
        while (**p && !g_ascii_isdigit(**p))
                (*p)++;
        int value = 0;
        size_t n = 0;
        for (; n < most && g_ascii_isdigit(**p); n++, (*p)++)
                value = value * 10 + g_ascii_digit_value(**p);
        return n ? value : -1;
}

static bool keep_time(int64_t ms, int64_t *out)
{
        enum { FIRST_S = 1041379200 };     /* 2003-01-01 */
        const int64_t last_s = 4102444800; /* 2100-01-01 */
        *out = ms;
        return ms >= (int64_t)FIRST_S * 1000 && ms < last_s * 1000;
}

static int month_named(const char *text)
{
        static const char *const names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
        for (int i = 0; i < 12; i++) {
                if (g_ascii_strncasecmp(text, names[i], 3) == 0)
                        return i + 1;
        }
        return 0;
}

static bool made(int year, int month, int day, int hour, int minute, int second, int zone_min, int64_t *ms)
{
        bool sane = year >= 2003 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
                    hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
        g_autoptr(GDateTime) time = sane ? g_date_time_new_utc(year, month, day, hour, minute, second) : NULL;
        return time && keep_time((g_date_time_to_unix(time) - (int64_t)zone_min * 60) * 1000, ms);
}

static int zone_of(const char *p) /* minutes east of what stands behind the seconds */
{
        if (*p == '.')
                p += 1 + strspn(p + 1, "0123456789");
        int sign = *p == '-' ? -1 : *p == '+' ? 1 : 0;
        if (!sign)
                return 0;
        p++;
        int hours = next_part(&p, 2), minutes = next_part(&p, 2);
        return sign * (MAX(hours, 0) * 60 + MAX(minutes, 0));
}

static bool clock_time(const char *p, int year, int month, int day, int64_t *ms)
{
        int hour = 0, minute = 0, second = 0, zone = 0;
        p += strspn(p, " T\t");
        if (g_ascii_isdigit(*p)) {
                hour = next_part(&p, 2);
                minute = *p == ':' ? next_part(&p, 2) : -1;
                second = *p == ':' ? next_part(&p, 2) : 0;
                zone = zone_of(p);
        }
        return made(year, month, day, hour, minute, second, zone, ms);
}

bool value_time(const char *text, int64_t *ms)
{
        while (*text == ' ')
                text++;
        size_t digits = strspn(text, "0123456789");
        if (digits >= 9 && digits <= 13 && !text[digits]) {
                int64_t n = g_ascii_strtoll(text, NULL, 10);
                return keep_time(digits > 10 ? n : n * 1000, ms);
        }
        const char *p = text;
        if (digits == 4) {
                int year = next_part(&p, 4);
                int month = next_part(&p, 2), day = next_part(&p, 2);
                if (g_str_has_prefix(p, "日"))
                        p += strlen("日");
                return clock_time(p, year, month, day, ms);
        }
        int month = month_named(text);
        if (month == 0)
                return false;
        int day = next_part(&p, 2), year = next_part(&p, 4);
        return made(year, month, day, 0, 0, 0, 0, ms);
}

bool value_flag(const char *text, bool *flag)
{
        static const char *const yes[] = {"true", "yes", "1"}, *const no[] = {"false", "no", "0"};
        for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
                if (g_ascii_strcasecmp(text, yes[i]) == 0)
                        return *flag = true;
                if (g_ascii_strcasecmp(text, no[i]) == 0) {
                        *flag = false;
                        return true;
                }
        }
        return false;
}
