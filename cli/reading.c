/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/reading.h"

#include "cli/cli.h"
#include "cli/identity.h"

#include "analyzer/analyzer.h"
#include "core/digest.h"
#include "core/text.h"
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME_FACTS = 1, DEPTH = 32 };

typedef struct Reading Reading;
typedef struct {
        Reading *reading;
        char *path;
        char *line; /* the finished object, until its turn comes */
        Arena *arena;
        Facts *facts;
} Item;

struct Reading {
        const char *verb;
        ReadingPrint print;
        WorkerPool *pool;
        GBytes *task; /* a packed ApkTask; NULL: the defaults */
        GPtrArray *items;
        Identities *identities;
        guint printed, submitted;
        bool partial;
};

static void item_free(void *data)
{
        Item *item = data;
        g_free(item->path);
        g_free(item->line);
        arena_free(item->arena);
        g_free(item);
}

/* ---- which files ------------------------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_app_name(const char *name)
{
        static const char *const ends[] = {".apk", ".xapk", ".apkm", ".apks", ".aab", ".dex"};
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
                size_t n = strlen(name), end = strlen(ends[i]);
                if (n > end && g_ascii_strcasecmp(name + n - end, ends[i]) == 0)
                        return true;
        }
        return false;
}

static void add_item(Reading *reading, const char *path)
{
        Item *item = g_new0(Item, 1);
        item->reading = reading;
        item->path = g_strdup(path);
        g_ptr_array_add(reading->items, item);
}

/* Below a folder only what is named as an app counts; a file that is named is always read. Links to folders are not followed. */
static bool add_folder(Reading *reading, const char *folder, int depth, GError **error)
{
        g_autoptr(GError) cause = NULL;
        g_autoptr(GDir) dir = g_dir_open(folder, 0, &cause);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        if (!dir)
                return fault(error, FAULT_IO, "%s", cause->message);
        for (const char *name; (name = g_dir_read_name(dir));)
                g_ptr_array_add(names, g_strdup(name));
        g_ptr_array_sort(names, by_name);
        for (guint i = 0; i < names->len; i++) {
                const char *name = g_ptr_array_index(names, i);
                g_autofree char *path = g_build_filename(folder, name, NULL);
                struct stat s;
                if (lstat(path, &s) != 0)
                        continue;
                if (S_ISDIR(s.st_mode) && depth < DEPTH && !add_folder(reading, path, depth + 1, error))
                        return false;
                if (!S_ISDIR(s.st_mode) && is_app_name(name))
                        add_item(reading, path);
        }
        return true;
}

/* Among several, one that is not there is told and stays an item of its own, so that the others are read. */
static bool add_operand(Reading *reading, const char *path, bool alone, GError **error)
{
        struct stat s;
        bool there = stat(path, &s) == 0;
        if (!there && alone)
                return fault_errno(error, FAULT_USAGE, errno, "%s", path);
        if (!there) {
                g_autofree char *shown = text_terminal(path);
                fprintf(stderr, "overreach %s: %s: %s\n", reading->verb, shown, g_strerror(errno));
        }
        if (there && S_ISDIR(s.st_mode))
                return add_folder(reading, path, 0, error);
        add_item(reading, path);
        return true;
}

/* ---- one file ---------------------------------------------------------------------------------------------------------- */

static void print_ready(Reading *reading)
{
        for (; reading->printed < reading->items->len; reading->printed++) {
                Item *item = g_ptr_array_index(reading->items, reading->printed);
                if (!item->line)
                        return;
                puts(item->line);
                fflush(stdout);
                g_clear_pointer(&item->line, g_free);
        }
}

static void submit_more(Reading *reading);

static void finish(Item *item)
{
        Reading *reading = item->reading;
        item->line = reading->print(item->facts, item->path);
        identities_add(reading->identities, item->path, item->facts);
        reading->partial = reading->partial || !g_str_equal(item->facts->outcome, "analysed");
        g_clear_pointer(&item->arena, arena_free);
        item->facts = NULL;
        print_ready(reading);
        submit_more(reading);
}

static void unread(Item *item, const char *reason, const char *detail, const char *sha256)
{
        item->facts = record_new(item->arena, Facts, facts__init);
        item->facts->sha256 = arena_str(item->arena, sha256);
        item->facts->outcome = arena_printf(item->arena, "unanalysable:%s", reason);
        item->facts->detail = arena_str(item->arena, detail);
        finish(item);
}

