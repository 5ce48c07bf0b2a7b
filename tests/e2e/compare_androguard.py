#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what overreach reads in APKs with androguard 3.4 (Debian's).

usage: compare_androguard.py --program OVERREACH --data FOLDER --explained TSV APK...

Of every APK: package, permissions (uses-permission alone: androguard does not know -sdk-23), component names. Where the dex files
are small enough for androguard (2.1 MB together): every direct call on the platform that overreach tells, with the number of
places, and every method of data/apis/apis.tsv that androguard saw being called. A difference that the table does not explain is
printed and ends with 1.
"""
import argparse
import csv
import hashlib
import json
import logging
import os
import subprocess
import sys

from androguard.core.analysis.analysis import Analysis
from androguard.core.bytecodes.apk import APK
from androguard.core.bytecodes.dvm import DalvikVMFormat

DEX_LIMIT = 2_100_000
COMPONENTS = {"activity": "get_activities", "service": "get_services", "receiver": "get_receivers", "provider": "get_providers"}


def text(value):
    """androguard hands out str, bytes and its own MUTF-8 type."""
    value = getattr(value, "string", value)
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def scan(program, apk):
    done = subprocess.run([program, "scan", apk], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def manifest_of_ours(facts):
    ours = {"ag:package": facts["package"],
            "ag:permissions": sorted({p["name"] for p in facts["permissions"] if not p["sdk23"]})}
    for kind in COMPONENTS:
        ours["ag:" + kind] = sorted({c["name"] for c in facts["components"] if c["kind"] == kind})
    return ours


def manifest_of_theirs(apk):
    theirs = {"ag:package": apk.get_package(), "ag:permissions": sorted(set(apk.get_permissions()))}
    for kind, method in COMPONENTS.items():
        theirs["ag:" + kind] = sorted({text(name) for name in getattr(apk, method)()})
    return theirs


def calls_of_theirs(dex_files):
    """{"Lclass;->name(I)V": number of call instructions} of every method that is called."""
    analysis, calls = Analysis(), {}
    for dex in dex_files:
        analysis.add(DalvikVMFormat(dex))
    analysis.create_xref()
    for method in analysis.get_methods():
        if method.get_xref_from():
            target = method.get_method()
            name = f"{text(target.get_class_name())}->{text(target.get_name())}{text(target.get_descriptor()).replace(' ', '')}"
            calls[name] = len(method.get_xref_from())
    return calls


def calls_of_ours(facts):
    calls = {}
    for call in facts["calls"]:
        if call["kind"] == "method" and call["grade"] == "direct":
            calls[call["what"]] = calls.get(call["what"], 0) + call["sites"]
    return calls


def known_members(data):
    """(class, name) -> descriptors; "" stands for every one."""
    with open(os.path.join(data, "apis", "apis.tsv"), encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        known = {}
        for row in rows:
            if row["kind"] == "method" and row["data_type"]:
                known.setdefault((row["class"], row["member"]), set()).add(row["descriptor"])
        return known


def is_known(known, member):
    owner, rest = member.split("->", 1)
    name, paren, tail = rest.partition("(")
    descriptors = known.get((owner, name), ())
    return "" in descriptors or paren + tail in descriptors


def compare_calls(theirs, ours, known):
    for member in sorted(set(ours) | {name for name in theirs if is_known(known, name)}):
        if theirs.get(member) != ours.get(member):
            yield f"ag:call {member}", str(theirs.get(member, "")), str(ours.get(member, ""))


def compare(args, path, known):
    facts = scan(args.program, path)
    try:
        apk = APK(path)
    except ValueError as error:  # androguard stumbles over manifests that Android reads
        return facts["sha256"], [("ag:manifest", f"unreadable: {error}", "read")], 0
    ours, theirs = manifest_of_ours(facts), manifest_of_theirs(apk)
    differences = [(key, str(theirs[key]), str(ours[key])) for key in theirs if theirs[key] != ours[key]]
    dex_files, sites = list(apk.get_all_dex()), 0
    if sum(map(len, dex_files)) <= DEX_LIMIT:
        calls = calls_of_theirs(dex_files)
        mine = calls_of_ours(facts)
        sites = sum(mine.values())
        differences += compare_calls(calls, mine, known)
    return facts["sha256"], differences, sites


def read_explained(path):
    with open(path, encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {(row["sha256"], row["subject"]) for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--program", "--data", "--explained"):
        parser.add_argument(name, required=True)
    parser.add_argument("apks", nargs="+", metavar="APK")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    known, explained, bad, total, places = known_members(args.data), read_explained(args.explained), 0, 0, 0
    for path in args.apks:
        sha256, differences, sites = compare(args, path, known)
        places += sites
        for subject, theirs, ours in differences:
            total += 1
            if (sha256, subject) in explained:
                continue
            bad += 1
            print(f"{os.path.basename(path)} {hashlib.sha256(open(path, 'rb').read()).hexdigest()}: {subject}: "
                  f"theirs '{theirs[:300]}', ours '{ours[:300]}'")
    print(f"{len(args.apks)} APKs compared with androguard, {places} call places among them: {total} differences, {bad} to look into")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
