import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors

/// Scores an encoder's features with known numbers, as `Scores` in scripts/golden/zoo.py: each size by a 1 x 1
/// convolution, repeated to the picture's size and added.
struct ScoresDecoder: SegmentationDecoder {
  static let (name, title) = ("scores", "Scores")
  static let plan = EncoderPlan()
  static let outputStrides = [32]

  /// One for each size; `nil` for a size that the encoder does not have.
  let scores: [Conv2D?]

  init(
    on channels: [Int], of encoder: any EncoderArchitecture.Type, plan: EncoderPlan, classes: Int, dropout: Float,
    random: inout RandomStream
  ) {
    var scores: [Conv2D?] = []
    for (size, count) in channels.enumerated() {
      guard count > 0 else {
        scores.append(nil)
        continue
      }
      let layer = Conv2D(from: count, to: classes, kernel: 1, bias: false, random: &random)
      let numbers = FormulaWeights.numbers("scores.\(size)", count: count * classes)
      layer.filter.value = Tensor(numbers, shape: layer.filter.shape) * (3 / Float(count)).squareRoot()
      scores.append(layer)
    }
    self.scores = scores
  }

  func callAsFunction(_ features: consuming [Variable], size: Extent) -> Variable {
    let parts = zip(features, scores).compactMap { features, layer in
      layer.map { resize($0(features), to: size, .nearest) }
    }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  }

  static func naming(_ encoder: LayerNaming) -> LayerNaming { encoder.nested(at: "encoder", as: "encoder") }
}
