/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/digest.h"
#include "core/json.h"
#include "crawler/memfile.h"
#include "crawler/replay.h"
#include "crawler/replay_line.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL "https://market.example/app/1"

/* ---- words */

typedef struct {
        char *folder;
        Arena *arena;
} World;

static int open_world(void **state)
{
        World *w = g_new0(World, 1);
        w->folder = g_dir_make_tmp("replay-XXXXXX", NULL);
        w->arena = arena_new();
        assert_non_null(w->folder);
        *state = w;
        return 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
        (void)st, (void)kind, (void)at;
        return remove(path);
}

static int close_world(void **state)
{
        World *w = *state;
        nftw(w->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        g_free(w->folder);
        arena_free(w->arena);
        g_free(w);
        return 0;
}

static Replay *must_open(const World *w, ReplayMode mode)
{
        g_autoptr(GError) error = NULL;
        Replay *replay = replay_open(w->folder, mode, &error);
        must_succeed(replay != NULL, error);
        assert_int_equal(replay_mode(replay), mode);
        return replay;
}

static void must_close(Replay *replay)
{
        g_autoptr(GError) error = NULL;
        must_succeed(replay_close(replay, &error), error);
}

static FetchWish wish_get(const char *url)
{
        return (FetchWish){.url = url, .max_bytes = 16 << 20, .size = -1};
}

static FetchReply reply_empty(FetchEnd end, long status)
{
        return (FetchReply){
                .end = end, .status = status, .fd = -1, .retry_after_ms = -1, .total = -1, .url = URL};
}

static FetchReply reply_ok(const char *body)
{
        FetchReply reply = reply_empty(FETCH_OK, 200);
        reply.body = span_str(body);
        reply.content_type = "application/json";
        return reply;
}

static void keep_one(const World *w, FetchWish wish, FetchReply reply)
{
        Replay *replay = must_open(w, REPLAY_KEEP);
        replay_keep(replay, &wish, &reply);
        must_close(replay);
}

static ReplayReply ask(World *w, Replay *replay, FetchWish wish)
{
        ReplayReply reply;
        replay_answer(replay, &wish, w->arena, &reply);
        return reply;
}

static ReplayReply ask_once(World *w, FetchWish wish)
{
        Replay *replay = must_open(w, REPLAY_ANSWER);
        ReplayReply reply = ask(w, replay, wish);
        must_close(replay);
        return reply;
}

#define assert_body(reply, text)                                                                             \
        do {                                                                                                 \
                assert_int_equal((reply).end, FETCH_OK);                                                     \
                assert_true(span_eq_str((reply).body, (text)));                                              \
        } while (0)

#define assert_contains(text, part)                                                                          \
        do {                                                                                                 \
                if (!(text) || !strstr((text), (part)))                                                      \
                        fail_msg("\"%s\" does not hold \"%s\"", (text) ? (text) : "(null)", (part));         \
        } while (0)

static char *lines_path(const World *w)
{
        return g_build_filename(w->folder, "replies.jsonl", NULL);
}

static char *lines_of(const World *w)
{
        g_autofree char *path = lines_path(w);
        char *text = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        return text;
}

static void append_lines(const World *w, const char *text)
{
        g_autofree char *path = lines_path(w);
        FILE *file = fopen(path, "a");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

/* Where the body with this text lies. */
static char *body_of(const World *w, const char *text)
{
        char digest[SHA256_HEX_SIZE], first[3] = "";
        digest_sha256_hex(span_str(text), digest);
        memcpy(first, digest, 2);
        return g_build_filename(w->folder, "bodies", first, digest, NULL);
}

/* ---- round trips */

static void a_reply_comes_back_as_it_was_kept(void **state)
{
        World *w = *state;
        FetchReply reply = reply_ok("{\"apps\": []}");
        reply.etag = "\"e1\"";
        reply.last_modified = "Sat, 21 Nov 2026 20:04:05 GMT";
        reply.url = "https://cdn.example/app/1";
        reply.total = 12;
        keep_one(w, wish_get(URL), reply);
        ReplayReply got = ask_once(w, wish_get(URL));
        assert_body(got, "{\"apps\": []}");
        assert_int_equal(got.status, 200);
        assert_string_equal(got.etag, "\"e1\"");
        assert_string_equal(got.last_modified, "Sat, 21 Nov 2026 20:04:05 GMT");
        assert_string_equal(got.url, "https://cdn.example/app/1");
        assert_string_equal(got.content_type, "application/json");
        assert_int_equal(got.total, 12);
        assert_int_equal(got.retry_after_ms, -1);
        assert_null(got.location);
}

static void failures_are_kept_in_their_order_and_the_last_reply_answers_for_ever(void **state)
{
        World *w = *state;
        FetchWish wish = wish_get(URL);
        FetchReply throttled = reply_empty(FETCH_THROTTLED, 429), gone = reply_empty(FETCH_GONE, 404);
        throttled.retry_after_ms = 30000;
        throttled.detail = "429 Too Many Requests: " URL;
        FetchReply nothing = reply_empty(FETCH_CONNECT, 0), good = reply_ok("at last");
        Replay *replay = must_open(w, REPLAY_KEEP);
        replay_keep(replay, &wish, &throttled);
        replay_keep(replay, &wish, &nothing);
        FetchWish other = wish_get("https://market.example/other");
        replay_keep(replay, &other, &gone);
        replay_keep(replay, &wish, &good);
        must_close(replay);
        replay = must_open(w, REPLAY_ANSWER);
        ReplayReply first = ask(w, replay, wish);
        assert_int_equal(first.end, FETCH_THROTTLED);
        assert_int_equal(first.status, 429);
        assert_int_equal(first.retry_after_ms, 30000);
        assert_string_equal(first.detail, "429 Too Many Requests: " URL);
        assert_int_equal(ask(w, replay, other).end, FETCH_GONE);
        assert_int_equal(ask(w, replay, wish).end, FETCH_CONNECT);
        for (int i = 0; i < 3; i++)
                assert_body(ask(w, replay, wish), "at last");
        must_close(replay);
}

static void every_end_a_reply_can_have_survives(void **state)
{
        World *w = *state;
        for (int end = FETCH_OK; end < FETCH_DISK; end++) {
                g_autofree char *url = g_strdup_printf("%s/%d", URL, end);
                keep_one(w, wish_get(url), reply_empty((FetchEnd)end, 0));
                assert_int_equal(ask_once(w, wish_get(url)).end, end);
        }
}

static void cancelled_replies_and_those_of_a_full_disk_are_not_kept(void **state)
{
        World *w = *state;
        keep_one(w, wish_get(URL), reply_empty(FETCH_CANCELLED, 0));
        keep_one(w, wish_get(URL), reply_empty(FETCH_DISK, 200));
        g_autofree char *lines = lines_of(w);
        assert_string_equal(lines, "");
}

static void an_unchanged_reply_answers_only_a_conditional_request(void **state)
{
        World *w = *state;
        FetchWish plain = wish_get(URL), conditional = plain;
        conditional.etag = "\"e1\"";
        keep_one(w, conditional, reply_empty(FETCH_UNCHANGED, 304));
        assert_int_equal(ask_once(w, conditional).end, FETCH_UNCHANGED);
        ReplayReply got = ask_once(w, plain);
        assert_int_equal(got.end, FETCH_CONNECT);
        assert_contains(got.detail, "not in the recording");
}

static void a_whole_reply_answers_a_conditional_request_that_was_never_made(void **state)
{
        World *w = *state;
        FetchWish conditional = wish_get(URL);
        conditional.last_modified = "Sat, 21 Nov 2026 20:04:05 GMT";
        keep_one(w, wish_get(URL), reply_ok("whole"));
        assert_body(ask_once(w, conditional), "whole");
}

static void ranges_of_one_file_are_told_apart(void **state)
{
        World *w = *state;
        FetchWish tail = wish_get(URL), head = tail;
        tail.range_from = 900;
        tail.range_to = 1000;
        head.range_to = 100;
        FetchReply end_reply = reply_ok("the tail");
        end_reply.status = 206;
        end_reply.total = 1000;
        keep_one(w, tail, end_reply);
        keep_one(w, head, reply_ok("the head"));
        ReplayReply got = ask_once(w, tail);
        assert_body(got, "the tail");
        assert_int_equal(got.status, 206);
        assert_int_equal(got.total, 1000);
        assert_body(ask_once(w, head), "the head");
        assert_int_equal(ask_once(w, wish_get(URL)).end, FETCH_CONNECT);
}

static void a_redirect_that_was_not_followed_keeps_its_location(void **state)
{
        World *w = *state;
        FetchWish stay = wish_get(URL);
        stay.stay = true;
        FetchReply reply = reply_empty(FETCH_OK, 302);
        reply.location = "https://cdn.example/x.apk";
        keep_one(w, stay, reply);
        ReplayReply got = ask_once(w, stay);
        assert_int_equal(got.end, FETCH_OK);
        assert_int_equal(got.status, 302);
        assert_int_equal(got.body.len, 0);
        assert_string_equal(got.location, "https://cdn.example/x.apk");
        assert_int_equal(ask_once(w, wish_get(URL)).end, FETCH_CONNECT); /* who follows was not recorded */
}

static void posts_are_told_apart_by_their_bodies(void **state)
{
        World *w = *state;
        FetchWish one = wish_get(URL), two = one;
        one.body = "{\"page\":1}";
        two.body = "{\"page\":2}";
        keep_one(w, one, reply_ok("first"));
        keep_one(w, two, reply_ok("second"));
        assert_body(ask_once(w, one), "first");
        assert_body(ask_once(w, two), "second");
        assert_int_equal(ask_once(w, wish_get(URL)).end, FETCH_CONNECT);
        g_autofree char *lines = lines_of(w);
        assert_null(strstr(lines, "page")); /* the body itself is not kept */
}

static void headers_of_a_request_do_not_matter_and_are_not_kept(void **state)
{
        World *w = *state;
        const char *const then[] = {"X-Time: 1", "Cookie: sesame", NULL}, *const now[] = {"X-Time: 2", NULL};
        FetchWish recorded = wish_get(URL), again = recorded;
        recorded.headers = then;
        again.headers = now;
        keep_one(w, recorded, reply_ok("same"));
        assert_body(ask_once(w, again), "same");
        g_autofree char *lines = lines_of(w);
        assert_null(strstr(lines, "sesame"));
}

/* ---- bodies */

static void a_file_body_of_several_members_comes_back_whole(void **state)
{
        World *w = *state;
        enum { SIZE = 9 << 20 };
        g_autofree uint8_t *bytes = g_malloc(SIZE);
        for (size_t i = 0; i < SIZE; i++)
                bytes[i] = (uint8_t)(i * i >> 7);
        int fd = memfile_new("body", span_of(bytes, SIZE), NULL);
        assert_true(fd >= 0);
        assert_int_equal(lseek(fd, 77, SEEK_SET), 77);
        FetchReply reply = reply_empty(FETCH_OK, 200);
        reply.fd = fd;
        FetchWish wish = wish_get(URL);
        wish.part_path = "/nowhere/part";
        keep_one(w, wish, reply);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 77); /* where it stood */
        close(fd);
        ReplayReply got = ask_once(w, wish);
        assert_int_equal(got.end, FETCH_OK);
        assert_true(span_eq(got.body, span_of(bytes, SIZE)));
        char digest[SHA256_HEX_SIZE];
        digest_sha256_hex(span_of(bytes, SIZE), digest);
        assert_string_equal(got.sha256, digest);
}

static void an_archive_is_kept_as_it_is_and_a_gzip_body_stays_gzip(void **state)
{
        World *w = *state;
        struct stat info;
        keep_one(w, wish_get(URL "/a"), reply_ok("PK\3\4 not packed again"));
        keep_one(w, wish_get(URL "/z"), reply_ok("\x1f\x8b\x08 begins like gzip and is none"));
        g_autofree char *path = body_of(w, "PK\3\4 not packed again");
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_size, strlen("PK\3\4 not packed again"));
        assert_body(ask_once(w, wish_get(URL "/a")), "PK\3\4 not packed again");
        assert_body(ask_once(w, wish_get(URL "/z")), "\x1f\x8b\x08 begins like gzip and is none");
}

