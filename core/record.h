/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.h - the records of record.proto as C structs (protobuf-c), their codec, and their JSON form.
 *
 * A record is read with record_unpack() into an arena, borrowed until the arena goes; it is built by filling a struct whose
 * pointers live in an arena. Optional scalars have has_x; absent strings are NULL. */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include "core/arena.h"
#include "core/error.h"
#include "core/json.h"
#include "core/record.pb-c.h"

/* Any record as bytes: free with g_bytes_unref. Deterministic: equal records give equal bytes. */
#define record_pack(message) record_pack_message(&(message)->base)
GBytes *record_pack_message(const ProtobufCMessage *message);

/* What record_pack() or the store gave, as a view; NULL gives the empty one. Lives as long as the bytes. */
static inline Span record_span(GBytes *bytes)
{
        gsize len = 0;
        const void *data = bytes ? g_bytes_get_data(bytes, &len) : NULL;
        return span_of(data, len);
}

/* Bytes of `type` (its descriptor, `&facts__descriptor`) as a record in the arena, or NULL with FAULT_MALFORMED. */
#define RECORD_UNPACK(arena, Type, descriptor, bytes, error)                                                 \
        ((Type *)record_unpack_message((arena), (descriptor), (bytes), (error)))
ProtobufCMessage *record_unpack_message(Arena *arena, const ProtobufCMessageDescriptor *type, Span bytes,
                                        GError **error);

#define record_listing(arena, bytes, error) RECORD_UNPACK(arena, Listing, &listing__descriptor, bytes, error)
#define record_facts(arena, bytes, error)   RECORD_UNPACK(arena, Facts, &facts__descriptor, bytes, error)
#define record_observation(arena, bytes, error)                                                              \
        RECORD_UNPACK(arena, Observation, &observation__descriptor, bytes, error)
#define record_sweep(arena, bytes, error)  RECORD_UNPACK(arena, Sweep, &sweep__descriptor, bytes, error)
#define record_errand(arena, bytes, error) RECORD_UNPACK(arena, Errand, &errand__descriptor, bytes, error)
#define record_host(arena, bytes, error)                                                                     \
        RECORD_UNPACK(arena, HostState, &host_state__descriptor, bytes, error)
#define record_robots(arena, bytes, error) RECORD_UNPACK(arena, Robots, &robots__descriptor, bytes, error)
#define record_market(arena, bytes, error)                                                                   \
        RECORD_UNPACK(arena, MarketState, &market_state__descriptor, bytes, error)
#define record_entry(arena, bytes, error)                                                                    \
        RECORD_UNPACK(arena, IndexEntry, &index_entry__descriptor, bytes, error)
#define record_summary(arena, bytes, error)                                                                  \
        RECORD_UNPACK(arena, IndexSummary, &index_summary__descriptor, bytes, error)
#define record_findings(arena, bytes, error)                                                                 \
        RECORD_UNPACK(arena, Findings, &findings__descriptor, bytes, error)
#define record_frame(arena, bytes, error)   RECORD_UNPACK(arena, Frame, &frame__descriptor, bytes, error)
#define record_conduct(arena, bytes, error) RECORD_UNPACK(arena, Conduct, &conduct__descriptor, bytes, error)
#define record_policy(arena, bytes, error)  RECORD_UNPACK(arena, Policy, &policy__descriptor, bytes, error)
#define record_live(arena, bytes, error)    RECORD_UNPACK(arena, Live, &live__descriptor, bytes, error)
#define record_reply(arena, bytes, error)   RECORD_UNPACK(arena, Reply, &reply__descriptor, bytes, error)
#define record_ranges(arena, bytes, error)  RECORD_UNPACK(arena, Ranges, &ranges__descriptor, bytes, error)

/* A fresh, initialised record in the arena:  Facts *f = record_new(arena, Facts, facts__init); */
#define record_new(arena, Type, init_function)                                                               \
        ((Type *)record_init(arena_new0((arena), Type), (void (*)(void *))(init_function)))
void *record_init(void *record, void (*init)(void *));

/* The object that `overreach scan` prints: keys and their order are fixed, more may be added at the end.
 * `path` may be NULL (then the key is left out: facts know no path). Free with json_free. */
Json *record_facts_json(const Facts *facts, const char *path);

/* Any record as JSON by its descriptor, every present field under its own name, enums by name, bytes as hex. With
 * `canonical`, fields numbered 100 and above (this run's times, attempts, ids) are left out. */
Json *record_json(const ProtobufCMessage *message, bool canonical);

const char *record_kind_name(Component__Kind kind); /* activity activity-alias service receiver provider */

#endif
