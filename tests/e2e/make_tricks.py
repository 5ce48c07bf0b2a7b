#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, from one real APK, the same with one irregularity each, as tests/support/apk_tricks.h does from an invented one.

usage: make_tricks.py BASE.apk FOLDER        writes FOLDER/ROW.apk for every row (z: the archive, a: the binary manifest)

Entries keep their content and order; one is added at the end. The signature's files stay, so that the copies count as signed,
though it holds no longer.
"""
import copy
import os
import struct
import sys
import zipfile
import zlib

from axml_copy import ELEMENT, ELEMENT_END, NAMESPACE_END, NONE, REFERENCE, STRING, Axml, Node, build_axml, build_pool, read_axml

JUNK = b"junk"
BAD_EXTRA = b"\xca\xfe\xff\xff"  # a field that says it is 65,535 bytes long
DECOY = "android.permission.DECOY"
NAME_ID = 0x01010003


# ---- archives ----------------------------------------------------------------------------------------------------------


class Entry:
    """What a writer says of one entry. `local` and `central` replace fields of that header alone."""

    def __init__(self, name, content, deflated):
        self.name, self.content, self.deflated = name, content, deflated
        self.local, self.central = {}, {}
        self.descriptor = None  # added to the checksum of a data descriptor; None: there is none

    def header(self, changes, packed):
        fields = {"flags": 8 if self.descriptor is not None else 0, "method": 8 if self.deflated else 0,
                  "crc": zlib.crc32(self.content), "packed": len(packed), "size": len(self.content), "name": self.name,
                  "extra": b""}
        return {**fields, **changes}


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def write_zip(entries, prefix=b"", counted=True, gap=b"", comment=b"", trailing=b"", count=0):
    """`counted`: offsets count the prefix; `count` is added to the number of records."""
    out, records = bytearray(prefix), b""
    base = 0 if counted else len(prefix)
    for entry in entries:
        at = len(out) - base
        packed = deflate(entry.content) if entry.deflated else entry.content
        h = entry.header(entry.local, packed)
        out += struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, h["flags"], h["method"], 0, 0x2821, h["crc"], h["packed"], h["size"],
                           len(h["name"]), len(h["extra"])) + h["name"] + h["extra"] + packed
        if entry.descriptor is not None:
            out += struct.pack("<IIII", 0x08074b50, zlib.crc32(entry.content) ^ entry.descriptor, len(packed), len(entry.content))
        h = entry.header(entry.central, packed)
        records += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, h["flags"], h["method"], 0, 0x2821, h["crc"], h["packed"],
                               h["size"], len(h["name"]), len(h["extra"]), 0, 0, 0, 0, at) + h["name"] + h["extra"]
    directory = len(out) - base
    n = len(entries) + count
    out += records + gap + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, n, n, len(records), directory, len(comment)) + comment
    return bytes(out) + trailing


def both(entry, **fields):
    entry.local.update(fields)
    entry.central.update(fields)


def archive_rows(entries):
    """(row, bytes): each from a copy of the entries, of which the manifest is the first."""

    def row(name, change=lambda entry: None, deflated=True, decoy=False, **archive):
        ours = copy.deepcopy(entries)
        ours[0].deflated = deflated
        change(ours[0])
        front = [Entry(ours[0].name, build_axml(decoy_manifest()), True)] if decoy else []
        return name, write_zip(front + ours, **archive)

    def size(change):
        return lambda e: both(e, size=len(e.content) + change)

    crc = zlib.crc32(entries[0].content) ^ 1
    return [
        row("z00-plain"),
        row("z01-encrypted-flag-both", lambda e: both(e, flags=1)),
        row("z02-encrypted-flag-local", lambda e: e.local.update(flags=1)),
        row("z03-unknown-method-stored", lambda e: e.central.update(method=0x2222), deflated=False),
        row("z04-local-method-unknown", lambda e: e.local.update(method=0x2222)),
        row("z05-unknown-method-deflated", lambda e: e.central.update(method=0x2222)),
        row("z06-bad-crc", lambda e: both(e, crc=crc)),
        row("z07-duplicate-name", decoy=True),
        row("z08-local-name-differs", lambda e: e.local.update(name=b"AndroidManifest.xmm")),
        row("z09-bad-extra", lambda e: e.central.update(extra=BAD_EXTRA)),
        row("z10-bad-local-extra", lambda e: e.local.update(extra=BAD_EXTRA)),
        row("z11-comment-60000", comment=b"c" * 60000),
        row("z12-trailing-bytes", trailing=JUNK * 10),
        row("z13-prefix", prefix=JUNK * 10),
        row("z13b-prefix-not-counted", prefix=JUNK * 10, counted=False),
        row("z14-gap-before-end", gap=JUNK * 10),
        row("z15-local-sizes-zero", lambda e: e.local.update(crc=0, packed=0, size=0)),
        row("z16-descriptor-flag-local", lambda e: e.local.update(flags=8), deflated=False),
        row("z16b-descriptor", lambda e: setattr(e, "descriptor", 0)),
        row("z16c-descriptor-differs", lambda e: setattr(e, "descriptor", 1)),
        row("z17-end-record-in-comment", comment=b"xxPK\5\6" + b"y" * 18 + b"zz"),
        row("z18-size-too-small", size(-1000)),
        row("z19-size-too-great", size(1000)),
        row("z20-count-too-small", count=-1),
        row("z21-count-too-great", count=1),
    ]


# ---- manifests with other words ----------------------------------------------------------------------------------------


def decoy_manifest():
    """Another manifest, with one permission."""
    strings = ["name", "package", "manifest", "uses-permission", "com.example.decoy", DECOY]
    nodes = [Node(ELEMENT, name=2, attributes=[[NONE, 1, 4, STRING, 4]]), Node(ELEMENT, name=3, attributes=[[NONE, 0, 5, STRING, 5]]),
             Node(ELEMENT_END, name=3), Node(ELEMENT_END, name=2)]
    return Axml(strings, [NAME_ID], nodes)


def is_name(axml, attribute):
    return attribute[1] < len(axml.ids) and axml.ids[attribute[1]] == NAME_ID


def blank_names(axml):
    axml.strings[:len(axml.ids)] = [""] * len(axml.ids)


def no_namespaces(axml):
    for node in axml.nodes:
        for attribute in node.attributes:
            attribute[0] = NONE


def decoy_name(axml):
    """In front of the true name one that is spelled the same and has no id."""
    axml.strings.append("name")
    spelled, value = len(axml.strings) - 1, axml.text(DECOY)
    for node in axml.elements("uses-permission"):
        node.attributes.insert(0, [NONE, spelled, value, STRING, value])


def second_name(axml):
    value = axml.text(DECOY)
    for node in axml.elements("uses-permission"):
        name = next(attribute for attribute in node.attributes if is_name(axml, attribute))
        node.attributes.insert(node.attributes.index(name) + 1, [name[0], name[1], value, STRING, value])


def name_is_reference(axml):
    for place, node in enumerate(axml.elements("uses-permission")):
        for attribute in node.attributes:
            if is_name(axml, attribute):
                attribute[2:] = [NONE, REFERENCE, 0x7f7f0000 + place]


def no_end_namespace(axml):
    axml.nodes = [node for node in axml.nodes if node.kind != NAMESPACE_END]


def unknown_tag(axml):
    """All from the first permission to the last inside an element nobody knows."""
    tag = axml.text("wrapping")
    places = [place for place, node in enumerate(axml.nodes) if node.name != NONE and axml.strings[node.name] == "uses-permission"]
    axml.nodes.insert(places[-1] + 1, Node(ELEMENT_END, name=tag))
    axml.nodes.insert(places[0], Node(ELEMENT, name=tag))


def manifest_rows(manifest):
    """(row, bytes): each from a copy of the manifest."""

    def row(name, change=lambda axml: None, **options):
        axml = read_axml(manifest)
        change(axml)
        return name, build_axml(axml, **options)

    strings = read_axml(manifest).strings
    return [
        row("a01-file-type-0", kind=0),
        row("a02-file-header-32", file_header=32),
        row("a03-tail", tail=JUNK * 12),
        row("a04-chunk-before-nodes", before_nodes=struct.pack("<HHI", 0x0777, 8, 16) + JUNK * 2),
        row("a05-strange-node-in-range", strange=0x0140),
        row("a06-strange-node", strange=0x0666),
        row("a07-node-header-64", header=64),
        row("a08-attribute-size-24", step=24),
        row("a09-attribute-start-36", start=36),
        row("a10-junk-after-attributes", behind=16),
        row("a11-string-count-40-more", pool={"count": len(strings) + 40}),
        row("a12-string-count-huge", pool={"count": 0x7fffffff}),
        row("a13-blank-names", blank_names),
        row("a14-utf8", pool={"utf8": True}),
        row("a15-no-namespaces", no_namespaces),
        row("a16-decoy-name", decoy_name),
        row("a17-second-name", second_name),
        row("a18-name-is-a-reference", name_is_reference),
        row("a19-no-end-namespace", no_end_namespace),
        row("a20-second-string-pool", before_pool=build_pool([DECOY] * len(strings))),
        row("a21-unaligned-node", unaligned=True),
        row("a22-unknown-tag", unknown_tag),
        row("a23-unterminated-pool", lambda axml: axml.strings.append("last"), pool={"terminated": False}),
    ]


def main():
    base, folder = sys.argv[1:]
    with zipfile.ZipFile(base) as archive:
        entries = [Entry(info.filename.encode(), archive.read(info), info.compress_type == zipfile.ZIP_DEFLATED)
                   for info in archive.infolist()]
    entries.sort(key=lambda entry: entry.name != b"AndroidManifest.xml")  # it is what most rows change
    if not any(entry.name == b"resources.arsc" for entry in entries):  # aapt2 tells by it that the manifest is no protobuf
        entries.append(Entry(b"resources.arsc", struct.pack("<HHII", 2, 12, 40, 0) + build_pool([]), False))
    entries.append(Entry(b"assets/last", b"what a count too small hides", False))
    rows = archive_rows(entries)
    for name, content in manifest_rows(entries[0].content):
        changed = copy.copy(entries)
        changed[0] = Entry(entries[0].name, content, True)
        rows.append((name, write_zip(changed)))
    for name, content in rows:
        with open(os.path.join(folder, f"{name}.apk"), "wb") as file:
            file.write(content)


if __name__ == "__main__":
    main()
