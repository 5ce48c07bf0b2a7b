/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/error.h"

#include <errno.h>

G_DEFINE_QUARK(overreach_fault, fault_domain)

bool fault(GError **error, Fault code, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        if (error && !*error)
                *error = g_error_new_valist(FAULT_DOMAIN, code, format, args);
        va_end(args);
        return false;
}

bool fault_errno(GError **error, Fault code, int errno_value, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_autofree char *story = g_strdup_vprintf(format, args);
        va_end(args);
        if (errno_value == ENOSPC || errno_value == EDQUOT)
                code = FAULT_DISK;
        return fault(error, code, "%s: %s", story, g_strerror(errno_value));
}

bool fault_is(const GError *error, Fault code)
{
        return g_error_matches(error, FAULT_DOMAIN, (int)code);
}

int fault_exit_code(const GError *error)
{
        if (!error)
                return 0;
        if (error->domain == G_OPTION_ERROR)
                return 2;
        if (error->domain != FAULT_DOMAIN)
                return 3;
        switch ((Fault)error->code) {
        case FAULT_USAGE:
        case FAULT_NOT_FOUND: return 2;
        case FAULT_NETWORK:
        case FAULT_SIGNATURE:
        case FAULT_ROLLBACK: return 4;
        case FAULT_DISK:
        case FAULT_IO:
        case FAULT_SCHEMA:
        case FAULT_BUSY: return 5;
        case FAULT_INTERRUPTED: return 6;
        default: return 3;
        }
}
