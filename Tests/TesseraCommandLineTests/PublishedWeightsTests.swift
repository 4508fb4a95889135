import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// Published networks by their names, from the download to masks, without a training.
@Suite(.serialized) struct PublishedWeightsTests {
  private typealias SegFormer = EncoderDecoder<SegFormerDecoder, MixTransformerB0>
  private static let license =
    "NVIDIA Source Code License for SegFormer, no commercial use, for research or evaluation only, also what is derived "
    + "from it (https://github.com/NVlabs/SegFormer/blob/master/LICENSE)"
  private static let model = SegFormer(.init(classes: 150), random: RandomStream(seed: 3))

  /// Writes the model's weights as the publisher names and lays them out.
  private static func writeFile(to path: String) throws {
    let tables = SegFormer.Configuration.weightTables.filter(\.part.isEmpty)
    let table = try #require(tables.first { $0.layers.contains { $0.name.contains("encoder.block.0.0") } })
    let parameters = Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value) })
    let pairs = try table.layers.flatMap { layer in
      try zip(table.names(of: layer), layer.properties).map { name, property in
        let path = "\(layer.path ?? "")."
        let value = try #require(parameters[path + property.rawValue] ?? parameters[path + "weight"])
        let order = [1: [0], 2: [1, 0], 4: [3, 2, 0, 1]][value.shape.rank] ?? []
        return (name, value.transposed(order))
      }
    }
    let tensors = Dictionary(pairs) { first, _ in first }
    #expect(tensors.count == parameters.count)
    try SafeTensors.write(tensors.map { ($0.key, $0.value) }, to: path)
  }

  private static let image = Image(
    width: 512, height: 512, channels: 3,
    pixels: (0..<512 * 512).flatMap { index in
      let (x, y) = (index % 512, index / 512)
      return [UInt8(x / 64 * 36), UInt8(y / 64 * 36), UInt8((x / 32 + y / 32) % 2 * 200)]
    })

  @Test func aNetworkIsDownloadedAndPredictsWithoutATraining() throws {
    try withTemporaryFolder { folder in
      try Self.writeFile(to: folder + "/file")
      let bytes = [UInt8](try contents(folder + "/file"))
      let server = try TestServer { request, _ in .file(bytes, for: request) }
      let download = ["download", "segformer-b0-ade20k", "--mirror", "\(server.address)/model.safetensors"]
      let refused = try Program.tessera.run(download, in: folder)
      #expect(refused.status == 1 && refused.output.isEmpty && server.requests.isEmpty)
      #expect(
        refused.errorLines == [
          "Error: segformer-b0-ade20k was not fetched, as its license must be accepted first: \(Self.license)",
          "hint: read the license, and accept it with --accept-license",
        ])
      try Self.image.write(to: folder + "/a.png")
      let predict = ["predict", "--network", "segformer-b0-ade20k", "a.png", "--output", "out"]
      let early = try Program.tessera.run(predict, in: folder)
      #expect(early.status == 1)
      #expect(
        early.errorLines == [
          "Error: data/segformer-b0-ade20k.safetensors is not there; fetch it with: tessera download segformer-b0-ade20k"
        ])
      let fetched = try Program.tessera.run(download + ["--accept-license"], in: folder)
      try #require(fetched.status == 0, "\(fetched.errors)")
      #expect(
        fetched.output == """
          wrote data/segformer-b0-finetuned-ade-512-512.safetensors
          not verified: no checksum of it is published; this file's is in data/segformer-b0-finetuned-ade-512-512.safetensors.sha256
          wrote data/segformer-b0-ade20k.safetensors: segformer-b0, 150 outputs, pictures of 512
          next: tessera predict --network segformer-b0-ade20k photo.jpg --output masks

          """)
      #expect(fetched.errorLines.first == "note: license: \(Self.license)")

      let other = try Program.tessera.run(
        ["download", "segformer-b0-ade20k", "--from", "a.png", "--accept-license"], in: folder)
      #expect(
        other.status == 1
          && other.errorLines.contains(
            "Error: data/segformer-b0-finetuned-ade-512-512.safetensors is there already, and is another file than a.png"
          ))
      let foreign = try Program.tessera.run(
        ["predict", "--checkpoint", "data/segformer-b0-finetuned-ade-512-512.safetensors", "a.png", "--output", "o"],
        in: folder)
      #expect(foreign.errorLines.first?.contains("it holds weights only, no description of a network") == true)

      let outcome = try Program.tessera.run(predict, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errorLines == ["note: license of the weights: \(Self.license)"])
      let mask = try Mask(contentsOf: folder + "/out/a.mask.png", labelSpace: .ade20k)
      // The picture has the network's size: nothing is resized.
      let logits = Self.model.logits(of: Self.image.tensor.reshaped(to: [1, 512, 512, 3])).value
      let expected = logits.argmax().map { UInt16($0) + 1 }
      #expect(Set(expected).count > 1)
      #expect(zip(mask.indices, expected).count { $0 != $1 } < 30, "as many as roundings decide")

      let export = try Program.tessera.run(
        ["export", "--network", "segformer-b0-ade20k", "--to", "net.onnx", "--size", "64"], in: folder)
      #expect(export.output == "net.onnx: image [batch, 3, 64, 64] -> logits [batch, 150, 64, 64]\n")
    }
  }

  @Test func aTrainingKeepsAllOutputsIfVoidHasNone() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
      let checkpoint = SegmentationCheckpoint(
        model: Self.model, labelSpace: .ade20k.withoutVoidOutput, imageSize: 512, notes: ["license": Self.license])
      try checkpoint.save(to: folder + "/data/segformer-b0-ade20k.safetensors")
      try writeADE(to: folder + "/ADE")
      let options =
        "train segformer-b0 --data ADE --weights segformer-b0-ade20k --image-size 32 --epochs 1 --steps-per-epoch 1 "
        + "--batch-size 1 --validation-steps 1 --learning-rate 1e-12 --no-tensorboard --output"
      func train(_ rest: String...) throws -> Program.Outcome {
        try Program.tessera.run(options.split(separator: " ").map(String.init) + rest, in: folder)
      }
      let kept = try train("kept", "--no-void-output")
      try #require(kept.status == 0, "\(kept.errors)")
      #expect(!kept.errors.contains("new are"))
      let last = folder + "/kept/checkpoints/last.safetensors"
      let trained = try SegmentationCheckpoint(contentsOf: last)
      #expect(trained.labelSpace == .ade20k.withoutVoidOutput && trained.model.configuration.classes == 150)
      #expect(trained.notes["license"] == Self.license)
      for (own, other) in zip(trained.model.namedParameters, Self.model.namedParameters)
      where own.name.hasPrefix("decoder.classifier") {
        #expect(zip(own.parameter.value.scalars, other.parameter.value.scalars).allSatisfy { abs($0 - $1) < 1e-6 })
      }
      // The run goes on without the file, and its checkpoints still say what they started from.
      try FileManager.default.moveItem(atPath: folder + "/data", toPath: folder + "/away")
      let resumed = try Program.tessera.run(
        ["train", "segformer-b0", "--resume", "--output", "kept", "--epochs", "2"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(try SegmentationCheckpoint(contentsOf: last).notes["license"] == Self.license)
      let missing = try train("none")
      #expect(missing.status == 1)
      #expect(missing.errorLines.first?.hasSuffix("fetch it with: tessera download segformer-b0-ade20k") == true)
      try FileManager.default.moveItem(atPath: folder + "/away", toPath: folder + "/data")

      let new = try train("new")
      try #require(new.status == 0, "\(new.errors)")
      #expect(
        try SegmentationCheckpoint(contentsOf: folder + "/new/checkpoints/last.safetensors").labelSpace == .ade20k)
      #expect(new.errors.contains("is from a network with 150 classes, this one has 151: new are decoder.classifier"))
      #expect(
        new.errors.contains(
          "hint: with --no-void-output the network has 150 outputs too, and keeps all weights"))
      let measured = try Program.tessera.run(
        ["evaluate", "--checkpoint", last, "--data", "ADE"], in: folder)
      #expect(measured.status == 0 && measured.output.contains("pixel accuracy"), "\(measured.errors)")
    }
  }

  /// ADE20K's layout with two pictures in each part.
  private func writeADE(to folder: String) throws {
    for split in ["training", "validation"] {
      for part in ["images", "annotations"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(part)/\(split)", withIntermediateDirectories: true)
      }
      for number in 1...2 {
        try Image(width: 64, height: 64, color: Color(90, 90, UInt8(100 * number)))
          .write(to: "\(folder)/images/\(split)/ADE_\(split)_0000000\(number).png")
        let indices = (0..<64 * 64).map { UInt8($0 % 64 < 8 ? 0 : $0 % 64 < 32 ? 150 : number) }
        try Image(width: 64, height: 64, channels: 1, pixels: indices)
          .write(to: "\(folder)/annotations/\(split)/ADE_\(split)_0000000\(number).png")
      }
    }
  }

  @Test(arguments: [
    (["predict", "a.png", "--output", "o"], "give --checkpoint FILE, or --network NAME for a published network"),
    (
      ["predict", "--network", "segformer-b0-ade20k", "--checkpoint", "x", "a.png", "--output", "o"],
      "give either --checkpoint or --network"
    ),
    (["export", "--to", "a.onnx"], "give --checkpoint FILE, or --network NAME for a published network"),
    (
      ["evaluate", "--data", "d", "--network", "segformer-b0-ade20k", "--predictions", "p"],
      "give either --checkpoint (or --network) or --predictions"
    ),
  ])
  func commandsNeedOneNetwork(arguments: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(arguments, in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.first == "Error: \(message)", "\(outcome.errors)")
    }
  }

  @Test func aMisspelledNetworkIsSuggested() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(
        ["predict", "--network", "segformer-b0-ade2k", "a.png", "--output", "o"], in: folder)
      #expect(outcome.status == 64 && outcome.errorLines.contains("hint: did you mean segformer-b0-ade20k?"))
    }
  }
}
