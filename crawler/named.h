/* SPDX-License-Identifier: GPL-3.0-or-later */
/* named.h - apps that a judgement names are looked at whole: what a notice or a ranking says of an app must not rest on a part of
 * its file. */
#ifndef CRAWLER_NAMED_H
#define CRAWLER_NAMED_H

#include "crawler/run.h"

/* Queues an errand of the whole file for each app of the sweep that its newest judgement names and that was seen in part only.
 * Durable on return; known errands are left as they are. */
bool named_enqueue(Run *run, size_t *n, GError **error);

/* The judgements of an app go with the observation they were about; it is judged again. */
void named_forget_judgements(const Run *run, StoreBatch *batch, const char *market, const char *package);

#endif