static void equal_bodies_are_kept_once(void **state)
{
        World *w = *state;
        struct stat before, after;
        g_autofree char *path = body_of(w, "the same");
        Replay *replay = must_open(w, REPLAY_KEEP);
        FetchWish one = wish_get(URL "/1"), two = wish_get(URL "/2");
        FetchReply reply = reply_ok("the same");
        replay_keep(replay, &one, &reply);
        assert_int_equal(stat(path, &before), 0);
        replay_keep(replay, &two, &reply);
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(before.st_ino, after.st_ino);
        must_close(replay);
        assert_body(ask_once(w, two), "the same");
}

static void a_body_that_an_earlier_run_left_damaged_is_written_anew(void **state)
{
        World *w = *state;
        g_autofree char *path = body_of(w, "whole and sound");
        keep_one(w, wish_get(URL "/1"), reply_ok("whole and sound"));
        assert_int_equal(truncate(path, 0), 0);
        struct timespec long_ago[2] = {{1000000000, 0}, {1000000000, 0}};
        assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
        keep_one(w, wish_get(URL "/2"), reply_ok("whole and sound"));
        assert_body(ask_once(w, wish_get(URL "/1")), "whole and sound");
}

static void a_damaged_or_missing_body_is_a_failure_that_names_the_file(void **state)
{
        World *w = *state;
        g_autofree char *path = body_of(w, "PK sound");
        keep_one(w, wish_get(URL), reply_ok("PK sound"));
        assert_true(g_file_set_contents(path, "PK souNd", -1, NULL));
        ReplayReply got = ask_once(w, wish_get(URL));
        assert_int_equal(got.end, FETCH_CONNECT);
        assert_contains(got.detail, strstr(path, "bodies/"));
        assert_null(strstr(got.detail, w->folder)); /* the same wherever the folder lies */
        assert_int_equal(got.body.len, 0);
        assert_true(g_file_set_contents(path, "PK", -1, NULL));
        assert_int_equal(ask_once(w, wish_get(URL)).end, FETCH_CONNECT);
        assert_true(g_file_set_contents(path, "PK sound and more", -1, NULL));
        assert_int_equal(ask_once(w, wish_get(URL)).end, FETCH_CONNECT);
        assert_int_equal(g_unlink(path), 0);
        got = ask_once(w, wish_get(URL));
        assert_int_equal(got.end, FETCH_CONNECT);
        assert_contains(got.detail, strstr(path, "bodies/"));
}

