# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes signed F-Droid repositories: index-v2.json, entry.json, entry.jar, diff/*.json and index-v1.jar.

The formats are fdroidserver's (index.py, signindex.py): entry.jar carries a SHA-256 JAR signature made by apksigner,
index-v1.jar a SHA-1 one made by jarsigner. A repository folder holds

    repo/    what a web server is to serve: the indexes and the APKs
    state/   keystore, password, earlier indexes: what the operator keeps

An app is {"metadata": {...}, "versions": [version...]} with plain values; a version is a dict with the keys that
VERSION_KEYS names. Indexes first, entry.jar last: a repository that is being served is never half new.
"""
import glob
import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import zipfile

ALIAS = "repo"
KEPT_INDEXES = 10  # as many diffs as fdroidserver offers
VERSION_KEYS = ("file", "sha256", "size", "version_code", "version_name", "min_sdk", "target_sdk", "permissions",
                "permissions_sdk23", "nativecode", "features", "signers", "added")


class RepositoryError(Exception):
    pass


def run(command, **options):
    """Runs a tool; what it said becomes the error when it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise RepositoryError(f"{command[0]} ended with {done.returncode}: {said}")
    return done.stdout


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_file(path, data):
    """Complete or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    part = f"{path}.part"
    with open(part, "wb") as file:
        file.write(data)
    os.replace(part, path)


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def to_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def merge_patch(old, new):
    """RFC 7386: the patch that makes `new` of `old`."""
    patch = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(old[key], dict):
            if below := merge_patch(old[key], value):
                patch[key] = below
        elif value != old[key]:
            patch[key] = value
    return patch


# ---- keys and signatures ------------------------------------------------------------------------------------


def keystore(root, bits=2048):
    """(keystore file, password file, fingerprint) of a repository; made on first use."""
    store, password, mark = (os.path.join(root, "state", name) for name in ("keystore.p12", "password", "fingerprint"))
    if not os.path.exists(mark):
        os.makedirs(os.path.dirname(store), exist_ok=True)
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(16))
        if os.path.exists(store):
            os.unlink(store)
        run(["keytool", "-genkeypair", "-keystore", store, "-storetype", "PKCS12", "-storepass:file", password,
             "-alias", ALIAS, "-keyalg", "RSA", "-keysize", str(bits), "-sigalg", "SHA256withRSA", "-validity", "10000",
             "-dname", "CN=demo repository, OU=F-Droid"])
        os.chmod(store, 0o600)
        certificate = run(["keytool", "-exportcert", "-keystore", store, "-storepass:file", password, "-alias", ALIAS])
        write_file(mark, (hashlib.sha256(certificate).hexdigest() + "\n").encode())
    with open(mark, encoding="ascii") as file:
        return store, password, file.read().strip()


def jarsign(store, password, plain, signed):
    """SHA-1 as fdroidserver does for index-v1.jar; SHA-256, and word of it, where a JDK no longer signs with SHA-1."""
    command = ["jarsigner", "-keystore", store, "-storepass:file", password, "-signedjar", signed]
    try:
        run([*command, "-digestalg", "SHA1", "-sigalg", "SHA1withRSA", plain, ALIAS])
    except RepositoryError as error:
        print(f"index-v1.jar: this JDK does not sign with SHA-1 ({error}); signed with SHA-256", file=sys.stderr)
        run([*command, "-digestalg", "SHA-256", "-sigalg", "SHA256withRSA", plain, ALIAS])


def make_jar(root, name, member, document):
    """Packs one document into repo/<name> and signs it the way fdroidserver signs that jar."""
    store, password, _ = keystore(root)
    with tempfile.TemporaryDirectory() as folder:
        plain, signed = os.path.join(folder, "plain.jar"), os.path.join(folder, "signed.jar")
        with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as jar:
            jar.writestr(member, document)
        if member == "index-v1.json":
            jarsign(store, password, plain, signed)
        else:
            run(["apksigner", "sign", "--min-sdk-version", "23", "--max-sdk-version", "24", "--v1-signing-enabled", "true",
                 "--v2-signing-enabled", "false", "--v3-signing-enabled", "false", "--v4-signing-enabled", "false",
                 "--ks", store, "--ks-key-alias", ALIAS, "--ks-pass", f"file:{password}", "--in", plain, "--out", signed])
        with open(signed, "rb") as file:
            write_file(os.path.join(root, "repo", name), file.read())


# ---- documents ----------------------------------------------------------------------------------------------


def permission_objects(permissions):
    return [{"name": name, "maxSdkVersion": max_sdk} if max_sdk is not None else {"name": name} for name, max_sdk in permissions]


def manifest_v2(version):
    manifest = {"versionName": version["version_name"], "versionCode": version["version_code"]}
    sdk = {"minSdkVersion": version.get("min_sdk"), "targetSdkVersion": version.get("target_sdk")}
    if sdk := {key: value for key, value in sdk.items() if value is not None}:
        manifest["usesSdk"] = sdk
    if version.get("signers"):
        manifest["signer"] = {"sha256": version["signers"]}
        if len(version["signers"]) > 1:
            manifest["signer"]["hasMultipleSigners"] = True
    for key, permissions in (("usesPermission", "permissions"), ("usesPermissionSdk23", "permissions_sdk23")):
        if version.get(permissions):
            manifest[key] = permission_objects(version[permissions])
    if version.get("nativecode"):
        manifest["nativecode"] = version["nativecode"]
    if version.get("features"):
        manifest["features"] = [{"name": name} for name in version["features"]]
    return manifest


def metadata_v2(metadata, versions):
    times = [version["added"] for version in versions]
    document = {"added": min(times), "lastUpdated": max(times)}
    if metadata.get("categories"):
        document["categories"] = metadata["categories"]
    for key, name in (("name", "label"), ("summary", "summary")):
        if metadata.get(name):
            document[key] = {"en-US": metadata[name]}
    for key, name in (("license", "licence"), ("authorName", "author")):
        if metadata.get(name):
            document[key] = metadata[name]
    return document


def index_v2(repo, apps, timestamp):
    packages = {}
    for package, app in sorted(apps.items()):
        versions = sorted(app["versions"], key=lambda version: -version["version_code"])
        packages[package] = {
            "metadata": metadata_v2(app["metadata"], versions),
            "versions": {version["sha256"]: {
                "added": version["added"],
                "file": {"name": "/" + version["file"], "sha256": version["sha256"], "size": version["size"]},
                "manifest": manifest_v2(version)} for version in versions}}
    categories = sorted({name for app in apps.values() for name in app["metadata"].get("categories", [])})
    return {"repo": {"name": {"en-US": repo["name"]}, "description": {"en-US": repo["description"]},
                     "address": repo["address"], "timestamp": timestamp,
                     "categories": {name: {"name": {"en-US": name}} for name in categories}},
            "packages": packages}


def version_v1(package, version):
    entry = {"packageName": package, "apkName": version["file"], "hash": version["sha256"], "hashType": "sha256",
             "versionCode": version["version_code"], "versionName": version["version_name"], "size": version["size"],
             "added": version["added"], "nativecode": version.get("nativecode") or [], "features": version.get("features") or [],
             "uses-permission": [list(pair) for pair in version["permissions"]],
             "uses-permission-sdk-23": [list(pair) for pair in version.get("permissions_sdk23") or []]}
    for key, name in (("minSdkVersion", "min_sdk"), ("targetSdkVersion", "target_sdk")):
        if version.get(name) is not None:
            entry[key] = version[name]
    if version.get("signers"):
        entry["signer"] = version["signers"][0]
    return entry


def index_v1(repo, apps, timestamp):
    described, packages = [], {}
    for package, app in sorted(apps.items()):
        versions = sorted(app["versions"], key=lambda version: -version["version_code"])
        metadata, times = app["metadata"], [version["added"] for version in versions]
        entry = {"packageName": package, "suggestedVersionCode": str(versions[0]["version_code"]),
                 "added": min(times), "lastUpdated": max(times)}
        for key, name in (("name", "label"), ("summary", "summary"), ("categories", "categories"), ("license", "licence"),
                          ("authorName", "author")):
            if metadata.get(name):
                entry[key] = metadata[name]
        described.append(entry)
        packages[package] = [version_v1(package, version) for version in versions]
    return {"repo": {"timestamp": timestamp, "version": 20002, "maxage": 14, "name": repo["name"],
                     "description": repo["description"], "address": repo["address"]},
            "requests": {"install": [], "uninstall": []}, "apps": described, "packages": packages}


# ---- the repository -----------------------------------------------------------------------------------------


def next_timestamp(root, wished=None, force=False):
    """Milliseconds, later than the last index; a wished time that is not later needs force."""
    last = (read_json(os.path.join(root, "repo", "index-v2.json")) or {}).get("repo", {}).get("timestamp", 0)
    mark = os.path.join(root, "state", "timestamp")
    if os.path.exists(mark):
        with open(mark, encoding="ascii") as file:
            last = max(last, int(file.read()))
    if wished is None:
        return max(int(time.time() * 1000), last + 1)
    if wished <= last and not force:
        raise RepositoryError(f"timestamp {wished} is not later than the last index's {last}; --force writes it all the same")
    return wished


def write_diffs(root, new, timestamp):
    """diff/<ts>.json from every kept index to the new one; the new one is kept too. Returns entry.json's part."""
    for path in glob.glob(os.path.join(root, "repo", "diff", "*.json")):
        os.unlink(path)
    kept = sorted(glob.glob(os.path.join(root, "state", "index-*.json")))[-KEPT_INDEXES:]
    entries = {}
    for path in kept:
        old = read_json(path)
        if old["repo"]["timestamp"] == timestamp:
            continue
        patch = merge_patch(old, new)
        document, name = to_json(patch), f"/diff/{old['repo']['timestamp']}.json"
        write_file(os.path.join(root, "repo") + name, document)
        entries[str(old["repo"]["timestamp"])] = {"name": name, "sha256": hashlib.sha256(document).hexdigest(),
                                                  "size": len(document), "numPackages": len(patch.get("packages") or {})}
    return entries


