"""Timed training steps: of Tessera and of PyTorch, alone, side by side, and as two ranks."""
import json
import os
import pathlib
import random
import re
import statistics
import struct
import subprocess
import zlib

from . import hosts

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
BATCH, SIZE = 5, 256
MPI = ["mpirun", "--oversubscribe", "--bind-to", "none"]
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def png(path, rows, channels):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    side = len(rows)
    header = struct.pack(">IIBBBBB", side, side, 8, 2 if channels == 3 else 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def write_pictures(folder):
    """Noise with 21 classes, which stays in memory."""
    noise = random.Random(1)
    for split in ["training", "validation"]:
        for kind in ["images", "masks"]:
            (folder / kind / split).mkdir(parents=True)
        for number in range(20 if split == "training" else 5):
            png(folder / "images" / split / f"{number}.png", [noise.randbytes(3 * SIZE) for _ in range(SIZE)], 3)
            rows = [bytes((x // 16 + y // 16 + number) % 21 for x in range(SIZE)) for y in range(SIZE)]
            png(folder / "masks" / split / f"{number}.png", rows, 1)
    (folder / "classes.txt").write_text("\n".join(f"class{number}" for number in range(21)) + "\n")


class Tessera:
    name = "tessera"

    def __init__(self, program, scratch, steps):
        self.program, self.scratch, self.steps = str(program), scratch, steps
        self.data = scratch / "pictures"
        self.count = 0
        write_pictures(self.data)

    def words(self, network, threads, batch=BATCH):
        self.count += 1
        folder = self.scratch / f"run{self.count}"
        return folder, [
            self.program, "train", network, "--data", str(self.data), "--image-size", str(SIZE), "--batch-size",
            str(batch), "--augmentation", "none", "--epochs", "2", "--steps-per-epoch", str(self.steps),
            "--validation-steps", "1", "--threads", str(threads), "--loader-threads", "1", "--no-tensorboard",
            "--output", str(folder)] + (["--auxiliary-weight", "0"] if network.startswith(("fcn", "deeplabv3-")) else [])

    def result(self, folder, output):
        lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        seconds = [line["seconds"] for line in lines if line["event"] == "step" and line["epoch"] == 2]
        found = {"seconds": statistics.median(seconds), "all": seconds}
        parameters = re.search(r": ([\d,]+) parameters", output)
        found["parameters"] = int(parameters[1].replace(",", ""))
        if traffic := re.search(r"each sends up to ([\d.]+) MB a step; ([\d.]+) s .* (-?\d+) % of it hidden", output):
            found.update(megabytes=float(traffic[1]), exchanging=float(traffic[2]), hidden=int(traffic[3]))
        return found

    def alone(self, network, threads=1, batch=BATCH):
        folder, words = self.words(network, threads, batch)
        return self.result(folder, finished([start(words)])[0])

    def side_by_side(self, network):
        both = [self.words(network, 1) for _ in range(2)]
        outputs = finished([start(words) for _, words in both])
        return mean([self.result(folder, output) for (folder, _), output in zip(both, outputs)])

    def ranks(self, network, is_linked):
        folder, words = self.words(network, 1)
        command = MPI + ["-n", "2", *words]
        if is_linked:
            agent = hosts.remote_shell(self.scratch)
            command = hosts.inside(
                0, *MPI, "--mca", "plm", "rsh", "--mca", "plm_rsh_agent", agent, "--mca", "btl", "tcp,self", "--mca",
                "btl_tcp_if_include", hosts.NETWORK, "--mca", "oob_tcp_if_include", hosts.NETWORK, "--host",
                ",".join(f"{address}:1" for address in hosts.ADDRESSES), "-n", "2", *words)
        return self.result(folder, finished([start(command)])[0])


class DistributedDataParallel:
    name = "ddp"

    def __init__(self, python, layout, steps):
        self.python, self.layout, self.steps = str(python), layout, steps

    def words(self, network, rank=0, ranks=1, address="127.0.0.1", interface="lo"):
        return [
            self.python, str(BENCHMARKS / "peers" / "ddp.py"), network, self.layout, "--rank", str(rank), "--ranks",
            str(ranks), "--address", address, "--interface", interface, "--runs", str(self.steps), "--batch", str(BATCH),
            "--size", str(SIZE)]

    def alone(self, network):
        return last_line(finished([start(self.words(network))])[0])

    def side_by_side(self, network):
        return mean([last_line(each) for each in finished([start(self.words(network)) for _ in range(2)])])

    def ranks(self, network, is_linked):
        if is_linked:
            commands = [
                hosts.inside(rank, *self.words(network, rank, 2, hosts.ADDRESSES[0], hosts.DEVICE)) for rank in range(2)]
        else:
            commands = [self.words(network, rank, 2) for rank in range(2)]
        return last_line(finished([start(words) for words in commands])[0])


def start(words):
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **ENVIRONMENT})


def finished(processes):
    """What they print; raises with the reason if one fails."""
    outputs = []
    for process in processes:
        output, errors = process.communicate(timeout=900)
        if process.returncode != 0:
            lines = [line for line in errors.splitlines() if line.startswith("Error")] or errors.splitlines()[-8:]
            raise RuntimeError(f"{process.args[0]}: {' '.join(lines) or process.returncode}")
        outputs.append(output)
    return outputs


def last_line(output):
    return json.loads(output.splitlines()[-1])


def mean(results):
    return {**results[0], "seconds": statistics.mean(each["seconds"] for each in results),
            "all": [second for each in results for second in each["all"]]}
