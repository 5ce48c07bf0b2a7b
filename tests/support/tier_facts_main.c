/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tier_facts_main.c - facts of APKs as a tier has them, without a network (tier_read.h). For bench/tiers and tests/e2e/test_tiers.sh.
 *
 *     tier_facts DATA TIER FILE...    a line of JSON each: {"path", "size", "requests", "bytes", "whole", "extents", "facts"}
 *
 * TIER: manifest, dex, or whole (then the file itself is analysed). Holes are full of noise. "whole": why the planner wants the
 * whole file instead; then there are no facts. */
#include "support/tier_read.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Noise wherever nothing will be copied to: facts that depend on it are wrong. */
static void fill_holes(const TierRead *f)
{
        enum { PIECE = 1 << 20 };
        g_autofree char *noise = g_malloc(PIECE);
        memset(noise, 0xa5, PIECE);
        for (uint64_t at = 0; at < f->size; at += PIECE) {
                size_t len = (size_t)MIN((uint64_t)PIECE, f->size - at);
                if (pwrite(f->to, noise, len, (off_t)at) != (ssize_t)len)
                        g_error("noise: %s", g_strerror(errno));
        }
}

static void tell(const Analyzer *analyzer, const char *tier, const char *path)
{
        g_autoptr(Arena) arena = arena_new();
        struct stat st;
        TierRead f = {.arena = arena, .tier = tier, .from = open(path, O_RDONLY | O_CLOEXEC)};
        f.to = memfd_create("tier", MFD_CLOEXEC);
        if (f.from < 0 || f.to < 0 || fstat(f.from, &st) != 0 || ftruncate(f.to, st.st_size) != 0)
                g_error("%s: %s", path, g_strerror(errno));
        f.size = (uint64_t)st.st_size;
        if (!g_str_equal(tier, "whole")) {
                fill_holes(&f);
                tier_fetch(&f);
        }
        g_autoptr(Json) out = json_map();
        json_set_str(out, "path", path);
        json_set_int(out, "size", st.st_size);
        json_set_int(out, "requests", f.requests);
        json_set_int(out, "bytes", (int64_t)f.bytes);
        json_set_int(out, "extents", (int64_t)f.held.n);
        if (f.whole)
                json_set_str(out, "whole", f.whole);
        else
                json_set(out, "facts", record_facts_json(tier_facts(analyzer, &f), NULL));
        g_autofree char *line = json_print(out, false);
        puts(line);
        close(f.from);
        close(f.to);
}

int main(int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Analyzer) analyzer = argc > 3 ? analyzer_new(argv[1], NULL, &error) : NULL;
        if (!analyzer) {
                fprintf(stderr, "%s\n", error ? error->message : "usage: tier_facts DATA TIER FILE...");
                return 2;
        }
        for (int i = 3; i < argc; i++)
                tell(analyzer, argv[2], argv[i]);
        return 0;
}
