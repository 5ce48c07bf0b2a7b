/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/load.h"

#include "analyzer/apk/axmlodd.h"
#include "analyzer/apk/protoarsc.h"
#include "analyzer/apk/protoxml.h"

#include <stdio.h>

static void note_error(Load *load, const char *code, bool rejects, const GError *error)
{
        oddity_note(&load->odd, load->arena, code, rejects, span_str(error->message));
}

static bool opened(Zip *zip, GError *inner, const char **why, GError **error)
{
        if (zip)
                return true;
        *why = fault_is(inner, FAULT_UNSUPPORTED) ? "not-a-zip"
               : fault_is(inner, FAULT_LIMIT)     ? "zip-limit"
               : fault_is(inner, FAULT_MALFORMED) ? "zip-rejected"
               : fault_is(inner, FAULT_NOT_FOUND) ? "not-fetched"
                                                  : "unreadable";
        g_propagate_error(error, inner);
        return false;
}

bool load_zip(Load *load, int fd, const char **why, GError **error)
{
        GError *inner = NULL;
        load->zip = zip_map_part(fd, load->held, NULL, load->arena, &inner);
        return opened(load->zip, inner, why, error);
}

bool load_bytes(Load *load, Span bytes, const char **why, GError **error)
{
        GError *inner = NULL;
        load->zip = zip_over(bytes, load->arena, &inner);
        return opened(load->zip, inner, why, error);
}

/* An end record that belongs to the last archive inside of one that was cut off: not the file's own. */
static bool is_inside_another(const Zip *zip)
{
        return oddity_seen(zip_oddities(zip), ZIP_PREFIX) && held_has(zip_held(zip), 0, 4) &&
               span_starts(zip_bytes(zip), span_str("PK\x03\x04"));
}

