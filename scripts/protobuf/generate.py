"""Writes the generated Swift code of the formats that Tessera writes and reads: TensorBoard's events and ONNX.

    python3 -m venv .build/protobuf
    .build/protobuf/bin/pip install tensorboard==2.21.0 onnx==1.23.2
    swift build --package-path .build/checkouts/swift-protobuf -c release --product protoc-gen-swift
    .build/protobuf/bin/python scripts/protobuf/generate.py \
        --plugin .build/checkouts/swift-protobuf/.build/release/protoc-gen-swift

The packages hold the formats' descriptors. Only the messages and fields named below are kept: a small part of both
formats is written or read. Needs protoc (Debian's protobuf-compiler).
"""
import argparse
import subprocess
import tempfile
from pathlib import Path

import onnx
import tensorboard
from google.protobuf import struct_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from tensorboard.compat.proto import (
    attr_value_pb2, event_pb2, graph_pb2, node_def_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2,
    versions_pb2)
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2

SOURCES = Path(__file__).resolve().parents[2] / "Sources"

TENSORBOARD = {  # the fields of each message; None: all
    "tensorboard.Event": "wall_time step file_version graph_def summary session_log source_metadata",
    "tensorboard.SourceMetadata": None,
    "tensorboard.SessionLog": "status",
    "tensorboard.SessionLog.SessionStatus": None,
    "tensorboard.Summary": None,
    "tensorboard.Summary.Value": "tag metadata tensor",
    "tensorboard.SummaryMetadata": None,
    "tensorboard.SummaryMetadata.PluginData": None,
    "tensorboard.DataClass": None,
    "tensorboard.TensorProto": "dtype tensor_shape tensor_content string_val",
    "tensorboard.TensorShapeProto": None,
    "tensorboard.TensorShapeProto.Dim": None,
    "tensorboard.DataType": None,
    "tensorboard.GraphDef": "node versions",
    "tensorboard.NodeDef": "name op input attr",
    "tensorboard.NodeDef.AttrEntry": None,
    "tensorboard.AttrValue": "s i f b type shape list",
    "tensorboard.AttrValue.ListValue": "i shape",
    "tensorboard.VersionDef": None,
    "tensorboard.hparams.HParamsPluginData": None,
    "tensorboard.hparams.SessionStartInfo": None,
    "tensorboard.hparams.SessionStartInfo.HparamsEntry": None,
    "tensorboard.hparams.SessionEndInfo": None,
    "tensorboard.hparams.Experiment": None,
    "tensorboard.hparams.HParamInfo": "name type differs",
    "tensorboard.hparams.MetricInfo": None,
    "tensorboard.hparams.MetricName": None,
    "tensorboard.hparams.DataType": None,
    "tensorboard.hparams.DatasetType": None,
    "tensorboard.hparams.Status": None,
}
ONNX = {
    "onnx.ModelProto": "ir_version opset_import producer_name producer_version doc_string graph metadata_props",
    "onnx.OperatorSetIdProto": None,
    "onnx.StringStringEntryProto": None,
    "onnx.GraphProto": "node name initializer doc_string input output",
    "onnx.NodeProto": "input output name op_type domain attribute doc_string",
    "onnx.AttributeProto": "name f i s t g floats ints strings type",
    "onnx.TensorProto": "dims data_type float_data int32_data int64_data double_data uint64_data name raw_data "
                        "external_data data_location",
    "onnx.TensorProto.DataLocation": None,
    "onnx.TensorProto.DataType": None,
    "onnx.ValueInfoProto": "name type doc_string",
    "onnx.TypeProto": "tensor_type",
    "onnx.TypeProto.Tensor": None,
    "onnx.TensorShapeProto": None,
    "onnx.TensorShapeProto.Dimension": None,
    "onnx.AttributeProto.AttributeType": None,
}


def keep(items, wanted):
    """Leaves those elements of a repeated field that `wanted` accepts."""
    chosen = [type(item).FromString(item.SerializeToString()) for item in items if wanted(item)]
    del items[:]
    items.extend(chosen)


