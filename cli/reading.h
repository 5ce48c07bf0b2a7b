/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reading.h - app files named on the command line, read by workers and told in the order they were named: what scan and
 * explain share. */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "core/error.h"
#include "core/record.h"

typedef struct {
        int jobs;      /* worker hosts; 0: one per core */
        int api_level; /* 0: the default */
        char *only;    /* "PASS,PASS", NULL: all */
        gboolean verify;
} ReadingOptions;

/* The options as rows of a verb's table. */
#define READING_OPTIONS(opt)                                                                                 \
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &(opt).jobs, "Analysis processes (default: one per core)", "N"},  \
                {"verify", 0, 0, G_OPTION_ARG_NONE, &(opt).verify, "Say whether the signatures hold, too",   \
                 NULL},                                                                                      \
                {"api-level",                                                                                \
                 0,                                                                                          \
                 0,                                                                                          \
                 G_OPTION_ARG_INT,                                                                           \
                 &(opt).api_level,                                                                           \
                 "Android version whose view of permissions is told (default: 35)",                          \
                 "N"},                                                                                       \
        {                                                                                                    \
                "only", 0, 0, G_OPTION_ARG_STRING, &(opt).only, "Run these passes and no others",            \
                        "PASS[,PASS...]"                                                                     \
        }

/* What is to be printed of one file, as soon as it is read; g_free'd after it was printed in its turn. */
typedef char *(*ReadingPrint)(const Facts *facts, const char *path);

/* Reads every operand (below a folder every *.apk, *.xapk, *.apkm, *.apks, *.aab and *.dex), prints each by `print` on stdout,
 * followed by a newline, and on stderr which packages have several signers among them. An exit code (EXIT_PARTIAL when any
 * could not be analysed), or -1 with *error set. */
int reading_run(const char *verb, int argc, char **argv, const ReadingOptions *options, ReadingPrint print,
                GError **error);

#endif