static void a_size_that_no_file_could_unpack_to_takes_no_memory(void **state)
{
        World *w = *state;
        keep_one(w, wish_get(URL "/small"), reply_ok("small"));
        char digest[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str("small"), digest);
        g_autofree char *lie = g_strdup_printf("{\"method\":\"GET\",\"url\":\"" URL
                                               "\",\"end\":\"ok\",\"status\":200,\"sha256\":\"%s\","
                                               "\"size\":4611686018427387904}\n",
                                               digest);
        append_lines(w, lie);
        FetchWish wish = wish_get(URL);
        wish.max_bytes = UINT64_MAX;
        ReplayReply got = ask_once(w, wish);
        assert_int_equal(got.end, FETCH_CONNECT);
        assert_contains(got.detail, "cannot hold");
}

static void limits_and_digests_of_the_wish_hold_for_a_recorded_body(void **state)
{
        World *w = *state;
        FetchWish small = wish_get(URL), sized = small, digested = small;
        keep_one(w, small, reply_ok("twelve bytes"));
        small.max_bytes = 11;
        sized.size = 13;
        digested.sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
        assert_int_equal(ask_once(w, small).end, FETCH_TOO_LARGE);
        assert_int_equal(ask_once(w, sized).end, FETCH_SIZE);
        assert_int_equal(ask_once(w, digested).end, FETCH_DIGEST);
        sized.size = 12;
        assert_body(ask_once(w, sized), "twelve bytes");
}