def prune_message(message, name, kept):
    fields = kept[name]
    if fields is not None:
        missing = set(fields.split()) - {field.name for field in message.field}
        assert not missing, f"{name} has no {missing}"
        keep(message.field, lambda field: field.name in fields.split())
    keep(message.nested_type, lambda nested: f"{name}.{nested.name}" in kept)
    keep(message.enum_type, lambda nested: f"{name}.{nested.name}" in kept)
    del message.reserved_range[:]
    del message.reserved_name[:]
    for nested in message.nested_type:
        prune_message(nested, f"{name}.{nested.name}", kept)
    # A oneof needs fields, and fields count the oneofs.
    used = sorted({field.oneof_index for field in message.field if field.HasField("oneof_index")})
    oneofs = [message.oneof_decl[index].name for index in used]
    del message.oneof_decl[:]
    for oneof in oneofs:
        message.oneof_decl.add(name=oneof)
    for field in message.field:
        if field.HasField("oneof_index"):
            field.oneof_index = used.index(field.oneof_index)


def types_of(messages):
    for message in messages:
        for field in message.field:
            if field.type_name:
                yield field.type_name[1:]
        yield from types_of(message.nested_type)


def pruned(module, kept, name=None):
    file = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    file.name = name or file.name
    file.ClearField("options")
    keep(file.message_type, lambda message: f"{file.package}.{message.name}" in kept)
    keep(file.enum_type, lambda enum: f"{file.package}.{enum.name}" in kept)
    for message in file.message_type:
        prune_message(message, f"{file.package}.{message.name}", kept)
    return file


def defined(file):
    def names(prefix, message):
        yield f"{prefix}.{message.name}"
        for part in list(message.nested_type) + list(message.enum_type):
            yield from (names(f"{prefix}.{message.name}", part) if hasattr(part, "field")
                        else [f"{prefix}.{message.name}.{part.name}"])
    for message in file.message_type:
        yield from names(file.package, message)
    for enum in file.enum_type:
        yield f"{file.package}.{enum.name}"


def write(files, others, target, notice, plugin):
    """Generates `files`, which may import `others`, into the module `target`."""
    places = {name: file.name for file in files + others for name in defined(file)}
    for file in files:
        wanted = {places[name] for name in types_of(file.message_type)} - {file.name}
        del file.dependency[:]
        file.dependency.extend(sorted(wanted))
    folder = SOURCES / target / "Generated"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.pb.swift"):
        old.unlink()
    with tempfile.TemporaryDirectory() as work:
        descriptors = Path(work) / "descriptors"
        descriptors.write_bytes(FileDescriptorSet(file=others + files).SerializeToString())
        subprocess.run(
            ["protoc", f"--descriptor_set_in={descriptors}", f"--plugin=protoc-gen-swift={plugin}",
             f"--swift_out={folder}", "--swift_opt=Visibility=Package", "--swift_opt=FileNaming=DropPath"]
            + [file.name for file in files], check=True)
    for path in sorted(folder.glob("*.pb.swift")):
        path.write_text(notice + path.read_text())
        print(f"{path.relative_to(SOURCES)}: {len(path.read_text().splitlines())} lines")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plugin", required=True, help="the program protoc-gen-swift")
    plugin = parser.parse_args().plugin

    struct = FileDescriptorProto()
    struct_pb2.DESCRIPTOR.CopyToProto(struct)
    modules = [types_pb2, tensor_shape_pb2, tensor_pb2, summary_pb2, event_pb2, versions_pb2, attr_value_pb2,
               node_def_pb2, graph_pb2, api_pb2, plugin_data_pb2]
    license = "Apache License 2.0;\n// scripts/protobuf/generate.py made this file.\n\n"
    write([pruned(module, TENSORBOARD) for module in modules], [struct], "TesseraTensorBoard",
          f"// A part of TensorBoard {tensorboard.__version__}'s format, Copyright The TensorFlow Authors, {license}",
          plugin)
    onnx_file = onnx.ModelProto.DESCRIPTOR.file
    write([pruned(type("Module", (), {"DESCRIPTOR": onnx_file}), ONNX, "onnx.proto")], [], "TesseraONNX",
          f"// A part of the ONNX format of onnx {onnx.__version__}, Copyright ONNX Project Contributors, {license}",
          plugin)


if __name__ == "__main__":
    main()
