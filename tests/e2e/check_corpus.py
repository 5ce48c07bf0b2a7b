#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a report over a generated corpus with what the generator put into it.

usage: check_corpus.py DIR REPORT.json                 against DIR/truth.tsv and counts.json
       check_corpus.py --second DIR REPORT.json        against DIR/truth-2.tsv and counts-2.json
       check_corpus.py --changes DIR DIFF.json         against DIR/changes.tsv

REPORT.json is `overreach report --json`, DIFF.json `overreach diff --json`. Over-collection is worked out here anew from
data/rules/annexD_matrix.tsv. Prints every figure that differs and ends with 1 when one does.
"""
import argparse
import csv
import json
import os
import sys

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data")
faults = []


def expect(what, wanted, seen):
    if wanted != seen:
        faults.append(f"{what}: {wanted} wanted, {seen} reported")


def expect_map(what, wanted, seen):
    for key in sorted(set(wanted) | set(seen)):
        expect(f"{what} {key}", wanted.get(key, 0), seen.get(key, 0))


def read_tsv(path):
    with open(path, encoding="utf-8") as lines:
        return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def tables_of(document):
    return {table["key"]: table["rows"] for table in document["tables"]}


def items(cell):
    return [word for word in cell.split(";") if word]


def declared(row):
    return {word.split("<=")[0] for word in items(row["permissions"]) + items(row["permissions_sdk23"])}


def over_by_type(truth):
    """App type -> apps that declare a permission which the type's column of Annex D marks."""
    marked = {}
    for row in read_tsv(os.path.join(DATA, "rules", "annexD_matrix.tsv")):
        for key, mark in row.items():
            if mark == "x":
                marked.setdefault(key, set()).add(row["permission"])
    over = {key: 0 for key in marked}
    for row in truth:
        if row["app_type"] in marked:
            over[row["app_type"]] += bool(declared(row) & marked[row["app_type"]])
    return {key: count for key, count in over.items() if any(row["app_type"] == key for row in truth)}


def check_report(counts, truth, tables):
    apps = counts["apps"]
    overview = {row["measure"]: row for row in tables["overview"]}
    for measure, wanted in (("apps", apps), ("listings", apps), ("artifacts", apps), ("analysed", apps), ("unanalysable", 0),
                            ("unfetched", 0), ("with_sdk", sum(row["sdks"] != "" for row in truth)),
                            ("typed", sum(row["app_type"] != "-" for row in truth))):
        expect(measure, wanted, overview[measure]["number"])
    for table, key, wanted in (("permissions", "permission", counts["permissions"]), ("sdks", "sdk", counts["sdks"])):
        shares = {row[key]: row["apps_with"] for row in tables[table]}
        expect_map(f"apps with {key}", wanted, {name: share["n"] for name, share in shares.items()})
        expect(f"denominators of {table}", {apps}, {share["of"] for share in shares.values()} or {apps})
    types = {("none" if key == "-" else key): number for key, number in counts["app_types"].items()}
    rows = {row["app_type"]: row for row in tables["over_collection_by_type"]}
    expect_map("apps of type", {key: number for key, number in types.items() if key in rows or key != "none"},
               {key: row["apps"] for key, row in rows.items()})
    expect_map("over-collecting apps of type", over_by_type(truth),
               {key: row["over_apps"] for key, row in rows.items() if row["over_apps"] is not None})
    return f"{apps} apps, {len(counts['permissions'])} permissions, {len(counts['sdks'])} SDKs, {len(types)} app types"


def check_changes(changes, tables):
    wanted = {row["package"]: tuple(items(row[key]) for key in
                                    ("permissions_gained", "permissions_lost", "sdks_gained", "sdks_lost"))
              for row in changes if row["change"] == "updated"}
    seen = {row["package"]: tuple(row[key] or [] for key in
                                  ("permissions_gained", "permissions_lost", "sdks_gained", "sdks_lost"))
            for row in tables["diff_apps"]}
    for package in sorted(set(wanted) | set(seen)):
        expect(f"changes of {package}", wanted.get(package), seen.get(package))
    for word, change in (("added", "appeared"), ("removed", "disappeared")):
        expect(f"apps {word}", sorted(row["package"] for row in changes if row["change"] == word),
               sorted(row["package"] for row in tables["diff_presence"] if row["change"] == change))
    return f"{len(changes)} changes, {len(wanted)} of them updates"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--changes", action="store_true")
    parser.add_argument("dir")
    parser.add_argument("document")
    args = parser.parse_args()
    tables, mark = tables_of(read_json(args.document)), "-2" if args.second else ""
    if args.changes:
        said = check_changes(read_tsv(os.path.join(args.dir, "changes.tsv")), tables)
    else:
        said = check_report(read_json(os.path.join(args.dir, f"counts{mark}.json")),
                            read_tsv(os.path.join(args.dir, f"truth{mark}.tsv")), tables)
    for fault in faults[:40]:
        print(fault)
    if faults:
        sys.exit(f"{len(faults)} figures differ from what the generator put in")
    print(f"all figures as generated: {said}")


if __name__ == "__main__":
    main()