static void a_url_that_is_no_text_is_found_again(void **state)
{
        World *w = *state;
        keep_one(w, wish_get(URL "/\xff\"\n\xc3"), reply_ok("odd"));
        assert_body(ask_once(w, wish_get(URL "/\xff\"\n\xc3")), "odd");
}

/* ---- secrets */

static void neither_the_key_nor_a_password_is_kept(void **state)
{
        World *w = *state;
        FetchWish wish = wish_get("https://user:pass@market.example/d?apikey={key}&sha256=1");
        wish.secret = "s3cr3tkey";
        FetchReply reply = reply_ok("your key s3cr3tkey is good, s3cr3tkey!");
        reply.url = "https://market.example/d?apikey=s3cr3tkey&sha256=1";
        reply.detail = "200: https://market.example/d?apikey=s3cr3tkey";
        reply.location = "https://cdn.example/?k=s3cr3tkey";
        reply.sha256 = "1111111111111111111111111111111111111111111111111111111111111111";
        keep_one(w, wish, reply);
        g_autofree char *lines = lines_of(w);
        assert_null(strstr(lines, "s3cr3tkey"));
        assert_null(strstr(lines, "pass"));
        assert_contains(lines, "apikey={key}");
        ReplayReply got = ask_once(w, wish_get("https://market.example/d?apikey={key}&sha256=1"));
        assert_body(got, "your key xxxxxxxxx is good, xxxxxxxxx!");
}

