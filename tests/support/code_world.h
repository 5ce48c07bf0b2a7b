/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_world.h - dex files in words, read with the shipped tables:
 *
 *     CodeWorld *w = *state;
 *     DexWords *d = dex_words();
 *     ...
 *     Code *code = code_world(w, d, NULL);                      as many dex files as there are words                  */
#ifndef TESTS_SUPPORT_CODE_WORLD_H
#define TESTS_SUPPORT_CODE_WORLD_H

#include "support/dex_words.h"

#include "analyzer/code/code.h"

typedef struct {
        ApiSet *apis; /* of the group */
        SdkSet *sdks;
        Arena *arena;
        GPtrArray *bytes; /* GByteArray, kept until the end */
        Code *code;
} CodeWorld;

static inline int code_world_open(void **state)
{
        g_autoptr(GError) error = NULL;
        CodeWorld *w = g_new0(CodeWorld, 1);
        w->apis = apiset_load(TEST_DATA_DIR, &error);
        must_succeed(w->apis != NULL, error);
        w->sdks = sdkset_load(TEST_DATA_DIR, NULL, &error);
        must_succeed(w->sdks != NULL, error);
        *state = w;
        return 0;
}

static inline int code_world_close(void **state)
{
        CodeWorld *w = *state;
        apiset_free(w->apis);
        sdkset_free(w->sdks);
        g_free(w);
        return 0;
}

static inline int code_world_begin(void **state)
{
        CodeWorld *w = *state;
        w->arena = arena_new();
        w->bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
        return 0;
}

static inline int code_world_end(void **state)
{
        CodeWorld *w = *state;
        arena_free(w->arena);
        g_ptr_array_unref(w->bytes);
        return 0;
}

/* The app org.meadow.app of these files, whose bytes are taken. */
static inline Code *code_world_of(CodeWorld *w, GByteArray *const *files, size_t n)
{
        OwnerApp app = {.package = "org.meadow.app"};
        const Dex **list = arena_array(w->arena, const Dex *, n);
        for (size_t i = 0; i < n; i++) {
                g_autoptr(GError) error = NULL;
                Dex *dex = arena_new0(w->arena, Dex);
                g_ptr_array_add(w->bytes, files[i]);
                must_succeed(dex_open(dex, span_of(files[i]->data, files[i]->len), 0, &error), error);
                list[i] = dex;
        }
        w->code = code_new(list, n, w->apis, owners_new(w->sdks, &app, w->arena), w->arena);
        return w->code;
}

static inline Code *code_world(CodeWorld *w, DexWords *first, DexWords *second)
{
        GByteArray *files[2] = {dex_words_end(first), second ? dex_words_end(second) : NULL};
        return code_world_of(w, files, second ? 2 : 1);
}

static inline uint32_t code_world_class(const CodeWorld *w, const char *descriptor)
{
        uint32_t id = classes_find(code_classes(w->code), span_str(descriptor));
        if (id == CLASS_NONE)
                fail_msg("no class %s", descriptor);
        return id;
}

static inline const AppMethod *code_world_method(const CodeWorld *w, const char *of, const char *name)
{
        const AppMethod *m = classes_method_named(code_classes(w->code), code_world_class(w, of), name, NULL);
        if (!m)
                fail_msg("no method %s in %s", name, of);
        return m;
}

#endif
