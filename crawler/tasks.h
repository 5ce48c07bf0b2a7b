/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tasks.h - frames that the crawler's worker tasks (crawler.h) answer with. Everything a market sends but
 * HTTP is parsed in these.
 *
 *   task    argument and descriptors                          answers
 *   jar     JarTask; fd 0 the jar                             v1: DOCUMENT...; then one RECORD: IndexEntry
 *   index   IndexTask; fd 0 the document, fd 1 a merge patch  with a patch: DOCUMENT...; then a RECORD per Listing,
 *           (optional)                                        sorted by package; last a SUMMARY: IndexSummary
 *   robots  RobotsTask; fd 0 the file                         one RECORD: Robots
 *
 * What came before a task failed counts for nothing: only its end says that the frames are whole. */
#ifndef CRAWLER_TASKS_H
#define CRAWLER_TASKS_H

enum {
        CRAWLER_FRAME_RECORD = 1,   /* one packed record */
        CRAWLER_FRAME_DOCUMENT = 2, /* the next piece of a JSON document, at most CRAWLER_PIECE_BYTES */
        CRAWLER_FRAME_SUMMARY = 3   /* packed IndexSummary */
};
enum { CRAWLER_PIECE_BYTES = 1 << 20 };

#endif
