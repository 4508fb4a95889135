"""Reads Tessera's event files with TensorBoard: its Python readers, its data server, its page.

    python3 -m venv .build/verify
    .build/verify/bin/pip install tensorboard pillow
    .build/verify/bin/python scripts/verify/event_files.py --screenshots .build/screenshots

Needs built programs (swift build -c release) and, for --screenshots, Chromium. Trains three small networks, one of which
is killed and resumed twice, and compares what TensorBoard says with metrics.jsonl, config.json and the networks' own
figures. Exits with 1 if anything differs.
"""
import argparse
import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import tensorboard
from PIL import Image
from tensorboard import context, default, program
from tensorboard.backend.event_processing import data_provider
from tensorboard.backend.event_processing import plugin_event_multiplexer as multiplexing
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups
from tensorboard.util import tensor_util

PACKAGE = Path(__file__).resolve().parents[2]
SMALL = "--width 8 --image-size 64 --epochs 4 --steps-per-epoch 12 --batch-size 4 --validation-steps 3".split()
RUNS = {
    "unet-adam": ["unet", *SMALL],
    "unet-sgd": ["unet", *SMALL, "--optimizer", "sgd", "--learning-rate", "0.01", "--schedule", "cosine"],
    "fcnn": ["fcnn", *SMALL, "--histograms", "2"],
}
failures = []


def check(what, is_right, note=""):
    print(f"  {'ok  ' if is_right else 'FAIL'} {what} {note}")
    if not is_right:
        failures.append(what)


def train(programs, work):
    shutil.rmtree(work, ignore_errors=True)
    for name, (trainer, *options) in RUNS.items():
        run = work / name
        command = [programs / trainer, *options, "--output", run]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if name == "unet-sgd":  # Killed within two epochs; --save-every 0 saves after each step.
            command += ["--save-every", "0"]
            for steps in (17, 29):
                process = subprocess.Popen(command, **quiet)
                while len(lines(run)) < steps and process.poll() is None:
                    time.sleep(0.002)
                process.send_signal(signal.SIGKILL)
                process.wait()
                command = [programs / trainer, "--resume", "--output", run, "--save-every", "0"]
        subprocess.run(command, check=True, **quiet)


def lines(run):
    path = run / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def single(number):
    """The number as a 32-bit float."""
    return struct.unpack("f", struct.pack("f", number))[0]


def expected_scalars(run):
    """What the curves must be: (run below the logdir, tag) -> [(step, value)]."""
    curves = {}

    def add(folder, tag, step, value):
        curves.setdefault((folder, tag), []).append((step, single(value)))

    step = 0
    for line in lines(run):
        if line["event"] == "step":
            step = line["step"]
            for tag, key in {"loss": "loss", "accuracy": "accuracy", "learning_rate": "learningRate",
                             "seconds": "seconds", "data_seconds": "dataSeconds"}.items():
                add("", f"step/{tag}", step, line[key])
        else:
            for tag in ("loss", "accuracy", "seconds"):
                add("", f"epoch/{tag}", step, line[tag])
            add("validation", "epoch/loss", step, line["validationLoss"])
            add("validation", "epoch/accuracy", step, line["validationAccuracy"])
            add("validation", "epoch/mean_IoU", step, line["meanIoU"])
    return curves


