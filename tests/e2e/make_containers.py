#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays out what apps come in besides single APKs, and hostile ones of the kind.

usage: make_containers.py FOLDER CODE.apk OTHER.apk REAL.apk...

FOLDER/parts/     base, feature and configuration APKs of one app and some that do not belong to it. Their manifests are written
                  as protobuf messages here and made binary by aapt2, their code is that of CODE.apk and OTHER.apk, apksigner
                  signs them.
FOLDER/good/      the same parts in every layout; cases.json says what each must be read as
FOLDER/bundles/   each REAL.apk as an app bundle (aapt2 converts it), and as REAL.apk.txt where aapt2 cannot, with its reason
FOLDER/hostile/   archives that are traps; cases.json says the outcome of each
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib

ANDROID = "http://schemas.android.com/apk/res/android"
IDS = {"name": 0x01010003, "hasCode": 0x0101000c, "value": 0x01010024, "minSdkVersion": 0x0101020c, "versionCode": 0x0101021b,
       "targetSdkVersion": 0x01010270, "isFeatureSplit": 0x0101055b}
PACKAGE = "org.example.parts"
WHEN = (2020, 1, 1, 0, 0, 0)


# ---- protobuf, as aapt2 writes XML


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(name, value):
    """"android:name" with its id, anything else plain. Numbers and truths are compiled, texts are not."""
    if not name.startswith("android:"):
        return field(2, name) + field(3, value)
    name = name[len("android:"):]
    out = field(1, ANDROID) + field(2, name)
    if isinstance(value, str):
        return out + field(3, value) + field(5, IDS[name])
    primitive = field(8, int(value)) if isinstance(value, bool) else field(6, value)
    return out + field(5, IDS[name]) + field(6, field(7, primitive))


def element(tag, attributes=None, *children):
    body = field(1, field(1, "android") + field(2, ANDROID)) if tag == "manifest" else b""
    body += field(3, tag)
    for name, value in (attributes or {}).items():
        body += field(4, attribute(name, value))
    return field(1, body + b"".join(field(5, child) for child in children))


def manifest(split=None, *, package=PACKAGE, version=7, feature=False, config_for=None, permissions=(), activity=None, key=None,
             code=True):
    attributes = {"package": package, "android:versionCode": version}
    if split:
        attributes["split"] = split
    if feature:
        attributes["android:isFeatureSplit"] = True
    if config_for is not None:
        attributes["configForSplit"] = config_for
    inside = []
    if activity:
        inside.append(element("activity", {"android:name": activity}))
    if key:
        inside.append(element("meta-data", {"android:name": key, "android:value": "1"}))
    return element("manifest", attributes, element("uses-sdk", {"android:minSdkVersion": 21, "android:targetSdkVersion": 30}),
                   *[element("uses-permission", {"android:name": name}) for name in permissions],
                   element("application", {} if code else {"android:hasCode": False}, *inside))


# ---- archives


def write_zip(path, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name, WHEN), data, method)


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout.decode('utf-8', 'replace').strip()[-500:]}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def dex_files(apk):
    with zipfile.ZipFile(apk) as archive:
        names = [name for name in archive.namelist() if "/" not in name and name.endswith(".dex")]
        return [(name, archive.read(name)) for name in sorted(names, key=lambda name: (len(name), name))]


