/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blind.h - what an app's blind spots mean for a sentence that says something was not found in its code. */
#ifndef CORE_BLIND_H
#define CORE_BLIND_H

#include "core/record.h"

/* Whether a body of code that belongs to the app stays unread behind this spot: bytecode elsewhere ("code"), machine code
 * ("native"), scripts ("web"). Then "not found" is "unknown". What hides "content" alone (names computed at run time, the
 * inside of known SDKs) weakens no such sentence. */
bool blind_hides_code(const Blind *blind);

/* Whether any of the app's blind spots hides `what`: code native web content. */
bool blind_hides(const Facts *facts, const char *what);

#endif
