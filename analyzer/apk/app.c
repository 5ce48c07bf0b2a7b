/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/app.h"

#include "analyzer/apk/merge.h"
#include "analyzer/apk/set.h"

#include <sys/mman.h>
#include <sys/stat.h>

/* ---- opening */

static bool has_dex_magic(Span head)
{
        return span_starts(head, span_str("dex\n"));
}

/* What is no archive may be a dex file, or something that has a name. */
static bool open_other(App *app, int fd, const char **why, GError **error)
{
        struct stat st;
        if (fstat(fd, &st) != 0 || st.st_size <= 0 || (uint64_t)st.st_size > ZIP_FILE_LIMIT)
                return false;
        void *mapping = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (mapping == MAP_FAILED)
                return false;
        Span bytes = span_of(mapping, (size_t)st.st_size);
        app->mapping = mapping;
        app->mapped = bytes.len;
        if (has_dex_magic(bytes)) {
                app->form = APP_DEX;
                app->kind = "dex";
                return true;
        }
        if (!parts_encrypted_apkm(bytes))
                return false;
        g_clear_error(error);
        *why = "encrypted-apkm";
        return fault(error, FAULT_UNSUPPORTED,
                     "%zu bytes that look like an encrypted .apkm, which only its maker's app can open",
                     bytes.len);
}

static bool open_archive(App *app, int fd, const char **why, GError **error)
{
        GError *inner = NULL;
        if (load_zip(&app->file, fd, why, &inner))
                return true;
        if (!app->held && open_other(app, fd, why, &inner)) {
                g_error_free(inner);
                return true;
        }
        g_propagate_error(error, inner);
        return false;
}

/* The file is the APK. */
static void take_file(App *app)
{
        AppApk *apk = arena_new0(app->arena, AppApk);
        apk->load = (Load){.arena = app->arena, .zip = app->file.zip};
        arena_push(app->arena, &app->n_apks, &app->apks, apk);
}

bool app_open(App *app, int fd, const char **why, GError **error)
{
        app->file = (Load){.arena = app->arena, .held = app->held};
        if (!open_archive(app, fd, why, error))
                return false;
        if (app->form == APP_DEX)
                return true;
        if (app->held && !zip_find(app->file.zip, "AndroidManifest.xml")) {
                *why = "not-fetched";
                return fault(error, FAULT_NOT_FOUND, "a part of a file that is no single APK");
        }
        Parts parts;
        if (!parts_find(&parts, app->file.zip, app->arena, error)) {
                *why = "parts-limit";
                return false;
        }
        app->kind = parts.kind;
        app->claimed = parts.package;
        app->file.odd = parts.odd;
        if (!parts.kind || g_str_equal(parts.kind, "apk")) {
                take_file(app);
                return true;
        }
        app->form = APP_SET;
        return set_list(app, &parts, why, error);
}

void app_close(App *app)
{
        for (size_t i = 0; i < app->n_apks; i++)
                load_close(&app->apks[i]->load);
        load_close(&app->file);
        if (app->mapping)
                munmap(app->mapping, app->mapped);
        app->mapping = NULL;
        g_clear_error(&app->fault);
}

/* ---- reading */

bool app_manifest(App *app, const char **why, GError **error)
{
        if (app->form == APP_SET)
                return set_assemble(app, why, error);
        if (app->form == APP_DEX)
                return true; /* it has none */
        Load *load = &app->apks[0]->load;
        if (!load_manifest(load, why, error))
                return false;
        app->manifest = load->manifest;
        merge_check_splits(app);
        return true;
}

/* Behind those that are there already, each header with the number of its file: the first of a file stands at 0. */
static void take_dex(App *app, const Load *load)
{
        uint32_t *numbers = arena_array(app->arena, uint32_t, app->n_dex + load->n_dex);
        if (app->n_dex)
                memcpy(numbers, app->dex_file, app->n_dex * sizeof *numbers);
        app->dex_file = numbers;
        size_t file = app->n_files;
        for (size_t i = 0; i < load->n_dex; i++) {
                file += i && load->dex[i]->at == 0;
                numbers[app->n_dex] = (uint32_t)file;
                arena_push(app->arena, &app->n_dex, &app->dex, load->dex[i]);
        }
        for (size_t i = 0; i < load->n_files; i++)
                arena_push(app->arena, &app->n_files, &app->files, load->files[i]);
}

bool app_code(App *app, const char **why, GError **error)
{
        if (app->form == APP_DEX) {
                Span bytes = span_of(app->mapping, app->mapped);
                bool read = load_dex_bytes(&app->file, bytes, "classes.dex", why, error);
                take_dex(app, &app->file);
                return read;
        }
        for (size_t i = 0; i < app->n_apks; i++) {
                AppApk *apk = app->apks[i];
                GError *inner = NULL;
                bool read = load_dex(&apk->load, why, &inner);
                take_dex(app, &apk->load);
                if (!read && !apk->part) {
                        g_propagate_error(error, inner);
                        return false;
                }
                if (!read)
                        set_fail(app, apk, *why, inner);
        }
        if (app->n_files <= LOAD_DEX_FILES)
                return true;
        *why = "dex-limit";
        return fault(error, FAULT_LIMIT, "more than %d dex files in all parts", LOAD_DEX_FILES);
}

bool app_check(App *app, const char **why, GError **error)
{
        for (size_t i = 0; i < app->n_apks; i++) {
                AppApk *apk = app->apks[i];
                GError *inner = NULL;
                if (load_check(&apk->load, why, &inner))
                        continue;
                if (!apk->part) {
                        g_propagate_error(error, inner);
                        return false;
                }
                set_fail(app, apk, *why, inner);
        }
        if (app->form == APP_SET && !load_check(&app->file, why, error))
                return false;
        if (!app->fault)
                return true;
        *why = app->why;
        g_propagate_error(error, g_steal_pointer(&app->fault));
        return false;
}

/* ---- the rest */

static bool is_in_module(Span name, const AppPart *part)
{
        Span module = span_str(part->name);
        return span_starts(name, module) && name.len > module.len && name.data[module.len] == '/';
}

static Span rest_name(Span name, const void *context)
{
        const App *app = context;
        bool bundle = app->n_apks && app->apks[0]->load.bundle;
        for (size_t i = 0; i < app->n_parts; i++) {
                const AppPart *part = app->parts[i];
                if (bundle ? is_in_module(name, part) : span_eq_str(name, part->name))
                        return span_of(NULL, 0);
        }
        return name;
}

Zip *app_rest(App *app)
{
        return zip_view(app->file.zip, rest_name, app, app->arena);
}