def check_with_python(work):
    print("Python readers (EventMultiplexer):")
    keep_all = {plugin: 0 for plugin in ("scalars", "images", "histograms", "hparams", "graphs")}
    multiplexer = multiplexing.EventMultiplexer(tensor_size_guidance=keep_all, purge_orphaned_data=True)
    multiplexer.AddRunsFromDirectory(str(work))
    multiplexer.Reload()
    check("runs", sorted(multiplexer.Runs()) == sorted(n + v for n in RUNS for v in ("", "/validation")))
    for name in RUNS:
        config = json.loads((work / name / "config.json").read_text())
        for (folder, tag), points in expected_scalars(work / name).items():
            run = "/".join(filter(None, (name, folder)))
            found = [(e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in multiplexer.Tensors(run, tag)]
            check(f"{run} {tag}", found == points, f"{len(points)} points")
        check_images(multiplexer, name)
        check_histograms(multiplexer, name, config)
        check_graph(multiplexer, name, config)
    check_hyper_parameters(multiplexer, work)


def check_images(multiplexer, name):
    run = f"{name}/validation"
    tags = multiplexer.PluginRunToTagToContent("images")[run]
    check(f"{run} pictures", sorted(tags) == sorted(
        f"image | truth | prediction/{n}" for n in ("classes", "scene 500", "scene 501", "scene 502", "scene 503")))
    sizes = set()
    for tag in tags:
        events = multiplexer.Tensors(run, tag)
        for event in events:
            width, height, *pictures = tensor_util.make_ndarray(event.tensor_proto)
            for picture in pictures:
                image = Image.open(io.BytesIO(picture))
                image.load()
                assert image.size == (int(width), int(height)), tag
                sizes.add(image.size)
        check(f"{run} {tag}", [e.step for e in events] == [12, 24, 36, 48])
    print(f"       sizes {sorted(sizes)}")


def check_histograms(multiplexer, name, config):
    tags = multiplexer.PluginRunToTagToContent("histograms")[name]
    for kind in ("weights", "gradients"):
        totals = {}
        for tag in (t for t in tags if t.startswith(kind + "/")):
            for event in multiplexer.Tensors(name, tag):
                buckets = tensor_util.make_ndarray(event.tensor_proto)
                assert buckets.shape == (30, 3) and (buckets[1:, 0] == buckets[:-1, 1]).all(), tag
                totals[event.step] = totals.get(event.step, 0) + int(buckets[:, 2].sum())
        steps = [24, 48] if name == "fcnn" else [12, 24, 36, 48]
        # A run that was killed between an epoch's last step and the end of its validation logs no gradients for it.
        known = set(totals) <= set(steps) if (name, kind) == ("unet-sgd", "gradients") else sorted(totals) == steps
        check(f"{name} histograms of {kind} count every number",
              known and set(totals.values()) == {config["parameterCount"]}, str(totals))


def check_graph(multiplexer, name, config):
    graph = multiplexer.Graph(name)
    names = {node.name for node in graph.node}
    check(f"{name} graph, {len(names)} nodes", all(i in names for node in graph.node for i in node.input))
    parameters = sum(node.attr["parameters"].i for node in graph.node if "parameters" in node.attr)
    check(f"{name} graph has all parameters", parameters == config["parameterCount"], str(parameters))
    wanted = ["encoder/0/first/conv2D", "decoder/3/up/transposedConv2D"] if "unet" in name else ["up3/transposedConv2D"]
    check(f"{name} graph has {', '.join(wanted)}", names.issuperset(wanted))


def check_hyper_parameters(multiplexer, work):
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(work))
    backend = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    request = context.RequestContext()
    experiment = get_experiment.Handler(request, backend, "", api_pb2.GetExperimentRequest()).run()
    first = [info.name for info in experiment.hparam_infos][:5]
    check("HPARAMS begins with", first == ["batch-size", "image-size", "learning-rate", "network", "optimizer"], str(first))
    asked = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=10)
    for info in experiment.metric_infos:
        asked.col_params.add(metric=info.name)
    asked.allowed_statuses.extend([api_pb2.STATUS_SUCCESS])
    groups = list_session_groups.Handler(request, backend, "", asked).run().session_groups
    check("HPARAMS lists the runs, all ended well", sorted(g.sessions[0].name for g in groups) == sorted(RUNS))
    for group in groups:
        name = group.sessions[0].name
        config = json.loads((work / name / "config.json").read_text())
        values = {key: getattr(value, value.WhichOneof("kind")) for key, value in group.hparams.items()}
        same = all(values[key] == config[other] for key, other in {
            "optimizer": "optimizer", "learning-rate": "learningRate", "batch-size": "batchSize", "seed": "seed",
            "image-size": "imageSize", "schedule": "schedule", "augmentation": "augmentation"}.items())
        check(f"{name} hyper-parameters are config.json's", same)
        last = lines(work / name)[-1]
        metrics = {(m.name.group, m.name.tag): m.value for m in group.metric_values}
        check(f"{name} metrics are the last epoch's", metrics == {
            ("validation", "epoch/mean_IoU"): single(last["meanIoU"]),
            ("validation", "epoch/loss"): single(last["validationLoss"]),
            ("validation", "epoch/accuracy"): single(last["validationAccuracy"]),
            ("", "epoch/loss"): single(last["loss"]), ("", "epoch/accuracy"): single(last["accuracy"])})


def check_with_server(work, screenshots, chromium):
    board = program.TensorBoard(plugins=default.get_plugins())
    board.configure(argv=[None, "--logdir", str(work), "--host", "127.0.0.1", "--port", "0"])
    address = board.launch()
    print(f"the data server and the page at {address}:")

    def get(path, **query):
        with urllib.request.urlopen(f"{address}{path}?{urllib.parse.urlencode(query)}") as answer:
            return json.load(answer)

    wanted = {n + v for n in RUNS for v in ("", "/validation")}
    deadline = time.time() + 60
    while set(get("data/runs")) != wanted and time.time() < deadline:
        time.sleep(1)
    time.sleep(3)
    check("runs", set(get("data/runs")) == wanted)
    for name in RUNS:
        for (folder, tag), points in expected_scalars(work / name).items():
            run = "/".join(filter(None, (name, folder)))
            found = [(step, single(value)) for _, step, value in get("data/plugin/scalars/scalars", tag=tag, run=run)]
            check(f"{run} {tag}", found == points, f"{len(points)} points")
    if screenshots:
        take(address, screenshots, chromium)


def take(address, folder, chromium):
    folder.mkdir(parents=True, exist_ok=True)
    for page in ("timeseries", "scalars", "images", "histograms", "distributions", "hparams", "graphs"):
        file = folder / f"{page}.png"
        subprocess.run(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1500,1300",
             "--virtual-time-budget=15000", f"--screenshot={file}", f"{address}?darkMode=false#{page}"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180)
        print(f"  {file}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, default=PACKAGE / ".build" / "release")
    parser.add_argument("--work", type=Path, default=PACKAGE / ".build" / "verify-tensorboard")
    parser.add_argument("--screenshots", type=Path, help="a folder for pictures of TensorBoard's pages")
    parser.add_argument("--chromium", default="chromium")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    print(f"TensorBoard {tensorboard.__version__}")
    train(arguments.programs.resolve(), work)
    check_with_python(work)
    check_with_server(work, arguments.screenshots, arguments.chromium)
    print(f"{len(failures)} failures: {failures}" if failures else "all agree")
    sys.stdout.flush()
    # The server's threads would keep running.
    os._exit(1 if failures else 0)


if __name__ == "__main__":
    main()
