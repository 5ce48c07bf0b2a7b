#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes APKs that are signed in every way, and ones whose signature no longer fits what they hold.

usage: sign_cases.py FOLDER

Writes FOLDER/*.apk, FOLDER/keys.tsv (name, SHA-256 of the certificate) and FOLDER/cases.tsv: file, kind, what it is, and, where
Debian's apksigner (31.0.2) is no judge, the answer that Android gives: it knows no v3.1, Java has no RSA-PSS under the
name it asks for, and it forgets faults that it finds in a whole block and not in one signer. Keys and certificates are
made with openssl, signatures by apksigner and jarsigner; what those two cannot make (RSA-PSS, v3.1, signers that contradict
themselves) is put together here.
"""
import concurrent.futures
import hashlib
import importlib.machinery
import importlib.util
import os
import struct
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
ROTATION, NEWER, PROMISE = 0x3BA06F8C, 0x559F8B02, 0xBEEFF00D
RSA256, RSA512, PSS256, PSS512, EC256, UNKNOWN = 0x0103, 0x0104, 0x0101, 0x0102, 0x0201, 0x0999
ANY = 0x7FFFFFFF
CHUNK = 1 << 20


def run(command, data=None):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"sign_cases.py: {' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-1500:]}")
    return done.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


# ---- keys -----------------------------------------------------------------------------------------------------------------

KEYS = {"rsa": ["RSA", "rsa_keygen_bits:2048"], "rsa2": ["RSA", "rsa_keygen_bits:2048"], "rsa3": ["RSA", "rsa_keygen_bits:2048"],
        "rsa4096": ["RSA", "rsa_keygen_bits:4096"], "ec": ["EC", "ec_paramgen_curve:P-256"],
        "ec521": ["EC", "ec_paramgen_curve:P-521"], "dsa": None}


class Key:
    """A private key and a certificate that it signed for itself."""

    def __init__(self, folder, name, parameters):
        self.name, self.pem = name, os.path.join(folder, f"{name}.pem")
        self.der, self.certificate = os.path.join(folder, f"{name}.pk8"), os.path.join(folder, f"{name}.x509.pem")
        if parameters:
            run(["openssl", "genpkey", "-algorithm", parameters[0], "-pkeyopt", parameters[1], "-out", self.pem])
        else:
            run(["openssl", "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048", "-out", self.pem + ".dsa"])
            run(["openssl", "genpkey", "-paramfile", self.pem + ".dsa", "-out", self.pem])
        run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", self.pem, "-outform", "DER", "-out", self.der])
        run(["openssl", "req", "-x509", "-new", "-key", self.pem, "-sha256", "-days", "9999", "-out", self.certificate,
             "-utf8", "-subj", f"/C=CN/ST=Zhejiang/O=Prüfung \"{name}\", Ltd./OU=Test+CN=Key {name}"])
        self.cert = run(["openssl", "x509", "-in", self.certificate, "-outform", "DER"])
        self.public = run(["openssl", "pkey", "-in", self.pem, "-pubout", "-outform", "DER"])
        self.sha256 = hashlib.sha256(self.cert).hexdigest()

    def options(self):
        return ["--key", self.der, "--cert", self.certificate, "--v1-signer-name", self.name.upper()]

    def sign(self, algorithm, data):
        command = ["openssl", "dgst", "-sha512" if algorithm in (PSS512, RSA512) else "-sha256", "-sign", self.pem]
        if algorithm in (PSS256, PSS512):
            command += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        return run(command, data)


# ---- the signing block ------------------------------------------------------------------------------------------------------

class Apk:
    """An archive as entries, pairs of its signing block, directory and end record."""

    def __init__(self, data):
        self.end = data.rindex(b"PK\5\6")
        size, start = struct.unpack_from("<II", data, self.end + 12)
        self.directory, self.tail = data[start:start + size], data[self.end:]
        self.pairs, block = [], start
        if data[start - 16:start] == b"APK Sig Block 42":
            length, = struct.unpack_from("<Q", data, start - 24)
            block, at = start - length - 8, start - length
            while at < start - 24:
                size, number = struct.unpack_from("<QI", data, at)
                self.pairs.append((number, data[at + 12:at + 8 + size]))
                at += 8 + size
        self.entries = data[:block]

    def ids(self):
        return [number for number, _ in self.pairs]

    def value(self, number):
        return dict(self.pairs)[number]

    def with_pairs(self, pairs):
        """The same archive, signed by other pairs."""
        body = b"".join(struct.pack("<QI", len(value) + 4, number) + value for number, value in pairs)
        size = len(body) + 24
        block = struct.pack("<Q", size) + body + struct.pack("<Q", size) + b"APK Sig Block 42" if pairs else b""
        tail = self.tail[:16] + struct.pack("<I", len(self.entries) + len(block)) + self.tail[20:]
        return self.entries + block + self.directory + tail

    def digest(self, name):
        tail = self.tail[:16] + struct.pack("<I", len(self.entries)) + self.tail[20:]
        chunks = [part[at:at + CHUNK] for part in (self.entries, self.directory, tail) for at in range(0, len(part), CHUNK)]
        digests = [hashlib.new(name, b"\xa5" + struct.pack("<I", len(chunk)) + chunk).digest() for chunk in chunks]
        return hashlib.new(name, b"\x5a" + struct.pack("<I", len(chunks)) + b"".join(digests)).digest()


def sized(data):
    return struct.pack("<I", len(data)) + data


def numbered(number, value):
    return sized(struct.pack("<I", number) + value)


def signer(apk, key, algorithms, levels=None, attributes=b"", **lies):
    """One signer of v2, or with levels of v3; `lies` replace what it should say."""
    digests = b"".join(numbered(one, sized(lies.get("digest") or apk.digest("sha512" if one in (PSS512, RSA512) else "sha256")))
                       for one in lies.get("digest_algorithms", algorithms))
    bounds = struct.pack("<ii", *levels) if levels else b""
    data = sized(digests) + sized(sized(lies.get("cert", key.cert))) + bounds + sized(attributes)
    outer = struct.pack("<ii", *lies.get("outer", levels)) if levels else b""
    signatures = b"".join(numbered(one, sized(lies.get("signature") or (key.sign(one, data) if one != UNKNOWN else b"?")))
                          for one in algorithms)
    return sized(sized(data) + outer + sized(signatures) + sized(lies.get("public", key.public)))


def lineage(keys, algorithm=RSA256, version=1, flags=23, signers=None, goes_on=False):
    """The proof of rotation over these keys, oldest first; one that goes on elsewhere names the last one's algorithm, too."""
    nodes, last = b"", 0
    for place, key in enumerate(keys):
        own = algorithm if goes_on or place + 1 < len(keys) else 0
        data = sized(key.cert) + struct.pack("<I", last)
        word = (signers or keys)[place - 1].sign(last, data) if place else b""
        nodes += sized(sized(data) + struct.pack("<II", flags, own) + sized(word))
        last = own
    return numbered(ROTATION, struct.pack("<I", version) + nodes)


# ---- the cases --------------------------------------------------------------------------------------------------------------

class Cases:
    def __init__(self, folder):
        self.folder, self.rows, self.kind = folder, [], ""
        loader = importlib.machinery.SourceFileLoader("make_corpus", os.path.join(HERE, "scripts", "make-corpus"))
        maker = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_corpus", loader))
        loader.exec_module(maker)
        self.classes = maker.compile_java()
        self.keys = {name: Key(folder, name, parameters) for name, parameters in KEYS.items()}

    def path(self, name):
        return os.path.join(self.folder, f"{name}.apk")

    def keep(self, name, what, data=None, android=""):
        if data is not None:
            with open(self.path(name), "wb") as file:
                file.write(data)
        self.rows.append((f"{name}.apk", self.kind, what, android))

    def bases(self):
        """base-MIN-TARGET.apk, made with other signatures that apksigner takes off."""
        levels = [(9, 28, 0), (21, 28, 0), (21, 34, 0), (24, 28, 0), (24, 30, 2_500_000), (28, 34, 0)]
        plan = "".join("\t".join([f"base-{low}-{target}.apk", f"org.signed.level{low}t{target}", "1", "1.0", str(low), str(target),
                                  "Signed", "0", "uses-permission:android.permission.CAMERA", "", "", str(bulk)]) + "\n"
                       for low, target, bulk in levels)
        run(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", self.classes, "Corpus", self.folder, "7"], plan.encode())
        return [f"base-{low}-{target}" for low, target, _ in levels]

    def sign(self, name, base, schemes, keys, *more):
        """By apksigner, with exactly these schemes."""
        command = ["apksigner", "sign", "--in", self.path(base), "--out", self.path(name), "--v4-signing-enabled", "false"]
        for scheme in ("v1", "v2", "v3"):
            command += [f"--{scheme}-signing-enabled", str(scheme in schemes).lower()]
        for place, key in enumerate(keys):
            command += (["--next-signer"] if place else []) + self.keys[key].options()
        run(command + list(more))
        return name, " ".join(["+".join(schemes), "by", ", ".join(keys), "over", base, *map(os.path.basename, more)])

    def rotate(self, file, *keys):
        """A rotation history made by apksigner."""
        path = os.path.join(self.folder, file)
        for place in range(len(keys) - 1):
            command = ["apksigner", "rotate", "--out", path] + (["--in", path] if place else [])
            for word, key in zip(("--old-signer", "--new-signer"), keys[place:place + 2]):
                command += [word, "--key", self.keys[key].der, "--cert", self.keys[key].certificate]
            run(command)
        return path

    def signed(self):
        """What apksigner makes when it is used as it should be, and a few things that no Android takes."""
        two, three = self.rotate("two.lineage", "rsa", "rsa2"), self.rotate("three.lineage", "ec", "rsa", "rsa2")
        jobs = [(f"v1-{key}", "base-21-28", ["v1"], [key]) for key in ("rsa", "rsa4096", "ec", "ec521", "dsa")]
        jobs += [(f"v2-{key}", "base-24-28", ["v2"], [key]) for key in ("rsa", "rsa4096", "ec", "ec521", "dsa")]
        jobs += [(f"v3-{key}", "base-28-34", ["v3"], [key]) for key in ("rsa", "rsa4096", "ec", "ec521", "dsa")]
        jobs += [("v1-old", "base-9-28", ["v1"], ["rsa"]), ("v1-modern-target", "base-21-34", ["v1"], ["rsa"]),
                 ("v1-v2-v3", "base-21-34", ["v1", "v2", "v3"], ["rsa"]), ("v1-v2-v3-old", "base-9-28", ["v1", "v2", "v3"], ["rsa"]),
                 ("v1-v2", "base-21-34", ["v1", "v2"], ["rsa"]), ("v2-low-min", "base-21-28", ["v2"], ["rsa"]),
                 ("v3-low-min", "base-24-28", ["v3"], ["rsa"]), ("v2-v3", "base-24-28", ["v2", "v3"], ["ec"]),
                 ("v1-two", "base-21-28", ["v1"], ["rsa", "ec"]), ("v1-v2-two", "base-21-28", ["v1", "v2"], ["rsa", "ec"]),
                 ("v2-two", "base-24-28", ["v2"], ["rsa", "dsa"]), ("v2-bulky", "base-24-30", ["v2"], ["rsa4096", "ec"]),
                 ("verity", "base-28-34", ["v2", "v3"], ["rsa"], "--verity-enabled"),
                 ("verity-low-min", "base-24-28", ["v2"], ["ec"], "--verity-enabled"),
                 ("rotated", "base-21-34", ["v1", "v2", "v3"], ["rsa", "rsa2"], "--lineage", two),
                 ("rotated-v3", "base-28-34", ["v3"], ["rsa", "rsa2"], "--lineage", two),
                 ("rotated-twice", "base-28-34", ["v2", "v3"], ["ec", "rsa", "rsa2"], "--lineage", three)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, what in pool.map(lambda job: self.sign(*job), jobs):
                self.keep(name, what)

    def jarsigned(self):
        """jarsigner signs attributes, which apksigner does not."""
        store = os.path.join(self.folder, "store.p12")
        run(["openssl", "pkcs12", "-export", "-inkey", self.keys["rsa"].pem, "-in", self.keys["rsa"].certificate, "-name", "k",
             "-passout", "pass:secret", "-out", store])
        plain = os.path.join(self.folder, "plain.zip")
        for name, base, more in (("jar-256", "base-21-28", ["-digestalg", "SHA-256", "-sigalg", "SHA256withRSA"]),
                                 ("jar-512", "base-21-28", ["-digestalg", "SHA-512", "-sigalg", "SHA512withRSA"]),
                                 ("jar-sections", "base-21-28", ["-digestalg", "SHA-256", "-sectionsonly"]),
                                 ("jar-old", "base-9-28", ["-digestalg", "SHA-256", "-sigalg", "SHA256withRSA"])):
            self.rezip(self.path(base), plain, lambda files: {k: v for k, v in files.items() if not k.startswith("META-INF/")})
            run(["jarsigner", "-keystore", store, "-storepass", "secret", "-sigfile", "CERT", *more, "-signedjar", self.path(name),
                 plain, "k"])
            self.keep(name, f"jarsigner {' '.join(more)} over {base}")

    @staticmethod
    def rezip(source, target, change, stored=()):
        """The archive once more with other files; v1 does not mind."""
        with zipfile.ZipFile(source) as archive:
            files = change({name: archive.read(name) for name in archive.namelist()})
        with zipfile.ZipFile(target, "w") as archive:
            for name, data in files.items():
                how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, how)

    def altered_jars(self):
        """v1 signatures over files, lists and lists of lists that were changed afterwards."""
        manifest, listed, block = "META-INF/MANIFEST.MF", "META-INF/RSA.SF", "META-INF/RSA.RSA"

        def edit(name, old, new, count=1):
            return lambda files: {**files, name: files[name].replace(old, new, count)}

        def without(*names):
            return lambda files: {name: data for name, data in files.items() if name not in names}

        def added(name, data=b"new"):
            return lambda files: {**files, name: data}

        def renamed(old, new):
            return lambda files: {new if name == old else name: data for name, data in files.items()}
        other = zipfile.ZipFile(self.path("v1-ec"))
        changes = {
            "same": lambda files: files, "entry-changed": edit("classes.dex", b"dex\n", b"Dex\n"),
            "entry-added": added("assets/new"), "entry-removed": without("classes.dex"), "folder-added": added("assets/", b""),
            "meta-added": added("META-INF/new"), "manifest-gone": without(manifest), "list-gone": without(listed),
            "block-gone": without(block), "list-and-block-gone": without(listed, block),
            "manifest-head": edit(manifest, b"Created-By", b"Created-by"),
            "manifest-tail": lambda files: {**files, manifest: files[manifest] + b"\r\n"},
            "manifest-digest": edit(manifest, b"-Digest: ", b"-Digest: A"),
            "manifest-unlisted": lambda files: {**files, manifest: files[manifest] + b"Name: nowhere\r\nSHA-256-Digest: AAAA\r\n\r\n"},
            "manifest-twice": lambda files: {**files, manifest: files[manifest] + b"Name: classes.dex\r\nSHA-256-Digest: AAAA\r\n\r\n"},
            "list-changed": edit(listed, b"Signature-Version: 1.0", b"Signature-Version: 1.1"),
            "block-of-another": lambda files: {**files, block: other.read("META-INF/EC.EC")},
            "block-cut": lambda files: {**files, block: files[block][:-9]},
            "block-longer": lambda files: {**files, block: files[block] + b"more"},
            "block-indefinite": lambda files: {**files, block: b"\x30\x80" + files[block][4:] + b"\0\0"},
            "second-unlisted": added("META-INF/TWO.RSA", b"junk"),
            "second-junk": lambda files: {**files, "META-INF/TWO.RSA": b"junk", "META-INF/TWO.SF": b"junk"},
            "block-lower-case": lambda files: renamed(listed, "META-INF/rsa.sf")(renamed(block, "META-INF/rsa.rsa")(files)),
        }
        for name, change in changes.items():
            self.rezip(self.path("v1-rsa"), self.path(f"v1-{name}"), change)
            self.keep(f"v1-{name}", f"v1-rsa, {name.replace('-', ' ')}")
        for source in ("v1-two", "jar-256", "jar-sections"):
            self.rezip(self.path(source), self.path(f"{source}-changed"), edit("classes.dex", b"dex\n", b"Dex\n"))
            self.keep(f"{source}-changed", f"{source}, entry changed")
        for name, data in (("head", edit(manifest, b"Created-By", b"Created-by")),
                           ("tail", lambda files: {**files, manifest: files[manifest] + b"\r\n"})):
            for source in ("jar-256", "jar-sections"):
                self.rezip(self.path(source), self.path(f"{source}-{name}"), data)
                self.keep(f"{source}-{name}", f"{source}, manifest {name}")
        for source in ("v1-v2", "v1-v2-v3"):
            self.rezip(self.path(source), self.path(f"{source}-rezipped"), lambda files: files)
            self.keep(f"{source}-rezipped", f"{source}, signing block gone")

    def handmade(self):
        """Signers that apksigner does not write, true ones and ones that lie."""
        key, other = self.keys["rsa"], self.keys["rsa2"]
        apk = Apk(read(self.path("base-24-28")))
        sign = {"pss256": [PSS256], "pss512": [PSS512], "two-algorithms": [RSA256, RSA512], "unknown-algorithm": [UNKNOWN],
                "unknown-and-known": [UNKNOWN, RSA256]}
        for name, algorithms in sign.items():
            android = "verified:v2" if name.startswith("pss") else ""
            self.keep(f"made-{name}", f"v2 by hand: {name}", apk.with_pairs([(V2, sized(signer(apk, key, algorithms)))]), android)
        lies = {"other-key": {"public": other.public}, "other-certificate": {"cert": other.cert}, "wrong-digest": {"digest": b"\0" * 32},
                "short-digest": {"digest": b"\0"}, "wrong-signature": {"signature": b"\0" * 256},
                "other-digest-algorithm": {"digest_algorithms": [EC256]},
                "no-digest": {"digest_algorithms": []}, "two-digests": {"digest_algorithms": [RSA256, RSA256]},
                "no-certificate": {"cert": b""}}
        for name, lie in lies.items():
            self.keep(f"lie-{name}", f"v2 by hand, lying: {name}", apk.with_pairs([(V2, sized(signer(apk, key, [RSA256], **lie)))]))
        plain = signer(apk, key, [RSA256])
        promise = signer(apk, key, [RSA256], attributes=numbered(PROMISE, struct.pack("<I", 3)))
        v3 = signer(apk, key, [RSA256], (28, ANY))
        blocks = {"no-signer": [(V2, sized(b""))], "empty": [(V2, b"")], "eleven": [(V2, sized(plain * 11))],
                  "ten": [(V2, sized(plain * 10))],
                  "first-of-two-counts": [(V2, sized(plain)), (V2, b"")], "broken-first": [(V2, b""), (V2, sized(plain))],
                  "promise-kept": [(V2, sized(promise)), (V3, sized(v3))], "promise-broken": [(V2, sized(promise))],
                  "promise-unknown": [(V2, sized(signer(apk, key, [RSA256], attributes=numbered(PROMISE, struct.pack("<I", 77)))))],
                  "promise-cut": [(V2, sized(signer(apk, key, [RSA256], attributes=numbered(PROMISE, b"\3"))))],
                  "good-and-bad-signer": [(V2, sized(plain + signer(apk, other, [RSA256], digest=b"\0" * 32)))],
                  "v3-of-another": [(V2, sized(plain)), (V3, sized(signer(apk, other, [RSA256], (28, ANY))))],
                  "broken-v2-good-v3": [(V2, b""), (V3, sized(v3))]}
        for name, pairs in blocks.items():
            android = {"eleven": "mismatch:structure", "broken-v2-good-v3": "mismatch:structure"}.get(name, "")
            self.keep(f"block-{name}", f"block by hand: {name}", apk.with_pairs(pairs), android)

    def levels(self):
        """v3 signers and the API levels they are for; histories that hold and that do not."""
        old, new, third = self.keys["rsa"], self.keys["rsa2"], self.keys["rsa3"]
        apk = Apk(read(self.path("base-28-34")))

        def v3(key, levels, attributes=b"", **lies):
            return signer(apk, key, [RSA256], levels, attributes, **lies)
        both = v3(new, (30, ANY), lineage([old, new]))
        blocks = {"whole": v3(old, (28, ANY)), "starts-late": v3(old, (29, ANY)), "ends-early": v3(old, (28, 33)),
                  "two-ranges": v3(old, (28, 29)) + both, "two-ranges-backwards": both + v3(old, (28, 29)),
                  "hole": v3(old, (28, 28)) + both,
                  "overlap": v3(old, (28, 30)) + both, "other-outside": v3(old, (28, ANY), outer=(27, ANY)),
                  "negative": v3(old, (-1, ANY)), "backwards": v3(old, (30, 29)), "history": v3(new, (28, ANY), lineage([old, new])),
                  "history-three": v3(third, (28, ANY), lineage([old, new, third])),
                  "history-not-its-own": v3(third, (28, ANY), lineage([old, new])),
                  "history-self": v3(old, (28, ANY), lineage([old])), "history-empty": v3(old, (28, ANY), lineage([])),
                  "history-version": v3(new, (28, ANY), lineage([old, new], version=2)),
                  "history-twice": v3(old, (28, ANY), lineage([old, new, old])),
                  "history-forged": v3(new, (28, ANY), lineage([old, new], signers=[third, new])),
                  "history-of-two-stories": v3(old, (28, 28)) + v3(new, (29, 30), lineage([old, new])) +
                  v3(new, (31, ANY), lineage([third, new])),
                  "history-grows": v3(old, (28, 28), lineage([old], goes_on=True)) +
                  v3(new, (29, 30), lineage([old, new], goes_on=True)) + v3(third, (31, ANY), lineage([old, new, third])),
                  "history-shrinks": v3(new, (28, 29), lineage([old, new])) + v3(old, (30, ANY), lineage([old])),
                  "history-cut": v3(new, (28, ANY), numbered(ROTATION, struct.pack("<I", 1) + b"\xff\0\0\0junk"))}
        for name, data in blocks.items():
            self.keep(f"v3-{name}", f"v3 by hand: {name}", apk.with_pairs([(V3, sized(data))]))
        newer = v3(new, (33, ANY), lineage([old, new]))
        promise = v3(old, (28, ANY), numbered(NEWER, struct.pack("<I", 33)))
        short = v3(old, (28, 32), numbered(NEWER, struct.pack("<I", 33)))
        for name, pairs, android in (
                ("good", [(V3, promise), (V31, newer)], ""), ("good-short", [(V3, short), (V31, newer)], "verified:v3.1"),
                ("no-promise", [(V3, v3(old, (28, ANY))), (V31, newer)], ""), ("alone", [(V31, newer)], ""),
                ("stripped", [(V3, promise)], "mismatch:stripped"),
                ("other-level", [(V3, v3(old, (28, ANY), numbered(NEWER, struct.pack("<I", 34)))), (V31, newer)], "mismatch:levels"),
                ("forged", [(V3, promise), (V31, v3(new, (33, ANY), lineage([old, new]), signature=b"\0" * 256))], "mismatch:signature"),
                ("ends-early", [(V3, promise), (V31, v3(new, (33, 34), lineage([old, new])))], "mismatch:levels")):
            self.keep(f"v31-{name}", f"v3.1 by hand: {name}", apk.with_pairs([(number, sized(value)) for number, value in pairs]), android)

    def cut_blocks(self):
        """Pairs taken out of signed APKs and put in: only what is promised is missed."""
        extra = {"walle": (0x71777777, b'{"channel":"huawei"}'), "vasdolly": (0x881155FF, "小米".encode()),
                 "packer": (0x7A786B21, b"Packer Ng Sig V2" + sized("CHANNEL∘oppo∙".encode()) + struct.pack("<I", 17)),
                 "unknown": (0x12345678, b"anything")}
        for source in ("v1-v2-v3", "v2-v3", "rotated", "v2-rsa"):
            apk = Apk(read(self.path(source)))
            for number in set(apk.ids()) & {V2, V3}:
                name = f"{source}-without-{'v2' if number == V2 else 'v3'}"
                self.keep(name, f"{source}, a scheme taken out", apk.with_pairs([pair for pair in apk.pairs if pair[0] != number]))
            self.keep(f"{source}-without-block", f"{source}, block taken out", apk.with_pairs([]))
            for name, pair in extra.items():
                self.keep(f"{source}-with-{name}", f"{source}, {name} put in", apk.with_pairs([pair] + apk.pairs))
        for source in ("v1-rsa", "v2-rsa"):
            data = read(self.path(source))
            comment = b"huawei" + struct.pack("<H", 6) + b"ltlovezh"
            self.keep(f"{source}-with-comment", f"{source}, channel in the comment", data[:-2] + struct.pack("<H", len(comment)) + comment)

    def flipped(self):
        """One byte changed, all over the file: some of each part."""
        for source in ("v1-rsa", "v1-v2-v3", "v2-rsa", "v2-two", "v3-ec", "rotated-v3", "verity", "jar-256"):
            data = read(self.path(source))
            apk = Apk(data)
            block, directory = len(apk.entries), data.index(apk.directory + apk.tail)
            spots = [2, 15, 31, 64, block // 3, block // 2, block - 1]
            spots += [directory + step for step in (9, 17, 21, 47, len(apk.directory) // 2, len(apk.directory) - 1)]
            spots += [apk.end + step for step in (5, 13, 17)]
            at = block + 8
            for _, value in apk.pairs:
                # not the length of the list: apksigner 0.9 forgets what it finds wrong there (block-broken-v2-good-v3)
                spots += [at + 9] + [at + 16 + (len(value) - 4) * part // 6 for part in range(6) if len(value) > 16]
                at += 12 + len(value)
            spots += [block + 1, directory - 20, directory - 3] if apk.pairs else []
            for spot in sorted(set(spots)):
                changed = data[:spot] + bytes([data[spot] ^ 4]) + data[spot + 1:]
                self.keep(f"{source}-flip-{spot}", f"{source}, byte {spot} changed", changed)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    cases = Cases(sys.argv[1])
    bases = cases.bases()
    for cases.kind, make in (("signed by apksigner", cases.signed), ("signed by jarsigner", cases.jarsigned),
                             ("v1, changed afterwards", cases.altered_jars), ("signers that lie", cases.handmade),
                             ("API levels, rotations", cases.levels), ("pairs taken out, put in", cases.cut_blocks),
                             ("one byte changed", cases.flipped)):
        make()
    for base in bases:
        os.unlink(cases.path(base))
    with open(os.path.join(sys.argv[1], "cases.tsv"), "w", encoding="utf-8") as table:
        table.writelines("\t".join(row) + "\n" for row in cases.rows)
    with open(os.path.join(sys.argv[1], "keys.tsv"), "w", encoding="utf-8") as table:
        table.writelines(f"{key.name}\t{key.sha256}\n" for key in cases.keys.values())
    print(f"{len(cases.rows)} APKs")


if __name__ == "__main__":
    main()
