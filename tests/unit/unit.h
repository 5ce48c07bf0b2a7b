/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unit.h - cmocka with what it needs in front of it. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

/* Fails the test with the error's message when `ok` is false. */
static inline void must_succeed(bool ok, const GError *error)
{
        if (!ok)
                fail_msg("%s", error ? error->message : "failed without an error");
}

#endif
