/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame.h - length-checked messages between the main process, its hosts and their children; private to worker.
 *
 *   offset  size
 *   0       4     length of the body, little-endian, at most FRAME_BODY_MAX
 *   4       1     kind (FrameKind)
 *   5       1     mark: what the kind says
 *   6       2     0
 *   8       n     body
 *
 * Nothing here waits, except frame_write: a reader or writer says FRAME_WAIT and the caller polls. */
#ifndef WORKER_FRAME_H
#define WORKER_FRAME_H

#include "worker/task.h"

enum {
        FRAME_HEADER = 8,
        FRAME_BODY_MAX = TASK_FRAME_MAX,
        FRAME_NAME_MAX = 255, /* bytes of a task's name */
        FRAME_TEXT_MAX = 4096 /* bytes of an ending's text; the rest is cut off */
};

typedef enum {
        FRAME_TASK = 1, /* main to host: a Request; its descriptors travel beside the first byte */
        FRAME_READY,    /* host to main: the tables are loaded */
        FRAME_GAVE_UP,  /* host to main: text that says why the host ends now */
        FRAME_BEGUN,    /* host to main: the task runs; body is the u32 of milliseconds it may take */
        FRAME_ANSWER,   /* child to host to main: mark is the task's own type */
        FRAME_END       /* child to host to main: mark is a WorkerEnd, body is one byte of Fault and text */
} FrameKind;

typedef struct {
        uint8_t kind; /* a FrameKind once the reader let it pass */
        uint8_t mark;
        Span body; /* borrowed until the next frame_read */
} Frame;

typedef enum {
        FRAME_DONE,  /* some bytes were read; everything was written */
        FRAME_WAIT,  /* the descriptor would block */
        FRAME_CLOSED /* the other side is gone */
} FrameFlow;

typedef enum { FRAME_NONE, FRAME_HAVE, FRAME_BAD } FrameNext;

/* ---- Reading */
typedef struct FrameReader FrameReader;

/* `socket` says that descriptors may arrive (recvmsg); otherwise they are dropped by the kernel (read). */
FrameReader *frame_reader_new(bool socket);
void frame_reader_free(FrameReader *reader); /* closes descriptors that nobody took; NULL is fine */
FrameFlow frame_read(FrameReader *reader, int fd);

/* The next whole frame that was read, FRAME_NONE when more bytes are needed, FRAME_BAD with *error for a header that no
 * peer of ours writes (the stream is then beyond repair). */
FrameNext frame_next(FrameReader *reader, Frame *out, GError **error);

/* Hands over the descriptors that came since the last call, at most TASK_FDS; the caller closes them. */
int frame_take_descriptors(FrameReader *reader, int fds[TASK_FDS]);

/* ---- Writing without waiting, on a socket */
typedef struct FrameWriter FrameWriter;

FrameWriter *frame_writer_new(void);
void frame_writer_free(FrameWriter *writer); /* NULL is fine */
void frame_writer_add(FrameWriter *writer, FrameKind kind, uint8_t mark, Span body);
/* Sends n descriptors beside the next byte; the writer must be empty. Borrowed until frame_flush says FRAME_DONE. */
void frame_writer_attach(FrameWriter *writer, const int *fds, int n);
size_t frame_writer_pending(const FrameWriter *writer); /* bytes not yet sent */
FrameFlow frame_flush(FrameWriter *writer, int fd);

/* ---- Writing with waiting, on a pipe */
bool frame_write(int fd, FrameKind kind, uint8_t mark, Span body, GError **error);

/* ---- The body of FRAME_TASK */
typedef struct {
        char task[FRAME_NAME_MAX + 1];
        uint32_t scale_permille; /* of wall and CPU limits */
        unsigned n_fds;          /* how many descriptors belong to it */
        Span argument;
} Request;

void request_pack(const Request *request, GByteArray *out);
bool request_unpack(Span body, Request *out, GError **error); /* out->argument is part of body */

/* ---- The body of FRAME_END */
void ending_pack(Fault code, const char *text, GByteArray *out);
void ending_unpack(Span body, Fault *code, char **text); /* text is valid UTF-8 for a terminal; g_free it */

#endif
