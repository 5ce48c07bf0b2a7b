/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include "core/text.h"

#include <string.h>

enum { COLUMNS = 79, TEXT_AT = 28 };

static const struct {
        int code;
        const char *text;
} exit_codes[] = {
        {EXIT_OK, "done"},
        {EXIT_FINDINGS, "there is what --fail-on names"},
        {EXIT_USAGE, "wrong command line or market file"},
        {EXIT_PARTIAL, "some inputs could not be read"},
        {EXIT_NETWORK, "no market could be listed"},
        {EXIT_DATABASE, "database or disk"},
        {EXIT_INTERRUPTED, "interrupted (the same command goes on)"},
};

/* ---- text of 80 columns ---------------------------------------------------------------------------------------------- */

/* Words of `text`, a new line at COLUMNS; `at` is where the cursor stands, further lines start at `indent`. An empty line stays one. */
static void wrap(FILE *out, const char *text, int at, int indent)
{
        g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
        for (char **paragraph = paragraphs; *paragraph; paragraph++) {
                g_auto(GStrv) words = g_strsplit_set(*paragraph, " \n", -1);
                if (paragraph != paragraphs)
                        fprintf(out, "\n%*s", indent, ""), at = indent;
                for (char **word = words; *word; word++) {
                        int width = text_width(*word);
                        if (word != words && at + 1 + width > COLUMNS)
                                fprintf(out, "\n%*s%s", indent, "", *word), at = indent + width;
                        else
                                at += fprintf(out, "%s%s", word == words ? "" : " ", *word);
                }
                fputc('\n', out);
        }
}

static void print_option(FILE *out, const GOptionEntry *o)
{
        g_autofree char *letter = o->short_name ? g_strdup_printf("-%c, ", o->short_name) : g_strdup("    ");
        int at = fprintf(out, "  %s--%s%s%s", letter, o->long_name, o->arg_description ? " " : "",
                         o->arg_description ? o->arg_description : "");
        if (at + 2 > TEXT_AT)
                fputc('\n', out), at = 0;
        fprintf(out, "%*s", TEXT_AT - at, "");
        wrap(out, o->description, TEXT_AT, TEXT_AT);
}

/* --store means nothing to a verb that needs no database, --require-sandbox nothing to one that starts no workers. */
static bool applies(const Verb *verb, const GOptionEntry *o)
{
        return !(o->flags & G_OPTION_FLAG_HIDDEN) &&
               !(verb->no_store && g_str_equal(o->long_name, "store")) &&
               (verb->workers || !g_str_equal(o->long_name, "require-sandbox"));
}

static void print_options(FILE *out, const Verb *verb, const GOptionEntry *o)
{
        for (; o && o->long_name; o++) {
                if (applies(verb, o))
                        print_option(out, o);
        }
}

static void print_exit_codes(FILE *out)
{
        g_autoptr(GString) text = g_string_new("Exit codes:");
        for (size_t i = 0; i < G_N_ELEMENTS(exit_codes); i++)
                g_string_append_printf(text, "%s %d %s", i ? "," : "", exit_codes[i].code,
                                       exit_codes[i].text);
        g_string_append_c(text, '.');
        wrap(out, text->str, 0, 0);
}

void help_print_verbs(FILE *out)
{
        fputs("overreach - measures what personal data Android apps and the SDKs inside them\n"
              "can take, over whole app markets\n\nUsage: overreach VERB [OPTION...] [OPERAND...]\n\n",
              out);
        for (int i = 0; cli_verbs[i]; i++) {
                if (cli_verbs[i]->hidden)
                        continue;
                fprintf(out, "  %-9s ", cli_verbs[i]->name);
                wrap(out, cli_verbs[i]->summary, 12, 12);
        }
        fputs("\nStart with:  overreach scan app.apk\n"
              "             overreach sweep f-droid --sample 50 --contact you@example.org\n"
              "\nEach verb has --help and a man page.\n",
              out);
        print_exit_codes(out);
}

