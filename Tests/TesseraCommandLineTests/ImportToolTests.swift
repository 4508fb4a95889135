import Foundation
import SwiftProtobuf
import Tessera
import TesseraONNX
import TesseraONNXImport
import TestSupport
import Testing

@Suite struct ImportToolTests {
  /// A network that torch exported.
  static let network = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TesseraONNXImportTests/Golden/unet-17.onnx").path

  private static let catalog = NetworkCatalog.standard.adding(ONNXNetwork.Configuration.self)

  @Test func anImportedNetworkIsACheckpointLikeAnyOther() throws {
    try withTemporaryFolder { folder in
      let unclear = try Program.tessera.run(["import", Self.network, "--to", "net.safetensors"], in: folder)
      #expect(unclear.status == 64)
      #expect(unclear.errors.contains("does not say what it expects of pixels: give --pixels"))

      try "road\ntree\nsky\n".write(toFile: folder + "/classes.txt", atomically: true, encoding: .utf8)
      let words = ["import", Self.network, "--to", "net.safetensors", "--pixels", "unit", "--classes", "classes.txt"]
      let outcome = try Program.tessera.run(words, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output == "net.safetensors: 3 outputs, 1,481 parameters, pictures whose sides are multiples of 2\n")
      let checkpoint = try SegmentationCheckpoint(contentsOf: folder + "/net.safetensors", catalog: Self.catalog)
      #expect(checkpoint.labelSpace.classes.map(\.name) == ["road", "tree", "sky"])
      #expect(checkpoint.model.normalization == .unit && checkpoint.imageSize == 512)

      try sampleImage(width: 40, height: 30).write(to: folder + "/a.png")
      for command in [
        ["predict", "--checkpoint", "net.safetensors", "a.png", "--output", "out"],
        ["summary", "--checkpoint", "net.safetensors"],
      ] {
        let outcome = try Program.tessera.run(command, in: folder)
        #expect(outcome.status == 0, "\(command): \(outcome.errors)")
      }
      let mask = try Mask(contentsOf: folder + "/out/a.mask.png", labelSpace: checkpoint.labelSpace)
      #expect(mask.width == 40 && mask.height == 30)
      // Only files have such networks: none can be named.
      for (words, reason) in [
        (["train", "onnx", "--data", "data"], "name one by --initial-weights FILE, which 'tessera import' has made"),
        (["train", "onnx", "--initial-weights", "a.onnx"], "'tessera import a.onnx --to NAME.safetensors' makes one"),
        (["summary", "onnx"], "unknown network 'onnx'"),
        (
          ["bench", "--mode", "inference", "--checkpoint", "net.safetensors", "--size", "31"], "multiple of 2 for onnx"
        ),
      ] {
        let refused = try Program.tessera.run(words, in: folder)
        #expect(refused.status == 64 && refused.errors.contains(reason), "\(words): \(refused.errors)")
      }
    }
  }

  @Test func whatTesseraExportsComesBackWithPixelsAndClasses() throws {
    try withTemporaryFolder { folder in
      let space = LabelSpace(
        classes: [
          .init(name: "void", color: .black), .init(name: "road", color: Color(9, 8, 7)),
          .init(name: "tree", color: Color(1, 200, 3)),
        ], void: 0)
      let model = UNet(
        .init(classes: 3, width: 4, normalization: .caffe), random: RandomStream(seed: 4))
      try SegmentationCheckpoint(model: model, labelSpace: space, imageSize: 96).save(to: folder + "/net.safetensors")
      var counts: Set<Int> = []
      for pixels in ["bytes", "unit", "normalized"] {
        let export = ["export", "--checkpoint", "net.safetensors", "--to", "net.onnx", "--pixels", pixels]
        for words in [export, ["import", "net.onnx", "--to", "back.safetensors"]] {
          let outcome = try Program.tessera.run(words, in: folder)
          #expect(outcome.status == 0, "\(words): \(outcome.errors)")
        }
        let back = try SegmentationCheckpoint(contentsOf: folder + "/back.safetensors", catalog: Self.catalog)
        #expect(back.labelSpace == space && back.imageSize == 96)
        let pictures = Tensor.uniform([1, 32, 48, 3], from: 0, to: 255, key: 3)
        expectClose(
          back.model.logits(of: pictures).value, model.logits(of: pictures).value, tolerance: 1e-5, "\(pixels)")
        counts.insert(back.model.parameterCount)
      }
      // The normalization in the file is no weight.
      #expect(counts.count == 1)
    }
  }

