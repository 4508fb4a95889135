import TesseraAutograd
import TesseraOptimizers
import TesseraTensors

/// How the gradients of batches become an optimizer step.
public struct TrainingStep {
  /// How gradients that are too large are limited.
  public enum Clipping: Sendable, Hashable {
    /// Scale all of them down together if their norm is larger (Pascanu et al. 2013).
    case norm(Double)
    /// Clip each number at this distance from 0.
    case value(Double)
  }

  /// Batches per step. Their losses are summed and divided once by the pixels that they count, so the step is that of
  /// one large batch; only batch normalization sees the small ones.
  public let batches: Int
  public let clipping: Clipping?
  /// Averaged weights, which validation and checkpoints for prediction then use.
  public let average: WeightAverage?
  /// Whether batch normalization takes the moments of the batches of all processes together, one of each in a step.
  public let synchronizesBatchNorm: Bool
  /// How it takes less memory.
  public let memory: MemorySaving

  public init(
    batches: Int = 1, clipping: Clipping? = nil, average: WeightAverage? = nil, synchronizesBatchNorm: Bool = false,
    memory: MemorySaving = MemorySaving()
  ) {
    require(batches > 0, "TrainingStep: a step needs at least one batch; got \(batches)")
    require(
      !synchronizesBatchNorm || memory.microBatch == nil,
      "TrainingStep: synchronized batch normalization sees whole batches; leave micro-batches out")
    self.memory = memory
    self.batches = batches
    self.clipping = clipping
    self.average = average
    self.synchronizesBatchNorm = synchronizesBatchNorm
  }

  /// Whether clipping needs the norm of the gradients.
  var needsNorm: Bool { if case .norm = clipping { true } else { false } }

  /// The gradients that the optimizer gets.
  ///
  /// - Parameter norm: of all gradients, of which these may be parts.
  func clipped(_ gradients: Gradients, of parameters: [Parameter], norm: Double?) -> Gradients {
    switch clipping {
    case .norm(let limit):
      // In a rehearsal, which finds no norm, what takes more memory counts.
      gradients.clipped(
        toNorm: limit, over: parameters, from: ComputeContext.current.isRehearsing ? 2 * limit : norm ?? 0)
    case .value(let limit): gradients.clipped(toValue: Float(limit))
    case nil: gradients
    }
  }
}