void help_print_verb(const Verb *verb, FILE *out)
{
        fprintf(out, "Usage: overreach %s [OPTION...]%s%s\n\n", verb->name, *verb->operands ? " " : "",
                verb->operands);
        g_autofree char *summary = g_strconcat(verb->summary, ".", NULL);
        wrap(out, summary, 0, 0);
        fputc('\n', out);
        wrap(out, verb->description, 0, 0);
        fputs("\nOptions:\n", out);
        print_options(out, verb, verb->options);
        print_options(out, verb, cli_common_options);
        fprintf(out, "\nExample:\n%s\n\n", verb->example);
        print_exit_codes(out);
}

/* ---- did you mean ------------------------------------------------------------------------------------------------------ */

/* Edits between two short words (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
        unsigned row[32];
        size_t n = strlen(b);
        if (n > 30)
                return 99;
        for (unsigned k = 0; k <= n; k++)
                row[k] = k;
        for (unsigned i = 1; a[i - 1]; i++) {
                unsigned diagonal = row[0];
                row[0] = i;
                for (unsigned k = 1; k <= n; k++) {
                        unsigned above = row[k];
                        unsigned change = diagonal + (a[i - 1] != b[k - 1]);
                        row[k] = MIN(MIN(above, row[k - 1]) + 1, change);
                        diagonal = above;
                }
        }
        return row[n];
}

static bool is_close(const char *word, const char *name)
{
        return distance(word, name) <= 2 || (strlen(word) > 2 && g_str_has_prefix(name, word));
}

void help_suggest_verb(const char *word, FILE *out)
{
        for (int i = 0; cli_verbs[i]; i++) {
                if (!cli_verbs[i]->hidden && is_close(word, cli_verbs[i]->name))
                        fprintf(out, " Did you mean \"%s\"?", cli_verbs[i]->name);
        }
}

void help_suggest_option(const Verb *verb, const char *word, FILE *out)
{
        const GOptionEntry *const tables[] = {verb->options, cli_common_options};
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
                for (const GOptionEntry *o = tables[i]; o && o->long_name; o++) {
                        if (!(o->flags & G_OPTION_FLAG_HIDDEN) && is_close(word, o->long_name))
                                fprintf(out, " Did you mean --%s?", o->long_name);
                }
        }
}

/* ---- man pages --------------------------------------------------------------------------------------------------------- */

/* roff: a leading dot or quote would be a request, a backslash an escape, a hyphen is to stay a hyphen. */
static void roff(FILE *out, const char *text)
{
        bool line_start = true;
        for (const char *p = text; *p; p++) {
                if (line_start && (*p == '.' || *p == '\''))
                        fputs("\\&", out);
                line_start = *p == '\n';
                if (*p == '\\')
                        fputs("\\e", out);
                else if (*p == '-')
                        fputs("\\-", out);
                else
                        fputc(*p, out);
        }
}

static void man_option(FILE *out, const GOptionEntry *o)
{
        fputs(".TP\n\\fB", out);
        if (o->short_name)
                fprintf(out, "\\-%c\\fR, \\fB", o->short_name);
        roff(out, "--");
        roff(out, o->long_name);
        fputs("\\fR", out);
        if (o->arg_description)
                fprintf(out, " \\fI%s\\fR", o->arg_description);
        fputc('\n', out);
        roff(out, o->description);
        fputc('\n', out);
}

static void man_options(FILE *out, const Verb *verb, const GOptionEntry *o)
{
        for (; o && o->long_name; o++) {
                if (applies(verb, o))
                        man_option(out, o);
        }
}

static void man_exit_codes(FILE *out)
{
        fputs(".SH EXIT STATUS\n", out);
        for (size_t i = 0; i < G_N_ELEMENTS(exit_codes); i++)
                fprintf(out, ".TP\n.B %d\n%s\n", exit_codes[i].code, exit_codes[i].text);
}

