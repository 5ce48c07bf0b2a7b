/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/jarverify.h"

#include "analyzer/apk/jardigest.h"
#include "analyzer/apk/jarsigner.h"
#include "analyzer/apk/pkcs7.h"
#include "analyzer/apk/signer.h"

#include "core/digest.h"

#define MANIFEST "META-INF/MANIFEST.MF"

enum { ENTRY_LIMIT = 512 << 20 /* bytes of one file */ };

typedef struct {
        Span block, list, certificate;
        const char *name;
        JarSection *sections; /* of the list, sorted by name */
        size_t n_sections;
        bool ignored; /* as Android ignores it: its list is none */
} JarSigner;

/* One archive while it is checked. */
typedef struct {
        Zip *zip; /* opened anew, so that what is found odd here stays here */
        Arena *arena;
        SigCheck *check;
        int min_sdk;
        unsigned found;
        Span manifest;
        JarSection main, *sections; /* sorted by name */
        size_t n_sections;
        JarSigner signers[SIGCHECK_SIGNERS];
        size_t n_signers;
} Jar;

static bool fits(const Jar *jar, const JarSection *section, const char *suffix, Span bytes, size_t *n)
{
        return jardigest_fits(section, suffix, bytes, jar->min_sdk, jar->arena, n);
}

/* ---- MANIFEST.MF */

static char *shown(const Jar *jar, Span name)
{
        return arena_utf8(jar->arena, span_part(name, 0, MIN(name.len, 200)));
}

static int by_section_name(const void *a, const void *b)
{
        return span_cmp(((const JarSection *)a)->name, ((const JarSection *)b)->name);
}

static JarSection *sorted(Jar *jar, GArray *sections)
{
        JarSection *out = arena_array(jar->arena, JarSection, sections->len);
        g_array_sort(sections, by_section_name);
        if (sections->len)
                memcpy(out, sections->data, sections->len * sizeof *out);
        return out;
}

static const JarSection *find_section(const JarSection *sections, size_t n, Span name)
{
        JarSection wanted = {.name = name};
        return n ? bsearch(&wanted, sections, n, sizeof wanted, by_section_name) : NULL;
}

static const ZipEntry *find_entry(const Zip *zip, Span name)
{
        g_autofree char *text = g_strndup((const char *)name.data, name.len);
        const ZipEntry *entry = zip_find(zip, text);
        return entry && span_eq(entry->name, name) ? entry : NULL;
}

static bool has_length(Jar *jar, const ZipEntry *entry, Span content)
{
        return content.len == entry->size ||
               sigcheck_fails(jar->check, "mismatch:archive", "%s is not as long as the archive says",
                              shown(jar, entry->name));
}

static bool read_list(Jar *jar, const ZipEntry *entry, size_t limit, Span *out)
{
        g_autoptr(GError) error = NULL;
        if (zip_read(jar->zip, entry, limit, jar->arena, out, &error))
                return has_length(jar, entry, *out);
        return sigcheck_fails(jar->check,
                              fault_is(error, FAULT_LIMIT) ? "unsupported:size" : "mismatch:archive", "%s",
                              error->message);
}

static bool read_manifest(Jar *jar)
{
        const ZipEntry *entry = zip_find(jar->zip, MANIFEST);
        if (!entry)
                return sigcheck_fails(jar->check, "mismatch:manifest", "there is no " MANIFEST);
        if (!read_list(jar, entry, SIGNER_LIST_LIMIT, &jar->manifest))
                return false;
        Cursor c = cursor_over(jar->manifest);
        g_autoptr(GArray) sections = g_array_new(FALSE, FALSE, sizeof(JarSection));
        JarSection section;
        if (!jarfile_next(&c, jar->arena, &jar->main))
                return sigcheck_fails(jar->check, "mismatch:manifest", MANIFEST " is empty");
        while (jarfile_next(&c, jar->arena, &section)) {
                if (!section.name.data)
                        return sigcheck_fails(jar->check, "mismatch:manifest",
                                              MANIFEST ": section %u has no name", sections->len + 1);
                if (!find_entry(jar->zip, section.name))
                        return sigcheck_fails(jar->check, "mismatch:manifest",
                                              "%s is listed in " MANIFEST " and not there",
                                              shown(jar, section.name));
                g_array_append_val(sections, section);
        }
        jar->n_sections = sections->len;
        jar->sections = sorted(jar, sections);
        for (size_t i = 1; i < jar->n_sections; i++)
                if (span_eq(jar->sections[i - 1].name, jar->sections[i].name))
                        return sigcheck_fails(jar->check, "mismatch:manifest",
                                              "%s is listed twice in " MANIFEST,
                                              shown(jar, jar->sections[i].name));
        return true;
}

/* ---- signers */

static bool ends_in(Span name, const char *ending)
{
        return name.len > strlen(ending) && span_eq_str(span_from(name, name.len - strlen(ending)), ending);
}

