import Foundation
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

@testable import TesseraPretrained

/// Whole networks of other programs as checkpoints.
@Suite struct PublishedNetworkTests {
  private typealias SegFormer = EncoderDecoder<SegFormerDecoder, MixTransformerB0>.Configuration
  private let labels = LabelSpace(names: ["other", "a", "b", "c", "d", "e"], void: 0).withoutVoidOutput

  /// The pixels by which `normalization` gives the network `images`.
  private func pixels(_ images: Tensor, _ normalization: ImageNormalization) -> Pixels {
    let (mean, deviation) = (normalization.mean, normalization.deviation)
    let values = images.scalars.enumerated().map { $1 * deviation[$0 % 3] + mean[$0 % 3] }
    return Pixels(Tensor(values, shape: [images.shape[1], images.shape[2], 3]))
  }

  /// The logits are transformers' own.
  @Test func masksAreTheLargestOfTransformersOutputsAndOne() throws {
    let golden = try GoldenNetwork("segformer-b0")
    let checkpoint = try SegmentationCheckpoint(
      golden.weights, of: SegFormer.self, labelSpace: labels, imageSize: ImageSize(width: 96, height: 64),
      notes: ["license": "a license"])
    #expect(checkpoint.model.normalization == .torchvision && checkpoint.model.configuration.classes == 5)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try checkpoint.save(to: path)
    #expect(try SegmentationCheckpoint(contentsOf: path).notes["license"] == "a license")
    let image = pixels(golden.images.sliced(0..<1, along: 0), .torchvision)
    let mask = try Predictor(checkpoint: path).mask(for: image)
    let logits = try golden.file.tensor("logits")
    var compared = 0
    for (place, output) in logits.argmax().enumerated() {
      let scores = (0..<5).map { logits.scalars[5 * place + $0] }.sorted()
      // Where rounding cannot decide.
      guard scores[4] - scores[3] > 1e-3 * (scores[4] - scores[0]) else { continue }
      let (row, column) = (place / 24 * 4, place % 24 * 4)
      #expect(mask.indices[row * 96 + column] == UInt16(output) + 1, "\(row) \(column)")
      compared += 1
    }
    #expect(compared > 300)
    #expect(!mask.indices.contains(0))
  }

  @Test func anotherNumberOfOutputsIsRefused() throws {
    let golden = try GoldenNetwork("segformer-b0")
    #expect(throws: PretrainedWeightsError.otherClasses(file: "formula", found: 5, expected: 6)) {
      _ = try SegmentationCheckpoint(
        golden.weights, of: SegFormer.self,
        labelSpace: LabelSpace(classes: labels.classes, void: 0), imageSize: 64)
    }
    #expect(
      PretrainedWeightsError.otherClasses(file: "f.bin", found: 5, expected: 6).description
        == "f.bin: the network has 5 outputs, and its label space 6. Use the file of a network with 6, or the label "
        + "space that it was trained for.")
  }
}
