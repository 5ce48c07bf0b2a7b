/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/tls_front.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct TlsFront {
        TlsKind kind;
        int fd;
        SSL_CTX *context;
        pthread_t acceptor;
        char *url;
        gint stopping, threads, requests; /* atomic */
};

/* ---- certificates -------------------------------------------------------------------------------------------- */

enum { DAY_S = 86400 };

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        g_assert(extension && X509_add_ext(cert, extension, -1));
        X509_EXTENSION_free(extension);
}

static X509 *new_cert(const char *name, EVP_PKEY *key, X509 *issuer, long from_s, long to_s)
{
        static gint serial = 1;
        X509 *cert = X509_new();
        X509_NAME *subject = X509_get_subject_name(cert);
        (void)X509_set_version(cert, 2);
        (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), g_atomic_int_add(&serial, 1));
        (void)X509_gmtime_adj(X509_getm_notBefore(cert), from_s);
        (void)X509_gmtime_adj(X509_getm_notAfter(cert), to_s);
        (void)X509_set_pubkey(cert, key);
        (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const guchar *)name, -1, -1, 0);
        (void)X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject);
        return cert;
}

static X509 *new_authority(EVP_PKEY *key)
{
        X509 *cert = new_cert("Test authority", key, NULL, -DAY_S, 30L * DAY_S);
        add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
        g_assert(X509_sign(cert, key, EVP_sha256()));
        return cert;
}

/* The authority of a folder, made when first needed. */
static void open_authority(const char *folder, EVP_PKEY **key, X509 **cert)
{
        g_autofree char *cert_path = g_build_filename(folder, "ca.pem", NULL);
        g_autofree char *key_path = g_build_filename(folder, "ca.key", NULL);
        bool there = g_file_test(cert_path, G_FILE_TEST_EXISTS);
        FILE *cert_file = fopen(cert_path, there ? "re" : "we"),
             *key_file = fopen(key_path, there ? "re" : "we");
        g_assert(cert_file && key_file);
        if (there) {
                *cert = PEM_read_X509(cert_file, NULL, NULL, NULL);
                *key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
        } else {
                *key = EVP_EC_gen("P-256");
                *cert = new_authority(*key);
                (void)PEM_write_X509(cert_file, *cert);
                (void)PEM_write_PrivateKey(key_file, *key, NULL, NULL, 0, NULL, NULL);
        }
        g_assert(*cert && *key);
        (void)fclose(cert_file);
        (void)fclose(key_file);
}

static SSL_CTX *new_context(const char *folder, TlsKind kind)
{
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        EVP_PKEY *key = EVP_EC_gen("P-256"), *ca_key = NULL, *other_key = EVP_EC_gen("P-256");
        X509 *ca = NULL, *other = new_authority(other_key);
        open_authority(folder, &ca_key, &ca);
        long from = kind == TLS_NOT_YET ? DAY_S : -10L * DAY_S,
             to = kind == TLS_EXPIRED ? -DAY_S : 10L * DAY_S;
        bool self = kind == TLS_SELF_SIGNED;
        X509 *issuer = kind == TLS_OTHER_CA ? other : ca;
        X509 *cert = new_cert("127.0.0.1", key, self ? NULL : issuer, from, to);
        bool elsewhere = kind == TLS_WRONG_HOST || kind == TLS_NO_HOST;
        add_extension(cert, self ? cert : issuer, NID_subject_alt_name,
                      elsewhere ? "DNS:other.example" : "IP:127.0.0.1,DNS:localhost");
        add_extension(cert, self ? cert : issuer, NID_ext_key_usage,
                      kind == TLS_NOT_A_SERVER ? "emailProtection" : "serverAuth");
        g_assert(X509_sign(cert, self ? key : kind == TLS_OTHER_CA ? other_key : ca_key, EVP_sha256()));
        g_assert(SSL_CTX_use_certificate(context, cert) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1);
        if (kind == TLS_OLD) {
                (void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
                (void)SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
                (void)SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
        }
        X509_free(cert);
        X509_free(ca);
        X509_free(other);
        EVP_PKEY_free(key);
        EVP_PKEY_free(ca_key);
        EVP_PKEY_free(other_key);
        return context;
}

/* ---- connections --------------------------------------------------------------------------------------------- */

typedef struct {
        TlsFront *front;
        int fd;
} Connection;

static bool wait_readable(const TlsFront *front, int fd)
{
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        while (!g_atomic_int_get(&front->stopping))
                if (poll(&wait, 1, 20) > 0)
                        return true;
        return false;
}

static void talk(TlsFront *front, int fd)
{
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 21\r\nConnection: close\r\n\r\n";
        static const char body[] = "all the king's horses";
        char asked[4096];
        SSL *ssl = SSL_new(front->context);
        (void)SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1 && SSL_read(ssl, asked, sizeof asked) > 0) {
                g_atomic_int_inc(&front->requests);
                (void)SSL_write(ssl, head, sizeof head - 1);
                (void)SSL_write(ssl, body, front->kind == TLS_CUT ? 10 : sizeof body - 1);
                if (front->kind != TLS_CUT)
                        (void)SSL_shutdown(ssl);
        }
        SSL_free(ssl);
}

