import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  static let reductions: [String: Body] = [
    "ReduceMean": reduction { $0.mean(along: $1, keepingAxes: true) },
    "ReduceSum": reduction { $0.sum(along: $1, keepingAxes: true) },
    "ReduceMax": reduction { LargestAlongAxes(axes: $1)($0) },
    "ReduceMin": reduction { -LargestAlongAxes(axes: $1)(-$0) },
    "ReduceL1": reduction { PointwiseFunction(.absolute)($0).sum(along: $1, keepingAxes: true) },
    "ReduceL2": reduction { $0.squared().sum(along: $1, keepingAxes: true).squareRoot() },
    "ReduceSumSquare": reduction { $0.squared().sum(along: $1, keepingAxes: true) },
    "ReduceLogSumExp": reduction { x, axes in
      let largest = LargestAlongAxes(axes: axes)(x)
      return (x - largest).exponential().sum(along: axes, keepingAxes: true).logarithm() + largest
    },
  ]

  /// - Parameter body: reduces stored axes, which keep length 1.
  private static func reduction(_ body: @escaping @Sendable (Variable, [Int]) -> Variable) -> Body {
    { call throws(NodeFault) in
      let input = try call.variable(0)
      let given = try call.axes(input: 1, rank: input.rank) ?? []
      if given.isEmpty, try call.integer("noop_with_empty_axes", or: 0) == 1 { return [.variable(input)] }
      let axes = given.isEmpty ? Array(0..<input.rank) : given
      let kept = input.with(body(input.variable, axes.map { input.place(of: $0) }))
      if try call.integer("keepdims", or: 1) == 1 { return [.variable(kept)] }
      let lengths = input.shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
      return [.variable(try kept.reshaped(to: lengths))]
    }
  }
}
