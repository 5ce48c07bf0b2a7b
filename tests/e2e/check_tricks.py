#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what overreach says of the APKs of make_tricks.py against aapt2 and against the same tricks in the unit tests.

usage: check_tricks.py --program OVERREACH --rows tests/support/apk_tricks.h BASE.apk FOLDER

Prints a row an APK: what Android does, permissions and anomalies of ours, permissions that each other tool gives ("-": refuses
the file; androguard and unzip where they are installed). Ends with 1 when a file that aapt2 opens is not read the same
or is called refused, when one that Android refuses is not, when an answer differs from the plain APK's without a word, or when
the unit tests expect something else of a row.
"""
import argparse
import concurrent.futures
import glob
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import zipfile

# Where aapt2 is no oracle: what Android does, and why the two differ.
OTHERWISE = {
    "z03-unknown-method-stored": ("opens", "aapt2 has a reader of its own; since Android 9 what is not deflated counts as stored"),
    "a21-unaligned-node": ("refuses", "aapt2 stops at the node and prints what it had, PackageParser gives up"),
}
PLAIN = "z00-plain"
REJECT = "android-would-reject"
NAME = re.compile(r"^uses-permission(?:-sdk-23)?: name='([^']*)'", re.MULTILINE)


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def by_aapt(tool):
    def ask(path):
        code, said = run(tool, "dump", "permissions", path)
        return set(NAME.findall(said)) if code == 0 else None
    return ask


def by_unzip(path):
    return set() if run("unzip", "-tqq", path)[0] == 0 else None


def by_zipfile(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return set() if archive.read("AndroidManifest.xml") else None
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError, OSError):
        return None


def androguard():
    """The tool's reader as a function of a path; None where it is not installed."""
    try:
        from androguard.core.bytecodes.apk import APK  # pylint: disable=import-outside-toplevel
    except ImportError:
        return None
    logging.disable(logging.CRITICAL)

    def ask(path):
        try:
            apk = APK(path)
            return set(apk.get_permissions()) if apk.is_valid_APK() else None
        except Exception:  # pylint: disable=broad-except # whatever it stumbles over
            return None
    return ask


def ours_of(program, paths):
    _, said = run(program, "scan", *paths)
    return {os.path.basename(facts["path"])[:-4]: facts for facts in map(json.loads, said.splitlines())}


class Answer:
    """What one object of `scan` comes down to. That copies are not signed any more is no trick."""

    def __init__(self, facts):
        self.analysed = facts["outcome"] == "analysed"
        self.outcome = facts["outcome"]
        self.permissions = {item["name"] for item in facts.get("permissions", [])}
        details = {item["code"]: item.get("detail") or "" for item in facts.get("anomalies", [])}
        self.reasons = {word for word in details.pop(REJECT, "").split(", ") if word} - {"unsigned"}
        self.codes = set(details) - {"unsigned"}

    def refused(self):
        return bool(self.reasons) or not self.analysed


