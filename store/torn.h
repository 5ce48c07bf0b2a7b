/* SPDX-License-Identifier: GPL-3.0-or-later */
/* torn.h - a power failure may leave the last record of one of RocksDB's logs (NNNNNN.log, MANIFEST-NNNNNN) in part: its
 * size, but zeros or old bytes in it. RocksDB then takes the log for damaged. It is not: that record was never acknowledged,
 * since nothing is before it was synced, and the next one is only written after that. */
#ifndef STORE_TORN_H
#define STORE_TORN_H

#include "core/error.h"

/* Cuts a torn last record off the logs of a database; nothing is done while another process has it open for writing. A bad
 * record behind which another whole one begins, in the same log or a later one, was acknowledged: that is damage, and the
 * log is left as it is. *mended: something was cut. FAULT_IO when a log cannot be read or cut.
 * Source of the format: RocksDB, db/log_format.h and db/log_reader.cc (7.8). */
bool torn_mend(const char *directory, bool *mended, GError **error);

#endif
