/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/fault_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

enum { PIECE = 65536 };

typedef struct {
        char *bytes;
        gsize len;
        char *etag;
        char date[40]; /* Last-Modified */
} Document;

static void http_date(char out[40], time_t at)
{
        struct tm tm;
        gmtime_r(&at, &tm);
        (void)strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static bool load(const char *folder, const char *path, Document *document)
{
        struct stat info;
        g_autofree char *full = g_build_filename(folder, path, NULL);
        *document = (Document){0};
        if (strstr(path, "..") || stat(full, &info) != 0 || !S_ISREG(info.st_mode) ||
            !g_file_get_contents(full, &document->bytes, &document->len, NULL))
                return false;
        g_autofree char *sum =
                g_compute_checksum_for_data(G_CHECKSUM_MD5, (guchar *)document->bytes, document->len);
        document->etag = g_strdup_printf("\"%.16s\"", sum);
        http_date(document->date, info.st_mtime);
        return true;
}

static void unload(Document *document)
{
        g_free(document->bytes);
        g_free(document->etag);
}

static void page(Exchange *x, int status, const char *extra)
{
        g_autofree char *text = g_strdup_printf("status %d\n", status);
        x->status = status;
        fault_count(x, strlen(text));
        fault_sendf(x, "HTTP/1.1 %d Told so\r\n%sContent-Length: %zu\r\n\r\n%s", status, extra, strlen(text),
                    text);
}

static void send_body(Exchange *x, const char *bytes, gsize len)
{
        fault_count(x, len);
        x->close |= !fault_send(x, bytes, len);
}

/* ---- a file as a decent server sends it */

typedef struct {
        gsize from;             /* first byte to send */
        gsize to;               /* behind the last one; 0: the end of the file */
        bool partial;           /* 206 */
        gssize cut;             /* bytes of body after which the connection ends, -1: never */
        const char *validators; /* header lines; NULL: the document's own */
} Manner;

static bool wants_range(const Exchange *x, const Document *document, Manner *manner)
{
        unsigned long long first = 0, last = 0;
        int read = x->range ? sscanf(x->range, "bytes=%llu-%llu", &first, &last) : 0;
        if (read < 1)
                return false;
        bool matches = !x->if_range || strcmp(x->if_range, document->etag) == 0 ||
                       strcmp(x->if_range, document->date) == 0;
        manner->from = (gsize)first;
        manner->to = read == 2 && last < document->len ? (gsize)last + 1 : 0;
        return matches;
}

static void send_document(Exchange *x, const Document *document, Manner manner)
{
        g_autofree char *own =
                g_strdup_printf("ETag: %s\r\nLast-Modified: %s\r\n", document->etag, document->date);
        g_autofree char *range = NULL;
        gsize to = manner.partial && manner.to ? manner.to : document->len;
        gsize len = to - MIN(manner.from, to);
        if (manner.partial)
                range = g_strdup_printf("Content-Range: bytes %zu-%zu/%zu\r\n", manner.from, to - 1,
                                        document->len);
        x->status = manner.partial ? 206 : 200;
        if (!fault_sendf(x, "HTTP/1.1 %d OK\r\n%s%sAccept-Ranges: bytes\r\nContent-Length: %zu\r\n\r\n",
                         x->status, manner.validators ? manner.validators : own, range ? range : "", len))
                x->close = true;
        if (manner.cut >= 0 && (gsize)manner.cut < len) {
                len = (gsize)manner.cut;
                x->close = true;
        }
        bool closing = x->close;
        send_body(x, document->bytes + manner.from, len);
        x->close |= closing;
}

static bool unchanged(const Exchange *x, const Document *document)
{
        if (x->if_none_match)
                return strcmp(x->if_none_match, document->etag) == 0;
        return x->if_modified_since && strcmp(x->if_modified_since, document->date) == 0;
}

static void serve_cut(Exchange *x, const Document *document, gssize cut)
{
        Manner manner = {.cut = cut};
        if (unchanged(x, document)) {
                x->status = 304;
                fault_sendf(x, "HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n", document->etag);
                return;
        }
        manner.partial = wants_range(x, document, &manner);
        if (!manner.partial)
                manner.from = 0;
        if (manner.from >= document->len && manner.partial) {
                g_autofree char *range = g_strdup_printf("Content-Range: bytes */%zu\r\n", document->len);
                page(x, 416, range);
                return;
        }
        send_document(x, document, manner);
}

/* ---- the faults: `argument` is the part of the path after the name, `document` the file named by the rest */

typedef void (*Misdeed)(Exchange *x, const char *argument, const Document *document);

static void do_status(Exchange *x, const char *argument, const Document *document)
{
        (void)document;
        page(x, atoi(argument), "");
}

static void do_page(Exchange *x, const char *argument, const Document *document)
{
        const char *size = strchr(x->target + strlen("/fault/page/"), '/');
        gsize len = size ? (gsize)g_ascii_strtoull(size + 1, NULL, 10) : 0;
        g_autofree char *text = g_strnfill(len, 'x');
        (void)document;
        x->status = atoi(argument);
        fault_sendf(x, "HTTP/1.1 %d Told so\r\nContent-Length: %zu\r\n\r\n", x->status, len);
        send_body(x, text, len);
}

static void do_429(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *value = g_uri_unescape_string(argument, NULL);
        g_autofree char *extra = g_strdup_printf("Retry-After: %s\r\n", value);
        (void)document;
        page(x, 429, extra);
}

static void do_503_date(Exchange *x, const char *argument, const Document *document)
{
        char date[40];
        http_date(date, time(NULL) + atoi(argument));
        g_autofree char *extra = g_strdup_printf("Retry-After: %s\r\n", date);
        (void)document;
        page(x, 503, extra);
}

static void do_once(Exchange *x, const char *argument, const Document *document)
{
        if (fault_seen_before(x) == 0)
                page(x, atoi(argument), "");
        else
                serve_cut(x, document, -1);
}

static void do_later(Exchange *x, const char *argument, const Document *document)
{
        if (fault_seen_before(x) == 0)
                do_429(x, argument, document);
        else
                serve_cut(x, document, -1);
}

static void do_later_date(Exchange *x, const char *argument, const Document *document)
{
        if (fault_seen_before(x) == 0)
                do_503_date(x, argument, document);
        else
                serve_cut(x, document, -1);
}

static void do_stall(Exchange *x, const char *argument, const Document *document)
{
        serve_cut(x, document, atoi(argument));
        fault_pause(x, 600000);
        x->close = true;
}

static void do_stall_head(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        fault_pause(x, 600000);
        x->close = true;
}

static void do_slow(Exchange *x, const char *argument, const Document *document)
{
        gsize step = MAX(1, (gsize)atoi(argument) / 10);
        x->status = 200;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %zu\r\n\r\n", document->etag,
                    document->len);
        for (gsize at = 0; at < document->len && !x->close; at += step) {
                send_body(x, document->bytes + at, MIN(step, document->len - at));
                x->close |= !fault_pause(x, 100);
        }
}

