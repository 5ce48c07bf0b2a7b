#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what `overreach scan --verify` says of signatures with apksigner.

usage: compare_signers.py --facts JSONL [--cases TSV] APK...

Asked is whether the APK verifies and by which scheme; of those that do, each signer's certificate and holder, and the
rotation history with what each key still may. Prints a table; every difference is a line, and ends with 1.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys

RIGHTS = {"installed data": "installed-data", "shared UID": "shared-user-id", "permission": "permission", "rollback": "rollback",
          "auth": "auth"}


def apksigner(*arguments):
    done = subprocess.run(["apksigner", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def plain(name):
    """A name without the two ways to quote: Java's "..." and RFC 4514's backslashes."""
    return re.sub(r'["\\]', "", name or "").replace(" + ", "+")


def theirs_of(apk):
    code, said = apksigner("verify", "-v", "--print-certs", apk)
    schemes = [scheme for scheme in ("v3", "v2", "v1") if re.search(rf"^Verified using {scheme} scheme.*: true$", said, re.M)]
    if code != 0 or not schemes:
        return {"verdict": "refused"}
    holders = re.findall(r"^Signer #\d+ certificate DN: (.*)$", said, re.M)
    digests = re.findall(r"^Signer #\d+ certificate SHA-256 digest: (\w+)$", said, re.M)
    return {"verdict": f"verified:{schemes[0]}", "signers": sorted(zip(digests, map(plain, holders)))}


def their_history(apk):
    _, said = apksigner("lineage", "--in", apk, "--print-certs", "-v")
    history = []
    for part in re.split(r"^Signer #\d+ in lineage certificate DN: ", said, flags=re.M)[1:]:
        digest = re.search(r"certificate SHA-256 digest: (\w+)", part)[1]
        may = [RIGHTS[what] for what in re.findall(r"^Has (.*?) capability *: true", part, re.M)]
        history.append((digest, plain(part.splitlines()[0]), may))
    return history


def ours_of(facts):
    rows = {row["scheme"]: row["result"] for row in facts.get("verification", [])}
    verdict = rows.get("apk", "nothing said")
    if not verdict.startswith("verified:"):
        return {"verdict": "refused", "exact": verdict}
    best = [signer for signer in facts["signing"] if signer["scheme"] == verdict.split(":")[1]]
    history = [(past["sha256"], plain(past.get("subject")), past.get("may", [])) for past in best[-1].get("lineage", [])]
    return {"verdict": verdict, "exact": verdict, "signers": sorted((one["sha256"], plain(one.get("subject"))) for one in best),
            "history": history}


def compare(apk, facts, android):
    """(what both say, the difference or None)"""
    ours = ours_of(facts)
    if android:
        same = ours["exact"] == android
        return "android", None if same else f"Android says {android}, ours is {ours['exact']}"
    theirs = theirs_of(apk)
    if theirs["verdict"] == "refused" or ours["verdict"] == "refused":
        said = f"apksigner: {theirs['verdict']}, ours is {ours['exact']} {json.dumps(facts.get('verification'))}"
        return "refused", None if theirs["verdict"] == ours["verdict"] else said
    # what this apksigner does not know it cannot say: an APK with v3.1 is one with v3 to it
    newer = ours["verdict"] == "verified:v3.1" and theirs["verdict"] == "verified:v3"
    if ours["verdict"] != theirs["verdict"] and not newer:
        return "verified", f"apksigner: {theirs['verdict']}, ours is {ours['verdict']}"
    if ours["signers"] != theirs["signers"] and not newer and len({digest for digest, _ in theirs["signers"]}) == len(ours["signers"]):
        return "verified", f"signers: apksigner {theirs['signers']}, ours {ours['signers']}"
    if ours["history"] and not newer and ours["history"] != their_history(apk):
        return "verified", f"history: apksigner {their_history(apk)}, ours {ours['history']}"
    return "verified", None


def read_cases(path):
    if not path:
        return {}
    with open(path, encoding="utf-8") as lines:
        return {row[0]: row[1:] for row in (line.rstrip("\n").split("\t") for line in lines)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", required=True)
    parser.add_argument("--cases")
    parser.add_argument("apks", nargs="+", metavar="APK")
    args = parser.parse_args()
    with open(args.facts, encoding="utf-8") as lines:
        facts = {os.path.basename(item["path"]): item for item in map(json.loads, lines)}
    cases = read_cases(args.cases)
    tables, bad = collections.defaultdict(collections.Counter), 0

    def ask(apk):
        name = os.path.basename(apk)
        kind, what, android = cases.get(name, ("real APKs", "", ""))
        if name not in facts:
            return name, kind, what, "refused", "not scanned"
        return name, kind, what, *compare(apk, facts[name], android)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, kind, what, said, difference in pool.map(ask, args.apks):
            tables[kind]["cases"] += 1
            tables[kind][said] += 1
            if difference:
                tables[kind]["differ"] += 1
                bad += 1
                print(f"{name} ({what}): {difference}")
    print(f"{'':28}{'cases':>8}{'verified':>10}{'refused':>9}{'by Android':>12}{'differ':>8}")
    for kind, counts in tables.items():
        print(f"{kind:28}{counts['cases']:8}{counts['verified']:10}{counts['refused']:9}{counts['android']:12}{counts['differ']:8}")
    total = sum(counts["cases"] for counts in tables.values())
    print(f"{total} cases, {total - bad} agree")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
