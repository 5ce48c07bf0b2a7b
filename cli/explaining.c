/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/explaining.h"

#include "core/text.h"

#include <string.h>

enum { ROWS = 12, CALL_ROWS = 36, NAMES = 4, COLUMN = 26, STEPS = 12 };

typedef struct {
        GString *out;
        const Facts *facts;
        bool full;
} Page;

/* One line; whatever came from the app is made harmless here, newlines in it too. */
static void say(Page *page, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(Page *page, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *line = g_strdup_vprintf(format, args);
        va_end(args);
        g_autofree char *shown = text_terminal(line);
        g_string_append(page->out, shown);
        g_string_append_c(page->out, '\n');
}

static void head(Page *page, const char *title)
{
        g_string_append_c(page->out, '\n');
        say(page, "%s", title);
}

/* May row i of n be printed? The last one that may not says how many there are. */
static bool row_is_shown(Page *page, size_t i, size_t n)
{
        if (page->full || i < ROWS)
                return true;
        if (i == ROWS)
                say(page, "  ... and %zu more (--full)", n - i);
        return false;
}

/* "Landroid/os/Build;->SERIAL" as "android.os.Build.SERIAL", parameters left out; anything else as it is. */
static char *readable(const char *smali)
{
        const char *arrow = strstr(smali, ";->");
        const char *end = smali + strlen(smali);
        if (smali[0] != 'L' || (!arrow && end[-1] != ';'))
                return g_strdup(smali);
        GString *text = g_string_new_len(smali + 1, (arrow ? arrow : end - 1) - smali - 1);
        for (char *p = text->str; *p; p++)
                *p = *p == '/' ? '.' : *p;
        if (arrow) {
                const char *member = arrow + 3;
                g_string_append_c(text, '.');
                g_string_append_len(text, member, (gssize)strcspn(member, "("));
                if (strchr(member, '('))
                        g_string_append(text, "()");
        }
        return g_string_free(text, FALSE);
}

/* The same without the package of the class: enough where only the platform's own are meant. */
static char *short_name(const char *smali)
{
        g_autofree char *text = readable(smali);
        if (smali[0] != 'L' || !strstr(smali, ";->"))
                return g_steal_pointer(&text);
        const char *member = strrchr(text, '.'), *start = member;
        while (start && start > text && start[-1] != '.')
                start--;
        return g_strdup(start ? start : text);
}

static char *caller_text(const Caller *caller)
{
        g_autofree char *class_name = readable(caller->class_name);
        return g_strdup_printf("%s.%.*s", class_name, (int)strcspn(caller->method, "("), caller->method);
}

/* ---- what it is */

static void say_signers(Page *page)
{
        const Facts *f = page->facts;
        for (size_t i = 0; i < f->n_signers; i++)
                say(page, "  signed  %-5s %s%s%s", f->signers[i]->scheme, f->signers[i]->sha256,
                    f->signers[i]->subject ? "  " : "", f->signers[i]->subject ? f->signers[i]->subject : "");
}

static void say_identity(Page *page, const char *path)
{
        const Facts *f = page->facts;
        say(page, "%s", path);
        if (f->package)
                say(page, "  app     %s %s (%" G_GINT64_FORMAT ")%s%s", f->package,
                    f->version_name ? f->version_name : "", f->version_code, f->label ? "  " : "",
                    f->label ? f->label : "");
        g_autofree char *size = text_bytes((guint64)f->size);
        say(page, "  file    %s%s%s, SHA-256 %s", f->container ? f->container : "", f->container ? ", " : "",
            size, f->sha256);
        if (f->has_target_sdk)
                say(page, "  for     API %d, minimum %d", f->target_sdk, f->min_sdk);
        say_signers(page);
        for (size_t i = 0; i < f->n_containers && row_is_shown(page, i, f->n_containers); i++)
                say(page, "  part    %-10s %s%s%s", f->containers[i]->kind, f->containers[i]->name,
                    f->containers[i]->detail ? ": " : "",
                    f->containers[i]->detail ? f->containers[i]->detail : "");
        if (g_str_equal(f->outcome, "analysed"))
                say(page, "  read    the manifest and %zu dex file%s, %" G_GUINT64_FORMAT " instructions",
                    f->n_dex, f->n_dex == 1 ? "" : "s", f->instructions);
        else
                say(page, "  %s%s%s", f->outcome, f->detail ? ": " : "", f->detail ? f->detail : "");
}

/* ---- what it can take */

/* The names of what one owner uses of one type of data, from row `from` on; marks them in `done`. */
static void say_calls_of(Page *page, size_t from, bool *done)
{
        const Facts *f = page->facts;
        const Call *first = f->calls[from];
        g_autoptr(GString) names = g_string_new(NULL);
        unsigned n = 0, sites = 0;
        bool certain = false;
        for (size_t i = from; i < f->n_calls && g_str_equal(f->calls[i]->data_type, first->data_type); i++) {
                const Call *call = f->calls[i];
                if (!g_str_equal(call->owner, first->owner))
                        continue;
                done[i] = true;
                certain = certain || !g_str_equal(call->grade, "constant");
                sites += call->sites;
                g_autofree char *name = short_name(call->what);
                if (strstr(names->str, name))
                        continue; /* another overload */
                if (n++ < NAMES)
                        g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
        }
        if (n > NAMES)
                g_string_append_printf(names, " and %u more", n - NAMES);
        say(page, "  %-*s %-*s %s%s", COLUMN, first->data_type, COLUMN, first->owner, names->str,
            certain ? "" : "  (by constants alone)");
        if (first->n_callers) {
                g_autofree char *caller = caller_text(first->callers[0]);
                say(page, "  %-*s   in %s%s", 2 * COLUMN - 2, "", caller, sites > 1 ? " and elsewhere" : "");
        }
}

/* What code does besides taking data: kept apart from it. */
static bool is_behaviour(const Call *call)
{
        static const char *const types[] = {"dynamic_code",   "reflection",         "native_code", "shell",
                                            "webview_bridge", "permission_request", "sdk_init",    NULL};
        return g_strv_contains(types, call->data_type);
}

static void say_calls(Page *page, bool behaviour, const char *title)
{
        const Facts *f = page->facts;
        bool *done = g_new0(bool, f->n_calls + 1);
        size_t shown = 0;
        for (size_t i = 0; i < f->n_calls && (page->full || shown <= CALL_ROWS); i++) {
                if (done[i] || is_behaviour(f->calls[i]) != behaviour)
                        continue;
                if (!shown)
                        head(page, title);
                if (shown++ == CALL_ROWS && !page->full)
                        say(page, "  ... and more (--full)");
                else
                        say_calls_of(page, i, done);
        }
        g_free(done);
}

static void say_path(Page *page, const Startup *s)
{
        for (size_t i = 0; i < s->n_path; i++) {
                g_autofree char *step = readable(s->path[i]);
                if (s->n_path > STEPS && i == STEPS / 2)
                        say(page, "      ... %zu calls further", s->n_path - STEPS);
                if (s->n_path <= STEPS || i < STEPS / 2 || i >= s->n_path - STEPS / 2)
                        say(page, "      %s%s", i ? "calls " : "", step);
        }
}

static void say_startup(Page *page)
{
        const Facts *f = page->facts;
        const StartupReach *r = f->startup_reach;
        if (!r)
                return;
        head(page, "Reachable from start-up, no consent check found on the path");
        say(page,
            "  (entry classes: %u, methods followed: %u, consent checks and agreement screens met: %u%s%s)",
            r->entries, r->methods, r->gates, r->budget ? "; not all followed, budget of " : "",
            r->budget ? r->budget : "");
        for (size_t i = 0; i < f->n_startup && row_is_shown(page, i, f->n_startup); i++) {
                const Startup *s = f->startup[i];
                g_autofree char *what = readable(s->what);
                say(page, "  %-*s %-*s %s, from the %s", COLUMN, s->data_type, COLUMN, s->owner, what,
                    s->entry);
                say_path(page, s);
        }
        if (!f->n_startup)
                say(page, "  nothing");
}

/* ---- permissions, SDKs, the rest */

static char *joined(char *const *list, size_t n)
{
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < n; i++)
                g_string_append_printf(text, "%s%s", i ? ", " : "", list[i]);
        return g_string_free(text, FALSE);
}

