#!/usr/bin/env python3
"""Is rude to a running server in many ways, and says what came back and what it cost; needs nothing but Python.

    python3 scripts/rude.py --url http://127.0.0.1:8080 --pid "$(pidof tessera-server)" street.jpg

Broken and endless requests, wrong methods and paths, bombs of every format, uploads that end early or never, readers that do
not read. Ends with an error if the server answered other than it should, if it kept a connection longer than its own
timeout allows, or if files, threads or uploads stay. The picture is a JPEG; start the server with a short --timeout,
because some clients wait for it.
"""

import argparse
import json
import os
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
import urllib.request
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows=None, *, color=2, before=b""):
    """A PNG of a size, with the pixels of `rows` rows."""
    row = 1 + width * {0: 1, 2: 3, 6: 4}[color]
    stream = zlib.compressobj(9)
    data = b"".join(stream.compress(bytes(row)) for _ in range(height if rows is None else rows)) + stream.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def inflating(kind, prefix, megabytes):
    """A chunk whose few bytes say a lot."""
    stream = zlib.compressobj(9)
    return chunk(kind, prefix + b"".join(stream.compress(bytes(1 << 20)) for _ in range(megabytes)) + stream.flush())


def resized(jpeg, width, height):
    """The JPEG with another size in its header."""
    at = next(m.start() for m in re.finditer(rb"\xff[\xc0\xc2]\x00\x11\x08", jpeg))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def scans(jpeg, count):
    """The JPEG with all of its scans many times."""
    start = jpeg.index(b"\xff\xda")
    end = jpeg.rindex(b"\xff\xd9")
    return jpeg[:start] + jpeg[start:end] * count + jpeg[end:]


def tiff(width, height):
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
               (278, 4, height), (279, 4, 16)]
    fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + fields + bytes(20)


def webp(width, height):
    extended = b"VP8X" + struct.pack("<II", 10, 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    lossless = b"VP8L" + struct.pack("<IB", 20, 0x2F) + struct.pack("<I", (16_383 << 14) | 16_383) + bytes(15)
    body = b"WEBP" + extended + lossless
    return b"RIFF" + struct.pack("<I", len(body)) + body


class Server:
    def __init__(self, options):
        address = urllib.parse.urlsplit(options.url)
        self.url, self.address, self.pid = options.url, (address.hostname, address.port or 80), options.pid
        limits = json.loads(self.get("/v1/model"))["limits"]
        self.bytes, self.pixels, self.seconds = limits["bytes"], limits["pixels"], limits["seconds"]
        self.faults = 0

    def get(self, path):
        return urllib.request.urlopen(self.url + path, timeout=60).read().decode()

    def connect(self, patience=60):
        return socket.create_connection(self.address, timeout=patience)

    def send(self, data, patience=60):
        """The statuses of all answers until the connection ends; a client that says everything at once."""
        with self.connect(patience) as client:
            def push():
                try:
                    client.sendall(data)
                except OSError:
                    pass  # It was refused before its end.
            threading.Thread(target=push, daemon=True).start()
            return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d{3})", read(client))]

    def value(self, name):
        return float(re.search(rf"^{name} (\S+)$", self.get("/metrics"), re.M).group(1))

    def cost(self):
        if not self.pid:
            return {}
        status = open(f"/proc/{self.pid}/status").read()
        numbers = {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1)) for name in ("VmRSS", "VmHWM", "Threads")}
        return numbers | {"files": len(os.listdir(f"/proc/{self.pid}/fd"))}

    def expect(self, name, answer, expected):
        is_right = expected(answer) if callable(expected) else answer == expected
        self.faults += not is_right
        cost = self.cost()
        memory = f"{cost['VmRSS'] >> 10} MB, most {cost['VmHWM'] >> 10} MB" if cost else ""
        print(f"{'  ' if is_right else '! '}{name:58} {str(answer)[:60]:24} {memory}", flush=True)


def read(client):
    data = b""
    try:
        while piece := client.recv(1 << 16):
            data += piece
    except OSError:
        pass
    return data


def head(line, *headers):
    return "\r\n".join([line, "Host: a", *headers, "", ""]).encode()


def post(body, *headers):
    return head("POST /v1/segment HTTP/1.1", f"Content-Length: {len(body)}", "Connection: close", *headers) + body


def get(path, *headers, method="GET"):
    return head(f"{method} {path} HTTP/1.1", "Connection: close", *headers)