class Maker:
    def __init__(self, folder, scratch):
        self.folder, self.scratch, self.keys = folder, scratch, {}

    def place(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def key(self, name):
        if name not in self.keys:
            self.keys[name] = os.path.join(self.scratch, name + ".jks")
            run("keytool", "-genkeypair", "-keystore", self.keys[name], "-storepass", "secret", "-keypass", "secret", "-alias", "k",
                "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + name, "-validity", "9999")
        return self.keys[name]

    def apk(self, name, message, entries=(), key="first"):
        """The binary form of the message by aapt2, with other entries, signed."""
        proto, path = os.path.join(self.scratch, name + ".proto"), self.place("parts", name + ".apk")
        write_zip(proto, [("AndroidManifest.xml", message), *entries])
        run("aapt2", "convert", "--output-format", "binary", "-o", path, proto)
        run("apksigner", "sign", "--ks", self.key(key), "--ks-pass", "pass:secret", "--min-sdk-version", "24", path)
        return read(path)


# ---- the app and its layouts


def make_parts(maker, code, other):
    main, camera = dex_files(code), dex_files(other)[:1]
    native = [("lib/arm64-v8a/libbase.so", b"\x7fELF")]
    return {
        "base": maker.apk("base", manifest(permissions=["android.permission.CAMERA", "android.permission.INTERNET"], activity=".Main",
                                           key="BASE_KEY"), main),
        "camera": maker.apk("camera", manifest("camera", feature=True, activity=".Camera", key="CAMERA_KEY",
                                               permissions=["android.permission.READ_CONTACTS"]), camera),
        "arm": maker.apk("arm", manifest("config.arm64_v8a", config_for="", code=False), native),
        "stranger": maker.apk("stranger", manifest("camera", feature=True, package="org.example.other"), camera),
        "otherkey": maker.apk("otherkey", manifest("camera", feature=True, activity=".Camera", key="CAMERA_KEY"), camera, "second"),
        "packed": maker.apk("packed", manifest("camera", feature=True), [("classes.dex", b"not a dex file at all")]),
    }


def xapk_manifest(files):
    return json.dumps({"xapk_version": 2, "package_name": PACKAGE, "split_apks": [{"file": file, "id": which} for file, which in files],
                       "expansions": [{"file": f"Android/obb/{PACKAGE}/main.7.{PACKAGE}.obb"}]}).encode()


def make_good(maker, parts):
    base, camera, arm = parts["base"], parts["camera"], parts["arm"]
    plain = [("base.apk", base), ("split_camera.apk", camera), ("split_config.arm64_v8a.apk", arm)]
    layouts = {
        "plain.apks": ("split-set", plain),
        "upside-down.apks": ("split-set", plain[::-1] + [("icon.png", b"png")]),
        "sai.apks": ("apks", [("meta.sai_v2.json", b"{}"), *plain]),
        "mirror.apkm": ("apkm", [("info.json", b'{"apkm_version": 5, "apk_title": "x"}'), *plain]),
        "bundletool.apks": ("apks", [("toc.pb", b"x"), ("splits/camera-master.apk", camera), ("splits/base-arm64_v8a.apk", arm),
                                     ("splits/base-master.apk", base), ("splits/base-master_2.apk", base),
                                     ("standalones/standalone-x86.apk", base)]),
        "pure.xapk": ("xapk", [("manifest.json", xapk_manifest([(f"{PACKAGE}.apk", "base"), ("camera.apk", "camera"),
                                                               ("config.arm64_v8a.apk", "config.arm64_v8a")])),
                               (f"{PACKAGE}.apk", base), ("camera.apk", camera), ("config.arm64_v8a.apk", arm),
                               (f"Android/obb/{PACKAGE}/main.7.{PACKAGE}.obb", bytes(1000))]),
    }
    cases = {}
    for name, (kind, entries) in layouts.items():
        write_zip(maker.place("good", name), entries)
        cases[name] = {"container": kind, "parts": [part for part, _ in entries if part.endswith((".apk", ".obb"))]}
    write_zip(maker.place("good", "deflated.apks"), plain, zipfile.ZIP_DEFLATED)
    cases["deflated.apks"] = {"container": "split-set", "parts": [part for part, _ in plain]}
    with open(maker.place("good", "cases.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file)


def make_bundle(maker, real):
    """Each APK as bundletool would want it: one module called base."""
    name = os.path.basename(real)
    proto = os.path.join(maker.scratch, name + ".proto")
    try:
        run("aapt2", "convert", "--output-format", "proto", "-o", proto, real)
    except RuntimeError as error:
        with open(maker.place("bundles", name + ".txt"), "w", encoding="utf-8") as file:
            file.write(f"{error}\n")
        return
    entries = [("BundleConfig.pb", b"x")]
    with zipfile.ZipFile(proto) as archive:
        for entry in archive.namelist():
            top = entry.split("/")[0]
            if entry == "AndroidManifest.xml":
                target = "base/manifest/" + entry
            elif entry == top and entry.endswith(".dex"):
                target = "base/dex/" + entry
            elif entry == "resources.pb" or top in ("res", "lib", "assets"):
                target = "base/" + entry
            else:
                target = "base/root/" + entry
            entries.append((target, archive.read(entry)))
    write_zip(maker.place("bundles", name + ".aab"), entries, zipfile.ZIP_DEFLATED)


# ---- traps


def zeros_deflated(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def write_raw(path, entries):
    """(name, data deflated, size): checksums are 0, and data that is the same object lies there once, for all."""
    local, central, places = b"", b"", {}
    for name, data, size in entries:
        head = bytes([20, 0, 0, 0, 8, 0]) + bytes(8) + len(data).to_bytes(4, "little") + size.to_bytes(4, "little") + \
            len(name).to_bytes(2, "little") + bytes(2)
        if id(data) not in places:
            places[id(data)] = len(local)
            local += b"PK\3\4" + head + name + data
        central += b"PK\1\2" + bytes([20, 0]) + head + bytes(10) + places[id(data)].to_bytes(4, "little") + name
    count = len(entries).to_bytes(2, "little")
    with open(path, "wb") as file:
        file.write(local + central + b"PK\5\6" + bytes(4) + count + count + len(central).to_bytes(4, "little") +
                   len(local).to_bytes(4, "little") + bytes(2))


def make_hostile(maker, parts):
    base, camera, arm = parts["base"], parts["camera"], parts["arm"]
    nested = maker.place("hostile", "nested.apks")
    write_zip(nested, [("base.apk", base)])
    plain = [("base.apk", base), ("camera.apk", camera)]
    deep, wide = b"[" * 100_000, json.dumps({"split_apks": [{"file": f"{n}.apk", "id": "x"} for n in range(20_000)]}).encode()
    archives = {
        "ten-thousand.apks": ("unanalysable:parts-limit", [(f"p{n}.apk", b"") for n in range(10_000)]),
        "json-lists-more.xapk": ("unanalysable:parts-limit", [("manifest.json", wide), *plain]),
        "json-too-deep.xapk": ("analysed", [("manifest.json", deep), *plain]),
        "nested-twice.apks": ("unanalysable:part-no-manifest", [("base.apk", read(nested))]),
        "slip.apks": ("analysed", [("../../../../tmp/base.apk", base), ("/etc/camera\x1b[2J.apk", camera), ("C:\\x.apk", arm)]),
        "no-base.apks": ("unanalysable:no-base", [("split_camera.apk", camera), ("split_config.apk", arm)]),
        "broken-part.apks": ("unanalysable:part-not-a-zip", [("base.apk", base), ("camera.apk", b"<html>404</html>")]),
        "packed-part.apks": ("unanalysable:part-dex-malformed", [("base.apk", base), ("camera.apk", parts["packed"])]),
        "stranger.apks": ("analysed", [("base.apk", base), ("camera.apk", parts["stranger"])]),
        "other-key.apks": ("analysed", [("base.apk", base), ("camera.apk", parts["otherkey"])]),
        "lost.xapk": ("unanalysable:part-missing", [("manifest.json", xapk_manifest([("gone.apk", "camera")])), ("base.apk", base)]),
        "no-base.aab": ("unanalysable:no-base", [("BundleConfig.pb", b"x"), ("camera/manifest/AndroidManifest.xml", manifest("camera"))]),
        "no-message.aab": ("unanalysable:part-manifest-malformed", [("base/manifest/AndroidManifest.xml", b"<manifest/>")]),
        "deep.aab": ("unanalysable:part-manifest-limit", [("base/manifest/AndroidManifest.xml", nest(5000))]),
    }
    os.remove(nested)
    cases = {}
    for name, (outcome, entries) in archives.items():
        write_zip(maker.place("hostile", name), entries)
        cases[name] = outcome
    bomb = zeros_deflated(1600 << 20)
    write_raw(maker.place("hostile", "bomb.apks"), [(b"base.apk", bomb, 1600 << 20)])
    cases["bomb.apks"] = "unanalysable:part-too-big"
    some = zeros_deflated(400 << 20)
    write_raw(maker.place("hostile", "bombs.apks"), [(b"%d.apk" % n, some, 400 << 20) for n in range(200)])
    cases["bombs.apks"] = ["unanalysable:worker-memory-limit", "unanalysable:part-too-big",  # whichever is met first
                           "unanalysable:worker-time-limit"]
    with open(maker.place("hostile", "cut.apks"), "wb") as file:
        whole = read(maker.place("good", "plain.apks"))
        file.write(whole[:len(whole) - len(arm) - 600])
    cases["cut.apks"] = "unanalysable:zip-rejected"
    with open(maker.place("hostile", "old.apkm"), "wb") as file:
        file.write(b"\2\2" + b"".join(n.to_bytes(8, "little") for n in (2, 64 << 20, 1 << 18)) + bytes(range(1, 200)) * 40)
    cases["old.apkm"] = "unanalysable:encrypted-apkm"
    with open(maker.place("hostile", "cases.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file)


def nest(depth):
    node = element("x")
    for _ in range(depth):
        node = element("x", None, node)
    return node


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    folder, code, other, *real = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        maker = Maker(folder, scratch)
        parts = make_parts(maker, code, other)
        make_good(maker, parts)
        make_hostile(maker, parts)
        for apk in real:
            make_bundle(maker, apk)


if __name__ == "__main__":
    main()