static void say_permissions(Page *page)
{
        const Facts *f = page->facts;
        if (f->n_permission_use)
                head(page, "Dangerous and special permissions, and whose code uses them");
        for (size_t i = 0; i < f->n_permission_use; i++) {
                const PermissionUse *u = f->permission_use[i];
                g_autofree char *sdks = joined(u->sdks, u->n_sdks), *blind = joined(u->blind, u->n_blind);
                const char *name = g_str_has_prefix(u->permission, "android.permission.") ? u->permission + 19
                                                                                          : u->permission;
                const char *also = !*sdks ? "" : g_str_equal(u->verdict, "sdk-only") ? ": " : ", and also ";
                say(page, "  %-*s %s%s%s%s%s%s", COLUMN + 8, name, u->verdict, also, sdks,
                    *blind ? ", because of " : "", blind, u->declared ? "" : "  (not declared)");
                for (size_t k = 0; page->full && k < u->n_evidence; k++)
                        say(page, "      %s %s", u->evidence[k]->kind, u->evidence[k]->value);
        }
}

static void say_sdks(Page *page)
{
        const Facts *f = page->facts;
        if (f->n_sdks)
                head(page, "SDKs");
        for (size_t i = 0; i < f->n_sdks && row_is_shown(page, i, f->n_sdks); i++) {
                const SdkHit *s = f->sdks[i];
                say(page, "  %-*s %-7s %s%s%s", COLUMN + 8, s->id, s->confidence,
                    s->version ? s->version : "", s->version ? "  " : "",
                    s->n_evidence ? s->evidence[0]->value : "");
                for (size_t k = 0; k < s->n_settings; k++)
                        say(page, "      %s = %s%s%s", s->settings[k]->key,
                            s->settings[k]->value ? s->settings[k]->value : "",
                            s->settings[k]->meaning ? "  " : "",
                            s->settings[k]->meaning ? s->settings[k]->meaning : "");
        }
}

