#!/usr/bin/env python3
"""Loads a running server and says how it bears it; needs nothing but Python.

    python3 scripts/load.py --url http://127.0.0.1:8080 --requests 10000 --clients 4 street.jpg more.png

Clients send the pictures in turn, each one request after the other over one connection. Latencies are those of the
clients, from the first byte sent to the last received; the network's own time is what the server says of each request
(Server-Timing). Memory is what /metrics says, ten times on the way. With --rude, further clients meanwhile abort uploads,
send bombs and damaged files, and hang up without waiting for their answers.
"""

import argparse
import http.client
import random
import re
import socket
import struct
import threading
import time
import urllib.parse
import zlib


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def bomb(side=60_000):
    """A small PNG that claims an enormous size."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1 << 22), 9)) + chunk(b"IEND", b"")


class Load:
    def __init__(self, options):
        address = urllib.parse.urlsplit(options.url)
        self.address = (address.hostname, address.port or 80)
        self.accept, self.wanted = options.accept, options.requests
        self.pictures = [open(path, "rb").read() for path in options.pictures]
        self.lock, self.sent = threading.Lock(), 0
        self.latencies, self.stages, self.statuses, self.memory, self.rude = [], {}, {}, [], 0
        self.is_over = threading.Event()

    def metric(self, name):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M).group(1))

    def note_memory(self):
        self.memory.append((self.sent, self.metric("process_resident_memory_bytes") / 1e6))

    def client(self):
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        while True:
            with self.lock:
                if self.sent == self.wanted:
                    break
                number, self.sent = self.sent, self.sent + 1
                if number % max(1, self.wanted // 10) == 0:
                    self.note_memory()
            start = time.perf_counter()
            connection.request(
                "POST", "/v1/segment", body=self.pictures[number % len(self.pictures)], headers={"Accept": self.accept})
            answer = connection.getresponse()
            answer.read()
            seconds = time.perf_counter() - start
            with self.lock:
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                if answer.status == 200:
                    self.latencies.append(seconds)
                    for stage, value in re.findall(r"(\w+);dur=([\d.]+)", answer.headers["Server-Timing"]):
                        self.stages.setdefault(stage, []).append(float(value) / 1000)
            if answer.status == 429:
                time.sleep(0.05)
        connection.close()

    def rude_client(self, seed):
        draw, big = random.Random(seed), bomb()
        while not self.is_over.is_set():
            picture = draw.choice(self.pictures)
            body, length, waits = draw.choice([
                (picture[: len(picture) // 2], len(picture), False), (picture, len(picture), False),
                (big, len(big), True), (b"", 1 << 40, True), (picture[:-200], len(picture) - 200, True)])
            try:
                with socket.create_connection(self.address, timeout=30) as client:
                    client.sendall(f"POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode() + body)
                    if waits:
                        client.recv(1 << 16)
                    elif draw.random() < 0.5:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
            with self.lock:
                self.rude += 1
            time.sleep(0.02)

    def run(self, clients, rude):
        threads = [threading.Thread(target=self.client) for _ in range(clients)]
        others = [threading.Thread(target=self.rude_client, args=(seed,)) for seed in range(rude)]
        start = time.perf_counter()
        for thread in threads + others:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - start
        self.is_over.set()
        for thread in others:
            thread.join()
        self.note_memory()
        return elapsed

    def report(self, elapsed):
        milliseconds = lambda values: f"median {1e3 * percentile(values, 0.5):.1f} ms, 99 % below {1e3 * percentile(values, 0.99):.1f} ms"
        print(f"{self.sent} requests in {elapsed:.1f} s, {len(self.latencies) / elapsed:.1f} masks a second; "
              f"statuses {dict(sorted(self.statuses.items()))}; {self.rude} of rude clients")
        print(f"latency  {milliseconds(self.latencies)}, longest {1e3 * max(self.latencies, default=float('nan')):.1f} ms")
        for stage, values in self.stages.items():
            print(f"{stage:8} {milliseconds(values)}")
        print("memory   " + ", ".join(f"{megabytes:.0f} MB" + f" after {sent}" * (sent > 0) for sent, megabytes in self.memory))
        print(f"left     {self.metric('tessera_passes'):.0f} passes, {self.metric('tessera_waiting_requests'):.0f} waiting, "
              f"{self.metric('tessera_upload_bytes'):.0f} bytes of uploads")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rude", type=int, default=0, help="clients that misbehave meanwhile")
    parser.add_argument("--accept", default="image/png")
    options = parser.parse_args()
    load = Load(options)
    load.report(load.run(options.clients, options.rude))


main()
