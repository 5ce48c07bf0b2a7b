/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch_inside.h - what the halves of fetch share: fetch.c (the life of a transfer, the multi handle) and fetch_easy.c (what curl
 * is told of one transfer, and what it calls back). The only files that know curl. */
#ifndef CRAWLER_FETCH_INSIDE_H
#define CRAWLER_FETCH_INSIDE_H

#include "core/arena.h"
#include "crawler/ending.h"
#include "crawler/fetch.h"
#include "crawler/loop.h"

#include <curl/curl.h>
#include <netinet/in.h>

struct Fetcher {
        CURLM *multi;
        Loop *loop;
        FetchOptions options;
        char *user_agent, *ca_file;
        GQueue running;  /* of Fetch: their easy handle is in the multi handle */
        GQueue ended;    /* of Fetch: `done` is called on the next turn */
        GPtrArray *idle; /* reset easy handles; connections, TLS sessions, DNS answers stay in `multi` */
        uint64_t bytes;
};

typedef struct {
        Fetcher *owner;
        Arena *arena;
        GList link;
        FetchWish wish; /* its strings are in the arena */
        FetchDone done;
        void *context;
        CURL *easy;
        struct curl_slist *headers;
        Intake *intake;
        Head head;
        FetchEnd end;
        bool ended;     /* `end` stands: what curl says later is the echo of our stopping it */
        bool connected; /* a request was sent */
        bool wasted;    /* an error page was cut short: the status says it all */
        bool restarted; /* asked once more from 0 */
        char refused[INET6_ADDRSTRLEN]; /* address that the guard did not let through */
        uint64_t wire, wire_body;       /* all that came; of the present body */
        uint64_t waste;
        char *detail, *url;
        char *content_type, *location, *address; /* of the reply; NULL: none */
        char said[CURL_ERROR_SIZE];
} Fetch;

/* ---- fetch.c */
void fetch_end_with(Fetch *fetch, FetchEnd end, char *take_detail); /* the first one stands */
/* The address as it stands now, without user, password and secret. g_free it. */
char *fetch_url_of(const Fetch *fetch);
/* Stops a running transfer from inside one of its callbacks; false, which aborts. */
bool fetch_give_up(Fetch *fetch, FetchEnd end, const char *why);
/* `text` with "{key}" where the wish's secret stands; g_free it. NULL gives NULL. */
char *fetch_without_secret(const Fetch *fetch, const char *text);

/* ---- fetch_easy.c */
void fetch_set_up(Fetch *fetch); /* everything curl has to know of the transfer, on fetch->easy */
void fetch_count_wire(Fetch *fetch);

#endif
