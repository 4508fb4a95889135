import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import TestSupport
import Testing

/// Losses as segmentation-models-pytorch and PyTorch compute them (`scripts/golden/losses.py`).
@Suite struct GoldenLossTests {
  struct Settings: Decodable, Sendable {
    let loss, data: String
    let void: Int?
    let weighted: Bool
    let smoothing: Float
  }

  static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Golden/losses.safetensors").path

  static func cases() throws -> [String: Settings] {
    let file = try SafeTensors(contentsOf: path)
    return try JSONDecoder().decode([String: Settings].self, from: Data(#require(file.metadata["cases"]).utf8))
  }

  @Test(arguments: try cases().keys.sorted())
  func lossAndGradientAreTheirs(_ name: String) throws {
    let file = try SafeTensors(contentsOf: Self.path)
    let settings = try #require(try Self.cases()[name])
    func tensor(_ array: String) throws -> Tensor { try file.tensor("\(settings.data)/\(array)") }
    let (logits, labels) = (try tensor("logits"), try tensor("labels"))
    let (shape, classes) = (labels.shape, logits.shape[-1])
    let masks = MaskBatch(
      indices: labels.scalars.map { Int32($0) }, count: shape[0], height: shape[1], width: shape[2],
      labelSpace: LabelSpace(names: (0..<classes).map { "class \($0)" }, void: settings.void))
    let loss = try SegmentationLoss(parsing: settings.loss)
    let tape = Tape()
    let variable = tape.variable(logits)
    let result = loss(
      variable, masks, classWeights: settings.weighted ? try tensor("weights") : nil,
      labelSmoothing: settings.smoothing)
    expectClose(result.mean.value.reshaped(to: [1]), try file.tensor("\(name)/loss"), tolerance: 2e-6, "\(name) loss")
    expectClose(
      try #require(tape.gradients(of: result.mean)[variable]), try file.tensor("\(name)/gradient"), tolerance: 1e-5,
      "\(name) gradient")
  }

  @Test func thereAreCasesOfEveryLoss() throws {
    let losses = Set(try Self.cases().values.map { $0.loss.prefix { $0 != "=" } })
    for (word, _) in SegmentationLoss.lossWords { #expect(losses.contains(word.prefix { $0 != "=" }), "\(word)") }
  }
}
