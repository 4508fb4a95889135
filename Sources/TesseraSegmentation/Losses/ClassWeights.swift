import Foundation
import TesseraImaging
import TesseraTensors

extension LabelSpace {
  /// Returns the weights of the classes as `crossEntropy` expects them, `[outputs]`.
  ///
  /// - Parameter weights: one for each class that has an output, in the order of their indices; that of a void index is
  ///   not used.
  /// - Throws: `ClassWeightsError` if their number differs, or one of them cannot be a weight.
  public func classWeights(_ weights: [Double]) throws(ClassWeightsError) -> Tensor {
    let classes = outputs
    if weights.count != classes.count {
      throw .wrongCount(expected: classes.count, arrived: weights.count, void: voidOutput)
    }
    let unusable = weights.indices.filter { !(weights[$0] >= 0 && Float(weights[$0]).isFinite) }
    if !unusable.isEmpty {
      throw .unusable(unusable.map { "\(weights[$0]) of class \(classes[$0]), \(name(of: classes[$0]))" })
    }
    // In the loss's own precision.
    if !weights.indices.contains(where: { $0 != voidOutput && Float(weights[$0]) > 0 }) { throw .allZero }
    return Tensor(weights.map { Float($0) })
  }
}

/// Why a list of numbers cannot weight the classes of a label space.
public enum ClassWeightsError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
  /// There must be a weight for each class; the void index counts if it is among the classes.
  case wrongCount(expected: Int, arrived: Int, void: Int?)

  /// Weights that are negative or not finite, each with its class.
  case unusable([String])

  /// No class that is counted has a weight.
  case allZero

  public var description: String {
    switch self {
    case .wrongCount(let expected, let arrived, let void):
      "class weights: \(expected) are needed, one for each class in the order of their indices"
        + (void.map { " (void, index \($0), among them)" } ?? "") + "; got \(arrived)"
    case .unusable(let weights):
      "class weights must be finite and not negative; got " + weights.prefix(8).joined(separator: "; ")
        + (weights.count > 8 ? "; and \(weights.count - 8) more" : "")
    case .allZero: "class weights: at least one class that is counted needs a weight above 0"
    }
  }

  public var errorDescription: String? { description }
}
