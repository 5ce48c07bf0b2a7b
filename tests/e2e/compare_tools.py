#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what overreach reads in APKs with aapt, apksigner and dexdump (class names, number of instructions).

usage: compare_tools.py --program OVERREACH --explained TSV [--without SUBJECT] APK...

Every difference that the table does not explain is printed, and so is every row about one of these APKs that explains
nothing any more; either ends with 1. A tool that cannot read an APK is reported as its value "unreadable: ...".
"""
import argparse
import concurrent.futures
import csv
import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "lib"))
import apk_tools  # noqa: E402

PLAIN = ("package", "version_code", "version_name", "label")


def program(path, *arguments, accept=(0,)):
    done = subprocess.run([path, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in accept:
        raise apk_tools.ToolError(f"{path} {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode().strip()}")
    return done.stdout.decode("utf-8", "surrogateescape")


def level(value):
    """An SDK level as text: a number, a code name, or nothing."""
    return None if value in (None, "", 0) else str(value)


def ours_of(overreach, apk):
    # 3: the APK could not be analysed, and the object says why
    facts = json.loads(program(overreach, "scan", apk, accept=(0, 3)))
    if facts["outcome"] != "analysed":
        return {"outcome": facts["outcome"]}
    elements = facts["permissions"]
    return {"outcome": "analysed", **{key: facts.get(key) for key in PLAIN},
            "min_sdk": level(facts.get("min_sdk") or facts.get("min_sdk_codename")),
            "target_sdk": level(facts.get("target_sdk") or facts.get("target_sdk_codename")),
            "permissions": [(item["name"], item.get("max_sdk")) for item in elements if not item.get("sdk23")],
            "permissions_sdk23": [(item["name"], item.get("max_sdk")) for item in elements if item.get("sdk23")],
            "signers": sorted(set(facts["signers"])),
            "instructions": facts["instructions"],
            "classes": program(overreach, "scan", "--classes", apk).splitlines()}


def theirs_of(apk):
    """Each subject by the tool whose business it is."""
    def ask(tool, *arguments):
        try:
            return tool(*arguments)
        except apk_tools.ToolError as error:
            return f"unreadable: {error}"
    manifest, requested = ask(apk_tools.badging, apk), ask(apk_tools.permissions, apk)
    theirs = {"outcome": "analysed", "classes": ask(apk_tools.classes, apk)}
    theirs["instructions"] = ask(apk_tools.instructions, apk)
    signers = ask(apk_tools.signers, apk)
    theirs["signers"] = sorted(signers) if isinstance(signers, list) else signers
    for key in PLAIN + ("min_sdk", "target_sdk"):
        theirs[key] = manifest[key] if isinstance(manifest, dict) else manifest
    for place, key in enumerate(("permissions", "permissions_sdk23")):
        theirs[key] = requested[place] if isinstance(requested, tuple) else requested
    return theirs


def show(value):
    """Long lists as their length and digest, so that a row of the table stays a row."""
    if isinstance(value, list):
        text = json.dumps(value)
        return text if len(text) <= 200 else f"{len(value)} entries, {hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return "" if value in (None, "") else str(value)


def first_difference(theirs, ours):
    if not (isinstance(theirs, list) and isinstance(ours, list)):
        return ""
    for place, (left, right) in enumerate(zip(theirs, ours)):
        if left != right:
            return f" (entry {place + 1}: {left} against {right})"
    longer = theirs if len(theirs) > len(ours) else ours
    return f" (one has more: {longer[min(len(theirs), len(ours)):][:3]})"


def compare(overreach, apk):
    """(SHA-256, list of (subject, theirs, ours, hint)), empty when all agree."""
    with open(apk, "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    try:
        ours = ours_of(overreach, apk)
    except (apk_tools.ToolError, ValueError, KeyError) as error:
        return sha256, [("outcome", "analysed", f"{type(error).__name__}: {error}", "")]
    theirs = theirs_of(apk)
    if ours["outcome"] != "analysed":
        return sha256, [("outcome", "analysed", ours["outcome"], "")]
    return sha256, [(key, show(theirs[key]), show(ours[key]), first_difference(theirs[key], ours[key]))
                    for key in theirs if (theirs[key] or None) != (ours[key] or None)]


def read_explained(path):
    with open(path, encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {(row["sha256"], row["subject"], row["theirs"], row["ours"]): row["reason"] for row in rows
                if not row["subject"].startswith("ag:")}  # compare_androguard.py's


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--explained", required=True)
    parser.add_argument("--without", default="", metavar="SUBJECT", help="leave this one out")
    parser.add_argument("apks", nargs="+", metavar="APK")
    args = parser.parse_args()
    explained, used, seen, bad, differing = read_explained(args.explained), set(), set(), 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for apk, (sha256, differences) in zip(args.apks, pool.map(lambda apk: compare(args.program, apk), args.apks)):
            seen.add(sha256)
            for subject, theirs, ours, hint in differences:
                if subject == args.without:
                    continue
                key = (sha256, subject, theirs, ours)
                differing += 1
                if key in explained:
                    used.add(key)
                    continue
                bad += 1
                print(f"{os.path.basename(apk)} {sha256}: {subject}: theirs '{theirs}', ours '{ours}'{hint}")
    for key in sorted(set(explained) - used):
        if key[0] in seen:
            bad += 1
            print(f"explained but not seen any more: {' | '.join(key)}")
    print(f"{len(seen)} APKs compared with aapt, apksigner and dexdump: {differing} differences, {len(used)} explained, "
          f"{bad} to look into")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