def requests(server, picture):
    """What can be said in one go: a name, the bytes, the statuses."""
    chunked = head("POST /v1/segment HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close")
    length = lambda *values: head("POST /v1/segment HTTP/1.1", *(f"Content-Length: {v}" for v in values)) + b"x"
    refused = lambda answer: len(answer) <= 1 and all(400 <= status < 500 for status in answer)
    yield "noise", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n", refused
    yield "HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused
    yield "HTTP/1.0", b"GET /health HTTP/1.0\r\n\r\n", [200]
    yield "no header of a host", b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", lambda a: a in ([200], [400])
    yield "10,000 headers", get("/health", *(f"X-{n}: y" for n in range(10_000))), refused
    yield "one header of 1 MB", get("/health", "X: " + "y" * (1 << 20)), refused
    yield "a path of 1 MB", get("/" + "y" * (1 << 20)), refused
    yield "a header of zeros", get("/health", "X: a\0b"), refused
    yield "a space in a header's name", get("/health", "Content-Length : 3"), refused
    yield "length -1", length(-1), refused
    yield "length abc", length("abc"), refused
    yield "length 10^30", length(10**30), refused
    yield "two lengths", length(3, 5), refused
    yield "length and chunks", head("POST /v1/segment HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n", refused
    yield "chunk of no length", chunked + b"zz\r\nabc\r\n", refused
    yield "chunk of 2^80 bytes", chunked + b"1" + b"0" * 20 + b"\r\nabc\r\n", refused
    yield "chunks of 1 byte, no picture", chunked + b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n", [415]
    yield "chunks without end", chunked + (b"10000\r\n" + bytes(65536) + b"\r\n") * (server.bytes // 65536 + 2), [413]
    yield "more than allowed, as announced", length(server.bytes + 1), [413]
    yield "more than allowed, asking first", head("POST /v1/segment HTTP/1.1", f"Content-Length: {1 << 40}", "Expect: 100-continue"), [413]
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW", "get"):
        yield f"{method} /v1/segment", get("/v1/segment", method=method), lambda a: a in ([405], [400])
    yield "CONNECT", get("example.org:80", method="CONNECT"), refused
    yield "POST /health with a body without end", head("POST /health HTTP/1.1", f"Content-Length: {1 << 50}") + bytes(1 << 22), [405]
    for path in ("/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page.css/../../etc/passwd", "/..%2f..%2fetc/passwd",
                 "/page.css%00.html", "/metrics/", "//metrics", "/v1/segment/", "/.git/config", "/%zz", "*",
                 "http://example.org/nothing"):
        yield f"GET {path}", get(path), refused
    for text in ("nan", "-1", "1e999", "%00", "0.5%20", "", "½"):
        yield f"opacity={text}", post(picture, "Accept: image/jpeg").replace(
            b"/v1/segment", f"/v1/segment?opacity={text}".encode(), 1), refused
    yield "100 requests at once", get("/health").replace(b"Connection: close\r\n", b"") * 99 + get("/health"), [200] * 100
    yield "5 masks at once", post(picture).replace(b"Connection: close\r\n", b"") * 4 + post(picture), [200] * 5
    yield "zero bytes", post(b""), [415]
    yield "a text as picture", post(b"hello", "Content-Type: image/jpeg"), [415]
    yield "a picture as text", post(picture, "Content-Type: text/plain"), [200]
    yield "a picture without a type", post(picture, "Content-Type: "), [200]
    yield "a form", post(picture, "Content-Type: Multipart/Form-Data; boundary=a"), [415]
    yield "compressed", post(zlib.compress(picture), "Content-Encoding: deflate"), [415]


def pictures(server, picture):
    """Pictures that are not what they seem."""
    refused = lambda answer: answer in ([413], [415], [422])
    side = int(server.pixels**0.5)
    yield "PNG of 60,000 x 60,000", png(60_000, 60_000, 20), [413]
    yield "PNG of 2^31 x 2^31", png(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 2**31 - 1, 2**31 - 1), 1), refused
    yield "PNG of 0 x 0", png(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 0, 0), 1), refused
    yield "PNG, one row more than allowed", png(side, server.pixels // side + 1, 2), [413]
    yield "PNG of one row that counts as 64", png(server.pixels // 64 + 1, 1), [413]
    yield "PNG that has 2 of its rows", png(side, side, 2), [422]
    yield "PNG with a profile of 1 GB", png(8, 8, before=inflating(b"iCCP", b"a\0\0", 1024)), lambda a: a in ([200], [422])
    yield "PNG with a text of 1 GB", png(8, 8, before=inflating(b"zTXt", b"a\0\0", 1024)), lambda a: a in ([200], [422])
    yield "PNG with 200,000 chunks", png(8, 8, before=chunk(b"tEXt", b"a\0b") * 200_000), lambda a: a in ([200], [422])
    yield "JPEG of 65,500 x 65,500", resized(picture, 65_500, 65_500), [413]
    yield "JPEG that claims all pixels", resized(picture, side, side), lambda a: a in ([200], [422])
    yield "JPEG of 0 x 0", resized(picture, 0, 0), refused
    yield "JPEG of 150 scans", scans(picture, 150)[: server.bytes], lambda a: a in ([200], [422])
    yield "TIFF of 2^32 x 2^32", tiff(2**32 - 1, 2**32 - 1), refused
    yield "WebP of 16,384 x 16,384", webp(16_384, 16_384), refused
    yield "GIF", b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(100), [415]
    for part in range(1, 20):
        yield f"JPEG, {5 * part} % of it", picture[: len(picture) * part // 20], refused
    flat = png(side, server.pixels // side)
    yield f"PNG of one color, {side} x {server.pixels // side}, {len(flat)} bytes", flat, lambda a: a in ([200], [503])


def drip(server, data, patience):
    """For how long the server bears a client that sends a byte now and then; with what it answered."""
    start = time.monotonic()
    with server.connect() as client:
        client.settimeout(0.3)
        try:
            client.sendall(data)
            answer = b""
            while time.monotonic() - start < patience:
                try:
                    piece = client.recv(1 << 16)
                    if not piece:
                        break
                    answer += piece
                except TimeoutError:
                    client.sendall(b"x")
        except OSError:
            pass
    seconds = time.monotonic() - start
    return re.findall(rb"HTTP/1\.1 (\d{3})", answer), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--pid", type=int, help="the server's process, to say what it takes (Linux)")
    options = parser.parse_args()
    server, picture = Server(options), open(options.picture, "rb").read()
    server.expect("a mask", server.send(post(picture)), [200])
    before = server.cost()

    for name, data, expected in requests(server, picture):
        server.expect(name, server.send(data), expected)
    for name, data, expected in pictures(server, picture):
        server.expect(name, server.send(post(data)), expected)

    # Clients that hang up, in the head and at each part of an upload.
    whole = post(picture)
    for end in (5, 20, len(whole) - len(picture), len(whole) - 1, len(whole)):
        for is_reset in (False, True):
            for _ in range(20):
                with server.connect() as client:
                    client.sendall(whole[:end])
                    if is_reset:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.expect("200 clients that hung up", server.send(post(picture)), [200])

    # Slow clients: none may stay longer than the timeout and a little.
    limit = server.seconds + 10
    for name, data in [
        ("a head", b"GET /health HTTP/1.1\r\nX: "), ("an upload", head("POST /v1/segment HTTP/1.1", "Content-Length: 100000")),
        ("chunks", head("POST /v1/segment HTTP/1.1", "Transfer-Encoding: chunked") + b"ffffff\r\n"),
        ("a body that nobody wants", head("GET /health HTTP/1.1", "Content-Length: 100000")),
        ("a body after a refusal", head("POST /v1/segment HTTP/1.1", "Content-Length: 100000", "Accept: a/b")),
    ]:
        answer, seconds = drip(server, data, limit + 5)
        server.expect(f"a byte now and then: {name}, {seconds:.0f} s", answer, lambda _: seconds < limit)

    idle = [server.connect() for _ in range(400)]
    server.expect("400 connections that say nothing", server.send(get("/health")), [200])
    time.sleep(server.seconds + 6)
    ended = 0
    for client in idle:
        client.settimeout(1)
        ended += read(client) == b"" and client.fileno() >= 0
        client.close()
    server.expect("... are closed", ended, 400)

    deaf = []
    for _ in range(8):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(server.address)
        client.sendall(post(picture, "Accept: image/jpeg").replace(b"Connection: close\r\n", b"") * 20)
        deaf.append(client)
    server.expect("8 clients that do not read", server.send(post(picture)), lambda a: a in ([200], [429], [503]))
    time.sleep(2 * server.seconds + 10)
    for client in deaf:
        client.close()

    time.sleep(3)
    held = [server.value(name) for name in ("tessera_passes", "tessera_waiting_requests", "tessera_upload_bytes")]
    server.expect("passes, waiting requests and bytes that are left", held, [0, 0, 0])
    after = server.cost()
    if after:
        print(f"before: {before}\nafter:  {after} (VmRSS and VmHWM in KB)")
        server.expect("files that are left", after["files"] - before["files"], lambda n: n <= 1)
    sys.exit(f"{server.faults} answers are not as they should be" if server.faults else None)


main()