static void man_head(FILE *out, const char *name, const char *summary)
{
        g_autofree char *upper = g_ascii_strup(name, -1);
        fprintf(out, ".TH %s 1 \"\" \"overreach %s\" \"User commands\"\n.SH NAME\n", upper,
                OVERREACH_VERSION);
        roff(out, name);
        fputs(" \\- ", out);
        roff(out, summary);
        fputc('\n', out);
}

static void man_overview(FILE *out)
{
        man_head(out, "overreach", "measure what personal data Android apps can take, over whole markets");
        fputs(".SH SYNOPSIS\n.B overreach\n.I VERB\n[OPTION...] [OPERAND...]\n.SH VERBS\n", out);
        for (int i = 0; cli_verbs[i]; i++) {
                if (cli_verbs[i]->hidden)
                        continue;
                fprintf(out, ".TP\n.BR overreach\\-%s (1)\n", cli_verbs[i]->name);
                roff(out, cli_verbs[i]->summary);
                fputc('\n', out);
        }
        fputs(".SH OPTIONS OF EVERY VERB\n", out);
        man_options(out, &(Verb){0}, cli_common_options);
        man_exit_codes(out);
        fputs(".SH ENVIRONMENT\n.TP\nOVERREACH_STORE\nDatabase folder where \\-\\-store is not given.\n"
              ".TP\nOVERREACH_CONTACT\nWhat \\-\\-contact says where it is not given.\n"
              ".TP\nOVERREACH_DATA\nFolder of the data files, where it is not found beside the program.\n",
              out);
}

static void man_paragraphs(FILE *out, const char *text)
{
        g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
        for (char **paragraph = paragraphs; *paragraph; paragraph++) {
                fputs(paragraph == paragraphs ? "" : "\n.PP\n", out);
                roff(out, *paragraph);
        }
}

void help_print_man(const Verb *verb, FILE *out)
{
        if (!verb) {
                man_overview(out);
                return;
        }
        g_autofree char *name = g_strdup_printf("overreach-%s", verb->name);
        man_head(out, name, verb->summary);
        fprintf(out, ".SH SYNOPSIS\n.B overreach %s\n[OPTION...] ", verb->name);
        roff(out, verb->operands);
        fputs("\n.SH DESCRIPTION\n", out);
        man_paragraphs(out, verb->description);
        fputs("\n.SH OPTIONS\n", out);
        man_options(out, verb, verb->options);
        man_options(out, verb, cli_common_options);
        fputs(".SH EXAMPLE\n.nf\n", out);
        roff(out, verb->example);
        fputs("\n.fi\n", out);
        man_exit_codes(out);
        fputs(".SH SEE ALSO\n.BR overreach (1)\n", out);
}

/* ---- the verb ------------------------------------------------------------------------------------------------------ */

static gboolean as_man;
static const GOptionEntry options[] = {
        {"man", 0, 0, G_OPTION_ARG_NONE, &as_man, "Print the man page's source instead", NULL}, {NULL}};

static int run(int argc, char **argv, GError **error)
{
        const Verb *verb = argc ? cli_verb(argv[0]) : NULL;
        if (argc && !verb) {
                g_autofree char *shown = text_terminal(argv[0]);
                fprintf(stderr, "overreach help: there is no verb \"%s\".", shown);
                help_suggest_verb(argv[0], stderr);
                fputs(" See overreach --help.\n", stderr);
                return EXIT_USAGE;
        }
        if (argc > 1) {
                fault(error, FAULT_USAGE, "one verb at a time");
                return -1;
        }
        if (as_man) {
                help_print_man(verb, stdout);
        } else if (!verb) {
                help_print_verbs(stdout);
        } else {
                help_print_verb(verb, stdout);
        }
        return EXIT_OK;
}

const Verb verb_help = {.name = "help",
                        .summary = "Explain a verb",
                        .operands = "[VERB]",
                        .description = "Prints what `overreach VERB --help` prints, or the list of verbs.",
                        .example = "  overreach help sweep",
                        .options = options,
                        .no_store = true,
                        .run = run};
