"""Inference engines: each function reads a file and returns a function that computes one pass.

`pictures` are [batch, channels, height, width] or, for a graph that takes them so, [batch, height, width, channels].
"""
import numpy


def onnxruntime_session(path, threads):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def onnxruntime(path, pictures, threads):
    session = onnxruntime_session(path, threads)
    names = [session.get_outputs()[0].name]
    feed = {session.get_inputs()[0].name: pictures}
    return lambda: session.run(names, feed)[0]


def openvino(path, pictures, threads):
    import openvino as engine
    # bfloat16 is its default if the processor has it.
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = engine.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda: request.infer([pictures], share_inputs=True)[0]


def ncnn(path, pictures, threads):
    """Reads `path`.param and `path`.bin, which pnnx wrote."""
    if len(pictures) != 1:
        raise SystemExit("ncnn takes one picture at a time")
    import ncnn as engine
    net = engine.Net()
    net.opt.num_threads = threads
    net.opt.use_winograd_convolution = True
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    if net.load_param(f"{path}.param") != 0 or net.load_model(f"{path}.bin") != 0:
        raise SystemExit("ncnn cannot read the converted network")
    # A Mat only refers to an array's memory: the array needs a name until the clone is made.
    image = pictures[0]
    picture = engine.Mat(image).clone()

    def infer():
        extractor = net.create_extractor()
        extractor.input("in0", picture)
        return numpy.array(extractor.extract("out0")[1])[None]

    return infer


ENGINES = {"onnxruntime": onnxruntime, "openvino": openvino, "ncnn": ncnn}