def set_path(document, path, value):
    *parents, last = path.split(".")
    for key in parents:
        document = document.setdefault(key, {})
    document[last] = value


def write_repository(root, repo, apps, *, timestamp=None, force=False, diffs=True, v1=True, v2=True, max_age=14,
                     overrides=()):
    """Writes all indexes of `apps` below root/repo. `overrides` are (dotted key, value) set in entry.json before it
    is signed, for tests that need a market which signs a lie; `max_age` is in days, None states none.
    Returns {"base", "fingerprint", "timestamp"}."""
    timestamp = next_timestamp(root, timestamp, force)
    served = os.path.join(root, "repo")
    fingerprint = keystore(root)[2]
    for app in apps.values():
        for version in app["versions"]:
            version.setdefault("added", timestamp)
    if v1:
        make_jar(root, "index-v1.jar", "index-v1.json", to_json(index_v1(repo, apps, timestamp)))
    if v2:
        index = index_v2(repo, apps, timestamp)
        document = to_json(index)
        entry = {"timestamp": timestamp, "version": 30000, **({"maxAge": max_age} if max_age is not None else {}),
                 "index": {"name": "/index-v2.json", "sha256": hashlib.sha256(document).hexdigest(), "size": len(document),
                           "numPackages": len(apps)},
                 "diffs": write_diffs(root, index, timestamp) if diffs else {}}
        write_file(os.path.join(root, "state", f"index-{timestamp:015d}.json"), document)
        for path, value in overrides:
            set_path(entry, path, value)
        write_file(os.path.join(served, "index-v2.json"), document)
        write_file(os.path.join(served, "entry.json"), to_json(entry))
        make_jar(root, "entry.jar", "entry.json", to_json(entry))
    for wanted, names in ((v1, ["index-v1.jar"]), (v2, ["entry.jar", "entry.json", "index-v2.json"])):
        for name in names:
            if not wanted and os.path.exists(os.path.join(served, name)):
                os.unlink(os.path.join(served, name))
    write_file(os.path.join(root, "state", "timestamp"), f"{timestamp}\n".encode())
    return {"base": os.path.abspath(served), "fingerprint": fingerprint, "timestamp": timestamp}


def print_result(result):
    for key in ("base", "fingerprint", "timestamp"):
        print(f"{key}={result[key]}")


def read_app_map(path):
    """package -> {label, categories, author, licence, summary} out of a TSV; "-" means nothing is said."""
    with open(path, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if line.strip() and not line.startswith("#")]
    apps = {}
    for row in rows[1:]:
        app = {key: value for key, value in zip(rows[0], row) if value not in ("", "-")}
        if "categories" in app:
            app["categories"] = sorted(app["categories"].split(";"))
        apps[app.pop("package")] = app
    return apps
