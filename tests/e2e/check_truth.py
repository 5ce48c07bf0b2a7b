#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what overreach says of the apps of tests/truth with what was planted in them, and prints precision and recall a pass.

usage: check_truth.py [--least APPS] [--verbose] CASES SCAN.jsonl     CASES: tests/truth/cases; SCAN.jsonl: `overreach scan` of them

A line of a case that nothing reported answers is missed; a record that no line of its case speaks of is false; "not" lines name
records that are false whatever else fits them. "also" lines excuse records, "undecidable" lines name what nobody can tell from the
code: both are left out of the counts, the latter are printed. Ends with 1 when a pass has a precision or recall below 0.95, when an
app was not analysed or has no facts, or when fewer than APPS (60) were judged.
"""
import argparse
import collections
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "truth"))
import case_file  # noqa: E402

LEAST_SHARE = 0.95

# subject of a line -> (key of the facts, field that the line's bare word names, judged in every case, what conditions may speak of)
PASSES = {
    "calls": ("calls", "data_type", True, "kind what data_type action owner grade sites caller permissions basis"),
    "use": ("permission_use", "permission", True, "permission verdict sdks blind evidence declared protection"),
    "startup": ("startup", "data_type", True, "kind what data_type owner grade entry path hops"),
    "sdk": ("sdks", "id", True, "id confidence evidence version version_from settings"),
    "host": ("hosts", "host", True, "host owners sdk cleartext"),
    "blind": ("blind", "code", True, "code detail hides evidence"),
    "posture": ("posture", "code", False, "code detail where count"),
    "effective": ("effective", "name", False, "name origin from note"),
}


def texts(record, key):
    """The values of a field as text: a list of one for a plain field."""
    if key == "caller":
        return [f"{caller['class_name']}->{caller['method']}" for caller in record.get("callers", [])]
    if key == "evidence":
        return [f"{piece['kind']}:{piece['value']}" for piece in record.get("evidence", [])]
    if key == "hops":
        return [str(len(record.get("path", [])))]
    value = record.get(key, "")
    items = value if isinstance(value, list) else [value]
    return [json.dumps(item) if isinstance(item, (bool, dict)) else str(item) for item in items]


def holds(record, key, operator, wanted):
    seen = texts(record, key)
    if operator == "~":
        return any(wanted in text for text in seen)
    if key == "caller":
        return any(text.startswith(wanted) for text in seen)
    if key == "path":
        steps = wanted.split(">>")
        return len(steps) == len(seen) and all(step in text for step, text in zip(steps, seen))
    if isinstance(record.get(key), list):
        return sorted(seen) == sorted(filter(None, wanted.split(",")))
    return seen == [wanted] or (wanted == "false" and seen == [""])


def fits(line, record):
    name = PASSES[line.subject][1]
    return (line.name is None or record.get(name) == line.name) and all(holds(record, *condition) for condition in line.conditions)


class Tally:
    def __init__(self):
        self.apps = self.expected = self.found = self.false = self.missed = self.undecidable = 0

    def precision(self):
        return (self.found - self.false) / self.found if self.found else 1.0

    def recall(self):
        return (self.expected - self.missed) / self.expected if self.expected else 1.0


def check_line(case, line):
    """A misspelt word in a "not" line would go unnoticed for ever."""
    if line.subject not in PASSES:
        raise case_file.CaseError(f"{case.name}: no pass is called {line.subject}; there are {', '.join(PASSES)}")
    known = PASSES[line.subject][3].split()
    for key, _, _ in line.conditions:
        if key not in known:
            raise case_file.CaseError(f"{case.name}: {line.subject} has no {key}; there are {', '.join(known)}")


class Judge:
    def __init__(self):
        self.tallies = {subject: Tally() for subject in PASSES}
        self.notes, self.told, self.faults = [], [], []

    def case(self, case, facts):
        if facts.get("outcome") != "analysed":
            self.faults.append(f"{case.name}: outcome {facts.get('outcome')} {facts.get('detail', '')}")
        lines = collections.defaultdict(list)
        for line in case.expectations:
            check_line(case, line)
            lines[line.subject].append(line)
        for subject, (key, _, always, _) in PASSES.items():
            if always or lines[subject]:
                self.one(case, subject, lines[subject], facts.get(key, []))

    def one(self, case, subject, lines, records):
        tally = self.tallies[subject]
        tally.apps += 1
        marked = {mark: [line for line in lines if line.mark == mark] for mark in ("", "not", "also", "undecidable")}
        answered = set()
        for record in records:
            wanted = [line for line in marked[""] if fits(line, record)]
            answered.update(map(id, wanted))
            barred = any(fits(line, record) for line in marked["not"])
            if wanted and not barred:
                tally.found += 1
            elif barred or not any(fits(line, record) for line in marked["also"] + marked["undecidable"]):
                tally.found += 1
                tally.false += 1
                self.notes.append(f"false   {case.name}: {subject} {json.dumps(record, ensure_ascii=False)[:600]}")
        for line in marked[""]:
            tally.expected += 1
            if id(line) not in answered:
                tally.missed += 1
                self.notes.append(f"missed  {case.name}: {line.line}")
        for line in marked["undecidable"]:
            tally.undecidable += 1
            said = "reported" if any(fits(line, record) for record in records) else "not reported"
            self.told.append(f"undecidable  {case.name}: {line.line}: {said}")


def read_scan(path):
    with open(path, encoding="utf-8") as lines:
        return {os.path.basename(facts["path"])[:-len(".apk")]: facts for facts in map(json.loads, lines)}


def print_table(judge):
    print(f"{'pass':<10} {'apps':>5} {'expected':>9} {'found':>6} {'false':>6} {'missed':>7} "
          f"{'precision':>10} {'recall':>7} {'undecidable':>12}")
    for subject, tally in judge.tallies.items():
        print(f"{subject:<10} {tally.apps:>5} {tally.expected:>9} {tally.found:>6} {tally.false:>6} {tally.missed:>7} "
              f"{tally.precision():>10.3f} {tally.recall():>7.3f} {tally.undecidable:>12}")
        if min(tally.precision(), tally.recall()) < LEAST_SHARE:
            judge.faults.append(f"{subject}: precision {tally.precision():.3f}, recall {tally.recall():.3f}; "
                                f"both must be {LEAST_SHARE} or more")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--least", type=int, default=60)
    parser.add_argument("--verbose", action="store_true", help="print the story of every case")
    parser.add_argument("cases")
    parser.add_argument("scan")
    args = parser.parse_args()
    cases, scan, judge = case_file.read_all(args.cases), read_scan(args.scan), Judge()
    for case in cases:
        if args.verbose:
            print(f"{case.name}: {' '.join(case.story)}")
        if case.name in scan:
            judge.case(case, scan[case.name])
        else:
            judge.faults.append(f"{case.name}: no facts of it")
    for note in judge.told + judge.notes:
        print(note)
    print_table(judge)
    if len(cases) < args.least:
        judge.faults.append(f"{len(cases)} apps judged, {args.least} wanted")
    for subject, tally in judge.tallies.items():
        if tally.expected == 0:
            judge.faults.append(f"{subject}: no case plants anything for it")
    if judge.faults:
        sys.exit("\n".join(f"FAIL: {fault}" for fault in judge.faults))
    print(f"ok: {len(cases)} apps, {sum(tally.expected for tally in judge.tallies.values())} planted facts")


if __name__ == "__main__":
    try:
        main()
    except case_file.CaseError as error:
        sys.exit(f"check_truth.py: {error}")
