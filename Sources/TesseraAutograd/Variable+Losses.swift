import TesseraKernels
import TesseraTensors

// Building blocks of custom losses.
extension Variable {
  /// Each element to the power of `exponent`; for exponents that are not whole numbers, the elements must not be
  /// negative.
  public func power(_ exponent: Float) -> Variable {
    .operation("power", on: [self], value: value.power(exponent)) { [value] in
      [value.powerBackward($0, exponent: exponent)]
    }
  }

  /// Each element clamped to `range`; the gradient is 0 where it lies outside.
  ///
  /// ```swift
  /// probabilities.clamped(to: 1e-7...1).logarithm()   // finite
  /// ```
  public func clamped(to range: ClosedRange<Float>) -> Variable {
    .operation("clamp", on: [self], value: value.clamped(to: range)) { [value] in
      [value.clampedBackward($0, to: range)]
    }
  }

  /// The element of each row along the last axis at that row's index, `[..., 1]`: from scores `[..., classes]`, those
  /// of the true classes.
  ///
  /// - Parameters:
  ///   - indices: one for each row, in 0..<(length of the last axis) or `ignored`.
  ///   - ignored: the index of rows that are left out; their result is 0 and no gradient flows to them.
  public func gathered(_ indices: [Int32], ignoring ignored: Int32? = nil) -> Variable {
    let columns = shape[-1]
    return .operation("gather", on: [self], value: value.gathered(indices, ignoring: ignored)) {
      [$0.scattered(indices, ignoring: ignored, to: columns)]
    }
  }
}

/// x - log(sum(exp(x))) along the last axis: the logarithms of `softmax`, finite where that would be 0.
public func logSoftmax(_ input: Variable) -> Variable {
  let value = Variable.computing(on: [input]) { input.value.logSoftmax() }
  return .operation("logSoftmax", on: [input], value: value) { gradient in
    gradient = value.logSoftmaxBackward(consume gradient)
    return [gradient]
  }
}
