/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a dex file: every instruction is looked at, every method is walked from, and nothing but the bytes decides. */
#include "analyzer/code/reach.h"
#include "core/datafile.h"

#include <inttypes.h>

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

/* What came out, to be compared with what comes out of a second reading. */
typedef struct {
        Code *code;
        uint64_t uses, hosts, instructions, broken, methods, gates, nodes, touches;
        const char *budget;
} Outcome;

static void add_touch(const CodeTouch *touch, void *context)
{
        Outcome *out = context;
        out->touches++;
        if (!touch->what || !g_utf8_validate(touch->what, -1, NULL) || !(touch->api || touch->need))
                g_error("a touch that cannot be printed");
}

static void add_node(const ReachNode *node, void *context)
{
        Outcome *out = context;
        out->nodes++;
        if (node->depth > REACH_DEPTH)
                g_error("a way of %u calls", node->depth);
        code_touches(out->code, node->method, node->end, add_touch, out);
}

static void walk_everything(Outcome *out, Arena *arena)
{
        Classes *classes = code_classes(out->code);
        Reach *reach = reach_new(out->code, arena);
        for (uint32_t id = 0; id < classes_len(classes) && id < 64; id++) {
                const AppMethod *methods;
                size_t n_methods = classes_methods(classes, id, &methods);
                reach_make(reach, id, 0);
                for (size_t i = 0; i < n_methods && i < 16; i++)
                        reach_enter(reach, &methods[i], 0);
        }
        reach_walk(reach, add_node, out);
        out->methods = reach_methods(reach);
        out->gates = reach_gates(reach);
        out->budget = reach_budget(reach);
        if (out->nodes > out->methods || (!out->budget && out->nodes < out->methods))
                g_error("%" PRIu64 " of %" PRIu64 " methods were told", out->nodes, out->methods);
}

static void check_texts(Code *code)
{
        const CodeUse *const *uses;
        const CodeHost *const *hosts;
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
}

static Outcome read_once(const Dex *const *list, size_t n)
{
        g_autoptr(Arena) arena = arena_new();
        OwnerApp app = {"com.example.app", NULL, NULL};
        Outcome out = {.code = code_new(list, n, apis, owners_new(sdks, &app, arena), arena)};
        const CodeUse *const *uses;
        const CodeHost *const *hosts;
        (void)code_read(out.code, NULL);
        out.uses = code_uses(out.code, &uses);
        out.hosts = code_hosts(out.code, &hosts);
        out.instructions = code_instructions(out.code);
        out.broken = code_broken(out.code);
        check_texts(out.code);
        walk_everything(&out, arena);
        if (out.instructions != code_instructions(out.code))
                g_error("the walk counts instructions");
        out.code = NULL;
        return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
        Outcome first = read_once(list, n), second = read_once(list, n);
        if (memcmp(&first, &second, sizeof first) != 0)
                g_error("two readings, two outcomes");
        return 0;
}
