#!/usr/bin/env python3
"""Checks `tessera download` against Python's own web server, zip writer and checksums.

    scripts/verify/download.py --tessera .build/release/tessera --data ADE20K-SHAPED-FOLDER

Packs the folder with zipfile, serves it with http.server (which ignores ranges) and with servers that support ranges
and cut or stall, downloads it from each, and compares what was unpacked with what zipfile unpacks.
Exits with 1 on a difference.
"""

import argparse
import filecmp
import hashlib
import http.server
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile


class Cutting(http.server.BaseHTTPRequestHandler):
    """Supports ranges, and ends each response after a third of the file."""

    protocol_version = "HTTP/1.1"
    archive: pathlib.Path

    def do_GET(self):
        data = self.archive.read_bytes()
        start = int(self.headers["Range"][6:-1]) if "Range" in self.headers else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start : start + len(data) // 3 + 1])
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Plain(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def differences(left, right):
    """Paths that are in one folder only, or differ."""
    compared = filecmp.dircmp(left, right)
    found = compared.left_only + compared.right_only + compared.funny_files
    found += filecmp.cmpfiles(left, right, compared.common_files, shallow=False)[1]
    for name in compared.common_dirs:
        found += differences(os.path.join(left, name), os.path.join(right, name))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tessera", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    options = parser.parse_args()
    tessera = options.tessera.resolve()
    version = subprocess.run([tessera, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"Tessera {version}, Python {platform.python_version()}")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        archive = folder / "ADEChallengeData2016.zip"
        source = folder / "source" / "ADEChallengeData2016"
        shutil.copytree(options.data, source)
        for part in ["images", "annotations"]:
            splits = [source / part / split for split in ["training", "validation"]]
            present = next(split for split in splits if split.exists())
            for split in splits:
                if not split.exists():
                    shutil.copytree(present, split)
        shutil.make_archive(str(archive.with_suffix("")), "zip", source.parent, source.name)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder / "expected")
        Cutting.archive = archive

        def plain(*arguments):
            return Plain(*arguments, directory=str(folder))

        for name, handler in [("http.server", plain), ("a server that cuts", Cutting)]:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}/{archive.name}"
            target = folder / name
            run = subprocess.run(
                [tessera, "download", "ade20k", "--any-version", "--mirror", address, "--to", target],
                capture_output=True, text=True)
            server.shutdown()
            if run.returncode != 0:
                print(f"{name}: exit {run.returncode}: {run.stderr}")
                failed = True
                continue
            found = differences(folder / "expected" / source.name, target / source.name)
            files = sum(path.is_file() for path in target.rglob("*"))
            print(f"{name}: {files} files, {len(found)} differ from zipfile's; left beside them: "
                  f"{[path.name for path in target.iterdir() if path.name != source.name]}")
            failed = failed or bool(found)

        for item, algorithm in [("ade20k", "sha1"), ("vgg16", "md5"), ("vgg16-dense", "sha256")]:
            run = subprocess.run(
                [tessera, "download", item, "--from", archive, "--to", folder / "refused"],
                capture_output=True, text=True)
            digest = hashlib.new(algorithm, archive.read_bytes()).hexdigest()
            same = run.returncode == 1 and digest in run.stderr and not (folder / "refused").exists()
            print(f"{item}: a wrong file is {'refused with' if same else 'NOT refused with'} hashlib's {algorithm} {digest}")
            failed = failed or not same
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
