import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Gradients {
  /// Returns the gradients with every element clamped to `-limit...limit`; a NaN stays one.
  public func clipped(toValue limit: Float) -> Gradients {
    require(limit > 0, "clipped(toValue:): the limit must be positive; got \(limit)")
    return map { .minimum(.maximum($0, Tensor(-limit)), Tensor(limit)) }
  }

  /// The Euclidean norm of the gradients of all `parameters` together, added up in their order.
  public func norm(over parameters: [Parameter]) -> Double {
    parameters.reduce(0) { $0 + (self[$1]?.sumOfSquares() ?? 0) }.squareRoot()
  }

  /// Returns the gradients, scaled down together if their norm over `parameters` is larger than `limit` (Pascanu,
  /// Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML 2013).
  ///
  /// ```swift
  /// optimizer.update(along: gradients.clipped(toNorm: 1, over: model.parameters), rate: 0.001)
  /// ```
  /// Gradients whose norm is not finite have no direction to keep and are returned unchanged.
  /// - Parameters:
  ///   - limit: the largest norm; above 0.
  ///   - parameters: each once, in an order that decides the rounding of the sum.
  public func clipped(toNorm limit: Double, over parameters: [Parameter]) -> Gradients {
    clipped(toNorm: limit, over: parameters, from: norm(over: parameters))
  }

  /// The same for gradients whose norm is known: parts of those that have it.
  package func clipped(toNorm limit: Double, over parameters: [Parameter], from norm: Double) -> Gradients {
    require(limit > 0, "clipped(toNorm:over:): the limit must be positive; got \(limit)")
    guard norm > limit, norm.isFinite else { return self }
    var clipped = self
    for parameter in parameters {
      guard let gradient = self[parameter] else { continue }
      clipped[parameter] = gradient * Float(limit / norm)
    }
    return clipped
  }
}
