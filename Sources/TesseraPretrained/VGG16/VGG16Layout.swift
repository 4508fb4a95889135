/// What the layers of VGG-16 are called in other programs' files, and how their arrays are laid out.
struct VGG16Layout {
  /// The arrays of one layer, in the file's names.
  struct Layer {
    let filter: String
    let bias: String
    /// What the names of the batch normalization behind it begin with.
    let norm: String?
    /// Whether outputs are the first length of the filter, as in PyTorch, or the last, as in Keras and here.
    let outputsFirst: Bool
    /// A dense layer's filter has two lengths, outputs and inputs; a convolution's four.
    let isDense: Bool

    /// The names of all its arrays.
    var names: [String] { [filter, bias] + (norm.map { norm in Self.normParts.map { "\(norm).\($0)" } } ?? []) }

    static let normParts = ["weight", "bias", "running_mean", "running_var"]
  }

  /// Thirteen.
  let convolutions: [Layer]
  /// fc6 and fc7.
  let dense: [Layer]
  /// The layer of ImageNet's thousand scores, which no segmentation network uses.
  let scores: Layer

  static let kerasConvolutions = [2, 2, 3, 3, 3].enumerated().flatMap { block, count in
    (1...count).map { "block\(block + 1)_conv\($0)" }
  }
  static let kerasDenseLayers = ["fc1", "fc2", "predictions"]

  init(_ source: WeightsSource) {
    let all: [Layer]
    if source == .keras {
      all = (Self.kerasConvolutions + Self.kerasDenseLayers).enumerated().map { index, name in
        Layer(
          filter: "\(name)/kernel", bias: "\(name)/bias", norm: nil, outputsFirst: false, isDense: index >= 13)
      }
    } else {
      let convolutions = Self.torchNumbers(hasBatchNorm: source.hasBatchNorm).map { number in
        Layer(
          filter: "features.\(number).weight", bias: "features.\(number).bias",
          norm: source.hasBatchNorm ? "features.\(number + 1)" : nil, outputsFirst: true, isDense: false)
      }
      let dense =
        source.isTimm
        ? ["pre_logits.fc1", "pre_logits.fc2", "head.fc"] : ["classifier.0", "classifier.3", "classifier.6"]
      all =
        convolutions
        + dense.enumerated().map { index, name in
          Layer(
            filter: "\(name).weight", bias: "\(name).bias", norm: nil, outputsFirst: true,
            isDense: !source.isTimm || index == 2)
        }
    }
    (convolutions, dense, scores) = (Array(all[..<13]), Array(all[13..<15]), all[15])
  }

  /// The places of the convolutions among torchvision's layers, where ReLUs, pools and normalizations count too.
  private static func torchNumbers(hasBatchNorm: Bool) -> [Int] {
    var numbers: [Int] = []
    var next = 0
    for count in [2, 2, 3, 3, 3] {
      for _ in 0..<count {
        numbers.append(next)
        next += hasBatchNorm ? 3 : 2
      }
      next += 1
    }
    return numbers
  }
}