static void do_cut(Exchange *x, const char *argument, const Document *document)
{
        serve_cut(x, document, atoi(argument));
}

static void do_cut_once(Exchange *x, const char *argument, const Document *document)
{
        serve_cut(x, document, fault_seen_before(x) == 0 ? atoi(argument) : -1);
}

static void do_reset(Exchange *x, const char *argument, const Document *document)
{
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        serve_cut(x, document, atoi(argument));
        fault_pause(x, 100); /* let the client read what came first */
        (void)setsockopt(x->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        x->close = true;
}

static void length_lie(Exchange *x, const char *length, const Document *document)
{
        x->status = 200;
        x->close = true;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nETag: %s\r\n%s\r\n", document->etag, length);
        send_body(x, document->bytes, document->len);
        x->close = true;
}

static void do_short_length(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *length =
                g_strdup_printf("Content-Length: %zu\r\n", document->len - (gsize)atoi(argument));
        length_lie(x, length, document);
}

static void do_long_length(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *length =
                g_strdup_printf("Content-Length: %zu\r\n", document->len + (gsize)atoi(argument));
        length_lie(x, length, document);
}

static void do_no_length(Exchange *x, const char *argument, const Document *document)
{
        (void)argument;
        length_lie(x, "", document);
}

static void do_duplicate_length(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *lines =
                g_strdup_printf("Content-Length: 3\r\nContent-Length: %zu\r\n", document->len);
        (void)argument;
        length_lie(x, lines, document);
}

static void do_negative_length(Exchange *x, const char *argument, const Document *document)
{
        (void)argument;
        length_lie(x, "Content-Length: -5\r\n", document);
}

static void do_bad_length(Exchange *x, const char *argument, const Document *document)
{
        (void)argument;
        length_lie(x, "Content-Length: 1208925819614629174706176\r\n", document);
}

static void do_chunked(Exchange *x, const char *argument, const Document *document)
{
        (void)argument;
        x->status = 200;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nETag: %s\r\nTransfer-Encoding: chunked\r\n\r\n", document->etag);
        for (gsize at = 0; at < document->len && !x->close; at += 1000)
                fault_send_chunk(x, document->bytes + at, MIN(1000, document->len - at));
        fault_sendf(x, "0\r\nX-Trailer: yes\r\n\r\n");
}

static void do_chunk_error(Exchange *x, const char *argument, const Document *document)
{
        (void)argument;
        x->status = 200;
        x->close = true;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        fault_send_chunk(x, document->bytes, document->len / 2);
        fault_sendf(x, "zebra\r\n");
}

static void do_endless(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *piece = g_strnfill(PIECE, 'e');
        (void)argument, (void)document;
        fault_send_endless(x, "", NULL, 0, piece, PIECE);
}

static void do_bad_gzip(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        x->status = 200;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\nplain words");
}

static void do_gzip_forced(Exchange *x, const char *argument, const Document *document)
{
        g_autoptr(GString) out = fault_gzip(document->bytes, document->len);
        (void)argument;
        x->status = 200;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: %s\r\nContent-Length: %zu\r\n\r\n",
                    document->etag, out->len);
        send_body(x, out->str, out->len);
}

