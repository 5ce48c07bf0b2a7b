/* SPDX-License-Identifier: GPL-3.0-or-later */
/* appfacts.h - what the readers under apk/ found, as records, before the first pass runs. analyze.c alone asks. */
#ifndef ANALYZER_APPFACTS_H
#define ANALYZER_APPFACTS_H

#include "analyzer/apk/app.h"

/* The manifest's fields. Arrays are shared with `manifest`. */
void appfacts_manifest(Facts *facts, const Manifest *manifest, Arena *arena);

/* lib/<abi>/<name>.so of every part by the names of the entries alone, each once. */
void appfacts_natives(Facts *facts, const App *app);

/* The base's signers; whether the other parts have the same (part-signer-differs), and with `verify` whether all
 * signatures hold (facts->verification is the base's, part-not-verified tells of the others). */
void appfacts_signers(Facts *facts, App *app, bool verify);

/* Whatever was odd, each code once, and android-would-reject with those codes that Android stops at. Called again it adds
 * what was seen since. */
void appfacts_anomalies(Facts *facts, App *app);

#endif
