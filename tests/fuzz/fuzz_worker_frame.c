/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child may send to its host, and what the bodies hold: any bytes end in frames, a wait for more, or FRAME_BAD. */
#include "worker/frame.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_into(const Frame *frame)
{
        Request request;
        if (request_unpack(frame->body, &request, NULL) &&
            (strlen(request.task) > FRAME_NAME_MAX || request.argument.len > frame->body.len))
                abort();
        Fault code;
        g_autofree char *text = NULL;
        ending_unpack(frame->body, &code, &text);
        if (!g_utf8_validate(text, -1, NULL) || (unsigned)code > FAULT_BUG)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static int fd = -1; /* one file for all rounds */
        if (fd < 0)
                fd = memfd_create("frames", MFD_CLOEXEC);
        if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size ||
            lseek(fd, 0, SEEK_SET) != 0)
                return 0;
        FrameReader *reader = frame_reader_new(false);
        size_t total = 0;
        FrameNext next = FRAME_NONE;
        while (next != FRAME_BAD && frame_read(reader, fd) == FRAME_DONE) {
                Frame frame;
                while ((next = frame_next(reader, &frame, NULL)) == FRAME_HAVE) {
                        total += FRAME_HEADER + frame.body.len;
                        look_into(&frame);
                }
        }
        if (total > size)
                abort();
        frame_reader_free(reader);
        return 0;
}
