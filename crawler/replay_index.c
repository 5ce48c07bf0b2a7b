/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/replay_index.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct {
        uint8_t key[REPLAY_KEY];
        uint64_t at;   /* offset of the line */
        uint32_t used; /* in the first of equal keys: which of them answers next */
} Entry;

struct ReplayIndex {
        char *path;
        int fd;
        GArray *entries; /* of Entry, by key and offset */
};

static Entry *entry(const ReplayIndex *index, guint i)
{
        return &g_array_index(index->entries, Entry, i);
}

static bool has_key(const ReplayIndex *index, guint i, const uint8_t key[REPLAY_KEY])
{
        return i < index->entries->len && memcmp(entry(index, i)->key, key, REPLAY_KEY) == 0;
}

/* ---- reading */

static bool add_line(ReplayIndex *index, Span text, uint64_t at, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        ReplayLine line;
        Entry fresh = {.at = at};
        if (text.len >= REPLAY_LINE_MAX)
                return fault(error, FAULT_LIMIT, "a line of more than %d bytes", REPLAY_LINE_MAX);
        if (index->entries->len >= REPLAY_LINES_MAX)
                return fault(error, FAULT_LIMIT, "more than %d lines", REPLAY_LINES_MAX);
        if (!replay_line_read(text, arena, &line, error))
                return false;
        replay_ask_key(&line.ask, fresh.key);
        g_array_append_val(index->entries, fresh);
        return true;
}

/* Adds the whole lines that `bytes`, at offset *at, begins with, and moves *at behind them. False: a line was damaged. */
static bool add_lines(ReplayIndex *index, Span bytes, uint64_t *at, GError **error)
{
        for (const char *stop; bytes.len && (stop = memchr(bytes.data, '\n', bytes.len));) {
                size_t len = (size_t)(stop - (const char *)bytes.data);
                if (!add_line(index, span_part(bytes, 0, len), *at, error)) {
                        g_prefix_error(error, "%s:%u: ", index->path, index->entries->len + 1);
                        return false;
                }
                bytes = span_from(bytes, len + 1);
                *at += len + 1;
        }
        return true;
}

static bool read_lines(ReplayIndex *index, GError **error)
{
        enum { BUFFER = 4 * REPLAY_LINE_MAX };
        g_autofree char *buffer = g_malloc(BUFFER);
        uint64_t at = 0, began = 0;
        ssize_t n = 0;
        do {
                began = at;
                n = pread(index->fd, buffer, BUFFER, (off_t)at);
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "%s", index->path);
                if (!add_lines(index, span_of(buffer, (size_t)n), &at, error))
                        return false;
        } while (at > began);
        if (n >= REPLAY_LINE_MAX)
                return fault(error, FAULT_LIMIT, "%s:%u: a line of more than %d bytes", index->path,
                             index->entries->len + 1, REPLAY_LINE_MAX);
        if (n > 0)
                log_event(LOG_WARN, "recording_torn", "file", index->path, "hint",
                          "its last line was cut off by a kill and is left out", NULL);
        return true;
}

static int compare(const void *a, const void *b)
{
        const Entry *one = a, *other = b;
        int c = memcmp(one->key, other->key, REPLAY_KEY);
        return c ? c : (one->at > other->at) - (one->at < other->at);
}

ReplayIndex *replay_index_read(const char *path, GError **error)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0) {
                fault_errno(error, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO, errno, "%s", path);
                return NULL;
        }
        ReplayIndex *index = g_new0(ReplayIndex, 1);
        index->path = g_strdup(path);
        index->fd = fd;
        index->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
        if (read_lines(index, error)) {
                g_array_sort(index->entries, compare);
                return index;
        }
        replay_index_free(index);
        return NULL;
}

void replay_index_free(ReplayIndex *index)
{
        if (!index)
                return;
        (void)close(index->fd);
        g_array_unref(index->entries);
        g_free(index->path);
        g_free(index);
}

/* ---- asking */

static bool read_line_at(ReplayIndex *index, uint64_t at, Arena *arena, ReplayLine *line, GError **error)
{
        g_autofree char *text = g_malloc(REPLAY_LINE_MAX);
        ssize_t n = pread(index->fd, text, REPLAY_LINE_MAX, (off_t)at);
        const char *stop = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
        return (stop && replay_line_read(span_of(text, (size_t)(stop - text)), arena, line, NULL)) ||
               fault(error, FAULT_IO, "%s: changed while it was read", index->path);
}

ReplayFound replay_index_next(ReplayIndex *index, const ReplayAsk *ask, Arena *arena, ReplayLine *out,
                              GError **error)
{
        uint8_t key[REPLAY_KEY];
        guint low = 0, high = index->entries->len;
        replay_ask_key(ask, key);
        while (low < high) {
                guint middle = low + (high - low) / 2;
                if (memcmp(entry(index, middle)->key, key, REPLAY_KEY) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (!has_key(index, low, key))
                return REPLAY_NONE;
        Entry *first = entry(index, low);
        guint now = low + first->used;
        if (has_key(index, now + 1, key))
                first->used++;
        return read_line_at(index, entry(index, now)->at, arena, out, error) ? REPLAY_FOUND : REPLAY_DAMAGED;
}