/* ---- the folder */

static void a_torn_last_line_is_left_out_on_reading_and_cut_off_on_keeping(void **state)
{
        World *w = *state;
        keep_one(w, wish_get(URL "/1"), reply_ok("first"));
        append_lines(w, "{\"method\":\"GET\",\"url\":\"https://mar");
        assert_body(ask_once(w, wish_get(URL "/1")), "first");
        keep_one(w, wish_get(URL "/2"), reply_ok("second"));
        g_autofree char *lines = lines_of(w);
        assert_null(strstr(lines, "mar{"));
        assert_body(ask_once(w, wish_get(URL "/1")), "first");
        assert_body(ask_once(w, wish_get(URL "/2")), "second");
}

static void must_not_open(const World *w, ReplayMode mode, Fault code, const char *says)
{
        g_autoptr(GError) error = NULL;
        assert_null(replay_open(w->folder, mode, &error));
        assert_true(fault_is(error, code));
        assert_contains(error->message, says);
}

static void a_damaged_line_is_named_with_file_and_number(void **state)
{
        static const char *const damaged[] = {
                "no json\n",
                "{\"method\":\"GET\",\"end\":\"ok\"}\n",
                "{\"method\":\"GET\",\"url\":\"u\",\"end\":\"sideways\"}\n",
                "{\"method\":\"GET\",\"url\":\"u\",\"end\":\"ok\",\"sha256\":\"../../../etc/passwd\"}\n",
                "{\"method\":\"GET\",\"url\":\"u\",\"end\":\"ok\",\"from\":-1}\n",
        };
        World *w = *state;
        keep_one(w, wish_get(URL), reply_ok("first"));
        g_autofree char *sound = lines_of(w);
        g_autofree char *path = lines_path(w);
        for (size_t i = 0; i < G_N_ELEMENTS(damaged); i++) {
                g_autofree char *both = g_strconcat(sound, damaged[i], NULL);
                assert_true(g_file_set_contents(path, both, -1, NULL));
                must_not_open(w, REPLAY_ANSWER, FAULT_MALFORMED, "replies.jsonl:2: ");
        }
}

