import TesseraImaging
import TesseraTensors

/// Accuracy as Keras' `SparseCategoricalAccuracy` counts it: the share of all pixels, void ones included, whose largest
/// output is the label.
///
/// The largest is taken over all outputs, the one for void included where the network has one (index 0 in ADE20K's
/// layout). A void label without an output, such as 255, is never correct.
/// ```swift
/// var accuracy = KerasAccuracy()
/// accuracy.add(largestOutputs: predictor.prediction(for: image).largestOutputs, truth: mask)
/// ```
public struct KerasAccuracy: Sendable, Equatable {
  /// Pixels whose largest output is the label.
  public private(set) var right = 0
  /// All pixels.
  public private(set) var pixels = 0

  public init() {}

  /// Creates what was counted elsewhere.
  package init(right: Int, pixels: Int) { (self.right, self.pixels) = (right, pixels) }

  /// Counts one picture.
  public mutating func add(largestOutputs: Mask, truth: Mask) {
    require(
      largestOutputs.width == truth.width && largestOutputs.height == truth.height,
      "KerasAccuracy: the prediction is \(largestOutputs.width) x \(largestOutputs.height), the truth "
        + "\(truth.width) x \(truth.height)")
    pixels += truth.indices.count
    let outputs = truth.labelSpace.count
    for (output, label) in zip(largestOutputs.indices, truth.indices) where output == label && Int(label) < outputs {
      right += 1
    }
  }

  /// Correct pixels / all pixels; 0 if none is counted.
  public var value: Double { pixels == 0 ? 0 : Double(right) / Double(pixels) }
}
