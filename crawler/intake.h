/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake.h - where the body of a reply goes: to memory or to a part, never past its caps, and only when the head fits
 * what is there already. Knows HTTP's head, not curl. A function that gives a FetchEnd other than FETCH_OK also sets *why
 * (a sentence without the URL, g_free it). */
#ifndef CRAWLER_INTAKE_H
#define CRAWLER_INTAKE_H

#include "crawler/fetch.h"
#include "crawler/head.h"

typedef struct Intake Intake;

/* Copies what it needs of the wish. NULL: FETCH_DISK, the part cannot be opened. */
Intake *intake_new(const FetchWish *wish, char **why);
/* Keeps, removes or leaves complete the part as `end` deserves; NULL is fine. */
void intake_close(Intake *intake, FetchEnd end);

bool intake_is_whole(Intake *intake);               /* all is there, digest and all: no request is needed */
uint64_t intake_held(const Intake *intake);         /* bytes held: a request asks from here */
const char *intake_validator(const Intake *intake); /* for If-Range of that request; NULL: none */

/* The head of the reply that will be taken (redirects are behind). Any status; only 200 and 206 open the intake. */
FetchEnd intake_open(Intake *intake, const Head *head, char **why);
bool intake_is_open(const Intake *intake);
/* After intake_open: the reply does not go on from what is held (416, another range). Ask again from 0, once. */
bool intake_must_restart(const Intake *intake);
bool intake_restart(Intake *intake, char **why);

/* Decoded bytes; wire: what came for this body so far, give or take `slack` bytes that curl has not counted yet. */
FetchEnd intake_take(Intake *intake, Span bytes, uint64_t wire, uint64_t slack, char **why);
/* The transfer ended without a fault: whole, of the demanded size and digest? */
FetchEnd intake_finish(Intake *intake, uint64_t wire, char **why);

/* After FETCH_OK of intake_finish. */
Span intake_body(const Intake *intake);
int intake_fd(const Intake *intake);
const char *intake_sha256(const Intake *intake);
bool intake_resumed(const Intake *intake);
int64_t intake_announced(const Intake *intake); /* whole body as the head announces it, -1: it does not */
int64_t
intake_total(const Intake *intake); /* size of the whole file, be it a range of it that came; -1: not told */

#endif