static void a_line_without_end_is_refused(void **state)
{
        World *w = *state;
        keep_one(w, wish_get(URL), reply_ok("first"));
        g_autofree char *endless = g_strnfill((gsize)3 * REPLAY_LINE_MAX, 'x');
        append_lines(w, endless);
        must_not_open(w, REPLAY_ANSWER, FAULT_LIMIT, "replies.jsonl:2: ");
        must_not_open(w, REPLAY_KEEP, FAULT_LIMIT, "last line");
        append_lines(w, "\n");
        must_not_open(w, REPLAY_ANSWER, FAULT_LIMIT, "replies.jsonl:2: ");
}

static void many_lines_come_back_across_the_reader_s_buffer(void **state)
{
        World *w = *state;
        enum { LINES = 2000 };
        g_autofree char *padding = g_strnfill(400, 'p');
        Replay *replay = must_open(w, REPLAY_KEEP);
        for (int i = 0; i < LINES; i++) {
                g_autofree char *url = g_strdup_printf("%s/%s/%d", URL, padding, i);
                FetchWish wish = wish_get(url);
                FetchReply reply = reply_empty(FETCH_GONE, 400 + i % 100);
                replay_keep(replay, &wish, &reply);
        }
        must_close(replay);
        replay = must_open(w, REPLAY_ANSWER);
        for (int i = 0; i < LINES; i++) {
                g_autofree char *url = g_strdup_printf("%s/%s/%d", URL, padding, i);
                assert_int_equal(ask(w, replay, wish_get(url)).status, 400 + i % 100);
        }
        must_close(replay);
}

