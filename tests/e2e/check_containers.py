#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what overreach reads in the containers of make_containers.py with what it reads in their parts.

usage: check_containers.py --program OVERREACH FOLDER REAL.apk...

good/      package, permissions and signers are the base's; components, meta-data, native libraries and classes those of base and
           feature (natives: of the configuration, too); every part has its kind and digest
bundles/   everything that does not depend on the file around it equals REAL.apk's
hostile/   ends as cases.json says, each with a reason, in one run with a good one among them
Every difference is a line; any of them ends with 1.
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import zipfile

SAME = ("package", "version_code", "version_name", "label", "min_sdk", "target_sdk", "permissions", "components", "meta_data", "natives",
        "effective", "outcome")
CODE = ("sdks", "hosts", "calls", "permission_use", "startup", "instructions")
MERGED = ("components", "meta_data", "natives")
ANOMALIES = {"other-key.apks": "part-signer-differs", "stranger.apks": "part-package-differs", "lost.xapk": "part-missing",
             "json-too-deep.xapk": "container-manifest-unreadable", "slip.apks": "split-permission-ignored"}
KINDS = {"base": "base", "camera": "feature", "arm": "config"}


class Checker:
    def __init__(self, program):
        self.program, self.faults, self.checks = program, 0, 0

    def scan(self, *paths):
        done = subprocess.run([self.program, "scan", *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode not in (0, 3):
            sys.exit(f"check_containers.py: scan ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
        return {os.path.basename(facts["path"]): facts for facts in map(json.loads, done.stdout.splitlines())}

    def classes(self, path):
        return subprocess.run([self.program, "scan", "--classes", path], stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[:-1]

    def expect(self, what, wanted, seen):
        self.checks += 1
        if wanted != seen:
            self.faults += 1
            print(f"{what}: expected {json.dumps(wanted)[:600]}, saw {json.dumps(seen)[:600]}")


def codes(facts):
    return {anomaly["code"] for anomaly in facts["anomalies"]}


def classes_by_dex(facts):
    return [(row["name"].split("!")[-1].split("/")[-1], row["classes"], row["types"]) for row in facts["dex"]]


def kind_of(name, facts, parts):
    """What a part of a good container is: by its digest."""
    by_digest = {hashlib.sha256(data).hexdigest(): key for key, data in parts.items()}
    row = next(row for row in facts["containers"] if row["name"] == name)
    return row["kind"], KINDS.get(by_digest.get(row.get("sha256")))


def check_good(check, folder):
    names = ("base", "camera", "arm")
    alone = check.scan(*[os.path.join(folder, "parts", name + ".apk") for name in names])
    base, camera, arm = (alone[name + ".apk"] for name in names)
    parts = {}
    for name in names:
        with open(os.path.join(folder, "parts", name + ".apk"), "rb") as file:
            parts[name] = file.read()
    with open(os.path.join(folder, "good", "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    listed = [check.classes(os.path.join(folder, "parts", name + ".apk")) for name in ("base", "camera")]
    scanned = check.scan(os.path.join(folder, "good"))
    check.expect("files read below a folder", sorted(cases), sorted(scanned))
    for file, case in cases.items():
        facts = scanned[file]
        check.expect(f"{file}: outcome", "analysed", facts["outcome"])
        check.expect(f"{file}: container", case["container"], facts["container"])
        for key in SAME:
            if key not in MERGED and key in base:
                check.expect(f"{file}: {key}", base[key], facts[key])
        check.expect(f"{file}: components", base["components"] + camera["components"], facts["components"])
        check.expect(f"{file}: meta-data", base["meta_data"] + camera["meta_data"], facts["meta_data"])
        check.expect(f"{file}: natives", base["natives"] + camera["natives"] + arm["natives"], facts["natives"])
        check.expect(f"{file}: signers", base["signers"], facts["signers"])
        check.expect(f"{file}: dex files", classes_by_dex(base) + classes_by_dex(camera), classes_by_dex(facts))
        check.expect(f"{file}: classes", listed[0] + listed[1], check.classes(os.path.join(folder, "good", file)))
        check.expect(f"{file}: parts", sorted(case["parts"]), sorted(row["name"] for row in facts["containers"]))
        for name in case["parts"]:
            kind, wanted = kind_of(name, facts, parts)
            wanted = {"_2.apk": "other"}.get(name[-6:], "obb" if name.endswith(".obb") else wanted)
            check.expect(f"{file}: kind of {name}", "standalone" if name.startswith("standalones/") else wanted, kind)
        check.expect(f"{file}: anomalies", ["split-permission-ignored"], sorted(codes(facts)))


def check_bundles(check, folder, reals):
    bundles = os.path.join(folder, "bundles")
    converted = [real for real in reals if os.path.exists(os.path.join(bundles, os.path.basename(real) + ".aab"))]
    theirs = check.scan(*converted)
    ours = check.scan(*[os.path.join(bundles, os.path.basename(real) + ".aab") for real in converted])
    for name, facts in theirs.items():
        bundle = ours[name + ".aab"]
        for key in SAME + CODE:
            check.expect(f"{name} as a bundle: {key}", facts.get(key), bundle.get(key))
        check.expect(f"{name} as a bundle: dex files", classes_by_dex(facts), classes_by_dex(bundle))
        check.expect(f"{name} as a bundle: container", "aab", bundle["container"])
    print(f"{len(converted)} of {len(reals)} APKs are bundles of the same facts, the others aapt2 does not convert")
    if not converted:
        check.expect("bundles made", "some", "none")


def check_dex(check, folder, reals):
    for real in reals:
        with zipfile.ZipFile(real) as archive:
            names = [name for name in archive.namelist() if name.startswith("classes") and name.endswith(".dex")]
            if names != ["classes.dex"]:
                continue
            path = os.path.join(folder, "bare.dex")
            with open(path, "wb") as file:
                file.write(archive.read("classes.dex"))
        check.expect(f"classes.dex of {os.path.basename(real)} by itself", check.classes(real), check.classes(path))
        facts = check.scan(path)["bare.dex"]
        check.expect("outcome and container of a dex file", ("analysed", "dex", None), (facts["outcome"], facts["container"], facts["package"]))
        return
    check.expect("an APK with one dex file", "some", "none")


def check_hostile(check, folder):
    with open(os.path.join(folder, "hostile", "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    good = os.path.join(folder, "good", "plain.apks")
    scanned = check.scan(os.path.join(folder, "hostile"), good)
    check.expect("a good one among them", "analysed", scanned.pop("plain.apks")["outcome"])
    check.expect("hostile files read", sorted(cases), sorted(scanned))
    for name, outcome in cases.items():
        facts = scanned[name]
        accepted = outcome if isinstance(outcome, list) else [outcome]
        check.expect(f"{name}: outcome", accepted[0] if facts["outcome"] not in accepted else facts["outcome"], facts["outcome"])
        if outcome != "analysed":
            check.expect(f"{name}: has a reason", True, bool(facts["detail"]))
        if name in ANOMALIES:
            check.expect(f"{name}: tells {ANOMALIES[name]}", True, ANOMALIES[name] in codes(facts))
    check.expect("the part that is not read is named", True, scanned["broken-part.apks"]["detail"].startswith("camera.apk: "))
    check.expect("what could be read of it is there", "org.example.parts", scanned["broken-part.apks"]["package"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("folder")
    parser.add_argument("real", nargs="+")
    options = parser.parse_args()
    check = Checker(options.program)
    check_good(check, options.folder)
    check_bundles(check, options.folder, options.real)
    check_dex(check, options.folder, options.real)
    check_hostile(check, options.folder)
    print(f"{check.checks} comparisons, {check.faults} differences")
    sys.exit(1 if check.faults else 0)


if __name__ == "__main__":
    main()
