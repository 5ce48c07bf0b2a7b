/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

void help_print_verbs(FILE *out)
{
        fputs("overreach - measures what personal data Android apps and the SDKs inside them can take,\n"
              "over whole app markets\n\nUsage: overreach VERB [OPTION...] [OPERAND...]\n\n",
              out);
        for (int i = 0; cli_verbs[i]; i++) {
                if (!cli_verbs[i]->hidden)
                        fprintf(out, "  %-9s %s\n", cli_verbs[i]->name, cli_verbs[i]->summary);
        }
        fputs("\nStart with:  overreach scan app.apk\n"
              "             overreach sweep f-droid --sample 50 --contact you@example.org\n"
              "\nEach verb has --help. " HELP_EXIT_CODES "\n",
              out);
}

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
        if (o->flags & G_OPTION_FLAG_HIDDEN)
                return;
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
        fputs(".SH EXIT STATUS\n", out);
        roff(out, HELP_EXIT_CODES);
        fputs("\n.SH ENVIRONMENT\n.TP\nOVERREACH_STORE\nDatabase folder where \\-\\-store is not given.\n"
              ".TP\nOVERREACH_CONTACT\nWhat \\-\\-contact says where it is not given.\n"
              ".TP\nOVERREACH_DATA\nFolder of the data files, where it is not found beside the program.\n",
              out);
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
        roff(out, verb->description);
        fputs("\n.SH OPTIONS\n", out);
        for (const GOptionEntry *o = verb->options; o && o->long_name; o++)
                man_option(out, o);
        fputs(".PP\nEvery verb also takes \\-\\-store, \\-\\-json, \\-\\-quiet, \\-\\-verbose and "
              "\\-\\-help.\n"
              ".SH EXAMPLE\n.nf\n",
              out);
        roff(out, verb->example);
        fputs("\n.fi\n.SH EXIT STATUS\n", out);
        roff(out, HELP_EXIT_CODES);
        fputs("\n.SH SEE ALSO\n.BR overreach (1)\n", out);
}

/* ---- the verb ------------------------------------------------------------------------------------------------------ */

static gboolean as_man;
static const GOptionEntry options[] = {
        {"man", 0, 0, G_OPTION_ARG_NONE, &as_man, "Print the man page's source instead", NULL}, {NULL}};

static int run(int argc, char **argv, GError **error)
{
        const Verb *verb = argc ? cli_verb(argv[0]) : NULL;
        if (argc && !verb) {
                fault(error, FAULT_USAGE, "there is no verb \"%s\"", argv[0]);
                return -1;
        }
        if (as_man) {
                help_print_man(verb, stdout);
        } else if (!verb) {
                help_print_verbs(stdout);
        } else {
                g_autoptr(GOptionContext) context = cli_context(verb);
                g_autofree char *name = g_strdup_printf("overreach %s", verb->name);
                g_set_prgname(name);
                g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
                fputs(text, stdout);
        }
        return EXIT_OK;
}

const Verb verb_help = {.name = "help",
                        .summary = "Explain a verb",
                        .operands = "[VERB]",
                        .description = "Prints what `overreach VERB --help` prints, or the list of verbs.",
                        .example = "  overreach help sweep",
                        .options = options,
                        .run = run};
