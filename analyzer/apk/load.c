/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/load.h"

#include "analyzer/apk/container.h"

#include <stdio.h>

static void note_error(Load *load, const char *code, bool rejects, const GError *error)
{
        oddity_note(&load->odd, load->arena, code, rejects, span_str(error->message));
}

bool load_zip(Load *load, int fd, const char **why, GError **error)
{
        GError *inner = NULL;
        load->zip = zip_map(fd, load->arena, &inner);
        if (load->zip)
                return true;
        *why = fault_is(inner, FAULT_UNSUPPORTED) ? "not-a-zip"
               : fault_is(inner, FAULT_LIMIT)     ? "zip-limit"
               : fault_is(inner, FAULT_MALFORMED) ? "zip-rejected"
                                                  : "unreadable";
        g_propagate_error(error, inner);
        return false;
}

bool load_check(const Load *load, const char **why, GError **error)
{
        if (!oddity_seen(zip_oddities(load->zip), ZIP_DIRECTORY_CUT))
                return true;
        *why = "zip-rejected";
        return fault(error, FAULT_MALFORMED, "the central directory breaks off after %zu entries",
                     zip_count(load->zip));
}

void load_close(Load *load)
{
        zip_unmap(load->zip);
        load->zip = NULL;
}

/* ---- manifest
 * ------------------------------------------------------------------------------------------------- */

static Arsc *open_resources(Load *load)
{
        g_autoptr(GError) error = NULL;
        Span bytes;
        const ZipEntry *e = zip_find(load->zip, "resources.arsc");
        if (!e)
                return NULL;
        Arsc *arsc = zip_read(load->zip, e, LOAD_ARSC_LIMIT, load->arena, &bytes, &error)
                             ? arsc_open(bytes, load->arena, &error)
                             : NULL;
        if (!arsc && zip_read_otherwise(load->zip, e, LOAD_ARSC_LIMIT, load->arena, &bytes, NULL))
                arsc = arsc_open(bytes, load->arena, NULL);
        if (!arsc)
                note_error(load, "arsc-unreadable", false, error);
        return arsc;
}

/* First as Android reads it, then, for a compression method nobody knows, inflated, then leniently. */
static bool parse_manifest(Load *load, const ZipEntry *e, Span bytes, GError **error)
{
        Arsc *arsc = open_resources(load);
        g_autoptr(GError) strict = NULL;
        if (manifest_read(&load->manifest, bytes, false, arsc, load->arena, &strict))
                return true;
        Span other;
        if (zip_read_otherwise(load->zip, e, LOAD_MANIFEST_LIMIT, load->arena, &other, NULL)) {
                if (manifest_read(&load->manifest, other, false, arsc, load->arena, NULL)) {
                        oddity_note(&load->odd, load->arena, "manifest-inflated", true,
                                    span_str(strict->message));
                        return true;
                }
        }
        if (!fault_is(strict, FAULT_LIMIT) &&
            manifest_read(&load->manifest, bytes, true, arsc, load->arena, NULL)) {
                note_error(load, "manifest-malformed", true, strict);
                return true;
        }
        load->manifest = (Manifest){0};
        if (bytes.len && bytes.data[0] == '<')
                g_prefix_error(&strict, "plain text XML, which Android refuses: ");
        g_propagate_prefixed_error(error, g_steal_pointer(&strict), "AndroidManifest.xml: ");
        return false;
}

bool load_manifest(Load *load, const char **why, GError **error)
{
        const ZipEntry *e = zip_find(load->zip, "AndroidManifest.xml");
        if (!e) {
                const char *kind = container_kind(load->zip);
                *why = "no-manifest";
                return fault(error, FAULT_MALFORMED, "none of %zu entries is AndroidManifest.xml%s%s",
                             zip_count(load->zip), kind ? "; it looks like " : "", kind ? kind : "");
        }
        Span bytes;
        GError *inner = NULL;
        bool read = zip_read(load->zip, e, LOAD_MANIFEST_LIMIT, load->arena, &bytes, &inner);
        if (read && parse_manifest(load, e, bytes, &inner))
                return true;
        *why = fault_is(inner, FAULT_LIMIT) ? "manifest-limit"
               : read                       ? "manifest-malformed"
                                            : "manifest-unreadable";
        g_propagate_error(error, inner);
        return false;
}

/* ---- dex
 * ------------------------------------------------------------------------------------------------------ */

static bool open_parts(Load *load, Span bytes, const char *name, GError **error)
{
        size_t first = load->n_dex, at = 0;
        DexFile *file = record_new(load->arena, DexFile, dex_file__init);
        file->name = arena_str(load->arena, name);
        do {
                Dex *dex = arena_new0(load->arena, Dex);
                if (!dex_open(dex, bytes, at, error)) {
                        load->n_dex = first;
                        return false;
                }
                arena_push(load->arena, &load->n_dex, &load->dex, dex);
                file->version = dex->version;
                file->classes += dex->n_classes;
                file->types += dex->n_types;
                if (dex->oddity)
                        oddity_note(&load->odd, load->arena, dex->oddity, true, span_str(name));
                at = dex_next(dex);
        } while (at);
        file->has_version = file->has_classes = file->has_types = true;
        arena_push(load->arena, &load->n_files, &load->files, file);
        return true;
}

static bool open_dex(Load *load, const ZipEntry *e, const char *name, const char **why, GError **error)
{
        Span bytes;
        GError *inner = NULL;
        bool read = zip_read(load->zip, e, LOAD_DEX_LIMIT, load->arena, &bytes, &inner);
        if (read && open_parts(load, bytes, name, &inner))
                return true;
        /* ART runs no dex file whose method it does not know; what is in it is still worth telling. */
        if (zip_read_otherwise(load->zip, e, LOAD_DEX_LIMIT, load->arena, &bytes, NULL) &&
            open_parts(load, bytes, name, NULL)) {
                g_clear_error(&inner);
                return true;
        }
        *why = fault_is(inner, FAULT_LIMIT) ? "dex-limit" : read ? "dex-malformed" : "dex-unreadable";
        g_propagate_error(error, inner);
        if (read)
                g_prefix_error(error, "%s: ", name);
        return false;
}

bool load_dex(Load *load, const char **why, GError **error)
{
        for (unsigned i = 1;; i++) {
                char name[32] = "classes.dex";
                if (i > 1)
                        snprintf(name, sizeof name, "classes%u.dex", i);
                const ZipEntry *e = zip_find(load->zip, name);
                if (!e)
                        return true;
                if (i > LOAD_DEX_FILES) {
                        *why = "dex-limit";
                        return fault(error, FAULT_LIMIT, "more than %d dex files", LOAD_DEX_FILES);
                }
                if (!open_dex(load, e, name, why, error))
                        return false;
        }
}
