/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sigverify.h - does an APK's signature hold? What Android checks when it installs the app, done on request:
 * it costs another reading of the whole file. The yardstick is AOSP's apksig (`apksigner verify`), for every
 * API level from the manifest's minSdkVersion on, and Android 13's v3.1 on top of it. */
#ifndef ANALYZER_APK_SIGVERIFY_H
#define ANALYZER_APK_SIGVERIFY_H

#include "analyzer/apk/zip.h"
#include "core/record.h"

/* Adds facts->verification: one row for "apk", then one for each scheme that is there, newest first. `facts`
 * holds min_sdk and target_sdk (as the manifest reader left them; without a manifest every API level counts).
 * Nothing else of the facts is touched, and the zip's oddities stay as they are.
 *
 * Results of a scheme: "verified"; "mismatch:<what>", what being one of
 *     contents     the bytes are not those that were signed
 *     signature    not made by the key over what it says it signed
 *     key          not that of the certificate
 *     certificate  none, or it cannot be read or may not sign
 *     algorithms   digests and signatures name different ones
 *     levels       the signers do not cover the API levels they must
 *     lineage      a rotation history that does not hold
 *     stripped     it says that a newer signature stood beside it
 *     structure    the bytes break the format
 *     archive      v1: the ZIP's two descriptions of an entry differ, or a name stands twice
 *     manifest     v1: META-INF/MANIFEST.MF or the list of it that was signed
 *     entry        v1: a file is not the one that was signed, or was not signed
 * "unsupported:<algorithm>" when no signature is of a kind that all those API levels know; "unsupported:size"
 * when it is too big to be checked here.
 * The row "apk" is "verified:<scheme>" with the newest that counts, the first failure of one that some of
 * those API levels looks at, "mismatch:signers" when schemes name different certificates, "mismatch:scheme"
 * when the app's target wants a newer one or its min_sdk an older one, or "unsigned".
 * True when the APK as a whole is verified. */
bool sigverify(Zip *zip, Arena *arena, Facts *facts);

/* The same for a bundle, which no Android installs: a JAR signature by today's rules, whatever the app's API
 * levels. */
bool sigverify_bundle(Zip *zip, Arena *arena, Facts *facts);

#endif
