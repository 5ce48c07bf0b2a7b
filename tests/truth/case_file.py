# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the cases of tests/truth; README.md beside this file says how they are written."""
import glob
import os
import re
import shlex

HEAD = {"package", "min", "target", "manifest-attributes"}
MARKS = {"not", "also", "undecidable"}
CONDITION = re.compile(r"^([a-z_0-9]+)(=|~)(.*)$", re.DOTALL)


class CaseError(Exception):
    pass


class Expectation:
    """One line under "--- expect": what a pass must (or must not, may, cannot be blamed to) report."""

    def __init__(self, line, place):
        words = shlex.split(line)
        self.line, self.place = line, place
        self.mark = words.pop(0) if words and words[0] in MARKS else ""
        if not words:
            raise CaseError(f"{place}: a pass is missing in: {line}")
        self.subject, self.name, self.conditions = words.pop(0), None, []
        for word in words:
            if match := CONDITION.match(word):
                self.conditions.append(match.groups())
            elif self.name is None and not self.conditions:
                self.name = word
            else:
                raise CaseError(f"{place}: {word} is neither key=value nor key~value in: {line}")


def split_classes(text):
    """The classes of a dex section, each with a constructor if it states none and is no interface."""
    for part in re.split(r"^(?=\.class )", text, flags=re.MULTILINE)[1:]:
        head, parent = part.split("\n", 1)[0], re.search(r"^\.super (\S+)$", part, re.MULTILINE)
        if parent is None:
            raise CaseError(f"a class without .super: {head}")
        if " interface " not in head and not re.search(r"^\.method .*<init>\(", part, re.MULTILINE):
            part += ("\n.method public constructor <init>()V\n    .locals 0\n"
                     f"    invoke-direct {{p0}}, {parent[1]}-><init>()V\n    return-void\n.end method\n")
        yield part


class Case:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".case")]
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        head, *sections = re.split(r"^--- (.+)$", self.text, flags=re.MULTILINE)
        self.story, values = [], {}
        for line in filter(None, head.splitlines()):
            if line.startswith("#"):
                self.story.append(line[1:].strip())
                continue
            key, _, value = line.partition(" ")
            if key not in HEAD:
                raise CaseError(f"{self.name}: {key} in the head; it knows {', '.join(sorted(HEAD))}")
            values[key] = value
        self.package = values.get("package", "org.meadow.app")
        self.min_sdk, self.target_sdk = int(values.get("min", 21)), int(values.get("target", 30))
        self.attributes = values.get("manifest-attributes", "")
        self.manifest, self.dex, self.files, self.expectations = "", {}, {}, []
        for name, text in zip(sections[::2], sections[1::2]):
            self.add(name.strip(), text[1:])
        if not self.story or not self.manifest:
            raise CaseError(f"{self.name}: a case needs a story (# lines) and a section \"--- manifest\"")

    def add(self, name, text):
        if name == "manifest":
            self.manifest = text
        elif name == "expect":
            lines = [line.strip() for line in text.splitlines()]
            self.expectations += [Expectation(line, self.name) for line in lines if line and not line.startswith("#")]
        elif name.endswith(".dex") and text.lstrip().startswith(".class"):
            self.dex.setdefault(name, []).extend(split_classes(text))
        else:
            self.files[name] = text


def read_all(folder):
    """The cases of a folder by name. A number that two cases share is a mistake."""
    cases = [Case(path) for path in sorted(glob.glob(os.path.join(folder, "*.case")))]
    if not cases:
        raise CaseError(f"no *.case in {folder}")
    numbers = ["-".join(case.name.split("-")[:2]) for case in cases]
    if doubled := {number for number in numbers if numbers.count(number) > 1}:
        raise CaseError(f"two cases are called {' and '.join(sorted(doubled))}")
    return cases
