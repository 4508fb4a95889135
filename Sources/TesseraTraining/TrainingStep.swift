import TesseraAutograd
import TesseraOptimizers
import TesseraTensors

/// How the gradients of batches become a step of the optimizer.
public struct TrainingStep {
  /// What is done about gradients that are too long.
  public enum Clipping: Sendable, Hashable {
    /// Scale all of them down together where their norm is larger (Pascanu et al. 2013).
    case norm(Double)
    /// Cut each number off at this distance from 0.
    case value(Double)
  }

  /// Batches in a step. Their losses are summed and divided once by the pixels that they count, so that the step is
  /// that of one large batch; batch normalization alone sees the small ones.
  public let batches: Int
  public let clipping: Clipping?
  /// Averaged weights, which validation and checkpoints for prediction then take.
  public let average: WeightAverage?

  public init(batches: Int = 1, clipping: Clipping? = nil, average: WeightAverage? = nil) {
    require(batches > 0, "TrainingStep: a step needs at least one batch; got \(batches)")
    self.batches = batches
    self.clipping = clipping
    self.average = average
  }

  /// The gradients that the optimizer gets.
  func clipped(_ gradients: Gradients, of parameters: [Parameter]) -> Gradients {
    switch clipping {
    case .norm(let limit): gradients.clipped(toNorm: limit, over: parameters)
    case .value(let limit): gradients.clipped(toValue: Float(limit))
    case nil: gradients
    }
  }
}