static void a_url_too_long_for_a_line_is_told_at_the_end(void **state)
{
        World *w = *state;
        g_autofree char *tail = g_strnfill(REPLAY_LINE_MAX, 'u');
        g_autofree char *url = g_strconcat(URL, tail, NULL);
        FetchWish wish = wish_get(url), next = wish_get(URL);
        FetchReply reply = reply_ok("x");
        g_autoptr(GError) error = NULL;
        Replay *replay = must_open(w, REPLAY_KEEP);
        replay_keep(replay, &wish, &reply);
        replay_keep(replay, &next, &reply);
        assert_false(replay_close(replay, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_body(ask_once(w, next), "x");
}

static void what_cannot_be_written_is_told_at_the_end_and_no_half_line_stays(void **state)
{
        World *w = *state;
        FetchWish wish = wish_get(URL);
        FetchReply reply = reply_ok("first"), lost = reply_ok("second");
        g_autoptr(GError) error = NULL;
        Replay *replay = must_open(w, REPLAY_KEEP);
        replay_keep(replay, &wish, &reply);
        g_autofree char *bodies = g_build_filename(w->folder, "bodies", NULL);
        g_autofree char *away = g_build_filename(w->folder, "away", NULL);
        assert_int_equal(g_rename(bodies, away), 0);
        assert_true(g_file_set_contents(bodies, "in the way", -1, NULL));
        replay_keep(replay, &wish, &lost);
        replay_keep(replay, &wish, &reply);
        assert_false(replay_close(replay, &error));
        assert_non_null(error);
        assert_int_equal(g_unlink(bodies), 0);
        assert_int_equal(g_rename(away, bodies), 0);
        assert_body(ask_once(w, wish), "first");
}

static void two_cannot_record_to_one_folder(void **state)
{
        World *w = *state;
        Replay *replay = must_open(w, REPLAY_KEEP);
        must_not_open(w, REPLAY_KEEP, FAULT_BUSY, w->folder);
        must_close(replay);
        must_close(must_open(w, REPLAY_KEEP));
}

static void a_folder_without_recording_and_a_newer_format_are_refused(void **state)
{
        World *w = *state;
        must_not_open(w, REPLAY_ANSWER, FAULT_NOT_FOUND, w->folder);
        g_autofree char *note = g_build_filename(w->folder, "recording.json", NULL);
        assert_true(g_file_set_contents(note, "{\"format\": 2}", -1, NULL));
        must_not_open(w, REPLAY_ANSWER, FAULT_UNSUPPORTED, "format is 2");
        must_not_open(w, REPLAY_KEEP, FAULT_UNSUPPORTED, "format is 2");
}

static void replies_of_two_sweeps_are_not_mixed(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        Replay *replay = must_open(w, REPLAY_KEEP);
        must_succeed(replay_describe(replay, "spring", "overreach/1 (+a@b.example)", &error), error);
        must_succeed(replay_describe(replay, "spring", NULL, &error), error);
        assert_false(replay_describe(replay, "autumn", NULL, &error));
        assert_true(fault_is(error, FAULT_USAGE));
        assert_contains(error->message, "spring");
        must_close(replay);
        g_autofree char *path = g_build_filename(w->folder, "recording.json", NULL);
        g_autofree char *text = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_autoptr(Json) note = json_parse(span_str(text), NULL);
        assert_string_equal(json_str(note, "sweep"), "spring");
        assert_string_equal(json_str(note, "user_agent"), "overreach/1 (+a@b.example)");
        assert_int_equal(json_int(note, "format", 0), 1);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(a_reply_comes_back_as_it_was_kept),
                IN_WORLD(failures_are_kept_in_their_order_and_the_last_reply_answers_for_ever),
                IN_WORLD(every_end_a_reply_can_have_survives),
                IN_WORLD(cancelled_replies_and_those_of_a_full_disk_are_not_kept),
                IN_WORLD(an_unchanged_reply_answers_only_a_conditional_request),
                IN_WORLD(a_whole_reply_answers_a_conditional_request_that_was_never_made),
                IN_WORLD(ranges_of_one_file_are_told_apart),
                IN_WORLD(a_redirect_that_was_not_followed_keeps_its_location),
                IN_WORLD(posts_are_told_apart_by_their_bodies),
                IN_WORLD(headers_of_a_request_do_not_matter_and_are_not_kept),
                IN_WORLD(a_file_body_of_several_members_comes_back_whole),
                IN_WORLD(an_archive_is_kept_as_it_is_and_a_gzip_body_stays_gzip),
                IN_WORLD(equal_bodies_are_kept_once),
                IN_WORLD(a_body_that_an_earlier_run_left_damaged_is_written_anew),
                IN_WORLD(a_damaged_or_missing_body_is_a_failure_that_names_the_file),
                IN_WORLD(a_size_that_no_file_could_unpack_to_takes_no_memory),
                IN_WORLD(limits_and_digests_of_the_wish_hold_for_a_recorded_body),
                IN_WORLD(a_url_that_is_no_text_is_found_again),
                IN_WORLD(neither_the_key_nor_a_password_is_kept),
                IN_WORLD(a_torn_last_line_is_left_out_on_reading_and_cut_off_on_keeping),
                IN_WORLD(a_damaged_line_is_named_with_file_and_number),
                IN_WORLD(a_line_without_end_is_refused),
                IN_WORLD(many_lines_come_back_across_the_reader_s_buffer),
                IN_WORLD(a_url_too_long_for_a_line_is_told_at_the_end),
                IN_WORLD(what_cannot_be_written_is_told_at_the_end_and_no_half_line_stays),
                IN_WORLD(two_cannot_record_to_one_folder),
                IN_WORLD(a_folder_without_recording_and_a_newer_format_are_refused),
                IN_WORLD(replies_of_two_sweeps_are_not_mixed),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
