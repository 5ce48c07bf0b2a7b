/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/frame.h"

#include "core/cursor.h"
#include "core/text.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
        READ_STEP = 64 << 10, /* bytes asked for at once */
        KEEP_MAX = 1 << 20    /* a buffer that grew over this is given back when it runs empty */
};

struct FrameReader {
        bool socket;
        GByteArray *bytes;
        size_t at; /* first byte not yet handed out */
        int fd[TASK_FDS];
        int n_fds;
};

struct FrameWriter {
        GByteArray *bytes;
        size_t at; /* first byte not yet sent */
        int fd[TASK_FDS];
        int n_fds;
};

static void append_u32(GByteArray *out, uint32_t v)
{
        uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
        g_byte_array_append(out, b, sizeof b);
}

static void header_of(uint8_t header[FRAME_HEADER], FrameKind kind, uint8_t mark, size_t len)
{
        g_assert(len <= FRAME_BODY_MAX);
        for (unsigned i = 0; i < 4; i++)
                header[i] = (uint8_t)(len >> (8 * i));
        header[4] = (uint8_t)kind;
        header[5] = mark;
        header[6] = header[7] = 0;
}

/* Drops what was consumed; a buffer that one big frame blew up does not stay for the life of the process. */
static void settle(GByteArray **bytes, size_t *at)
{
        if (*at == (*bytes)->len && (*bytes)->len > KEEP_MAX) {
                g_byte_array_unref(*bytes);
                *bytes = g_byte_array_new();
                *at = 0;
        } else if (*at == (*bytes)->len || *at >= READ_STEP) {
                g_byte_array_remove_range(*bytes, 0, (guint)*at);
                *at = 0;
        }
}

/* ---- Reading */

FrameReader *frame_reader_new(bool socket)
{
        FrameReader *reader = g_new0(FrameReader, 1);
        reader->socket = socket;
        reader->bytes = g_byte_array_new();
        return reader;
}

void frame_reader_free(FrameReader *reader)
{
        if (!reader)
                return;
        for (int i = 0; i < reader->n_fds; i++)
                close(reader->fd[i]);
        g_byte_array_unref(reader->bytes);
        g_free(reader);
}

static void keep_descriptors(FrameReader *reader, struct msghdr *message)
{
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < n; i++) {
                        int fd;
                        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                        if (reader->n_fds < TASK_FDS)
                                reader->fd[reader->n_fds++] = fd;
                        else
                                close(fd);
                }
        }
}

static ssize_t receive(FrameReader *reader, int fd, void *to, size_t size)
{
        if (!reader->socket)
                return read(fd, to, size);
        union {
                char bytes[CMSG_SPACE(TASK_FDS * sizeof(int))];
                struct cmsghdr align;
        } control;
        struct iovec part = {to, size};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof control};
        ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n >= 0)
                keep_descriptors(reader, &message);
        return n;
}

FrameFlow frame_read(FrameReader *reader, int fd)
{
        settle(&reader->bytes, &reader->at);
        guint had = reader->bytes->len;
        g_byte_array_set_size(reader->bytes, had + READ_STEP);
        ssize_t n;
        do
                n = receive(reader, fd, reader->bytes->data + had, READ_STEP);
        while (n < 0 && errno == EINTR);
        g_byte_array_set_size(reader->bytes, had + (guint)MAX(n, 0));
        if (n > 0)
                return FRAME_DONE;
        return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? FRAME_WAIT : FRAME_CLOSED;
}

FrameNext frame_next(FrameReader *reader, Frame *out, GError **error)
{
        Cursor c = cursor_over(span_from(span_of(reader->bytes->data, reader->bytes->len), reader->at));
        uint32_t len = cursor_u32(&c);
        out->kind = cursor_u8(&c);
        out->mark = cursor_u8(&c);
        uint16_t zero = cursor_u16(&c);
        if (!c.ok)
                return FRAME_NONE;
        if (len > FRAME_BODY_MAX || out->kind < FRAME_TASK || out->kind > FRAME_END || zero) {
                fault(error, FAULT_MALFORMED, "frame of kind %u with %u bytes: at most %d are allowed",
                      out->kind, len, FRAME_BODY_MAX);
                return FRAME_BAD;
        }
        out->body = cursor_take(&c, len);
        if (!c.ok)
                return FRAME_NONE;
        reader->at += FRAME_HEADER + len;
        return FRAME_HAVE;
}

int frame_take_descriptors(FrameReader *reader, int fds[TASK_FDS])
{
        int n = reader->n_fds;
        for (int i = 0; i < TASK_FDS; i++)
                fds[i] = i < n ? reader->fd[i] : -1;
        reader->n_fds = 0;
        return n;
}

/* ---- Writing */

FrameWriter *frame_writer_new(void)
{
        FrameWriter *writer = g_new0(FrameWriter, 1);
        writer->bytes = g_byte_array_new();
        return writer;
}

