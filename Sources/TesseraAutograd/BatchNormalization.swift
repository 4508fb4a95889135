import TesseraKernels
import TesseraTensors

/// scale (x - mean) / sqrt(variance + epsilon) + offset with the moments of `input` over all axes but the last, through
/// which the gradient flows (Ioffe and Szegedy 2015, arXiv:1502.03167).
///
/// On a tape it is computed together with an addition and an activation that follow. Its pullback keeps the input and
/// changes the gradient in place. If processes share their batches on the tape, the moments are those of all of them.
/// - Parameters:
///   - input: `[..., channels]`.
///   - scale: `[channels]`.
///   - offset: `[channels]`.
///   - epsilon: added to the variance before its root.
/// - Returns: the result, of the input's shape, and the moments for running statistics.
public func batchNormalization(
  _ input: Variable, scale: Variable, offset: Variable, epsilon: Float
) -> (output: Variable, moments: Moments) {
  let own = Variable.computing(on: [input]) { BatchNormalization.moments(of: input.value) }
  let sharing = input.tape?.sharing
  let moments = sharing?.moments(with: own) ?? own
  let normalization = Normalization(input, scale, offset, mean: moments.mean, variance: moments.variance, epsilon)
  let users = DeferredNormalization.Users(canWait: normalization.hasInput)
  let output = Variable.operation(
    .batchNormalization(epsilon: epsilon), on: [input, scale, offset],
    result: input.isHollow
      ? Variable(input.value) : Variable(DeferredNormalization(input.value, normalization.map, users))
  ) { gradient in normalization.gradients(&gradient, through: users.remaining, over: moments.count, sharedBy: sharing) }
  return (output, moments)
}

/// The same with known moments `[channels]`, as in inference, which are constants to the gradient.
///
/// Without a tape it becomes part of a convolution that it follows, and otherwise needs no new memory where ownership
/// of the input is passed.
public func batchNormalization(
  _ input: consuming Variable, scale: Variable, offset: Variable, mean: Variable, variance: Variable, epsilon: Float
) -> Variable {
  let vectors = [scale, offset, mean, variance]
  if input.tape == nil && vectors.allSatisfy({ $0.tape == nil }) {
    if let convolution = (input.deferred as? DeferredConvolution)?.normalized(
      scale: scale.value, offset: offset.value, mean: mean.value, variance: variance.value, epsilon: epsilon)
    {
      return Variable(convolution)
    }
    let normalization = Normalization(copy input, scale, offset, mean: mean.value, variance: variance.value, epsilon)
    return Variable(BatchNormalization.normalized(input.takeValue(), by: normalization.map))
  }
  let input = input
  let normalization = Normalization(input, scale, offset, mean: mean.value, variance: variance.value, epsilon)
  return .operation(
    .batchNormalization(epsilon: epsilon), on: [input] + vectors,
    value: BatchNormalization.normalized(input.value, by: normalization.map)
  ) { gradient in normalization.gradients(&gradient, through: .identity, over: nil) + [nil, nil] }
}

/// What a batch normalization keeps for its pullback: no more than the wanted gradients need.
private struct Normalization {
  let map: BatchNormalization.Map
  /// 1 / sqrt(variance + epsilon).
  private let inverse: Tensor
  private let wantsInput: Bool
  private let wantsScale: Bool
  private let wantsOffset: Bool
  private let input: Tensor?

  init(_ input: Variable, _ scale: Variable, _ offset: Variable, mean: Tensor, variance: Tensor, _ epsilon: Float) {
    inverse = 1 / (variance + epsilon).squareRoot()
    map = BatchNormalization.Map(mean: mean, factor: scale.value * inverse, offset: offset.value)
    (wantsInput, wantsScale, wantsOffset) = (input.needsGradient, scale.needsGradient, offset.needsGradient)
    self.input = wantsInput || wantsScale ? input.value : nil
  }

  var hasInput: Bool { input != nil }

  /// The gradients with respect to input, scale and offset.
  ///
  /// - Parameters:
  ///   - gradient: with respect to the result after `activation`.
  ///   - activation: what the result went through.
  ///   - count: the number of pixels that the moments are computed from; `nil` if they are known.
  ///   - sharing: the processes whose batches these are.
  func gradients(
    _ gradient: inout Tensor, through activation: Activation, over count: Int?,
    sharedBy sharing: (any BatchSharing)? = nil
  ) -> [Tensor?] {
    let map = map.followed(by: activation)
    let sums = input.flatMap { x in
      wantsScale || count != nil ? BatchNormalization.sums(gradient, input: x, map: map) : nil
    }
    let axes = Array(0..<gradient.shape.rank - 1)
    let byOffset = wantsOffset ? sums?.gradient ?? gradient.sum(along: axes) : nil
    let byScale = wantsScale ? sums.map { $0.product * inverse } : nil
    guard wantsInput else { return [nil, byScale, byOffset] }
    if let count, let input, let own = sums {
      let sums = sharing?.sums(with: own) ?? own
      // With y the normalized input: dx = (dy - mean(dy) - y mean(dy y)) factor.
      let share = map.factor * (-1 / Float(count))
      gradient = BatchNormalization.inputGradient(
        consume gradient, input: input, map: map, slope: sums.product * inverse.squared() * share,
        shift: sums.gradient * share)
    } else {
      let zeros = Tensor.zeros(map.factor.shape)
      gradient = BatchNormalization.normalized(
        consume gradient, by: BatchNormalization.Map(mean: zeros, factor: map.factor, offset: zeros))
    }
    return [gradient, byScale, byOffset]
  }
}