  /// A graph that computes pictures of 64 x 48 pixels only, one at a time, as it reshapes them by numbers.
  private func writeFixedNetwork(to path: String) throws {
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.opsetImport = [Onnx_OperatorSetIdProto()]
    model.opsetImport[0].version = 17
    func floats(_ name: String, _ lengths: [Int64]) -> Onnx_TensorProto {
      var array = Onnx_TensorProto()
      (array.name, array.dims, array.dataType) = (name, lengths, 1)
      array.floatData = (0..<lengths.reduce(1, *)).map { Float($0 % 5) - 2 }
      return array
    }
    func integers(_ name: String, _ values: [Int64]) -> Onnx_TensorProto {
      var array = Onnx_TensorProto()
      (array.name, array.dims, array.dataType, array.int64Data) = (name, [Int64(values.count)], 7, values)
      return array
    }
    model.graph.initializer = [
      floats("filter", [3, 3, 1, 1]), integers("flat", [1, 3, 3072]), integers("square", [1, 3, 48, 64]),
    ]
    for (type, inputs, output) in [
      ("Conv", ["image", "filter"], "features"), ("Reshape", ["features", "flat"], "row"),
      ("Relu", ["row"], "positive"),
      ("Reshape", ["positive", "square"], "scores"),
    ] {
      var node = Onnx_NodeProto()
      (node.opType, node.input, node.output) = (type, inputs, [output])
      model.graph.node.append(node)
    }
    func value(_ name: String) -> Onnx_ValueInfoProto {
      var value = Onnx_ValueInfoProto()
      value.name = name
      value.type.tensorType.elemType = 1
      value.type.tensorType.shape.dim = [1, 3, 48, 64].map {
        var dimension = Onnx_TensorShapeProto.Dimension()
        dimension.dimValue = Int64($0)
        return dimension
      }
      return value
    }
    (model.graph.input, model.graph.output) = ([value("image")], [value("scores")])
    try model.serializedData().write(to: URL(fileURLWithPath: path))
  }

