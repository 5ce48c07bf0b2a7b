/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate.h - where code asks whether the user has agreed, as far as names tell: a walk along calls does not go on behind it.
 *
 * Recognised are
 *   - a stored yes or no (SharedPreferences.getBoolean and its like) whose key has a word of consent in it,
 *   - a method that answers yes or no and is named after consent ("isAgreed", "hasUserConsent"),
 *   - a yes-or-no field named so ("privacyAccepted"),
 *   - a short method that answers yes or no and asks one of these itself, whatever its name (reach.c),
 *   - a class that is an agreement screen by its name ("PrivacyDialog", "UserAgreementActivity").
 * The words stand in gate.c. Renamed code shows none of them: that is why a path without a check is
 * called "no consent check found" and never more. */
#ifndef ANALYZER_CODE_GATE_H
#define ANALYZER_CODE_GATE_H

#include "core/span.h"

bool gate_key(Span text);                 /* a preference key, a constant; over 127 bytes it is none */
bool gate_question(Span name, Span type); /* a method or field; type: the descriptor of what it gives ("Z") */
bool gate_screen(Span descriptor);        /* a class */

#endif
