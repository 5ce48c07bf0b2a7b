#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the APKs of the end-to-end tests: good ones, one whose every text is hostile, and ones that are traps.

usage: make_apks.py FOLDER

good0.apk ... good23.apk  org.good.app0 ...: CAMERA, READ_CONTACTS and a known SDK
big.apk                   org.good.big: good, with 3 MB of bulk
hostile.apk               org.hostile.app: label, version and permission hold escape codes, markup, a formula, text direction
text.apk empty.apk        no archive at all
bomb.apk                  its manifest unpacks to 1.5 GB
dexbomb.apk               its classes.dex does
tables.apk                its classes.dex claims 4,294,967,295 types, strings and classes
nest.apk                  holds good0.apk under a name that says nothing, and no manifest
"""
import importlib.machinery
import importlib.util
import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOSTILE = "=cmd|' /C calc'!A0\x1b[2J\x1b]0;owned\x07\x9b31m<script>alert(1)</script>&\u202egpj.exe\u2028\"'"
GOOD, BULK = 24, 3_000_000


def load_corpus_maker():
    """scripts/make-corpus knows how its Java is compiled."""
    loader = importlib.machinery.SourceFileLoader("make_corpus", os.path.join(HERE, "scripts", "make-corpus"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_corpus", loader))
    loader.exec_module(module)
    return module


def plan():
    """Lines for Corpus.java; its cells are divided by tabs, lists by semicolons."""
    good = "uses-permission:android.permission.CAMERA;uses-permission:android.permission.READ_CONTACTS"
    rows = [(f"good{n}.apk", f"org.good.app{n}", 100 + n, "1.0", f"Good {n}", good, 0) for n in range(GOOD)]
    rows.append(("big.apk", "org.good.big", 7, "1.0", "Big", good, BULK))
    hostile = HOSTILE.replace("\t", "").replace(";", "")
    rows.append(("hostile.apk", "org.hostile.app", 9, hostile, hostile,
                 f"{good};uses-permission:org.hostile.{hostile.replace(',', '')}", 0))
    return "".join("\t".join([file, package, str(code), version, "21", "34", label, "0", elements, "com.google.firebase.messaging",
                              "", str(bulk)]) + "\n" for file, package, code, version, label, elements, bulk in rows)


def build(folder):
    command = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", load_corpus_maker().compile_java(), "Corpus", folder, "7"]
    done = subprocess.run(command, input=plan().encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"make_apks.py: Corpus.java ended with {done.returncode}: {done.stderr.decode()[-2000:]}")


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def zeros_deflated(size):
    """Raw deflate of `size` zero bytes, and their CRC: one compressed megabyte, again and again."""
    packer, data, crc = zlib.compressobj(1, zlib.DEFLATED, -15), io.BytesIO(), 0
    block = bytes(1 << 20)
    for _ in range(size >> 20):
        data.write(packer.compress(block))
        crc = zlib.crc32(block, crc)
    data.write(packer.flush())
    return data.getvalue(), crc


def write_bomb(path, entries, name, size):
    """A zip of `entries` and one more that states its true, huge size."""
    write_zip(path, entries)
    packed, crc = zeros_deflated(size)
    with open(path, "rb") as file:
        raw = file.read()
    end = raw.rindex(b"PK\5\6")
    count, _, length, start = struct.unpack_from("<HHII", raw, end + 8)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x5021, crc, len(packed), size, len(name), 0) + name.encode()
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0x5021, crc, len(packed), size, len(name), 0, 0, 0, 0, 0,
                          start) + name.encode()
    head = raw[:start] + local + packed
    directory = raw[start:start + length] + central
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count + 1, count + 1, len(directory), len(head), 0)
    with open(path, "wb") as file:
        file.write(head + directory + tail)


def claim_huge_tables(dex):
    """string_ids, type_ids and class_defs sizes of the header (offsets 56, 64, 96) become 2^32 - 1."""
    dex = bytearray(dex)
    for at in (56, 64, 96):
        struct.pack_into("<I", dex, at, 0xFFFFFFFF)
    return bytes(dex)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    build(folder)

    def place(name):
        return os.path.join(folder, name)

    good = members(place("good0.apk"))
    with open(place("text.apk"), "w", encoding="ascii") as file:
        file.write("this is not an archive of any kind, " * 40)
    with open(place("empty.apk"), "wb"):
        pass
    write_zip(place("tables.apk"), {**good, "classes.dex": claim_huge_tables(good["classes.dex"])})
    write_bomb(place("bomb.apk"), {"classes.dex": good["classes.dex"]}, "AndroidManifest.xml", 1536 << 20)
    write_bomb(place("dexbomb.apk"), {"AndroidManifest.xml": good["AndroidManifest.xml"]}, "classes.dex", 1536 << 20)
    with open(place("good0.apk"), "rb") as file:
        write_zip(place("nest.apk"), {"inner.bin": file.read()})


if __name__ == "__main__":
    main()
