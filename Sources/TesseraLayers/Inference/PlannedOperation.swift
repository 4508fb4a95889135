import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// What a plan does for operations other than convolutions.
enum PlannedOperation {
  /// The step of `node`; `nil` for operations that their names do not define.
  static func body(of node: NetworkGraph.Node, in graph: NetworkGraph) -> PlannedStep.Body? {
    switch node.kind {
    case .convolution(let geometry, _, let groups, let activation):
      return three { input, filter, bias in
        Convolution.forward(
          input, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: activation)
      }
    case .transposedConvolution(let geometry, _, let groups, let activation):
      return three { input, filter, bias in
        Convolution.inputGradient(
          input, filter: filter, bias: bias, geometry: geometry, groups: groups, activation: activation)
      }
    case .maxPool(let geometry, _): return one { Pooling.maximum($0, geometry: geometry) }
    case .averagePool(let geometry, _): return one { Pooling.average($0, geometry: geometry) }
    case .adaptiveAveragePool(let size): return one { AdaptivePooling.average($0, to: size) }
    case .resize(let size, let interpolation):
      let resizing = Resizing(from: graph.shape(of: node.inputs[0]).extent, to: size, interpolation)
      return one { resizing($0) }
    case .activation(let activation): return one { activation($0) }
    case .batchNormalization(let epsilon):
      return variables { x in
        x.count == 3
          ? TesseraAutograd.batchNormalization(x[0], scale: x[1], offset: x[2], epsilon: epsilon).output
          : TesseraAutograd.batchNormalization(
            x[0], scale: x[1], offset: x[2], mean: x[3], variance: x[4], epsilon: epsilon)
      }
    case .layerNormalization(let epsilon):
      return three { LayerNormalization.normalized($0, scale: $1, offset: $2!, epsilon: epsilon) }
    case .groupNormalization(let groups, let epsilon):
      return variables { groupNormalization($0[0], scale: $0[1], offset: $0[2], groups: groups, epsilon: epsilon) }
    case .scaledDotProductAttention(let heads):
      return variables { scaledDotProductAttention($0[0], $0[1], $0[2], heads: heads) }
    case .concatenate(let axis, _):
      return { operands, values in Tensor.concatenation(operands.map { values.take($0) }, along: axis) }
    case .transpose(let order): return one { $0.transposed(order) }
    case .slice(let range, let axis): return one { $0.sliced(range, along: axis) }
    case .sum(let axes, let keepingAxes): return one { $0.sum(along: axes, keepingAxes: keepingAxes) }
    case .mean(let axes, let keepingAxes): return one { $0.mean(along: axes, keepingAxes: keepingAxes) }
    case .named(let name):
      return named(name, shape: node.shape, isInPlace: graph.shape(of: node.inputs[0]) == node.shape)
    case .custom(let custom):
      guard let operation = custom.operation as? any ReplayableOperation else { return nil }
      return { operands, values in operation.result(of: operands.map { values.take($0) }) }
    }
  }

  /// - Parameter isInPlace: whether the first operand has the result's shape.
  private static func named(_ name: String, shape: Shape, isInPlace: Bool) -> PlannedStep.Body? {
    switch name {
    case "add" where isInPlace: updating { $0 += $1 }
    case "multiply" where isInPlace: updating { $0 *= $1 }
    case "add": two { $0 + $1 }
    case "subtract": two { $0 - $1 }
    case "multiply": two { $0 * $1 }
    case "divide": two { $0 / $1 }
    case "negate": one { -$0 }
    case "exponential": one { $0.exponential() }
    case "logarithm": one { $0.logarithm() }
    case "squareRoot": one { $0.squareRoot() }
    case "square": one { $0.squared() }
    case "softmax": one { $0.softmax() }
    case "logSoftmax": one { $0.logSoftmax() }
    case "matrixProduct": two { $0.matrixProduct($1) }
    case "reshape": one { $0.reshaped(to: shape) }
    default: nil
    }
  }

  private static func one(_ operation: @escaping @Sendable (consuming Tensor) -> Tensor) -> PlannedStep.Body {
    { operands, values in operation(values.take(operands[0])) }
  }

  private static func two(_ operation: @escaping @Sendable (consuming Tensor, Tensor) -> Tensor) -> PlannedStep.Body {
    { operands, values in
      let first = values.take(operands[0])
      return operation(first, values.take(operands[1]))
    }
  }

  private static func updating(_ operation: @escaping @Sendable (inout Tensor, Tensor) -> Void) -> PlannedStep.Body {
    { operands, values in
      var first = values.take(operands[0])
      operation(&first, values.take(operands[1]))
      return first
    }
  }

  private static func three(
    _ operation: @escaping @Sendable (Tensor, Tensor, Tensor?) -> Tensor
  ) -> PlannedStep.Body {
    { operands, values in
      let (first, second) = (values.take(operands[0]), values.take(operands[1]))
      return operation(first, second, operands.count > 2 ? values.take(operands[2]) : nil)
    }
  }

  private static func variables(_ operation: @escaping @Sendable ([Variable]) -> Variable) -> PlannedStep.Body {
    { operands, values in operation(operands.map { Variable(values.take($0)) }).value }
  }
}
