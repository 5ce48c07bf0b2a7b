/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakes/fakes.h"

#include <string.h>

typedef struct {
        char *market, *verb, *name, *argument;
        double share; /* of the targets */
        unsigned times;
        uint64_t after;
} Rule;

struct FakeFaults {
        uint64_t seed;
        GPtrArray *rules;
};

static const struct {
        const char *name, *argument, *what;
} faults[] = {
        {"status", "CODE", "that status with a short page"},
        {"429", NULL, "429 without Retry-After"},
        {"429-retry", "SECONDS", "429 with it"},
        {"503", NULL, "503 without Retry-After"},
        {"503-retry", "SECONDS", "503 with it"},
        {"503-date", "SECONDS", "503 with it, as a date"},
        {"captcha", NULL, "200 with a page that asks who you are"},
        {"redirect-loop", NULL, "302 to itself"},
        {"redirect-private", NULL, "302 to an address that is not public"},
        {"redirect", "URL", "302 there"},
        {"drop", NULL, "closes without an answer"},
        {"garbage", NULL, "no HTTP at all"},
        {"stall-head", NULL, "silence"},
        {"stall", "BYTES", "so many bytes, then silence"},
        {"slow", "RATE", "so many bytes a second"},
        {"slow-loris", NULL, "two bytes of the head a second"},
        {"cut", "BYTES", "closes after so many bytes of the body"},
        {"reset", "BYTES", "resets after them"},
        {"long-length", "BYTES", "Content-Length is so much more than what comes"},
        {"short-length", "BYTES", "so much less"},
        {"chunked", NULL, "in chunks"},
        {"chunk-error", NULL, "in chunks that break"},
        {"endless", NULL, "a body without end"},
        {"endless-headers", NULL, "headers without end"},
        {"gzip-bomb", NULL, "unpacks without end"},
        {"br-bomb", NULL, "the same by brotli"},
        {"zstd-bomb", NULL, "the same by zstd"},
        {"bad-gzip", NULL, "says gzip, is not"},
        {"wrong-digest", NULL, "one byte of the body is another"},
        {"range-ignored", NULL, "200 with the whole file whatever range was asked"},
        {"range-wrong", NULL, "206 from one byte further on"},
        {"range-416", NULL, "416 to any range"},
        {"etag-changes", NULL, "another ETag each time"},
        {"shape", NULL, "every key has another name"},
        {"empty", NULL, "200 with an empty list, or with nothing of the app"},
        {"token-stale", NULL, "the market says that the token is old"},
};

const char *fake_faults_words(void)
{
        static char *words;
        if (words)
                return words;
        GString *out = g_string_new(
                "Faults (--fault MARKET:VERB:FAULT[=ARGUMENT][@PER CENT%][,times=N][,after=N]):\n");
        for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
                g_autofree char *name =
                        g_strdup_printf("%s%s%s", faults[i].name, faults[i].argument ? "=" : "",
                                        faults[i].argument ? faults[i].argument : "");
                g_string_append_printf(out, "  %-20s %s\n", name, faults[i].what);
        }
        g_string_append(out,
                        "Verbs: categories list detail resolve labels token apk policy robots; * for any.");
        words = g_string_free(out, FALSE);
        return words;
}

FakeFaults *fake_faults_new(uint64_t seed)
{
        FakeFaults *all = g_new0(FakeFaults, 1);
        all->seed = seed;
        all->rules = g_ptr_array_new();
        return all;
}

static void rule_free(Rule *rule)
{
        g_free(rule->market);
        g_free(rule->verb);
        g_free(rule->name);
        g_free(rule->argument);
        g_free(rule);
}

void fake_faults_free(FakeFaults *all)
{
        for (guint i = 0; i < all->rules->len; i++)
                rule_free(all->rules->pdata[i]);
        g_ptr_array_unref(all->rules);
        g_free(all);
}

/* Does the fault exist, and has it the argument it needs? */
static bool known(const Rule *rule)
{
        for (size_t i = 0; i < G_N_ELEMENTS(faults); i++)
                if (strcmp(faults[i].name, rule->name) == 0)
                        return !faults[i].argument == !rule->argument;
        return false;
}

static bool read_option(Rule *rule, const char *option)
{
        if (g_str_has_prefix(option, "times="))
                rule->times = (unsigned)g_ascii_strtoull(option + 6, NULL, 10);
        else if (g_str_has_prefix(option, "after="))
                rule->after = g_ascii_strtoull(option + 6, NULL, 10);
        else
                return false;
        return true;
}

bool fake_faults_add(FakeFaults *all, const char *spec, GError **error)
{
        Rule *rule = g_new0(Rule, 1);
        g_auto(GStrv) options = g_strsplit(spec, ",", -1);
        g_auto(GStrv) parts = g_strsplit(options[0] ? options[0] : "", ":", 3);
        bool fine = g_strv_length(parts) == 3;
        rule->share = 1;
        if (fine) {
                char *share = strrchr(parts[2], '@');
                if (share && g_str_has_suffix(share, "%")) {
                        rule->share = g_ascii_strtod(share + 1, NULL) / 100;
                        *share = 0;
                }
                char *argument = strchr(parts[2], '=');
                rule->argument = argument ? g_strdup(argument + 1) : NULL;
                rule->market = g_strdup(parts[0]);
                rule->verb = g_strdup(parts[1]);
                rule->name = g_strndup(parts[2], strcspn(parts[2], "="));
                fine = known(rule);
        }
        for (char **option = options + 1; fine && *option; option++)
                fine = read_option(rule, *option);
        if (!fine) {
                rule_free(rule);
                g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no such fault: %s", spec);
                return false;
        }
        g_ptr_array_add(all->rules, rule);
        return true;
}

bool fake_faults_any(const FakeFaults *all)
{
        return all->rules->len > 0;
}

/* The same targets each time: a number in [0, 1) of seed, fault and target. */
static double lot(const FakeFaults *all, const Rule *rule, const char *target)
{
        uint64_t hash = 0xcbf29ce484222325 ^ all->seed; /* FNV-1a */
        const char *const texts[] = {rule->name, ":", target};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                for (const char *c = texts[i]; *c; c++)
                        hash = (hash ^ (guchar)*c) * 0x100000001b3;
        hash ^= hash >> 32;
        hash *= 0x9e3779b97f4a7c15;
        return (double)(hash >> 11) / (double)(UINT64_C(1) << 53);
}

static bool is(const char *wanted, const char *name)
{
        return strcmp(wanted, "*") == 0 || strcmp(wanted, name) == 0;
}

bool fake_faults_pick(FakeFaults *all, const char *market, const char *verb, const char *target,
                      unsigned seen, uint64_t asked, FakeFault *out)
{
        for (guint i = 0; i < all->rules->len; i++) {
                const Rule *rule = all->rules->pdata[i];
                if (!is(rule->market, market) || !is(rule->verb, verb) || asked < rule->after ||
                    (rule->times && seen >= rule->times) ||
                    (rule->share < 1 && lot(all, rule, target) >= rule->share))
                        continue;
                *out = (FakeFault){rule->name, rule->argument};
                return true;
        }
        return false;
}
