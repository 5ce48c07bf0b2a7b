/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakes/fake_inside.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void say(FakeOut *out, int status, const char *head, const char *body)
{
        out->status = status;
        g_string_append_printf(out->bytes, "HTTP/1.1 %d Told so\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                               head, strlen(body), body);
}

static void wait_for(FakeOut *out, int status, const char *value)
{
        g_autofree char *head = g_strdup_printf("Retry-After: %s\r\n", value);
        say(out, status, head, "too many requests\n");
}

static void captcha(FakeOut *out)
{
        say(out, 200, "Content-Type: text/html; charset=utf-8\r\n",
            "<!DOCTYPE html><html><head><title>安全验证 Security check</title></head><body><div "
            "id=\"captcha\" "
            "class=\"verify-box\">请完成验证 Please verify that you are human</div><form action=\"/verify\" "
            "method=\"post\"><input name=\"vcode\"></form></body></html>\n");
}

static void to(FakeOut *out, const char *url)
{
        g_autofree char *head = g_strdup_printf("Location: %s\r\n", url);
        say(out, 302, head, "");
}

static void date_ahead(int seconds, char out[40])
{
        time_t at = time(NULL) + seconds;
        struct tm tm;
        gmtime_r(&at, &tm);
        (void)strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static void chunk(GString *out, const char *bytes, gsize len)
{
        g_string_append_printf(out, "%zx\r\n", len);
        g_string_append_len(out, bytes, (gssize)len);
        g_string_append(out, "\r\n");
}

/* A body without end: `start` in one chunk, then `piece` for ever. */
static void endless(FakeOut *out, const char *encoding, const char *start, gsize start_len, const char *piece,
                    gsize len)
{
        out->status = 200;
        g_string_append_printf(out->bytes, "HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n",
                               encoding);
        chunk(out->bytes, start, start_len);
        out->piece = g_string_new(NULL);
        chunk(out->piece, piece, len);
}

/* The bytes of each: tests/support/fault_bodies.h says what they are. */
static void gzip_bomb(FakeOut *out)
{
        static const char start[] =
                "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a";
        static const char zeros[16384];
        endless(out, "Content-Encoding: gzip\r\n", start, sizeof start - 1, zeros, sizeof zeros);
}

static void br_bomb(FakeOut *out)
{
        static const char start[] = "\xcb\xff\xff\x1f\x00\x24\xc4\xe2\xb1\x40\x72\xef\x7f\x0c";
        static const char more[] = "\xfc\xff\xff\x01\x40\x02\x20\x0e\x0b\x40\xf7\xfe\xc7\x00";
        endless(out, "Content-Encoding: br\r\n", start, sizeof start - 1, more, sizeof more - 1);
}

static void zstd_bomb(FakeOut *out)
{
        static const char start[] = "\x28\xb5\x2f\xfd\x00\x38", block[] = "\x02\x00\x10z";
        endless(out, "Content-Encoding: zstd\r\n", start, sizeof start - 1, block, sizeof block - 1);
}

static bool told_to_wait(const FakeFault *fault, FakeOut *out)
{
        const char *argument = fault->argument ? fault->argument : "";
        char date[40];
        if (strcmp(fault->name, "429") == 0) {
                say(out, 429, "", "too many requests\n");
        } else if (strcmp(fault->name, "503") == 0) {
                say(out, 503, "", "not now\n");
        } else if (strcmp(fault->name, "429-retry") == 0) {
                wait_for(out, 429, argument);
        } else if (strcmp(fault->name, "503-retry") == 0) {
                wait_for(out, 503, argument);
        } else if (strcmp(fault->name, "503-date") == 0) {
                date_ahead(atoi(argument), date);
                wait_for(out, 503, date);
        } else if (strcmp(fault->name, "status") == 0) {
                say(out, atoi(argument), "", "so it is\n");
        } else {
                return false;
        }
        return true;
}

static bool sent_away(const FakeAsk *ask, const FakeFault *fault, FakeOut *out)
{
        if (strcmp(fault->name, "redirect-loop") == 0) {
                g_autofree char *self = g_strconcat(ask->path, ask->query ? "?" : "", ask->query, NULL);
                to(out, self);
        } else if (strcmp(fault->name, "redirect-private") == 0) {
                to(out, "http://169.254.169.254/latest/meta-data/");
        } else if (strcmp(fault->name, "redirect") == 0) {
                to(out, fault->argument);
        } else if (strcmp(fault->name, "captcha") == 0) {
                captcha(out);
        } else {
                return false;
        }
        return true;
}

static bool without_end(const FakeFault *fault, FakeOut *out)
{
        static const char body[] = "there is no end to this, and no sense either\n";
        if (strcmp(fault->name, "endless") == 0) {
                endless(out, "", body, sizeof body - 1, body, sizeof body - 1);
        } else if (strcmp(fault->name, "endless-headers") == 0) {
                g_string_append(out->bytes, "HTTP/1.1 200 OK\r\n");
                out->status = 200;
                out->piece = g_string_new("X-Header: and another one, and there is no end to them\r\n");
        } else if (strcmp(fault->name, "gzip-bomb") == 0) {
                gzip_bomb(out);
        } else if (strcmp(fault->name, "br-bomb") == 0) {
                br_bomb(out);
        } else if (strcmp(fault->name, "zstd-bomb") == 0) {
                zstd_bomb(out);
        } else {
                return false;
        }
        return true;
}

bool fake_misdeed(const FakeAsk *ask, const FakeFault *fault, FakeOut *out)
{
        if (told_to_wait(fault, out) || sent_away(ask, fault, out) || without_end(fault, out))
                return true;
        if (strcmp(fault->name, "drop") == 0) {
                out->close = true;
        } else if (strcmp(fault->name, "garbage") == 0) {
                g_string_append(out->bytes, "SSH-2.0-OpenSSH_9.2\r\nwhat is HTTP?\r\n");
                out->close = true;
        } else if (strcmp(fault->name, "stall-head") == 0) {
                g_string_append(out->bytes, "HTTP/1.1 2");
                out->stop_at = out->bytes->len;
        } else if (strcmp(fault->name, "bad-gzip") == 0) {
                say(out, 200, "Content-Encoding: gzip\r\n", "plain words");
        } else {
                return false;
        }
        return true;
}
