/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a dex file: every instruction is looked at, every method is walked from, and nothing but the bytes decides. */
#include "analyzer/code/reach.h"
#include "core/datafile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ApiSet *apis;
static const SdkSet *sdks;

static void load_tables(void)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *home = datafile_home(&error);
        apis = home ? apiset_load(home, &error) : NULL;
        sdks = apis ? sdkset_load(home, NULL, &error) : NULL;
        if (!sdks)
                g_error("%s", error->message);
}

static void count_node(const ReachNode *node, void *context)
{
        unsigned *n = context;
        *n += node->depth <= REACH_DEPTH;
}

static void reach_everything(Code *code, Arena *arena)
{
        Classes *classes = code_classes(code);
        Reach *reach = reach_new(code, arena);
        unsigned n = 0;
        for (uint32_t id = 0; id < classes_len(classes) && id < 64; id++) {
                const AppMethod *methods;
                size_t n_methods = classes_methods(classes, id, &methods);
                reach_make(reach, id, 0);
                for (size_t i = 0; i < n_methods && i < 16; i++)
                        reach_enter(reach, &methods[i], 0);
        }
        reach_walk(reach, count_node, &n);
        if (n > reach_methods(reach))
                g_error("%u of %u methods were told", n, reach_methods(reach));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Arena) arena = arena_new();
        Dex dex[8];
        const Dex *list[8];
        size_t n = 0, at = 0;
        if (!apis)
                load_tables();
        do {
                if (!dex_open(&dex[n], span_of(data, size), at, NULL))
                        break;
                list[n] = &dex[n];
                at = dex_next(&dex[n++]);
        } while (at && n < G_N_ELEMENTS(dex));
        if (n == 0)
                return 0;
        OwnerApp app = {"com.example.app", NULL, NULL};
        Code *code = code_new(list, n, apis, owners_new(sdks, &app, arena), arena);
        const CodeUse *const *uses;
        const CodeHost *const *hosts;
        (void)code_read(code, NULL);
        size_t n_uses = code_uses(code, &uses), n_hosts = code_hosts(code, &hosts);
        for (size_t i = 0; i < n_uses; i++) {
                if (!g_utf8_validate(uses[i]->what, -1, NULL) || !uses[i]->n_callers ||
                    !g_utf8_validate(code_method_text(code, uses[i]->callers[0]), -1, NULL))
                        g_error("use %zu cannot be printed", i);
        }
        for (size_t i = 0; i < n_hosts; i++) {
                if (!g_utf8_validate(hosts[i]->host, -1, NULL))
                        g_error("host %zu cannot be printed", i);
        }
        reach_everything(code, arena);
        return 0;
}
