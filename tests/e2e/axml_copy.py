#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a binary XML apart and puts it together again, with one irregularity on request (make_tricks.py says which)."""
import struct

NONE = 0xffffffff
POOL, IDS, NAMESPACE_END, ELEMENT, ELEMENT_END = 0x0001, 0x0180, 0x0101, 0x0102, 0x0103
REFERENCE, STRING = 1, 3
FILLER = b"filler__"


class Node:
    """A node: namespaces keep their body, elements are taken apart. Attributes: [ns, name, raw, type, data]."""

    def __init__(self, kind, ns=NONE, name=NONE, attributes=None, body=b""):
        self.kind, self.ns, self.name, self.body = kind, ns, name, body
        self.attributes = attributes or []


class Axml:
    def __init__(self, strings, ids, nodes):
        self.strings, self.ids, self.nodes = strings, ids, nodes

    def text(self, text):
        """Index of a string behind those that have an id."""
        for place in range(len(self.ids), len(self.strings)):
            if self.strings[place] == text:
                return place
        self.strings.append(text)
        return len(self.strings) - 1

    def elements(self, tag):
        return [node for node in self.nodes if node.kind == ELEMENT and self.strings[node.name] == tag]


def read_pool(data):
    n, _, flags, start = struct.unpack_from("<IIII", data, 8)
    offsets = struct.unpack_from(f"<{n}I", data, struct.unpack_from("<H", data, 2)[0])
    strings = []
    for at in (start + offset for offset in offsets):
        if flags & 0x100:
            skip = 2 if data[at] & 0x80 else 1
            length, at = data[at + skip], at + skip + 1
            if length & 0x80:
                length, at = (length & 0x7f) << 8 | data[at], at + 1
            strings.append(data[at:at + length].decode())
        else:
            length, = struct.unpack_from("<H", data, at)
            strings.append(data[at + 2:at + 2 + 2 * length].decode("utf-16-le"))
    return strings


def read_node(kind, data):
    header, = struct.unpack_from("<H", data, 2)
    if kind in (ELEMENT, ELEMENT_END):
        node = Node(kind, *struct.unpack_from("<II", data, header))
        start, step, count = struct.unpack_from("<HHH", data, header + 8) if kind == ELEMENT else (0, 0, 0)
        for place in range(count):
            ns, name, raw, _, _, value, number = struct.unpack_from("<IIIHBBI", data, header + start + step * place)
            node.attributes.append([ns, name, raw, value, number])
        return node
    return Node(kind, body=data[header:])


def read_axml(data):
    at, strings, ids, nodes = 8, [], [], []
    while at < len(data):
        kind, header, size = struct.unpack_from("<HHI", data, at)
        chunk = data[at:at + size]
        if kind == POOL:
            strings = read_pool(chunk)
        elif kind == IDS:
            ids = list(struct.unpack(f"<{(size - header) // 4}I", chunk[header:]))
        else:
            nodes.append(read_node(kind, chunk))
        at += size
    return Axml(strings, ids, nodes)


def build_pool(strings, utf8=False, count=None, terminated=True):
    offsets, data = b"", b""
    for text in strings:
        offsets += struct.pack("<I", len(data))
        if utf8:
            raw, units = text.encode(), len(text.encode("utf-16-le")) // 2
            data += b"".join(bytes([n]) if n < 0x80 else bytes([n >> 8 | 0x80, n & 0xff]) for n in (units, len(raw))) + raw + b"\0"
        else:
            data += struct.pack("<H", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le") + b"\0\0"
    data += b"\0" * (-len(data) % 4)
    if not terminated:
        data = data[:-2] + b"zz"
    start = 28 + len(offsets)
    return struct.pack("<HHIIIIII", POOL, 28, start + len(data), len(strings) if count is None else count, 0,
                       0x100 if utf8 else 0, start, 0) + offsets + data


def build_node(node, header=16, step=20, start=20, behind=0, extra=0):
    """`extra`: bytes that the node says it has more."""
    body = node.body
    if node.kind == ELEMENT:
        body = struct.pack("<IIHHHHHH", node.ns, node.name, start, step, len(node.attributes), 0, 0, 0) + b"\0" * (start - 20)
        for ns, name, raw, value, number in node.attributes:
            body += struct.pack("<IIIHBBI", ns, name, raw, 8, 0, value, number) + b"\0" * (step - 20)
        body += b"\0" * behind
    elif node.kind == ELEMENT_END:
        body = struct.pack("<II", node.ns, node.name)
    return (struct.pack("<HHIII", node.kind, header, header + len(body) + extra, 1, NONE) + b"\0" * (header - 16) + body +
            b"\0" * extra)


def build_axml(axml, kind=3, file_header=8, tail=b"", before_pool=b"", before_nodes=b"", strange=0, unaligned=False, pool=None,
               **shape):
    """`strange`: type of a node put in front of each element; `pool` and `shape` go to build_pool and build_node."""
    chunks = before_pool + build_pool(axml.strings, **(pool or {}))
    chunks += struct.pack("<HHI", IDS, 8, 8 + 4 * len(axml.ids)) + struct.pack(f"<{len(axml.ids)}I", *axml.ids) + before_nodes
    for node in axml.nodes:
        if strange and node.kind == ELEMENT:
            chunks += build_node(Node(strange, body=FILLER))
        more = 2 if unaligned and node.kind == ELEMENT_END else 0
        unaligned = unaligned and not more
        chunks += build_node(node, extra=more, **shape)
    return (struct.pack("<HHI", kind, file_header, file_header + len(chunks)) + b"\0" * (file_header - 8) + chunks + tail)
