"""Times a forward pass of a peer. Prints one line of JSON.

    python inference.py unet ncnn --batch 1 --size 128 --threads 2 --runs 7 --models FOLDER

ONNX Runtime, OpenVINO and ncnn read files that conversion.py writes to FOLDER where they are not there yet.
"""
import pathlib
import subprocess
import sys
import tempfile

import timing


def converted(chosen, target_format, ending=""):
    """The path of the network in a format; written by another process where it is missing."""
    path = pathlib.Path(chosen.models, f"{chosen.network}-{chosen.batch}-{chosen.size}.{target_format}").resolve()
    if not pathlib.Path(f"{path}{ending}").exists():
        program = pathlib.Path(__file__).with_name("conversion.py")
        done = subprocess.run(
            [sys.executable, str(program), chosen.network, target_format, str(chosen.batch), str(chosen.size),
             str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"conversion to {target_format}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return path


def random_pictures(chosen):
    import numpy
    return numpy.random.default_rng(1).random((chosen.batch, 3, chosen.size, chosen.size), dtype=numpy.float32)


def torch_pass(chosen):
    import networks_torch
    import torch
    torch.set_num_threads(chosen.threads)
    network = networks_torch.network(chosen.network).eval().to(memory_format=torch.channels_last)
    pictures = torch.from_numpy(random_pictures(chosen)).to(memory_format=torch.channels_last)

    def infer():
        with torch.inference_mode(), torch.autocast(
                "cpu", dtype=torch.bfloat16, enabled=chosen.peer == "torch-bf16"):
            return network(pictures)

    return infer


def onnxruntime_pass(chosen):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = chosen.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(converted(chosen, "onnx")), settings, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: random_pictures(chosen)}
    return lambda: session.run(None, feed)


def openvino_pass(chosen):
    import openvino
    # bfloat16 is its default where the processor has it.
    settings = {
        "INFERENCE_NUM_THREADS": chosen.threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(str(converted(chosen, "onnx")), "CPU", settings).create_infer_request()
    pictures = random_pictures(chosen)
    return lambda: request.infer([pictures], share_inputs=True)


def ncnn_pass(chosen):
    if chosen.batch != 1:
        raise SystemExit("ncnn takes one picture at a time")
    import ncnn
    import numpy
    path = converted(chosen, "ncnn", ending=".param")
    net = ncnn.Net()
    net.opt.num_threads = chosen.threads
    net.opt.use_winograd_convolution = True
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    if net.load_param(f"{path}.param") != 0 or net.load_model(f"{path}.bin") != 0:
        raise SystemExit("ncnn cannot read the converted network")
    picture = ncnn.Mat(random_pictures(chosen)[0])

    def infer():
        extractor = net.create_extractor()
        extractor.input("in0", picture)
        return numpy.array(extractor.extract("out0")[1])

    return infer


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
