/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an APK's bytes come from: the file system, what was kept, a hash list's download, a market's own page that leads to it; and
 * how much of it is asked for. */
#include "crawler/apk.h"

#include "core/clock.h"
#include "core/digest.h"
#include "crawler/asking.h"
#include "crawler/markets/corpus.h"
#include "crawler/markets/hashlist.h"
#include "crawler/tiers.h"
#include "store/blobs.h"

#include <errno.h>
#include <unistd.h>

enum { MISMATCH_TRIES = 2, PIECE = 256 * 1024 };
#define APK_BYTES ((uint64_t)4 << 30)

static int64_t stated_size(const Apk *apk)
{
        return apk->errand->apk && apk->errand->apk->size > 0 ? apk->errand->apk->size : -1;
}

static void disk_is_full(Apk *apk, const char *detail)
{
        GError *full = NULL;
        fault(&full, FAULT_DISK, "%s. Make room and run the same command again; what is recorded is kept",
              detail);
        run_break(apk->run, full);
        apk_put_back(apk);
}

/* ---- what came over the network ---------------------------------------------------------------------------------- */

/* g_free; NULL: it could not be read. Markets that state an MD5 and nothing better: the only thing to hold the bytes against. */
static char *md5_of(int fd)
{
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
        g_autofree uint8_t *piece = g_malloc(PIECE);
        off_t at = 0;
        for (ssize_t n; (n = pread(fd, piece, PIECE, at)) != 0; at += MAX(n, 0)) {
                if (n < 0 && errno != EINTR)
                        return NULL;
                if (n > 0)
                        g_checksum_update(sum, piece, n);
        }
        return g_strdup(g_checksum_get_string(sum));
}

/* A page instead of a file: a captcha, a "please wait", a login. No APK, XAPK or dex file begins like one. */
static bool is_page(int fd)
{
        char start[64] = "";
        ssize_t n = pread(fd, start, sizeof start - 1, 0);
        const char *at = start;
        while (n > 0 &&
               (g_ascii_isspace(*at) || (uint8_t)*at == 0xef || (uint8_t)*at == 0xbb || (uint8_t)*at == 0xbf))
                at++;
        return *at == '<';
}

static void file_came(Apk *apk, const FetchReply *reply)
{
        const ListedApk *stated = apk->errand->apk;
        apk->in_part = true;
        if (is_page(reply->fd)) {
                fetch_forget(apk->part);
                apk_try_again(apk, "blocked", "a page came instead of the file", clock_now_ms() + 10000,
                              run_max_attempts(apk->run));
                return;
        }
        g_autofree char *md5 = stated && stated->md5 && !stated->sha256 ? md5_of(reply->fd) : NULL;
        if (md5 && g_ascii_strcasecmp(md5, stated->md5) != 0) {
                g_autofree char *detail =
                        g_strdup_printf("MD5 is %s where the market states %s", md5, stated->md5);
                fetch_forget(apk->part);
                apk_try_again(apk, "digest-mismatch", detail, clock_now_ms() + 1000, MISMATCH_TRIES);
                return;
        }
        apk_came_whole(apk, reply->fd, reply->sha256);
}

static void not_fetched(Apk *apk, AskEnd ask, const FetchReply *reply, int64_t again_at_ms)
{
        unsigned tries = run_max_attempts(apk->run);
        switch (ask) {
        case ASK_ROBOTS: apk_try_elsewhere(apk, "robots", reply->detail, tries); return;
        case ASK_ROBOTS_UNREACHABLE:
                apk_try_elsewhere(apk, "robots-unreachable", reply->detail, tries);
                return;
        case ASK_GIVEN_UP: apk_try_elsewhere(apk, "host-unreachable", reply->detail, tries); return;
        case ASK_CANCELLED: apk_put_back(apk); return;
        case ASK_DONE: break;
        }
        const char *name = fetch_end_name(reply->end);
        g_autoptr(GPtrArray) bases = run_bases(apk->run, apk->market);
        if (reply->end == FETCH_CANCELLED)
                apk_put_back(apk);
        else if (reply->end == FETCH_DISK)
                disk_is_full(apk, reply->detail);
        else if (reply->end == FETCH_DIGEST || reply->end == FETCH_SIZE)
                apk_try_again(apk, name, reply->detail, clock_now_ms() + 1000, MISMATCH_TRIES);
        else if (fetch_end_retryable(reply->end))
                apk_try_again(apk, name, reply->detail, again_at_ms, tries);
        else
                apk_try_elsewhere(apk, name, reply->detail, bases->len);
}

static void fetched(AskEnd ask, const FetchReply *reply, int64_t again_at_ms, void *context)
{
        Apk *apk = context;
        if (ask == ASK_DONE) {
                apk->wire_bytes += reply->wire_bytes;
                apk->requests++;
        }
        if (ask == ASK_DONE && reply->end == FETCH_OK)
                file_came(apk, reply);
        else
                not_fetched(apk, ask, reply, again_at_ms);
}

static const char *secret_of(Apk *apk, GError **error)
{
        return run_secret(apk->run, apk->market, error);
}

static void fetch_whole(Apk *apk)
{
        g_autoptr(GError) error = NULL;
        const char *secret = secret_of(apk, &error);
        if (!secret) {
                run_break(apk->run, g_steal_pointer(&error));
                apk_put_back(apk);
                return;
        }
        int64_t size = stated_size(apk);
        FetchWish wish = {.url = apk->url,
                          .part_path = apk->part,
                          .max_bytes = size > 0 ? (uint64_t)size : APK_BYTES,
                          .size = size,
                          .sha256 = apk->errand->apk ? apk->errand->apk->sha256 : NULL,
                          .secret = secret,
                          .loopback = apk->market->loopback};
        hosts_ask(apk->run->hosts, apk->market, &wish, fetched, apk);
}

