/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch_world.h - a folder, the misbehaving server that serves it, a loop and a fetcher, for tests of crawler/fetch.h. */
#ifndef TESTS_FETCH_WORLD_H
#define TESTS_FETCH_WORLD_H

#include "unit/unit.h"

#include "core/digest.h"
#include "crawler/fetch.h"
#include "support/fault_server.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { APK_SIZE = 700001 };

typedef struct {
        char *folder, *part;
        FaultServer *server;
        uv_loop_t loop;
        Fetcher *fetcher;
        char *apk; /* what /x.apk holds */
        char sha256[SHA256_HEX_SIZE];
} World;

typedef struct {
        int times; /* `done` was called */
        FetchEnd end;
        long status;
        char *detail, *body, *sha256, *etag, *last_modified, *url, *location, *address;
        int64_t total;
        size_t len;
        bool readable; /* the descriptor stood at 0 and gave what the file holds */
        int64_t retry_after_ms;
        uint64_t wire_bytes;
        bool resumed;
} Got;

static inline void got_clear(Got *got)
{
        char *all[] = {got->detail,        got->body, got->sha256,   got->etag,
                       got->last_modified, got->url,  got->location, got->address};
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                g_free(all[i]);
        *got = (Got){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Got, got_clear)

static inline void keep_reply(const FetchReply *reply, void *context)
{
        Got *got = context;
        int times = got->times;
        got_clear(got);
        *got = (Got){
                .times = times + 1,
                .end = reply->end,
                .status = reply->status,
                .detail = g_strdup(reply->detail),
                .body = g_strndup((const char *)reply->body.data, reply->body.len),
                .len = reply->body.len,
                .sha256 = g_strdup(reply->sha256),
                .etag = g_strdup(reply->etag),
                .last_modified = g_strdup(reply->last_modified),
                .url = g_strdup(reply->url),
                .location = g_strdup(reply->location),
                .address = g_strdup(reply->address),
                .total = reply->total,
                .retry_after_ms = reply->retry_after_ms,
                .wire_bytes = reply->wire_bytes,
                .resumed = reply->resumed,
        };
        if (reply->fd < 0)
                return;
        struct stat info;
        assert_int_equal(fstat(reply->fd, &info), 0);
        g_free(got->body);
        got->len = (size_t)info.st_size;
        got->body = g_malloc0(got->len + 1);
        got->readable = read(reply->fd, got->body, got->len) == info.st_size;
}

/* A path of the server, or a whole URL. */
static inline FetchWish wish_for(World *w, const char *target)
{
        static char url[2048];
        bool whole = strstr(target, "://") && target[0] != '/';
        (void)g_snprintf(url, sizeof url, "%s%s", whole ? "" : fault_server_url(w->server), target);
        return (FetchWish){.url = url, .max_bytes = 16 << 20, .size = -1, .loopback = true};
}

static inline FetchWish wish_part(World *w, const char *target)
{
        FetchWish wish = wish_for(w, target);
        wish.part_path = w->part;
        return wish;
}

static inline Got run(World *w, FetchWish wish)
{
        Got got = {0};
        fetch_start(w->fetcher, &wish, keep_reply, &got);
        assert_int_equal(got.times, 0); /* never from inside fetch_start */
        while (got.times == 0)
                uv_run(&w->loop, UV_RUN_ONCE);
        assert_int_equal(fetch_running(w->fetcher), 0);
        assert_non_null(got.detail);
        return got;
}

static inline Got get(World *w, const char *target)
{
        return run(w, wish_for(w, target));
}

static inline void expect_end(const Got *got, FetchEnd end)
{
        if (got->end != end)
                fail_msg("ended %s where %s is expected: %s", fetch_end_name(got->end), fetch_end_name(end),
                         got->detail);
}

static inline bool part_there(World *w)
{
        return g_file_test(w->part, G_FILE_TEST_EXISTS);
}

static inline bool sidecar_there(World *w)
{
        g_autofree char *meta = g_strconcat(w->part, ".meta", NULL);
        return g_file_test(meta, G_FILE_TEST_EXISTS);
}

static inline void write_file(const char *folder, const char *name, const char *bytes, size_t len)
{
        g_autofree char *path = g_build_filename(folder, name, NULL);
        assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
}

static inline int world_open(void **state)
{
        World *w = g_new0(World, 1);
        g_autoptr(GError) error = NULL;
        g_autoptr(GRand) dice = g_rand_new_with_seed(9309);
        w->folder = g_dir_make_tmp("fetch-XXXXXX", &error);
        assert_non_null(w->folder);
        w->part = g_build_filename(w->folder, "part", NULL);
        w->apk = g_malloc(APK_SIZE);
        for (size_t i = 0; i < APK_SIZE; i++)
                w->apk[i] = (char)g_rand_int(dice);
        digest_sha256_hex(span_of(w->apk, APK_SIZE), w->sha256);
        write_file(w->folder, "x.apk", w->apk, APK_SIZE);
        write_file(w->folder, "words", "all the king's horses", 21);
        write_file(w->folder, "empty", "", 0);
        w->server = fault_server_start(w->folder, 0, NULL, &error);
        must_succeed(w->server != NULL, error);
        uv_loop_init(&w->loop);
        FetchOptions options = {
                .user_agent = "overreach/test (+https://example.org)",
                .connect_ms = 2000,
                .low_speed_s = 1,
                .total_s = 4,
                .per_host = 8,
        };
        w->fetcher = fetcher_new(&w->loop, &options, &error);
        must_succeed(w->fetcher != NULL, error);
        *state = w;
        return 0;
}

static inline int world_reset(void **state)
{
        World *w = *state;
        fetch_forget(w->part);
        fault_server_forget(w->server);
        return 0;
}

static inline int world_close(void **state)
{
        World *w = *state;
        fetch_forget(w->part);
        fetcher_free(w->fetcher);
        uv_run(&w->loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&w->loop), 0); /* every handle was closed */
        fault_server_stop(w->server);
        const char *const names[] = {"x.apk", "words", "empty"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(w->folder, names[i], NULL);
                (void)g_unlink(path);
        }
        assert_int_equal(g_rmdir(w->folder), 0); /* nothing else was left behind */
        g_free(w->folder);
        g_free(w->part);
        g_free(w->apk);
        g_free(w);
        return 0;
}

#endif