bool load_check(const Load *load, const char **why, GError **error)
{
        *why = "zip-rejected";
        if (is_inside_another(load->zip))
                return fault(
                        error, FAULT_MALFORMED,
                        "the archive lies behind the start of another one: a container that was cut off");
        if (!oddity_seen(zip_oddities(load->zip), ZIP_DIRECTORY_CUT))
                return true;
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

static Arsc *read_resources(Load *load, const ZipEntry *e, GError **error)
{
        Span bytes;
        Arsc *arsc = zip_read(load->zip, e, LOAD_ARSC_LIMIT, load->arena, &bytes, error)
                             ? arsc_open(bytes, load->arena, error)
                             : NULL;
        if (!arsc && zip_read_otherwise(load->zip, e, LOAD_ARSC_LIMIT, load->arena, &bytes, NULL))
                arsc = arsc_open(bytes, load->arena, NULL);
        return arsc;
}

/* What is here of a table that is not here as a whole. */
static const Arsc *open_front(Load *load, const ZipEntry *e)
{
        Span front;
        const Arsc *arsc = NULL;
        if (zip_read_front(load->zip, e, load_arsc_front(e), &front, NULL))
                arsc = arsc_open_front(front, e->size, load->arena, NULL);
        return arsc ? arsc : arsc_open_front((Span){NULL, 0}, e->size, load->arena, NULL);
}

size_t load_arsc_front(const ZipEntry *e)
{
        return e->size / 2;
}

static void open_resources(Load *load)
{
        g_autoptr(GError) error = NULL;
        const ZipEntry *e = zip_find(load->zip, "resources.arsc");
        if (!e)
                return;
        if (!zip_is_here(load->zip, e)) {
                load->arsc = open_front(load, e);
                return;
        }
        const Arsc *arsc = read_resources(load, e, &error);
        if (arsc)
                load->arsc = arsc;
        else
                note_error(load, "arsc-unreadable", false, error);
}

/* The same of a bundle's module: what the manifest refers to, out of resources.pb. */
static void open_bundle_resources(Load *load, const ProtoXml *xml)
{
        g_autoptr(GError) error = NULL;
        Span bytes, table;
        const ZipEntry *e = zip_find(load->zip, "resources.pb");
        if (!e || !xml->n_references)
                return;
        bool read = zip_read(load->zip, e, LOAD_ARSC_LIMIT, load->arena, &bytes, &error) &&
                    protoarsc_convert(bytes, xml->references, xml->n_references, load->arena, &table, &error);
        const Arsc *arsc = read ? arsc_open(table, load->arena, &error) : NULL;
        if (arsc)
                load->arsc = arsc;
        else
                note_error(load, "arsc-unreadable", false, error);
}

static bool parse_bundle_manifest(Load *load, Span bytes, GError **error)
{
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        bool read = protoxml_convert(xml, bytes, load->arena, error);
        if (read)
                open_bundle_resources(load, xml);
        if (read && manifest_read(&load->manifest, xml->axml, false, load->arsc, load->arena, error))
                return true;
        load->manifest = (Manifest){0};
        g_prefix_error(error, "AndroidManifest.xml: ");
        return false;
}

/* First as Android reads it, then, for a compression method nobody knows, inflated, then leniently. */
static bool parse_manifest(Load *load, const ZipEntry *e, Span bytes, GError **error)
{
        open_resources(load);
        const Arsc *arsc = load->arsc;
        g_autoptr(GError) strict = NULL;
        if (manifest_read(&load->manifest, bytes, false, arsc, load->arena, &strict)) {
                axmlodd_note(bytes, &load->odd, load->arena);
                return true;
        }
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
                bool jar = zip_find(load->zip, "META-INF/MANIFEST.MF") != NULL;
                *why = "no-manifest";
                return fault(error, FAULT_MALFORMED, "none of %zu entries is AndroidManifest.xml%s",
                             zip_count(load->zip), jar ? "; it looks like a Java archive" : "");
        }
        Span bytes;
        GError *inner = NULL;
        bool read = zip_read(load->zip, e, LOAD_MANIFEST_LIMIT, load->arena, &bytes, &inner);
        if (read && (load->bundle ? parse_bundle_manifest(load, bytes, &inner)
                                  : parse_manifest(load, e, bytes, &inner))) {
                if (!load->manifest.unfetched)
                        return true;
                zip_miss(load->zip);
                *why = "manifest-unreadable";
                return fault(error, FAULT_NOT_FOUND,
                             "%u values that the manifest refers to in resources.arsc",
                             load->manifest.unfetched);
        }
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
        file->name = arena_printf(load->arena, "%s%s", load->place ? load->place : "", name);
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
        /* ART runs no dex file whose method it does not know; what is in it is still worth telling. */
        if (e->method != 0 && e->method != 8)
                oddity_note(&load->odd, load->arena, "dex-unknown-method", true, span_str(name));
        bool read = zip_read(load->zip, e, LOAD_DEX_LIMIT, load->arena, &bytes, &inner);
        if (read && open_parts(load, bytes, name, &inner))
                return true;
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

const ZipEntry *load_dex_entry(const Zip *zip, unsigned i, char name[LOAD_DEX_NAME])
{
        snprintf(name, LOAD_DEX_NAME, i > 1 ? "classes%u.dex" : "classes.dex", i);
        return zip_find(zip, name);
}

void load_count_dex(Load *load)
{
        char name[LOAD_DEX_NAME];
        while (load_dex_entry(load->zip, load->numbered + 1, name))
                load->numbered++;
}

bool load_dex(Load *load, const char **why, GError **error)
{
        for (unsigned i = 1;; i++) {
                char name[LOAD_DEX_NAME];
                const ZipEntry *e = load_dex_entry(load->zip, i, name);
                if (!e)
                        return true;
                load->numbered = i;
                if (i > LOAD_DEX_FILES) {
                        *why = "dex-limit";
                        return fault(error, FAULT_LIMIT, "more than %d dex files", LOAD_DEX_FILES);
                }
                if (!open_dex(load, e, name, why, error))
                        return false;
        }
}

bool load_dex_bytes(Load *load, Span bytes, const char *name, const char **why, GError **error)
{
        GError *inner = NULL;
        if (bytes.len > LOAD_DEX_LIMIT)
                fault(&inner, FAULT_LIMIT, "%zu bytes are more than %d", bytes.len, LOAD_DEX_LIMIT);
        else if (open_parts(load, bytes, name, &inner))
                return true;
        *why = fault_is(inner, FAULT_LIMIT) ? "dex-limit" : "dex-malformed";
        g_propagate_error(error, inner);
        return false;
}