static void do_gzip(Exchange *x, const char *argument, const Document *document)
{
        if (x->accept_encoding && strstr(x->accept_encoding, "gzip"))
                do_gzip_forced(x, argument, document);
        else
                serve_cut(x, document, -1);
}

static void redirect(Exchange *x, const char *to)
{
        g_autofree char *extra = g_strdup_printf("Location: %s\r\n", to);
        page(x, 302, extra);
}

static void do_redirect_to(Exchange *x, const char *argument, const Document *document)
{
        const char *query = strstr(x->target, "?u=");
        g_autofree char *to = g_uri_unescape_string(query ? query + 3 : "/", NULL);
        (void)argument, (void)document;
        redirect(x, to ? to : "/");
}

static void do_redirect_chain(Exchange *x, const char *argument, const Document *document)
{
        int left = atoi(argument);
        const char *rest = strchr(x->target + strlen("/fault/redirect-chain/"), '/');
        g_autofree char *to = g_strdup_printf("/fault/redirect-chain/%d%s", left - 1, rest ? rest : "/");
        if (left > 0)
                redirect(x, to);
        else
                serve_cut(x, document, -1);
}

static void do_redirect_loop(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        redirect(x, x->target);
}

static void do_redirect_nowhere(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        page(x, 302, "");
}