static void *serve(void *data)
{
        static const char plain[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        Connection *connection = data;
        TlsFront *front = connection->front;
        char bytes[4096];
        bool asked = wait_readable(front, connection->fd);
        if (asked && front->kind == TLS_SILENT)
                while (wait_readable(front, connection->fd) &&
                       recv(connection->fd, bytes, sizeof bytes, 0) > 0)
                        ;
        else if (asked && front->kind == TLS_PLAIN)
                (void)send(connection->fd, plain, sizeof plain - 1, MSG_NOSIGNAL);
        else if (asked && front->kind != TLS_DROPPED)
                talk(front, connection->fd);
        (void)close(connection->fd);
        g_free(connection);
        g_atomic_int_add(&front->threads, -1);
        return NULL;
}

static void *accept_all(void *data)
{
        TlsFront *front = data;
        while (wait_readable(front, front->fd)) {
                int fd = accept(front->fd, NULL, NULL);
                struct timeval patience = {.tv_sec = 5};
                pthread_t thread;
                if (fd < 0)
                        continue;
                (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
                Connection *connection = g_new0(Connection, 1);
                *connection = (Connection){front, fd};
                g_atomic_int_inc(&front->threads);
                g_assert(pthread_create(&thread, NULL, serve, connection) == 0);
                (void)pthread_detach(thread);
        }
        return NULL;
}

TlsFront *tls_front_start(const char *folder, TlsKind kind)
{
        TlsFront *front = g_new0(TlsFront, 1);
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof at;
        front->kind = kind;
        front->context = new_context(folder, kind);
        front->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        g_assert(bind(front->fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(front->fd, 16) == 0);
        g_assert(getsockname(front->fd, (struct sockaddr *)&at, &len) == 0);
        front->url = g_strdup_printf("https://127.0.0.1:%d", ntohs(at.sin_port));
        g_assert(pthread_create(&front->acceptor, NULL, accept_all, front) == 0);
        return front;
}

void tls_front_stop(TlsFront *front)
{
        if (!front)
                return;
        g_atomic_int_set(&front->stopping, 1);
        (void)pthread_join(front->acceptor, NULL);
        while (g_atomic_int_get(&front->threads) > 0)
                g_usleep(1000);
        (void)close(front->fd);
        SSL_CTX_free(front->context);
        g_free(front->url);
        g_free(front);
}

const char *tls_front_url(const TlsFront *front)
{
        return front->url;
}

unsigned tls_front_requests(const TlsFront *front)
{
        return (unsigned)g_atomic_int_get(&front->requests);
}