/* X.SF beside X.RSA; NULL when `entry` is no signature that has one. */
static const ZipEntry *list_of(const Zip *zip, const ZipEntry *entry)
{
        static const char *const endings[] = {".RSA", ".DSA", ".EC"};
        if (!span_starts(entry->name, span_str("META-INF/")))
                return NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
                if (ends_in(entry->name, endings[i])) {
                        g_autofree char *stem = g_strndup((const char *)entry->name.data,
                                                          entry->name.len - strlen(endings[i]));
                        g_autofree char *name = g_strconcat(stem, ".SF", NULL);
                        return zip_find(zip, name);
                }
        return NULL;
}

static bool is_signed(const Zip *zip)
{
        for (size_t i = 0; i < zip_count(zip); i++)
                if (list_of(zip, zip_at(zip, i)))
                        return true;
        return false;
}

static bool check_blocks(Jar *jar)
{
        for (size_t i = 0; i < zip_count(jar->zip); i++) {
                const ZipEntry *entry = zip_at(jar->zip, i), *list = list_of(jar->zip, entry);
                if (!list)
                        continue;
                if (jar->n_signers == SIGCHECK_SIGNERS)
                        return sigcheck_fails(jar->check, "mismatch:structure", "more than %d signers",
                                              SIGCHECK_SIGNERS);
                JarSigner *signer = &jar->signers[jar->n_signers++];
                signer->name = shown(jar, entry->name);
                if (!read_list(jar, entry, PKCS7_LIMIT, &signer->block) ||
                    !read_list(jar, list, SIGNER_LIST_LIMIT, &signer->list) ||
                    !jarsigner_check(signer->block, signer->list, jar->min_sdk, signer->name, jar->check,
                                     &signer->certificate))
                        return false;
        }
        return true;
}

/* ---- X.SF against MANIFEST.MF */

static bool made_by_signtool(const Jar *jar, const JarSection *main)
{
        Span value = {NULL, 0};
        jarfile_value(main, "Created-By", jar->arena, &value);
        return value.len && g_strstr_len((const char *)value.data, (gssize)value.len, "signtool");
}

/* The main section: true when it may go on; `whole` when the digest of all of MANIFEST.MF fits. */
static bool check_main(Jar *jar, JarSigner *signer, const JarSection *main, bool signtool, bool *whole)
{
        size_t n;
        unsigned promised = jarfile_promised(signer->list, jar->arena) & ~jar->found;
        if (promised)
                return sigcheck_fails(jar->check, "mismatch:stripped",
                                      "%s says that a %s signature was there", signer->name,
                                      promised & JARFILE_V3 ? "v3" : "v2");
        *whole = fits(jar, main, signtool ? "-Digest" : "-Digest-Manifest", jar->manifest, &n) && n > 0;
        if (!signtool && !fits(jar, main, "-Digest-Manifest-Main-Attributes", jar->main.whole, &n))
                return sigcheck_fails(jar->check, "mismatch:manifest",
                                      "the head of " MANIFEST " is not what %s signed", signer->name);
        return true;
}

/* The oldest of these tools leaves an empty line out of its digests. */
static Span signtool_span(Span whole)
{
        bool cut = whole.len > 1 && whole.data[whole.len - 1] == '\n' && whole.data[whole.len - 2] == '\n';
        return span_part(whole, 0, whole.len - cut);
}

static bool check_section(Jar *jar, JarSigner *signer, const JarSection *section, bool signtool)
{
        const JarSection *listed = find_section(jar->sections, jar->n_sections, section->name);
        size_t n;
        if (!listed) {
                signer->ignored = true;
                return true;
        }
        Span bytes = signtool ? signtool_span(listed->whole) : listed->whole;
        if (fits(jar, section, "-Digest", bytes, &n) && n > 0)
                return true;
        return sigcheck_fails(jar->check, "mismatch:manifest", "%s: " MANIFEST " is not what %s signed",
                              shown(jar, section->name), signer->name);
}

/* Sorted, without a look at what they state; a list that names a file twice is ignored, or one without a
 * name. */
static void read_sections(Jar *jar, JarSigner *signer, Cursor *c)
{
        g_autoptr(GArray) sections = g_array_new(FALSE, FALSE, sizeof(JarSection));
        JarSection section;
        while (!signer->ignored && jarfile_next(c, jar->arena, &section)) {
                signer->ignored = !section.name.data;
                g_array_append_val(sections, section);
        }
        signer->n_sections = sections->len;
        signer->sections = sorted(jar, sections);
        for (size_t i = 1; i < signer->n_sections; i++)
                signer->ignored =
                        signer->ignored || span_eq(signer->sections[i - 1].name, signer->sections[i].name);
}

