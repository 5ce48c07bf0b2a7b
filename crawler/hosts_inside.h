/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts_inside.h - what hosts.c (the door and the queues), hosts_host.c (one host: what is known, begun, ended), hosts_robots.c (its
 * robots.txt) and hosts_keep.c (rows in the store) share. */
#ifndef CRAWLER_HOSTS_INSIDE_H
#define CRAWLER_HOSTS_INSIDE_H

#include "crawler/bandwidth.h"
#include "crawler/breaker.h"
#include "crawler/conduct.h"
#include "crawler/hosts.h"
#include "crawler/pace.h"
#include "crawler/timer.h"

enum {
        GIVE_UP_AFTER =
                10, /* failures in a row, throttling not counted: the host is left alone in this run */
        ROBOTS_ATTEMPTS = 3,   /* before an unreachable robots.txt is taken as "disallow all" */
        ROBOTS_ROUNDS = 5,     /* of so many attempts, some time apart, before that stands for this run */
        REST_BACKOFFS = 30,    /* a rest in units of the first back-off: a market's, and between two rounds */
        OFFLINE_AT_ONCE = 32,  /* recorded replies read at once */
        LONG_WAIT_MS = 2000,   /* the frontier keeps errands of a host that waits for longer */
        LEAVES_MS = 10,        /* a request is on its way so soon after it began ... */
        HELD_UP_MS = 30,       /* ... unless the process was held up for longer than this */
        STATE_EVERY_MS = 60000 /* the time of a host's last request is written down so often */
};

typedef enum { ROBOTS_UNKNOWN, ROBOTS_ASKED, ROBOTS_KNOWN, ROBOTS_UNREACHABLE } RobotsKnown;

/* What the hosts of one market share. */
typedef struct {
        Hosts *hosts;
        const Market *market;
        char *row;     /* "market/<name>" */
        bool together; /* its hosts have one operator: not the web at large */
        Breaker *breaker;
        Bandwidth bandwidth;
        bool troubled; /* its last request found an outage */
        bool changed;  /* since it was written down */
} Manners;

typedef struct {
        Hosts *hosts;
        char *name; /* scheme://host:port */
        const Market *market;
        Manners *manners;
        Pace *pace;
        Pace *place; /* of its address, shared; NULL: not known yet */
        char *address;
        HostConduct *conduct;
        RobotsKnown known;
        Arena *robots_arena;
        Robots *robots;
        int robots_attempts, robots_rounds;
        int64_t robots_again_ms; /* when an unreachable one is tried once more */
        int failures;            /* in a row, throttling not counted */
        char *trouble;           /* what the last failure looked like */
        bool troubled;           /* the last request failed */
        bool is_down;            /* robots.txt could not be had because nothing answers at all */
        GQueue asks;             /* Ask *, waiting */
        unsigned away;           /* asks that came for this host and were led to another */
        bool active;             /* in hosts->active */
        bool leaving;            /* in hosts->leaving */
        int64_t begun_ms;        /* the newest request */
        bool listed;             /* in hosts->changed */
        bool changed;            /* what STORE_HOSTS keeps, since it was written down */
        bool kept;               /* it has a row */
        int64_t kept_ms;         /* when that was written */
} Host;

/* What a request took when it began and gives back when it ends. */
typedef struct {
        Pace *place;
        int64_t reserved; /* bytes */
} Begun;

struct Hosts {
        HostsOptions options;
        GHashTable *by_name;    /* char * -> Host * */
        GHashTable *by_market;  /* char * -> Manners * */
        GHashTable *by_address; /* char * -> Pace * */
        GPtrArray *active;      /* Host * that have asks waiting */
        GPtrArray *changed;     /* Host * that have something to write down */
        GPtrArray *leaving;     /* Host * whose newest request may not have left yet */
        Timer *leave;
        guint turn; /* which active host is served first */
        Bandwidth bandwidth;
        Timer *wake;
        GHashTable *flying; /* what is given to the fetcher -> GDestroyNotify of it */
        uint64_t requests;
        char *user_agent;
        int64_t wall_ms, mono_ms; /* both clocks at the beginning */
};

/* Wall-clock time that the clock's being set does not touch: the wall clock when this run began, and what went by since. */
int64_t hosts_now(const Hosts *hosts);

/* ---- hosts_host.c */
Host *host_find(Hosts *hosts, const Market *market, const char *name);
void host_free(void *data);
void manners_free(void *data);
/* Milliseconds until a request may begin, -1: until one ends; `reason` (or NULL) gets the word of HostView. */
int64_t host_wait(Host *host, int64_t now_ms, const char **reason);
void host_begin(Host *host, int64_t now_ms, int64_t bytes, Begun *begun);
/* When the host may be asked again, by hosts_now; 0: it was no failure. */
int64_t host_end(Host *host, const Begun *begun, const FetchReply *reply);
bool host_is_given_up(const Host *host);

/* ---- hosts_robots.c */
void host_recall_robots(Host *host,
                        const HostState *state);   /* what the store knows of it; state NULL: nothing */
void host_look_robots(Host *host, int64_t now_ms); /* too old, or worth another try? */
void host_ask_robots(Host *host);

/* ---- hosts_keep.c */
void keep_later(Host *host);                                         /* with the next hosts_put_conduct */
void keep_now(Host *host);                                           /* durable on return */
HostState *kept_state(Hosts *hosts, const char *name, Arena *arena); /* NULL: none */
Conduct *kept_conduct(Hosts *hosts, const char *name, Arena *arena); /* of this sweep; NULL: none */

#endif
