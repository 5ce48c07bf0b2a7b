/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input: lines of an HTTP head, LF-separated. What was read must be within its limits. */
#include "crawler/head.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_waits(const Head *head)
{
        int64_t first = 0, last = 0, total = 0;
        int64_t wait_ms = head_retry_after_ms(head->retry_after, 784111777000);
        if (wait_ms < -1 || wait_ms > HEAD_REST_MAX_MS)
                abort();
        if (head_range(head->content_range, &first, &last, &total) &&
            (first < 0 || last < first || (total >= 0 && total <= last)))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Head head = {0};
        head_clear(&head);
        for (size_t at = 0; at < size;) {
                const uint8_t *end = memchr(data + at, '\n', size - at);
                size_t len = end ? (size_t)(end - data) - at + 1 : size - at;
                if (!head_line(&head, span_of(data + at, len)))
                        break;
                at += len;
        }
        if (head.length < -1 || head.status < 0 || head.status > 999)
                abort();
        const char *validator = head_validator(head.etag, head.last_modified);
        if (validator && strpbrk(validator, "\r\n"))
                abort();
        check_waits(&head);
        head_clear(&head);
        return 0;
}
