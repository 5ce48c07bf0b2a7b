#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what overreach says of a generated corpus with what the generator put into it.

usage: check_corpus.py DIR REPORT EXPORT.jsonl             against DIR/truth.tsv and counts.json
       check_corpus.py --second DIR REPORT EXPORT.jsonl    against DIR/truth-2.tsv and counts-2.json
       check_corpus.py --changes DIR REPORT                against DIR/changes.tsv

REPORT is the folder that `overreach report --out` (with --changes `overreach diff --out`) wrote; its JSON and its CSV files
are both compared. EXPORT.jsonl is `overreach export`, whose facts are compared app by app. App types and over-collection
are worked out here anew from data/categories/store_categories.tsv and data/rules/annexD_matrix.tsv. Prints every figure that
differs and ends with 1 when one does.
"""
import argparse
import collections
import csv
import json
import os
import sys

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data")
MARKET = "corpus"
faults = []


def expect(what, wanted, seen):
    if wanted != seen:
        faults.append(f"{what}: {wanted} wanted, {seen} reported")


def expect_map(what, wanted, seen):
    for key in sorted(set(wanted) | set(seen)):
        expect(f"{what} {key}", wanted.get(key, 0), seen.get(key, 0))


def read_tsv(*path):
    with open(os.path.join(*path), encoding="utf-8") as lines:
        return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


def read_json(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


class Report:
    """The tables of a folder, once from its JSON and once from its CSV."""

    def __init__(self, folder):
        self.tables = {table["key"]: table["rows"] for table in read_json(folder, "report.json")["tables"]}
        self.csv = {}
        for key in self.tables:
            with open(os.path.join(folder, "tables", f"{key}.csv"), encoding="utf-8-sig", newline="") as lines:
                self.csv[key] = list(csv.DictReader(lines))

    def numbers(self, table, keys, column, part=None):
        """{key: number} of a table, where JSON and CSV agree on it. `part`: the "n" of a share."""
        def key_of(row):
            return tuple(row[key] or "" for key in keys) if len(keys) > 1 else row[keys[0]]

        found, column_csv = {}, f"{column}_{part}" if part else column
        for row in self.tables[table]:
            cell = row[column][part] if part and row[column] is not None else row[column]
            if cell is not None:
                found[key_of(row)] = cell
        in_csv = {key_of(row): int(row[column_csv]) for row in self.csv[table] if row[column_csv] != ""}
        expect(f"{table}.csv, {column}", found, in_csv)
        return found


def items(cell):
    return [word for word in cell.split(";") if word]


def declared(row):
    return {word.split("<=")[0] for word in items(row["permissions"]) + items(row["permissions_sdk23"])}


class Law:
    """App types and marks, read from the rule data without the program under test."""

    def __init__(self):
        self.types = {row["store_category"]: row["type_key"] for row in read_tsv(DATA, "categories", "store_categories.tsv")
                      if row["store"] == "f_droid"}
        self.marked = collections.defaultdict(set)
        for row in read_tsv(DATA, "rules", "annexD_matrix.tsv"):
            for key, mark in row.items():
                if key not in ("permission", "group"):
                    self.marked[key] |= {row["permission"]} if mark == "x" else set()

    def type_of(self, app):
        return self.types.get(app["category"], "none")

    def not_advised(self, app):
        return declared(app) & self.marked.get(self.type_of(app), set())


def check_overview(truth, counts, report, law):
    apps, seen = counts["apps"], report.numbers("overview", ["measure"], "number")
    for measure, wanted in (("apps", apps), ("listings", apps), ("artifacts", apps), ("analysed", apps), ("unanalysable", 0),
                            ("unfetched", 0), ("with_sdk", sum(app["sdks"] != "" for app in truth)),
                            ("typed", sum(law.type_of(app) != "none" for app in truth)),
                            ("over", sum(bool(law.not_advised(app)) for app in truth))):
        if measure != "over" or measure in seen:
            expect(measure, wanted, seen.get(measure))


def check_shares(counts, report):
    for table, key in (("permissions", "permission"), ("sdks", "sdk")):
        expect_map(f"apps with {key}", counts[table], report.numbers(table, [key], "apps_with", "n"))
        expect(f"denominators of {table}", {counts["apps"]},
               set(report.numbers(table, [key], "apps_with", "of").values()) or {counts["apps"]})


def check_over_collection(truth, report, law):
    over = collections.Counter(law.type_of(app) for app in truth if law.not_advised(app))
    apps = collections.Counter(map(law.type_of, truth))
    pairs = collections.Counter((name, law.type_of(app)) for app in truth for name in law.not_advised(app))
    seen = report.numbers("over_collection_by_type", ["app_type"], "apps")
    expect_map("apps of type", {key: number for key, number in apps.items() if key != "none" or key in seen}, seen)
    expect_map("over-collecting apps of type", {key: over[key] for key in apps if key in law.marked},
               report.numbers("over_collection_by_type", ["app_type"], "over_apps"))
    expect_map("not advised, asked by", pairs, report.numbers("over_collection_permissions", ["permission", "app_type"], "asking", "n"))
    who = {app["package"]: sorted(law.not_advised(app)) for app in truth if law.not_advised(app)}
    expect_map("permissions not advised of", who, {row["package"]: sorted(row["not_advised_permissions"])
                                                   for row in report.tables["over_collection_apps"]})
    expect_map("permissions not advised of (CSV)", who, {row["package"]: sorted(row["not_advised_permissions"].split("; "))
                                                         for row in report.csv["over_collection_apps"]})


def check_coverage(apps, report):
    seen = report.numbers("coverage", ["market", "step", "reason"], "number")
    expect_map("coverage", {(MARKET, step): apps for step in ("listed", "selected", "fetched", "analysed")},
               {key[:2]: number for key, number in seen.items()})


def check_report(counts, truth, report):
    law = Law()
    check_overview(truth, counts, report, law)
    check_shares(counts, report)
    check_over_collection(truth, report, law)
    check_coverage(counts["apps"], report)
    return (f"{counts['apps']} apps, {len(counts['permissions'])} permissions, {len(counts['sdks'])} SDKs, "
            f"{len(report.tables['over_collection_apps'])} apps over-collecting")


def permission_words(facts, later):
    words = [permission["name"] + (f"<={permission['max_sdk']}" if "max_sdk" in permission and not later else "")
             for permission in facts.get("permissions", []) if permission.get("sdk23", False) == later]
    return sorted(words)


def check_facts(path, truth, counts):
    """Every app's facts, and how many apps each signer has."""
    seen_in, facts_of, signers = {}, {}, collections.Counter()
    with open(path, encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["table"] == "observations":
                seen_in[row["package"]] = row["record"].get("artifact")
            elif row["table"] == "artifacts":
                facts_of[row["artifact"]] = row["record"]
    expect("apps observed", sorted(app["package"] for app in truth), sorted(seen_in))
    for app in truth:
        package, facts = app["package"], facts_of.get(seen_in.get(app["package"]), {})
        wanted = (app["sha256"], app["package"], int(app["version_code"]), app["version_name"], int(app["min_sdk"]),
                  int(app["target_sdk"]), app["label"], sorted(items(app["permissions"])), sorted(items(app["permissions_sdk23"])),
                  sorted(items(app["sdks"])), {app["signer"]})
        seen = (facts.get("sha256"), facts.get("package"), facts.get("version_code"), facts.get("version_name"), facts.get("min_sdk"),
                facts.get("target_sdk"), facts.get("label"), permission_words(facts, False), permission_words(facts, True),
                sorted(sdk["id"] for sdk in facts.get("sdks", [])), {signer["sha256"] for signer in facts.get("signers", [])})
        expect(f"facts of {package}", wanted, seen)
        signers.update(seen[-1])
    expect_map("apps signed by", counts["signers"], signers)
    return f"facts of {len(truth)} apps and {len(signers)} signers"


def check_changes(changes, report):
    columns = ("permissions_gained", "permissions_lost", "sdks_gained", "sdks_lost")
    updates = {row["package"]: tuple(items(row[key]) for key in columns) for row in changes if row["change"] == "updated"}
    expect_map("changes of", updates, {row["package"]: tuple(row[key] or [] for key in columns) for row in report.tables["diff_apps"]})
    expect_map("changes of (CSV)", updates, {row["package"]: tuple([word for word in row[key].split("; ") if word] for key in columns)
                                             for row in report.csv["diff_apps"]})
    for word, change in (("added", "appeared"), ("removed", "disappeared")):
        wanted = sorted(row["package"] for row in changes if row["change"] == word)
        for rows in (report.tables["diff_presence"], report.csv["diff_presence"]):
            expect(f"apps {word}", wanted, sorted(row["package"] for row in rows if row["change"] == change))
    return f"{len(changes)} changes, {len(updates)} of them updates"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--changes", action="store_true")
    parser.add_argument("dir")
    parser.add_argument("report")
    parser.add_argument("export", nargs="?")
    args = parser.parse_args()
    report, mark = Report(args.report), "-2" if args.second else ""
    if args.changes:
        said = check_changes(read_tsv(args.dir, "changes.tsv"), report)
    else:
        counts, truth = read_json(args.dir, f"counts{mark}.json"), read_tsv(args.dir, f"truth{mark}.tsv")
        said = check_report(counts, truth, report)
        if args.export:
            said += ", " + check_facts(args.export, truth, counts)
    for fault in faults[:40]:
        print(fault)
    if faults:
        sys.exit(f"{len(faults)} figures differ from what the generator put in")
    print(f"ok: all as generated: {said}")


if __name__ == "__main__":
    main()