  @Test func oneSizeIsSaidAndAskedForAtOnce() throws {
    try withTemporaryFolder { folder in
      try writeFixedNetwork(to: folder + "/fixed.onnx")
      let outcome = try Program.tessera.run(
        ["import", "fixed.onnx", "--pixels", "unit", "--to", "net.safetensors"], in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(
        outcome.output
          == "net.safetensors: 3 outputs, 9 parameters, pictures of 64 x 48, to which all others are resized\n")
      let export = ["export", "--checkpoint", "net.safetensors", "--to", "back.onnx"]
      let refused = try Program.tessera.run(export, in: folder)
      #expect(refused.status == 1)
      let words = "onnx can only be written for one number of pictures: give --batch 1"
      #expect(refused.errorLines == ["Error: \(words), for example"], "\(refused.errors)")
      let written = try Program.tessera.run(export + ["--batch", "1"], in: folder)
      #expect(written.status == 0, "\(written.errors)")
    }
  }

  @Test func onlyItsOwnFilesAreReplaced() throws {
    try withTemporaryFolder { folder in
      try #require(try importNetwork(in: folder).status == 0)
      try #require(try importNetwork(as: ["--void", "2"], in: folder).status == 0)
      let export = ["export", "--checkpoint", "net.safetensors", "--to"]
      for _ in 0..<2 { try #require(try Program.tessera.run(export + ["back.onnx"], in: folder).status == 0) }
      // A trained network, and the file of another program.
      _ = try writeCheckpoint(to: folder + "/trained.safetensors")
      try FileManager.default.copyItem(atPath: Self.network, toPath: folder + "/torch.onnx")
      for (words, command, path) in [
        (["import", Self.network, "--pixels", "unit", "--to", "trained.safetensors"], "import", "trained.safetensors"),
        (export + ["torch.onnx"], "export", "torch.onnx"),
      ] {
        let before = try contents("\(folder)/\(path)")
        let refused = try Program.tessera.run(words, in: folder)
        let reason = "there is a file that '\(command)' has not written; choose another --to, or remove it"
        #expect(refused.status == 1 && refused.errorLines == ["Error: \(path): cannot be written: \(reason)"])
        #expect(try contents("\(folder)/\(path)") == before)
      }
    }
  }

  @Test func aMissingFileOfWeightsIsSaidInOneLine() throws {
    try withTemporaryFolder { folder in
      var model = try Onnx_ModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: Self.network)))
      for index in model.graph.initializer.indices.prefix(6) {
        model.graph.initializer[index].dataLocation = .external
        model.graph.initializer[index].clearRawData()
        var location = Onnx_StringStringEntryProto()
        (location.key, location.value) = ("location", "net.onnx.data")
        model.graph.initializer[index].externalData = [location]
      }
      try model.serializedData().write(to: URL(fileURLWithPath: folder + "/net.onnx"))
      let outcome = try Program.tessera.run(
        ["import", "net.onnx", "--pixels", "unit", "--to", "net.safetensors"], in: folder)
      #expect(outcome.status == 1)
      #expect(
        outcome.errorLines == [
          "Error: net.onnx: the file net.onnx.data, in which it keeps its weights, is missing beside it: copy the ONNX file "
            + "and that one into one folder"
        ])
    }
  }

  @Test func aTrainingBeginsWithTheSizeOfTheImport() throws {
    try withTemporaryFolder { folder in
      let imported = try importNetwork(as: ["--image-size", "48x32"], in: folder)
      #expect(imported.status == 0 && imported.errors.isEmpty, "\(imported.errors)")
      var words = ["train", "onnx", "--initial-weights", "net.safetensors"] + tinyRun.dropFirst(2)
      let place = try #require(words.firstIndex(of: "--image-size"))
      words.removeSubrange(place...place + 1)
      let run = try Program.tessera.run(words + ["--output", "run", "--stop-after", "1"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let note = "pictures are scaled to 48 x 32, the size of net.safetensors; --image-size chooses another"
      #expect(run.errors.contains(note), "\(run.errors)")
      try FileManager.default.removeItem(atPath: folder + "/net.safetensors")
      let resumed = try Program.tessera.run(
        ["train", "onnx", "--resume", "--output", "run", "--stop-after", "2"], in: folder)
      #expect(resumed.status == 0 && !resumed.errors.contains(note), "\(resumed.errors)")
      let last = try SegmentationCheckpoint(
        contentsOf: folder + "/run/checkpoints/last.safetensors", catalog: Self.catalog)
      #expect(last.imageSize == ImageSize(width: 48, height: 32))
    }
  }

  private func importNetwork(as options: [String] = [], in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(
      ["import", Self.network, "--to", "net.safetensors", "--pixels", "unit"] + options, in: folder)
  }

  @Test func allCommandsTakeIt() throws {
    try withTemporaryFolder { folder in
      try #require(try importNetwork(in: folder).status == 0)
      try sampleImage(width: 70, height: 50).write(to: folder + "/a.png")
      for words in [
        "predict --checkpoint net.safetensors a.png --output out --scale original --tile 32 --margin 8",
        "bench --checkpoint net.safetensors --mode train --size 32 --batch 2 --runs 1",
        "bench-serving --checkpoint net.safetensors --size 32 --tasks 2 --requests 2",
        "export --checkpoint net.safetensors --to back.onnx",
      ] {
        let outcome = try Program.tessera.run(arguments(words), in: folder)
        #expect(outcome.status == 0, "\(words): \(outcome.errors)")
      }
      let bench = try Program.tessera.run(
        arguments("bench --checkpoint net.safetensors --mode inference --size 64x48 --runs 1 --json"), in: folder)
      let line = try #require(try objects(bench.output).first)
      #expect(line["network"] as? String == "onnx" && line["checkpoint"] as? String == "net.safetensors")
      #expect(line["classes"] as? Int == 3)
    }
  }

  @Test func itTrainsAndResumes() throws {
    try withTemporaryFolder { folder in
      try #require(try importNetwork(in: folder).status == 0)
      let start = ["train", "onnx", "--initial-weights", "net.safetensors"] + tinyRun.dropFirst(2)
      let whole = try Program.tessera.run(start + ["--output", "whole"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(whole.errors.contains("is from a network with 3 classes"), "\(whole.errors)")
      #expect(whole.errors.contains("net.safetensors is for pictures of 512 x 512, and"), "\(whole.errors)")
      try #require(
        try Program.tessera.run(start + ["--output", "run", "--stop-after", "1"], in: folder).status == 0)
      // The run has the graph: the file that it began with is no longer needed.
      try FileManager.default.removeItem(atPath: folder + "/net.safetensors")
      let resumed = try Program.tessera.run(
        ["train", "onnx", "--resume", "--output", "run", "--stop-after", "2"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      try sampleImage(width: 70, height: 50).write(to: folder + "/a.png")
      let predicted = try Program.tessera.run(
        ["predict", "--checkpoint", "run/checkpoints/best.safetensors", "a.png", "--output", "out"], in: folder)
      #expect(predicted.status == 0, "\(predicted.errors)")
      // Another network does not begin with it.
      let other = try Program.tessera.run(
        ["train", "unet", "--initial-weights", "run/checkpoints/last.safetensors"] + tinyRun, in: folder)
      #expect(
        other.status == 1
          && other.errors.contains("'train onnx --initial-weights run/checkpoints/last.safetensors' trains that one"))
    }
  }

  @Test(arguments: [
    (["--void", "-1"], "--void must lie in 0...65535; got -1"),
    (["--void", "99"], "--void must be the index of a class, 0...2, or 255"),
    (["--layout", "nhwc"], "give --layout nchw"),
    (["--classes", "camvid"], "give others by --classes"),
  ])
  func whatDoesNotFitTheFileIsRefused(options: [String], reason: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try importNetwork(as: options, in: folder)
      #expect(outcome.status == 64 && outcome.errors.contains(reason), "\(outcome.errors)")
      #expect(outcome.errorLines.first?.hasPrefix("Error: ") == true)
    }
  }

  @Test func theIndexOfVoidBecomesTheCheckpoints() throws {
    try withTemporaryFolder { folder in
      for void in [2, 255] {
        try #require(try importNetwork(as: ["--void", "\(void)"], in: folder).status == 0)
        let checkpoint = try SegmentationCheckpoint(contentsOf: folder + "/net.safetensors", catalog: Self.catalog)
        #expect(checkpoint.labelSpace.void == void)
      }
    }
  }
}
