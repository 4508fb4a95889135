import Foundation
import Tessera
import TesseraONNXImport
import TestSupport
import Testing

@Suite struct ImportToolTests {
  /// A network that torch exported.
  private static let network = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
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
      let training = try Program.tessera.run(["train", "onnx", "--data", "data"], in: folder)
      #expect(training.status == 64)
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
      }
    }
  }
}
