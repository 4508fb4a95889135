"""The steps of measure-ranks: measure in turns, fit the model, print tables, draw the curve."""
import argparse
import contextlib
import json
import pathlib
import statistics
import tempfile

from comparison import machine as machines
from comparison.progress import say

from . import curve, hosts
from .model import Machine, Network, efficiency, seconds
from .runs import BATCH, BENCHMARKS, DistributedDataParallel, Tessera

# With their numbers of batch normalization.
NETWORKS = {"unet-resnet34": 19_008, "fcn-resnet50": 54_144, "segformer-b0": 512}
# The gigabits per second and milliseconds of links between two hosts; None is as fast as it goes.
LINKS = [(None, 0), (10, 0), (1, 0), (1, 0.1), (1, 1)]


def main():
    options = parsed()
    file = options.output / "results.json"
    results = json.loads(file.read_text()) if file.exists() else []
    if not options.report:
        machines.warn_of_load()
        options.output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="measure-ranks-") as scratch:
            measure(options, pathlib.Path(scratch), results, file)
    text, picture = report(results)
    print(text)
    (options.output / "tables.md").write_text(text)
    (options.output / "scale.svg").write_text(picture)
    return 0


def parsed():
    parser = argparse.ArgumentParser(description="Time training steps of two ranks against the ideal, and PyTorch's.")
    parser.add_argument("--program", type=pathlib.Path, default=BENCHMARKS.parent / ".build/release/tessera",
                        help="built with --traits MPI")
    parser.add_argument("--python", type=pathlib.Path, default=BENCHMARKS / ".venv-peers/torch/bin/python",
                        help="with torch, torchvision, segmentation-models-pytorch and transformers")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--systems", nargs="+", default=["tessera", "ddp"], choices=["tessera", "ddp"])
    parser.add_argument("--cases", nargs="+", default=["threads", "ideal", "local", "links"],
                        choices=["threads", "ideal", "local", "links"])
    parser.add_argument("--layout", default="torch-channels-last", choices=["torch", "torch-channels-last"])
    parser.add_argument("--steps", type=int, default=6, help="that are timed in each run")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("ranks-results"))
    parser.add_argument("--report", action="store_true", help="measure nothing; make tables of what was measured")
    return parser.parse_args()


def measure(options, scratch, results, file):
    systems = []
    if "tessera" in options.systems:
        systems.append(Tessera(options.program, scratch, options.steps))
    if "ddp" in options.systems:
        systems.append(DistributedDataParallel(options.python, options.layout, options.steps))
    for _ in range(options.rounds):
        for network in options.networks:
            for case, link, body in cases(options.cases):
                with hosts.linked(*link) if link else contextlib.nullcontext():
                    for system in systems:
                        if case == "threads" and system.name != "tessera" or link and link[1] and system.name == "ddp":
                            continue
                        try:
                            found = body(system, network)
                        except (RuntimeError, OSError) as error:
                            say(f"{network}, {system.name}, {case}: {error}")
                            continue
                        line = {"network": network, "system": system.name, "case": case, **found}
                        results.append(line)
                        say(f"{network}, {system.name}, {case}: {found['seconds']:.3f} s")
                        file.write_text(json.dumps(results, indent=1))


def cases(chosen):
    """Each with a name, its link, and what a system does."""
    if "threads" in chosen:
        yield "two threads", None, lambda system, network: system.alone(network, threads=2, batch=2 * BATCH)
    if "ideal" in chosen:
        yield "alone", None, lambda system, network: system.alone(network)
        yield "side by side", None, lambda system, network: system.side_by_side(network)
    if "local" in chosen:
        yield "two ranks", None, lambda system, network: system.ranks(network, False)
    if "links" in chosen:
        for link in LINKS:
            yield name(*link), link, lambda system, network: system.ranks(network, True)


def name(gigabits, milliseconds):
    return f"{gigabits or 'unlimited'} Gbit/s" + (f", {milliseconds} ms" if milliseconds else "")


def median(results, network, system, case, key="seconds"):
    found = [each[key] for each in results
             if (each["network"], each["system"], each["case"]) == (network, system, case) and key in each]
    return statistics.median(found) if found else None


def fitted(results):
    """The networks and the machine of the model."""
    networks, costs = [], []
    for one in NETWORKS:
        ideal = median(results, one, "tessera", "side by side")
        if ideal is None:
            continue
        lines = [each for each in results if each["network"] == one and each["case"] == "side by side"
                 and each["system"] == "tessera"]
        spread = statistics.median(statistics.pstdev(each["all"]) / each["seconds"] for each in lines)
        networks.append(Network(one, lines[0]["parameters"], NETWORKS[one], ideal, spread))
        fast = median(results, one, "tessera", name(None, 0))
        if fast is not None:
            # Both ways of gradients and weights; without a limit, what is left is the processor's work.
            costs.append((max(0, fast - ideal), 4 * lines[0]["parameters"]))
    per_byte = sum(cost for cost, _ in costs) / max(1, sum(length for _, length in costs))
    return networks, Machine(per_byte=per_byte, per_decoded_byte=4.6e-9, latency=1.5e-4)


def report(results):
    networks, machine = fitted(results)
    lines = ["| network | system | case | step, s | share of the ideal | model, s | off by | MB sent | hidden |",
             "|---|---|---|--:|--:|--:|--:|--:|--:|"]
    measured = []
    for network in networks:
        for system in ["tessera", "ddp"]:
            ideal = median(results, network.name, system, "side by side")
            for case, link, _ in cases(["threads", "ideal", "local", "links"]):
                found = median(results, network.name, system, case)
                if found is None:
                    continue
                row = [network.name, system, case, f"{found:.3f}", f"{ideal / found:.1%}" if ideal else "", "", "", "", ""]
                if system == "tessera" and link and link[0]:
                    modeled = seconds(network, machine, 2, link[0], link[1] / 1000)
                    row[5:7] = [f"{modeled:.3f}", f"{modeled / found - 1:+.1%}"]
                    if not link[1]:
                        measured.append((network.name, link[0], 2, ideal / found))
                megabytes = median(results, network.name, system, case, "megabytes")
                if megabytes is not None:
                    row[7:] = [f"{megabytes:.1f}", f"{median(results, network.name, system, case, 'hidden'):.0f} %"]
                lines.append("| " + " | ".join(row) + " |")
    lines += ["", f"The processor's cost of a byte: {machine.per_byte * 1e9:.2f} ns.", "",
              "| network | Gbit/s | " + " | ".join(f"N = {ranks}" for ranks in curve.COUNTS) + " |",
              "|---|--:|" + "--:|" * len(curve.COUNTS)]
    for network in networks:
        for rate in curve.RATES:
            shares = [f"{efficiency(network, machine, ranks, rate, curve.DELAY):.0%}" for ranks in curve.COUNTS]
            lines.append(f"| {network.name} | {rate} | " + " | ".join(shares) + " |")
    return "\n".join(lines) + "\n", curve.chart(networks, machine, measured)
