#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a small signed F-Droid repository that may lie: what scripts/make-repo-index will not write.

usage: make_market.py [options] FOLDER < apps

FOLDER holds the APKs and gets index-v2.json, entry.jar, diff/*.json and index-v1.jar; FOLDER.state keeps the last index.
A line of `apps` is an APK's file name and then KEY=VALUE words, quoted as in a shell: package, path (as the index names the
file; default /FILE), size, sha256, code, version, label, category, developer. Package and code default to what good*.apk and
hostile.apk of make_apks.py hold, for other files to org.bad.NAME and 1. Jars are signed with openssl, in milliseconds.
Prints the fingerprint.
"""
import argparse
import base64
import hashlib
import json
import os
import shlex
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "scripts", "lib"))
import fdroid_index as fdroid  # noqa: E402
import make_apks  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--key", default="one", help="another name, another key and certificate (one)")
    parser.add_argument("--timestamp", type=int, default=1_700_000_000_000, metavar="MS")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="set in entry.json before it is signed")
    parser.add_argument("--document", metavar="TEXT", help="this instead of the index, with its right size and digest")
    parser.add_argument("--bad-diff", metavar="TEXT", help="this instead of the diff, with its right size and digest")
    parser.add_argument("--tamper", action="store_true", help="change entry.json after the signature")
    parser.add_argument("--only-v1", action="store_true", help="index-v1.jar alone")
    parser.add_argument("--mirror", action="append", default=[], metavar="URL", help="state a mirror in the index")
    return parser.parse_args()


class Key:
    """A key with a self-signed certificate, below the market's parent folder, made on first use."""

    def __init__(self, folder, name):
        self.key, self.cert = (os.path.join(os.path.dirname(os.path.abspath(folder)), f"key-{name}.{end}") for end in ("key", "pem"))
        if not os.path.exists(self.cert):
            fdroid.run(["openssl", "req", "-x509", "-nodes", "-days", "30", "-newkey", "rsa:2048", "-subj", f"/CN={name}",
                        "-keyout", self.key, "-out", self.cert])
        self.fingerprint = hashlib.sha256(fdroid.run(["openssl", "x509", "-in", self.cert, "-outform", "DER"])).hexdigest()

    def sign(self, data):
        return subprocess.run(["openssl", "cms", "-sign", "-binary", "-noattr", "-outform", "DER", "-md", "sha256", "-signer", self.cert,
                               "-inkey", self.key], input=data, stdout=subprocess.PIPE, check=True).stdout


def write_jar(path, key, member, document, tamper=False):
    """A JAR signature as the JAR file specification has it, SHA-256 throughout."""
    def digest(data):
        return base64.b64encode(hashlib.sha256(data).digest()).decode()

    manifest = f"Manifest-Version: 1.0\r\n\r\nName: {member}\r\nSHA-256-Digest: {digest(document)}\r\n\r\n".encode()
    signed = f"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: {digest(manifest)}\r\n\r\n".encode()
    if tamper:
        document = document.replace(b'"timestamp":1', b'"timestamp":2', 1)
    with zipfile.ZipFile(f"{path}.part", "w", zipfile.ZIP_DEFLATED) as jar:
        for name, data in ((member, document), ("META-INF/MANIFEST.MF", manifest), ("META-INF/A.SF", signed),
                           ("META-INF/A.RSA", key.sign(signed))):
            jar.writestr(name, data)
    os.replace(f"{path}.part", path)


def read_app(folder, line, timestamp):
    file, *words = shlex.split(line)
    said = dict(word.split("=", 1) for word in words)
    name, path = file.rsplit(".", 1)[0], os.path.join(folder, file)
    good = name.startswith("good")
    known = {"hostile": ("org.hostile.app", 9), "big": ("org.good.big", 7)}
    package, code = (f"org.good.app{name[4:]}", 100 + int(name[4:])) if good else known.get(name, (f"org.bad.{name}", 1))
    version = {"file": said.get("path", "/" + file).removeprefix("/"), "sha256": said.get("sha256") or fdroid.sha256_of(path),
               "size": int(said.get("size", os.path.getsize(path) if os.path.exists(path) else 1)), "version_code": int(said.get("code", code)),
               "version_name": said.get("version", "1.0"), "permissions": [], "added": timestamp}
    metadata = {"label": said.get("label", f"App {name}"), "categories": [said.get("category", "Navigation")],
                "author": said.get("developer", "Somebody")}
    return said.get("package", package), {"metadata": metadata, "versions": [version]}


def describe(document, name, count):
    return {"name": name, "sha256": hashlib.sha256(document).hexdigest(), "size": len(document), "numPackages": count}


def write_diff(args, index, state):
    """The way from the index before to this one, as entry.json's "diffs" states it."""
    old = fdroid.read_json(os.path.join(state, "index.json"))
    if old is None or old["repo"]["timestamp"] == args.timestamp:
        return {}
    document = args.bad_diff.encode() if args.bad_diff else fdroid.to_json(fdroid.merge_patch(old, index))
    name = f"/diff/{old['repo']['timestamp']}.json"
    fdroid.write_file(args.folder + name, document)
    return {str(old["repo"]["timestamp"]): describe(document, name, 1)}


def main():
    args = options()
    os.makedirs(args.folder, exist_ok=True)
    key, state = Key(args.folder, args.key), args.folder + ".state"
    # "HOSTILE" in a line stands for text that no shell needs to spell
    lines = [line.replace("HOSTILE", shlex.quote(make_apks.HOSTILE)) for line in sys.stdin if line.strip()]
    apps = dict(read_app(args.folder, line, args.timestamp) for line in lines)
    repo = {"name": "Test market", "description": "Made by make_market.py", "address": "http://127.0.0.1/repo"}
    if args.only_v1:
        write_jar(os.path.join(args.folder, "index-v1.jar"), key, "index-v1.json", fdroid.to_json(fdroid.index_v1(repo, apps, args.timestamp)))
        print(key.fingerprint)
        return
    index = fdroid.index_v2(repo, apps, args.timestamp)
    index["repo"]["mirrors"] = [{"url": url} for url in args.mirror]
    document = args.document.encode() if args.document else fdroid.to_json(index)
    entry = {"timestamp": args.timestamp, "version": 30000, "index": describe(document, "/index-v2.json", len(apps)),
             "diffs": write_diff(args, index, state)}
    for word in args.set:
        path, value = word.split("=", 1)
        fdroid.set_path(entry, path, json.loads(value))
    fdroid.write_file(os.path.join(args.folder, "index-v2.json"), document)
    fdroid.write_file(os.path.join(state, "index.json"), fdroid.to_json(index))
    write_jar(os.path.join(args.folder, "entry.jar"), key, "entry.json", fdroid.to_json(entry), args.tamper)
    print(key.fingerprint)


if __name__ == "__main__":
    main()
