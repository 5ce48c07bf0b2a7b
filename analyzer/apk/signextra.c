/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/signextra.h"

#include "analyzer/apk/signer.h"

#include "core/cursor.h"

enum { END_SIZE = 22 /* of the end record, without its comment */ };
#define PACKER_NG_MAGIC "Packer Ng Sig V2"

typedef struct {
        const char *name;
        uint32_t id;
        bool is_text;
} Known;

static const Known known[] = {{"walle", 0x71777777, true},
                              {"vasdolly", 0x881155ff, true},
                              {"packer-ng", 0x7a786b21, true},
                              {"dependency-info", 0x504b4453, false},
                              {"frosting", 0x2146444e, false},
                              {"source-stamp-v1", 0x2b09189e, false},
                              {"source-stamp-v2", 0x6dff800d, false},
                              {"verity-padding", 0x42726577, false}};

static const struct {
        const char *name, *magic;
} comments[] = {{"vasdolly", "ltlovezh"}, {"packer-ng", "!ZXK!"}};

static char *text_of(Span bytes, Arena *arena)
{
        return arena_utf8(arena, span_part(bytes, 0, MIN(bytes.len, SIGNER_CHANNEL_LIMIT)));
}

/* packer-ng puts a magic and the length in front of its text, and the length behind it. */
static Span unwrap(Span value)
{
        Cursor c = cursor_over(value);
        bool wrapped = span_eq_str(cursor_take(&c, strlen(PACKER_NG_MAGIC)), PACKER_NG_MAGIC);
        Span text = cursor_take(&c, cursor_u32(&c));
        return wrapped && c.ok ? text : value;
}

SigningExtra *signextra_of_pair(uint32_t id, Span value, Arena *arena)
{
        SigningExtra *extra = record_new(arena, SigningExtra, signing_extra__init);
        extra->id = arena_printf(arena, "0x%08x", id);
        extra->size = (uint32_t)MIN(value.len, UINT32_MAX);
        extra->name = arena_str(arena, "unknown");
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
                if (known[i].id != id)
                        continue;
                extra->name = arena_str(arena, known[i].name);
                if (known[i].is_text)
                        extra->text = text_of(unwrap(value), arena);
        }
        return extra;
}

SigningExtra *signextra_of_comment(Span file, size_t end_offset, Arena *arena)
{
        Span comment = span_from(file, end_offset <= file.len ? end_offset + END_SIZE : file.len);
        for (size_t i = 0; i < G_N_ELEMENTS(comments); i++) {
                size_t magic = strlen(comments[i].magic);
                if (comment.len < magic + 2 ||
                    !span_eq_str(span_from(comment, comment.len - magic), comments[i].magic))
                        continue;
                Cursor c = cursor_at(comment, comment.len - magic - 2);
                size_t len = cursor_u16(&c);
                if (len > comment.len - magic - 2)
                        continue;
                SigningExtra *extra = record_new(arena, SigningExtra, signing_extra__init);
                extra->name = arena_str(arena, comments[i].name);
                extra->size = (uint32_t)len;
                extra->text = text_of(span_part(comment, comment.len - magic - 2 - len, len), arena);
                return extra;
        }
        return NULL;
}
