/* SPDX-License-Identifier: GPL-3.0-or-later */
/* floor.c - the least that anybody who analyses an APK has to do: map the file, find AndroidManifest.xml and the
 * dex files that count, inflate them by libdeflate into memory of their own, and take one SHA-256 over the file.
 * Nothing is checked beyond what keeps this program alive, nothing is looked at.
 *
 *     bench_floor N FILE...      each file N times; prints "<CPU microseconds of one time> <bytes inflated> <file>"
 *
 * Output memory comes fresh from the system for every file and goes back afterwards, as it does in a process that
 * reads one APK. CPU is user and system time of this process; opening and unmapping are in it, starting is not. */
#include <fcntl.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEX_FILES = 500, LOCAL_SIZE = 30, RECORD_SIZE = 46, END_SIZE = 22 };

typedef struct {
        uint16_t method;
        uint32_t packed, size, local;
} Entry;

typedef struct {
        const uint8_t *bytes;
        size_t len;
        Entry entries[DEX_FILES + 1]; /* the manifest, then classes.dex, classes2.dex ... by number */
        bool there[DEX_FILES + 1];
} Apk;

static uint16_t u16(const uint8_t *p)
{
        return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
        return u16(p) | (uint32_t)u16(p + 2) << 16;
}

/* 0 for the manifest, N for the Nth dex file, -1 for anything else. */
static int place_of(const char *name, size_t len)
{
        if (len == 19 && memcmp(name, "AndroidManifest.xml", 19) == 0)
                return 0;
        if (len < 11 || memcmp(name, "classes", 7) != 0 || memcmp(name + len - 4, ".dex", 4) != 0)
                return -1;
        if (len == 11)
                return 1;
        int number = 0;
        for (size_t i = 7; i < len - 4; i++) {
                if (name[i] < '0' || name[i] > '9' || number > DEX_FILES)
                        return -1;
                number = number * 10 + (name[i] - '0');
        }
        return number >= 2 && number <= DEX_FILES ? number : -1;
}

static bool walk(Apk *apk)
{
        if (apk->len < END_SIZE)
                return false;
        size_t end = apk->len - END_SIZE;
        while (end > 0 && u32(apk->bytes + end) != 0x06054b50)
                end--;
        uint16_t n = u16(apk->bytes + end + 10);
        size_t at = u32(apk->bytes + end + 16);
        for (uint16_t i = 0; i < n; i++) {
                if (at + RECORD_SIZE > end)
                        return false;
                const uint8_t *record = apk->bytes + at;
                size_t name = u16(record + 28);
                at += RECORD_SIZE + name + u16(record + 30) + u16(record + 32);
                if (at > end)
                        return false;
                int place = place_of((const char *)record + RECORD_SIZE, name);
                if (place < 0)
                        continue;
                apk->entries[place] =
                        (Entry){u16(record + 10), u32(record + 20), u32(record + 24), u32(record + 42)};
                apk->there[place] = true;
        }
        return apk->there[0];
}

static bool inflate_entry(struct libdeflate_decompressor *inflater, const Apk *apk, const Entry *e)
{
        if (e->method == 0)
                return true;
        if ((size_t)e->local + LOCAL_SIZE > apk->len)
                return false;
        const uint8_t *local = apk->bytes + e->local;
        size_t at = (size_t)e->local + LOCAL_SIZE + u16(local + 26) + u16(local + 28);
        if (at + e->packed > apk->len)
                return false;
        void *out = mmap(NULL, e->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (out == MAP_FAILED)
                return false;
        enum libdeflate_result result =
                libdeflate_deflate_decompress(inflater, apk->bytes + at, e->packed, out, e->size, NULL);
        munmap(out, e->size);
        return result == LIBDEFLATE_SUCCESS;
}

/* Bytes inflated, or -1. */
static long long do_file(struct libdeflate_decompressor *inflater, const char *path)
{
        static Apk apk;
        memset(&apk, 0, sizeof apk);
        struct stat st;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -1;
        bool ok = fstat(fd, &st) == 0 && st.st_size > 0;
        apk.len = ok ? (size_t)st.st_size : 0;
        void *map = ok ? mmap(NULL, apk.len, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
        close(fd);
        if (map == MAP_FAILED)
                return -1;
        apk.bytes = map;
        uint8_t digest[EVP_MAX_MD_SIZE];
        long long inflated = 0;
        ok = walk(&apk);
        for (int i = 0; ok && i <= DEX_FILES && apk.there[i]; i++) {
                ok = inflate_entry(inflater, &apk, &apk.entries[i]);
                inflated += apk.entries[i].method ? apk.entries[i].size : 0;
        }
        ok = ok && EVP_Digest(apk.bytes, apk.len, digest, NULL, EVP_sha256(), NULL) == 1;
        munmap(map, apk.len);
        return ok ? inflated : -1;
}

static double cpu_us(void)
{
        struct rusage used;
        getrusage(RUSAGE_SELF, &used);
        return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
        int n = argc > 2 ? atoi(argv[1]) : 0;
        if (n < 1) {
                fputs("usage: bench_floor N FILE...\n", stderr);
                return 2;
        }
        struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
        uint8_t digest[EVP_MAX_MD_SIZE];
        EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL); /* OpenSSL loads itself at the first use */
        for (int i = 2; i < argc; i++) {
                long long inflated = 0;
                double before = cpu_us();
                for (int k = 0; k < n && inflated >= 0; k++)
                        inflated = do_file(inflater, argv[i]);
                if (inflated < 0)
                        fprintf(stderr, "bench_floor: %s: cannot be read\n", argv[i]);
                printf("%.1f %lld %s\n", (cpu_us() - before) / n, inflated, argv[i]);
        }
        libdeflate_free_decompressor(inflater);
        return 0;
}