static void facts_came(uint8_t type, Span frame, void *context)
{
        Item *item = context;
        if (type == FRAME_FACTS)
                item->facts = RECORD_UNPACK(item->arena, Facts, &facts__descriptor, frame, NULL);
}

static void ended(WorkerEnd end, Fault code, const char *detail, void *context)
{
        Item *item = context;
        (void)code;
        if (end == WORKER_OK && item->facts) {
                finish(item);
                return;
        }
        char hex[SHA256_HEX_SIZE] = "";
        digest_file_hex(item->path, hex, NULL);
        g_autofree char *reason = g_strconcat("worker-", worker_end_name(end), NULL);
        unread(item, reason, detail, hex);
}

static void submit(Item *item)
{
        item->arena = arena_new();
        struct stat s;
        int fd = open(item->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
                unread(item, "no-file", g_strerror(errno), "");
                return;
        }
        if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode))
                unread(item, "no-file", "not a regular file", "");
        else
                worker_submit(item->reading->pool, "apk", record_span(item->reading->task), &fd, 1,
                              (WorkerCalls){facts_came, ended, item});
        close(fd);
}

/* Keeps the hosts busy without opening a whole folder at once. */
static void submit_more(Reading *reading)
{
        while (reading->submitted < reading->items->len &&
               worker_queued(reading->pool) < (size_t)worker_hosts(reading->pool) * 2 + 2)
                submit(g_ptr_array_index(reading->items, reading->submitted++));
}

/* ---- what is asked for ------------------------------------------------------------------------------------------------- */

static bool check_only(char **only, GError **error)
{
        const char *const *known = analyzer_pass_names();
        for (char **name = only; *name; name++) {
                if (g_strv_contains(known, g_strstrip(*name)))
                        continue;
                g_autofree char *all = g_strjoinv(", ", (char **)known);
                return fault(error, FAULT_USAGE, "--only %s: no such pass; there are %s", *name, all);
        }
        return *only || fault(error, FAULT_USAGE, "--only names no pass");
}

/* NULL without an error: everything, by default. */
static GBytes *make_task(const ReadingOptions *options, GError **error)
{
        g_auto(GStrv) only = options->only ? g_strsplit(options->only, ",", -1) : NULL;
        if (options->api_level < 0 || options->api_level > ANALYZER_API_LEVEL_MAX) {
                fault(error, FAULT_USAGE, "--api-level %d: Android versions go from 1 to %d",
                      options->api_level, ANALYZER_API_LEVEL_MAX);
                return NULL;
        }
        if (only && !check_only(only, error))
                return NULL;
        if (!only && !options->verify && !options->api_level)
                return NULL;
        ApkTask task = APK_TASK__INIT;
        task.has_verify = task.verify = options->verify;
        task.has_api_level = options->api_level > 0;
        task.api_level = options->api_level;
        task.only = only;
        task.n_only = only ? g_strv_length(only) : 0;
        return record_pack(&task);
}

static void tell_identities(const Reading *reading)
{
        g_autoptr(GPtrArray) lines = identities_told(reading->identities);
        for (guint i = 0; i < lines->len && !cli_common.quiet; i++)
                fprintf(stderr, "overreach %s: %s\n", reading->verb, (char *)g_ptr_array_index(lines, i));
}

int reading_run(const char *verb, int argc, char **argv, const ReadingOptions *options, ReadingPrint print,
                GError **error)
{
        GError *wrong = NULL;
        if (argc == 0) {
                fault(error, FAULT_USAGE, "name at least one APK or folder");
                return -1;
        }
        g_autoptr(GBytes) task = make_task(options, &wrong);
        if (wrong) {
                g_propagate_error(error, wrong);
                return -1;
        }
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
        g_autoptr(Identities) identities = identities_new();
        Reading reading = {
                .verb = verb, .print = print, .items = items, .identities = identities, .task = task};
        for (int i = 0; i < argc; i++) {
                if (!add_operand(&reading, argv[i], argc == 1, error))
                        return -1;
        }
        g_autoptr(WorkerPool) pool = worker_pool_new(NULL, &(WorkerOptions){.hosts = options->jobs}, error);
        if (!pool)
                return -1;
        reading.pool = pool;
        submit_more(&reading);
        worker_pool_wait(pool);
        tell_identities(&reading);
        if (items->len == 0)
                fprintf(stderr,
                        "overreach %s: no file there is named .apk, .xapk, .apkm, .apks, .aab or .dex\n",
                        verb);
        return reading.partial ? EXIT_PARTIAL : EXIT_OK;
}
