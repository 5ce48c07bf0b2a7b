/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/sigcheck.h"

bool sigcheck_fails(SigCheck *check, const char *result, const char *format, ...)
{
        if (check->result)
                return false;
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *detail = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        check->result = arena_str(check->arena, result);
        check->detail = arena_utf8(check->arena, span_str(detail));
        return false;
}
