/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/container.h"

#include <zip.h>

static void disagree(Oddities *odd, Arena *arena, const char *what)
{
        oddity_note(odd, arena, "zip-second-opinion", false, span_str(what));
}

static void compare_names(const Zip *zip, zip_t *other, Oddities *odd, Arena *arena)
{
        zip_int64_t n = zip_get_num_entries(other, 0);
        if (n < 0 || (size_t)n != zip_count(zip)) {
                disagree(odd, arena,
                         arena_printf(arena, "%lld entries, not %zu", (long long)n, zip_count(zip)));
                return;
        }
        for (size_t i = 0; i < zip_count(zip); i++) {
                const char *name = zip_get_name(other, i, ZIP_FL_ENC_RAW);
                if (name && span_eq_str(zip_at(zip, i)->name, name))
                        continue;
                disagree(odd, arena, arena_printf(arena, "entry %zu has another name", i));
                return;
        }
}

void container_second_opinion(const Zip *zip, Oddities *odd, Arena *arena)
{
        Span bytes = zip_bytes(zip);
        zip_error_t error;
        zip_error_init(&error);
        zip_source_t *source = zip_source_buffer_create(bytes.data, bytes.len, 0, &error);
        zip_t *other = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
        if (other) {
                compare_names(zip, other, odd, arena);
                zip_discard(other);
        } else {
                disagree(odd, arena, zip_error_strerror(&error));
                zip_source_free(source);
        }
        zip_error_fini(&error);
}

const char *container_kind(const Zip *zip)
{
        static const struct {
                const char *entry, *kind;
        } kinds[] = {
                {"BundleConfig.pb", "an app bundle (.aab)"},
                {"toc.pb", "a set of APKs made by bundletool (.apks)"},
                {"base.apk", "a set of split APKs"},
                {"manifest.json", "perhaps a set of split APKs (.xapk)"},
                {"META-INF/MANIFEST.MF", "a Java archive"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
                if (zip_find(zip, kinds[i].entry))
                        return kinds[i].kind;
        }
        return NULL;
}