void frame_writer_free(FrameWriter *writer)
{
        if (!writer)
                return;
        g_byte_array_unref(writer->bytes);
        g_free(writer);
}

void frame_writer_add(FrameWriter *writer, FrameKind kind, uint8_t mark, Span body)
{
        uint8_t header[FRAME_HEADER];
        header_of(header, kind, mark, body.len);
        g_byte_array_append(writer->bytes, header, FRAME_HEADER);
        if (body.len)
                g_byte_array_append(writer->bytes, body.data, (guint)body.len);
}

void frame_writer_attach(FrameWriter *writer, const int *fds, int n)
{
        g_assert(frame_writer_pending(writer) == 0 && n >= 0 && n <= TASK_FDS);
        for (int i = 0; i < n; i++)
                writer->fd[i] = fds[i];
        writer->n_fds = n;
}

size_t frame_writer_pending(const FrameWriter *writer)
{
        return writer->bytes->len - writer->at;
}

static ssize_t send_some(FrameWriter *writer, int fd)
{
        union {
                char bytes[CMSG_SPACE(TASK_FDS * sizeof(int))];
                struct cmsghdr align;
        } control = {{0}};
        struct iovec part = {writer->bytes->data + writer->at, frame_writer_pending(writer)};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (writer->n_fds) {
                size_t size = (size_t)writer->n_fds * sizeof(int);
                message.msg_control = control.bytes;
                message.msg_controllen = CMSG_SPACE(size);
                struct cmsghdr *c = CMSG_FIRSTHDR(&message);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(size);
                memcpy(CMSG_DATA(c), writer->fd, size);
        }
        return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

FrameFlow frame_flush(FrameWriter *writer, int fd)
{
        while (frame_writer_pending(writer)) {
                ssize_t n = send_some(writer, fd);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN || errno == EWOULDBLOCK ? FRAME_WAIT : FRAME_CLOSED;
                writer->at += (size_t)n;
                writer->n_fds = 0;
        }
        settle(&writer->bytes, &writer->at);
        return FRAME_DONE;
}

bool frame_write(int fd, FrameKind kind, uint8_t mark, Span body, GError **error)
{
        uint8_t header[FRAME_HEADER];
        header_of(header, kind, mark, body.len);
        struct iovec part[2] = {{header, FRAME_HEADER}, {(void *)body.data, body.len}};
        int at = 0;
        while (at < 2) {
                ssize_t n = writev(fd, part + at, 2 - at);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fault_errno(error, FAULT_IO, errno, "write frame of %zu bytes", body.len);
                while (at < 2 && (size_t)n >= part[at].iov_len)
                        n -= (ssize_t)part[at++].iov_len;
                if (at < 2) {
                        part[at].iov_base = (char *)part[at].iov_base + n;
                        part[at].iov_len -= (size_t)n;
                }
        }
        return true;
}

/* ---- Bodies */

void request_pack(const Request *request, GByteArray *out)
{
        uint8_t lengths[2] = {(uint8_t)strlen(request->task), (uint8_t)request->n_fds};
        append_u32(out, request->scale_permille);
        g_byte_array_append(out, lengths, sizeof lengths);
        g_byte_array_append(out, (const guint8 *)request->task, lengths[0]);
        if (request->argument.len)
                g_byte_array_append(out, request->argument.data, (guint)request->argument.len);
}

bool request_unpack(Span body, Request *out, GError **error)
{
        Cursor c = cursor_over(body);
        out->scale_permille = cursor_u32(&c);
        uint8_t name_len = cursor_u8(&c);
        out->n_fds = cursor_u8(&c);
        Span name = cursor_take(&c, name_len);
        out->argument = cursor_take(&c, cursor_left(&c));
        if (!c.ok || out->n_fds > TASK_FDS || out->argument.len > TASK_ARGUMENT_MAX)
                return fault(error, FAULT_MALFORMED, "request of %zu bytes breaks its format", body.len);
        memset(out->task, 0, sizeof out->task);
        if (name.len)
                memcpy(out->task, name.data, name.len);
        return true;
}

void ending_pack(Fault code, const char *text, GByteArray *out)
{
        uint8_t byte = (uint8_t)code;
        g_byte_array_append(out, &byte, 1);
        g_byte_array_append(out, (const guint8 *)text, (guint)MIN(strlen(text), FRAME_TEXT_MAX));
}

void ending_unpack(Span body, Fault *code, char **text)
{
        Cursor c = cursor_over(body);
        uint8_t byte = cursor_u8(&c);
        Span rest = cursor_take(&c, cursor_left(&c));
        *code = byte <= FAULT_BUG ? (Fault)byte : FAULT_WORKER;
        g_autofree char *raw = g_strndup((const char *)rest.data, rest.len);
        *text = text_terminal(raw);
}