static void do_redirect_endless(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *piece = g_strnfill(PIECE, 'r');
        (void)argument, (void)document;
        x->status = 302;
        fault_sendf(x, "HTTP/1.1 302 Found\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (!x->close)
                fault_send_chunk(x, piece, PIECE);
}

static void do_endless_headers(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        x->status = 200;
        x->close = true;
        fault_sendf(x, "HTTP/1.1 200 OK\r\n");
        for (unsigned i = 0;
             fault_sendf(x, "X-Header-%u: and another one, and there is no end to them\r\n", i); i++)
                ;
}

static void do_big_header(Exchange *x, const char *argument, const Document *document)
{
        g_autofree char *value = g_strnfill(204800, 'h');
        (void)argument, (void)document;
        x->close = true;
        fault_sendf(x, "HTTP/1.1 200 OK\r\nX-Big: %s\r\nContent-Length: 2\r\n\r\nok", value);
}

static void do_endless_1xx(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        x->close = true;
        while (fault_sendf(x, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"))
                ;
}

static void do_etag_changes(Exchange *x, const char *argument, const Document *document)
{
        if (fault_seen_before(x) > 0) {
                serve_cut(x, document, -1);
                return;
        }
        Document before = {
                .bytes = g_malloc(document->len), .len = document->len, .etag = g_strdup("\"before\"")};
        for (gsize i = 0; i < before.len; i++)
                before.bytes[i] = (char)~document->bytes[i];
        g_strlcpy(before.date, document->date, sizeof before.date);
        serve_cut(x, &before, atoi(argument));
        unload(&before);
}

static void do_range_ignored(Exchange *x, const char *argument, const Document *document)
{
        Manner manner = {.cut = fault_seen_before(x) == 0 ? atoi(argument) : -1};
        send_document(x, document, manner);
}

static void do_range_wrong(Exchange *x, const char *argument, const Document *document)
{
        Manner manner = {.cut = fault_seen_before(x) == 0 ? atoi(argument) : -1};
        manner.partial = wants_range(x, document, &manner);
        manner.from += manner.partial;
        send_document(x, document, manner);
}

static void do_range_416(Exchange *x, const char *argument, const Document *document)
{
        Manner manner = {.cut = fault_seen_before(x) == 0 ? atoi(argument) : -1};
        if (x->range)
                page(x, 416, "");
        else
                send_document(x, document, manner);
}

static void resumable(Exchange *x, const char *argument, const Document *document, const char *validators)
{
        Manner manner = {.cut = fault_seen_before(x) == 0 ? atoi(argument) : -1, .validators = validators};
        manner.partial = wants_range(x, document, &manner);
        send_document(x, document, manner);
}

static void do_weak(Exchange *x, const char *argument, const Document *document)
{
        resumable(x, argument, document, "ETag: W/\"weak\"\r\n");
}

static void do_no_validator(Exchange *x, const char *argument, const Document *document)
{
        resumable(x, argument, document, "X-Nothing: here\r\n");
}

static void do_unasked_206(Exchange *x, const char *argument, const Document *document)
{
        (void)argument;
        send_document(x, document, (Manner){.partial = true, .cut = -1});
}

static void do_garbage(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        x->close = true;
        fault_sendf(x, "SSH-2.0-OpenSSH_9.2\r\nwhat is HTTP?\r\n");
}

static void do_drop(Exchange *x, const char *argument, const Document *document)
{
        (void)argument, (void)document;
        x->close = true;
}

static const struct {
        const char *name;
        bool argument; /* a part of the path belongs to the fault */
        bool file;     /* the rest names a file */
        Misdeed act;
} faults[] = {
        {"status", true, false, do_status},
        {"page", true, false, do_page},
        {"429", true, false, do_429},
        {"503-date", true, false, do_503_date},
        {"once", true, true, do_once},
        {"later", true, true, do_later},
        {"later-date", true, true, do_later_date},
        {"stall", true, true, do_stall},
        {"stall-head", false, false, do_stall_head},
        {"slow", true, true, do_slow},
        {"cut", true, true, do_cut},
        {"cut-once", true, true, do_cut_once},
        {"reset", true, true, do_reset},
        {"short-length", true, true, do_short_length},
        {"long-length", true, true, do_long_length},
        {"no-length", false, true, do_no_length},
        {"duplicate-length", false, true, do_duplicate_length},
        {"negative-length", false, true, do_negative_length},
        {"bad-length", false, true, do_bad_length},
        {"chunked", false, true, do_chunked},
        {"chunk-error", false, true, do_chunk_error},
        {"endless", false, false, do_endless},
        {"endless-headers", false, false, do_endless_headers},
        {"big-header", false, false, do_big_header},
        {"endless-1xx", false, false, do_endless_1xx},
        {"gzip", false, true, do_gzip},
        {"gzip-forced", false, true, do_gzip_forced},
        {"bad-gzip", false, false, do_bad_gzip},
        {"redirect-to", false, false, do_redirect_to},
        {"redirect-chain", true, true, do_redirect_chain},
        {"redirect-loop", false, false, do_redirect_loop},
        {"redirect-nowhere", false, false, do_redirect_nowhere},
        {"redirect-endless", false, false, do_redirect_endless},
        {"etag-changes", true, true, do_etag_changes},
        {"range-ignored", true, true, do_range_ignored},
        {"range-wrong", true, true, do_range_wrong},
        {"range-416", true, true, do_range_416},
        {"weak", true, true, do_weak},
        {"no-validator", true, true, do_no_validator},
        {"unasked-206", false, true, do_unasked_206},
        {"garbage", false, false, do_garbage},
        {"drop", false, false, do_drop},
};

static void misbehave(Exchange *x, const char *folder, const char *name_on)
{
        g_autofree char *path = g_strndup(name_on, strcspn(name_on, "?"));
        g_auto(GStrv) part = g_strsplit(path, "/", 2);
        if (fault_odd(x, part[0], part[1] ? part[1] : ""))
                return;
        for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
                if (strcmp(part[0], faults[i].name) != 0)
                        continue;
                g_auto(GStrv) rest = g_strsplit(part[1] ? part[1] : "", "/", 2);
                const char *argument = faults[i].argument && rest[0] ? rest[0] : "";
                const char *file = faults[i].argument ? (rest[0] ? rest[1] : NULL) : part[1];
                Document document = {0};
                if (faults[i].file && (!file || !load(folder, file, &document)))
                        page(x, 404, "");
                else
                        faults[i].act(x, argument, &document);
                unload(&document);
                return;
        }
        page(x, 404, "");
}

void fault_answer(Exchange *x, const char *folder)
{
        Document document;
        if (g_str_has_prefix(x->target, "/fault/")) {
                misbehave(x, folder, x->target + strlen("/fault/"));
                return;
        }
        g_autofree char *path = g_strndup(x->target, strcspn(x->target, "?"));
        if (load(folder, path, &document)) {
                serve_cut(x, &document, -1);
                unload(&document);
        } else {
                page(x, 404, "");
        }
}
