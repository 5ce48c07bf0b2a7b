/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jarsigner.h - the innermost step of a v1 check: was META-INF/X.SF signed as META-INF/X.RSA says? */
#ifndef ANALYZER_APK_JARSIGNER_H
#define ANALYZER_APK_JARSIGNER_H

#include "analyzer/apk/sigcheck.h"
#include "core/span.h"

/* True with the certificate that signed `list`; else check->result says why not. `name` is the file's, for
 * messages. */
bool jarsigner_check(Span pkcs7, Span list, int min_sdk, const char *name, SigCheck *check,
                     Span *certificate);

#endif
