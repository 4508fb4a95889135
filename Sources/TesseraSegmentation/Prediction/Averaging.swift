import TesseraTensors

/// Several views of a picture whose probabilities are averaged: at further sizes, and mirrored.
///
/// Each view's scores are scaled to the picture's size by bilinear interpolation; their softmax over all outputs is
/// averaged with equal weights.
/// ```swift
/// try Predictor(checkpoint: "best.safetensors", averaging: Averaging(scales: [0.75, 1, 1.25], flip: true))
/// ```
public struct Averaging: Sendable, Hashable {
  /// The sizes of the views; 1 is the one that the predictor's `Scale` gives.
  public let scales: [Double]
  /// Whether each view also counts mirrored.
  public let flip: Bool

  /// A single view.
  public static let none = Averaging()

  /// - Parameters:
  ///   - scales: positive; at least one.
  ///   - flip: whether each view also counts mirrored, left to right.
  public init(scales: [Double] = [1], flip: Bool = false) {
    require(
      !scales.isEmpty && scales.allSatisfy { $0 > 0 && $0.isFinite },
      "Averaging: expects at least one positive scale; got \(scales)")
    self.scales = scales
    self.flip = flip
  }
}