static void say_hosts(Page *page)
{
        const Facts *f = page->facts;
        if (f->n_hosts)
                head(page, "Hosts that stand in its code");
        for (size_t i = 0; i < f->n_hosts && row_is_shown(page, i, f->n_hosts); i++) {
                g_autofree char *owners = joined(f->hosts[i]->owners, f->hosts[i]->n_owners);
                say(page, "  %-*s %s%s", 2 * COLUMN, f->hosts[i]->host, owners,
                    f->hosts[i]->cleartext ? "  (cleartext)" : "");
        }
}

static void say_posture(Page *page)
{
        const Facts *f = page->facts;
        if (f->n_posture)
                head(page, "How it is set up");
        for (size_t i = 0; i < f->n_posture; i++) {
                const Posture *p = f->posture[i];
                g_autofree char *where = joined(p->where, MIN(p->n_where, 2u));
                say(page, "  %-*s %s%s%s%s", COLUMN + 8, p->code, p->detail ? p->detail : "",
                    *where && p->detail ? ": " : "", where, p->n_where > 2 ? " ..." : "");
        }
}

static void say_blind(Page *page)
{
        const Facts *f = page->facts;
        head(page, "What could not be seen");
        for (size_t i = 0; i < f->n_blind; i++) {
                g_autofree char *hides = joined(f->blind[i]->hides, f->blind[i]->n_hides);
                say(page, "  %-*s hides %s%s%s", COLUMN + 8, f->blind[i]->code, hides,
                    f->blind[i]->detail ? ": " : "", f->blind[i]->detail ? f->blind[i]->detail : "");
        }
        if (!f->n_blind)
                say(page, "  no sign of packing, other runtimes or code from elsewhere");
        for (size_t i = 0; i < f->n_anomalies; i++)
                say(page, "  odd: %-*s %s", COLUMN + 3, f->anomalies[i]->code,
                    f->anomalies[i]->detail ? f->anomalies[i]->detail : "");
}

char *explain_text(const Facts *facts, const char *path, bool full)
{
        Page page = {g_string_new(NULL), facts, full};
        say_identity(&page, path);
        if (g_str_equal(facts->outcome, "analysed")) {
                say_calls(&page, false,
                          "Personal data its code can take   whose code                 by what");
                say_calls(&page, true, "What else its code does");
                say_startup(&page);
                say_permissions(&page);
                say_sdks(&page);
                say_hosts(&page);
                say_posture(&page);
        }
        say_blind(&page);
        g_string_append(
                page.out,
                "\nThis is what the file enables its code to do; whether and when it does so, reading cannot "
                "show.\n");
        return g_string_free(page.out, FALSE);
}
