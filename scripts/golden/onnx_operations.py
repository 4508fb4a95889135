"""Writes the tests of ONNX's own operators, of the package onnx, for the operations that Tessera imports.

    python3 -m venv .build/onnx
    .build/onnx/bin/pip install onnx==1.23.2
    .build/onnx/bin/python scripts/golden/onnx_operations.py Tests/TesseraONNXImportTests/Golden/operations.bin

The file is a sequence of cases, each a list of byte strings with their lengths before them (32 bits, little-endian):
the name, the model, the number of inputs (one byte), the inputs and the outputs as TensorProto. Left out are cases with
large arrays, with text or empty arrays, and with more results than networks use. Versions of operators after 21 only
added types of elements, so their cases are written as version 21.
"""
import struct
import sys
import warnings

import numpy as np
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

OPERATIONS = set("""
    Abs Add And AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat Constant ConstantOfShape Conv
    ConvTranspose Cos DepthToSpace Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather Gelu Gemm
    GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Identity
    InstanceNormalization LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization MatMul Max
    MaxPool Mean Min Mish Mod Mul Neg NonZero Not Or PRelu Pad Pow Range Reciprocal ReduceL1 ReduceL2
    ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu Reshape Resize Round Selu Shape
    Sigmoid Sign Sin Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh
    ThresholdedRelu Tile Transpose Unsqueeze Upsample Where Xor""".split())
LARGEST = 5_000  # bytes of a case
# ONNX Runtime, too, takes the whole number of pixels where the package takes a fraction; and a maximum of nothing.
DISPUTED = {
    "test_resize_downsample_scales_cubic_align_corners", "test_resize_downsample_scales_linear_align_corners",
    "test_reduce_max_empty_set_bool"}
NUMBERS = "bfiu"  # the kinds of NumPy's types


def usable(case):
    model, sets = case.model, case.data_sets
    version = max(opset.version for opset in model.opset_import)
    if not sets or version < 9 or not {node.op_type for node in model.graph.node} <= OPERATIONS:
        return False
    if any(opset.domain for opset in model.opset_import) or len(sets[0][1]) != len(model.graph.output):
        return False
    arrays = [np.asarray(value) for part in sets[0] for value in part]
    return all(array.dtype.kind in NUMBERS and array.size and array.itemsize > 1 or array.dtype in (bool, np.uint8)
               for array in arrays)


def main(path):
    warnings.filterwarnings("ignore")
    count = 0
    with open(path, "wb") as file:
        for case in sorted(collect_testcases(None), key=lambda case: case.name):
            try:
                if case.name in DISPUTED or not usable(case):
                    continue
                for opset in case.model.opset_import:
                    opset.version = min(opset.version, 21)
                inputs, outputs = case.data_sets[0]
                parts = [case.name.encode(), case.model.SerializeToString(), bytes([len(inputs)])]
                parts += [numpy_helper.from_array(np.asarray(value)).SerializeToString()
                          for value in [*inputs, *outputs]]
            except (TypeError, ValueError):  # sequences and optional values
                continue
            if sum(map(len, parts)) > LARGEST:
                continue
            file.write(struct.pack("<I", len(parts)))
            for part in parts:
                file.write(struct.pack("<I", len(part)) + part)
            count += 1
    print(f"{count} cases")


main(sys.argv[1])
