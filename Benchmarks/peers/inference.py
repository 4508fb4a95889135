"""Times a forward pass of a peer. Prints one line of JSON.

    python inference.py unet ncnn --batch 1 --size 128 --threads 2 --runs 7 --models FOLDER

ONNX Runtime, OpenVINO and ncnn read files that conversion.py writes to FOLDER if they do not exist yet.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
import timing
from pictures import check, random_pictures


def converted(chosen, ending):
    """Returns the network's file in an engine's format; another process writes it if it is missing."""
    target_format = "onnx" if ending == "onnx" else "ncnn"
    path = model_path(chosen, target_format)
    if not pathlib.Path(f"{path}.{ending}").exists():
        program = pathlib.Path(__file__).with_name("conversion.py")
        done = subprocess.run(
            [sys.executable, str(program), chosen.network, target_format, str(chosen.batch), str(chosen.size), path],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"conversion to {target_format}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return f"{path}.{ending}"


def model_path(chosen, target_format):
    name = f"{target_format}-{chosen.network}-{chosen.batch}-{chosen.size}"
    return str(pathlib.Path(chosen.models, name).resolve())


def checked(infer, chosen, target_format):
    """Returns `infer` after checking that its logits are PyTorch's."""
    check(infer(), numpy.load(f"{model_path(chosen, target_format)}.npy"))
    return infer


def torch_pass(chosen):
    import networks_torch
    import torch
    torch.set_num_threads(chosen.threads)
    network = networks_torch.network(chosen.network).eval().to(memory_format=torch.channels_last)
    images = torch.from_numpy(random_pictures(chosen.batch, chosen.size)).to(memory_format=torch.channels_last)

    def infer():
        with torch.inference_mode(), torch.autocast(
                "cpu", dtype=torch.bfloat16, enabled=chosen.peer == "torch-bf16"):
            return network(images)

    return infer


def onnxruntime_pass(chosen):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = chosen.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        converted(chosen, "onnx"), settings, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: random_pictures(chosen.batch, chosen.size)}
    return checked(lambda: session.run(None, feed)[0], chosen, "onnx")


def openvino_pass(chosen):
    import openvino
    # bfloat16 is its default if the processor has it.
    settings = {
        "INFERENCE_NUM_THREADS": chosen.threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(converted(chosen, "onnx"), "CPU", settings).create_infer_request()
    images = random_pictures(chosen.batch, chosen.size)
    return checked(lambda: request.infer([images], share_inputs=True)[0], chosen, "onnx")


def ncnn_pass(chosen):
    if chosen.batch != 1:
        raise SystemExit("ncnn takes one picture at a time")
    import ncnn
    layers, weights = converted(chosen, "param"), converted(chosen, "bin")
    net = ncnn.Net()
    net.opt.num_threads = chosen.threads
    net.opt.use_winograd_convolution = True
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    if net.load_param(layers) != 0 or net.load_model(weights) != 0:
        raise SystemExit("ncnn cannot read the converted network")
    # A Mat only refers to an array's memory: the array needs a name until the clone is made.
    image = random_pictures(1, chosen.size)[0]
    picture = ncnn.Mat(image).clone()

    def infer():
        extractor = net.create_extractor()
        extractor.input("in0", picture)
        return numpy.array(extractor.extract("out0")[1])[None]

    return checked(infer, chosen, "ncnn")


PASSES = {
    "torch": torch_pass, "torch-bf16": torch_pass, "onnxruntime": onnxruntime_pass, "openvino": openvino_pass,
    "ncnn": ncnn_pass,
}


def main():
    parser = timing.options(__doc__, list(PASSES), batch=1)
    parser.add_argument("--models", metavar="FOLDER", help="default: a folder that is deleted afterwards")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen.models = chosen.models or folder
        timing.measure(PASSES[chosen.peer](chosen), "inference", chosen)


if __name__ == "__main__":
    main()
