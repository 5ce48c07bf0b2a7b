/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"
#include "crawler/markets/reply.h"
#include <stdio.h>
int main(int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        Market *m = market_load(TEST_DATA_DIR, argv[1], &error);
        if (!m) { puts(error->message); return 1; }
        char *body; gsize len;
        g_file_get_contents(argv[3], &body, &len, NULL);
        Arena *arena = arena_new();
        ReplyTask task = REPLY_TASK__INIT;
        task.market = m->name; task.file = m->text; task.verb = argv[2]; task.package = argc > 4 ? argv[4] : NULL;
        Listing **l; size_t n;
        Reply *r = reply_read(m, &task, span_of(body, len), arena, &l, &n, &error);
        if (!r) { puts(error->message); return 1; }
        for (size_t i = 0; i < n; i++) { Json *j = record_json(&l[i]->base, false); puts(json_print(j, true)); }
        puts(json_print(record_json(&r->base, false), true));
        return 0;
}
