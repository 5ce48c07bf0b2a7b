/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jarverify.h - does a v1 (JAR) signature hold? Each META-INF/X.RSA against its X.SF, that against
 * MANIFEST.MF, and every file of the archive against MANIFEST.MF, by the rules of AOSP's apksig: algorithms
 * that all API levels from min_sdk on know, the digest each of them looks at, every file outside META-INF/
 * signed by the same signers. */
#ifndef ANALYZER_APK_JARVERIFY_H
#define ANALYZER_APK_JARVERIFY_H

#include "analyzer/apk/sigcheck.h"
#include "analyzer/apk/zip.h"

/* `found`: JARFILE_V2 and JARFILE_V3 for the newer schemes that are there. Sets check->present when there is
 * an X.RSA with an X.SF; what is wrong goes to check->result. Inflates the whole archive; `zip` itself stays
 * as it is. */
void jarverify(const Zip *zip, int min_sdk, unsigned found, SigCheck *check);

#endif
