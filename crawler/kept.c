/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/kept.h"

#include <glib/gstdio.h>

static char *kept_path(Run *run, const char *market, const char *sha256)
{
        g_autofree char *folder = g_build_filename("files", market, NULL);
        g_autofree char *name = g_strconcat(sha256, ".json", NULL);
        return run_file(run, folder, name);
}

GByteArray *kept_load(Run *run, const char *market, const char *sha256)
{
        g_autofree char *path = sha256 ? kept_path(run, market, sha256) : NULL;
        char *bytes = NULL;
        gsize len = 0;
        if (!path || !g_file_get_contents(path, &bytes, &len, NULL))
                return NULL;
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_of(bytes, len), hex);
        if (g_str_equal(hex, sha256))
                return g_byte_array_new_take((guint8 *)bytes, len);
        g_free(bytes);
        return NULL;
}

bool kept_save(Run *run, const char *market, const GByteArray *document, char hex[SHA256_HEX_SIZE],
               GError **error)
{
        digest_sha256_hex(span_of(document->data, document->len), hex);
        g_autofree char *path = kept_path(run, market, hex);
        g_autoptr(GByteArray) there = kept_load(run, market, hex);
        if (there)
                return true;
        g_autoptr(GError) cause = NULL; /* CONSISTENT: temporary file, fsync, rename */
        if (g_file_set_contents_full(path, (const char *)document->data, (gssize)document->len,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                     &cause))
                return true;
        bool full = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
        return fault(error, full ? FAULT_DISK : FAULT_IO, "keeping the index: %s%s", cause->message,
                     full ? ". Make room and run the same command again; what is recorded is kept" : "");
}

void kept_drop(Run *run, const char *market, const char *sha256)
{
        g_autofree char *path = sha256 ? kept_path(run, market, sha256) : NULL;
        if (path)
                g_unlink(path);
}

static void tell_skipped(GString *text, const char *what, Skipped *const *skipped, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const Skipped *s = skipped[i];
                g_string_append(text, i ? ", " : text->len ? "; " : "");
                g_string_append_printf(text, "%s%u for %s (", i ? "" : what, s->count, s->reason);
                for (size_t k = 0; k < s->n_samples; k++)
                        g_string_append_printf(text, "%s%s", k ? ", " : "", s->samples[k]);
                g_string_append(text, s->count > s->n_samples ? " ...)" : ")");
        }
}

char *skipped_text(Arena *arena, const IndexSummary *summary)
{
        g_autoptr(GString) text = g_string_new(NULL);
        tell_skipped(text, "apps left out: ", summary->skipped, summary->n_skipped);
        tell_skipped(text, "versions left out: ", summary->skipped_versions, summary->n_skipped_versions);
        return text->len ? arena_str(arena, text->str) : NULL;
}
