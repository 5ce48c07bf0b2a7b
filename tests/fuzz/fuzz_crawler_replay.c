/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input: a line of a recording's replies.jsonl. Beside crashes: what is read is written so that it reads the same. */
#include "crawler/replay_line.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Arena) arena = arena_new();
        ReplayLine line, again;
        uint8_t key[REPLAY_KEY], key_again[REPLAY_KEY];
        if (!replay_line_read(span_of(data, size), arena, &line, NULL))
                return 0;
        g_autofree char *text = replay_line_text(&line);
        if (!replay_line_read(span_of(text, strlen(text) - 1), arena, &again, NULL))
                abort();
        replay_ask_key(&line.ask, key);
        replay_ask_key(&again.ask, key_again);
        if (memcmp(key, key_again, REPLAY_KEY) != 0 || line.end != again.end || line.status != again.status ||
            line.retry_after_ms != again.retry_after_ms || line.total != again.total ||
            g_strcmp0(line.sha256, again.sha256) != 0 || g_strcmp0(line.url, again.url) != 0)
                abort();
        return 0;
}
