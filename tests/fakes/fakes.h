/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fakes.h - app markets that exist only on this machine: what fake_markets (fake_markets.c) is made of. The shapes of replies are
 * those that public clients of each market read; the apps are invented from a seed, so the same options give the same markets.
 *
 *   fake_http.c     connections: one thread, epoll; says which request came and sends what is answered, or misbehaves
 *   fake_faults.c   which request is to go wrong, and how
 *   fake_apps.c     the apps: everything that a market says of app number i; APK files
 *   fake_NAME.c     one market's pages */
#ifndef TESTS_FAKES_H
#define TESTS_FAKES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- apps ----------------------------------------------------------------------------------------------- */

typedef struct {
        char *package, *version; /* what the file itself says; package NULL: not known */
        unsigned code;
        char *bytes;
        gsize len;
        char *md5, *sha1, *sha256;
} FakeApk;

typedef struct {
        uint64_t seed, apps;
        unsigned categories;
        unsigned hidden, paid;   /* every so many apps; 0: none */
        unsigned token_requests; /* Huawei: requests that a token is good for; 0: any number */
        bool gbk;                /* Xiaomi's pages in GBK instead of UTF-8 */
        char *key;               /* AndroZoo's */
        GPtrArray *apks;         /* FakeApk *; may be empty */
        GHashTable *by_package;  /* package of an APK -> its index + 1 */
        GHashTable *bases;       /* name of a market -> "http://127.0.0.11:4711" */
        GHashTable *tokens;      /* Huawei's token -> requests it has served */
        unsigned tokens_made;
        GString *csv, *csv_added; /* AndroZoo's lists, compressed, made when first asked for */
} Fakes;

typedef struct {
        uint64_t i;
        char package[96], name[64], developer[48], version[32], updated[24];
        char md5[33], sha256[65];
        unsigned code, category, votes;
        uint64_t downloads;
        gsize size;
        unsigned rating; /* tenths */
        bool hidden, paid;
} FakeApp;

void fake_app(const Fakes *fakes, uint64_t i, FakeApp *out); /* i < apps */
bool fake_app_by_package(const Fakes *fakes, const char *package, FakeApp *out);
/* The j-th app of a category, j from 0; false: it has fewer. */
bool fake_app_in(const Fakes *fakes, unsigned category, uint64_t j, FakeApp *out);
uint64_t fake_apps_in(const Fakes *fakes, unsigned category);
/* The APK of app i; *own is to be freed when it is not NULL (apps without a file get a tiny archive of their own). */
const char *fake_apk(const Fakes *fakes, uint64_t i, gsize *len, char **own);
const char *const *fake_permissions(uint64_t i, unsigned *n);
void fake_apk_url(const Fakes *fakes, const char *market, const FakeApp *app, GString *out);
void fake_policy_url(const Fakes *fakes, const FakeApp *app, GString *out);
const char *fake_category_name(unsigned category);
bool fake_apks_load(Fakes *fakes, const char *folder,
                    GError **error); /* *.apk, and packages.tsv where there is one */

/* ---- requests and replies -------------------------------------------------------------------------------- */

typedef struct {
        Fakes *fakes;
        const char *market, *verb; /* "aptoide", "list" */
        const char *method, *path, *query, *head, *body;
        unsigned seen;                /* requests for this target before */
        bool misshapen, empty, stale; /* what a fault wants the market itself to do */
} FakeAsk;

typedef struct {
        int status;
        const char *type; /* Content-Type */
        GString *head;    /* further header lines, each with its CRLF */
        GString *body;
        const char *file; /* instead of body: these bytes, with ranges; they live as long as the reply */
        gsize file_len;
        char *own; /* freed with the reply */
} FakeReply;

typedef void (*FakeAnswer)(const FakeAsk *ask, FakeReply *reply);
typedef struct {
        const char *market, *method, *prefix, *verb; /* market "*": any that has these routes */
        FakeAnswer answer;
        const char *with; /* in the query; NULL: whatever stands there */
} FakeRoute;
extern const FakeRoute fake_aptoide[], fake_xiaomi[], fake_huawei[], fake_tencent[], fake_play[],
        fake_apple[], fake_androzoo[], fake_files[]; /* each ends with an empty one */

char *fake_arg(const FakeAsk *ask, const char *name); /* of the query, decoded; NULL: absent. g_free */
char *fake_form_arg(const char *query, const char *name);
uint64_t fake_number(const FakeAsk *ask, const char *name, uint64_t otherwise, uint64_t most);
char *fake_header(const char *head, const char *name);                            /* NULL: not sent. g_free */
void fake_page(FakeReply *reply, int status, const char *type, const char *text); /* replaces the body */
void fake_redirect(FakeReply *reply, const char *to);
void fake_json_text(GString *out, const char *text); /* escaped, without the quotes */
const char *fake_base(const Fakes *fakes, const char *market);

/* ---- faults -------------------------------------------------------------------------------------------------- */

typedef struct FakeFaults FakeFaults;
typedef struct {
        const char *name, *argument; /* "429-retry", "2" */
} FakeFault;

FakeFaults *fake_faults_new(uint64_t seed);
void fake_faults_free(FakeFaults *all);
/* MARKET:VERB:FAULT[=ARGUMENT][@PER CENT%][,times=N][,after=N]; `*` for any market or verb. */
bool fake_faults_add(FakeFaults *all, const char *spec, GError **error);
/* What goes wrong with this request; seen: times its target was asked for before, asked: requests of the market before. */
bool fake_faults_pick(FakeFaults *all, const char *market, const char *verb, const char *target,
                      unsigned seen, uint64_t asked, FakeFault *out);
bool fake_faults_any(const FakeFaults *all);
const char *fake_faults_words(void); /* a line per fault, for --help */

/* ---- the server -------------------------------------------------------------------------------------------- */

typedef struct FakeServer FakeServer;
typedef struct {
        Fakes *fakes;
        FakeFaults *faults;
        const char *log_path; /* NULL: none */
        int latency_ms;       /* before each answer */
} FakeServerOptions;

FakeServer *fake_server_new(const FakeServerOptions *options, GError **error);
void fake_server_free(FakeServer *server);
/* Listens for a market, on an address of its own (port 0: any free one), and writes down its base URL. */
bool fake_server_listen(FakeServer *server, const char *market, const char *address, int port,
                        const FakeRoute *routes, GError **error);
bool fake_server_run(FakeServer *server, GError **error); /* until SIGTERM or SIGINT */

#endif