static void part_came(const TierReply *reply, void *context)
{
        Apk *apk = context;
        apk->wire_bytes += reply->wire_bytes;
        apk->requests += reply->requests;
        switch (reply->end) {
        case TIER_PART: apk_came_in_part(apk, reply->fd, reply->extents, reply->n_extents, apk->tier); return;
        case TIER_WHOLE: fetch_whole(apk); return;
        case TIER_FAILED: not_fetched(apk, reply->ask, reply->reply, reply->again_at_ms); return;
        }
}

static void fetch_url(Apk *apk)
{
        g_autoptr(GError) error = NULL;
        if (g_str_equal(apk->tier, "whole")) {
                fetch_whole(apk);
                return;
        }
        const char *secret = secret_of(apk, &error);
        if (!secret) {
                run_break(apk->run, g_steal_pointer(&error));
                apk_put_back(apk);
                return;
        }
        TierWish wish = {.url = apk->url,
                         .secret = secret,
                         .tier = apk->tier,
                         .size = stated_size(apk),
                         .loopback = apk->market->loopback};
        tiers_start(apk->run->tiers, apk->market, &wish, part_came, apk);
}

/* ---- a market's page that leads to it ---------------------------------------------------------------------------- */

static void resolved(const AskingResult *result, void *context)
{
        Apk *apk = context;
        if (result->end == ASKING_CANCELLED) {
                apk_put_back(apk);
                return;
        }
        apk->wire_bytes += result->wire_bytes;
        apk->requests++;
        const Reply *reply = result->reply;
        bool ok = result->end == ASKING_READ && g_str_equal(reply->outcome, "ok");
        g_autofree char *host = ok ? market_host_of(reply->apk_url) : NULL;
        if (host) {
                apk->url = arena_str(apk->arena, reply->apk_url);
                fetch_url(apk);
                return;
        }
        bool throttled = g_str_equal(result->reason, "throttled") || g_str_equal(result->reason, "blocked");
        unsigned tries = run_max_attempts(apk->run);
        if (ok)
                apk_unfetched(apk, "shape-changed", "the market's page holds no address of the APK");
        else if (throttled || result->may_pass)
                apk_try_again(apk, result->reason, result->detail,
                              MAX(result->again_at_ms, clock_now_ms() + 10000), tries);
        else
                apk_unfetched(apk, result->reason, result->detail);
}

static void resolve(Apk *apk)
{
        AskingWhat what = {
                .verb = "resolve", .package = apk->errand->package, .store_id = apk->errand->store_id};
        asking_start(apk->run, apk->market, &what, resolved, apk);
}

/* ---- this machine -------------------------------------------------------------------------------------------------- */

static void take_local(Apk *apk)
{
        g_autoptr(GError) error = NULL;
        const char *stated = apk->errand->apk->sha256;
        int fd = corpus_open(apk->market, apk->errand->apk, &error);
        char sha256[SHA256_HEX_SIZE];
        if (fd < 0 || !digest_fd_hex(fd, sha256, &error)) {
                apk_unfetched(apk, "unreadable", error ? error->message : "the file could not be read");
        } else if (stated && g_ascii_strcasecmp(stated, sha256) != 0) {
                g_autofree char *detail =
                        g_strdup_printf("SHA-256 is %s where the list states %s", sha256, stated);
                apk_unfetched(apk, "digest-mismatch", detail);
        } else {
                apk_came_whole(apk, fd, sha256);
        }
        if (fd >= 0)
                close(fd);
}

/* Kept bytes are as good as fetched ones while their digest holds. */
static bool take_kept(Apk *apk)
{
        const char *stated = apk->errand->apk ? apk->errand->apk->sha256 : NULL;
        int fd = apk->run->blobs && stated ? blobs_get(apk->run->blobs, stated) : -1;
        if (fd < 0)
                return false;
        char sha256[SHA256_HEX_SIZE];
        bool right = digest_fd_hex(fd, sha256, NULL) && g_str_equal(sha256, stated);
        if (right)
                apk_came_whole(apk, fd, stated);
        else
                (void)blobs_drop(apk->run->blobs, stated, NULL);
        close(fd);
        return right;
}

void apk_take_bytes(Apk *apk)
{
        const Errand *errand = apk->errand;
        const ListedApk *stated = errand->apk;
        g_autoptr(GError) error = NULL;
        if (apk_is_known(apk))
                return;
        if (apk->market->protocol == MARKET_CORPUS) {
                take_local(apk);
                return;
        }
        if (take_kept(apk))
                return;
        g_autofree char *url = NULL;
        if (apk->market->protocol == MARKET_HASHES)
                url = hashlist_url(apk->market, stated, &error);
        else if (stated && stated->url)
                url = g_strdup(stated->url);
        else if (stated && stated->path)
                url = market_join(errand->base_url, stated->path, &error);
        else {
                resolve(apk);
                return;
        }
        g_autofree char *host = url ? market_host_of(url) : NULL;
        if (!host) {
                apk_unfetched(apk, "bad-path", error ? error->message : "its address is no http(s) URL");
                return;
        }
        apk->url = arena_str(apk->arena, url);
        fetch_url(apk);
}
