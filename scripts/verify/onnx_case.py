"""What the scripts that export networks as ONNX share: pictures, sizes of logits, and what ONNX Runtime gives."""
import json
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

CLASSES = 21
SIZES = [(64, 64), (96, 128)]  # height, width
LARGEST = 5.0  # of a network's logits
CHOOSING = {"ArgMax", "Cast", "Identity", "LogSoftmax", "Sigmoid", "Softmax"}


def picture(height, width, channels=3, is_last=False):
    """A normalized picture that follows from a formula: sin(0.37 k) * 2 for number k of [channels, height, width]."""
    values = np.sin(np.arange(channels * height * width, dtype=np.float64) * 0.37) * 2
    values = values.astype(np.float32).reshape(1, channels, height, width)
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1)) if is_last else values


def scores(path, is_last, sizes):
    """ONNX Runtime's values of what is before a choice among scores at the end of the first output."""
    model = onnx.load(path)
    producers = {name: node for node in model.graph.node for name in node.output}
    name = model.graph.output[0].name
    while name in producers and producers[name].op_type in CHOOSING:
        name = producers[name].input[0]
    order = None
    if name in producers and producers[name].op_type == "Transpose":
        before = producers.get(producers[name].input[0])
        if before is not None and before.op_type in CHOOSING:  # as Keras' networks end
            name, order = before.input[0], [list(part.ints) for part in producers[name].attribute][0]
    if name != model.graph.output[0].name:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    data = model.SerializeToString() if model.ByteSize() < 1 << 31 else path
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    image = session.get_inputs()[0].name
    parts = [session.run([name], {image: picture(*size, is_last=is_last)})[0] for size in sizes]
    return [part.transpose(order) if order else part for part in parts]


def finish(path, is_last=False, sizes=SIZES):
    """Writes NAME.logits and NAME.json beside NAME.onnx, and prints a line."""
    path = Path(path)
    logits = scores(str(path), is_last, sizes)
    path.with_suffix(".logits").write_bytes(b"".join(part.astype("<f4").tobytes() for part in logits))
    model = onnx.load(str(path), load_external_data=False)
    operations = sorted({node.op_type for node in model.graph.node})
    version = max(opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx"))
    facts = {"sizes": sizes, "isChannelsLast": is_last, "version": version, "operations": operations}
    path.with_suffix(".json").write_text(json.dumps(facts))
    largest = max(float(np.abs(part).max()) for part in logits)
    print(path.name, path.stat().st_size, [part.shape for part in logits], f"largest {largest:.3g}", flush=True)


def fail(path, error):
    """Says why a network cannot be exported, and leaves nothing of it."""
    Path(path).unlink(missing_ok=True)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()
    print(f"{Path(path).name}: cannot be exported: {type(error).__name__}: {lines[0][:160] if lines else ''}", flush=True)
