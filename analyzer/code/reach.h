/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reach.h - which methods start-up leads to, and by which way: a breadth-first walk along calls from the methods that the
 * system calls before the user has done anything.
 *
 * A virtual call leads to every class of the app that fits and was made (new-instance) by code on the way or by the system
 * (rapid type analysis: Bacon and Sweeney, OOPSLA 1996); when nobody was seen making one, to the method as named and, for an
 * interface, to its few implementations. What is handed to the system to run soon (Runnable, Callable, Thread, AsyncTask, Handler,
 * ActivityLifecycleCallbacks, a Service named by its class) runs when it was made. What waits for the user (onClick) does not.
 * A method is followed up to its first consent check (gate.h) in the order of its instructions; agreement screens are not
 * entered. Budgets are counts, not seconds, so that the same bytes give the same facts on every machine. */
#ifndef ANALYZER_CODE_REACH_H
#define ANALYZER_CODE_REACH_H

#include "analyzer/code/code.h"

/* Depth: calls behind an entry; ways that lead deeper are not followed. Work: 16-bit units of code gone over, and steps of
 * looking for methods and classes; 2,000 methods of a real app took 0.2 million. */
enum { REACH_METHODS = 30000, REACH_EDGES = 400000, REACH_DEPTH = 200, REACH_WORK = 1 << 25 };

typedef struct Reach Reach;

typedef struct ReachNode {
        const AppMethod *method;
        const struct ReachNode *from; /* NULL: an entry */
        unsigned depth;               /* calls behind the entry */
        unsigned entry;               /* number the entry was given */
        uint32_t end;                 /* 16-bit units of the method that were followed; UINT32_MAX: all */
} ReachNode;

Reach *reach_new(Code *code, Arena *arena);

/* The system makes an object of this class, and later calls `method` of it. `entry` is the caller's number for it. */
void reach_enter(Reach *reach, const AppMethod *method, unsigned entry);
void reach_make(Reach *reach, uint32_t class_id, unsigned entry);

/* Walks until nothing is new or a budget is used up; calls `each` for every method reached, nearest first. */
void reach_walk(Reach *reach, void (*each)(const ReachNode *node, void *context), void *context);

unsigned reach_methods(const Reach *reach);
unsigned reach_gates(const Reach *reach); /* places where a way was not followed on */

/* "methods", "edges", "work": used up; "depth": only some ways were cut; NULL: walked to the end. */
const char *reach_budget(const Reach *reach);

#endif
