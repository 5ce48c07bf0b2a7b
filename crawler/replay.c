/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/replay.h"

#include "core/clock.h"
#include "core/digest.h"
#include "core/json.h"
#include "core/log.h"
#include "crawler/replay_body.h"
#include "crawler/replay_index.h"
#include "crawler/replay_line.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

enum {
        FORMAT = 1,
        NOTE_MAX = 64 << 10,
        CLOCKS_APART_MS =
                1000 /* a file's time may lag behind the clock; nothing restarts after a power cut so soon */
};

struct Replay {
        ReplayMode mode;
        char *folder, *lines_path;
        int fd;           /* replies.jsonl */
        uint64_t end;     /* REPLAY_KEEP: where the next line goes */
        int64_t since_ms; /* REPLAY_KEEP: when it was opened */
        GError *failed;   /* the first thing that could not be kept; ends the keeping */
        uint64_t left_out;
        ReplayIndex *index; /* REPLAY_ANSWER */
};

/* ---- recording.json: what the folder is -------------------------------------------------------------------------------- */

static char *note_path(const Replay *replay)
{
        return g_build_filename(replay->folder, "recording.json", NULL);
}

/* NULL without error: not there. */
static Json *read_note(const Replay *replay, GError **error)
{
        g_autofree char *path = note_path(replay);
        g_autofree char *text = NULL;
        g_autoptr(GError) why = NULL;
        gsize len = 0;
        if (!g_file_get_contents(path, &text, &len, &why)) {
                if (!g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
                        fault(error, FAULT_IO, "%s", why->message);
                return NULL;
        }
        Json *note = len <= NOTE_MAX ? json_parse(span_of(text, len), error) : NULL;
        if (!note && len > NOTE_MAX)
                fault(error, FAULT_LIMIT, "more than %d bytes", NOTE_MAX);
        if (!note)
                g_prefix_error(error, "%s: ", path);
        return note;
}

static bool write_note(const Replay *replay, const Json *note, GError **error)
{
        g_autofree char *path = note_path(replay);
        g_autofree char *text = json_print(note, true);
        g_autoptr(GError) why = NULL;
        if (g_file_set_contents(path, text, -1, &why))
                return true;
        bool full = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
        return fault(error, full ? FAULT_DISK : FAULT_IO, "%s", why->message);
}

static bool check_note(Replay *replay, GError **error)
{
        GError *why = NULL;
        g_autoptr(Json) note = read_note(replay, &why);
        if (why) {
                g_propagate_error(error, why);
                return false;
        }
        if (note) {
                int64_t format = json_int(note, "format", 0);
                return (format >= 1 && format <= FORMAT) ||
                       fault(error, FAULT_UNSUPPORTED,
                             "%s: its format is %" G_GINT64_FORMAT "; this program reads up to %d",
                             replay->folder, format, FORMAT);
        }
        if (replay->mode == REPLAY_ANSWER)
                return fault(error, FAULT_NOT_FOUND, "%s: holds no recording.json, so it is no recording",
                             replay->folder);
        g_autofree char *began = clock_text(clock_now_ms());
        g_autoptr(Json) fresh = json_map();
        json_set_str(fresh, "program", "overreach " OVERREACH_VERSION);
        json_set_int(fresh, "format", FORMAT);
        json_set_str(fresh, "began", began);
        return write_note(replay, fresh, error);
}

bool replay_describe(Replay *replay, const char *sweep, const char *user_agent, GError **error)
{
        if (replay->mode == REPLAY_ANSWER)
                return true;
        GError *why = NULL;
        g_autoptr(Json) note = read_note(replay, &why);
        if (!note && !why)
                fault(&why, FAULT_IO, "%s: recording.json is gone", replay->folder);
        if (why) {
                g_propagate_error(error, why);
                return false;
        }
        const char *held = json_str(note, "sweep");
        if (held && sweep && !g_str_equal(held, sweep))
                return fault(
                        error, FAULT_USAGE,
                        "%s: holds the replies of sweep \"%s\"; replies of \"%s\" would be mixed with them: "
                        "give another folder",
                        replay->folder, held, sweep);
        if (sweep)
                json_set_str(note, "sweep", sweep);
        if (user_agent)
                json_set_str(note, "user_agent", user_agent);
        return write_note(replay, note, error);
}

/* ---- opening -------------------------------------------------------------------------------------------------------------- */

static bool open_answering(Replay *replay, GError **error)
{
        if (!check_note(replay, error))
                return false;
        replay->index = replay_index_read(replay->lines_path, error);
        return replay->index != NULL;
}

/* Cuts off what stands behind the last line feed. */
static bool cut_torn(Replay *replay, GError **error)
{
        off_t size = lseek(replay->fd, 0, SEEK_END);
        off_t from = size > REPLAY_LINE_MAX ? size - REPLAY_LINE_MAX : 0;
        g_autofree char *tail = g_malloc(REPLAY_LINE_MAX);
        ssize_t n = pread(replay->fd, tail, REPLAY_LINE_MAX, from);
        if (size < 0 || n < 0 || n != size - from)
                return fault_errno(error, FAULT_IO, errno, "%s", replay->lines_path);
        const char *stop = memrchr(tail, '\n', (size_t)n);
        if (!stop && from > 0)
                return fault(error, FAULT_LIMIT, "%s: its last line has more than %d bytes",
                             replay->lines_path, REPLAY_LINE_MAX);
        replay->end = (uint64_t)from + (stop ? (uint64_t)(stop - tail) + 1 : 0);
        if ((off_t)replay->end == size)
                return true;
        log_event(LOG_WARN, "recording_torn", "file", replay->lines_path, "hint",
                  "its last line was cut off by a kill and is taken away", NULL);
        return ftruncate(replay->fd, (off_t)replay->end) == 0 ||
               fault_errno(error, FAULT_IO, errno, "%s", replay->lines_path);
}

static bool open_keeping(Replay *replay, GError **error)
{
        g_autofree char *bodies = g_build_filename(replay->folder, "bodies", NULL);
        if (g_mkdir_with_parents(bodies, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", bodies);
        replay->since_ms = clock_now_ms() - CLOCKS_APART_MS;
        replay->fd = open(replay->lines_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (replay->fd < 0)
                return fault_errno(error, FAULT_IO, errno, "%s", replay->lines_path);
        if (flock(replay->fd, LOCK_EX | LOCK_NB) != 0)
                return fault(error, FAULT_BUSY, "%s: another sweep is recording there", replay->folder);
        return check_note(replay, error) && cut_torn(replay, error);
}

Replay *replay_open(const char *folder, ReplayMode mode, GError **error)
{
        Replay *replay = g_new0(Replay, 1);
        replay->mode = mode;
        replay->folder = g_strdup(folder);
        replay->lines_path = g_build_filename(folder, "replies.jsonl", NULL);
        replay->fd = -1;
        if (mode == REPLAY_KEEP ? open_keeping(replay, error) : open_answering(replay, error))
                return replay;
        (void)replay_close(replay, NULL);
        return NULL;
}

ReplayMode replay_mode(const Replay *replay)
{
        return replay->mode;
}

bool replay_close(Replay *replay, GError **error)
{
        if (!replay)
                return true;
        bool ok = true;
        if (replay->failed) {
                g_propagate_error(error, g_steal_pointer(&replay->failed));
                ok = false;
        } else if (replay->mode == REPLAY_KEEP && replay->fd >= 0 && fdatasync(replay->fd) != 0) {
                ok = fault_errno(error, FAULT_IO, errno, "%s", replay->lines_path);
        } else if (replay->left_out) {
                ok = fault(error, FAULT_LIMIT,
                           "%s: %" G_GUINT64_FORMAT " replies could not be kept: their URLs are "
                           "too long for a line of %d bytes",
                           replay->folder, replay->left_out, REPLAY_LINE_MAX);
        }
        if (replay->fd >= 0)
                (void)close(replay->fd);
        replay_index_free(replay->index);
        g_free(replay->folder);
        g_free(replay->lines_path);
        g_free(replay);
        return ok;
}

/* ---- keeping ------------------------------------------------------------------------------------------------------------ */

static const char *without(const char *secret, const char *text, Arena *arena)
{
        if (!secret || !secret[0] || !text || !strstr(text, secret))
                return text;
        g_auto(GStrv) parts = g_strsplit(text, secret, -1);
        g_autofree char *joined = g_strjoinv("{key}", parts);
        return arena_str(arena, joined);
}

/* A body that repeats the key keeps its length. Whole files of a market are not looked through: they are as their digest says. */
static Span body_without(const char *secret, Span body, Arena *arena)
{
        size_t len = secret ? strlen(secret) : 0;
        const uint8_t *hit = len && body.len ? memmem(body.data, body.len, secret, len) : NULL;
        if (!hit)
                return body;
        uint8_t *copy = arena_bytes(arena, body.len);
        memcpy(copy, body.data, body.len);
        for (uint8_t *at = copy + (hit - body.data); at;
             at = memmem(at, body.len - (size_t)(at - copy), secret, len))
                memset(at, 'x', len);
        return span_of(copy, body.len);
}

static bool keep_body(Replay *replay, const FetchWish *wish, const FetchReply *reply, Arena *arena,
                      ReplayLine *line, GError **error)
{
        BodySource source = {.bytes = body_without(wish->secret, reply->body, arena), .fd = reply->fd};
        char *digest = arena_bytes(arena, SHA256_HEX_SIZE);
        if (source.fd < 0 && source.bytes.len == 0)
                return true;
        if (reply->sha256 && source.bytes.data == reply->body.data)
                g_strlcpy(digest, reply->sha256, SHA256_HEX_SIZE);
        else if (source.fd < 0)
                digest_sha256_hex(source.bytes, digest);
        else if (!digest_fd_hex(source.fd, digest, error))
                return false;
        line->sha256 = digest;
        return body_keep(replay->folder, source, digest, replay->since_ms, &line->size, error);
}

static bool append_line(Replay *replay, const char *text, GError **error)
{
        size_t len = strlen(text);
        for (size_t done = 0; done < len;) {
                ssize_t n = pwrite(replay->fd, text + done, len - done, (off_t)(replay->end + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        int seen = n < 0 ? errno : EIO;
                        (void)!ftruncate(replay->fd,
                                         (off_t)replay->end); /* no half line before a later opening */
                        return fault_errno(error, FAULT_IO, seen, "%s", replay->lines_path);
                }
                done += (size_t)n;
        }
        replay->end += len;
        return true;
}

static bool keep(Replay *replay, const FetchWish *wish, const FetchReply *reply, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const char *secret = wish->secret;
        ReplayLine line = {.ask = replay_ask(wish, arena),
                           .at_ms = clock_now_ms(),
                           .end = reply->end,
                           .status = reply->status,
                           .detail = without(secret, reply->detail, arena),
                           .url = without(secret, reply->url, arena),
                           .etag = without(secret, reply->etag, arena),
                           .last_modified = reply->last_modified,
                           .content_type = reply->content_type,
                           .location = without(secret, reply->location, arena),
                           .retry_after_ms = reply->retry_after_ms,
                           .total = reply->total};
        if (reply->end == FETCH_OK && !keep_body(replay, wish, reply, arena, &line, error))
                return false;
        g_autofree char *text = replay_line_text(&line);
        if (strlen(text) > REPLAY_LINE_MAX) {
                replay->left_out++;
                return true;
        }
        return append_line(replay, text, error);
}

void replay_keep(Replay *replay, const FetchWish *wish, const FetchReply *reply)
{
        g_assert(replay->mode == REPLAY_KEEP);
        if (replay->failed || reply->end == FETCH_CANCELLED || reply->end == FETCH_DISK)
                return;
        if (!keep(replay, wish, reply, &replay->failed))
                log_event(LOG_ERROR, "recording_broken", "folder", replay->folder, "error",
                          replay->failed->message, "hint", "nothing more of this run is recorded", NULL);
}

/* ---- answering ------------------------------------------------------------------------------------------------------------ */

/* What fetch.h says of limits and of a wrong size or digest holds for a recorded body, too: the wish may be another than then. */
static FetchEnd judge_body(const FetchWish *wish, const ReplayLine *line)
{
        bool ranged = wish->range_from || wish->range_to;
        if (line->size > wish->max_bytes)
                return FETCH_TOO_LARGE;
        if (!ranged && wish->size >= 0 && (uint64_t)wish->size != line->size)
                return FETCH_SIZE;
        if (!ranged && wish->sha256 && g_strcmp0(wish->sha256, line->sha256) != 0)
                return FETCH_DIGEST;
        return FETCH_OK;
}

/* FAULT_NOT_FOUND: such a request was not recorded. */
static bool answer(Replay *replay, const FetchWish *wish, Arena *arena, ReplayReply *out, GError **error)
{
        ReplayLine line;
        ReplayAsk ask = replay_ask(wish, arena);
        ReplayFound found = replay_index_next(replay->index, &ask, arena, &line, error);
        if (found == REPLAY_NONE && ask.conditional) { /* a whole reply answers a conditional request, too */
                ask.conditional = false;
                found = replay_index_next(replay->index, &ask, arena, &line, error);
        }
        if (found == REPLAY_NONE)
                return fault(error, FAULT_NOT_FOUND, "not in the recording: %s", ask.url);
        if (found == REPLAY_DAMAGED)
                return false;
        *out = (ReplayReply){.end = line.end,
                             .status = line.status,
                             .detail = line.detail,
                             .etag = line.etag,
                             .last_modified = line.last_modified,
                             .url = line.url,
                             .content_type = line.content_type,
                             .location = line.location,
                             .retry_after_ms = line.retry_after_ms,
                             .total = line.total};
        if (line.end == FETCH_OK && line.sha256)
                out->end = judge_body(wish, &line);
        if (out->end != line.end)
                out->detail = arena_printf(
                        arena, "the recorded body has %" G_GUINT64_FORMAT " bytes and digest %s: %s",
                        line.size, line.sha256, wish->url);
        if (out->end != FETCH_OK || !line.sha256)
                return true;
        out->sha256 = line.sha256;
        return body_read(replay->folder, line.sha256, line.size, arena, &out->body, error);
}

void replay_answer(Replay *replay, const FetchWish *wish, Arena *arena, ReplayReply *out)
{
        g_autoptr(GError) error = NULL;
        g_assert(replay->mode == REPLAY_ANSWER);
        if (answer(replay, wish, arena, out, &error))
                return;
        *out = (ReplayReply){.end = FETCH_CONNECT,
                             .url = arena_str(arena, wish->url),
                             .detail = arena_str(arena, error->message),
                             .retry_after_ms = -1,
                             .total = -1};
}