static bool check_list(Jar *jar, JarSigner *signer)
{
        Cursor c = cursor_over(signer->list);
        JarSection main;
        Span value;
        bool whole = false;
        signer->ignored = !jarfile_next(&c, jar->arena, &main) ||
                          !jarfile_value(&main, "Signature-Version", jar->arena, &value);
        if (signer->ignored)
                return true;
        bool signtool = made_by_signtool(jar, &main);
        if (!check_main(jar, signer, &main, signtool, &whole))
                return false;
        read_sections(jar, signer, &c);
        for (size_t i = 0; !whole && !signer->ignored && i < signer->n_sections; i++)
                if (!check_section(jar, signer, &signer->sections[i], signtool))
                        return false;
        return true;
}

static bool check_lists(Jar *jar)
{
        size_t counted = 0;
        for (size_t i = 0; i < jar->n_signers; i++) {
                if (!check_list(jar, &jar->signers[i]))
                        return false;
                counted += !jar->signers[i].ignored;
        }
        return counted > 0 ||
               sigcheck_fails(jar->check, "mismatch:structure", "no list of signed files can be used");
}

/* ---- the files */

static unsigned signers_of(const Jar *jar, Span name)
{
        unsigned found = 0;
        for (size_t i = 0; i < jar->n_signers; i++) {
                const JarSigner *signer = &jar->signers[i];
                if (!signer->ignored && find_section(signer->sections, signer->n_sections, name))
                        found |= 1u << i;
        }
        return found;
}

static bool check_content(Jar *jar, const ZipEntry *entry, const JarSection *section)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Span bytes;
        size_t n;
        bool plain = entry->method == 0 || entry->method == 8;
        if (!(plain ? zip_read : zip_read_otherwise)(jar->zip, entry, ENTRY_LIMIT, arena, &bytes, &error))
                return sigcheck_fails(jar->check,
                                      fault_is(error, FAULT_LIMIT) ? "unsupported:size" : "mismatch:archive",
                                      "%s", error->message);
        if (!has_length(jar, entry, bytes))
                return false;
        if (!fits(jar, section, "-Digest", bytes, &n))
                return sigcheck_fails(jar->check, "mismatch:entry", "%s is not the file that was signed",
                                      shown(jar, entry->name));
        return n > 0 || sigcheck_fails(jar->check, "mismatch:entry", "%s is listed without a digest",
                                       shown(jar, entry->name));
}

static bool check_entry(Jar *jar, const ZipEntry *entry, unsigned *signers)
{
        const JarSection *section = find_section(jar->sections, jar->n_sections, entry->name);
        unsigned by = section ? signers_of(jar, entry->name) : 0;
        if (!by)
                return sigcheck_fails(jar->check, "mismatch:entry", "%s is not signed",
                                      shown(jar, entry->name));
        if (*signers && *signers != by)
                return sigcheck_fails(jar->check, "mismatch:entry",
                                      "%s is signed by others than the files before",
                                      shown(jar, entry->name));
        *signers = by;
        return check_content(jar, entry, section);
}

/* What leaves no doubt about which files there are and where: else v1 signs what nobody may ever unpack. */
static bool archive_is_plain(Jar *jar)
{
        static const char *const refused[] = {"zip-duplicate-name",     "zip-trailing-bytes",
                                              "zip-directory-past-end", "zip-count-too-great",
                                              ZIP_DIRECTORY_CUT,        "zip-prefix",
                                              "zip-name-mismatch",      "zip-local-sizes-differ"};
        for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
                if (oddity_seen(zip_oddities(jar->zip), refused[i]))
                        return sigcheck_fails(jar->check, "mismatch:archive", "%s", refused[i]);
        return true;
}

static bool check_entries(Jar *jar, unsigned *signers)
{
        for (size_t i = 0; i < zip_count(jar->zip); i++) {
                const ZipEntry *entry = zip_at(jar->zip, i);
                bool folder = entry->name.len && entry->name.data[entry->name.len - 1] == '/';
                if (!folder && !span_starts(entry->name, span_str("META-INF/")) &&
                    !check_entry(jar, entry, signers))
                        return false;
        }
        if (!*signers)
                return sigcheck_fails(jar->check, "mismatch:entry", "nothing outside META-INF is signed");
        return archive_is_plain(jar);
}

static void check_all(Jar *jar)
{
        unsigned signers = 0;
        if (!archive_is_plain(jar) || !read_manifest(jar) || !check_blocks(jar) || !check_lists(jar) ||
            !check_entries(jar, &signers))
                return;
        for (size_t i = 0; i < jar->n_signers; i++)
                if (signers >> i & 1)
                        digest_sha256_hex(jar->signers[i].certificate,
                                          jar->check->signers[jar->check->n_signers++]);
}

void jarverify(const Zip *zip, int min_sdk, unsigned found, SigCheck *check)
{
        check->present = is_signed(zip);
        if (!check->present)
                return;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Jar jar = {.arena = arena, .check = check, .min_sdk = min_sdk, .found = found};
        jar.zip = zip_over(zip_bytes(zip), arena, &error);
        if (jar.zip)
                check_all(&jar);
        else
                sigcheck_fails(check, "mismatch:archive", "%s", error->message);
        zip_unmap(jar.zip);
}
