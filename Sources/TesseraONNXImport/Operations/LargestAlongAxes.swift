import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// The largest element over some axes, which keep length 1; the gradient is shared among equals.
struct LargestAlongAxes: ReplayableOperation {
  let name = "maximum"
  let axes: [Int]

  func result(of inputs: [Tensor]) -> Tensor { inputs[0].maximum(along: axes, keepingAxes: true) }

  func callAsFunction(_ input: Variable) -> Variable {
    .operation(replaying: self, on: [input]) { gradient, inputs, result in
      let largest = result.repeated(to: inputs[0].shape)
      let isLargest = mapped(inputs[0], largest) { $0[0] == $0[1] ? 1 : 0 }
      return [isLargest * (gradient / isLargest.sum(along: axes, keepingAxes: true))]
    }
  }
}
