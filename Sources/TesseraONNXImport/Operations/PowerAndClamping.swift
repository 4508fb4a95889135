import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Each element to the power of a number.
struct Power: ReplayableOperation {
  let exponent: Float
  let name = "power"
  let isPointwise = true

  init(_ exponent: Float) { self.exponent = exponent }

  func result(of inputs: [Tensor]) -> Tensor { inputs[0].power(exponent) }

  /// The power with its gradient.
  func callAsFunction(_ x: Variable) -> Variable {
    .operation(replaying: self, on: [x]) { gradient, inputs, _ in
      [inputs[0].powerBackward(gradient, exponent: exponent)]
    }
  }
}

/// Each element clamped to a range.
struct Clamping: ReplayableOperation {
  let range: ClosedRange<Float>
  let name = "clamp"
  let isPointwise = true

  init(to range: ClosedRange<Float>) { self.range = range }

  func result(of inputs: [Tensor]) -> Tensor { inputs[0].clamped(to: range) }

  /// The clamped elements with their gradient, which is 0 outside.
  func callAsFunction(_ x: Variable) -> Variable {
    .operation(replaying: self, on: [x]) { gradient, inputs, _ in [inputs[0].clampedBackward(gradient, to: range)] }
  }
}
