import TesseraTensors

/// Which library's form of an update rule is used where the two differ.
public enum OptimizerConvention: Sendable, Equatable { case keras, pyTorch }

/// One step of stochastic gradient descent, in place; all tensors have the weight's shape.
///
/// - Parameters:
///   - weight: the weight to update.
///   - velocity: `nil` without momentum.
///   - gradient: of the weight's shape.
///   - convention: the library whose form of momentum is used.
///   - rate: the learning rate.
///   - momentum: the share of the velocity that is kept.
///   - dampening: the share of the gradient that does not enter the velocity.
///   - isNesterov: whether to use Nesterov's look-ahead form.
///   - decay: adds `decay * weight` to the gradient.
///   - shrink: multiplies the weight first.
public func updateSGD(
  _ weight: inout Tensor, velocity: inout Tensor?, along gradient: Tensor, convention: OptimizerConvention,
  rate: Double, momentum: Double, dampening: Double, isNesterov: Bool, decay: Double, shrink: Double
) {
  requireSameShape("SGD", weight, gradient, velocity)
  velocity.withMutablePointer { v in
    forEachBlock(of: &weight, gradient) { w, g, range in
      kernels.sgd(
        w, g, v.map { $0 + range.lowerBound }, range.count, Float(rate), Float(momentum), Float(dampening),
        isNesterov ? 1 : 0, convention == .keras ? 1 : 0, Float(decay), Float(shrink))
    }
  }
}

/// One step of Adam, in place: both moments move, then
/// `weight = weight * shrink - rate * first / (sqrt(second) * correction + epsilon)`.
///
/// - Parameters:
///   - weight: the weight to update.
///   - first: the running mean of gradients.
///   - second: the running mean of their squares.
///   - gradient: of the weight's shape.
///   - rate: the learning rate with the bias correction of the first moment (and, in Keras' form, of the second).
///   - beta1: the share of the first moment that is kept.
///   - beta2: the share of the second moment that is kept.
///   - epsilon: added to the root.
///   - correction: of the root of the second moment (1 in Keras' form).
///   - shrink: multiplies the weight first.
public func updateAdam(
  _ weight: inout Tensor, first: inout Tensor, second: inout Tensor, along gradient: Tensor, rate: Double,
  beta1: Double, beta2: Double, epsilon: Double, correction: Double, shrink: Double
) {
  requireSameShape("Adam", weight, gradient, first, second)
  first.withUnsafeMutableBufferPointer { m in
    second.withUnsafeMutableBufferPointer { v in
      forEachBlock(of: &weight, gradient) { w, g, range in
        let start = range.lowerBound
        kernels.adam(
          w, g, m.baseAddress! + start, v.baseAddress! + start, range.count, Float(rate), Float(beta1),
          Float(1 - beta1), Float(beta2), Float(1 - beta2), Float(epsilon), Float(correction), Float(shrink))
      }
    }
  }
}

/// One step of RMSprop, in place.
///
/// - Parameters:
///   - weight: the weight to update.
///   - square: the running mean of squares.
///   - mean: the running mean of the gradient, for the centered form; else `nil`.
///   - velocity: `nil` without momentum.
///   - gradient: of the weight's shape.
///   - convention: the library whose form is used.
///   - rate: the learning rate.
///   - rho: the share of the running means that is kept.
///   - epsilon: added to the mean or to its root, depending on the convention.
///   - momentum: the share of the velocity that is kept.
public func updateRMSprop(
  _ weight: inout Tensor, square: inout Tensor, mean: inout Tensor?, velocity: inout Tensor?, along gradient: Tensor,
  convention: OptimizerConvention, rate: Double, rho: Double, epsilon: Double, momentum: Double
) {
  requireSameShape("RMSprop", weight, gradient, square, mean, velocity)
  square.withUnsafeMutableBufferPointer { s in
    mean.withMutablePointer { mu in
      velocity.withMutablePointer { v in
        forEachBlock(of: &weight, gradient) { w, g, range in
          let start = range.lowerBound
          kernels.rmsprop(
            w, g, s.baseAddress! + start, mu.map { $0 + start }, v.map { $0 + start }, range.count, Float(rate),
            Float(rho), Float(1 - rho), Float(epsilon), Float(momentum), convention == .keras ? 1 : 0)
        }
      }
    }
  }
}

/// Moves a running average by `share` of the way toward `weight`, in place.
public func updateAverage(_ average: inout Tensor, towards weight: Tensor, share: Double) {
  require(
    average.shape == weight.shape,
    "updateAverage: the average's shape \(average.shape) differs from the weight's \(weight.shape)")
  forEachBlock(of: &average, weight) { a, w, range in kernels.move_average(a, w, range.count, Float(share)) }
}

extension Tensor {
  /// The sum of the squares of all elements, added up in double precision in an order that depends only on the shape.
  public func sumOfSquares() -> Double { blockSumsOfSquares().reduce(0, +) }

  /// The sums of the squares of each ``summingGrain`` elements, of which the sum of all is made.
  package func blockSumsOfSquares() -> [Double] {
    var sums = [Double](repeating: 0, count: (count + summingGrain - 1) / summingGrain)
    sums.withUnsafeMutableBufferPointer { sums in
      withUnsafeBufferPointer { a in
        parallelFor(count, grain: summingGrain) { range in
          sums[range.lowerBound / summingGrain] = kernels.sum_of_squares(
            a.baseAddress! + range.lowerBound, range.count)
        }
      }
    }
    return sums
  }
}

private func forEachBlock(
  of weight: inout Tensor, _ gradient: Tensor,
  _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Range<Int>) -> Void
) {
  weight.withUnsafeMutableBufferPointer { w in
    gradient.withUnsafeBufferPointer { g in
      parallelFor(w.count, grain: pointwiseGrain) { range in
        body(w.baseAddress! + range.lowerBound, g.baseAddress! + range.lowerBound, range)
      }
    }
  }
}

extension Tensor? {
  fileprivate mutating func withMutablePointer(_ body: (UnsafeMutablePointer<Float>?) -> Void) {
    if self == nil { return body(nil) }
    self!.withUnsafeMutableBufferPointer { body($0.baseAddress) }
  }
}

private func requireSameShape(_ operation: String, _ weight: Tensor, _ others: Tensor?...) {
  for case let other? in others {
    require(
      other.shape == weight.shape,
      "\(operation): the weight has the shape \(weight.shape), but a gradient or a state "
        + "tensor \(other.shape)")
  }
}
