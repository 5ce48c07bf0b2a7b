/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the input as an app of whatever form: parts, manifests, dex files, natives, anomalies. */
#include "analyzer/appfacts.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_app(App *app, int fd, Facts *facts, GError **error)
{
        const char *why = NULL;
        bool read = app_open(app, fd, &why, error) && app_manifest(app, &why, error) &&
                    app_code(app, &why, error) && app_check(app, &why, error);
        if (!read && (!why || !*error))
                abort();
        appfacts_natives(facts, app);
        appfacts_signers(facts, app, false);
        appfacts_anomalies(facts, app);
        return read;
}

static void check(const App *app, const Facts *facts)
{
        if (app->form == APP_SET && (!app->n_parts || app->apks[0]->role != ROLE_BASE))
                abort();
        if (app->form != APP_DEX && !app->manifest.package)
                abort();
        for (size_t i = 0; i < app->n_dex; i++) {
                if (app->dex_file[i] >= app->n_files)
                        abort();
        }
        for (size_t i = 0; i < app->n_parts; i++) {
                if (!g_utf8_validate(app->parts[i]->name, -1, NULL) || !app->parts[i]->kind)
                        abort();
        }
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                if (facts->anomalies[i]->detail && !g_utf8_validate(facts->anomalies[i]->detail, -1, NULL))
                        abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        int fd = memfd_create("app", MFD_CLOEXEC);
        if (fd < 0 || write(fd, data, size) != (ssize_t)size)
                abort();
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Facts *facts = record_new(arena, Facts, facts__init);
        App app = {.arena = arena};
        if (read_app(&app, fd, facts, &error))
                check(&app, facts);
        app_close(&app);
        close(fd);
        return 0;
}
