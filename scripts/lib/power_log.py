# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/support/power_record.c wrote down, and what a power failure may make of it.

Model (ALICE, OSDI 2014): a file's bytes are certain up to its last fsync or fdatasync, a folder's names up to the last
fsync of the folder; what was done since may be there or not, in any part. A sync of a file promises nothing about its name.
"""
import hashlib
import os
import struct

HEAD = struct.Struct("<IBQQHHI")
SECTOR = 512
POLICIES = ("all", "none", "prefix", "torn", "shuffle", "names", "empty", "zeros")


class LogError(Exception):
    """The recording cannot be taken for whole."""


def read_log(path):
    """[(op, ino, a, path, path2, data)] of a recording; a record that a kill cut off at the end is left out."""
    with open(path, "rb") as file:
        bytes_ = file.read()
    records, at = [], 0
    while at + HEAD.size <= len(bytes_):
        size, op, ino, a, n_path, n_path2, n_data = HEAD.unpack_from(bytes_, at)
        if at + size > len(bytes_):
            break
        first = at + HEAD.size
        path_, path2 = bytes_[first:first + n_path].decode(), bytes_[first + n_path:first + n_path + n_path2].decode()
        if chr(op) == "!":
            raise LogError(f"{path}: something happened that the recorder does not model: {path_}")
        records.append((chr(op), ino, a, path_, path2, bytes_[at + size - n_data:at + size]))
        at += size
    return records


# ---- rows ---------------------------------------------------------------------------------------------------


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def text(data, at):
    size, at = varint(data, at)
    return data[at:at + size], at + size


def batch_rows(data):
    """(kind, family, key, value) of a RocksDB write batch (db/write_batch.cc): put, delete, add."""
    kinds = {0: "delete", 1: "put", 2: "add", 4: "delete", 5: "put", 6: "add"}
    at, rows = 12, []
    while at < len(data):
        tag = data[at]
        at += 1
        if tag not in kinds:
            raise LogError(f"a batch holds a record of kind {tag}")
        family, at = varint(data, at) if tag >= 4 else (0, at)
        key, at = text(data, at)
        value, at = text(data, at) if kinds[tag] != "delete" else (b"", at)
        rows.append((kinds[tag], family, key, value))
    return rows


def row_line(family, key, value):
    """A row as "power_driver rows" prints it."""
    return f"{family} {key.hex()} {hashlib.sha256(value).hexdigest()}"


def line_print(line):
    return int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")


def fingerprint(lines):
    """A number of a set of rows that can be kept up to date row by row."""
    number = 0
    for line in lines:
        number ^= line_print(line)
    return number


class Rows:
    """All rows after the batches so far."""

    def __init__(self):
        self.values, self.fingerprint = {}, 0

    def apply(self, data):
        for kind, family, key, value in batch_rows(data):
            old = self.values.pop((family, key), None)
            if old is not None:
                self.fingerprint ^= line_print(row_line(family, key, old))
            if kind == "add":
                total = int.from_bytes(old or b"", "little") + int.from_bytes(value, "little")
                value = (total % (1 << 64)).to_bytes(8, "little")
            if kind != "delete":
                self.values[family, key] = value
                self.fingerprint ^= line_print(row_line(family, key, value))


# ---- files --------------------------------------------------------------------------------------------------


class Node:
    """A file or folder: what is certain of it, and what was done since its last sync."""

    def __init__(self, folder):
        self.folder = folder
        self.sure = {} if folder else bytearray()
        self.names = {}   # of a folder: as a running program sees them
        self.since = []   # (index, what ...)

    def sync(self):
        apply_all(self.sure, self.since)
        self.since = []


def apply_all(state, operations):
    for _, what, *how in operations:
        if what == "write":
            offset, data = how
            if offset > len(state):
                state.extend(bytes(offset - len(state)))
            state[offset:offset + len(data)] = data
        elif what == "length":
            size, = how
            if size < len(state):
                del state[size:]
            else:
                state.extend(bytes(size - len(state)))
        elif what == "add":
            name, node = how
            state[name] = node
        elif what == "rename":
            old, new, node = how
            if state.get(old) is node:
                del state[old]
            state[new] = node
        elif what == "remove":
            name, node = how
            if state.get(name) is node:
                del state[name]


class Replay:
    """Goes through a recording; at any point a state after a power failure can be built."""

    def __init__(self, records):
        self.records, self.at = records, 0
        self.root, self.root_path, self.nodes = Node(True), None, {}
        self.rows, self.prints = Rows(), [0]
        self.issued = self.written = 0
        self.said, self.said_parts = set(), b""

    def place(self, path):
        """(folder, name) of a path below the root."""
        parts = os.path.relpath(path, self.root_path).split("/")
        node = self.root
        for part in parts[:-1]:
            node = node.names[part]
        return node, parts[-1]

    def step(self):
        op, ino, a, path, path2, data = self.records[self.at]
        getattr(self, "on_" + {"!": "strange"}.get(op, op))(ino, a, path, path2, data)
        self.at += 1

    def go(self, at):
        while self.at < at:
            self.step()

    def on_R(self, ino, a, path, path2, data):
        self.root_path = self.root_path or path
        self.nodes[ino] = self.root

    def enter(self, ino, path, node):
        folder, name = self.place(path)
        self.nodes[ino] = folder.names[name] = node
        folder.since.append((self.at, "add", name, node))

    def on_C(self, ino, a, path, path2, data):
        self.enter(ino, path, Node(False))

    def on_D(self, ino, a, path, path2, data):
        self.enter(ino, path, Node(True))

    def on_L(self, ino, a, path, path2, data):
        self.enter(ino, path2, self.nodes[ino])

    def on_W(self, ino, a, path, path2, data):
        self.nodes[ino].since.append((self.at, "write", a, data))

    def on_T(self, ino, a, path, path2, data):
        self.nodes[ino].since.append((self.at, "length", a))

    def on_N(self, ino, a, path, path2, data):
        (old_folder, old), (new_folder, new) = self.place(path), self.place(path2)
        node = old_folder.names.pop(old)
        new_folder.names[new] = node
        if old_folder is new_folder:
            old_folder.since.append((self.at, "rename", old, new, node))
        else:
            new_folder.since.append((self.at, "add", new, node))
            old_folder.since.append((self.at, "remove", old, node))

    def on_U(self, ino, a, path, path2, data):
        folder, name = self.place(path)
        folder.since.append((self.at, "remove", name, folder.names.pop(name)))

    def on_S(self, ino, a, path, path2, data):
        self.nodes[ino].sync()

    def on_Y(self, ino, a, path, path2, data):
        for node in [self.root, *self.nodes.values()]:
            node.sync()

    def on_M(self, ino, a, path, path2, data):
        self.said_parts += data
        *lines, self.said_parts = self.said_parts.split(b"\n")
        self.said.update(line.decode() for line in lines)

    def on_B(self, ino, a, path, path2, data):
        self.rows.apply(data)
        self.issued += 1
        self.prints.append(self.rows.fingerprint)

    def on_A(self, ino, a, path, path2, data):
        self.written = self.issued

    def unsynced(self):
        """Operations that a power failure now could lose."""
        return sum(len(node.since) for node in {id(n): n for n in [self.root, *self.nodes.values()]}.values())

    # ---- states ----

    def build(self, policy, dice, target):
        """Writes what a power failure at this point may leave, one of many such states, to the folder `target`."""
        self.write_folder(self.root, target, Choice(policy, dice, self.at))

    def write_folder(self, node, path, choice):
        names = dict(node.sure)
        apply_all(names, choice.of_names(node.since))
        os.mkdir(path)
        for name, child in names.items():
            below = os.path.join(path, name)
            if child.folder:
                self.write_folder(child, below, choice)
                continue
            state = bytearray(child.sure)
            apply_all(state, choice.of_bytes(child.since))
            with open(below, "wb") as file:
                file.write(state)


class Choice:
    """What is kept of the unsynced operations: a policy and the dice.

    all      everything: what a killed process leaves       none     nothing
    prefix   what was done up to a moment                   torn     of each file a prefix, its last write cut or zeroed
    shuffle  of each file some writes, of names a prefix    names    all bytes, some names; none that hangs on a lost one
    empty    all names, no bytes                            zeros    all names and sizes, zeros for bytes
    """

    def __init__(self, policy, dice, at):
        self.policy, self.dice = policy, dice
        self.until = dice.randrange(at + 1)

    def before(self, operations):
        return [operation for operation in operations if operation[0] < self.until]

    def some_prefix(self, operations):
        return operations[:self.dice.randint(0, len(operations))]

    def of_names(self, operations):
        if self.policy == "none":
            return []
        if self.policy == "prefix":
            return self.before(operations)
        if self.policy == "shuffle":
            return self.some_prefix(operations)
        return self.loose(operations) if self.policy == "names" else operations

    def loose(self, operations):
        lost, kept = set(), []
        for operation in operations:
            node = operation[-1]
            if id(node) in lost or self.dice.random() < 0.5:
                lost.add(id(node))
            else:
                kept.append(operation)
        return kept

    def of_bytes(self, operations):
        if self.policy in ("none", "empty"):
            return []
        if self.policy == "prefix":
            return self.before(operations)
        if self.policy == "zeros":
            return [(index, what, how[0], bytes(len(how[1]))) if what == "write" else (index, what, *how)
                    for index, what, *how in operations]
        if self.policy == "shuffle":
            return [operation for operation in operations if self.dice.random() < 0.5]
        return self.torn(self.some_prefix(operations)) if self.policy == "torn" else operations

    def torn(self, operations):
        if not operations or operations[-1][1] != "write":
            return operations
        index, what, offset, data = operations[-1]
        cut = self.dice.randint(0, len(data))
        if self.dice.random() < 0.5:
            cut -= (offset + cut) % SECTOR if (offset + cut) % SECTOR <= cut else 0
        tail = bytes(len(data) - cut) if self.dice.random() < 0.5 else b""
        return [*operations[:-1], (index, what, offset, data[:cut] + tail)]
