# SPDX-License-Identifier: GPL-3.0-or-later
"""What aapt, apksigner and dexdump say of an APK: the second opinion that repositories and tests are made from."""
import re
import subprocess

QUOTED = r"'((?:[^'\\]|\\.)*)'"
PACKAGE = re.compile(rf"^package: name={QUOTED} versionCode={QUOTED} versionName={QUOTED}")
LINE = re.compile(rf"^([a-zA-Z0-9-]+):\s?{QUOTED}$")
PERMISSION = re.compile(rf"^(uses-permission|uses-permission-sdk-23): name={QUOTED}(?: maxSdkVersion={QUOTED})?")
IMPLIED = re.compile(rf"^uses-implied-permission(?:-sdk-23)?: name={QUOTED}")
FEATURE = re.compile(rf"^\s*uses-feature: name={QUOTED}")
SIGNER = re.compile(r"certificate SHA-256 digest: ([0-9a-f]{64})")
INSTRUCTION = re.compile(rb"^[0-9a-f]{6,8}: [0-9a-f. ]+ *\|[0-9a-f]{4}: ")
CLASS = re.compile(r"^\s*Class descriptor\s*: '(L[^']*;)'", re.MULTILINE)


class ToolError(Exception):
    pass


def run(command, accept=(0,)):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in accept:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise ToolError(f"{' '.join(command)} ended with {done.returncode}: {said[-1] if said else 'no word'}")
    return done.stdout.decode("utf-8", "replace")


def unquote(text):
    """aapt escapes quotes, backslashes and newlines in what it prints."""
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), text) if text else text


def number(text):
    return int(text) if text and text.isdigit() else None


def badging(path):
    """aapt dump badging: package, versions, SDK levels (a code name stays text), labels, permissions, natives, features."""
    facts = {"version_code": None, "version_name": "", "min_sdk": None, "target_sdk": None, "label": None, "permissions": [],
             "permissions_sdk23": [], "nativecode": [], "features": []}
    # aapt ends with 1 when it stumbles over an icon or activity after having printed what matters
    for line in run(["aapt", "dump", "badging", path], accept=(0, 1)).splitlines():
        if match := PACKAGE.match(line):
            facts.update(package=match[1], version_code=number(match[2]), version_name=unquote(match[3]))
        elif match := PERMISSION.match(line):
            key = "permissions" if match[1] == "uses-permission" else "permissions_sdk23"
            facts[key].append((unquote(match[2]), number(match[3])))
        elif match := IMPLIED.match(line):  # aapt has just listed it as if the manifest asked for it
            facts["permissions"] = [pair for pair in facts["permissions"] if pair[0] != unquote(match[1])]
        elif match := FEATURE.match(line):
            facts["features"].append(match[1])
        elif match := LINE.match(line):
            key = {"sdkVersion": "min_sdk", "targetSdkVersion": "target_sdk", "application-label": "label"}.get(match[1])
            if key:
                facts[key] = unquote(match[2])
        elif line.startswith("native-code:"):
            facts["nativecode"] = re.findall(QUOTED, line)
    if "package" not in facts:
        raise ToolError(f"aapt dump badging {path}: no package line")
    return facts


def permissions(path):
    """aapt dump permissions: (name, maxSdkVersion) of <uses-permission> and of <uses-permission-sdk-23>, in file order."""
    plain, sdk23 = [], []
    for line in run(["aapt", "dump", "permissions", path]).splitlines():
        if match := PERMISSION.match(line):
            (plain if match[1] == "uses-permission" else sdk23).append((unquote(match[2]), number(match[3])))
    return plain, sdk23


def signers(path, *options):
    """apksigner verify --print-certs: the certificate digests that it accepts, in its order, each once."""
    said = run(["apksigner", "verify", "--print-certs", *options, path])
    return list(dict.fromkeys(SIGNER.findall(said)))


def classes(path):
    """dexdump: class descriptors of one dex file or of every dex in an APK, in file order."""
    return CLASS.findall(run(["dexdump", path]))


def instructions(path):
    """dexdump -d: how many instructions, payloads of switches and arrays counted as one each, in all dex files together."""
    with subprocess.Popen(["dexdump", "-d", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as tool:
        count = sum(1 for line in tool.stdout if INSTRUCTION.match(line))
    if tool.returncode != 0:
        raise ToolError(f"dexdump -d {path} ended with {tool.returncode}")
    return count