def expected_rows(path):
    """{row: (permissions, reasons, code)} as the unit tests have them."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"\s+", " ", file.read())
    rows = {}
    for name, count, rest in re.findall(r'\{"([az]\d\d\w?-[^"]+)", (\w+),? ?(.*?)\}, (?=\{"|\};)', text):
        strings = re.match(r'"([^"]*)"(?:, "([^"]*)")?', rest)
        code = re.search(r'\.code = "([^"]*)"', rest)
        reasons = set(strings[1].split(", ")) if strings else set()
        rows[name] = (int(count), reasons, code[1] if code else strings[2] if strings else None)
    return rows


def judge(row, answer, plain, aapt2):
    """What is wrong with our answer, in words."""
    android = OTHERWISE[row][0] if row in OTHERWISE else "opens" if aapt2 is not None else "refuses"
    if row in OTHERWISE and (aapt2 is not None) == (android == "opens") and aapt2 == answer.permissions:
        yield "aapt2 does now what Android does: the row in OTHERWISE is out of date"
    if android == "opens":
        if not answer.analysed:
            yield f"Android opens it, ours: {answer.outcome}"
            return
        if answer.reasons:
            yield f"Android opens it, ours: refused for {', '.join(sorted(answer.reasons))}"
        if row not in OTHERWISE and answer.permissions != aapt2:
            yield f"not aapt2's permissions: {len(answer.permissions - aapt2)} more, {len(aapt2 - answer.permissions)} fewer"
    elif not answer.refused():
        yield f"Android refuses it, ours says nothing of {REJECT}"
    if answer.permissions != plain and not answer.codes:
        yield "other permissions than the plain APK's without a word"
    if row == PLAIN and answer.codes:
        yield "the plain copy is called odd"


def compare_unit_tests(row, answer, plain, expected):
    if row not in expected:
        yield "the unit tests do not know this row"
        return
    count, reasons, code = expected[row]
    if answer.reasons != reasons:
        yield f"the unit tests expect it refused for {sorted(reasons)}, ours: {sorted(answer.reasons)}"
    if code and code not in answer.codes:
        yield f"the unit tests expect {code}"
    if (len(answer.permissions) == len(plain)) != (count > 0):
        yield f"the unit tests expect {'all' if count else 'no'} permissions"


def show(names):
    return "-" if names is None else str(len(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--rows", required=True)
    parser.add_argument("base")
    parser.add_argument("folder")
    args = parser.parse_args()
    paths = sorted(glob.glob(os.path.join(args.folder, "*.apk")), key=lambda path: (os.path.basename(path)[0] == "a", path))
    tools = {"aapt2": by_aapt("aapt2"), "aapt": by_aapt("aapt"), "androguard": androguard(),
             "unzip": by_unzip if shutil.which("unzip") else None, "zipfile": by_zipfile}
    tools = {name: ask for name, ask in tools.items() if ask}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        theirs = {name: dict(zip(paths, map(ask, paths) if name == "androguard" else pool.map(ask, paths)))
                  for name, ask in tools.items()}
    ours, expected = ours_of(args.program, paths), expected_rows(args.rows)
    plain, bad = by_aapt("aapt2")(args.base), 0
    silent = [row for row in (os.path.basename(path)[:-4] for path in paths) if row not in ours]
    if silent or not paths or not plain:
        sys.exit(f"check_tricks.py: nothing to compare: {len(paths)} APKs, aapt2 says of the plain one: {plain}, ours nothing of {silent}")
    print(f"{'row':<29} {'Android':>7} {'ours':>4} " + " ".join(f"{name:>10}" for name in tools) + "  anomalies (!: why Android refuses)")
    for path in paths:
        row = os.path.basename(path)[:-4]
        aapt2, answer = theirs["aapt2"][path], Answer(ours[row])
        android = OTHERWISE[row][0] if row in OTHERWISE else "opens" if aapt2 is not None else "refuses"
        words = [("!" if code in answer.reasons else "") + code for code in sorted(answer.codes)]
        print(f"{row:<29} {android:>7} {len(answer.permissions):>4} " +
              " ".join(f"{'ok' if name in ('unzip', 'zipfile') and got[path] is not None else show(got[path]):>10}"
                       for name, got in theirs.items()) + f"  {' '.join(words)}")
        for wrong in [*judge(row, answer, plain, aapt2), *compare_unit_tests(row, answer, plain, expected)]:
            bad += 1
            print(f"  WRONG: {wrong}")
    missing = set(expected) - set(ours)
    for row in sorted(missing):
        print(f"  WRONG: {row} is in the unit tests and was not made")
    for row, (android, why) in OTHERWISE.items():
        print(f"{row}: Android {android}: {why}")
    print(f"{len(paths)} APKs with one irregularity each, {len(plain)} permissions in the plain one: {bad + len(missing)} wrong")
    sys.exit(1 if bad or missing else 0)


if __name__ == "__main__":
    main()
