/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/ending.h"

#include "core/clock.h"
#include "core/text.h"

static const struct {
        const char *name;
        bool retryable;
} ends[] = {
        [FETCH_OK] = {"ok", false},
        [FETCH_UNCHANGED] = {"unchanged", false},
        [FETCH_GONE] = {"gone", false},
        [FETCH_REFUSED] = {"refused", false},
        [FETCH_THROTTLED] = {"throttled", true},
        [FETCH_SERVER] = {"server-error", true},
        [FETCH_CONNECT] = {"no-connection", true},
        [FETCH_STALLED] = {"stalled", true},
        [FETCH_TRUNCATED] = {"truncated", true},
        [FETCH_TOO_LARGE] = {"too-large", false},
        [FETCH_SIZE] = {"size-mismatch", false},
        [FETCH_DIGEST] = {"digest-mismatch", false},
        [FETCH_REDIRECTS] = {"redirects", false},
        [FETCH_FORBIDDEN] = {"forbidden-address", false},
        [FETCH_PROTOCOL] = {"protocol", true},
        [FETCH_RANGE] = {"range", false},
        [FETCH_DISK] = {"disk", false},
        [FETCH_CANCELLED] = {"cancelled", true},
};

const char *fetch_end_name(FetchEnd end)
{
        return (size_t)end < G_N_ELEMENTS(ends) ? ends[end].name : "unknown";
}

bool fetch_end_retryable(FetchEnd end)
{
        return (size_t)end < G_N_ELEMENTS(ends) && ends[end].retryable;
}

static FetchEnd end_of_status(const Ending *e)
{
        int status = e->head->status;
        switch (status) {
        case 304: return e->conditional ? FETCH_UNCHANGED : FETCH_PROTOCOL;
        case 404:
        case 410:
        case 451: return FETCH_GONE;
        case 408:
        case 425: return FETCH_SERVER;
        case 429: return FETCH_THROTTLED;
        case 503:
                return head_retry_after_ms(e->head->retry_after, clock_now_ms()) >= 0 ? FETCH_THROTTLED
                                                                                      : FETCH_SERVER;
        default: break;
        }
        if (status >= 300 && status < 400)
                return FETCH_REDIRECTS;
        if (status >= 400 && status < 500)
                return FETCH_REFUSED;
        return status >= 500 && status < 600 ? FETCH_SERVER : FETCH_PROTOCOL;
}

FetchEnd ending_whole(const Ending *e, char **detail)
{
        g_autofree char *why = NULL;
        bool open = intake_is_open(e->intake);
        FetchEnd end = open ? intake_finish(e->intake, e->wire_body, &why) : end_of_status(e);
        if (why)
                *detail = g_strdup_printf("%s: %s", why, e->url);
        else
                *detail = g_strdup_printf("HTTP %d from %s", e->head->status, e->url);
        return end;
}

FetchEnd ending_cut(const Ending *e, char **detail)
{
        int64_t announced = intake_announced(e->intake);
        g_autofree char *held = text_count(intake_held(e->intake));
        g_autofree char *all = announced >= 0 ? text_count((guint64)announced) : NULL;
        if (!intake_is_open(e->intake)) {
                *detail = g_strdup_printf("connection ended before a whole answer (%s): %s", e->said, e->url);
                return FETCH_CONNECT;
        }
        if (all)
                *detail = g_strdup_printf("body ended after %s of %s bytes: %s", held, all, e->url);
        else
                *detail = g_strdup_printf("body broke off after %s bytes (%s): %s", held, e->said, e->url);
        return FETCH_TRUNCATED;
}

FetchEnd ending_late(const Ending *e, char **detail)
{
        g_autofree char *held = text_count(intake_held(e->intake));
        if (!e->connected) {
                *detail = g_strdup_printf("no connection (%s): %s", e->said, e->url);
                return FETCH_CONNECT;
        }
        *detail = g_strdup_printf("too slow, stopped with %s bytes held (%s): %s", held, e->said, e->url);
        return FETCH_STALLED;
}
