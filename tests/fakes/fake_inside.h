/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fake_inside.h - between fake_http.c (connections), fake_reply.c (one answer) and fake_misdeeds.c (answers that are wrong). */
#ifndef TESTS_FAKE_INSIDE_H
#define TESTS_FAKE_INSIDE_H

#include "fakes/fakes.h"

/* What one connection is to send. */
typedef struct {
        GString *bytes;   /* head and body, or the head alone */
        const char *file; /* then these; they live as long as the answer */
        gsize file_len;
        char *own;      /* freed with the answer */
        GString *piece; /* then this, again and again; NULL: nothing more */
        gsize stop_at;  /* silence after so many bytes; 0: never */
        gsize rate;     /* bytes per second; 0: any */
        bool close, reset;
        int status;
} FakeOut;

void fake_out_clear(FakeOut *out);

/* Answers by the market itself, then bends the answer as the fault says (name NULL: it does not). */
void fake_answer(const FakeAsk *ask, const FakeRoute *route, const FakeFault *fault, FakeOut *out);

/* The fault is one that needs no market to answer: false when it is another one. */
bool fake_misdeed(const FakeAsk *ask, const FakeFault *fault, FakeOut *out);

#endif
