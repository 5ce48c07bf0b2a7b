/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics_serve.h - one text at http://ADDRESS/metrics, for this machine only. Answers GET /metrics of requests that name a loopback
 * host (RFC 9110, 7.2: a web page that had its own name resolved to 127.0.0.1 gets nothing), everything else with an error; each
 * connection has one request of at most 8 KiB and 10 seconds, at most 16 are open. */
#ifndef CRAWLER_METRICS_SERVE_H
#define CRAWLER_METRICS_SERVE_H

#include "core/error.h"

typedef struct uv_loop_s uv_loop_t;
typedef struct MetricsServe MetricsServe;

enum { METRICS_REQUEST_MAX = 8 << 10, METRICS_CLIENTS_MAX = 16 };

/* `address`: "127.0.0.1:9464", "[::1]:0" (any port); FAULT_USAGE for what is no loopback address, FAULT_IO when it is in use. `page`
 * gives the text, to be g_free'd here, whenever it is asked for. Does not keep the loop running. */
MetricsServe *metrics_serve_new(uv_loop_t *loop, const char *address, char *(*page)(void *context),
                                void *context, GError **error);
/* Drops the connections; the memory goes when the loop turns once more. NULL is fine. */
void metrics_serve_free(MetricsServe *serve);
unsigned metrics_serve_port(const MetricsServe *serve);
size_t metrics_serve_clients(const MetricsServe *serve); /* connections open now */

#endif
