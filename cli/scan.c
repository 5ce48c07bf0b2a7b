/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan: facts of files on disk, one JSON object a line, in the order of the arguments; no database. */
#include "cli/cli.h"

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

static struct {
        int jobs;
        gboolean classes, pretty;
} opt;

static const GOptionEntry entries[] = {
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &opt.jobs, "Analysis processes (default: one per core)", "N"},
        {"pretty", 'p', 0, G_OPTION_ARG_NONE, &opt.pretty, "Indent the objects (default on a terminal)",
         NULL},
        {"classes", 0, 0, G_OPTION_ARG_NONE, &opt.classes,
         "Print the classes of one APK instead, a descriptor a line", NULL},
        {NULL}};

typedef struct Scan Scan;
typedef struct {
        Scan *scan;
        char *path;
        char *line; /* the finished object, until its turn comes */
        Arena *arena;
        Facts *facts;
} Item;

struct Scan {
        WorkerPool *pool;
        GPtrArray *items;
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

static bool has_apk_suffix(const char *name)
{
        size_t n = strlen(name);
        return n > 4 && g_ascii_strcasecmp(name + n - 4, ".apk") == 0;
}

static void add_item(Scan *scan, const char *path)
{
        Item *item = g_new0(Item, 1);
        item->scan = scan;
        item->path = g_strdup(path);
        g_ptr_array_add(scan->items, item);
}

/* Below a folder only *.apk counts; a file that is named is always read. Links to folders are not followed. */
static bool add_folder(Scan *scan, const char *folder, int depth, GError **error)
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
                if (S_ISDIR(s.st_mode) && depth < DEPTH && !add_folder(scan, path, depth + 1, error))
                        return false;
                if (!S_ISDIR(s.st_mode) && has_apk_suffix(name))
                        add_item(scan, path);
        }
        return true;
}

/* Among several, one that is not there is told and stays an item of its own, so that the others are read. */
static bool add_operand(Scan *scan, const char *path, bool alone, GError **error)
{
        struct stat s;
        bool there = stat(path, &s) == 0;
        if (!there && alone)
                return fault_errno(error, FAULT_USAGE, errno, "%s", path);
        if (!there) {
                g_autofree char *shown = text_terminal(path);
                fprintf(stderr, "overreach scan: %s: %s\n", shown, g_strerror(errno));
        }
        if (there && S_ISDIR(s.st_mode))
                return add_folder(scan, path, 0, error);
        add_item(scan, path);
        return true;
}

/* ---- one file ---------------------------------------------------------------------------------------------------------- */

static void print_ready(Scan *scan)
{
        for (; scan->printed < scan->items->len; scan->printed++) {
                Item *item = g_ptr_array_index(scan->items, scan->printed);
                if (!item->line)
                        return;
                puts(item->line);
                fflush(stdout);
                g_clear_pointer(&item->line, g_free);
        }
}

static void submit_more(Scan *scan);

static void finish(Item *item)
{
        Scan *scan = item->scan;
        g_autoptr(Json) json = record_facts_json(item->facts, item->path);
        item->line = json_print(json, opt.pretty);
        scan->partial = scan->partial || !g_str_equal(item->facts->outcome, "analysed");
        g_clear_pointer(&item->arena, arena_free);
        item->facts = NULL;
        print_ready(scan);
        submit_more(scan);
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
                worker_submit(item->scan->pool, "apk", span_str(""), &fd, 1,
                              (WorkerCalls){facts_came, ended, item});
        close(fd);
}

/* Keeps the hosts busy without opening a whole folder at once. */
static void submit_more(Scan *scan)
{
        while (scan->submitted < scan->items->len &&
               worker_queued(scan->pool) < (size_t)worker_hosts(scan->pool) * 2 + 2)
                submit(g_ptr_array_index(scan->items, scan->submitted++));
}

static void print_class(Span descriptor, void *context)
{
        (void)context;
        g_autofree char *name = g_strndup((const char *)descriptor.data, descriptor.len);
        g_autofree char *shown = text_terminal(name);
        puts(shown);
}

static int print_classes(const char *path, GError **error)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
                fault_errno(error, FAULT_USAGE, errno, "%s", path);
                return -1;
        }
        bool ok = analyzer_classes(fd, print_class, NULL, error);
        close(fd);
        return ok ? EXIT_OK : -1;
}

static int run(int argc, char **argv, GError **error)
{
        if (argc == 0) {
                fault(error, FAULT_USAGE, "name at least one APK or folder");
                return -1;
        }
        if (opt.classes && argc != 1) {
                fault(error, FAULT_USAGE, "--classes reads one APK at a time");
                return -1;
        }
        if (opt.classes)
                return print_classes(argv[0], error);
        opt.pretty = opt.pretty || isatty(STDOUT_FILENO);
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
        Scan scan = {.items = items};
        for (int i = 0; i < argc; i++) {
                if (!add_operand(&scan, argv[i], argc == 1, error))
                        return -1;
        }
        g_autoptr(WorkerPool) pool = worker_pool_new(NULL, &(WorkerOptions){.hosts = opt.jobs}, error);
        if (!pool)
                return -1;
        scan.pool = pool;
        submit_more(&scan);
        worker_pool_wait(pool);
        if (items->len == 0)
                fputs("overreach scan: no file ends in .apk there\n", stderr);
        return scan.partial ? EXIT_PARTIAL : EXIT_OK;
}

const Verb verb_scan = {
        .name = "scan",
        .summary = "Print what APK files hold, one JSON object each; needs no database",
        .operands = "FILE|DIR...",
        .description =
                "Below a DIR every *.apk is read. Keys: path, sha256, outcome, package, version_code, "
                "version_name,\n"
                "label, min_sdk, target_sdk, permissions, components, signers, sdks, anomalies, and more "
                "behind them.\n"
                "outcome is \"analysed\" or \"unanalysable:<reason>\"; any of the latter is exit code 3.",
        .example = "  overreach scan app.apk | jq '.permissions[].name'",
        .options = entries,
        .no_store = true,
        .run = run};
