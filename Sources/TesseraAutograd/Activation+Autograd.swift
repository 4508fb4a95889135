import TesseraKernels
import TesseraTensors

/// An elementwise non-linearity; remembers only its result where the derivative follows from that. Without a tape it
/// needs no new memory where ownership of the input is passed, and becomes part of a convolution that it follows; on a
/// tape it becomes part of a batch normalization, or of the sum of one and something else.
public func activate(_ input: consuming Variable, _ activation: Activation) -> Variable {
  if activation == .identity { return input }
  if input.tape == nil {
    if let convolution = input.deferred { return Variable(convolution.value(through: activation)) }
    return Variable(activation(input.takeValue()))
  }
  let input = input
  if let normalization = input.deferred as? DeferredNormalization, !normalization.isSum {
    return .operation(
      .activation(activation), on: [input], value: normalization.value(through: activation),
      pullback: normalization.pullback(of: activation))
  }
  let sum = activation.derivesFromOutput ? input.deferred : nil
  let value = Variable.computing(on: [input]) { sum?.value(through: activation) ?? activation(input.value) }
  let reference = activation.derivesFromOutput ? value : input.value
  return .operation(.activation(activation), on: [input], value: value) { gradient in
    gradient = activation.backward(consume gradient, reference: reference)
    return [gradient]
  }
}

/// max(x, 0).
public func relu(_ input: consuming Variable) -> Variable { activate(consume input, .relu) }

/// exp(x) / sum(exp(x)) along the last axis.
public func softmax(_ input: Variable) -> Variable {
  let value = Variable.computing(on: [input]) { input.value.softmax() }
  return .operation("softmax", on: [input], value: value) { [value.softmaxBackward($0)] }
}

/// Zeroes elements with probability `rate` in a training pass and scales the others by 1 / (1 - rate); else changes
/// nothing.
///
/// The choice of elements depends only on the tape's random stream (Srivastava et al. 2014, JMLR 15).
public func dropout(_ input: Variable, rate: Float) -> Variable {
  guard let tape = input.tape, tape.mode == .training, rate > 0 else { return input }
  let mask = DropoutMask(rate: rate, key: tape.randomStream().key, from: tape.firstElement(of: input.shape))
  return .operation("dropout", on: [input], value: input.value.droppingOut(mask)) { gradient in
    gradient = (consume gradient).droppingOut(mask)
    return [gradient]
  }
}

/// Zeroes whole channels of a picture `[batch, height, width, channels]` with probability `rate` in a training pass and
/// scales the others by 1 / (1 - rate); else changes nothing (Tompson et al. 2015, arXiv:1411.4280).
public func spatialDropout(_ input: Variable, rate: Float) -> Variable {
  guard let tape = input.tape, tape.mode == .training, rate > 0 else { return input }
  require(input.shape.rank == 4, "spatialDropout: expects [batch, height, width, channels]; got \(input.shape)")
  let ones = Tensor(repeating: 1, shape: [input.shape[0], 1, 1, input.shape[3]])
  let factors = ones.droppingOut(
    DropoutMask(rate: rate, key: tape.randomStream().key, from: tape.firstElement(of: ones.shape)))
  return .operation("dropout", on: [input], value: input.value * factors) { [$0 * factors] }
}
